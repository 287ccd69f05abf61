"""Forward pass and training of a recurrent layer."""

import numpy as np

from ..cases import CASES, network
from ..report import Goal, Section, compared, ratio
from ..session import Entrant

SAMPLES, SHARE = 64, 0.3
ENTRANTS = [
    Entrant("skspike", "skspike"), Entrant("torch loop", "torch_scan"),
    Entrant("JAX scan", "jax_scan")]
BOUNDS = {
    "forward": {"torch loop": 12, "JAX scan": 12}, "training": {"torch loop": 8, "JAX scan": 8}}
TEXT = f"""Case C with recurrent weights of standard deviation {SHARE} / √hidden. Forward:
`transform` with the same weights. Training: one epoch of {SAMPLES} samples in mini-batches of 128,
as above, with learned recurrent weights."""


def arrays(case):
    """Return the arrays of a network with recurrent weights."""
    scale = SHARE / np.sqrt(case.hidden)
    return {
        **network(case),
        "recurrent": np.random.default_rng(7).normal(
            0, scale, (case.hidden,) * 2).astype(np.float32)}


def run(session):
    """Measure, and return a section."""
    cases = {"forward": CASES["C"], "training": CASES["C"]._replace(batch=SAMPLES)}
    results = {}
    for topic, case in cases.items():
        tolerance = 1e-2 if topic == "forward" else None
        results |= session.contest(
            topic, {topic: lambda case=case: arrays(case)}, ENTRANTS, tolerance=tolerance)
    names = {topic: f"{topic}: {case}" for topic, case in cases.items()}
    goals = [
        Goal.at_least(
            f"recurrent, {topic}: {peer} / skspike", bound,
            ratio(results[topic], peer, "skspike"))
        for topic, bounds in BOUNDS.items() for peer, bound in bounds.items()]
    return Section("Recurrent layers", TEXT, *compared(results, ENTRANTS, names), goals)
