"""Spike-timing-dependent plasticity: neurons that race for the input learn without labels, from the timing of spikes alone."""

from .._checks import LARGEST, check_option, convert
from .._utils import with_sections
from ._competing import CompetingRule
from ._race import Progress, Race, train
from ._task import Result, Task
from ._votes import READOUTS

HIGH = 1e9  # limit of what adds up over spikes
PARAMETERS = """
    tau_pre : float, default=20.0
        Time constant in ms of the traces of input spikes: how far back a weight looks for what made its neuron spike.
    n_spikes : float, default=8.0
        How many spikes the whole layer shall emit in a sample, on average.
    theta_plus : float, default=0.1
        How far each spike raises its neuron's threshold, against those of the others; 0 leaves all of it to whoever wins first.
    gain_rate : float, default=0.05
        How fast the gain of the layer follows, as a part of its logarithm, where a sample gets no spike; from 0 to 1.
    readout : {"shared", "assigned"}, default="shared"
        How `skspike.SNNClassifier` decides. "shared": each spike adds the logarithms of the classes' shares in the spikes of its neuron.
        "assigned": a class has the spikes of those neurons that respond most to it."""
REFERENCES = """
    .. [1] P. U. Diehl, M. Cook, "Unsupervised learning of digit recognition using spike-timing-dependent plasticity", Frontiers
       in Computational Neuroscience 9, 2015.
    .. [2] B. Nessler, M. Pfeiffer, L. Buesing, W. Maass, "Bayesian computation emerges in generic cortical microcircuits through
       spike-timing-dependent plasticity", PLoS Computational Biology 9, 2013."""
documented = with_sections(parameters=PARAMETERS, references=REFERENCES)


@documented
class STDP(CompetingRule):
    """Spike-timing-dependent plasticity of neurons that race for the input.

    The membranes of a layer rise together; the first neuron above its threshold spikes, and all
    membranes go back to zero: the next race begins. The neuron that has won moves its weights, by
    the `learning_rate` of the estimator (0.015 unless it is given), towards the trace of what came
    before its spike, normalised to a sum of 1. So weights need no bounds, and neurons share out the
    patterns. Each spike makes it a little harder for its neuron to win again, and one gain for the
    whole layer holds it at `n_spikes` spikes a sample: the same settings do for any number of
    channels, rates and sizes. All of it runs on in ``transform`` and ``predict``, with what was
    learned frozen; the gain is part of ``weights_`` then, and what makes winning harder of
    ``intrinsics_["threshold"]``.

    Learning needs no labels. Those that `skspike.SNNClassifier` gets only say what the neurons
    stand for.

    As everything starts again at each spike, a neuron knows what came since the last one and little
    of the order in the sample: for patterns of single latencies `PairSTDP` is better.

    Parameters
    ----------
    <parameters>

    See Also
    --------
    RSTDP : The same, with labels.
    PairSTDP : Pairs of spikes, weights within bounds, and inhibition that can be weak.
    skspike.SNNTransformer : Takes it as `rule`.

    References
    ----------
    <references>

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(100, rule="stdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.8
    True
    """

    name = "stdp"
    requires_y = False
    rewarded = False
    default_learning_rate = 0.015
    remembers = Progress

    def __init__(
            self, tau_pre: float = 20.0, n_spikes: float = 8.0, theta_plus: float = 0.1,
            gain_rate: float = 0.05, readout: str = "shared"):
        self.tau_pre = tau_pre
        self.n_spikes = n_spikes
        self.theta_plus = theta_plus
        self.gain_rate = gain_rate
        self.readout = readout

    def check(self) -> None:
        """Raise if a parameter is outside its range; the message names it."""
        convert(self, "tau_pre", low=1 / LARGEST, high=LARGEST)
        convert(self, "n_spikes", low=1 / HIGH, high=HIGH)
        convert(self, "theta_plus", low=0, high=HIGH)
        convert(self, "gain_rate", low=0, high=1)
        check_option(self.readout, "readout", tuple(READOUTS))

    def learn(self, task: Task) -> Result:
        """Learn weights and thresholds layer by layer and return a ``Result``."""
        if task.settings.learning_rate > 1:
            name = type(self).__name__
            raise ValueError(
                f"learning_rate must be at most 1 for {name}, the whole way to what is learned; "
                f"got {task.settings.learning_rate}.")
        return super().learn(task)

    def _competition(self, network):
        return Race(self, network)

    def _train(self, task, source, size, layer, memory):
        return train(self, task, source, size, layer, memory)

    def _vote(self, task, counts):
        return READOUTS[self.readout](task, counts)
