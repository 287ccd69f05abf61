"""Time per sample of the Tempotron and STDP."""

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
TEXT = f"""Milliseconds per sample, for {SAMPLES} samples. Tempotron: 64 inputs, 2 neurons, 100
steps, p = 0.1, one epoch in mini-batches of 32, compared with the event solver of spikingjelly.
STDP: 784 inputs, 100 neurons, 100 steps, p = 0.05, with inhibition, compared with bindsnet's
network after Diehl and Cook and with spikingjelly's learner, which has no inhibition. Only skspike
and bindsnet "one by one" update after each sample."""


def arrays(case):
    """Return the arrays of a network, and its number of neurons."""
    return {**network(case), "hidden": case.hidden}


def run(session):
    """Measure, and return a section."""
    rows, measured = [], []
    header = ["rule", "skspike, ms", "other", "other, ms (ratio)", "processor s per s"]
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
                "tempotron: spikingjelly's event solver / skspike", 10,
                ratio(tempotron, "spikingjelly", "skspike")),
            Goal.at_least(
                "STDP: bindsnet, one by one / skspike", 30,
                ratio(stdp, "bindsnet, one by one", "skspike")),
            Goal.at_least(
                "STDP: spikingjelly in batches / skspike", 3,
                ratio(stdp, "spikingjelly, batches of 32", "skspike"))])
    return Section("Tempotron and STDP", TEXT, header, rows, found)
