"""LZCTransformer and LZCClassifier."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from user_measure import IntervalEntropy

from skspike import LZCClassifier, LZCTransformer
from skspike.complexity import LZ76, MEASURES, BlockEntropy, SampleEntropy, _lzc
from skspike.trains import _raster_features


@pytest.fixture
def raster(rng):
    """Return 40 samples of 3 channels and 120 steps, with a higher rate in the second half."""
    density = np.repeat([0.1, 0.4], 20)[:, np.newaxis, np.newaxis]
    return (rng.random((40, 3, 120)) < density).astype(np.uint8)


@pytest.fixture
def labels():
    return np.repeat(["quiet", "busy"], 20)


@pytest.mark.parametrize("measure", [*MEASURES, BlockEntropy(order=2), IntervalEntropy()], ids=str)
def test_features_are_the_complexities(raster, measure):
    itself = MEASURES[measure]() if isinstance(measure, str) else measure
    for normalize in itself.units:
        features = {
            channels: LZCTransformer(
                measure, normalize=normalize, channels=channels).fit_transform(raster)
            for channels in ("each", "joint", "mean")}
        np.testing.assert_array_equal(features["each"], itself.each(raster, normalize))
        np.testing.assert_array_equal(features["joint"][:, 0], itself.joint(raster, normalize))
        np.testing.assert_array_equal(
            features["mean"][:, 0], itself.each(raster, normalize).mean(axis=1))


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
@pytest.mark.parametrize("channels", ["each", "joint", "mean"])
@pytest.mark.parametrize("kind", ["raster", "series"])
def test_features_are_the_same_from_any_number_of_threads(
        kind, channels, n_jobs, raster, rng, monkeypatch):
    X = raster if kind == "raster" else rng.normal(size=(41, 120))
    lzc = LZCTransformer(
        normalize="entropy", channels=channels, with_counts=True, n_windows=2).fit(X)
    features = lzc.transform(X)
    for module in (_lzc, _raster_features):  # one sample at a time
        monkeypatch.setattr(module, "GROUP_SIZE", 1)
    np.testing.assert_array_equal(lzc.set_params(n_jobs=n_jobs).transform(X), features)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_classes_are_the_same_from_any_number_of_threads(n_jobs, raster, labels, monkeypatch):
    scores = LZCClassifier().fit(raster, labels).decision_function(raster)
    monkeypatch.setattr(_lzc, "GROUP_SIZE", 1)
    lzc = LZCClassifier(n_jobs=n_jobs).fit(raster, labels)
    np.testing.assert_array_equal(lzc.decision_function(raster), scores)


@pytest.mark.parametrize("estimator", [LZCTransformer, LZCClassifier])
def test_a_parameter_of_a_measure_given_by_name_puts_its_object_in_place(estimator):
    lzc = estimator("block_entropy").set_params(measure__order=3)
    assert isinstance(lzc.measure, BlockEntropy) and lzc.measure.order == 3
    lzc.set_params(measure="sample_entropy", measure__order=1)
    assert isinstance(lzc.measure, SampleEntropy) and lzc.measure.order == 1
    with pytest.raises(ValueError, match="Invalid parameter 'order' for estimator LZ76"):
        estimator().set_params(measure__order=3)


def test_a_grid_reaches_the_parameters_of_a_measure(raster, labels):
    pipeline = make_pipeline(LZCTransformer("block_entropy"), LogisticRegression())
    search = GridSearchCV(
        pipeline, {"lzctransformer__measure__order": [1, 3]}, cv=2, error_score="raise").fit(
        raster, labels)
    assert search.best_estimator_[0].measure_.order in (1, 3)
    grid = [
        {"measure": ["lz76", IntervalEntropy()]},
        {"measure": ["block_entropy", "sample_entropy"], "measure__order": [2, 3]}]
    search = GridSearchCV(LZCClassifier(), grid, cv=2, error_score="raise").fit(raster, labels)
    assert len(search.cv_results_["params"]) == 6 and search.best_score_ > 0.9


def test_series_too_short_for_the_measure_give_a_warning(raster):
    message = r"BlockEntropy\(order=30\) has the same value for all series of 30 steps.*needs.*31"
    with pytest.warns(UserWarning, match=message) as warned:
        LZCTransformer(BlockEntropy(order=30)).fit(raster[..., :30])
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LZCTransformer(BlockEntropy(order=30)).fit(raster[..., :31])


def test_the_entropy_normalised_form_has_the_same_names_and_no_nan(raster, labels):
    raster[:, 0], raster[:, 1] = 0, 1
    lzc = LZCTransformer("lz78", normalize="entropy", with_counts=True).fit(raster)
    assert lzc.get_feature_names_out()[:3].tolist() == ["lz78_x0", "lz78_x1", "lz78_x2"]
    features = lzc.transform(raster)
    assert np.isfinite(features).all()
    assert not features[:, :2].any()
    assert np.isfinite(
        LZCClassifier(normalize="entropy").fit(raster, labels).predict_proba(raster)).all()


def test_the_entropy_normalised_form_sees_little_of_a_difference_in_rate_alone(rng):
    density = np.repeat([0.2, 0.4], 100)[:, np.newaxis, np.newaxis]
    raster, y = (rng.random((200, 1, 1000)) < density).astype(np.uint8), np.repeat([0, 1], 100)
    score = {
        form: LZCClassifier(normalize=form, relative=False).fit(raster[::2], y[::2]).score(
            raster[1::2], y[1::2])
        for form in (True, "entropy")}
    assert score[True] == 1
    assert score["entropy"] < 0.8  # 0.59 to 0.72 over six seeds


@pytest.mark.parametrize(
    ("channels", "names"),
    [
        ("each", ["lz76_x0", "lz76_x1", "lz76_x2", "count_x0", "count_x1", "count_x2"]),
        ("joint", ["lz76_joint", "count_x0", "count_x1", "count_x2"]),
        ("mean", ["lz76_mean", "count_mean"]),
    ],
)
def test_counts_follow_the_complexities(raster, channels, names):
    lzc = LZCTransformer(channels=channels, with_counts=True).fit(raster)
    features = lzc.transform(raster)
    assert lzc.get_feature_names_out().tolist() == names
    assert features.shape == (40, len(names))
    counts = raster.sum(axis=2)
    expected = counts.mean(axis=1, keepdims=True) if channels == "mean" else counts
    np.testing.assert_array_equal(features[:, -expected.shape[1] :], expected)
    without = LZCTransformer(channels=channels).fit(raster)
    np.testing.assert_array_equal(
        without.transform(raster), features[:, : len(without.get_feature_names_out())])


@pytest.mark.parametrize("channels", ["each", "joint", "mean"])
@pytest.mark.parametrize("normalize", [True, False, "entropy"])
def test_a_window_gives_what_it_gives_alone(raster, channels, normalize):
    options = {"normalize": normalize, "channels": channels, "with_counts": True}
    lzc = LZCTransformer(**options, n_windows=7).fit(raster)  # windows of 17 and 18 steps
    features, names = lzc.transform(raster), lzc.get_feature_names_out().tolist()
    for k in range(7):
        alone = LZCTransformer(**options).fit(
            window := raster[:, :, 120 * k // 7 : 120 * (k + 1) // 7])
        own = [names.index(f"{name}_w{k}") for name in alone.get_feature_names_out()]
        np.testing.assert_allclose(features[:, own], alone.transform(window), rtol=1e-15)
    assert features.shape[1] == len(names) == 7 * len(own)


def test_features_of_windows_are_named_by_channel_then_window(raster):
    lzc = LZCTransformer(with_counts=True, n_windows=2).fit(raster[:, :2])
    names = [f"{what}_x{c}_w{k}" for what in ("lz76", "count") for c in (0, 1) for k in (0, 1)]
    assert lzc.get_feature_names_out().tolist() == names
    assert LZCTransformer(n_windows=2).fit(raster[:, 0]).get_feature_names_out().tolist() == [
        "lz76_w0", "lz76_w1"]


def test_windows_show_when_a_train_is_complex(rng):
    regular, irregular = np.tile([0, 1], 100), rng.permutation(np.repeat([0, 1], 100))
    y = np.arange(60) % 2
    raster = np.array(
        [
            np.r_[rng.permutation(irregular), regular] if early
            else np.r_[regular, rng.permutation(irregular)]
            for early in y])
    split = {
        n: LZCClassifier(n_windows=n).fit(
            raster[:30, None], y[:30]).score(raster[30:, None], y[30:])
        for n in (1, 2)}
    assert split[2] == 1 and split[1] < 0.8


def test_windows_too_short_for_the_measure_give_a_warning(raster):
    message = "LZ76.* has the same value for all series of 2 steps and needs .* 3.*fewer windows"
    with pytest.warns(UserWarning, match=message):
        LZCTransformer(n_windows=59).fit(raster)
    message = "^n_windows=121 is too many for series of 120 steps: use 120 or fewer"
    with pytest.raises(ValueError, match=message):
        LZCTransformer(n_windows=121).fit(raster)


def test_channels_can_be_named(raster):
    assert LZCTransformer().fit(raster).get_feature_names_out(["a", "b", "c"]).tolist() == [
        "lz76_a", "lz76_b", "lz76_c"]


def test_two_dimensional_input_has_one_feature_a_row(rng):
    X = rng.normal(size=(5, 80))
    for channels in ("each", "joint", "mean"):
        lzc = LZCTransformer(channels=channels, with_counts=True).fit(X)
        assert lzc.get_feature_names_out().tolist() == ["lz76", "count"]
        np.testing.assert_array_equal(
            lzc.transform(X), LZCTransformer(with_counts=True).fit_transform(X))


def binarized(row):
    """Return the complexity and the count of one row."""
    return LZCTransformer(normalize=False, with_counts=True).fit_transform([row])[0].tolist()


@pytest.mark.parametrize(
    ("row", "train"),
    [
        ([3, 1, 2, 5, 4], [0, 0, 0, 1, 1]),  # above the median
        ([1.5, 7, 7, 7, 2], [0, 1, 1, 1, 0]),  # the median is the maximum
        ([0, 1, 1, 0, 1, 1], [0, 1, 1, 0, 1, 1]),
        ([0, 1, 0, 1], [0, 1, 0, 1]),
        ([0, 0, 0, 1], [0, 0, 0, 1]),
        ([0, 0, 0, 0], [0, 0, 0, 0]),
        ([1, 1, 1, 1], [1, 1, 1, 1]),
        ([-3, -1, -1, -1], [0, 1, 1, 1]),
    ],
)
def test_a_row_is_binarised_at_its_median(row, train):
    assert binarized(row) == [LZ76().each(train), sum(train)]


def test_a_row_of_spikes_stays_as_it_is(rng):
    X = (rng.random((50, 31)) < rng.random((50, 1))).astype(float)
    np.testing.assert_array_equal(
        LZCTransformer(normalize=False, with_counts=True).fit_transform(X),
        np.column_stack([LZ76().each(X), X.sum(axis=1)]))


def test_each_row_has_its_own_median(rng):
    X = rng.normal(size=(6, 50))
    scales, shifts = rng.uniform(1, 100, (6, 1)), rng.normal(size=(6, 1))
    np.testing.assert_array_equal(
        LZCTransformer().fit_transform(X), LZCTransformer().fit_transform(X * scales + shifts))


def test_data_frames_come_out(raster):
    pd = pytest.importorskip("pandas", reason="pandas is optional")
    frame = LZCTransformer(with_counts=True).set_output(transform="pandas").fit_transform(raster)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == [
        "lz76_x0", "lz76_x1", "lz76_x2", "count_x0", "count_x1", "count_x2"]


@pytest.mark.parametrize("estimator", [LZCTransformer(), LZCClassifier()])
def test_another_length_than_in_fit_is_refused(estimator, raster, labels):
    estimator = clone(estimator).fit(raster, labels)
    method = getattr(estimator, "transform", None) or estimator.predict
    with pytest.raises(
            ValueError, match="120 steps and got 100. Features depend on the length"):
        method(raster[:, :, :100])
    with pytest.raises(ValueError, match="X has 2 features"):
        method(raster[:, :2])
    with pytest.raises(ValueError, match="fitted on 3-D input and got 2-D"):
        method(raster[:, :, 0])
    flat = clone(estimator).fit(raster[:, 0], labels)
    with pytest.raises(ValueError, match="X has 100 features.*120"):
        getattr(flat, method.__name__)(raster[:, 0, :100])


@pytest.mark.parametrize("estimator", [LZCTransformer, LZCClassifier])
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"measure": "lz77"}, "measure must be one of .*'lz76', 'lz78'.*'lz77'"),
        ({"channels": "all"}, "'each', 'joint', 'mean'"),
        (
            {"normalize": "shuffle"},
            "normalize must be one of True, False, 'entropy', got 'shuffle'")])
def test_unknown_options_are_refused_with_what_is_allowed(
        estimator, params, message, raster, labels):
    with pytest.raises(ValueError, match=message):
        estimator(**params).fit(raster, labels)


def test_a_measure_can_be_an_object(raster):
    np.testing.assert_array_equal(
        LZCTransformer(LZ76()).fit_transform(raster), LZCTransformer().fit_transform(raster))


@pytest.mark.parametrize("estimator", [LZCTransformer(), LZCClassifier()])
def test_values_other_than_spikes_are_refused(estimator, raster, labels):
    with pytest.raises(ValueError, match="found the value 2"):
        clone(estimator).fit(raster * 2, labels)


def test_joint_warns_when_nearly_every_column_is_unique(rng, raster):
    saturated = (rng.random((5, 20, 100)) < 0.5).astype(np.uint8)
    with pytest.warns(UserWarning, match="saturated: 100% of the 100 columns"):
        LZCTransformer(channels="joint").fit(saturated)
    with pytest.warns(UserWarning, match="saturated"):
        LZCTransformer(channels="joint").fit(saturated[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LZCTransformer(channels="joint").fit(raster)
        LZCTransformer(channels="each").fit(saturated)
        LZCTransformer(channels="joint").fit(saturated[:, 0])


def test_a_failed_fit_changes_nothing(raster, labels):
    classifier = LZCClassifier().fit(raster, labels)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match="2 classes"):
        classifier.fit(raster[:, :2], np.zeros(40))
    assert vars(classifier) == before


def test_the_classifier_is_its_features_and_shrinkage_lda(raster, labels):
    features = LZCTransformer(with_counts=True).fit_transform(raster)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(features, labels)
    lzc = LZCClassifier(with_counts=True, relative=False).fit(raster, labels)
    assert lzc.classes_.tolist() == ["busy", "quiet"]
    assert lzc.score(raster, labels) == 1
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(lzc, method)(raster), getattr(lda, method)(features))


def test_nearest_centroid_gives_the_nearest_class_mean(raster, labels):
    lzc = LZCClassifier(channels="mean", estimator=NearestCentroid()).fit(raster, labels)
    bits = LZ76().each(raster, normalize=True).mean(axis=1)
    means = np.array([bits[labels == name].mean() for name in lzc.classes_])
    distance = np.abs(bits[:, np.newaxis] - means)
    np.testing.assert_array_equal(lzc.predict(raster), lzc.classes_[distance.argmin(axis=1)])


@pytest.mark.parametrize(
    "inner",
    [
        None, NearestCentroid(), RidgeClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression())])
def test_methods_are_those_of_the_inner_classifier(inner, raster, labels):
    lzc = LZCClassifier(estimator=inner)
    for estimator in (lzc, clone(lzc).fit(raster, labels)):
        for method in ("predict_proba", "predict_log_proba", "decision_function"):
            assert hasattr(estimator, method) == hasattr(
                inner or LinearDiscriminantAnalysis(), method)


def test_the_given_classifier_is_not_fitted(raster, labels):
    inner = NearestCentroid()
    LZCClassifier(estimator=inner).fit(raster, labels)
    assert not hasattr(inner, "centroids_")


def test_a_grid_reaches_everything(raster, labels):
    grid = {
        "lzcclassifier__normalize": [True, False],
        "lzcclassifier__channels": ["each", "mean"],
        "lzcclassifier__estimator__shrinkage": [0.1, "auto"],
    }
    search = GridSearchCV(
        make_pipeline(LZCClassifier()), grid, cv=2, error_score="raise").fit(raster, labels)
    assert search.best_score_ > 0.9
    search = GridSearchCV(
        LZCClassifier(), {"estimator": [None, NearestCentroid()]}, cv=2, error_score="raise").fit(
        raster, labels)
    assert search.best_score_ > 0.9


def test_a_parameter_of_the_default_classifier_puts_it_in_place():
    lzc = LZCClassifier().set_params(estimator__shrinkage=0.3)
    assert (lzc.estimator.solver, lzc.estimator.shrinkage) == ("lsqr", 0.3)


def test_features_unite(raster):
    union = FeatureUnion(
        [("each", LZCTransformer()), ("joint", LZCTransformer(channels="joint"))]).fit(raster)
    assert union.transform(raster).shape == (40, 4)
    assert union.get_feature_names_out().tolist() == [
        "each__lz76_x0", "each__lz76_x1", "each__lz76_x2", "joint__lz76_joint"]


@pytest.mark.parametrize(
    "params", [{}, {"with_counts": True}, {"channels": "mean"}, {"channels": "joint"}])
@pytest.mark.parametrize("n_samples", [3, 6])
def test_few_samples_and_constant_channels_give_finite_answers(params, n_samples, raster):
    X = raster[np.linspace(0, 39, n_samples).astype(int)]
    X[:, 1] = 0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Only one sample available")
        lzc = LZCClassifier(**params).fit(X, np.arange(n_samples) // (n_samples - n_samples // 2))
    assert set(lzc.predict(raster)) <= {0, 1}
    assert np.isfinite(lzc.predict_proba(raster)).all()


def test_nearest_centroid_separates_classes_without_variance():
    raster = np.tile(np.array([[[0, 1] * 20], [[0] * 40]], dtype=np.uint8), (3, 1, 1))
    y = np.tile([0, 1], 3)
    lzc = LZCClassifier(relative=False, estimator=NearestCentroid())
    assert lzc.fit(raster, y).score(raster, y) == 1
    assert np.isfinite(LZCClassifier().fit(raster, y).predict_proba(raster)).all()


@pytest.mark.parametrize("y", [np.zeros(40), np.full(40, "a")])
def test_a_single_class_is_refused(raster, y):
    with pytest.raises(ValueError, match="at least 2 classes, got 1 class in n_samples = 40"):
        LZCClassifier().fit(raster, y)
    with pytest.raises(ValueError, match="n_samples = 1"):
        LZCClassifier().fit(raster[:1], y[:1])


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("estimator", [None, LogisticRegression()])
def test_decisions_without_checks_equal_those_of_the_inner_classifier(rng, estimator, n_classes):
    X = (rng.random((60, 3, 80)) < 0.3).astype(np.uint8)
    model = LZCClassifier(relative=False, estimator=estimator).fit(X, np.arange(60) % n_classes)
    features = LZCTransformer().fit_transform(X)
    for method in ("predict", "decision_function"):
        expected = getattr(model.estimator_, method)(features)
        assert np.array_equal(getattr(model, method)(X), expected)
