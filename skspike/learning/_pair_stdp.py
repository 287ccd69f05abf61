"""Pair-based spike-timing-dependent plasticity: competing neurons learn without labels."""

from typing import Any

from .._checks import LARGEST, SIZE_LIMITS, check_option, convert
from ._competing import DECODERS, HIGH, CompetingRule
from ._pair_layer import PairCompetition


class PairSTDP(CompetingRule):
    """Pair-based spike-timing-dependent plasticity with lateral inhibition.

    An output spike raises the weights of inputs that spiked before it or in the same step, ``dw =
    a_plus exp(-(t_post - t_pre) / tau_pre)`` summed over all pairs. An input spike lowers the
    weights to outputs that spiked before it, ``dw = -a_minus exp(-(t_pre - t_post) / tau_post)``.
    The neurons of a layer compete: at most `k_winners` spike in a step, and each spike lowers the
    membranes of the others. Layers learn one after the other. Prediction runs the same competition
    with fixed weights.

    Learning uses labels only with ``intrinsics="fisher"``. Otherwise `skspike.SNNClassifier` uses
    them only to map neurons to classes.

    The rule suits patterns in time: order, latencies, the rate at which firing rates change. If
    spike counts are enough, as for images, `STDP` preserves much more information.

    Parameters
    ----------
    tau_pre : float, default=20.0
        Time constant of the traces of input spikes in ms.
    tau_post : float, default=20.0
        Time constant of the traces of output spikes in ms.
    a_plus : float, default=0.005
        Size of potentiation, as a fraction of the range of the weights.
    a_minus : float, default=0.001
        Size of depression, as a fraction of the same range.
    bounds : {"additive", "multiplicative"}, default="multiplicative"
        Additive updates stop at the bounds. Multiplicative updates shrink with the distance to the
        bound.
    w_min : float, default=0.0
        Lower bound of the weights, in units of a scale that is set on the data: with uniformly
        random weights, membranes come close to threshold without spikes.
    w_max : float, default=1.0
        Upper bound of the weights in each update, in the same units. ``normalize_weights=True`` may
        raise weights above it, because clipping would lower their sum.
    inhibition : float, default=0.2
        Decrease of the membranes of the layer's other neurons per spike.
    k_winners : int or None, default=1
        Maximum number of neurons of a layer that spike in a step. The neurons furthest above
        threshold spike. None means no maximum.
    theta_plus : float, default=0.02
        Increase of a neuron's threshold per spike, as a fraction of the threshold (adaptive
        threshold). The final thresholds are kept in ``intrinsics_["threshold"]``.
    tau_theta : float, default=100000.0
        Time constant of the decay of a raised threshold, in ms.
    normalize_weights : bool, default=True
        Whether to scale the summed input weights of each neuron back to their initial value after
        every mini-batch.
    intrinsics : {"homeostasis", "fisher"}, default="homeostasis"
        How intrinsics are learned if the estimator learns them. "homeostasis" needs no labels. It
        moves thresholds towards the target rate, and membrane time constants towards eight times
        the mean interval between the layer's previous spike and the neuron's own. "fisher" needs y.
        After the weights it tries random steps of the positive intrinsics, and each neuron keeps
        the steps that raise its Fisher score, the variance of its mean counts between classes over
        the variance within classes.
    target_rate : float, default=20.0
        Target rate of each neuron for "homeostasis" in Hz, at least 1e-6.
    n_trials : int, default=60
        Number of steps that "fisher" tries.
    decoder : {"shared", "assigned"}, default="shared"
        How `skspike.SNNClassifier` predicts. "shared": each spike adds the logarithms of the
        classes' shares in the spikes of its neuron. "assigned": a class gets the spikes of the
        neurons that respond most to it.
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    intrinsic_learning_rate : float, default=0.02
        Rate at which "homeostasis" moves the intrinsics. "fisher" does not use it.

    See Also
    --------
    STDP : Neurons that race, and restart at each spike.

    References
    ----------
    .. [1] G. Bi, M. Poo, "Synaptic modifications in cultured hippocampal neurons", Journal of
        Neuroscience 18, 1998.
    .. [2] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using
        spike-timing-dependent plasticity", Frontiers in Computational Neuroscience 9, 2015.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_order
    >>> X, _ = make_order(20, random_state=0)
    >>> SNNTransformer(8, rule="pair_stdp", max_iter=1, random_state=0).fit_transform(X).shape
    (20, 8, 250)
    """

    name = "pair_stdp"
    default_learning_rate = None  # `a_plus` and `a_minus` are its rates
    poor_score = True
    competition, memory_type = PairCompetition, float

    def __init__(
            self, tau_pre: float = 20.0, tau_post: float = 20.0, a_plus: float = 0.005,
            a_minus: float = 0.001, bounds: str = "multiplicative", w_min: float = 0.0,
            w_max: float = 1.0, inhibition: float = 0.2, k_winners: int | None = 1,
            theta_plus: float = 0.02, tau_theta: float = 100000.0, normalize_weights: bool = True,
            intrinsics: str = "homeostasis", target_rate: float = 20.0, n_trials: int = 60,
            decoder: str = "shared", *, augment: Any = None,
            intrinsic_learning_rate: float = 0.02):
        self.tau_pre = tau_pre
        self.tau_post = tau_post
        self.a_plus = a_plus
        self.a_minus = a_minus
        self.bounds = bounds
        self.w_min = w_min
        self.w_max = w_max
        self.inhibition = inhibition
        self.k_winners = k_winners
        self.theta_plus = theta_plus
        self.tau_theta = tau_theta
        self.normalize_weights = normalize_weights
        self.intrinsics = intrinsics
        self.target_rate = target_rate
        self.n_trials = n_trials
        self.decoder = decoder
        self.augment = augment
        self.intrinsic_learning_rate = intrinsic_learning_rate

    @property
    def requires_y(self) -> bool:  # type: ignore[override]
        """Whether learning needs labels: only for the Fisher scores."""
        return self.intrinsics == "fisher"

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "tau_pre", "tau_post", "tau_theta", low=1 / LARGEST, high=LARGEST)
        convert(self, "target_rate", low=1e-6, high=LARGEST)
        convert(self, "a_plus", "a_minus", "inhibition", "theta_plus", low=0, high=HIGH)
        convert(self, "w_min", low=-HIGH, high=HIGH)
        convert(self, "w_max", above=self.w_min, high=HIGH)
        convert(self, "k_winners", low=1, integer=True, none=True)
        convert(self, "n_trials", **SIZE_LIMITS)
        check_option(self.bounds, "bounds", ("additive", "multiplicative"))
        check_option(self.intrinsics, "intrinsics", ("homeostasis", "fisher"))
        check_option(self.decoder, "decoder", tuple(DECODERS))
        check_option(self.normalize_weights, "normalize_weights", (True, False))
