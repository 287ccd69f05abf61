"""Training with augmentation and without."""

from ..cases import Case
from ..report import Goal, Section, compared, ratio
from ..session import Entrant
from .temporal import delayed, recurrent
from .training import SAMPLES

CASES = {"sparse": Case(SAMPLES, 20, 128, 250, 0.03), "many": Case(SAMPLES, 700, 128, 100, 0.01)}
ENTRANTS = [
    Entrant("plain", "skspike"), Entrant("augmented", "skspike", {"amount": 0.1}, same=False)]
BOUND = 1.2
TEXT = f"""One epoch of {SAMPLES} samples in mini-batches of 128, as in the section "Networks with
delays or recurrence", but without dropout. Both columns are skspike. "Augmented" shifts and
stretches channels and time of each sample by other amounts in every epoch."""


def run(session):
    """Measure, and return a section."""
    arrays, names = {}, {}
    for make in (delayed, recurrent):
        for name, case in CASES.items():
            key = f"{make.__name__}, {name}"
            arrays[key], names[key] = (lambda make=make, case=case: make(case)), f"{key}: {case}"
    results = session.contest("augmented", arrays, ENTRANTS)
    goals = [
        Goal.at_most(
            f"augmentation, {key}: augmented / plain", BOUND,
            ratio(measures, "augmented", "plain"))
        for key, measures in results.items()]
    return Section("Augmentation", TEXT, *compared(results, ENTRANTS, names), goals)
