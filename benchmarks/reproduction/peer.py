"""The same network in snntorch: Poisson spikes, learned leak and threshold, a linear decoder.

It runs in a separate process, with an interpreter that has torch and snntorch, and prints one line
of JSON:

    python peer.py data.npz '{"hidden": 64, "n_steps": 25, "max_rate": 1000.0, "epochs": 30,
    "calls": 1000}' 0

Learning rate, batch size and schedule are equal to the cosine form in `benchmarks/mnist.py`.
"""

import json
import sys
import time

import numpy as np
import snntorch
import torch
from snntorch.surrogate import fast_sigmoid

N_WARM = 10


class Network(torch.nn.Module):
    """A network that takes numbers from 0 to 1 and returns logits.

    It counts the spikes of input and neurons in the last call.
    """

    def __init__(self, n_inputs, n_classes, hidden, n_steps, max_rate):
        super().__init__()
        self.n_steps, self.top = n_steps, max_rate / 1000
        self.hidden = torch.nn.Linear(n_inputs, hidden)
        self.readout = torch.nn.Linear(hidden, n_classes)
        start = {"beta": torch.full((hidden,), 0.95), "threshold": torch.ones(hidden)}
        self.leaky = snntorch.Leaky(
            **start, learn_beta=True, learn_threshold=True, spike_grad=fast_sigmoid(slope=10))

    def forward(self, x):
        spikes = torch.bernoulli((self.top * x).expand(self.n_steps, *x.shape))
        membrane, counts = self.leaky.init_leaky(), 0
        for current in self.hidden(spikes):
            out, membrane = self.leaky(current, membrane)
            counts = counts + out
        self.n_spikes, self.n_active = spikes.sum().item(), (counts > 0).sum().item()
        return self.readout(counts / 5)


def fit(network, X, y, n_epochs):
    """Train on mini-batches with a cosine decay."""
    optimizer = torch.optim.Adam(network.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_epochs)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(64):
            loss = torch.nn.functional.cross_entropy(network(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()


@torch.no_grad()
def measure(network, X, y, n_calls):
    """Return accuracy, times of single samples and operations per sample."""
    right = (network(X).argmax(1) == y).float().mean().item()
    hidden, n_classes = network.readout.in_features, network.readout.out_features
    acs, macs = network.n_spikes * hidden / len(X), network.n_active * n_classes / len(X)
    dense = network.n_steps * network.hidden.weight.numel() + network.readout.weight.numel()
    times = []
    for k in range(N_WARM + n_calls):
        row = X[k % len(X)][None]
        start = time.perf_counter()
        network(row).argmax(1)
        times.append(1000 * (time.perf_counter() - start))
    median, p95, p99 = np.percentile(times[N_WARM:], (50, 95, 99)).tolist()
    return {
        "accuracy": 100 * right, "median": median, "p95": p95, "p99": p99, "acs": acs, "macs": macs,
        "dense": float(dense)}


def main():
    """Train, measure, print."""
    path, settings, seed = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    with np.load(path) as file:
        X_train, X_test = (
            torch.as_tensor(file[name], dtype=torch.float32) for name in ("X_train", "X_test"))
        y_train, y_test = (
            torch.as_tensor(file[name], dtype=torch.int64) for name in ("y_train", "y_test"))
    sizes = (
        X_train.shape[1], int(y_train.max()) + 1, settings["hidden"], settings["n_steps"],
        settings["max_rate"])
    network = Network(*sizes)
    fit(network, X_train, y_train, settings["epochs"])
    versions = f"snntorch {snntorch.__version__}, torch {torch.__version__}"
    print(json.dumps({**measure(network, X_test, y_test, settings["calls"]), "versions": versions}))


if __name__ == "__main__":
    main()
