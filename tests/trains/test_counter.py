"""SpikeCounter: counts, windows and names of features."""

import numpy as np
import pandas as pd
import pytest

from skspike import LZCTransformer, SpikeCounter
from skspike._base import part_bounds

pytestmark = pytest.mark.small


@pytest.fixture
def raster(rng):
    """Return 8 samples of 3 channels and 11 steps."""
    return (rng.random((8, 3, 11)) < 0.4).astype(np.uint8)


@pytest.mark.parametrize("n_windows", range(1, 12))
def test_counts_are_those_of_each_window(raster, n_windows):
    found = SpikeCounter(n_windows).fit_transform(raster)
    assert found.dtype == float and found.flags.c_contiguous
    for b, c, k in np.ndindex(8, 3, n_windows):
        start, stop = 11 * k // n_windows, 11 * (k + 1) // n_windows
        assert found[b, c * n_windows + k] == sum(raster[b, c, t] for t in range(start, stop))


@pytest.mark.parametrize(("n_steps", "n_windows"), [(7, 1), (100, 10), (11, 4), (250, 7), (5, 5)])
def test_windows_cover_all_steps_and_differ_by_one_at_most(n_steps, n_windows):
    edges = part_bounds(n_steps, n_windows)
    assert edges[0] == 0 and edges[-1] == n_steps and len(edges) == n_windows + 1
    assert set(np.diff(edges)) <= {n_steps // n_windows, -(-n_steps // n_windows)}


def test_counts_of_long_trains_do_not_wrap_around():
    assert SpikeCounter().fit_transform(np.ones((1, 1, 70_000), np.uint8)).tolist() == [[70_000.0]]


def test_one_window_gives_the_counts_that_complexity_appends(raster):
    both = LZCTransformer(with_counts=True).fit(raster)
    counter = SpikeCounter().fit(raster)
    np.testing.assert_array_equal(counter.transform(raster), both.transform(raster)[:, 3:])
    np.testing.assert_array_equal(counter.get_feature_names_out(), both.get_feature_names_out()[3:])


def test_counts_are_named_by_channel_and_window(raster):
    counter = SpikeCounter(2).fit(raster)
    assert counter.get_feature_names_out().tolist() == [
        f"count_x{c}_w{k}" for c in range(3) for k in range(2)]
    assert counter.get_feature_names_out(["a", "b", "c"]).tolist()[-2:] == [
        "count_c_w0", "count_c_w1"]
    with pytest.raises(ValueError, match="should have length equal to number of features"):
        counter.get_feature_names_out(["a"])
    named = SpikeCounter().fit(
        pd.DataFrame(raster[:, 0], columns=[f"t{k}" for k in range(raster.shape[2])]))
    with pytest.raises(ValueError, match="not equal to feature_names_in_"):
        named.get_feature_names_out([f"s{k}" for k in range(raster.shape[2])])
    assert SpikeCounter().fit(raster[:, 0]).get_feature_names_out().tolist() == ["count"]
    assert SpikeCounter(2).fit(raster[:, 0]).get_feature_names_out().tolist() == [
        "count_w0", "count_w1"]


def test_rows_of_two_dimensional_input_are_series(raster):
    rows = raster[:, 0]
    np.testing.assert_array_equal(
        SpikeCounter(3).fit_transform(rows), SpikeCounter(3).fit_transform(raster[:, :1]))
    ramp = np.arange(10.0)[np.newaxis]
    assert SpikeCounter(2).fit_transform(ramp).tolist() == [[0.0, 5.0]]  # binarised at its median


@pytest.mark.parametrize(
    ("dtype", "largest"), [(np.float32, np.finfo(np.float32).max), (np.float64, 1e150)])
def test_rows_of_the_largest_numbers_are_series_like_any_other(dtype, largest):
    row = np.array([0.8, 1.0, 0.9, 0.7], dtype)
    large = largest * row
    with np.errstate(over="raise"):
        np.testing.assert_array_equal(
            SpikeCounter().fit_transform([large, -large, row]), [[2], [2], [2]])


def test_set_output_gives_data_frames(raster):
    frame = SpikeCounter(2).set_output(transform="pandas").fit_transform(raster)
    assert isinstance(frame, pd.DataFrame) and list(frame.columns[:2]) == [
        "count_x0_w0", "count_x0_w1"]


@pytest.mark.parametrize(("X", "steps"), [
    (np.zeros((4, 3, 11), np.uint8), "11 steps"),
    (np.zeros((4, 11)), r"n_features=11 steps \(2-D input\)")], ids=["3-D", "2-D"])
def test_more_windows_than_steps_are_refused_with_the_way_out(X, steps):
    counter = SpikeCounter(12)
    with pytest.raises(
            ValueError, match=f"^n_windows=12 is too many for series of {steps}: use 11 or fewer"):
        counter.fit(X)
    assert vars(counter) == {"n_windows": 12}


@pytest.mark.parametrize(
    ("value", "error"),
    [(0, ValueError), (-1, ValueError), (2.0, TypeError), ("2", TypeError), (None, TypeError)])
def test_a_number_of_windows_is_a_positive_integer(value, error, raster):
    with pytest.raises(error, match="^n_windows must be an integer"):
        SpikeCounter(value).fit(raster)
