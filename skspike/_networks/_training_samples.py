"""Samples of a fit: their order, their presentations, and batches of their events.

A sample of weight 2 gives the same network as the sample twice. So `fit` adds the weights of equal
samples, and sorts the samples by content. Without the order, two fits would draw other
mini-batches. An epoch of few samples would have few updates, so it presents samples of large weight
several times. Only their indices are repeated.

A *sample* is one of the different samples. A *row* is a presentation of a sample in an epoch. The
rows of `Given` are those of X as the user passed it.
"""

from __future__ import annotations

import copy
import itertools
from typing import Any, NamedTuple

import numpy as np

from .._base import (
    LARGEST, Array, Ragged, count_threads, entries, in_common_unit, is_signed, map_threads,
    part_bounds, row_keys, rows_by_length, scaled, shown)
from ..coding import SpikeEncoder
from ..learning import Settings, Target
from ..simulation import (
    DENSE_SHARE, Events, delayed_spikes, from_raster, joined, layouts, with_dropout)
from ._input import FLOATS, Input, NoiseKey

N_COLUMNS = 64  # columns that are compared at a time
MAX_PRESENTATIONS = 2**24  # samples of an epoch, for rules that do not weight a loss
MOST_KEPT = 2**25  # numbers in the lists of events of encoded data that are kept: 256 MB
BYTES_PER_THREAD = 2**22  # smallest part of a raster that is worth a thread


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
    parts = (content,) if y is None else (content, np.where(y == y, y, np.inf))  # NaN: not known
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
    # rows that share their rank with another row, sorted by rank
    rows = np.arange(len(rank) if len(rank) > 1 else 0)
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


class Inputs:
    """Training input of a network, batch by batch.

    The events of rasters, and of currents and spikes without noise, are extracted once, if they are
    not too many. Otherwise they are computed for each batch. Noise, augmentation and dropout are
    drawn again in every epoch. A row is a presentation of a sample, and
    ``lengths`` has its number of steps. A batch contains rows of one length.

    Parameters
    ----------
    X : ndarray or Ragged
        Checked input.
    settings : Settings
        Parameters of the network: number of steps, delays, augmentation, dropout and threads.
    encoder : SpikeEncoder or None, default=None
        The fitted encoder.
    noise_seed : int, default=0
        Seed of augmentation and dropout.
    first_row : int, default=0
        Number of the first row, so that noise continues from chunk to chunk.
    samples : ndarray of shape (n_rows,) or None, default=None
        Number of the sample in each row. None means one row for each sample.
    """

    def __init__(
            self, X: Any, settings: Settings, encoder: SpikeEncoder | None = None,
            noise_seed: int = 0, first_row: int = 0, samples: Array | None = None):
        self.X, self.settings, self.encoder = X, settings, encoder
        self.source = source = Input(  # without moments: X is standardised
            encoder, delays=settings.delays, n_steps=settings.n_steps)
        self.samples = np.arange(len(X)) if samples is None else samples
        self.noise_seed, self.first_row = noise_seed, first_row
        self.n_channels = len(settings.delays) * X.shape[1] * source.per_feature
        lengths = source.lengths(X)
        self.lengths = lengths[self.samples]
        self.n_steps = int(self.lengths.max())
        self.is_equal = bool((self.lengths == self.n_steps).all())
        self.layouts = layouts(
            settings.hidden_layer_sizes, settings.image_shape or X.shape[1:2],
            len(settings.delays), source.per_feature)
        augments = settings.augment is not None
        is_series = encoder is None and X.dtype != np.uint8
        currents = is_series if encoder is None else encoder.coding_.returns_currents
        self.is_raster = not currents and not settings.is_constant
        self.is_signed = augments and is_series and is_signed(entries(X))
        # of constant values, dropout leaves out features: other spikes would replace one
        self.features = None
        if settings.is_constant:
            each = np.repeat(np.arange(X.shape[1]), source.per_feature)
            self.features = np.tile(each, len(settings.delays)).astype(np.int32)
        # events of all samples of each length, and the place of each sample among them.
        # Augmentation moves spikes before the delays.
        self.events: dict[int, Events] = {}
        self.spikes: dict[int, Events] = {}
        self.plain: dict[int, Events] = {}  # without patterns, for dropout
        self.places = np.empty(len(X), int)
        for rows in rows_by_length(lengths) if self._keeps(lengths) else ():
            is_part = isinstance(X, Ragged) or len(rows) < len(X)
            samples = source.some(X, rows) if is_part else X
            events = self._all_events(samples, int(lengths[rows[0]]))
            self.events[events.n_steps], self.places[rows] = events, np.arange(len(rows))
            if settings.dropout and 4 * len(events.by_step[1]) <= MOST_KEPT:  # codes of 4 channels
                self.plain[events.n_steps] = events.with_plain_lists()
            if augments and X.dtype == np.uint8:
                self.spikes[events.n_steps] = from_raster(samples, dense_share=1.0)

    def __len__(self) -> int:
        return len(self.samples)

    def _keeps(self, lengths: Array) -> bool:
        """Return whether the events of all samples are computed once, and not in each epoch."""
        X, encoder = self.X, self.encoder
        if encoder is None and X.ndim == 3:
            return True
        if self.settings.augment is not None or (encoder is not None and encoder.coding_.noisy):
            return False
        is_held = X.ndim == 2 and self.settings.delays == (0,) and (
            encoder is None or encoder.coding_.holds)
        # a list has at most a quarter of the channels, unless they are currents
        n_steps = int(lengths.max())
        n_entries = self.n_channels * (1 if is_held else DENSE_SHARE * n_steps)
        return bool(len(X) * (n_steps + self.n_channels + 2 * n_entries) <= MOST_KEPT)

    def _all_events(self, X: Any, n_steps: int) -> Events:
        """Return the events of samples whose trains have equal length."""
        n_jobs = self.settings.n_jobs
        n_bytes = len(X) * self.n_channels * n_steps if self.encoder is not None else X.nbytes
        n_parts = min(max(n_bytes // BYTES_PER_THREAD, 1), count_threads(n_jobs))
        bounds = itertools.pairwise(part_bounds(len(X), n_parts))
        return joined(map_threads(
            lambda pair: self.source.events(X[slice(*pair)]).with_channels(), [*bounds], n_jobs))

    def part(self, rows: Array) -> Inputs:
        """Return the input of some rows alone."""
        part = copy.copy(self)
        part.samples, part.lengths = self.samples[rows], self.lengths[rows]
        return part

    def split(self, rows: Array) -> list[Array]:
        """Return rows in parts of equal length, each of which can be a batch."""
        return [rows[same] for same in rows_by_length(self.lengths[rows])]

    def lengths_of(self, rows: Array) -> Any:
        """Return the number of steps of each row, or one number if all samples have it."""
        return self.n_steps if self.is_equal else self.lengths[rows]

    def batch(self, rows: Array, epoch: int | None = None) -> Events:
        """Return the events of some rows. With an `epoch`, noise and dropout are drawn anew."""
        noise_key = None if epoch is None else (epoch, np.asarray(rows) + self.first_row)
        settings, n_steps = self.settings, self.n_steps
        if not self.is_equal:
            lengths = self.lengths[rows]
            n_steps = int(lengths[0])
            if (lengths != n_steps).any():
                raise ValueError(
                    "A batch of task.inputs needs samples of equal length. Split its rows with "
                    "task.inputs.split(rows).")
        if noise_key is None:
            return self._events(rows, n_steps)
        if settings.augment is None:
            events = self._events(rows, n_steps, noise_key)
        else:
            events = self._augmented(rows, n_steps, noise_key)
        if not settings.dropout:
            return events
        return with_dropout(
            events, settings.dropout, self.noise_seed, *noise_key, self.features)

    def _events(self, rows: Array, n_steps: int, noise_key: NoiseKey = None) -> Events:
        """Return events without augmentation and dropout."""
        if self.events:
            events = self.events[n_steps]
            if noise_key is not None:
                events = self.plain.get(n_steps, events)
            return events.take(self.places[self.samples[rows]])
        return self.source.events(self.source.some(self.X, self.samples[rows]), noise_key)

    def _augmented(self, rows: Array, n_steps: int, noise_key: tuple[int, Array]) -> Events:
        """Return the events of augmented samples."""
        augment, delays = self.settings.augment, self.settings.delays
        keys, (epoch, numbers) = np.empty(len(rows), np.uint64), noise_key
        # other random bits than those of dropout
        row_keys(np.uint64(self.noise_seed + 2**31), np.uint64(epoch), numbers, keys)
        if self.spikes:
            spikes = self.spikes[n_steps].take(self.places[self.samples[rows]])
            return delayed_spikes(augment.apply_to_events(spikes, keys), delays)
        X = self.source.some(self.X, self.samples[rows])
        if self.encoder is not None and X.dtype not in FLOATS:
            X = X.with_values(X.values.astype(float)) if isinstance(X, Ragged) else X.astype(float)
        if isinstance(X, Ragged):
            changed = [
                augment.apply(x[None], keys[k : k + 1], self.is_signed)[0]
                for k, x in enumerate(X)]
            X = X.with_values(np.concatenate(changed, axis=1)[None])
        else:
            is_table = X.ndim == 2
            X = augment.apply(X[:, :, np.newaxis] if is_table else X, keys, self.is_signed)
            X = X[:, :, 0] if is_table else X
        return self.source.events(X, noise_key)
