"""Expert of the firing rate over time."""

import numpy as np
from scipy.fft import dct, idct

from .._base import Array, check_numbers
from ._expert import Arrays, LookupExpert, check_different, names_of

# trains that the mean over time is worth, as the prior of the rate of all classes, and trains that
# this rate is worth, as the prior of the rate of a class
BASE_TRIALS, TRIALS = 0.5, 1.0
MIN_WIDTH = 0.3  # of the Gaussian in steps
MIN_P = 1e-6


class Rate(LookupExpert):
    """Probability of a spike given the step: the firing rate over time.

    Rates are estimated for each class, channel and step, and smoothed over time by Gaussians. It is
    the best expert if spikes have a fixed latency from the start of the train. Steps after the
    longest training train have the rate of its last step.

    Parameters
    ----------
    widths : tuple of float, default=(0.03, 0.1, 0.3)
        Standard deviations of the Gaussians, relative to the longest training train, each in
        (0, 1]. Each is one model.

    See Also
    --------
    Linear : Counts alone.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_templates
    >>> X, y = make_templates(200, random_state=0)
    >>> SpikeTrainClassifier("rate").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "rate"

    def __init__(self, widths: tuple[float, ...] = (0.03, 0.1, 0.3)):
        self.widths = widths

    def check(self) -> None:
        """Raise if a width is out of range."""
        self.widths = check_numbers(self.widths, "widths", above=0, high=1)
        check_different(self.widths, "widths must be different numbers")

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models: the widths."""
        return names_of(self.widths)

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the number of steps before the first one."""
        return np.zeros((n_samples, 1), np.int64)

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the step and the spike as a number."""
        n_steps = raster.shape[2]
        # a restored state may begin before the first step
        steps = np.clip(memory[0, 0] + np.arange(n_steps), 0, n_symbols // 2 - 1)
        memory += n_steps
        return 2 * steps.astype(np.uint32) + raster

    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return the spikes in each step, and the number of trains that have this step."""
        n_steps = raster.shape[2]
        spikes = np.zeros((n_classes, *raster.shape[1:]))
        for label in range(n_classes):
            rows = y == label
            spikes[label] = np.einsum("i,ict->ct", weights[rows], raster[rows])
        trains = np.bincount(y, weights, n_classes)
        return {"spikes": spikes, "trains": np.tile(trains[:, np.newaxis], n_steps)}

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the log probabilities of no spike and of a spike in each step."""
        n_channels = counts["spikes"].shape[1]
        return {
            model: _table(counts["spikes"], counts["trains"][:, np.newaxis], width)
            for model, width in zip(self.models(n_channels), self.widths, strict=True)}


def _table(spikes, trains, width):
    """Return log probabilities, (n_channels, n_classes, 2 n_steps)."""
    spikes, trains = _smoothed(spikes, width), _smoothed(trains, width)
    all_spikes, all_trains = spikes.sum(axis=0), trains.sum(axis=0)
    typical = all_spikes.mean(axis=-1, keepdims=True)
    base = (all_spikes + BASE_TRIALS * typical + 1e-3) / (all_trains + BASE_TRIALS + 1)
    p = np.clip((spikes + TRIALS * base) / (trains + TRIALS), MIN_P, 1 - MIN_P)
    table = np.stack([np.log1p(-p), np.log(p)], axis=-1)
    return np.ascontiguousarray(table.reshape(*table.shape[:2], -1).swapaxes(0, 1))


def _smoothed(values, width):
    """Return values smoothed over the last axis by a Gaussian, reflected at both ends.

    The cosine transform of such a series is multiplied by that of the Gaussian.
    """
    n_steps = values.shape[-1]
    sigma = max(width * n_steps, MIN_WIDTH)
    gain = np.exp(-0.5 * (sigma * np.pi * np.arange(n_steps) / n_steps) ** 2)
    return np.maximum(idct(gain * dct(values)), 0)
