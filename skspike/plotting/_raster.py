"""Spike rasters as pictures."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number, check_option
from .._utils import Array, Axes
from ._axes import get_axes, legend_beside
from ._psth import PSTHDisplay
from ._trains import by_class, check_labels, check_names, check_trains, raster_from

MOST_TICKS = 10
HEIGHT = 0.8  # of a mark, in rows
VISIBLE = 1 / 350  # least height of a mark, as a share of the axes: about a pixel
STRIP = (0.0, 1.03, 1.0, 0.2)  # where the rates stand, in units of the axes


class RasterDisplay:
    """Spike raster: a row for each channel, a mark for each spike.

    The channels of a sample stand together, and samples stand one beside the other, the first one
    at the top; with labels they are sorted by class and coloured. Make one with `from_raster` or
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
        Names of the channels, shown where a single sample is drawn.
    origin : {"upper", "lower"}, default="upper"
        Where channel 0 of the first sample stands.
    rates : bool, default=False
        Whether a strip above the raster tells the firing rate over time, of each class.
    t_start : float, default=0.0
        When the first step begins, in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : list of matplotlib Line2D
        The spikes, one artist per class: fast with hundreds of thousands of them.
    rates_ : PSTHDisplay or None
        What the strip shows.

    See Also
    --------
    PSTHDisplay : Rates over time by class, in a picture of their own.
    skspike.metrics.firing_rate : Rates of the same trains.

    Examples
    --------
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import RasterDisplay
    >>> X, y = make_order(10, random_state=0)
    >>> display = RasterDisplay.from_raster(X, y)

    One sample as neuroscientists draw it, and its rate above:

    >>> units = [f"unit {k}" for k in range(20)]
    >>> display = RasterDisplay.from_raster(X[0], channel_names=units, origin="lower", rates=True)
    """

    def __init__(
        self,
        raster: Array,
        y: Array | None = None,
        dt: float = 1.0,
        channel_names: Sequence[str] | None = None,
        origin: str = "upper",
        rates: bool = False,
        t_start: float = 0.0,
    ):
        self.raster = raster
        self.y = y
        self.dt = dt
        self.channel_names = channel_names
        self.origin = origin
        self.rates = rates
        self.t_start = t_start

    @classmethod
    def from_raster(
        cls,
        raster: ArrayLike,
        y: ArrayLike | None = None,
        *,
        dt: float = 1.0,
        t_start: float = 0.0,
        channel_names: Sequence[str] | None = None,
        origin: str = "upper",
        rates: bool = False,
        ax: Axes | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Draw spike trains.

        Parameters
        ----------
        raster : array-like of shape (n_samples, n_channels, n_steps) or (n_channels, n_steps)
            Spike trains of 0 and 1, of several samples or of one.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels, which sort and colour the samples.
        dt : float, default=1.0
            Length of a step in ms.
        t_start : float, default=0.0
            When the first step begins, in ms, such as -100 where samples begin 100 ms before an
            event.
        channel_names : sequence of str or None, default=None
            Names of the channels, such as ``info.channel_names`` of `skspike.io`; shown where a
            single sample is drawn.
        origin : {"upper", "lower"}, default="upper"
            Where channel 0 of the first sample stands: at the top, as in a table, or at the bottom,
            as in most figures of recordings.
        rates : bool, default=False
            Whether a strip above the raster tells the firing rate over time, of each class.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : RasterDisplay
            The display.

        Raises
        ------
        ValueError
            If there are values other than 0 and 1, not one label for each sample or one name for
            each channel, or `origin` is neither.
        """
        raster, dt = check_trains(raster, dt, cls.__name__)
        y = check_labels(y, len(raster), cls.__name__)
        names = check_names(channel_names, raster.shape[1], cls.__name__)
        check_option(origin, "origin", ("upper", "lower"))
        return cls(raster, y, dt, names, origin, rates, check_number(t_start, "t_start")).plot(
            ax, **line_kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        dt: float | None = None,
        t_start: float = 0.0,
        channel_names: Sequence[str] | None = None,
        origin: str = "upper",
        rates: bool = False,
        ax: Axes | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Draw the spike trains that a transformer makes of X.

        Parameters
        ----------
        estimator : SNNTransformer, SpikeEncoder or a Pipeline that ends in one
            A fitted transformer that returns rasters.
        X : array-like of shape (n_samples, ...)
            Its input.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels, which sort and colour the samples.
        dt : float or None, default=None
            Length of a step in ms; None takes the estimator's.
        t_start : float, default=0.0
            When the first step begins, in ms, such as -100 where samples begin 100 ms before an
            event.
        channel_names : sequence of str or None, default=None
            Names of the channels, such as those of ``get_feature_names_out``; shown where a single
            sample is drawn.
        origin : {"upper", "lower"}, default="upper"
            Where channel 0 of the first sample stands: at the top, as in a table, or at the bottom,
            as in most figures of recordings.
        rates : bool, default=False
            Whether a strip above the raster tells the firing rate over time, of each class.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
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
        raster, dt = raster_from(estimator, X, dt, cls.__name__)
        return cls.from_raster(
            raster, y, dt=dt, t_start=t_start, channel_names=channel_names, origin=origin,
            rates=rates, ax=ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw, once more if it was drawn before.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : RasterDisplay
            The display.
        """
        ax = get_axes(ax)
        n_samples, n_channels, n_steps = self.raster.shape
        order = np.arange(n_samples) if self.y is None else np.argsort(self.y, kind="stable")
        sorted_raster = self.raster[order]
        self.lines_ = []
        for label, colour, where in by_class(None if self.y is None else self.y[order], n_samples):
            x, rows = self._marks(sorted_raster, where)
            options = {
                "color": colour, "linewidth": 1.0, "solid_capstyle": "butt", "label": label,
                **line_kwargs}
            self.lines_ += ax.plot(x, rows, **options)
        height = -0.5, n_samples * n_channels - 0.5
        ax.set(xlabel="time (ms)", xlim=(self.t_start, self.t_start + n_steps * self.dt))
        ax.set(ylim=height[::-1] if self.origin == "upper" else height)
        if n_samples > 1:
            self._name_samples(ax, order)
        else:
            self._name_channels(ax)
        if self.y is not None:
            legend_beside(ax, title="class", handlelength=1.0)
            for handle in ax.get_legend().get_lines():
                handle.set_linewidth(4)
        self.rates_ = self._strip(ax) if self.rates else None
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _marks(self, raster, where):
        """Return the spikes of some samples as one broken line: a collection of marks would take ten times as long to draw."""
        sample, channel, step = np.nonzero(raster[where])
        row = where[sample] * raster.shape[1] + channel
        half = max(HEIGHT, VISIBLE * raster.shape[0] * raster.shape[1]) / 2
        x = np.repeat(self.t_start + (step + 0.5) * self.dt, 3)  # the middle of the step
        return x, np.stack([row - half, row + half, np.full(len(row), np.nan)], axis=1).ravel()

    def _name_samples(self, ax, order):
        """Name few samples by their place in the input, with lines between them; count many."""
        n_samples, n_channels, _ = self.raster.shape
        every = next(
            step
            for step in (a * 10**k for k in range(20) for a in (1, 2, 5))
            if n_samples <= MOST_TICKS * step)
        at = np.arange(0, n_samples, every)
        ax.set_yticks(
            at * n_channels + (n_channels - 1) / 2,
            labels=map(str, order[at] if every == 1 else at))
        what = (
            "sample" if every == 1 else "samples" if self.y is None else "samples, sorted by class")
        ax.set_ylabel(what if n_channels == 1 else f"{what} ({n_channels} channels each)")
        if n_channels > 1 and every == 1:
            for k in range(1, n_samples):
                ax.axhline(k * n_channels - 0.5, color="0.85", linewidth=0.6, zorder=0)

    def _name_channels(self, ax):
        """Name or number the channels of a single sample."""
        ax.set_ylabel("channel")
        if self.channel_names is None:
            ax.yaxis.get_major_locator().set_params(integer=True)
        else:
            ax.set_yticks(range(len(self.channel_names)), labels=self.channel_names)

    def _strip(self, ax):
        """Draw the rates above the raster, over the same time."""
        strip = ax.inset_axes(STRIP, sharex=ax)
        display = PSTHDisplay.from_raster(
            self.raster, self.y, dt=self.dt, t_start=self.t_start, ax=strip)
        strip.tick_params(labelbottom=False)
        strip.set(xlabel="", ylabel="rate\n(Hz)")
        if strip.get_legend():
            strip.get_legend().remove()  # the raster's tells the same
        return display
