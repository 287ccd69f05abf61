"""Costs of spiking networks, and statistics and distances of spike trains."""

from ._c_size import CSize, c_size
from ._distance_transformer import DistanceTransformer
from ._distances import isi_distance, spike_distance, van_rossum, victor_purpura
from ._encoder import encoder_operations
from ._membrane import membrane_updates
from ._operations import SynapticOperations, energy, synaptic_operations
from ._size import activation_sparsity, connection_sparsity, footprint
from ._timing import Latency, latency
from ._trains import fano_factor, firing_rate, isi_cv

__all__ = [
    "CSize", "DistanceTransformer", "Latency", "SynapticOperations", "activation_sparsity",
    "c_size", "connection_sparsity", "encoder_operations", "energy", "fano_factor", "firing_rate",
    "footprint", "isi_cv", "isi_distance", "latency", "membrane_updates", "spike_distance",
    "synaptic_operations", "van_rossum", "victor_purpura"]
