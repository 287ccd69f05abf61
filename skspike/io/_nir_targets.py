"""Limits of the simulators that run NIR graphs, and checks of networks against them.

Read from the importers: snntorch 1.0.0, norse 1.1.0 and spikingjelly 2.0.0. All of them reset to 0
and have no Delay. ``benchmarks/nir_simulators.py`` runs the graphs there.
"""

from typing import NamedTuple

import numpy as np

from ..neurons import LIF
from ..simulation import Layer


class Simulator(NamedTuple):
    """Properties of the importer of a simulator.

    Parameters
    ----------
    gain : {"weights", "neurons"}
        Where it reads the gain of the neurons (see `to_nir`).
    dt : float or None, default=None
        Its step in ms, None if users pass the step to the importer.
    shared : tuple of str, default=()
        Intrinsics of which all neurons of a layer have the same value.
    recurrent : bool, default=True
        Whether it runs recurrent layers.
    """

    gain: str
    dt: float | None = None
    shared: tuple[str, ...] = ()
    recurrent: bool = True


SIMULATORS = {
    "snntorch": Simulator("neurons", dt=0.1, recurrent=False),
    "norse": Simulator("weights"),
    "spikingjelly": Simulator("neurons", shared=("tau_mem", "tau_syn"))}


def obstacles(
        target: str, neuron: LIF, layers: list[Layer], delays: tuple[int, ...],
        learned: tuple[str, ...]) -> str | None:
    """Return what a simulator cannot hold of a network, and the alternative, or None.

    `learned` names the intrinsics that the rule has learned.
    """
    simulator = SIMULATORS[target]
    unfit = _unfit(simulator, neuron, layers)
    parts = [
        f"a {'learned ' * (name in learned)}{name} {fault}" for name, (fault, _) in unfit.items()]
    changes = []
    if unfit.keys() & set(learned):
        kept = tuple(name for name in learned if name not in unfit)
        changes.append(f"learn_intrinsic={kept or False}")
    if values := [f"{name}={value}" for name, (_, value) in unfit.items() if value]:
        changes.append(f"LIF({', '.join(values)})")
    if not simulator.recurrent and any(layer.recurrent is not None for layer in layers):
        parts.append("recurrent layers")
        changes.append("recurrent=False")
    if delays != (0,):
        parts.append("delays")
        changes.append("delays=None")
    if not parts:
        return None
    return f"{target} cannot hold {', '.join(parts)}. Fit it with {' and '.join(changes)}"


def _unfit(simulator, neuron, layers):
    """Return what is wrong with intrinsics, and initial values that suit, or None if they do."""
    unfit = {}
    for name in simulator.shared:
        each = [layer.intrinsics[name] for layer in layers if name in layer.intrinsics]
        if any(np.ptp(values) > 0 for values in each):  # neurons of a layer
            initial = getattr(neuron, name)
            value = f"{np.mean(initial):g}" if np.size(initial) > 1 else None
            unfit[name] = "that differs between neurons", value
    if any(layer.intrinsics["v_reset"].any() for layer in layers):
        unfit["v_reset"] = "other than 0", "0.0" if np.any(neuron.v_reset) else None
    return unfit
