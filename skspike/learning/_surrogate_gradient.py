"""Surrogate-gradient learning: backpropagation through time of weights and intrinsics.

A spike is a step function of the margin m. A surrogate with slope k is a pair: a smooth spike in
[0, 1], and its derivative divided by the derivative at m = 0, which is ``peak * k``.

    fast_sigmoid   (1 + k m / (1 + k|m|)) / 2        1 / (1 + k|m|)**2          Zenke & Ganguli 2018
    arctan         1/2 + arctan(pi k m / 2) / pi     1 / (1 + (pi k m / 2)**2)  Fang et al. 2021
    sigmoid        1 / (1 + exp(-k m))               4 s (1 - s)                Neftci et al. 2019
    triangular     the integral of the right         max(0, 1 - k|m|)           Bellec et al. 2018
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._checks import LARGEST, check_option, convert
from .._compile import scalar
from ..neurons import Neuron
from ..simulation import SpikeFunction
from ._base import Rule
from ._decoder_objective import DecoderObjective
from ._descent import descend
from ._initialise import initial_state, with_decoder
from ._solvers import SOLVERS
from ._task import Result, Task
from ._training import minimise, one_pass

# measured on tables, rasters and series: more updates gain little
N_UPDATES, MAX_EPOCHS = 1000, 300
USED_BY_DESCENT = (
    "recurrent", "convolution", "readout", "alpha", "spike_penalty", "learn_intrinsic", "bias",
    "max_iter")
ZERO, HALF, ONE, FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
HALF_PI, PER_PI = np.float32(math.pi / 2), np.float32(1 / math.pi)


@scalar
def fast_sigmoid(m: Any, k: Any) -> Any:
    return HALF + HALF * k * m / (ONE + k * abs(m))


@scalar
def fast_sigmoid_vjp(m: Any, k: Any) -> Any:
    y = ONE + k * abs(m)
    return ONE / (y * y)


@scalar
def arctan(m: Any, k: Any) -> Any:
    return HALF + np.arctan(HALF_PI * k * m) * PER_PI


@scalar
def arctan_vjp(m: Any, k: Any) -> Any:
    y = HALF_PI * k * m
    return ONE / (ONE + y * y)


@scalar
def sigmoid(m: Any, k: Any) -> Any:
    e = np.exp(-abs(k * m))
    return (ONE if m > ZERO else e) / (ONE + e)


@scalar
def sigmoid_vjp(m: Any, k: Any) -> Any:
    e = np.exp(-abs(k * m))
    return FOUR * e / ((ONE + e) * (ONE + e))


@scalar
def triangular(m: Any, k: Any) -> Any:
    x = min(max(k * m, -ONE), ONE)
    return HALF + x - HALF * x * abs(x)


@scalar
def triangular_vjp(m: Any, k: Any) -> Any:
    return max(ZERO, ONE - abs(k * m))


class Surrogate(NamedTuple):
    """A smooth spike, its normalised derivative, and its derivative at m = 0 for slope 1."""

    smooth: Callable[..., Any]
    vjp: Callable[..., Any]
    peak: float


SURROGATES = {
    "fast_sigmoid": Surrogate(fast_sigmoid, fast_sigmoid_vjp, 0.5),
    "arctan": Surrogate(arctan, arctan_vjp, 0.5),
    "sigmoid": Surrogate(sigmoid, sigmoid_vjp, 0.25),
    "triangular": Surrogate(triangular, triangular_vjp, 1.0),
}


def hard_spikes(surrogate: str = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return hard spikes with a surrogate derivative, for training by surrogate gradients.

    The derivative has height 1 at the threshold. No gradient passes through the reset.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The surrogate derivative.
    slope : float, default=5.0
        Steepness of the surrogate, positive. Larger values narrow the range of potentials near the
        threshold that pass a gradient.

    Returns
    -------
    spikes : SpikeFunction
        The spike function of a network, as ``Task.network`` takes it.

    See Also
    --------
    smooth_spikes : Differentiable spikes.
    SurrogateGradient : The rule that uses them.

    Examples
    --------
    >>> from skspike.learning import hard_spikes
    >>> spikes = hard_spikes("fast_sigmoid", slope=1.0)
    >>> float(spikes.spike(0.5, 0.0)), float(spikes.spike_vjp(1.0, spikes.slope))
    (1.0, 0.25)
    """
    return SpikeFunction(spike_vjp=SURROGATES[surrogate].vjp, slope=slope)


def smooth_spikes(surrogate: str = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return smooth spikes with their exact derivative, which also passes through the reset.

    Spikes are real numbers between 0 and 1, and the loss is differentiable everywhere. The neuron
    must have a smooth form (``neuron.kernels(smooth=True)``).

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The smooth spike.
    slope : float, default=5.0
        Steepness of the spike at the threshold, positive. Larger values approach hard spikes.

    Returns
    -------
    spikes : SpikeFunction
        The spike function of a network, as ``Task.network`` takes it.

    See Also
    --------
    hard_spikes : Spikes of 0 and 1.
    SurrogateGradient : Uses them with ``spikes="smooth"``.

    Examples
    --------
    >>> from skspike.learning import smooth_spikes
    >>> spikes = smooth_spikes("fast_sigmoid", slope=1.0)
    >>> float(spikes.spike(0.0, 1.0)), float(spikes.spike(1.0, 1.0))
    (0.5, 0.75)
    """
    chosen = SURROGATES[surrogate]
    return SpikeFunction(chosen.smooth, _exact(chosen), slope, slope, smooth=True, detach=False)


@functools.lru_cache(maxsize=None)
def _exact(surrogate: Surrogate) -> Any:
    """Return the derivative of a smooth spike without normalisation."""
    vjp, peak = surrogate.vjp, surrogate.peak

    @scalar
    def smooth_vjp(m: Any, slope: Any) -> Any:
        return peak * slope * vjp(m, slope)

    return smooth_vjp


class SurrogateGradient(Rule):
    """Surrogate-gradient learning of weights and intrinsics.

    Spikes are hard. In the backward pass, the derivative of a spike with respect to the margin
    ``(v - threshold) / threshold`` is replaced by a smooth function of height 1, and no gradient
    passes through the reset. A linear decoder of standardised features of the spikes is trained
    along with the network. The loss is the cross-entropy for classes, and half the squared error
    for values.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The surrogate derivative. For margin m, "fast_sigmoid" is ``1 / (1 + slope |m|)**2``.
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
            self, surrogate: str = "fast_sigmoid", slope: float = 5.0, solver: str = "adam",
            spikes: str = "auto", blocks: str = "joint"):
        self.surrogate = surrogate
        self.slope = slope
        self.solver = solver
        self.spikes = spikes
        self.blocks = blocks

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        check_option(self.surrogate, "surrogate", tuple(SURROGATES))
        convert(self, "slope", above=0, high=LARGEST)
        check_option(self.solver, "solver", (*SOLVERS, "descent"))
        check_option(self.spikes, "spikes", ("auto", "hard", "smooth"))
        check_option(self.blocks, "blocks", ("joint", "alternate"))
        if self.solver == "descent" and self.spikes == "hard":
            raise ValueError(
                "solver='descent' needs spikes='smooth' or 'auto', got 'hard': the gradient of "
                "hard spikes is zero almost everywhere, and a surrogate does not guarantee that a "
                "step lowers the loss.")

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

    def epochs(self, n_samples: int, batch_size: int) -> int:
        """Return 30, or up to 300 if epochs are small, to reach about 1000 updates."""
        epochs = super().epochs(n_samples, batch_size)
        if self.solver == "descent":
            return epochs
        n_batches = -(-n_samples // batch_size)
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
