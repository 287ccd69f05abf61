"""Firing rates over time, by class."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number
from .._utils import Array, Axes, Step
from ._style import (
    by_class, check_labels, check_trains, get_axes, palette, place_legend, style_of, trains_of)

MAX_BINS = 50
MS_PER_S = 1000.0


class PSTHDisplay:
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
    >>> from skspike.plotting import PSTHDisplay
    >>> X, y = make_templates(40, random_state=0)
    >>> display = PSTHDisplay.from_raster(X, y, bin_width=5)
    """

    def __init__(self, edges: Array, rates: dict[str | None, Array]):
        self.edges = edges
        self.rates = rates

    @classmethod
    def from_raster(
            cls, raster: ArrayLike, y: ArrayLike | None = None, *, dt: Step = 1.0,
            t_start: float = 0.0, bin_width: float | None = None,
            channels: Sequence[int] | None = None, ax: Axes | None = None,
            **line_kwargs: Any) -> Self:
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
        **line_kwargs : dict
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
        raster, dt = check_trains(raster, dt, cls.__name__)
        y, t_start = check_labels(y, len(raster), cls.__name__), check_number(t_start, "t_start")
        edges = _edges(raster.shape[2], dt, bin_width)
        counts = np.add.reduceat(_channel_mean(raster, channels), edges[:-1], axis=1)
        rates = counts * (MS_PER_S / (np.diff(edges) * dt))
        by_label = {label: rates[samples] for label, _, samples in by_class(y, len(raster))}
        return cls(t_start + edges * dt, by_label).plot(ax, **line_kwargs)

    @classmethod
    def from_estimator(
            cls, estimator: Any, X: ArrayLike, y: ArrayLike | None = None, *,
            dt: Step | None = None, t_start: float = 0.0, bin_width: float | None = None,
            channels: Sequence[int] | None = None, ax: Axes | None = None,
            **line_kwargs: Any) -> Self:
        """Draw the rates of the spike trains in the output of a transformer.

        Parameters
        ----------
        estimator : SNNTransformer, SpikeEncoder or a Pipeline that ends in one
            A fitted transformer that returns rasters.
        X : array-like of shape (n_samples, ...)
            Input of the transformer.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels.
        dt : float, RasterInfo or None, default=None
            Length of a step in ms, or the `skspike.io.RasterInfo` that has it. None takes
            the step of the estimator.
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
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : PSTHDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator does not return rasters, and as in `from_raster`.
        """
        raster, dt = trains_of(estimator, X, dt, cls.__name__)
        return cls.from_raster(
            raster, y, dt=dt, t_start=t_start, bin_width=bin_width, channels=channels, ax=ax,
            **line_kwargs)

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
        self : PSTHDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax = get_axes(ax)
        centres = (self.edges[:-1] + self.edges[1:]) / 2
        colours = ["black"] if None in self.rates else palette(len(self.rates))
        self.lines_ = []
        for (label, rates), colour in zip(self.rates.items(), colours, strict=True):
            mean = rates.mean(axis=0)
            self.lines_ += ax.plot(
                centres, mean, **{"color": colour, "linewidth": 1.5, "label": label, **line_kwargs})
            if len(rates) > 1:
                error = rates.std(axis=0, ddof=1) / np.sqrt(len(rates))
                ax.fill_between(
                    centres, mean - error, mean + error, color=self.lines_[-1].get_color(),
                    alpha=0.25, linewidth=0)
        ax.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(self.edges[0], self.edges[-1]))
        ax.set_ylim(bottom=0)
        if None not in self.rates:
            place_legend(ax, title="class", handlelength=1.0)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _edges(n_steps, dt, bin_width):
    """Return the edges of the bins in steps."""
    steps = -(-n_steps // MAX_BINS)
    if bin_width is not None:
        steps = round(min(check_number(bin_width, "bin_width", above=0) / dt, n_steps))
    if steps < 1:
        raise ValueError(f"bin_width must be at least one step of dt={dt} ms, got {bin_width}.")
    return np.append(np.arange(0, n_steps, steps), n_steps)


def _channel_mean(raster, channels):
    """Return the mean of a raster over some channels, shape (n_samples, n_steps)."""
    n_channels = raster.shape[1]
    index = np.arange(n_channels) if channels is None else np.atleast_1d(channels)
    valid = index.ndim == 1 and len(index) > 0 and index.dtype.kind in "iu"
    if not valid or not ((0 <= index) & (index < n_channels)).all():
        raise ValueError(f"channels must be some of 0 to {n_channels - 1}, got {channels!r}.")
    return raster[:, index].mean(axis=1)
