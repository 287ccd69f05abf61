"""Reward-modulated STDP: neurons that race for the input learn where their win was right."""

from ._stdp import STDP, documented


@documented
class RSTDP(STDP):
    """Reward-modulated spike-timing-dependent plasticity: `STDP` that is told when a neuron has won for the wrong class.

    A neuron stands for the class in whose samples it has spiked most so far. If it wins in a sample
    of this class, it learns as under `STDP`; in another its weights stay as they are, and only its
    threshold rises. Nothing is said of which neuron should have won.

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
    >>> network = SNNClassifier(100, rule="rstdp", encoder=SpikeEncoder(), max_iter=2, random_state=0)
    >>> network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.8
    True
    """

    name = "rstdp"
    requires_y = True
    rewarded = True
    streams = False  # what comes next may name its classes anew
