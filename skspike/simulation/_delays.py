"""Delayed inputs: one input for each pair of a channel and a delay.

    input k of step t:    x[channel_k, t + advance - delay_k],    0 outside of the train
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._utils import Array
from ._events import Events, Lists


def delayed(series: Array, channels: Array, delays: ArrayLike, advance: int = 0) -> Array:
    """Return delayed channels of `series`, (n_samples, n_channels, n_steps).

    Input k is ``channels[k]``, delayed by ``delays[k]`` steps. All inputs are advanced by
    `advance` steps. The result is (n_samples, n_inputs, n_steps).
    """
    start = advance - np.asarray(delays)
    before, after = max(-start.min(), 0), max(start.max(), 0)
    padded = np.pad(series, ((0, 0), (0, 0), (before, after)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, series.shape[2], axis=2)
    return np.ascontiguousarray(windows[:, channels, start + before])


def delayed_events(
        series: Array, channels: Array, delays: ArrayLike, advance: int = 0) -> Events:
    """Return `delayed` inputs as events that list every input in every step, including zeros."""
    inputs = delayed(series, channels, delays, advance)
    n_samples, n_inputs, n_steps = inputs.shape
    values = np.ascontiguousarray(inputs.transpose(0, 2, 1)).reshape(-1)
    idx = np.tile(np.arange(n_inputs, dtype=np.int32), n_samples * n_steps)
    # the last list of a sample holds constant currents; it is empty
    ptr = n_inputs * (n_steps * np.arange(n_samples)[:, None] + np.arange(n_steps + 1))
    lists = Lists(np.append(ptr, len(values)), idx, values)
    return Events(np.arange(n_samples), n_inputs, n_steps, lists)


class DelayLine:
    """The inputs of `delayed`, step by step: all channels at the first delay, then at the next.

    `kept` lists the arrays that change from step to step.
    """

    def __init__(self, delays: tuple[int, ...], n_channels: int, dtype: np.dtype[Any]):
        self.delays = np.array(delays)
        self.ring = np.zeros((max(delays) + 1, n_channels), dtype)
        self.position = np.zeros(1, np.int64)
        self.kept = [self.ring, self.position]

    def step(self, x: Array) -> Array:
        """Take the channels of one step, and return the delayed inputs of this step."""
        now = self.position[0] % len(self.ring)
        self.ring[now] = x
        inputs = self.ring[now - self.delays].reshape(-1)  # a negative index counts from the end
        self.position[0] = (now + 1) % len(self.ring)
        return inputs
