"""Kinds of class labels: from y to training targets, and from outputs to predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax

from .._base import Array, check_container, check_labels, is_raster, shown
from ..learning import BinaryCrossEntropy, ColumnCrossEntropy, CrossEntropy, Loss, Target

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

    is_indicator = False

    def __init__(self, classes: Any, columns: list[Array]):
        self.classes, self.columns = classes, columns

    def __str__(self) -> str:
        return str(self.classes)

    def same(self, other: Labels) -> bool:
        """Return whether other labels are of the same kind and classes."""
        return type(self) is type(other) and len(self.columns) == len(other.columns) and all(
            map(np.array_equal, self.columns, other.columns))

    def target(self, y: Array, weight: Array, name: str) -> Target:
        """Return the training target for y, or raise if y has other labels."""
        return Target(self._indices(y, name), weight, self.loss)

    def _indices(self, y: Array, name: str) -> Array:
        """Return the index of each label among its classes, (n_samples, n_columns)."""
        columns = _columns(y)
        if len(columns) != len(self.columns):
            raise ValueError(
                f"y of {name} must have the {len(self.columns)} columns of classes={self}, got "
                f"{len(columns)}.")
        indices = np.empty(y.shape[:1] + (len(columns),), np.intp)
        for k, (column, classes) in enumerate(zip(columns, self.columns, strict=True)):
            found, index = np.unique(column, return_inverse=True)
            # numpy before 1.25 cannot compare words with numbers
            known = set(classes.tolist())
            unknown = found[[label not in known for label in found.tolist()]]
            if len(unknown):
                raise ValueError(
                    f"y of {name} has labels that are not in classes={classes}: {unknown}.")
            indices[:, k] = np.searchsorted(classes, found)[index]
        return indices

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
        super().__init__(classes, [classes])

    @property
    def loss(self) -> Loss:
        """The loss of the outputs."""
        return CrossEntropy(len(self.classes))

    def target(self, y: Array, weight: Array, name: str) -> Target:
        """Return the training target for y, or raise if y has other labels."""
        target = super().target(y, weight, name)
        return target._replace(y=target.y[:, 0])

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
        columns = [np.arange(2)] * n_labels
        super().__init__(np.arange(n_labels), columns)

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
        super().__init__(classes, classes)
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


def labels_of(classes: Any, is_indicator: bool) -> Labels:
    """Return the labels of a fitted estimator."""
    if is_indicator:
        return Indicator(len(classes))
    return Columns(classes) if isinstance(classes, list) else OneColumn(classes)


def labels_in(y: Array, name: str) -> Labels:
    """Return the labels in y, or raise if y has no classes or one class."""
    check_labels(y, name)
    labels = _of_columns([np.unique(column) for column in _columns(y)], y.ndim, name, "y")
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
        return _of_columns([np.unique(column) for column in classes], 2, name, "classes")
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


def _columns(y: Array) -> list[Array]:
    """Return the columns of y."""
    return [y] if y.ndim == 1 else list(y.T)
