"""Learning rules, and the parts to write new ones."""

from .._utils import Registry
from ._base import Rule
from ._initialise import initial_state, with_readout
from ._losses import CrossEntropy, SquaredError
from ._objective import Objective
from ._pair_stdp import PairSTDP
from ._readout import LinearReadout
from ._readout_objective import ReadoutObjective
from ._reservoir import Reservoir
from ._solvers import SGD, Adam, Solver
from ._stdp import RSTDP, STDP
from ._surrogate_gradient import SurrogateGradient
from ._surrogates import hard_spikes, smooth_spikes
from ._task import Result, Settings, State, Target, Task
from ._tempotron import Tempotron
from ._training import minimise, split

RULES = Registry(globals(), Rule)

__all__ = [
    "RSTDP", "SGD", "STDP", "Adam", "CrossEntropy", "LinearReadout", "Objective", "PairSTDP",
    "ReadoutObjective", "Reservoir", "Result", "Rule", "Settings", "Solver", "SquaredError",
    "State", "SurrogateGradient", "Target", "Task", "Tempotron", "hard_spikes", "initial_state",
    "minimise", "smooth_spikes", "split", "with_readout"]
