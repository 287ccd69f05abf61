"""Every function of spikes or networks gives finite results of the documented shape."""

import inspect

import numpy as np
import pytest
from cases import FORMS, READABLE
from hypothesis import assume, given, strategies as st
from public import DISTANCES, EXPLAINERS, FUNCTIONS, MEASURERS, READERS, SURROGATES
from strategies import asked, rasters, some

from skspike import SNNClassifier, SNNTransformer
from skspike.complexity import MEASURES
from skspike.inspection import synaptic_operations
from skspike.testing._measure import CHANGES

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
FORMS = {**FORMS, **READABLE}
TRAINS = {**READERS, "lz76": MEASURES["lz76"]().each, "joint lz78": MEASURES["lz78"]().joint}
PARSERS = [name for name, cls in MEASURES.items() if hasattr(cls, "words")]


def options(function):
    """Return a strategy of the options of a function. A second raster Y is no option."""
    defaults = {
        name: item.default
        for name, item in list(inspect.signature(function).parameters.items())[1:] if name != "Y"}

    def call(**parameters):
        return function(np.array([[0, 1, 1, 0, 1, 0]] * 3, np.uint8), **parameters)

    call.key = function
    return some(call, defaults)


@pytest.mark.parametrize("name", TRAINS)
@given(X=rasters(), data=st.data())
def test_statistics_of_any_trains_in_any_form_are_finite_and_the_same(name, X, data):
    function, parameters = TRAINS[name], data.draw(options(TRAINS[name]))
    values = asked(
        lambda: function(X, **parameters), *parameters, name.rpartition(".")[2])
    if values is None:
        return
    assert np.isfinite(values).all()
    form = data.draw(st.sampled_from(sorted(FORMS)))
    x = X.astype(float)
    assume(X.ndim == 2 or form != "data frame")
    np.testing.assert_array_equal(function(FORMS[form](x), **parameters), values)
    if parameters.get("pool", ()) == ():
        assert np.shape(values)[:1] == X.shape[:1]
        for k in range(len(X)):
            np.testing.assert_array_equal(function(X[k], **parameters), values[k])
    order = data.draw(st.permutations(range(X.shape[1])))
    mixed = function(X[:, order], **parameters)
    if "joint" in name:
        # the rounding of an entropy depends on the order of channels
        np.testing.assert_allclose(mixed, values, rtol=1e-12)
    elif np.shape(values) == X.shape[:2]:
        np.testing.assert_array_equal(mixed, values[:, order])


@pytest.mark.parametrize("name", DISTANCES)
@given(X=rasters(), data=st.data())
def test_distances_of_any_trains_in_any_form_are_finite_symmetric_and_of_the_two_alone(
        name, X, data):
    function, parameters = DISTANCES[name], data.draw(options(DISTANCES[name]))
    values = asked(lambda: function(X, **parameters), *parameters)
    if values is None:
        return
    assert values.shape == (len(X), len(X))
    assert np.isfinite(values).all() and values.min() >= 0
    assert np.array_equal(values, values.T) and not values.diagonal().any()
    k = data.draw(st.integers(0, len(X) - 1))
    np.testing.assert_array_equal(function(X[k : k + 1], X, **parameters)[0], values[k])
    form = data.draw(st.sampled_from(sorted(FORMS)))
    assume(form != "data frame")
    np.testing.assert_array_equal(function(FORMS[form](X.astype(float)), **parameters), values)
    # the rounding of a sum depends on the order of channels
    order = data.draw(st.permutations(range(X.shape[1])))
    np.testing.assert_allclose(
        function(X[:, order], **parameters), values, rtol=1e-9, atol=1e-6)


def check_evidence(explain, model, X, y, n, seed):
    found = explain(model, X, n_windows=min(n, X.shape[2]), n_orders=n, random_state=seed)
    change = found.decision - found.baseline_decision
    assert found.evidence.shape == X.shape and not found.evidence[X == 0].any()
    np.testing.assert_allclose(found.evidence.sum(axis=(1, 2)), change, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.target, model.predict(X))
    return found.evidence


def check_importance(channel_importance, model, X, y, n, seed):
    found = channel_importance(model, X, y, n_repeats=n, random_state=seed)
    assert found.importances.shape == (X.shape[1], n)
    np.testing.assert_array_equal(found.importances_mean, found.importances.mean(axis=1))
    np.testing.assert_array_equal(found.importances_std, found.importances.std(axis=1))
    is_constant = (X == X[0]).all(axis=(0, 2))
    assert not found.importances[is_constant].any() and np.abs(found.importances).max() <= 1
    return found.importances


def check_timing(timing_scores, model, X, y, n, seed):
    rows = list(range(len(X)))
    found = timing_scores(
        model, X, y, windows=(n,), cv=[(rows, rows)], n_repeats=1, random_state=seed)
    assert {*found.surrogates} == {f"jitter {n} ms", "shuffled trials", "swapped times"}
    return np.concatenate([found.original, *map(np.ravel, found.surrogates.values())])


def check_comparison(function, model, X, y, n, seed):
    every = np.arange(len(X))
    found = function(
        model, X, y, {"hidden_layer_sizes": range(1, n + 1)}, seeds=[seed], cv=[(every, every)])
    assert found.scores.shape == (n, 1, 1) and (0 <= found.scores).all() and found.scores.max() <= 1
    return found.scores


EXPLAINED = {
    "inspection.explain": check_evidence, "inspection.channel_importance": check_importance,
    "inspection.timing_scores": check_timing, "inspection.compare_values": check_comparison}


@pytest.mark.parametrize("name", EXPLAINERS)
@given(
    X=rasters(n_samples=(2, 4), n_steps=(1, 20)), n=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1))
def test_explanations_of_any_network_are_finite_add_up_and_can_be_repeated(name, X, n, seed):
    before, y = X.copy(), np.arange(len(X)) % 2
    model = SNNClassifier(3, max_iter=1, random_state=0).fit(X, y)
    found = EXPLAINED[name](EXPLAINERS[name], model, X, y, n, seed)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(
        EXPLAINED[name](EXPLAINERS[name], model, X, y, n, seed), found)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("name", SURROGATES)
@given(X=rasters(), n=st.integers(1, 50), seed=st.integers(0, 2**32 - 1))
def test_surrogates_of_any_raster_keep_counts_and_can_be_repeated(name, X, n, seed):
    before, second = X.copy(), n if name.endswith("jitter_spikes") else np.arange(len(X)) % 2
    made, again = (SURROGATES[name](X, second, random_state=seed) for _ in range(2))
    assert made.dtype == np.uint8 and made.shape == X.shape and made.max() <= 1
    np.testing.assert_array_equal(made.sum(axis=(0, 2)), X.sum(axis=(0, 2)))
    np.testing.assert_array_equal(made, again)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("name", PARSERS)
@given(X=rasters(n_samples=(1, 1), n_channels=(1, 1), n_steps=(1, 200)))
def test_words_make_up_the_train_and_are_as_many_as_counted(name, X):
    train, measure = X[0, 0], MEASURES[name]()
    text = "".join(map(str, train))
    words = measure.words(text)
    assert "".join(words) == text and "" not in words
    assert len(words) == measure.each(train)


@pytest.mark.parametrize("measure", MEASURES)
@given(X=rasters(n_steps=(1, 70)))
def test_measures_are_finite_within_their_limits_and_change_only_as_they_declare(measure, X):
    made = MEASURES[measure]()
    each, joint = made.each(X), made.joint(X)
    assert each.shape == X.shape[:2] and joint.shape == X.shape[:1]
    low, high = made.limits[False]
    for values in (each, joint):
        assert np.isfinite(values).all() and low <= values.min() and values.max() <= high
    np.testing.assert_array_equal(made.joint(X[:, :1]), each[:, 0])
    np.testing.assert_array_equal(made.each(X[:, ::-1]), each[:, ::-1])
    for name in made.unchanged_by:
        np.testing.assert_allclose(made.joint(CHANGES[name](X)), joint, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", MEASURERS)
@given(data=st.data(), X=rasters(n_samples=(2, 4)))
def test_costs_of_any_network_are_finite_and_not_negative(name, data, X):
    network = SNNTransformer(
        data.draw(st.sampled_from([3, (4, 2)])), rule=None, recurrent=data.draw(st.booleans()),
        random_state=0).fit(X)
    function, signature = FUNCTIONS[name], inspect.signature(FUNCTIONS[name]).parameters
    arguments = {"estimator": network, "X": X[:1] if name.endswith(".latency") else X, "n_calls": 2}
    if "operations" in signature:
        arguments = {"operations": synaptic_operations(network, X)}
    result = asked(
        lambda: function(**{key: value for key, value in arguments.items() if key in signature}),
        name)
    values = np.array(
        [
            value
            for value in (result if isinstance(result, tuple) else [result])
            if not isinstance(value, str)], dtype=float)
    assert np.isfinite(values).all() and values.min() >= 0
