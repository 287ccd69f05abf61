"""To and from the formats of other packages."""

from ._nir import from_nir, to_nir

__all__ = ["from_nir", "to_nir"]
