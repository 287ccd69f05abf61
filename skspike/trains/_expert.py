"""Base classes of the experts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._base import REQUIRED, Array, FittedArray, axis_length, check_arrays, check_keys, kernel

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
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    An expert that compares the mean number of spikes per step of each class:

    >>> import numpy as np
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.trains import LookupExpert
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
    >>> round(model.score(X[1::2], y[1::2]), 2)
    1.0
    """

    name: str | None = REQUIRED
    # Whether scores are logarithms of probabilities of a train. `novelty` compares only these.
    is_likelihood = True
    # Whether scores are sums over steps, each known at its step. If not, `terms`, `start` and
    # `advance` are not used, and `score` is defined instead.
    is_sum = True
    # Whether `SpikeTrainClassifier` includes it in ``experts="auto"``.
    is_default = True

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


def check_different(values: Sequence[Any], demand: str) -> None:
    """Raise unless there are values, and all differ. `demand` is the message."""
    if len({*values}) < max(len(values), 1):
        raise ValueError(f"{demand}, at least one, got {values}.")


def names_of(values: Sequence[float]) -> tuple[str, ...]:
    """Return a name of each number, such as ``2`` or ``0.03``, with all of its digits."""
    return tuple(str(value).removesuffix(".0") for value in values)


@kernel
def add_counts(symbols, y, weights, counts):
    """Add the weights of samples to the counts of their symbols, (n_classes, n_channels, n)."""
    n_samples, n_channels, n_steps = symbols.shape
    for i in range(n_samples):
        for c in range(n_channels):
            for t in range(n_steps):
                counts[y[i], c, symbols[i, c, t]] += weights[i]


@kernel
def add_evidence(symbols, table, sums):
    """Add the entries of symbols in a table, (1 or n_channels, n_classes, n), to sums over steps.

    Four trains are read at a time, of other samples or of other channels, because each sum waits
    for its previous addition. The last train is repeated, which gives the same sums again. The
    order of the additions of a train is the order of its steps.
    """
    n_samples, n_channels, n_steps = symbols.shape
    n_rows, last = table.shape[0], n_samples * n_channels - 1
    for p in range(0, last + 1, 4):
        p1, p2, p3 = min(p + 1, last), min(p + 2, last), min(p + 3, last)
        i, i1, i2, i3 = p % n_samples, p1 % n_samples, p2 % n_samples, p3 % n_samples
        c, c1, c2, c3 = p // n_samples, p1 // n_samples, p2 // n_samples, p3 // n_samples
        a0, a1, a2, a3 = symbols[i, c], symbols[i1, c1], symbols[i2, c2], symbols[i3, c3]
        for k in range(table.shape[1]):
            r0, r1 = table[c % n_rows, k], table[c1 % n_rows, k]
            r2, r3 = table[c2 % n_rows, k], table[c3 % n_rows, k]
            s0, s1, s2, s3 = sums[i, c, k], sums[i1, c1, k], sums[i2, c2, k], sums[i3, c3, k]
            for t in range(n_steps):
                s0 += r0[a0[t]]
                s1 += r1[a1[t]]
                s2 += r2[a2[t]]
                s3 += r3[a3[t]]
            sums[i, c, k], sums[i1, c1, k], sums[i2, c2, k], sums[i3, c3, k] = s0, s1, s2, s3


class LookupExpert(Expert):
    """Base of the experts that look up the evidence of each step in a table.

    A subclass turns each step of each channel into a *symbol*: twice the number of a context, plus
    1 if there is a spike. Its tables have the log probability of each symbol, given the context.

    See Also
    --------
    TreeExpert : Also learns the tables.

    Examples
    --------
    `Expert` shows an example. The symbols of "history" are the spikes of the last 8 steps:

    >>> import numpy as np
    >>> from skspike.trains import History, LookupExpert
    >>> expert = History()
    >>> isinstance(expert, LookupExpert)
    True
    >>> raster = np.array([[[0, 1, 0, 0]]], dtype=np.uint8)
    >>> symbols = expert.symbols(raster, expert.memory(1, 1), expert.n_symbols)
    >>> [f"{symbol:09b}" for symbol in symbols[0, 0]]
    ['000000000', '000000001', '100000000', '010000000']
    """

    n_symbols: int | None = None  # number of symbols. None: it depends on the counts
    # Whether the symbol of a channel does not depend on spikes of others in the same step.
    channels_at_once = True

    def memory(self, n_samples: int, n_channels: int) -> Array:
        """Return the memory before the first step.

        Parameters
        ----------
        n_samples, n_channels : int
            Numbers of samples and channels.

        Returns
        -------
        memory : ndarray of shape (n_samples, ...)
            Zeros. `symbols` changes them in place.
        """
        return np.zeros((n_samples, n_channels, 0))

    @abstractmethod
    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the symbol of each step, and update the memory.

        Parameters
        ----------
        raster : ndarray of shape (n_samples, n_channels, n_steps), C-contiguous uint8
            The next steps of each sample.
        memory : ndarray of shape (n_samples, ...)
            Numbers from the steps before. Changed in place.
        n_symbols : int
            Number of symbols in the tables.

        Returns
        -------
        symbols : ndarray of shape (n_samples, n_channels, n_steps), of integers
            Twice the number of the context, plus 1 if there is a spike.
        """

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models: a single one."""
        return ("all",)

    def check_tables(self, tables: Arrays, n_channels: int, n_classes: int) -> None:
        """Raise unless tables have their dtypes and shapes."""
        models = self.models(n_channels)
        check_keys(f"tables of {self.name}", tables, models)
        n_symbols = self.n_symbols or axis_length(tables[models[0]], 2)
        for model in models:
            n_rows = 1 if axis_length(tables[model], 0) == 1 else n_channels
            shape, reason = (n_rows, n_classes, n_symbols), f", as long as table {models[0]}"
            check_arrays([
                FittedArray(
                    f"table {model} of {self.name}", tables[model], shape, reason=reason)])

    def _n_symbols(self, tables):
        """Return the number of symbols of tables."""
        return next(iter(tables.values())).shape[-1]

    def start(self, n_samples: int, n_channels: int, n_classes: int) -> State:
        """Return the memory and sums of evidence before the first step."""
        n_models = len(self.models(n_channels))
        return self.memory(n_samples, n_channels), np.zeros(
            (n_samples, n_models, n_channels, n_classes))

    def advance(self, tables: Arrays, raster: Array, state: State) -> None:
        """Add the evidence of the next steps."""
        memory, sums = state
        symbols = self.symbols(raster, memory, self._n_symbols(tables))
        for k, model in enumerate(self.models(raster.shape[1])):
            add_evidence(symbols, tables[model], sums[:, k])

    def terms(self, tables: Arrays, raster: Array) -> Array:
        """Return the evidence of each channel and step."""
        n_channels = raster.shape[1]
        symbols = self.symbols(
            raster, self.memory(*raster.shape[:2]), self._n_symbols(tables))
        channels = np.arange(n_channels)[:, np.newaxis]
        found = [
            tables[model][channels % len(tables[model]), :, symbols]
            for model in self.models(n_channels)]
        return np.moveaxis(np.stack(found, axis=1), -1, 2)

    def sample(self, table: Array, draws: Array, label: int) -> Array:
        """Draw trains from a model, step by step.

        Parameters
        ----------
        table : ndarray of shape (1 or n_channels, n_classes, n_symbols)
            Table of a model.
        draws : ndarray of shape (n_steps, n_samples, n_channels)
            Random numbers from 0 to 1.
        label : int
            Number of the class.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), uint8
            Spike trains.
        """
        n_steps, n_samples, n_channels = draws.shape
        raster = np.zeros((n_samples, n_channels, n_steps), np.uint8)
        memory, rows = self.memory(n_samples, n_channels), np.arange(n_channels) % len(table)
        for t in range(n_steps):
            spikes = np.zeros((n_samples, n_channels, 1), np.uint8)
            for channels in [slice(None)] if self.channels_at_once else range(n_channels):
                symbols = self.symbols(spikes, memory.copy(), table.shape[-1])[:, :, 0]
                p = np.exp(table[rows, label, symbols | 1])
                spikes[:, channels, 0] = (draws[t] < p)[:, channels]
            self.symbols(spikes, memory, table.shape[-1])
            raster[:, :, t] = spikes[:, :, 0]
        return raster
