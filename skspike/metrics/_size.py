"""Sparsity and size of networks."""

import numpy as np
from numpy.typing import ArrayLike

from .._networks import SpikingNetwork, checked, run
from ._network import all_weights, check_network, layer_activity, readout_parameters


def activation_sparsity(estimator: SpikingNetwork, X: ArrayLike) -> float:
    """Return the fraction of zeros in the outputs of all neurons, over steps and samples.

    All layers are included. The input, and the output of the readout, are not. This is the
    definition of NeuroBench [1]_.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input as in `fit`.

    Returns
    -------
    sparsity : float
        From 0, all neurons spike in every step, to 1, no neuron spikes.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network, or X does not fit it.

    See Also
    --------
    connection_sparsity : Fraction of zeros among the weights.
    synaptic_operations : Count the operations that the spikes cause.

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

    def activity(network, events):
        rasters = [raster for _, _, raster in layer_activity(estimator.rule_, network, events)]
        n_spikes = sum(raster.sum(axis=(1, 2)) for raster in rasters)
        return n_spikes / sum(raster[0].size for raster in rasters)

    return float(1 - run(estimator, checked(estimator, X), activity).mean())


def connection_sparsity(estimator: SpikingNetwork) -> float:
    """Return the fraction of zeros among all weights of a network.

    Recurrent weights and the coefficients of a readout are included. The weights of a
    `skspike.Convolution` are counted once for all neurons that share them. This is the definition
    of NeuroBench [1]_, whose package rounds to four decimals.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.

    Returns
    -------
    sparsity : float
        From 0, all weights are nonzero, to 1, all are zero.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network.

    See Also
    --------
    activation_sparsity : Fraction of zeros in the outputs of neurons.
    footprint : Memory of all parameters.

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
    """Return the memory of the parameters of a network in bytes.

    This is the number of parameters times their size, as NeuroBench [1]_ defines it. The parameters
    are `weights_`, `recurrent_weights_`, `biases_` (float32), `intrinsics_` (float64), and for an
    SNNClassifier `decoder_coef_`, `decoder_intercept_`, `feature_mean_` and `feature_scale_`
    (float64).
    Those of a `skspike.Convolution` count once for all neurons that share them.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.

    Returns
    -------
    n_bytes : int
        Size in bytes.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network.

    See Also
    --------
    connection_sparsity : Fraction of zeros among the weights.
    membrane_updates : Number of updates of membrane potentials.

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
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> footprint(network) == 10 * 8 * 4 + 3 * 8 * 8  # weights, and three intrinsics per neuron
    True
    """
    estimator = check_network(estimator, "footprint")
    arrays = [*all_weights(estimator), *readout_parameters(estimator)]
    arrays += [values for layers in estimator.intrinsics_.values() for values in layers]
    arrays += [bias for bias in estimator.biases_ if bias is not None]
    return sum(array.nbytes for array in arrays)
