"""Lists of spike times, and products of spike trains, for distances and experts."""

from ._products import norms, products
from ._spike_lists import SpikeLists, spike_lists

__all__ = ["SpikeLists", "norms", "products", "spike_lists"]
