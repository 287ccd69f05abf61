"""Contract checks of neurons, readouts, learning rules, codings, measures and experts."""

from ._part import check_part

__all__ = ["check_part"]
