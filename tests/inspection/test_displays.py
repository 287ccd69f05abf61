"""The displays draw the data that they are given."""


import numpy as np
import pandas as pd
import pytest
from events import DT, recordings
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgba
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from step_classifier import StepClassifier

from skspike import (
    EarlyClassifier, EventDetector, LZCClassifier, LZCTransformer, SlidingDecoder, SNNClassifier,
    SNNRegressor, SNNTransformer, SpikeEncoder, SpikeTrainClassifier, inspection)
from skspike.inspection import (
    ComparisonDisplay, ComplexityDisplay, DecisionDisplay, DetectionDisplay, EarlyDisplay,
    EventDisplay, EvidenceDisplay, GeneralizationDisplay, ImportanceDisplay, IntrinsicsDisplay,
    LossCurveDisplay, PSTHDisplay, RasterDisplay, SlidingDisplay, channel_importance,
    compare_values, explain, palette)
from skspike.inspection._comparison import Comparison
from skspike.inspection._importance import Importance
from skspike.neurons import LIF, Resonator

FOUND = np.zeros(0, [("time", float), ("onset", float), ("label", "U1")])
DISPLAYS = {name for name in inspection.__all__ if name.endswith("Display")}


@pytest.fixture(autouse=True)
def closed_figures():
    """Close the figures of a test."""
    yield
    plt.close("all")


@pytest.fixture
def raster(rng):
    """A raster of 6 samples, 3 channels and 20 steps, of two rates."""
    return (rng.random((6, 3, 20)) < np.resize([0.2, 0.6], 6)[:, None, None]).astype(np.uint8)


@pytest.fixture
def y():
    """Alternating labels of 6 samples."""
    return np.resize(["slow", "fast"], 6)


def marks(line):
    """Return the time and row of the centre of each mark of a broken line."""
    x, rows = line.get_data()
    rows = np.reshape(rows, (-1, 3))
    assert np.isnan(rows[:, 2]).all() and (rows[:, 0] < rows[:, 1]).all()
    return {
        (float(t), float(row))
        for t, row in zip(x[::3], rows[:, :2].mean(axis=1).round(6), strict=True)}


def legend_texts(legend):
    """Return the entries of a legend."""
    return [text.get_text() for text in legend.get_texts()]


# -- rasters


@pytest.mark.small
def test_raster_has_a_mark_for_each_spike(raster):
    display = RasterDisplay.from_raster(raster[1], dt=0.5)
    (line,) = display.lines_
    assert marks(line) == {((t + 0.5) * 0.5, c) for c, t in zip(*raster[1].nonzero(), strict=True)}
    assert display.ax_.get_xlim() == (0, 10) and display.ax_.get_ylim() == (2.5, -0.5)
    assert display.ax_.get_xlabel() == "time (ms)" and display.ax_.get_ylabel() == "channel"
    assert display.figure_ is display.ax_.figure and display.ax_.get_legend() is None


@pytest.mark.small
def test_samples_are_sorted_and_coloured_by_class(raster, y):
    display = RasterDisplay.from_raster(raster, y)
    order = [1, 3, 5, 0, 2, 4]  # "fast" comes before "slow"
    fast, slow = display.lines_
    for line, ranks in ((fast, range(3)), (slow, range(3, 6))):
        expected = {
            (t + 0.5, 3 * k + c) for k in ranks
            for c, t in zip(*raster[order[k]].nonzero(), strict=True)}
        assert marks(line) == expected
    assert fast.get_color() != slow.get_color()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == [str(k) for k in order]
    assert legend_texts(display.ax_.get_legend()) == ["fast", "slow"]


@pytest.mark.small
def test_raster_of_an_estimator_is_its_output(rng):
    X = rng.random((4, 3))
    encoder = SpikeEncoder(n_steps=15, dt=2.0, random_state=0).fit(X)
    network = SNNTransformer(5, rule=None, dt=2.0, random_state=0).fit(encoder.transform(X))
    inside = SNNTransformer(5, encoder=encoder, rule=None).fit(X)
    last = FunctionTransformer()
    for estimator in (
            encoder, make_pipeline(encoder, network), inside,
            make_pipeline(make_pipeline(encoder), last)):
        display = RasterDisplay.from_estimator(estimator, X)
        assert np.array_equal(display.raster, estimator.transform(X)) and display.dt == 2.0
        assert display.ax_.get_xlim() == (0, 30)


@pytest.mark.small
def test_raster_names_bad_input(raster, y):
    with pytest.raises(ValueError, match="0 and 1 only"):
        RasterDisplay.from_raster(2 * raster)
    with pytest.raises(
            ValueError, match=r"one label for each of the 6 samples, got y of shape \(5,\)"):
        RasterDisplay.from_raster(raster, y[:5])
    with pytest.raises(ValueError, match="all strings or all numbers, got y of both"):
        RasterDisplay.from_raster(raster, np.array(["a", 1, "b", "a", 1, 2], dtype=object))
    for shape in ((20,), (1, 6, 3, 20), (0, 3, 20)):
        with pytest.raises(ValueError, match="RasterDisplay expects an array of shape"):
            RasterDisplay.from_raster(np.zeros(shape))
    with pytest.raises(ValueError, match="dt must be"):
        RasterDisplay.from_raster(raster, dt=-1.0)
    with pytest.raises(ValueError, match="such as SNNTransformer"):
        RasterDisplay.from_estimator(SNNClassifier(), raster)
    for names in (["a", "b"], "abc"):
        with pytest.raises(ValueError, match="one name for each of the 3 channels"):
            RasterDisplay.from_raster(raster, channel_names=names)
    with pytest.raises(ValueError, match="origin must be one of 'upper', 'lower', got 'bottom'"):
        RasterDisplay.from_raster(raster, origin="bottom")


@pytest.mark.small
def test_channels_of_one_sample_have_their_names(raster):
    display = RasterDisplay.from_raster(raster[0], channel_names=["left", "right", "up"])
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["left", "right", "up"]
    assert display.ax_.get_yticks().tolist() == [0, 1, 2]


@pytest.mark.small
def test_the_plot_above_a_raster_shows_its_rates(raster, y):
    display = RasterDisplay.from_raster(raster, y, dt=2.0, rates=True)
    alone = PSTHDisplay.from_raster(raster, y, dt=2.0)
    for line, other in zip(display.rates_.lines_, alone.lines_, strict=True):
        assert np.array_equal(line.get_xydata(), other.get_xydata())
        assert line.get_color() == other.get_color()
    assert display.rates_.ax_.get_xlim() == display.ax_.get_xlim() == (0, 40)
    assert display.rates_.ax_.get_position().y0 > display.ax_.get_position().y0
    assert RasterDisplay.from_raster(raster, y).rates_ is None


# -- rates over time


@pytest.mark.small
def test_rates_are_spikes_per_second_and_channel_averaged_over_the_samples_of_a_class(raster, y):
    # bins of 6, 6, 6 and 2 steps
    display = PSTHDisplay.from_raster(raster, y, dt=0.5, bin_width=3.0)
    assert display.edges.tolist() == [0, 3, 6, 9, 10] and list(display.rates) == ["fast", "slow"]
    for line, label in zip(display.lines_, display.rates, strict=True):
        bins = [raster[y == label][:, :, a:b] for a, b in ((0, 6), (6, 12), (12, 18), (18, 20))]
        # divide by samples, channels and seconds
        expected = [part.sum() / (3 * 3 * part.shape[2] * 0.5e-3) for part in bins]
        assert line.get_ydata() == pytest.approx(expected)
        assert line.get_xdata().tolist() == [1.5, 4.5, 7.5, 9.5]
    assert display.ax_.get_ylabel() == "rate (Hz)"
    assert legend_texts(display.ax_.get_legend()) == ["fast", "slow"]


@pytest.mark.small
def test_time_begins_at_t_start(raster, y):
    at_event = RasterDisplay.from_raster(raster, y, dt=2.0, t_start=-10, rates=True)
    from_zero = RasterDisplay.from_raster(raster, y, dt=2.0, rates=True)
    for line, other in zip(at_event.lines_, from_zero.lines_, strict=True):
        assert marks(line) == {(time - 10, row) for time, row in marks(other)}
    assert at_event.ax_.get_xlim() == at_event.rates_.ax_.get_xlim() == (-10, 30)
    encoder = SpikeEncoder(n_steps=15, dt=2.0).fit([[0.0], [1.0]])
    for display in (RasterDisplay, PSTHDisplay):
        assert display.from_estimator(encoder, [[0.5]], t_start=-10).ax_.get_xlim() == (-10, 20)
        with pytest.raises(ValueError, match="t_start must be a finite number"):
            display.from_raster(raster, t_start=np.nan)


@pytest.mark.small
def test_the_band_is_the_standard_error_over_samples(raster):
    display = PSTHDisplay.from_raster(raster, bin_width=10)
    (rates,) = display.rates.values()
    (band,) = display.ax_.collections
    low, high = band.get_datalim(display.ax_.transData).intervaly
    error = rates.std(axis=0, ddof=1) / 6**0.5
    assert (low, high) == pytest.approx(
        ((rates.mean(axis=0) - error).min(), (rates.mean(axis=0) + error).max()))
    assert not PSTHDisplay.from_raster(raster[0]).ax_.collections


@pytest.mark.small
def test_rates_name_bad_input(raster):
    for channels in ([3], [-1], [], [0.5], [[0]], "ab"):
        with pytest.raises(ValueError, match="channels must be some of 0 to 2"):
            PSTHDisplay.from_raster(raster, channels=channels)
    with pytest.raises(ValueError, match="bin_width must be at least one step of dt=4.0 ms, got 1"):
        PSTHDisplay.from_raster(raster, dt=4.0, bin_width=1.0)
    with pytest.raises(ValueError, match="bin_width must be"):
        PSTHDisplay.from_raster(raster, bin_width=0)
    # a bin of more steps than the train has, and than a float represents, is one bin
    assert len(PSTHDisplay.from_raster(raster, dt=1e-9, bin_width=1e300).edges) == 2
    with pytest.raises(ValueError, match="one label for each"):
        PSTHDisplay.from_raster(raster, [0])
    for lacking in (None, np.nan, pd.NA):
        with pytest.raises(
                ValueError,
                match="each sample, got (None|nan|<NA>) for sample 1. Leave such samples"):
            PSTHDisplay.from_raster(np.tile(raster[:1], (2, 1, 1)), [1.0, lacking])
    with pytest.raises(ValueError, match="PSTHDisplay expects a transformer"):
        PSTHDisplay.from_estimator(SNNClassifier(), raster)


# -- intrinsics


@pytest.fixture
def network(raster, y):
    """A trained network of two layers."""
    return SNNTransformer((8, 8), max_iter=2, random_state=0).fit(raster, y)


def test_intrinsics_are_drawn_before_and_after(network):
    display = IntrinsicsDisplay.from_estimator(network)
    assert [ax.get_xlabel() for ax in display.ax_] == ["tau_mem (ms)", "threshold", "v_reset"]
    for ax, name, before in zip(display.ax_, display.learned, (20.0, 1.0, 0.0), strict=True):
        assert len(ax.containers) == 2  # layers
        for bars, values in zip(ax.containers, network.intrinsics_[name], strict=True):
            assert sum(bar.get_height() for bar in bars) == len(values) == 8
        (line,) = ax.get_lines()
        assert list(line.get_xdata()) == [before, before]
    assert legend_texts(display.figure_.legends[0]) == [
        "after, layer 1", "after, layer 2", "before"]


@pytest.mark.small
def test_initial_ranges_and_arrays_are_drawn(raster):
    neuron = LIF(tau_mem=(5.0, 100.0), threshold=np.linspace(0.5, 1.5, 8))
    display = IntrinsicsDisplay.from_estimator(
        SNNTransformer(8, neuron=neuron, rule=None, random_state=0).fit(raster))
    tau, threshold, _ = display.ax_
    assert tau.get_xscale() == "log" and threshold.get_xscale() == "linear"
    assert not tau.get_lines() and not threshold.get_lines()
    span = tau.patches[-1]
    assert (span.get_x(), span.get_x() + span.get_width()) == pytest.approx((5.0, 100.0))
    assert display.initial["threshold"] is not None
    assert len(threshold.patches) > len(threshold.containers[0])


@pytest.mark.small
def test_infinite_time_constants_are_counted_next_to_the_histogram_of_the_others(raster):
    def drawn(tau_mem):
        neuron = LIF(tau_mem=tau_mem, tau_mem_bounds="fixed")
        network = SNNTransformer(4, neuron=neuron, rule=None, random_state=0).fit(raster)
        display = IntrinsicsDisplay.from_estimator(network, names=["tau_mem", "threshold"])
        display.figure_.canvas.draw()
        assert legend_texts(display.figure_.legends[0]) == ["after learning", "before"]
        return display.ax_[0]

    some = drawn([5.0, 20.0, 40.0, np.inf])
    bars = some.containers[0]
    assert sum(bar.get_height() for bar in bars) == 3
    assert 4 < bars[0].get_x() < 5 and 40 < bars[-1].get_x() + bars[-1].get_width() < 50
    assert some.get_xlabel() == "tau_mem (ms), 1 of 4 infinite" and some.get_xscale() == "log"
    every = drawn(np.inf)
    assert sum(bar.get_height() for bar in every.containers[0]) == 0
    assert every.get_xlabel() == "tau_mem (ms), 4 of 4 infinite"
    assert drawn(20.0).get_xlabel() == "tau_mem (ms)"


@pytest.mark.small
def test_several_networks_show_the_intrinsics_that_all_have(raster):
    fitted = [
        SNNTransformer(4, neuron=neuron, rule=None, random_state=0).fit(raster)
        for neuron in (LIF(), Resonator(), LIF(threshold_bounds="fixed", v_reset_bounds="fixed"))]
    display = IntrinsicsDisplay.from_estimator(fitted)
    assert list(display.learned) == ["tau_mem"]
    assert display.labels == ["SNNTransformer 1", "SNNTransformer 2", "SNNTransformer 3"]
    resonator = IntrinsicsDisplay.from_estimator(fitted[1], names=["frequency", "threshold"])
    assert [ax.get_xlabel() for ax in resonator.ax_] == ["frequency (Hz)", "threshold"]
    with pytest.raises(ValueError, match="names must be some of .*got .'frequency'"):
        IntrinsicsDisplay.from_estimator(fitted, names=["frequency"])
    with pytest.raises(ValueError, match="needs networks with a common intrinsic parameter"):
        IntrinsicsDisplay.from_estimator([])


@pytest.mark.small
def test_intrinsics_name_bad_input(raster):
    network = SNNTransformer(4, rule=None)
    with pytest.raises(NotFittedError):
        IntrinsicsDisplay.from_estimator(network)
    network.fit(raster)
    with pytest.raises(
            ValueError,
            match=r"names must be some of \('tau_mem', 'threshold', 'v_reset'\), got \['tau'\]"):
        IntrinsicsDisplay.from_estimator(network, names=["tau"])
    with pytest.raises(ValueError, match="one Axes for each of the parameters"):
        IntrinsicsDisplay.from_estimator(network, ax=plt.subplots()[1])
    with pytest.raises(
            ValueError, match="expects a fitted SNNTransformer, .* Of a Pipeline, pass that step"):
        IntrinsicsDisplay.from_estimator(LZCClassifier())


# -- loss


def test_loss_curves_are_read_from_the_estimators(raster, y):
    options = {"max_iter": 4, "batch_size": 2, "random_state": 0}
    X, y = np.tile(raster, (4, 1, 1)), np.tile(y, 4)
    plain = SNNClassifier(4, **options).fit(X, y)
    stopped = SNNClassifier(4, early_stopping=True, validation_fraction=0.25, **options).fit(X, y)
    display = LossCurveDisplay.from_estimator({"plain": plain, "stopped": stopped})
    curves = [plain.loss_curve_, stopped.loss_curve_, stopped.validation_curve_]
    for line, curve in zip(display.lines_, curves, strict=True):
        assert line.get_ydata().tolist() == curve
        assert line.get_xdata().tolist() == list(range(1, len(curve) + 1))
    assert [line.get_linestyle() for line in display.lines_] == ["-", "-", "--"]
    assert legend_texts(display.ax_.get_legend()) == ["plain", "stopped", "stopped, held-out"]
    first, second, third = [to_rgba(line.get_color()) for line in display.lines_]
    assert first != second == third


def test_held_out_scores_have_an_axis_on_the_right(raster, y):
    X, y = np.tile(raster, (4, 1, 1)), np.tile(y, 4)
    scored, plain = (
        SNNClassifier(
            4, max_iter=3, random_state=0, early_stopping=stop,
            validation_fraction=0.25).fit(X, y) for stop in ("accuracy", False))
    display = LossCurveDisplay.from_estimator([plain, scored])
    assert list(display.scores) == ["SNNClassifier 2"]
    *losses, score = display.lines_
    assert [line.axes is display.ax_ for line in losses] == [True, True]
    assert score.axes is display.score_ax_ and score.get_linestyle() == ":"
    assert score.get_ydata().tolist() == scored.validation_scores_
    assert score.get_color() == losses[1].get_color() != losses[0].get_color()
    assert "score" in display.score_ax_.get_ylabel() and "loss" in display.ax_.get_ylabel()
    assert LossCurveDisplay.from_estimator([plain]).score_ax_ is None


@pytest.mark.small
def test_estimators_without_a_loss_curve_are_refused(raster):
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(SNNTransformer())
    network = SNNTransformer(4, rule=None).fit(raster)
    with pytest.raises(ValueError, match="rule=None, which does not minimise a loss"):
        LossCurveDisplay.from_estimator(network)
    with pytest.raises(
            ValueError,
            match="expects a fitted network, got Pipeline. Of a Pipeline, pass that step"):
        LossCurveDisplay.from_estimator(make_pipeline(network))


# -- complexity


@pytest.fixture
def trains(rng):
    """Trains of 60 samples and 4 channels with two rates, and their labels."""
    y = np.resize([0, 1], 60)
    return (rng.random((60, 4, 100)) < np.where(y, 0.3, 0.1)[:, None, None]).astype(np.uint8), y


@pytest.mark.parametrize(
    "options",
    [
        {"channels": "mean"}, {"channels": "joint"},
        {"estimator": NearestCentroid(), "channels": "mean"}])
def test_decision_changes_at_the_boundary(trains, options):
    X, y = trains
    classifier = LZCClassifier(relative=False, **options).fit(X, y)
    display = ComplexityDisplay.from_estimator(classifier, X, y)
    (boundary,) = display.boundaries_
    decided = np.where(display.features[:, 0] > boundary, 1, 0)
    assert np.array_equal(decided, classifier.predict(X))
    assert "LZ76 (bits per step)" in display.ax_.get_xlabel()
    assert legend_texts(display.ax_.get_legend()) == ["0", "1", "boundary"]
    assert sum(bar.get_height() for bars in display.ax_.containers for bar in bars) == 60


def test_two_features_are_points_over_regions(trains):
    X, y = trains
    classifier = LZCClassifier(
        channels="mean", with_counts=True, normalize=False, relative=False).fit(X, y)
    display = ComplexityDisplay.from_estimator(classifier, X, y)
    features = LZCTransformer(channels="mean", with_counts=True, normalize=False).fit_transform(X)
    for label, points in enumerate(display.ax_.collections[:2]):
        assert np.array_equal(points.get_offsets(), features[y == label])
    assert len(display.ax_.collections) == 4 and display.boundaries_ is None
    assert display.ax_.get_xlabel() == "mean LZ76 (words)"
    assert display.ax_.get_ylabel() == "mean spike count"


def test_more_features_are_drawn_as_their_score(trains):
    X, y = trains
    classifier = LZCClassifier().fit(X, y)
    display = ComplexityDisplay.from_estimator(classifier, X, y)
    assert np.array_equal(display.features[:, 0], classifier.decision_function(X))
    assert display.boundaries_ == pytest.approx(0, abs=1e-9)
    assert display.ax_.get_xlabel() == "score on 7 features (class 1 above 0)"


@pytest.mark.small
def test_features_need_no_classifier(rng):
    y = np.repeat(["a", "b", "c"], 5)
    for features in (rng.random(15), rng.random((15, 1)), rng.random((15, 2))):
        display = ComplexityDisplay.from_features(features, y)
        assert legend_texts(display.ax_.get_legend()) == ["a", "b", "c"]
        assert display.boundaries_ is None


@pytest.mark.small
def test_complexity_names_bad_input(raster, y):
    with pytest.raises(ValueError, match="expects a fitted LZCClassifier"):
        ComplexityDisplay.from_estimator(LZCTransformer().fit(raster), raster, y)
    with pytest.raises(NotFittedError):
        ComplexityDisplay.from_estimator(LZCClassifier(), raster, y)
    with pytest.raises(
            ValueError,
            match=r"one or two features of one or more samples, got features of shape \(6, 3\)"):
        ComplexityDisplay.from_features(np.zeros((6, 3)), y)
    with pytest.raises(ValueError, match="one label for each"):
        ComplexityDisplay.from_features(np.zeros(6), y[:2])
    with pytest.raises(ValueError, match="finite features"):
        ComplexityDisplay.from_features(np.full(6, np.nan), y)
    with pytest.raises(ValueError, match="needs y"):
        ComplexityDisplay.from_features(np.zeros(6), None)
    with pytest.raises(ValueError, match="needs y"):
        ComplexityDisplay.from_estimator(LZCClassifier().fit(raster, y), raster, None)
    for features, names in (
            (np.zeros((6, 2)), ["a"]), (np.zeros(6), ["a", "b"]), (np.zeros(6), "complexity")):
        n = features.size // 6
        with pytest.raises(
                ValueError, match=f"a list of one name for each of the {n} features, got names="):
            ComplexityDisplay.from_features(features, y, names=names)
    three = np.resize([0, 1, 2], 6)
    with pytest.raises(ValueError, match='12 features and 3 classes. Use channels="mean"'):
        ComplexityDisplay.from_estimator(
            LZCClassifier(estimator=NearestCentroid()).fit(raster, three), raster, three)
    assert not plt.get_fignums()


# -- evidence and importance


@pytest.mark.small
def test_evidence_is_summed_in_windows_under_a_mark_for_each_spike(raster):
    evidence = raster[1] * np.arange(1.0, 4)[:, None]
    display = EvidenceDisplay(raster[1], evidence, 4, "slow", dt=0.5, channel_names="abc").plot()
    (line,) = display.lines_
    assert set(zip(*line.get_data(), strict=True)) == {
        ((t + 0.5) * 0.5, c) for c, t in zip(*raster[1].nonzero(), strict=True)}
    expected = evidence.reshape(3, 4, 5).sum(axis=2)
    np.testing.assert_array_equal(display.image_.get_array(), expected)
    assert display.image_.get_clim() == (-expected.max(), expected.max())
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["a", "b", "c"]
    assert display.ax_.get_xlim() == (0, 10) and display.ax_.get_ylim() == (2.5, -0.5)
    assert display.figure_.axes[1].get_ylabel() == "evidence for slow"
    blue, orange = palette(2)
    assert to_hex(display.image_.cmap(0.0)) == blue and to_hex(display.image_.cmap(1.0)) == orange


@pytest.mark.small
def test_series_with_evidence_have_one_scale(rng):
    series = np.stack([np.linspace(0, 4, 20), np.full(20, 2.0), np.linspace(3, 1, 20)])
    display = EvidenceDisplay(series, np.zeros((3, 20)), 5, dt=0.5).plot(color="red")
    assert display.lines_[0].get_xdata()[[0, -1]] == pytest.approx([0.25, 9.75])
    rows = [line.get_ydata() for line in display.lines_]
    assert rows[0][[0, -1]] == pytest.approx([0.4, -0.4])  # the axis points down
    assert rows[1] == pytest.approx(1.0) and rows[2][[0, -1]] == pytest.approx([1.8, 2.2])
    assert {line.get_color() for line in display.lines_} == {"red"}
    flat = EvidenceDisplay(np.full((1, 9), 3.0), np.zeros((1, 9)), 3).plot()
    assert flat.lines_[0].get_ydata() == pytest.approx(0.0)


@pytest.mark.small
def test_evidence_of_an_estimator_is_its_explanation(raster, y):
    model = LZCClassifier(with_counts=True).fit(raster, y)
    found = explain(model, raster[2:3], target="slow", n_windows=5, n_orders=1, random_state=0)
    display = EvidenceDisplay.from_estimator(
        model, raster[2], target="slow", n_windows=5, n_orders=1, random_state=0)
    np.testing.assert_array_equal(display.evidence, found.evidence[0])
    assert (display.n_windows, display.target) == (5, "slow")
    with pytest.raises(ValueError, match=r"one sample .*, got shape \(6, 3, 20\). .* X\[0\]"):
        EvidenceDisplay.from_estimator(model, raster)
    with pytest.raises(ValueError, match="one name for each of the 3 channels"):
        EvidenceDisplay.from_estimator(model, raster[2], channel_names=["a"])


@pytest.mark.small
def test_the_most_important_channel_is_at_the_top_with_its_spread(raster, y):
    each = np.array([[0.1, 0.2], [0.4, 0.6], [-0.1, 0.1]])
    importance = Importance(each.mean(axis=1), each.std(axis=1), each)
    display = ImportanceDisplay(importance, ["a", "b", "c"]).plot()
    assert [bar.get_width() for bar in display.bars_] == pytest.approx([0.5, 0.15, 0.0])
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["b", "a", "c"]
    assert display.ax_.get_ylim() == (2.5, -0.5)
    segments = display.bars_.errorbar.lines[2][0].get_segments()
    assert [np.ptp(line[:, 0]) / 2 for line in segments] == pytest.approx([0.1, 0.05, 0.1])
    model = LZCClassifier(with_counts=True).fit(raster, y)
    options = {"scoring": "neg_log_loss", "n_repeats": 2, "random_state": 0}
    found = channel_importance(model, raster, y, **options)
    drawn = ImportanceDisplay(found).plot()
    assert [bar.get_width() for bar in drawn.bars_] == sorted(found.importances_mean)[::-1]
    for names in ("abc", ["a", "b"]):
        with pytest.raises(ValueError, match="one name for each of the 3 channels"):
            ImportanceDisplay(found, names)


@pytest.mark.small
def test_the_value_of_the_highest_mean_is_at_the_top_with_a_point_for_each_seed(raster, y):
    scores = np.array([[[0.1, 0.3], [0.5, 0.5]], [[0.7, 0.9], [0.6, 0.8]]])
    display = ComparisonDisplay(Comparison("neuron", ("a", "b"), scores)).plot()
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["b", "a"]
    np.testing.assert_allclose(display.points_[0].get_offsets(), [[0.8, 0], [0.7, 0]])
    np.testing.assert_allclose(display.points_[1].get_offsets(), [[0.2, 1], [0.5, 1]])
    assert display.ax_.get_ylabel() == "neuron" and display.ax_.get_ylim() == (1.5, -0.5)
    display = ComparisonDisplay(Comparison("neuron", ("a", "b"), scores), reference="a").plot()
    np.testing.assert_allclose(display.points_[0].get_offsets(), [[0.6, 0], [0.2, 0]])
    np.testing.assert_allclose(display.points_[1].get_offsets(), [[0, 1], [0, 1]])
    assert display.ax_.get_xlabel().startswith("score minus that of a\n(")
    with pytest.raises(ValueError, match=r"names \('a', 'b'\), got 'c'"):
        ComparisonDisplay(Comparison("neuron", ("a", "b"), scores), reference="c").plot()
    network = SNNClassifier(3, readout="count")
    found = compare_values(network, raster, y, {"max_iter": [1, 2, 3]}, seeds=2, cv=2)
    assert len(ComparisonDisplay(found).plot(marker="x").points_) == 3


@pytest.mark.small
def test_the_decision_over_time_ends_with_the_decision_on_the_whole_sample(raster):
    y = np.resize(["a", "b", "c"], 6)
    network = SNNClassifier(5, max_iter=1, readout="count", random_state=0).fit(raster, y)
    display = DecisionDisplay.from_estimator(network, raster[1], dt=0.5)
    assert display.values.shape == (20, 3)
    np.testing.assert_array_equal(display.values[-1], network.predict_proba(raster[1:2])[0])
    stream = network.stream()
    stream.step(raster[1, :, :7])
    np.testing.assert_array_equal(display.values[6], stream.predict_proba())
    assert display.lines_[1].get_xdata()[[0, -1]].tolist() == [0.5, 10.0]
    assert legend_texts(display.ax_.get_legend()) == ["a", "b", "c"]
    assert display.ax_.get_ylabel() == "probability"


@pytest.mark.small
def test_decisions_and_evidence_have_the_step_of_the_estimator(raster, y):
    series = raster * np.linspace(0.5, 1, 20)
    network = SNNClassifier(5, dt=2.0, max_iter=1, readout="count", random_state=0)
    for model, X in (
            (network, raster), (EarlyClassifier(network, cv=2), raster),
            (make_pipeline(SpikeEncoder("delta", dt=2.0), network), series)):
        model = clone(model).fit(X, y)
        assert EvidenceDisplay.from_estimator(model, X[0]).ax_.get_xlim() == (0, 40)
        assert DecisionDisplay.from_estimator(model, X[0]).ax_.get_xlim() == (0, 40)
        for display in (EvidenceDisplay, DecisionDisplay):
            with pytest.raises(ValueError, match="dt=0.5 ms differs from dt=2 ms of .* Leave dt"):
                display.from_estimator(model, X[0], dt=0.5)
    unknown = clone(network).set_params(dt=None).fit(raster, y)
    assert EvidenceDisplay.from_estimator(unknown, raster[0], dt=0.5).ax_.get_xlim() == (0, 10)
    assert DecisionDisplay.from_estimator(unknown, raster[0], dt=0.5).ax_.get_xlim() == (0, 10)


@pytest.mark.small
def test_predictions_of_a_regressor_are_drawn_over_time(raster):
    series = raster * np.linspace(0.5, 1, 20)
    model = make_pipeline(
        SpikeEncoder("delta"), SNNRegressor(5, max_iter=1, readout="count", random_state=0))
    model.fit(series, np.arange(6.0))
    display = DecisionDisplay.from_estimator(model, series[2])
    assert display.values[-1, 0] == pytest.approx(model.predict(series[2:3])[0])
    assert display.ax_.get_ylabel() == "prediction" and display.ax_.get_legend() is None


@pytest.mark.small
def test_the_decision_over_time_names_bad_input(raster, y):
    network = SNNClassifier(5, max_iter=1, random_state=0).fit(raster, y)
    with pytest.raises(ValueError, match=r"one sample .*, got shape \(6, 3, 20\)"):
        DecisionDisplay.from_estimator(network, raster)
    several = clone(network).fit(raster, np.stack([y, y[::-1]], axis=1))
    for model in (SNNTransformer(5, rule=None).fit(raster), several):
        with pytest.raises(ValueError, match="an SNNRegressor, or an SNNClassifier with one col"):
            DecisionDisplay.from_estimator(model, raster[0])
    with pytest.raises(ValueError, match="LZCClassifier"):
        DecisionDisplay.from_estimator(LZCClassifier().fit(raster, y), raster[0])


# -- information over time


@pytest.fixture(scope="module")
def decoder():
    """A fitted decoder of three windows."""
    X = (np.random.default_rng(0).random((24, 3, 10)) < 0.4).astype(np.uint8)
    return SlidingDecoder(
        NearestCentroid(), window=6.0, step=2.0, cv=2, generalize=True, n_permutations=39,
        random_state=0).fit(X, np.arange(24) % 2)


@pytest.mark.small
def test_scores_of_windows_are_drawn_with_the_band_of_chance(decoder):
    display = SlidingDisplay.from_estimator(decoder, t_start=-10.0)
    times, mean = display.line_.get_data()
    np.testing.assert_array_equal(times, [-7, -5, -3])
    np.testing.assert_array_equal(mean, decoder.scores_.mean(axis=0))
    assert display.chance_band == decoder.chance_band() and len(display.ax_.patches) == 1
    assert display.ax_.get_xlim() == (-10, 0)
    with pytest.raises(ValueError, match="more permutations .* got 39. .*n_permutations=199"):
        SlidingDisplay.from_estimator(decoder, level=0.99)


@pytest.mark.small
def test_scores_of_each_window_in_all_others_are_an_image(decoder):
    display = GeneralizationDisplay.from_estimator(decoder)
    np.testing.assert_array_equal(
        display.image_.get_array(), decoder.generalization_scores_.mean(axis=0))
    assert display.image_.get_extent() == [2, 8, 2, 8]


@pytest.mark.small
def test_early_decisions_are_drawn_with_the_chosen_threshold(rng):
    X, y = (rng.random((40, 3, 10)) < 0.3).astype(np.uint8), np.arange(40) % 2
    X[y == 1, :, 3] = 1
    model = EarlyClassifier(SpikeTrainClassifier(["rate"]), cv=2).fit(X, y)
    display = EarlyDisplay.from_estimator(model)
    assert model.thresholds_[display.chosen] == model.threshold_ and display.length == 10.0
    np.testing.assert_array_equal(display.line_.get_ydata(), model.accuracies_)


@pytest.mark.small
def test_information_over_time_names_bad_input(decoder, rng):
    plain = clone(decoder).set_params(generalize=False, n_permutations=0)
    for display in (SlidingDisplay, GeneralizationDisplay, EarlyDisplay):
        with pytest.raises(ValueError, match="expects a fitted .*, got LZCClassifier"):
            display.from_estimator(LZCClassifier())
    with pytest.raises(NotFittedError):
        SlidingDisplay.from_estimator(plain)
    plain.fit(rng.random((24, 3, 10)), np.arange(24) % 2)
    assert SlidingDisplay.from_estimator(plain).chance_band is None
    with pytest.raises(ValueError, match="fitted with generalize=True"):
        GeneralizationDisplay.from_estimator(plain)


# -- events


@pytest.fixture(scope="module")
def detector():
    """A detector of two kinds of events."""
    return EventDetector(
        StepClassifier(), dt=DT, augment=None, max_false_alarms=None).fit(*recordings(3, 0))


def test_events_are_spans_and_decisions_are_points_at_the_threshold(detector):
    (x,), (events,) = recordings(1, 1)
    display = EventDisplay.from_estimator(detector, x, events, start=2000.0, stop=9000.0)
    (margins,), (found,) = detector.decision_function([x]), detector.predict([x])
    assert [line.get_label() for line in display.lines_] == ["tap", "wave"]
    for line, margin in zip(display.lines_, margins, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), margin[200:900])
        np.testing.assert_allclose(line.get_xdata()[[0, -1]], [2.01, 9.0])
    shown = found[(found["time"] >= 2000) & (found["time"] <= 9000)]
    assert len(shown) > 4
    for points, label in zip(display.points_, detector.classes_, strict=True):
        np.testing.assert_allclose(
            points.get_xdata(), shown["time"][shown["label"] == label] / 1000)
        assert set(points.get_ydata()) <= {detector.threshold_}
    inside = [row for row in events if row[1] > 2000 and row[0] < 9000]
    assert len(display.spans_) == len(inside)
    edges = [span.get_extents().transformed(display.ax_.transData.inverted()).x0 for span in
             display.spans_]
    np.testing.assert_allclose(edges, [row[0] / 1000 for row in inside])
    assert EventDisplay.from_estimator(detector, x).spans_ == []


def test_recall_is_drawn_over_false_alarms(detector):
    display = DetectionDisplay.from_estimator(detector)
    np.testing.assert_array_equal(display.line_.get_xdata(), detector.false_alarms_)
    np.testing.assert_array_equal(display.line_.get_ydata(), detector.recalls_)
    assert detector.thresholds_[display.chosen] == detector.threshold_


def test_displays_of_events_name_bad_input(detector):
    x = recordings(1, 1)[0][0]
    for display, others in ((EventDisplay, (x,)), (DetectionDisplay, ())):
        with pytest.raises(ValueError, match="expects a fitted EventDetector, got LZCClassifier"):
            display.from_estimator(LZCClassifier(), *others)
    with pytest.raises(ValueError, match=r"expects one sample of shape \(n_channels, n_steps\)"):
        EventDisplay.from_estimator(detector, x[0])
    with pytest.raises(ValueError, match="start must be"):
        EventDisplay.from_estimator(detector, x, start=-1.0)
    with pytest.raises(ValueError, match="stop must be"):
        EventDisplay.from_estimator(detector, x, start=5000.0, stop=4000.0)


# -- all displays


@pytest.mark.small
def test_every_display_draws_on_the_given_axes(raster, y):
    network = SNNTransformer(4, rule=None).fit(raster)
    panels = plt.subplots(1, 16)[1].ravel()
    scores, windows = np.ones((2, 2)), np.array([[0.0, 5.0], [5.0, 10.0]])
    classifier = LZCClassifier().fit(raster, y)
    displays = [
        RasterDisplay.from_raster(raster, ax=panels[0]),
        LossCurveDisplay({"name": ([1.0, 0.5], None)}).plot(panels[1]),
        ComplexityDisplay.from_features(np.arange(6), y, ax=panels[2]),
        IntrinsicsDisplay.from_estimator(network, ax=panels[4:7]),
        PSTHDisplay.from_raster(raster, ax=panels[3]),
        EvidenceDisplay.from_estimator(classifier, raster[0], ax=panels[7]),
        ImportanceDisplay(channel_importance(classifier, raster, y)).plot(panels[8]),
        DecisionDisplay(np.ones((5, 2)), ["a", "b"]).plot(panels[9]),
        SlidingDisplay(scores, windows, (0.3, 0.7)).plot(panels[10]),
        GeneralizationDisplay(scores, windows).plot(panels[11]),
        EarlyDisplay(np.arange(3.0), np.ones(3), 1, 1.0, 5.0).plot(panels[12]),
        ComparisonDisplay(Comparison("p", ("a",), np.ones((1, 2, 2)))).plot(panels[13]),
        DetectionDisplay(np.arange(3.0)[::-1], np.arange(3.0), 1, 5.0).plot(panels[14]),
        EventDisplay(raster[0], np.ones((1, 20)), 0.5, np.array(["a"]), FOUND).plot(panels[15]),
    ]
    assert {type(display).__name__ for display in displays} == DISPLAYS
    single = [display.ax_ for display in displays if not isinstance(display, IntrinsicsDisplay)]
    assert single == panels[[0, 1, 2, 3, *range(7, 16)]].tolist()
    assert displays[3].ax_.tolist() == panels[4:7].tolist()
    assert all(display.figure_ is panels[0].figure for display in displays)
    panels[0].figure.canvas.draw()
    for display in displays:
        assert display.plot() is display and display.figure_ is not panels[0].figure


# short names of style arguments, and their full names
LINE = (
    {"c": "red", "lw": 3, "ls": ":", "ms": 9, "marker": "o", "label": "a"},
    {
        "color": "red", "linewidth": 3, "linestyle": ":", "markersize": 9, "marker": "o",
        "label": "a"})
POINTS = (
    {"c": "red", "lw": 3, "ec": "blue"}, {"color": "red", "linewidths": 3, "edgecolors": "blue"})
BARS = (
    {"fc": "red", "ec": "blue", "lw": 3, "ls": ":"},
    {"facecolor": "red", "edgecolor": "blue", "linewidth": 3, "linestyle": ":"})
IMAGE = {"cmap": "Greys"}, {"cmap": "Greys"}
WINDOWS = np.array([[0.0, 5.0], [5.0, 10.0]])
STYLED = [
    (RasterDisplay(np.ones((2, 3, 4), np.uint8)), *LINE),
    (PSTHDisplay(np.arange(4.0), {None: np.eye(2, 3)}), *LINE),
    (LossCurveDisplay({"name": ([1.0, 0.5], None)}), *LINE),
    (DecisionDisplay(np.eye(5, 2), ["a", "b"]), *LINE),
    (EarlyDisplay(np.arange(3.0), np.arange(3.0), 1, 1.0, 5.0), *LINE),
    (SlidingDisplay(np.eye(2), WINDOWS, (0.3, 0.7)), *LINE),
    (DetectionDisplay(np.arange(3.0)[::-1], np.arange(3.0), 1, 5.0), *LINE),
    (EventDisplay(np.eye(2, 3), np.eye(1, 3), 0.5, np.array(["a"]), FOUND), *LINE),
    (EvidenceDisplay(np.eye(3, 4, dtype=np.uint8), np.eye(3, 4), 2), *LINE),
    (EvidenceDisplay(np.linspace(0, 1, 12).reshape(3, 4), np.eye(3, 4), 2), *LINE),
    (ComplexityDisplay(np.eye(4, 2), np.arange(4) % 2, "ab"), *POINTS),
    (ComparisonDisplay(Comparison("p", ("a",), np.arange(4.0).reshape(1, 2, 2))), *POINTS),
    (ComplexityDisplay(np.arange(4.0)[:, None], np.arange(4) % 2, "a"), *BARS),
    (IntrinsicsDisplay({"gain": 1.0}, {"gain": [np.arange(4.0)]}), *BARS),
    (ImportanceDisplay(Importance(np.arange(3.0), np.ones(3), np.ones((3, 2)))), *BARS),
    (GeneralizationDisplay(np.eye(2), WINDOWS), *IMAGE)]


def drawing(display):
    """Return the pixels of the figure of a display."""
    display.figure_.canvas.draw()
    return np.array(display.figure_.canvas.buffer_rgba())


@pytest.mark.small
@pytest.mark.parametrize(
    "display, short, full", STYLED, ids=[type(display).__name__ for display, *_ in STYLED])
def test_every_display_takes_short_names_of_style_arguments(display, short, full):
    default, by_short, by_full = (drawing(display.plot(**style)) for style in ({}, short, full))
    np.testing.assert_array_equal(by_short, by_full)
    assert not np.array_equal(by_short, default)


@pytest.mark.small
def test_wrong_style_arguments_are_refused_before_a_figure_is_made():
    assert {type(display).__name__ for display, *_ in STYLED} == DISPLAYS
    for display, *_ in STYLED:
        for wrong in ({"colour": "red"}, {"lw": 1, "linewidth": 2}):
            with pytest.raises(TypeError, match="'colour'|'lw'"):
                display.plot(**wrong)
    assert not plt.get_fignums()
