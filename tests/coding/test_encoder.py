"""SpikeEncoder: scaling, clipping, interpolation and seeds."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.coding import CODINGS, Coding, Poisson

COIN = Poisson(max_rate=1000.0)


def encoder(**parameters):
    return SpikeEncoder(**{"coding": COIN, "n_steps": 40, "random_state": 0, **parameters})


@pytest.mark.small
def test_lowest_value_is_silent_and_highest_spikes_always():
    X = np.array([[1.0, -3.0], [2.0, 5.0], [4.0, 0.0]])
    raster = encoder().fit_transform(X)
    assert not raster[0].any()
    assert raster[2, 0].all() and raster[1, 1].all()
    assert 0 < raster[1, 0].mean() < 1


def test_rate_is_the_place_in_the_range_of_the_feature(rng):
    X = np.c_[rng.uniform(-7, 3, 3000), rng.uniform(100, 101, 3000)]
    raster = encoder(coding=Poisson(10.0, 90.0), n_steps=500).fit_transform(X)
    p = 0.01 + 0.08 * (X - X.min(axis=0)) / np.ptp(X, axis=0)
    z = (raster.sum(axis=2) - 500 * p) / np.sqrt(500 * p * (1 - p))
    assert (abs(z.mean(axis=0)) < 5 / np.sqrt(3000)).all()
    assert (abs(z.var(axis=0) - 1) < 5 * np.sqrt(2 / 3000) + 0.02).all()


def test_the_rate_is_per_second_in_steps_of_any_length():
    coding = SpikeEncoder(Poisson(), n_steps=20_000, dt=0.5, random_state=0)
    assert abs(coding.fit_transform([[0], [1]])[1].mean() - 500.0 * 0.5 / 1000) < 0.02


@pytest.mark.small
def test_values_outside_the_fitted_range_are_clipped():
    fitted = encoder().fit([[0.0, 10.0], [1.0, 20.0]])
    np.testing.assert_array_equal(fitted.transform([[-5.0, 35.0]]), fitted.transform([[0.0, 20.0]]))
    np.testing.assert_array_equal(
        fitted.transform([[1e150, -1e150]]), fitted.transform([[1.0, 10.0]]))


@pytest.mark.small
def test_constant_features_have_the_lowest_rate_for_all_later_values():
    fitted = encoder().fit([[3.0, 0.0], [3.0, 1.0]])
    assert not fitted.transform([[3.0, 1.0], [99.0, 0.5], [-99.0, 0.5]])[:, 0].any()
    assert encoder(coding=Poisson(1000.0, 1000.0)).fit_transform([[3.0], [3.0]]).all()


@pytest.mark.small
def test_one_sample_is_a_constant():
    assert not encoder().fit_transform([[3.0, -2.0]]).any()


@pytest.mark.small
def test_the_largest_values_do_not_overflow():
    big = 1e150
    with np.errstate(over="raise", invalid="raise"):
        raster = encoder().fit_transform([[-big], [0.0], [big]])
    assert not raster[0].any() and raster[2].all() and 0.2 < raster[1].mean() < 0.8


@pytest.mark.small
def test_smallest_range_is_not_lost():
    tiny = np.nextafter(0, 1)
    raster = encoder().fit_transform([[0.0], [4 * tiny]])
    assert not raster[0].any() and raster[1].all()


@pytest.mark.small
def test_value_range_holds_for_all_features():
    fitted = encoder(value_range=(0, 10)).fit([[4.0, 5.0], [6.0, 5.0]])
    np.testing.assert_array_equal([fitted.data_min_, fitted.data_max_], [[0, 0], [10, 10]])
    raster = fitted.transform([[0.0, 10.0], [-1.0, 11.0]])
    assert not raster[:, 0].any() and raster[:, 1].all()


@pytest.mark.small
def test_value_range_makes_fits_agree():
    X = np.arange(6.0).reshape(3, 2)
    one, other = (encoder(value_range=(0, 6)).fit(x) for x in (X, X[:1]))
    np.testing.assert_array_equal(one.transform(X), other.transform(X))


def test_rate_follows_a_series(rng):
    t = np.linspace(0, 1, 50)
    shape = 0.5 + 0.4 * np.sin(2 * np.pi * t)
    X = np.empty((3000, 2, 50))
    X[:, 0] = shape
    X[:, 1] = rng.random((3000, 1))  # gives every sample different noise
    raster = encoder(n_steps=50, value_range=(0, 1)).fit_transform(X)
    z = (raster[:, 0].sum(axis=0) - 3000 * shape) / np.sqrt(3000 * shape * (1 - shape))
    assert abs(z).max() < 5


@pytest.mark.parametrize("n_steps", [1, 2, 30, 99, 100, 101, 250])
def test_series_are_interpolated_over_the_same_span(n_steps, rng):
    X = rng.random((3, 2, 100))
    fitted = encoder(n_steps=n_steps, value_range=(0, 1)).fit(X)
    at = np.linspace(0, 99, n_steps)
    expected = [[np.interp(at, np.arange(100), train) for train in sample] for sample in X]
    np.testing.assert_allclose(fitted._scale(X), expected, atol=1e-12)
    assert fitted.transform(X).shape == (3, 2, n_steps)


@pytest.mark.small
def test_series_may_change_their_length_after_fit(rng):
    X = rng.random((4, 2, 10))
    fitted = encoder(n_steps=21).fit(X)
    assert fitted.transform(X[:, :, :7]).shape == (4, 2, 21)
    still = np.full((4, 2, 1), 0.3)
    np.testing.assert_array_equal(
        fitted.transform(still), fitted.transform(np.repeat(still, 10, axis=2)))


@pytest.mark.small
def test_series_are_scaled_per_channel_over_samples_and_time():
    X = np.array([[[0.0, 1.0], [10.0, 30.0]], [[2.0, 4.0], [20.0, 10.0]]])
    fitted = encoder(n_steps=2).fit(X)
    np.testing.assert_array_equal([fitted.data_min_, fitted.data_max_], [[0, 10], [4, 30]])
    raster = fitted.transform(X)
    assert raster[
        0, 0, 0] == 0 and raster[1, 0, 1] == 1 and raster[0, 1, 1] == 1 and raster[1, 1, 1] == 0


@pytest.mark.small
@pytest.mark.parametrize("coding", CODINGS)
def test_name_stands_for_the_default_coding(coding):
    X = np.random.default_rng(0).random((6, 3, 30) if 2 in CODINGS[coding].refuses else (6, 3))
    one, other = (
        SpikeEncoder(c, n_steps=30, random_state=0).fit_transform(X)
        for c in (coding, CODINGS[coding]()))
    np.testing.assert_array_equal(one, other)


@pytest.mark.small
def test_the_docstring_lists_every_coding_and_its_restrictions():
    text = " ".join(SpikeEncoder.__doc__.split())
    assert all(f'"{name}"' in text.partition(" or Coding")[0] for name in CODINGS)
    for ndim, words in ((3, "Features only: "), (2, "Series only: ")):
        listed = text.partition(words)[2].partition(".")[0]
        assert {name for name in CODINGS if f'"{name}"' in listed} == {
            name for name, cls in CODINGS.items() if ndim in cls.refuses}


@pytest.mark.small
def test_given_coding_is_cloned():
    coding = Poisson(max_rate=200.0)
    fitted = encoder(coding=coding).fit([[0.0], [1.0]])
    assert fitted.coding is coding and fitted.coding_ is not coding
    coding.set_params(max_rate=1000.0)
    assert fitted.coding_.max_rate == 200.0


@pytest.mark.small
def test_seed_fixes_the_trains(rng):
    X = rng.random((5, 3))
    one = encoder().fit_transform(X)
    np.testing.assert_array_equal(encoder().fit_transform(X), one)
    np.testing.assert_array_equal(clone(encoder()).fit(X).transform(X), one)
    assert (encoder(random_state=1).fit_transform(X) != one).any()
    assert encoder(random_state=None).fit(X).seed_ != encoder(random_state=None).fit(X).seed_
    fitted = encoder(random_state=None).fit(X)
    np.testing.assert_array_equal(fitted.transform(X), fitted.transform(X))


def test_rasters_behind_pca_do_not_depend_on_the_batch(rng):
    X = rng.normal(size=(300, 40))
    pca, spikes = make_pipeline(PCA(20), encoder()).fit(X)
    z = pca.transform(X)
    alone = np.concatenate([pca.transform(x[np.newaxis]) for x in X])
    nearby = z * (1 + 4e-16)
    np.testing.assert_allclose(alone, z, rtol=1e-9, atol=1e-12)
    assert (nearby != z).any()
    for changed in (alone, nearby):
        np.testing.assert_array_equal(spikes.transform(changed), spikes.transform(z))


@pytest.mark.small
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_give_their_columns_to_the_channels(frame, rng):
    X = rng.random((6, 2))
    data = frame({"length": X[:, 0], "width": X[:, 1]})
    fitted = encoder().fit(data)
    np.testing.assert_array_equal(fitted.feature_names_in_, ["length", "width"])
    np.testing.assert_array_equal(fitted.get_feature_names_out(), ["length", "width"])
    np.testing.assert_array_equal(fitted.transform(data), encoder().fit_transform(X))


@pytest.mark.small
def test_channels_without_names_are_numbered(rng):
    for shape in ((5, 3), (5, 3, 8)):
        fitted = encoder().fit(rng.random(shape))
        assert fitted.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
        assert fitted.get_feature_names_out(["a", "b", "c"]).tolist() == ["a", "b", "c"]
        with pytest.raises(ValueError, match="should have length equal to number of features"):
            fitted.get_feature_names_out(["a"])


@pytest.mark.small
@pytest.mark.parametrize("coding", [name for name, cls in CODINGS.items() if 3 not in cls.refuses])
def test_series_keep_their_length_by_default(coding, rng):
    X = rng.random((4, 2, 37))
    own, told = (
        SpikeEncoder(coding, n_steps=n_steps, random_state=0).fit(X) for n_steps in (None, 37))
    np.testing.assert_array_equal(own.transform(X), told.transform(X))
    assert own.transform(
        X[:, :, :20]).shape[2] == 20 and told.transform(X[:, :, :20]).shape[2] == 37
    assert (own.n_steps_, told.n_steps_) == (None, 37)


@pytest.mark.small
def test_features_have_100_steps_by_default(rng):
    X = rng.random((5, 3))
    np.testing.assert_array_equal(
        SpikeEncoder(random_state=0).fit_transform(X),
        SpikeEncoder(n_steps=100, random_state=0).fit_transform(X))


@pytest.mark.parametrize("coding", [name for name, cls in CODINGS.items() if 3 not in cls.refuses])
def test_pieces_of_a_series_are_encoded_as_the_page_on_streams_says(coding, rng):
    X = rng.normal(size=(20, 2, 40))
    fitted = SpikeEncoder(coding, random_state=0).fit(X)
    whole = fitted.transform(X)
    single = np.concatenate([fitted.transform(X[:, :, t : t + 1]) for t in range(40)], axis=2)
    if coding in ("thermometer", "direct"):
        np.testing.assert_array_equal(single, whole)
    elif coding in ("poisson", "population"):  # other noise
        assert single.mean() == pytest.approx(whole.mean(), rel=0.1)
    else:
        assert single.mean() < 0.1 * whole.mean()


def test_networks_run_series_of_their_own_length(rng):
    X, y = rng.random((12, 2, 37)), np.arange(12) % 2
    inside = SpikeEncoder("delta", random_state=0)
    raster = SpikeEncoder("delta", random_state=0).fit_transform(X)
    network = SNNClassifier(4, encoder=inside, rule=None, random_state=0).fit(X, y)
    outside = SNNClassifier(4, rule=None, random_state=0).fit(raster, y)
    # series and rasters are sorted by content, so the readout is fitted in another order
    np.testing.assert_allclose(
        network.decision_function(X), outside.decision_function(raster), rtol=1e-9)
    assert network.n_steps_ == 37
    assert SNNTransformer(4, encoder=inside, rule=None, random_state=0).fit(X).transform(
        X[:, :, :9]).shape == (12, 4, 9)


def test_range_of_series_is_learned_without_a_copy_of_them(rng):
    X = rng.random((200, 5, 2000))
    tracemalloc.start()
    SpikeEncoder("delta").fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * X.nbytes


WEIGHTED = {
    "features": (np.random.default_rng(0).gamma(1.0, size=(20, 3)), {}),
    "series": (np.random.default_rng(0).gamma(1.0, size=(20, 3, 7)), {}),
    "resampled": (np.random.default_rng(0).gamma(1.0, size=(20, 3, 7)), {"n_steps": 9}),
    "unequal": ([np.random.default_rng(k).gamma(1.0, size=(3, 4 + k % 5)) for k in range(20)], {})}


@pytest.mark.parametrize("coding", ["direct", "integrate_and_fire"])
@pytest.mark.parametrize("kind", WEIGHTED)
def test_a_weight_is_a_number_of_repetitions_in_any_unit(coding, kind):
    X, parameters = WEIGHTED[kind]
    weight = np.arange(20) % 4
    X = X if isinstance(X, list) else list(X)
    X[0] = 9 * X[0]  # outside the range of the others, and of weight 0
    repeated = [X[row] for row in np.repeat(np.arange(20), weight)]
    if kind != "unequal":
        X, repeated = np.array(X), np.array(repeated)
    encoder = SpikeEncoder(coding, random_state=0, **parameters)
    wanted = clone(encoder).fit(repeated)
    for factor in (1, 0.1, 1e300, 2.0**-1000):
        found = clone(encoder).fit(X, sample_weight=weight * factor)
        np.testing.assert_array_equal(found.data_max_, wanted.data_max_)
        np.testing.assert_allclose(found.coding_.mean_, wanted.coding_.mean_, rtol=1e-12)
        np.testing.assert_allclose(found.coding_.scale_, wanted.coding_.scale_, rtol=1e-12)
    assert found.seed_ == wanted.seed_
    plain = clone(encoder).fit(repeated[::2])
    assert np.abs(plain.coding_.mean_ - wanted.coding_.mean_).max() > 1e-3


def test_a_coding_without_weights_gets_repeated_samples():
    class Seen(Coding):
        name = "seen"

        def fit(self, channels):
            self.values_ = [np.round(channel, 6).tolist() for channel in channels]

        def encode(self, x, n_steps, dt, seed, noise_key=None):
            raise NotImplementedError

    X, weight = np.array([[0.0], [2.0], [8.0], [4.0]]), np.array([0.5, 1.5, 1.0, 0.0])
    encoder = SpikeEncoder(Seen()).fit(X, sample_weight=weight)
    assert encoder.coding_.values_ == [[0, 0.25, 0.25, 0.25, 1, 1]]
    assert SpikeEncoder(Seen()).fit(X).coding_.values_ == [[0, 0.25, 1, 0.5]]
    series = SpikeEncoder(Seen()).fit(np.stack([X, 2 * X], axis=2)[:, 0], sample_weight=weight)
    assert [len(values) for values in series.coding_.values_] == [6, 6]


@pytest.mark.small
@pytest.mark.parametrize(("weight", "message"), [
    ([1, 2], "one number for each of the 3 samples"), ([1, -1, 1], "finite and >= 0, got -1"),
    ([0, 0, 0], "at least one sample a weight above 0")])
def test_bad_weights_are_refused(weight, message):
    encoder = SpikeEncoder()
    with pytest.raises(ValueError, match=message):
        encoder.fit(np.eye(3), sample_weight=weight)
    assert not hasattr(encoder, "data_min_")
