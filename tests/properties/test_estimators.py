"""Every estimator and plug-in gives finite results or a clear error for any parameters and data."""

import collections
import copy
import pickle

import numpy as np
import pytest
import scipy.sparse
from cases import FORMS, READABLE
from hypothesis import assume, given, strategies as st
from public import ESTIMATORS, PLACES
from sklearn.base import clone, is_regressor
from sklearn.linear_model import LogisticRegression
from sklearn.utils import get_tags
from strategies import answers, asked, estimators, fitted, names_in, parts, same, tasks

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
FORMS = {**FORMS, **READABLE, "sparse": scipy.sparse.csr_array}
every_estimator = pytest.mark.parametrize("cls", ESTIMATORS.values(), ids=ESTIMATORS)


def places():
    """Yield each part in each estimator that takes it. `make test` runs one estimator of a part.

    The estimators take turns. A regressor would refuse rules that need classes.
    """
    names = collections.defaultdict(list)
    for name, (cls, _, plugin, _) in PLACES.items():
        if not (is_regressor(cls()) and getattr(plugin, "only_classes", False)):
            names[plugin].append(name)
    chosen = {group[k % len(group)] for k, group in enumerate(names.values())}
    for name, place in PLACES.items():
        yield pytest.param(
            *place, id=name, marks=[] if name in chosen else [pytest.mark.exhaustive])


every_place = pytest.mark.parametrize(("cls", "parameter", "plugin", "base"), [*places()])


def check_answers(model, X):
    """Check that all results are finite and of the documented shapes."""
    for name, values in answers(model, X).items():
        assert len(values) == len(X), name
        assert values.dtype.kind in "OUb" or np.isfinite(
            values).all() or name == "predict_log_proba", name
        if name == "transform":
            names = model.get_feature_names_out()
            assert values.shape[1] == len(names) == len(set(names))
            assert values.ndim == 2 or values.dtype == np.float32 or (
                values.dtype == np.uint8 and values.max(initial=0) <= 1)
        if name == "predict_proba":
            np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-6)
            assert values.shape == (len(X), len(model.classes_)) and values.min() >= 0
        if name == "predict" and hasattr(model, "classes_"):
            assert set(values) <= set(model.classes_)


def check(estimator, X, y):
    model = fitted(estimator, X, y)
    if model is not None:
        asked(lambda: check_answers(model, X), *names_in(estimator))


@every_estimator
@given(data=st.data())
def test_any_task_is_answered_or_refused_by_name(cls, data):
    check(*data.draw(tasks(cls)))


@every_place
@given(data=st.data())
def test_any_parameters_of_parts_are_answered_or_refused_by_name(
        cls, parameter, plugin, base, data):
    check(*data.draw(tasks(cls, most=1, **{parameter: data.draw(parts(plugin, base))})))


@every_estimator
@given(data=st.data())
def test_a_fit_does_not_change_what_it_is_given_and_can_be_repeated(cls, data):
    estimator, X, y = data.draw(tasks(cls, extreme=False, random_state=3))
    before, parameters = (X.copy(), y.copy()), repr(estimator.get_params())
    model = fitted(estimator, X, y)
    assume(model is not None)
    assert repr(estimator.get_params()) == repr(model.get_params()) == parameters
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])
    assert same(answers(model, X), answers(clone(model).fit(X, y), X))
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert same(answers(copied, X), answers(model, X))


@every_estimator
@given(data=st.data())
def test_parameters_go_in_and_come_out(cls, data):
    estimator = data.draw(estimators(cls))
    given_, fresh = estimator.get_params(), cls().set_params(**estimator.get_params(deep=False))
    assert repr(fresh.get_params()) == repr(clone(estimator).get_params()) == repr(given_)
    assert repr(pickle.loads(pickle.dumps(estimator)).get_params()) == repr(given_)


@every_estimator
@given(data=st.data())
def test_a_row_is_answered_the_same_alone_in_any_order_and_by_any_number_of_threads(cls, data):
    estimator, X, y = data.draw(tasks(cls, extreme=False))
    model = fitted(estimator, X, y)
    assume(model is not None)
    rows = data.draw(st.lists(st.integers(0, len(X) - 1), min_size=1, max_size=8))
    every = answers(model, X)
    assert same(
        answers(model, X[rows]), {name: values[rows] for name, values in every.items()}, cls)
    if "n_jobs" in model.get_params():
        assert same(answers(model.set_params(n_jobs=2), X), every)


@every_estimator
@given(data=st.data(), form=st.sampled_from(sorted(FORMS)))
def test_answers_depend_on_the_values_alone_and_not_on_their_type_or_container(cls, data, form):
    estimator, X, y = data.draw(tasks(cls, extreme=False, random_state=2))
    X = X.astype(np.float16).astype(float)  # so that most types represent it
    if form == "sparse" and "standardize" in estimator.get_params():
        estimator.set_params(standardize=False)  # sparse input is not centred
    assume(X.ndim == 2 or "frame" not in form)
    assume(form != "sparse" or (X.ndim == 2 and get_tags(estimator).input_tags.sparse))
    with np.errstate(all="ignore"):
        given_ = FORMS[form](X)
    assume(form == "sparse" or np.array_equal(given_, X))
    # a LogisticRegression of the data learns in their type, and its ties are broken by rounding
    inner = cls.__name__ == "RejectingClassifier" and estimator.estimator
    assume(form != "float32" or not isinstance(inner, LogisticRegression))
    model = fitted(estimator, X, y)
    assume(model is not None)
    every = answers(model, X)
    assert same(answers(model, given_), every, cls)
    assert same(answers(clone(estimator).fit(given_, y), given_), every, cls)


@pytest.mark.parametrize(
    "cls", [cls for cls in ESTIMATORS.values() if hasattr(cls, "predict_proba")])
@given(data=st.data())
def test_classes_under_other_names_in_the_same_order_are_the_same_classes(cls, data):
    estimator, X, y = data.draw(tasks(cls, extreme=False, random_state=1, class_weight=None))
    model = fitted(estimator, X, y)
    assume(model is not None)
    names = np.array(
        sorted(
            data.draw(st.lists(st.text("abc", min_size=1), min_size=3, max_size=3, unique=True))))
    other = clone(estimator).fit(X, names[np.searchsorted(model.classes_, y)])
    assert other.classes_.tolist() == names[: len(model.classes_)].tolist()
    assert same(answers(model, X) | {"predict": None}, answers(other, X) | {"predict": None})
    assert (other.predict(X) == names[np.searchsorted(model.classes_, model.predict(X))]).all()
