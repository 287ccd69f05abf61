"""Compare the time to an accuracy on MNIST digits with the same network in snntorch, on one core.

The network is 784-256-10: Poisson spikes, 256 leaky neurons with learned leak and threshold, and a
linear decoder of their spike counts over 25 steps. Both packages draw new spikes in every epoch,
draw the test spikes once more, and train with Adam. snntorch runs in three forms:

    constant   The same network in its fastest form: the input currents of all steps are one matrix
               product, and spikes are summed before the readout. The learning rate is constant.
               One training, which is tested after each epoch.
    cosine     The same network, with the schedule of skspike: a cosine decay over the planned
               epochs.
    tutorial   The usual form: the output is the sum over time of the membrane potentials of ten
               leaky output neurons. The learning rate is constant.

With a decay, a result after k epochs needs a separate training that is planned for k epochs. Each
training for k = 1, 2, ... is timed from its start. The times contain training only. Compilation and
a first small training run before.

The settings of both packages were chosen on a part of the training data. Each training has one
thread, on one core if the system allows pinning. The contestants alternate, one process at a time.
Seconds are processor time, which for one thread equals the time on an idle machine. The wall time
is printed too.

    python benchmarks/mnist.py mnist10k.npz --peer-python /path/to/venv/bin/python > mnist.md

The file contains X (n, 784) with values 0 to 255 and y (n,). snntorch needs an environment with
`pip install numpy torch snntorch`, which may be the present one.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _report import machine, progress, table, versions

HIDDEN, N_STEPS = 256, 25
CONTESTANTS = ("skspike", "snntorch-constant", "snntorch-cosine", "snntorch-tutorial")
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def skspike_fit(data, n_epochs, seed, after_epoch=None):
    """Train for some epochs and return the method that predicts."""
    from skspike import SNNClassifier, SpikeEncoder
    from skspike.coding import Poisson
    from skspike.learning import SurrogateGradient
    from skspike.neurons import LIF

    model = SNNClassifier(
        HIDDEN,
        encoder=SpikeEncoder(
            coding=Poisson(max_rate=500.0), n_steps=N_STEPS, value_range=(0.0, 1.0)),
        neuron=LIF(reset="subtract"), rule=SurrogateGradient(slope=2.0), learning_rate=5e-3,
        max_iter=n_epochs, random_state=seed)
    return model.fit(data["X_train"], data["y_train"]).predict


def snntorch_fit(data, n_epochs, seed, after_epoch=None, *, form):
    """Train the same network in snntorch and return a function that predicts.

    `after_epoch` is called after each epoch, with the number of epochs and this function.
    """
    import snntorch
    import torch
    from snntorch.surrogate import fast_sigmoid

    def leaky(size):
        start = {"beta": torch.full((size,), 0.95), "threshold": torch.ones(size)}
        return snntorch.Leaky(
            **start, learn_beta=True, learn_threshold=True, spike_grad=fast_sigmoid(slope=10))

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden, self.leaky = torch.nn.Linear(784, HIDDEN), leaky(HIDDEN)
            self.readout, self.output = torch.nn.Linear(HIDDEN, 10), leaky(10)

        def forward(self, x):
            currents = self.hidden(torch.bernoulli(x.expand(N_STEPS, *x.shape)))
            membrane = self.leaky.init_leaky()
            potential = self.output.init_leaky()
            counts = 0
            total = 0
            for current in currents:
                spikes, membrane = self.leaky(current, membrane)
                if form == "tutorial":
                    _, potential = self.output(self.readout(spikes), potential)
                    total = total + potential
                else:
                    counts = counts + spikes
            # divided by constants so that the first logits are of order one
            return total / 10 if form == "tutorial" else self.readout(counts / 5)

    def predict(X):
        with torch.no_grad():
            return np.concatenate(
                [network(x).argmax(1).numpy() for x in torch.as_tensor(X).split(500)])

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    X, y = torch.as_tensor(data["X_train"]), torch.as_tensor(data["y_train"])
    network, decay = Network(), form == "cosine"
    optimizer = torch.optim.Adam(network.parameters(), lr=4e-3 if decay else 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_epochs)
    for epoch in range(n_epochs):
        for batch in torch.randperm(len(X)).split(64 if decay else 128):
            loss = torch.nn.functional.cross_entropy(network(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if decay:
            schedule.step()
        if after_epoch:
            after_epoch(epoch + 1, predict)
    return predict


class Clock:
    """Processor and wall seconds of training, without the seconds of testing."""

    def __init__(self):
        self.away, self.start = np.zeros(2), self.now()

    @staticmethod
    def now():
        return np.array([time.process_time(), time.perf_counter()])

    def read(self):
        return self.now() - self.start - self.away


def separate(fit, data, seed, options):
    """Train from the start for 1, 2, ... epochs until the target is reached, and return results.

    The largest number of epochs always runs.
    """
    results = []
    for n_epochs in range(1, options.epochs + 1):
        if reached(results, options.target) and n_epochs < options.epochs:
            continue
        clock = Clock()
        predict = fit(data, n_epochs, seed)
        seconds = clock.read()
        results.append((n_epochs, *seconds.round(3).tolist(), score(predict, data)))
        progress("   ", results[-1])
    return results


def continuous(fit, data, seed, options):
    """Train once for the largest number of epochs, and return the result after each epoch."""
    results, clock = [], Clock()

    def after_epoch(n_epochs, predict):
        seconds = clock.read()
        results.append((n_epochs, *seconds.round(3).tolist(), score(predict, data)))
        clock.away = clock.now() - clock.start - seconds
        progress("   ", results[-1])

    fit(data, options.epochs, seed, after_epoch)
    return results


def score(predict, data):
    """Return the accuracy on the test data."""
    return float((predict(data["X_test"]) == data["y_test"]).mean())


def reached(results, target):
    """Return the first result at or above the target, or None."""
    return next((result for result in results if result[-1] >= target), None)


def compete(options):
    """Run one contestant in this process, and print its results as JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    with np.load(options.data) as file:
        data = dict(file)
    small = {**data, **{name: data[name][:256] for name in ("X_train", "y_train")}}
    fit, packages = skspike_fit, ("skspike", "numpy", "numba")
    if options.run != "skspike":
        fit = functools.partial(snntorch_fit, form=options.run.removeprefix("snntorch-"))
        packages = ("snntorch", "torch")
    score(fit(small, 1, options.seed), data)
    trial = separate if options.run in ("skspike", "snntorch-cosine") else continuous
    print(
        json.dumps(
            {"results": trial(fit, data, options.seed, options), "versions": versions(*packages)}))


def split(path, folder):
    """Write the usual split of the data, scaled to [0, 1], and return the path."""
    from sklearn.model_selection import train_test_split

    with np.load(path) as file:
        X, y = (file["X"] / 255).astype(np.float32), file["y"].astype(np.int64)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=2000, random_state=0, stratify=y)
    np.savez(
        Path(folder) / "split.npz", X_train=X_train, X_test=X_test, y_train=y_train, y_test=y_test)
    return Path(folder) / "split.npz"


def run(contestant, seed, data, options):
    """Run a contestant in a new process, and return the results that it printed."""
    python = sys.executable if contestant == "skspike" else options.peer_python
    settings = {
        "run": contestant, "seed": seed, "core": options.core, "epochs": options.epochs,
        "target": options.target}
    command = [
        python, __file__, str(data), *(f"--{name}={value}" for name, value in settings.items())]
    progress(f"{contestant}, seed {seed}: epochs, processor s, wall s, accuracy")
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def summary(contestant, trials, target, fastest):
    """Return a row of the table: medians over seeds."""
    hits = [reached(trial["results"], target) for trial in trials]
    final = 100 * statistics.mean(trial["results"][-1][-1] for trial in trials)
    if None in hits:
        return [contestant, "not reached by all", "", "", "", f"{final:.1f}"]
    epochs = ", ".join(str(hit[0]) for hit in hits)
    cpu, wall = (statistics.median(hit[k] for hit in hits) for k in (1, 2))
    return [contestant, epochs, f"{cpu:.1f}", f"{wall:.1f}", f"{cpu / fastest:.1f}", f"{final:.1f}"]


def main():
    """Run the contestants in turn, one process each, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="mnist10k.npz")
    parser.add_argument(
        "--peer-python", default=sys.executable,
        help="interpreter of an environment with numpy, torch and snntorch")
    parser.add_argument(
        "--target", type=float, default=0.94, help="accuracy to reach on the test data")
    parser.add_argument("--epochs", type=int, default=10, help="largest number of epochs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--core", type=int, default=0, help="core on which all contestants run")
    parser.add_argument("--run", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        return compete(options)
    if not options.data.exists():
        return print(
            f"Skipped: the file {options.data} does not exist. It must contain X (n, 784) with "
            "values 0 to 255 and y (n,).")
    contestants = CONTESTANTS
    if subprocess.run(
            [options.peer_python, "-c", "import numpy, snntorch"], capture_output=True).returncode:
        print(
            "snntorch is skipped. Run `pip install numpy torch snntorch` in an environment and "
            "pass its interpreter as --peer-python.\n")
        contestants = CONTESTANTS[:1]
    trials = {contestant: [] for contestant in contestants}
    with tempfile.TemporaryDirectory() as folder:
        data = split(options.data, folder)
        for seed in options.seeds:
            for contestant in contestants:
                trials[contestant].append(run(contestant, seed, data, options))
    own = [reached(trial["results"], options.target) for trial in trials["skspike"]]
    fastest = float("nan") if None in own else statistics.median(hit[1] for hit in own)
    print(f"{machine()}, one core.")
    print(", ".join(dict.fromkeys(trial[0]["versions"] for trial in trials.values())) + ".")
    print(
        f"784-{HIDDEN}-10, {N_STEPS} steps, seeds {options.seeds}. Medians over seeds, final "
        f"accuracy after {options.epochs} epochs.\n")
    target = f"{100 * options.target:.1f} %"
    header = [
        "", f"epochs to {target}, each seed", "processor s", "wall s", "times skspike's",
        "final accuracy, %"]
    print(
        table(
            header,
            [
                summary(contestant, trials[contestant], options.target, fastest)
                for contestant in contestants]))


if __name__ == "__main__":
    main()
