"""Conversions of spike times, events and arrays. Other packages are in test_io_peers.py."""

import re
import tracemalloc
import warnings
from fractions import Fraction

import naive
import numpy as np
import pandas as pd
import pytest
from cases import ESTIMATORS, FLAT, RASTER, Y, out
from event_samples import EVENTS, events_of
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skspike import LZCTransformer, SNNClassifier, SpikeCounter
from skspike.io import from_array, from_spike_times, from_tonic, to_neo, to_pynapple, to_spike_times

SCALE = {"s": 1000, "ms": 1, "us": Fraction(1, 1000)}


def decimal_case(rng):
    """Return channels of exact decimal times in ms, half of them on edges, and exact bins."""
    width = Fraction(int(rng.integers(1, 400)), int(rng.choice([1, 10, 100])))
    start, n_steps = Fraction(int(rng.integers(-(10**7), 10**7)), 100), int(rng.integers(1, 40))
    edges = [start + int(k) * width for k in rng.integers(-2, n_steps + 3, 15)]
    between = [
        start + Fraction(int(t), 1000)
        for t in rng.integers(-1000, int(n_steps * width * 1000) + 1000, 15)]
    return [edges, between, []], width, start, n_steps


def test_a_spike_falls_into_the_step_that_begins_at_or_before_it_in_exact_arithmetic(rng):
    for case in range(200):
        trains, width, start, n_steps = decimal_case(rng)
        unit = ("s", "ms", "us")[case % 3]
        given = [[[float(t / SCALE[unit]) for t in train] for train in trains]]
        window = {"t_start": float(start), "t_stop": float(start + n_steps * width)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graded, info = from_spike_times(
                given, bin_width=float(width), unit=unit, counts=True, return_info=True, **window)
            raster, clipped = from_spike_times(
                given, bin_width=float(width), unit=unit, return_info=True, **window)
        expected = naive.binned(trains, start, width, n_steps)
        np.testing.assert_array_equal(graded[0], expected)
        np.testing.assert_array_equal(raster[0], np.minimum(expected, 1))
        assert raster.dtype == np.uint8 and raster.flags.c_contiguous and graded.dtype == np.float32
        assert info.n_spikes == clipped.n_spikes == 30 and info.n_clipped == 0
        assert info.n_outside == clipped.n_outside == 30 - expected.sum()
        assert clipped.n_clipped == expected.sum() - raster.sum()


def test_times_that_overflow_in_ms_are_refused_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"trials\[0\]\[0\] must hold finite times"):
            from_spike_times([[[1.7e308]]], bin_width=1, t_start=0, t_stop=1, unit="s")


def test_rasters_come_back_from_their_times_bit_for_bit(rng):
    for case in range(200):
        shape = (*rng.integers(1, 8, 2).tolist(), int(rng.integers(1, 60)))
        raster = (rng.random(shape) < rng.random()).astype(np.uint8)
        width, unit = float(10 ** rng.uniform(-3, 3)), ("s", "ms", "us")[case % 3]
        starts = rng.uniform(-1e6, 1e6, len(raster))
        times = to_spike_times(raster, bin_width=width, t_start=starts, unit=unit)
        stops = starts + raster.shape[2] * width
        back, info = from_spike_times(
            times, bin_width=width, t_start=starts, t_stop=stops, unit=unit, return_info=True)
        np.testing.assert_array_equal(back, raster)
        assert info[3:6] == (raster.sum(), 0, 0)
        np.testing.assert_array_equal(info.t_start, starts)


def test_times_in_float32_keep_their_bins_on_edges():
    k = np.arange(0, 100_000, 7)
    raster = from_spike_times(
        [[(k / 1000).astype(np.float32)]], bin_width=1, t_start=0, t_stop=100_000, unit="s")
    np.testing.assert_array_equal(np.flatnonzero(raster), k)


def test_times_too_coarse_for_the_bins_are_refused():
    with pytest.raises(
            ValueError, match="exact to .* ms only, too coarse for bins of 0.01 ms. Pass float64"):
        from_spike_times([[np.float32([1000.0])]], bin_width=0.01, t_start=0, t_stop=1e7, unit="s")
    times, window = [[np.float32([1000.0])]], {"t_start": 1e6 - 3, "t_stop": 1e6 + 3}
    # exact to 0.12 ms
    assert from_spike_times(times, bin_width=0.25, **window, unit="s").sum() == 1
    with pytest.raises(ValueError, match="too coarse for bins of 0.2 ms"):
        from_spike_times(times, bin_width=0.2, **window, unit="s")


def test_losses_above_one_percent_cause_a_warning_and_the_info_has_all():
    train = np.arange(200) * 5.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raster, info = from_spike_times(
            [[[*train, 7.5, 1000.0]]], bin_width=5, t_start=0, t_stop=1000, return_info=True)
    assert info[3:6] == (202, 1, 1) and raster.sum() == 200
    message = (
        "lost 3 of 203 spikes: 2 in bins .*shorter bins.*counts=True.*, 1 outside the window")
    with pytest.warns(UserWarning, match=message) as caught:
        from_spike_times([[[*train, 7.5, 7.6, 1000.0]]], bin_width=5, t_start=0, t_stop=1000)
    assert caught[0].filename == __file__


def test_the_warning_shows_a_wrong_unit_by_the_ranges_of_spikes_and_windows(rng):
    seconds = [[np.sort(rng.uniform(0.1, 0.9, 40))]]
    message = r"in bins .* Spikes are at 0\.\d+ to 0\.\d+ ms, windows at 0 to 1000 ms\. .*unit='s'"
    with pytest.warns(UserWarning, match=message):
        from_spike_times(seconds, bin_width=1, t_start=0, t_stop=1000)
    # windows in seconds, for all samples or for each
    for window in ({"t_start": 0, "t_stop": 1}, {"t_start": [0], "t_stop": [1]}):
        message = r"40 outside.* Spikes are at 1\d\d\.?\d* to 8\d\d\.?\d* ms, windows at 0 to 1 ms"
        with pytest.warns(UserWarning, match=message):
            from_spike_times(seconds, bin_width=0.01, unit="s", **window)


def test_a_table_of_spikes_becomes_a_raster():
    table = pd.DataFrame(
        {
            "trial": [1, 1, 1, 3, 3], "neuron": ["a", "b", "a", "b", "b"],
            "time": [0.0015, 0.0, 0.0033, -0.0005, 0.0021]})
    # begin table
    trials, neurons = [1, 2, 3], ["a", "b"]  # the table lacks silent ones
    trains = dict(iter(table.groupby(["trial", "neuron"])["time"]))
    times = [[trains.get((trial, neuron), []) for neuron in neurons] for trial in trials]
    window = {"bin_width": 1, "t_start": -1, "t_stop": 4}  # always in ms
    X = from_spike_times(times, unit="s", **window)
    # end table
    assert X.tolist() == [
        [[0, 0, 1, 0, 1], [0, 1, 0, 0, 0]], [[0] * 5, [0] * 5], [[0] * 5, [1, 0, 0, 1, 0]]]


def test_the_error_for_a_table_of_spikes_shows_how_to_make_lists():
    table = pd.DataFrame({"trial": [0, 1], "neuron": [0, 0], "time": [0.5, 0.7]})
    with pytest.raises(
            TypeError, match="arrays of times, got a table, DataFrame. Make lists from it"):
        from_spike_times(table, bin_width=1, t_start=0, t_stop=2)


def test_estimators_refuse_lists_of_spike_times_and_name_the_conversion():
    with pytest.raises(
            ValueError, match=r"SNNClassifier expects an array.*skspike\.io\.from_spike_times"):
        SNNClassifier().fit([[[1.0, 2.0], [3.0]], [[4.0], []]], [0, 1])


def test_windows_for_each_sample_cut_trials_out_of_a_recording(rng):
    recording = [np.sort(rng.uniform(0, 10_000, 500)) for _ in range(3)]
    events = np.array([1000.0, 2500.0, 7000.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        raster, info = from_spike_times(
            [recording] * 3, bin_width=0.001, t_start=events - 100, t_stop=events + 400,
            return_info=True)
    expected = [
        [np.sum((train >= event - 100) & (train < event + 400)) for train in recording]
        for event in events]
    np.testing.assert_array_equal(raster.sum(axis=2), expected)
    assert (info.n_spikes, info.n_outside) == (1500, 1500 - raster.sum())


def test_windows_of_one_recording_count_each_of_its_spikes_once():
    recording, other = [np.array([1.0, 5.0, 9.0]), [2.0]], [[1.0, 7.0], [8.0]]
    _, info = from_spike_times(
        [recording, other, recording], bin_width=1, t_start=[0, 0, 4], t_stop=[6, 6, 10],
        return_info=True)
    # windows from 0 to 6 and 4 to 10 hold all spikes of the first, and 1 of 3 spikes of the other
    assert (info.n_spikes, info.n_outside, info.n_clipped) == (7, 2, 0)
    # the same train in two channels is two trains
    _, info = from_spike_times(
        [[recording[0]] * 2], bin_width=1, t_start=[0], t_stop=[6], return_info=True)
    assert (info.n_spikes, info.n_outside) == (6, 2)


def test_windows_of_a_recording_in_any_order_have_the_spikes_of_exact_arithmetic(rng):
    for _ in range(60):
        trains, width, start, n_steps = decimal_case(rng)  # times are not sorted
        starts = [start + k * width for k in range(-2, 3)]  # windows overlap
        recording = [np.array(train, float) for train in trains]
        raster, info = from_spike_times(
            [recording] * 5, bin_width=float(width), t_start=list(map(float, starts)),
            t_stop=[float(begin + n_steps * width) for begin in starts], counts=True,
            return_info=True)
        expected = [naive.binned(trains, begin, width, n_steps) for begin in starts]
        np.testing.assert_array_equal(raster, expected)
        in_any = naive.binned(trains, starts[0], width, n_steps + 4).sum()
        assert info[3:6] == (30, 0, 30 - in_any)


def test_memory_does_not_grow_with_the_windows_of_a_recording(rng):
    times = rng.uniform(0, 1e6, 20_000)
    starts = np.linspace(0, 9e5, 300)
    for recording in (times, np.sort(times)):
        tracemalloc.start()
        from_spike_times([[recording]] * 300, bin_width=10, t_start=starts, t_stop=starts + 100)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * recording.nbytes


@pytest.mark.filterwarnings("ignore:.*lost")
def test_spikes_that_one_of_their_windows_keeps_are_not_clipped():
    recording = [[1.0, 1.2, 5.0]]
    _, info = from_spike_times(
        [recording] * 2, bin_width=1, t_start=[0, 1], t_stop=[4, 5], return_info=True)
    assert info[3:6] == (3, 1, 1)  # 1.0 and 1.2 share a bin of both windows
    _, info = from_spike_times(
        [recording] * 2, bin_width=1, t_start=[0, 0.1], t_stop=[4, 4.1], return_info=True)
    assert info[3:6] == (3, 0, 1)  # the second window has them in two bins


TIMES = [[[0.0, 12.0, 31.0]], [[1.0, 44.0]]]
UNEQUAL = {"bin_width": 10, "t_start": 0, "t_stop": [35, 45]}


def test_unequal_lengths_are_refused_with_the_lengths():
    message = "bins of 10 ms, got lengths of 35, 45 ms. .*length='pad'.*length='cut'"
    with pytest.raises(ValueError, match=message):
        from_spike_times(TIMES, **UNEQUAL)
    with pytest.raises(ValueError, match="got lengths of 35 ms"):
        from_spike_times(TIMES, bin_width=10, t_start=0, t_stop=35)
    # a bin of 0.1 would divide 5 ms
    with pytest.raises(
            ValueError, match="whole number of bins of 0.1000000015 ms, got lengths of 5 ms"):
        from_spike_times(TIMES, bin_width=np.float32(0.1), t_start=0, t_stop=5)
    with pytest.raises(
            ValueError, match="bin of 100 ms, because the shortest sample lasts 35 ms. Take"):
        from_spike_times(TIMES, bin_width=100, t_start=0, t_stop=[35, 450], length="cut")


@pytest.mark.filterwarnings("ignore:.*lost")
@pytest.mark.parametrize(
    ("length", "align", "expected"),
    [
        ("pad", "start", [[1, 1, 0, 1, 0], [1, 0, 0, 0, 1]]),
        ("cut", "start", [[1, 1, 0], [1, 0, 0]]),
        ("pad", "stop", [[0, 1, 1, 0, 1], [1, 0, 0, 0, 1]]),  # edges at -15, -5, 5, 15, 25
        ("cut", "stop", [[1, 0, 1], [0, 0, 1]]),  # edges at 5, 15, 25 and 15, 25, 35
    ],
)
def test_unequal_lengths_are_padded_or_cut_at_the_end_that_is_not_aligned(length, align, expected):
    raster, info = from_spike_times(TIMES, **UNEQUAL, length=length, align=align, return_info=True)
    np.testing.assert_array_equal(raster[:, 0], expected)
    assert info.n_outside == 5 - raster.sum()


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize(
    ("align", "expected"),
    [
        ("start", [[1, 1, 0, 1], [1, 0, 0, 0, 1]]),
        ("stop", [[1, 1, 0, 1], [1, 0, 0, 0, 1]]),  # edges at -5, 5, 15, 25 and -5, ..., 35
    ],
)
def test_samples_keep_their_lengths_if_asked_for(align, expected, counts):
    raster, info = from_spike_times(
        TIMES, **UNEQUAL, length="keep", align=align, counts=counts, return_info=True)
    assert raster.shape == (2,) and info.n_outside == info.n_clipped == 0
    for sample, row in zip(raster, expected, strict=True):
        np.testing.assert_array_equal(sample, [row])
        assert sample.dtype == (np.float32 if counts else np.uint8)
    # each sample is the raster of a call with this sample alone
    for k, stop in enumerate(UNEQUAL["t_stop"]):
        alone = from_spike_times(
            TIMES[k : k + 1], bin_width=10, t_start=0, t_stop=stop, length="pad", align=align,
            counts=counts)
        np.testing.assert_array_equal(alone[0], raster[k])
    assert info.t_start.tolist() == ([0, 0] if align == "start" else [-5, -5])
    spikes = [sample > 0 for sample in raster]
    assert SpikeCounter(n_windows=2).fit_transform(spikes).shape == (2, 2)


def test_rasters_of_unequal_length_become_spike_times_and_back(rng):
    rasters = [rng.integers(0, 2, (3, length), dtype=np.uint8) for length in (5, 9, 7, 5)]
    starts = np.arange(4) * 100.0
    trials = to_spike_times(rasters, bin_width=2, t_start=starts)
    stops = starts + 2 * np.array([5, 9, 7, 5])
    found = from_spike_times(trials, bin_width=2, t_start=starts, t_stop=stops, length="keep")
    for sample, raster in zip(found, rasters, strict=True):
        np.testing.assert_array_equal(sample, raster)
    with pytest.raises(ValueError, match="0 and 1 only"):
        to_spike_times([2 * rasters[0], rasters[1]], bin_width=2)


@pytest.mark.filterwarnings("ignore:.*lost")
def test_padding_is_silent():
    trials = [[[5.0, 15.0, 25.0]], [[5.0, 15.0, 25.0]]]
    raster = from_spike_times(trials, bin_width=10, t_start=0, t_stop=[15, 30], length="pad")
    np.testing.assert_array_equal(raster[:, 0], [[1, 0, 0], [1, 1, 1]])
    raster = from_spike_times(
        trials, bin_width=10, t_start=[15, 0], t_stop=30, length="pad", align="stop")
    np.testing.assert_array_equal(raster[:, 0], [[0, 1, 1], [1, 1, 1]])


BAD_TIMES = {
    "no sample level": ([[1.0, 2.0]], {}, ["trials[0][0]", "1-D"]),
    "numbers": ([1.0, 2.0], {}, ["samples x channels"]),
    "no samples": ([], {}, ["at least one sample", "0 samples"]),
    "other numbers of channels": (
        [[[1.0]], [[1.0], [2.0]]], {}, ["same number of channels", "1, 2"]),
    "nan": ([[[1.0, np.nan]]], {}, ["trials[0][0]", "finite", "nan"]),
    "text": ([[["a"]]], {}, ["trials[0][0]", "text"]),
    "mapping of samples": ([{"a": [1.0]}], {}, ["mapping", "from_spike_times"]),
    "empty window": ([[[1.0]]], {"t_stop": 0}, ["0 to 0 ms", "sample 0"]),
    "windows for other samples": (
        [[[1.0]]], {"t_start": [0, 1]}, ["t_start", "each of the 1 samples"]),
    "unit": ([[[1.0]]], {"unit": "min"}, ["unit", "'s', 'ms', 'us'", "'min'"]),
    "bin_width": ([[[1.0]]], {"bin_width": 0}, ["bin_width", "got 0"]),
    "length": ([[[1.0]]], {"length": "fill"}, ["length", "None, 'pad', 'cut'", "'fill'"]),
    "align": ([[[1.0]]], {"align": "middle"}, ["align", "'start', 'stop'", "'middle'"]),
    "counts": ([[[1.0]]], {"counts": "yes"}, ["counts", "'yes'"])}


@pytest.mark.parametrize(("trials", "options", "words"), BAD_TIMES.values(), ids=BAD_TIMES)
def test_bad_times_and_options_are_refused(trials, options, words):
    with pytest.raises((ValueError, TypeError)) as raised:
        from_spike_times(trials, **{"bin_width": 1, "t_start": 0, "t_stop": 10, **options})
    assert [word for word in words if word not in str(raised.value)] == [], str(raised.value)


def test_events_fall_into_their_pixel_and_step(rng):
    samples = [events_of(rng, 300, (4, 3, 2), 50_000) for _ in range(5)]
    raster, info = from_tonic(
        samples, sensor_size=(4, 3, 2), bin_width=2, t_stop=50, counts=True, return_info=True)
    expected = np.zeros((5, 2, 3, 4, 25))
    for i, events in enumerate(samples):
        for t, x, y, p in events:
            expected[i, p, y, x, t // 2000] += 1
    np.testing.assert_array_equal(raster, expected.reshape(5, 24, 25))
    assert info.channel_names[[0, 4, 12, 23]].tolist() == [
        "p0_y0_x0", "p0_y1_x0", "p1_y0_x0", "p1_y2_x3"]
    assert info.image_shape == (2, 3, 4)
    np.testing.assert_array_equal(raster.reshape(5, *info.image_shape, 25), expected)
    (flat,) = (events[["t", "x", "p"]] for events in samples[:1])
    _, info = from_tonic(
        [flat], sensor_size=(4, 1, 1), bin_width=2, t_stop=50, counts=True, return_info=True)
    assert info.channel_names.tolist() == ["x0", "x1", "x2", "x3"]
    assert info.image_shape == (1, 1, 4)


def test_windows_of_one_recording_of_events_count_each_event_once(rng):
    first, second = (rng.permutation(events_of(rng, 300, (4, 3, 2), 50_000)) for _ in range(2))
    samples, starts = [first, second, first], np.array([0.0, 10.0, 14.0])
    options = {"sensor_size": (4, 3, 2), "bin_width": 2, "counts": True}
    raster, info = from_tonic(
        samples, t_start=starts, t_stop=starts + 20, return_info=True, **options)
    for k, events in enumerate(samples):
        start = starts[k : k + 1]
        alone = from_tonic([events], t_start=start, t_stop=start + 20, **options)
        np.testing.assert_array_equal(raster[k], alone[0])
    inside = np.sum(first["t"] < 34_000) + np.sum((second["t"] >= 10_000) & (second["t"] < 30_000))
    assert info[3:6] == (600, 0, 600 - inside)


def test_events_without_an_end_last_until_the_step_of_the_last_one():
    samples = [
        np.array([(0, 0, 0, 0), (2000, 0, 0, 0)], EVENTS), np.array([(500, 0, 0, 0)], EVENTS)]
    with pytest.raises(ValueError, match="got lengths of 1, 3 ms"):
        from_tonic(samples, sensor_size=(1, 1, 1), bin_width=1)
    assert from_tonic(samples, sensor_size=(1, 1, 1), bin_width=1, length="pad")[:, 0].tolist() == [
        [1, 0, 1], [1, 0, 0]]


BAD_EVENTS = {
    "one array": (np.zeros(3, EVENTS), {}, ["list of structured arrays", "[events]"]),
    "no fields": ([np.zeros(3)], {}, ["t, x, p"]),
    "sensor of two": (
        [np.zeros(3, EVENTS)], {"sensor_size": (2, 2)}, ["(width, height, polarities)", "(2, 2)"]),
    "outside": ([np.array([(0, 2, 0, 0)], EVENTS)], {}, ["samples[0]", "x=2", "0 to 1"]),
    "empty": (
        [np.zeros(0, EVENTS)], {"t_stop": None}, ["no event after t_start in sample 0", "t_stop"])}


@pytest.mark.parametrize(("samples", "options", "words"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_bad_events_are_refused(samples, options, words):
    with pytest.raises((ValueError, TypeError)) as raised:
        from_tonic(samples, **{"sensor_size": (2, 1, 1), "bin_width": 1, "t_stop": 10, **options})
    assert [word for word in words if word not in str(raised.value)] == [], str(raised.value)


@pytest.mark.parametrize("layout", ["NCT", "NTC", "TNC", "TCN", "CNT", "CTN"])
def test_axes_in_any_order_are_reordered(layout, rng):
    raster = (rng.random((3, 4, 5)) < 0.5).astype(np.uint8)
    given = raster.transpose(["NCT".index(letter) for letter in layout])
    for dtype in (np.uint8, bool, float):
        back = from_array(given.astype(dtype), layout)
        np.testing.assert_array_equal(back, raster)
        assert back.dtype == np.uint8 and back.flags.c_contiguous


def test_axes_of_space_become_channels_and_missing_axes_have_length_one(rng):
    # steps, samples, polarities, rows, columns
    frames = (rng.random((6, 2, 5, 3, 4)) < 0.3).astype(np.int16)
    raster, info = from_array(frames, "TNCHW", return_info=True)
    np.testing.assert_array_equal(raster, frames.transpose(1, 2, 3, 4, 0).reshape(2, 60, 6))
    assert info.channel_names[[0, 17, 59]].tolist() == ["c0_h0_w0", "c1_h1_w1", "c4_h2_w3"]
    shapes = {
        layout: from_array(np.zeros((2, 3, 4, 5)), layout, return_info=True)[1].image_shape
        for layout in ("CHWT", "NHWT", "CWHT", "TWHN", "NTCH")}
    assert info.image_shape == (5, 3, 4) and shapes == {
        "CHWT": (2, 3, 4), "NHWT": (1, 3, 4), "CWHT": None, "TWHN": None, "NTCH": None}
    assert from_array(frames[:, 0, 0, 0], "TC").shape == (1, 4, 6)
    assert from_array(frames[:, :, 0, 0, 0], "TN").shape == (2, 1, 6)


def test_spike_counts_are_clipped_with_a_warning_or_kept():
    counts = np.array([[[0, 3, 1]]])
    with pytest.warns(UserWarning, match="lost 2 of 4 spikes") as caught:
        raster, info = from_array(counts, "NCT", return_info=True)
    assert caught[0].filename == __file__
    assert raster.tolist() == [[[0, 1, 1]]]
    assert info.n_clipped == 2 and info.channel_names.tolist() == ["x0"]
    np.testing.assert_array_equal(from_array(counts, "NCT", counts=True), counts)
    with pytest.raises(
            ValueError, match="expects spikes of 0 and 1, or spike counts. .*pass counts=True"):
        from_array(counts - 0.5, "NCT")
    np.testing.assert_array_equal(from_array(counts - 0.3, "NCT", counts=True), counts - 0.3)


def test_counts_are_a_new_array():
    counts = np.zeros((1, 2, 3), np.float32)
    assert not np.shares_memory(counts, from_array(counts, "NCT", counts=True))


@pytest.mark.parametrize("window", [{"t_start": [0, 0]}, {"t_start": 0}])
def test_spikes_outside_the_windows_of_single_samples_cause_no_warning(window):
    times = [[[1.0, 5.0, 12.0]], [[1.0, 5.0, 12.0, 18.0]]]
    rasters = from_spike_times(times, bin_width=1, t_stop=[10, 20], length="keep", **window)
    assert [raster.sum() for raster in rasters] == [2, 4]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("counts", [False, True])
def test_a_value_that_is_not_finite_is_refused(counts, bad):
    broken = RASTER.astype(float)
    broken[1, 0, 3] = bad
    with pytest.raises(ValueError, match="from_array expects finite numbers, got NaN or infinity"):
        from_array(broken, "NCT", counts=counts)


def test_an_array_has_counts_or_not():
    with pytest.raises(ValueError, match=r"counts must be one of False, True, got 'yes'"):
        from_array(RASTER, "NCT", counts="yes")


@pytest.mark.parametrize("layout", ["NC", "NTX", "NTT", "NT", "NTCH", 3])
def test_a_layout_that_does_not_fit_is_refused(layout):
    with pytest.raises(
            ValueError, match=re.escape(f"layout{'=' if layout in ('NT', 'NTCH') else ' must'}")):
        from_array(RASTER, layout)


def test_names_of_channels_reach_the_features():
    events = [np.array([(k, k % 2, 0, k % 3 > 1) for k in range(0, 9000, 10)], EVENTS)] * 4
    raster, info = from_tonic(
        events, sensor_size=(2, 1, 2), bin_width=0.01, t_stop=9, return_info=True)
    pipeline = make_pipeline(SpikeCounter(2)).fit(raster)
    assert pipeline.get_feature_names_out(info.channel_names)[[0, 1, 6]].tolist() == [
        "count_p0_x0_w0", "count_p0_x0_w1", "count_p1_x1_w0"]
    assert "p1_x1" in LZCTransformer().fit(raster).get_feature_names_out(info.channel_names)[-1]


def test_graded_spikes_drive_networks_and_complexity_refuses_them():
    graded = from_array(RASTER * 2, "NCT", counts=True)
    network = SNNClassifier(5, max_iter=2, random_state=0)
    assert not np.array_equal(
        network.fit(graded, Y).predict_proba(graded),
        clone(network).fit(RASTER, Y).predict_proba(RASTER))
    with pytest.raises(ValueError, match="LZCTransformer expects spikes, .* found the value 2.0"):
        LZCTransformer().fit(graded)


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
@pytest.mark.parametrize(
    ("given", "conversion"),
    [
        ({"a": [1.0, 2.0]}, "from_spike_times"),
        (np.zeros(3, EVENTS), "from_tonic"),
        ([np.zeros(3, EVENTS)] * 24, "from_tonic"),
    ],
    ids=["dict", "events", "samples of events"],
)
def test_estimators_refuse_spike_times_and_name_the_conversion(given, conversion, estimator):
    for method in (lambda X: clone(estimator).fit(X, Y), out(clone(estimator).fit(FLAT, Y))):
        with pytest.raises(TypeError, match=f"skspike.io.{conversion}"):
            method(given)


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_channels_on_the_last_axis_are_recognised(estimator):
    fitted = clone(estimator).fit(RASTER, Y)
    with pytest.raises(
            ValueError, match=r"X has 15 features, but .* is expecting 4 .*from_array\(X, 'NTC'\)"):
        out(fitted)(RASTER.transpose(0, 2, 1))


def test_only_rasters_of_three_dimensions_are_exported():
    with pytest.raises(
            ValueError,
            match=r"expects a raster \(n_samples, n_channels, n_steps\), got shape \(1, 1, 1, 2\)"):
        to_spike_times([[[[0, 1]]]], bin_width=1.0)


@pytest.mark.parametrize("convert", [to_neo, to_pynapple])
def test_each_exported_channel_needs_a_name(convert):
    with pytest.raises(ValueError, match="channel_names for each of the 2 channels, got 1"):
        convert([[[0, 1], [1, 0]]], bin_width=1.0, channel_names=["a"])
