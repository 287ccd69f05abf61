"""A fitted encoder that takes a series one step at a time."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .._checks import MAX_VALUE, Latest, as_numbers, check_is_fitted
from .._compile import kernel
from .._utils import Array, Stateful


@kernel
def scale_step(x, low, high, span, scaled):
    """Scale values to [0, 1], as `SpikeEncoder` does. Return whether none is too large."""
    fits = True
    for c in range(len(x)):
        fits &= abs(x[c]) <= MAX_VALUE  # false for NaN
        scaled[c] = (min(max(x[c], low[c]), high[c]) - low[c]) / span[c]
    return fits


class EncoderStream(Stateful):
    """A fitted `skspike.SpikeEncoder` that takes a series one step at a time.

    The method ``stream()`` of a fitted encoder returns one. Its output equals the output of
    ``transform`` on the whole series, bit for bit. It is a copy: later changes of the encoder do
    not affect it. Use one stream for each series.

    Parameters
    ----------
    encoder : SpikeEncoder
        An encoder that was fitted on series (3-D input) without ``n_steps``. The coding must not
        depend on the whole series, as `skspike.coding.Poisson` does.

    See Also
    --------
    stream_of : Returns the stream of a pipeline.
    Stream : Stream of a network.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SpikeEncoder
    >>> X = np.sin(np.arange(60).reshape(2, 1, 30) / 3)
    >>> encoder = SpikeEncoder().fit(X)
    >>> stream = encoder.stream()
    >>> spikes = [stream.step(X[0, :, t]) for t in range(30)]
    >>> np.array_equal(np.transpose(spikes), encoder.transform(X[:1])[0])
    True
    """

    def __init__(self, encoder: Any):
        check_is_fitted(encoder, "coding_")
        encoder._check_fitted()
        self._name, self._encoder = type(encoder).__name__, copy.deepcopy(encoder)
        coding, n_channels = self._encoder.coding_, encoder.n_features_in_
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
        self._kept = [*self._stepper.kept, *self._latest.kept]
        low, high = encoder.data_min_, encoder.data_max_
        span = high - low
        self._range = low.copy(), high.copy(), np.where(span > 0, span, 1.0)
        self._shape, self._scaled = (n_channels,), np.empty(n_channels)
        self._rest = self.state

    def step(self, x: Any) -> Array:
        """Take the values of one step, or of several, and return their spikes or currents.

        Parameters
        ----------
        x : array-like of shape (n_channels,) or (n_channels, n_steps)
            Values, as in `fit`. If the encoder has ``missing="hold"``, missing values (NaN) repeat
            the latest value of the channel.

        Returns
        -------
        output : ndarray of shape (n_outputs,) or (n_outputs, n_steps), dtype uint8 or float32
            Spikes or currents of these steps, as `skspike.SpikeEncoder.transform` returns them.

        Raises
        ------
        ValueError
            If x has the wrong shape, or values that are not finite or above 1e150. The state does
            not change then.
        """
        if type(x) is not np.ndarray or x.dtype != np.float64:
            x = as_numbers(x, f"{self._name}.stream").astype(float)
        if x.shape == self._shape:
            return self._step(x)
        self._check_shape(x)
        x = self._latest.filled(x)
        if not np.abs(x).max() <= MAX_VALUE:
            raise self._value_error()
        return np.stack([self._step(column) for column in np.ascontiguousarray(x.T)], axis=1)

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

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy is built anew, because the arrays of a stepper are in several places
        return type(self), (self._encoder,), (None, {"state": self.state})
