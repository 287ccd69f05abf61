"""Measure networks at their defaults, as a new user would, on tables, series and spike trains.

The main form is ``make_pipeline(SpikeEncoder(), SNNClassifier(64))``. "inside" is the same encoder
as a parameter of the network. Spike trains have no encoder. "two networks" vote: the main form, and
a network on the spike counts of random neurons. The groups:

- tables: those of ``benchmarks/tables.py``, in the default and in Poisson coding, on a split of 70
  to 30 %.
- families: generated series on which the defaults were developed. accelerometer imitates a phone's
  sensor during 5 activities.
- fresh: four families that were written after the defaults were frozen, and measured once.
- rasters: generated spike trains, easy and hard, 250 for training and 250 for the test.
- series: those of ``benchmarks/series.py``, with their own training and test parts.

Seeds 0 to 9 were used in the development. "s" is the processor time of a fit. Results are kept in
a file, so that an interrupted run continues. The results of another version, made in the same way
with that version on the path, are printed next to them by --before:

    python benchmarks/defaults.py --results now.json --before before.json > defaults.md
    python benchmarks/defaults.py --groups fresh --seeds 200 201
    python benchmarks/defaults.py --groups families fresh series --forms pipeline "two networks"
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import series
import tables
from _report import machine, progress, table, versions
from more_datasets import maker
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNRegressor, SpikeEncoder

N_STEPS = 100


def accelerometer(rng, n):
    """Return series of 6 channels in 5 activities: frequencies, harmonics, random phases."""
    y = rng.integers(0, 5, n)
    frequency = np.array([0.03, 0.05, 0.08, 0.12, 0.05])[y] * rng.uniform(0.9, 1.1, n)
    size = rng.uniform(0.6, 1.4, (n, 1)) * [1, 0.8, 0.5, 0.3, 0.3, 0.2]
    angle = 2 * np.pi * (
        frequency[:, None, None] * np.arange(80) + rng.random((n, 6, 1)))
    harmonic = np.where(y == 4, 0.8, 0.0)[:, None, None] * np.sin(2 * angle)
    X = size[..., None] * (np.sin(angle) + harmonic) + rng.normal(0, 0.5, (n, 6, 80))
    X[:, 2] += 1
    return X, y


def frequencies(rng, n):
    """Return series of one of 4 frequencies, with random phases and sizes."""
    y = rng.integers(0, 4, n)
    frequency = np.array([0.04, 0.055, 0.075, 0.1])[y] * rng.uniform(0.93, 1.07, n)
    angle = 2 * np.pi * (
        frequency[:, None, None] * np.arange(N_STEPS) + rng.random((n, 2, 1)))
    return rng.uniform(0.5, 2, (n, 2, 1)) * np.sin(angle) + noise(rng, n, 2, 0.5), y


def events(rng, n):
    """Return series with two pulses, of which order and interval matter, and a third that does not.
    """
    y = rng.integers(0, 4, n)
    first, third = rng.uniform(15, 55, n), rng.uniform(10, 90, n)
    second = first + np.where(y % 2, 20, 8) + rng.normal(0, 2, n)
    early, late = np.where(y < 2, first, second), np.where(y < 2, second, first)
    return noise(rng, n, 3, 0.3) + pulses(rng, np.stack([early, late, third], axis=1)), y


def levels(rng, n):
    """Return noise whose variance rises, falls, is large in the middle, or is constant."""
    y, at, t = rng.integers(0, 4, n), rng.integers(35, 65, n)[:, None], np.arange(N_STEPS)
    loud = np.stack([t >= at, t < at, abs(t - at) <= 22, t + at < 0])[y, np.arange(n)]
    size = np.where(loud, np.array([1.7, 1.7, 1.9, 1.0])[y, None], 1.0)
    size[y == 3] = 1.35
    white = rng.normal(0, 1, (n, 2, N_STEPS + 1))
    return size[:, None] * (white[..., 1:] + 0.6 * white[..., :-1]), y


def phases(rng, n):
    """Return two sines of the same random frequency, whose phases differ by 0, 90, 180 or 270°."""
    y, t = rng.integers(0, 4, n), np.arange(N_STEPS)
    angle = 2 * np.pi * (rng.uniform(0.03, 0.06, n)[:, None] * t + rng.random((n, 1)))
    X = np.sin(np.stack([angle, angle + np.pi / 2 * y[:, None]], axis=1))
    return rng.uniform(0.7, 1.4, (n, 2, 1)) * X + noise(rng, n, 2, 0.4), y


def numbers(rng, n):
    """Return series with 1, 2, 3 or 4 pulses at random times."""
    y = rng.integers(0, 4, n)
    X = noise(rng, n, 2, 0.2)
    for channel in range(2):
        gaps = rng.uniform(12, 22, (n, 4)).cumsum(axis=1)
        times = np.where(np.arange(4) <= y[:, None], gaps, -1000.0)
        X[:, channel] += pulses(rng, times).sum(axis=1)
    return X, y


def waves(rng, n):
    """Return rising or falling saw teeth, triangles or squares, of random frequencies."""
    y = rng.integers(0, 4, n)
    part = (rng.uniform(0.03, 0.06, (n, 1, 1)) * np.arange(N_STEPS) + rng.random((n, 2, 1))) % 1
    shapes = [2 * part - 1, 1 - 2 * part, 1 - 4 * abs(part - 0.5), np.where(part < 0.5, 1, -1)]
    return np.stack(shapes)[y, np.arange(n)] + noise(rng, n, 2, 0.3), y


def leaders(rng, n):
    """Return noise in 3 channels. One channel is followed by another after 6 steps."""
    y, lag = rng.integers(0, 4, n), 6
    white = rng.normal(0, 1, (n, 3, N_STEPS + lag + 4))
    smooth = np.stack([white[..., k : k + N_STEPS + lag] for k in range(5)]).mean(axis=0)
    X, rows = smooth[..., lag:].copy(), np.arange(n)
    source, target = np.array([[0, 1], [1, 0], [0, 2], [2, 0]])[y].T
    X[rows, target] = smooth[rows, source, :N_STEPS]
    return X + noise(rng, n, 3, 0.1), y


def noise(rng, n, n_channels, size):
    """Return white noise."""
    return rng.normal(0, size, (n, n_channels, N_STEPS))


def pulses(rng, times):
    """Return pulses of random size and width at times of any shape."""
    size = rng.uniform(0.8, 1.6, times.shape)[..., None]
    width = rng.uniform(2, 4, (len(times), *[1] * (times.ndim - 1), 1))
    return size * np.exp(-0.5 * ((np.arange(N_STEPS) - times[..., None]) / width) ** 2)


def family(make, n_train=200):
    """Return a function of the seed that returns training and test series of a family."""
    def load(seed):
        X, y = make(np.random.default_rng(seed), n_train + 400)
        return X[:n_train], y[:n_train], X[n_train:], y[n_train:]

    return load


def trains(make, n_train=250, **parameters):
    """Return a function of the seed that returns generated trains."""
    def load(seed):
        X, y = maker(make)(
            2 * n_train, random_state=seed, **parameters)[:2]
        return X[:n_train], y[:n_train], X[n_train:], y[n_train:]

    return load


def latencies(seed):
    """Return digits in latency coding."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        X, y, train_size=250, test_size=250, random_state=seed)
    encoder = SpikeEncoder("latency", n_steps=50).fit(X)
    return encoder.transform(X), y, encoder.transform(X_test), y_test


def rows_of(name):
    """Return a function of the seed that returns training and test rows of a table."""
    def load(seed):
        X, y = tables.TABLES[name](seed)
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.3, random_state=seed,
            stratify=None if y.dtype.kind == "f" else y)
        return X, y, X_test, y_test

    return load


GROUPS = {
    "tables": {name: rows_of(name) for name in tables.TABLES},
    "families": {
        "accelerometer": family(accelerometer, 400), "frequencies": family(frequencies),
        "events": family(events), "levels": family(levels)},
    "fresh": {
        "phases": family(phases), "numbers": family(numbers), "waves": family(waves),
        "leaders": family(leaders)},
    "rasters": {
        **{name: trains(name) for name in (
            "gamma", "markov", "sync", "telegraph", "poisson", "syllables", "order", "templates",
            "am")},
        "randman": trains("randman", 500), "latency": latencies,
        "gamma, hard": trains("gamma", shapes=(2, 4)),
        "markov, hard": trains("markov", correlations=(0.0, 0.15)),
        "sync, hard": trains("sync", jitters=(1.0, 4.0)),
        "telegraph, hard": trains("telegraph", dwells=(10.0, 40.0)),
        "poisson, hard": trains("poisson", rates=(20.0, 22.0)),
        "syllables, hard": trains("syllables", n_onsets=4, n_vowels=5),
        "order, hard": trains("order", background=20.0),
        "templates, hard": trains("templates", jitter=15.0),
        "am, hard": trains("am", frequencies=(6.0, 14.0)),
        "randman, hard": trains("randman", 500, smoothness=1.0)},
    "series": {name: (lambda seed, name=name: series.load(name)) for name in series.SETS},
}
FORMS = {"tables": ("pipeline", "inside", "pipeline, Poisson", "inside, Poisson"),
         "rasters": ("network",)}
KINDS = {
    "tables": "tables", "families": "families of series", "fresh": "fresh families of series",
    "rasters": "tasks of spike trains", "series": "data sets of series"}


def model(form, is_class, seed):
    """Return a model at its defaults."""
    network = (SNNClassifier if is_class else SNNRegressor)(64, random_state=seed)
    if form == "network":
        return network
    if form == "two networks":
        return series.two_networks(seed)
    encoder = SpikeEncoder(random_state=0)
    if form.endswith("Poisson"):
        encoder.set_params(coding="poisson")
    if form.startswith("inside"):
        return network.set_params(encoder=encoder)
    return make_pipeline(encoder, network)


def measure(load, form, seed):
    """Return the accuracy or r2 in %, and the processor time of the fit."""
    X, y, X_test, y_test = load(seed)
    found = model(form, y.dtype.kind != "f", seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        found.fit(X, y)
        spent = time.process_time() - start
        return 100 * found.score(X_test, y_test), spent


def run(options):
    """Return all measurements, by group, task, form and seed, and keep them in the file."""
    path = options.results
    done = json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}
    for group in options.groups:
        for task, load in GROUPS[group].items():
            if options.tasks and task not in options.tasks:
                continue
            for form in options.forms or FORMS.get(group, ("pipeline", "inside")):
                for seed in options.seeds:
                    place = done.setdefault(group, {}).setdefault(task, {}).setdefault(form, {})
                    if str(seed) not in place and form not in options.without:
                        place[str(seed)] = measure(load, form, seed)
                        progress(f"{task}, {form}, seed {seed}: {place[str(seed)]}")
                        if path:
                            path.write_text(json.dumps(done), encoding="utf-8")
    return {group: done[group] for group in options.groups if group in done}


def summary(done, forms):
    """Return a table of the mean scores of each group, in some forms or the usual ones."""
    rows = []
    for group, tasks in done.items() if forms else ():
        means = [
            np.mean([np.mean(list(of[form].values()), axis=0) for of in tasks.values()], axis=0)
            for form in forms]
        rows.append([f"{len(tasks)} {KINDS[group]}", *(
            f"{score:.1f}, {seconds:.1f} s" for score, seconds in means)])
    if forms:
        return table(["data", *forms], rows)
    for group, tasks in done.items():
        for coding in "", ", Poisson":
            cells = []
            for form in f"pipeline{coding}", f"inside{coding}", f"network{coding}":
                found = [list(of[form].values()) for of in tasks.values() if of.get(form)]
                means = [np.mean([score for score, _ in scores]) for scores in found]
                cells.append(f"{np.mean(means):.1f}" if means else "")
            if any(cells):
                rows.append([f"{len(tasks)} {KINDS[group]}{coding}", *cells])
    return table(["data", "pipeline", "inside", "no encoder"], rows)


def report(done, before, forms_of_all):
    """Print a summary, and a table for each group with mean, smallest score and time."""
    print(f"\n{summary(done, forms_of_all)}")
    for group, tasks in done.items():
        forms = forms_of_all or FORMS.get(group, ("pipeline", "inside"))
        header = ["task", *forms, *(f"{form}, before" for form in forms if before)]
        rows, means = [], []
        for task, found in tasks.items():
            cells = [found.get(form, {}) for form in forms]
            if before:
                cells += [before.get(group, {}).get(task, {}).get(form, {}) for form in forms]
            rows.append([task, *map(cell, cells)])
            means.append([np.mean([v[0] for v in c.values()] or [np.nan]) for c in cells])
        rows.append(["mean", *(f"{value:.1f}" for value in np.mean(means, axis=0))])
        print(f"\n{group}\n\n{table(header, rows)}")
        if before:
            print(f"\n{against(tasks, before.get(group, {}), forms[0])}")


def cell(found):
    """Return mean (smallest), and seconds."""
    if not found:
        return ""
    scores, seconds = np.array(list(found.values())).T
    return f"{scores.mean():.1f} ({scores.min():.1f}), {np.median(seconds):.2f} s"


def against(tasks, before, form):
    """Return how scores and times of the first form differ from those of another version."""
    both = {
        task: (np.array(list(found[form].values())), np.array(list(before[task][form].values())))
        for task, found in tasks.items() if found.get(form) and before.get(task, {}).get(form)}
    if not both:
        return ""
    gains = {task: now[:, 0].mean() - old[:, 0].mean() for task, (now, old) in both.items()}
    ratios = {
        task: np.median(now[:, 1]) / np.median(old[:, 1]) for task, (now, old) in both.items()}
    worst, slowest = min(gains, key=gains.get), max(ratios, key=ratios.get)
    return (
        f"{form}, gain over before: mean {np.mean(list(gains.values())):+.1f}, smallest "
        f"{gains[worst]:+.1f} ({worst}). Time of a fit: mean {np.mean(list(ratios.values())):.1f} "
        f"times, largest {ratios[slowest]:.1f} ({slowest}).")


def main():
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=list(GROUPS))
    parser.add_argument("--tasks", nargs="+", help="some tasks of the groups")
    parser.add_argument("--forms", nargs="+", help="instead of the usual ones")
    parser.add_argument("--without", nargs="+", default=[], help="forms that are left out")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(200, 205)))
    parser.add_argument("--results", type=Path, help="JSON file that keeps the results")
    parser.add_argument("--before", type=Path, help="results of another version")
    options = parser.parse_args()
    before = json.loads(options.before.read_text(encoding="utf-8")) if options.before else {}
    done = run(options)
    print(f"{machine()}, {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(f"Seeds {options.seeds}. Mean accuracy or r2 in % (smallest), processor time of a fit.")
    report(done, before, options.forms)


if __name__ == "__main__":
    main()
