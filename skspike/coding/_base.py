"""What every coding shares."""

from collections.abc import Iterable

import numpy as np
from sklearn.base import BaseEstimator

from .._utils import Array

ONE_IN = 2**32


def rounded(x):
    """Round scaled values to multiples of 1 / ONE_IN: where a spike hangs on a comparison, their last bits do not move it."""
    return np.rint(np.multiply(x, ONE_IN)) / ONE_IN


class Coding(BaseEstimator):
    """Base of the codings: how scaled numbers become spikes.

    A coding defines ``name`` and the methods below. It sees features, (n_samples, n_features), or
    series, (n_samples, n_channels, n_steps), scaled to [0, 1] in float64. The same values must give
    the same spikes whatever the batch. A coding that learns from the data defines ``fit(channels)``
    too. It goes through all channels of the encoder's `fit`, one by one, (n_samples,) or
    (n_samples, n_steps), for all at once would take much memory, and keeps what it learns in
    attributes that end in ``_``.

    See Also
    --------
    skspike.SpikeEncoder : Takes it as `coding`, scales the values, and keeps what it learns.
    skspike.testing.check_coding : Holds a coding to its contract.

    Examples
    --------
    A coding that spikes in every step as long as a value is high:

    >>> import numpy as np
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Coding
    >>> class Half(Coding):
    ...     name = "half"
    ...     def encode(self, x, n_steps, dt, seed, stream=None):
    ...         high = x[..., None] if x.ndim == 2 else x
    ...         return np.repeat(high > 0.5, n_steps // high.shape[2], axis=2).astype(np.uint8)
    >>> SpikeEncoder(coding=Half(), n_steps=3).fit_transform([[0.0], [2.0]])[:, 0].tolist()
    [[0, 0, 0], [1, 1, 1]]
    """

    required = ("name", "encode")
    channels_per_feature = 1
    # whether it gives real numbers in float32, currents or signed spikes, and not 0 and 1
    graded = False
    holds = False  # whether what it gives of features is the same in all steps
    # Dimensions of the input that it does not take, 2 for features or 3 for series, each with the
    # reason.
    refuses: dict[int, str] = {}

    def check(self, dt: float) -> None:
        """Raise if a parameter is outside its range, by its name, and make its numbers Python's own.

        Parameters
        ----------
        dt : float
            Length of a step in ms.
        """

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Make a raster of scaled values.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, n_steps), float64
            Values in [0, 1].
        n_steps : int
            Number of steps; of a series, its own.
        dt : float
            Length of a step in ms.
        seed : int
            Fixes the noise, if there is any.
        stream : (int, ndarray) or None, default=None
            None, for noise that depends on the values alone, or ``(epoch, rows)``, for noise that
            is fresh in every epoch and row.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_features * channels_per_feature, n_steps), uint8
            1 where a channel spikes; a `graded` coding returns finite float32.
        """
        raise NotImplementedError

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Name the channels after the features.

        Parameters
        ----------
        names : iterable of str
            Names of the features.

        Returns
        -------
        names : list of str
            Names of the channels, all those of the first feature first.
        """
        return list(names)
