"""Importance of channels with its spread."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers
from .._utils import Axes, Seed
from ..inspection import Importance, channel_importance
from ._style import check_names, get_axes, palette, style_of


class ImportanceDisplay:
    """Importance of each channel: the loss of score if the channel is permuted.

    The most important channel is at the top. Bars are means, and lines the standard deviation over
    repeats. Create a display with `from_estimator`.

    Parameters
    ----------
    importance : Importance
        Result of `skspike.inspection.channel_importance`.
    channel_names : sequence of str or None, default=None
        Names of the channels. None: their numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    bars_ : matplotlib BarContainer
        The bars, in the order of the importance.

    See Also
    --------
    EvidenceDisplay : Evidence within one sample.
    skspike.inspection.channel_importance : Compute the importance.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.plotting import ImportanceDisplay
    >>> X, y = make_order(100, 6, random_state=0)
    >>> network = SNNClassifier(16, max_iter=5, random_state=0).fit(X[:50], y[:50])
    >>> display = ImportanceDisplay.from_estimator(network, X[50:], y[50:], random_state=0)
    >>> display.importance.importances.shape
    (6, 5)
    """

    def __init__(self, importance: Importance, channel_names: Sequence[str] | None = None):
        self.importance = importance
        self.channel_names = channel_names

    @classmethod
    def from_estimator(
            cls, estimator: Any, X: ArrayLike, y: ArrayLike, *, scoring: Any = None,
            n_repeats: int = 5, random_state: Seed = None,
            channel_names: Sequence[str] | None = None, ax: Axes | None = None,
            **bar_kwargs: Any) -> Self:
        """Compute and draw the importance of channels.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier, regressor or Pipeline.
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Samples that were not used for training.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or values.
        scoring : str, callable or None, default=None
            As in `skspike.inspection.channel_importance`.
        n_repeats : int, default=5
            Number of permutations of each channel.
        random_state : int, RandomState instance or None, default=None
            Seed of the permutations.
        channel_names : sequence of str or None, default=None
            Names of the channels. None: their numbers.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **bar_kwargs : dict
            Passed to `matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : ImportanceDisplay
            The display.

        Raises
        ------
        ValueError
            If there is not one name for each channel, and as in
            `skspike.inspection.channel_importance`.
        """
        bar_kwargs = style_of(bar_kwargs, "barh")
        values: Any = X if hasattr(X, "iloc") else as_numbers(X, cls.__name__)
        names = None
        if values.ndim > 1:
            names = check_names(channel_names, values.shape[1], cls.__name__)
        importance = channel_importance(
            estimator, values, y, scoring=scoring, n_repeats=n_repeats, random_state=random_state)
        return cls(importance, names).plot(ax, **bar_kwargs)

    def plot(self, ax: Axes | None = None, **bar_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **bar_kwargs : dict
            Passed to `matplotlib.axes.Axes.barh`.

        Returns
        -------
        self : ImportanceDisplay
            The display.
        """
        bar_kwargs = style_of(bar_kwargs, "barh")
        ax, mean = get_axes(ax), self.importance.importances_mean
        order = np.argsort(-mean, kind="stable")
        names = [str(k) if self.channel_names is None else self.channel_names[k] for k in order]
        options = {
            "color": palette(1)[0], "ecolor": "black",
            "xerr": self.importance.importances_std[order], **bar_kwargs}
        self.bars_ = ax.barh(range(len(order)), mean[order], **options)
        ax.axvline(0, color="0.5", linewidth=0.8)
        ax.set_yticks(range(len(order)), labels=names)
        ax.set(xlabel="loss of score", ylabel="channel", ylim=(len(order) - 0.5, -0.5))
        self.ax_, self.figure_ = ax, ax.figure
        return self
