"""Number of updates of membrane potentials."""

import numpy as np
from numpy.typing import ArrayLike

from .._networks import SpikingNetwork, checked, run
from ..learning import Rule
from ..simulation import membrane_after
from ._network import check_network, layer_activity


def membrane_updates(estimator: SpikingNetwork, X: ArrayLike) -> float:
    """Count the updates of membrane potentials in a fitted network, as a mean per sample.

    An update is a change of a neuron's potential from one step to the next, both taken after the
    reset. The first step always counts. This is the definition of the NeuroBench package [1]_. A
    neuron at rest without input is not updated. A neuron that spikes in two consecutive steps and
    is reset to the same value is not updated either.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input as in `fit`.

    Returns
    -------
    updates : float
        Updates per sample, at most the number of neurons times the number of steps.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network, X does not fit it, or its rule makes neurons
        compete, as STDP does. Membranes of competing neurons are not recorded.

    See Also
    --------
    synaptic_operations : Count the operations at the synapses.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import membrane_updates
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> 8 <= membrane_updates(network, X) <= 8 * 50
    True
    """
    estimator = check_network(estimator, "membrane_updates")
    if type(estimator.rule_).run is not Rule.run:
        raise ValueError(
            "membrane_updates needs a rule that runs feed-forward layers, got "
            f"{type(estimator.rule_).__name__}, which has its own run. Use synaptic_operations and "
            "activation_sparsity instead.")

    def count(network, events):
        counts = np.zeros(len(events.rows), np.int64)
        for layer, inputs, _ in layer_activity(estimator.rule_, network, events):
            after = layer.observe(layer.forward(inputs), membrane_after)
            counts += np.count_nonzero(np.diff(after, axis=1), axis=(1, 2)) + layer.size
        return counts

    return float(run(estimator, checked(estimator, X), count).mean())
