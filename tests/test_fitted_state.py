"""A fitted estimator uses the parameters at `fit`. Only `n_jobs` and the like act at once."""

import copy
import functools
import gc
import inspect
import pickle
import weakref

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import get_scorer
from sklearn.neighbors import NearestCentroid

import skspike
from skspike import (
    EarlyClassifier, EventDetector, LZCClassifier, LZCTransformer, RejectingClassifier,
    SlidingDecoder, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder,
    SpikeTrainClassifier, SpikingPatches, SpikingRocket)
from skspike._networks import SpikingNetwork
from skspike.coding import Poisson
from skspike.complexity import BlockEntropy
from skspike.learning import RULES, SurrogateGradient
from skspike.neurons import LIF

FLAT = np.random.default_rng(0).random((24, 4))
RASTER = (np.random.default_rng(1).random((24, 4, 20)) < 0.4).astype(np.uint8)
Y = np.arange(24) % 3
SMALL = {"hidden_layer_sizes": 5, "n_steps": 20, "max_iter": 2, "random_state": 0}

CASES = {
    "encoder": (SpikeEncoder("poisson", n_steps=20, random_state=0), FLAT),
    "network of currents": (SNNTransformer(**SMALL), FLAT),
    "network of spikes": (SNNClassifier(**SMALL), RASTER),
    "regression": (SNNRegressor(**SMALL), RASTER),
    "network with encoder": (
        SNNClassifier(**{**SMALL, "n_steps": None, "encoder": SpikeEncoder("poisson", n_steps=20)}),
        FLAT),
    "counts": (SpikeCounter(), RASTER),
    "complexity": (LZCTransformer(), RASTER),
    "classifier of complexity": (LZCClassifier(), RASTER),
    "classifier of trains": (SpikeTrainClassifier(), RASTER),
    "delayed neurons": (SpikingRocket(70, random_state=0), FLAT),
    "patches": (SpikingPatches(5, image_shape=(4, 1), random_state=0), FLAT),
    "sliding windows": (SlidingDecoder(LZCClassifier(), window=10.0, cv=3), RASTER),
    "rejected samples": (RejectingClassifier(random_state=0), RASTER),
    "early decisions": (
        EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=3, random_state=0), RASTER)}
# Another valid value of every parameter. The first fit of all cases has the default, or SMALL.
OTHERS = {
    "coding": "latency",
    "n_steps": 9,
    "dt": 0.5,
    "value_range": (-1, 2),
    "missing": "interpolate",
    "streaming": True,
    "random_state": 7,
    "hidden_layer_sizes": (3, 2),
    "image_shape": (2, 2),
    "recurrent": True,
    "delays": (0, 3),
    "readout": "windows",
    "neuron": "meta",
    "rule": "tempotron",
    "learn_intrinsic": False,
    "encoder": SpikeEncoder(n_steps=20),
    "standardize": False,
    "learning_rate": 0.1,
    "alpha": 1.0,
    "max_iter": 1,
    "batch_size": 3,
    "early_stopping": True,
    "validation_fraction": 0.4,
    "scoring": get_scorer("accuracy"),
    "n_iter_no_change": 1,
    "tol": 10.0,
    "warm_start": True,
    "class_weight": "balanced",
    "n_jobs": 2,
    "verbose": True,
    "n_windows": 2,
    "relative": True,
    "measure": "lz78",
    "normalize": False,
    "channels": "joint",
    "with_counts": True,
    "estimator": NearestCentroid(),
    "experts": ["age", "linear"],
    "n_folds": 2,
    "n_neurons": 60,
    "n_synapses": 3,
    "differences": False,
    "amplitude": 1.0,
    "n_filters": 6,
    "window": 5.0,
    "step": 2.0,
    "summed": False,
    "generalize": True,
    "cv": 2,
    "n_permutations": 1,
    "accuracy": 0.2,
    "cost": 9.0,
    "streaming": True,
    "sizes": (1, 2),
    "stride": 2,
    "padding": False,
    "grid": 1,
    "quantiles": (0.1, 0.2),
    "false_alarms": 0.4,
    "unknown": 9,
    "n_kept": 3}
AT_ONCE = {"n_jobs", "verbose"}
# These values change the results if the parameter is used. An encoder and spike trains define the
# number of steps themselves, and are not standardised. `dt` changes only times.
TELLING = {"coding", "n_steps", "recurrent", "neuron", "rule", "encoder", "standardize"}
TELLING |= {
    "n_windows", "measure", "normalize", "channels", "with_counts", "n_neurons", "n_synapses",
    "differences", "amplitude"}
TELLING |= {"experts", "n_folds", "n_filters", "sizes", "stride", "padding", "grid", "quantiles"}
UNREAD = {
    (case, name) for case in ("network of spikes", "regression", "network with encoder")
    for name in ("n_steps", "standardize")}
METHODS = (
    "transform", "get_feature_names_out", "predict", "predict_proba", "predict_log_proba",
    "decision_function", "log_likelihood", "explain")

# each parameter of networks once, and of other estimators
EVERY = [*{
    (SpikingNetwork if isinstance(estimator, SpikingNetwork) else type(estimator), name):
    (case, name) for case, (estimator, _) in reversed(CASES.items())
    for name in estimator.get_params(deep=False)}.values()]
every_parameter = pytest.mark.parametrize(("case", "name"), EVERY)


def other(case, name):
    # the Tempotron needs classes, and delays need steps
    refused = {("regression", "rule"), ("network of currents", "delays")}
    # the encoder sets them
    refused |= {("network with encoder", "n_steps")}
    # it must stream, or take rasters
    if name == "estimator" and case in ("early decisions", "rejected samples"):
        return SpikeTrainClassifier(["age"])
    return None if (case, name) in refused else OTHERS[name]


def fitted(case):
    estimator, X = CASES[case]
    return clone(estimator).fit(X, Y), X


fitted_once = functools.cache(fitted)


def answers(estimator, X):
    """Return the result of every method of a fitted estimator for X."""
    methods = [getattr(estimator, name) for name in METHODS if hasattr(estimator, name)]
    return [
        method() if method.__name__ == "get_feature_names_out" else method(X) for method in methods]


@functools.cache
def answers_once(case):
    """Return the answers of an estimator with the parameters of its case."""
    return answers(*fitted_once(case))


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other))


def test_every_estimator_and_parameter_is_here():
    assert {type(estimator) for estimator, _ in CASES.values()} == {
        cls for name in skspike.__all__
        if isinstance(cls := getattr(skspike, name), type) and issubclass(cls, BaseEstimator)
        and cls is not EventDetector}  # its targets are tables: tests/meta/test_event_detector.py
    assert {name for _, name in EVERY} == OTHERS.keys()


@every_parameter
def test_a_parameter_that_is_set_after_fit_waits_for_the_next_fit(case, name):
    estimator, X = copy.deepcopy(fitted_once(case))
    before = answers_once(case)
    assert same(answers(estimator.set_params(**{name: other(case, name)}), X), before)
    estimator.fit(X, Y)
    if name in TELLING and (case, name) not in UNREAD:
        assert not same(answers(estimator, X), before)
    if name != "warm_start":  # it continues from the previous fit
        assert same(answers(estimator, X), answers(clone(estimator).fit(X, Y), X))


@every_parameter
def test_a_wrong_value_is_found_by_the_next_fit_which_then_changes_nothing(case, name):
    if name in AT_ONCE:
        return
    estimator, X = copy.deepcopy(fitted_once(case))
    before = answers_once(case)
    assert same(answers(estimator.set_params(**{name: "bogus"}), X), before)
    with pytest.raises((ValueError, TypeError)):
        estimator.fit(X, Y)
    assert same(answers(estimator, X), before)


WEIGHTED = [
    case for case, (estimator, _) in CASES.items()
    if "sample_weight" in inspect.signature(estimator.fit).parameters]


@pytest.mark.parametrize("case", WEIGHTED)
def test_sample_weight_by_position_equals_the_keyword(case):
    estimator, X = CASES[case]
    weight = np.arange(24) // 8
    by_position = answers(clone(estimator).fit(X, Y, weight), X)
    assert same(by_position, answers(clone(estimator).fit(X, Y, sample_weight=weight), X))
    assert not same(by_position, answers(fitted_once(case)[0], X))


NESTED = [
    (SpikeEncoder(Poisson(), n_steps=20, random_state=0), FLAT, {"coding__max_rate": 5.0}),
    (
        SNNTransformer(**SMALL, neuron=LIF(), rule=SurrogateGradient()), FLAT,
        {"neuron__tau_mem": 3.0, "rule__slope": 50.0}),
    (
        SNNClassifier(**{**SMALL, "n_steps": None}, encoder=SpikeEncoder("poisson")), FLAT,
        {"encoder__n_steps": 3, "encoder__coding__max_rate": 5.0}),
    (LZCTransformer(BlockEntropy()), RASTER, {"measure__order": 1}),
    (
        LZCClassifier(BlockEntropy(), estimator=NearestCentroid()), RASTER,
        {"measure__order": 1, "estimator__shrink_threshold": 0.5})]


@pytest.mark.parametrize(("estimator", "X", "parameters"), NESTED)
def test_parameters_of_the_objects_inside_wait_too(estimator, X, parameters):
    estimator = clone(estimator).fit(X, Y)
    before = answers(estimator, X)
    assert same(answers(estimator.set_params(**parameters), X), before)
    estimator.fit(X, Y)
    assert not same(answers(estimator, X), before)
    assert same(answers(estimator, X), answers(clone(estimator).fit(X, Y), X))


def arrays(value):
    """Return weak references to all arrays in a fitted estimator, at any depth."""
    if isinstance(value, np.ndarray):
        return [weakref.ref(value)]
    inside = value if isinstance(value, (list, tuple)) else [
        child for name, child in getattr(value, "__dict__", {}).items() if name != "_prepared"]
    return [reference for one in inside for reference in arrays(one)]


@pytest.mark.small
# hold none
@pytest.mark.parametrize(
    "case", [case for case in CASES if case not in ("encoder", "union", "counts", "complexity")])
def test_an_estimator_that_has_answered_and_is_gone_leaves_no_array_behind(case):
    gc.freeze()  # collecting other objects takes a second
    estimator, X = fitted(case)
    answers(estimator, X)
    held = arrays(estimator)
    del estimator
    gc.collect()
    assert held and not any(reference() is not None for reference in held)


def test_a_network_is_prepared_again_if_an_array_is_replaced_and_refuses_changes_inside():
    network = SNNTransformer(**SMALL).fit(RASTER, Y)
    before, twin = network.transform(RASTER), copy.deepcopy(network)
    with pytest.raises(ValueError, match="read-only"):
        network.weights_[0][0] = 0
    network.weights_[0] = -network.weights_[0]
    assert not np.array_equal(network.transform(RASTER), before)
    # copies and files have no prepared network
    for other in (twin, copy.copy(twin), pickle.loads(pickle.dumps(twin))):
        assert other._prepared.value is None
        np.testing.assert_array_equal(other.transform(RASTER), before)


@pytest.mark.parametrize("case", CASES)
def test_a_first_prediction_adds_no_attribute_while_another_thread_may_read_all(case):
    estimator, X = fitted(case)
    for one in (estimator, copy.deepcopy(estimator)):
        before = set(vars(one))
        answers(one, X)
        assert set(vars(one)) == before


def arrays_of(value):
    """Return all arrays in an attribute."""
    if isinstance(value, np.ndarray):
        return [value]
    inside = value.values() if isinstance(value, dict) else value
    return sum(map(arrays_of, inside), []) if isinstance(value, (dict, list, tuple)) else []


@pytest.mark.parametrize(
    ("rule", "way"), [
        *((rule, "warm start") for rule in RULES),
        *((rule, "chunk") for rule, cls in RULES.items() if cls().learns_chunks)])
def test_more_learning_leaves_the_arrays_of_the_previous_fit_as_they_are(rule, way):
    model = SNNClassifier(**SMALL, rule=rule, warm_start=True).fit(RASTER, Y)
    before = [array for value in vars(model).values() for array in arrays_of(value)]
    copies = [array.copy() for array in before]
    learn = model.fit if way == "warm start" else model.partial_fit
    learn(RASTER[::-1], np.roll(Y, 1))
    for array, copied in zip(before, copies, strict=True):
        np.testing.assert_array_equal(array, copied)
