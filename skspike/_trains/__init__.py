"""Lists of spike times, and products of spike trains, for distances and experts."""

from ._spike_lists import SpikeLists, norms, products, spike_lists

__all__ = ["SpikeLists", "norms", "products", "spike_lists"]
