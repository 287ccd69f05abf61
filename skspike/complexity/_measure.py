"""Base classes of the complexity measures."""

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr
from sklearn.base import BaseEstimator

from .._base import REQUIRED, Array, Normalize, Numbers, as_spikes, check_option
from ._symbols import merged

# changes that leave the values of measures of symbols, which number the columns of a raster
OF_SYMBOLS = "channel_order", "channel_copies", "inversion"
ENTROPY = "entropy"  # the value of `normalize` that divides by the entropy of the firing rate


class Measure(ABC, BaseEstimator):
    """Base class of the complexity measures, which map rasters to numbers.

    A subclass defines ``name``, `values` and `scale`, and `check` if it has parameters. `each` and
    `joint` check the spikes, handle leading axes and normalise the values.

    ``units`` maps each allowed `normalize` to the unit of the result. A measure that is bounded by
    the entropy of the firing rate has an entry for "entropy". All series of fewer than
    ``min_steps`` steps have the same value. The changes of a raster in ``unchanged_by`` do not
    change its value.

    See Also
    --------
    LZ76 : The default measure, Lempel-Ziv complexity.
    skspike.LZCTransformer : Takes a measure as `measure`.
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    A measure that counts changes. Normalised, it is their number per step and channel:

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
    # Lowest and highest value for each allowed `normalize`.
    limits: dict[bool | str, tuple[float, float]] = {False: (0, math.inf), True: (0, 1)}
    # Meaning of a higher value: "disorder" (irregular spikes), "order", or None.
    higher_means: str | None = "disorder"
    # Changes of a raster that do not change its value, out of "channel_order", "channel_copies"
    # (each channel occurs twice) and "inversion" (spikes and gaps are exchanged).
    unchanged_by: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise if a parameter is outside its range. The message names it."""

    @abstractmethod
    def values(self, rasters: Array) -> Array:
        """Return the value of each raster, with all channels together, without normalisation.

        Parameters
        ----------
        rasters : ndarray of shape (n_rasters, n_channels, n_steps), C-contiguous read-only uint8
            Rasters of 0 and 1, with at least one channel and one step.

        Returns
        -------
        values : ndarray of shape (n_rasters,)
            A finite number for each raster.
        """

    @abstractmethod
    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return the factor of the values for ``normalize=True``.

        Parameters
        ----------
        n_channels : int
            Number of channels that are measured together.
        n_steps : int
            Length of the trains in steps.

        Returns
        -------
        factor : float
            Factor for all rasters of this size.
        """

    def each(self, raster: ArrayLike, normalize: Normalize = False) -> Numbers:
        """Return the complexity of each train.

        Parameters
        ----------
        raster : array-like of shape (..., n_steps)
            Trains of 0 and 1 of any dtype.
        normalize : bool or "entropy", default=False
            False: the value. True: the normalised value. "entropy": the normalised value divided by
            the entropy of the firing rate of each train, if ``units`` has an entry for it.

        Returns
        -------
        complexity : ndarray of shape (...), or a scalar for a single train
            Complexity of each train.

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1, there are no steps, or the measure does not have this
            normalisation.
        """
        return self._measured(
            as_spikes(raster, self.name, "n_steps")[..., np.newaxis, :], normalize)

    def joint(self, raster: ArrayLike, normalize: Normalize = False) -> Numbers:
        """Return the complexity of each raster, with all channels together.

        Parameters
        ----------
        raster : array-like of shape (..., n_channels, n_steps)
            Rasters of 0 and 1 of any dtype.
        normalize : bool or "entropy", default=False
            As in `each`, with the mean of the entropy over channels.

        Returns
        -------
        complexity : ndarray of shape (...), or a scalar for a single raster
            Complexity of each raster. With one channel, the same as `each`.

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1, there are no channels or steps, or the measure does not
            have this normalisation.
        """
        return self._measured(as_spikes(raster, self.name, "n_channels", "n_steps"), normalize)

    def check_normalize(self, normalize: Normalize) -> None:
        """Raise if the measure does not have this normalisation.

        Parameters
        ----------
        normalize : bool or "entropy"
            As in `each`.

        Raises
        ------
        ValueError
            If ``units`` has no entry for it.
        """
        if isinstance(normalize, str) and normalize == ENTROPY and ENTROPY not in self.units:
            raise ValueError(
                f"normalize={ENTROPY!r} does not apply to {type(self).__name__}: the entropy of "
                'the rate does not bound it. Use normalize=True, or a measure such as "lz76".')
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


class WordMeasure(Measure):
    """Base class of the measures that count the words of a parsing rule.

    ``normalize=True`` turns the number of words c into c log2(n) / (C n) for n steps and C
    channels, in bits per step and channel. For a single step, log2(n) is replaced by 1, so that the
    value is not 0. A static method ``words`` lists the words of a text, as an explanation.
    """

    units = {True: "bits per step", False: "words", ENTROPY: "share of the entropy"}
    min_steps = 3
    limits = {False: (1, math.inf), True: (0, 3)}
    unchanged_by = OF_SYMBOLS

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return log2(n) / (C n)."""
        return max(math.log2(n_steps), 1.0) / n_steps / n_channels


def _entropy(p):
    """Return the entropy in bits of a spike with probability p, exactly 0 at p = 0 and 1."""
    return (entr(p) + entr(1 - p)) / math.log(2)
