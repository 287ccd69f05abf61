"""`SlidingDecoder` scores windows of time, and classifies from the best one."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, SlidingDecoder, SNNTransformer
from skspike._meta._sliding import _permuted

pytestmark = pytest.mark.small
Y = np.arange(80) % 2


@pytest.fixture
def raster(rng):
    """Rasters of 40 steps. In class 1, four channels fire more from step 16 to 23."""
    X = (rng.random((80, 4, 40)) < 0.1).astype(np.uint8)
    X[Y == 1, :, 16:24] |= rng.random((40, 4, 8)) < 0.25
    return X


def decoder(estimator=GaussianNB(), **parameters):
    return SlidingDecoder(estimator, **{"window": 8.0, "step": 4.0, "cv": 3, **parameters})


def test_scores_are_those_of_cross_validation_on_the_counts_of_each_window(raster):
    found = decoder().fit(raster, Y)
    assert found.windows_.tolist() == [[start, start + 8] for start in range(0, 33, 4)]
    for (start, stop), scores in zip(found.windows_.astype(int), found.scores_.T, strict=True):
        counts = raster[..., start:stop].sum(axis=2)
        np.testing.assert_array_equal(
            scores, cross_val_score(GaussianNB(), counts, Y, cv=StratifiedKFold(3)))
    assert found.best_window_ == (16.0, 24.0) and found.best_score_ == found.scores_[:, 4].mean()
    counts = raster[..., 16:24].sum(axis=2)
    np.testing.assert_array_equal(
        found.predict_proba(raster), GaussianNB().fit(counts, Y).predict_proba(counts))


def test_windows_are_in_milliseconds_and_series_are_summed(raster, rng):
    series = raster + 0.1 * rng.normal(size=raster.shape)
    found = decoder(window=4.0, step=None, dt=0.5).fit(series, Y)
    np.testing.assert_array_equal(np.diff(found.windows_[:, 0]), 2.0)
    assert found.best_window_ == (8.0, 12.0)
    assert found.estimator_.theta_.shape == (2, 4)
    row = decoder().fit(series[:, 0], Y)  # a row is one series
    one = decoder().fit(series[:, :1], Y)
    np.testing.assert_array_equal(row.scores_, one.scores_)


def test_the_diagonal_of_generalization_has_the_scores_of_the_windows(raster):
    found = decoder(generalize=True).fit(raster, Y)
    assert found.generalization_scores_.shape == (3, 9, 9)
    np.testing.assert_array_equal(found.scores_, decoder().fit(raster, Y).scores_)
    train, test = next(StratifiedKFold(3).split(raster, Y))
    model = GaussianNB().fit(raster[train, :, 16:24].sum(axis=2), Y[train])
    elsewhere = model.score(raster[test, :, :8].sum(axis=2), Y[test])
    assert found.generalization_scores_[0, 4, 0] == elsewhere
    assert not hasattr(found.set_params(generalize=False).fit(raster, Y), "generalization_scores_")


def test_a_classifier_of_rasters_gets_the_windows_themselves(raster):
    found = decoder(LZCClassifier(), summed=False).fit(raster, Y)
    assert found.estimator_.n_steps_in_ == 8 and found.estimator_.n_features_in_ == 4


def test_the_raster_of_a_network_is_decoded_in_a_pipeline(raster):
    network = SNNTransformer(16, rule=None, random_state=0)
    model = make_pipeline(network, decoder()).fit(raster, Y)
    assert model.predict(raster).shape == (80,) and model[-1].n_features_in_ == 16


def test_folds_keep_groups_together(raster):
    groups = np.arange(80) // 10
    found = decoder().fit(raster, Y, groups=groups)
    expected = decoder(cv=StratifiedGroupKFold(3)).fit(raster, Y, groups=groups)
    np.testing.assert_array_equal(found.scores_, expected.scores_)
    assert not np.array_equal(found.scores_, decoder().fit(raster, Y).scores_)


def test_labels_are_permuted_within_blocks_or_with_whole_blocks(rng):
    groups = np.arange(80) // 10
    seed = np.random.RandomState(0)
    within = _permuted(Y, groups, seed)
    assert [sum(within[groups == k]) for k in range(8)] == [5] * 8 and (within != Y).any()
    blocks = np.repeat([0, 1] * 4, 10)
    for _ in range(3):
        labels = _permuted(blocks, groups, seed).reshape(8, 10)
        assert (labels == labels[:, :1]).all() and labels[:, 0].sum() == 4
    assert sorted(_permuted(Y, None, seed)) == sorted(Y)


def test_drift_fools_mixed_folds_and_not_blocks(rng):
    blocks = np.arange(160) // 20
    y = np.repeat(rng.permutation([0, 1] * 4), 20)  # one label in each block
    rate = rng.uniform(0.1, 0.6, (8, 6))[blocks]  # each block has its rates, without information
    X = (rng.random((160, 6, 40)) < rate[:, :, None]).astype(np.uint8)
    mixed = decoder(window=40.0, cv=StratifiedKFold(4, shuffle=True, random_state=0)).fit(X, y)
    apart = decoder(window=40.0, cv=4).fit(X, y, groups=blocks)
    assert mixed.best_score_ > 0.75 and apart.best_score_ < 0.65


def test_the_band_of_chance_contains_labels_without_information_and_not_the_response(raster, rng):
    found = decoder(n_permutations=39, random_state=0).fit(raster, Y)
    low, high = found.chance_band()
    assert low < 0.5 < high < found.best_score_
    assert found.chance_scores_.shape == (39, 9)
    np.testing.assert_array_equal(
        clone(found).fit(raster, Y).chance_scores_, found.chance_scores_)
    # of 39 permutations and the scores, one is the highest, and one the lowest
    assert high == found.chance_scores_.max() and low == found.chance_scores_.min()


def test_bad_input_is_named(raster):
    with pytest.raises(ValueError, match="window must be .* <= 40.0, got 50.0"):
        decoder(window=50.0).fit(raster, Y)
    with pytest.raises(ValueError, match="needs samples of equal length"):
        decoder().fit([x[:, : 30 + k % 2] for k, x in enumerate(raster)], Y)
    with pytest.raises(ValueError, match="cv must be an integer >= 2, a splitter .*, got 'no'"):
        decoder(cv="no").fit(raster, Y)
    with pytest.raises(ValueError, match="cv=50 folds .* the smallest class has 40"):
        decoder(cv=50).fit(raster, Y)
    with pytest.raises(ValueError, match="scoring must be a name .*, got 'no'"):
        decoder(scoring="no").fit(raster, Y)
    with pytest.raises(ValueError, match="Fit with n_permutations=39 or more"):
        decoder().fit(raster, Y).chance_band()
    with pytest.raises(ValueError, match="fitted on series of 40 steps and got 39"):
        decoder().fit(raster, Y).predict(raster[..., 1:])


def test_a_window_whose_score_is_nan_is_not_chosen(raster):
    def scoring(model, X, y):
        return np.mean(model.predict(X) == y) if X.any() else np.nan

    raster[..., 28:36] = 0  # one silent window
    found = decoder(scoring=scoring, n_permutations=39, random_state=0).fit(raster, Y)
    assert np.isnan(found.scores_).sum() == 3
    assert found.best_score_ == np.nanmax(found.scores_.mean(axis=0))
    assert np.isfinite(found.chance_band()).all()
    with pytest.raises(ValueError, match="scoring returned NaN in each window"):
        decoder(scoring=scoring).fit(np.zeros_like(raster), Y)


@pytest.mark.parametrize("name", ["window", "step"])
def test_the_whole_sample_is_allowed_if_its_length_is_rounded(raster, name):
    assert 24 * 0.3 < 7.2
    found = decoder(**{"dt": 0.3, "window": 3.0, name: 7.2}).fit(raster[..., :24], Y)
    assert found.best_window_[0] == 0.0 and len(found.windows_) == 1
    with pytest.raises(ValueError, match=f"{name} must be .* <= 7.2, got 7.3"):
        decoder(**{"dt": 0.3, "window": 3.0, name: 7.3}).fit(raster[..., :24], Y)


def test_few_groups_give_as_many_folds_and_more_folds_are_refused(raster):
    groups = np.arange(80) // 20
    assert len(decoder(cv=None).fit(raster, Y, groups=groups).scores_) == 4
    with pytest.raises(ValueError, match="cv=5 folds need as many groups, got 4"):
        decoder(cv=5).fit(raster, Y, groups=groups)
