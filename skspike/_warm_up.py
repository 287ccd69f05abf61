"""Compilation ahead of time."""

import numpy as np

from ._estimators import LZCClassifier, SpikeEncoder, SpikeTrainClassifier
from ._networks import SNNClassifier
from .learning import Rule
from .neurons import Neuron


def warm_up(neuron: str | Neuron = "lif", rule: str | Rule | None = "surrogate") -> None:
    """Compile the functions for a typical first fit, and store them on disk for later processes.

    These are the functions for encoding, for networks with spikes and with currents, for
    complexity, and for models of spike trains. With other settings, such as recurrent layers or a
    `Convolution`, the first fit may compile a few more. Call it once if compilation must not delay
    the first fit by seconds, for example when you build a container image or before you measure
    times.

    Parameters
    ----------
    neuron : str or Neuron, default="lif"
        Neuron model, as in `SNNClassifier`.
    rule : str, Rule or None, default="surrogate"
        Learning rule, as in `SNNClassifier`.

    Raises
    ------
    ValueError
        If the neuron or the rule is unknown.

    See Also
    --------
    show_versions : Print the folder of compiled code.

    Examples
    --------
    >>> import skspike
    >>> skspike.warm_up()
    """
    X, y = np.linspace(0, 1, 24).reshape(6, 4), np.arange(6) % 2
    raster = SpikeEncoder(n_steps=40, random_state=0).fit_transform(X)
    for inputs in (raster, X):
        SNNClassifier(2, neuron=neuron, rule=rule, max_iter=1, n_steps=40, random_state=0).fit(
            inputs, y).predict(inputs)
    LZCClassifier(with_counts=True).fit(raster, y).predict(raster)
    SpikeTrainClassifier().fit(raster, y).predict(raster)
