"""Compile ahead of time."""

import numpy as np

from .learning import Rule
from .neurons import Neuron
from .rasters import LZCClassifier, SpikeEncoder
from .snn import SNNClassifier


def warm_up(neuron: str | Neuron = "lif", rule: str | Rule | None = "surrogate") -> None:
    """Compile what the first fit would compile, and keep it on disk for later processes.

    Encoding, a network on rasters and on currents, and complexity; with other settings the first
    fit may still compile a loop or two. Run it once where a first call must not take seconds: when
    an image is built, or before a clock starts.

    Parameters
    ----------
    neuron : str or Neuron, default="lif"
        Neuron model, as in `SNNClassifier`.
    rule : str, Rule or None, default="surrogate"
        Learning rule, as in `SNNClassifier`.

    Raises
    ------
    ValueError
        If there is no such neuron or rule.

    See Also
    --------
    show_versions : Tells where compiled code is kept.

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
