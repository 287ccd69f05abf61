"""Export of fitted models to other languages."""

from ._to_c import to_c

__all__ = ["to_c"]
