"""Compare the best recipe for tasks in time with the same network in snntorch.

Accuracy, loss and fit time are compared. Both networks have 128 leaky neurons with learned decays
and thresholds, input delays of 0, 5, 10, 20 and 40 ms, counts in ten windows, dropout of 0.2 and
weight decay. Both scale the initial weights on the data, and train with Adam on mini-batches of 32,
with a learning rate that falls from 0.003 along half a cosine (skspike: intrinsics from 0.02, on
their logarithms). Both are fitted on the training and validation part of a task of `temporal.py`,
and nothing is chosen on either. Each fit runs in a separate process with one thread.

    python benchmarks/temporal_snntorch.py \
        --peer-python /path/to/venv/bin/python > temporal_snntorch.md

snntorch needs an environment with `pip install numpy torch snntorch`, which may be the present
one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _report import machine, progress, table, versions

HIDDEN, BATCH_SIZE, DELAYS = 128, 32, [0, 5, 10, 20, 40]
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def skspike_fit(X, y, epochs, seed):
    """Train, and return a function that predicts and the loss of each epoch, with penalties."""
    from skspike import SNNClassifier
    from skspike.learning import SurrogateGradient

    settings = {
        "delays": DELAYS, "readout": "windows", "alpha": 30.0, "n_iter_no_change": epochs,
        "rule": SurrogateGradient(dropout=0.2, bias=False)}
    model = SNNClassifier(
        HIDDEN, batch_size=BATCH_SIZE, max_iter=epochs, random_state=seed, **settings).fit(X, y)
    return model.predict, model.loss_curve_


def snntorch_fit(X, y, epochs, seed):
    """Train the same network in snntorch."""
    import torch
    from speed.cases import DECAY
    from speed.contestants import _torch, snntorch

    torch.manual_seed(seed)
    spikes, labels = _torch.time_first(X), torch.as_tensor(y)
    weights = torch.randn(len(DELAYS) * X.shape[1], HIDDEN)
    network = _torch.Temporal(
        snntorch.Layer(HIDDEN, learn=True), weights, DELAYS, int(labels.max()) + 1)
    with torch.no_grad():
        v, free = 0.0, []
        for current in network.currents(spikes[:, :128]):
            v = DECAY * v + current
            free.append(v)
        # membranes that never spike vary by their threshold, 1
        network.weights /= torch.stack(free).std((0, 1))
    network.standardise(spikes[:, :256])
    adam, losses = network.adam(len(labels)), []
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs)
    for _ in range(epochs):
        batches = [
            (spikes[:, rows], labels[rows])
            for rows in torch.randperm(len(labels)).split(BATCH_SIZE)]
        penalty = _torch.ALPHA / len(labels) * sum(
            (p.detach() ** 2).sum() for p in adam.param_groups[0]["params"]) / 2
        losses.append(_torch.epoch(network, adam, batches) + penalty)
        schedule.step()
    network.eval()

    @torch.no_grad()
    def predict(X):
        return network(_torch.time_first(X)).argmax(1).numpy()

    return predict, losses


CONTESTANTS = {
    "skspike": (skspike_fit, ("skspike", "numpy", "numba")),
    "snntorch": (snntorch_fit, ("snntorch", "torch"))}


def compete(options):
    """Fit one contestant in this process after a small warm-up fit, and print results as JSON."""
    with np.load(options.data) as file:
        data = dict(file)
    fit, packages = CONTESTANTS[options.run]
    fit(data["X"][:128], data["y"][:128], 1, options.seed)
    start = time.process_time()
    predict, losses = fit(data["X"], data["y"], options.epochs, options.seed)
    seconds = time.process_time() - start
    accuracy = 100 * float((predict(data["X_test"]) == data["y_test"]).mean())
    print(
        json.dumps(
            {
                "accuracy": accuracy, "seconds": seconds, "losses": list(map(float, losses)),
                "versions": versions(*packages)}))


def run(contestant, seed, data, options):
    """Run a contestant in a new process, and return the results that it printed."""
    python = sys.executable if contestant == "skspike" else options.peer_python
    command = [
        python, __file__, f"--run={contestant}", f"--data={data}", f"--seed={seed}",
        f"--epochs={options.epochs}"]
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    progress(
        f"  {contestant}, seed {seed}: {result['accuracy']:.1f} %, {result['seconds']:.1f} s, loss "
        f"{course(result['losses'])}")
    return result


def course(losses):
    """Return the losses of the first, two intermediate and the last epoch as text."""
    return ", ".join(
        f"{losses[k]:.2f}" for k in np.linspace(0, len(losses) - 1, 4).round().astype(int))


def summary(task, contestant, results):
    """Return a row of the table."""
    scores, seconds = ([result[key] for result in results] for key in ("accuracy", "seconds"))
    losses = course(np.mean([result["losses"] for result in results], axis=0))
    return [
        task, contestant, f"{np.mean(scores):.1f} ± {np.std(scores, ddof=1):.1f}", losses,
        f"{np.median(seconds):.1f}"]


def main():
    """Run the contestants in turn, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tasks", nargs="+", default=["randman, rough", "telegraph", "am"], metavar="TASK")
    parser.add_argument(
        "--peer-python", default=sys.executable,
        help="interpreter of an environment with numpy, torch and snntorch")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="two at least")
    parser.add_argument("--run", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        return compete(options)
    from temporal import TASKS  # skspike is not installed in the environment of the peer

    rows = []
    for name in options.tasks:
        progress(name)
        results = {contestant: [] for contestant in CONTESTANTS}
        for seed in options.seeds:
            task = TASKS[name](seed)
            X, y = (
                np.concatenate(parts) for parts in zip(task.train, task.validation, strict=True))
            with tempfile.TemporaryDirectory() as folder:
                data = Path(folder) / "task.npz"
                np.savez(data, X=X, y=y, X_test=task.test[0], y_test=task.test[1])
                for contestant in CONTESTANTS:
                    results[contestant].append(run(contestant, seed, data, options))
        rows += [summary(name, contestant, results[contestant]) for contestant in CONTESTANTS]
    print(
        f"{machine()}, "
        + ", ".join(results[contestant][0]["versions"] for contestant in CONTESTANTS) + ".")
    print(
        f"Seeds {options.seeds}, {options.epochs} epochs. Accuracy on the test part, mean ± sd.\n")
    print(
        table(
            [
                "task", "", "accuracy, %", "loss: first epoch, a third on, two thirds, last",
                "processor s of a fit"], rows))


if __name__ == "__main__":
    main()
