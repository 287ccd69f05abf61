"""Evidence for a decision, drawn over the spikes or series of a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, Axes, Seed, Step, is_raster, part_bounds
from ._explain import explain
from ._style import Display, check_names, one_sample, palette, step_of, style_of

SERIES_HEIGHT = 0.8  # rows between the lowest and the highest value of all channels


@dataclass(eq=False, repr=False)
class EvidenceDisplay(Display):
    """Evidence of each channel and window of time for the decision on one sample.

    Orange supports the target, blue is against it. Spikes are marks, and series are lines. Create a
    display with `from_estimator`.

    Parameters
    ----------
    sample : ndarray of shape (n_channels, n_steps)
        Spikes or series.
    evidence : ndarray of shape (n_channels, n_steps)
        Evidence for the target, as `skspike.inspection.explain` returns it.
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
    >>> from skspike.inspection import EvidenceDisplay
    >>> X, y = make_order(100, 6, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X, y)
    >>> display = EvidenceDisplay.from_estimator(network, X[0], random_state=0)
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('time (ms)', 'channel')
    """

    sample: Array
    evidence: Array
    n_windows: int
    target: Any = None
    dt: float = 1.0
    channel_names: Sequence[str] | None = None

    @classmethod
    def from_estimator(
            cls, estimator: Any, sample: ArrayLike, *, target: Any = None,
            n_windows: int | None = None, baseline: ArrayLike | None = None, n_orders: int = 4,
            random_state: Seed = None, dt: Step | None = None,
            channel_names: Sequence[str] | None = None, ax: Axes | None = None,
            **style: Any) -> Self:
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
        **style : dict
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
        style = style_of(style, "plot")
        x = one_sample(sample, cls.__name__)
        names = check_names(channel_names, len(x), cls.__name__)
        dt = step_of(estimator, dt)
        found = explain(
            estimator, x[np.newaxis], target=target, n_windows=n_windows, baseline=baseline,
            n_orders=n_orders, random_state=random_state)
        return cls(x, found.evidence[0], found.n_windows, found.target[0], dt, names).plot(
            ax, **style)

    def _draw(self, ax, style):
        """Draw the sums of evidence as colours, and spikes or series over them."""
        from matplotlib.colors import LinearSegmentedColormap

        n_channels, n_steps = self.sample.shape
        bounds = np.array(part_bounds(n_steps, self.n_windows))
        sums = np.add.reduceat(self.evidence, bounds[:-1], axis=1)
        limit = np.abs(sums).max() or 1.0
        blue, orange = palette(2)
        self.image_ = ax.pcolormesh(
            bounds * self.dt, np.arange(n_channels + 1) - 0.5, sums, vmin=-limit, vmax=limit,
            cmap=LinearSegmentedColormap.from_list("signed", [blue, "white", orange]))
        if is_raster(self.sample):
            channel, step = np.nonzero(self.sample)
            self.lines_ = ax.plot((step + 0.5) * self.dt, channel, **{
                "color": "black", "linestyle": "none", "marker": "|", "markersize": 5, **style})
        else:
            self.lines_ = self._draw_series(ax, {"color": "black", "linewidth": 1.0, **style})
        ax.set(
            xlabel="time (ms)", ylabel="channel", xlim=(0, n_steps * self.dt),
            ylim=(n_channels - 0.5, -0.5))
        ax.set_yticks(range(n_channels), labels=self.channel_names)
        label = "evidence" if self.target is None else f"evidence for {self.target}"
        ax.figure.colorbar(self.image_, ax=ax, label=label)

    def _draw_series(self, ax, options):
        """Draw a line for each channel, with one scale for all channels."""
        sample = self.sample.astype(float)  # sums of small integers overflow
        low, high = np.nanmin(sample), np.nanmax(sample)
        rows = (sample - (low + high) / 2) / ((high - low) or 1.0) * SERIES_HEIGHT
        times = (np.arange(sample.shape[1]) + 0.5) * self.dt
        # the axis of channels points down
        return [ax.plot(times, k - row, **options)[0] for k, row in enumerate(rows)]
