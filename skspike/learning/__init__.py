"""Learning rules: from activity to updates of weights and intrinsics."""

from .._plugins import Registry
from ._base import Result, Rule, State, Target, Task
from ._initialise import initial_state, with_readout
from ._losses import CrossEntropy, SquaredError
from ._readout import READOUT, LinearReadout
from ._reservoir import Reservoir
from ._solvers import SGD, Adam
from ._stdp import STDP
from ._surrogate_gradient import SurrogateGradient
from ._tempotron import Tempotron
from ._training import Objective, minimise, split

RULES = Registry(globals(), Rule)

__all__ = [
    "READOUT",
    "SGD",
    "STDP",
    "Adam",
    "CrossEntropy",
    "LinearReadout",
    "Objective",
    "Reservoir",
    "Result",
    "Rule",
    "SquaredError",
    "State",
    "SurrogateGradient",
    "Target",
    "Task",
    "Tempotron",
    "initial_state",
    "minimise",
    "split",
    "with_readout",
]
