"""Parts of the data, as estimators see them whose fit consists of sums over parts."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .._checks import shown


class Parts(Protocol):
    """Parts of the data, which workers read."""

    def each(
            self, function: Callable[..., Any], *arguments: Any,
            own: Sequence[Any] | None = None) -> list[Any]:
        """Return the result of a function for each part. Its samples are the last arguments.

        `own` has a further argument for each part, which precedes the samples.
        """

    def first(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of a function for the first part."""

    def after(self, transformer: Any) -> Any:
        """Return the parts after a fitted transformer."""

    def check_shapes(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Raise unless all parts have the same shape."""


def checked_first(data: Parts, begun: Sequence[Any]) -> Any:
    """Return the estimator of the first part, or raise if the parts have different shapes."""
    data.check_shapes([(one._n_dims_in, one.n_features_in_) for one in begun])
    return begun[0]


def with_lengths(data: Parts, begun: Sequence[Any]) -> Any:
    """Return the estimator of the first part, with the length of the samples of all parts."""
    found = checked_first(data, begun)
    n_steps = {one.n_steps_in_ for one in begun}
    found.n_steps_in_ = n_steps.pop() if len(n_steps) == 1 else None
    found._equal_length_in = found.n_steps_in_ is not None and all(
        one._equal_length_in for one in begun)
    return found


def columns_of(X: Any) -> list[str] | None:
    """Return the names of the columns, if X is a DataFrame and all are text, as in scikit-learn."""
    columns = list(getattr(X, "columns", ()))
    return columns if columns and all(isinstance(name, str) for name in columns) else None


def set_columns(estimator: Any, columns: Sequence[list[str] | None]) -> None:
    """Set the names of the columns, or raise if they differ between the parts."""
    for k, names in enumerate(columns):
        if names != columns[0]:
            raise ValueError(
                f"parts[{k}]: expected the columns of parts[0], {shown(columns[0])}, got "
                f"{shown(names)}.")
    if columns[0] is not None:
        estimator.feature_names_in_ = np.array(columns[0], object)


def own_rows(rows: Any, sizes: Sequence[int]) -> list[Any]:
    """Return sorted rows of all samples as rows of each part."""
    found, first = [], 0
    for size in sizes:
        found.append(rows[(rows >= first) & (rows < first + size)] - first)
        first += size
    return found
