"""Every converter: a round trip returns the input, and lost spikes are counted."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from public import CONVERTERS
from strategies import asked, fitted, floats, neurons, rasters, reals

from skspike import SNNTransformer, io
from skspike.neurons import LIF

# `asked` checks the warnings of first calls, and later calls repeat them.
pytestmark = pytest.mark.filterwarnings("ignore")
UNITS = st.sampled_from(["s", "ms", "us"])
WIDTHS = st.sampled_from([1.0, 0.1, 2.5, 1 / 3]) | st.floats(-3, 3).map(lambda power: 10.0**power)
COARSE = WIDTHS.filter(lambda width: width >= 0.1)
COVERED = set()


def covers(*names):
    """Register the converters of a test."""
    COVERED.update(f"io.{name}" for name in names)
    return lambda test: test


@covers("to_spike_times", "from_spike_times")
@given(X=rasters(), width=WIDTHS, unit=UNITS, starts=reals((6, 6), extreme=False))
def test_rasters_come_back_from_spike_times(X, width, unit, starts):
    starts = starts[: len(X)]
    times = io.to_spike_times(X, bin_width=width, t_start=starts, unit=unit)
    window = {"t_start": starts, "t_stop": starts + X.shape[2] * width}
    back = asked(
        lambda: io.from_spike_times(times, bin_width=width, unit=unit, **window), "bin_width",
        "bins")
    np.testing.assert_array_equal(back, X)


@given(
    data=st.data(), unit=UNITS, length=st.sampled_from([None, "pad", "cut"]),
    align=st.sampled_from(["start", "stop"]))
def test_of_any_spike_times_none_is_lost_without_being_counted(data, unit, length, align):
    sizes, times = st.tuples(st.integers(1, 3), st.integers(1, 3)), reals((0, 9))
    n_samples, n_channels = data.draw(sizes)
    trials = [[data.draw(times) for _ in range(n_channels)] for _ in range(n_samples)]
    counts = data.draw(st.booleans())
    start, stop, width = (data.draw(floats(-1e12, 1e12, 1.0)) for _ in range(3))
    assume(width <= 0 or (stop - start) / width < 1e4)
    options = {
        "bin_width": width, "t_start": start, "t_stop": stop, "unit": unit, "length": length,
        "align": align, "counts": counts}
    given_ = asked(
        lambda: io.from_spike_times(trials, return_info=True, **options), "bin_width",
        "from_spike_times", "trials")
    if given_ is not None:
        raster, info = given_
        assert raster.shape[:2] == (n_samples, n_channels) and raster.flags.c_contiguous
        assert raster.sum() + info.n_clipped + info.n_outside == info.n_spikes == sum(
            len(train) for trial in trials for train in trial)


@covers("to_neo", "from_neo", "to_pynapple", "from_pynapple")
@pytest.mark.parametrize("other", ["neo", "pynapple"])
@given(X=rasters(), width=COARSE, names=st.booleans())
def test_rasters_come_back_from_the_containers_of_other_packages(other, X, width, names):
    pytest.importorskip(other)
    names = [f"unit {k}" for k in range(X.shape[1])] if names else None
    given_ = getattr(io, f"to_{other}")(X, bin_width=width, channel_names=names)
    given_ = given_ if isinstance(given_, tuple) else (given_,)
    back, info = getattr(io, f"from_{other}")(*given_, bin_width=width, return_info=True)
    np.testing.assert_array_equal(back, X)
    assert info.n_spikes == X.sum() and info.n_clipped == info.n_outside == 0
    assert names is None or info.channel_names.tolist() == names


@covers("from_tonic")
@given(X=rasters(), width=st.integers(1, 5000), polarities=st.sampled_from([1, 2]))
def test_events_on_a_sensor_fall_into_their_channels_and_steps(X, width, polarities):
    X = np.repeat(X, polarities, axis=1)
    size = (X.shape[1] // polarities, 1, polarities)
    fields = np.dtype([("t", "i8"), ("x", "i2"), ("p", "i1")])
    events = [
        np.array(
            [(t * width, k % size[0], k // size[0]) for k, t in zip(*np.nonzero(x))], dtype=fields)
        for x in X]
    back = io.from_tonic(
        events, sensor_size=size, bin_width=width / 1000, t_stop=X.shape[2] * width / 1000)
    np.testing.assert_array_equal(back, X)


@covers("from_array")
@given(X=rasters(), order=st.permutations("NTC"), counts=st.booleans())
def test_arrays_come_back_from_any_order_of_their_axes(X, order, counts):
    layout = "".join(order)
    given_ = np.transpose(X, ["NCT".index(letter) for letter in layout])
    np.testing.assert_array_equal(io.from_array(given_, layout, counts=counts), X)


@given(x=reals((1, 3), (1, 3), (1, 5)), counts=st.booleans(), layout=st.text("NTCHW", max_size=4))
def test_any_array_is_brought_into_order_or_refused_by_name(x, counts, layout):
    made = asked(lambda: io.from_array(x, layout, counts=counts), "layout", "from_array")
    if made is not None:
        assert made.size == x.size and (
            made.dtype == np.uint8 or counts) and np.isfinite(made).all()


@covers("to_nir", "from_nir")
@given(
    data=st.data(), X=rasters(), gain=st.sampled_from(["weights", "neurons"]),
    dt=floats(1e-3, 1e3, 1.0), recurrent=st.booleans())
def test_networks_come_back_from_nir(data, X, gain, dt, recurrent):
    pytest.importorskip("nir")
    neuron, delays = data.draw(neurons(LIF)), data.draw(st.sampled_from([None, (0, 2), (3,)]))
    sizes = data.draw(st.sampled_from([3, (4, 2)]))
    delays = delays and tuple(steps * dt for steps in delays)
    made = SNNTransformer(
        sizes, neuron=neuron, delays=delays, dt=dt, rule=None, recurrent=recurrent, random_state=0)
    model = fitted(made, X, None)
    assume(model is not None)
    target = data.draw(st.sampled_from([None, "snntorch", "norse", "spikingjelly"]))
    asked(lambda: io.to_nir(model, target=target), "to_nir", "target", "dt")
    graph = asked(lambda: io.to_nir(model, gain=gain), "to_nir", "dt")
    back = asked(lambda: io.from_nir(graph, dt=dt), "none")
    np.testing.assert_array_equal(back.transform(X), model.transform(X))


@covers("events_from_table", "events_from_pynapple", "events_from_mne")
@given(
    times=st.lists(st.integers(0, 10**7), min_size=2, max_size=12, unique=True), unit=UNITS,
    label=st.sampled_from(["a", 3]), begin=st.integers(0, 10**6))
def test_events_come_back_from_the_containers_of_other_packages(times, unit, label, begin):
    pynapple = pytest.importorskip("pynapple")
    edges = np.sort(times)[: len(times) // 2 * 2].reshape(-1, 2)  # in ms, without overlaps
    expected = [(*row, label) for row in edges.tolist()]
    scale = {"s": 1000.0, "ms": 1.0, "us": 0.001}[unit]
    rows = [{"onset": on / scale, "offset": off / scale, "label": label} for on, off in edges]
    assert io.events_from_table(rows, unit=unit)[0].tolist() == expected
    seconds = (edges + begin) / 1000
    intervals = pynapple.IntervalSet(*seconds.T)
    session = pynapple.IntervalSet(begin / 1000, begin / 1000 + 10**4)
    assert io.events_from_pynapple(intervals, session, label=label)[0].tolist() == expected
    annotations = SimpleNamespace(
        onset=seconds[:, 0], duration=np.diff(seconds)[:, 0], description=[label] * len(edges))
    raw = SimpleNamespace(annotations=annotations, first_time=begin / 1000)
    assert io.events_from_mne(raw)[0].tolist() == expected


def test_every_converter_is_covered():
    assert COVERED == CONVERTERS.keys()
