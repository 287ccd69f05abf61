"""Classification of spike trains by their complexity."""

from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .._utils import Normalize, atomic, one_task
from ..complexity import Measure
from ._complexity import ComplexityFeatures, features_of, with_complexity_options
from ._inner_classifier import InnerClassifierMixin, decide, takes_columns
from ._windows import raster_of


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


@with_complexity_options
class LZCClassifier(InnerClassifierMixin, ComplexityFeatures):
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
    SpikeTrainClassifier : Models of the trains of each class, which are more accurate.

    Notes
    -----
    Complexity is one number per train, which does not depend on the class. `SpikeTrainClassifier`
    learns which patterns are frequent in each class, and is more accurate on most tasks.

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
    _takes_columns = True

    def __init__(
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            missing: str | None = None, n_jobs: int | None = None, estimator: Any = None):
        super().__init__(
            measure, normalize=normalize, channels=channels, with_counts=with_counts,
            n_windows=n_windows, missing=missing, n_jobs=n_jobs)
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, whose complexity is not informative
        tags.classifier_tags.poor_score = True
        return tags

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        raster = raster_of(self, X, self.n_jobs)
        return decide(self.estimator_, method, features_of(self, raster))

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
        raster, y = self._fit_input(X, y, multi_output=takes_columns(self._template()))
        y = self._checked_classes(y)
        self.estimator_ = clone(self._template()).fit(features_of(self, raster), y, **fit_params)
        self.classes_ = self.estimator_.classes_
        return self
