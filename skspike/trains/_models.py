"""Models of the spike trains of each class: counts, tables, evidence and streams of experts."""

import copy
import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from .._base import (
    Array, FittedArray, Numbers, Ragged, Stream, absent, as_numbers, axis_length, check_arrays,
    check_container, check_fits, check_keys, check_kinds, check_raster, content_keys, map_samples,
    map_threads, resolve, rows_by_length, shown)
from . import EXPERTS
from ._expert import Expert, check_different, evidence
from ._weights import combined, probabilities

GROUP_SIZE = 2**18  # steps that are scored at a time, so that their symbols fit in the cache

Counts = list[list[dict[str, Array]]]  # of each expert in each fold
Tables = list[dict[str, Array]]  # of each expert


class Samples(NamedTuple):
    """Training samples: rasters, numbers of classes, weights, and numbers of the contents."""

    raster: Any
    y: Array
    weights: Array
    keys: Array

    @classmethod
    def of(cls, raster: Any, y: Array, weights: Array) -> "Samples":
        """Return samples with their keys."""
        return cls(raster, y, weights, keys_of(raster))


class HeldOut(NamedTuple):
    """Training samples, without rasters, and their scores by models that have not seen them."""

    scores: Array
    y: Array
    weights: Array
    n_steps: Array
    keys: Array

    @classmethod
    def joined(cls, parts: Sequence[Sequence[Array]]) -> "HeldOut":
        """Return the samples of all parts."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def scores_of(self, keys: Array, models: "ClassModels") -> tuple[Array, Array]:
        """Return the scores of samples with these keys, and which of them are none of these."""
        check_arrays([
            FittedArray("scores of _seen", self.scores, (-1, len(models.names), models.n_classes)),
            FittedArray("keys of _seen", self.keys, (len(self.scores),), np.uint64)])
        order = np.argsort(self.keys, kind="stable")
        # the latest sample with these spikes, if there is one
        place = order[np.searchsorted(self.keys, keys, side="right", sorter=order) - 1]
        return self.scores[place], self.keys[place] != keys


@dataclass(frozen=True)
class ClassModels:
    """Experts for rasters of some channels and classes, and what they have learned.

    Parameters
    ----------
    experts : list of Expert
        Experts with a model of this number of channels.
    n_channels, n_classes, n_folds : int
        Numbers of channels, classes and folds.
    n_jobs : int or None
        Number of threads.
    tables : list of dict
        Tables of each expert, if they have learned.
    weights, intercept : ndarray
        Weights of the models, and intercepts of the classes, if they are fitted.
    """

    experts: list[Expert]
    n_channels: int
    n_classes: int
    n_folds: int
    n_jobs: int | None
    tables: Tables | None = None
    weights: Any = None
    intercept: Any = None

    @property
    def names(self) -> list[str]:
        """Names of the models."""
        return [
            f"{expert.name} {model}"
            for expert in self.experts for model in expert.models(self.n_channels)]

    @property
    def is_likelihood(self) -> Array:
        """Which models are likelihoods."""
        return np.array([
            expert.is_likelihood for expert in self.experts
            for _ in expert.models(self.n_channels)])

    @functools.cached_property
    def each(self) -> list[tuple[Expert, dict[str, Array], slice]]:
        """Each expert, its tables, and the places of its models."""
        sizes = [len(expert.models(self.n_channels)) for expert in self.experts]
        places = itertools.starmap(
            slice, itertools.pairwise(itertools.accumulate(sizes, initial=0)))
        return list(zip(self.experts, self.tables or [], places, strict=True))

    def check(self, names: list[str]) -> None:
        """Raise unless names, tables, weights and intercepts belong together."""
        check_fits(
            len(self.tables or []) == len(self.experts),
            "tables_ must have one dict for each expert.")
        for expert, own in zip(self.experts, self.tables or [], strict=True):
            check_kinds({"experts_": (expert, Expert), "tables_": (own, dict)})
            expert.check()
            expert.check_tables(own, self.n_channels, self.n_classes)
        check_fits(names == self.names, f"models_ must be {self.names}, got {names}.")
        check_arrays([
            FittedArray("weights_", self.weights, (len(names),)),
            FittedArray("intercept_", self.intercept, (self.n_classes,))])

    def count(self, samples: Samples) -> Counts:
        """Return the counts of each expert in each fold, in small dtypes."""
        raster, y, weights, _ = samples
        folds = self.folds(samples)
        empty = np.zeros((0, self.n_channels, 1), np.uint8)

        def count(item):
            """Return the counts of an expert in a fold."""
            expert, rows = item
            nothing = np.arange(0)
            total = expert.count(frozen(empty), nothing, nothing.astype(float), self.n_classes)
            for part, at in parts(raster, rows):
                total = expert.add(total, expert.count(part, y[at], weights[at], self.n_classes))
            return compact(total)

        items = list(itertools.product(self.experts, folds))
        found = iter(map_threads(count, items, self.n_jobs))
        return [[next(found) for _ in folds] for _ in self.experts]

    def check_counts(self, counts: Counts) -> None:
        """Raise unless counts have the dtypes and shapes of counts of these experts.

        An axis may have any length if that of a train of two steps differs from that of no trains.
        """
        y, empty = np.zeros(1, int), np.zeros((0, self.n_channels, 1), np.uint8)
        train = np.ones((1, self.n_channels, 2), np.uint8)
        for expert, folds in zip(self.experts, counts, strict=True):
            none = expert.count(frozen(empty), y[:0], np.ones(0), self.n_classes)
            one = expert.count(frozen(train), y, np.ones(1), self.n_classes)
            for own in folds:
                name = f"counts of {expert.name}"
                check_keys(name, own, one)
                check_kinds({f"{name}: {key}": (array, np.ndarray) for key, array in own.items()})
                for key, array in expanded(own).items():
                    shape = tuple(
                        length if length == none[key].shape[axis] else axis_length(array, axis)
                        for axis, length in enumerate(one[key].shape))
                    dtype = np.floating if array.dtype.kind == "f" else np.integer
                    check_arrays([FittedArray(f"{name}: {key}", array, shape, dtype)])

    def folds(self, samples: Samples) -> list[Array]:
        """Return the rows of each fold, which follow from the contents of the samples."""
        folds = samples.keys % np.uint64(self.n_folds)
        return [np.flatnonzero(folds == fold) for fold in range(self.n_folds)]

    def together(self, one: Counts, other: Counts) -> Counts:
        """Return the counts of two sets of samples together."""
        return [
            [compact(expert.add(*map(expanded, pair))) for pair in zip(*folds, strict=True)]
            for expert, *folds in zip(self.experts, one, other, strict=True)]

    def learned(self, counts: Counts) -> tuple[Tables, Callable[[int], Tables]]:
        """Return the tables of all data of each expert, and a function of those without a fold.

        The tables of all folds together would be large.
        """

        def tables(expert, total, settings):
            """Return tables that have the shapes that loops need."""
            found = expert.tables(total, settings)
            expert.check_tables(found, self.n_channels, self.n_classes)
            return found

        def learn(item):
            """Return the tables and the settings of an expert."""
            expert, folds = item
            total = added(expert, folds)
            settings = expert.settings(total)
            return tables(expert, total, settings), settings

        items = list(zip(self.experts, counts, strict=True))
        whole, settings = zip(*map_threads(learn, items, self.n_jobs), strict=True)

        def without(fold):
            """Return the tables of each expert without the counts of a fold."""
            others = [
                (expert, folds[:fold] + folds[fold + 1 :], setting)
                for (expert, folds), setting in zip(items, settings, strict=True)]
            return map_threads(
                lambda item: tables(item[0], added(*item[:2]), item[2]), others, self.n_jobs)

        return list(whole), without

    def learn(self, counts: Counts, samples: Samples) -> tuple[Tables, HeldOut]:
        """Return the tables of all data, and samples with their scores without their folds."""
        tables, without = self.learned(counts)
        return tables, self.held_out(samples, without)

    def held_out(self, samples: Samples, without: Callable[[int], Tables]) -> HeldOut:
        """Return samples with their scores by the tables without their folds."""
        raster, y, weights, keys = samples
        scores = np.empty((len(raster), len(self.names), self.n_classes))
        for fold, rows in enumerate(self.folds(samples)):
            if len(rows):
                scores[rows] = self.scores(raster[rows], without(fold))
        return HeldOut(scores, y, weights, lengths(raster), keys)

    def scores(self, raster: Any, tables: Tables | None = None) -> Array:
        """Return the log likelihoods, (n_samples, n_models, n_classes)."""
        tables = self.tables if tables is None else tables

        def score(rows):
            """Return the scores of samples of equal length by all experts."""
            rows = frozen(rows)
            return np.concatenate(
                [
                    expert.score(own, rows, self.n_classes)
                    for expert, own in zip(self.experts, tables, strict=True)], axis=1)

        found: Array = map_samples(
            score, raster, lambda shape: max(GROUP_SIZE // math.prod(shape), 1), self.n_jobs)
        return found

    def decision(self, scores: Array) -> Array:
        """Return the centred scores of classes, (n_samples, n_classes), given those of models."""
        return combined(scores, self.weights, self.intercept)

    def terms(self, raster: Array) -> Array:
        """Return the evidence of samples, (n_samples, n_classes, n_channels, n_steps)."""
        return np.stack([self._terms(raster[k : k + 1]) for k in range(len(raster))])

    def _terms(self, raster: Array) -> Array:
        """Return the evidence of one sample, (n_classes, n_channels, n_steps)."""
        size = raster.shape[1] * raster.shape[2]
        total = np.zeros((self.n_classes, *raster.shape[1:])) + (
            self.intercept / size)[:, np.newaxis, np.newaxis]
        for expert, own, models in self.each:
            weights = self.weights[models]
            if not weights.any():
                continue
            if expert.is_sum:
                terms = expert.terms(own, raster)[0]
            else:
                scores = expert.score(own, raster, self.n_classes)[0]
                terms = np.broadcast_to(
                    scores[:, :, np.newaxis, np.newaxis] / size, (*scores.shape, *raster.shape[1:]))
            for weight, model in zip(weights, terms, strict=True):
                total += weight * (model - model.mean(axis=0))
        return total

    def check_sums(self, name: str) -> None:
        """Raise if a model with a weight above 0 needs whole trains."""
        slow = sorted(
            str(expert.name) for expert, _, models in self.each
            if not expert.is_sum and self.weights[models].any())
        if slow:
            raise ValueError(
                f"{name} needs experts that add evidence step by step, and {slow} need the whole "
                "train. Fit without them, such as with experts=['history', 'age', 'rate'].")

    def start(self, n_samples: int) -> list[tuple[Array, ...]]:
        """Return the states of the experts that add evidence step by step, before the first."""
        return [
            expert.start(n_samples, self.n_channels, self.n_classes) if expert.is_sum else ()
            for expert in self.experts]

    def advance(self, raster: Array, states: list[tuple[Array, ...]]) -> Array:
        """Add the next steps to the states, and return the decision so far."""
        scores = np.zeros((len(raster), len(self.weights), self.n_classes))
        for (expert, own, models), state in zip(self.each, states, strict=True):
            if expert.is_sum:
                expert.advance(own, raster, state)
                scores[:, models] = evidence(state)
        return self.decision(scores)


def resolved(given: Any, n_channels: int) -> list[Expert]:
    """Return the experts of the parameter `experts` with a model of this number of channels."""
    if not isinstance(given, (list, tuple)):
        is_auto = isinstance(given, str) and given == "auto"
        given = [name for name, one in EXPERTS.items() if one.is_default] if is_auto else [given]
    experts = [resolve(one, EXPERTS, "experts") for one in given]
    names = [expert.name for expert in experts]
    check_different(names, "experts must have different names")
    for expert in experts:
        expert.check()
    experts = [expert for expert in experts if expert.models(n_channels)]
    if not experts:
        raise ValueError(
            f"experts={names} have no model of {n_channels} channel. Add another one, such as "
            "'history'.")
    return experts


def known_classes(model: Any, classes: Any) -> Array:
    """Return the labels of all calls of `partial_fit`, given those that are passed to this one."""
    if classes is not None:
        check_container(classes, "classes")
        classes = np.unique(classes)
    if not hasattr(model, "tables_"):
        if classes is None:
            raise ValueError("classes must be passed in the first call of partial_fit.")
        return np.asarray(classes)
    if classes is not None and not np.array_equal(classes, model.classes_):
        raise ValueError(
            f"classes must be those of the first call, {shown(model.classes_.tolist())}, got "
            f"{shown(classes.tolist())}.")
    return np.asarray(model.classes_)


class ClassReader(NamedTuple):
    """Predictions from decisions, (..., n_classes), with given labels of the classes."""

    classes: Array

    def labels(self, decision: Array) -> Array:
        """Return the most probable classes."""
        return np.asarray(self.classes[decision.argmax(axis=-1)])

    def scores(self, decision: Array) -> Numbers:
        """Return the log odds of the second of two classes, or the scores of all classes."""
        return decision[..., 1] - decision[..., 0] if len(self.classes) == 2 else decision

    def probabilities(self, decision: Array) -> Array:
        """Return the probabilities of the classes."""
        return np.asarray(probabilities(decision))

    def log_probabilities(self, decision: Array) -> Array:
        """Return the logarithms of the probabilities, also of those that are rounded to 0."""
        decision = decision - decision.max(axis=1, keepdims=True)
        return np.asarray(decision - np.log(np.exp(decision).sum(axis=1, keepdims=True)))


class TrainStream(Stream):
    """Stream of models of spike trains, whose output is the decision so far."""

    adapt = absent

    def __init__(self, name: str, models: ClassModels, classes: Array):
        self._models, self._reader = models, ClassReader(classes)
        self._states = models.start(1)
        self._decision = np.tile(models.intercept, (1, 1))
        kept = [array for state in self._states for array in state] + [self._decision]
        self._complete(name, models.n_channels, kept, name, models, classes)

    def step(self, x: Any) -> Numbers:
        """Take the spikes of one step, or of several, and return the decision so far."""
        x = as_numbers(x, f"{self._name}.stream")
        self._check_shape(x)
        raster = check_raster(x.reshape(1, len(x), -1), f"{self._name}.stream")
        self._decision[:] = self._models.advance(frozen(raster), self._states)
        return self.decision_function()

    def _outputs(self) -> Array:
        """Return the decision so far."""
        return self._decision.copy()


def weighted_experts(model: Any) -> list[tuple[Expert, dict[str, Array], Array]]:
    """Return the experts of a fitted classifier, their tables, and the weights of their models."""
    model._check_fitted()
    return [(expert, own, model.weights_[models]) for expert, own, models in model._models().each]


def fitted_in_parts(model: Any, data: Any, classes: Any) -> Any:
    """Return a classifier of spike trains that is fitted to all parts of the data.

    The first pass adds counts. The second scores each sample by the models without its fold, which
    depends on the content of the sample alone.
    """
    model = clone(model)
    begun, counts = zip(*data.each(_counted, model, known_classes(model, classes)), strict=True)
    data.check_shapes([(one._n_dims_in, one.n_features_in_) for one in begun])
    model, found = begun[0], {one.n_steps_in_ for one in begun}
    model.n_steps_in_ = found.pop() if len(found) == 1 else None
    model._equal_length_in = model.n_steps_in_ is not None and all(
        one._equal_length_in for one in begun)
    models = model._models()
    counts = functools.reduce(models.together, counts)
    model.tables_, without = models.learned(counts)
    tables = [*map(without, range(model.n_folds_))]
    return model._weigh(counts, HeldOut.joined(data.each(_scored, model, tables)))


def _counted(model: Any, classes: Any, *samples: Any) -> Any:
    """Return a classifier that has the shape of a part, and the counts of the part."""
    model = clone(model)
    models, found = model._begun(*samples, classes=classes)
    return model, models.count(found)


def _scored(model: Any, tables: Any, *samples: Any) -> Any:
    """Return the scores of a part by models without the fold of each sample."""
    found = copy.copy(model)._samples(*samples, classes=model.classes_, reset=False)
    return model._models().held_out(found, tables.__getitem__)


def added(expert, folds):
    """Return the counts of some folds together, after `compact` or without it."""
    return functools.reduce(expert.add, map(expanded, folds))


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
