"""Learning rules other than surrogate gradients: Tempotron and STDP, time a sample."""

from ..cases import Case, network
from ..report import Goal, Section, compared, ratio
from ..session import Entrant

SAMPLES = 256
TEMPOTRON = Case(SAMPLES, 64, 2, 100, 0.1)
STDP = Case(SAMPLES, 784, 100, 100, 0.05)
SOLVERS = [Entrant("skspike", "skspike"), Entrant("spikingjelly", "spikingjelly")]
PLASTIC = [
    Entrant("skspike", "skspike"),
    Entrant("bindsnet, one by one", "bindsnet", {"batch_size": 1}),
    Entrant("bindsnet, batches of 32", "bindsnet", {"batch_size": 32}),
    Entrant("spikingjelly, batches of 32", "spikingjelly", {"batch_size": 32}),
]
TEXT = f"""Milliseconds a sample, over {SAMPLES} samples. Tempotron: 64 inputs, 2 neurons, 100 steps, p = 0.1, an epoch in
mini-batches of 32, beside spikingjelly's event solver. STDP: 784 inputs, 100 neurons, 100 steps, p = 0.05; with inhibition, beside
bindsnet's network after Diehl and Cook, and beside spikingjelly's learner, which has none. Only bindsnet one by one and ours update
after each sample alone."""


def arrays(case):
    """Return what a network needs, and the number of its neurons."""
    return {**network(case), "hidden": case.hidden}


def run(session):
    """Measure, and return a section."""
    rows, measured = [], []
    header = ["rule", "ours, ms", "peer", "peer's, ms (times ours)", "processor s per s"]
    for topic, case, entrants in (("tempotron", TEMPOTRON, SOLVERS), ("stdp", STDP, PLASTIC)):
        results = session.contest(topic, {topic: lambda case=case: arrays(case)}, entrants)
        ((_, own, *others, load),) = compared(results, entrants, per=SAMPLES)[1]
        rows += [
            [topic, own, entrant.label, text, load]
            for entrant, text in zip(entrants[1:], others, strict=True)]
        measured.append(results[topic])
    tempotron, stdp = measured
    found = (
        [
            Goal.at_least(
                "tempotron: spikingjelly's event solver's time", 10,
                ratio(tempotron, "spikingjelly", "skspike")),
            Goal.at_least(
                "STDP: bindsnet's time, one by one", 30,
                ratio(stdp, "bindsnet, one by one", "skspike")),
            Goal.at_least(
                "STDP: spikingjelly's time in batches", 3,
                ratio(stdp, "spikingjelly, batches of 32", "skspike"))])
    return Section("Tempotron and STDP", TEXT, header, rows, found)
