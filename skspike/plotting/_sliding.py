"""Scores of a sliding decoder over time, and of each window in all others."""

import math
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._checks import check_number
from .._estimators import SlidingDecoder
from .._utils import Array, Axes, snapshot
from ._style import get_axes, palette


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
    deviation. The grey band contains the scores of all windows in a share of `level` of runs
    without information. It needs ``n_permutations`` of at least ``2 / (1 - level) - 1``. Create a
    display with `from_estimator`.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_windows)
        Scores of each window on each fold.
    windows : ndarray of shape (n_windows, 2)
        Start and end of each window in ms.
    chance_scores : ndarray of shape (n_permutations, n_windows) or None, default=None
        Mean scores for permuted labels. None draws no band of chance.
    level : float, default=0.95
        Share of runs without information whose scores are in the grey band, for all windows
        together. Between 0 and 1.

    Attributes
    ----------
    chance_band_ : tuple of (float, float) or None
        Limits of the grey band, the same for all windows. None without enough permutations.
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

    Notes
    -----
    The limits are quantiles of the smallest and the largest score over windows, so that many
    windows do not make a high score by chance more probable.

    Examples
    --------
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.plotting import SlidingDisplay
    >>> X, y = make_poisson(60, 4, 100, random_state=0)
    >>> decoder = SlidingDecoder(window=50.0, n_permutations=39, random_state=0).fit(X, y)
    >>> display = SlidingDisplay.from_estimator(decoder)
    >>> low, high = display.chance_band_
    >>> bool(low < 0.5 < high)
    True
    """

    def __init__(
            self, scores: Array, windows: Array, chance_scores: Array | None = None,
            level: float = 0.95):
        self.scores = scores
        self.windows = windows
        self.chance_scores = chance_scores
        self.level = level

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
            Share of runs without information whose scores are in the grey band.
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
            If the estimator is not a fitted `skspike.SlidingDecoder`, or `level` is not between 0
            and 1.
        """
        level = check_number(level, "level", above=0, high=1)
        t_start = check_number(t_start, "t_start")
        fitted = _checked(estimator, cls.__name__)
        return cls(
            fitted.scores_, fitted.windows_ + t_start, fitted.chance_scores_, level).plot(
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
        self : SlidingDisplay
            The display.
        """
        ax, times = get_axes(ax), self.windows.mean(axis=1)
        mean, deviation = self.scores.mean(axis=0), self.scores.std(axis=0)
        self.chance_band_ = self._band()
        if self.chance_band_ is not None:
            ax.axhspan(*self.chance_band_, color="0.85", zorder=0)
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

    def _band(self):
        """Return the limits that chance exceeds in a share of 1 - level, or None."""
        n = 0 if self.chance_scores is None else len(self.chance_scores)
        # the scores themselves are one more permutation
        rank = math.ceil((1 + self.level) / 2 * (n + 1) - 1e-9)
        if rank > n:
            return None
        low, high = self.chance_scores.min(axis=1), self.chance_scores.max(axis=1)
        return float(np.sort(low)[n - rank]), float(np.sort(high)[rank - 1])


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
        ax, times = get_axes(ax), self.windows.mean(axis=1)
        half = np.diff(times[:2]).sum() / 2 or np.ptp(self.windows[0]) / 2
        span = times[0] - half, times[-1] + half
        self.image_ = ax.imshow(self.scores, **{
            "origin": "lower", "extent": (*span, *span), "cmap": "viridis", **image_kwargs})
        ax.figure.colorbar(self.image_, ax=ax, label="score")
        ax.set(xlabel="test window (ms)", ylabel="training window (ms)")
        self.ax_, self.figure_ = ax, ax.figure
        return self
