"""Convert checked input to events: rasters, currents, or the output of an encoder."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np

from .._checks import Ragged, entries, is_signed, rows_by_length
from .._compile import count_threads, map_threads, part_bounds, row_keys
from .._estimators import SpikeEncoder
from .._utils import Array
from ..learning import Settings
from ..simulation import (
    DENSE_SHARE, Events, Layout, delayed, delayed_spikes, from_currents, from_raster, from_series,
    joined, layouts, with_dropout)

NoiseKey = tuple[int, Array] | None  # epoch and row numbers that determine the noise
MOST_KEPT = 2**25  # numbers in the lists of events of encoded data that are kept: 256 MB
BYTES_PER_THREAD = 2**22  # smallest part of a raster that is worth a thread
FLOATS = np.dtype(np.float32), np.dtype(np.float64)  # of values that augmentations move


def count_steps(X: Any, encoder: SpikeEncoder | None, n_steps: int | None) -> int:
    """Return the number of steps of checked input, which is `n_steps` for constant currents.

    For series of unequal length, it is the length of the longest.
    """
    if encoder is not None:
        n_steps = encoder._steps(X)
    elif X.ndim == 3:
        n_steps = X.shape[2]
    assert n_steps is not None  # only an encoder of series has none
    return n_steps


def train_lengths(X: Any, encoder: SpikeEncoder | None, n_steps: int | None) -> Array:
    """Return the number of steps of each sample of checked input."""
    shortest, longest = length_range(X, encoder, n_steps)
    return np.full(len(X), longest) if shortest == longest else X.lengths


def length_range(X: Any, encoder: SpikeEncoder | None, n_steps: int | None) -> tuple[int, int]:
    """Return the smallest and the largest number of steps of checked input."""
    n_steps = count_steps(X, encoder, n_steps)
    is_equal = not isinstance(X, Ragged) or (encoder is not None and encoder.n_steps_ is not None)
    return n_steps if is_equal else int(X.lengths.min()), n_steps


def some_samples(X: Any, rows: Any, encoder: SpikeEncoder | None) -> Any:
    """Return samples whose trains have equal length: an array, unless the encoder resamples."""
    resamples = encoder is not None and encoder.n_steps_ is not None
    return X.stacked(rows) if isinstance(X, Ragged) and not resamples else X[rows]


def count_channels(X: Any, encoder: SpikeEncoder | None, delays: tuple[int, ...]) -> int:
    """Return the number of input channels of the first layer for checked input."""
    per_feature = 1 if encoder is None else encoder.coding_.channels_per_feature
    return int(len(delays) * X.shape[1] * per_feature)


def layouts_of(
        layers: tuple[Any, ...], input_shape: tuple[int, ...], encoder: SpikeEncoder | None,
        delays: tuple[int, ...]) -> tuple[Layout, ...]:
    """Return the layout of each layer. The shape is that of an image, or a number of channels."""
    per_channel = 1 if encoder is None else encoder.coding_.channels_per_feature
    return layouts(layers, input_shape, len(delays), per_channel)


def to_events(
        X: Any, n_steps: int, encoder: SpikeEncoder | None = None, delays: tuple[int, ...] = (0,),
        noise_key: NoiseKey = None) -> Events:
    """Return the events of checked input, whose trains have equal length.

    Each channel is presented once per delay: all channels at the first delay, then at the next.
    """
    constant = X.ndim == 2 and delays == (0,)
    if encoder is not None:
        X = encoder._encode(X, noise_key)
        constant = constant and encoder.coding_.holds
        X = X[:, :, 0] if constant else X  # one event instead of one per step
    if constant:
        return from_currents(X, n_steps)
    if delays != (0,):
        n_channels = X.shape[1]
        channels = np.tile(np.arange(n_channels), len(delays))
        X = delayed(X, channels, np.repeat(delays, n_channels))
    return (from_raster if X.dtype == np.uint8 else from_series)(X)


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
        self.samples = np.arange(len(X)) if samples is None else samples
        self.noise_seed, self.first_row = noise_seed, first_row
        self.n_channels = count_channels(X, encoder, settings.delays)
        lengths = train_lengths(X, encoder, settings.n_steps)
        self.lengths = lengths[self.samples]
        self.n_steps = int(self.lengths.max())
        self.is_equal = bool((self.lengths == self.n_steps).all())
        self.layouts = layouts_of(
            settings.hidden_layer_sizes, settings.image_shape or X.shape[1:2], encoder,
            settings.delays)
        augments = settings.augment is not None
        is_series = encoder is None and X.dtype != np.uint8
        currents = is_series if encoder is None else encoder.coding_.returns_currents
        self.is_raster = not currents and not settings.is_constant
        self.is_signed = augments and is_series and is_signed(entries(X))
        # of constant values, dropout leaves out features: other spikes would replace one
        self.features = None
        if settings.is_constant:
            per_feature = self.n_channels // X.shape[1] // len(settings.delays)
            each = np.repeat(np.arange(X.shape[1]), per_feature)
            self.features = np.tile(each, len(settings.delays)).astype(np.int32)
        # events of all samples of each length, and the place of each sample among them.
        # Augmentation moves spikes before the delays.
        self.events: dict[int, Events] = {}
        self.spikes: dict[int, Events] = {}
        self.plain: dict[int, Events] = {}  # without patterns, for dropout
        self.places = np.empty(len(X), int)
        for rows in rows_by_length(lengths) if self._keeps(lengths) else ():
            is_part = isinstance(X, Ragged) or len(rows) < len(X)
            samples = some_samples(X, rows, encoder) if is_part else X
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
        return len(X) * (n_steps + self.n_channels + 2 * n_entries) <= MOST_KEPT

    def _all_events(self, X: Any, n_steps: int) -> Events:
        """Return the events of samples whose trains have equal length."""
        encoder, delays, n_jobs = self.encoder, self.settings.delays, self.settings.n_jobs
        n_bytes = len(X) * self.n_channels * n_steps if encoder is not None else X.nbytes
        n_parts = min(max(n_bytes // BYTES_PER_THREAD, 1), count_threads(n_jobs))
        parts = [X[start:stop] for start, stop in itertools.pairwise(part_bounds(len(X), n_parts))]

        def events_of(part: Any) -> Events:
            return to_events(part, n_steps, encoder, delays).with_channels()

        return joined(map_threads(events_of, parts, n_jobs))

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
        X = some_samples(self.X, self.samples[rows], self.encoder)
        return to_events(X, n_steps, self.encoder, self.settings.delays, noise_key)

    def _augmented(self, rows: Array, n_steps: int, noise_key: tuple[int, Array]) -> Events:
        """Return the events of augmented samples."""
        augment, delays = self.settings.augment, self.settings.delays
        keys, (epoch, numbers) = np.empty(len(rows), np.uint64), noise_key
        # other random bits than those of dropout
        row_keys(np.uint64(self.noise_seed + 2**31), np.uint64(epoch), numbers, keys)
        if self.spikes:
            spikes = self.spikes[n_steps].take(self.places[self.samples[rows]])
            return delayed_spikes(augment.apply_to_events(spikes, keys), delays)
        X = some_samples(self.X, self.samples[rows], self.encoder)
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
        return to_events(X, n_steps, self.encoder, delays, noise_key)
