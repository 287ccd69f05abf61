"""Delays of input channels."""

import numpy as np
import pytest

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.learning import RULES, Reservoir, SurrogateGradient
from skspike.neurons import LIF

X = (np.random.default_rng(0).random((12, 6, 75)) < 0.2).astype(np.uint8)
Y = np.arange(12) % 3
DELAYS = (0, 3.2, 20)


def late(raster, steps):
    """Return the channels at all delays, as separate channels."""
    return np.concatenate(
        [np.pad(raster, ((0, 0), (0, 0), (d, 0)))[:, :, : raster.shape[2]] for d in steps], axis=1)


@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("rule", [None, *RULES])
def test_a_network_with_delays_is_one_on_channels_that_come_late(rule, recurrent):
    part = Reservoir() if rule is None else RULES[rule]()
    recurrent = recurrent and "recurrent" in part.supports
    settings = {
        "hidden_layer_sizes": (5,), "rule": part, "recurrent": recurrent, "max_iter": 2,
        "random_state": 0}
    if "readout" in part.supports:  # "auto" would compare other inputs
        settings["readout"] = "windows"
    if "dropout" in part.get_params():  # dropout leaves out spikes with all of their delays
        settings |= {"alpha": 0.0, "rule": part.set_params(dropout=0.0)}
    delayed = SNNClassifier(**settings, delays=DELAYS).fit(X, Y)
    written = SNNClassifier(**settings, delays=None).fit(late(X, (0, 3, 20)), Y)
    assert delayed.delay_steps_ == (0, 3, 20) and delayed.weights_[0].shape == (18, 5)
    np.testing.assert_array_equal(delayed.weights_[0], written.weights_[0])
    np.testing.assert_array_equal(
        delayed.predict_proba(X), written.predict_proba(late(X, (0, 3, 20))))


@pytest.mark.small
@pytest.mark.parametrize("delays", [(0, 3, 20), (7,), (0, 200)], ids=str)
@pytest.mark.filterwarnings("ignore:delays=.*reach 200 steps")
def test_streams_remember_what_is_late(delays):
    network = (
        SNNTransformer(
            (7, 4), delays=delays, neuron=LIF(tau_syn=5.0), recurrent=True, rule=None,
            random_state=0).fit(X))
    stream = network.stream()
    np.testing.assert_array_equal(stream.step(X[0]), network.transform(X[:1])[0])
    half = network.stream()
    half.step(X[1, :, :30])
    state, rest = half.state, half.step(X[1, :, 30:])
    stream.state = state
    np.testing.assert_array_equal(stream.step(X[1, :, 30:]), rest)
    stream.reset()
    np.testing.assert_array_equal(
        np.transpose([stream.step(x) for x in X[2].T]), network.transform(X[2:3])[0])


@pytest.mark.parametrize(
    ("delays", "data", "words"),
    [
        (10, X, "delays must be a sequence"),
        ((), X, "delays must hold at least one number"),
        ((0, -1), X, r"delays\[1\] must be .* >= 0"),
        ((0, 0.2), X, "must be different numbers of steps"),
        ((0, np.nan), X, r"delays\[1\]"),
        ((0, 10), X.mean(axis=2), "constant currents"),
    ],
    ids=["number", "none", "negative", "equal", "nan", "constant"],
)
def test_delays_that_make_no_sense_are_refused(delays, data, words):
    model = SNNClassifier(5, delays=delays)
    before = dict(vars(model))
    with pytest.raises((ValueError, TypeError), match=words):
        model.fit(data, Y)
    assert vars(model) == before


def test_delays_beyond_all_steps_are_refused():
    with pytest.raises(
            ValueError, match=r"delays\[1\] must be a finite number and >= 0 and "
            r"<= 1000000000\.0, got 1e\+300"):
        SNNClassifier(5, delays=(0, 1e300), dt=0.1).fit(X, Y)
    with pytest.raises(
            ValueError, match="reach 3000000 steps of dt=0.1 ms. At most 1048576 steps"):
        SNNClassifier(5, delays=(0, 3e5), dt=0.1).fit(X, Y)


# -- chosen by the data

STEPS = 0, 5, 10, 20, 40
BRIEF = {"hidden_layer_sizes": 20, "max_iter": 2, "random_state": 0}
TRAINED = {**BRIEF, "max_iter": 80}  # candidates are judged after at most as many epochs


def pulses(n_samples=60, n_steps=60):
    """Return noise with two pulses, which are 5 steps apart in one class and 20 in the other."""
    rng, y = np.random.default_rng(0), np.arange(n_samples) % 2
    series = 0.3 * rng.normal(size=(n_samples, 1, n_steps))
    for k, distance in enumerate(np.where(y, 20, 5)):
        first = rng.integers(n_steps - 22)
        series[k, 0, [first, first + distance]] += 5
    return series, y


NO_DROPOUT = SurrogateGradient(dropout=0.0)


def levels(n_samples=60, n_steps=60):
    """Return noise whose mean is the class."""
    rng, y = np.random.default_rng(0), np.arange(n_samples) % 2
    return rng.normal(size=(n_samples, 1, n_steps)) + y[:, None, None], y


def assert_same(one, other):
    """Check that two networks have learned the same."""
    assert one.delay_steps_ == other.delay_steps_
    for a, b in zip(one.weights_, other.weights_, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("cls", "encoder"),
    [(SNNClassifier, SpikeEncoder()), (SNNRegressor, None)])
def test_series_that_need_a_memory_get_delays(cls, encoder):
    series, y = pulses(240)
    settings = {**TRAINED, "encoder": encoder, "alpha": 0.0, "rule": NO_DROPOUT}
    chosen = cls(**settings).fit(series, y)
    assert_same(chosen, cls(**settings, delays=STEPS).fit(series, y))


def test_a_warm_start_and_chunks_keep_the_delays():
    network = SNNClassifier(**BRIEF, encoder=SpikeEncoder(), warm_start=True).fit(*pulses())
    assert network.delay_steps_ == STEPS
    assert network.fit(*levels()).delay_steps_ == STEPS
    assert network.partial_fit(*levels()).delay_steps_ == STEPS
    network.set_params(**TRAINED, warm_start=False)
    assert network.fit(*levels(120)).delay_steps_ == (0,)


def test_a_warm_start_from_delays_refuses_tables():
    series, y = pulses()
    network = SNNClassifier(**BRIEF, warm_start=True).fit(series, y)
    assert network.delay_steps_ == STEPS
    with pytest.raises(ValueError, match="keeps the delays of .* no effect on constant currents"):
        network.fit(series[:, :, 0], y)
