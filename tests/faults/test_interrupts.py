"""State of an estimator after Ctrl-C at any moment: the previous fit or the complete new one."""

import pathlib
import sys

import joblib
import numpy as np
import pytest
from make_fixtures import INPUTS, MODELS, TARGETS, Y, answers, fitted
from sklearn.base import clone

import skspike

pytestmark = pytest.mark.exhaustive

FOLDER = str(pathlib.Path(skspike.__file__).parent)
N_MOMENTS = 6  # random moments. The last lines, which publish the results, are added
# Python handles signals after calls. So no signal arrives between the end of a `with lock` block
# and the release of the lock, but a trace function would raise there.
UNTRACED = "_BlasLimit."
# neurons add functions, which run in compiled code
every_model = pytest.mark.parametrize(
    "name", [name for name in MODELS if not name.startswith("neuron ")])


def interrupted(call, at):
    """Run a call with KeyboardInterrupt before line number `at`, and return the number of lines."""
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        if event == "line":
            lines += 1
            if lines == at:
                raise KeyboardInterrupt
        code = frame.f_code
        traced = code.co_filename.startswith(FOLDER) and not code.co_qualname.startswith(UNTRACED)
        return trace if traced else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return lines


def moments(n_lines, seed):
    """Return random line numbers and the last ones."""
    return sorted(
        {
            *np.random.default_rng(seed).integers(1, n_lines + 1, N_MOMENTS).tolist(),
            *range(max(1, n_lines - 3), n_lines + 1)})


def same(one, other):
    """Return whether two models return equal results."""
    return one.keys() == other.keys() and all(
        np.array_equal(one[method], other[method]) for method in one)


@every_model
def test_an_interrupted_fit_leaves_the_previous_fit_or_none_or_the_new_one(name):
    kind, model = MODELS[name]
    X, y = INPUTS[kind], TARGETS.get(name, Y)
    old, new = (answers(clone(model).fit(data, y), X) for data in (X, X[::-1]))
    for at in moments(interrupted(lambda: clone(model).fit(X[::-1], y), at=None), seed=0):
        fresh, used = clone(model), clone(model).fit(X, y)
        for estimator in (fresh, used):
            interrupted(lambda estimator=estimator: estimator.fit(X[::-1], y), at)
        assert joblib.hash(vars(fresh)) == joblib.hash(vars(clone(model))) or same(
            answers(fresh, X), new), at
        assert same(answers(used, X), old) or same(answers(used, X), new), at
        assert same(answers(fresh.fit(X[::-1], y), X), new), at  # and fits again


@pytest.mark.parametrize("name", [name for name in MODELS if "partial_fit" in name])
def test_an_interrupted_chunk_is_learned_completely_or_not_at_all(name):
    kind, model = MODELS[name]
    X = INPUTS[kind]

    def begun():
        return clone(model).partial_fit(X, Y, classes=[0, 1, 2])

    old, new = answers(begun(), X), answers(begun().partial_fit(X[::-1], Y), X)
    first = begun()
    n_lines = interrupted(lambda: first.partial_fit(X[::-1], Y), at=None)
    for at in moments(n_lines, seed=0):
        estimator = begun()
        interrupted(lambda estimator=estimator: estimator.partial_fit(X[::-1], Y), at)
        assert same(answers(estimator, X), old) or same(answers(estimator, X), new), at


@every_model
def test_an_interrupted_prediction_changes_nothing(name):
    X, model = INPUTS[MODELS[name][0]], fitted(name)
    expected, before = answers(model, X), joblib.hash(vars(model))
    for at in moments(interrupted(lambda: answers(model, X), at=None), seed=1):
        interrupted(lambda: answers(model, X), at)
        assert joblib.hash(vars(model)) == before and same(answers(model, X), expected), at


@pytest.mark.parametrize("name", ["two layers", "currents", "SNNClassifier rule surrogate"])
def test_an_interrupted_stream_continues_from_a_saved_state(name):
    model = fitted(name)
    X = np.ascontiguousarray(
        INPUTS["raster"][0] if model._n_dims_in == 3
        else np.repeat(INPUTS["features"][0][:, None], 20, axis=1))
    complete = model.stream().step(X)
    for at in moments(interrupted(lambda: model.stream().step(X), at=None), seed=2):
        stream = model.stream()
        first = stream.step(X[:, :5])
        saved = stream.state
        interrupted(lambda stream=stream: stream.step(X[:, 5:]), at)
        stream.state = saved
        assert np.array_equal(np.concatenate([first, stream.step(X[:, 5:])], axis=1), complete), at
