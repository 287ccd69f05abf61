"""Eight threads fit, predict and set parameters at once, and each result is one of a single fit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from make_fixtures import INPUTS, MODELS, TARGETS, Y, answers
from sklearn.base import clone

import skspike

pytestmark = pytest.mark.exhaustive

N_THREADS, N_CALLS = 8, 60  # calls of each thread, for each estimator
ONE_OF_EACH = {type(model).__name__: (kind, model) for kind, model in MODELS.values()}


def same(one, other):
    return all(np.array_equal(one[method], other[method]) for method in one)


def test_every_estimator_is_tested():
    assert ONE_OF_EACH.keys() >= {
        name for name in skspike.__all__ if hasattr(getattr(skspike, name), "get_params")}


@pytest.fixture(params=ONE_OF_EACH)
def case(request):
    """Return an estimator, targets, two inputs, and the results for the first after each fit."""
    kind, model = ONE_OF_EACH[request.param]
    inputs = INPUTS[kind], np.ascontiguousarray(INPUTS[kind][::-1])
    y = TARGETS.get(request.param, Y)
    return model, y, inputs, [answers(clone(model).fit(X, y), inputs[0]) for X in inputs]


def test_threads_that_share_an_estimator_get_results_of_one_fit(case):
    model, y, inputs, legal = case
    shared = clone(model).fit(inputs[0], y)

    def work(seed):
        rng, found = np.random.default_rng(seed), []
        for _ in range(N_CALLS):
            kind = rng.random()
            if kind < 0.1:
                shared.fit(inputs[rng.integers(2)], y)
            elif kind < 0.2:
                shared.set_params(**shared.get_params(deep=False))
            elif kind < 0.3:
                found.append(same(answers(clone(shared).fit(inputs[0], y), inputs[0]), legal[0]))
            else:
                method = rng.choice(list(legal[0]))
                result = answers(shared, inputs[0], [method])[method]
                found.append(any(np.array_equal(result, one[method]) for one in legal))
        return found

    with ThreadPoolExecutor(N_THREADS) as pool:
        found = [one for part in pool.map(work, range(N_THREADS)) for one in part]
    assert len(found) > N_THREADS * N_CALLS / 2 and all(found)


def test_threads_with_separate_estimators_do_not_interfere(case):
    model, y, inputs, legal = case

    def work(seed):
        own, k = clone(model), seed % 2
        return all(
            same(answers(own.fit(inputs[k], y), inputs[0]), legal[k]) for _ in range(N_CALLS // 10))

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert all(pool.map(work, range(N_THREADS)))
