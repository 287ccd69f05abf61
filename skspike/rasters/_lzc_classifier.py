"""Complexity with a classifier behind it."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, clone, is_classifier
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.multiclass import check_classification_targets

from .._utils import Array, Normalize, atomic, available_if, consistent, one_task
from ..complexity import Measure
from ._complexity import ComplexityFeatures, documented, features_of
from ._windows import raster_of


def _inner_has(method):
    """Tell whether the classifier that decides has a method; if not, its own AttributeError says so."""

    def check(self):
        """Ask the fitted classifier, or before `fit` the one that would be cloned."""
        getattr(self.estimator_ if hasattr(self, "estimator_") else self._template(), method)
        return True

    return check


def _default_estimator():
    """Return the classifier that stands for None."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


@documented
class LZCClassifier(ClassifierMixin, ComplexityFeatures):
    """Classify spike trains by their complexity, by default that of Lempel and Ziv.

    The features of `LZCTransformer` go to a classifier, by default linear discriminant analysis
    with shrinkage.

    Parameters
    ----------
    <parameters>
    estimator : classifier, default=None
        What decides; a clone is fitted. None stands for ``LinearDiscriminantAnalysis(solver="lsqr",
        shrinkage="auto")``, which standardises the features where it estimates the shrinkage, so
        that complexities and counts may stand side by side. It needs some spread within the
        classes: features that are constant in every class tell it nothing. ``NearestCentroid()``
        does without, and gives the nearest-class-mean rule. Put a scaler before a classifier that
        needs one.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The fitted classifier.
    <attributes>

    See Also
    --------
    LZCTransformer : The features alone, with their names, for a pipeline and a classifier that tells which of them decide.

    Notes
    -----
    Complexity is confounded with the spike count, so a result means something only beside that of a
    classifier on the counts. It is biased upwards in short series even when normalised, and only
    equal lengths compare; other lengths than in `fit` are refused. How 2-D input becomes 0 and 1 is
    told at `LZCTransformer`.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import LZCClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 20)
    >>> rates = np.where(y, 0.4, 0.1)[:, np.newaxis, np.newaxis]
    >>> raster = (rng.random((40, 3, 200)) < rates).astype(np.uint8)
    >>> LZCClassifier().fit(raster[::2], y[::2]).score(raster[1::2], y[1::2])
    1.0
    """

    _plugins = {**ComplexityFeatures._plugins, "estimator": {None: _default_estimator}}

    def __init__(
        self,
        measure: str | Measure = "lz76",
        *,
        normalize: Normalize = True,
        channels: str = "each",
        with_counts: bool = False,
        n_windows: int = 1,
        estimator: Any = None,
    ):
        super().__init__(
            measure, normalize=normalize, channels=channels, with_counts=with_counts,
            n_windows=n_windows)
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # the complexity of a handful of numbers tells nothing about them
        tags.classifier_tags.poor_score = True
        return tags

    def _decide(self, method, X):
        """Return what a method of the fitted classifier says about X."""
        raster = raster_of(self, X)
        return getattr(self.estimator_, method)(features_of(self, raster))

    def _template(self):
        """Return the classifier of which a clone is fitted."""
        return _default_estimator() if self.estimator is None else self.estimator

    def _check_template(self):
        template = self._template()
        if isinstance(template, type) or not (
                hasattr(template, "get_params") and is_classifier(template)):
            raise TypeError(
                "estimator must be a classifier, such as LogisticRegression(), or None, got "
                f"{template!r}.")

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit the classifier on the features of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or single series.
        y : array-like of shape (n_samples,)
            Class labels, of two classes at least.

        Returns
        -------
        self : LZCClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is one class only, 3-D input holds values other than 0 and 1, an option is
            unknown, the measure has no such normalisation, or there are more windows than steps.
        TypeError
            If `estimator` is no classifier.

        Warns
        -----
        UserWarning
            As in `LZCTransformer.fit`.
        """
        self._check_template()
        raster, y = self._fit_input(X, y)
        check_classification_targets(y)
        n_classes = len(np.unique(y))
        if n_classes < 2:
            raise ValueError(
                f"LZCClassifier needs samples of at least 2 classes, got {n_classes} class in "
                f"n_samples = {len(y)}.")
        self.estimator_ = clone(self._template()).fit(features_of(self, raster), y)
        self.classes_ = self.estimator_.classes_
        return self

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Predict the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Class labels.
        """
        return self._decide("predict", X)

    @available_if(_inner_has("predict_proba"))
    @consistent
    def predict_proba(self, X: ArrayLike) -> Array:
        """Estimate the probability of each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`.
        """
        return self._decide("predict_proba", X)

    @available_if(_inner_has("predict_log_proba"))
    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Estimate the logarithm of the probability of each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`.
        """
        return self._decide("predict_log_proba", X)

    @available_if(_inner_has("decision_function"))
    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return the confidence in each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Positive scores of two classes favour ``classes_[1]``.
        """
        return self._decide("decision_function", X)
