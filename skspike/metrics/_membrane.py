"""How often membranes change."""

import numpy as np
from numpy.typing import ArrayLike

from ..learning import Rule
from ..simulation import membrane_after
from ..snn import SpikingNetwork, checked, run
from ._network import check_network, layer_activity


def membrane_updates(estimator: SpikingNetwork, X: ArrayLike) -> float:
    """Count the updates of membrane potentials in a fitted network, as a mean per sample.

    The definition is that of NeuroBench's package [1]_: over neurons and steps, the number of times
    that the potential after a step, its reset included, differs from that after the step before.
    The first step always counts. So a neuron at rest without input is not updated, nor is one that
    spikes in two steps running and is reset to the same value.

    Parameters
    ----------
    estimator : SNNTransformer or SNNClassifier
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input of the kind seen in its `fit`.

    Returns
    -------
    updates : float
        Updates per sample, at most neurons times steps.

    Raises
    ------
    ValueError
        If the estimator is no network or not fitted, X does not fit it, or its rule does not run
        layers that only feed forward: the competing neurons of STDP leave no record of their
        membranes.

    See Also
    --------
    synaptic_operations : Work at the synapses.

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
            "membrane_updates follows networks that only feed forward, and "
            f"{type(estimator.rule_).__name__} runs its own; "
            "use synaptic_operations and activation_sparsity for it.")

    def count(network, events):
        counts = np.zeros(len(events.rows), np.int64)
        for layer, inputs, _ in layer_activity(estimator.rule_, network, events):
            after = layer.observe(layer.forward(inputs), membrane_after)
            counts += np.count_nonzero(np.diff(after, axis=1), axis=(1, 2)) + layer.size
        return counts

    return float(run(estimator, checked(estimator, X), count).mean())
