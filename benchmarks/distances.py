"""Compare the distances of spike trains with other packages: processor time and values.

All pairs of 500 Poisson trains of one channel and 100 steps, at 40 and 60 Hz. "ms" is the median of
five runs of the processor time. elephant and spikedist compute fewer trains, and their time is
multiplied by the ratio of the numbers of pairs. "largest difference" is between the values. The
table leaves out packages that are not installed:

    pip install elephant pyspike pymuvr spikedist
    python benchmarks/distances.py > distances.md
"""

import importlib
import time

import numpy as np
from _report import machine, progress, table, versions

from skspike.datasets import make_poisson
from skspike.trains import isi_distance, spike_distance, van_rossum, victor_purpura

N_TRAINS, N_STEPS, N_SLOW = 500, 100, 60
TAU, COST = 10.0, 0.1
PACKAGES = "elephant", "pyspike", "pymuvr", "spikedist"
OURS = {
    "van Rossum": lambda X: van_rossum(X, tau=TAU),
    "Victor-Purpura": lambda X: victor_purpura(X, cost=COST), "ISI-distance": isi_distance,
    "SPIKE-distance": spike_distance}


def elephant_trains(times):
    """Return trains for elephant, and its module of distances."""
    import neo

    module = importlib.import_module("elephant.spike_train_dissimilarity")
    return [neo.SpikeTrain(t, units="ms", t_stop=N_STEPS) for t in times], module


def elephant_van_rossum(times):
    """Return a function that computes all distances."""
    import quantities

    trains, module = elephant_trains(times)
    return lambda: module.van_rossum_distance(trains, TAU * quantities.ms, sort=False)


def elephant_victor_purpura(times):
    """Return a function that computes all distances."""
    import quantities

    trains, module = elephant_trains(times)
    return lambda: module.victor_purpura_distance(trains, COST / quantities.ms, sort=False)


def pymuvr_van_rossum(times):
    """Return a function that computes all distances."""
    import pymuvr

    trains = [[t.tolist()] for t in times]
    return lambda: np.array(pymuvr.square_dissimilarity_matrix(trains, 0.0, TAU, "distance"))


def spikedist_victor_purpura(times):
    """Return a function that computes all distances, each pair once."""
    import spikedist

    trains = [t.tolist() for t in times]

    def compute():
        result = np.zeros((len(trains), len(trains)))
        for i, first in enumerate(trains):
            for j in range(i):
                result[i, j] = spikedist.victor_purpura(first, trains[j], cost=COST)
        return result + result.T

    return compute


def pyspike_matrix(name):
    """Return a function of spike times that returns a function that computes all distances."""

    def prepare(times):
        import pyspike

        trains = [pyspike.SpikeTrain(t, float(N_STEPS)) for t in times]
        return lambda: getattr(pyspike, f"{name}_distance_matrix")(trains)

    return prepare


# (distance, package, number of trains, function)
PEERS = [
    ("van Rossum", "elephant", N_SLOW, elephant_van_rossum),
    ("van Rossum", "pymuvr", N_TRAINS, pymuvr_van_rossum),
    ("Victor-Purpura", "elephant", N_SLOW, elephant_victor_purpura),
    ("Victor-Purpura", "spikedist", N_SLOW, spikedist_victor_purpura),
    ("ISI-distance", "pyspike", N_TRAINS, pyspike_matrix("isi")),
    ("SPIKE-distance", "pyspike", N_TRAINS, pyspike_matrix("spike"))]


def measured(compute, n_runs=5):
    """Return the median processor time in ms, and the result."""
    found, result = [], None
    for _ in range(n_runs):
        start = time.process_time()
        result = compute()
        found.append(time.process_time() - start)
    return 1000 * float(np.median(found)), result


def rows_of_distances():
    """Return the header and the rows of the table."""
    X, _ = make_poisson(N_TRAINS, 1, N_STEPS, rates=(40.0, 60.0), random_state=0)
    times = [np.flatnonzero(x[0]).astype(float) for x in X]
    rows = []
    for distance, package, n, prepare in PEERS:
        if importlib.util.find_spec(package) is None:
            progress(f"{package} is not installed")
            continue
        compute = prepare(times[:n])
        OURS[distance](X)  # compile
        ours, values = measured(lambda distance=distance: OURS[distance](X))
        theirs, others = measured(compute, 1 if n < N_TRAINS else 5)
        theirs *= (N_TRAINS / n) ** 2
        rows.append([
            distance, f"{ours:.1f}", package, f"{theirs:,.1f}", f"{theirs / ours:,.0f}",
            f"{np.abs(others - values[:n, :n]).max():.0e}"])
        progress(*rows[-1])
    return ["distance", "ms", "package", "ms", "ratio", "largest difference"], rows


def main():
    """Print the table."""
    print(f"{machine()}, {versions('skspike', 'numba', *PACKAGES)}\n")
    print(table(*rows_of_distances()))


if __name__ == "__main__":
    main()
