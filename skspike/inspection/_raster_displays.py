"""Spike trains: raster plots, and firing rates over time by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, Axes, Step, as_spikes, check_dt, check_number, check_option
from ._style import (
    Display, by_class, check_labels, check_names, palette, place_legend, set_whole_ticks, step_of)

MAX_BINS = 50
MS_PER_S = 1000.0
MAX_TICKS = 10
SPACINGS = [a * 10**k for k in range(20) for a in (1, 2, 5)]  # of ticks
MARK_HEIGHT = 0.8  # rows
MIN_MARK_HEIGHT = 1 / 350  # as a fraction of the axes, about one pixel
RATE_AXES = (0.0, 1.03, 1.0, 0.2)  # left, bottom, width and height, in units of the axes


class TrainsDisplay(Display):
    """Display of spike trains."""

    from_raster: Any  # a class method of each display

    @classmethod
    def from_estimator(
            cls, estimator: Any, X: ArrayLike, y: ArrayLike | None = None, *,
            dt: Step | None = None, **options: Any) -> Self:
        """Draw the spike trains in the output of a transformer.

        Parameters
        ----------
        estimator : SNNTransformer, SpikeEncoder or a Pipeline that ends in one
            A fitted transformer that returns rasters.
        X : array-like of shape (n_samples, ...)
            Input of the transformer.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels.
        dt : float, RasterInfo or None, default=None
            Length of a step in ms, or the `skspike.io.RasterInfo` that has it. None takes the step
            of the estimator.
        **options : dict
            Passed to `from_raster`, such as ``t_start``, ``ax`` or style arguments.

        Returns
        -------
        display : Display
            The display.

        Raises
        ------
        ValueError
            If the estimator does not return rasters, and as in `from_raster`.
        """
        if not hasattr(estimator, "transform"):
            raise ValueError(
                f"{cls.__name__} expects a transformer that returns spike trains, such as "
                f"SNNTransformer, got {estimator!r}.")
        dt = step_of(estimator, dt)
        return cls.from_raster(estimator.transform(X), y, dt=dt, **options)


@dataclass(eq=False, repr=False)
class PSTHDisplay(TrainsDisplay):
    """Peristimulus time histogram: the firing rate over time, by class.

    Spikes are counted in time bins. A line is the mean rate over the samples of a class, and the
    band around it is the standard error of the mean. Create a display with `from_raster` or
    `from_estimator`.

    Parameters
    ----------
    edges : ndarray of shape (n_bins + 1,)
        Edges of the bins in ms.
    rates : dict of str or None to ndarray of shape (n_samples, n_bins)
        Rates of the samples of each class in Hz, averaged over channels. Without classes, the only
        key is None.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The mean rate of each class.

    See Also
    --------
    RasterDisplay : Plot single spikes.

    References
    ----------
    .. [1] G. L. Gerstein and N. Y.-S. Kiang, "An approach to the quantitative analysis of
        electrophysiological data from single neurons", Biophysical Journal 1(1), 1960.

    Examples
    --------
    >>> from skspike.datasets import make_templates
    >>> from skspike.inspection import PSTHDisplay
    >>> X, y = make_templates(40, random_state=0)
    >>> display = PSTHDisplay.from_raster(X, y, bin_width=5)
    """

    edges: Array
    rates: dict[str | None, Array]

    @classmethod
    def from_raster(
            cls, raster: ArrayLike, y: ArrayLike | None = None, *, dt: Step = 1.0,
            t_start: float = 0.0, bin_width: float | None = None,
            channels: Sequence[int] | None = None, ax: Axes | None = None,
            **style: Any) -> Self:
        """Draw the rates of spike trains.

        Parameters
        ----------
        raster : array-like of shape (n_samples, n_channels, n_steps) or (n_channels, n_steps)
            Spike trains of 0 and 1, of several samples or of one.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels.
        dt : float or RasterInfo, default=1.0
            Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.
        t_start : float, default=0.0
            Start of the first step in ms, such as -100 for samples that begin 100 ms before an
            event.
        bin_width : float or None, default=None
            Length of a bin in ms, rounded to whole steps. The last bin may be shorter. None makes
            at most 50 bins.
        channels : sequence of int or None, default=None
            Channels, or neurons, to average over. None takes all.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : PSTHDisplay
            The display.

        Raises
        ------
        ValueError
            If a value is not 0 or 1, there is not one label for each sample, a channel does not
            exist, or a bin is shorter than a step.
        """
        raster, dt = _checked(raster, dt, cls.__name__)
        y, t_start = check_labels(y, len(raster), cls.__name__), check_number(t_start, "t_start")
        n_steps = raster.shape[2]
        width = -(-n_steps // MAX_BINS)  # steps
        if bin_width is not None:
            width = round(min(check_number(bin_width, "bin_width", above=0) / dt, n_steps))
        if width < 1:
            raise ValueError(f"bin_width must be at least one step of dt={dt} ms, got {bin_width}.")
        edges = np.append(np.arange(0, n_steps, width), n_steps)
        counts = np.add.reduceat(_channel_mean(raster, channels), edges[:-1], axis=1)
        rates = counts * (MS_PER_S / (np.diff(edges) * dt))
        by_label = {label: rates[samples] for label, _, samples in by_class(y, len(raster))}
        return cls(t_start + edges * dt, by_label).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw a line and a band for each class."""
        centres = (self.edges[:-1] + self.edges[1:]) / 2
        colours = ["black"] if None in self.rates else palette(len(self.rates))
        self.lines_ = []
        for (label, rates), colour in zip(self.rates.items(), colours, strict=True):
            mean = rates.mean(axis=0)
            self.lines_ += ax.plot(
                centres, mean, **{"color": colour, "linewidth": 1.5, "label": label, **style})
            if len(rates) > 1:
                error = rates.std(axis=0, ddof=1) / np.sqrt(len(rates))
                ax.fill_between(
                    centres, mean - error, mean + error, color=self.lines_[-1].get_color(),
                    alpha=0.25, linewidth=0)
        ax.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(self.edges[0], self.edges[-1]))
        ax.set_ylim(bottom=0)
        if None not in self.rates:
            place_legend(ax, title="class", handlelength=1.0)


@dataclass(eq=False, repr=False)
class RasterDisplay(TrainsDisplay):
    """Spike raster with a row for each channel and a mark for each spike.

    The channels of a sample are adjacent rows, by default with the first sample at the top. With
    labels, samples are sorted and coloured by class. Create a display with `from_raster` or
    `from_estimator`.

    Parameters
    ----------
    raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,) or None, default=None
        Class labels.
    dt : float, default=1.0
        Length of a step in ms.
    channel_names : sequence of str or None, default=None
        Names of the channels. Shown only for a single sample.
    origin : {"upper", "lower"}, default="upper"
        Position of channel 0 of the first sample.
    rates : bool, default=False
        Whether to plot the firing rate of each class over time above the raster.
    t_start : float, default=0.0
        Start of the first step in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The spikes, one line per class, which is fast for hundreds of thousands of spikes.
    rates_ : PSTHDisplay or None
        Display of the rates above the raster.

    See Also
    --------
    PSTHDisplay : Plot the rates alone.
    skspike.trains.firing_rate : Compute the mean rate of each train.

    Examples
    --------
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import RasterDisplay
    >>> X, y = make_order(10, random_state=0)
    >>> display = RasterDisplay.from_raster(X, y)

    Draw one sample with channel 0 at the bottom, and its rate above:

    >>> units = [f"unit {k}" for k in range(20)]
    >>> display = RasterDisplay.from_raster(X[0], channel_names=units, origin="lower", rates=True)
    """

    raster: Array
    y: Array | None = None
    dt: float = 1.0
    channel_names: Sequence[str] | None = None
    origin: str = "upper"
    rates: bool = False
    t_start: float = 0.0

    @classmethod
    def from_raster(
            cls, raster: ArrayLike, y: ArrayLike | None = None, *, dt: Step = 1.0,
            t_start: float = 0.0, channel_names: Sequence[str] | None = None, origin: str = "upper",
            rates: bool = False, ax: Axes | None = None, **style: Any) -> Self:
        """Draw spike trains.

        Parameters
        ----------
        raster : array-like of shape (n_samples, n_channels, n_steps) or (n_channels, n_steps)
            Spike trains of 0 and 1, of several samples or of one.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels, which sort and colour the samples.
        dt : float or RasterInfo, default=1.0
            Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.
        t_start : float, default=0.0
            Start of the first step in ms, such as -100 for samples that begin 100 ms before an
            event.
        channel_names : sequence of str or None, default=None
            Names of the channels, such as ``info.channel_names`` of `skspike.io` or the result of
            ``get_feature_names_out``. Shown only for a single sample.
        origin : {"upper", "lower"}, default="upper"
            Position of channel 0 of the first sample: at the top, as in a table, or at the bottom,
            as in most figures of recordings.
        rates : bool, default=False
            Whether to plot the firing rate of each class over time above the raster.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : RasterDisplay
            The display.

        Raises
        ------
        ValueError
            If a value is not 0 or 1, there is not one label for each sample and one name for each
            channel, or `origin` is neither "upper" nor "lower".
        """
        raster, dt = _checked(raster, dt, cls.__name__)
        y = check_labels(y, len(raster), cls.__name__)
        names = check_names(channel_names, raster.shape[1], cls.__name__)
        check_option(origin, "origin", ("upper", "lower"))
        t_start = check_number(t_start, "t_start")
        return cls(raster, y, dt, names, origin, rates, t_start).plot(ax, **style)

    def _draw(self, ax, style):
        """Draw the marks, labels of samples or channels, and the rates."""
        n_samples, n_channels, n_steps = self.raster.shape
        order = np.arange(n_samples) if self.y is None else np.argsort(self.y, kind="stable")
        ranks = order.argsort()
        self.lines_ = []
        for label, colour, samples in by_class(self.y, n_samples):
            self.lines_ += ax.plot(*self._marks(samples, ranks[samples]), **{
                "color": colour, "linewidth": 1.0, "solid_capstyle": "butt", "label": label,
                **style})
        ylim = -0.5, n_samples * n_channels - 0.5
        ax.set(
            xlabel="time (ms)", xlim=(self.t_start, self.t_start + n_steps * self.dt),
            ylim=ylim[::-1] if self.origin == "upper" else ylim)
        if n_samples > 1:
            self._label_samples(ax, order)
        elif self.channel_names is None:
            ax.set_ylabel("channel")
            set_whole_ticks(ax.yaxis)
        else:
            ax.set_ylabel("channel")
            ax.set_yticks(range(n_channels), labels=self.channel_names)
        if self.y is not None:
            place_legend(ax, title="class", handlelength=1.0)
            for handle in ax.get_legend().get_lines():
                handle.set_linewidth(4)
        self.rates_ = self._draw_rates(ax) if self.rates else None

    def _marks(self, samples, ranks):
        """Return the spikes of samples with some ranks in the plot as points of one broken line.

        A collection of marks would take ten times as long to draw.
        """
        n_samples, n_channels, _ = self.raster.shape
        sample, channel, step = np.nonzero(self.raster[samples])
        row = ranks[sample] * n_channels + channel
        half = max(MARK_HEIGHT, MIN_MARK_HEIGHT * n_samples * n_channels) / 2
        x = np.repeat(self.t_start + (step + 0.5) * self.dt, 3)  # middle of the step
        return x, np.stack([row - half, row + half, np.full(len(row), np.nan)], axis=1).ravel()

    def _label_samples(self, ax, order):
        """Label few samples by their index in the input, and many by their rank in the plot."""
        n_samples, n_channels, _ = self.raster.shape
        spacing = next(step for step in SPACINGS if n_samples <= MAX_TICKS * step)
        ranks = np.arange(0, n_samples, spacing)
        names, label = ranks, "samples" if self.y is None else "samples, sorted by class"
        if spacing == 1:
            names, label = order, "sample"
        ax.set_yticks(ranks * n_channels + (n_channels - 1) / 2, labels=map(str, names))
        ax.set_ylabel(label if n_channels == 1 else f"{label} ({n_channels} channels each)")
        if n_channels > 1 and spacing == 1:
            for k in range(1, n_samples):
                ax.axhline(k * n_channels - 0.5, color="0.85", linewidth=0.6, zorder=0)

    def _draw_rates(self, ax):
        """Plot the rates above the raster, over the same time."""
        rate_ax = ax.inset_axes(RATE_AXES, sharex=ax)
        display = PSTHDisplay.from_raster(
            self.raster, self.y, dt=self.dt, t_start=self.t_start, ax=rate_ax)
        rate_ax.tick_params(labelbottom=False)
        rate_ax.set(xlabel="", ylabel="rate\n(Hz)")
        if rate_ax.get_legend():
            rate_ax.get_legend().remove()  # same as the legend of the raster
        return display


def _checked(raster, dt, name):
    """Return spike trains as an array (n_samples, n_channels, n_steps), and the checked step."""
    dt = check_dt(dt)
    raster = as_spikes(raster, name, "n_channels", "n_steps")
    if raster.ndim > 3 or not len(raster):
        raise ValueError(
            f"{name} expects an array of shape (n_channels, n_steps), or of shape (n_samples, "
            f"n_channels, n_steps) with at least one sample, got shape {raster.shape}.")
    return raster.reshape(-1, *raster.shape[-2:]), dt


def _channel_mean(raster, channels):
    """Return the mean of a raster over some channels, shape (n_samples, n_steps)."""
    n_channels = raster.shape[1]
    index = np.arange(n_channels) if channels is None else np.atleast_1d(channels)
    valid = index.ndim == 1 and len(index) > 0 and index.dtype.kind in "iu"
    if not valid or not ((0 <= index) & (index < n_channels)).all():
        raise ValueError(f"channels must be some of 0 to {n_channels - 1}, got {channels!r}.")
    return raster[:, index].mean(axis=1)
