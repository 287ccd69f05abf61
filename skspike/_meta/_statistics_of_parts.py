"""Statistics of data in parts, which a network gets before it learns from them."""

import copy
import hashlib
from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone, is_regressor

from .._base import Moments, Ragged, entries, is_signed, to_bits
from .._networks import checked_samples, rounded, settings_of


class Statistics(NamedTuple):
    """Statistics of one part of the data, or of several parts together.

    Parameters
    ----------
    shape : tuple of int
        Number of dimensions and of channels of X, and number of outputs.
    currents : Moments or None
        Moments of the currents. None for spikes, and for networks that do not standardise.
    values : Moments or None
        Moments of the target of a regressor.
    is_sparse : bool
        Whether X is sparse, so that currents are not centred.
    digest : str
        Hash of the content of a part: samples, targets and weights. Empty if it is not needed.
    """

    shape: tuple[int, int, int]
    currents: Moments | None
    values: Moments | None
    is_sparse: bool
    digest: str

    @classmethod
    def of(
            cls, network: Any, X: Any, y: Any, sample_weight: Any = None, *,
            all_currents: bool = False, hashes: bool = False, **known: Any) -> "Statistics":
        """Return the statistics of a part, after all checks of ``partial_fit``.

        Spikes have moments only with `all_currents`: for parts next to others with currents.
        """
        network, is_sparse = clone(network), issparse(X)
        _, X, target, _ = checked_samples(
            network, X, y, sample_weight, single_pass=True, **known)
        if network._each_step:
            raise ValueError(
                "fit_in_parts needs one label or value for each sample, and y has a target for "
                "each step. Call partial_fit with one part after another.")
        settings_of(network, X, single_pass=True)
        standardises = network.standardize and network.encoder is None
        if not all_currents:
            standardises = standardises and X.dtype != np.uint8 and not is_signed(entries(X))
        weight = target.sample_weight
        return cls(
            (X.ndim, X.shape[1], target.n_outputs),
            Moments.of(X, weight) if standardises else None,
            Moments.of(target.y, weight) if is_regressor(network) else None,
            is_sparse, _digest(X, target.y, weight) if hashes else "")

    def given_to(self, network: Any) -> Any:
        """Return an unfitted network that learns with these moments and does not change them."""
        network = copy.copy(network)
        if self.currents is not None:
            moments = self.currents.about_zero() if self.is_sparse else self.currents
            _, network.input_mean_, network.input_scale_ = rounded(moments)
            network._weight_seen = 0.0  # without samples, moments are fixed
        if self.values is not None:
            network.target_mean_ = self.values.mean
            network.target_scale_ = to_bits(self.values.scale(1.0))
        return network


def together(parts: Sequence[Statistics]) -> Statistics:
    """Return the statistics of all parts, which have the same shape."""
    def joined(*moments: Any) -> Any:
        return None if moments[0] is None else reduce(Moments.joined, moments)

    _, currents, values, are_sparse, _ = zip(*parts, strict=True)
    return parts[0]._replace(
        currents=joined(*currents), values=joined(*values), is_sparse=all(are_sparse))


def release_moments(network: Any, weight: float | None) -> None:
    """Let ``partial_fit`` change the moments again, which are of samples of this summed weight."""
    if weight is not None:
        network._weight_seen = weight


def _digest(X: Any, *others: Any) -> str:
    """Return a hash of the content of arrays, for any layout in memory."""
    found = hashlib.sha256()
    for array in (*((X.values, X.lengths) if isinstance(X, Ragged) else (X,)), *others):
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
