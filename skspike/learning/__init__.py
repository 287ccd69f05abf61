"""Learning rules: from activity to updates of weights and intrinsics."""

from .._plugins import registry
from ._base import Rule
from ._initialise import groups, initial_state, spike_counts, with_readout
from ._surrogate_gradient import SurrogateGradient

RULES = registry(globals(), Rule)

__all__ = ["Rule", "SurrogateGradient"]
