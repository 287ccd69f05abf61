"""Slow and literal implementations, to compare the kernels with."""

import numpy as np


def lz76(series):
    """Count the words of the exhaustive history of a str or bytes, by its definition."""
    words, start = 0, 0
    while start < len(series):
        stop = start + 1
        while stop < len(series) and series[start:stop] in series[: stop - 1]:
            stop += 1
        words, start = words + 1, stop
    return words


def lz76_joint(channels):
    """Count the words of several channels of equal length: each step's column is one symbol."""
    columns = list(zip(*channels))
    symbols = {column: chr(number) for number, column in enumerate(dict.fromkeys(columns))}
    return lz76("".join(symbols[column] for column in columns))


def lz78(series):
    """Count the words of the incremental parsing of a str, bytes or tuple, by its definition."""
    words, unfinished, start = set(), 0, 0
    while start < len(series):
        stop = start + 1
        while stop <= len(series) and series[start:stop] in words:
            stop += 1
        if stop > len(series):
            unfinished = 1
        words, start = words | {series[start:stop]}, stop
    return len(words) + unfinished


def lz78_joint(channels):
    """Count the words of the incremental parsing of several channels of equal length: each step's column is one symbol."""
    return lz78(tuple(zip(*channels)))


def simulate_lif(neuron, weights, values, raster, dt):
    """Simulate a layer of LIF neurons one number at a time; return its raster and its membrane before each reset."""
    n_samples, n_channels, n_steps = raster.shape
    n_neurons = weights.shape[1]
    out = np.zeros((n_samples, n_neurons, n_steps), np.uint8)
    trace = np.zeros((n_samples, n_steps, n_neurons))
    for b in range(n_samples):
        for h in range(n_neurons):
            v = current = 0.0
            wait = 0
            for t in range(n_steps):
                x = 0.0
                for c in range(n_channels):
                    if raster[b, c, t]:
                        x += weights[c, h]
                if neuron.tau_syn is not None:
                    current = np.exp(-dt / values["tau_syn"][h]) * current + x
                    x = current
                if wait > 0:
                    wait -= 1
                    trace[b, t, h] = v
                    continue
                v = np.exp(-dt / values["tau_mem"][h]) * v + x
                trace[b, t, h] = v
                if v > values["threshold"][h]:
                    out[b, h, t] = 1
                    wait = round(neuron.refractory / dt)
                    v = values["v_reset"][h] if neuron.reset == "value" else v - (values["threshold"][h] - values["v_reset"][h])
    return out, trace


def tempotron_peak(weights, raster, tau_mem, tau_syn, dt=1.0):
    """Return each neuron's largest kernel sum, its step, and the kernel sums of the inputs there, for one sample.

    The kernel V0 (exp(-t / tau_mem) - exp(-t / tau_syn)) has peak 1; a spike of step k has the age (step - k + 1) dt at a step's end.
    """
    eta = tau_mem / tau_syn
    v0 = eta ** (eta / (eta - 1)) / (eta - 1)
    n_channels, n_steps = raster.shape
    peaks = []
    for h in range(weights.shape[1]):
        best = (-np.inf, None, None)
        for step in range(n_steps):
            sums = np.zeros(n_channels)
            for c in range(n_channels):
                for k in range(step + 1):
                    if raster[c, k]:
                        age = (step - k + 1) * dt
                        sums[c] += v0 * (np.exp(-age / tau_mem) - np.exp(-age / tau_syn))
            v = weights[:, h] @ sums
            if v > best[0]:
                best = (v, step, sums)
        peaks.append(best)
    return peaks


def stdp_pairs(pre, post, tau_pre, tau_post, a_plus, a_minus):
    """Return the summed weight change of one synapse over all pairs of spike times."""
    total = 0.0
    for t in post:
        for s in pre:
            if s <= t:
                total += a_plus * np.exp(-(t - s) / tau_pre)
            else:
                total -= a_minus * np.exp(-(s - t) / tau_post)
    return total


def splitmix(z):
    """Return the finaliser of SplitMix64 for a Python integer."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def lowbias32(z, high=0):
    """Return C. Wellons' hash of 32 bits for a Python integer; `high` is a key before its second round."""
    z = (z ^ z >> 16) * 0x21F0AAAD % 2**32
    z = (z ^ z >> 15 ^ high) * 0x735A2D97 % 2**32
    return z ^ z >> 15


def poisson_train(key, channel, level, n_steps):
    """Return the spikes of one channel, each of probability level / 2**16: one draw for each two steps, half the train apart."""
    word = splitmix((key + (channel + 1) * 0x9E3779B97F4A7C15) % 2**64)
    draws = [lowbias32((0x9E3779B9 * t + word) % 2**32, word >> 32) for t in range((n_steps + 1) // 2)]
    return [int(half < level) for half in [z % 2**16 for z in draws] + [z >> 16 for z in draws]][:n_steps]


def block_entropy(series, order):
    """Return the entropy in bits of the overlapping blocks of a str, bytes or tuple, by its definition."""
    blocks = [series[t : t + order] for t in range(len(series) - order + 1)]
    shares = [blocks.count(block) / len(blocks) for block in set(blocks)]
    return -sum(p * np.log2(p) for p in shares)


def sample_entropy(series, order):
    """Return the sample entropy in nats of a str, bytes or tuple, pair by pair."""
    n_templates = len(series) - order
    shorter = longer = pairs = 0
    for i in range(n_templates):
        for j in range(i):
            pairs += 1
            shorter += series[i : i + order] == series[j : j + order]
            longer += series[i : i + order + 1] == series[j : j + order + 1]
    return np.log(shorter / longer) if longer else np.log(max(pairs, 1))


def race(raster, weights, gain, tau_mem, tau_pre, rate, n_wanted, theta_plus, gain_rate, labels=None, class_weight=()):
    """Let LIF neurons of threshold 1 and reset 0 race through samples, and learn; return all that has moved, in a dict."""
    n_samples, n_channels, n_steps = raster.shape
    n = weights.shape[1]
    weights, out, spikes = weights.copy(), np.zeros((n_samples, n, n_steps), np.uint8), np.zeros(n)
    tallies = [dict.fromkeys(range(len(class_weight)), 0.0) for _ in range(n)]
    offsets = np.zeros(n)
    for b in range(n_samples):
        v = np.zeros(n)
        for t in range(n_steps):
            v = np.exp(-1 / tau_mem) * v + gain * weights.T @ raster[b, :, t]
            excess = v / (1 + offsets) - 1
            j = int(excess.argmax())
            if excess[j] <= 0:
                continue
            out[b, j, t] = 1
            spikes[j] += 1
            v[:] = 0
            if labels is not None:
                tallies[j][labels[b]] += class_weight[labels[b]]
                if tallies[j][labels[b]] < max(tallies[j].values()):
                    continue
            trace = np.array([sum(np.exp(-(t - s) / tau_pre) for s in np.flatnonzero(raster[b, c, : t + 1])) for c in range(n_channels)])
            weights[:, j] += rate * (trace / trace.sum() - weights[:, j])
        raised = 1 + theta_plus * spikes
        offsets = raised / raised.mean() - 1
        gain *= np.exp(-gain_rate * min(out[b].sum() / n_wanted - 1, 1))
    return {"raster": out, "weights": weights, "gain": gain, "offsets": offsets}


def waits(raster):
    """Return for each neuron how many steps its spikes have waited in all: since the layer spiked in an earlier step, or the start."""
    total = np.zeros(raster.shape[1])
    for sample in raster:
        start = -1
        for t in range(sample.shape[1]):
            total += sample[:, t] * (t - start)
            start = t if sample[:, t].any() else start
    return total
