"""Decode recorded spikes of an auditory receptor and of a population, with networks and without.

    python benchmarks/recordings.py > recordings.md

Two recordings of ten seconds from the package nitime, with the loudness of a random sound. "Loud or
soft" cuts the recording into pieces of 10 ms, and asks whether the sound was above its median
loudness. "Louder or softer" takes 30 ms around each time at which the smoothed loudness crosses its
median, and asks in which direction. "Way of a turn" takes 800 ms of 15 neurons of a mouse from the
package, in steps of 5 ms, while its head turns by more than 40 degrees, and asks to which side.
Each of five folds is a stretch of time. The baselines are logistic regression on the number of
spikes, in bins of 5 ms and in bins of 1 ms. All models have default settings. The table shows the
mean accuracy in % over folds. For networks, it is the mean ± standard deviation over seeds.
"""

import warnings
from importlib.resources import files

import numpy as np
from _report import machine, progress, table, versions
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeCounter, SpikeTrainClassifier
from skspike.datasets import load_head_direction
from skspike.io import from_spike_times

LATENCY, PIECE, BEFORE, AFTER = 4, 10, 10, 20  # ms
N_RECORDINGS, DURATION, SAMPLES_PER_MS = 2, 10_000, 20
SEEDS = range(5)
SAMPLED, TURN, ANGLE = 20, 800, np.radians(40)  # ms between directions of a head, ms of a trial


def load(number):
    """Return spike times in µs, and the loudness of each ms."""
    data = files("nitime") / "data"
    spikes = np.loadtxt(data / f"grasshopper_spike_times{number}.txt")
    sound = np.loadtxt(data / f"grasshopper_stimulus{number}.txt", usecols=1)
    n = min(DURATION, len(sound) // SAMPLES_PER_MS)
    return spikes, sound[: n * SAMPLES_PER_MS].reshape(n, SAMPLES_PER_MS).mean(axis=1)


def loud_or_soft(spikes, level):
    """Return pieces of 10 ms, and whether the sound was loud."""
    n = len(level) // PIECE
    starts = PIECE * np.arange(n - 1) + LATENCY  # the receptor responds late
    loudness = level[: n * PIECE].reshape(n, PIECE).mean(axis=1)[:-1]
    X = from_spike_times(
        [[spikes]] * len(starts), bin_width=1, unit="us", t_start=starts, t_stop=starts + PIECE)
    return X, loudness > np.median(loudness)


def louder_or_softer(spikes, level):
    """Return 30 ms around each crossing of the median, and whether the sound became loud."""
    loud = np.convolve(level, np.ones(5) / 5, "same") > np.median(level)
    events = np.flatnonzero(loud[1:] != loud[:-1]) + 1
    events = events[(events > AFTER) & (events < len(level) - AFTER - BEFORE)]
    X = from_spike_times(
        [[spikes]] * len(events), bin_width=1, unit="us", t_start=events - BEFORE,
        t_stop=events + AFTER)
    return X, loud[events]


def way_of_a_turn():
    """Return trials in which a head turns, in steps of 5 ms, and the sides to which it turns."""
    spikes, angle = load_head_direction()
    apart = TURN // SAMPLED
    turn = np.unwrap(angle)[apart:] - np.unwrap(angle)[:-apart]
    starts = []
    for step in np.flatnonzero(abs(turn) > ANGLE):
        if not starts or step >= starts[-1] + apart:  # trials do not overlap
            starts.append(step)
    start = SAMPLED * np.array(starts)
    X = from_spike_times([spikes] * len(start), bin_width=5, t_start=start, t_stop=start + TURN)
    return X, turn[starts] > 0


def models(n_steps, dt):
    """Return the models by their names, as functions of a seed, for steps of `dt` ms."""
    def logistic(n_windows):
        return lambda seed: make_pipeline(
            SpikeCounter(n_windows=n_windows), LogisticRegression(max_iter=1000))

    return {
        "counts": logistic(1), "bins of 5 ms": logistic(n_steps * dt // 5),
        "bins of 1 ms": logistic(n_steps) if dt == 1 else None,
        "SpikeTrainClassifier": lambda seed: SpikeTrainClassifier(),
        "SNNClassifier": lambda seed: SNNClassifier(random_state=seed)}


def main():
    """Print the table."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    tasks = {
        f"{name}, recording {number}": (*cut(*load(number)), 1)
        for name, cut in (("loud or soft", loud_or_soft), ("louder or softer", louder_or_softer))
        for number in range(1, N_RECORDINGS + 1)}
    tasks["way of a turn"] = *way_of_a_turn(), 5
    rows, names = [], list(models(PIECE, 1))
    for task, (X, y, dt) in tasks.items():
        row = [task, len(y), f"{100 * max(y.mean(), 1 - y.mean()):.1f}"]
        for name, build in models(X.shape[2], dt).items():
            seeds = SEEDS if name == "SNNClassifier" else [0]  # the others are not random
            means = [
                100 * cross_val_score(build(seed), X, y, cv=KFold(5)).mean()
                for seed in seeds if build]
            spread = f" ± {np.std(means, ddof=1):.1f}" if len(means) > 1 else ""
            row.append(f"{np.mean(means):.1f}{spread}" if means else "")
            progress(task, name, row[-1])
        rows.append(row)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba', 'nitime')}.\n")
    print(table(["task", "samples", "larger class", *names], rows))


if __name__ == "__main__":
    main()
