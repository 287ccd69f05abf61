"""Table 3: time per sample, and energy estimated from operation counts, which is not measured.

Latency is the time of `predict` through the whole pipeline, encoder included, in one thread with
no other work on the machine. Operations are effective synaptic operations: accumulates (ACs) if
spikes add weights, multiply-accumulates (MACs) in readouts and in the multilayer perceptron. The
work of encoders and the parsing of trains into words are no synaptic operations and not counted.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skspike import LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, datasets
from skspike.coding import Poisson
from skspike.inspection import SynapticOperations, energy, latency, synaptic_operations

from .cells import Cell
from .settings import PLAIN

DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
STEPS = (25, 100)
SNN_LZC, SNN, MLP, PEER = "SNN-LZC", "SNNClassifier", "MLPClassifier", "snntorch"
PEER_SCRIPT = Path(__file__).with_name("peer.py")
PICOJOULES = {"pj_per_ac": 0.9, "pj_per_mac": 4.6}


def has_peer(python):
    """Return whether an interpreter has the peer library."""
    return not subprocess.run(
        [python, "-c", "import numpy, snntorch"], capture_output=True).returncode


def cells(settings, peer_python=None):
    """Return the cells of the table; `peer_python` is an interpreter that has the peer library."""
    common = {
        "hidden": 64, "calls": settings.calls, "max_rate": 1000.0,
        "epochs": settings.network_epochs}
    trains = {
        **common, "hidden": 16, "shape": settings.channels_and_steps,
        "samples": settings.train_and_test}
    share = settings.network_epochs / 30
    found = [Cell(3, "poisson", SNN_LZC, "", 0, trains, 2 + 4 * share, alone=True)]
    for task in DATA:
        found.append(Cell(3, task, MLP, "", 0, {**common, "max_iter": 400}, 2.0, alone=True))
        for steps in STEPS:
            own = {**common, "n_steps": steps}
            found += [
                Cell(3, task, method, f"{steps} steps", 0, own, 1 + 4 * share, alone=True)
                for method in (SNN_LZC, SNN)]
            seconds = 5 + steps / 100 * (10 * share + settings.calls / 200)
            found.append(
                Cell(
                    3, task, PEER, f"{steps} steps", 0, own, seconds, alone=True,
                    place=peer_python))
    return found


def run(cell):
    """Return accuracy in percent, latency in ms, operations and estimated energy in microjoule."""
    parts = _data(cell)
    if cell.method == PEER:
        return _with_energy(_peer(cell, *parts))
    X_train, X_test, y_train, y_test = parts
    model = _model(cell).fit(X_train, y_train)
    times = latency(model, X_test, n_calls=cell.settings["calls"])
    operations = _perceptron(model, X_test) if cell.method == MLP else _spiking(model, X_test)
    found = {
        "accuracy": 100 * model.score(X_test, y_test), "median": times.median, "p95": times.p95,
        "p99": times.p99}
    return _with_energy({**found, **operations._asdict()})


def _data(cell):
    if cell.task in DATA:
        X, y = DATA[cell.task](return_X_y=True)
        return train_test_split(X, y, test_size=0.25, random_state=cell.seed, stratify=y)
    n_train, n_test = cell.settings["samples"]
    X, y = datasets.make_poisson(
        n_train + n_test, *cell.settings["shape"], rates=(20.0, 35.0), random_state=cell.seed)
    return X[:n_train], X[n_train:], y[:n_train], y[n_train:]


def _model(cell):
    own = cell.settings
    if cell.method == MLP:
        return make_pipeline(
            StandardScaler(),
            MLPClassifier((own["hidden"],), max_iter=own["max_iter"], random_state=cell.seed))
    network = {
        "readout": "count", "max_iter": own["epochs"], "random_state": cell.seed,
        **PLAIN}
    steps = [SNNClassifier(own["hidden"], **network)]
    if cell.method == SNN_LZC:
        steps = [SNNTransformer(own["hidden"], **network), LZCClassifier(with_counts=True)]
    if cell.task in DATA:
        steps.insert(
            0,
            SpikeEncoder(
                coding=Poisson(max_rate=own["max_rate"]), n_steps=own["n_steps"],
                random_state=cell.seed))
    return make_pipeline(*steps)


def _spiking(pipeline, X):
    """Return the operations of a pipeline's network and of its readout of complexity."""
    network = next(k for k, step in enumerate(pipeline) if hasattr(step, "weights_"))
    operations = synaptic_operations(
        pipeline[network], pipeline[:network].transform(X) if network else X)
    if network < len(pipeline) - 1:
        readout = pipeline[-1].estimator_.coef_.size
        operations = operations._replace(
            macs=operations.macs + readout, dense=operations.dense + readout)
    return operations


def _perceptron(pipeline, X):
    """Return the operations of a multilayer perceptron with one hidden layer.

    Zeros are skipped as for the spiking networks.
    """
    scaler, perceptron = pipeline
    (first, second), (bias, _) = perceptron.coefs_, perceptron.intercepts_
    X = scaler.transform(X)
    hidden = X @ first + bias > 0
    macs = np.count_nonzero(X) / len(X) * first.shape[1] + hidden.mean(
        axis=0).sum() * second.shape[1]
    return SynapticOperations(0.0, float(macs), float(first.size + second.size))


def _with_energy(found):
    operations = SynapticOperations(found["acs"], found["macs"], found["dense"])
    return {**found, "energy": energy(operations, **PICOJOULES)}


def _peer(cell, X_train, X_test, y_train, y_test):
    """Train and time the same network in the peer library, in a new process."""
    scaler = MinMaxScaler(clip=True).fit(X_train)
    parts = {
        "X_train": scaler.transform(X_train), "X_test": scaler.transform(X_test),
        "y_train": y_train, "y_test": y_test}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, **parts)
        command = [
            cell.place, str(PEER_SCRIPT), str(path), json.dumps(cell.settings), str(cell.seed)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])
