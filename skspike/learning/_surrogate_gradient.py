"""Surrogate-gradient learning: backpropagation through time, of weights and intrinsics together."""

import numpy as np

from .._checks import LARGEST, check_option, convert
from ..neurons import Neuron
from ._base import Rule
from ._descent import descend
from ._initialise import initial_state, with_readout
from ._readout_objective import ReadoutObjective
from ._solvers import SOLVERS
from ._surrogates import SURROGATES, hard_spikes, smooth_spikes
from ._task import Result, Task
from ._training import minimise, one_pass

N_UPDATES, MOST_EPOCHS = 1000, 300  # measured on tables, rasters and series: more gain little


class SurrogateGradient(Rule):
    """Surrogate-gradient learning of weights and intrinsics together.

    Spikes are hard; on the way back their derivative with respect to the margin ``(v - threshold) /
    threshold`` is replaced by a smooth function of height 1, and the reset counts as constant. The
    loss is that of a linear readout of the spikes (cross-entropy for classes, half the squared
    error for values), standardised per feature, which is trained along.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The stand-in for the derivative; the fast sigmoid's is ``1 / (1 + slope |m|)**2``.
    slope : float, default=5.0
        How fast it falls with the distance m from the threshold.
    solver : {"adam", "sgd", "descent"}, default="adam"
        Adam; stochastic gradient descent with momentum 0.9; or projected gradient descent on all
        samples in float64 with backtracking, which lowers the loss in every step. That loss is
        smooth: spikes are real numbers, the surrogate's smooth function of the margin, in training
        alone. The fitted estimator then shows ``loss_curve_`` (its first entry is the loss before
        the first step), ``step_sizes_``, ``pg_norm_`` (norm of the projected gradient) and the
        training accuracy with smooth and with hard spikes, ``soft_accuracy_`` and
        ``hard_accuracy_`` (of values r2). It takes at most `max_iter` steps (of each of the
        `blocks`), and no learning rate.
    spikes : {"auto", "hard", "smooth"}, default="auto"
        Spikes in training; "auto" means smooth for "descent", for which hard spikes are refused,
        and hard otherwise.
    blocks : {"joint", "alternate"}, default="joint"
        Whether a step of "descent" moves all parameters together, or weights and intrinsics in
        turn.

    See Also
    --------
    Tempotron : Decides by the largest potential, in a single layer.
    Reservoir : No learning inside the network.
    skspike.SNNClassifier : Takes it as `rule`.

    References
    ----------
    .. [1] E. O. Neftci, H. Mostafa, F. Zenke, "Surrogate gradient learning in spiking neural
        networks", IEEE Signal Processing Magazine 36, 2019.
    .. [2] F. Zenke, S. Ganguli, "SuperSpike", Neural Computation 30, 2018.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.learning import SurrogateGradient
    >>> SNNClassifier(rule=SurrogateGradient(slope=10.0)).get_params()["rule__slope"]
    10.0
    """

    name = "surrogate"
    only_classes = False

    def __init__(
        self,
        surrogate: str = "fast_sigmoid",
        slope: float = 5.0,
        solver: str = "adam",
        spikes: str = "auto",
        blocks: str = "joint",
    ):
        self.surrogate = surrogate
        self.slope = slope
        self.solver = solver
        self.spikes = spikes
        self.blocks = blocks

    def check(self) -> None:
        """Raise if a parameter is outside its range; the message names it."""
        check_option(self.surrogate, "surrogate", tuple(SURROGATES))
        convert(self, "slope", above=0, high=LARGEST)
        check_option(self.solver, "solver", (*SOLVERS, "descent"))
        check_option(self.spikes, "spikes", ("auto", "hard", "smooth"))
        check_option(self.blocks, "blocks", ("joint", "alternate"))
        if self.solver == "descent" and self.spikes == "hard":
            raise ValueError(
                "solver='descent' needs spikes='smooth': the true gradient of hard spikes is zero "
                "almost everywhere, so that no step "
                "along a surrogate is sure to lower the loss.")

    @property
    def streams(self):
        """All solvers can go on with new data but "descent", which lowers the loss over all of them."""
        return self.solver != "descent"

    @property
    def refuses(self):
        """The solver "descent" promises that one loss falls, that of all samples, and so wants no noise, and holds nothing out."""
        reasons = {
            "dropout": "solver='descent' lowers one loss in every step, which noise would change",
            "early_stopping": "solver='descent' lowers the loss of all samples, and holds none out",
        }
        return reasons if self.solver == "descent" else {}

    def epochs(self, n_samples: int, batch_size: int) -> int:
        """Return more epochs where they hold few updates: it is updates that learn."""
        few = super().epochs(n_samples, batch_size)
        updates = -(-n_samples // batch_size)
        return few if self.solver == "descent" else min(
            max(few, -(-N_UPDATES // updates)), MOST_EPOCHS)

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron, which raises if it has no smooth form and needs one."""
        neuron.kernels(smooth=self._smooth())
        return neuron

    def _smooth(self):
        return self.spikes == "smooth" or (self.spikes == "auto" and self.solver == "descent")

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics and return a ``Result``."""
        spikes = (smooth_spikes if self._smooth() else hard_spikes)(self.surrogate, self.slope)
        state = task.start or initial_state(task)
        state = state if state.readout else with_readout(task, state, spikes)
        if self.solver == "descent":
            objective = ReadoutObjective(task, state, spikes, np.float64)
            attributes, memory = descend(objective, task, self.blocks), None
        else:
            objective = ReadoutObjective(task, state, spikes)
            attributes, memory = self._minimise(objective, task, state.memory)
        return Result(objective.state()._replace(memory=memory), task.settings.neuron, attributes)

    def _minimise(self, objective, task, memory):
        """Return the attributes, and for the next chunk of data what the solver has gathered."""
        solver = SOLVERS[self.solver](objective.parameters, objective.rates)
        if not task.settings.single_pass:
            return minimise(objective, solver, task), None
        if memory is not None:
            solver.recall(memory)
        return one_pass(objective, solver, task), solver.memory()
