"""An order of samples that does not depend on their order in the input, and their presentations.

A sample of weight 2 gives the same network as the sample twice. So `fit` adds the weights of equal
samples, and sorts the samples by content. Without the order, two fits would draw other
mini-batches. An epoch of few samples would have few updates, so it presents samples of large weight
several times. Only their indices are repeated.
"""

from typing import Any, NamedTuple

import numpy as np

from .._checks import LARGEST, Ragged, in_common_unit, rows_by_length, scaled, shown
from .._utils import Array
from ..learning import Target

N_COLUMNS = 64  # columns that are compared at a time
MAX_PRESENTATIONS = 2**24  # samples of an epoch, for rules that do not weight a loss


class Given(NamedTuple):
    """X and y as the user passed them, and the row of each learned sample in them."""

    X: Any
    y: Any
    rows: Array


def arranged(
        X: Any, target: Target, repeats: bool,
        single_pass: bool = False) -> tuple[Any, Target, Array]:
    """Return the samples, and a target with a row for each presentation of a sample.

    The weights of equal samples (of equal X and y) are added, and the samples are sorted by
    content. The weight of a row is the weight of its sample, divided by its number of
    presentations, and multiplies the loss. A single pass keeps the samples in their order, because
    chunks of any size must give the same network, unless the rule repeats samples and so takes them
    in random order.

    Parameters
    ----------
    X : ndarray or Ragged
        Checked input.
    target : Target
        Labels or values, and weights.
    repeats : bool
        Whether weights can only be presentations (`Rule.repeats`).
    single_pass : bool, default=False
        Whether the samples are one chunk of ``partial_fit``.

    Returns
    -------
    X : ndarray
        The samples, each once.
    target : Target
        Labels or values, weights and samples of all presentations.
    rows : ndarray
        The row of each sample in the given `X`.

    Raises
    ------
    ValueError
        If weights can only be presentations, and are not multiples of one number, or if the
        weights of a single pass are too large.
    """
    y, weight, rows = target.y, target.sample_weight, np.arange(len(X))
    if single_pass and not repeats:
        if weight.max() > LARGEST:
            raise ValueError(
                f"sample_weight of partial_fit must be at most {LARGEST:g}, with a mean of about "
                f"1, because a chunk does not show the mean of all weights, got {weight.max()}.")
        return X, target._replace(samples=rows), rows
    content = _ranks_by_length(X) if isinstance(X, Ragged) else X
    parts = (content,) if y is None else (content, y)
    _, rows, group = np.unique(ranks(*parts), return_index=True, return_inverse=True)
    weight, times = in_common_unit(np.bincount(group, scaled(weight)))
    if repeats:
        times = _whole(weight, target)
    samples = np.repeat(np.arange(len(rows)), times)
    return X[rows], target._replace(
        y=None if y is None else y[rows[samples]], sample_weight=(weight / times)[samples],
        samples=samples), rows


def _ranks_by_length(X: Ragged) -> Array:
    """Return the rank of each sample: shorter samples first, those of one length by content."""
    rank, n_shorter = np.empty(len(X), np.intp), 0
    for rows in rows_by_length(X.lengths):
        rank[rows] = n_shorter + ranks(X.stacked(rows))
        n_shorter += len(rows)
    return rank


def ranks(*parts: Array) -> Array:
    """Return the number of smaller rows for each row, in lexicographic order of their values.

    Parameters
    ----------
    *parts : ndarray of shape (n_rows, ...)
        Values of the rows: all values of the first array, then of the next.

    Returns
    -------
    rank : ndarray of shape (n_rows,), int
        Rank from 0. Equal rows have the same rank.
    """
    rank = np.zeros(len(parts[0]), np.intp)
    rows = np.arange(len(rank))  # rows that share their rank with another row, sorted by rank
    for part in parts:
        values, column = part.reshape(len(part), -1), 0
        while column < values.shape[1] and len(rows):
            block = values[rows, column : column + N_COLUMNS]
            shares = np.diff(rank[rows])[:, None] == 0
            splits = ((block[1:] != block[:-1]) & shares).any(axis=0)
            k = int(splits.argmax()) if splits.any() else N_COLUMNS
            if k < N_COLUMNS:
                rows = _split(rank, rows, block[:, k])
            column += k + (k < N_COLUMNS)
    return rank


def _split(rank: Array, rows: Array, values: Array) -> Array:
    """Split groups of equal rank by a value. Return the rows whose rank is still shared."""
    rows = rows[order := np.lexsort((values, rank[rows]))]
    before, values, place = rank[rows], values[order], np.arange(len(rows))
    new_group = np.append(True, before[1:] != before[:-1])
    new_rank = new_group | np.append(True, values[1:] != values[:-1])
    first_of_group = np.maximum.accumulate(np.where(new_group, place, 0))
    first_of_rank = np.maximum.accumulate(np.where(new_rank, place, 0))
    rank[rows] = before + first_of_rank - first_of_group
    sizes = np.diff(np.append(np.flatnonzero(new_rank), len(rows)))
    return rows[np.repeat(sizes > 1, sizes)]


def _whole(weight: Array, given: Target) -> Array:
    """Return weights as integers, or raise if they cannot be numbers of presentations."""
    if (weight % 1).any() or weight.sum() > MAX_PRESENTATIONS:
        raise ValueError(
            "This rule presents a sample of weight 2 twice. sample_weight must be multiples of one "
            f"number, and sum to at most {MAX_PRESENTATIONS} times this number. Round the weights, "
            f"got {shown(np.unique(given.sample_weight)[:3].tolist())}, the smallest of them.")
    return weight.astype(int)
