"""Log likelihoods of spike trains as features."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._checks import FittedArray, check_arrays, check_fits, check_is_fitted, check_kinds
from .._utils import Array, atomic, consistent, one_task
from ..experts import Expert
from ._pool import centred
from ._train_experts import TrainExperts, keys_of, with_expert_options


@with_expert_options
class SpikeTrainTransformer(TransformerMixin, TrainExperts):
    """Turn spike trains into log likelihoods under models of each class, as features.

    The models are those of `SpikeTrainClassifier`, which also combines them. The features are for
    other classifiers, or together with other features. Samples of the training data, which are
    recognised by their spikes, get the scores of models without their fold. So a classifier after
    this step is trained on features as they will be for new samples.

    Parameters
    ----------
    <parameters>

    Attributes
    ----------
    fold_tables_ : list of list of dict
        Tables of each expert, learned without each fold.
    keys_ : ndarray of shape (n_samples,), uint64
        Numbers that identify the samples of the training data.
    <attributes>

    See Also
    --------
    SpikeTrainClassifier : The models and a classifier.
    LZCTransformer : Complexity as features, without labels.

    Notes
    -----
    A new sample with the spikes of a training sample is treated as that sample. Features of
    different models are not on one scale: use a scaler before classifiers that need one.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SpikeTrainTransformer
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(200, 4, 100, random_state=0)
    >>> scores = SpikeTrainTransformer(["history", "age"]).fit(X[:100], y[:100])
    >>> scores.get_feature_names_out()
    array(['history_shared', 'history_each', 'age_shared', 'age_each'],
          dtype=object)
    >>> scores.transform(X).shape
    (200, 4)
    """

    def __init__(
            self, experts: str | Expert | list[str | Expert] = "auto", *, n_folds: int = 5,
            n_jobs: int | None = None):
        self.experts = experts
        self.n_folds = n_folds
        self.n_jobs = n_jobs

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the models of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Spike rasters of 0 and 1, or one series per row. Samples of unequal length are a list or
            an object array of arrays (n_channels, n_steps) or (n_steps,).
        y : array-like of shape (n_samples,)
            Class labels, with at least two classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, at least 0. A weight of 2 equals the sample twice.

        Returns
        -------
        self : SpikeTrainTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If there is only one class, 3-D input has values other than 0 and 1, or a parameter is
            out of range.
        """
        raster, y, weights = self._samples(X, y, sample_weight)
        self._resolve(raster)
        keys = keys_of(raster)
        self.tables_, without = self._tables(self._count(raster, y, weights, keys))
        self.fold_tables_ = [without(fold) for fold in range(self.n_folds_)]
        self.keys_ = np.unique(keys)
        return self

    def _check_fitted(self):
        super()._check_fitted()
        check_arrays([FittedArray("keys_", self.keys_, (-1,), np.uint64)])
        check_fits(
            bool((self.keys_[1:] > self.keys_[:-1]).all()), "keys_ must be sorted and different.")
        check_kinds({"fold_tables_": (self.fold_tables_, list)})
        check_fits(
            len(self.fold_tables_) == self.n_folds_,
            f"fold_tables_ must have n_folds_={self.n_folds_} lists.")
        for tables in self.fold_tables_:
            check_fits(
                len(tables) == len(self.experts_),
                "fold_tables_ must have one dict for each expert.")
            self._check_tables(tables)

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the log likelihoods of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Samples with as many dimensions and channels as in `fit`. Rasters may have any length,
            and series also, if `fit` got series of unequal length.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float64
            For two classes, the log odds of ``classes_[1]`` by each model. Else the scores of all
            classes by the first model, then by the next, each with a mean of 0 over the classes.
        """
        raster = self._raster(X)
        keys = keys_of(raster)
        known, scores = np.isin(keys, self.keys_), np.empty(
            (len(raster), len(self.models_), len(self.classes_)))
        for rows, is_known in ((np.flatnonzero(known), True), (np.flatnonzero(~known), False)):
            if len(rows):
                part = raster[rows]
                scores[rows] = self._held_out(
                    part, keys[rows], self.fold_tables_.__getitem__) if is_known else self._scores(
                        part, self.tables_)
        if len(self.classes_) == 2:
            return scores[:, :, 1] - scores[:, :, 0]
        return centred(scores).reshape(len(scores), -1)

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the features, such as ``history_shared`` or ``history_shared_cat``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str objects
            Names of the columns of the output of `transform`.
        """
        check_is_fitted(self, "tables_")
        models = [name.replace(" ", "_") for name in self.models_]
        if len(self.classes_) == 2:
            return np.array(models, dtype=object)
        return np.array(
            [f"{name}_{label}" for name in models for label in self.classes_], dtype=object)
