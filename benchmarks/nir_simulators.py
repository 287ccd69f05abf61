"""Run the NIR graphs of `skspike.io.to_nir` in other simulators, and compare the spikes.

    python benchmarks/nir_simulators.py

Simulators that are not installed are skipped, and the output names them. Networks that
``to_nir(network, target=...)`` refuses are converted without this check, to show the
spikes of a simulator.
"""

import contextlib
import importlib.util
import io
import logging
import warnings
from functools import partial

import numpy as np
from _report import machine, progress, table, versions

from skspike import Convolution, SNNClassifier, SNNTransformer
from skspike.datasets import make_poisson
from skspike.io import from_nir, to_nir
from skspike.neurons import LIF

NETWORKS = {
    "LIF": {},
    "two layers": {"hidden_layer_sizes": (40, 20)},
    "spread `tau_mem`": {"neuron": LIF(tau_mem=(3.0, 60.0))},
    "spread `threshold`": {"neuron": LIF(threshold=(0.5, 2.0))},
    "`v_reset` of -0.3": {"neuron": LIF(v_reset=-0.3)},
    "`tau_syn`": {"neuron": LIF(tau_syn=5.0)},
    "`tau_syn`, `v_reset` of -0.3": {"neuron": LIF(tau_syn=5.0, v_reset=-0.3)},
    "spread `tau_mem` and `tau_syn`": {"neuron": LIF(tau_mem=(3.0, 60.0), tau_syn=(2.0, 9.0))},
    "two convolutions": {
        "hidden_layer_sizes": (
            Convolution(16, 2, image_shape=(3, 4)), Convolution(8, 2, padding=1), 20)},
    "recurrent": {"recurrent": True},
    "recurrent, `tau_syn`": {"recurrent": True, "neuron": LIF(tau_syn=5.0)},
    "two recurrent layers": {"hidden_layer_sizes": (40, 20), "recurrent": True},
    "delays": {"delays": (0.0, 3.0, 10.0)},
    "learned, all defaults": {"learn_intrinsic": True},
    "learned `tau_mem`, `threshold`": {"learn_intrinsic": ("tau_mem", "threshold")},
    "learned `threshold`": {"learn_intrinsic": ("threshold",)},
}
UNCHECKED = {  # settings that `target` chooses
    "snntorch": {"dt": 0.1, "gain": "neurons"}, "norse": {"gain": "weights"},
    "spikingjelly": {"gain": "neurons"}, "skspike": {}}


def run_module(load, graph, X, with_batch=False):
    """Return the output of the torch module of a graph, which takes one step and a state.

    The Flatten of a graph has no axis for samples. So images run one by one, without this axis or
    with an axis of length 1, each in a new module, because modules keep states.
    """
    import torch

    torch.set_num_threads(1)
    shape = graph.nodes["input"].input_type["input"].tolist()
    if len(shape) > 1 and len(X) > 1:
        return np.concatenate(
            [run_module(load, graph, X[k : k + 1], with_batch) for k in range(len(X))])
    is_single = len(shape) > 1 and not with_batch
    module, state, out = load(graph), None, []
    with torch.no_grad():
        for x in torch.from_numpy(X).float().permute(2, 0, 1):
            y, state = module(x.reshape(shape if is_single else (len(X), *shape)), state)
            out.append(y.reshape(len(X), -1).numpy())
    return np.stack(out, axis=2)


def snntorch(graph, X):
    """Run a graph in snntorch. Its importer has a step of 0.1 ms."""
    from snntorch.import_nir import import_from_nir

    return run_module(import_from_nir, graph, X)


def norse(graph, X):
    """Run a graph in norse."""
    from norse.torch import from_nir

    return run_module(partial(from_nir, dt=1e-3), graph, X)


def spikingjelly(graph, X):
    """Run a graph in spikingjelly."""
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    return run_module(partial(import_from_nir, dt=1e-3), graph, X, with_batch=True)


def skspike(graph, X):
    """Run a graph in skspike."""
    return from_nir(graph).transform(X)


def outcome(simulator, network, X):
    """Return the number of steps in which the spikes of a neuron differ, or the error."""
    name, raster = simulator.__name__, from_nir(to_nir(network)).transform(X)
    word = ""
    try:
        graph = to_nir(network, target=None if name == "skspike" else name)
    except ValueError:
        word, graph = "refused, ", to_nir(network, **UNCHECKED[name])
    try:
        other = simulator(graph, X)
    except Exception as error:  # any error of a simulator is a result
        return f"{word}{type(error).__name__}"
    return f"{word}{(raster != other).sum()}"


def labels(simulator, X, y):
    """Return the number of labels that differ if the graph contains the decoder."""
    network = SNNClassifier(
        readout="count", learn_intrinsic=("threshold",), max_iter=5, random_state=0).fit(X, y)
    graph = to_nir(network, target=simulator.__name__, decoder=True)
    logits = simulator(graph, X).sum(axis=2)
    return f"{(network.classes_[logits.argmax(axis=1)] != network.predict(X)).sum()} of {len(X)}"


def main():
    """Print the table."""
    logging.disable()
    warnings.simplefilter("ignore")
    simulators = skspike, snntorch, norse, spikingjelly
    present = [one for one in simulators if importlib.util.find_spec(one.__name__)]
    missing = [one.__name__ for one in simulators if one not in present]
    progress("not installed:", ", ".join(missing) or "nothing")
    X = (np.random.default_rng(0).random((10, 12, 300)) < 0.2).astype(np.uint8)
    trains, y = make_poisson(200, 12, 300, random_state=0)
    rows = []
    for name, settings in NETWORKS.items():
        learns = "learn_intrinsic" in settings
        rule = {"max_iter": 5} if learns else {"rule": None}
        network = SNNTransformer(random_state=0, **rule, **settings)
        network.fit(*((trains, y) if learns else (X,)))
        with contextlib.redirect_stdout(io.StringIO()):
            found = [outcome(simulator, network, X) for simulator in present]
        n_outputs = network.weights_[-1].shape[1] * X.shape[0] * X.shape[2]
        rows.append([name, str(n_outputs), *found])
    print(table(["network", "steps", *(simulator.__name__ for simulator in present)], rows))
    rows = []
    for simulator in present[1:]:
        with contextlib.redirect_stdout(io.StringIO()):
            rows.append([simulator.__name__, labels(simulator, trains, y)])
    print("\nwith the decoder in the graph:\n")
    print(table(["simulator", "labels that differ"], rows))
    packages = "skspike", "nir", "snntorch", "norse", "spikingjelly", "nirtorch", "torch", "numpy"
    print(f"\n{machine()}, {versions(*packages)}")


if __name__ == "__main__":
    main()
