"""Compare models of a target at each step, and detectors of events in recordings.

"reach", "place" and "interval" are values at each step of one recording. Its first 70 % are for
training, and the rest, after a gap of 2 s (1 s of "interval"), for the test. The score is the mean
r2 of the outputs over all steps after the first 400. "directions" are classes at each step of
"reach", and the score is the balanced accuracy. "heading" and "gait" were written before anything
was chosen. `endless_data` describes the tasks.

"network" is `SNNRegressor`, `SNNClassifier` with ``readout="leaky"`` or `EventDetector` at its
defaults. "random neurons" have ``rule=None``, and for events 500 neurons. `endless_peers` describes
the other models. The Wiener filter chooses its bins, the Kalman filter its lag, and the echo state
network its smoothing, on training data. The GRU has one setting. Its widths of bins, and the
numbers of its updates, were chosen on the test parts of the seeds 100 and 101.

All detectors are `EventDetector` with another classifier of steps, so that all have the same
high-pass filter, copies of signals, smoothing and way to choose the threshold, on the same folds.
"F1, 20/h", "recall, 20/h", "false/h", "time" and "before the end" are at the default threshold,
which wants at most 20 false alarms per hour, and "F1" at the threshold with the highest F1 on the
folds. "False/h at 90 %" and "recall at 10/h" are points of the curve of the test: the lowest rate
of false alarms at a recall of 90 %, and the highest recall with at most 10 false alarms per hour.
"Time" is the median time from the onset to the decision, and "before the end" from the decision to
the offset. "Kept" counts the seeds in which there are at most 20 false alarms per hour on the test.

"fit" is the processor time in seconds, of one core. "µs" is that of a prediction, per step. The
spread is the standard error over seeds. Results are kept in a file, so that an interrupted run
continues.

    python benchmarks/endless.py --results endless.json > endless.md
    python benchmarks/endless.py --results endless.json --tasks reach --models network --seeds 10
"""

import argparse
import importlib.util
import json
import time
import warnings
from pathlib import Path

import endless_data
import endless_peers as peers
import numpy as np
from _report import machine, progress, table, versions
from sklearn.metrics import balanced_accuracy_score

from skspike import EventDetector, SNNClassifier, SNNRegressor
from skspike._meta._event_decisions import decided
from skspike.metrics import event_scores, step_r2
from skspike.simulation import Leaky

SEEDS = range(10, 15)
FEW_SEEDS = range(10, 13)  # of a GRU, and of other detectors than the default, which take long
SKIPPED = 400  # steps at the beginning of the test
WANTED, RECALL = 20.0, 0.9
# thresholds of the test, close to the largest margin of 8 too
LEVELS = np.concatenate([np.linspace(-6, 7.9, 80), 8 - np.geomspace(0.09, 1e-4, 20)])
TOLERANCE = {"gestures": 500.0, "patterns": 100.0}  # ms
VALUES = "reach", "place", "interval", "heading", "gait"
EVENTS = "gestures", "patterns"
TASKS = *VALUES, "directions", *EVENTS
WIDTHS = {"interval": 4.0, "heading": 20.0, "gait": 20.0, "gestures": 20.0, "patterns": 4.0}
UPDATES = {"reach": 200, "place": 200, "directions": 200, "interval": 800}  # of the GRU
WINDOWS = {"gestures": {"length": 1500.0, "hop": 200.0}, "patterns": {"length": 200.0, "hop": 10.0}}
BINS = {"patterns": (10, 20, 0.01), "gestures": (100, 15, 0.01)}  # of logistic regression


def gru(task, dt, seed):
    """Return a GRU."""
    return peers.GRU(
        width=WIDTHS.get(task, 25.0), n_updates=UPDATES.get(task, 400), dt=dt, random_state=seed)


def logistic(task, dt, seed):
    """Return a logistic regression on lagged bins."""
    width, n_lags, C = BINS.get(task, (50, 6, 0.003))
    return peers.LaggedLogistic(width, n_lags, C, dt=dt)


def detector(estimator=None, **settings):
    """Return a function of a task, dt and a seed that returns a detector."""
    def make(task, dt, seed):
        inner = estimator and estimator(task, dt, seed)
        return EventDetector(
            inner, tolerance=TOLERANCE[task], dt=dt, random_state=seed, **settings)
    return make


def values(**settings):
    """Return a function of a task, dt and a seed that returns a regressor."""
    return lambda task, dt, seed: SNNRegressor(**settings, dt=dt, random_state=seed)


def classes(**settings):
    """Return a function of a task, dt and a seed that returns a classifier."""
    return lambda task, dt, seed: SNNClassifier(
        **settings, readout="leaky", dt=dt, random_state=seed)


# functions of the task, the length of a step and the seed
OF_VALUES = {
    "Wiener": lambda task, dt, seed: peers.Wiener(dt=dt),
    "Kalman": lambda task, dt, seed: peers.Kalman(width=10 if task == "interval" else 50, dt=dt),
    "echo state": lambda task, dt, seed: peers.EchoState(dt=dt, random_state=seed),
    "GRU": gru,
    "random neurons": values(rule=None, hidden_layer_sizes=300),
    "network": values(),
    "network, recurrent": values(recurrent=True),  # of "interval"
    "SE-adLIF, recurrent": values(recurrent=True, neuron="se_adlif"),
}
OF_CLASSES = {
    "logistic": logistic, "GRU": gru, "network": classes()}
OF_EVENTS = {
    "forest": detector(lambda task, dt, seed: peers.forest(dt, seed, **WINDOWS[task])),
    "logistic": detector(logistic),
    "MiniRocket": detector(lambda task, dt, seed: peers.minirocket(dt, seed, **WINDOWS[task])),
    "GRU": detector(gru),
    "random neurons": detector(lambda task, dt, seed: SNNClassifier(
        500, rule=None, readout=Leaky((5 * dt, 20 * dt)), dt=dt)),
    "network, no copies": detector(augment=None),
    "network": detector(),
}
NEEDS = {"GRU": "torch", "MiniRocket": "aeon"}
MODELS = dict.fromkeys([*OF_VALUES, *OF_CLASSES, *OF_EVENTS])


def models_of(task):
    """Return the models of a task by name."""
    found = OF_EVENTS if task in EVENTS else OF_CLASSES if task == "directions" else OF_VALUES
    skipped = {
        "patterns": ("network, no copies", "MiniRocket", "forest", "GRU"), "interval": ()}.get(
        task, ("network, recurrent", "SE-adLIF, recurrent"))
    return {name: make for name, make in found.items() if name not in skipped}


def spent(call, *arguments):
    """Return the result of a call and its processor time in seconds."""
    start = time.process_time()
    return call(*arguments), time.process_time() - start


def measure(task, model, seed):
    """Return the results of a model by name."""
    if task in EVENTS:
        return detections(task, model, seed)
    x, y, dt = getattr(endless_data, "reach" if task == "directions" else task)(seed)
    if task == "directions":
        y = endless_data.directions(y)
    stop = int(0.7 * x.shape[1])
    start = stop + round((1000 if task == "interval" else 2000) / dt)
    estimator = models_of(task)[model](task, dt, seed)
    _, fit = spent(estimator.fit, [x[:, :stop]], [y[..., :stop]])
    estimator.predict([x[:, :SKIPPED]])  # compiles what is left
    (found,), predict = spent(estimator.predict, [x[:, start:]])
    wanted, found = y[..., start + SKIPPED:], found[..., SKIPPED:]
    score = (
        balanced_accuracy_score(wanted, found) if task == "directions"
        else step_r2([wanted], [found]))
    return {"score": float(score), "fit": fit, "µs": 1e6 * predict / (x.shape[1] - start)}


def detections(task, model, seed):
    """Return the results of a detector by name."""
    ((X, events), (X_test, events_test)), dt = getattr(endless_data, task)(seed)
    found = models_of(task)[model](task, dt, seed)
    _, fit = spent(found.fit, X, events)
    margins, predict = spent(found.decision_function, X_test)
    n_steps = sum(x.shape[1] for x in X_test)

    def scores(threshold, release):
        decisions = []
        for one in margins:
            which = decided(one, threshold, release, found._refractory)
            (steps,) = np.nonzero(which >= 0)
            decisions.append([
                ((step + 1) * dt, found.classes_[which[step]]) for step in steps.tolist()])
        return event_scores(
            events_test, decisions, tolerance=TOLERANCE[task], duration=n_steps * dt)

    rest = 2 * found.release_ - found.threshold_  # the margin of the background
    n_events = sum(map(len, events))
    hours = sum(x.shape[1] for x in X) * dt / endless_data.HOUR
    right, false = found.recalls_ * n_events, found.false_alarms_ * hours
    best = found.thresholds_[np.argmax(2 * right / (n_events + right + false))]
    levels = [scores(threshold, (threshold + rest) / 2) for threshold in LEVELS]
    reached = [one.false_alarms_per_hour for one in levels if one.recall >= RECALL]
    ready = [one.recall for one in levels if one.false_alarms_per_hour <= 10]
    at_goal, at_best = scores(found.threshold_, found.release_), scores(best, (best + rest) / 2)
    return {
        "score": at_best.f1, "fit": fit, "µs": 1e6 * predict / n_steps, "goal": at_goal.f1,
        "recall": at_goal.recall, "false": at_goal.false_alarms_per_hour,
        "at recall": min(reached, default=np.inf), "at 10": max(ready, default=0.0),
        "time": at_goal.latency_from_onset, "end": at_goal.latency_from_offset}


def run(options):
    """Return all measurements by task, model and seed, and keep them in the file."""
    path = options.results
    done = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = {name for name in set(NEEDS.values()) if importlib.util.find_spec(name) is None}
    for name in sorted(missing):
        progress(f"{name} is not installed, so its models are skipped.")
    for seed in options.seeds:
        for task in options.tasks:
            for model in models_of(task):
                kept = done.setdefault(task, {}).setdefault(model, {})
                if model not in options.models or NEEDS.get(model) in missing or str(seed) in kept:
                    continue
                is_default = task in EVENTS and model == "network"
                is_slow = model == "GRU" or (task in EVENTS and not is_default)
                wanted = FEW_SEEDS if is_slow else SEEDS
                if seed not in wanted:
                    continue
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    kept[str(seed)] = measure(task, model, seed)
                progress(task, model, seed, kept[str(seed)])
                path.write_text(json.dumps(done), encoding="utf-8")
    return done


def column(rows, name, digits=3):
    """Return the mean and the standard error of some results as text."""
    found = np.array([row[name] for row in rows])
    if len(found) == 0:
        return ""
    error = found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else 0.0
    return f"{found.mean():.{digits}f} ± {error:.{digits}f}"


def of_seeds(done, task, model):
    """Return the results of a model on the seeds of the tables."""
    kept = done.get(task, {}).get(model, {})
    return [kept[str(seed)] for seed in SEEDS if str(seed) in kept]


def report(done):
    """Print tables of scores, differences, costs, and of events."""
    tasks = [task for task in (*VALUES, "directions") if task in done]
    names = [name for name in {**OF_VALUES, **OF_CLASSES} if any(
        of_seeds(done, task, name) for task in tasks)]
    print(table(["model", *tasks], [
        [name, *(column(of_seeds(done, task, name), "score") for task in tasks)]
        for name in names]))
    print("\nThe network minus other models: mean, and lowest of all seeds.\n")
    others = [name for name in names if not name.startswith(("network", "SE-", "random"))]
    print(table(["model", *tasks], [
        [name, *(difference(done, task, name) for task in tasks)] for name in others]))
    print("\nSeconds of a fit, and µs of a prediction per step.\n")
    print(table(["model", *tasks], [[name, *(cost(done, task, name) for task in tasks)]
                                    for name in names]))
    for task in EVENTS:
        if task in done:
            print(f"\n{task.capitalize()}.\n")
            print(table([
                "model", "F1", "F1, 20/h", "recall, 20/h", "false/h", "false/h at 90 %",
                "recall at 10/h", "time, ms", "before the end, ms", "fit, s", "µs"],
                [events_row(name, of_seeds(done, task, name)) for name in models_of(task)
                 if of_seeds(done, task, name)]))
            rates = [one["false"] for one in done[task].get("network", {}).values()]
            print(f"\nKept: {sum(rate <= WANTED for rate in rates)} of {len(rates)} seeds.")


def events_row(name, rows):
    """Return a row of the table of events."""
    return [
        name, column(rows, "score"), column(rows, "goal"), column(rows, "recall"),
        column(rows, "false", 1), column(rows, "at recall", 1), column(rows, "at 10"),
        column(rows, "time", 0), f"{-np.mean([row['end'] for row in rows]):.0f}",
        f"{np.mean([row['fit'] for row in rows]):.0f}",
        f"{np.mean([row['µs'] for row in rows]):.2g}"]


def difference(done, task, name):
    """Return the mean and the lowest difference of the network from a model, as text."""
    kept, own = (done[task].get(model, {}) for model in (name, "network"))
    found = [
        own[seed]["score"] - kept[seed]["score"] for seed in map(str, SEEDS)
        if seed in kept and seed in own]
    return f"{np.mean(found):+.3f}, {min(found):+.3f}" if found else ""


def cost(done, task, name):
    """Return the processor time of a fit and of a step, as text."""
    rows = of_seeds(done, task, name)
    return ", ".join(
        f"{np.mean([row[part] for row in rows]):.2g}" for part in ("fit", "µs")) if rows else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("endless.json"))
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--models", nargs="+", default=[*MODELS], choices=MODELS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    arguments = parser.parse_args()
    measured = run(arguments)
    packages = "skspike", "scikit-learn", "numpy", "numba", "aeon", "torch"
    print(f"{machine()}, {versions(*packages)}\n")
    report(measured)
