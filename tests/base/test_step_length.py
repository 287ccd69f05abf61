"""The length of a step is given once: other parts take it over, or raise if theirs differs."""

import gc
import pickle
import warnings

import numpy as np
import pytest
import references
import skops.io
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skspike import (
    EarlyClassifier, EventDetector, SlidingDecoder, SNNClassifier, SNNRegressor, SNNTransformer,
    SpikeEncoder, time_blocks, trusted_types)
from skspike._base import _step_length, in_steps
from skspike.coding import CODINGS, Poisson
from skspike.datasets import make_gestures
from skspike.inspection import DecisionDisplay, jitter_spikes
from skspike.io import from_spike_times
from skspike.learning import RULES, PairSTDP
from skspike.neurons import LIF, NEURONS
from skspike.simulation import READOUTS, Exponential, Leaky

Y = np.arange(24) % 2
TIMES = np.arange(60)
SERIES = np.sin(TIMES / (4 + 4 * Y[:, np.newaxis]) + np.arange(24)[:, np.newaxis])[:, np.newaxis]
RASTER = (np.random.default_rng(0).random((24, 4, 60)) < 0.1 + 0.2 * Y[:, None, None]).astype(
    np.uint8)
SMALL = {"hidden_layer_sizes": 4, "max_iter": 2, "random_state": 0}
STEPS = 0.5, 4.0, 32.0  # products with a power of two are exact
IN_STEPS = [name for name, cls in NEURONS.items() if cls().times]  # others have equations in ms


def weights(dt, X=RASTER, cls=SNNClassifier, **parameters):
    """Return the weights of a network after a fit."""
    return cls(**{**SMALL, **parameters}, dt=dt).fit(X, Y).weights_[0]


@pytest.mark.parametrize("name", IN_STEPS)
def test_dt_alone_changes_no_state_and_no_bound_of_a_neuron(name):
    def states_and_bounds(dt):
        neuron, rng = NEURONS[name](), np.random.default_rng(0)
        in_steps(neuron, name, dt)
        values, drive = neuron.initial(3, rng), rng.random((2, 3, 40))
        bounds = [getattr(neuron, f"{key}_bounds") for key in neuron.times if key in values]
        model = references.of(neuron, values, dt)
        return references.run(model, drive, np.zeros_like(drive), 0).margins, np.divide(bounds, dt)

    usual = states_and_bounds(1.0)
    for dt in STEPS:
        for found, wanted in zip(states_and_bounds(dt), usual, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("parameters", [
    *({"rule": name} for name in (*RULES, None)), *({"readout": name} for name in READOUTS),
    {"recurrent": True, "delays": "auto"}], ids=str)
def test_dt_alone_changes_no_weight_of_default_parts(parameters):
    for dt in STEPS:
        np.testing.assert_allclose(
            weights(dt, **parameters), weights(None, **parameters), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [*CODINGS])
def test_dt_alone_changes_no_spike_of_a_coding(name):
    X = SERIES if 3 not in CODINGS[name].refuses else SERIES[:, 0, :5]
    usual = SpikeEncoder(name, random_state=0).fit_transform(X)
    for dt in STEPS:
        np.testing.assert_array_equal(
            SpikeEncoder(name, dt=dt, random_state=0).fit_transform(X), usual)


def test_defaults_of_a_name_are_reported_in_ms():
    fitted = SNNClassifier(**SMALL, rule="pair_stdp", dt=20).fit(RASTER, Y)
    assert (fitted.neuron_.tau_mem, fitted.neuron_.tau_mem_bounds) == (400.0, (30.0, 40000.0))
    assert (fitted.rule_.tau_pre, fitted.rule_.target_rate) == (400.0, 1.0)
    of_readout = SNNClassifier(**SMALL, readout="exponential", dt=20).fit(RASTER, Y)
    assert of_readout.readout_.taus == (400.0, 2000.0, 10000.0)


def test_times_of_objects_are_in_ms():
    neuron = LIF(tau_mem=80.0, tau_mem_bounds="fixed")
    fitted = SNNClassifier(**SMALL, neuron=neuron, delays=(0, 40), dt=20).fit(RASTER, Y)
    assert fitted.neuron_.tau_mem == 80.0 and fitted.delay_steps_ == (0, 2)
    assert not np.array_equal(weights(20, neuron=neuron), weights(5, neuron=neuron))


def test_a_detector_of_gestures_takes_its_dt_for_all_parts():
    X, events = make_gestures(2, random_state=0)
    network = SNNClassifier(4, readout="leaky", rule=None)
    detector = EventDetector(
        make_pipeline(SpikeEncoder("thermometer"), network), dt=20.0, max_false_alarms=None, cv=2,
        augment=None, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps = detector.fit(X, events).estimator_
    assert (steps[0].dt_, steps[1].dt_) == (20.0, 20.0) and network.dt is None


DIFFERENT = {
    "classifier": make_pipeline(SpikeEncoder(dt=20), SNNClassifier(**SMALL, dt=5)),
    "regressor": make_pipeline(SpikeEncoder(dt=20), SNNRegressor(**SMALL, dt=5)),
    "transformer": make_pipeline(SpikeEncoder(dt=20), SNNTransformer(**SMALL, dt=5)),
    "a rate in Hz": make_pipeline(
        SpikeEncoder(Poisson(max_rate=50.0), dt=20), SNNClassifier(**SMALL, dt=5)),
    "a step between": make_pipeline(
        SpikeEncoder(dt=20), "passthrough", SNNClassifier(**SMALL, dt=5))}


@pytest.mark.parametrize("model", DIFFERENT.values(), ids=DIFFERENT)
def test_an_encoder_and_a_network_with_different_steps_raise(model):
    name = type(model[-1]).__name__
    with pytest.raises(
            ValueError, match=f"{name} has steps of 5 ms, and its input is from a SpikeEncoder "
            "with steps of 20 ms. Set the same dt in both."):
        clone(model).fit(SERIES, Y)
    model = clone(model).set_params(**{f"{name.lower()}__dt": 20})
    assert model.fit(SERIES, Y)[-1].dt_ == 20


def test_different_steps_raise_in_each_fold_and_in_a_default_network():
    model = make_pipeline(SpikeEncoder(dt=20), SNNClassifier(**SMALL))
    with pytest.raises(ValueError, match="has steps of 1 ms.* with steps of 20 ms"):
        cross_val_score(model, SERIES, Y, cv=2, error_score="raise")


def test_a_rate_in_Hz_without_dt_has_steps_of_1_ms():
    model = make_pipeline(SpikeEncoder(Poisson(max_rate=100.0)), SNNClassifier(**SMALL, dt=5))
    with pytest.raises(ValueError, match="has steps of 5 ms.* with steps of 1 ms"):
        model.fit(SERIES, Y)


def test_an_encoder_without_dt_goes_with_any_network():
    model = make_pipeline(SpikeEncoder(), SNNClassifier(**SMALL, dt=20)).fit(SERIES, Y)
    assert (model[0].dt_, model[1].dt_) == (1.0, 20.0)
    inside = SNNClassifier(**SMALL, encoder=SpikeEncoder(Poisson(max_rate=10.0)), dt=20)
    assert inside.fit(SERIES, Y).encoder_.dt_ == 20.0
    assert inside.partial_fit(SERIES, Y).dt_ == 20.0


def test_no_length_is_kept_of_an_array_that_is_gone():
    encoder = SpikeEncoder(dt=20).fit(SERIES)
    before, raster = dict(_step_length._OF_ARRAYS), encoder.transform(SERIES)
    assert _step_length._OF_ARRAYS == {**before, id(raster): 20.0}
    del raster
    gc.collect()
    assert _step_length._OF_ARRAYS == before


@pytest.mark.parametrize("cls", [EarlyClassifier, SlidingDecoder])
def test_decoders_take_the_step_of_their_estimator_or_give_theirs(cls):
    def times(found):
        return found.times_[-1] if cls is EarlyClassifier else found.windows_.max()

    network = SNNClassifier(**SMALL, rule=None)
    options = {"cv": 2} | ({"summed": False} if cls is SlidingDecoder else {})
    of_network = cls(clone(network).set_params(dt=20), **options).fit(RASTER, Y)
    own = cls(network, dt=20, **options).fit(RASTER, Y)
    assert times(of_network) == times(own) == 1200.0
    assert own.estimator_.dt_ == 20.0 and network.dt is None
    with pytest.raises(ValueError, match="of a step in ms: dt=5.0, estimator__dt=20.0. Set all"):
        cls(clone(network).set_params(dt=20), dt=5, **options).fit(RASTER, Y)


def test_a_decoder_takes_the_step_of_a_frozen_network():
    network = SNNClassifier(**SMALL, rule=None, dt=20).fit(RASTER, Y)
    early = EarlyClassifier(FrozenEstimator(network), cv=2)
    assert early.fit(RASTER, Y).times_[-1] == 1200.0
    with pytest.raises(ValueError, match="dt=5.0, estimator__estimator__dt=20.0. Set all"):
        early.set_params(dt=5).fit(RASTER, Y)


def test_the_information_about_a_raster_is_a_dt():
    trials = [[[10.0 * k, 70.0], [40.0]] for k in range(1, 7)]
    X, info = from_spike_times(trials, bin_width=5, t_start=0, t_stop=100, return_info=True)
    y = np.arange(6) % 2
    network = SNNClassifier(**SMALL, dt=info).fit(X, y)
    assert network.dt_ == 5.0 and clone(network).fit(X, y).dt_ == 5.0
    assert pickle.loads(pickle.dumps(network)).dt_ == 5.0
    assert skops.io.loads(skops.io.dumps(network), trusted=trusted_types()).dt_ == 5.0
    assert SpikeEncoder(dt=info).fit(SERIES).dt_ == 5.0
    blocks, _ = time_blocks(list(X), [np.arange(20)] * 6, n_blocks=2, gap=10.0, dt=info)
    assert [block.shape[1] for block in blocks] == [9] * 12
    assert EarlyClassifier(network, dt=info, cv=2).fit(X, y).times_[-1] == 100.0
    sliding = SlidingDecoder(LogisticRegression(), dt=info, cv=2).fit(X, y)
    assert sliding.windows_.max() == 100.0
    assert DecisionDisplay.from_estimator(network, X[0], dt=info).dt == 5.0
    assert jitter_spikes(X, 20.0, dt=info, random_state=0).shape == X.shape
    with pytest.raises(ValueError, match="dt is a RasterInfo whose bin_width is None"):
        SNNClassifier(dt=info._replace(bin_width=None)).fit(X, y)


SHORT = {
    "neuron": ({"neuron": LIF(tau_mem=20.0)}, "tau_mem=20.0 ms of LIF is 1 times dt=20 ms"),
    "synapse": (
        {"neuron": LIF(tau_mem=200.0, tau_syn=5.0), "rule": None},
        "tau_syn=5.0 ms of LIF is 0.25 times"),
    "readout": ({"readout": Exponential((10.0, 30.0))}, r"taus=\(10.0, 30.0\) ms of Exponential"),
    "rule": ({"rule": PairSTDP(tau_pre=30.0, tau_post=60.0)}, "tau_pre=30.0 ms of PairSTDP is 1.5"),
    "equations in ms": (
        {"neuron": "hodgkin_huxley", "rule": None}, "tau_mem=10.0 ms of HodgkinHuxley is 0.5"),
    "delay": ({"delays": (0, 1200)}, "reach 60 steps of dt=20 ms, and the samples have at most 60")}


@pytest.mark.parametrize("parameters, message", SHORT.values(), ids=SHORT)
def test_a_time_that_does_not_suit_the_steps_gives_one_warning(parameters, message):
    network = SNNClassifier(**{**SMALL, **parameters}, dt=20)
    with pytest.warns(UserWarning, match=message) as caught:
        network.fit(RASTER, Y)
    assert len([one for one in caught if issubclass(one.category, UserWarning) and "Not conv"
                not in str(one.message)]) == 1


@pytest.mark.parametrize("parameters", [
    {"neuron": "adaptive_lif", "rule": None},
    {"neuron": LIF(tau_mem=(1.5, 40.0))}, {"readout": Leaky((1.0, 5.0))}, {"delays": (0, 59)},
    {"neuron": LIF(tau_mem=2.0)}], ids=str)
def test_usual_times_give_no_warning(parameters):
    weights(None, **parameters)  # warnings are errors
