"""Scores of several values of a parameter, with their spread over seeds."""

from dataclasses import dataclass

import numpy as np

from ._comparison import Comparison
from ._style import Display, palette


@dataclass(eq=False, repr=False)
class ComparisonDisplay(Display):
    """Scores of a model with other neurons, rules or settings: a point for each seed.

    The value of the highest mean is at the top. A line marks the mean over seeds.

    Parameters
    ----------
    comparison : Comparison
        Result of `skspike.inspection.compare_values`.
    reference : str or None, default=None
        Name of a value. Its score with the same seed is subtracted from the others, as in
        `Comparison.by_seed`. None draws the scores.

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
    >>> from skspike.inspection import compare_values
    >>> from skspike.inspection import ComparisonDisplay
    >>> X, y = make_poisson(60, 4, 50, random_state=0)
    >>> network = SNNClassifier(8, max_iter=5)
    >>> found = compare_values(network, X, y, {"neuron": ["lif", "meta"]}, seeds=2, cv=3)
    >>> display = ComparisonDisplay(found).plot()
    >>> len(display.points_)
    2
    >>> differences = ComparisonDisplay(found, reference="lif").plot()
    >>> differences.ax_.get_xlabel().splitlines()[0]
    'score minus that of lif'
    """

    comparison: Comparison
    reference: str | None = None
    _method = "scatter"

    def _draw(self, ax, style):
        """Draw the points and the mean of each value."""
        scores, label = self.comparison.by_seed(self.reference), "score "
        if self.reference is not None:
            label = f"score minus that of {self.reference}\n"
            ax.axvline(0, color="grey", linewidth=0.8)
        order = np.argsort(-scores.mean(axis=1), kind="stable")
        options = {"color": palette(1)[0], "alpha": 0.6, **style}
        self.points_ = [
            ax.scatter(scores[value], np.full(scores.shape[1], place), **options)
            for place, value in enumerate(order)]
        means = scores.mean(axis=1)[order]
        ax.vlines(means, np.arange(len(order)) - 0.3, np.arange(len(order)) + 0.3, color="black")
        ax.set_yticks(range(len(order)), labels=[self.comparison.names[value] for value in order])
        ax.set(
            xlabel=f"{label}(a point for each seed, a line for their mean)",
            ylabel=self.comparison.parameter, ylim=(len(order) - 0.5, -0.5))
