"""What learning intrinsics adds, on timed trains and on controls: the mean over seeds, its spread, and nothing tuned on test data.

For every task, neuron and seed, fixed and learned intrinsics each choose hidden size and learning rate on a validation part, out of
the same grid; the choice is tested once. "Gain" is the mean paired difference, with its standard error. In the controls, intrinsics
have nothing to add: rates and order statistics that a neuron of 20 ms reads as well.

    python benchmarks/intrinsics.py > intrinsics.md
"""

import argparse
import itertools

import numpy as np
from _report import machine, progress, table, versions
from joblib import Parallel, delayed

from skspike import SNNClassifier, datasets
from skspike.learning import STDP

TASKS = ("order", "telegraph", "am")
CONTROLS = ("poisson", "markov", "gamma")
GRID = tuple(itertools.product((16, 64), (3e-3, 1e-2)))
N_TRAIN, N_VALID, N_TEST = 500, 300, 1000
# Competition spreads the input over neurons; each can find its own time constants only where it hears enough of it.
FISHER = STDP(intrinsics="fisher", inhibition=0.0, theta_plus=0.0)


def best(task, seed, learn, grid, **parameters):
    """Return the test accuracy of the grid point that is best on the validation part."""
    X, y = getattr(datasets, f"make_{task}")(N_TRAIN + N_VALID + N_TEST, random_state=seed)
    train, valid, test = np.split(np.arange(len(y)), (N_TRAIN, N_TRAIN + N_VALID))
    chosen = (-1.0, None)
    for size, rate in grid:
        model = SNNClassifier(size, learning_rate=rate, learn_intrinsic=learn, random_state=seed, **parameters)
        score = model.fit(X[train], y[train]).score(X[valid], y[valid])
        if score > chosen[0]:
            chosen = score, model.score(X[test], y[test])
    progress(f"{task} {parameters} seed {seed}, learn_intrinsic={learn}: {chosen[1]:.3f}")
    return chosen[1]


def comparison(name, task, seeds, n_jobs, grid=GRID, **parameters):
    """Return a row: task, what learns, fixed, learned, and the gain."""
    jobs = (delayed(best)(task, seed, learn, grid, **parameters) for learn in (False, True) for seed in seeds)
    fixed, learned = 100 * np.array(Parallel(n_jobs)(jobs)).reshape(2, -1)
    gain = learned - fixed
    spread = [f"{x.mean():.1f} ± {x.std(ddof=1):.1f}" for x in (fixed, learned)]
    return [task, name, *spread, f"{gain.mean():+.1f} (s.e. {gain.std(ddof=1) / np.sqrt(len(gain)):.1f})"]


def main():
    """Run all comparisons and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="two at least")
    parser.add_argument("--n-jobs", type=int, default=1)
    options = parser.parse_args()
    seeds, n_jobs = options.seeds, options.n_jobs
    rows = [comparison("Tempotron, LIF", "sync", seeds, n_jobs, [(16, 0.03), (64, 0.03)], rule="tempotron")]
    rows.append(comparison("STDP and Fisher climb, LIF", "telegraph", seeds, n_jobs, [(16, None), (64, None)], rule=FISHER, max_iter=5))
    for task, neuron in itertools.product((*TASKS, *CONTROLS), ("lif", "meta")):
        rows.append(comparison(f"surrogate gradient, {neuron}", task, seeds, n_jobs, neuron=neuron))
    print(f"{machine()}; {versions('skspike', 'scikit-learn', 'numpy', 'numba')}.")
    print(f"{N_TRAIN} training, {N_VALID} validation and {N_TEST} test trains; seeds {seeds}; accuracy in %, mean ± sd over seeds.\n")
    print(table(["task", "learns", "intrinsics fixed", "learned", "gain"], rows))


if __name__ == "__main__":
    main()
