"""Adapt the input of a network to a new user: moved channels, other offsets and gains.

The samples must have all classes, and the network no encoder. Some candidates are compared. The one
with the smallest loss on the new samples is taken, if it is better than no change by some evidence:

* the channels of the user are shifted and stretched, as frequencies are by the length of a vocal
  tract. With positions from 0 to 1 over the channels, the weights of position p move to
  ``shift + stretch * p``, with linear interpolation,
* currents are standardised by the mean and the deviation of the new samples, or half-way, if each
  channel has 50 values. Two rows of a table would differ by two deviations in all columns.

So the network keeps its form, and streams and exported code adapt with it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import issparse

from .._checks import entries
from .._utils import Array, Moments
from ..learning import Target
from ._input import Input, rounded

SHIFTS, STRETCHES = (-0.1, -0.05, 0.0, 0.05, 0.1), (0.9, 1.0, 1.1)
MIN_CHANNELS = 10  # so that the largest shift is a channel
MIN_VALUES = 50  # of each channel, for their mean and deviation
SHARES = (0.5, 1.0)  # of the moments of the new samples
EVIDENCE = 2.0  # least decrease of the loss, the logarithm of a likelihood


def with_input_of_user(network: Any, X: Any, target: Target) -> Any:
    """Return a copy of a fitted network with the best input for new samples, or the network.

    The input changes only if the samples have all classes. With a few classes, a difference between
    classes could look like a difference between users.
    """
    loss = target.loss
    if network.encoder_ is not None or not 0 < loss.n_classes == len(np.unique(target.y)):
        return network

    def loss_of(candidate: Any) -> float:
        outputs = candidate._outputs(X) / loss.adaptation_temperature
        found, _ = loss.gradient(outputs, target.y, np.ones(len(outputs)))
        return float(found) + EVIDENCE * (candidate is not network)

    return min([network, *_moved(network), *_standardised(network, X)], key=loss_of)


def _moved(network: Any) -> Iterator[Any]:
    """Yield copies for users whose channels are moved. Features and images have another order."""
    n = network.n_features_in_
    if network._n_dims_in != 3 or network.image_shape_ is not None or n < MIN_CHANNELS:
        return
    weights = network.weights_[0]
    of_channels = weights.reshape(-1, n, weights.shape[1])  # for each delay
    place = (np.arange(n) + 0.5) / n
    for shift, stretch in itertools.product(SHIFTS, STRETCHES):
        if (shift, stretch) == (0.0, 1.0):
            continue
        source = np.clip((place - shift) / stretch * n - 0.5, 0, n - 1)
        first = np.minimum(source.astype(int), n - 2)
        share = (source - first)[:, np.newaxis]
        moved = (1 - share) * of_channels[:, first] + share * of_channels[:, first + 1]
        moved = moved.reshape(weights.shape).astype(weights.dtype)
        yield _replaced(network, weights_=[moved, *network.weights_[1:]])


def _standardised(network: Any, X: Any) -> Iterator[Any]:
    """Yield copies whose currents are standardised by the new samples, or half-way."""
    old = network._moments
    if old is None:
        return
    _, checked = Input.of(network).checked(network, X, reset=False)
    if entries(checked).size < MIN_VALUES * network.n_features_in_:
        return
    new = Moments.of(checked, np.ones(len(checked)), centred=not issparse(X))
    for share in SHARES:
        mean, sd = (_between(*pair, share) for pair in zip(old[1:], new[1:], strict=True))
        # a channel that was constant in the fit has weights that were not learned, and a channel
        # that is constant in the new samples keeps its deviation
        sd = np.where(new.sd > 0, sd, old.sd)
        found = rounded(old._replace(mean=mean, sd=np.where(old.sd > 0, sd, 0)))
        yield _replaced(network, input_mean_=found.mean, input_scale_=found.sd)


def _between(old: Array, new: Array, share: float) -> Array:
    """Return values between old and new ones."""
    return (1 - share) * old + share * new


def _replaced(network: Any, **attributes: Any) -> Any:
    """Return a copy of a network with other fitted attributes."""
    found = copy.copy(network)
    vars(found).update(attributes)
    return found
