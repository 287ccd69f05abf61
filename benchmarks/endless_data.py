"""Recordings with a target at each step, and recordings with events.

"reach", "place", "interval", "gestures" and "patterns" are the tasks on which the defaults of step
targets were developed, with seeds from 100. "heading" and "gait" were written before anything was
chosen, and not looked at until all was.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

HOUR = 3_600_000.0  # ms


def bernoulli(rng, rates, dt):
    """Return a spike train of a rate in Hz at each step of dt ms."""
    return (rng.random(len(rates)) < 1 - np.exp(-rates * dt / 1000)).astype(np.uint8)


def reach(seed, minutes=8.0, n_neurons=60, dt=5.0):
    """Return spikes of neurons that precede a movement, its velocity in m/s, and dt.

    Rates saturate with the velocity along a preferred direction and with speed, 0 to 150 ms ahead.
    Gains drift, and neurons share fluctuations of 100 ms. Three in ten neurons are not tuned.
    """
    rng = np.random.default_rng(seed)
    n_steps = int(minutes * 60000 / dt)
    velocity = _reaches(rng, n_steps, dt)
    speed = np.hypot(*velocity)
    angle = rng.uniform(0, 2 * np.pi, n_neurons)
    lag = (rng.uniform(0, 150, n_neurons) / dt).astype(int)
    base, depth = rng.uniform(2, 12, n_neurons), rng.uniform(0.5, 2.5, n_neurons)
    gain = rng.normal(0, 0.7, n_neurons)
    common = gaussian_filter1d(rng.normal(0, 1, n_steps), 100 / dt)
    common *= 0.4 / common.std()
    is_tuned = rng.random(n_neurons) >= 0.3
    x = np.zeros((n_neurons, n_steps), np.uint8)
    for i in range(n_neurons):
        ahead = np.roll(velocity, -lag[i], axis=1)
        ahead[:, n_steps - lag[i]:] = 0
        along = np.cos(angle[i]) * ahead[0] + np.sin(angle[i]) * ahead[1]
        drive = is_tuned[i] * (depth[i] * along + gain[i] * np.roll(speed, -lag[i])) / 0.4
        rates = base[i] * np.exp(2 * np.tanh(drive / 2) + rng.normal(1, 0.3) * common)
        drift = gaussian_filter1d(rng.normal(0, 1, n_steps // 2000 + 2), 3)
        drift /= drift.std() + 1e-9
        drift = np.interp(np.arange(n_steps) / 2000, np.arange(len(drift)), drift)
        x[i] = bernoulli(rng, rates * np.exp(0.3 * drift), dt)
    return x, velocity, dt


def _reaches(rng, n_steps, dt):
    """Return the velocity of an arm that reaches along curves and rests, (2, n_steps)."""
    velocity, position, start = np.zeros((2, n_steps)), np.zeros(2), 0
    while start < n_steps:
        start += int(rng.uniform(100, 600) / dt)
        target = rng.uniform(-0.1, 0.1, 2)
        way = target - position
        n = int((250 + 2200 * np.hypot(*way)) * rng.uniform(0.8, 1.2) / dt)
        s = (np.arange(n) + 0.5) / n
        bend = rng.normal(0, 0.15) * np.pi * np.sin(np.pi * s)
        direction = way[:, None] + np.outer([-way[1], way[0]], bend)
        stop = min(start + n, n_steps)
        if stop > start:
            speed = 30 * s**2 * (1 - s) ** 2 / (n * dt / 1000)
            velocity[:, start:stop] = (direction * speed)[:, : stop - start]
        position, start = target, start + n
    return velocity


def place(seed, minutes=8.0, n_cells=60, dt=5.0):
    """Return spikes of place cells and two markers of theta, the position on a track, and dt.

    The phase of spikes in the rhythm of 8 Hz precesses. Cells have up to three fields, which depend
    on the direction of running.
    """
    rng = np.random.default_rng(seed)
    n_steps = int(minutes * 60000 / dt)
    position, heading = np.zeros(n_steps), np.zeros(n_steps)
    is_moving, here, t = np.zeros(n_steps, bool), 0.0, 0
    while t < n_steps:
        aim = rng.uniform(0, 1)
        direction = np.sign(aim - here) or 1
        speed = rng.uniform(0.15, 0.5)  # tracks per second
        stop = min(t + max(int(abs(aim - here) / speed * 1000 / dt), 1), n_steps)
        position[t:stop] = here + direction * speed * np.arange(stop - t) * dt / 1000
        is_moving[t:stop], here = True, position[stop - 1]
        rest = min(stop + int(rng.uniform(200, 1500) / dt), n_steps)
        position[stop:rest], heading[t:rest], t = here, direction, rest
    wobble = gaussian_filter1d(rng.normal(0, 20, n_steps), 100)
    phase = 2 * np.pi * np.cumsum(8 * (1 + 0.05 * wobble)) * dt / 1000
    x = np.zeros((n_cells + 2, n_steps), np.uint8)
    for i in range(n_cells):
        rates = np.full(n_steps, 0.5)
        for _ in range(rng.integers(1, 4)):
            centre, prefers = rng.uniform(0, 1), rng.choice([-1, 1])
            gain = np.where(heading == prefers, 1.0, 0.15) * np.where(is_moving, 1.0, 0.5)
            away = (position - centre) / 0.07
            locked = np.exp(1.5 * (np.cos(phase + 1.2 * prefers * away) - 1))
            rates = rates + 18 * np.exp(-away * away / 2) * gain * locked * 2.2
        x[i] = bernoulli(rng, rates, dt)
    for k in range(2):
        cycle = np.floor(phase / (2 * np.pi) + k / 2)
        x[n_cells + k] = np.diff(cycle, prepend=0) > 0
    return x, position[None], dt


def interval(seed, minutes=10.0, n_channels=12, dt=2.0):
    """Return volleys of two groups of channels in noise, a target, and dt.

    The target is the logarithm of the interval of two volleys, with the sign of their order, for
    200 ms after the second, otherwise 0. Intervals are from 10 to 80 ms.
    """
    rng = np.random.default_rng(seed)
    n_steps = int(minutes * 60000 / dt)
    x = (rng.random((n_channels, n_steps)) < 3.0 * dt / 1000).astype(np.uint8)
    y, t, third = np.zeros((1, n_steps)), 0.0, n_channels // 3
    while t < minutes * 60000 - 1000:
        t += rng.uniform(250, 600)
        gap = 10 * 8 ** rng.random()
        order = rng.choice([-1, 1])
        for group, when in enumerate((t, t + gap) if order > 0 else (t + gap, t)):
            for channel in range(group * third, (group + 1) * third):
                if rng.random() < 0.9:
                    step = int((when + rng.normal(0, 2)) / dt)
                    x[channel, min(max(step, 0), n_steps - 1)] = 1
        t += gap
        start = int(t / dt)
        y[0, start : start + int(200 / dt)] = order * (1.5 + np.log2(gap / 28.3))
    return x, y, dt


def heading(seed, minutes=8.0, n_cells=40, dt=10.0):
    """Return spikes of cells that depend on the heading and its velocity, two targets, and dt.

    The targets are cosine and sine of the heading. Half of the cells have a preferred heading up to
    60 ms ahead, a quarter a preferred turn, and a quarter both. Arousal changes all rates slowly.
    """
    rng = np.random.default_rng([30, seed])
    n_steps = int(minutes * 60000 / dt)
    turn = _wander(rng, n_steps, dt, 400)  # in 2 radians per second
    angle = np.cumsum(2 * turn) * dt / 1000
    arousal = np.exp(0.4 * _wander(rng, n_steps, dt, 5000))
    x = np.zeros((n_cells, n_steps), np.uint8)
    for i in range(n_cells):
        lead = int(rng.uniform(0, 60) / dt)
        ahead = np.roll(angle, -lead)
        prefers, sharp, side = rng.uniform(0, 2 * np.pi), rng.uniform(1, 5), rng.choice([-1, 1])
        tuned = np.exp(sharp * (np.cos(ahead - prefers) - 1))
        turning = 1 / (1 + np.exp(-2 * side * turn))
        peak, kind = rng.uniform(8, 25), i % 4
        rates = 0.5 + peak * (tuned if kind < 2 else turning if kind == 2 else tuned * turning)
        x[i] = bernoulli(rng, rates * arousal, dt)
    return x, np.stack([np.cos(angle), np.sin(angle)]), dt


def gait(seed, minutes=8.0, n_channels=6, dt=10.0):
    """Return six signals of a body that walks and stands, the forces of both feet, and dt.

    A signal has four harmonics of the phase of a stride, which grow with the pace, the impacts of
    the feet, drift and noise. The force of a foot has two humps, which part with the pace.
    """
    rng = np.random.default_rng([31, seed])
    n_steps = int(minutes * 60000 / dt)
    pace = 1 + 0.25 * _wander(rng, n_steps, dt, 5000)
    walks = gaussian_filter1d((_wander(rng, n_steps, dt, 6000) > -0.7).astype(float), 300 / dt)
    cadence = np.clip(pace, 0.4, None) * walks  # strides per second
    phase = 2 * np.pi * np.cumsum(cadence) * dt / 1000
    forces = []
    for foot in range(2):
        s = (phase / (2 * np.pi) + foot / 2) % 1 / 0.62  # of the time on the ground
        humps = np.sin(np.pi * s) + 0.35 * cadence * np.sin(3 * np.pi * s)
        forces.append(walks * np.where(s < 1, humps, 0) + (1 - walks) * 0.5)
    order = np.arange(1, 5)
    x = np.zeros((n_channels, n_steps))
    for channel in range(n_channels):
        size, shift = rng.normal(0, 1 / order), rng.uniform(0, 2 * np.pi, 4)
        x[channel] = cadence * (size @ np.cos(np.outer(order, phase) + shift[:, None]))
        for foot in range(2):
            since = (phase / (2 * np.pi) + foot / 2) % 1
            x[channel] += rng.normal() * cadence**2 * np.exp(-since / 0.04)
        x[channel] += 0.5 * _wander(rng, n_steps, dt, 3000) + 0.5 * rng.normal(0, 1, n_steps)
    return x.astype(np.float32), np.array(forces), dt


def _wander(rng, n_steps, dt, tau):
    """Return an Ornstein-Uhlenbeck process of variance 1, which starts at 0."""
    decay = np.exp(-dt / tau)
    return lfilter([np.sqrt(1 - decay**2)], [1, -decay], rng.normal(0, 1, n_steps))


def directions(velocity):
    """Return a class for each step: 0 at rest, otherwise one of 8 directions from 1."""
    sector = np.round(np.arctan2(velocity[1], velocity[0]) / (np.pi / 4)).astype(int) % 8
    return np.where(np.hypot(*velocity) > 0.08, sector + 1, 0)


def gestures(seed):
    """Return training and test recordings of motion with events, and dt.

    5 recordings of 36 minutes in all are for training, and 2 of 20 minutes, with half as many
    gestures, for the test. As many distractors are other gestures, or the kinds backward.
    """
    start = 10 * seed + 5000
    parts = [
        _gestures(seed, start, 3, 8.0), _gestures(seed, start + 1, 2, 6.0),
        _gestures(seed, start + 2, 2, 20.0, share=0.04)]
    return _joined(parts), 20.0


def patterns(seed):
    """Return training and test recordings of frozen patterns in spikes of the same rate, and dt.

    5 recordings of 9 minutes in all are for training, and 2 of 5 minutes, with fewer patterns, for
    the test. Distractors are the patterns backward.
    """
    start = 10 * seed + 5000
    parts = [
        _patterns(seed, start, 3, 2.0), _patterns(seed, start + 1, 2, 1.5),
        _patterns(seed, start + 2, 2, 5.0, every=6.0)]
    return _joined(parts), 2.0


def _joined(parts):
    """Return the first two parts as one."""
    (a, events_a), (b, events_b), test = parts
    return (a + b, events_a + events_b), test


def _curves(rng, n, n_channels):
    """Return smooth curves of 1 to 3 swings, (n, n_channels, 100), with a mean square of 1."""
    found, s = np.zeros((n, n_channels, 100)), np.linspace(0, 1, 100)
    for curve in found:
        for channel in curve:
            if rng.random() < 0.7:
                for f in (1, 2, 3):
                    channel += rng.normal() / f**0.5 * np.sin(np.pi * f * s)
        curve *= np.sin(np.pi * s) ** 0.5
        curve /= np.sqrt((curve**2).mean())
    return found


def _gestures(kinds_seed, seed, n_recordings, minutes, share=0.08, n_channels=6, rate=50.0):
    """Return recordings and their events of four kinds, in ms."""
    kinds_rng, rng = np.random.default_rng(1000 + kinds_seed), np.random.default_rng(seed)
    kinds, others = _curves(kinds_rng, 4, n_channels), _curves(kinds_rng, 6, n_channels)
    means = kinds_rng.uniform(0.7, 1.4, 10)  # s
    pause = means[:4].mean() * (1 / share - 1) / 2
    movements = [*kinds, *others, *kinds[:, :, ::-1]]
    means = [*means, *means[:4]]
    signals, tables = [], []
    for _ in range(n_recordings):
        n_steps = int(minutes * 60 * rate)
        slow = gaussian_filter1d(rng.normal(size=(n_channels, n_steps)), 3 * rate, axis=1)
        busy = gaussian_filter1d(rng.normal(size=n_steps), 4 * rate)
        quick = gaussian_filter1d(rng.normal(size=(n_channels, n_steps)), 0.12 * rate, axis=1)
        x = 0.6 * slow / slow.std()
        x += 0.5 * np.clip(busy / busy.std(), 0, None) * quick / quick.std()
        x += 0.1 * rng.normal(size=x.shape)
        events, t = [], rng.uniform(1, 4)
        while True:
            t += 0.3 + rng.exponential(pause)
            is_event = rng.random() < 0.5
            kind = rng.integers(4) if is_event else 4 + rng.integers(10)
            duration = float(np.clip(means[kind] * np.exp(rng.normal(0, 0.2)), 0.5, 2.0))
            start, n = int(t * rate), int(duration * rate)
            if start + n >= n_steps - rate:
                break
            s = np.linspace(0, 1, n)
            warped = s + rng.normal(0, 0.04) * np.sin(2 * np.pi * s)
            warped = np.clip(warped + rng.normal(0, 0.02) * np.sin(4 * np.pi * s), 0, 1)
            curve = [np.interp(warped * 99, np.arange(100), row) for row in movements[kind]]
            mixture = np.eye(n_channels) + rng.normal(0, 0.08, (n_channels, n_channels))
            x[:, start : start + n] += np.exp(rng.normal(0, 0.22)) * (mixture @ np.stack(curve))
            if is_event:
                events.append((start / rate * 1000, (start + n) / rate * 1000, int(kind) + 1))
            t = (start + n) / rate
        signals.append(x.astype(np.float32))
        tables.append(events)
    return signals, tables


def _patterns(kinds_seed, seed, n_recordings, minutes, every=2.5, n_channels=60, dt=2.0):
    """Return rasters and their events of three patterns of 200 ms, in ms."""
    kinds_rng, rng = np.random.default_rng(2000 + kinds_seed), np.random.default_rng(seed)
    n, chance = 100, 6.0 * dt / 1000  # steps of a pattern, and of a spike in each step
    kinds = [np.nonzero(kinds_rng.random((n_channels, n)) < chance) for _ in range(3)]
    rasters, tables = [], []
    for _ in range(n_recordings):
        n_steps = int(minutes * 60000 / dt)
        x = (rng.random((n_channels, n_steps)) < chance).astype(np.uint8)
        events, t = [], 1.0  # s
        while True:
            t += 0.1 + rng.exponential(every / 2)
            start = int(t * 1000 / dt)
            if start + n >= n_steps - 100:
                break
            kind, is_event = rng.integers(3), rng.random() < 0.6
            channels, steps = kinds[kind]
            steps = steps if is_event else n - 1 - steps
            x[:, start : start + n] = 0
            is_kept = rng.random(len(channels)) >= 0.3
            moved = np.round(steps + rng.normal(0, 4 / dt, len(channels))).astype(int)
            x[channels[is_kept], start + np.clip(moved, 0, n - 1)[is_kept]] = 1
            n_lost = (~is_kept).sum()
            x[rng.integers(n_channels, size=n_lost), start + rng.integers(n, size=n_lost)] = 1
            if is_event:
                events.append((start * dt, (start + n) * dt, int(kind) + 1))
            t += 0.2
        rasters.append(x)
        tables.append(events)
    return rasters, tables
