"""Tools of scikit-learn with rasters: each row of the page on tools is correct."""

import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import sklearn
import skops.io
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV, HalvingGridSearchCV, ShuffleSplit, TunedThresholdClassifierCV, cross_val_predict,
    cross_val_score, cross_validate, learning_curve, validation_curve)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import skspike
from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter,
    SpikeEncoder)
from skspike.inspection import channel_importance

X, Y = load_iris(return_X_y=True)
X, Y = X[::2], Y[::2]
TWO = Y < 2
RASTER = SpikeEncoder(n_steps=30).fit_transform(X)
ENCODER = SpikeEncoder(n_steps=30)
SNN = SNNClassifier(8, max_iter=60, random_state=0)
WHOLE = make_pipeline(ENCODER, SNN)  # takes features
TOOLS = {}


def tool(name):
    """Register the test of a row of the page."""

    def add(function):
        assert name not in TOOLS
        TOOLS[name] = function
        return function

    return add


def fits(model, data=RASTER, y=Y, above=0.6):
    """Fit a copy, and check that it has learned."""
    model = clone(model).fit(data, y)
    assert model.score(data, y) > above
    return model


@tool("Pipeline")
def pipeline():
    chain = make_pipeline(
        ENCODER, SNNTransformer(8, max_iter=2, random_state=0), SpikeCounter(), StandardScaler(),
        LogisticRegression())
    fits(chain, X)


@tool("GridSearchCV")
def grid_search():
    search = GridSearchCV(
        WHOLE,
        {
            "spikeencoder__coding": ["latency", "poisson"],
            "snnclassifier__neuron__tau_mem": [5.0, 20.0]}, cv=2)
    assert len(search.fit(X, Y).cv_results_["params"]) == 4 and search.score(X, Y) > 0.5


@tool("HalvingGridSearchCV")
def halving():
    grid = {"neuron": ["lif", "meta"]}
    fits(
        HalvingGridSearchCV(
            SNN, grid, cv=2, resource="max_iter", max_resources=20, min_resources=10))
    fits(HalvingGridSearchCV(SNN, grid, cv=2, min_resources=30, random_state=0))


@tool("cross_val_score, cross_validate, cross_val_predict")
def cross_validation():
    for data, model in ((X, WHOLE), (RASTER, SNN)):
        assert cross_val_score(model, data, Y, cv=2).mean() > 0.6
        assert cross_validate(
            model, data, Y, cv=2, return_estimator=True)["estimator"][0].score(data, Y) > 0.6
        assert cross_val_predict(model, data, Y, cv=2, method="predict_proba").shape == (75, 3)


@tool("learning_curve, validation_curve")
def curves():
    sizes, _, scores = learning_curve(
        SNN, RASTER, Y, cv=2, train_sizes=[20, 37], shuffle=True, random_state=0)
    assert sizes.tolist() == [20, 37] and np.isfinite(scores).all()
    assert np.isfinite(
        validation_curve(SNN, RASTER, Y, cv=2, param_name="alpha", param_range=[0.0, 1.0])[1]).all()


@tool("VotingClassifier")
def voting():
    members = [("network", SNN), ("counts", make_pipeline(SpikeCounter(), LogisticRegression()))]
    fits(VotingClassifier(members, voting="soft"))


@tool("StackingClassifier")
def stacking():
    members = [("network", SNN), ("counts", make_pipeline(SpikeCounter(), LogisticRegression()))]
    fits(StackingClassifier(members, cv=2))
    fits(StackingClassifier([("network", WHOLE)], cv=2, passthrough=True), X)


@tool("StackingClassifier(passthrough=True) on rasters")
def stacking_passthrough():
    StackingClassifier([("network", SNN)], cv=2, passthrough=True).fit(RASTER, Y)


@tool("CalibratedClassifierCV")
def calibrated():
    fits(CalibratedClassifierCV(WHOLE, cv=2), X)
    fits(CalibratedClassifierCV(SNN, cv=2))


@tool("TunedThresholdClassifierCV")
def threshold():
    fits(TunedThresholdClassifierCV(WHOLE, cv=2), X[TWO], Y[TWO])
    fits(TunedThresholdClassifierCV(SNN, cv=2), RASTER[TWO], Y[TWO])


@tool("BaggingClassifier")
def bagging():
    fits(BaggingClassifier(WHOLE, 2, max_features=0.5, random_state=0), X)


@tool("BaggingClassifier on rasters")
def bagging_rasters():
    BaggingClassifier(SNN, 2).fit(RASTER, Y)


@tool("AdaBoostClassifier")
def boosting():
    AdaBoostClassifier(SNN, n_estimators=2).fit(X, Y)


@tool("OneVsRestClassifier")
def one_vs_rest():
    fits(OneVsRestClassifier(WHOLE), X)
    fits(OneVsRestClassifier(SNN))


@tool("MultiOutputClassifier")
def multi_output():
    both = np.column_stack([Y, Y > 0])
    fits(MultiOutputClassifier(WHOLE), X, both, above=0.5)
    fits(MultiOutputClassifier(SNN), y=both, above=0.5)


@tool("ClassifierChain")
def classifier_chain():
    both = np.column_stack([Y > 0, Y > 1]).astype(int)
    fits(ClassifierChain(SNN, order="random", random_state=0), X, both)


@tool("average_precision, roc_auc, f1_macro, f1_samples of several labels")
def scorers_of_labels():
    for n_labels in (2, 3):
        tags = np.column_stack([Y > 0, Y < 2, Y == 1])[:, :n_labels].astype(int)
        folds = ShuffleSplit(2, test_size=0.4, random_state=0)
        for scoring in ("average_precision", "roc_auc", "f1_macro", "f1_samples"):
            for data in (X, RASTER):
                scores = cross_val_score(
                    WHOLE if data is X else SNN, data, tags, scoring=scoring, cv=folds,
                    error_score="raise")
                assert (scores > 0.5).all()


@tool("TransformedTargetRegressor")
def transformed_target():
    network = SNNRegressor(8, max_iter=20, random_state=0)
    fits(
        TransformedTargetRegressor(network, func=np.log1p, inverse_func=np.expm1), RASTER, X[:, 2],
        above=0.3)


@tool("ColumnTransformer")
def column_transformer():
    columns = ColumnTransformer(
        [
            ("length", StandardScaler(), [0, 2]),
            ("width", OneHotEncoder(handle_unknown="ignore"), [1])])
    fits(make_pipeline(columns, ENCODER, SNN), X)


@tool("ColumnTransformer of encoders")
def column_transformer_of_encoders():
    ColumnTransformer([("length", ENCODER, [0, 2]), ("width", ENCODER, [1, 3])]).fit_transform(X)


@tool("FeatureUnion")
def feature_union():
    union = FeatureUnion([("counts", SpikeCounter()), ("complexity", LZCTransformer())])
    fits(make_pipeline(union, StandardScaler(), LogisticRegression()))


@tool("FeatureUnion of encoders")
def feature_union_of_encoders():
    FeatureUnion(
        [("early", SpikeEncoder("latency", n_steps=30)), ("many", ENCODER)]).fit_transform(X)


@tool("StandardScaler, SelectKBest, PCA")
def on_features():
    fits(make_pipeline(StandardScaler(), SelectKBest(k=3), PCA(2), ENCODER, SNN), X)
    fits(
        make_pipeline(
            SpikeCounter(3), StandardScaler(), SelectKBest(k=3), PCA(2), LogisticRegression()))


@tool("StandardScaler on rasters")
def scaler_on_rasters():
    StandardScaler().fit(RASTER)


@tool("SelectKBest on rasters")
def selection_on_rasters():
    SelectKBest(k=2).fit(RASTER, Y)


@tool("PCA on rasters")
def pca_on_rasters():
    PCA(2).fit(RASTER)


@tool("FunctionTransformer")
def function_transformer():
    early = FunctionTransformer(lambda raster: raster[:, :, :20])
    fits(make_pipeline(early, SNN))


@tool("permutation_importance")
def permutation():
    found = permutation_importance(clone(WHOLE).fit(X, Y), X, Y, n_repeats=2, random_state=0)
    assert found.importances_mean.shape == (4,) and found.importances_mean.max() > 0.05


@tool("permutation_importance on rasters")
def permutation_rasters():
    # begin permutation
    fitted = clone(SNN).fit(RASTER[::2], Y[::2])
    found = channel_importance(fitted, RASTER[1::2], Y[1::2], n_repeats=20, random_state=0)
    # end permutation
    assert found.importances_mean.max() > 0.05
    permutation_importance(fitted, RASTER, Y, n_repeats=2, random_state=0)


@tool("partial_dependence")
def dependence():
    found = partial_dependence(clone(WHOLE).fit(X, Y), X, [2], grid_resolution=5)
    assert found["average"].shape == (3, 5)


@tool("partial_dependence on rasters")
def dependence_rasters():
    partial_dependence(clone(SNN).fit(RASTER, Y), RASTER, [2])


@tool("FrozenEstimator")
def frozen():
    network = clone(SNN).fit(RASTER, Y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(network)).fit(RASTER, Y)
    assert calibrated.score(RASTER, Y) > 0.6
    features = make_pipeline(
        FrozenEstimator(SNNTransformer(8, random_state=0).fit(RASTER, Y)), SpikeCounter(),
        LogisticRegression())
    fits(features)


@tool("set_output")
def output():
    chain = make_pipeline(ENCODER, LZCTransformer()).set_output(transform="pandas").fit(X)
    assert isinstance(
        chain.transform(X), pd.DataFrame) and type(chain[:1].transform(X)) is np.ndarray


@tool("sample_weight")
def sample_weight():
    weight = 1 + np.arange(len(Y)) % 2
    network = clone(SNN).fit(RASTER, Y, sample_weight=weight)
    twice = clone(SNN).fit(RASTER.repeat(weight, axis=0), np.repeat(Y, weight))
    np.testing.assert_array_equal(network.weights_[0], twice.weights_[0])


@tool("metadata routing")
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        scaled = StandardScaler().set_fit_request(sample_weight=True)
        network = clone(SNN).set_fit_request(sample_weight=True)
        chain = make_pipeline(scaled, ENCODER, network)
        chain.fit(X, Y, sample_weight=np.ones(len(Y)))
        assert chain.score(X, Y) > 0.6
        complexity = LZCClassifier(
            estimator=LogisticRegression().set_fit_request(sample_weight=True))
        chain = make_pipeline(clone(ENCODER), complexity.set_score_request(sample_weight=True))
        weight = (np.arange(len(Y)) < 5).astype(float)
        score = chain.fit(X, Y, sample_weight=weight + 1).score(X, Y, sample_weight=weight)
        assert score == (chain.predict(X[:5]) == Y[:5]).mean()


@tool("class_weight")
def class_weight():
    fits(clone(SNN).set_params(class_weight="balanced"))


@tool("callbacks")
def callbacks():
    callback = pytest.importorskip(
        "sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    make_pipeline(ENCODER, clone(SNN).set_callbacks(monitor)).fit(X, Y)
    assert monitor.get_logs()


@tool("sparse features")
def sparse():
    fits(make_pipeline(OneHotEncoder(handle_unknown="ignore"), ENCODER, SNN), X)
    assert scipy.sparse.issparse(OneHotEncoder().fit_transform(X))


@tool("sparse series")
def sparse_series():
    SpikeCounter().fit(scipy.sparse.csr_array(RASTER[:, 0]))


@tool("pandas, polars")
def frames():
    for frame in (pd.DataFrame, pl.DataFrame):
        data = frame({f"feature {k}": column for k, column in enumerate(X.T)})
        assert fits(WHOLE, data).feature_names_in_.tolist() == list(data.columns)


@tool("joblib")
def on_joblib():
    one = cross_val_score(WHOLE, X, Y, cv=2)
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend, n_jobs=2):
            np.testing.assert_array_equal(cross_val_score(WHOLE, X, Y, cv=2), one)


@tool("dask, ray")
def on_clusters():
    # make test-cluster runs them
    source = (Path(__file__).parent / "test_clusters.py").read_text(encoding="utf-8")
    assert all(
        re.search(rf"def test_a_search_on_{engine}_has_the_scores_of_one_process", source)
        for engine in ("dask", "ray"))


@tool("pickle, joblib.dump, skops")
def files():
    fitted = clone(WHOLE).fit(X, Y)
    loaded = skops.io.loads(skops.io.dumps(fitted), trusted=skspike.trusted_types())
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


@tool("HTML repr")
def html():
    for model in (WHOLE, clone(SNN).fit(RASTER, Y)):
        text = model._repr_html_()
        assert all(name in text for name in re.findall("SpikeEncoder|SNNClassifier", repr(model)))


PAGE = (Path(__file__).resolve().parents[1] / "doc" / "tools.rst").read_text(encoding="utf-8")
ROW = r"^   \* - (.+)\n     - (works|refused)\n     - (.*(?:\n       .*)*)"
ROWS = {name: (outcome, text) for name, outcome, text in re.findall(ROW, PAGE, re.M)}


def test_the_page_has_a_row_for_everything_that_is_run_here_and_no_other():
    assert list(ROWS) == list(TOOLS) and len(ROWS) == PAGE.count("   * - ") - 1  # the head


@pytest.mark.parametrize("name", ROWS)
def test_a_tool_works_or_is_refused_as_the_page_says(name):
    outcome, text = ROWS[name]
    if name == "FeatureUnion of encoders" and sklearn.__version__ < "1.7":
        pytest.skip("scikit-learn 1.6 joins arrays of three dimensions, along their channels")
    if outcome == "works":
        TOOLS[name]()
        return
    # the error message, so that a search finds the page
    (words,) = re.findall(r"``\"([^\"]+)\"``", " ".join(text.split()))
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        TOOLS[name]()
