"""Learning rules, and the parts to write new ones."""

from .._base import Registry
from ._adaptation import OnlineReadout as OnlineReadout, least_change as least_change
from ._centred_input import Centring as Centring
from ._conversion import INTEGRATOR as INTEGRATOR, Conversion as Conversion
from ._decoder import LinearDecoder as LinearDecoder
from ._decoder_objective import DecoderObjective
from ._initialise import (
    N_JUDGED as N_JUDGED, features_of as features_of, fitted_ridge as fitted_ridge, initial_state,
    untrained_error as untrained_error, wanted_of as wanted_of, with_decoder)
from ._intrinsics import (
    LearnedIntrinsics as LearnedIntrinsics, learned_intrinsics as learned_intrinsics)
from ._losses import (
    BinaryCrossEntropy as BinaryCrossEntropy, ColumnCrossEntropy as ColumnCrossEntropy,
    CrossEntropy as CrossEntropy, EachStep as EachStep, Loss as Loss, SquaredError as SquaredError)
from ._pair_stdp import PairSTDP as PairSTDP
from ._reservoir import Reservoir as Reservoir
from ._rule import Rule
from ._solvers import SGD as SGD, Adam as Adam, Solver
from ._stdp import RSTDP as RSTDP, STDP as STDP
from ._surrogate_gradient import GradientRule, SurrogateGradient as SurrogateGradient
from ._surrogates import Surrogate, hard_spikes, smooth_spikes as smooth_spikes
from ._task import Result, Settings, State, Target, Task
from ._tempotron import Tempotron as Tempotron
from ._training import (
    SCHEDULES as SCHEDULES, Objective, can_hold_out as can_hold_out, minimise, split as split)

RULES = Registry(globals(), Rule)  # by their attribute `name`

__all__ = [
    "DecoderObjective", "GradientRule", "Objective", "Result", "Rule", "Settings", "Solver",
    "State", "Surrogate", "Target", "Task", "hard_spikes", "initial_state", "minimise",
    "with_decoder", *RULES.class_names]
