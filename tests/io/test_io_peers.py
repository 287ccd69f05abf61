"""Conversions compared with the packages themselves. Test ids contain their versions."""

import warnings
from datetime import UTC, datetime
from importlib import metadata

import numpy as np
import pytest
from cases import ESTIMATORS, FLAT, Y, out
from event_samples import events_of
from sklearn.base import clone

from skspike import SpikeCounter
from skspike.io import (
    from_array, from_neo, from_pynapple, from_spike_times, from_tonic, to_neo, to_pynapple)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*lost:UserWarning", "ignore::UserWarning:pynapple", "ignore::RuntimeWarning:pynapple")

N_CASES = 40  # random cases of a comparison


def version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def peer(package, module=None):
    """Return a fixture that imports a module, with the version of its package in the test ids."""

    @pytest.fixture(params=[package], ids=[f"{package} {version(package)}"])
    def imported(request):
        return pytest.importorskip(module or package, reason=f'{package} is not installed')

    return imported


neo = peer("neo")
pynapple = peer("pynapple")
pynwb = peer("pynwb")
torch = peer("torch")
elephant, tonic = peer("elephant", "elephant.conversion"), peer("tonic", "tonic.functional")


def train(neo, times, t_stop, t_start=0.0, name=None, units="ms"):
    return neo.SpikeTrain(
        np.asarray(times, float), units=units, t_start=t_start, t_stop=t_stop, name=name)


def decimal_times(rng, width, n_steps, n_spikes=20):
    """Return sorted times in ms up to the end of the last bin, about half of them on edges."""
    edges = rng.integers(0, n_steps + 1, n_spikes) * width
    between = rng.integers(0, round(n_steps * width * 1000), n_spikes) / 1000
    return np.sort(np.where(rng.random(n_spikes) < 0.5, edges, between))


def random_raster(rng):
    return (
        rng.random((*rng.integers(1, 6, 2), rng.integers(1, 50))) < rng.random()).astype(np.uint8)


def test_neo_trains_fall_into_the_bins_of_elephant(neo, elephant, rng):
    for case in range(N_CASES):
        width, n_steps = int(rng.integers(1, 200)) / 10, int(rng.integers(2, 40))
        start, units = float(rng.integers(-1000, 1000)) / 10, ("ms", "s")[case % 2]
        scale = {"ms": 1, "s": 1000}[units]
        limits = {
            "t_start": start / scale, "t_stop": (start + n_steps * width) / scale, "units": units}
        times = [
            np.minimum((start + decimal_times(rng, width, n_steps)) / scale, limits["t_stop"])
            for _ in range(3)]
        trains = [train(neo, t, **limits) for t in times]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = elephant.BinnedSpikeTrain(trains, bin_size=_ms(width))
        ours, info = from_neo([trains], bin_width=width, counts=True, return_info=True)
        np.testing.assert_array_equal(ours[0], theirs.to_array())
        assert info.n_outside == 60 - theirs.to_array().sum()
        binned = from_array(theirs.to_array(), "CT", counts=True)
        np.testing.assert_array_equal(binned, ours)


def _ms(value):
    import quantities

    return value * quantities.ms


def test_pynapple_units_fall_into_the_bins_of_its_count(pynapple, rng):
    for _ in range(N_CASES):
        width = int(rng.integers(1, 200)) / 10
        n_steps = int(rng.integers(2, 40))
        n_trials = int(rng.integers(1, 5))
        span = n_steps * width
        starts = np.arange(n_trials) * (span + 10) + int(rng.integers(0, 10**6)) / 10
        trials = pynapple.IntervalSet(starts / 1000, (starts + span) / 1000)
        # round times as pynapple rounds edges
        units = {
            key: np.round(
                np.concatenate([start + decimal_times(rng, width, n_steps) for start in starts])
                / 1000, 9)
            for key in (2, 5)}
        group = pynapple.TsGroup(
            {key: pynapple.Ts(times, time_support=trials) for key, times in units.items()},
            time_support=trials)
        theirs = np.asarray(group.count(width / 1000, ep=trials).values).reshape(
            n_trials, n_steps, 2).transpose(0, 2, 1)
        ours, info = from_pynapple(group, trials, bin_width=width, counts=True, return_info=True)
        np.testing.assert_array_equal(ours, theirs)
        assert info.channel_names.tolist() == ["2", "5"]
        assert info.n_spikes - info.n_outside == theirs.sum()
        events = pynapple.Ts(starts / 1000)
        np.testing.assert_array_equal(
            from_pynapple(group, events, window=(0, span), bin_width=width, counts=True), ours)


def test_rasters_come_back_from_neo_bit_for_bit(neo, rng):
    for _ in range(N_CASES):
        raster, width = random_raster(rng), float(10 ** rng.uniform(-2, 2))
        starts = rng.uniform(-1e4, 1e4, len(raster))
        names = [f"unit {k}" for k in range(raster.shape[1])]
        block = to_neo(raster, bin_width=width, t_start=starts, channel_names=names)
        back, info = from_neo(block, bin_width=width, return_info=True)
        np.testing.assert_array_equal(back, raster)
        assert info.channel_names.tolist() == names and info[3:6] == (raster.sum(), 0, 0)
        np.testing.assert_array_equal(info.t_start, starts)


def test_rasters_come_back_from_pynapple_bit_for_bit(pynapple, rng):
    for case in range(N_CASES):
        raster, width = random_raster(rng), float(10 ** rng.uniform(-2, 2))
        names = [f"unit {k}" for k in range(raster.shape[1])]
        starts = None if case % 2 else np.cumsum(
            rng.uniform(raster.shape[2] * width + 1, 1e5, len(raster)))
        group, trials = to_pynapple(raster, bin_width=width, t_start=starts, channel_names=names)
        back, info = from_pynapple(group, trials, bin_width=width, return_info=True)
        np.testing.assert_array_equal(back, raster)
        assert info.channel_names.tolist() == names and info[3:6] == (raster.sum(), 0, 0)


def test_events_fall_into_the_frames_of_tonic(tonic, rng):
    for _ in range(N_CASES):
        sensor = tuple(int(size) for size in rng.integers(1, 5, 3))
        width, n_steps = int(rng.integers(1, 5000)), int(rng.integers(1, 20))
        events = events_of(rng, int(rng.integers(1, 100)), sensor, width * n_steps)
        frames = tonic.to_frame_numpy(
            events.copy(), sensor, time_window=width, start_time=0, end_time=width * n_steps)
        options = {
            "bin_width": width / 1000, "t_stop": width * n_steps / 1000, "counts": True,
            "return_info": True}
        ours, info = from_tonic([events], sensor_size=sensor, **options)
        np.testing.assert_array_equal(
            ours[0], from_array(frames, "TCHW", counts=True)[0][:, :n_steps])
        assert info.n_outside == 0


@pytest.mark.parametrize("sensor", [(5, 1, 1), (5, 1, 2)])
def test_events_on_a_line_fall_into_the_frames_of_tonic(tonic, rng, sensor):
    events = events_of(rng, 200, sensor, 20_000)[["t", "x", "p"]]
    plain = np.array(events.tolist(), dtype=[("t", "i8"), ("x", "i8"), ("p", "i8")])
    frames = tonic.to_frame_numpy(
        plain.copy(), sensor, time_window=1000, start_time=0, end_time=20_000)
    ours = from_tonic([plain], sensor_size=sensor, bin_width=1, t_stop=20, counts=True)
    np.testing.assert_array_equal(ours, from_array(frames, "TCW", counts=True))


def test_a_segment_is_one_sample_and_a_block_is_several(neo):
    block, lists = neo.Block(), []
    for k in range(3):
        lists.append([train(neo, [k, 5.0], 10.0, name="a"), train(neo, [k + 1.0], 10.0, name="b")])
        segment = neo.Segment()
        segment.spiketrains.extend(lists[-1])
        block.segments.append(segment)
    expected = from_neo(lists, bin_width=1)
    assert expected.shape == (3, 2, 10) and expected.sum() == 9
    for samples in (block, block.segments, [segment.spiketrains for segment in block.segments]):
        raster, info = from_neo(samples, bin_width=1, return_info=True)
        np.testing.assert_array_equal(raster, expected)
        names = SpikeCounter().fit(raster).get_feature_names_out(info.channel_names)
        assert names.tolist() == ["count_a", "count_b"]
    np.testing.assert_array_equal(from_neo(block.segments[1], bin_width=1), expected[1:2])
    cut = from_neo(
        [block.segments[0]] * 2, bin_width=1, t_start=[0, 4], t_stop=_ms(np.array([3.0, 7.0])))
    np.testing.assert_array_equal(cut, [expected[0, :, 0:3], expected[0, :, 4:7]])


def test_windows_of_a_segment_count_each_of_its_spikes_once(neo):
    segment = neo.Segment()
    segment.spiketrains.extend([
        train(neo, [1.0, 5.0, 9.0], 10.0), train(neo, [0.002, 0.003], 0.01, units="s")])
    raster, info = from_neo(
        [segment] * 2, bin_width=1, t_start=[0, 4], t_stop=[6, 10], return_info=True)
    np.testing.assert_array_equal(raster.sum(axis=2), [[2, 2], [2, 0]])
    assert info[3:6] == (5, 0, 0)


def test_spikes_lost_in_one_of_many_windows_of_a_segment_cause_a_warning(neo):
    segment = neo.Segment()
    segment.spiketrains.append(train(neo, [*range(100), 7.5, 8.5], 100.0))
    starts = np.arange(0, 100, 10)
    with pytest.warns(UserWarning, match="lost 2 of 102 spikes: 2 in bins"):
        from_neo([segment] * 10, bin_width=1, t_start=starts, t_stop=starts + 10)


def test_arrays_that_share_memory_keep_their_units(neo):
    import quantities as pq

    times = np.array([1.0, 3.0])
    trials = [[times], [pq.Quantity(times, "us")], [pq.Quantity(times, "ms")]]
    raster, info = from_spike_times(
        trials, bin_width=1, t_start=[0] * 3, t_stop=[4] * 3, counts=True, return_info=True)
    assert raster.tolist() == [[[0, 1, 0, 1]], [[2, 0, 0, 0]], [[0, 1, 0, 1]]]
    assert info.n_spikes == 6


BAD_NEO = {
    "channels without samples": (lambda neo: [train(neo, [1], 5)], {}, ["[[train, ...]]"]),
    "arrays": (lambda neo: [[np.ones(3)]], {}, ["neo.SpikeTrain", "ndarray", "from_spike_times"]),
    "a number": (lambda neo: 3, {}, ["list of samples", "int"]),
    "other numbers of trains": (
        lambda neo: [[train(neo, [1], 5)], [train(neo, [1], 5)] * 2], {},
        ["same number of spike trains", "1, 2"]),
    "lengths": (
        lambda neo: [[train(neo, [1], 5)], [train(neo, [1], 6)]], {},
        ["lengths of 5, 6 ms", "length='pad'"]),
    "ends of trains": (
        lambda neo: [[train(neo, [1], 5), train(neo, [1], 6)]], {},
        ["t_stop of 5, 6 ms", "sample 0", "Pass t_stop"]),
    "beyond the trains": (
        lambda neo: [[train(neo, [1], 5)]], {"t_stop": 9},
        ["0 to 9 ms of sample 0", "cover 0 to 5 ms", "length='pad'"]),
    "order of trains": (
        lambda neo: [[train(neo, [1], 5, name=name) for name in names] for names in ("ab", "ba")],
        {}, ["sample 1", "['b', 'a']"])}  # fmt: skip


@pytest.mark.parametrize(("make", "options", "words"), BAD_NEO.values(), ids=BAD_NEO)
def test_bad_samples_of_neo_are_refused(neo, make, options, words):
    with pytest.raises((TypeError, ValueError)) as raised:
        from_neo(make(neo), bin_width=1, **options)
    assert [word for word in words if word not in str(raised.value)] == [], str(raised.value)


def test_a_window_beyond_the_trains_is_padded_if_asked_for(neo):
    assert from_neo(
        [[train(neo, [1], 3)]], bin_width=1, t_stop=5, length="pad").tolist() == [[[0, 1, 0, 0, 0]]]


def test_a_window_that_one_of_the_trains_does_not_cover_is_refused(neo):
    trains = [train(neo, [1], 3), train(neo, [1], 5)]
    with pytest.raises(ValueError, match="window 0 to 5 ms of sample 0, .* cover 0 to 3 ms"):
        from_neo([trains], bin_width=1, t_stop=5)
    trains = [train(neo, [3], 5, t_start=2), train(neo, [3], 5)]
    with pytest.raises(ValueError, match="window 0 to 5 ms of sample 0, .* cover 2 to 5 ms"):
        from_neo([trains], bin_width=1, t_start=0)


def test_rasters_of_unequal_length_return_from_neo(neo, rng):
    rasters = [rng.integers(0, 2, (2, length), dtype=np.uint8) for length in (5, 9, 7)]
    block = to_neo(rasters, bin_width=2, t_start=[0, 100, 300])
    found = from_neo(block, bin_width=2, length="keep")
    assert [raster.tolist() for raster in found] == [raster.tolist() for raster in rasters]


def test_rasters_of_unequal_length_return_from_pynapple(pynapple, rng):
    rasters = [rng.integers(0, 2, (2, length), dtype=np.uint8) for length in (5, 9, 7)]
    for starts in (None, [0, 100, 300]):
        units, trials = to_pynapple(rasters, bin_width=2, t_start=starts, gap=1.0)
        found = from_pynapple(units, trials, bin_width=2, length="keep")
        assert [raster.tolist() for raster in found] == [raster.tolist() for raster in rasters]
    with pytest.raises(ValueError, match="more than the 18 ms of a sample"):
        to_pynapple(rasters, bin_width=2, t_start=[0, 100, 118])


def test_quantities_in_lists_keep_their_units(neo):
    import quantities as pq

    times = np.array([0.1, 0.2]) * pq.s
    train = neo.SpikeTrain([110.0, 215.0], units="ms", t_stop=400.0)
    windows = {"t_start": list(times), "t_stop": [time + 20 * pq.ms for time in times]}
    wanted = [[[0, 1]], [[0, 1]]]
    assert from_neo([[train]] * 2, bin_width=10, **windows).tolist() == wanted
    for spikes in (train.times.rescale("s"), list(train.times), train.times.astype("f4")):
        for unit in ("s", "ms", "us"):
            assert from_spike_times(
                [[spikes]] * 2, bin_width=10, unit=unit, **windows).tolist() == wanted


def test_float32_trains_of_neo_keep_their_edges(neo):
    k = np.arange(0, 100_000, 7)
    times = (k / 1000).astype(np.float32)
    wide = neo.SpikeTrain(times, units="s", t_stop=100.0, dtype=np.float32)
    np.testing.assert_array_equal(np.flatnonzero(from_neo([[wide]], bin_width=1)), k)


def test_no_trials_make_no_raster(pynapple):
    with pytest.raises(ValueError, match="at least one unit and one trial, got 1 and 0"):
        from_pynapple(
            pynapple.Ts(np.array([0.1])), pynapple.Ts(np.array([])), window=(0, 10), bin_width=5)


def test_units_of_another_type_are_refused(pynapple):
    trials = pynapple.IntervalSet([0.0], [0.2])
    for units in (
            {0: pynapple.Ts(np.array([0.1])), 1: np.array([0.1])}, {0: np.array([0.1])},
            np.array([0.1])):
        with pytest.raises(TypeError, match="expects a TsGroup or a Ts, got"):
            from_pynapple(units, trials, bin_width=5)


def test_trials_of_unequal_lengths_are_padded_or_cut_if_asked_for(pynapple):
    units = pynapple.Ts(np.arange(0, 100, 5) / 1000)
    trials = pynapple.IntervalSet([0.0, 0.05], [0.02, 0.08])
    with pytest.raises(ValueError, match="got lengths of 20, 30 ms"):
        from_pynapple(units, trials, bin_width=5)
    assert from_pynapple(
        units, trials, bin_width=5, length="pad").tolist() == [[[1, 1, 1, 1, 0, 0]], [[1] * 6]]
    assert from_pynapple(units, trials, bin_width=5, length="cut").tolist() == [[[1] * 4]] * 2
    kept = from_pynapple(units, trials, bin_width=5, length="keep")
    assert [raster.tolist() for raster in kept] == [[[1] * 4], [[1] * 6]]
    with pytest.warns(UserWarning, match="Removing 1 microsecond"):
        touching = pynapple.IntervalSet([0.0, 0.02], [0.02, 0.04])
    assert from_pynapple(units, touching, bin_width=5, length="pad").tolist() == [[[1] * 4]] * 2


def test_windows_around_events_may_overlap(pynapple):
    events = pynapple.Ts(np.array([0.02, 0.03]))
    raster = from_pynapple(
        pynapple.Ts(np.array([0.015, 0.02, 0.034])), events, window=(-10, 10), bin_width=5)
    assert raster.tolist() == [[[0, 1, 1, 0]], [[1, 0, 1, 0]]]


def test_spikes_of_trials_that_touch_or_overlap_count_once(pynapple):
    unit = pynapple.Ts(np.array([0.05, 0.1, 0.15]))
    touching, overlapping = pynapple.Ts(np.array([0.0, 0.1])), pynapple.Ts(np.array([0.0, 0.05]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # 0.1 is at the stop of the first trial and the start of the second
        _, info = from_pynapple(
            unit, touching, window=(0, 100), bin_width=10, return_info=True)
        assert info[3:6] == (3, 0, 0)
        # 0.15 is at the stop of the last trial
        raster, info = from_pynapple(
            unit, overlapping, window=(0, 100), bin_width=10, return_info=True)
        assert info[3:6] == (2, 0, 0) and raster.sum() == 3


def test_only_spikes_of_trials_that_are_cut_count_as_outside(pynapple):
    units = pynapple.Ts(np.arange(0, 100, 5) / 1000)
    trials = pynapple.IntervalSet([0.0, 0.05], [0.02, 0.08])
    _, info = from_pynapple(units, trials, bin_width=5, length="cut", return_info=True)
    assert info[3:6] == (10, 0, 2)


def test_bad_trials_of_pynapple_are_refused(pynapple):
    unit, trials = pynapple.Ts(np.arange(5.0)), pynapple.IntervalSet(0.0, 4.0)
    for arguments, words in [
            ((unit, trials, {"window": (0, 1)}), "takes a window only with events"),
            ((unit, unit, {}), r"needs window=\(start, stop\) in ms"),
            ((unit, unit, {"window": (0, 1, 2)}), r"needs window=\(start, stop\) in ms"),
            ((np.arange(3), trials, {}), "expects a TsGroup or a Ts, got ndarray"),
            (
                ({1: pynapple.Ts(np.arange(3)), 2: np.arange(3)}, trials, {}),
                "expects a TsGroup or a Ts, got dict"),
            ((unit, np.arange(3), {}), "expects trials in an IntervalSet, or events")]:
        with pytest.raises((TypeError, ValueError), match=words):
            from_pynapple(*arguments[:2], bin_width=1, **arguments[2])
    with pytest.raises(ValueError, match="must differ by more than the 4 ms of a sample"):
        to_pynapple(np.zeros((2, 1, 4)), bin_width=1, t_start=[0, 4])


def test_nwb_files_are_read_through_pynapple(pynapple, pynwb, rng, tmp_path):
    file = pynwb.NWBFile("made", "1", datetime(2026, 1, 1, tzinfo=UTC))
    trains = [np.sort(rng.uniform(0, 4, 100)) for _ in range(3)]
    for times in trains:
        file.add_unit(spike_times=times)
    for start in (0.5, 2.0):
        file.add_trial(start_time=start, stop_time=start + 1)
    with pynwb.NWBHDF5IO(tmp_path / "made.nwb", "w") as writer:
        writer.write(file)
    data = pynapple.load_file(tmp_path / "made.nwb")
    raster = from_pynapple(data["units"], data["trials"], bin_width=4)
    expected = from_spike_times(
        [trains] * 2, bin_width=4, t_start=[500, 2000], t_stop=[1500, 3000], unit="s")
    np.testing.assert_array_equal(raster, expected)
    data.close()


def test_tensors_with_time_first_and_gradients_are_converted(torch, rng):
    spikes = torch.tensor(rng.random((6, 3, 4)) < 0.5).float().requires_grad_()
    np.testing.assert_array_equal(
        from_array(spikes, "TNC"), spikes.detach().numpy().transpose(1, 2, 0))


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_estimators_refuse_containers_of_neo_and_elephant(neo, elephant, estimator):
    one = train(neo, [1.0, 2.0], 5.0)
    segment = neo.Segment()
    segment.spiketrains.append(one)
    block = neo.Block()
    block.segments.append(segment)
    given = [one, [one], [[one]] * 24, segment, [segment] * 24, segment.spiketrains, block]
    binned = elephant.BinnedSpikeTrain([one], bin_size=_ms(1.0))
    refuse(
        estimator,
        [(x, "from_neo") for x in given]
        + [(binned, "from_array"), ([binned] * 24, "from_array")])


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_estimators_refuse_containers_of_pynapple(pynapple, estimator):
    unit = pynapple.Ts(np.arange(1.0, 5.0))
    given = [
        unit, pynapple.TsGroup([unit, unit]), [pynapple.TsGroup([unit, unit])] * 24,
        pynapple.IntervalSet(0.0, 4.0)]
    refuse(estimator, [(x, "from_pynapple") for x in given])


def refuse(estimator, cases):
    """Check that an estimator, fitted or not, names the function that converts its input."""
    fitted = clone(estimator).fit(FLAT, Y)
    for given, conversion in cases:
        for method in (lambda X: clone(estimator).fit(X, Y), out(fitted)):
            with pytest.raises(TypeError, match=f"skspike.io.{conversion}"):
                method(given)
