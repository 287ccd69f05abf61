"""Slow and literal implementations, as references for the kernels."""

import functools
import math

import numpy as np


def lz76(series):
    """Count the words of the exhaustive history of a str or bytes, by its definition.

    Each word ends with its first symbol that is no copy.
    """
    words, start = 0, 0
    while start < len(series):
        stop, copied = start + 1, 0
        # a longer copy starts at or after the first shorter copy
        while stop < len(series) and (
                copied := series.find(series[start:stop], copied, stop - 1)) >= 0:
            stop += 1
        words, start = words + 1, stop
    return words


def lz76_joint(channels):
    """Count the words of several channels of equal length. The column of a step is a symbol."""
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
    """Count the words of the incremental parsing of several channels of equal length.

    The column of a step is a symbol.
    """
    return lz78(tuple(zip(*channels)))


def simulate_lif(neuron, weights, values, raster, dt):
    """Simulate LIF neurons one by one. Return their raster and membranes before each reset."""
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
                    v = values["v_reset"][h] if neuron.reset == "value" else v - (
                        values["threshold"][h] - values["v_reset"][h])
    return out, trace


def tempotron_peak(weights, raster, tau_mem, tau_syn, dt=1.0):
    """Return the largest kernel sum of each neuron, its step, and the sums per input there.

    The kernel V0 (exp(-t / tau_mem) - exp(-t / tau_syn)) has peak 1. At the end of a step, a spike
    of step k has the age (step - k + 1) dt. There is one sample.
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
    """Return the 32-bit hash of C. Wellons. `high` is a key, added before the second round."""
    z = (z ^ z >> 16) * 0x21F0AAAD % 2**32
    z = (z ^ z >> 15 ^ high) * 0x735A2D97 % 2**32
    return z ^ z >> 15


def poisson_train(key, channel, level, n_steps):
    """Return the spikes of one channel, each with probability level / 2**16.

    There is one draw for two steps, which are half the train apart.
    """
    word = splitmix((key + (channel + 1) * 0x9E3779B97F4A7C15) % 2**64)
    draws = [
        lowbias32((0x9E3779B9 * t + word) % 2**32, word >> 32) for t in range((n_steps + 1) // 2)]
    return [int(half < level) for half in [z % 2**16 for z in draws] + [z >> 16 for z in draws]][
        :n_steps]


def block_entropy(series, order):
    """Return the entropy in bits of overlapping blocks of a str, bytes or tuple."""
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


def formant_bands(t, start, duration, onset, vowel, stretch, offset, n_channels):
    """Return the activity of each channel at one time, 0 to 1, from the bands of a syllable."""
    u = (t - start) / duration
    if not 0 <= u < 1:
        return [0.0] * n_channels
    places = [
        offset + stretch * (v + (o - v) * math.exp(-u / 0.2))
        for o, v in zip(onset, vowel, strict=True)]
    return [
        max(math.exp(-(((c + 0.5) / n_channels - place) ** 2) / (2 * 0.05**2)) for place in places)
        for c in range(n_channels)]


def integrate_and_fire(drive):
    """Return the spikes for values above zero and for values below, of one series."""
    trains = []
    for sign in (1, -1):
        v, train = 0, []
        for value in drive:
            v += max(sign * value, 0)
            train.append(int(v >= 1))
            v -= train[-1]
        trains.append(train)
    return trains


def race(
        raster, weights, gain, tau_mem, tau_pre, rate, n_wanted, theta_plus, gain_rate, labels=None,
        class_weight=()):
    """Simulate competing LIF neurons with threshold 1 and reset 0 that learn.

    Return everything that has changed, in a dict.
    """
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
            trace = np.array(
                [
                    sum(np.exp(-(t - s) / tau_pre) for s in np.flatnonzero(raster[b, c, : t + 1]))
                    for c in range(n_channels)])
            weights[:, j] += rate * (trace / trace.sum() - weights[:, j])
        raised = 1 + theta_plus * spikes
        offsets = raised / raised.mean() - 1
        wanted = min(n_wanted, raster[b].any(axis=0).sum())  # at most one in each step with input
        if wanted:
            gain *= np.exp(-gain_rate * min(out[b].sum() / wanted - 1, 1))
    return {"raster": out, "weights": weights, "gain": gain, "offsets": offsets}


def waits(raster):
    """Return the total waiting time of the spikes of each neuron, in steps.

    A spike waits since the previous step with a spike in the layer, or since the start.
    """
    total = np.zeros(raster.shape[1])
    for sample in raster:
        start = -1
        for t in range(sample.shape[1]):
            total += sample[:, t] * (t - start)
            start = t if sample[:, t].any() else start
    return total


def delayed_counts(series, group):
    """Count the spikes of LIF neurons with delayed inputs.

    The inputs `series` (n_channels, n_steps) are shifted by half the longest delay.
    """
    n_steps, counts, values = series.shape[1], [], group.intrinsics
    for h in range(group.weights.shape[1]):
        v, count = 0.0, 0
        for now in range(max(group.delays) // 2, max(group.delays) // 2 + n_steps):
            v *= np.exp(-1 / values["tau_mem"][h])
            for channel, delay, weight in zip(group.channels, group.delays, group.weights[:, h]):
                v += weight * series[channel, now - delay] if 0 <= now - delay < n_steps else 0.0
            if v > values["threshold"][h]:
                v, count = values["v_reset"][h], count + 1
        counts.append(count)
    return counts


def patch_counts(image, layer):
    """Return the mean spike count of each filter of a layer in each region of an image over time.

    The image is (n_channels, height, width, n_steps). The threshold of the neurons is 1.
    """
    n_channels, height, width, n_steps = image.shape
    counts = []
    for weights in layer.filters:
        size, found = weights.shape[1], {}
        n_rows, n_columns = (
            len(range(0, n + 2 * layer.padding - size + 1, layer.stride)) for n in (height, width))
        for row, column in np.ndindex(n_rows, n_columns):
            v = count = 0.0
            for t in range(n_steps):
                for c, dy, dx in np.ndindex(n_channels, size, size):
                    # beyond the border, the image has its nearest pixel
                    y = min(max(row * layer.stride + dy - layer.padding, 0), height - 1)
                    x = min(max(column * layer.stride + dx - layer.padding, 0), width - 1)
                    v += float(weights[c, dy, dx]) * float(image[c, y, x, t])
                if v >= 1:
                    v, count = v - 1, count + 1
            # the last region that starts at or before the position
            region = tuple(
                max(k for k in range(parts) if n * k // parts <= at)
                for at, n, parts in zip((row, column), (n_rows, n_columns), layer.grid))
            found.setdefault(region, []).append(count)
        counts.append([np.mean(found[region]) for region in np.ndindex(*layer.grid)])
    return counts


def spike_times(rates, state, threshold, reset, ms, h=0.002):
    """Return the threshold crossings of differential equations, in very short Euler steps."""
    times = []
    for k in range(round(ms / h)):
        state = [y + h * rate for y, rate in zip(state, rates(*state))]
        if state[0] > threshold:
            times.append((k + 1) * h)
            state = reset(*state)
    return times


def izhikevich(a, b, c, d, current, ms):
    """Return the spike times of the model as published, in ms and mV."""
    return spike_times(
        lambda v, u: (0.04 * v**2 + 5 * v + 140 - u + current, a * (b * v - u)), (-70.0, -14.0),
        30.0, lambda v, u: (c, u + d), ms)


def adex(current, ms):
    """Return the spike times of the published neuron in ms, mV, pA, nS and pF, at -30.2 mV."""

    def rates(v, w):
        return (-30 * (v + 70.6) + 30 * 2 * np.exp((v + 50.4) / 2) - w + current) / 281, (
            4 * (v + 70.6) - w) / 144

    return spike_times(rates, (-70.6, 0.0), -30.2, lambda v, w: (-70.6, w + 80.5), ms)


def wang_buzsaki(current, ms, resets=True):
    """Return the spike times of the published neuron, in ms, mV and uA/cm2.

    Unlike there, m is not in its steady state, the threshold is -35 mV, and a spike resets h and n,
    unless `resets` is False.
    """

    def rates(v, m, h, n):
        a_m, b_m = -0.1 * (v + 35) / (np.exp(-0.1 * (v + 35)) - 1), 4 * np.exp(-(v + 60) / 18)
        a_h, b_h = 0.07 * np.exp(-(v + 58) / 20), 1 / (np.exp(-0.1 * (v + 28)) + 1)
        a_n, b_n = -0.01 * (v + 34) / (np.exp(-0.1 * (v + 34)) - 1), 0.125 * np.exp(-(v + 44) / 80)
        dv = -0.1 * (v + 65) - 35 * m**3 * h * (v - 55) - 9 * n**4 * (v + 90) + current
        return dv, 5 * (
            a_m * (1 - m) - b_m * m), 5 * (a_h * (1 - h) - b_h * h), 5 * (a_n * (1 - n) - b_n * n)

    times = spike_times(
        rates, (-65.0, 0.0, 0.0, 0.0), -35.0,
        lambda v, m, h, n: (v, m, 0.0, 1.0) if resets else (v, m, h, n), ms)
    # the membrane remains above for some time
    return [t for t, before in zip(times, [-1.0, *times]) if t - before > 0.5]


def resonator(tau, frequency, inputs):
    """Return the oscillating membrane of a resonator, the real part of a complex number."""
    z, course = 0j, []
    for x in inputs:
        z = z * np.exp(-1 / tau + 2j * np.pi * frequency / 1000) + x
        course.append(z.real)
    return course


def adaptive_lif(tau_mem, tau_syn, tau_w, beta, threshold, inputs):
    """Return the spikes of a neuron, with its threshold computed from all past spikes."""
    v = i = 0.0
    spikes = []
    for t, x in enumerate(inputs):
        i = i * np.exp(-1 / tau_syn) + x
        v = v * np.exp(-1 / tau_mem) + i
        raised = threshold * (
            1 + beta * sum(np.exp(-(t - before) / tau_w) for before in np.flatnonzero(spikes)))
        spikes.append(int(v > raised))
        v -= spikes[-1] * raised
    return spikes


def se_adlif(tau_mem, tau_w, a, b, threshold, inputs):
    """Return potentials and spikes of the adaptive neuron, step by step as in the paper.

    The adaptation current takes up the potential after the reset.
    """
    u = w = 0.0
    membrane, spikes = [], []
    decay_u, decay_w = np.exp(-1 / tau_mem), np.exp(-1 / tau_w)
    for x in inputs:
        u = decay_u * u + (1 - decay_u) * (x / (1 - decay_u) - w)
        membrane.append(u)
        spikes.append(int(u > threshold))
        u = 0.0 if spikes[-1] else u
        w = decay_w * w + (1 - decay_w) * a * u + b * spikes[-1]
    return membrane, spikes


def binned(trains, start, width, n_steps):
    """Count spikes in bins by the definition. Times, start and width are exact fractions."""
    counts = np.zeros((len(trains), n_steps), int)
    for channel, times in enumerate(trains):
        for time in times:
            step = (time - start) // width
            if 0 <= step < n_steps:
                counts[channel, step] += 1
    return counts


def moved_spikes(sample, channel_shift=0.0, channel_stretch=1.0, time_shift=0.0, time_stretch=1.0):
    """Move each spike of a sample (n_channels, n_steps) to the nearest new place."""
    moved = np.zeros_like(sample)
    (n_channels, n_steps), half_up = sample.shape, lambda x: math.floor(x + 0.5)
    for c, t in np.argwhere(sample):
        channel = half_up(
            (n_channels - 1) / 2 + channel_stretch * (c - (n_channels - 1) / 2) + channel_shift)
        step = half_up((n_steps - 1) / 2 + time_stretch * (t - (n_steps - 1) / 2) + time_shift)
        if 0 <= channel < n_channels and 0 <= step < n_steps:
            moved[channel, step] = sample[c, t]
    return moved


def moved_signal(sample, channel_shift=0.0, channel_stretch=1.0, time_shift=0.0, time_stretch=1.0):
    """Read a sample (n_channels, n_steps) nearest to the places that move to each value."""

    def places(n, shift, stretch):
        exact = (n - 1) / 2 + (np.arange(n) - shift - (n - 1) / 2) / stretch
        return np.floor(exact.clip(0, n - 1) + 0.5).astype(int)

    n_channels, n_steps = sample.shape
    times = places(n_steps, time_shift, time_stretch)
    return sample[places(n_channels, channel_shift, channel_stretch)][:, times]


def camera_events(levels, down, up, refractory):
    """Return the frame and polarity of each event of a pixel, from its levels at all frames.

    The reference is followed event by event, with exact times between frames.
    """
    events, reference, last = [], levels[0], -math.inf
    for frame, (before, after) in enumerate(zip(levels, levels[1:])):
        steps = []
        while after - reference >= up:
            reference += up
            steps.append((reference, 1))
        while reference - after >= down:
            reference -= down
            steps.append((reference, 0))
        for crossed, polarity in steps:
            time = frame + (crossed - before) / (after - before)
            if time - last >= refractory:
                events.append((frame, polarity))
                last = time
    return events


def seen(image, row, column, place):
    """Return the brightness at a pixel if an image has moved to a place (row, column).

    The image is a function of the plane: linear between its pixels in each direction, black
    outside.
    """
    total = 0.0
    for (i, j), value in np.ndenumerate(image):
        y, x = abs(row - place[0] - i), abs(column - place[1] - j)
        total += value * max(0, 1 - y) * max(0, 1 - x)
    return total


def unrolled(weights, height, width, stride=1, padding=0):
    """Return the dense weights of a convolution, (n_inputs, n_neurons), from those of its filters.

    Inputs and neurons are numbered by channel or filter, then row, then column.
    """
    size, _, n_channels, n_filters = weights.shape
    rows, columns = (
        (length + 2 * padding - size) // stride + 1 for length in (height, width))
    dense = np.zeros((n_channels, height, width, n_filters, rows, columns), weights.dtype)
    for i, j in np.ndindex(rows, columns):
        for r, q in np.ndindex(size, size):
            y, x = i * stride - padding + r, j * stride - padding + q
            if 0 <= y < height and 0 <= x < width:
                dense[:, y, x, :, i, j] = weights[r, q]
    return dense.reshape(n_channels * height * width, -1)


def van_rossum(a, b, tau):
    """Integrate the squared difference of two filtered trains, given by their spike times.

    Between events, the difference of the filtered trains decays exponentially.
    """
    events = sorted([(t, 1) for t in a] + [(t, -1) for t in b])
    total, height = 0.0, 0.0
    for k, (t, sign) in enumerate(events):
        height += sign
        gap = events[k + 1][0] - t if k + 1 < len(events) else math.inf
        total += height**2 * (1 - math.exp(-2 * gap / tau))
        height *= math.exp(-gap / tau)
    return math.sqrt(total)


def victor_purpura(a, b, cost):
    """Compute the cost to change a train into another, by all ways to treat their last spikes."""

    @functools.cache
    def change(n, m):
        if n == 0 or m == 0:
            return n + m
        return min(
            change(n - 1, m) + 1, change(n, m - 1) + 1,
            change(n - 1, m - 1) + cost * abs(a[n - 1] - b[m - 1]))

    return change(len(a), len(b))


def with_auxiliary(train, n_steps):
    """Return the spike times of a train with auxiliary spikes before and after it."""
    train = list(train) or [0, n_steps]
    first, last = (train[1] - train[0], train[-1] - train[-2]) if len(train) > 1 else (0, 0)
    return [min(0, train[0] - first), *train, max(n_steps, train[-1] + last)]


def around(train, moment):
    """Return the last index before a moment, and the interval between spikes around it."""
    k = max(k for k, t in enumerate(train) if t < moment)
    return k, train[k + 1] - train[k]


def isi_profile(a, b, n_steps, moment):
    """Return the ISI-distance of two trains at a moment."""
    v, w = (around(with_auxiliary(train, n_steps), moment)[1] for train in (a, b))
    return abs(v - w) / max(v, w)


def spike_profile(a, b, n_steps, moment):
    """Return the SPIKE-distance of two trains at a moment."""
    a, b = with_auxiliary(a, n_steps), with_auxiliary(b, n_steps)

    def difference(train, other):
        k, interval = around(train, moment)
        inner = [min(max(i, 1), len(train) - 2) for i in (k, k + 1)]
        before, after = (min(abs(train[i] - t) for t in other) for i in inner)
        return (before * (train[k + 1] - moment) + after * (moment - train[k])) / interval

    v, w = around(a, moment)[1], around(b, moment)[1]
    return (difference(a, b) * w + difference(b, a) * v) / (2 * ((v + w) / 2) ** 2)


def over_time(profile, a, b, n_steps):
    """Return the mean of a profile that is linear within each step."""
    return sum(profile(a, b, n_steps, t + 0.5) for t in range(n_steps)) / n_steps


def history_context(raster, c, t):
    """Return the spikes of the last 8 steps of a channel as bits, the latest first."""
    return sum(int(raster[c, t - k]) << (8 - k) for k in range(1, 9) if t >= k)


def age_context(raster, c, t):
    """Return codes of the time since the last spike and of the interval before it."""
    longest = [1, 2, 3, 4, 6, 8, 11, 15, 21, 30, 42, 60, 85, 120, 170]

    def code(time):
        return next((k for k, limit in enumerate(longest) if time <= limit), 15)

    spikes = np.flatnonzero(raster[c, :t])
    age = code(t - spikes[-1] if len(spikes) else t + 1)
    interval = code(spikes[-1] - spikes[-2]) if len(spikes) > 1 else 15
    return age << 4 | interval


def population_context(raster, c, t):
    """Return codes of the spikes of earlier channels, and of a fast and a slow trace."""
    n_channels = len(raster)
    now = raster[:c, t].sum()

    def trace(tau):
        return sum(raster[:, s].sum() * math.exp(-1 / tau) ** (t - 1 - s) for s in range(t))

    fast = sum(trace(2.0) > n_channels * 0.0125 * 2**k for k in range(7))
    slow = sum(trace(16.0) > n_channels * 0.04 * 2 ** (k / 2) for k in range(15))
    return int(min(now, 3)) << 7 | int(fast) << 4 | int(slow)


def log_beta(counts, mean, strength):
    """Return the log evidence of counts without and with a spike, under a beta prior."""
    a, b = strength * mean, strength * (1 - mean)
    parts = [math.lgamma(a + counts[1]), math.lgamma(b + counts[0]), math.lgamma(a + b)]
    return sum(parts) - math.lgamma(a + b + sum(counts)) - math.lgamma(a) - math.lgamma(b)


def log_mixture_of_prunings(leaves, mean, strength):
    """Return the log of the sum over all prunings of a tree: prior times evidence.

    A node above the leaves is pruned with probability 1/2. Nodes are numbered as in a heap.
    """
    n = len(leaves)

    def prunings(node, counts):
        """Yield the probability and the log evidence of each pruning below a node."""
        own = log_beta(counts.sum(axis=0), mean[node], strength)
        if node >= n:
            yield 1.0, own
            return
        yield 0.5, own
        half = len(counts) // 2
        for p, one in prunings(2 * node, counts[:half]):
            for q, other in prunings(2 * node + 1, counts[half:]):
                yield 0.5 * p * q, one + other

    return math.log(sum(p * math.exp(evidence) for p, evidence in prunings(1, leaves)))


def squared_van_rossum(one, other, tau):
    """Return the squared van Rossum distance of two rasters, from the times of their spikes."""

    def product(a, b):
        return sum(math.exp(-abs(s - t) / tau) for s in a for t in b)

    total = 0.0
    for x, y in zip(one, other):
        a, b = np.flatnonzero(x).tolist(), np.flatnonzero(y).tolist()
        total += product(a, a) + product(b, b) - 2 * product(a, b)
    return total


def pair_scores(raster, silent, odds, codes):
    """Return the score of each class: sums over channels, other channels, and steps."""
    n_channels, n_steps = raster.shape
    total = np.zeros(len(silent))
    for t in range(n_steps):
        for d in range(n_channels):
            spikes = np.flatnonzero(raster[d, : t + 1])
            code = codes[min(t - spikes[-1], len(codes) - 1)] if len(spikes) else 15
            for c in range(n_channels):
                total += silent[:, c, d, code] + raster[c, t] * odds[:, c, d, code]
    return total


def linear_scores(counts, y, new):
    """Return the scores of discriminant analysis with the correlation shrunk to the identity.

    The strength is equation 23 of Chen et al. (2010).
    """
    n, p = counts.shape
    means = [counts[y == k].mean(axis=0) for k in np.unique(y)]
    within = sum(np.outer(x - means[k], x - means[k]) for x, k in zip(counts, y)) / n
    scale = np.outer(np.sqrt(np.diag(within)), np.sqrt(np.diag(within)))
    correlation = within / scale
    squared, trace = np.trace(correlation @ correlation), np.trace(correlation)
    strength = ((1 - 2 / p) * squared + trace**2) / (
        (n + 1 - 2 / p) * (squared - trace**2 / p))
    strength = min(strength, 1)
    inverse = np.linalg.inv(((1 - strength) * correlation + strength * np.eye(p)) * scale)
    return [[x @ inverse @ mean - mean @ inverse @ mean / 2 for mean in means] for x in new]


def event_decisions(outputs, decay, keep, threshold, release, refractory):
    """Return the smoothed margins of classes, and (step, class) of each decision.

    Output 0 is the background.
    """
    n_classes, found, decisions = len(outputs) - 1, [], []
    smoothed, armed, last = np.zeros(n_classes, np.float32), [True] * n_classes, -math.inf
    for t, y in enumerate(outputs.T):
        margins = np.array([
            y[k] - np.delete(y, k).max() for k in range(1, len(y))], np.float32)
        smoothed = decay * smoothed + keep * margins.clip(-8, 8)
        found.append(smoothed)
        armed = [was or s < release for was, s in zip(armed, smoothed, strict=True)]
        ready = [k for k in range(n_classes) if armed[k] and smoothed[k] >= threshold]
        if ready and t - last > refractory:
            best = max(ready, key=lambda k: smoothed[k])
            decisions.append((t, best))
            armed[best], last = False, t
    return np.stack(found, axis=1), decisions
