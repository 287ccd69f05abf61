"""Base class of the codings."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._base import REQUIRED, Array, FittedArray

# Integer units, in which sums are exact and rounding errors move no spike.
VALUE_UNITS = 2**32  # units of the scaled range: values are compared in this resolution
SPIKE_UNITS = 2**24  # units of one spike, or of one threshold
CHANCE_UNITS = 2**16  # units of the probability of a spike
RowKey = tuple[int, Array] | None  # key of the noise: epoch and row of each sample, or None


def rounded(x):
    """Round to multiples of 1 / VALUE_UNITS, so that rounding errors do not change spikes."""
    return np.rint(np.multiply(x, VALUE_UNITS)) / VALUE_UNITS


class Coding(ABC, BaseEstimator):
    """Base class of the codings, which turn scaled numbers into spikes or currents.

    A subclass defines ``name`` and `encode`. `encode` gets features, (n_samples, n_features), or
    series, (n_samples, n_channels, n_steps), scaled to [0, 1] in float64. Equal values must give
    equal spikes in every batch.

    A coding that learns from the data also defines ``fit(channels)``. Its argument is an iterable
    of the channels that the encoder's `fit` received, each of shape (n_samples,) or (n_samples,
    n_steps): one channel at a time needs less memory. A channel of series of unequal length is a
    list of arrays (n_steps,). Learned attributes end in ``_``. If it has a parameter
    ``sample_weight``, it gets the weights of the samples, (n_samples,), or None. Without it, a
    sample of weight 2 is in the channels twice, and other weights are rounded.

    See Also
    --------
    skspike.SpikeEncoder : Takes a coding as `coding` and scales the values.
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    A coding that spikes while a value is above the middle of its range:

    >>> import numpy as np
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Coding
    >>> class Half(Coding):
    ...     name = "half"
    ...     def encode(self, x, n_steps, dt, seed, noise_key=None):
    ...         high = x[..., None] if x.ndim == 2 else x
    ...         return np.repeat(high > 0.5, n_steps // high.shape[2], axis=2).astype(np.uint8)
    >>> SpikeEncoder(coding=Half(), n_steps=3).fit_transform([[0.0], [2.0]])[:, 0].tolist()
    [[0, 0, 0], [1, 1, 1]]
    """

    name: str | None = REQUIRED
    channels_per_feature = 1
    # whether the output is float32 (currents or signed spikes) instead of 0 and 1
    returns_currents = False
    # whether the output depends on the seed. Without noise, training may encode each sample once
    noisy = True
    holds = False  # whether the output for features is the same in all steps
    # Number of earlier steps of a series that a step of the output depends on. None: all steps.
    memory: int | None = None
    # Input that is not accepted: the number of dimensions (2: features, 3: series) and the reason.
    refuses: dict[int, str] = {}
    # Whether the output depends on dt. None: only if a parameter is a float (a time or a rate).
    uses_dt: bool | None = None
    times: tuple[str, ...] = ()  # parameters in ms, in steps if the coding is given by name
    rates: tuple[str, ...] = ()  # parameters in Hz
    # Effect of a higher value on a channel: "more" or "fewer" spikes (or current), "earlier" or
    # "later" spikes, or None. A tuple lists the channels of a feature, and is repeated.
    higher_means: str | tuple[str | None, ...] | None = "more"
    # Whether the output for a feature also depends on the other features of the row, as in rank
    # order coding.
    mixes_features = False

    def check(self, dt: float) -> None:
        """Check the parameters, and convert numbers to Python's int or float.

        Parameters
        ----------
        dt : float
            Length of a step in ms.

        Raises
        ------
        TypeError, ValueError
            If a parameter has the wrong type or is outside its range. The message names it.
        """

    @abstractmethod
    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return the raster of scaled values.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, n_steps), float64
            Values in [0, 1].
        n_steps : int
            Length of the trains in steps. A series has this length already.
        dt : float
            Length of a step in ms.
        seed : int
            Seed of the noise. Ignored by codings without noise.
        noise_key : (int, ndarray) or None, default=None
            Key of the noise. None: the noise depends on the seed and the values alone. ``(epoch,
            rows)``: it depends on the seed, the epoch and the row of each sample, as in training.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_features * channels_per_feature, n_steps), uint8
            1 for a spike, else 0. With ``returns_currents``, finite float32.
        """

    def _fitted_arrays(self, n_channels: int, n_dims: int) -> list[FittedArray]:
        """Return the fitted arrays with the shapes that they have for an input."""
        return []

    def stepper(self, n_channels: int, dt: float) -> Any:
        """Return an object that encodes a series one step at a time.

        Parameters
        ----------
        n_channels : int
            Channels of the series.
        dt : float
            Length of a step in ms.

        Returns
        -------
        stepper : object or None
            Its method ``step`` takes the scaled values of one step, (n_channels,), and returns the
            output of this step, as `encode` of the whole series does. ``kept`` lists the arrays
            that change from step to step. None if a step depends on the whole series.
        """
        return None if self.memory is None else RecentSteps(self, n_channels, dt)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return the names of the channels.

        Parameters
        ----------
        names : iterable of str
            Names of the features.

        Returns
        -------
        names : list of str
            Names of the channels: all channels of the first feature, then of the next.
        """
        return list(names)


class RecentSteps:
    """Steps of a coding that depends on the present step and a few earlier ones.

    ``kept`` lists the arrays that change from step to step.

    Parameters
    ----------
    coding : Coding
        A coding whose ``memory`` is a number of steps.
    n_channels : int
        Channels of the series.
    dt : float
        Length of a step in ms.
    """

    def __init__(self, coding: Any, n_channels: int, dt: float):
        self.coding, self.dt = coding, dt
        self.recent = np.zeros((1, n_channels, coding.memory + 1))
        self.n_seen = np.zeros(1, np.int64)
        self.kept = [self.recent, self.n_seen]

    def step(self, x: Array) -> Array:
        """Return the output for the scaled values of one step, (n_channels,)."""
        n_recent = self.recent.shape[2]
        self.recent[:, :, :-1] = self.recent[:, :, 1:]
        self.recent[0, :, -1] = x
        # a restored state may hold a negative number
        n = self.n_seen[0] = max(1, min(self.n_seen[0] + 1, n_recent))
        output: Array = self.coding.encode(self.recent[:, :, n_recent - n :], n, self.dt, 0)
        return output[0, :, -1]
