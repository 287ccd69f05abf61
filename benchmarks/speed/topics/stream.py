"""Steps of a stream."""

import numpy as np

from ..cases import Case, network
from ..report import Goal, Section, load
from ..session import Entrant

STEPS = 2000
CASES = {"64-64": (Case(1, 64, 64, STEPS, 0.1), 1), "784-512": (Case(1, 784, 512, STEPS, 0.05), 5)}
ENTRANTS = [
    Entrant("feed-forward", "skspike", {"recurrent": False}),
    Entrant("recurrent", "skspike", {"recurrent": True})]
PIPELINE = [Entrant("pipeline", "skspike", {"hidden": 64})]
TEXT = """`step` of a stream in microseconds, including the call from Python, the check of the input
and a copy of the spikes. The last row is a pipeline: a `SpikeEncoder` of one analog channel, whose
four channels of spikes go into 64 neurons."""


def series():
    """Return arrays of random walks of one channel."""
    rng = np.random.default_rng(0)
    return {"series": rng.normal(size=(16, 1, STEPS)).cumsum(axis=2), "labels": np.arange(16) % 2}


def run(session):
    """Measure, and return a section."""
    results = session.contest(
        "stream", {name: (lambda case=case: network(case)) for name, (case, _) in CASES.items()},
        ENTRANTS)
    rows, goals = [], []
    for name, (case, bound) in CASES.items():
        times = [1e6 * results[name][entrant.label].seconds / STEPS for entrant in ENTRANTS]
        rows.append(
            [
                f"{name}, p = {case.rate}", *(f"{time:.2f}" for time in times),
                load(results[name].values())])
        goals.append(Goal.at_most(f"stream {name}: one step", bound, times[0], " µs"))
    measures = session.contest("stream_pipeline", {"pipeline": series}, PIPELINE)["pipeline"]
    time = 1e6 * measures["pipeline"].seconds / STEPS
    rows.append(["encoder and network, 1-64", f"{time:.2f}", "–", load(measures.values())])
    goals.append(Goal.at_most("stream of a pipeline: one step", 15, time, " µs"))
    return Section(
        "Streams", TEXT,
        ["network", *(f"{entrant.label}, µs" for entrant in ENTRANTS), "processor s per s"], rows,
        goals)
