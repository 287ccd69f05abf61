"""Contract of a neuron: intrinsics and kernels, dynamics, and networks."""

import numpy as np

from .._networks import SNNTransformer
from ..neurons import Neuron
from ..simulation import WIDTH, Layer, Network, from_raster
from . import _derivatives
from ._common import Demands, check_bad_values, check_effects, rasters, shown
from ._derivatives import kernels_of
from ._kernels import LOGISTIC, Kernels, Points, central, limits, random_values, size_of, steps

RATES = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7])  # spikes of the input in a step
X = rasters(RATES, 4, 120)
WEIGHTS = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])  # in units of the threshold
BACKGROUNDS, LEVELS = 4, 5  # values of all other intrinsics, and of the one that varies
STEPS = 1.0, 0.25  # ms
SHORT_STEP = 1e-3  # ms, in which changes are proportional to the length of a step
SMALL = 0.02  # change of a state, of the membrane in units of the threshold
HIGH = 2.9  # membrane potential far above any potential after a spike
SHORT = 10.0  # ms, the longest time constant to try
TOLERANCE = 0.25  # of a change in two steps of half the length
ROUNDING = 1e-14  # also of a loss that sums some hundred numbers
FAR = 30.0  # factor between the rate of a membrane and the inverse of its time constant
LONGEST = 200  # steps in which a counter is followed
TRAINS = rasters(np.linspace(0.1, 0.6, 8), 4, 40)
SIZES = (4, 4, 3)  # channels, and neurons of two layers

demand = Demands(_derivatives.demand)


def check_neuron(neuron: Neuron) -> None:
    """Check that a neuron keeps its contract.

    The class must be complete, its values within bounds, and all results finite. Vector-Jacobian
    products, the derivatives of ``log_peak``, of coefficients and of the unconstrained space, and
    the gradients of a network of two layers are compared with central differences at random states,
    inputs and intrinsics: to 1e-6 in float64, and to 1e-3 of their size in float32. Hard kernels
    are tested on both sides of their kinks. A neuron without a smooth form, whose
    ``kernels(smooth=True)`` raises a ValueError, is tested on hard kernels only. Small responses
    must fit the declared roles, units and recovery variables.

    Parameters
    ----------
    neuron : Neuron
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the neuron breaks the contract. The message names the class, the method and the fault.

    See Also
    --------
    skspike.neurons.Neuron : Base class of the neurons.
    skspike.neurons.EquationNeuron : Base class of neurons that are written as equations.

    Examples
    --------
    >>> from skspike.neurons import LIF
    >>> from skspike.testing import check_neuron
    >>> check_neuron(LIF())
    """
    demand.check(neuron, Neuron)


@demand
def _bad_values_are_refused(contract):
    """Fit a network with bad values of the parameters."""
    size = size_of(contract.subject)
    check_bad_values(
        contract,
        lambda changed: SNNTransformer(size, neuron=changed, max_iter=1, random_state=0),
        TRAINS, np.arange(8) % 2)


@demand
def _options_act(contract):
    """Check that each parameter that is no intrinsic changes the kernels or the coefficients."""
    neuron = contract.subject
    intrinsic = [item.name for item in neuron.intrinsics]
    names = [name for name in neuron.get_params(deep=False)
             if name.removesuffix("_bounds") not in intrinsic]

    def result(neuron):
        neuron.check()
        kernels = np.array([*neuron.states, *neuron.kernels().values()], dtype=object)
        return [kernels, np.array(neuron.coefficients(_values(neuron, 1), 0.5))]

    check_effects(contract, lambda neuron: neuron.check(), result, names)


def _values(neuron, n):
    """Return the first initial value of each intrinsic, for n neurons."""
    start = neuron.initial(size_of(neuron), np.random.RandomState(0))
    return {name: np.full(n, value[0]) for name, value in start.items()}


def _spikes(neuron, values, raster, weights):
    """Return the spikes, (n_neurons, n_samples, n_steps), under equal weights of all channels."""
    layer = Layer(np.repeat(weights[None], raster.shape[1], axis=0).astype(np.float32), values)
    events = from_raster(raster, np.float32)
    return Network(neuron, [layer], 1.0).rasters(events).swapaxes(0, 1)


@demand
def _small_responses_are_as_declared(contract):
    """Check small responses: sign, unit, time constants, and independence of the step."""
    neuron = contract.subject
    kernels = Kernels(neuron, size_of(neuron), np.float64, smooth=False)
    theta = _values(neuron, 1)[neuron.named("threshold")][0]
    for check in (_check_margin, _check_input, _check_states, _check_membrane, _check_synapse):
        check(contract, neuron, kernels, theta)
    _check_counters(contract, neuron, kernels)


def _check_input(contract, neuron, kernels, theta):
    """Check that input raises the margin."""
    _, margins = _responses(neuron, kernels, [(0, 0.0, theta, {})], 1.0, 20)
    contract.holds(
        _first(margins[:, 0]) > 0, "charge",
        "a spike with a positive weight must raise the margin")


def _check_states(contract, neuron, kernels, theta):
    """Check that states change in proportion to the step, and the sign of recovery variables."""
    moved = [k for k, name in enumerate(neuron.states) if name not in neuron.counters]
    starts = [(k, theta if k == 0 else 1.0, 0.0, {}) for k in moved]
    states, margins = _responses(neuron, kernels, starts, 1.0, 20)
    once, twice = (_change(neuron, kernels, starts, SHORT_STEP / n, n) for n in (1, 2))
    for lane, k in enumerate(moved):
        name, one, two = neuron.states[k], once[k, lane], twice[k, lane]
        contract.holds(
            name not in neuron.recovery or _first(margins[:, lane]) < 0, "charge",
            f"a higher {name} must lower the margin, because recovery lists it")
        contract.holds(
            abs(one - two) <= TOLERANCE * abs(one) + ROUNDING, "charge",
            f"{name}={states[0, k, lane]:.4g} must change as much in two steps of half the length, "
            f"and changes by {one:.4g} in a step of {SHORT_STEP} ms, by {two:.4g} in two of "
            f"{SHORT_STEP / 2}. "
            "Multiply rates by dt, and divide dt by time constants")


def _check_membrane(contract, neuron, kernels, theta):
    """Check that the membrane decays with the time constant of this role."""
    name, taus = neuron.named("membrane"), _time_constants(neuron, "membrane")
    starts = [(0, theta, 0.0, {name: tau}) for tau in taus]
    change = np.abs(_change(neuron, kernels, starts, SHORT_STEP, 1)[0])
    rates = change / (SMALL * theta * SHORT_STEP)
    contract.holds(
        (np.diff(rates) < 0).all() and (np.abs(np.log(rates * taus)) < np.log(FAR)).all(),
        "coefficients",
        f"{name} must be the time constant of the membrane in ms, because its role is 'membrane'; "
        f"with {shown(taus)} ms, a small potential changes at a rate of {shown(rates)} per ms")


def _check_synapse(contract, neuron, kernels, theta):
    """Check that the response to a spike lasts longer with a longer synaptic time constant."""
    name, taus = neuron.named("synapse"), _time_constants(neuron, "synapse")
    starts = [(0, 0.0, theta, {name: tau}) for tau in taus]
    response = np.abs(_responses(neuron, kernels, starts, 1.0, 60)[0][:, 0])
    with np.errstate(all="ignore"):
        times = np.arange(60) @ response / response.sum(axis=0)
    contract.holds(
        (np.diff(times) > 0).all(), "coefficients",
        f"a longer {name} must make the response to a spike longer, because its role is 'synapse'; "
        f"for {shown(taus)} ms its mean time is {shown(times)} ms")


def _change(neuron, kernels, starts, dt, n_steps):
    """Return the changes of all states in some steps, (n_states, n_starts)."""
    states, _ = _responses(neuron, kernels, starts, dt, n_steps + 1)
    return states[-1] - states[0]


def _responses(neuron, kernels, starts, dt, n_steps):
    """Return small responses: differences between neurons with and without a change at the start.

    Each start is a state, its change, an input, and changed intrinsics. Return responses of all
    states, (n_steps, n_states, n_starts), and of the margin, (n_steps, n_starts).
    """
    n = _lanes(2 * len(starts) + 1)
    values, z, x = _values(neuron, n), np.zeros((len(neuron.states), n)), np.zeros(n)
    for k, (state, size, weight, changed) in enumerate(starts):
        z[state, 2 * k + 1], x[2 * k + 1] = SMALL * size, SMALL * weight
        for name, value in changed.items():
            values[name][2 * k : 2 * k + 2] = value
    points = Points(z, x, np.zeros(n), neuron.coefficient_table(values, dt))
    courses = _course(kernels, points, n_steps)
    return [(course[..., 1::2] - course[..., ::2])[..., : len(starts)] for course in courses]


def _lanes(n):
    """Return the smallest multiple of the width of a panel that is not below n."""
    return WIDTH * -(-n // WIDTH)


def _course(kernels, points, n_steps):
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


def _time_constants(neuron, role):
    """Return short values of a time constant within its bounds, none if it is fixed."""
    name = neuron.named(role)
    if name not in neuron.learnable():
        return np.array([])
    low, high = neuron.bounds(name)
    middle = np.clip(min(_values(neuron, 1)[name][0], SHORT), low, high)
    return np.unique(np.clip([middle / 2, middle, 2 * middle], low, high))


def _check_margin(contract, neuron, kernels, theta):
    """Check the unit of the margin, and that a spike lowers it."""
    n = _lanes(5)
    z, s = np.zeros((len(neuron.states), n)), np.zeros(n)
    z[0, :5], s[4] = [0, theta, 2 * theta, *[max(1.5 * theta, HIGH)] * 2], 1
    points = Points(z, 0 * s, s, neuron.coefficient_table(_values(neuron, n), 1.0))
    found = kernels.values(points)
    contract.holds(
        np.allclose(found["margin"][0, :3], [-1, 0, 1], atol=1e-6), "margin",
        f"must be -1, 0 and 1 if {neuron.states[0]} is 0, {theta:.4g} and {2 * theta:.4g} and all "
        f"other states are 0, got {shown(found['margin'][0, :3])}. It is the distance from the "
        "threshold, in units of the threshold")
    _, margins = _course(kernels, points._replace(z=found["reset"]), 5)
    contract.holds(
        _first(margins[:, 4] - margins[:, 3]) < 0, "reset",
        "a spike must lower the margin, at once or in the next step")


def _check_counters(contract, neuron, kernels):
    """Check that a state that counts steps counts the same time with steps of another length."""
    for k in np.flatnonzero(np.isin(neuron.states, neuron.counters)):
        times = []
        for dt in STEPS:
            table, n_steps = neuron.coefficient_table(_values(neuron, WIDTH), dt), 0
            points = Points(
                np.zeros((len(neuron.states), WIDTH)), np.zeros(WIDTH), np.ones(WIDTH), table)
            while n_steps < LONGEST and (n_steps == 0 or points.z[k].any()):
                points = points._replace(z=kernels.values(points)["charge"])
                points = points._replace(z=kernels.values(points)["reset"], s=np.zeros(WIDTH))
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
    neuron = contract.subject
    items, theta = neuron.active(), neuron.named("threshold")
    start = neuron.to_free(_values(neuron, 1))
    free = neuron.to_free(random_values(neuron, BACKGROUNDS, np.random.default_rng(0)))
    for name, value in free.items():
        value[0] = start[name][0]
    free = {name: np.repeat(value, LEVELS) for name, value in free.items()}
    unit = np.repeat(neuron.from_free(free)[theta], len(WEIGHTS))
    for item in items:
        levels = np.linspace(*limits(neuron, item.name, start[item.name]), LEVELS)
        varied = neuron.from_free({**free, item.name: np.tile(levels, BACKGROUNDS)})
        varied = {name: np.repeat(value, len(WEIGHTS)) for name, value in varied.items()}
        with np.errstate(all="ignore"):
            peak = np.exp(neuron.log_peak(varied, 1.0)[0])
        scale = unit / np.where(np.isfinite(peak) & (peak > 0), peak, 1)
        spikes = _spikes(neuron, varied, X, scale * np.tile(WEIGHTS, BACKGROUNDS * LEVELS))
        spikes = spikes.reshape(BACKGROUNDS, LEVELS, -1)
        contract.holds(
            (spikes != spikes[:, :1]).any(), "coefficients",
            f"{item.name} must change spikes, and no value within its bounds does. Use the "
            "intrinsic, or remove it")
        few, many = (int(spikes[:, level].sum(dtype=int)) for level in (-1, 0))
        contract.holds(
            item.name != theta or few < many, "margin",
            f"a higher {theta} must give fewer spikes, because its role is 'threshold', and the "
            f"highest gives {few}, the lowest {many}")


@demand
def _gradients_of_a_network_are_right(contract):
    """Compare the gradients of a smooth network of two layers with central differences."""
    neuron = contract.subject
    if True not in kernels_of(contract, neuron):
        return
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.2, 0.6, shape) for shape in zip(SIZES[:-1], SIZES[1:], strict=True)]
    layers = [
        Layer(w, random_values(neuron, w.shape[1], rng), rng.normal(0, 0.4, (w.shape[1],) * 2))
        for w in weights]
    events, direction = from_raster(TRAINS[:3, :, :12], float), rng.normal(size=(3, 12, SIZES[-1]))

    def loss():
        return (network().forward(events)[-1].spikes.transpose(0, 2, 1) * direction).sum()

    def network():
        return Network(neuron, layers, 1.0, LOGISTIC)

    found = network().backward(network().forward(events), direction)
    for k, (layer, gradient) in enumerate(zip(layers, found, strict=True)):
        pairs = {
            "weights": (layer.weights, gradient.weights),
            "recurrent weights": (layer.recurrent, gradient.recurrent)}
        pairs |= {
            name: (layer.intrinsics[name], gradient.intrinsics[name]) for name in layer.intrinsics}
        for name, (array, ours) in pairs.items():
            expected = central(loss, array)
            size = np.abs(expected) + np.abs(expected).max()
            close = np.abs(ours - expected) <= 1e-6 * size + ROUNDING / steps(array)
            contract.holds(
                close.all(), "kernels", "in a network, the "
                f"gradient of {name} in layer {k} differs from central differences")


@demand
def _rows_do_not_depend_on_their_batch(contract):
    """Check that the raster of a row depends neither on its batch nor on the order."""
    neuron = contract.subject
    for recurrent in (False, True):
        network = SNNTransformer(
            size_of(neuron), neuron=neuron, recurrent=recurrent, rule=None, random_state=0)
        spikes = contract.by_rows(network.fit(TRAINS).transform, TRAINS, "kernels")
        contract.holds(
            0 < spikes.mean() < 1, "kernels",
            "a neuron must spike in some steps under random input, and not in all")
