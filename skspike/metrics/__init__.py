"""Costs of spiking networks, and statistics and distances of spike trains."""

from ._costs import c_size, latency
from ._distance_transformer import DistanceTransformer
from ._distances import isi_distance, spike_distance, van_rossum, victor_purpura
from ._operations import SynapticOperations, energy, synaptic_operations
from ._trains import firing_rate, isi_cv

__all__ = [
    "DistanceTransformer", "SynapticOperations", "c_size", "energy", "firing_rate", "isi_cv",
    "isi_distance", "latency", "spike_distance", "synaptic_operations", "van_rossum",
    "victor_purpura"]
