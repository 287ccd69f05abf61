"""Scores of several values of a parameter, with their spread over seeds."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._utils import Axes
from ..inspection import Comparison, compare_values
from ._style import get_axes, palette, style_of


class ComparisonDisplay:
    """Scores of a model with other neurons, rules or settings: a point for each seed.

    The value of the highest mean is at the top. A line marks the mean over seeds. Create a display
    with `from_estimator`.

    Parameters
    ----------
    comparison : Comparison
        Result of `skspike.inspection.compare_values`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    points_ : list of matplotlib PathCollection
        The points of each value, from the top.

    See Also
    --------
    LossCurveDisplay : The loss of several models in training.
    skspike.inspection.compare_values : Compute the scores.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.plotting import ComparisonDisplay
    >>> X, y = make_poisson(60, 4, 50, random_state=0)
    >>> network = SNNClassifier(8, max_iter=5)
    >>> display = ComparisonDisplay.from_estimator(
    ...     network, X, y, "neuron", ["lif", "meta"], seeds=2, cv=3)
    >>> len(display.points_)
    2
    """

    def __init__(self, comparison: Comparison):
        self.comparison = comparison

    @classmethod
    def from_estimator(
            cls, estimator: Any, X: Any, y: ArrayLike, parameter: str, values: Sequence[Any], *,
            seeds: int | Sequence[int] = 5, cv: Any = None, groups: ArrayLike | None = None,
            scoring: Any = None, n_jobs: int | None = None, ax: Axes | None = None,
            **scatter_kwargs: Any) -> Self:
        """Compute and draw a comparison.

        Parameters
        ----------
        estimator : estimator
            A classifier, a regressor or a Pipeline.
        X : array-like of shape (n_samples, ...)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or values.
        parameter : str
            Name of a parameter of the estimator.
        values : sequence
            Values of the parameter.
        seeds : int or sequence of int, default=5
            Seeds, or their number.
        cv : int, cross-validation splitter, list of (train, test) or None, default=None
            Folds. None: 5.
        groups : array-like of shape (n_samples,) or None, default=None
            Group of each sample, for splitters that use groups.
        scoring : str, callable or None, default=None
            Score. None: ``estimator.score``.
        n_jobs : int or None, default=None
            Processes for the folds.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **scatter_kwargs : dict
            Passed to `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : ComparisonDisplay
            The display.

        Raises
        ------
        ValueError
            As in `skspike.inspection.compare_values`.
        """
        scatter_kwargs = style_of(scatter_kwargs, "scatter")
        comparison = compare_values(
            estimator, X, y, parameter, values, seeds=seeds, cv=cv, groups=groups, scoring=scoring,
            n_jobs=n_jobs)
        return cls(comparison).plot(ax, **scatter_kwargs)

    def plot(self, ax: Axes | None = None, **scatter_kwargs: Any) -> Self:
        """Draw the display. Each call draws it again.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **scatter_kwargs : dict
            Passed to `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        self : ComparisonDisplay
            The display.
        """
        scatter_kwargs = style_of(scatter_kwargs, "scatter")
        ax, scores = get_axes(ax), self.comparison.by_seed()
        order = np.argsort(-scores.mean(axis=1), kind="stable")
        options = {"color": palette(1)[0], "alpha": 0.6, **scatter_kwargs}
        self.points_ = [
            ax.scatter(scores[value], np.full(scores.shape[1], place), **options)
            for place, value in enumerate(order)]
        means = scores.mean(axis=1)[order]
        ax.vlines(means, np.arange(len(order)) - 0.3, np.arange(len(order)) + 0.3, color="black")
        ax.set_yticks(range(len(order)), labels=[self.comparison.names[value] for value in order])
        ax.set(
            xlabel="score (a point for each seed, a line for their mean)",
            ylabel=self.comparison.parameter, ylim=(len(order) - 0.5, -0.5))
        self.ax_, self.figure_ = ax, ax.figure
        return self
