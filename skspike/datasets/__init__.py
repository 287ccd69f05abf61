"""Labelled spike trains, made by generators."""

from ._order import make_order

__all__ = ["make_order"]
