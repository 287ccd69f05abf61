"""Classification of spike trains by their complexity."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import ClassifierMixin, clone, is_classifier
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, has_fit_parameter

from .._utils import Array, Normalize, accuracy, atomic, available_if, consistent, one_task
from ..complexity import Measure
from ._complexity import ComplexityFeatures, documented, features_of
from ._windows import raster_of


def _inner_has(method):
    """Return a check that raises AttributeError if the inner classifier has no such method."""

    def check(self):
        """Check the fitted classifier, or before `fit` the one to be cloned."""
        getattr(self.estimator_ if hasattr(self, "estimator_") else self._template(), method)
        return True

    return check


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


def _is_template(template):
    """Return whether an object is a classifier that can be cloned."""
    return not isinstance(template, type) and hasattr(template, "get_params") and is_classifier(
        template)


def _takes_columns(template):
    """Return whether an object is a classifier that takes labels in several columns."""
    if not _is_template(template):
        return False
    tags = get_tags(template)
    return tags.target_tags.multi_output or tags.classifier_tags.multi_label


@documented
class LZCClassifier(ClassifierMixin, ComplexityFeatures):
    """Classify spike trains by their complexity, by default Lempel-Ziv complexity.

    The features of `LZCTransformer` are the input of a classifier, by default linear discriminant
    analysis with shrinkage.

    Parameters
    ----------
    <parameters>
    estimator : classifier, default=None
        Classifier of the features, which is cloned. None:
        ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")``. It standardises features to
        estimate the shrinkage, so that complexities and counts can be combined, but it ignores
        features that are constant within each class. ``NearestCentroid()`` does not ignore these.
        Use a pipeline with a scaler for classifiers that need one. A classifier that takes labels
        in several columns, such as ``RandomForestClassifier()``, takes them here too.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of these
        Class labels, in the form of `estimator`.
    estimator_ : classifier
        The fitted classifier.
    <attributes>

    See Also
    --------
    LZCTransformer : The features and their names, for pipelines.

    Notes
    -----
    Complexity is confounded with the spike count: compare the result with a classifier on counts
    (`SpikeCounter`). The complexity of short series is biased upwards, even if it is normalised, so
    that only series of equal length are comparable. Other lengths than in `fit` are refused. See
    `LZCTransformer` for how 2-D input becomes 0 and 1.

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
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            n_jobs: int | None = None, estimator: Any = None):
        super().__init__(
            measure, normalize=normalize, channels=channels, with_counts=with_counts,
            n_windows=n_windows, n_jobs=n_jobs)
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, whose complexity is not informative
        tags.classifier_tags.poor_score = True
        several = _takes_columns(self._template())
        tags.target_tags.multi_output = tags.classifier_tags.multi_label = several
        return tags

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        raster = raster_of(self, X, self.n_jobs)
        return getattr(self.estimator_, method)(features_of(self, raster))

    def _template(self):
        """Return the classifier to be cloned."""
        return _default_estimator() if self.estimator is None else self.estimator

    def _check_template(self):
        template = self._template()
        if not _is_template(template):
            raise TypeError(
                "estimator must be a classifier, such as LogisticRegression(), or None, got "
                f"{template!r}.")

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata that `fit` passes to the ``fit`` of `estimator`.

        Returns
        -------
        routing : MetadataRouter
            The routing, for scikit-learn.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(estimator=self._template(), method_mapping=mapping)

    def _routed(self, fit_params):
        """Return the arguments for the inner classifier, or raise if it does not take them."""
        if get_config().get("enable_metadata_routing"):
            return process_routing(self, "fit", **fit_params).estimator.fit
        template = self._template()
        for name in fit_params:
            if not has_fit_parameter(template, name):
                raise TypeError(
                    f"LZCClassifier passes {name} to its estimator, but the fit of "
                    f"{type(template).__name__} does not take it. LogisticRegression(), for "
                    "example, takes sample_weight.")
        return fit_params

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the classifier on the features of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or one series per row.
        y : array-like of shape (n_samples,), or (n_samples, n_columns) if `estimator` takes it
            Class labels, with at least two classes.
        **fit_params : dict
            Arguments for the ``fit`` of `estimator`, such as ``sample_weight``. The default
            classifier takes none: use ``estimator=LogisticRegression()`` for weights. With
            scikit-learn's metadata routing, `estimator` must request them.

        Returns
        -------
        self : LZCClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is only one class, 3-D input has values other than 0 and 1, an option is
            unknown, the measure does not have this normalisation, or there are more windows than
            steps.
        TypeError
            If `estimator` is not a classifier, or its ``fit`` does not take `fit_params`.

        Warns
        -----
        UserWarning
            As in `LZCTransformer.fit`.
        """
        self._check_template()
        fit_params = self._routed(fit_params)
        raster, y = self._fit_input(X, y, multi_output=_takes_columns(self._template()))
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        n_classes = len(np.unique(y))
        if n_classes < 2:
            raise ValueError(
                f"LZCClassifier needs samples of at least 2 classes, got {n_classes} class in "
                f"n_samples = {len(y)}.")
        self.estimator_ = clone(self._template()).fit(features_of(self, raster), y, **fit_params)
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
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Class labels, in the shape of y in `fit`.
        """
        return self._decide("predict", X)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy: the share of samples whose labels are all correct.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_columns)
            True labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples.

        Returns
        -------
        accuracy : float
            From 0 to 1. With labels in several columns, all columns of a sample must be correct.
        """
        return accuracy(y, self.predict(X), sample_weight)

    @available_if(_inner_has("predict_proba"))
    @consistent
    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities, if the inner classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`. For labels in several columns, in the form of `estimator`.
        """
        return self._decide("predict_proba", X)

    @available_if(_inner_has("predict_log_proba"))
    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return logarithms of class probabilities, if the inner classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`. For labels in several columns, in the form of `estimator`.
        """
        return self._decide("predict_log_proba", X)

    @available_if(_inner_has("decision_function"))
    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return confidence scores, if the inner classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Confidence scores. With two classes, positive scores are in favour of ``classes_[1]``.
        """
        return self._decide("decision_function", X)
