"""Contract of a neuron: intrinsics and kernels, dynamics, and networks."""

import numpy as np

from .._networks import SNNTransformer
from . import _derivatives
from ._contract import Demands, check_bad_values, check_effects, rasters, shown
from ._kernels import Kernels, Points, course, first_values, limits, random_values, size_of

STEPS = 1.0, 0.25  # ms
SHORT_STEP = 1e-3  # ms, in which changes are proportional to the length of a step
SMALL = 0.02  # change of a state, of the membrane in units of the threshold
HIGH = 2.9  # membrane potential far above any potential after a spike
SHORT = 10.0  # ms, the longest time constant to try
TOLERANCE = 0.25  # of a change in two steps of half the length
ROUNDING = 1e-14
FAR = 30.0  # factor between the rate of a membrane and the inverse of its time constant
LONGEST = 200  # steps in which a counter is followed
TRAINS = rasters(np.linspace(0.1, 0.6, 8), 4, 40)
# input of 120 steps to neurons with these backgrounds of other intrinsics, levels of one, weights
# in units of the threshold, and rates
BACKGROUNDS, LEVELS = 3, 3
WEIGHTS, RATES = np.array([0.05, 0.2, 0.8]), np.array([0.2, 0.5])

demand = Demands(_derivatives.demand)


@demand
def _bad_values_are_refused(contract):
    """Fit a network with bad values of the parameters. It spikes in some steps, and not in all."""
    size, neuron = size_of(contract.part), contract.part

    def network(neuron):
        return SNNTransformer(size, neuron=neuron, rule=None, random_state=0)

    check_bad_values(contract, network, TRAINS)
    spikes = contract.raises_nothing("kernels", network(neuron).fit_transform, TRAINS)
    contract.holds(
        0 < spikes.mean() < 1, "kernels",
        "a neuron must spike in some steps under random input, and not in all")


@demand
def _options_act(contract):
    """Check that each parameter that is no intrinsic changes the kernels or the coefficients."""
    intrinsic = [item.name for item in contract.part.intrinsics]
    names = [name for name in contract.part.get_params(deep=False)
             if name.removesuffix("_bounds") not in intrinsic]

    def result(neuron):
        neuron.check()
        kernels = np.array([*neuron.states, *neuron.kernels().values()], dtype=object)
        return [kernels, np.array(neuron.coefficients(first_values(neuron, 1), 0.5))]

    check_effects(contract, lambda neuron: neuron.check(), result, names)


@demand
def check_small_responses(contract):
    """Check small responses: sign, unit, time constants, and independence of the step."""
    neuron, kernels = contract.part, Kernels(contract.part.kernels())
    theta = first_values(neuron, 1)[neuron.named("threshold")][0]
    _check_margin(contract, kernels, theta)
    _, margins = _responses(neuron, kernels, [(0, 0.0, theta, {})], 1.0, 20)
    contract.holds(
        _first(margins[:, 0]) > 0, "charge",
        "a spike with a positive weight must raise the margin")
    _check_states(contract, kernels, theta)
    _check_time_constants(contract, kernels, theta)
    _check_counters(contract, kernels)


def _check_margin(contract, kernels, theta):
    """Check the unit of the margin, and that a spike lowers it."""
    neuron = contract.part
    z, s = np.zeros((len(neuron.states), 5)), np.array([0.0, 0, 0, 0, 1])
    z[0] = [0, theta, 2 * theta, *[max(1.5 * theta, HIGH)] * 2]
    points = Points(z, 0 * s, s, neuron.coefficient_table(first_values(neuron, 5), 1.0))
    found = kernels.values(points)
    contract.holds(
        np.allclose(found["margin"][0, :3], [-1, 0, 1], atol=1e-6), "margin",
        f"must be -1, 0 and 1 if {neuron.states[0]} is 0, {theta:.4g} and {2 * theta:.4g} and all "
        f"other states are 0, got {shown(found['margin'][0, :3])}. It is the distance from the "
        "threshold, in units of the threshold")
    _, margins = _free_course(kernels, points._replace(z=found["reset"]), 5)
    contract.holds(
        _first(margins[:, 4] - margins[:, 3]) < 0, "reset",
        "a spike must lower the margin, at once or in the next step")


def _check_states(contract, kernels, theta):
    """Check that states change in proportion to the step, and the sign of recovery variables."""
    neuron = contract.part
    moved = [k for k, name in enumerate(neuron.states) if name not in neuron.counters]
    starts = [(k, theta if k == 0 else 1.0, 0.0, {}) for k in moved]
    _, margins = _responses(neuron, kernels, starts, 1.0, 20)
    once, twice = (_change(neuron, kernels, starts, SHORT_STEP / n, n) for n in (1, 2))
    for lane, k in enumerate(moved):
        name, one, two = neuron.states[k], once[k, lane], twice[k, lane]
        contract.holds(
            name not in neuron.recovery or _first(margins[:, lane]) < 0, "charge",
            f"a higher {name} must lower the margin, because recovery lists it")
        contract.holds(
            abs(one - two) <= TOLERANCE * abs(one) + ROUNDING, "charge",
            f"{name}={SMALL * starts[lane][1]:.4g} must change as much in two steps of half the "
            f"length, and changes by {one:.4g} in a step of {SHORT_STEP} ms, by {two:.4g} in two "
            f"of {SHORT_STEP / 2}. Multiply rates by dt, and divide dt by time constants")


def _check_time_constants(contract, kernels, theta):
    """Check the decay of the membrane, and the length of the response to a spike."""
    neuron = contract.part
    name, taus = _time_constants(neuron, "membrane")
    change = np.abs(_change(
        neuron, kernels, [(0, theta, 0.0, {name: tau}) for tau in taus], SHORT_STEP, 1)[0])
    rates = change / (SMALL * theta * SHORT_STEP)
    contract.holds(
        (np.diff(rates) < 0).all() and (np.abs(np.log(rates * taus)) < np.log(FAR)).all(),
        "coefficients",
        f"{name} must be the time constant of the membrane in ms, because its role is 'membrane'; "
        f"with {shown(taus)} ms, a small potential changes at a rate of {shown(rates)} per ms")
    name, taus = _time_constants(neuron, "synapse")
    states, _ = _responses(neuron, kernels, [(0, 0.0, theta, {name: tau}) for tau in taus], 1.0, 60)
    response = np.abs(states[:, 0])
    with np.errstate(all="ignore"):
        times = np.arange(60) @ response / response.sum(axis=0)
    contract.holds(
        (np.diff(times) > 0).all(), "coefficients",
        f"a longer {name} must make the response to a spike longer, because its role is 'synapse'; "
        f"for {shown(taus)} ms its mean time is {shown(times)} ms")


def _time_constants(neuron, role):
    """Return a time constant's name and short values within its bounds, none if it is fixed."""
    name = neuron.named(role)
    if name not in neuron.learnable():
        return name, np.zeros(0)
    low, high = neuron.bounds(name)
    middle = np.clip(min(first_values(neuron, 1)[name][0], SHORT), low, high)
    return name, np.unique(np.clip([middle / 2, middle, 2 * middle], low, high))


def _change(neuron, kernels, starts, dt, n_steps):
    """Return the changes of all states in some steps, (n_states, n_starts)."""
    states, _ = _responses(neuron, kernels, starts, dt, n_steps + 1)
    return states[-1] - states[0]


def _responses(neuron, kernels, starts, dt, n_steps):
    """Return small responses: differences between neurons with and without a change at the start.

    Each start is a state, its change, an input, and changed intrinsics. Return responses of all
    states, (n_steps, n_states, n_starts), and of the margin, (n_steps, n_starts).
    """
    n = 2 * len(starts)
    if not n:
        return np.zeros((n_steps, len(neuron.states), 0)), np.zeros((n_steps, 0))
    values, z, x = first_values(neuron, n), np.zeros((len(neuron.states), n)), np.zeros(n)
    for k, (state, size, weight, changed) in enumerate(starts):
        z[state, 2 * k + 1], x[2 * k + 1] = SMALL * size, SMALL * weight
        for name, value in changed.items():
            values[name][2 * k : 2 * k + 2] = value
    points = Points(z, x, np.zeros(n), neuron.coefficient_table(values, dt))
    return [found[..., 1::2] - found[..., ::2] for found in _free_course(kernels, points, n_steps)]


def _free_course(kernels, points, n_steps):
    """Return states and margins before each step, with input in the first step and no resets."""
    states, margins = [], []
    for _ in range(n_steps):
        found = kernels.values(points)
        states.append(points.z)
        margins.append(found["margin"][0])
        points = points._replace(z=found["charge"], x=0 * points.x)
    return np.array(states), np.array(margins)


def _first(response):
    """Return the first value that is not zero."""
    return response[(np.abs(response) > ROUNDING).argmax()]


def _check_counters(contract, kernels):
    """Check that a state that counts steps counts the same time with steps of another length."""
    neuron = contract.part
    for k in np.flatnonzero(np.isin(neuron.states, neuron.counters)):
        times = []
        for dt in STEPS:
            table, n_steps = neuron.coefficient_table(first_values(neuron, 1), dt), 0
            points = Points(np.zeros((len(neuron.states), 1)), np.zeros(1), np.ones(1), table)
            while n_steps < LONGEST and (n_steps == 0 or points.z[k].any()):
                points = points._replace(z=kernels.values(points)["charge"])
                points = points._replace(z=kernels.values(points)["reset"], s=np.zeros(1))
                n_steps += 1
            times.append(dt * n_steps)
        contract.holds(
            LONGEST in times or abs(times[0] - times[1]) <= STEPS[0], "coefficients",
            f"{neuron.states[k]} must count the same time with any dt, and is back at 0 "
            f"{times[0]:g} ms after a spike with dt={STEPS[0]}, and {times[1]:g} ms after it with "
            f"dt={STEPS[1]}. Convert times in ms to steps by dt")


@demand
def _intrinsics_change_spikes(contract):
    """Check that each intrinsic changes spikes, and that a higher threshold gives fewer."""
    neuron, theta = contract.part, contract.part.named("threshold")
    start = neuron.to_free(first_values(neuron, 1))
    free = neuron.to_free(random_values(neuron, BACKGROUNDS, np.random.default_rng(0)))
    for name, value in free.items():
        value[0] = start[name][0]
    n_inputs = len(WEIGHTS) * len(RATES)
    free = {name: np.repeat(value, LEVELS * n_inputs) for name, value in free.items()}
    for item in neuron.active():
        levels = np.linspace(*limits(neuron, item.name, start[item.name]), LEVELS)
        varied = neuron.from_free(
            {**free, item.name: np.tile(np.repeat(levels, n_inputs), BACKGROUNDS)})
        with np.errstate(all="ignore"):
            peak = np.exp(neuron.log_peak(varied, 1.0)[0])
        weights = neuron.from_free(free)[theta] / np.where(np.isfinite(peak) & (peak > 0), peak, 1)
        weights = weights.reshape(-1, len(WEIGHTS), len(RATES)) * WEIGHTS[:, None]
        # the sum of four channels
        counts = np.random.default_rng(1).binomial(4, RATES, (120, 1, 1, len(RATES)))
        inputs = (weights * counts).reshape(120, -1)
        z = np.zeros((len(neuron.states), inputs.shape[1]))
        points = [*course(
            Kernels(neuron.kernels()), z, neuron.coefficient_table(varied, 1.0), inputs)]
        spikes = np.array([one.s for one in points[1::2]]).reshape(120, BACKGROUNDS, LEVELS, -1)
        contract.holds(
            (spikes != spikes[:, :, :1]).any(), "coefficients",
            f"{item.name} must change spikes, and no value within its bounds does. Use the "
            "intrinsic, or remove it")
        few, many = (int(spikes[:, :, level].sum()) for level in (-1, 0))
        contract.holds(
            item.name != theta or few < many, "margin",
            f"a higher {theta} must give fewer spikes, because its role is 'threshold', and the "
            f"highest gives {few}, the lowest {many}")
