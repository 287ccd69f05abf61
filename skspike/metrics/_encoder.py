"""Operations of an encoder.

    MACs    number of scaled values: features once, series in every step
    ACs     number of sums or comparisons in a step, times the number of steps
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._checks import Ragged, check_input
from .._estimators import SpikeEncoder
from .._utils import snapshot
from ._operations import SynapticOperations

OPPOSITE = "more", "fewer"  # effects of a higher value on two channels that share a sum


def encoder_operations(encoder: SpikeEncoder, X: ArrayLike) -> SynapticOperations:
    """Count the operations of a fitted encoder, as means per sample.

    Scaling multiplies each value by a factor and adds an offset, a multiply-accumulate (MAC):
    features once, and series in every step. In each step, each output channel then takes an
    addition or a comparison, an accumulate (AC). The two channels for high and low values of
    integrate-and-fire and delta coding share one sum, and count once. Currents of constant features
    count in one step.

    Parameters
    ----------
    encoder : SpikeEncoder
        A fitted encoder. Of a network with an encoder, it is the attribute `encoder_`.
    X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times), or list
        Input as in `fit` of the encoder.

    Returns
    -------
    operations : SynapticOperations
        `acs`, `macs`, and `dense`, which is their sum, floats per sample.

    Raises
    ------
    ValueError
        If the encoder is not a fitted `skspike.SpikeEncoder`, or X does not fit it.

    See Also
    --------
    synaptic_operations : Operations of the network.
    energy : Estimate the energy that the operations take.

    Notes
    -----
    The numbers do not depend on the values. Random numbers, the exponentials of population coding,
    interpolation and missing values are not counted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> from skspike.metrics import encoder_operations, energy, synaptic_operations
    >>> X, y = load_iris(return_X_y=True)
    >>> network = SNNClassifier(
    ...     8, encoder=SpikeEncoder(n_steps=20), max_iter=1, random_state=0).fit(X, y)
    >>> encoding = encoder_operations(network.encoder_, X)
    >>> encoding
    SynapticOperations(acs=80.0, macs=4.0, dense=84.0)
    >>> energy(encoding) + energy(synaptic_operations(network, X)) > energy(encoding)
    True
    """
    if not isinstance(encoder, SpikeEncoder):
        raise ValueError(
            "encoder_operations expects a fitted SpikeEncoder, the step of a Pipeline or the "
            f"attribute encoder_ of a network, got {encoder!r}.")
    check_is_fitted(encoder)
    encoder = snapshot(encoder)
    X = check_input(encoder, X, reset=False)
    # mean number of values of a channel, and of steps with another output
    n_values = np.mean(X.lengths) if isinstance(X, Ragged) else X[0, 0].size
    is_held = X.ndim == 2 and encoder.coding_.holds
    n_steps = n_values if is_held or encoder.n_steps_ is None else encoder.n_steps_
    shared = 2 if encoder.coding_.higher_means == OPPOSITE else 1
    n_sums = X.shape[1] * encoder.coding_.channels_per_feature / shared
    acs, macs = float(n_sums * n_steps), float(X.shape[1] * n_values)
    return SynapticOperations(acs, macs, acs + macs)
