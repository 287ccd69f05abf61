"""Raster plots of spike trains."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number, check_option
from .._utils import Array, Axes, Step
from ._psth import PSTHDisplay
from ._style import (
    by_class, check_labels, check_names, check_trains, get_axes, place_legend, set_whole_ticks,
    style_of, trains_of)

MAX_TICKS = 10
SPACINGS = [a * 10**k for k in range(20) for a in (1, 2, 5)]  # of ticks
MARK_HEIGHT = 0.8  # rows
MIN_MARK_HEIGHT = 1 / 350  # as a fraction of the axes, about one pixel
RATE_AXES = (0.0, 1.03, 1.0, 0.2)  # left, bottom, width and height, in units of the axes


class RasterDisplay:
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
    skspike.metrics.firing_rate : Compute the mean rate of each train.

    Examples
    --------
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import RasterDisplay
    >>> X, y = make_order(10, random_state=0)
    >>> display = RasterDisplay.from_raster(X, y)

    Draw one sample with channel 0 at the bottom, and its rate above:

    >>> units = [f"unit {k}" for k in range(20)]
    >>> display = RasterDisplay.from_raster(X[0], channel_names=units, origin="lower", rates=True)
    """

    def __init__(
            self, raster: Array, y: Array | None = None, dt: float = 1.0,
            channel_names: Sequence[str] | None = None, origin: str = "upper", rates: bool = False,
            t_start: float = 0.0):
        self.raster = raster
        self.y = y
        self.dt = dt
        self.channel_names = channel_names
        self.origin = origin
        self.rates = rates
        self.t_start = t_start

    @classmethod
    def from_raster(
            cls, raster: ArrayLike, y: ArrayLike | None = None, *, dt: Step = 1.0,
            t_start: float = 0.0, channel_names: Sequence[str] | None = None, origin: str = "upper",
            rates: bool = False, ax: Axes | None = None, **line_kwargs: Any) -> Self:
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
        **line_kwargs : dict
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
        raster, dt = check_trains(raster, dt, cls.__name__)
        y = check_labels(y, len(raster), cls.__name__)
        names = check_names(channel_names, raster.shape[1], cls.__name__)
        check_option(origin, "origin", ("upper", "lower"))
        t_start = check_number(t_start, "t_start")
        return cls(raster, y, dt, names, origin, rates, t_start).plot(ax, **line_kwargs)

    @classmethod
    def from_estimator(
            cls, estimator: Any, X: ArrayLike, y: ArrayLike | None = None, *,
            dt: Step | None = None, t_start: float = 0.0,
            channel_names: Sequence[str] | None = None, origin: str = "upper", rates: bool = False,
            ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the spike trains in the output of a transformer.

        Parameters
        ----------
        estimator : SNNTransformer, SpikeEncoder or a Pipeline that ends in one
            A fitted transformer that returns rasters.
        X : array-like of shape (n_samples, ...)
            Input of the transformer.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels, which sort and colour the samples.
        dt : float, RasterInfo or None, default=None
            Length of a step in ms, or the `skspike.io.RasterInfo` that has it. None takes
            the step of the estimator.
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
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : RasterDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator does not return rasters, and as in `from_raster`.
        """
        raster, dt = trains_of(estimator, X, dt, cls.__name__)
        return cls.from_raster(
            raster, y, dt=dt, t_start=t_start, channel_names=channel_names, origin=origin,
            rates=rates, ax=ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : RasterDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax = get_axes(ax)
        n_samples, n_channels, n_steps = self.raster.shape
        order = np.arange(n_samples) if self.y is None else np.argsort(self.y, kind="stable")
        sorted_raster = self.raster[order]
        sorted_y = None if self.y is None else self.y[order]
        self.lines_ = []
        for label, colour, samples in by_class(sorted_y, n_samples):
            options = {
                "color": colour, "linewidth": 1.0, "solid_capstyle": "butt", "label": label,
                **line_kwargs}
            self.lines_ += ax.plot(*self._marks(sorted_raster, samples), **options)
        ylim = -0.5, n_samples * n_channels - 0.5
        ax.set(
            xlabel="time (ms)", xlim=(self.t_start, self.t_start + n_steps * self.dt),
            ylim=ylim[::-1] if self.origin == "upper" else ylim)
        if n_samples > 1:
            self._label_samples(ax, order)
        else:
            self._label_channels(ax)
        if self.y is not None:
            place_legend(ax, title="class", handlelength=1.0)
            for handle in ax.get_legend().get_lines():
                handle.set_linewidth(4)
        self.rates_ = self._draw_rates(ax) if self.rates else None
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _marks(self, raster, samples):
        """Return the spikes of some samples as the points of one broken line.

        A collection of marks would take ten times as long to draw.
        """
        sample, channel, step = np.nonzero(raster[samples])
        row = samples[sample] * raster.shape[1] + channel
        half = max(MARK_HEIGHT, MIN_MARK_HEIGHT * raster.shape[0] * raster.shape[1]) / 2
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

    def _label_channels(self, ax):
        """Label the channels of a single sample by their names or numbers."""
        ax.set_ylabel("channel")
        if self.channel_names is None:
            set_whole_ticks(ax.yaxis)
        else:
            ax.set_yticks(range(len(self.channel_names)), labels=self.channel_names)

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
