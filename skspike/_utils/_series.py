"""Standardised series and parts of series.

Values of each channel and the differences from step to step are standardised as

    z[t] = (x[t] - mean) / sd
    d[t] = (x[t] - x[t - 1]) / scale of the differences,    d[0] = 0
"""

import numpy as np


def part_bounds(length: int, n_parts: int) -> list[int]:
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]


def moments(channels, difference_scale, min_scale, constant, weight=None):
    """Return the mean of each channel, and the scales of its values and its differences.

    Channels have the shape (n_samples,) or (n_samples, n_steps), or are lists of series (n_steps,)
    of unequal length. The results are (n_channels,) and (1 or 2, n_channels). There are no
    differences if channels have no steps, or if `difference_scale`, the function that computes
    their scale, is None. `constant` replaces scales below `min_scale`. `weight` has the weights of
    the samples, which `difference_scale` gets as its second argument.
    """
    means, scales = [], []
    for channel in channels:
        values, *weights = _values(channel, weight)
        low = values.min()
        # the computed mean of equal values may differ from them in the last bits
        means.append(low if low == values.max() else np.average(values, None, *weights))
        scales.append([_deviation(values, *weights)])
        if difference_scale is not None and (isinstance(channel, list) or channel.ndim == 2):
            parts = channel if isinstance(channel, list) else [channel]
            differences = np.concatenate([*map(_differences, parts)])
            scales[-1].append(difference_scale(differences, *weights))
    scale = np.array(scales).T
    return np.array(means), np.where(scale < min_scale, constant, scale)


def _values(channel, weight):
    """Return the values of a channel as one array and, with weights, the weight of each value."""
    values = np.concatenate(channel) if isinstance(channel, list) else channel
    if weight is None:
        return [values]
    if isinstance(channel, list):
        return values, np.repeat(weight, [*map(len, channel)])
    return values, np.broadcast_to(weight.reshape(-1, *[1] * (values.ndim - 1)), values.shape)


def _deviation(values, weight=None):
    """Return the standard deviation of values."""
    if weight is None:
        return values.std()
    return np.sqrt(np.average((values - np.average(values, None, weight)) ** 2, None, weight))


def standardise(series, mean, scale):
    """Return a list of the standardised values and, if `scale` has two rows, the differences."""
    parts = series - mean[:, None], _differences(series)
    return [part / row[:, None] for part, row in zip(parts, scale, strict=False)]


def _differences(x):
    """Return the differences from step to step, 0 in the first step."""
    return np.diff(x, axis=-1, prepend=x[..., :1])
