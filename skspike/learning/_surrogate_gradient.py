"""Surrogate-gradient learning: backpropagation through time of weights and intrinsics."""

import numpy as np

from .._checks import LARGEST, check_option, convert
from ..neurons import Neuron
from ._base import Rule
from ._decoder_objective import DecoderObjective
from ._initialise import initial_state, with_decoder
from ._projected_descent import descend
from ._solvers import SOLVERS
from ._surrogates import Surrogate, check_surrogate, hard_spikes, smooth_spikes
from ._task import Result, Task
from ._training import minimise, one_pass

# measured on tables, rasters and series: more updates gain little
N_UPDATES, MAX_EPOCHS = 1000, 300
N_UPDATES_OF_IMAGES, MIN_EPOCHS = 4000, 10  # the time of an update grows with the image
USED_BY_DESCENT = (
    "recurrent", "convolution", "readout", "alpha", "spike_penalty", "learn_intrinsic", "bias",
    "max_iter")


class SurrogateGradient(Rule):
    """Surrogate-gradient learning of weights and intrinsics.

    Spikes are hard. In the backward pass, the derivative of a spike with respect to the margin
    ``(v - threshold) / threshold`` is replaced by a smooth function of height 1, and no gradient
    passes through the reset. A linear decoder of standardised features of the spikes is trained
    along with the network. The loss is the cross-entropy for classes, and half the squared error
    for values.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"} or Surrogate, \
default="fast_sigmoid"
        The surrogate derivative. For margin m, "fast_sigmoid" is ``1 / (1 + slope |m|)**2``. For
        one of your own, pass a `Surrogate` of compiled functions.
    slope : float, default=5.0
        Steepness of the surrogate, positive. Larger values narrow the range of potentials near the
        threshold that pass a gradient.
    solver : {"adam", "sgd", "descent"}, default="adam"
        Adam, or stochastic gradient descent with momentum 0.9, or projected gradient descent with
        backtracking, on all samples in float64. "descent" lowers the loss in every step, without a
        learning rate: at most `max_iter` steps of all parameters, or of each of the `blocks`. So it
        does not support what would change the loss: dropout, augmentation and early stopping. Its
        loss is smooth, because spikes in training are real numbers, given by the surrogate as a
        function of the margin. The fitted estimator then has the attributes ``loss_curve_`` (which
        starts with the loss before the first step), ``step_sizes_``, ``pg_norm_`` (the norm of the
        projected gradient), and the training accuracy (r2 for values) with smooth and with hard
        spikes, ``soft_accuracy_`` and ``hard_accuracy_``.
    spikes : {"auto", "hard", "smooth"}, default="auto"
        Spikes in training. "auto" means smooth for "descent", which does not support hard spikes,
        and hard otherwise.
    blocks : {"joint", "alternate"}, default="joint"
        Whether a step of "descent" moves all parameters together, or weights and intrinsics in
        turn.

    See Also
    --------
    Tempotron : Predicts from the largest potential of each neuron, in a single layer.
    Reservoir : No learning inside the network.
    DecoderObjective : The loss, for other gradient rules.
    Surrogate : Your own surrogate derivative.
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
            self, surrogate: str | Surrogate = "fast_sigmoid", slope: float = 5.0,
            solver: str = "adam", spikes: str = "auto", blocks: str = "joint"):
        self.surrogate = surrogate
        self.slope = slope
        self.solver = solver
        self.spikes = spikes
        self.blocks = blocks

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "slope", above=0, high=LARGEST)
        check_option(self.solver, "solver", (*SOLVERS, "descent"))
        check_option(self.spikes, "spikes", ("auto", "hard", "smooth"))
        check_option(self.blocks, "blocks", ("joint", "alternate"))
        if self.solver == "descent" and self.spikes == "hard":
            raise ValueError(
                "solver='descent' needs spikes='smooth' or 'auto', got 'hard': the gradient of "
                "hard spikes is zero almost everywhere, and a surrogate does not guarantee that a "
                "step lowers the loss.")
        check_surrogate(self.surrogate, self.slope, self.smooth)

    @property
    def learns_chunks(self) -> bool:  # type: ignore[override]
        """Whether `partial_fit` is supported: not for "descent", which uses all samples."""
        return self.solver != "descent"

    @property
    def uses(self) -> tuple[str, ...]:  # type: ignore[override]
        """Parameters of the estimators that the rule uses: all, or those of "descent"."""
        return USED_BY_DESCENT if self.solver == "descent" else (*DecoderObjective.uses, "bias")

    @property
    def chooses(self) -> tuple[str, ...]:  # type: ignore[override]
        """Parameters that the data may choose: not for "descent", which lowers one fixed loss."""
        names = "alpha", "dropout", "standardize", "delays", "augment"
        return () if self.solver == "descent" else names

    def epochs(self, n_samples: int, batch_size: int, images: bool = False) -> int:
        """Return 30, or up to 300 if epochs are small, to reach about 1000 updates.

        Many images have at least 10 epochs, to reach about 4000 updates.
        """
        epochs = super().epochs(n_samples, batch_size)
        if self.solver == "descent":
            return epochs
        n_batches = -(-n_samples // batch_size)
        if images:
            epochs = min(epochs, max(-(-N_UPDATES_OF_IMAGES // n_batches), MIN_EPOCHS))
        return min(max(epochs, -(-N_UPDATES // n_batches)), MAX_EPOCHS)

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron. Raise if it has no smooth form and needs one."""
        neuron.kernels(smooth=self.smooth)
        return neuron

    @property
    def smooth(self) -> bool:  # type: ignore[override]
        """Whether spikes are smooth in training."""
        return self.spikes == "smooth" or (self.spikes == "auto" and self.solver == "descent")

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics and return a ``Result``."""
        make = smooth_spikes if self.smooth else hard_spikes
        spikes = make(self.surrogate, self.slope)
        state = with_decoder(task, task.start or initial_state(task), spikes)
        memory = None
        if self.solver == "descent":
            objective = DecoderObjective(task, state, spikes, np.float64)
            attributes = descend(objective, task, self.blocks)
        else:
            objective = DecoderObjective(task, state, spikes)
            solver = SOLVERS[self.solver](objective.parameters, objective.rates)
            if task.settings.single_pass:  # continue with the moments of the previous chunk
                solver.recall(state.memory or {})
                attributes, memory = one_pass(objective, solver, task), solver.memory()
            else:
                attributes = minimise(objective, solver, task)
        learned = objective.state()._replace(memory=memory)
        return Result(learned, task.settings.neuron, attributes)
