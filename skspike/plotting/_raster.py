"""Spike rasters as pictures."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Array, Axes
from .._validation import DT, as_spikes, check_number
from ._axes import check_labels, get_axes, legend_beside
from ._palette import palette

MOST_TICKS = 10
HEIGHT = 0.8  # of a mark, in rows
VISIBLE = 1 / 350  # least height of a mark, as a share of the axes: about a pixel


class RasterDisplay:
    """Spike raster: a row for each channel, a mark for each spike.

    The channels of a sample stand together, and samples stand one above the other, the first one at the top; with labels they are
    sorted by class and coloured. Make one with `from_raster` or `from_estimator`.

    Parameters
    ----------
    raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,) or None, default=None
        Class labels.
    dt : float, default=1.0
        Length of a step in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : list of matplotlib Line2D
        The spikes, one artist per class: fast with hundreds of thousands of them.

    See Also
    --------
    skspike.metrics.firing_rate : Rates of the same trains.

    Examples
    --------
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import RasterDisplay
    >>> X, y = make_order(10, random_state=0)
    >>> display = RasterDisplay.from_raster(X, y)
    """

    def __init__(self, raster: Array, y: Array | None = None, dt: float = 1.0):
        self.raster = raster
        self.y = y
        self.dt = dt

    @classmethod
    def from_raster(
        cls, raster: ArrayLike, y: ArrayLike | None = None, *, dt: float = 1.0, ax: Axes | None = None, **line_kwargs: Any
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
            If there are values other than 0 and 1, or not one label for each sample.
        """
        dt = check_number(dt, "dt", **DT)
        raster = as_spikes(raster, cls.__name__, "n_channels", "n_steps")
        if raster.ndim > 3 or not len(raster):
            wanted = "(n_samples, n_channels, n_steps) with at least one sample, or (n_channels, n_steps)"
            raise ValueError(f"{cls.__name__} expects an array of shape {wanted}, got shape {raster.shape}.")
        raster = raster.reshape(-1, *raster.shape[-2:])
        return cls(raster, check_labels(y, len(raster), cls.__name__), dt).plot(ax, **line_kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        dt: float | None = None,
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
            If the estimator does not return rasters.
        """
        if not hasattr(estimator, "transform"):
            raise ValueError(f"{cls.__name__} expects a transformer that returns spike trains, such as SNNTransformer, got {estimator!r}.")
        raster = estimator.transform(X)
        if dt is None:
            last = estimator[-1] if hasattr(estimator, "steps") else estimator
            dt = getattr(last, "dt_", getattr(last, "dt", 1.0))
        return cls.from_raster(raster, y, dt=dt, ax=ax, **line_kwargs)

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
        for label, colour, where in self._classes(order):
            x, rows = self._marks(sorted_raster, where)
            options = {"color": colour, "linewidth": 1.0, "solid_capstyle": "butt", "label": label, **line_kwargs}
            self.lines_ += ax.plot(x, rows, **options)
        ax.set(xlabel="time (ms)", xlim=(0, n_steps * self.dt), ylim=(n_samples * n_channels - 0.5, -0.5))
        if n_samples > 1:
            self._name_samples(ax, order)
        else:
            ax.set_ylabel("channel")
            ax.yaxis.get_major_locator().set_params(integer=True)
        if self.y is not None:
            legend_beside(ax, title="class", handlelength=1.0)
            for handle in ax.get_legend().get_lines():
                handle.set_linewidth(4)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _classes(self, order):
        """Return a label, a colour and the places in the order of each class."""
        if self.y is None:
            return [(None, "black", np.arange(len(order)))]
        labels = np.unique(self.y)
        y = self.y[order]
        return [(str(label), colour, np.flatnonzero(y == label)) for label, colour in zip(labels, palette(len(labels)), strict=True)]

    def _marks(self, raster, where):
        """Return the spikes of some samples as one broken line: a collection of marks would take ten times as long to draw."""
        sample, channel, step = np.nonzero(raster[where])
        row = where[sample] * raster.shape[1] + channel
        half = max(HEIGHT, VISIBLE * raster.shape[0] * raster.shape[1]) / 2
        x = np.repeat((step + 0.5) * self.dt, 3)  # the middle of the step
        return x, np.stack([row - half, row + half, np.full(len(row), np.nan)], axis=1).ravel()

    def _name_samples(self, ax, order):
        """Name few samples by their place in the input, with lines between them; count many."""
        n_samples, n_channels, _ = self.raster.shape
        every = next(step for step in (a * 10**k for k in range(20) for a in (1, 2, 5)) if n_samples <= MOST_TICKS * step)
        at = np.arange(0, n_samples, every)
        ax.set_yticks(at * n_channels + (n_channels - 1) / 2, labels=map(str, order[at] if every == 1 else at))
        what = "sample" if every == 1 else "samples" if self.y is None else "samples, sorted by class"
        ax.set_ylabel(what if n_channels == 1 else f"{what} ({n_channels} channels each)")
        if n_channels > 1 and every == 1:
            for k in range(1, n_samples):
                ax.axhline(k * n_channels - 0.5, color="0.85", linewidth=0.6, zorder=0)
