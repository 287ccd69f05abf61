"""Bad input raises an error that names the problem, and leaves the estimator unchanged."""

import copy
import functools
import re
from collections import UserDict
from fractions import Fraction
from itertools import product

import joblib
import numpy as np
import pandas as pd
import pytest
from cases import ENCODER, ESTIMATORS, FLAT, RASTER, READABLE, READERS, Y, network, out
from parts import pairs
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVR

from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder,
    SpikingRocket, trains)
from skspike._base import check_number
from skspike.coding import Poisson
from skspike.complexity import BlockEntropy
from skspike.learning import RULES, SurrogateGradient, _decoder_objective
from skspike.neurons import LIF, NEURONS

NETWORKS = [SNNTransformer, SNNClassifier]
SUPERVISED = ["SNNTransformer", "SNNClassifier", "SNNClassifier with encoder", "LZCClassifier"]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
every_supervised = pytest.mark.parametrize(
    "estimator", [ESTIMATORS[name] for name in SUPERVISED], ids=SUPERVISED)


@functools.cache
def _fit(shown, spikes):
    estimator = next(one for one in ESTIMATORS.values() if repr(one) == shown)
    return clone(estimator).fit(RASTER if spikes else FLAT, Y)


def fitted(estimator, spikes=False):
    """Return a fitted copy of one of `ESTIMATORS`. Each is fitted once."""
    return copy.deepcopy(_fit(repr(estimator), spikes))


def refused(estimator, X, y, *words, error=(ValueError, TypeError)):
    """Check that `fit` raises with all the words and changes no new or fitted estimator."""
    fresh, used = clone(estimator), fitted(ESTIMATORS_BY_TYPE[type(estimator)])
    used.set_params(**estimator.get_params(deep=False))
    for candidate in (fresh, used):
        before = joblib.hash(vars(candidate))
        with pytest.raises(error) as raised:
            candidate.fit(X, y)
        missing = [word for word in words if word not in str(raised.value)]
        assert not missing, str(raised.value)
        assert joblib.hash(vars(candidate)) == before
    with pytest.raises(NotFittedError):
        out(fresh)(FLAT)


ESTIMATORS_BY_TYPE = {type(estimator): estimator for estimator in reversed(ESTIMATORS.values())}

ARRAYS = {
    "no samples": (np.empty((0, 4)), ["0 sample"]),
    "nan": (np.where(FLAT == FLAT.max(), np.nan, FLAT), ["NaN"]),
    "inf": (np.where(FLAT == FLAT.max(), np.inf, FLAT), ["infinity"]),
    "too large": (FLAT * 1e151, ["has values above 1e+150, got", "scale the data first"]),
    "text": (np.full((24, 4), "a"), ["got text: an array of dtype <U1.", "X.astype(float)"]),
    "complex": (FLAT + 1j, ["omplex"]),
    "1-D": (FLAT[:, 0], ["1-D input of shape (24,)", "x.reshape(1, 1, -1) is one series"]),
    "4-D": (np.zeros((24, 2, 3, 4)), ["3-D", "4-D", "(24, 2, 3, 4)"]),
    "no channels": (np.empty((24, 0, 15)), ["one channel", "(24, 0, 15)"]),
    "no steps": (np.empty((24, 4, 0)), ["one step", "(24, 4, 0)"]),
    "3-D nan": (np.full((24, 4, 15), np.nan), ["NaN"]),
}


# each array and each estimator occurs
@pytest.mark.parametrize(("name", "kind"), pairs([*ESTIMATORS], [*ARRAYS]))
def test_bad_arrays_are_refused_before_and_after_a_fit(name, kind):
    X, words = ARRAYS[kind]
    refused(ESTIMATORS[name], X, Y, *words)
    estimator = fitted(ESTIMATORS[name], X.ndim == 3)
    before = joblib.hash(vars(estimator))
    with pytest.raises((ValueError, TypeError)) as raised:
        out(estimator)(X)
    # with no columns it is their number that differs from that in fit
    assert all(word in str(raised.value) for word in words) or "is expecting 4 features" in str(
        raised.value)
    assert joblib.hash(vars(estimator)) == before


class Group:
    """Trains by name in a class that is no Mapping but iterates over its keys, as in pynapple."""

    def __init__(self, trains):
        self.trains = dict(enumerate(trains))

    def __len__(self):
        return len(self.trains)

    def __iter__(self):
        return iter(self.trains)

    def __getitem__(self, key):
        return self.trains[key]


# Containers of trains that numpy would misread, or refuse without a reason. Some messages are
# scikit-learn's.
UNREADABLE = {
    "dict": (lambda x: dict(enumerate(x)), "mapping, dict"),
    "group that iterates over keys": (Group, "Group"),
    "list of groups": (lambda x: [Group(x), Group(x)], "Group"),
    "set": (lambda x: set(map(tuple, x)), "set"),
    "generator": (lambda x: (row for row in x), "generator"),
    "masked": (lambda x: np.ma.masked_array(x, x > 0), "filled"),
    "dates": (lambda x: x.astype("M8[ms]"), "dates of dtype datetime64"),
    "spans of time": (lambda x: x.astype("m8[ms]"), "spans of time of dtype timedelta64"),
    "text": (lambda x: x.astype(str).tolist(), "text|strings"),
    "records": (
        lambda x: np.array([tuple(row) for row in x], dtype=",".join(["f8"] * x.shape[1])),
        "records|1D array"),
    "objects": (lambda x: np.full(x.shape, object()), "'object'"),
    "nested data frame": (
        lambda x: pd.DataFrame(dict.fromkeys(range(4), list(x))),
        r"list of arrays \(n_channels, n_steps\).*Entry \[0, 0\] is a ndarray.*np.stack"),
    "series of lists": (
        lambda x: pd.Series(x.tolist()),
        r"Entry \[0\] is a list.*pass \[np.stack|Expected 2D array"),
    "ragged": (lambda x: [x[0].tolist(), x[1, :-1].tolist()], "inhomogeneous"),
    "longdouble": (lambda x: np.where(x > 0, np.longdouble("1e400"), x), "values above 1e.150"),
    "large integers": (lambda x: [[10**400] * x.shape[1]] * len(x), "values above 1e.150")}


@pytest.mark.parametrize(("name", "kind"), pairs([*READERS], [*UNREADABLE]))
def test_functions_refuse_containers_that_numpy_would_misread(name, kind):
    make, words = UNREADABLE[kind]
    with pytest.raises((TypeError, ValueError), match=f"^{name} .*({words})"):
        READERS[name](make(RASTER[0].astype(float)))


@pytest.mark.parametrize(("name", "kind"), pairs([*ESTIMATORS], [*UNREADABLE]))
def test_estimators_refuse_containers_that_numpy_would_misread(name, kind):
    make, words = UNREADABLE[kind]
    fresh = clone(ESTIMATORS[name])
    for method in (lambda X: fresh.fit(X, Y), out(fitted(ESTIMATORS[name]))):
        with pytest.raises((TypeError, ValueError), match=words):
            method(make(FLAT))


@pytest.mark.small
def test_large_integers_among_targets_are_refused():
    with pytest.raises(ValueError, match="values above 1e.150: scale the data first"):
        SNNRegressor(4).fit(FLAT, [10**400] * len(FLAT))


@pytest.mark.parametrize(("name", "make"), pairs(SUPERVISED, [UserDict, Group, set]))
def test_the_keys_of_a_mapping_are_not_read_as_labels(name, make):
    estimator = ESTIMATORS[name]
    y = make(Y) if make is not UserDict else UserDict(zip(Y, Y, strict=True))
    with pytest.raises(TypeError, match=f"y of {type(estimator).__name__} expects an array"):
        clone(estimator).fit(FLAT, y)


NESTED = {
    "arrays": lambda x: pd.DataFrame({"a": list(x[:, 0]), "b": list(x[:, 1])}),
    "series": lambda x: pd.DataFrame({k: [pd.Series(one[k]) for one in x] for k in range(2)}),
    "unequal": lambda x: pd.DataFrame({
        k: [one[k, : 10 + j % 3] for j, one in enumerate(x)] for k in range(2)}),
    "one column": lambda x: pd.Series(list(x))}


@pytest.mark.parametrize("make", NESTED.values(), ids=NESTED)
def test_the_remedy_for_nested_data_frames_reads_their_values(make):
    X = make(RASTER)
    with pytest.raises(ValueError, match="pass ") as raised:
        SpikeEncoder().fit(X)
    remedy = str(raised.value).rpartition("pass ")[2].rstrip(".")
    samples = eval(remedy, {"np": np, "X": X})
    SpikeEncoder().fit(samples)
    for found, wanted in zip(samples, RASTER, strict=True):
        np.testing.assert_array_equal(found, wanted[: len(found), : found.shape[1]])


MIXED_LABELS = {
    "data frame": (pd.DataFrame({"a": Y, "b": Y.astype(str)}), "type int in column 0 of y"),
    "second column": (pd.DataFrame({"a": Y.astype(str), "b": Y}), "type int in column 1 of y"),
    "both in one column": (np.array(["a", 1] * 12, object), "type int and str in y"),
    "None": (np.array([None, "a"] * 12, object), "type NoneType and str in y")}


@pytest.mark.parametrize(("y", "place"), MIXED_LABELS.values(), ids=MIXED_LABELS)
def test_labels_of_mixed_types_are_refused_with_their_place(y, place):
    message = f"expects integers or strings as labels, got objects of {place}.*astype"
    estimators = [SNNClassifier(rule=None)] + [LZCClassifier()] * (y.ndim == 1)
    for estimator in estimators:
        with pytest.raises(ValueError, match=f"{type(estimator).__name__} {message}"):
            estimator.fit(FLAT, y)
    with pytest.raises(ValueError, match=message):
        SNNClassifier().partial_fit(FLAT, y, classes=[["a", "b"]] * y.ndim)
    SNNClassifier(2, rule=None).fit(FLAT, y.astype(str))


@pytest.mark.parametrize("make", READABLE.values(), ids=READABLE)
def test_forms_of_the_same_values_give_the_same_results(make):
    train = RASTER[0].astype(float)
    np.testing.assert_array_equal(trains.firing_rate(make(train)), trains.firing_rate(train))
    fitted = clone(ESTIMATORS["SNNClassifier"]).fit(FLAT, Y)
    np.testing.assert_array_equal(fitted.predict_proba(make(FLAT)), fitted.predict_proba(FLAT))


@every_estimator
def test_number_of_channels_is_that_of_fit(estimator):
    for X in (FLAT, RASTER):
        model = fitted(estimator, X.ndim == 3)
        for wrong in (X[:, :3], np.concatenate([X, X], axis=1)):
            name = type(estimator).__name__
            message = f"X has {wrong.shape[1]} features, but {name} is expecting 4"
            with pytest.raises(ValueError, match=message):
                out(model)(wrong)


@every_estimator
def test_number_of_dimensions_is_that_of_fit(estimator):
    for X, wrong in ((FLAT, RASTER), (RASTER, FLAT)):
        model = fitted(estimator, X.ndim == 3)
        message = f"was fitted on {X.ndim}-D input and got {wrong.ndim}-D input of shape "
        with pytest.raises(ValueError, match=re.escape(f"{message}{wrong.shape}")):
            out(model)(wrong)


@every_estimator
def test_names_of_columns_are_those_of_fit(estimator):
    fitted = clone(estimator).fit(pd.DataFrame(FLAT, columns=list("abcd")), Y)
    with pytest.raises(ValueError, match="feature names should match"):
        out(fitted)(pd.DataFrame(FLAT, columns=list("abce")))


@pytest.mark.parametrize(("name", "value"), [
    ("SpikeCounter", 2), ("LZCTransformer", 0.5), ("LZCClassifier", -1), ("SpikeCounter", 255)])
def test_estimators_of_spike_trains_accept_only_0_and_1(name, value):
    wrong = RASTER.astype(float)
    wrong[3, 2, 7] = value
    wrong = wrong.astype(np.uint8) if value == 255 else wrong
    refused(ESTIMATORS[name], wrong, Y, "0 and 1 only", str(value), "SpikeEncoder")
    with pytest.raises(ValueError, match="0 and 1 only"):
        out(clone(ESTIMATORS[name]).fit(RASTER, Y))(wrong)


@pytest.mark.parametrize("cls", NETWORKS)
def test_currents_too_large_for_float32_are_refused(cls):
    refused(network(cls, standardize=False), FLAT * 1e100, Y, "float32", "standardize=True")


@pytest.mark.small
@pytest.mark.parametrize("value", [1.01e150, -1.7e308])
def test_one_large_value_is_refused_wherever_it_stands(value):
    series = np.ones((3, 2, 9))
    series[0, 1, 3] = value
    ragged = [series[0], series[1][:, :5], series[2]]
    with_gap = series.copy()
    with_gap[1, 0, 2] = np.nan
    for X in (series, ragged, series.astype(object), series.astype(np.longdouble)):
        with pytest.raises(ValueError, match="values above 1e.150, got"):
            SpikeEncoder().fit(X)
    with pytest.raises(ValueError, match="values above 1e.150, got"):
        SpikeEncoder(missing="interpolate").fit(with_gap)
    target = np.linspace(0, 1, 24)
    target[5] = value
    for y in (target, np.column_stack([target, target]), target.tolist()):
        with pytest.raises(ValueError, match="y of SNNRegressor has values above 1e.150, got"):
            SNNRegressor(3).fit(FLAT, y)


@pytest.mark.small
@pytest.mark.parametrize("model", [SpikeEncoder(), SNNTransformer(3, rule=None)], ids=repr)
def test_a_stream_refuses_large_values_and_takes_the_limit(model):
    X = np.random.default_rng(0).normal(size=(6, 4, 9))
    stream = model.fit(X).stream()
    before = stream.state
    for x in (np.full(4, 1.1e150), np.full((4, 2), -1.1e150), [0, np.nan, 1, 2]):
        with pytest.raises(ValueError, match="finite .* within .-1e.150"):
            stream.step(x)
        np.testing.assert_array_equal(stream.state, before)
    assert np.isfinite(stream.step(np.full(4, 1e150))).all()


TARGETS = {
    "one class": (FLAT, np.zeros(24, int), ["class", "1|one"]),
    "one sample": (FLAT[:1], [1], ["class", "1|one"]),
    "None": (FLAT, None, ["requires y"]),
    "too short": (FLAT, Y[:-1], ["inconsistent numbers of samples", "24", "23"]),
    "nan": (FLAT, np.where(Y == 1, np.nan, Y), ["y contains NaN"]),
    "real numbers": (FLAT, FLAT[:, 0], ["continuous", "lassif"]),
    "three axes": (FLAT, np.zeros((24, 2, 2), int), ["y of shape (24, 2, 2)", "SNNRegressor"]),
}


@pytest.mark.parametrize(("name", "kind"), pairs(SUPERVISED, [*TARGETS]))
def test_fit_refuses_bad_targets(name, kind):
    estimator, (X, y, words) = ESTIMATORS[name], TARGETS[kind]
    for candidate in (clone(estimator), fitted(estimator)):
        before = joblib.hash(vars(candidate))
        with pytest.raises(ValueError) as raised:
            candidate.fit(X, y)
        assert all(
            any(part in str(raised.value) for part in word.split("|")) for word in words), str(
            raised.value)
        assert joblib.hash(vars(candidate)) == before


def test_a_reservoir_needs_and_reads_no_y():
    one, other = (
        network(SNNTransformer, rule=None).fit(FLAT, y) for y in (None, np.full(24, "yes")))
    np.testing.assert_array_equal(one.weights_[0], other.weights_[0])


ENCODERS = {
    "n_steps=0": ({"n_steps": 0}, ["n_steps", ">= 1", "0"]),
    "n_steps=2.5": ({"n_steps": 2.5}, ["n_steps", "integer", "2.5"]),
    "n_steps text": ({"n_steps": "all"}, ["n_steps", "integer", "or None", "'all'"]),
    "dt=0": ({"dt": 0}, ["dt", ">= 1e-09", "got 0"]),
    "dt=nan": ({"dt": np.nan}, ["dt", "finite", "nan"]),
    "unknown coding": ({"coding": "morse"}, ["coding", "'poisson'", "such as", "'morse'"]),
    "negative rate": ({"coding": Poisson(min_rate=-1)}, ["min_rate", ">= 0", "-1"]),
    "rates inverted": ({"coding": Poisson(min_rate=10, max_rate=5)}, ["max_rate", ">= 10", "5"]),
    "rate too high for dt": (
        {"coding": Poisson(max_rate=500), "dt": 4.0}, ["max_rate=500", "dt=4.0", "250 Hz", "2 ms"]),
    "range inverted": ({"value_range": (1, 0)}, ["value_range", "low < high", "(1, 0)"]),
    "range infinite": ({"value_range": (0, np.inf)}, ["value_range[1]", "finite", "inf"]),
    "range wide": ({"value_range": (-1.7e308, 0)}, ["value_range[0]", ">= -1e+150", "-1.7e+308"]),
    "range of one": ({"value_range": 5}, ["value_range", "(low, high)", "5"]),
    "random state": ({"random_state": "lucky"}, ["'lucky'", "RandomState"])}


@pytest.mark.small
@pytest.mark.parametrize(("parameters", "words"), ENCODERS.values(), ids=ENCODERS)
def test_encoder_refuses_bad_parameters(parameters, words):
    refused(SpikeEncoder(**parameters), FLAT, Y, *words)


NEURON_ERRORS = {
    "tau_mem=0": (LIF(tau_mem=0), ["tau_mem", "> 0", "got 0"]),
    "tau_mem nan": (LIF(tau_mem=np.nan), ["tau_mem", "finite", "nan"]),
    "tau_mem text": (LIF(tau_mem="slow"), ["tau_mem", "number", "'slow'"]),
    "tau_mem 2-D": (LIF(tau_mem=np.ones((2, 2))), ["tau_mem", "one value per neuron"]),
    "tau_mem of another size": (LIF(tau_mem=[5.0, 6.0]), ["tau_mem", "2 values", "5 neurons"]),
    "tau_mem inverted": (LIF(tau_mem=(30.0, 10.0)), ["tau_mem", "low < high", "(30.0, 10.0)"]),
    "v_reset None": (LIF(v_reset=None), ["v_reset", "number", "None"]),
    "tau_mem below bounds": (LIF(tau_mem=1.0), ["tau_mem=1.0", "tau_mem_bounds=(1.5, 2000.0)"]),
    "v_reset above threshold": (
        LIF(v_reset=1.5), ["v_reset=1.5", "v_reset_bounds=(-5.0, 0.95)", "units of the threshold"]),
    "bounds inverted": (
        LIF(tau_mem_bounds=(100.0, 2.0)), ["tau_mem_bounds", "low < high", "(100.0, 2.0)"]),
    "bounds negative": (LIF(tau_mem_bounds=(-1.0, 30.0)), ["tau_mem_bounds", "positive", "-1.0"]),
    "bounds text": (LIF(tau_mem_bounds=("a", "b")), ["tau_mem_bounds", "(low, high)", "'a'"]),
    "bounds unknown": (LIF(tau_mem_bounds="free"), ["tau_mem_bounds", "'fixed'", "'free'"]),
    "unknown reset": (LIF(reset="soft"), ["reset", "'value'", "'subtract'", "'soft'"]),
    "negative refractory": (LIF(refractory=-1.0), ["refractory", ">= 0", "-1.0"])}


@pytest.mark.small
@pytest.mark.parametrize(("neuron", "words"), NEURON_ERRORS.values(), ids=NEURON_ERRORS)
def test_networks_refuse_bad_neurons(neuron, words):
    refused(network(SNNClassifier, neuron=neuron), FLAT, Y, *words)


@pytest.mark.small
@pytest.mark.parametrize(
    "given",
    [[Fraction(21, 2), 12], np.array([Fraction(21, 2), 12.0], object), np.float16([10.5, 12])],
    ids=repr)
def test_an_intrinsic_accepts_any_real_numbers(given):
    values = LIF(tau_mem=given).initial(2, np.random.RandomState(0))["tau_mem"]
    assert values.tolist() == [10.5, 12.0]
    with pytest.raises(
            ValueError, match="tau_mem must be a number, .* or an array of one value per neuron"):
        LIF(tau_mem=np.array([Fraction(21, 2), "12"], object)).check()


@pytest.mark.small
@pytest.mark.parametrize("neuron", NEURONS.values(), ids=NEURONS)
def test_an_intrinsic_may_be_equal_to_its_bound_but_not_beyond(neuron):
    for item in neuron.intrinsics:
        low, high = bounds = getattr(neuron(), f"{item.name}_bounds")
        for value in (low, high, bounds, [low, high]):
            neuron(**{item.name: value}).check()
        for value in (np.nextafter(low, -np.inf), np.nextafter(high, np.inf)):
            with pytest.raises(ValueError, match=f"{item.name}=.* lies outside {item.name}_bounds"):
                neuron(**{item.name: value}).check()
        with pytest.raises(ValueError, match=f"{item.name} as a tuple must be .* with low < high"):
            neuron(**{item.name: (high, high)}).check()
        with pytest.raises(ValueError, match=f"{item.name}_bounds must be .* with low < high"):
            neuron(**{item.name: high, f"{item.name}_bounds": (high, high)}).check()
        if item.scale == "log":
            with pytest.raises(ValueError, match=f"{item.name}_bounds must be positive"):
                neuron(**{item.name: high, f"{item.name}_bounds": (0.0, high)}).check()


# limit of 2: the number nearest to it that is allowed, and one that is not
LIMITS = {"low": (2, 1), "high": (2, 3), "above": (3, 2)}


@pytest.mark.small
@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_number_may_be_equal_to_its_limit_but_not_beyond(limit, integer):
    allowed, refused = LIMITS[limit]
    check_number(allowed, "it", integer=integer, **{limit: 2})
    with pytest.raises(ValueError, match="^it must be .* 2, got"):
        check_number(refused, "it", integer=integer, **{limit: 2})


NETWORK_ERRORS = {
    "unknown neuron": ({"neuron": "unknown"}, ["neuron", "'lif'", "LIF()", "'unknown'"]),
    "unknown rule": ({"rule": "backprop"}, ["rule", "'surrogate'", "'backprop'"]),
    "unknown surrogate": (
        {"rule": SurrogateGradient(surrogate="relu")},
        ["surrogate", "'fast_sigmoid'", "'arctan'", "'relu'"]),
    "slope=0": ({"rule": SurrogateGradient(slope=0)}, ["slope", "> 0", "got 0"]),
    "unknown solver": (
        {"rule": SurrogateGradient(solver="lbfgs")}, ["solver", "'adam'", "'sgd'", "'lbfgs'"]),
    "recurrent as text": (
        {"recurrent": "yes"}, ["recurrent", "True, False or a tuple of 1", "'yes'"]),
    "recurrent for other layers": (
        {"recurrent": (True, False)}, ["recurrent", "tuple of 1", "(True, False)"]),
    "recurrent tempotron": (
        {"recurrent": True, "rule": "tempotron"},
        ["Tempotron", "does not support recurrent", "'surrogate'"]),
    "unknown intrinsic": (
        {"learn_intrinsic": ("tau_mem", "mood")},
        ["learn_intrinsic", "'tau_mem'", "'threshold'", "'mood'"]),
    "intrinsic as text": (
        {"learn_intrinsic": "tau_mem"}, ["learn_intrinsic", "True, False or a tuple", "'tau_mem'"]),
    "intrinsic switched off": (
        {"learn_intrinsic": ("tau_syn",)}, ["learn_intrinsic", "'tau_mem'", "'tau_syn'"]),
    "fixed intrinsic": (
        {"neuron": LIF(tau_mem_bounds="fixed"), "learn_intrinsic": ("tau_mem",)},
        ["learn_intrinsic", "('threshold', 'v_reset')", "'tau_mem'"]),
    "layer of 0": ({"hidden_layer_sizes": (5, 0)}, ["hidden_layer_sizes", ">= 1", "0"]),
    "text layer": ({"hidden_layer_sizes": "64"}, ["hidden_layer_sizes", "integer", "'64'"]),
    "encoder by name": ({"encoder": "poisson"}, ["encoder", "SpikeEncoder or None", "'poisson'"]),
    "another encoder": (
        {"encoder": PCA()}, ["encoder", "SpikeEncoder or None", "PCA()", "Pipeline"]),
    "bad encoder": ({"encoder": SpikeEncoder(n_steps=0)}, ["n_steps", ">= 1", "0"]),
    "encoder with high rate": (
        {"encoder": SpikeEncoder(Poisson(max_rate=5000))}, ["max_rate=5000", "dt=1.0"]),
    "max_iter=0": ({"max_iter": 0}, ["max_iter", ">= 1", "0"]),
    "max_iter too large": ({"max_iter": 10**400}, ["max_iter", "<= 2147483647"]),
    "learning_rate=0": ({"learning_rate": 0}, ["learning_rate", "> 0", "None", "got 0"]),
    "learning_rate text": (
        {"learning_rate": "adaptive"}, ["learning_rate", "number", "None", "'adaptive'"]),
    "learning_rate_schedule": (
        {"rule": SurrogateGradient(learning_rate_schedule="adaptive")},
        ["learning_rate_schedule", "'cosine', 'constant', 'one_cycle'", "'adaptive'"]),
    "early_stopping=3": ({"early_stopping": 3}, ["early_stopping", "True, False", "3"]),
    "metric as scorer": ({"early_stopping": accuracy_score}, ["early_stopping", "make_scorer"]),
    "intrinsic_learning_rate=-1": (
        {"rule": SurrogateGradient(intrinsic_learning_rate=-1)},
        ["intrinsic_learning_rate", "> 0", "-1"]),
    "validation_fraction=0": ({"validation_fraction": 0.0}, ["validation_fraction", "> 0", "0.0"]),
    "validation_fraction=0.9": (
        {"validation_fraction": 0.9}, ["validation_fraction", "<= 0.5", "0.9"]),
    "warm_start text": ({"warm_start": "no"}, ["warm_start", "True, False", "'no'"]),
    "too few to hold out": (
        {"early_stopping": True, "validation_fraction": 0.05},
        ["validation_fraction", "early_stopping"]),
    "n_jobs=0": ({"n_jobs": 0}, ["n_jobs"]),
    "random state": ({"random_state": "lucky"}, ["'lucky'", "RandomState"])}


@pytest.mark.parametrize(("parameters", "words"), NETWORK_ERRORS.values(), ids=NETWORK_ERRORS)
def test_networks_refuse_bad_parameters(parameters, words):
    refused(network(SNNClassifier, **parameters), FLAT, Y, *words)


@pytest.mark.parametrize(
    "estimator", [
        SNNClassifier(4, rule=None, n_steps=20), SpikingRocket(5), SpikeEncoder(),
        LZCTransformer(), LZCClassifier()],
    ids=lambda x: type(x).__name__)
def test_a_wrong_number_of_threads_is_refused_whenever_it_was_set(estimator):
    fitted = clone(estimator).fit(FLAT, Y).set_params(n_jobs=0)
    for call in (lambda: fitted.fit(FLAT, Y), lambda: out(fitted)(FLAT)):
        with pytest.raises(
                ValueError, match="n_jobs must be None, or an integer other than 0, got 0"):
            call()


CLASS_WEIGHTS = {
    "text": ("fair", ["class_weight", "'balanced'", "dict", "'fair'"]),
    "negative": ({0: 1, 1: -1, 2: 1}, ["class_weight[1]", ">= 0", "-1"]),
    "nan": ({0: np.nan}, ["class_weight[0]", "finite", "nan"]),
    "weight as text": ({0: "heavy"}, ["class_weight[0]", "number", "'heavy'"]),
    "unknown label": ({0: 2, 7: 1}, ["class_weight", "[0, 1, 2]", "[0, 7]"]),
    "nothing left": ({0: 0, 1: 0, 2: 0.0}, ["class_weight", "above 0", "{0: 0, 1: 0, 2: 0.0}"]),
}


@pytest.mark.parametrize(("rule", "kind"), pairs([None, *RULES], [*CLASS_WEIGHTS]))
def test_classifier_refuses_bad_class_weights(rule, kind):
    weight, words = CLASS_WEIGHTS[kind]
    refused(network(SNNClassifier, class_weight=weight, rule=rule), FLAT, Y, *words)


LZC_ERRORS = {
    "unknown measure": (
        {"measure": "zip"}, ["measure", "'lz76'", "a Measure object such as", "'zip'"]),
    "unknown channels": ({"channels": "all"}, ["channels", "'each'", "'joint'", "'mean'", "'all'"]),
    "normalisation of another measure": (
        {"measure": "sample_entropy", "normalize": "entropy"},
        ["'entropy'", "does not apply to SampleEntropy", "normalize=True", "lz76"]),
    "order of 0": ({"measure": BlockEntropy(order=0)}, ["order", ">= 1", "got 0"]),
    "more windows than steps": ({"n_windows": 5}, ["n_windows=5", "4 steps", "use 4 or fewer"]),
    "with_counts text": ({"with_counts": "no"}, ["with_counts", "True, False", "'no'"])}


@pytest.mark.parametrize(("parameters", "words"), LZC_ERRORS.values(), ids=LZC_ERRORS)
def test_complexity_refuses_bad_parameters(parameters, words):
    refused(LZCClassifier(**parameters), FLAT, Y, *words)


@pytest.mark.parametrize("estimator", ["bogus", PCA(), PCA, SVR()], ids=repr)
def test_complexity_refuses_an_estimator_that_is_no_classifier(estimator):
    refused(
        LZCClassifier(estimator=estimator), FLAT, Y, "estimator must be a classifier", "or None",
        repr(estimator))


@pytest.mark.parametrize(
    "name", ["SpikeCounter", "LZCTransformer", "LZCClassifier", "SpikingRocket"])
def test_estimators_of_complete_series_refuse_another_length(name):
    fitted = clone(ESTIMATORS[name]).fit(RASTER, Y)
    with pytest.raises(ValueError, match=f"{name} was fitted on series of 15 steps and got 14"):
        out(fitted)(RASTER[:, :, :14])


@every_estimator
def test_unknown_parameters_are_refused(estimator):
    for name in ("nonsense", "coding__nonsense", "neuron__nonsense"):
        with pytest.raises(
                ValueError,
                match=f"Invalid parameter '{name.partition('__')[0]}|Invalid parameter 'nonsense'"):
            clone(estimator).set_params(**{name: 1})


WITHOUT_PARAMETERS = [
    (SNNTransformer(rule=None), "rule__slope", ["rule=None", "'surrogate'", "an object"]),
    (SNNTransformer(), "encoder__n_steps", ["encoder=None", "an object"]),
    (SNNClassifier(neuron="unknown"), "neuron__tau_mem", ["neuron='unknown'", "'lif'"]),
    (SpikeEncoder(coding=Poisson), "coding__max_rate", ["coding=<class", "'poisson'"]),
    (LZCTransformer("zip"), "measure__order", ["measure='zip'", "'block_entropy'"]),
    (LZCClassifier(estimator="zip"), "estimator__C", ["estimator='zip'", "None"]),
]


@pytest.mark.parametrize(
    ("estimator", "key", "words"), WITHOUT_PARAMETERS,
    ids=lambda case: case if isinstance(case, str) else "")
def test_parameters_of_objects_without_any_are_refused_with_a_solution(estimator, key, words):
    before = estimator.get_params()
    with pytest.raises(ValueError, match=f"{key} cannot be set") as raised:
        estimator.set_params(**{key: 1})
    assert all(word in str(raised.value) for word in words), str(raised.value)
    assert estimator.get_params() == before


WARM_STARTS = {
    "layer sizes": ({"hidden_layer_sizes": 6}, FLAT, Y, ["warm_start", "(5,)", "(6,)"]),
    "intrinsics": ({"neuron": LIF(tau_syn=5.0)}, FLAT, Y, ["warm_start", "tau_syn"]),
    "recurrence": (
        {"recurrent": True}, FLAT, Y, ["warm_start", "recurrence", "(False,)", "(True,)"]),
    "number of classes": ({}, FLAT, Y % 2, ["warm_start", "previous fit"]),
    "other labels": ({}, FLAT, Y + 1, ["warm_start=True needs the classes", "[1 2 3]"]),
    "channels": ({}, FLAT[:, :3], Y, ["warm_start", "4 channels", "3"])}


@pytest.mark.parametrize(("parameters", "X", "y", "words"), WARM_STARTS.values(), ids=WARM_STARTS)
def test_warm_start_refuses_another_network(parameters, X, y, words):
    fitted = network(SNNClassifier, warm_start=True).fit(FLAT, Y)
    expected = out(fitted)(FLAT)
    fitted.set_params(**parameters)
    before = joblib.hash(vars(fitted))
    with pytest.raises(ValueError) as raised:
        fitted.fit(X, y)
    assert all(word in str(raised.value) for word in words), str(raised.value)
    assert joblib.hash(vars(fitted)) == before
    np.testing.assert_array_equal(out(fitted)(FLAT), expected)


@every_estimator
def test_unfitted_estimators_raise_an_error(estimator):
    estimator = clone(estimator)
    names = ("transform", "predict", "predict_proba", "predict_log_proba", "decision_function")
    methods = [getattr(estimator, name) for name in names if hasattr(estimator, name)]
    assert methods
    for method in methods:
        with pytest.raises(NotFittedError, match=type(estimator).__name__):
            method(FLAT)


INTERRUPTIONS = {
    "during the first gradients": (_decoder_objective.DecoderObjective, "gradient", 1),
    "after a step of the solver": (_decoder_objective.DecoderObjective, "moved", 2),
    "while choosing the best state": (_decoder_objective.DecoderObjective, "loss", 1),
    "while the encoder is fitted": (SpikeEncoder, "fit", 1),
    "at the very end": (_decoder_objective.DecoderObjective, "state", 1),
}


@pytest.mark.parametrize(
    ("place", "cls", "warm_start"), pairs([*INTERRUPTIONS], NETWORKS, [False, True]))
def test_interrupted_fit_leaves_the_previous_one_in_use(place, cls, warm_start, monkeypatch):
    owner, name, last = INTERRUPTIONS[place]
    fitted = network(
        cls, encoder=ENCODER, batch_size=6, warm_start=warm_start, early_stopping=name == "loss",
        validation_fraction=0.3)
    fitted.fit(FLAT, Y)
    before, expected = joblib.hash(vars(fitted)), out(fitted)(FLAT)
    function, calls = getattr(owner, name), []

    def interrupted(self, *args):
        calls.append(name)
        if len(calls) == last:
            raise KeyboardInterrupt
        return function(self, *args)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(owner, name, interrupted)
        fitted.fit(FLAT[::-1], Y)
    assert len(calls) == last
    assert joblib.hash(vars(fitted)) == before
    np.testing.assert_array_equal(out(fitted)(FLAT), expected)
    fitted.fit(FLAT, Y)


def test_text_in_a_table_is_refused_and_an_encoder_is_suggested():
    table = pd.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
    message = "expects numbers, got text: could not convert string to float: 'red'.* OneHotEncoder"
    for estimator, X in product(
            (SNNClassifier(), SpikeEncoder()), (table, table.astype({"colour": "category"}))):
        with pytest.raises(ValueError, match=message):
            estimator.fit(X, [0, 1])


def test_predictions_on_float32_do_not_warn():
    fitted = network(SNNClassifier).fit(FLAT, Y)
    with np.errstate(over="raise"):  # the largest valid value has no float32
        fitted.predict(FLAT.astype(np.float32))


@every_supervised
def test_a_panel_of_a_data_frame_is_refused_and_the_remedy_gives_its_samples(estimator):
    """A table with an index of several levels, and a label for each row, is accepted."""
    index = pd.MultiIndex.from_product([range(24), range(15)])
    panel = pd.DataFrame(RASTER.transpose(0, 2, 1).reshape(-1, RASTER.shape[1]), index=index)
    for model in (estimator, make_pipeline(SpikeEncoder(), estimator)):
        with pytest.raises(ValueError, match="360 rows, whose index has 2 levels, and 24 values"):
            clone(model).fit(panel, Y)
    X = [x.to_numpy().T for _, x in panel.groupby(level=0, sort=False)]
    np.testing.assert_array_equal(X, RASTER)
    table = pd.DataFrame(FLAT, index=index[:24])
    assert fitted(estimator).fit(table, Y).n_features_in_ == FLAT.shape[1]


@pytest.mark.small
@pytest.mark.parametrize("parameters, message", [
    ({"rule": "surogate"}, "got 'surogate'. Did you mean 'surrogate'?"),
    ({"neuron": "LIF"}, "got 'LIF'. Did you mean 'lif'?"),
    ({"readout": "window"}, "got 'window'. Did you mean 'windows'?"),
    ({"standardize": "smaple"}, "got 'smaple'. Did you mean 'sample'?"),
    ({"encoder": SpikeEncoder("poison")}, "got 'poison'. Did you mean 'poisson'?"),
    ({"early_stopping": "acuracy"}, "got 'acuracy'. Did you mean 'accuracy'?"),
    ({"learn_intrinsic": ("tau_men",)}, "got ('tau_men',). Did you mean 'tau_mem'?")], ids=str)
def test_a_name_with_an_error_gets_the_most_similar_one(parameters, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SNNClassifier(**parameters).fit(FLAT, Y)
    with pytest.raises(ValueError, match=r"got 'xyz'\.$"):
        SNNClassifier(rule="xyz").fit(FLAT, Y)
