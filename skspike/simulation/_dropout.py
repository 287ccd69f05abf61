"""Dropout of neurons: random factors of the spikes that leave a layer."""

import numpy as np

from .._compile import GOLDEN, S32, draw, kernel, mix, row_keys
from .._utils import Array
from ._events import LOW, Events


@kernel
def _keep(keys, number, below, scale, factors):
    """Fill factors with `scale` if the random bits of a sample and a neuron reach a level, else 0.

    The counters of the layers run backward from the end, because steps of the input run forward.
    """
    for b in range(len(keys)):
        word = mix(keys[b] - np.uint64(number + 1) * GOLDEN)
        low, high = np.uint32(word & LOW), np.uint32(word >> S32)
        for h in range(factors.shape[1]):
            factors[b, h] = scale if draw(h, low, high) >= below else 0


def neuron_factors(
        sizes: tuple[int, ...], dropout: float, seed: int, epoch: int,
        rows: Array) -> list[Array]:
    """Return 0 for a random share `dropout` of the neurons of each layer, else 1 / (1 - dropout).

    There is one array (n_samples, n_neurons) for each layer. It depends on the seed, the epoch and
    the numbers `rows` of the samples, and not on their batch.
    """
    keys = np.empty(len(rows), np.uint64)
    row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows), keys)
    found = [np.empty((len(rows), size)) for size in sizes]
    for number, factors in enumerate(found):
        _keep(keys, number, np.uint32(dropout * 2**32), 1 / (1 - dropout), factors)
    return found


def with_factors(events: Events, factors: Array) -> Events:
    """Multiply the values of all events of a channel by a factor, (n_samples, n_channels)."""
    events = events.with_values()
    starts, stops = events.ranges()
    ptr, idx, val = events.by_step
    samples = np.repeat(np.arange(len(starts)), stops - starts)
    val = (val * factors[samples, idx]).astype(val.dtype)
    return events._replace(by_step=events.by_step._replace(val=val), by_channel=None, busy=False)
