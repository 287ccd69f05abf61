"""Base class of the estimators of spike trains: experts, folds and scores."""

import functools
import math
from typing import Any

import numpy as np

from .._checks import (
    Ragged, check_fits, check_input, check_is_fitted, check_jobs, check_kinds, check_labels,
    check_number, rows_by_length, shown, weighted)
from .._compile import content_keys, map_samples, map_threads
from .._utils import Estimator, PluginMixin, choices, resolve, same_parts, sections, with_sections
from ..experts import EXPERTS, Expert
from ._raster_features import as_raster

GROUP_SIZE = 2**18  # steps that are scored at a time, so that their symbols fit in the cache
FOLD_LIMITS: dict[str, Any] = {"low": 2, "high": 1000, "integer": True}


class TrainExperts(PluginMixin, Estimator):
    """Base class of the estimators with experts. Their docstrings contain the sections below.

    Parameters
    ----------
    experts : "auto", str, Expert, or list of these, default="auto"
        Models of the trains of each class, by name (<experts>) or as objects from
        `skspike.experts`, which carry parameters. "auto": all of them. Fewer experts are faster.
    n_folds : int, default=5
        Number of folds, at least 2. The scores of a training sample come from models of the other
        folds. The fold of a sample depends on its content alone, so that equal samples are in the
        same fold, and the order of the samples does not matter.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    experts_ : list of Expert
        The experts that have a model of this number of channels.
    models_ : list of str
        Names of the models: the expert, and one of its models. An expert may have several, such as
        "history shared", with the same parameters for all channels, and "history each".
    n_folds_ : int
        Number of folds.
    tables_ : list of dict
        Tables of each expert.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int or None
        Length of the series in `fit`. None if lengths differ.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.
    """

    _plugins = {"experts": EXPERTS}
    experts: Any
    n_folds: int
    n_jobs: int | None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _samples(self, X, y, sample_weight, classes=None, reset=True):
        """Check the input of `fit`, and return rasters, numbers of classes, and weights."""
        X, y = check_input(self, X, y, reset=reset)
        check_labels(y, type(self).__name__)
        X, y, weights, _ = weighted(X, y, sample_weight)
        self.classes_ = np.unique(y) if classes is None else classes
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes, got 1 class in "
                f"n_samples = {len(y)}.")
        unknown = ~np.isin(y, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y has the label {shown(y[unknown][0])}, which is not in classes_="
                f"{shown(self.classes_.tolist())}. Pass all labels as classes in the first call.")
        n_steps = None if isinstance(X, Ragged) else X.shape[-1]
        known = reset or n_steps == self.n_steps_in_
        self.n_steps_in_ = n_steps if known else None
        raster = as_raster(X, type(self).__name__, check_jobs(self.n_jobs))
        return raster, np.searchsorted(self.classes_, y), weights

    def _resolve(self, raster):
        """Check the parameters, and store them and the names of the models."""
        self.n_folds_, self.experts_ = self._checked_options(raster.shape[1])
        self.models_ = self._model_names(raster.shape[1])

    def _checked_options(self, n_channels):
        """Return the number of folds, and the experts with a model of this number of channels."""
        n_folds = check_number(self.n_folds, "n_folds", **FOLD_LIMITS)
        experts = [resolve(one, EXPERTS, "experts") for one in self._given()]
        names = [expert.name for expert in experts]
        if len({*names}) < max(len(names), 1):
            raise ValueError(f"experts must have different names, at least one, got {names}.")
        for expert in experts:
            expert.check()
        experts = [expert for expert in experts if expert.models(n_channels)]
        if not experts:
            raise ValueError(
                f"experts={names} have no model of {n_channels} channel. Add another one, such as "
                "'history'.")
        return n_folds, experts

    def _check_same_options(self, n_channels):
        """Raise if the experts or folds differ from the ones of the counts so far."""
        n_folds, experts = self._checked_options(n_channels)
        if n_folds != self.n_folds_ or not same_parts(experts, self.experts_):
            raise ValueError(
                f"partial_fit continues with n_folds={self.n_folds_} and experts={self.experts_}, "
                f"got n_folds={n_folds} and experts={experts}. Set these, or begin anew with fit.")

    def _given(self):
        """Return the parameter `experts` as a list."""
        if isinstance(self.experts, (list, tuple)):
            return self.experts
        is_auto = isinstance(self.experts, str) and self.experts == "auto"
        return [*EXPERTS] if is_auto else [self.experts]

    def _model_names(self, n_channels):
        return [
            f"{expert.name} {model}"
            for expert in self.experts_ for model in expert.models(n_channels)]

    def _count(self, raster, y, weights, keys):
        """Return the counts of each expert in each fold, in small dtypes."""
        n_classes, folds = len(self.classes_), keys % np.uint64(self.n_folds_)
        rows = [np.flatnonzero(folds == fold) for fold in range(self.n_folds_)]
        empty = np.zeros((0, raster.shape[1], 1), np.uint8)

        def count(item):
            """Return the counts of an expert in a fold."""
            expert, fold = item
            nothing = np.arange(0)
            total = expert.count(frozen(empty), nothing, nothing.astype(float), n_classes)
            for part, at in parts(raster, rows[fold]):
                total = expert.add(total, expert.count(part, y[at], weights[at], n_classes))
            return compact(total)

        items = [(expert, fold) for expert in self.experts_ for fold in range(self.n_folds_)]
        found = iter(map_threads(count, items, check_jobs(self.n_jobs)))
        return [[next(found) for _ in rows] for _ in self.experts_]

    def _tables(self, counts):
        """Return the tables of all data of each expert, and a function of those without a fold.

        The tables of all folds together would be large.
        """

        def learned(item):
            """Return the tables and the settings of an expert."""
            expert, folds = item
            total = added(expert, folds)
            settings = expert.settings(total)
            return expert.tables(total, settings), settings

        items, n_jobs = list(zip(self.experts_, counts, strict=True)), check_jobs(self.n_jobs)
        whole, settings = zip(*map_threads(learned, items, n_jobs), strict=True)

        def without(fold):
            """Return the tables of each expert without the counts of a fold."""
            others = [
                (expert, folds[:fold] + folds[fold + 1 :], setting)
                for (expert, folds), setting in zip(items, settings, strict=True)]
            return map_threads(
                lambda item: item[0].tables(added(*item[:2]), item[2]), others, n_jobs)

        return list(whole), without

    def _held_out(self, raster, keys, without):
        """Return the scores of samples by the tables without their folds, a function of a fold."""
        folds = keys % np.uint64(self.n_folds_)
        scores = np.empty((len(raster), len(self.models_), len(self.classes_)))
        for fold in range(self.n_folds_):
            rows = np.flatnonzero(folds == fold)
            if len(rows):
                scores[rows] = self._scores(raster[rows], without(fold))
        return scores

    def _scores(self, raster, tables):
        """Return the log likelihoods, (n_samples, n_models, n_classes)."""
        n_classes = len(self.classes_)

        def score(rows):
            """Return the scores of samples of equal length by all experts."""
            rows = frozen(rows)
            return np.concatenate(
                [
                    expert.score(own, rows, n_classes)
                    for expert, own in zip(self.experts_, tables, strict=True)], axis=1)

        return map_samples(
            score, raster, lambda shape: max(GROUP_SIZE // math.prod(shape), 1),
            check_jobs(self.n_jobs))

    def _raster(self, X):
        """Return the raster of checked input after `fit`."""
        check_is_fitted(self, "tables_")
        self._check_fitted()
        X = check_input(self, X, reset=False)
        return as_raster(X, type(self).__name__, check_jobs(self.n_jobs))

    def _check_fitted(self):
        """Raise unless the fitted attributes have their types and shapes, and belong together."""
        check_kinds({
            "experts_": (self.experts_, list), "tables_": (self.tables_, list),
            "models_": (self.models_, list), "classes_": (self.classes_, np.ndarray)})
        check_number(self.n_folds_, "n_folds_", **FOLD_LIMITS)
        check_fits(
            len(self.tables_) == len(self.experts_), "tables_ must have one dict for each expert.")
        self._check_tables(self.tables_)

    def _check_tables(self, tables):
        n_channels = self.n_features_in_ if self._n_dims_in == 3 else 1
        for expert, own in zip(self.experts_, tables, strict=True):
            check_kinds({"experts_": (expert, Expert), "tables_": (own, dict)})
            expert.check()
            expert.check_tables(own, n_channels, len(self.classes_))
        names = self._model_names(n_channels)
        check_fits(self.models_ == names, f"models_ must be {names}, got {self.models_}.")


def added(expert, folds):
    """Return the counts of some folds together, after `compact` or without it."""
    return functools.reduce(expert.add, map(expanded, folds))


with_expert_options = with_sections(
    **sections(TrainExperts), experts=choices(EXPERTS)[1:-1].replace('"', "'"))


def frozen(raster):
    """Return a read-only view, because kernels would be compiled again for writable arrays."""
    view = np.ascontiguousarray(raster).view()
    view.flags.writeable = False
    return view


def parts(raster, rows):
    """Yield some samples as arrays of equal length, and their rows."""
    if not isinstance(raster, Ragged):
        yield frozen(raster[rows]), rows
    elif len(rows):
        for group in rows_by_length(raster.lengths[rows]):
            yield frozen(raster.stacked(rows[group])), rows[group]


def lengths(raster):
    """Return the number of steps of each sample."""
    return raster.lengths if isinstance(raster, Ragged) else np.full(len(raster), raster.shape[2])


def keys_of(raster):
    """Return a number for each sample, which depends on its spikes and its length alone."""
    keys = np.empty(len(raster), np.uint64)
    for part, rows in parts(raster, np.arange(len(raster))):
        found = np.empty(len(rows), np.uint64)
        content_keys(np.uint64(part.shape[2]), np.packbits(part, axis=2), found)
        keys[rows] = found
    return keys


def compact(counts):
    """Return counts in the smallest unsigned dtype that holds them, if they are whole numbers."""
    return {name: _compacted(array) for name, array in counts.items()}


def expanded(counts):
    """Return the counts that `compact` has changed."""
    return {
        name: array.astype(float) if array.dtype.kind == "u" else array
        for name, array in counts.items()}


def _compacted(array):
    is_whole = array.dtype.kind == "f" and (array == np.rint(array)).all()
    if not is_whole or array.min(initial=0) < 0 or array.max(initial=0) >= 2**53:
        return array
    return array.astype(np.min_scalar_type(int(array.max(initial=0))))
