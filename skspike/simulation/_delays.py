"""Delayed inputs: the same series at several delays, each of them one input of a layer.

    input k of step t    x[channel_k, late + t - delay_k],    and 0 where the series has not begun
    or is over
"""

import numpy as np

from ._events import Events, Lists


def delayed(series, channels, delays, late=0):
    """Return as events what inputs of some channels and delays hear of `series`, (n_samples, n_channels, n_steps), in as many steps.

    All is heard `late` steps earlier: that is, the layer runs so much later than the series does.
    """
    (n_samples, _, n_steps), n_inputs = series.shape, len(channels)
    first = late - np.asarray(delays)
    before, after = max(-first.min(), 0), max(first.max(), 0)
    padded = np.pad(series, ((0, 0), (0, 0), (before, after)))
    heard = np.lib.stride_tricks.sliding_window_view(padded, n_steps, axis=2)[
        :, channels, first + before]
    values = np.ascontiguousarray(heard.transpose(0, 2, 1)).reshape(-1)
    idx = np.tile(np.arange(n_inputs, dtype=np.int32), n_samples * n_steps)
    # the last list of a sample, that of constant currents, is empty
    ptr = n_inputs * (n_steps * np.arange(n_samples)[:, None] + np.arange(n_steps + 1))
    lists = Lists(np.append(ptr, len(values)), idx, values)
    return Events(
        np.arange(n_samples), n_inputs, n_steps, lists, None, np.empty((0, n_steps), bool))
