"""Classification with augmented copies of the training samples."""

import hashlib
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state

from .._checks import (
    SIZE_LIMITS, Ragged, as_given, check_input, check_is_fitted, check_number, entries, is_raster,
    is_signed)
from .._compile import row_keys
from .._utils import Array, Estimator, PluginMixin, Seed, atomic, one_task
from ..augmentation import Augmentation, checked_augmentation
from ._inner import InnerClassifierMixin, seeded, takes_columns
from ._rocket import SpikingRocket


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return make_pipeline(SpikingRocket(), RidgeClassifierCV(np.logspace(-2, 6, 9)))


class AugmentedClassifier(InnerClassifierMixin, PluginMixin, Estimator):
    """Fit a classifier on the samples and on augmented copies of them.

    The copies are changed at random, for example shifted in time, and keep their labels. A
    classifier learns from them to ignore such changes. It helps if the samples to predict differ in
    this way from the training samples, such as samples of other speakers or sensors. Prediction
    uses the samples as they are.

    Rules of `SNNClassifier` have a parameter `augment`, which changes the samples anew in every
    epoch. This
    class is for classifiers without one, such as pipelines of `SpikingRocket` or `SpikeCounter`.

    Parameters
    ----------
    estimator : classifier, default=None
        Classifier of rasters or series, such as a pipeline, which is cloned. None:
        ``make_pipeline(SpikingRocket(), RidgeClassifierCV(np.logspace(-2, 6, 9)))``.
    augment : Augmentation or None, default=None
        Random changes of the copies, such as `skspike.augmentation.Augment`. None fits `estimator`
        on the samples alone.
    n_copies : int, default=4
        Number of changed copies of each sample. The time and the memory of `fit` grow with it. From
        four on, more copies change the accuracy little.
    random_state : int, RandomState instance or None, default=None
        Seed of the changes, and of each random state in `estimator` that is None. The changes of a
        sample depend on the seed and on its values, and not on other samples or on their order.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of these
        Class labels, in the form of `estimator`.
    estimator_ : classifier
        The fitted classifier.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    skspike.augmentation.Augment : Shifts and stretches channels and time.
    skspike.learning.SurrogateGradient : Takes `augment` itself.

    Notes
    -----
    A row of 2-D input is one series, as in `SpikingRocket`, or one image for
    `skspike.augmentation.MoveImages`. Values of -1, 0 and 1 are spikes.

    In cross-validation, only the training part is augmented. Copies made before the split would be
    on both sides of it. A search inside `estimator`, such as for the penalty of the default
    classifier, has copies on both sides of its own splits, so its scores are too high.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import AugmentedClassifier, SpikeCounter
    >>> from skspike.augmentation import Augment
    >>> from skspike.datasets import make_syllables
    >>> X, y = make_syllables(200, random_state=0)
    >>> counts = make_pipeline(SpikeCounter(n_windows=10), RidgeClassifier(100.0))
    >>> model = AugmentedClassifier(counts, Augment(channel_shift=0.1), random_state=0)
    >>> model.fit(X[:150], y[:150]).predict(X[150:]).shape
    (50,)
    """

    _plugins = {"estimator": {None: _default_estimator}}

    def __init__(
            self, estimator: Any = None, augment: Augmentation | None = None, *, n_copies: int = 4,
            random_state: Seed = None):
        self.estimator = estimator
        self.augment = augment
        self.n_copies = n_copies
        self.random_state = random_state

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        check_is_fitted(self)
        return getattr(self.estimator_, method)(as_given(check_input(self, X, reset=False)))

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the classifier on the samples and their copies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Rasters or series of finite numbers. Samples of unequal length are a list or an object
            array of arrays (n_channels, n_steps) or (n_steps,).
        y : array-like of shape (n_samples,), or (n_samples, n_columns) if `estimator` takes it
            Class labels.
        **fit_params : dict
            Arguments for the ``fit`` of `estimator`, such as ``sample_weight``, or
            ``<step>__sample_weight`` for a pipeline. Arguments with a value for each sample are
            repeated for its copies. With scikit-learn's metadata routing, `estimator` must request
            them.

        Returns
        -------
        self : AugmentedClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter is outside its range, or `estimator` refuses the samples.
        TypeError
            If `estimator` is not a classifier, its ``fit`` does not take `fit_params`, or `augment`
            is not an Augmentation.
        """
        self._check_template()
        n_copies = check_number(self.n_copies, "n_copies", **{**SIZE_LIMITS, "low": 0})
        augment = checked_augmentation(self.augment)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        fit_params = self._routed(fit_params)
        X, y = check_input(
            self, X, y, reset=True, multi_output=takes_columns(self._template()))
        y = self._checked_classes(y)
        if augment is not None and n_copies:
            n_samples = len(X)
            X = _with_copies(X, augment, n_copies, seed)
            y = np.concatenate([y] * (1 + n_copies))
            fit_params = {
                name: _repeated(value, n_samples, 1 + n_copies)
                for name, value in fit_params.items()}
        estimator = seeded(clone(self._template()), seed)
        self.estimator_ = estimator.fit(as_given(X), y, **fit_params)
        self.classes_ = self.estimator_.classes_
        return self


def _with_copies(X, augment, n_copies, seed):
    """Return samples, followed by their first changed copies, the second ones, and so on."""
    # a row of 2-D input is a series of one channel, or an image whose pixels are channels
    axis = 2 if augment.takes_tables else 1
    values = np.expand_dims(X, axis) if X.ndim == 2 else entries(X)
    spikes = is_signed(values)
    # one dtype for equal values, because the content of a sample determines its changes
    values = values.astype(np.uint8 if is_raster(values) else np.int8 if spikes else float)
    samples, parts, is_flat = values, [slice(None)], False
    if isinstance(X, Ragged):
        samples, parts = X.with_values(values), [[k] for k in range(len(X))]
        is_flat = X.flat
    contents, keys = np.array([_content(x) for x in samples]), np.empty(len(X), np.uint64)
    copies = [as_given(samples)]
    for copy in range(n_copies):
        row_keys(np.uint64(seed), np.uint64(copy), contents, keys)
        changed = [augment.apply(_stack(samples, rows), keys[rows], spikes) for rows in parts]
        copies.append([x[0] if is_flat else x for part in changed for x in part])
    if isinstance(X, Ragged):
        return sum(copies, [])
    stacked = np.concatenate(copies)
    return stacked.squeeze(axis) if X.ndim == 2 else stacked


def _stack(samples, rows):
    """Return samples of equal length as an array."""
    return samples.stacked(rows) if isinstance(samples, Ragged) else samples[rows]


def _content(x: Array) -> np.uint64:
    """Return a number that follows from the values of a sample."""
    digest = hashlib.blake2b(np.ascontiguousarray(x).tobytes(), digest_size=8).digest()
    return np.frombuffer(digest, np.uint64)[0]


def _repeated(value, n_samples, times):
    """Return an argument of ``fit`` for all copies, if it has a value for each sample."""
    array = np.asarray(value)
    if array.ndim == 0 or len(array) != n_samples:
        return value
    return np.concatenate([array] * times)
