"""Series and rasters of unequal length: each sample as if it were alone."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

from skspike import LZCClassifier, LZCTransformer, SpikeCounter, SpikeEncoder, SpikingRocket
from skspike._base import Ragged, collected, rows_by_length
from skspike.coding import CODINGS, Direct, IntegrateAndFire
from skspike.complexity import LZ76
from skspike.trains import firing_rate

pytestmark = pytest.mark.small

LENGTHS = 12, 25, 12, 31, 18, 25, 40, 9
Y = np.arange(len(LENGTHS)) % 2


@pytest.fixture
def series(rng):
    """Return random walks of 2 channels."""
    return [rng.normal(size=(2, length)).cumsum(axis=1) for length in LENGTHS]


@pytest.fixture
def rasters(rng):
    """Return rasters of 3 channels."""
    return [rng.integers(0, 2, (3, length), dtype=np.uint8) for length in LENGTHS]


def objects(samples):
    """Return samples as an array of objects."""
    array = np.empty(len(samples), object)
    array[:] = samples
    return array


def encoders():
    """Return an encoder of series for each coding, and one that interpolates."""
    codings = [name for name, cls in CODINGS.items() if 3 not in cls.refuses]
    return [
        *(SpikeEncoder(coding, random_state=0) for coding in codings),
        SpikeEncoder(Direct(differences=True)), SpikeEncoder(n_steps=20)]


TRANSFORMERS = {
    "rocket": SpikingRocket(70, random_state=0), "counter": SpikeCounter(n_windows=3),
    "lzc": LZCTransformer(n_windows=2, with_counts=True), "joint": LZCTransformer(channels="joint"),
    "mean": LZCTransformer(channels="mean", normalize="entropy")}
every_transformer = pytest.mark.parametrize(
    "transformer", TRANSFORMERS.values(), ids=list(TRANSFORMERS))


def assert_equal(found, expected):
    """Check that two results, arrays or arrays of arrays, are the same bit for bit."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("encoder", encoders(), ids=str)
def test_a_series_has_the_same_raster_alone_and_in_a_batch(encoder, series):
    encoder = clone(encoder).fit(series)
    together = encoder.transform(series)
    for sample, raster in zip(series, together, strict=True):
        assert_equal(encoder.transform([sample]), [raster])
        assert_equal(encoder.transform(sample[None]), [raster])
    assert_equal(encoder.transform(series[::-1]), together[::-1])
    assert_equal(encoder.set_params(n_jobs=2).transform(objects(series)), together)


def test_rasters_are_as_long_as_their_series(series):
    rasters = SpikeEncoder().fit_transform(series)
    assert rasters.shape == (8,) and rasters.dtype == object
    assert [raster.shape for raster in rasters] == [(8, length) for length in LENGTHS]
    assert {raster.dtype for raster in rasters} == {np.dtype(np.uint8)}
    assert SpikeEncoder(n_steps=20).fit_transform(series).shape == (8, 8, 20)


def test_series_of_equal_length_give_an_array(series):
    encoder = SpikeEncoder().fit(series)
    assert encoder.transform([series[0], series[2]]).shape == (2, 8, 12)
    assert encoder.transform(objects([series[0], series[2]])).shape == (2, 8, 12)


def test_range_and_moments_are_of_all_real_values(series):
    joined = np.concatenate(series, axis=1)
    encoder = SpikeEncoder(Direct(differences=True)).fit(series)
    np.testing.assert_array_equal(encoder.data_min_, joined.min(axis=1))
    np.testing.assert_array_equal(encoder.data_max_, joined.max(axis=1))
    low, span = joined.min(axis=1), np.ptp(joined, axis=1)
    np.testing.assert_allclose(encoder.coding_.mean_, (joined.mean(axis=1) - low) / span)
    np.testing.assert_allclose(encoder.coding_.scale_[0], joined.std(axis=1) / span)
    # the difference is 0 in the first step of each sample, and not the jump between two samples
    differences = np.concatenate(
        [np.diff(sample, axis=1, prepend=sample[:, :1]) for sample in series], axis=1)
    rms = np.sqrt((differences**2).mean(axis=1)) / span
    np.testing.assert_allclose(encoder.coding_.scale_[1], rms)
    rocket = SpikingRocket(8).fit(series)
    np.testing.assert_allclose(rocket.mean_, joined.mean(axis=1))
    np.testing.assert_allclose(rocket.scale_, joined.std(axis=1))
    np.testing.assert_allclose(
        rocket.difference_scale_, (differences / joined.std(axis=1)[:, None]).std(axis=1))


@every_transformer
def test_a_sample_has_the_same_features_alone_and_in_a_batch(transformer, rasters):
    transformer = clone(transformer).fit(rasters)
    together = transformer.transform(rasters)
    assert together.shape == (8, len(transformer.get_feature_names_out()))
    for sample, features in zip(rasters, together, strict=True):
        assert_equal(transformer.transform([sample]), [features])
        assert_equal(transformer.transform(sample[None]), [features])
    assert_equal(transformer.transform(objects(rasters[::-1])), together[::-1])
    restored = pickle.loads(pickle.dumps(transformer))
    if hasattr(restored, "n_jobs"):
        restored.set_params(n_jobs=2)
    assert_equal(restored.transform(rasters), together)


@pytest.mark.parametrize("name", ["counter", "lzc", "joint", "mean"])
def test_features_are_those_of_a_fit_on_samples_of_one_length(name, rasters):
    found = clone(TRANSFORMERS[name]).fit_transform(rasters)
    for length in set(LENGTHS):
        rows = np.flatnonzero(np.array(LENGTHS) == length)
        equal = np.stack([rasters[row] for row in rows])
        assert_equal(clone(TRANSFORMERS[name]).fit_transform(equal), found[rows])


def test_windows_are_fractions_of_the_length_of_a_sample(rasters):
    counts = SpikeCounter(n_windows=2).fit_transform(rasters)
    for sample, row in zip(rasters, counts, strict=True):
        half = sample.shape[1] // 2
        parts = np.stack([sample[:, :half].sum(axis=1), sample[:, half:].sum(axis=1)], axis=1)
        np.testing.assert_array_equal(row, parts.ravel())


@pytest.mark.parametrize("name", ["rocket", "counter", "lzc", "encoder"])
def test_series_without_channels_are_series_of_one_channel(name, series):
    flat = [sample[0] for sample in series]
    transformer = {**TRANSFORMERS, "encoder": SpikeEncoder()}[name]
    fitted = clone(transformer).fit(flat)
    assert (fitted.n_features_in_, fitted._n_dims_in, fitted._equal_length_in) == (1, 3, False)
    together = fitted.transform(flat)
    for sample, result in zip(flat, together, strict=True):
        assert_equal(fitted.transform([sample]), [result])
        assert_equal(fitted.transform(sample[None]), [result])
    if name in ("rocket", "encoder"):
        assert_equal(clone(transformer).fit_transform([row[None] for row in flat]), together)


def test_series_without_channels_are_binarised_at_their_own_median(series):
    counts = SpikeCounter().fit_transform([sample[0] for sample in series])
    above = [(sample[0] > np.median(sample[0])).sum() for sample in series]
    np.testing.assert_array_equal(counts[:, 0], above)


def test_missing_values_are_interpolated_within_a_series(series):
    series[1][0, :3], series[3][1, -2:], filled = np.nan, np.nan, [x.copy() for x in series]
    filled[1][0, :3], filled[3][1, -2:] = series[1][0, 3], series[3][1, -3]
    encoder = SpikeEncoder(missing="interpolate")
    assert_equal(encoder.fit_transform(series), encoder.fit_transform(filled))
    with pytest.raises(ValueError, match="contains NaN"):
        SpikeEncoder().fit(series)


def test_model_selection_and_pipelines_take_lists_and_arrays_of_objects(series):
    model = make_pipeline(
        SpikeEncoder(), SpikeCounter(), RidgeClassifierCV())
    for X in (series, objects(series)):
        assert cross_val_score(model, X, Y, cv=2).shape == (2,)
        train, test, y, _ = train_test_split(X, Y, random_state=0)
        assert model.fit(train, y).predict(test).shape == (2,)
    assert make_pipeline(SpikeEncoder(), LZCClassifier()).fit(series, Y).predict(series).shape == (
        8,)


def test_estimators_fitted_on_equal_lengths_refuse_others(rasters):
    equal = np.stack([rasters[0], rasters[2]])
    for transformer in TRANSFORMERS.values():
        fitted = clone(transformer).fit(equal)
        with pytest.raises(ValueError, match="fit on samples of unequal length"):
            fitted.transform(rasters)
    with pytest.raises(ValueError, match="fitted on 2-D input and got samples of unequal length"):
        SpikeEncoder().fit(equal[:, 0]).transform(rasters)


def test_samples_must_be_arrays_with_the_same_channels(series):
    mixed = [*series, series[0][0]]
    cases = {
        r"same number of channels.*\(2, 12\), \(2, 25\).*x.T": mixed,
        r"same number of channels.*\(12, 2\).*x.T": [sample.T for sample in series],
        r"at least one channel and one step.*\(2, 0\) in sample 1": [
            series[0], series[1][:, :0]],
        "Input X contains infinity": [series[0], series[1] + np.inf],
        "is expecting 2 features": [sample[:1] for sample in series]}
    encoder = SpikeEncoder().fit(series)
    for words, X in cases.items():
        with pytest.raises(ValueError, match=words):
            encoder.transform(X)
    for transformer in (SpikeEncoder(), SpikingRocket(8), SpikeCounter(), LZCTransformer()):
        with pytest.raises(ValueError, match="list of arrays.*from_spike_times"):
            clone(transformer).fit([[0.0, 1.0], [0.0]])
    with pytest.raises(ValueError, match="n_windows=3 is too many for series of 2 steps"):
        SpikeCounter(n_windows=3).fit([np.eye(3), np.eye(3)[:, :2]])
    with pytest.raises(ValueError, match="n_windows=3 is too many for series of 2 steps"):
        SpikeCounter(n_windows=3).fit([np.eye(3), np.ones((3, 5))]).transform([np.eye(3)[:, :2]])
    with pytest.raises(ValueError, match="0 and 1 only"):
        SpikeCounter().fit(series)


def test_functions_that_need_one_array_say_so(rasters):
    for X in (rasters, objects(rasters)):
        for function in (LZ76().each, firing_rate):
            with pytest.raises(ValueError, match="rows have equal lengths.*list of arrays"):
                function(X)


def test_an_encoder_of_unequal_series_streams(series):
    encoder = SpikeEncoder(IntegrateAndFire()).fit(series)
    stream = encoder.stream()
    for sample in series[:3]:
        stream.reset()
        np.testing.assert_array_equal(stream.step(sample), encoder.transform([sample])[0])


def test_ragged_samples_behave_like_an_array(series):
    ragged = collected(series, "test")
    assert isinstance(ragged, Ragged)
    assert (len(ragged), ragged.ndim, ragged.shape) == (8, 3, (8, 2, 40))
    assert_equal(list(ragged), series)
    assert_equal(list(ragged[2:5]), series[2:5])
    assert_equal(list(ragged[np.array([5, 0])]), [series[5], series[0]])
    assert [rows.tolist() for rows in rows_by_length(ragged.lengths)] == [
        [7], [0, 2], [4], [1, 5], [3], [6]]
    stacked = ragged.stacked(np.array([5, 1]))
    np.testing.assert_array_equal(stacked, np.stack([series[5], series[1]]))
