"""Costs of spiking networks, and statistics and distances of spike trains."""

from ._c_size import CSize, c_size
from ._distance_transformer import DistanceTransformer
from ._distances import isi_distance, spike_distance, van_rossum, victor_purpura
from ._operations import (
    SynapticOperations, encoder_operations, energy, membrane_updates, synaptic_operations)
from ._size import activation_sparsity, connection_sparsity, footprint
from ._timing import CallTimes, latency
from ._trains import fano_factor, firing_rate, isi_cv

__all__ = [
    "CSize", "CallTimes", "DistanceTransformer", "SynapticOperations", "activation_sparsity",
    "c_size", "connection_sparsity", "encoder_operations", "energy", "fano_factor", "firing_rate",
    "footprint", "isi_cv", "isi_distance", "latency", "membrane_updates", "spike_distance",
    "synaptic_operations", "van_rossum", "victor_purpura"]
