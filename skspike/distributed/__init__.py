"""Training on several machines."""

from ._fit_in_parts import fit_in_parts

__all__ = ["fit_in_parts"]
