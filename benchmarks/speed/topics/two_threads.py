"""All packages with two threads, and what more cores would bring by Amdahl's law."""

from ..cases import CASES, network
from ..report import Section, milliseconds
from ..session import Entrant
from .forward import TORCH
from .recurrent import arrays as recurrent
from .training import SAMPLES

MORE = (4, 8, 16)
PEERS = [
    *(Entrant(name, name) for name in (*TORCH, "spyx")), Entrant("torch loop", "torch_scan"),
    Entrant("JAX scan", "jax_scan")]
LOOPS = [entrant for entrant in PEERS if entrant.label in ("torch loop", "JAX scan")]
CASES_OF = {
    "forward": {
        **{name: (network, CASES[name], PEERS) for name in "ABC"},
        "C, recurrent": (recurrent, CASES["C"], LOOPS)},
    "training": {
        **{name: (network, CASES[name]._replace(batch=SAMPLES), PEERS) for name in "ABC"},
        "C, recurrent": (recurrent, CASES["C"]._replace(batch=256), LOOPS)}}
HEADER = [
    "case", "package", "1 thread, ms", "2 threads, ms", "speed-up", "/ skspike",
    *(f"{n} cores, ms" for n in MORE)]
TEXT = """The sections above give each package one core. This section gives each of them two threads
and two cores, which is what torch and JAX use by default on a machine with two cores. skspike runs
with `n_jobs=2`. "/ skspike" is the time with two threads divided by that of skspike. The last
columns are no measurements: they extend the two times to more cores by Amdahl's law, which divides
the time into a serial part and a part that all cores share. Recurrent layers are compared with the
loops in torch and JAX, as in the section "Recurrent layers"."""


def amdahl(one, two, n_cores):
    """Return the modelled time on some cores, from the times on one core and on two.

    The parallel part is at least 0 and at most the whole time.
    """
    parallel = min(max(2 * (one - two), 0.0), one)
    return one - parallel + parallel / n_cores


def run(session, cases=None):
    """Measure, and return a section."""
    rows = []
    for topic, sizes in (cases or CASES_OF).items():
        for name, (make, case, peers) in sizes.items():
            times = {
                n: measured(session, topic, name, lambda make=make, case=case: make(case), peers, n)
                for n in (1, 2)}
            for label in times[1]:
                if label in times[2]:
                    one, two = times[1][label], times[2][label]
                    rows.append(
                        [
                            f"{topic}, {name}: {case}", label, milliseconds(one),
                            milliseconds(two), f"{one / two:.2f}×",
                            f"{two / times[2]['skspike']:.2f}" if "skspike" in times[2] else "–",
                            *(milliseconds(amdahl(one, two, n)) for n in MORE)])
    return Section("Two threads", TEXT, HEADER, rows)


def measured(session, topic, name, arrays, peers, threads):
    """Return the median seconds of each package, by its label."""
    own = Entrant("skspike", "skspike", {"n_jobs": threads})
    results = session.contest(topic, {name: arrays}, [own, *peers], threads=threads)
    return {label: measure.seconds for label, measure in results[name].items()}
