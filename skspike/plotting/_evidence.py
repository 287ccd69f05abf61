"""Evidence for a decision, drawn over the spikes or series of a sample."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers, is_raster
from .._compile import part_bounds
from .._utils import Array, Axes, Seed, Step
from ..inspection import explain
from ._style import check_names, get_axes, palette, pyplot, step_of, style_of

SERIES_HEIGHT = 0.8  # rows between the lowest and the highest value of all channels


class EvidenceDisplay:
    """Evidence of each channel and window of time for the decision on one sample.

    Orange supports the target, blue is against it. Spikes are marks, and series are lines. Create a
    display with `from_estimator`.

    Parameters
    ----------
    sample : ndarray of shape (n_channels, n_steps)
        Spikes or series.
    evidence : ndarray of shape (n_channels, n_steps)
        Evidence, as in `skspike.inspection.Explanation`.
    n_windows : int
        Number of windows of time, whose evidence is summed.
    target : object, default=None
        The class that is explained, for the label of the colours.
    dt : float, default=1.0
        Length of a step in ms.
    channel_names : sequence of str or None, default=None
        Names of the channels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    image_ : matplotlib QuadMesh
        The colours.
    lines_ : list of matplotlib Line2D
        The spikes, or the series of each channel.

    See Also
    --------
    ImportanceDisplay : Importance of channels over many samples.
    skspike.inspection.explain : Compute the evidence.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import EvidenceDisplay
    >>> X, y = make_order(100, 6, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = EvidenceDisplay.from_estimator(network, X[0], random_state=0)
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('time (ms)', 'channel')
    """

    def __init__(
            self, sample: Array, evidence: Array, n_windows: int, target: Any = None,
            dt: float = 1.0, channel_names: Sequence[str] | None = None):
        self.sample = sample
        self.evidence = evidence
        self.n_windows = n_windows
        self.target = target
        self.dt = dt
        self.channel_names = channel_names

    @classmethod
    def from_estimator(
            cls, estimator: Any, sample: ArrayLike, *, target: Any = None,
            n_windows: int | None = None, baseline: ArrayLike | None = None, n_orders: int = 4,
            random_state: Seed = None, dt: Step | None = None,
            channel_names: Sequence[str] | None = None, ax: Axes | None = None,
            **line_kwargs: Any) -> Self:
        """Explain the decision of a model on a sample, and draw the evidence.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or regressor, or a Pipeline that ends in one.
        sample : array-like of shape (n_channels, n_steps)
            One sample of rasters or series.
        target : label, int or None, default=None
            As in `skspike.inspection.explain`.
        n_windows : int or None, default=None
            As in `skspike.inspection.explain`.
        baseline : float, array-like or None, default=None
            As in `skspike.inspection.explain`. None: 0 for rasters, and for series the mean of each
            channel.
        n_orders : int, default=4
            As in `skspike.inspection.explain`.
        random_state : int, RandomState instance or None, default=None
            As in `skspike.inspection.explain`.
        dt : float, RasterInfo or None, default=None
            Length of a step in ms, or the `skspike.io.RasterInfo` that has it. None takes the step
            of the estimator.
        channel_names : sequence of str or None, default=None
            Names of the channels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : EvidenceDisplay
            The display.

        Raises
        ------
        ValueError
            If the sample is not 2-D, there is not one name for each channel, and as in
            `skspike.inspection.explain`.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        x = as_numbers(sample, cls.__name__)
        if x.ndim != 2:
            raise ValueError(
                f"{cls.__name__} expects one sample of shape (n_channels, n_steps), got shape "
                f"{x.shape}. Pass one of several samples, such as X[0].")
        names = check_names(channel_names, len(x), cls.__name__)
        dt = step_of(estimator, dt)
        found = explain(
            estimator, x[np.newaxis], target=target, n_windows=n_windows, baseline=baseline,
            n_orders=n_orders, random_state=random_state)
        return cls(x, found.evidence[0], found.n_windows, found.target[0], dt, names).plot(
            ax, **line_kwargs)

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
        self : EvidenceDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax = get_axes(ax)
        n_channels, n_steps = self.sample.shape
        bounds = np.array(part_bounds(n_steps, self.n_windows))
        sums = np.add.reduceat(self.evidence, bounds[:-1], axis=1)
        limit = np.abs(sums).max() or 1.0
        self.image_ = ax.pcolormesh(
            bounds * self.dt, np.arange(n_channels + 1) - 0.5, sums, cmap=_signed_colours(),
            vmin=-limit, vmax=limit)
        self.lines_ = (self._draw_spikes if is_raster(self.sample) else self._draw_series)(
            ax, line_kwargs)
        ax.set(
            xlabel="time (ms)", ylabel="channel", xlim=(0, n_steps * self.dt),
            ylim=(n_channels - 0.5, -0.5))
        ax.set_yticks(range(n_channels), labels=self.channel_names)
        label = "evidence" if self.target is None else f"evidence for {self.target}"
        ax.figure.colorbar(self.image_, ax=ax, label=label)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_spikes(self, ax, line_kwargs):
        """Draw a mark for each spike."""
        channel, step = np.nonzero(self.sample)
        options = {
            "color": "black", "linestyle": "none", "marker": "|", "markersize": 5, **line_kwargs}
        return ax.plot((step + 0.5) * self.dt, channel, **options)

    def _draw_series(self, ax, line_kwargs):
        """Draw a line for each channel, with one scale for all channels."""
        sample = self.sample.astype(float)  # sums of small integers overflow
        low, high = np.nanmin(sample), np.nanmax(sample)
        rows = (sample - (low + high) / 2) / ((high - low) or 1.0) * SERIES_HEIGHT
        times = (np.arange(sample.shape[1]) + 0.5) * self.dt
        options = {"color": "black", "linewidth": 1.0, **line_kwargs}
        # the axis of channels points down
        return [ax.plot(times, k - row, **options)[0] for k, row in enumerate(rows)]


def _signed_colours():
    """Return a map of colours from blue over white to orange."""
    pyplot()
    from matplotlib.colors import LinearSegmentedColormap

    blue, orange = palette(2)
    return LinearSegmentedColormap.from_list("signed", [blue, "white", orange])
