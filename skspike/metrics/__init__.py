"""Costs of spiking networks, and statistics of spike trains."""

from ._c_size import CSize, c_size
from ._operations import (
    SynapticOperations, encoder_operations, energy, membrane_updates, synaptic_operations)
from ._size import activation_sparsity, connection_sparsity, footprint
from ._timing import CallTimes, latency
from ._trains import fano_factor, firing_rate, isi_cv

__all__ = [
    "CSize", "CallTimes", "SynapticOperations", "activation_sparsity", "c_size",
    "connection_sparsity", "encoder_operations", "energy", "fano_factor", "firing_rate",
    "footprint", "isi_cv", "latency", "membrane_updates", "synaptic_operations"]
