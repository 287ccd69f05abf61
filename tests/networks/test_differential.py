"""Compare networks, spike by spike, with reference simulations in float64.

Where rounding may decide about a spike, the reference takes over the simulated spike, so that all
later steps can still be compared. Such decisions must be rare. In layers without recurrence the
margins of all steps must agree as well.
"""

import numpy as np
import pytest
import references
from parts import spread
from sklearn.base import clone

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike._networks._fitted_network import network_of
from skspike._networks._input import Input
from skspike.inspection._operations import layer_activity
from skspike.learning import RULES, Rule
from skspike.neurons import LIF, NEURONS, EquationNeuron
from skspike.simulation import READOUTS

N_SAMPLES, N_CHANNELS, N_STEPS, SIZES = 8, 40, 120, (70, 19)
ROUNDING = 1e-6  # relative error of a state per step in float32, sums of the input included
RARE = 1e-3  # share of the decisions that rounding may affect
UNBOUNDED = 1e-4  # share of the margins that rounding may move further than estimated
# A steep upstroke magnifies rounding errors. If they affect too many decisions, the neuron is
# compared in steps that are shorter by the last factor.
STEPS = (1, 0.25)


NETWORKS = {
    **{name: spread(cls()) for name, cls in NEURONS.items()},
    **{
        f"{name} with a synapse": spread(cls(tau_syn=5.0))
        for name, cls in NEURONS.items() if "tau_syn" in cls().get_params()},
    "lif by subtraction": spread(LIF(reset="subtract")),
    "lif with a synapse by subtraction": spread(LIF(reset="subtract", tau_syn=5.0)),
    "lif that waits": spread(LIF(refractory=3.0)),
    "lif with a synapse that waits": spread(LIF(refractory=3.0, tau_syn=5.0, reset="subtract"))}
VARIANTS = {name: neuron for name, neuron in NETWORKS.items() if references.has(neuron)}


def trains(seed=0):
    """Return a raster with some dense steps, for which the simulation sums four channels first."""
    rng = np.random.default_rng(seed)
    rates = np.where(np.arange(N_STEPS) % 7, 0.08, 0.7)
    return (rng.random((N_SAMPLES, N_CHANNELS, N_STEPS)) < rates).astype(np.uint8)


def series(seed=1):
    """Return random walks."""
    return np.random.default_rng(seed).normal(0, 0.3, (N_SAMPLES, 3, N_STEPS)).cumsum(axis=2)


def late(X):
    """Return the channels, followed by the same channels three steps later."""
    return np.concatenate([X, np.pad(X, ((0, 0), (0, 0), (3, 0)))[:, :, :-3]], axis=1)


def standardised(X):
    """Return series, clipped to the range of the first half of the samples, and standardised by it.

    `Direct` coding does the same after a fit on this half.
    """
    seen = X[: N_SAMPLES // 2]
    clipped = np.clip(X, seen.min(axis=(0, 2), keepdims=True), seen.max(axis=(0, 2), keepdims=True))
    return (clipped - seen.mean(axis=(0, 2), keepdims=True)) / seen.std(axis=(0, 2), keepdims=True)


FEATURES = np.random.default_rng(2).normal(0, 1, (N_SAMPLES, 5))
HELD = np.repeat(FEATURES[:, :, None], N_STEPS, axis=2)
# the input of a network, its parameters, and the input of its first layer
INPUTS = {
    "spikes": (trains(), {}, trains()),
    "recurrent": (trains(), {"recurrent": True}, trains()),
    "bias": (trains(), {"recurrent": (True, False)}, trains()),
    "delays": (trains(), {"delays": (0, 3.0)}, late(trains())),
    "half steps": (
        trains(), {"dt": 0.5, "recurrent": (False, True), "delays": (0, 1.5)}, late(trains())),
    "currents": (FEATURES, {"standardize": False}, HELD),
    "direct": (
        series(), {"encoder": SpikeEncoder("direct"), "delays": (0, 3.0)},
        late(standardised(series())))}


def course(fitted, number, heard, given, **options):
    """Return the activity of a layer of a fitted network in float64 for its input."""
    values = {name: layers[number] for name, layers in fitted.intrinsics_.items()}
    model = references.of(fitted.neuron_, values, fitted.dt_)
    drive = np.einsum("nct,ch->nht", heard, fitted.weights_[number].astype(float))
    if fitted.biases_[number] is not None:
        drive = drive + fitted.biases_[number].astype(float)[:, None]
    recurrent = fitted.recurrent_weights_[number]
    hold = round(getattr(fitted.neuron_, "refractory", 0) / fitted.dt_)
    across = None if recurrent is None else recurrent.astype(float)
    return references.run(model, drive, given, ROUNDING, across, hold, **options)


def activity(fitted, X):
    """Yield each layer of a fitted network, the events that reach it and the spikes it emits."""
    X = X if fitted.encoder_ is not None or X.dtype == np.uint8 else X.astype(np.float32)
    return layer_activity(
        fitted.rule_, network_of(fitted),
        Input.of(fitted).events(X))


def agree(given, expected, name):
    """Assert that all spikes are equal, and that rounding could affect few of them."""
    n_spikes = given.sum()
    assert n_spikes > 30 and given.mean() < 0.9, f"{name}: {n_spikes} spikes in {given.size} steps"
    differ = np.argwhere(given != expected.spikes)
    assert not len(differ), (
        f"{name}: {len(differ)} spikes differ, first at {differ[0]}, margin "
        f"{expected.margins[tuple(differ[0])]}")
    share = expected.near.mean()
    assert share < RARE, f"{name}: rounding may affect {share:.1e} of all decisions"


def network(neuron, X, parameters, factor):
    """Return a network of random weights, with steps that are shorter by a factor."""
    network = SNNTransformer(
        SIZES, neuron=neuron, rule=None, n_steps=N_STEPS, random_state=0).set_params(**parameters)
    dt = factor * parameters.get("dt", 1.0)
    network.set_params(
        dt=dt,
        delays=tuple(factor * delay for delay in parameters.get("delays", ())) or None,
        encoder=network.encoder and clone(network.encoder).set_params(dt=dt))
    return network.fit(X[: N_SAMPLES // 2])


def compared(fitted, X, heard):
    """Yield the number of each layer, its margins unless it is recurrent, spikes and reference."""
    for number, (layer, events, given) in enumerate(activity(fitted, X)):
        # margins of recurrent layers need another loop, which takes long to compile
        recurrent = fitted.recurrent_weights_[number] is not None
        margins = None if recurrent else layer.margins(events).transpose(0, 2, 1)
        yield number, margins, given, course(fitted, number, heard, given)
        heard = given


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_neuron_spikes_as_its_equations_say(variant, kind):
    X, parameters, heard = INPUTS[kind]
    for factor in STEPS:
        fitted = network(VARIANTS[variant], X, parameters, factor)
        if kind == "bias":
            rng = np.random.default_rng(3)
            fitted.biases_ = [rng.normal(0, 0.1, n).astype(np.float32) for n in SIZES]
        layers = list(compared(fitted, X, heard))
        if all(expected.near.mean() < RARE for *_, expected in layers):
            break
    for number, margins, given, expected in layers:
        name = f"{variant}, {kind}, layer {number}"
        agree(given, expected, name)
        if margins is not None:
            off = np.abs(margins - expected.margins) - expected.error
            assert (off > 0).mean() < UNBOUNDED, f"{name}: margins are off by {off.max():.1e}"
    np.testing.assert_array_equal(fitted.transform(X), given)


WRITTEN = [
    neuron for name, neuron in NETWORKS.items()
    if isinstance(neuron, EquationNeuron) and neuron.name in references.NEURONS]


@pytest.mark.small
@pytest.mark.parametrize("dt", [0.25, 1.0])
@pytest.mark.parametrize("neuron", WRITTEN, ids=repr)
def test_the_text_of_a_neuron_means_what_was_written_from_its_paper(neuron, dt, rng):
    q = neuron.initial(7, rng)
    text = references.from_text(neuron, q, dt)
    written = references.NEURONS[neuron.name](neuron, q, dt)
    used = [name in neuron.states for name in neuron.equations.states]
    z = tuple(one * rng.normal(0, 1.5, (50, 7)) for one in used)
    x, s = rng.normal(0, 1, (50, 7)), rng.integers(0, 2, (50, 7)).astype(float)

    def same(one, other):
        for a, b, there in zip(one, other, used, strict=True):
            np.testing.assert_allclose(a * there, b * there, rtol=1e-12, atol=1e-12)

    same(text.charge(z, x), written.charge(z, x))
    same(text.reset(z, s), written.reset(z, s))
    np.testing.assert_allclose(text.margin(z), written.margin(z), rtol=1e-12, atol=1e-12)


def test_every_written_reference_is_of_a_registered_part():
    assert references.NEURONS.keys() <= NEURONS.keys()
    assert COMPETE.keys() <= RULES.keys() and FILTERS.keys() <= READOUTS.keys()


# How neurons compete under the rules that define `run`.
COMPETE = {
    "pair_stdp": lambda rule: references.Compete(
        rule.k_winners, lambda v, n: v - n * rule.inhibition),
    "rstdp": lambda rule: references.Compete(1, lambda v, n: np.where(n > 0, 0.0, v)),
    "stdp": lambda rule: references.Compete(1, lambda v, n: np.where(n > 0, 0.0, v))}
# Quantities that rules with their own `respond` use instead of spikes.
RESPONSES = {
    "tempotron": lambda fitted, X, given: course(
        fitted, 0, X, given, spiking=False).margins.max(axis=2)}


def in_windows(n, t):
    return np.array(
        [(k * N_STEPS // n <= t) & (t < (k + 1) * N_STEPS // n) for k in range(n)], float)


# The filters of readouts, written a second time. Others are taken as they are.
FILTERS = {
    "count": lambda readout, t: np.ones((1, N_STEPS)),
    "windows": lambda readout, t: in_windows(readout.n_windows, t),
    "pyramid": lambda readout, t: np.concatenate(
        [in_windows(2**k, t) for k in range(readout.n_scales)]),
    "exponential": lambda readout, t: np.array(
        [np.exp(-(N_STEPS - 1 - t) / tau) for tau in readout.taus])}


def comparable(rule):
    """Return whether the methods of a rule are the default ones or have a written reference."""
    written = rule.name in COMPETE, rule.name in COMPETE.keys() | RESPONSES.keys()
    methods = type(rule).run is Rule.run, type(rule).respond is Rule.respond
    return all(known or default for known, default in zip(written, methods, strict=True))


DECISIONS = {
    "no rule": {"rule": None},
    **{f"rule {name}": {"rule": name} for name, cls in RULES.items() if comparable(cls())},
    **{f"readout {name}": {"readout": name} for name in READOUTS},
    "rule pair_stdp, 3 winners": {"rule": RULES["pair_stdp"](k_winners=3)},
}


@pytest.mark.parametrize("parameters", DECISIONS.values(), ids=DECISIONS)
def test_every_rule_and_readout_decides_as_its_formula_says(parameters):
    X, y = trains(), np.arange(N_SAMPLES) % 3
    fitted = SNNClassifier(30, **parameters, delays=None, max_iter=2, random_state=0).fit(X, y)
    rule, readout, t = fitted.rule_, fitted.readout_, np.arange(N_STEPS)
    ((_, _, given),) = activity(fitted, X)
    if rule.name in RESPONSES:
        features, rtol = RESPONSES[rule.name](fitted, X, given), 1e-5
    else:
        compete = COMPETE.get(rule.name) and COMPETE[rule.name](rule)
        agree(given, course(fitted, 0, X, given, compete=compete), rule.name)
        filters = (
            np.ones((1, N_STEPS)) if readout is None
            else FILTERS[readout.name](readout, t) if readout.name in FILTERS
            else readout.filters(N_STEPS, fitted.dt_))
        features, rtol = np.einsum("nht,kt->nhk", given, filters).reshape(N_SAMPLES, -1), 1e-9
    expected = (
        (features - fitted.feature_mean_) / fitted.feature_scale_ @ fitted.decoder_coef_
        + fitted.decoder_intercept_)
    np.testing.assert_allclose(
        fitted.decision_function(X), expected, rtol=rtol, atol=rtol * np.abs(expected).max())
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[expected.argmax(axis=1)])
