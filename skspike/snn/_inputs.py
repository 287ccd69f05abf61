"""What the network sees: events from rasters, from currents, or from an encoder that works batch by batch; and late, by taps."""

import numpy as np
from joblib import effective_n_jobs

from .._compile import map_threads
from ..simulation import from_currents, from_raster, from_series, joined, with_dropout

WORTH = 2**22  # bytes of a raster that are worth a thread


def to_events(X, n_steps, encoder=None, taps=(0,), stream=None):
    """Return the events of checked input; with an encoder, of what it gives. Each channel arrives once for each of the taps, in steps."""
    held = X.ndim == 2 and taps == (0,)
    if encoder is not None:
        X = encoder._encode(X, stream)
        held = held and encoder.coding_.holds
        X = X[:, :, 0] if held else X  # one event and not one for each step
    if held:
        return from_currents(X, n_steps)
    return (from_raster if X.dtype == np.uint8 else from_series)(tapped(X, taps))


def tapped(X, taps):
    """Return rasters or series with all channels at the first of the taps, then all at the next."""
    if taps == (0,):
        return X
    late = np.zeros((len(X), len(taps), *X.shape[1:]), X.dtype)
    for k, steps in enumerate(taps):
        late[:, k, :, steps:] = X[:, :, : max(X.shape[2] - steps, 0)]
    return late.reshape(len(X), -1, X.shape[2])


def _all_events(X, taps, n_jobs):
    n_parts = min(max(X.nbytes // WORTH, 1), effective_n_jobs(n_jobs))
    bounds = [k * len(X) // n_parts for k in range(n_parts + 1)]
    parts = [X[start:stop] for start, stop in zip(bounds[:-1], bounds[1:], strict=True)]
    return joined(
        map_threads(lambda part: to_events(part, None, taps=taps).with_channels(), parts, n_jobs))


class Inputs:
    """The training input of a network, one batch at a time.

    The events of a raster are extracted once; currents and encoded spikes are made anew for each
    batch, so that memory stays flat, and training sees fresh noise in every epoch. So it does of
    `dropout`, which leaves that share of events out. `first` is the number of the first sample, for
    noise to go on from chunk to chunk.
    """

    def __init__(
            self, X, n_steps, encoder=None, taps=(0,), n_jobs=None, dropout=0.0, seed=0, first=0):
        self.X = X
        self.encoder = encoder
        self.taps = taps
        self.dropout = dropout
        self.seed = seed
        self.first = first
        self.n_channels = len(taps) * X.shape[1] * (
            encoder.coding_.channels_per_feature if encoder is not None else 1)
        self.n_steps = encoder._steps(
            X) if encoder is not None else X.shape[2] if X.ndim == 3 else n_steps
        self.events = _all_events(X, taps, n_jobs) if encoder is None and X.ndim == 3 else None

    def __len__(self):
        return len(self.X)

    def batch(self, rows, epoch=None):
        """Return the events of some rows; `epoch` asks for fresh noise, of the encoder and of dropout."""
        stream = None if epoch is None else (epoch, np.asarray(rows) + self.first)
        if self.events is not None:
            events = self.events.take(rows)
        else:
            events = to_events(
                np.ascontiguousarray(self.X[rows]), self.n_steps, self.encoder, self.taps, stream)
        return events if stream is None or not self.dropout else with_dropout(
            events, self.dropout, self.seed, *stream)
