"""Codings: how numbers become spikes."""

from .._plugins import registry
from ._base import Coding
from ._poisson import Poisson

CODINGS = registry(globals(), Coding)

__all__ = ["Coding", "Poisson"]
