"""Learn how input is encoded or standardised, and convert it for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from .._checks import LARGEST, Ragged, entries, is_signed, warn_if_scales_differ
from .._estimators import SpikeEncoder
from .._utils import Array, Moments
from ..learning import Settings
from ._inputs import length_range
from ._parameters import NetworkParameters
from ._standardise import at_equal_amplitude, rounded, standardised, without_rounding_errors


@dataclass
class Preparation:
    """Conversion of checked input to spikes or currents, as a fit learns it.

    Parameters
    ----------
    network : NetworkParameters
        The estimator.
    settings : Settings
        Its checked parameters.
    rng : RandomState
        Source of the seed of an encoder.
    centred : bool
        Whether currents are centred. Sparse input is not.
    continues : bool
        Whether the fit continues from the previous one.
    scales_samples : bool, default=False
        Whether to scale each series by itself, beyond the scaling of the check.
    """

    network: NetworkParameters
    settings: Settings
    rng: np.random.RandomState
    centred: bool
    continues: bool
    scales_samples: bool = False

    def __post_init__(self) -> None:
        network, self.encoder, self.n_seen = self.network, None, 0
        is_fitted = hasattr(network, "weights_")
        # a network that is fitted anew forgets its moments
        self.moments = network._moments if self.continues or not is_fitted else None
        self.keeps_encoder = self.settings.single_pass and is_fitted
        if self.keeps_encoder:
            self.encoder, self.n_seen = network.encoder_, network._n_seen

    def encode(self, X: Any, weight: Array) -> Any:
        """Fit the encoder, if there is one, and return series scaled by themselves."""
        if self.scales_samples:
            X = at_equal_amplitude(X)
        if not self.keeps_encoder and self.network.encoder is not None:
            self.encoder = _fitted_encoder(
                self.network, X, weight, self.settings.n_steps, self.rng)
        return X

    def currents(self, X: Any, weight: Array) -> Any:
        """Return float currents in float32, standardised by moments that are learned if needed.

        Spikes, and the input of an encoder, do not change. A single pass updates the moments with
        each mini-batch, so that chunks of any size give the same network.
        """
        if self.encoder is not None or X.dtype == np.uint8:
            return X
        name, is_new = type(self.network).__name__, not self.continues and self.moments is None
        if not self._learns(X, is_new):
            if is_new and X.ndim == 2:
                warn_if_scales_differ(X, name)
            values = to_currents(entries(X), self.moments, name)
            values = values if self.moments is None else without_rounding_errors(values)
            return X.with_values(values) if isinstance(X, Ragged) else values
        settings, currents = self.settings, []
        size = settings.batch_size if settings.single_pass else len(X)
        for first in range(0, len(X), size):
            rows = slice(first, first + size)
            self.moments = rounded(
                Moments.of(X[rows], weight[rows], self.centred, self.moments))
            values = standardised(entries(X[rows]), self.moments)
            currents.append(without_rounding_errors(values))
        if isinstance(X, Ragged):
            return X.with_values(np.concatenate(currents, axis=2))
        return currents[0] if len(currents) == 1 else np.concatenate(currents)

    def _learns(self, X: Any, is_new: bool) -> bool:
        """Return whether the samples change the moments."""
        if is_new:
            return bool(self.network.standardize) and not is_signed(entries(X))
        # imported networks and `fit_in_parts` have a weight of 0 and fixed moments
        return self.settings.single_pass and self.moments is not None and self.moments.weight > 0

    def learned(self, X: Any, n_rows: int) -> dict[str, Any]:
        """Return the learned attributes of the input, after a fit on rows of X."""
        encoder, network = self.encoder, self.network
        shortest, longest = length_range(X, encoder, self.settings.n_steps)
        if self.n_seen and X.ndim == 3:  # in earlier chunks
            shortest, longest = min(shortest, network._shortest), max(longest, network.n_steps_)
        # an encoder has the moments of its own input
        moments = self.moments if encoder is None else None
        weight, mean, sd = moments or (0.0, None, None)
        # a chunk of currents may hold only 0 and 1
        takes_currents = encoder.coding_.returns_currents if encoder is not None else (
            X.dtype != np.uint8 or (self.continues and network.takes_currents_))
        return {
            "n_features_in_": network.n_features_in_, "_n_dims_in": network._n_dims_in,
            "_equal_length_in": network._equal_length_in and (
                not isinstance(X, Ragged) and shortest == longest),
            "missing_": network.missing_, "missing_mean_": network.missing_mean_,
            "scales_samples_": network.scales_samples_ or self.scales_samples,
            "n_steps_": longest, "_shortest": shortest,
            "encoder_": encoder, "_weight_seen": weight, "input_mean_": mean, "input_scale_": sd,
            "_n_seen": self.n_seen + n_rows,
            "_timing": (self.settings.is_constant, self.settings.is_count),
            "takes_currents_": takes_currents}


def to_currents(X: Array, moments: Moments | None, name: str) -> Array:
    """Return checked currents in float32, standardised if there are moments."""
    if moments is not None:
        return standardised(X, moments)
    if float(X.max()) > LARGEST or float(X.min()) < -LARGEST:  # float16 cannot hold the limit
        raise ValueError(
            f"{name} computes in float32, and the input holds values beyond {LARGEST:g}. Set "
            "standardize=True, or scale the features first.")
    return np.ascontiguousarray(X, dtype=np.float32)


def _fitted_encoder(
        network: NetworkParameters, X: Any, weight: Array, n_steps: int | None,
        rng: np.random.RandomState) -> SpikeEncoder:
    """Return a fitted copy of the encoder of a network, with a number of steps and a seed.

    Missing values are filled before. On a stream, the encoder fills them in the same way.
    """
    fitted: SpikeEncoder = clone(network.encoder).set_params(n_steps=n_steps)
    if fitted.random_state is None:
        fitted.set_params(random_state=rng.randint(2**31 - 1))
    # without different weights, any encoder with a fit of its own works
    if (weight == weight[0]).all():
        fitted.fit(X)
    else:
        fitted.fit(X, sample_weight=weight)
    fitted.missing_, fitted.missing_mean_ = network.missing_, network.missing_mean_
    if network.streaming and X.ndim == 3:
        fitted.stream()  # raises if it cannot
    return fitted
