"""What a complexity measure is: a number for each raster, and how it is normalised. Spikes come in through the door below."""

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr
from sklearn.base import BaseEstimator

from .._checks import as_spikes, check_option
from .._utils import REQUIRED, Array, Normalize, Numbers

ENTROPY = "entropy"  # the value of `normalize` that divides by the entropy of the own rate


class Measure(ABC, BaseEstimator):
    """Base of the complexity measures: a number for each train, or for the channels of each raster together.

    A subclass has a ``name`` and the methods `values` and `scale`; where it has parameters, `check`
    too. `each` and `joint` check the spikes and handle leading axes and normalisation, so the
    subclass need not. ``units`` maps what `normalize` may be to the unit of the result; a measure
    that the entropy of the own rate bounds adds "entropy" to them. Series of less than
    ``min_steps`` all look the same.

    See Also
    --------
    WordMeasure : Base of those that count words.
    skspike.LZCTransformer : Takes it as `measure`.
    skspike.testing.check_measure : Holds a measure to its contract.

    Examples
    --------
    How often channels change, in changes per step when it is normalised:

    >>> import numpy as np
    >>> from skspike.complexity import Measure
    >>> class Changes(Measure):
    ...     name, min_steps = "changes", 2
    ...     def values(self, rasters):
    ...         return (rasters[:, :, 1:] != rasters[:, :, :-1]).sum(axis=(1, 2))
    ...     def scale(self, n_channels, n_steps):
    ...         return 1 / (n_channels * n_steps)
    >>> Changes().each([[0, 0, 1, 1], [0, 1, 0, 1]]).tolist()
    [1, 3]
    >>> float(Changes().joint([[0, 0, 1, 1], [0, 1, 0, 1]], normalize=True))
    0.5
    """

    name: str | None = REQUIRED
    units: dict[bool | str, str] = {True: "normalised", False: "value"}
    min_steps = 1
    # Lowest and highest value, by what `normalize` may be.
    limits: dict[bool | str, tuple[float, float]] = {False: (0, math.inf), True: (0, 1)}
    # What a higher value stands for: "disorder" (irregular spikes), "order", or None.
    higher_means: str | None = "disorder"

    def check(self) -> None:
        """Raise if a parameter is outside its range; the message names it."""

    @abstractmethod
    def values(self, rasters: Array) -> Array:
        """Return what is measured, before any normalisation, of all channels of each raster together.

        Parameters
        ----------
        rasters : ndarray of shape (n_rasters, n_channels, n_steps), C-contiguous read-only uint8
            Rasters of 0 and 1, with one channel and one step at least.

        Returns
        -------
        values : ndarray of shape (n_rasters,)
            A finite number for each raster.
        """

    @abstractmethod
    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return what ``normalize=True`` multiplies values by.

        Parameters
        ----------
        n_channels : int
            Channels that are measured together.
        n_steps : int
            Length of the trains.

        Returns
        -------
        factor : float
            The same for all rasters of this size.
        """

    def each(self, raster: ArrayLike, normalize: Normalize = False) -> Numbers:
        """Measure every train by itself.

        Parameters
        ----------
        raster : array-like of shape (..., n_steps)
            Trains of 0 and 1 of any dtype.
        normalize : bool or "entropy", default=False
            Divide by what the measure is normalised by, or by that and the entropy of each train's
            own rate, if its ``units`` have it.

        Returns
        -------
        complexity : ndarray of shape (...), or a scalar for a single train
            One number for each train.

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1, there are no steps, or the measure has no such
            `normalize`.
        """
        return self._measured(
            as_spikes(raster, self.name, "n_steps")[..., np.newaxis, :], normalize)

    def joint(self, raster: ArrayLike, normalize: Normalize = False) -> Numbers:
        """Measure the channels of every raster together.

        Parameters
        ----------
        raster : array-like of shape (..., n_channels, n_steps)
            Rasters of 0 and 1 of any dtype.
        normalize : bool or "entropy", default=False
            As in `each`; "entropy" is the mean over the channels.

        Returns
        -------
        complexity : ndarray of shape (...), or a scalar for a single raster
            One number for each raster; that of a single channel is what `each` gives.

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1, there are no channels or steps, or the measure has no
            such `normalize`.
        """
        return self._measured(as_spikes(raster, self.name, "n_channels", "n_steps"), normalize)

    def check_normalize(self, normalize: Normalize) -> None:
        """Raise unless the measure has this normalisation.

        Parameters
        ----------
        normalize : bool or "entropy"
            As in `each`.

        Raises
        ------
        ValueError
            If it is none of the measure's ``units``.
        """
        if isinstance(normalize, str) and normalize == ENTROPY and ENTROPY not in self.units:
            raise ValueError(
                f"normalize={ENTROPY!r} does not apply to {type(self).__name__}, whose values are "
                "not bounded by the entropy of the rate; "
                'use normalize=True, or another measure, such as "lz76".')
        check_option(normalize, "normalize", self.units)

    def _measured(self, rasters, normalize):
        """Return the values of rasters (..., n_channels, n_steps), normalised."""
        self.check()
        self.check_normalize(normalize)
        values = self.values(merged(rasters)).reshape(rasters.shape[:-2])
        if normalize:
            values = values * self.scale(*rasters.shape[-2:])
        if normalize == ENTROPY:
            entropy = _entropy(rasters.mean(axis=-1)).mean(axis=-1)
            values = np.divide(values, entropy, out=np.zeros(np.shape(values)), where=entropy > 0)
        return values[()]


def as_text(x, name):
    """Return a single train (n_steps,) as text."""
    train = as_spikes(x, name, "n_steps")
    if train.ndim > 1:
        raise ValueError(
            f"{name} expects a single train (n_steps,), got an array of shape {train.shape}; take "
            "one, as in x[0].")
    return (train + ord("0")).tobytes().decode()


def merged(rasters):
    """Merge the leading axes. The view is read-only whatever the rasters are, since to numba that is part of the type."""
    *lead, n_channels, n_steps = rasters.shape
    view = rasters.reshape(math.prod(lead), n_channels, n_steps)
    view.flags.writeable = False
    return view


def _entropy(p):
    """Return the entropy H(p) of a coin in bits, exactly 0 at p = 0 and 1."""
    return (entr(p) + entr(1 - p)) / math.log(2)
