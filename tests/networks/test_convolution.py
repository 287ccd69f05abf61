"""Networks with convolutions: fits, predictions, streams, metrics and errors."""

import copy

import numpy as np
import pytest
from naive import unrolled
from sklearn.base import clone

from skspike import Convolution, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.coding import Thermometer
from skspike.learning import SurrogateGradient

FIRST = Convolution(3, size=3, stride=2, padding=1, image_shape=(2, 6, 5))
LAYERS = FIRST, Convolution(5, size=2), 6
SMALL = {"max_iter": 2, "n_steps": 15, "random_state": 0}
INPUTS = ["table", "raster", "series", "delays", "encoder"]


@pytest.fixture
def y(rng):
    return np.arange(40) % 3


def inputs_of(kind, y):
    """Return samples of 60 channels, and parameters of the network."""
    rng = np.random.default_rng(0)
    bright = rng.random((3, 60)) < 0.3
    table = bright[y] + 0.3 * rng.normal(size=(len(y), 60))
    raster = (rng.random((len(y), 60, 15)) < 0.1 + 0.4 * bright[y][:, :, None]).astype(np.uint8)
    encoder = SpikeEncoder(coding=Thermometer(3), n_steps=15, random_state=0)
    return {
        "table": (table, {}), "raster": (raster, {}), "delays": (raster, {"delays": (0, 3)}),
        "series": (raster * rng.normal(1, 0.3, raster.shape), {"delays": None}),
        "encoder": (table, {"encoder": encoder})}[kind]


def fitted(kind, y, cls=SNNClassifier, layers=LAYERS, **parameters):
    X, own = inputs_of(kind, y)
    target = {SNNRegressor: y.astype(float)}.get(cls, y)
    return X, cls(layers, **{**SMALL, **own, **parameters}).fit(X, target)


@pytest.mark.parametrize("kind", INPUTS)
def test_a_fitted_network_equals_a_dense_network_of_the_same_weights(kind, y):
    X, network = fitted(kind, y)
    n_inputs = {"delays": 4, "encoder": 6}.get(kind, 2)  # at each position
    shapes = [weights.shape for weights in network.weights_]
    assert shapes == [(3, 3, n_inputs, 3), (2, 2, 3, 5), (5 * 2 * 2, 6)]
    assert [len(bias) for bias in network.biases_] == [3, 5, 6]
    assert [len(tau) for tau in network.intrinsics_["tau_mem"]] == [3, 5, 6]
    dense, shape = copy.deepcopy(network), (6, 5)
    dense.convolutions_, dense.image_shape_ = (), None
    for k, convolution in enumerate(network.convolutions_):
        weights = unrolled(network.weights_[k], *shape, convolution.stride, convolution.padding)
        if k == 0 and kind == "encoder":  # the inputs of a channel follow each other
            weights = weights.reshape(2, 3, 30, -1).swapaxes(1, 2).reshape(len(weights), -1)
        shape = convolution.out_shape(*shape)
        dense.weights_[k] = np.ascontiguousarray(weights)
        dense.biases_[k] = np.repeat(network.biases_[k], np.prod(shape))
        for values in dense.intrinsics_.values():
            values[k] = np.repeat(values[k], np.prod(shape))
    np.testing.assert_allclose(
        network.decision_function(X), dense.decision_function(X), rtol=1e-6)
    assert len(set(network.predict(X))) > 1


@pytest.mark.parametrize("cls", [SNNClassifier, SNNRegressor, SNNTransformer])
def test_predictions_and_fits_do_not_depend_on_the_batch_and_on_threads(cls, y):
    X, network = fitted("raster", y, cls, rule=SurrogateGradient(dropout=0.1, spike_penalty=0.01))
    run = network.transform if cls is SNNTransformer else network.predict
    whole = run(X)
    alone = np.concatenate([run(X[k : k + 1]) for k in range(len(X))])
    np.testing.assert_allclose(alone, whole, rtol=0 if cls is SNNTransformer else 1e-12)
    again = clone(network).set_params(n_jobs=2).fit(X, y if cls is not SNNRegressor else y * 1.0)
    for ours, theirs in zip(network.weights_, again.weights_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_spikes_of_a_convolution_are_numbered_by_filter_row_and_column(y):
    X, network = fitted("raster", y, SNNTransformer, LAYERS[:1], rule=None)
    raster = network.transform(X)
    assert raster.shape == (40, 27, 15) and len(network.get_feature_names_out()) == 27
    # the filters of the transposed image give the transposed image
    mirrored = X.reshape(40, 2, 6, 5, 15).swapaxes(2, 3).reshape(40, 60, 15)
    network.weights_[0] = np.ascontiguousarray(network.weights_[0].swapaxes(0, 1))
    network.image_shape_ = (2, 5, 6)
    turned = network.transform(mirrored).reshape(40, 3, 3, 3, 15).swapaxes(2, 3)
    # the order of sums is another one
    assert np.mean(turned.reshape(raster.shape) == raster) > 0.999


@pytest.mark.parametrize("kind", INPUTS)
def test_a_stream_of_a_convolution_equals_the_whole_train(kind, y):
    X, network = fitted(kind, y, SNNTransformer)
    if kind == "table":
        trains, encoded = np.repeat(X[:, :, None], 15, axis=2), False
    elif kind == "encoder":
        trains, encoded = network.encoder_.transform(X), True
    else:
        trains, encoded = X, False
    for k, expected in enumerate(network.transform(X[:3])):
        stream = network.stream(encoded=encoded)
        spikes = [stream.step(trains[k, :, t]) for t in range(15)]
        np.testing.assert_array_equal(np.transpose(spikes), expected)


ERRORS = {
    "no shape": ((Convolution(3, 2),), {}, ["Convolution(3, 2, image_shape=(28, 28))"]),
    "two shapes": (
        (FIRST, Convolution(5, 2, image_shape=(6, 5))), {}, ["image_shape", "first Convolution"]),
    "other channels": (
        (Convolution(3, 2, image_shape=(6, 5)),), {}, ["image_shape=(1, 6, 5)", "30", "60"]),
    "large filters": (
        (Convolution(2, 7, image_shape=(6, 10)),), {},
        ["hidden_layer_sizes[0]", "7 x 7", "6 x 10", "padding"]),
    "large second filters": (
        (LAYERS[0], Convolution(2, 4)), {}, ["hidden_layer_sizes[1]", "4 x 4", "3 x 3"]),
    "after dense": ((6, LAYERS[0]), {}, ["Convolution after", "6 neurons", "first"]),
    "recurrent": (LAYERS, {"recurrent": True}, ["recurrent", "Convolution", "share weights"]),
    "recurrent second": (
        LAYERS, {"recurrent": (False, True, False)}, ["recurrent", "Convolution"]),
    "STDP": (LAYERS, {"rule": "stdp"}, ["STDP", "convolution", "rule='surrogate'"]),
    "pairs": (LAYERS, {"rule": "pair_stdp"}, ["PairSTDP", "convolution", "rule='surrogate'"]),
    "tempotron": (LAYERS, {"rule": "tempotron"}, ["Tempotron", "convolution"]),
}


@pytest.mark.small
@pytest.mark.parametrize(("layers", "parameters", "words"), ERRORS.values(), ids=ERRORS)
def test_fit_refuses_convolutions_that_do_not_fit_and_names_the_numbers(
        layers, parameters, words, y):
    X, _ = inputs_of("raster", y)
    with pytest.raises((ValueError, TypeError)) as caught:
        SNNClassifier(layers, **{**SMALL, **parameters}).fit(X, y)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("layers", [LAYERS, 6], ids=["convolutions", "dense"])
@pytest.mark.parametrize(("kind", "changed", "words"), [
    ("delays", {"delays": (0, 3, 5)}, "the 60 channels and 2 delays of .* 60 channels and 3"),
    ("encoder", {"encoder": SpikeEncoder("direct")}, "the 180 channels and 1 .* 60 channels and")])
def test_a_warm_start_refuses_other_inputs_of_each_pixel(kind, changed, words, layers, y):
    X, network = fitted(kind, y, layers=layers)
    with pytest.raises(ValueError, match=words):
        network.set_params(warm_start=True, **changed).fit(X, y)
