"""Learning rules: from activity to updates of weights and intrinsics."""

from .._plugins import Registry
from ._base import Rule
from ._stdp import STDP
from ._surrogate_gradient import SurrogateGradient
from ._tempotron import Tempotron

RULES = Registry(globals(), Rule)

__all__ = ["STDP", "Rule", "SurrogateGradient", "Tempotron"]
