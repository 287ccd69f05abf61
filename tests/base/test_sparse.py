"""Sparse features: estimators of features make them dense, and the others raise an error."""

import numpy as np
import pytest
import scipy.sparse
from cases import ENCODER, ESTIMATORS, FLAT, RASTER, READERS, Y, network, out
from parts import pairs
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from skspike import SNNClassifier, SpikeEncoder
from skspike._base import _arrays

ACCEPTS = {
    name: estimator
    for name, estimator in ESTIMATORS.items()
    if name.startswith(("SNN", "SpikeE", "RasterU", "reservoir"))}
REFUSES = {name: estimator for name, estimator in ESTIMATORS.items() if name not in ACCEPTS}
SPARSE = np.where(FLAT < 0.5, 0.0, FLAT)
FORMS = [
    getattr(scipy.sparse, f"{form}_{kind}") for form in ("csr", "csc", "coo", "lil", "dok")
    for kind in ("array", "matrix")]


def seeded(estimator):
    """Return a clone whose seeds are 0, and that does not standardise: zeros would change."""
    parameters = estimator.get_params()
    others = {name: False for name in parameters if name == "standardize"}
    return clone(estimator).set_params(
        **{name: 0 for name in parameters if name.endswith("random_state")}, **others)


def table(n_categories, rng):
    """Return a table with a column of categories and a column of numbers."""
    rows = np.repeat(np.arange(n_categories), 2)
    return np.column_stack([rows, rng.random(len(rows))]), rows % 2


def test_the_tag_shows_which_estimators_accept_sparse_features():
    assert (
        {name for name, estimator in ESTIMATORS.items() if get_tags(estimator).input_tags.sparse}
        == ACCEPTS.keys())
    assert ACCEPTS and REFUSES


@pytest.mark.parametrize(("name", "form"), pairs([*ACCEPTS], FORMS))
def test_sparse_features_give_the_results_of_dense_ones(name, form):
    dense, sparse = (seeded(ACCEPTS[name]).fit(X, Y) for X in (SPARSE, form(SPARSE)))
    expected = out(dense)(SPARSE)
    for model, X in ((dense, form(SPARSE)), (sparse, SPARSE), (sparse, form(SPARSE))):
        np.testing.assert_array_equal(out(model)(X), expected)


def test_chunks_may_be_sparse():
    dense, sparse = (
        network(SNNClassifier, standardize=False).partial_fit(X, Y, classes=[0, 1, 2])
        for X in (SPARSE, scipy.sparse.csr_array(SPARSE)))
    np.testing.assert_array_equal(dense.predict_proba(SPARSE), sparse.predict_proba(SPARSE))


@pytest.mark.parametrize("name", REFUSES)
def test_estimators_of_series_refuse_sparse_input_and_suggest_a_solution(name):
    fresh, fitted = clone(REFUSES[name]), clone(REFUSES[name]).fit(FLAT, Y)
    for method in (lambda X: fresh.fit(X, Y), out(fitted)):
        with pytest.raises(
                TypeError,
                match=r"sparse one, csr_array. Pass its toarray\(\), or .* "
                r"OneHotEncoder\(sparse_output=False\)"):
            method(scipy.sparse.csr_array(FLAT))


@pytest.mark.parametrize("name", READERS)
def test_functions_refuse_sparse_trains(name):
    with pytest.raises(TypeError, match=f"^{name} .*sparse one, csr_array"):
        READERS[name](scipy.sparse.csr_array(RASTER[0].astype(float)))


@pytest.mark.parametrize("n_categories", [2, 10, 200])
def test_any_number_of_categories_is_accepted(n_categories, rng):
    X, y = table(n_categories, rng)
    columns = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore"), [0]),
            ("numbers", StandardScaler(), [1])])
    # the encoder returns a sparse table if there are more than two categories
    assert scipy.sparse.issparse(columns.fit_transform(X)) == (n_categories > 2)
    for first in (columns, OneHotEncoder(handle_unknown="ignore")):
        for last in (
                [ENCODER, network(SNNClassifier)], [network(SNNClassifier, encoder=ENCODER)],
                [network(SNNClassifier)]):
            assert make_pipeline(first, *last).fit(X, y).predict(X[:3]).shape == (3,)


@pytest.mark.parametrize("name", ACCEPTS)
def test_sparse_input_that_is_too_large_is_refused_before_anything_changes(name):
    n_columns = _arrays.MAX_SPARSE_ENTRIES // len(Y) + 1
    large = scipy.sparse.csr_array((np.ones(1), ([0], [0])), shape=(len(Y), n_columns))
    estimator, fitted = clone(ACCEPTS[name]), clone(ACCEPTS[name]).fit(FLAT, Y)
    for method in (lambda X: estimator.fit(X, Y), out(fitted)):
        with pytest.raises(
                ValueError,
                match=r"up to 134217728 entries at a time, got shape \(24, "
                rf"{n_columns}\).*max_categories"):
            method(large)
    assert not any(attribute.endswith("_") for attribute in vars(estimator))


def test_the_limit_for_sparse_input_is_exact(monkeypatch):
    monkeypatch.setattr(_arrays, "MAX_SPARSE_ENTRIES", SPARSE.size)
    assert SpikeEncoder(n_steps=5).fit(scipy.sparse.csr_array(SPARSE)).n_features_in_ == 4
    monkeypatch.setattr(_arrays, "MAX_SPARSE_ENTRIES", SPARSE.size - 1)
    with pytest.raises(ValueError, match="95 entries at a time"):
        SpikeEncoder(n_steps=5).fit(scipy.sparse.csr_array(SPARSE))


def test_the_values_and_the_shape_of_sparse_features_are_checked():
    X = np.where(SPARSE == SPARSE.max(), np.nan, SPARSE)
    with pytest.raises(ValueError, match="NaN"):
        SpikeEncoder().fit(scipy.sparse.csr_array(X))
    with pytest.raises(ValueError, match="2 features, but SpikeEncoder is expecting 4"):
        SpikeEncoder().fit(FLAT).transform(scipy.sparse.csr_array(FLAT[:, :2]))
