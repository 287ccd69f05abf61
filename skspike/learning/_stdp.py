"""Spike-timing-dependent plasticity: neurons race to spike first, and learn without labels."""

from typing import Any

from .._checks import LARGEST, check_option, convert
from .._utils import sections, with_sections
from ._competing import DECODERS, HIGH, CompetingRule
from ._race import Race, RaceMemory
from ._task import Result, Task


class STDP(CompetingRule):
    """Spike-timing-dependent plasticity with a race between neurons.

    The membranes of a layer rise together. The first neuron above its threshold spikes, and all
    membranes return to zero. The winner moves its weights, by the `learning_rate` of the estimator
    (default 0.015), towards the trace of the input before its spike, normalised to a sum of 1. So
    weights need no bounds, and neurons specialise on different patterns. Each spike raises the
    threshold of its neuron a little, and one gain for the whole layer keeps it at `n_spikes` spikes
    per sample. The same settings suit any number of channels, rates and layer sizes. ``transform``
    and ``predict`` run the same race with fixed values: the gain is part of ``weights_``, and the
    raised thresholds are part of ``intrinsics_["threshold"]``.

    Learning does not use labels. `skspike.SNNClassifier` uses them only to map neurons to classes.

    All membranes restart at each spike, so neurons carry little information about the order of
    events in a sample. For patterns of single latencies, `PairSTDP` is better.

    Parameters
    ----------
    tau_pre : float, default=20.0
        Time constant in ms of the traces of input spikes. Larger values learn from earlier spikes.
    n_spikes : float, default=8.0
        Wanted mean number of spikes of the whole layer in a sample. A sample with fewer steps with
        input should cause one spike in each of these steps.
    theta_plus : float, default=0.1
        Increase of a neuron's threshold per spike, relative to the other neurons. Larger values
        balance the spikes of the neurons. 0 lets the neurons that win first win all races.
    gain_rate : float, default=0.05
        Rate at which the gain of the layer adapts, from 0 to 1: the change of its logarithm after a
        sample with input and without a spike.
    decoder : {"shared", "assigned"}, default="shared"
        How `skspike.SNNClassifier` predicts. "shared": each spike adds the logarithms of the
        classes' shares in the spikes of its neuron. "assigned": a class gets the spikes of the
        neurons that respond most to it.
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    intrinsic_learning_rate : float, default=0.02
        Rate at which membrane time constants move to the intervals between spikes. Values above 1
        act as 1.

    See Also
    --------
    RSTDP : The same, with labels.
    PairSTDP : Pairs of spikes, bounded weights, and inhibition of any strength.
    skspike.SNNTransformer : Takes it as `rule`.

    References
    ----------
    .. [1] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using
       spike-timing-dependent plasticity", Frontiers in Computational Neuroscience 9, 2015.
    .. [2] B. Nessler, M. Pfeiffer, L. Buesing, W. Maass, "Bayesian computation emerges in generic
       cortical microcircuits through spike-timing-dependent plasticity", PLoS Computational
       Biology 9, 2013.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     100, rule="stdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.8
    True
    """

    name = "stdp"
    requires_y = False
    rewarded = False
    default_learning_rate = 0.015
    competition, memory_type = Race, RaceMemory

    def __init__(
            self, tau_pre: float = 20.0, n_spikes: float = 8.0, theta_plus: float = 0.1,
            gain_rate: float = 0.05, decoder: str = "shared", *,
            augment: Any = None, intrinsic_learning_rate: float = 0.02):
        self.tau_pre = tau_pre
        self.n_spikes = n_spikes
        self.theta_plus = theta_plus
        self.gain_rate = gain_rate
        self.decoder = decoder
        self.augment = augment
        self.intrinsic_learning_rate = intrinsic_learning_rate

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        convert(self, "tau_pre", low=1 / LARGEST, high=LARGEST)
        convert(self, "n_spikes", low=1 / HIGH, high=HIGH)
        convert(self, "theta_plus", low=0, high=HIGH)
        convert(self, "gain_rate", low=0, high=1)
        check_option(self.decoder, "decoder", tuple(DECODERS))

    def learn(self, task: Task) -> Result:
        """Learn weights and thresholds layer by layer and return a ``Result``."""
        rate = task.settings.learning_rate
        if rate > 1:
            raise ValueError(
                f"learning_rate of {type(self).__name__} must be at most 1, got {rate}: at 1 the "
                "weights move all the way to the trace.")
        return super().learn(task)


@with_sections(**sections(STDP))
class RSTDP(STDP):
    """Reward-modulated spike-timing-dependent plasticity: `STDP` that learns from correct spikes.

    A neuron represents the class with most of its spikes so far. If it wins in a sample of this
    class, it learns as in `STDP`. In samples of other classes its weights do not change, and only
    its threshold rises. The rule uses whether the winner was correct, and not which neuron should
    have won.

    Parameters
    ----------
    <parameters>

    See Also
    --------
    STDP : The same, without labels.

    References
    ----------
    <references>
    .. [3] N. Frémaux, W. Gerstner, "Neuromodulated spike-timing-dependent plasticity, and theory of
        three-factor learning rules", Frontiers in Neural Circuits 9, 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     100, rule="rstdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.8
    True
    """

    name = "rstdp"
    requires_y = True
    rewarded = True
    learns_chunks = False  # a later chunk may change the class of a neuron
