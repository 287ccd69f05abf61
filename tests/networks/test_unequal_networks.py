"""Networks on samples of unequal length: training, prediction, partial fits and streams."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder, stream_of
from skspike._base import collected
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.learning import (
    CrossEntropy, DecoderObjective, SurrogateGradient, Target, Task, initial_state, smooth_spikes)
from skspike.learning._initialise import features_of, with_decoder
from skspike.simulation import Exponential, Leaky, Windows
from skspike.testing._kernels import central

LENGTHS = 12, 25, 12, 31, 18, 25, 40, 9, 12, 25, 33, 20
Y = np.arange(len(LENGTHS)) % 2


@pytest.fixture
def rasters(rng):
    """Return rasters of 5 channels whose rate depends on the class."""
    return [
        (rng.random((5, length)) < 0.2 + 0.3 * y).astype(np.uint8)
        for length, y in zip(LENGTHS, Y, strict=True)]


@pytest.fixture
def series(rng):
    """Return random walks of 2 channels, whose offset is large."""
    return [100 + rng.normal(size=(2, length)).cumsum(axis=1) for length in LENGTHS]


def small(cls=SNNClassifier, **parameters):
    """Return a small network."""
    parameters = {"max_iter": 2, "random_state": 0, "batch_size": 5} | parameters
    return cls(6, **parameters)


def learned(network):
    """Return the learned arrays of a network."""
    intrinsics = [array for arrays in network.intrinsics_.values() for array in arrays]
    return [*network.weights_, *intrinsics, *network._linear_decoder]


KINDS = {
    "rasters": ({}, "rasters"), "currents": ({}, "series"),
    "encoder": ({"encoder": SpikeEncoder()}, "series"),
    "random encoder": ({"encoder": SpikeEncoder("poisson")}, "series"),
    "resampled": ({"encoder": SpikeEncoder(n_steps=15)}, "series"),
    "delays": ({"delays": (0, 3, 30)}, "rasters"), "recurrent": ({"recurrent": True}, "rasters"),
    "dropout": ({"rule": SurrogateGradient(dropout=0.3)}, "series"),
    "windows": ({"readout": Windows(3)}, "rasters"),
    "exponential": ({"readout": Exponential((5.0, 20.0))}, "rasters"),
    "tempotron": ({"rule": "tempotron"}, "rasters"), "reservoir": ({"rule": None}, "rasters")}
every_kind = pytest.mark.parametrize(("parameters", "data"), KINDS.values(), ids=list(KINDS))


@every_kind
def test_a_sample_has_the_same_output_alone_and_in_a_batch(parameters, data, request):
    X = request.getfixturevalue(data)
    network = small(**parameters).fit(X, Y)
    together = network.decision_function(X)
    alone = np.concatenate([network.decision_function([sample]) for sample in X])
    np.testing.assert_allclose(alone, together, rtol=1e-9, atol=1e-9)
    in_arrays = np.concatenate([network.decision_function(sample[None]) for sample in X])
    np.testing.assert_array_equal(in_arrays, alone)
    np.testing.assert_allclose(
        network.decision_function(X[::-1]), together[::-1], rtol=1e-9, atol=1e-9)
    restored = pickle.loads(pickle.dumps(network)).set_params(n_jobs=2)
    np.testing.assert_array_equal(restored.decision_function(X), together)


def task_of(X, network):
    """Return a task of a network for samples of unequal length, with weights."""
    X, n = collected(X, "test"), len(X)
    settings = settings_of(network, X)
    target = Target(np.arange(n) % 3, np.linspace(0.5, 1.5, n), CrossEntropy(3))
    return Task(Inputs(X, settings), target, settings, np.random.RandomState(0))


def test_deviations_are_relative_to_a_spike_count_of_the_longest_sample(rasters):
    network = SNNClassifier(4, readout=Leaky(), max_iter=1)
    task, rows = task_of(rasters[:7], network), np.arange(7)
    layers = initial_state(task).layers
    network = task.network(layers, readout=task.settings.readouts[0])
    units = features_of(task, network, rows)[1]
    lengths = [raster.shape[1] for raster in rasters[:7]]
    longest, shortest = (network.reading(n).deviations() for n in (max(lengths), min(lengths)))
    np.testing.assert_array_equal(units, np.tile(longest, 4))
    assert not np.allclose(longest, shortest)


def test_gradients_equal_central_differences(rasters):
    network = SNNClassifier(
        (4, 3), recurrent=(False, True), readout=Windows(3), max_iter=1,
        rule=SurrogateGradient(spike_penalty=0.7), learn_intrinsic=("tau_mem", "threshold"))
    task, spikes = task_of(rasters[:7], network), smooth_spikes("sigmoid", 3.0)
    state = with_decoder(task, initial_state(task), spikes)
    objective, rows = DecoderObjective(task, state, spikes, np.float64), np.arange(7)
    objective.parameters[0, "bias"] += 0.1  # it is about 0, which gives no step for differences
    objective.moved()
    loss, found = objective.gradient(rows, None)

    def value():
        objective.moved()
        return objective.loss(rows)

    assert np.isclose(loss, value(), rtol=1e-12)
    # the loss is the mean over samples that are computed one by one
    weighted = [objective.loss(rows[k : k + 1]) for k in rows]
    assert np.isclose(loss, np.mean(weighted), rtol=1e-12)
    for name, array in objective.parameters.items():
        expected = central(value, array)
        np.testing.assert_allclose(
            found[name], expected, rtol=1e-5, atol=1e-6 * abs(expected).max(), err_msg=str(name))


@pytest.mark.small
def test_a_batch_of_inputs_has_one_length(rasters):
    inputs = task_of(rasters, SNNClassifier()).inputs
    assert inputs.n_steps == 40
    for part in inputs.split(np.arange(12)):
        events = inputs.batch(part)
        np.testing.assert_array_equal(events.raster(), np.stack([rasters[row] for row in part]))
    with pytest.raises(ValueError, match=r"equal length.*task.inputs.split\(rows\)"):
        inputs.batch(np.arange(2))


def test_rules_whose_neurons_compete_refuse_unequal_lengths(rasters):
    for rule in ("stdp", "pair_stdp"):
        with pytest.raises(ValueError, match="equal length.*rule='surrogate'"):
            small(rule=rule).fit(rasters, Y)
        # predictions do not mix samples
        network = small(rule=rule).fit(np.stack([x[:, :9] for x in rasters]), Y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            together = network.predict_proba(rasters)
            np.testing.assert_allclose(network.predict_proba(rasters[3:4])[0], together[3])


def test_a_length_far_from_all_lengths_in_fit_gives_a_warning(rasters):
    network = small().fit(rasters, Y)
    for length in (12, 9, 40, 79):
        network.predict([rasters[6][:, :1].repeat(length, axis=1)])
    for length in (4, 80):
        with pytest.warns(UserWarning, match=rf"trains of 9 to 40 steps and got {length} steps"):
            network.predict([rasters[6][:, :1].repeat(length, axis=1)])


def test_networks_of_unequal_samples_stream_what_does_not_need_the_length(rasters, series):
    transformer = small(SNNTransformer).fit(rasters, Y)
    stream = transformer.stream()
    np.testing.assert_array_equal(stream.step(rasters[3]), transformer.transform(rasters[3:4])[0])
    model = make_pipeline(SpikeEncoder(), small(readout="count")).fit(series, Y)
    stream = stream_of(model)
    stream.step(series[3])
    np.testing.assert_array_equal(stream.predict_proba(), model.predict_proba(series[3:4])[0])
    for cls in (SNNClassifier, SNNRegressor):
        network = small(cls, readout="windows").fit(rasters, Y)
        with pytest.raises(ValueError, match="cannot stream predictions.*readout='count'"):
            network.stream()
