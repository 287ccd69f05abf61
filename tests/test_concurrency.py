"""Results of an estimator while another thread fits it."""

import inspect
import itertools
import pathlib
import sys
import threading

import numpy as np
import pytest
from sklearn.base import clone

import skspike
from skspike import inspection

pytestmark = pytest.mark.exhaustive

ESTIMATORS = [
    thing
    for thing in (getattr(skspike, name) for name in skspike.__all__)
    # an EventDetector takes tables of events
    if hasattr(thing, "get_params") and thing is not skspike.EventDetector]
FOLDER = str(pathlib.Path(skspike.__file__).parent)
X, Y = np.random.default_rng(0).random((24, 4)), np.arange(24) % 3
FITS = {
    "equal sizes": ({}, X[::-1] ** 2, Y + 10),
    "another network": ({"hidden_layer_sizes": (3, 5)}, X[::-1] ** 2, Y % 2),
    "fewer channels": ({}, X[:, :3], Y),
}


@pytest.fixture(
    params=itertools.product(ESTIMATORS, FITS), ids=lambda pair: f"{pair[0].__name__}, {pair[1]}")
def pair(request):
    """Return an estimator, and the parameters and data of two fits."""
    cls, other = request.param
    estimator = cls()
    known = estimator.get_params()
    small = {
        "hidden_layer_sizes": 5, "n_neurons": 5, "n_steps": 15, "max_iter": 2, "random_state": 0}
    parameters, *data = FITS[other]
    first, second = (
        {name: value for name, value in p.items() if name in known}
        for p in (small, {**small, **parameters}))
    return estimator, (first, X, Y), (second, *data)


def fit(estimator, parameters, X, y):
    return estimator.set_params(**parameters).fit(X, y)


def reads(estimator):
    """Yield the names of all public methods that need a fit, and of the metrics of networks."""
    for name, method in inspect.getmembers(type(estimator), inspect.isfunction):
        takes_X = not name.startswith(
            ("_", "fit", "partial_fit", "adapt")) and "X" in inspect.signature(method).parameters
        if (takes_X or name == "get_feature_names_out") and hasattr(estimator, name):
            yield name
    for name in inspection.__all__ if hasattr(estimator, "neuron") else ():
        if "estimator" in inspect.signature(
                getattr(inspection, name)).parameters and name != "latency":
            yield name


def answer(estimator, name):
    """Return the result of a method or metric, or its error."""
    read = getattr(estimator, name, getattr(inspection, name, None))
    data = {"estimator": estimator, "X": X, "y": Y}
    try:
        return (
            np.asarray(
                read(
                    **{
                        name: data[name]
                        for name in inspect.signature(read).parameters if name in data})).tolist())
    except ValueError as error:
        return str(error)


def test_a_read_does_not_see_a_fit_that_ends_meanwhile(pair):
    """A fit is published by one assignment. Here it happens before each line that a read runs.

    Of a line that runs often, these are the first and the last time.
    """
    estimator, *fits = pair
    states = [vars(fit(clone(estimator), *one)) for one in fits]

    def read(name, change_at):
        estimator.__dict__, lines = dict(states[0]), []

        def trace(frame, event, argument):
            if event == "line":
                if len(lines) == change_at:
                    estimator.__dict__ = dict(states[1])
                lines.append((frame.f_code.co_filename, frame.f_lineno))
            return trace if frame.f_code.co_filename.startswith(FOLDER) else None

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return answer(estimator, name), lines
        finally:
            sys.settrace(before)

    estimator.__dict__ = dict(states[0])
    for name in list(reads(estimator)):
        # once before the test, because the first call runs many lines to compile loops
        answer(estimator, name)
        (old, lines), (new, _) = read(name, None), read(name, 0)
        last = {line: k for k, line in enumerate(lines)}
        first = {lines[k]: k for k in reversed(range(len(lines)))}
        found = {str(read(name, k)[0]) for k in {*first.values(), *last.values()}}
        assert found <= {str(old), str(new)}


def test_reads_while_another_thread_fits_see_one_fit(pair):
    estimator, *fits = pair
    names = list(reads(fit(estimator, *fits[0])))
    legal = [{name: answer(fit(clone(estimator), *one), name) for name in names} for one in fits]

    def refit():
        for k in range(12):
            fit(estimator, *fits[k % 2])

    thread = threading.Thread(target=refit)
    thread.start()
    while thread.is_alive():
        for name in names:
            assert answer(estimator, name) in [one[name] for one in legal]


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_parameters_set_during_a_fit_stay_set(cls):
    estimator, value = cls(), object()
    first = next(iter(estimator.get_params()))

    class Data:
        def __array__(self, dtype=None, copy=None):
            estimator.set_params(**{first: value})
            return X

    estimator.fit(Data(), Y)
    assert estimator.get_params(deep=False)[first] is value
    assert estimator.n_features_in_ == 4
