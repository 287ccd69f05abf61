"""Samples of unequal length: their array, and how it is made of lists and arrays of objects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import as_numbers

Array = NDArray[Any]


class Ragged:
    """Series of unequal length, stored end to end.

    It has the length, the dtype and the number of dimensions of an array of series, and its last
    axis is as long as the longest series. Nothing is padded: computations get arrays of samples
    of equal length (`stacked`), so that a result cannot depend on the length of other samples.

    Parameters
    ----------
    values : ndarray of shape (1, n_channels, total number of steps)
        The samples, one after the other. Functions of single values can take it as an array.
    lengths : ndarray of shape (n_samples,)
        Number of steps of each sample.
    flat : bool, default=False
        Whether the samples were given without an axis of channels.
    """

    ndim = 3

    def __init__(self, values: Array, lengths: Array, flat: bool = False):
        self.values, self.lengths, self.flat = values, lengths, flat
        self._stops = np.cumsum(lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Array]:
        """Yield the samples, (n_channels, n_steps)."""
        return iter(np.split(self.values[0], self._stops[:-1], axis=1))

    def __getitem__(self, rows: Any) -> "Ragged":
        """Return some samples, selected by a slice or by indices, and some of their channels."""
        rows, channels = rows if isinstance(rows, tuple) else (rows, slice(None))
        chosen = np.arange(len(self))[rows]
        parts = [np.arange(self._stops[k] - self.lengths[k], self._stops[k]) for k in chosen]
        values = self.values[:, channels][:, :, np.concatenate(parts)]
        return Ragged(values, self.lengths[chosen], self.flat)

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of samples and channels, and the length of the longest sample."""
        return len(self), self.values.shape[1], int(self.lengths.max())

    def channels(self) -> Iterator[list[Array]]:
        """Yield each channel as a list of the series (n_steps,) of all samples."""
        for channel in self.values[0]:
            yield np.split(channel, self._stops[:-1])

    def with_values(self, values: Array) -> "Ragged":
        """Return samples of the same lengths with other values."""
        return Ragged(values, self.lengths, self.flat)

    def stacked(self, rows: Array) -> Array:
        """Return samples of equal length as an array, (n_rows, n_channels, n_steps)."""
        n_steps = self.lengths[rows[0]]
        steps = (self._stops[rows] - n_steps)[:, np.newaxis] + np.arange(n_steps)
        return np.ascontiguousarray(self.values[0][:, steps].swapaxes(0, 1))


def rows_by_length(lengths: Array) -> list[Array]:
    """Return the indices of the samples of each length, the shortest first."""
    if (lengths == lengths[0]).all():  # faster
        return [np.arange(len(lengths))]
    order = np.argsort(lengths, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1)


def entries(X: Any) -> Array:
    """Return the values of an array or of samples of unequal length as one array."""
    return X.values if isinstance(X, Ragged) else X


def collected(X: Any, name: str, flat: bool = False) -> Any:
    """Return a list or an array of objects, with one array for each sample, as one array.

    Samples are (n_channels, n_steps) or (n_steps,). If their lengths differ, the result is
    `Ragged`. With `flat`, it is `Ragged` for all samples without an axis of channels, whose array
    would look like a table. Other input is returned unchanged.
    """
    if flat and getattr(X, "ndim", 0) == 2 and hasattr(X, "__array__"):
        X = list(np.asarray(X))
    if not _are_series(X):
        return X
    shapes = [tuple(x.shape) for x in X]
    is_flat = set(map(len, shapes)) == {1}
    if len(set(shapes)) > 1 or (flat and is_flat):
        return _joined(X, shapes, name)
    return np.stack([as_numbers(x, name) for x in X]) if isinstance(X, np.ndarray) else X


def _are_series(X):
    """Return whether X holds arrays of one or two dimensions, at least one."""
    is_objects = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    return (is_objects or isinstance(X, (list, tuple))) and len(X) > 0 and all(
        hasattr(x, "__array__") and len(getattr(x, "shape", ())) in (1, 2) for x in X)


def _joined(X, shapes, name):
    """Return samples of the given shapes end to end."""
    n_dims, n_channels = {len(shape) for shape in shapes}, {(1, *shape)[-2] for shape in shapes}
    if len(n_dims) > 1 or len(n_channels) > 1:
        found = ", ".join(map(str, list(dict.fromkeys(shapes))[:5]))
        raise ValueError(
            f"{name} expects samples with the same number of channels, each an array (n_channels, "
            f"n_steps), got shapes {found}. If their first axis is time, pass [x.T for x in X].")
    for k, shape in enumerate(shapes):
        if 0 in shape:
            raise ValueError(
                f"{name} needs at least one channel and one step in each sample, got shape {shape} "
                f"in sample {k}.")
    samples = [as_numbers(x, name).reshape(*n_channels, -1) for x in X]
    lengths = np.array([sample.shape[1] for sample in samples])
    return Ragged(np.concatenate(samples, axis=1)[np.newaxis], lengths, n_dims == {1})
