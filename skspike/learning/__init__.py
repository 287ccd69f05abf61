"""Learning rules: from activity to updates of weights and intrinsics."""

from .._plugins import registry
from ._base import Rule
from ._surrogate_gradient import SurrogateGradient

RULES = registry(globals(), Rule)

__all__ = ["Rule", "SurrogateGradient"]
