"""Training targets: classes or values, of samples or of each step of recordings.

`Labels` turn classes into targets, and outputs into predictions. `ClassTargets` and `ValueTargets`
are the two kinds of targets of a network. They check y, store what a prediction needs in the
network, and return the target in the unit of the loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.utils.validation import column_or_1d

from .._base import (
    Array, Moments, check_container, check_labels, check_number, check_real, check_size, is_raster,
    shown, without_unit)
from ..learning import (
    BinaryCrossEntropy, ColumnCrossEntropy, CrossEntropy, EachStep, Loss, Settings, SquaredError,
    Target)
from ..metrics import UNKNOWN
from ..simulation import Leaky
from ._recordings import (
    check_several, checked_classes, checked_values, has_steps, joined_classes, joined_values,
    value_moments, warn_if_rounded)

NO_SCORES = "decision_function is not defined for several columns of classes. Use predict_proba."


class Labels(ABC):
    """Labels of one kind of y.

    Parameters
    ----------
    classes : ndarray or list of ndarray
        The attribute ``classes_`` of the estimator.
    columns : list of ndarray
        Class labels of each column of y.
    """

    classes: Any
    columns: list[Array]
    is_indicator = False

    def __str__(self) -> str:
        return str(self.classes)

    def same(self, other: Labels) -> bool:
        """Return whether other labels are of the same kind and classes."""
        return type(self) is type(other) and len(self.columns) == len(other.columns) and all(
            map(np.array_equal, self.columns, other.columns))

    def target(self, y: Array, weight: Array, name: str) -> Target:
        """Return the training target for y, or raise if y has other labels.

        It holds the index of each label among its classes.
        """
        columns = np.atleast_2d(y.T)
        if len(columns) != len(self.columns):
            raise ValueError(
                f"y of {name} must have the {len(self.columns)} columns of classes={self}, got "
                f"{len(columns)}.")
        indices = np.empty((len(y), len(columns)), np.intp)
        for k, (column, classes) in enumerate(zip(columns, self.columns, strict=True)):
            found, index = np.unique(column, return_inverse=True)
            # numpy before 1.25 cannot compare words with numbers
            known = set(classes.tolist())
            unknown = found[[label not in known for label in found.tolist()]]
            if len(unknown):
                raise ValueError(
                    f"y of {name} has labels that are not in classes={classes}: {unknown}.")
            indices[:, k] = np.searchsorted(classes, found)[index]
        return Target(indices[:, 0] if y.ndim == 1 else indices, weight, self.loss)

    @property
    @abstractmethod
    def loss(self) -> Loss:
        """The loss of the outputs."""

    @abstractmethod
    def labels(self, outputs: Array) -> Array:
        """Return the most probable labels, (n_samples,) or (n_samples, n_columns)."""

    @abstractmethod
    def probabilities(self, outputs: Array) -> Any:
        """Return the probabilities in the form of ``predict_proba``."""

    @abstractmethod
    def log_probabilities(self, outputs: Array) -> Any:
        """Return the logarithms of the probabilities."""

    @abstractmethod
    def scores(self, outputs: Array) -> Array:
        """Return the outputs in the form of ``decision_function``."""


class OneColumn(Labels):
    """Labels that exclude each other. Each class has an output."""

    def __init__(self, classes: Array):
        self.classes, self.columns = classes, [classes]

    @property
    def loss(self) -> Loss:
        """The loss of the outputs."""
        return CrossEntropy(len(self.classes))

    def labels(self, outputs: Array) -> Array:
        """Return the class of the largest output, (n_samples,)."""
        return np.asarray(self.classes[outputs.argmax(axis=1)])

    def probabilities(self, outputs: Array) -> Array:
        """Return the probabilities of the classes, (n_samples, n_classes)."""
        return np.asarray(softmax(outputs, axis=1))

    def log_probabilities(self, outputs: Array) -> Array:
        """Return the logarithms of the probabilities, (n_samples, n_classes)."""
        return np.asarray(log_softmax(outputs, axis=1))

    def scores(self, outputs: Array) -> Array:
        """Return the outputs, or their difference for two classes, (n_samples,)."""
        return outputs[:, 1] - outputs[:, 0] if len(self.classes) == 2 else outputs


class Indicator(Labels):
    """Labels that do not exclude each other. y has 1 where a sample has a label, else 0."""

    is_indicator = True

    def __init__(self, n_labels: int):
        self.classes, self.columns = np.arange(n_labels), [np.arange(2)] * n_labels

    @property
    def loss(self) -> Loss:
        """The loss of the outputs."""
        return BinaryCrossEntropy(len(self.columns))

    def __str__(self) -> str:
        return f"an indicator matrix of {self.loss.n_outputs} labels"

    def labels(self, outputs: Array) -> Array:
        """Return the indicator matrix, (n_samples, n_labels)."""
        return (outputs > 0).astype(int)

    def probabilities(self, outputs: Array) -> Array:
        """Return the probability of each label, (n_samples, n_labels)."""
        return np.asarray(expit(self.scores(outputs)))

    def log_probabilities(self, outputs: Array) -> Array:
        """Return the logarithms of the probabilities, (n_samples, n_labels)."""
        return np.asarray(log_expit(self.scores(outputs)))

    def scores(self, outputs: Array) -> Array:
        """Return the outputs, (n_samples, n_labels), rounded to float32.

        The last bits of a row depend on its batch, so that ranks of equal samples would differ.
        """
        return outputs.astype(np.float32).astype(float)


class Columns(Labels):
    """Several columns of labels. Each class of each column has an output."""

    def __init__(self, classes: list[Array]):
        self.classes = self.columns = classes
        self._each = [OneColumn(column) for column in classes]

    @property
    def loss(self) -> ColumnCrossEntropy:
        """The loss of the outputs."""
        return ColumnCrossEntropy([*map(len, self.columns)])

    def __str__(self) -> str:
        return shown([column.tolist() for column in self.columns])

    def _split(self, method: str, outputs: Array) -> list[Array]:
        """Return the result of a method for each column."""
        return [
            getattr(column, method)(part)
            for column, part in zip(self._each, self.loss.split(outputs), strict=True)]

    def labels(self, outputs: Array) -> Array:
        """Return the class of the largest output of each column, (n_samples, n_columns)."""
        return np.stack(self._split("labels", outputs), axis=1)

    def probabilities(self, outputs: Array) -> list[Array]:
        """Return the probabilities of the classes of each column."""
        return self._split("probabilities", outputs)

    def log_probabilities(self, outputs: Array) -> list[Array]:
        """Return the logarithms of the probabilities of each column."""
        return self._split("log_probabilities", outputs)

    def scores(self, outputs: Array) -> Array:
        """Raise, because scikit-learn's scorers expect one array of scores."""
        raise AttributeError(NO_SCORES)


def class_sizes(classifier: Any) -> list[int]:
    """Return the number of outputs of each column of labels, 1 for labels of an indicator."""
    labels: Labels = classifier._labels
    if labels.is_indicator:
        return [1] * labels.loss.n_outputs
    return [len(column) for column in labels.columns]


def labels_in(y: Array, name: str) -> Labels:
    """Return the labels in y, or raise if y has no classes or one class."""
    check_labels(y, name)
    labels = _of_columns([*map(np.unique, np.atleast_2d(y.T))], y.ndim, name, "y")
    is_indicator = y.ndim == 2 and y.dtype.kind in "biuf" and is_raster(y)
    return Indicator(y.shape[1]) if is_indicator else labels


def labels_given(classes: Any, y: Array, name: str) -> Labels:
    """Return the labels in `classes` for y, or raise if they do not belong to a y of this shape."""
    check_container(classes, "classes")  # numpy would read a set as one class
    if isinstance(classes, str) or not hasattr(classes, "__len__"):
        raise TypeError(f"classes must be a sequence of labels, got {shown(classes)}.")
    check_labels(y, name)
    nested = any(np.ndim(column) for column in classes)
    if y.ndim == 1 and not nested:
        return _of_columns([np.unique(classes)], 1, name, "classes")
    if y.ndim == 1:
        raise ValueError(
            f"classes must be the labels of y, which has one column, got {shown(list(classes))}.")
    n_columns = y.shape[1]
    if nested and len(classes) == n_columns:
        return _of_columns([*map(np.unique, classes)], 2, name, "classes")
    if not nested and np.array_equal(classes, np.arange(n_columns)):
        return Indicator(n_columns)
    raise ValueError(
        f"classes must be range({n_columns}) for y as an indicator matrix of {n_columns} columns, "
        f"or a list of the labels of each column, got {shown(list(classes))}.")


def _of_columns(classes: list[Array], n_dims: int, name: str, source: str) -> Labels:
    """Return the labels of one or several columns, or raise if all have one class."""
    if not min(map(len, classes)):
        raise ValueError(f"{name} needs at least two classes in {source}, got none.")
    if max(map(len, classes)) < 2:
        found = ", ".join(shown(column[0]) for column in classes)
        each = " in each column" if n_dims == 2 else ""
        raise ValueError(
            f"{name} needs at least two classes in {source}, got one class{each}: {found}.")
    return OneColumn(classes[0]) if n_dims == 1 else Columns(classes)


class ClassTargets:
    """Classes of samples or, with leaky sums, of each step. Transformers may have none."""

    options = {"multi_output": True}  # of the check of y

    def have_steps(self, network: Any, X: Any, y: Any) -> bool:
        """Return whether y has a class for each step. It needs leaky sums, and X is no table."""
        readout = network.readout
        is_leaky = isinstance(readout, Leaky) or (
            isinstance(readout, str) and readout == Leaky.name)
        n_rows = X.shape[0] if getattr(X, "ndim", 3) == 2 else -1
        return network._decodes and is_leaky and has_steps(y, 1) and len(y) != n_rows

    def checked_steps(self, y: Any, X: Any, name: str) -> Array:
        """Return the labels of each recording, (n_steps,)."""
        return checked_classes(y, X, name)

    def of_steps(
            self, network: Any, y: Array, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the class index of each step, (n_recordings, n_steps), -1 if it is not known."""
        name = type(network).__name__
        each, known = joined_classes(y, name)
        if classes is None and not single_pass:
            check_several(each, known.sum() < sum(map(len, y)), name)
        labels = _stored_labels(network, each, classes, single_pass)
        found = np.full(known.shape, UNKNOWN, np.intp)
        found[known] = labels.target(each, np.ones(len(each)), name).y
        return Target(found, weight, EachStep(labels.loss))

    def of_samples(
            self, network: Any, y: Any, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the class index of each sample. Without y, the target is empty."""
        if y is None:
            if hasattr(network, "classes_"):  # of an earlier fit
                del network.classes_
            network._is_indicator = False
            return Target(sample_weight=weight)
        if y.shape[1:] == (1,):
            y = column_or_1d(y, warn=True)
        labels = _stored_labels(network, y, classes, single_pass)
        return labels.target(y, weight, type(network).__name__)

    def in_unit(self, network: Any, target: Target) -> Target:
        """Return the target in the unit of the outputs."""
        return target

    def in_loss(
            self, network: Any, target: Target, settings: Settings) -> tuple[Target, Array | None]:
        """Return the target in the unit of the loss, and weights of the classes of its rows.

        Weights of classes act on the loss, and not on the mean and deviation of currents.
        """
        if not network._decodes:
            return target, None
        class_weight = network.class_weight
        if class_weight is None:
            return target, None if network._each_step else np.ones(len(target.y))
        if network._each_step:
            weight = _class_weight_of_steps(class_weight, network._labels, target)
            return target._replace(loss=EachStep(target.loss.loss, class_weight=weight)), None
        weight_of = _chunk_weight if settings.single_pass else _class_weight_of_rows
        return target, weight_of(class_weight, network._labels, target)


class ValueTargets:
    """Values of samples, or of each step, which are scaled for the loss."""

    options = {"multi_output": True, "y_numeric": True}  # of the check of y

    def have_steps(self, network: Any, X: Any, y: Any) -> bool:
        """Return whether y has values for each step."""
        return has_steps(y, 2)

    def checked_steps(self, y: Any, X: Any, name: str) -> Array:
        """Return the values of each recording, (n_outputs, n_steps)."""
        return checked_values(y, X, name)

    def of_steps(
            self, network: Any, y: Array, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the values of each step, (n_recordings, n_steps, n_outputs)."""
        network._flat = False
        y = joined_values(y, type(network).__name__)
        return Target(y, weight, EachStep(SquaredError(y.shape[2])))

    def of_samples(
            self, network: Any, y: Any, weight: Array, classes: Any, single_pass: bool) -> Target:
        """Return the target of checked y, (n_samples, n_outputs), before it is scaled."""
        name = f"y of {type(network).__name__}"
        y = check_size(check_real(y, name), name)
        if not (single_pass and hasattr(network, "weights_")):
            network._flat = y.ndim == 1
        y = y.reshape(len(y), -1).astype(float)
        return Target(y, weight, SquaredError(y.shape[1]))

    def in_unit(self, network: Any, target: Target) -> Target:
        """Return the target in units of its mean and scale."""
        if target.y.shape[-1] != len(network.target_mean_):
            raise ValueError(
                f"y must have the {len(network.target_mean_)} columns of the previous fit, got "
                f"{target.y.shape[-1]}.")
        unit = np.where(network.target_scale_ > 0, network.target_scale_, 1.0)
        return target._replace(y=(target.y - network.target_mean_) / unit)

    def in_loss(
            self, network: Any, target: Target, settings: Settings) -> tuple[Target, None]:
        """Store mean and scale of the values, of the first batch of chunks. Return them scaled.

        A column whose values are equal has the scale 0, or 1 in chunks, because later values may
        differ. A fit that continues changes only columns that were constant before and now have
        other values.
        """
        n, of_constant, continues = len(target.samples), 0.0, network.warm_start and hasattr(
            network, "weights_")
        if settings.single_pass:
            n, of_constant, continues = settings.batch_size, 1.0, hasattr(network, "target_mean_")
        moments = value_moments if network._each_step else Moments.of
        found = moments(target.y[:n], target.sample_weight[:n])
        mean, scale = found.mean, found.scale(of_constant)
        if network._each_step:
            warn_if_rounded(mean, scale, type(network).__name__)
        if continues:
            self.in_unit(network, target)  # raises if y has other columns
            rows = target.y.reshape(-1, target.y.shape[-1])
            changes = (network.target_scale_ == 0) & (rows != network.target_mean_).any(axis=0)
            mean = np.where(changes, mean, network.target_mean_)
            scale = np.where(changes, scale, network.target_scale_)
        network.target_mean_, network.target_scale_ = mean, scale
        return self.in_unit(network, target), None


def _stored_labels(network: Any, y: Array, classes: Any, single_pass: bool) -> Labels:
    """Return the labels for y, and store them in the network.

    `classes` are all labels that can occur. A warm start must have those of the previous fit.
    """
    name, before = type(network).__name__, network._labels if hasattr(network, "classes_") else None
    if classes is not None or (single_pass and (before or network._decodes)):
        labels = _known_labels(before, classes, y, name)
    else:
        labels = labels_in(y, name)
    if network.warm_start and before is not None and not labels.same(before):
        raise ValueError(
            f"warm_start=True needs the classes of the previous fit, {before}, got {labels}.")
    network.classes_, network._is_indicator = labels.classes, labels.is_indicator
    return labels


def _known_labels(before: Labels | None, classes: Any, y: Array, name: str) -> Labels:
    """Return the labels for another chunk of data. The first call must pass the classes."""
    if classes is None:
        if before is None:
            raise ValueError(
                "classes must be given in the first call of partial_fit, because a chunk may lack "
                "some of them.")
        return before
    labels = labels_given(classes, y, name)
    if before is not None and not labels.same(before):
        raise ValueError(
            f"classes={shown(list(classes))} differ from the classes of the first call of "
            f"partial_fit, {before}.")
    return labels


def _checked_weights(class_weight: Any, classes: Array, name: str) -> Any:
    """Return weights as a dict, or "balanced".

    Raise unless they are valid, their labels are classes, and one weight is positive.
    """
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return class_weight or {}
    if not isinstance(class_weight, dict):
        wanted = "'balanced', None or a dict of label to weight"
        raise ValueError(f"{name} must be {wanted}, got {shown(class_weight)}.")
    for label, value in class_weight.items():
        check_number(value, f"{name}[{shown(label)}]", low=0)
    labels = classes.tolist()
    # y of a fold may lack classes of the dict, and the dict may leave out classes of y
    if len(class_weight.keys() & labels) < min(len(class_weight), len(labels)):
        raise ValueError(
            f"{name} must have labels of y, out of {labels}, got {list(class_weight)}.")
    if not any(class_weight.get(label, 1.0) for label in labels):
        raise ValueError(
            f"{name} must give at least one class of y a weight above 0, got "
            f"{shown(class_weight)}.")
    return class_weight


def _class_weight_of_steps(class_weight: Any, labels: Labels, target: Target) -> Array:
    """Return the weight of each class in the loss, with mean 1 over the known steps."""
    known = target.loss.known(target.y)
    weight = np.repeat(target.sample_weight, known.sum(axis=1))
    steps = Target(target.y[known], weight)
    ((values, index),) = _column_weights(class_weight, labels, steps)
    mean = float(np.average(values[index], weights=weight))
    if not mean:
        raise ValueError(f"class_weight gives all steps weight 0, got {shown(class_weight)}.")
    return np.asarray(values / mean)


def _column_weights(
        class_weight: Any, labels: Labels, target: Target) -> Iterator[tuple[Array, Array]]:
    """Yield the weight of each class, and the class of each sample, for each column of y."""
    y, n_columns = target.y.reshape(len(target.y), -1), len(labels.columns)
    each, names = [class_weight] * n_columns, ["class_weight"] * n_columns
    if isinstance(class_weight, list) and n_columns > 1:
        each, names = class_weight, [f"class_weight[{k}]" for k in range(n_columns)]
    if len(each) != n_columns or (isinstance(class_weight, dict) and n_columns > 1):
        raise ValueError(
            f"class_weight must be 'balanced', None or a list of {n_columns} dicts, one for each "
            f"column of y, got {shown(class_weight)}.")
    for weight, classes, name, index in zip(each, labels.columns, names, y.T, strict=True):
        weight = _checked_weights(weight, classes, name)
        if isinstance(weight, str):  # "balanced"
            n = np.bincount(
                index, target.sample_weight / target.sample_weight.max(), len(classes))
            yield n.max() / np.where(n > 0, n, n.max()), index
        else:
            yield np.array([float(weight.get(k, 1.0)) for k in classes.tolist()]), index


def _class_weight_of_rows(class_weight: Any, labels: Labels, target: Target) -> Array:
    """Return the class weight of each sample, with mean 1: the product over the columns."""
    weight: Any = 1.0
    for values, index in _column_weights(class_weight, labels, target):
        weight = weight * values[index]
        if not weight.any():
            raise ValueError(
                f"class_weight gives all samples weight 0, got {shown(class_weight)}.")
        weight = without_unit(weight)  # after each column, because products overflow
    return np.asarray(weight)


def _chunk_weight(class_weight: Any, labels: Labels, target: Target) -> Array:
    """Return the class weight of each sample of a chunk: the product over the columns.

    A chunk does not show how frequent the classes are, so the mean over the classes is 1.
    """
    each = class_weight if isinstance(class_weight, list) else [class_weight]
    if any(isinstance(weight, str) and weight == "balanced" for weight in each):
        raise ValueError(
            "class_weight='balanced' needs the number of samples of each class, which a chunk does "
            "not show. Pass a dict of weights.")
    weight: Any = 1.0
    for values, index in _column_weights(class_weight, labels, target):
        weight = weight * without_unit(values)[index]
    return np.asarray(weight)
