"""Strategies of hypothesis for arrays, labels, parts and estimators, and checks of a call."""

import traceback
import warnings
from pathlib import Path

import numpy as np
import sklearn
from declared import declared, floats
from hypothesis import event, strategies as st
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier

import skspike
from skspike import SNNClassifier
from skspike._networks import settings_of
from skspike.learning import Rule

HOMES = tuple(str(Path(module.__file__).parent) for module in (skspike, sklearn))
HERE = str(Path(__file__).parents[1])
# warnings of inner classifiers and scorers: how they begin, and the class that must be inside, or
# None for any
THEIRS = {
    "Only one sample available": None, "R^2 score is not well-defined": None,
    "lbfgs failed to converge": "LogisticRegression"}
SMALL = {"hidden_layer_sizes": 5, "n_neurons": 5, "max_iter": 1, "n_steps": 12, "random_state": 0}
# a classifier that refuses other samples by its name, and does not warn of few samples
INNER = {
    skspike.SlidingDecoder: {
        "estimator": skspike.LZCClassifier(estimator=KNeighborsClassifier(1)), "cv": 2,
        "window": 10.0, "step": 10.0},  # few windows
    skspike.EarlyClassifier: {"estimator": skspike.SpikeTrainClassifier(["rate"]), "cv": 2}}
EXTREMES = (0.0, -0.0, 1.0, 5e-324, 1e-30, 1e17, -1e17, 1e30, -1e150, 1e150, 1.7e308)


def asked(call, *names):
    """Return the result of a call, or None if it raises an intended error.

    An intended error names one of `names` and is raised by skspike or scikit-learn. Only
    scikit-learn's check of seeds may raise inside numpy. Warnings are allowed only if they are
    skspike's own, which point to the calling line.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except (ValueError, TypeError) as error:
            last = traceback.extract_tb(error.__traceback__)[-1].filename
            assert last.startswith((*HOMES, "numpy/random/")), (
                f"raised inside, by {last}: {type(error).__name__}: {error}")
            named = any(name in str(error) for name in names)
            assert named, f"the error names none of {names}: {error}"
            event("refused")
            result = None
    for one in caught:
        ours = one.category in (UserWarning, ConvergenceWarning) and one.filename.startswith(HERE)
        theirs = tuple(start for start, name in THEIRS.items() if name in (None, *names))
        assert ours or str(one.message).startswith(
            theirs), f"{one.category.__name__} from {one.filename}:{one.lineno}: {one.message}"
    return result


@st.composite
def rasters(draw, n_samples=(1, 6), n_channels=(1, 4), n_steps=(1, 40)):
    """Draw a raster of 0 and 1 as uint8."""
    shape = tuple(draw(st.integers(*limits)) for limits in (n_samples, n_channels, n_steps))
    size = int(np.prod(shape))
    n_bytes = -(-size // 8)
    bits = np.unpackbits(
        np.frombuffer(draw(st.binary(min_size=n_bytes, max_size=n_bytes)), np.uint8))[:size]
    return bits.reshape(shape)


@st.composite
def reals(draw, *shape, extreme=True):
    """Draw real numbers from a few values, each of which occurs often."""
    moderate = st.floats(-1e3, 1e3, allow_subnormal=False)
    values = draw(
        st.lists(
            moderate | st.sampled_from(EXTREMES) if extreme else moderate, min_size=1, max_size=6))
    shape = tuple(draw(st.integers(*limits)) for limits in shape)
    size = int(np.prod(shape))
    places = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), np.uint8) % len(values)
    return np.array(values)[places].reshape(shape)


def features(extreme=True):
    """Return a strategy of tables of features."""
    return reals((2, 8), (1, 4), extreme=extreme)


def series(extreme=True):
    """Return a strategy of analog series (n_samples, n_channels, n_times)."""
    return reals((1, 6), (1, 3), (1, 25), extreme=extreme)


@st.composite
def some(draw, call, defaults, most=3):
    """Draw some of the parameters, by name, with allowed values."""
    names = draw(
        st.lists(st.sampled_from(sorted(defaults)), max_size=most, unique=True)) if defaults else []
    return {name: draw(strategy_of(call, name, defaults[name])) for name in names}


_strategies = {}


def strategy_of(call, name, default):
    """Return the cached strategy of a parameter."""
    key = getattr(call, "key", call), name
    if key not in _strategies:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _strategies[key] = declared(call, name, default)
    return _strategies[key]


def checker(plugin):
    """Return a function that makes an object of a plug-in and checks its parameters."""

    def check(**parameters):
        made = plugin(**parameters)
        if isinstance(made, Rule):  # the network checks parameters that several rules have
            settings_of(SNNClassifier(4, rule=made), np.zeros((3, 2, 10), np.uint8))
        else:
            made.check(*[1.0] * (made.check.__code__.co_argcount > 1))
        return made

    check.key = plugin
    return check


def values_of(item, low, high):
    """Return a strategy of an intrinsic's values: one for all neurons, or a range to draw from."""
    low, high = float(low), float(high)
    one = st.sampled_from([low, high]) | (
        floats(low, high, None) if item.scale == "log" else st.floats(low, high))
    return one | st.tuples(one, one).map(sorted).map(tuple).filter(lambda pair: pair[0] < pair[1])


@st.composite
def neurons(draw, cls):
    """Draw a neuron with some intrinsics at other values within their bounds."""
    neuron = cls()
    for item in draw(st.lists(st.sampled_from(cls.intrinsics), unique=True, max_size=3)):
        bounds = getattr(neuron, f"{item.name}_bounds")
        if isinstance(bounds, tuple):
            neuron.set_params(**{item.name: draw(values_of(item, *bounds))})
    return neuron


def parts(cls, base):
    """Return a strategy of objects of a plug-in."""
    if base is skspike.neurons.Neuron:
        return neurons(cls)
    defaults = cls().get_params(deep=False)
    return some(checker(cls), defaults).map(lambda parameters: cls(**parameters))


def small(cls):
    """Return the small settings for the parameters of an estimator."""
    settings = SMALL | INNER.get(cls, {})
    return {
        name: value for name, value in settings.items() if name in cls().get_params(deep=False)}


@st.composite
def estimators(draw, cls, most=3, **fixed):
    """Draw an estimator with some parameters, except fixed ones, at other values."""
    X, y = (np.arange(160).reshape(8, 2, 10) % 7 % 2).astype(float), np.arange(8) % 2
    X = X[:, :, 0] + np.arange(8)[
        :, None] if "Encoder" in cls.__name__ or "Union" in cls.__name__ else X

    def fit(**parameters):
        return cls(**{**small(cls), **parameters}).fit(X, y)

    fit.key = cls
    defaults = {
        name: value
        for name, value in cls().get_params(deep=False).items()
        if name not in fixed and name != "verbose"}
    fixed = {name: value for name, value in fixed.items() if name in cls().get_params(deep=False)}
    return cls(**{**small(cls), **draw(some(fit, defaults, most)), **fixed})


@st.composite
def labels(draw, estimator, n_samples):
    """Draw targets for an estimator."""
    if is_regressor(estimator):
        return draw(reals((n_samples, n_samples), extreme=False))
    places = np.frombuffer(draw(st.binary(min_size=n_samples, max_size=n_samples)), np.uint8)
    names = draw(
        st.sampled_from(
            [
                np.array([0, 1, 2]), np.array(["b", "a", "c"]), np.array([7.0, -1.0]),
                np.array([True, False])]))
    return names[(places + np.arange(n_samples)) % len(names)]


@st.composite
def tasks(draw, cls, extreme=True, most=3, **fixed):
    """Draw an estimator, training data and targets."""
    estimator = draw(estimators(cls, most, **fixed))
    kinds = {"features": features(extreme), "series": series(extreme), "raster": rasters()}
    X = draw(kinds[draw(st.sampled_from(sorted(kinds)))])
    return estimator, X, draw(labels(estimator, len(X)))


def names_in(estimator):
    """Return the names that an error about an estimator or its data may contain."""
    name = type(estimator).__name__
    inner = {
        key.rpartition("__")[2]
        for key in estimator.get_params() if estimator.get_params()[key] is not None}
    parts = {
        type(value).__name__
        for value in estimator.get_params(deep=False).values() if isinstance(value, BaseEstimator)}
    parts |= {f"X of {default}" for default in skspike.__all__}  # an estimator inside by default
    return {name, *inner, *parts} - {"verbose"} | {"input", "class", "X has", "sample", "y "}


METHODS = ("transform", "predict", "predict_proba", "predict_log_proba", "decision_function")


def answers(estimator, X):
    """Return the result of each method of a fitted estimator for X, by name."""
    return {
        name: np.asarray(getattr(estimator, name)(X))
        for name in METHODS if hasattr(estimator, name)}


def fitted(estimator, X, y):
    """Return a fitted clone, or None if fit raises an intended error."""
    return asked(lambda: clone(estimator).fit(X, y), *names_in(estimator))


def same(one, other, cls=None):
    """Return whether results are equal.

    Bits are compared, or values within rounding if the last step is a matrix product of
    scikit-learn.
    """
    exact = cls is None
    close = np.array_equal if exact else lambda a, b: a.dtype.kind in "OUb" or np.allclose(
        a, b, rtol=1e-6, atol=1e-9)
    return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
