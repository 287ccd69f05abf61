"""The claims of the paper as numerical goals, their results, and remarks on missing gains."""

import itertools
from typing import NamedTuple

import numpy as np

from .accuracy import CONTROLS, MORE, STDP_ALONE, STDP_CLIMB, SURROGATE, TEMPOTRON, TIMED
from .complexity import LDA, MEAN, RELATIVE, TASKS as LZC_TASKS
from .cost import DATA, MLP, PEER
from .summary import difference, gain, listed, mean, select, values

LIF, META = SURROGATE
SHORT = {LIF: "LIF", META: "meta-neuron"}
GOALS = {LIF: 13.5, META: 8.5}
TUNED_GOAL, CONTROL_BOUND = 5.0, 2.0
STRONGER = {
    "strong": "larger initial weights and longer training",
    "tuned": "one tuned time constant",
    "spread": "fixed spread time constants",
}


RAW_MARKOV = "LZC against counts of raw Markov trains of equal rate"
MEDIAN = "median latency of one sample, whole pipeline"
CONTROL = "controls: no gain"
MAIN = (  # claims in the summary of the page
    f"{SHORT[LIF]}: learned intrinsics against size and learning rate",
    f"{SHORT[META]}: learned intrinsics against size and learning rate", CONTROL, RAW_MARKOV,
    MEDIAN)


class Claim(NamedTuple):
    """A claim, its goal, the result, and whether it holds (None: not run)."""

    name: str
    goal: str
    found: str
    holds: bool | None


def claims(rows):
    """Return every claim."""
    return [*_gains(rows), _controls(rows), *_complexity(rows), _latency(rows), *_theory(rows)]


def _gains(rows):
    for method, goal in GOALS.items():
        yield _some(rows, method, "fixed", "size and learning rate", goal, 2)
    for method in GOALS:
        yield _some(rows, method, "tuned", "one tuned time constant", TUNED_GOAL, 1)


def _some(rows, method, against, words, goal, n_tasks):
    gains = {task: gain(rows, task, method, against) for task in TIMED}
    gains = {task: found for task, found in gains.items() if found}
    reached = sum(found.mean >= goal for found in gains.values())
    where = f"at least {goal:g} points on {n_tasks} task{'s' * (n_tasks > 1)}"
    found = ", ".join(f"{task} {found.mean:+.1f}" for task, found in gains.items())
    return Claim(
        f"{SHORT[method]}: learned intrinsics against {words}", where,
        f"{found} points" if gains else "",
        reached >= n_tasks if gains else None)


def control_gains(rows, tasks=CONTROLS):
    """Return the gains on the controls, by task and method."""
    found = {
        (task, method): gain(rows, task, method, "fixed") for method in SURROGATE for task in tasks}
    return {key: value for key, value in found.items() if value}


def _within(found):
    return abs(found.mean) <= max(CONTROL_BOUND, 2 * np.nan_to_num(found.error))


def _controls(rows):
    gains = control_gains(rows)
    beyond = [
        f"{task} ({SHORT[method]}) {found}"
        for (task, method), found in gains.items() if not _within(found)]
    words = f"{len(gains) - len(beyond)} of {len(gains)} within" + (
        f", outside: {listed(beyond)}" if beyond else "")
    goal = f"within ± {CONTROL_BOUND:g} points or two standard errors"
    return Claim(
        CONTROL, goal, words if gains else "", not beyond if gains else None)


def _complexity(rows):
    for readout in (f"LZC, {MEAN}", f"LZC, {LDA}"):
        found = mean(values(rows, "network", readout, table=2, task="poisson"))
        yield _goal(
            f"SNN-LZC on rates of 20 and 35 Hz ({readout.split(', ')[1]})", "at least 99.5 %",
            found, "{:.2f} %", 99.5)
    found = difference(
        *(
            values(rows, "raw", f"{name}, {LDA}", table=2, task="markov")
            for name in ("LZC", "counts")))
    yield _goal(
        RAW_MARKOV, "at least 25 points", found and found.mean, "{:+.1f} points", 25)
    for task in ("markov", "gamma"):
        yield _goal(
            f"LZC relative to each class, of raw {task} trains of equal rate", "at least 99 %",
            mean(values(rows, "raw", RELATIVE, table=2, task=task)), "{:.1f} %", 99)
    both, perceptron = (
        values(rows, "network", name, table=2, task="mnist")
        for name in (f"LZC and counts, {LDA}", "MLP"))
    found = difference(both, perceptron)
    form = f"{{:+.2f}} over {len(both)} pairs"
    yield _goal(
        "SNN-LZC with counts against an MLP, pairs of digits", "at most 0.5 points lower",
        found and found.mean, form, -0.5)


def _goal(name, goal, found, form, least):
    return Claim(
        name, goal, "" if found is None else form.format(found),
        None if found is None else found >= least)


def _latency(rows):
    own = [row["results"] for row in select(rows, table=3) if row["method"] not in (MLP, PEER)]
    medians = [times["median"] for times in own]
    last = max((times["p99"] for times in own), default=0)
    found = (
        f"{min(medians):.2f} to {max(medians):.2f} ms for {len(own)} pipelines, 99th percentile at "
        f"most {last:.2f} ms"
        if own else "")
    return Claim(
        MEDIAN, "below 1 ms", found, max(medians) < 1 if medians else None)


def _theory(rows):
    inclusion = [row["results"] for row in select(rows, table=4, task="inclusion")]
    holds = inclusion and all(
        r["below"] and not r["above"] and 7.30 < r["switch"] < 7.36 for r in inclusion)
    found = ", ".join(f"{r['switch']:.3f} ms (theory: {r['predicted']:.3f})" for r in inclusion)
    yield Claim(
        "strict inclusion: largest τ with a separable task", "between 7.30 and 7.36 ms", found,
        holds if inclusion else None)
    nesting = [row["results"] for row in select(rows, table=4, task="nesting")]
    worse = sum(
        r[name] > r["fixed"] * (1 + 1e-9) for r in nesting for name in ("learned", "ruined"))
    yield _none(
        "nesting: learned intrinsics have a larger training loss", worse, 2 * len(nesting),
        "fits")
    descent = [row["results"] for row in select(rows, table=4, task="descent")]
    steps = sum(r["steps"] for r in descent)
    for name, key in (
        ("descent: the loss increases", "increases"),
        ("descent: the loss falls by less than the bound", "insufficient"),
        ("stationarity: the smallest gradient exceeds its bound", "beyond bound"),
    ):
        yield _none(name, sum(r[key] for r in descent), steps, "steps")


def _none(name, count, total, unit):
    return Claim(
        name, "never", f"{count} of {total} {unit}" if total else "", count == 0 if total else None)


def remarks(rows):
    """Return sentences on small or missing gains."""
    return [
        sentence
        for part in (_no_gain, _little_left, _control_words, _other_rules, _beside_counts, _energy)
        for sentence in part(rows)]


def _no_gain(rows):
    for method in SURROGATE:
        for task in TIMED:
            found = gain(rows, task, method, "fixed")
            if found and not found.clear():
                yield (
                    f"On {task}, learned intrinsics have no significant gain for the "
                    f"{SHORT[method]}: {found}.")


def _little_left(rows):
    for (against, words), method in itertools.product(STRONGER.items(), SURROGATE):
        gains = {task: gain(rows, task, method, against) for task in TIMED}
        small = [
            f"{task} {found}" for task, found in gains.items() if found and found.mean < TUNED_GOAL]
        if small:
            yield (
                f"Compared with {words}, the {SHORT[method]} gains less than {TUNED_GOAL:g} "
                f"points on {listed(small)}.")


def _control_words(rows):
    gains = control_gains(rows)
    if gains:
        lowest, highest = min(g.mean for g in gains.values()), max(g.mean for g in gains.values())
        yield (
            "On the controls, where time scales carry no information, the gains are between "
            f"{lowest:+.1f} and {highest:+.1f} points.")
    for (_, method), found in control_gains(rows, (MORE,)).items():
        first = gain(rows, "poisson", method, "fixed")
        if first:
            yield (
                f"On the control poisson, the gain of the {SHORT[method]} is {first}, and {found} "
                f"with {found.n} other seeds.")


def _other_rules(rows):
    for method in (TEMPOTRON, STDP_ALONE, STDP_CLIMB):
        gains = {task: gain(rows, task, method, "fixed") for task in TIMED}
        none = [f"{task} {found}" for task, found in gains.items() if found and not found.clear()]
        if none:
            yield f"{method}: no significant gain on {listed(none)}."


def _beside_counts(rows):
    found = {}
    for task in (*LZC_TASKS, "mnist", "breast cancer"):
        pair = [
            values(rows, "network", f"{name}, {LDA}", table=2, task=task)
            for name in ("LZC", "counts")]
        found[task] = difference(*pair)
    found = {task: value for task, value in found.items() if value}
    if found:
        numbers = listed(f"{task} {value}" for task, value in found.items())
        more = [task for task, value in found.items() if value.clear()]
        verdict = (
            f"Complexity is significantly better only on {listed(more)}." if more
            else "Complexity is nowhere significantly better.")
        yield (
            "For spikes of a trained network, the difference between complexity and counts "
            f"({LDA}) is {numbers}. {verdict}")


def _energy(rows):
    for task in DATA:
        own = {
            row["variant"]: row["results"]["energy"]
            for row in select(rows, table=3, task=task, method="SNNClassifier")}
        other = [row["results"]["energy"] for row in select(rows, table=3, task=task, method=MLP)]
        if own and other:
            ratios = listed(
                f"{energy / other[0]:.1f} times at {steps}" for steps, energy in own.items())
            yield (
                f"The estimated energy of SNNClassifier on {task}, relative to an MLP of the same "
                f"size, is {ratios}.")
