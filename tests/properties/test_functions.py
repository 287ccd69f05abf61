"""Every function of spikes or networks gives finite results of the documented shape."""

import inspect

import numpy as np
import pytest
from cases import FORMS, READABLE
from hypothesis import assume, given, strategies as st
from public import FUNCTIONS, MEASURERS, READERS
from strategies import asked, rasters, some

from skspike import SNNTransformer, SpikeEncoder
from skspike.complexity import MEASURES
from skspike.metrics import synaptic_operations
from skspike.testing._measure import CHANGES

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
FORMS = {**FORMS, **READABLE}
WORDS = [name for name in READERS if name.endswith("_words")]
TRAINS = [name for name in READERS if name not in WORDS]


def options(function):
    """Return a strategy of the options of a function, and of `window`, which has no default."""
    defaults = {
        name: item.default
        for name, item in list(inspect.signature(function).parameters.items())[1:]}
    known = {"window": 2} if "window" in defaults else {}

    def call(**parameters):
        return function(np.array([[0, 1, 1, 0, 1, 0]] * 3, np.uint8), **{**known, **parameters})

    call.key = function
    given_ = {k: v for k, v in defaults.items() if v is not inspect.Parameter.empty}
    needed = st.integers(1, 6)
    return some(call, given_) if not known else st.builds(
        lambda some, window: {**some, "window": window}, some(call, given_), needed)


@pytest.mark.parametrize("name", TRAINS)
@given(X=rasters(), data=st.data())
def test_statistics_of_any_trains_in_any_form_are_finite_and_the_same(name, X, data):
    function, parameters = READERS[name], data.draw(options(READERS[name]))
    values = asked(
        lambda: function(X, **parameters), *parameters, name.rpartition(".")[2], "window")
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
            if "window" not in parameters:
                np.testing.assert_array_equal(function(X[k], **parameters), values[k])
    order = data.draw(st.permutations(range(X.shape[1])))
    mixed = function(X[:, order], **parameters)
    if "joint" in name or "symbols" in name:  # symbols are numbered in the order of appearance
        # the rounding of an entropy depends on the order of channels
        np.testing.assert_allclose(mixed, values, rtol=1e-12)
    elif np.shape(values) == X.shape[:2]:
        np.testing.assert_array_equal(mixed, values[:, order])


@pytest.mark.parametrize("name", WORDS)
@given(X=rasters(n_samples=(1, 1), n_channels=(1, 1), n_steps=(1, 200)))
def test_words_make_up_the_train_and_are_as_many_as_counted(name, X):
    train = X[0, 0]
    words = READERS[name](train)
    assert "".join(words) == "".join(map(str, train)) and "" not in words
    assert len(words) == READERS[name.removesuffix("_words")](train)


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
    if "encoder" in signature:
        arguments["encoder"] = SpikeEncoder().fit(X)
    result = asked(
        lambda: function(**{key: value for key, value in arguments.items() if key in signature}),
        name)
    values = np.array(
        [
            value
            for value in (result if isinstance(result, tuple) else [result])
            if not isinstance(value, str)], dtype=float)
    assert np.isfinite(values).all() and values.min() >= 0
