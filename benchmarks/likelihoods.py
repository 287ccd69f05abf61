"""Exact log likelihoods of the classes of generated trains, up to a constant of the sample.

Each function takes rasters (n_samples, n_channels, n_steps), the seed of the generator, and its
parameters, and returns an array (n_samples, n_classes). No classifier is better on average than the
class with the highest likelihood.
"""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import nbinom, norm

STARTS = 4  # start times per step, over which the likelihood of an order is averaged
PHASES = 256  # the same for the phase of a modulation
LONGEST = 20_000  # interval in steps, beyond which gamma intervals are ignored


def of_markov(X, seed, correlations=(0.0, 0.3), rate=40.0, **size):
    """Return log likelihoods: counts of the four transitions, and of the first step."""
    p, before, after = rate / 1000, X[..., :-1].astype(bool), X[..., 1:].astype(bool)
    first = X[..., 0].sum(axis=1)
    start = first * np.log(p) + (X.shape[1] - first) * np.log(1 - p)

    def of_class(correlation):
        """Return the log likelihoods of a class."""
        after_spike, after_silence = p + correlation * (1 - p), p * (1 - correlation)
        n = [((before == a) & (after == b)).sum(axis=(1, 2)) for a in (1, 0) for b in (1, 0)]
        logs = np.log([after_spike, 1 - after_spike, after_silence, 1 - after_silence])
        return start + np.tensordot(logs, n, 1)

    return np.stack([of_class(correlation) for correlation in correlations], axis=1)


def of_poisson(X, seed, rates=(20.0, 40.0), **size):
    """Return log likelihoods of counts."""
    p, n = np.array(rates) / 1000, X.sum(axis=(1, 2))[:, np.newaxis]
    return n * np.log(p) + (X[0].size - n) * np.log(1 - p)


def of_gamma(X, seed, shapes=(1.0, 3.0), rate=25.0, **size):
    """Return log likelihoods of intervals, with the first and the last one censored."""
    mean, trains = 1000 / rate, X.reshape(-1, X.shape[2])
    found = []
    for shape in shapes:
        with np.errstate(divide="ignore"):  # a warning of old versions of scipy
            p = nbinom.pmf(np.arange(LONGEST), shape, 1 / (1 + (mean - 1) / shape))
        longer = np.append(1, np.maximum(1 - np.cumsum(p), 1e-300))  # than 0, 1, ... steps
        log_p, log_longer = np.log(np.maximum(p, 1e-300)), np.log(longer)
        none = np.log(longer[X.shape[2] :].sum() / mean)
        logs = [_of_intervals(np.flatnonzero(x), len(x), log_p, log_longer) for x in trains]
        logs = [none if log is None else log - np.log(mean) for log in logs]
        found.append(np.reshape(logs, X.shape[:2]).sum(axis=1))
    return np.stack(found, axis=1)


def _of_intervals(spikes, n_steps, log_p, log_longer):
    """Return the log probability of the intervals of a train, or None without spikes."""
    if not len(spikes):
        return None
    inside = log_p[np.diff(spikes) - 1].sum()
    return log_longer[spikes[0]] + inside + log_longer[n_steps - 1 - spikes[-1]]


def of_telegraph(X, seed, dwells=(5.0, 60.0), low=5.0, high=55.0, **size):
    """Return log likelihoods by the forward algorithm over the hidden state."""
    n, n_channels = X.sum(axis=1)[..., np.newaxis], X.shape[1]
    p = np.array([low, high]) / 1000
    emission = n * np.log(p) + (n_channels - n) * np.log(1 - p)
    found = []
    for dwell in dwells:
        switch = np.array([[1 - 1 / dwell, 1 / dwell], [1 / dwell, 1 - 1 / dwell]])
        state = np.log([0.5, 0.5]) + emission[:, 0]
        for t in range(1, X.shape[2]):
            state = logsumexp(state[:, :, np.newaxis] + np.log(switch), axis=1) + emission[:, t]
        found.append(logsumexp(state, axis=1))
    return np.stack(found, axis=1)


def of_rates(X, rates):
    """Return the log likelihood of rasters under rates (n_choices, n_channels, n_steps), averaged.
    """
    flat, p = X.reshape(len(X), -1).astype(float), rates.reshape(len(rates), -1)
    return logsumexp(flat @ np.log(p).T + (1 - flat) @ np.log(1 - p).T, axis=1) - np.log(len(p))


def of_am(X, seed, frequencies=(8.0, 24.0), rate=30.0, depth=0.9, **size):
    """Return log likelihoods, averaged over the phase."""
    phases, t = 2 * np.pi * np.arange(PHASES)[:, np.newaxis] / PHASES, np.arange(X.shape[2]) / 1000
    shape = PHASES, *X.shape[1:]
    waves = [np.cos(2 * np.pi * f * t + phases)[:, np.newaxis] for f in frequencies]
    return np.stack(
        [of_rates(X, np.broadcast_to(rate / 1000 * (1 + depth * wave), shape)) for wave in waves],
        axis=1)


def of_order(X, seed, width=50.0, gap=30.0, rate=60.0, background=5.0, **size):
    """Return log likelihoods, averaged over the start of the first volley."""
    n_channels, n_steps = X.shape[1:]
    starts = np.arange(0.5 / STARTS, max(n_steps - 2 * width - gap, 0.3), 1 / STARTS)

    def volley(start):
        """Return the rates of half of the channels."""
        elapsed = np.arange(n_steps) - start[:, np.newaxis]
        active = (elapsed >= 0) & (elapsed < width)
        return np.where(active, rate, background)[:, np.newaxis] / 1000

    one, two = volley(starts), volley(starts + width + gap)
    half = n_channels // 2
    halves = [np.repeat(r, n, axis=1) for r in (one, two) for n in (half, n_channels - half)]
    return np.stack([
        of_rates(X, np.concatenate([halves[0], halves[3]], axis=1)),
        of_rates(X, np.concatenate([halves[2], halves[1]], axis=1))], axis=1)


def of_templates(X, seed, n_classes=4, jitter=15.0, background=10.0, **size):
    """Return log likelihoods that know the latencies, up to a constant."""
    n_channels, n_steps = X.shape[1:]
    latencies = np.random.RandomState(seed).uniform(0, n_steps, (n_classes, n_channels))
    edges = np.arange(n_steps + 1)
    density = np.zeros((n_classes, n_channels, n_steps))
    for turn in range(-6, 7):  # spikes outside are reflected at the ends
        for sign in (1, -1):
            centres = sign * latencies[..., np.newaxis] + 2 * turn * n_steps
            density += np.diff(norm.cdf((edges - centres) / jitter), axis=-1)
    found = np.einsum("ict,kct->ikc", X, density)
    return np.log(np.maximum(found / (background / 1000), 1e-300)).sum(axis=2)
