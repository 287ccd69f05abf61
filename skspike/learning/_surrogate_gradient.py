"""Surrogate-gradient learning: backpropagation through time of weights and intrinsics."""

from typing import Any

import numpy as np

from .._base import LARGEST, check_option, convert, sections, with_sections
from ..neurons import Neuron
from ._decoder_objective import DecoderObjective
from ._initialise import initial_state, with_decoder
from ._projected_descent import descend
from ._rule import Rule
from ._solvers import SOLVERS
from ._surrogates import Surrogate, check_surrogate, hard_spikes, smooth_spikes
from ._task import Result, Task
from ._training import minimise, one_pass

# measured on tables, rasters and series: more updates gain little
N_UPDATES, MAX_EPOCHS = 1000, 300
N_UPDATES_OF_IMAGES, MIN_EPOCHS = 4000, 10  # the time of an update grows with the image


class GradientRule(Rule):
    """Base of the rules that follow gradients of the loss, with the parameters of their training.

    Parameters
    ----------
    augment : Augmentation, "auto" or None, default="auto"
        Changes training samples at random, anew in every epoch, before the encoder and the delays,
        such as `skspike.coding.Augment` for rasters and series, and
        `skspike.coding.MoveImages` for images, also in rows of pixels. Prediction uses the
        samples as they are. Useful if other sources, such as speakers or sensors, are shifted or
        stretched over channels or time. "auto" shifts the series of a classifier a little in time,
        and images by up to a pixel if that helps (:doc:`/guide/auto`). Set None if the classes of
        series differ in small shifts. A warm start keeps the shifts that were chosen.
    dropout : float or "auto", default="auto"
        Share of the input events that training leaves out, from 0 to 0.95, drawn anew in every
        epoch. Of a table (2-D input), whole features of a row are left out, also with an encoder,
        and of regular trains whole channels. The other events are scaled up. Prediction uses all
        events. "auto" is ``0.4 * (1 - r2)**2``, at most 0.5, where r2 is the leave-one-out score of
        a ridge regression on the features of the untrained network, with factors for the kind and
        number of samples (:doc:`/guide/auto`). A warm start keeps its value.
    spike_penalty : float, default=0.0
        Penalty >= 0, added to the loss per spike and sample, averaged over the neurons of all
        layers. Larger values give fewer spikes.
    bias : bool, default=True
        Whether to learn a bias of each neuron, a constant input current. With it, neurons also
        respond to missing input, and the mean of the input does not matter. Weight decay does not
        act on it.
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsic parameters, in the space in which they are learned (for time
        constants, their logarithm).
    learning_rate_schedule : {"cosine", "constant", "one_cycle"}, default="cosine"
        Factor of the learning rates in each epoch. "cosine" falls from 1 to 0 along half a cosine.
        Spike counts jump, and with a constant rate the last states would still differ. "one_cycle"
        rises from 0.04 to 1 in the first 30 % of the epochs and then falls to 0. ``partial_fit``
        keeps the rates constant.

    See Also
    --------
    SurrogateGradient : The gradient rule of the package.
    DecoderObjective : The loss. Its example is another gradient rule.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> network = SNNClassifier().set_params(rule__dropout=0.2, rule__bias=False)
    >>> network.rule
    SurrogateGradient(bias=False, dropout=0.2)
    """

    only_classes = False
    learns_steps = True
    supports: tuple[str, ...] = "recurrent", "convolution", "readout", "early_stopping", "alpha"

    def __init__(
            self, *, augment: Any = "auto", dropout: float | str = "auto",
            spike_penalty: float = 0.0, bias: bool = True, intrinsic_learning_rate: float = 0.02,
            learning_rate_schedule: str = "cosine"):
        self.augment = augment
        self.dropout = dropout
        self.spike_penalty = spike_penalty
        self.bias = bias
        self.intrinsic_learning_rate = intrinsic_learning_rate
        self.learning_rate_schedule = learning_rate_schedule


@with_sections(**sections(GradientRule))
class SurrogateGradient(GradientRule):
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
        another function, pass a `Surrogate` of compiled functions.
    slope : float, default=5.0
        Steepness of the surrogate, positive. Larger values narrow the range of potentials near the
        threshold that pass a gradient.
    solver : {"adam", "sgd", "descent"}, default="adam"
        Adam, or stochastic gradient descent with momentum 0.9, or projected gradient descent with
        backtracking, on all samples in float64. "descent" lowers the loss in every step, without
        learning rates: at most `max_iter` steps of all parameters, or of each of the `blocks`. So
        it does not support what would change the loss: dropout, augmentation and early stopping.
        Its loss is smooth, because spikes in training are real numbers, given by the surrogate as a
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
    <parameters>
    memory : int, default=0
        Number of past samples that ``partial_fit`` keeps, balanced by class, and presents again
        between the new ones. Without it, a network forgets what it does not see any more. A few
        hundred are enough for ten classes. Chunks take about twice as long. The samples are part of
        the estimator and of its files. ``partial_fit`` then also stores `chunk_scores_`, and warns
        if a chunk does not look like the samples in memory. 0 keeps none. `fit` ignores it.

    See Also
    --------
    Tempotron : Predicts from the largest potential of each neuron, in a single layer.
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

    def __init__(
            self, surrogate: str | Surrogate = "fast_sigmoid", slope: float = 5.0,
            solver: str = "adam", spikes: str = "auto", blocks: str = "joint", *,
            augment: Any = "auto", dropout: float | str = "auto",
            spike_penalty: float = 0.0, bias: bool = True, intrinsic_learning_rate: float = 0.02,
            learning_rate_schedule: str = "cosine", memory: int = 0):
        super().__init__(
            augment=augment, dropout=dropout, spike_penalty=spike_penalty, bias=bias,
            intrinsic_learning_rate=intrinsic_learning_rate,
            learning_rate_schedule=learning_rate_schedule)
        self.memory = memory
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
        for name, nothing in (("augment", None), ("dropout", 0.0)):
            value = getattr(self, name)
            is_off = value is nothing if nothing is None else np.array_equal(value, nothing)
            is_auto = isinstance(value, str) and value == "auto"
            if self.solver == "descent" and not is_off and not is_auto:
                raise ValueError(
                    f"solver='descent' does not support {name}, because it would change the loss "
                    "from step to step. Leave it out, or use solver='adam'.")
        check_surrogate(self.surrogate, self.slope, self.smooth)

    @property
    def learns_chunks(self) -> bool:  # type: ignore[override]
        """Whether `partial_fit` is supported: not for "descent", which uses all samples."""
        return self.solver != "descent"

    @property
    def default_learning_rate(self) -> float | None:  # type: ignore[override]
        """Learning rate if the network has none: "descent" needs none."""
        return None if self.solver == "descent" else super().default_learning_rate

    @property
    def supports(self) -> tuple[str, ...]:  # type: ignore[override]
        """Everything, except early stopping with "descent"."""
        names = GradientRule.supports
        return tuple(
            name for name in names if name != "early_stopping" or self.solver != "descent")

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
