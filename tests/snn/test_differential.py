"""Every network spikes as the equations say, in float64: spike by spike, but where the margin is within rounding of a decision.

The references are told how those few decisions fell, so that one of them does not hide what comes
after. They must be rare, and where nothing is recurrent the margins of all steps must agree to the
same tolerance.
"""

import numpy as np
import pytest
import references
from sklearn.base import clone

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.learning import RULES
from skspike.metrics._network import layer_activity
from skspike.neurons import LIF, NEURONS
from skspike.readouts import READOUTS
from skspike.snn._inputs import to_events
from skspike.snn._running import network_of

N_SAMPLES, N_CHANNELS, N_STEPS, SIZES = 8, 40, 120, (70, 19)
# of a margin, in units of the threshold: what float32 loses in a step, summed over a membrane's
# memory
TOLERANCE = 5e-5
RARE = 1e-3  # share of the decisions that may be within it
# An upstroke magnifies what is lost, in long steps a thousandfold: there a decision is within
# rounding below the first number. Steps are short where two of them would follow each other, and of
# margins, what lies on an upstroke, this share, is left out.
STEEP = ("adex", "exponential", "hodgkin_huxley", "izhikevich")
NEAR = 2e-4
SHORT = 0.25
UPSTROKE = 2e-3


def spread(neuron):
    """Return the neuron with values that differ from neuron to neuron, about its own."""
    values = {item.name: getattr(neuron, item.name) for item in neuron.active()}
    return neuron.set_params(
        **{
            name: tuple(sorted((0.95 * v, 1.2 * v))) if v else (-0.2, 0.2)
            for name, v in values.items()})


VARIANTS = {
    **{name: spread(cls()) for name, cls in NEURONS.items()},
    **{
        f"{name} with a synapse": spread(cls(tau_syn=5.0))
        for name, cls in NEURONS.items() if "tau_syn" in cls().get_params()},
    "lif by subtraction": spread(LIF(reset="subtract")),
    "lif with a synapse by subtraction": spread(LIF(reset="subtract", tau_syn=5.0)),
    "lif that waits": spread(LIF(refractory=3.0)),
    "lif with a synapse that waits": spread(LIF(refractory=3.0, tau_syn=5.0, reset="subtract"))}


def trains(seed=0):
    """Return a raster in which some steps are dense, for which the simulation adds up what is silent."""
    rng = np.random.default_rng(seed)
    return (
        (
            rng.random((N_SAMPLES, N_CHANNELS, N_STEPS))
            < np.where(np.arange(N_STEPS) % 7, 0.08, 0.7)).astype(np.uint8))


def series(seed=1):
    """Return series that wander."""
    return np.random.default_rng(seed).normal(0, 0.3, (N_SAMPLES, 3, N_STEPS)).cumsum(axis=2)


def late(X):
    """Return channels as they are, then all of them 3 steps late."""
    return np.concatenate([X, np.pad(X, ((0, 0), (0, 0), (3, 0)))[:, :, :-3]], axis=1)


def standardised(X):
    """Return series, clipped to the range of the first half of the samples, in standard deviations of that half."""
    seen = X[: N_SAMPLES // 2]
    clipped = np.clip(X, seen.min(axis=(0, 2), keepdims=True), seen.max(axis=(0, 2), keepdims=True))
    return (clipped - seen.mean(axis=(0, 2), keepdims=True)) / seen.std(axis=(0, 2), keepdims=True)


FEATURES = np.random.default_rng(2).normal(0, 1, (N_SAMPLES, 5))
HELD = np.repeat(FEATURES[:, :, None], N_STEPS, axis=2)
# what a network is given, its parameters, and what its first layer hears in the end
INPUTS = {
    "spikes": (trains(), {"dt": 1.0}, trains()),
    "recurrent": (trains(), {"recurrent": True}, trains()),
    "delays": (trains(), {"delays": (0, 3.0)}, late(trains())),
    "half steps": (
        trains(), {"dt": 0.5, "recurrent": (False, True), "delays": (0, 1.5)}, late(trains())),
    "currents": (FEATURES, {}, HELD),
    "direct": (
        series(), {"encoder": SpikeEncoder("direct"), "delays": (0, 3.0)},
        late(standardised(series())))}


def course(fitted, number, heard, given, tolerance, **options):
    """Return what a layer of a fitted network does in float64, when it hears a raster or currents."""
    values = {name: layers[number] for name, layers in fitted.intrinsics_.items()}
    model = references.NEURONS[fitted.neuron_.name](fitted.neuron_, values, fitted.dt_)
    drive = np.einsum("nct,ch->nht", heard, fitted.weights_[number].astype(float))
    recurrent = fitted.recurrent_weights_[number]
    hold = round(getattr(fitted.neuron_, "refractory", 0) / fitted.dt_)
    across = None if recurrent is None else recurrent.astype(float)
    return references.run(model, drive, given, tolerance, across, hold, **options)


def activity(fitted, X):
    """Yield each layer of a fitted network, the events that reach it and what it emits."""
    X = X if fitted.encoder_ is not None or X.dtype == np.uint8 else X.astype(np.float32)
    return layer_activity(
        fitted.rule_, network_of(fitted),
        to_events(X, fitted.n_steps_, fitted.encoder_, fitted.taps_))


def agree(given, expected, name):
    """Assert that all spikes are equal, of which few were within rounding of being others."""
    assert given.sum() > 30 and given.mean() < 0.9, f"{name}: {given.sum()} spikes in {given.size} steps show little"
    differ = np.argwhere(given != expected.spikes)
    assert not len(differ), f"{name}: {len(differ)} spikes differ, first at {differ[0]}, margin {expected.margins[tuple(differ[0])]}"
    assert expected.near.mean() < RARE, f"{name}: {expected.near.mean():.1e} of all decisions are within rounding"


def network(neuron, X, parameters):
    """Return a network of random weights; steps are short if its neurons are steep, and delays as many steps as they were."""
    network = SNNTransformer(
        SIZES, neuron=neuron, rule=None, n_steps=N_STEPS, random_state=0).set_params(**parameters)
    if neuron.name in STEEP and "dt" not in parameters:
        delays = network.delays and tuple(SHORT * delay for delay in network.delays)
        network.set_params(
            dt=SHORT, delays=delays,
            encoder=network.encoder and clone(network.encoder).set_params(dt=SHORT))
    return network.fit(X[: N_SAMPLES // 2])


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_neuron_spikes_as_its_equations_say(variant, kind):
    X, parameters, heard = INPUTS[kind]
    fitted = network(VARIANTS[variant], X, parameters)
    steep = fitted.neuron_.name in STEEP
    for number, (layer, events, given) in enumerate(activity(fitted, X)):
        expected = course(fitted, number, heard, given, NEAR if steep else TOLERANCE)
        name = f"{variant}, {kind}, layer {number}"
        agree(given, expected, name)
        heard = given
        if fitted.recurrent_weights_[number] is not None:
            continue  # margins take a loop of their own, which takes long to compile
        off = np.abs(
            layer.margins(events).transpose(0, 2, 1) - expected.margins) - 2 * TOLERANCE * np.abs(
            expected.margins)
        worst = np.quantile(off, 1 - UPSTROKE) if steep else off.max()
        assert worst < TOLERANCE, f"{name}: margins are off by {worst:.1e}"
    np.testing.assert_array_equal(fitted.transform(X), heard)


def test_every_part_that_is_registered_has_a_reference():
    """A new neuron, rule or readout is written down here a second time, by its author, from the equations."""
    assert references.NEURONS.keys() == set(NEURONS)
    assert COMPETE.keys() == set(RULES) and FILTERS.keys() == set(READOUTS)


# how neurons compete under each rule, which is how its networks differ from layers that only feed
# forward
COMPETE = {
    "pair_stdp": lambda rule: references.Compete(
        rule.k_winners, lambda v, n: v - n * rule.inhibition),
    "rstdp": lambda rule: references.Compete(1, lambda v, n: np.where(n > 0, 0.0, v)),
    "stdp": lambda rule: references.Compete(1, lambda v, n: np.where(n > 0, 0.0, v)),
    "surrogate": None,
    "tempotron": None}


def in_windows(n, t):
    return np.array(
        [(k * N_STEPS // n <= t) & (t < (k + 1) * N_STEPS // n) for k in range(n)], float)


FILTERS = {
    "count": lambda readout, t: np.ones((1, N_STEPS)),
    "windows": lambda readout, t: in_windows(readout.n_windows, t),
    "pyramid": lambda readout, t: np.concatenate(
        [in_windows(2**k, t) for k in range(readout.n_scales)]),
    "exponential": lambda readout, t: np.array(
        [np.exp(-(N_STEPS - 1 - t) / tau) for tau in readout.taus])}
DECISIONS = {
    **{f"rule {name}": {"rule": name} for name in (None, *RULES)},
    **{f"readout {name}": {"readout": name} for name in READOUTS},
    "rule pair_stdp, 3 winners": {"rule": RULES["pair_stdp"](k_winners=3)},
}


@pytest.mark.parametrize("parameters", DECISIONS.values(), ids=DECISIONS)
def test_every_rule_and_readout_decides_as_its_formula_says(parameters):
    X, y = trains(), np.arange(N_SAMPLES) % 3
    fitted = SNNClassifier(30, **parameters, max_iter=2, random_state=0).fit(X, y)
    rule, t = fitted.rule_, np.arange(N_STEPS)
    ((_, _, given),) = activity(fitted, X)
    if rule.name == "tempotron":
        features = course(fitted, 0, X, given, 0.0, spiking=False).margins.max(axis=2)
        rtol = 1e-5
    else:
        compete = COMPETE.get(rule.name) and COMPETE[rule.name](rule)
        agree(given, course(fitted, 0, X, given, TOLERANCE, compete=compete), rule.name)
        filters = np.ones((1, N_STEPS)) if fitted.readout_ is None else FILTERS[
            fitted.readout_.name](fitted.readout_, t)
        features, rtol = np.einsum("nht,kt->nhk", given, filters).reshape(N_SAMPLES, -1), 1e-9
    expected = (
        (features - fitted.count_mean_) / fitted.count_scale_ @ fitted.readout_coef_
        + fitted.readout_intercept_)
    np.testing.assert_allclose(
        fitted.decision_function(X), expected, rtol=rtol, atol=rtol * np.abs(expected).max())
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[expected.argmax(axis=1)])
