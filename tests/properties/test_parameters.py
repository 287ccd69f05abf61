"""Every parameter accepts allowed values and names itself in the error for all others."""

import functools
import inspect
import pickle

import numpy as np
import pytest
from declared import NUMBER, limits, refusal
from events import DT, recordings
from hypothesis import assume, given, strategies as st
from public import CAMERAS, DETECTORS, ESTIMATORS, GENERATORS, PLUGINS, RECORDERS
from sklearn.base import clone
from step_classifier import StepClassifier
from strategies import asked, checker, neurons, parts, reals, small, some

from skspike import EventDetector

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
RASTER = (np.arange(240) % 7 % 2).reshape(8, 2, 15).astype(np.uint8)
IMAGES = np.arange(32).reshape(2, 4, 4) % 7 / 6
TABLE, Y = np.arange(24.0).reshape(8, 3) % 7, np.arange(8) % 2
# scikit-learn checks the first, the second allows all values, the third may start many threads
LEFT = ("random_state", "verbose", "n_jobs")
JUNK = [
    None, True, "no such value", b"bytes", 1j, np.nan, np.inf, -np.inf, -1, 0, 10**400, 1e-320, [],
    (), {}, {1, 2}, [1, "a"]]
JUNK += [
    [[1.0], [2.0]], object(), int, np.array(3.0), np.array([]), np.array([np.nan]), np.float16(2),
    np.uint8(255)]
JUNK += [np.timedelta64(3, "s"), range(3), "lif"]
ARRAYS = [
    np.array([]), np.array([1, 2]), np.array(["auto", "lif"]), np.ones((2, 2)), np.array("auto")]


def fitting(cls):
    """Return a function that fits an estimator with some parameters."""
    X = TABLE if cls.__name__ == "SpikeEncoder" else RASTER
    return lambda **parameters: cls(**{**small(cls), **parameters}).fit(X, Y)


def detecting(**parameters):
    """Fit a detector of events with some parameters."""
    settings = {"estimator": StepClassifier(), "dt": DT, "augment": None, **parameters}
    return EventDetector(**settings).fit(*recordings(3, 0, n_steps=400))


def generating(function):
    """Return a function that makes a small data set with some parameters."""
    sizes = {
        name: 4
        for name in ("n_samples", "n_recordings", "n_channels", "size")
        if name in inspect.signature(function).parameters}
    return lambda **parameters: function(**{**sizes, "random_state": 0, **parameters})


SUBJECTS = {
    name: (fitting(cls), list(cls().get_params(deep=False))) for name, cls in ESTIMATORS.items()}
SUBJECTS |= {
    name: (detecting, list(cls().get_params(deep=False))) for name, cls in DETECTORS.items()}
SUBJECTS |= {
    name: (checker(cls), list(cls().get_params(deep=False))) for name, (cls, _) in PLUGINS.items()}
SUBJECTS |= {
    name: (generating(function), list(inspect.signature(function).parameters))
    for name, function in (GENERATORS | RECORDERS).items()}
SUBJECTS |= {
    name: (functools.partial(function, images=IMAGES), list(inspect.signature(function).parameters))
    for name, function in CAMERAS.items()}
SUBJECTS = {name: subject for name, subject in SUBJECTS.items() if subject[1]}
every_subject = pytest.mark.parametrize(("call", "names"), SUBJECTS.values(), ids=SUBJECTS)


@every_subject
@given(data=st.data())
def test_what_no_parameter_takes_is_refused_by_name_or_does_no_harm(call, names, data):
    name = data.draw(st.sampled_from([name for name in names if name not in LEFT]))
    value = data.draw(st.sampled_from(JUNK))
    # a function of the user raises its own errors
    assume(name not in ("scoring", "early_stopping") or not callable(value))
    asked(lambda: call(**{name: value}), *names)


@every_subject
@given(value=st.sampled_from(ARRAYS))
def test_an_array_is_refused_by_each_name_or_does_no_harm(call, names, value):
    for name in names:
        if name not in LEFT:
            asked(lambda: call(**{name: value}), *names)


@every_subject
@given(data=st.data())
def test_a_number_beyond_its_declared_limit_is_refused_by_name(call, names, data):
    name = data.draw(st.sampled_from(names))
    read = limits(refusal(call, name) or "")
    if read is None:
        return
    signs, integer, _ = read
    for sign, limit in signs.items():
        outwards = 1 if sign == "<=" else -1
        beyond = {
            ">": limit, ">=": np.nextafter(limit, -np.inf), "<=": np.nextafter(limit, np.inf)}[sign]
        value = int(limit) + (outwards if sign != ">" else 0) if integer else beyond
        assert NUMBER.search(refusal(call, name)) and name in (
            refusal(call, name, value) or ""), f"{name}={value!r} is taken"


@pytest.mark.parametrize(("cls", "base"), PLUGINS.values(), ids=PLUGINS)
@given(data=st.data())
def test_parts_that_are_checked_are_copied_and_read_as_they_are(cls, base, data):
    part = data.draw(parts(cls, base))
    before = repr(part.get_params())
    assert repr(clone(part).get_params()) == repr(
        pickle.loads(pickle.dumps(part)).get_params()) == before
    assert repr(cls().set_params(**part.get_params()).get_params()) == before
    copied = clone(part)
    if asked(
            lambda: copied.check(*[1.0] * (cls.check.__code__.co_argcount > 1)) or True,
            *part.get_params()):
        once = repr(copied.get_params())
        copied.check(*[1.0] * (cls.check.__code__.co_argcount > 1))
        assert repr(copied.get_params()) == once  # a second check changes nothing


@pytest.mark.parametrize("cls", [cls for cls, _ in PLUGINS.values() if hasattr(cls, "intrinsics")])
@given(data=st.data())
def test_intrinsics_that_are_learned_come_back_and_give_finite_coefficients_at_any_step(cls, data):
    neuron = data.draw(neurons(cls))
    dt = data.draw(st.sampled_from([1e-9, 1e-3, 0.1, 1.0, 7.3, 1e3, 1e9]))
    values = neuron.initial(4, np.random.default_rng(data.draw(st.integers(0, 9))))
    back = neuron.from_free(neuron.to_free(values))
    for name, value in values.items():
        np.testing.assert_allclose(back[name], value, rtol=1e-12, atol=1e-12)
    table = asked(lambda: neuron.coefficient_table(values, dt), "at dt=")
    assert table is None or (np.isfinite(table).all() and table.shape[1] == 4)
    # at the default step all values within the bounds are allowed
    table = neuron.coefficient_table(values, 1.0)
    assert np.isfinite(table).all()


@pytest.mark.parametrize("function", GENERATORS.values(), ids=GENERATORS)
@given(data=st.data())
def test_generators_make_rasters_with_labels_that_their_seed_fixes(function, data):
    defaults = {
        name: item.default
        for name, item in inspect.signature(function).parameters.items() if name != "random_state"}
    call = generating(function)
    call.key = function
    parameters = data.draw(some(call, defaults))
    made = asked(lambda: call(**parameters), *defaults)
    if made is None:
        return
    X, y, *rest = made
    sizes = {"n_samples": 4, "n_channels": 4, "n_steps": defaults["n_steps"], **parameters}
    assert X.dtype == np.uint8 and X.max() <= 1 and X.ndim == 3 and X.flags.c_contiguous
    assert len(X) == len(y) == sizes["n_samples"] and X.shape[2] == sizes["n_steps"]
    assert "n_channels" not in defaults or X.shape[1] == sizes["n_channels"]
    assert all(
        np.array_equal(one, other) for one, other in zip(made, call(**parameters), strict=True))


@pytest.mark.parametrize("function", CAMERAS.values(), ids=CAMERAS)
@given(images=reals((1, 3), (1, 4), (1, 4)), data=st.data())
def test_cameras_make_events_that_their_seed_fixes(function, images, data):
    defaults = {
        name: item.default
        for name, item in inspect.signature(function).parameters.items()
        if name not in ("images", "random_state")}
    call = functools.partial(function, images, random_state=0)
    call.key = function
    parameters = {"value_range": (images.min(), max(images.max(), images.min() + 1))}
    parameters |= data.draw(some(functools.partial(function, IMAGES), defaults))
    X = asked(lambda: call(**parameters), *defaults, "images")
    if X is None:
        return
    assert X.dtype == np.uint8 and X.max() <= 1 and X.ndim == 3 and X.flags.c_contiguous
    assert len(X) == len(images) and X.shape[2] == parameters.get("n_steps", defaults["n_steps"])
    np.testing.assert_array_equal(X, call(**parameters))


@pytest.mark.parametrize("function", RECORDERS.values(), ids=RECORDERS)
@given(data=st.data())
def test_recorders_make_recordings_and_targets_that_their_seed_fixes(function, data):
    defaults = {
        name: item.default
        for name, item in inspect.signature(function).parameters.items() if name != "random_state"}
    call = functools.partial(generating(function), n_steps=500)
    call.key = function
    parameters = data.draw(some(call, defaults))
    made = asked(lambda: call(**parameters), *defaults)
    if made is None:
        return
    sizes = {"n_recordings": 4, "n_channels": 4, "n_steps": 500, **parameters}
    (X, y), (X_again, y_again) = made, call(**parameters)
    assert X.shape == tuple(sizes[name] for name in ("n_recordings", "n_channels", "n_steps"))
    assert np.isfinite(X).all() and len(y) == len(X) and np.array_equal(X, X_again)
    assert all(map(np.array_equal, y, y_again))
