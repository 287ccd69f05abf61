"""Run the NIR graphs of `skspike.io.to_nir` in other simulators, and compare the spikes.

    python benchmarks/nir_simulators.py

Simulators that are not installed are skipped, and the output names them.
"""

import contextlib
import importlib.util
import io
import logging
import types
import warnings

import nir
import numpy as np
from _report import machine, progress, table, versions

from skspike import SNNTransformer
from skspike.io import from_nir, to_nir
from skspike.neurons import LIF

DT = {"snntorch": 0.1, "norse": 1.0, "skspike": 1.0}  # ms. The importer of snntorch has a fixed one
# where the importer reads the gain
GAIN = {"snntorch": "neurons", "norse": "weights", "skspike": "weights"}
NETWORKS = {
    "LIF": {},
    "two layers": {"hidden_layer_sizes": (40, 20)},
    "spread `tau_mem`": {"neuron": LIF(tau_mem=(3.0, 60.0))},
    "spread `threshold`": {"neuron": LIF(threshold=(0.5, 2.0))},
    "`v_reset` of -0.3": {"neuron": LIF(v_reset=-0.3)},
    "`tau_syn`": {"neuron": LIF(tau_syn=5.0)},
    "spread `tau_mem` and `tau_syn`": {"neuron": LIF(tau_mem=(3.0, 60.0), tau_syn=(2.0, 9.0))},
    "recurrent": {"recurrent": True},
    "recurrent, `tau_syn`": {"recurrent": True, "neuron": LIF(tau_syn=5.0)},
    "delays": {"delays": (0.0, 3.0, 10.0)},
}


def run_module(module, X):
    """Return the raster of a torch module that takes one step and a state."""
    import torch

    torch.set_num_threads(1)
    state, out = None, []
    with torch.no_grad():
        for x in torch.from_numpy(X).float().permute(2, 0, 1):
            spikes, state = module(x, state)
            out.append(spikes.numpy())
    return np.stack(out, axis=2)


def snntorch(graph, X):
    """Run a graph in snntorch."""
    from snntorch.import_nir import import_from_nir

    return run_module(import_from_nir(graph), X)


def norse(graph, X):
    """Run a graph in norse.

    Its loader puts torch modules into a graph, which fails the type check of nir since 1.0.6.
    """
    import nirtorch.from_nir
    from norse.torch import from_nir

    class Unchecked(nir.NIRGraph):
        def __init__(self, nodes, edges):
            super().__init__(nodes, edges, type_check=False)

    nirtorch.from_nir.nir = types.SimpleNamespace(**{**vars(nir), "NIRGraph": Unchecked})
    return run_module(from_nir(graph, dt=1e-3 * DT["norse"]), X)


def skspike(graph, X):
    """Run a graph in skspike."""
    return from_nir(graph, dt=DT["skspike"]).transform(X)


def outcome(simulator, settings, X):
    """Return the number of steps in which the spikes of a neuron differ, or the error."""
    name, network = simulator.__name__, SNNTransformer(rule=None, random_state=0, **settings).fit(X)
    raster = network.transform(X)
    try:
        other = simulator(to_nir(network, dt=DT[name], gain=GAIN[name]), X)
    except Exception as error:  # any error of a simulator is a result
        return f"{type(error).__name__}: {str(error)[:60]}"
    return f"{(raster != other).sum()} of {raster.size}"


def main():
    """Print the table."""
    logging.disable()
    warnings.simplefilter("ignore")
    present = [
        simulator
        for simulator in (skspike, snntorch, norse) if importlib.util.find_spec(simulator.__name__)]
    progress(
        "not installed:",
        {"snntorch", "norse"} - {simulator.__name__ for simulator in present} or "nothing")
    X = (np.random.default_rng(0).random((10, 12, 300)) < 0.2).astype(np.uint8)
    rows = []
    for name, settings in NETWORKS.items():
        with contextlib.redirect_stdout(io.StringIO()):
            rows.append([name, *(outcome(simulator, settings, X) for simulator in present)])
    print(table(["network", *(simulator.__name__ for simulator in present)], rows))
    print(
        f"\n{machine()}, "
        f"{versions('skspike', 'nir', 'snntorch', 'norse', 'nirtorch', 'torch', 'numpy')}")


if __name__ == "__main__":
    main()
