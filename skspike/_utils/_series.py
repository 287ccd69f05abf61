"""Standardised series and parts of series.

Values of each channel and the differences from step to step are standardised as

    z[t] = (x[t] - mean) / sd
    d[t] = (x[t] - x[t - 1]) / scale of the differences,    d[0] = 0
"""

import numpy as np


def part_bounds(length: int, n_parts: int) -> list[int]:
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]


def moments(channels, difference_scale, min_scale, constant):
    """Return the mean of each channel, and the scales of its values and its differences.

    Channels have the shape (n_samples,) or (n_samples, n_steps), or are lists of series (n_steps,)
    of unequal length. The results are (n_channels,) and (1 or 2, n_channels). There are no
    differences if channels have no steps, or if `difference_scale`, the function that computes
    their scale, is None. `constant` replaces scales below `min_scale`.
    """
    means, scales = [], []
    for channel in channels:
        values = np.concatenate(channel) if isinstance(channel, list) else channel
        low = values.min()
        # the computed mean of equal values may differ from them in the last bits
        means.append(low if low == values.max() else values.mean())
        scales.append([values.std()])
        if difference_scale is not None and isinstance(channel, list):
            scales[-1].append(difference_scale(np.concatenate([*map(_differences, channel)])))
        elif difference_scale is not None and channel.ndim == 2:
            scales[-1].append(difference_scale(_differences(channel)))
    scale = np.array(scales).T
    return np.array(means), np.where(scale < min_scale, constant, scale)


def standardise(series, mean, scale):
    """Return a list of the standardised values and, if `scale` has two rows, the differences."""
    parts = series - mean[:, None], _differences(series)
    return [part / row[:, None] for part, row in zip(parts, scale, strict=False)]


def _differences(x):
    """Return the differences from step to step, 0 in the first step."""
    return np.diff(x, axis=-1, prepend=x[..., :1])
