"""Arrays, labels, parts and estimators as hypothesis draws them, and what is asked of every call: see `asked`."""

import traceback
import warnings
from pathlib import Path

import numpy as np
import sklearn
from declared import declared, floats
from hypothesis import event, strategies as st
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.exceptions import ConvergenceWarning

import skspike

HOMES = tuple(str(Path(module.__file__).parent) for module in (skspike, sklearn))
HERE = str(Path(__file__).parents[1])
# of a class, which the classifier behind LZCClassifier tells
THEIRS = ("Only one sample available",)
SMALL = {"hidden_layer_sizes": 5, "n_neurons": 5, "max_iter": 1, "n_steps": 12, "random_state": 0}
EXTREMES = (0.0, -0.0, 1.0, 5e-324, 1e-30, 1e17, -1e17, 1e30, -1e300, 1.7e308)


def asked(call, *names):
    """Return what a call returns, or None where it refuses, naming one of the names, in an error that was raised on purpose.

    A ValueError of numpy that comes up from inside is no refusal, and a warning is allowed only if
    it is one of our own, which show the line that called. Of seeds, scikit-learn leaves it to numpy
    to refuse them.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except (ValueError, TypeError) as error:
            last = traceback.extract_tb(error.__traceback__)[-1].filename
            assert last.startswith((*HOMES, "numpy/random/")), f"raised inside, by {last}: {type(error).__name__}: {error}"
            assert any(name in str(error) for name in names), f"names none of {names}: {error}"
            event("refused")
            result = None
    for one in caught:
        ours = one.category in (UserWarning, ConvergenceWarning) and one.filename.startswith(HERE)
        assert ours or str(one.message).startswith(
            THEIRS), f"{one.category.__name__} from {one.filename}:{one.lineno}: {one.message}"
    return result


@st.composite
def rasters(draw, n_samples=(1, 6), n_channels=(1, 4), n_steps=(1, 40)):
    """A raster of 0 and 1 in bytes."""
    shape = tuple(draw(st.integers(*limits)) for limits in (n_samples, n_channels, n_steps))
    size = int(np.prod(shape))
    n_bytes = -(-size // 8)
    bits = np.unpackbits(
        np.frombuffer(draw(st.binary(min_size=n_bytes, max_size=n_bytes)), np.uint8))[:size]
    return bits.reshape(shape)


@st.composite
def reals(draw, *shape, extreme=True):
    """Real numbers: a few values, each of which comes often."""
    moderate = st.floats(-1e3, 1e3, allow_subnormal=False)
    values = draw(
        st.lists(
            moderate | st.sampled_from(EXTREMES) if extreme else moderate, min_size=1, max_size=6))
    shape = tuple(draw(st.integers(*limits)) for limits in shape)
    size = int(np.prod(shape))
    places = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), np.uint8) % len(values)
    return np.array(values)[places].reshape(shape)


def features(extreme=True):
    """A table of features."""
    return reals((2, 8), (1, 4), extreme=extreme)


def series(extreme=True):
    """Analog series, (n_samples, n_channels, n_times)."""
    return reals((1, 6), (1, 3), (1, 25), extreme=extreme)


@st.composite
def some(draw, call, defaults, most=3):
    """Some of the parameters, by name, with values that they take."""
    names = draw(
        st.lists(st.sampled_from(sorted(defaults)), max_size=most, unique=True)) if defaults else []
    return {name: draw(strategy_of(call, name, defaults[name])) for name in names}


_strategies = {}


def strategy_of(call, name, default):
    """Return the strategy of a parameter, which is asked for once."""
    key = getattr(call, "key", call), name
    if key not in _strategies:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _strategies[key] = declared(call, name, default)
    return _strategies[key]


def checker(plugin):
    """Return what makes an object of a plug-in's class of some parameters, and checks them."""

    def check(**parameters):
        made = plugin(**parameters)
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
    """A neuron with intrinsics within their bounds; those that are measured in thresholds stay as they are if that moves."""
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
    """Return those of the small settings that an estimator has."""
    return {name: value for name, value in SMALL.items() if name in cls().get_params(deep=False)}


@st.composite
def estimators(draw, cls, most=3, **fixed):
    """An estimator, some of whose parameters, but those that are fixed, are not its default."""
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
    """Targets that go with an estimator."""
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
    """An estimator, what it may be fitted on, and targets."""
    estimator = draw(estimators(cls, most, **fixed))
    kinds = {"features": features(extreme), "series": series(extreme), "raster": rasters()}
    X = draw(kinds[draw(st.sampled_from(sorted(kinds)))])
    return estimator, X, draw(labels(estimator, len(X)))


def names_in(estimator):
    """Return what an error about an estimator or its data may name."""
    name = type(estimator).__name__
    inner = {
        key.rpartition("__")[2]
        for key in estimator.get_params() if estimator.get_params()[key] is not None}
    parts = {
        type(value).__name__
        for value in estimator.get_params(deep=False).values() if isinstance(value, BaseEstimator)}
    return {name, *inner, *parts} - {"verbose"} | {"input", "class", "X has", "sample", "y "}


METHODS = ("transform", "predict", "predict_proba", "predict_log_proba", "decision_function")


def answers(estimator, X):
    """Return what each method of a fitted estimator says about X, by its name."""
    return {
        name: np.asarray(getattr(estimator, name)(X))
        for name in METHODS if hasattr(estimator, name)}


def fitted(estimator, X, y):
    """Return a fitted clone, or None where the fit is refused."""
    return asked(lambda: clone(estimator).fit(X, y), *names_in(estimator))


def same(one, other, cls=None):
    """Tell whether answers are the same: to the bit where the last step is ours, to rounding where it is scikit-learn's matrix product."""
    exact = cls is None
    close = np.array_equal if exact else lambda a, b: a.dtype.kind in "OUb" or np.allclose(
        a, b, rtol=1e-6, atol=1e-9)
    return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
