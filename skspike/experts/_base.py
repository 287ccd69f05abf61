"""Base class of the experts."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator

from .._utils import REQUIRED, Array

Arrays = dict[str, Array]
State = tuple[Array, ...]


class Expert(ABC, BaseEstimator):
    """Base of the experts, which compute the log likelihood of a spike train under each class.

    An expert has one or more *models*, such as one for all channels together and one for each
    channel. It learns in two steps. `count` returns arrays of counts, which are additive: the
    counts of two sets of trains are added by `add`. `tables` turns counts into tables of the
    evidence for each class, which `score` sums over channels and steps.

    Most experts derive from `TreeExpert`, which only needs the context of each step.

    See Also
    --------
    TreeExpert : Base of the experts whose probability of a spike depends on a context.
    skspike.SpikeTrainClassifier : Takes experts as `experts`.
    skspike.testing.check_expert : Check that an expert keeps its contract.

    Examples
    --------
    An expert that compares the mean number of spikes per step of each class:

    >>> import numpy as np
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.experts import LookupExpert
    >>> class MeanRate(LookupExpert):
    ...     name = "mean_rate"
    ...     def symbols(self, raster, memory, n_symbols):
    ...         return raster
    ...     def count(self, raster, y, weights, n_classes):
    ...         one_hot = weights[:, None] * (y[:, None] == np.arange(n_classes))
    ...         n_spikes = raster.mean(axis=(1, 2))
    ...         return {"spikes": n_spikes @ one_hot, "trains": one_hot.sum(axis=0)}
    ...     def tables(self, counts, settings=None):
    ...         p = (counts["spikes"] + 0.01) / (counts["trains"] + 0.02)
    ...         return {"all": np.log(np.stack([1 - p, p], axis=1))[None]}
    >>> X, y = make_poisson(200, rates=(10, 30), random_state=0)
    >>> model = SpikeTrainClassifier([MeanRate()]).fit(X[::2], y[::2])
    >>> model.score(X[1::2], y[1::2]) > 0.95
    True
    """

    name: str | None = REQUIRED
    # Whether scores are logarithms of probabilities of a train. `novelty` compares only these.
    is_likelihood = True
    # Whether scores are sums over steps, each known at its step. If not, `terms`, `start` and
    # `advance` are not used, and `score` is defined instead.
    is_sum = True

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""

    @abstractmethod
    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models.

        Parameters
        ----------
        n_channels : int
            Number of channels.

        Returns
        -------
        names : tuple of str
            One name for each model. Empty if the expert has none for this number of channels.
        """

    @abstractmethod
    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return the counts of some trains of equal length.

        Parameters
        ----------
        raster : ndarray of shape (n_samples, n_channels, n_steps), C-contiguous uint8
            Rasters of 0 and 1.
        y : ndarray of shape (n_samples,), int64
            Class of each sample, from 0 to n_classes - 1.
        weights : ndarray of shape (n_samples,), float64
            Weights of the samples. A weight of 2 counts a sample twice.
        n_classes : int
            Number of classes.

        Returns
        -------
        counts : dict of ndarray
            Counts by name. A class without samples has counts of 0.
        """

    def add(self, one: Arrays, other: Arrays) -> Arrays:
        """Return the counts of two sets of trains together.

        Parameters
        ----------
        one, other : dict of ndarray
            Counts of the same expert.

        Returns
        -------
        counts : dict of ndarray
            The sums. Shorter axes of arrays, for shorter trains, are filled with zeros.
        """
        return {name: _sum(one[name], other[name]) for name in one}

    def settings(self, counts: Arrays) -> Array | None:
        """Return numbers that are estimated once, from the counts of all training data.

        Parameters
        ----------
        counts : dict of ndarray
            Counts of all training data.

        Returns
        -------
        settings : ndarray or None
            Argument of `tables`, also for the counts of a part of the training data.
        """
        return None

    @abstractmethod
    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the tables of the models.

        Parameters
        ----------
        counts : dict of ndarray
            Sum of counts.
        settings : ndarray or None, default=None
            Result of `settings`.

        Returns
        -------
        tables : dict of ndarray
            Tables by name.
        """

    @abstractmethod
    def check_tables(self, tables: Arrays, n_channels: int, n_classes: int) -> None:
        """Raise unless tables have the dtypes and shapes that loops need.

        Parameters
        ----------
        tables : dict of ndarray
            Result of `tables`, or of a damaged file.
        n_channels, n_classes : int
            Numbers of channels and classes.

        Raises
        ------
        TypeError or ValueError
            If a table is missing, or has another dtype or shape.
        """

    def start(self, n_samples: int, n_channels: int, n_classes: int) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        n_samples, n_channels, n_classes : int
            Numbers of samples, channels and classes.

        Returns
        -------
        state : tuple of ndarray
            Arrays that `advance` changes in place. The last one has the evidence so far, of shape
            (n_samples, n_models, ..., n_classes), which is summed over the axes in the middle.
        """
        raise NotImplementedError

    def advance(self, tables: Arrays, raster: Array, state: State) -> None:
        """Add the evidence of the next steps to a state.

        Parameters
        ----------
        tables : dict of ndarray
            Tables of the models.
        raster : ndarray of shape (n_samples, n_channels, n_steps), C-contiguous uint8
            The next steps of each sample.
        state : tuple of ndarray
            Result of `start`. Changed in place.
        """
        raise NotImplementedError

    def score(self, tables: Arrays, raster: Array, n_classes: int) -> Array:
        """Return the log likelihood of trains under each class.

        Parameters
        ----------
        tables : dict of ndarray
            Tables of the models.
        raster : ndarray of shape (n_samples, n_channels, n_steps), C-contiguous uint8
            Rasters of 0 and 1.
        n_classes : int
            Number of classes.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_models, n_classes)
            Finite numbers. Each depends on its own train alone, bit for bit.
        """
        state = self.start(len(raster), raster.shape[1], n_classes)
        self.advance(tables, raster, state)
        return evidence(state)

    def terms(self, tables: Arrays, raster: Array) -> Array:
        """Return the evidence of each channel and step.

        Parameters
        ----------
        tables : dict of ndarray
            Tables of the models.
        raster : ndarray of shape (n_samples, n_channels, n_steps), C-contiguous uint8
            Rasters of 0 and 1.

        Returns
        -------
        terms : ndarray of shape (n_samples, n_models, n_classes, n_channels, n_steps)
            Terms whose sums over channels and steps are the scores.
        """
        raise NotImplementedError


def evidence(state: State) -> Array:
    """Return the evidence so far, (n_samples, n_models, n_classes), channel after channel."""
    sums = state[-1]
    sums = sums.reshape(*sums.shape[:2], -1, sums.shape[-1])
    total = sums[:, :, 0].copy()
    for channel in range(1, sums.shape[2]):
        total += sums[:, :, channel]
    return total


def _sum(one: Array, other: Array) -> Array:
    """Return the sum of two arrays, each filled with zeros to the longer length of each axis."""
    shape = np.maximum(one.shape, other.shape)
    total = np.zeros(shape, np.result_type(one, other))
    for part in (one, other):
        total[tuple(map(slice, part.shape))] += part
    return total
