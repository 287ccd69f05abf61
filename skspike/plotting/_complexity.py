"""Complexity of spike trains by class, and where a classifier decides."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._checks import as_numbers
from .._utils import Array, Axes, as_now
from ..rasters import LZCClassifier, features_of, raster_of
from ._axes import get_axes, legend_beside
from ._palette import palette
from ._trains import check_labels

BINS = 20
GRID = 200  # points along an axis at which the classifier is asked


class ComplexityDisplay:
    """Lempel-Ziv complexity by class, with the decision boundary.

    One feature is drawn as histograms, two as points. A classifier that decides on these features
    adds the places where its decision changes: dashed lines, or regions. Make one with
    `from_estimator` or `from_features`.

    Parameters
    ----------
    features : ndarray of shape (n_samples, 1) or (n_samples, 2)
        Complexities.
    y : ndarray of shape (n_samples,)
        Class labels.
    names : sequence of str
        Names of the features, for the axes.
    predict : callable or None, default=None
        Takes features of this shape and returns class labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure that holds them.
    boundaries_ : ndarray or None
        Where the decision changes along a single feature; None without a classifier or for two
        features.

    See Also
    --------
    skspike.LZCClassifier : Decides by complexity.

    Examples
    --------
    >>> from skspike import LZCClassifier
    >>> from skspike.datasets import make_markov
    >>> from skspike.plotting import ComplexityDisplay
    >>> X, y = make_markov(100, 5, random_state=0)
    >>> display = ComplexityDisplay.from_estimator(LZCClassifier(channels="mean").fit(X, y), X, y)
    """

    def __init__(
            self, features: Array, y: Array, names: Sequence[str],
            predict: Callable[[Array], Array] | None = None):
        self.features = features
        self.y = y
        self.names = names
        self.predict = predict

    @classmethod
    def from_estimator(
            cls, estimator: LZCClassifier, X: ArrayLike, y: ArrayLike, *, ax: Axes | None = None,
            **kwargs: Any) -> Self:
        """Draw the features on which a fitted LZCClassifier decides, and its decision.

        With more than two features the axis is the score that decides between two classes, positive
        for the second one.

        Parameters
        ----------
        estimator : LZCClassifier
            A fitted classifier.
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input of the kind seen in its `fit`.
        y : array-like of shape (n_samples,)
            Class labels.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to `matplotlib.axes.Axes.hist` or `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : ComplexityDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is no LZCClassifier or not fitted, there is not one label for each
            sample, or there are more than two features and no score that decides between two
            classes.
        """
        if not (hasattr(estimator, "measure") and hasattr(estimator, "predict")):
            raise ValueError(
                f"{cls.__name__} expects a fitted LZCClassifier, got {estimator!r}; see "
                "from_features for others.")
        check_is_fitted(estimator)
        estimator = as_now(estimator)
        features = features_of(estimator, raster_of(estimator, X))
        n_features, decides = features.shape[1], estimator.estimator_
        if n_features <= 2:
            return cls.from_features(
                features, y, names=_names(estimator, n_features), estimator=decides, ax=ax,
                **kwargs)
        if len(estimator.classes_) > 2 or not hasattr(estimator, "decision_function"):
            raise ValueError(
                f"{cls.__name__} draws one or two features, or the score of two classes, and this "
                f"LZCClassifier has {n_features} features "
                f'and {len(estimator.classes_)} classes; use channels="mean" or channels="joint".')
        score = estimator.decision_function(X)[:, np.newaxis]
        negative, positive = estimator.classes_
        y = check_labels(y, len(score), cls.__name__)
        name = f"score on {n_features} features (class {positive} above 0)"
        return cls(score, y, [name], lambda s: np.where(s[:, 0] > 0, positive, negative)).plot(
            ax, **kwargs)

    @classmethod
    def from_features(
        cls,
        features: ArrayLike,
        y: ArrayLike,
        *,
        names: Sequence[str] | None = None,
        estimator: Any = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw complexities that are there already, such as those of an LZCTransformer.

        Parameters
        ----------
        features : array-like of shape (n_samples,), (n_samples, 1) or (n_samples, 2)
            One or two numbers for each sample.
        y : array-like of shape (n_samples,)
            Class labels.
        names : sequence of str or None, default=None
            Names of the features, for the axes.
        estimator : classifier or None, default=None
            A classifier fitted on these features; None draws no boundary.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to `matplotlib.axes.Axes.hist` or `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : ComplexityDisplay
            The display.

        Raises
        ------
        ValueError
            If there are more than two features, or not one label for each sample.
        """
        features = as_numbers(features, cls.__name__).astype(float)
        features = features[:, np.newaxis] if features.ndim == 1 else features
        if features.ndim != 2 or features.shape[1] not in (1, 2) or not len(features):
            raise ValueError(
                f"{cls.__name__} draws one or two features of one or more samples, got features of "
                f"shape {features.shape}.")
        if not np.isfinite(features).all():
            raise ValueError(
                f"{cls.__name__} draws finite features, got NaN or infinity: leave these samples "
                "out.")
        y = check_labels(y, len(features), cls.__name__)
        if y is None:
            raise ValueError(f"{cls.__name__} draws complexity by class and needs y.")
        names = ["complexity", "second feature"][: features.shape[1]] if names is None else names
        return cls(
            features, y, names, None if estimator is None else estimator.predict).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw, once more if it was drawn before.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to `matplotlib.axes.Axes.hist` or `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        self : ComplexityDisplay
            The display.
        """
        ax = get_axes(ax)
        labels = np.unique(self.y)
        classes = [
            (label, colour, self.features[self.y == label])
            for label, colour in zip(labels, palette(len(labels)), strict=True)]
        self.boundaries_ = None
        if self.features.shape[1] == 1:
            self._histograms(ax, classes, kwargs)
        else:
            self._points(ax, classes, kwargs)
        ax.set_xlabel(self.names[0])
        legend_beside(ax, title="class")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _histograms(self, ax, classes, kwargs):
        """Draw one feature, and lines where the decision changes."""
        kwargs = dict(kwargs)
        bins = np.histogram_bin_edges(self.features, kwargs.pop("bins", BINS))
        for label, colour, values in classes:
            ax.hist(
                values[:, 0], bins,
                **{"color": colour, "alpha": 0.6, "label": str(label), **kwargs})
        ax.set_ylabel("samples")
        if self.predict is not None:
            self.boundaries_ = _changes(self.predict, bins[0], bins[-1])
            for k, x in enumerate(self.boundaries_):
                ax.axvline(x, color="black", linestyle="--", label=None if k else "boundary")

    def _points(self, ax, classes, kwargs):
        """Draw two features, over regions in the colours of the decision."""
        for label, colour, values in classes:
            ax.scatter(
                *values.T,
                **{
                    "s": 14, "color": colour, "edgecolors": "white", "linewidths": 0.4,
                    "label": str(label), **kwargs})
        ax.set_ylabel(self.names[1])
        if self.predict is not None:
            x, y = (np.linspace(*limits, GRID) for limits in (ax.get_xlim(), ax.get_ylim()))
            grid = np.stack(np.meshgrid(x, y), axis=-1)
            decision = self.predict(grid.reshape(-1, 2)).reshape(GRID, GRID)
            for label, colour, _ in classes:
                ax.contourf(
                    x, y, decision == label, levels=(0.5, 1.5), colors=[colour], alpha=0.15,
                    zorder=0)


def _changes(predict, low, high):
    """Return where a decision along one feature changes, between low and high."""
    x = np.linspace(low, high, GRID)
    decision = predict(x[:, np.newaxis])
    changes = []
    for k in np.flatnonzero(decision[1:] != decision[:-1]):
        left, right = x[k], x[k + 1]
        for _ in range(40):  # bisection
            middle = (left + right) / 2
            left, right = (middle, right) if predict(
                np.array([[middle]]))[0] == decision[k] else (left, middle)
        changes.append(left)
    return np.array(changes)


def _names(estimator, n_features):
    """Return what the axes of an LZCClassifier's one or two features say."""
    measure, channels = estimator.measure_, estimator.channels_
    kind = "" if channels == "each" else f"{channels} "
    name = f"{type(measure).__name__} ({measure.units[estimator.normalize_]})"
    if n_features == 2 and not estimator.with_counts_:
        which = "window" if estimator.n_windows_ > 1 else "channel"
        return [f"{kind}{name}, {which} {k}" for k in range(2)]
    return [
        f"{kind}{name}", "mean spike count" if channels == "mean" else "spike count"][:n_features]
