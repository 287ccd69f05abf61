"""Stream of a fitted encoder."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .._checks import MAX_VALUE, Latest, as_numbers, check_is_fitted
from .._compile import kernel
from .._utils import Array, Stream, absent


@kernel
def scale_step(x, low, high, span, scaled):
    """Scale values to [0, 1], as `SpikeEncoder` does. Return whether none is too large."""
    fits = True
    for c in range(len(x)):
        fits &= abs(x[c]) <= MAX_VALUE  # false for NaN
        scaled[c] = (min(max(x[c], low[c]), high[c]) - low[c]) / span[c]
    return fits


class EncoderStream(Stream):
    """Stream of a fitted encoder, whose output are spikes or currents."""

    decision_function = predict_proba = predict = adapt = absent

    def __init__(self, encoder: Any):
        check_is_fitted(encoder, "coding_")
        encoder._check_fitted()
        encoder = copy.deepcopy(encoder)
        coding, n_channels = encoder.coding_, encoder.n_features_in_
        if encoder._n_dims_in != 3:
            raise ValueError(
                "SpikeEncoder cannot stream features (2-D input in fit), because a row has one "
                "value and no steps. Fit it on series (3-D).")
        if encoder.n_steps_ is not None:
            raise ValueError(
                f"SpikeEncoder with n_steps={encoder.n_steps_} cannot stream, because it needs the "
                "whole series to change its length. Set n_steps=None.")
        self._stepper = coding.stepper(n_channels, encoder.dt_)
        if self._stepper is None:
            raise ValueError(
                f"{type(coding).__name__} coding cannot stream, because each step depends on the "
                "whole series. Use another coding, such as 'integrate_and_fire'.")
        self._latest = Latest(encoder, n_channels)
        low, high = encoder.data_min_, encoder.data_max_
        span = high - low
        self._range = low.copy(), high.copy(), np.where(span > 0, span, 1.0)
        self._scaled = np.empty(n_channels)
        self._complete(
            type(encoder).__name__, n_channels, [*self._stepper.kept, *self._latest.kept], encoder)

    def _checked(self, x: Any) -> Array:
        """Return numbers with the right channels. `_step` checks the values of a single step."""
        if type(x) is not np.ndarray or x.dtype != np.float64:
            x = as_numbers(x, f"{self._name}.stream").astype(float)
        if x.shape == self._shape:
            return x
        self._check_shape(x)
        x = self._latest.filled(x)
        if not np.abs(x).max() <= MAX_VALUE:
            raise self._value_error()
        return x

    def _step(self, x: Array) -> Array:
        """Return the output of one step."""
        x = self._latest.filled(x)
        if not scale_step(np.ascontiguousarray(x), *self._range, self._scaled):
            raise self._value_error()
        self._latest.keep(x)
        output: Array = self._stepper.step(self._scaled)
        return output

    def _value_error(self):
        return ValueError(
            f"{self._name}.stream expects finite values within +-{MAX_VALUE:g}. Scale them first. "
            "Fit with missing='hold' to stream missing values.")
