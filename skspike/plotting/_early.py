"""Accuracy of early decisions against their mean time."""

from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from .._networks import EarlyClassifier
from .._utils import Array, Axes, snapshot
from ._style import get_axes, palette, place_legend, style_of


class EarlyDisplay:
    """Accuracy of early decisions against their mean time, for all thresholds.

    The curve has one point for each threshold of a `skspike.EarlyClassifier`, on held-out folds. A
    point marks the threshold that was chosen, and a dashed line the accuracy of whole samples.
    Create a display with `from_estimator`.

    Parameters
    ----------
    mean_times : ndarray of shape (n_thresholds,)
        Mean time of the decision in ms.
    accuracies : ndarray of shape (n_thresholds,)
        Accuracy of the decisions.
    chosen : int
        Index of the chosen threshold.
    whole_accuracy : float
        Accuracy of whole samples.
    length : float
        Length of a sample in ms.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    line_ : matplotlib Line2D
        The curve.

    See Also
    --------
    DecisionDisplay : Decision over time on one sample.
    skspike.EarlyClassifier : Choose the threshold.

    Examples
    --------
    >>> from skspike import EarlyClassifier, SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.plotting import EarlyDisplay
    >>> X, y = make_poisson(200, 10, 100, random_state=0)
    >>> model = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(X, y)
    >>> display = EarlyDisplay.from_estimator(model)
    >>> display.length
    100.0
    """

    def __init__(
            self, mean_times: Array, accuracies: Array, chosen: int, whole_accuracy: float,
            length: float):
        self.mean_times = mean_times
        self.accuracies = accuracies
        self.chosen = chosen
        self.whole_accuracy = whole_accuracy
        self.length = length

    @classmethod
    def from_estimator(
            cls, estimator: Any, *, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the thresholds of a fitted classifier.

        Parameters
        ----------
        estimator : EarlyClassifier
            A fitted classifier.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **line_kwargs : dict
            Passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : EarlyDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted `skspike.EarlyClassifier`.
        """
        if not isinstance(estimator, EarlyClassifier):
            raise ValueError(f"{cls.__name__} expects a fitted EarlyClassifier, got {estimator!r}.")
        check_is_fitted(estimator)
        fitted = snapshot(estimator)
        chosen = fitted.thresholds_.tolist().index(fitted.threshold_)
        return cls(
            fitted.mean_times_, fitted.accuracies_, chosen, fitted.whole_accuracy_,
            float(fitted.times_[-1])).plot(ax, **line_kwargs)

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
        self : EarlyDisplay
            The display.
        """
        line_kwargs = style_of(line_kwargs, "plot")
        ax = get_axes(ax)
        (self.line_,) = ax.plot(
            self.mean_times, self.accuracies,
            **{"color": palette(1)[0], "linewidth": 1.5, "label": "early decisions", **line_kwargs})
        ax.plot(
            self.mean_times[self.chosen], self.accuracies[self.chosen], "o",
            color=self.line_.get_color(), label="chosen")
        ax.axhline(self.whole_accuracy, color="0.5", linestyle="--", label="whole samples")
        ax.set(xlabel="mean time of decision (ms)", ylabel="accuracy", xlim=(0, self.length))
        place_legend(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self
