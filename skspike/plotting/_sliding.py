"""Scores of a sliding decoder over time, and of each window in all others."""

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._checks import check_number
from .._estimators import SlidingDecoder
from .._utils import Array, Axes, snapshot
from ._style import get_axes, palette, style_of


def _checked(decoder, name, attribute="scores_", remedy="a fitted SlidingDecoder"):
    """Return a view of a fitted decoder that has an attribute, or raise."""
    if not isinstance(decoder, SlidingDecoder):
        raise ValueError(f"{name} expects a fitted SlidingDecoder, got {decoder!r}.")
    check_is_fitted(decoder, "scores_")
    decoder = snapshot(decoder)
    if not hasattr(decoder, attribute):
        raise ValueError(f"{name} expects {remedy}, got {decoder!r}.")
    return decoder


class SlidingDisplay:
    """Score of each window of a `skspike.SlidingDecoder`, with the band of chance.

    The line is the mean over folds at the centre of each window, and the coloured band its standard
    deviation. Without information, the scores of all windows are within the grey band in 95 % of
    recordings. It is drawn if the decoder was fitted with `n_permutations`. Create a display with
    `from_estimator`.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_windows)
        Scores of each window on each fold.
    windows : ndarray of shape (n_windows, 2)
        Start and end of each window in ms.
    chance_band : tuple of (float, float) or None, default=None
        Limits of the grey band. None draws none.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    line_ : matplotlib Line2D
        The mean scores.

    See Also
    --------
    GeneralizationDisplay : Scores of each window in all others.
    skspike.SlidingDecoder : Compute the scores.

    Examples
    --------
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.plotting import SlidingDisplay
    >>> X, y = make_poisson(60, 4, 100, random_state=0)
    >>> decoder = SlidingDecoder(window=50.0, n_permutations=39, random_state=0).fit(X, y)
    >>> display = SlidingDisplay.from_estimator(decoder)
    >>> low, high = display.chance_band
    >>> bool(low < 0.5 < high)
    True
    """

    def __init__(
            self, scores: Array, windows: Array, chance_band: tuple[float, float] | None = None):
        self.scores = scores
        self.windows = windows
        self.chance_band = chance_band

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, t_start: float = 0.0, level: float = 0.95,
            ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the scores of a fitted decoder.

        Parameters
        ----------
        estimator : SlidingDecoder
            A fitted decoder.
        t_start : float, default=0.0
            Time of the first step in ms, negative if samples begin before an event.
        level : float, default=0.95
            Level of the grey band, as in `skspike.SlidingDecoder.chance_band`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : SlidingDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.SlidingDecoder`, or `level` is outside its
            range or needs more permutations.
        """
        t_start = check_number(t_start, "t_start")
        fitted = _checked(estimator, cls.__name__)
        band = fitted.chance_band(level) if len(fitted.chance_scores_) else None
        return cls(fitted.scores_, fitted.windows_ + t_start, band).plot(ax, **line_kwargs)

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
        self : SlidingDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax, times = get_axes(ax), self.windows.mean(axis=1)
        mean, deviation = self.scores.mean(axis=0), self.scores.std(axis=0)
        if self.chance_band is not None:
            ax.axhspan(*self.chance_band, color="0.85", zorder=0)
        colour = palette(1)[0]
        (self.line_,) = ax.plot(
            times, mean, **{
                "color": colour, "linewidth": 1.5, "marker": "." if len(times) == 1 else "",
                **line_kwargs})
        ax.fill_between(
            times, mean - deviation, mean + deviation, color=self.line_.get_color(), alpha=0.3,
            linewidth=0)
        ax.set(
            xlabel="centre of the window (ms)", ylabel="score",
            xlim=(self.windows.min(), self.windows.max()))
        self.ax_, self.figure_ = ax, ax.figure
        return self


class GeneralizationDisplay:
    """Score of the classifier of each window in all windows of a `skspike.SlidingDecoder`.

    A high score away from the diagonal means that information has the same code at both times. A
    score below chance means that the code is reversed. Create a display with `from_estimator`.

    Parameters
    ----------
    scores : ndarray of shape (n_windows, n_windows)
        Mean score of the classifier of one window (rows) in another one (columns).
    windows : ndarray of shape (n_windows, 2)
        Start and end of each window in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    image_ : matplotlib AxesImage
        The scores.

    See Also
    --------
    SlidingDisplay : Scores over time with a band of chance.

    Examples
    --------
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.plotting import GeneralizationDisplay
    >>> X, y = make_poisson(60, 4, 100, random_state=0)
    >>> decoder = SlidingDecoder(window=20.0, generalize=True).fit(X, y)
    >>> GeneralizationDisplay.from_estimator(decoder).scores.shape
    (9, 9)
    """

    def __init__(self, scores: Array, windows: Array):
        self.scores = scores
        self.windows = windows

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, t_start: float = 0.0, ax: Axes | None = None,
            **image_kwargs: Any) -> Self:
        """Draw the scores of a fitted decoder.

        Parameters
        ----------
        estimator : SlidingDecoder
            A decoder fitted with ``generalize=True``.
        t_start : float, default=0.0
            Time of the first step in ms, negative if samples begin before an event.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **image_kwargs : dict
            Passed to `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : GeneralizationDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a `skspike.SlidingDecoder` fitted with ``generalize=True``.
        """
        t_start = check_number(t_start, "t_start")
        fitted = _checked(
            estimator, cls.__name__, "generalization_scores_",
            "a SlidingDecoder fitted with generalize=True")
        return cls(
            fitted.generalization_scores_.mean(axis=0), fitted.windows_ + t_start).plot(
                ax, **image_kwargs)

    def plot(self, ax: Axes | None = None, **image_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **image_kwargs : dict
            Passed to `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        self : GeneralizationDisplay
            The display.
        """
        image_kwargs = style_of(image_kwargs, "imshow")
        ax, times = get_axes(ax), self.windows.mean(axis=1)
        half = np.diff(times[:2]).sum() / 2 or np.ptp(self.windows[0]) / 2
        span = times[0] - half, times[-1] + half
        self.image_ = ax.imshow(self.scores, **{
            "origin": "lower", "extent": (*span, *span), "cmap": "viridis", **image_kwargs})
        ax.figure.colorbar(self.image_, ax=ax, label="score")
        ax.set(xlabel="test window (ms)", ylabel="training window (ms)")
        self.ax_, self.figure_ = ax, ax.figure
        return self
