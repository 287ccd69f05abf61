"""How much of a network is silent, and how large it is."""

import numpy as np
from numpy.typing import ArrayLike

from ..snn import SpikingNetwork, checked, run
from ._network import all_weights, check_network, layer_activity, readout_parameters


def activation_sparsity(estimator: SpikingNetwork, X: ArrayLike) -> float:
    """Return the share of zeros among all neurons' outputs: over layers, steps and samples.

    This is NeuroBench's definition [1]_: the input is no activation, and neither is what the
    readout says. The spikes are those that `skspike.SNNTransformer.transform` returns, and those of
    the layers below.

    Parameters
    ----------
    estimator : SNNTransformer or SNNClassifier
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input of the kind seen in its `fit`.

    Returns
    -------
    sparsity : float
        Between 0, all spike at every step, and 1, none ever does.

    Raises
    ------
    ValueError
        If the estimator is no network or not fitted, or X does not fit it.

    See Also
    --------
    connection_sparsity : Zeros among weights.
    synaptic_operations : What the spikes cost.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import activation_sparsity
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> bool(abs(activation_sparsity(network, X) - (network.transform(X) == 0).mean()) < 1e-12)
    True
    """
    estimator = check_network(estimator, "activation_sparsity")

    def active(network, events):
        rasters = [raster for _, _, raster in layer_activity(estimator.rule_, network, events)]
        return sum(raster.sum(axis=(1, 2)) for raster in rasters) / sum(
            raster[0].size for raster in rasters)

    return float(1 - run(estimator, checked(estimator, X), active).mean())


def connection_sparsity(estimator: SpikingNetwork) -> float:
    """Return the share of zeros among all weights, recurrent ones and those of the readout of an SNNClassifier included.

    This is NeuroBench's definition; its package rounds to four decimals.

    Parameters
    ----------
    estimator : SNNTransformer or SNNClassifier
        A fitted network.

    Returns
    -------
    sparsity : float
        Between 0, all are connected, and 1, none is.

    Raises
    ------
    ValueError
        If the estimator is no network or not fitted.

    See Also
    --------
    activation_sparsity : Zeros among outputs.
    footprint : The memory of the weights.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import connection_sparsity
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> connection_sparsity(SNNTransformer(8, rule=None, random_state=0).fit(X))
    0.0
    """
    estimator = check_network(estimator, "connection_sparsity")
    weights = [*all_weights(estimator), *readout_parameters(estimator)[:1]]
    return float(1 - sum(map(np.count_nonzero, weights)) / sum(w.size for w in weights))


def footprint(estimator: SpikingNetwork) -> int:
    """Return the memory that the parameters of a network take, in bytes.

    NeuroBench's definition, the number of parameters times their size, on the arrays that the
    estimator shows: `weights_` and `recurrent_weights_` (float32), `intrinsics_` (float64), and for
    an SNNClassifier `readout_coef_`, `readout_intercept_`, `count_mean_` and `count_scale_`
    (float64).

    Parameters
    ----------
    estimator : SNNTransformer or SNNClassifier
        A fitted network.

    Returns
    -------
    n_bytes : int
        Bytes.

    Raises
    ------
    ValueError
        If the estimator is no network or not fitted.

    See Also
    --------
    connection_sparsity : The share of weights that are zero.
    membrane_updates : Work that weights do not tell.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import footprint
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)  # three intrinsics: tau_mem, threshold, v_reset
    >>> footprint(network) == 10 * 8 * 4 + 3 * 8 * 8
    True
    """
    estimator = check_network(estimator, "footprint")
    intrinsics = [values for layers in estimator.intrinsics_.values() for values in layers]
    return sum(
        array.nbytes
        for array in (*all_weights(estimator), *intrinsics, *readout_parameters(estimator)))
