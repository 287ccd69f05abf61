"""Complexity of spike trains by class, with the decision boundary of a classifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._base import Array, Axes, as_numbers, snapshot
from ..complexity import LZCClassifier, features_of
from ..trains import raster_of
from ._style import Display, by_class, check_labels, check_names, place_legend

N_BINS = 20
N_GRID = 200  # points along each axis at which the classifier predicts


@dataclass(eq=False, repr=False)
class ComplexityDisplay(Display):
    """Lempel-Ziv complexity by class, with the decision boundary.

    One feature is drawn as histograms, two features as points. A classifier of these features adds
    its decision boundaries as dashed lines, or its decision regions. Create a display with
    `from_estimator` or `from_features`.

    Parameters
    ----------
    features : ndarray of shape (n_samples, 1) or (n_samples, 2)
        Complexities.
    y : ndarray of shape (n_samples,)
        Class labels.
    names : sequence of str
        Names of the features, which label the axes.
    predict : callable or None, default=None
        Function from features of this shape to class labels. None draws no boundary.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    boundaries_ : ndarray or None
        Values of a single feature at which the decision changes. None without a classifier or for
        two features.

    See Also
    --------
    skspike.LZCClassifier : Classify spike trains by their complexity.

    Examples
    --------
    >>> from skspike import LZCClassifier
    >>> from skspike.datasets import make_markov
    >>> from skspike.inspection import ComplexityDisplay
    >>> X, y = make_markov(100, 5, random_state=0)
    >>> model = LZCClassifier(channels="mean", relative=False).fit(X, y)
    >>> display = ComplexityDisplay.from_estimator(model, X, y)
    """

    features: Array
    y: Array
    names: Sequence[str]
    predict: Callable[[Array], Array] | None = None

    @classmethod
    def from_estimator(
            cls, estimator: LZCClassifier, X: ArrayLike, y: ArrayLike, *, ax: Axes | None = None,
            **style: Any) -> Self:
        """Draw the features of a fitted LZCClassifier, and its decision.

        With more than two features, the axis shows the decision function of two classes. It is
        positive for the second class.

        Parameters
        ----------
        estimator : LZCClassifier
            A fitted classifier.
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input as in `fit`.
        y : array-like of shape (n_samples,)
            Class labels.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.hist` or `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : ComplexityDisplay
            The display.

        Raises
        ------
        ValueError
            If the estimator is not a fitted LZCClassifier, or there is not one label for each
            sample. If there are more than two features, and more than two classes or no
            `decision_function`.
        """
        if not (hasattr(estimator, "measure") and hasattr(estimator, "predict")):
            raise ValueError(
                f"{cls.__name__} expects a fitted LZCClassifier, got {estimator!r}. For other "
                "classifiers, use from_features.")
        check_is_fitted(estimator)
        estimator = snapshot(estimator)
        features = features_of(estimator, raster_of(estimator, X))
        n_features = features.shape[1]
        if n_features <= 2:
            return cls.from_features(
                features, y, names=_feature_names(estimator, n_features),
                estimator=estimator.estimator_, ax=ax, **style)
        if len(estimator.classes_) > 2 or not hasattr(estimator, "decision_function"):
            raise ValueError(
                f"{cls.__name__} draws one or two features, or the decision function of two "
                f"classes, got an LZCClassifier with {n_features} features and "
                f'{len(estimator.classes_)} classes. Use channels="mean" or channels="joint", and '
                "relative=False.")
        score = estimator.decision_function(X)[:, np.newaxis]
        negative, positive = estimator.classes_
        y = _labels(y, len(score), cls.__name__)
        name = f"score on {n_features} features (class {positive} above 0)"
        display = cls(score, y, [name], lambda s: np.where(s[:, 0] > 0, positive, negative))
        return display.plot(ax, **style)

    @classmethod
    def from_features(
            cls, features: ArrayLike, y: ArrayLike, *, names: Sequence[str] | None = None,
            estimator: Any = None, ax: Axes | None = None, **style: Any) -> Self:
        """Draw given complexities, such as the output of an LZCTransformer.

        Parameters
        ----------
        features : array-like of shape (n_samples,), (n_samples, 1) or (n_samples, 2)
            One or two numbers for each sample.
        y : array-like of shape (n_samples,)
            Class labels.
        names : sequence of str or None, default=None
            Names of the features, which label the axes.
        estimator : classifier or None, default=None
            A classifier fitted on these features. None draws no boundary.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        **style : dict
            Passed to `matplotlib.axes.Axes.hist` or `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : ComplexityDisplay
            The display.

        Raises
        ------
        ValueError
            If there are more than two features or no samples, a feature is not finite, or there is
            not one label for each sample and one name for each feature.
        """
        features = as_numbers(features, cls.__name__).astype(float)
        features = features[:, np.newaxis] if features.ndim == 1 else features
        if features.ndim != 2 or features.shape[1] not in (1, 2) or not len(features):
            raise ValueError(
                f"{cls.__name__} draws one or two features of one or more samples, got features of "
                f"shape {features.shape}.")
        if not np.isfinite(features).all():
            raise ValueError(
                f"{cls.__name__} needs finite features, got NaN or infinity. Leave these samples "
                "out.")
        n_features = features.shape[1]
        y = _labels(y, len(features), cls.__name__)
        names = check_names(names, n_features, cls.__name__, "features", "names")
        names = ["complexity", "second feature"][:n_features] if names is None else names
        predict = None if estimator is None else estimator.predict
        return cls(features, y, names, predict).plot(ax, **style)

    @property
    def _method(self):
        """Return the method of Axes that draws one or two features."""
        return "hist" if self.features.shape[1] == 1 else "scatter"

    def _draw(self, ax, style):
        """Draw the features of each class, and the decision."""
        classes = by_class(self.y, len(self.y))
        self.boundaries_ = None
        (self._draw_histograms if self._method == "hist" else self._draw_points)(ax, classes, style)
        ax.set_xlabel(self.names[0])
        place_legend(ax, title="class")

    def _draw_histograms(self, ax, classes, style):
        """Draw one feature, and a line at each decision boundary."""
        bins = np.histogram_bin_edges(self.features, style.pop("bins", N_BINS))
        for label, colour, samples in classes:
            options = {"color": colour, "alpha": 0.6, "label": label, **style}
            ax.hist(self.features[samples, 0], bins, **options)
        ax.set_ylabel("samples")
        if self.predict is not None:
            self.boundaries_ = _boundaries(self.predict, bins[0], bins[-1])
            for k, x in enumerate(self.boundaries_):
                ax.axvline(x, color="black", linestyle="--", label=None if k else "boundary")

    def _draw_points(self, ax, classes, style):
        """Draw two features over the decision regions."""
        for label, colour, samples in classes:
            options = {
                "s": 14, "color": colour, "edgecolor": "white", "linewidth": 0.4, "label": label,
                **style}
            ax.scatter(*self.features[samples].T, **options)
        ax.set_ylabel(self.names[1])
        if self.predict is not None:
            x, y = (np.linspace(*limits, N_GRID) for limits in (ax.get_xlim(), ax.get_ylim()))
            grid = np.stack(np.meshgrid(x, y), axis=-1)
            decision = self.predict(grid.reshape(-1, 2)).reshape(N_GRID, N_GRID)
            for _, colour, samples in classes:
                ax.contourf(
                    x, y, decision == self.y[samples[0]], levels=(0.5, 1.5), colors=[colour],
                    alpha=0.15, zorder=0)


def _labels(y, n_samples, name):
    """Return class labels as an array. None is not allowed."""
    if y is None:
        raise ValueError(f"{name} needs y, because it draws complexity by class.")
    return check_labels(y, n_samples, name)


def _boundaries(predict, low, high):
    """Return the values of one feature between low and high at which the decision changes."""
    x = np.linspace(low, high, N_GRID)
    decision = predict(x[:, np.newaxis])
    boundaries = []
    for k in np.flatnonzero(decision[1:] != decision[:-1]):
        left, right = x[k], x[k + 1]
        for _ in range(40):  # bisection
            middle = (left + right) / 2
            if predict(np.array([[middle]]))[0] == decision[k]:
                left = middle
            else:
                right = middle
        boundaries.append(left)
    return np.array(boundaries)


def _feature_names(estimator, n_features):
    """Return axis labels for the one or two features of an LZCClassifier."""
    measure, channels = estimator.measure_, estimator.channels_
    prefix = "" if channels == "each" else f"{channels} "
    name = f"{prefix}{type(measure).__name__} ({measure.units[estimator.normalize_]})"
    if n_features == 2 and not estimator.with_counts_:
        axis = "window" if estimator.n_windows_ > 1 else "channel"
        return [f"{name}, {axis} {k}" for k in range(2)]
    return [name, "mean spike count" if channels == "mean" else "spike count"][:n_features]
