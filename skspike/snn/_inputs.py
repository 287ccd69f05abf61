"""Convert checked input to events: rasters, currents, or the output of an encoder."""

from __future__ import annotations

import itertools

import numpy as np
from joblib import effective_n_jobs

from .._compile import map_threads
from .._utils import Array, part_bounds
from ..learning import Settings
from ..rasters import SpikeEncoder
from ..simulation import (
    Events, delayed, from_currents, from_raster, from_series, joined, with_dropout)

NoiseKey = tuple[int, Array] | None  # epoch and row numbers that determine the noise
BYTES_PER_THREAD = 2**22  # smallest part of a raster that is worth a thread


def count_steps(X: Array, encoder: SpikeEncoder | None, n_steps: int | None) -> int:
    """Return the number of steps of checked input, which is `n_steps` for constant currents."""
    if encoder is not None:
        n_steps = encoder._steps(X)
    elif X.ndim == 3:
        n_steps = X.shape[2]
    assert n_steps is not None  # only an encoder of series has none
    return n_steps


def count_channels(X: Array, encoder: SpikeEncoder | None, delays: tuple[int, ...]) -> int:
    """Return the number of input channels of the first layer for checked input."""
    per_feature = 1 if encoder is None else encoder.coding_.channels_per_feature
    return int(len(delays) * X.shape[1] * per_feature)


def to_events(
        X: Array, n_steps: int, encoder: SpikeEncoder | None = None, delays: tuple[int, ...] = (0,),
        noise_key: NoiseKey = None) -> Events:
    """Return the events of checked input.

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


def _all_events(X: Array, delays: tuple[int, ...], n_jobs: int | None) -> Events:
    n_parts = min(max(X.nbytes // BYTES_PER_THREAD, 1), effective_n_jobs(n_jobs))
    parts = [X[start:stop] for start, stop in itertools.pairwise(part_bounds(len(X), n_parts))]

    def events_of(part: Array) -> Events:
        return to_events(part, part.shape[2], delays=delays).with_channels()

    return joined(map_threads(events_of, parts, n_jobs))


class Inputs:
    """Training input of a network, batch by batch.

    The events of a raster are extracted once. Currents and encoded spikes are computed for each
    batch, so that memory does not grow with the data and every epoch gets new noise. Dropout is
    also drawn again in every epoch.

    Parameters
    ----------
    X : ndarray
        Checked input.
    settings : Settings
        Parameters of the network: number of steps, delays, dropout and threads.
    encoder : SpikeEncoder or None, default=None
        The fitted encoder.
    dropout_seed : int, default=0
        Seed of dropout.
    first_row : int, default=0
        Number of the first sample, so that noise continues from chunk to chunk.
    """

    def __init__(
            self, X: Array, settings: Settings, encoder: SpikeEncoder | None = None,
            dropout_seed: int = 0, first_row: int = 0):
        self.X, self.settings, self.encoder = X, settings, encoder
        self.dropout_seed, self.first_row = dropout_seed, first_row
        self.n_channels = count_channels(X, encoder, settings.delays)
        self.n_steps = count_steps(X, encoder, settings.n_steps)
        # of a table, dropout leaves out whole features: other spikes of a feature would replace it
        self.features = None
        if X.ndim == 2:
            per_feature = self.n_channels // X.shape[1] // len(settings.delays)
            each = np.repeat(np.arange(X.shape[1]), per_feature)
            self.features = np.tile(each, len(settings.delays))
        self.events = None
        if encoder is None and X.ndim == 3:
            self.events = _all_events(X, settings.delays, settings.n_jobs)

    def __len__(self) -> int:
        return len(self.X)

    def batch(self, rows: Array, epoch: int | None = None) -> Events:
        """Return the events of some rows. With an `epoch`, noise and dropout are drawn anew."""
        noise_key = None if epoch is None else (epoch, np.asarray(rows) + self.first_row)
        if self.events is not None:
            events = self.events.take(rows)
        else:
            X = np.ascontiguousarray(self.X[rows])
            events = to_events(X, self.n_steps, self.encoder, self.settings.delays, noise_key)
        if noise_key is None or not self.settings.dropout:
            return events
        return with_dropout(
            events, self.settings.dropout, self.dropout_seed, *noise_key, self.features)
