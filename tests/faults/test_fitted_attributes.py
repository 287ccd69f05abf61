"""Fitted attributes that do not belong together raise an error that names one, and never crash.

They come from damaged files, or are set in Python. Compiled loops do not check bounds.
"""

import contextlib
import copy
import functools
import tracemalloc
import warnings

import numpy as np
import pytest
import skops.io
from make_fixtures import FOLDER, INPUTS, MODELS, Y, fitted
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

import skspike
from skspike import (
    Convolution, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder,
    SpikingPatches, SpikingRocket, stream_of)
from skspike._networks import PatchLayer
from skspike.coding import Delta, Thermometer
from skspike.export._to_c import exported
from skspike.learning import STDP, LinearDecoder

RASTER, SERIES, FEATURES = INPUTS["raster"], INPUTS["series"] - 0.5, INPUTS["features"]
IMAGES = np.concatenate([RASTER] * 3, axis=1)  # of 3 x 3 pixels
# changes of a fitted array
CHANGES = {
    "more rows": lambda array: np.repeat(array, 50, axis=0),
    "fewer rows": lambda array: array[:-1],
    "more columns": lambda array: np.repeat(array, 50, axis=-1),
    "fewer columns": lambda array: array[..., :-1],
    "another axis": lambda array: array[np.newaxis],
    "a number": lambda array: array.flat[0],
    "a list": lambda array: array.tolist(),
    "objects": lambda array: array.astype(object),
    "float64": lambda array: array.astype(float),
    "float32": lambda array: array.astype(np.float32),
    "complex numbers": lambda array: array.astype(complex),
    "swapped bytes": lambda array: array.astype(">f4"),
}
# without arrays of their own, with those of any classifier, or with a raster that each call checks
# like other input
OTHERS = (
    "LZC", "Rejecting", "SlidingDecoder", "EarlyClassifier", "SpikeCounter",
    "DistanceTransformer")
NAMES = [name for name in MODELS if not name.startswith(OTHERS)]
READOUT = dict(zip(
    LinearDecoder._fields,
    ("decoder_coef_", "decoder_intercept_", "feature_mean_", "feature_scale_"), strict=True))


@pytest.fixture(scope="module")
def stored():
    """Return fitted models with every registered part, loaded or, with a new part, fitted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions of scikit-learn
        # numpy 1 cannot load a pickle of numpy 2
        found = skops.io.load(
            max(FOLDER.iterdir()) / "models.skops", trusted=skspike.trusted_types())
    return found | {name: fitted(name) for name in MODELS.keys() - found.keys()}


def parts(thing):
    """Return the parts of an object by name or index."""
    if isinstance(thing, (list, tuple)):
        return dict(enumerate(thing))
    is_plain = isinstance(thing, (np.ndarray, np.generic, type))
    return thing if isinstance(thing, dict) else {} if is_plain else getattr(
        thing, "__dict__", {})


def arrays(thing, path=()):
    """Yield the path and the value of the fitted arrays of a model, but not of its memory."""
    if isinstance(thing, np.ndarray) and thing.size:
        yield path, thing
    for key, child in parts(thing).items():
        is_fitted = key == "_decoder" or str(key).endswith("_") and key != "classes_"
        if is_fitted or not hasattr(thing, "get_params"):
            yield from arrays(child, (*path, key))


def changed(thing, path, value):
    """Return a copy of a thing that has a value at a path."""
    if not path:
        return value
    key, *rest = path
    new = changed(parts(thing)[key], rest, value)
    if isinstance(thing, tuple):
        values = [*thing[:key], new, *thing[key + 1 :]]
        return type(thing)(*values) if hasattr(thing, "_fields") else tuple(values)
    thing = copy.copy(thing)
    (vars(thing) if hasattr(thing, "__dict__") else thing)[key] = new
    return thing


def answer(model, X):
    return (model.transform if hasattr(model, "transform") else model.predict)(X)


def shape_of(value):
    return getattr(value, "dtype", None), np.shape(value), type(value)


@pytest.mark.parametrize("name", NAMES)
def test_an_array_of_another_dtype_or_shape_is_an_error_that_names_it(stored, name):
    model, X = stored[name], INPUTS[MODELS[name][0]]
    for path, array in arrays(model):
        field = [key for key in path if isinstance(key, str)][-1]
        if field == "_decoder":
            field = list(READOUT.values())[path[-1]]
        for change in CHANGES.values():
            value = change(array)
            if shape_of(value) != shape_of(array):
                with pytest.raises((TypeError, ValueError), match=field):
                    answer(changed(model, path, value), X)


def sizes(thing, path=()):
    """Yield the path of each fitted whole number, also in arrays and in parts of a model."""
    is_array = isinstance(thing, np.ndarray) and thing.size and thing.dtype.kind in "iu"
    if is_array and thing.dtype.itemsize > 2 or type(thing) is int:
        yield path
    for key, child in parts(thing).items():
        if path or str(key).endswith("_"):
            yield from sizes(child, (*path, key))


@pytest.mark.parametrize("name", NAMES)
def test_a_huge_size_does_not_take_much_memory(stored, name):
    model, X = stored[name], INPUTS[MODELS[name][0]]
    for path in sizes(model):
        value = functools.reduce(lambda thing, key: parts(thing)[key], path, model)
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.flat[-1] = min(2**31 - 1, np.iinfo(value.dtype).max)
        else:
            value = 2**31 - 1
        damaged = changed(model, path, value)
        tracemalloc.start()
        try:
            with contextlib.suppress(TypeError, ValueError):
                answer(damaged, X[:1])
            assert tracemalloc.get_traced_memory()[1] < 2**25, path
        finally:
            tracemalloc.stop()


def network(cls=SNNClassifier, X=RASTER, y=Y, sizes=(5, 4), **parameters):
    options = {"max_iter": 2, "n_steps": 20, "random_state": 0, **parameters}
    return cls(sizes, **options).fit(X, y)


@pytest.fixture(scope="module")
def recurrent():
    return network(X=SERIES, recurrent=True, delays=None)


@pytest.mark.parametrize("delays, match", [
    ((0, 5), r"weights_\[0\] .* delay_steps_=\(0, 5\)"),
    ((-3,), r"delay_steps_\[0\] must be an integer"),
    ((0, 0), "delay_steps_ must be different"), ((), "delay_steps_ must be different"),
    ([0], "delay_steps_ must be tu"),
    ((2**40,), r"delay_steps_\[0\] must"), ((0.5,), r"delay_steps_\[0\] must")])
def test_delays_that_do_not_fit_the_weights_are_an_error(recurrent, delays, match):
    model = copy.copy(recurrent)
    model.delay_steps_ = delays
    for use in (model.predict, lambda X: model.stream(), lambda X: exported(model, "net", "int8")):
        with pytest.raises((TypeError, ValueError), match=match):
            use(SERIES)


@pytest.mark.parametrize("name, value, match", [
    ("n_features_in_", 2, "n_features_in_=2"), ("n_steps_", -1, "n_steps_ must"),
    ("dt_", np.nan, "dt_ must"), ("neuron_", "lif", "neuron_ must be Neuron"),
    ("rule_", None, "rule_ must be Rule"), ("readout_", 3, "readout_ must be Readout or None"),
    ("recurrent_weights_", [None], "recurrent_weights_ must have an entry for each of the 2"),
    ("biases_", None, "biases_ must be list"), ("weights_", [], "weights_ must have an entry"),
    ("intrinsics_", {}, "intrinsics_ must have the keys"), ("encoder_", 1, "encoder_ must be"),
    ("_decoder", 1, "_decoder must be"), ("image_shape_", (1, 1, 3), "needs image_shape_"),
    ("takes_currents_", False, "takes_currents_=False does not match"),
    ("input_scale_", None, "input_scale_ must"),
    ("rule_", STDP(), "does not support recurrent"),
    ("intrinsics_", {"tau_mem": 1, "threshold": 2, "v_reset": 3}, r"\['tau_mem'\] must be list")])
def test_another_value_of_a_fitted_attribute_is_an_error_before_and_after_a_prediction(
        recurrent, name, value, match):
    model = copy.deepcopy(recurrent)
    for _ in range(2):
        kept = getattr(model, name)
        setattr(model, name, value)
        with pytest.raises((TypeError, ValueError), match=match):
            model.predict(SERIES)
        setattr(model, name, kept)
        np.testing.assert_array_equal(model.predict(SERIES), recurrent.predict(SERIES))


@pytest.fixture(scope="module")
def convolution():
    return network(X=IMAGES, sizes=(Convolution(2, 2, image_shape=(3, 3)), 3))


@pytest.mark.parametrize("name, value", [
    ("stride", 0), ("stride", -1), ("size", 2.0), ("size", 9), ("padding", 5), ("n_filters", 1)])
def test_a_convolution_with_another_number_is_an_error(convolution, name, value):
    model = copy.deepcopy(convolution)
    object.__setattr__(model.convolutions_[0], name, value)
    with pytest.raises((TypeError, ValueError), match=f"{name} of Convolution|convolutions_|weigh"):
        model.predict(IMAGES)


@pytest.mark.parametrize("name, value, match", [
    ("image_shape_", (1, 3, 4), "image_shape_ must be 3 numbers"), ("image_shape_", None, "needs"),
    ("image_shape_", (-1, -3, 3), r"image_shape_\[0\]"), ("convolutions_", (), "image_shape_"),
    ("convolutions_", (4,), r"convolutions_\[0\] must be Convolution"),
    ("rule_", STDP(), "does not support convolution")])
def test_another_image_or_layer_of_a_convolution_is_an_error(convolution, name, value, match):
    model = copy.copy(convolution)
    setattr(model, name, value)
    with pytest.raises((TypeError, ValueError), match=match):
        model.predict(IMAGES)


def test_an_encoder_inside_a_network_must_return_the_channels_of_the_network():
    model = network(X=FEATURES, encoder=SpikeEncoder(Thermometer(3), n_steps=20))
    model.encoder_.coding_.n_levels = 5
    for use in (model.predict, lambda X: exported(model, "net", "float32")):
        with pytest.raises(ValueError, match=r"weights_\[0\]"):
            use(FEATURES)
    model.encoder_.coding_.n_levels = 3
    model.predict(FEATURES)
    model.encoder_.coding_.n_levels = 5  # inside of an object that has passed the check
    with pytest.raises(ValueError, match="encoder returns 15 channels, but the network has 9"):
        model.predict(FEATURES)


@pytest.mark.parametrize("name, value", [
    ("coding_", None), ("n_steps_", 0), ("dt_", -1.0), ("seed_", 0.5), ("n_features_in_", "3")])
def test_another_value_of_an_encoder_is_an_error_that_names_it(name, value):
    encoder = SpikeEncoder(Delta((0.1, 0.2)), n_steps=20).fit(SERIES)
    expected = encoder.transform(SERIES)
    setattr(encoder, name, value)
    with pytest.raises((TypeError, ValueError, AttributeError)):
        encoder.transform(SERIES)
    np.testing.assert_array_equal(
        SpikeEncoder(Delta((0.1, 0.2)), n_steps=20).fit(SERIES).transform(SERIES), expected)


def test_the_stream_of_a_pipeline_needs_an_encoder_with_the_channels_of_the_network():
    model = make_pipeline(SpikeEncoder(Thermometer(3)), network(SNNClassifier)).fit(SERIES, Y)
    model[0].coding_.n_levels = 4
    with pytest.raises(ValueError, match="returns 12 channels, but the network has 9 inputs"):
        stream_of(model)
    with pytest.raises(ValueError, match="returns 12 channels, but the network has 9 inputs"):
        exported(model, "net", "float32")


def test_the_stream_of_an_encoder_checks_its_arrays():
    encoder = SpikeEncoder().fit(SERIES)
    encoder.coding_.scale_ = encoder.coding_.scale_[:, :1]
    with pytest.raises(ValueError, match="scale_ of coding_ must"):
        encoder.stream()


@pytest.mark.parametrize("lags, match", [
    ([1], "lags_ of coding_ must be tuple"), ((0,), r"lags_ of coding_\[0\] must"),
    ((-1,), r"lags_ of coding_\[0\] must"), ((1.5,), r"lags_ of coding_\[0\] must"),
    ((2, 2), "lags_ of coding_ must be different"), ((1, 4), "scale_ of coding_ must"),
    ((), "scale_ of coding_ must")], ids=str)
def test_lags_of_a_coding_that_are_no_lags_or_do_not_fit_its_scales_are_an_error(lags, match):
    encoder = SpikeEncoder().fit(SERIES)
    encoder.transform(SERIES)
    encoder.coding_.lags_ = lags
    for use in (encoder.transform, lambda X: encoder.stream()):
        with pytest.raises((TypeError, ValueError), match=match):
            use(SERIES)


@pytest.mark.parametrize("rule, change", [
    ("surrogate", lambda memory: memory["first"][0][1]), ("stdp", lambda memory: memory[0].spikes)])
def test_a_memory_of_another_shape_is_an_error_when_learning_continues(rule, change):
    model = SNNClassifier(4, rule=rule, random_state=0).partial_fit(RASTER, Y, classes=[0, 1, 2])
    change(model._memory).resize((1,) * change(model._memory).ndim, refcheck=False)
    with pytest.raises(ValueError, match="in _memory must be an array"):
        model.partial_fit(RASTER, Y)


def test_a_warm_start_checks_the_readout():
    model = network(SNNRegressor, y=np.arange(12.0), warm_start=True)
    model._decoder = model._decoder._replace(intercept=np.zeros(0))
    with pytest.raises(ValueError, match="decoder_intercept_ must"):
        model.fit(RASTER, np.arange(12.0))


@pytest.mark.parametrize("key, value, match", [
    ("channels", -1, "channels of groups_\\[0\\] must be from 0 to 11"),
    ("channels", 99, "channels of groups_\\[0\\] must be"),
    ("delays", -1, "delays of groups_\\[0\\] must be")])
def test_random_neurons_need_channels_and_delays_in_their_range(key, value, match):
    rocket = SpikingRocket(64, random_state=0).fit(SERIES)
    getattr(rocket.groups_[0], key)[0] = value
    model = make_pipeline(rocket, RidgeClassifier())
    model[1].fit(np.zeros((2, 64)), [0, 1])
    for use in (rocket.transform, lambda X: exported(model, "net", "float32")):
        with pytest.raises(ValueError, match=match):
            use(SERIES)


@pytest.mark.parametrize("name, value", [
    ("stride", 0), ("stride", 99), ("padding", -1), ("padding", 99), ("grid", (3, 9)),
    ("grid", (0, 1)), ("grid", (1,)), ("filters", np.zeros((2, 1, 3, 2), np.float32))])
def test_filters_must_fit_the_image(name, value):
    X = np.random.default_rng(0).random((5, 6, 6))
    patches = SpikingPatches(2, sizes=(3,), random_state=0).fit(X)
    layer: PatchLayer = patches.layers_[0]
    patches.layers_[0] = layer._replace(**{name: value})
    with pytest.raises((TypeError, ValueError), match=rf"{name} of layers_\[0\]"):
        patches.transform(X)


def test_exported_linear_models_need_a_coefficient_for_each_feature():
    counts = make_pipeline(network(SNNTransformer), SpikeCounter(2), RidgeClassifier())
    rocket = make_pipeline(SpikingRocket(64, random_state=0), RidgeClassifier())
    for model, X in ((counts, RASTER), (rocket, SERIES)):
        model.fit(X, Y)
        exported(model, "net", "float32")
        model[-1].coef_ = model[-1].coef_[:, :-1]
        with pytest.raises(ValueError, match="coef_ of the linear model must be"):
            exported(model, "net", "float32")
