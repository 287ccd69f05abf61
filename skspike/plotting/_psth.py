"""Firing rates over time, by class."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number
from .._utils import Array, Axes
from ._axes import get_axes, legend_beside
from ._palette import palette
from ._trains import by_class, check_labels, check_trains, raster_from

MOST_BINS = 50
MS = 1000.0  # of a second


class PSTHDisplay:
    """Peristimulus time histogram: the firing rate over time, by class.

    Spikes are counted in bins of time; a line is the mean rate of a class over its samples, and the
    band around it is the standard error of that mean. Make one with `from_raster` or
    `from_estimator`.

    Parameters
    ----------
    edges : ndarray of shape (n_bins + 1,)
        Where the bins begin and end, in ms.
    rates : dict of str or None to ndarray of shape (n_samples, n_bins)
        Rates in Hz, averaged over channels, of the samples of each class; the only key is None
        where there are no classes.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : list of matplotlib Line2D
        The mean rates, one for each class.

    See Also
    --------
    RasterDisplay : The spikes themselves.

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
        cls,
        raster: ArrayLike,
        y: ArrayLike | None = None,
        *,
        dt: float = 1.0,
        t_start: float = 0.0,
        bin_width: float | None = None,
        channels: Sequence[int] | None = None,
        ax: Axes | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Draw the rates of spike trains.

        Parameters
        ----------
        raster : array-like of shape (n_samples, n_channels, n_steps) or (n_channels, n_steps)
            Spike trains of 0 and 1, of several samples or of one.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels.
        dt : float, default=1.0
            Length of a step in ms.
        t_start : float, default=0.0
            When the first step begins, in ms, such as -100 where samples begin 100 ms before an
            event.
        bin_width : float or None, default=None
            Length of a bin in ms, rounded to whole steps, the last bin may be shorter; None makes
            at most 50 bins.
        channels : sequence of int or None, default=None
            The channels over which rates are averaged; None takes all.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : PSTHDisplay
            The display.

        Raises
        ------
        ValueError
            If there are values other than 0 and 1, not one label for each sample, a channel is not
            there, or a bin holds no step.
        """
        raster, dt = check_trains(raster, dt, cls.__name__)
        y, t_start = check_labels(y, len(raster), cls.__name__), check_number(t_start, "t_start")
        edges = _edges(raster.shape[2], dt, bin_width)
        counts = np.add.reduceat(_picked(raster, channels), edges[:-1], axis=1)
        rates = counts * (MS / (np.diff(edges) * dt))
        return cls(
            t_start + edges * dt,
            {label: rates[where] for label, _, where in by_class(y, len(raster))}).plot(
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
        bin_width: float | None = None,
        channels: Sequence[int] | None = None,
        ax: Axes | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Draw the rates of the spike trains that a transformer makes of X.

        Parameters
        ----------
        estimator : SNNTransformer, SpikeEncoder or a Pipeline that ends in one
            A fitted transformer that returns rasters.
        X : array-like of shape (n_samples, ...)
            Its input.
        y : array-like of shape (n_samples,) or None, default=None
            Class labels.
        dt : float or None, default=None
            Length of a step in ms; None takes the estimator's.
        t_start : float, default=0.0
            When the first step begins, in ms, such as -100 where samples begin 100 ms before an
            event.
        bin_width : float or None, default=None
            Length of a bin in ms, rounded to whole steps, the last bin may be shorter; None makes
            at most 50 bins.
        channels : sequence of int or None, default=None
            The channels, or neurons, over which rates are averaged; None takes all.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
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
        raster, dt = raster_from(estimator, X, dt, cls.__name__)
        return cls.from_raster(
            raster, y, dt=dt, t_start=t_start, bin_width=bin_width, channels=channels, ax=ax,
            **line_kwargs)

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
        self : PSTHDisplay
            The display.
        """
        ax = get_axes(ax)
        middles = (self.edges[:-1] + self.edges[1:]) / 2
        colours = ["black"] if None in self.rates else palette(len(self.rates))
        self.lines_ = []
        for (label, rates), colour in zip(self.rates.items(), colours, strict=True):
            mean = rates.mean(axis=0)
            self.lines_ += ax.plot(
                middles, mean, **{"color": colour, "linewidth": 1.5, "label": label, **line_kwargs})
            if len(rates) > 1:
                error = rates.std(axis=0, ddof=1) / np.sqrt(len(rates))
                ax.fill_between(
                    middles, mean - error, mean + error, color=self.lines_[-1].get_color(),
                    alpha=0.25, linewidth=0)
        ax.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(self.edges[0], self.edges[-1]))
        ax.set_ylim(bottom=0)
        if None not in self.rates:
            legend_beside(ax, title="class", handlelength=1.0)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _edges(n_steps, dt, bin_width):
    """Return the steps at which bins begin, and the end."""
    if bin_width is None:
        return np.append(np.arange(0, n_steps, -(-n_steps // MOST_BINS)), n_steps)
    steps = round(min(check_number(bin_width, "bin_width", above=0) / dt, n_steps))
    if steps < 1:
        raise ValueError(f"bin_width={bin_width} holds no step of dt={dt} ms; take at least {dt}.")
    return np.append(np.arange(0, n_steps, steps), n_steps)


def _picked(raster, channels):
    """Return the spikes of some channels in each step, averaged over these channels."""
    n_channels = raster.shape[1]
    chosen = np.arange(n_channels) if channels is None else np.atleast_1d(channels)
    if chosen.ndim != 1 or not len(chosen) or chosen.dtype.kind not in "iu" or not (
            (0 <= chosen) & (chosen < n_channels)).all():
        raise ValueError(f"channels must be some of 0 to {n_channels - 1}, got {channels!r}.")
    return raster[:, chosen].mean(axis=1)
