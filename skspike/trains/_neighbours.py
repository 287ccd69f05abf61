"""Expert of similar trains: nearest neighbours by the van Rossum distance."""

import math

import numpy as np

from .._base import (
    SIZE_LIMITS, STEP_LIMITS, Array, FittedArray, axis_length, check_arrays, check_fits, check_keys,
    check_number, check_numbers, convert, kernel)
from ._expert import Arrays, Expert, check_different, names_of
from ._spike_lists import SpikeLists, norms, products, spike_lists

UNIT = 2.0**-32  # of products, so that sums do not depend on their order
TAU_LIMITS = {"low": 1e-3, "high": 1e6}
PRIOR = 0.5  # votes of each class before the neighbours vote


@kernel
def fill_votes(distances, farthest, k, votes, result):
    """Fill in the votes of the stored trains up to the farthest distance, for each class."""
    n_samples, n_trains = distances.shape
    tied = np.empty(votes.shape[1])
    for i in range(n_samples):
        result[i], tied[:] = 0, 0
        for j in range(n_trains):
            if distances[i, j] < farthest[i]:
                result[i] += votes[j]
            elif distances[i, j] == farthest[i]:
                tied += votes[j]
        # trains at equal distance share the votes that are left
        result[i] += min((k - result[i].sum()) / tied.sum(), 1.0) * tied


class Neighbours(Expert):
    """Votes of the most similar training trains, by the van Rossum distance.

    The distance of two trains is the integral of the squared difference after each spike has become
    an exponential [1]_, summed over channels. It is the best expert if a sample resembles few
    others of its class, such as trains with an unknown onset. It stores the spikes of the training
    trains, of at most 16777216 steps, and needs whole trains. So it has no stream and no evidence
    of single steps.

    Parameters
    ----------
    taus : tuple of float, default=(2.0, 8.0, 32.0)
        Time constants of the exponentials in steps, each in [0.001, 1e6]. Each is one model.
    n_neighbors : int, default=5
        Number of training trains that vote. Trains at equal distance share the last votes.

    See Also
    --------
    Rate : Faster, for spikes with a fixed latency.
    skspike.SpikeTrainClassifier : Takes it in `experts`.

    References
    ----------
    .. [1] M. van Rossum, "A novel spike distance", Neural Computation 13 (2001) 751-763.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_order
    >>> X, y = make_order(200, random_state=0)
    >>> SpikeTrainClassifier("neighbours").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "neighbours"
    is_likelihood = False
    is_sum = False

    def __init__(self, taus: tuple[float, ...] = (2.0, 8.0, 32.0), n_neighbors: int = 5):
        self.taus = taus
        self.n_neighbors = n_neighbors

    def check(self) -> None:
        """Raise if a time constant or the number of neighbours is out of range."""
        self.taus = check_numbers(self.taus, "taus", **TAU_LIMITS)
        check_different(self.taus, "taus must be different numbers")
        convert(self, "n_neighbors", **SIZE_LIMITS)

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models: the time constants."""
        return names_of(self.taus)

    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return the spikes of the trains, their classes and weights."""
        check_number(raster.shape[2], "n_steps of neighbours", **STEP_LIMITS)
        sample, channel, step = np.nonzero(raster)
        votes = np.zeros((len(y), n_classes))
        votes[np.arange(len(y)), y] = weights
        n_spikes = np.bincount(sample, minlength=len(y))
        return {
            "channels": channel.astype(np.int32), "steps": step.astype(np.int32),
            "sizes": n_spikes.astype(np.int64), "votes": votes,
            "shape": np.array(raster.shape[1:])}

    def add(self, one: Arrays, other: Arrays) -> Arrays:
        """Return the trains of both sets, one after the other."""
        joined = {
            name: np.concatenate([one[name], other[name]]) for name in one if name != "shape"}
        return {**joined, "shape": np.maximum(one["shape"], other["shape"])}

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return places of spikes, the first of each train, votes, and products with themselves."""
        n_channels, n_steps = map(int, counts["shape"])
        # numpy 1 keeps int32 in a product with a scalar
        spikes = counts["channels"].astype(np.int64) * n_steps + counts["steps"].astype(np.int64)
        starts = np.append(0, counts["sizes"].cumsum())
        trains = _trains(spikes, starts, n_channels, n_steps)
        own = np.array([norms(trains, decay, UNIT) for decay in self._decays()])
        return {
            "spikes": spikes, "starts": starts, "votes": counts["votes"], "own": own,
            "n_steps": np.array([n_steps])}

    def check_tables(self, tables: Arrays, n_channels: int, n_classes: int) -> None:
        """Raise unless tables have their dtypes and shapes, and places are within the trains."""
        check_keys("tables of neighbours", tables, ("spikes", "starts", "votes", "own", "n_steps"))
        spikes, starts = tables["spikes"], tables["starts"]
        n_trains = max(axis_length(tables["votes"], 0), 0)
        check_arrays([
            FittedArray(
                "starts", starts, (n_trains + 1,), np.int64, reason=", one more than votes"),
            FittedArray("n_steps", tables["n_steps"], (1,), np.int64)])
        check_fits(
            bool(starts[0] == 0 and (np.diff(starts) >= 0).all()), "starts must be sorted, from 0.")
        check_number(tables["n_steps"][0], "n_steps of neighbours", **STEP_LIMITS)
        if n_trains:
            check_arrays([
                FittedArray("votes", tables["votes"], (n_trains, n_classes)),
                FittedArray("own", tables["own"], (len(self.taus), n_trains))])
        if starts[-1]:
            check_arrays([FittedArray("spikes", spikes, (int(starts[-1]),), np.int64)])
            check_fits(
                bool(0 <= spikes.min() and spikes.max() < n_channels * tables["n_steps"][0]),
                "spikes must be places in trains of n_steps steps.")

    def score(self, tables: Arrays, raster: Array, n_classes: int) -> Array:
        """Return the logarithms of the shares of the votes of each class."""
        votes = np.zeros((len(raster), len(self.taus), n_classes))
        if len(tables["votes"]):
            n_channels, n_steps = raster.shape[1], int(tables["n_steps"][0])
            trains = _trains(tables["spikes"], tables["starts"], n_channels, n_steps)
            samples = spike_lists(raster, "neighbours")
            for k, decay in enumerate(self._decays()):
                found = products(trains, samples, decay, UNIT)
                # squares, without a term of each sample alone
                distances = tables["own"][k] - 2 * found.T
                votes[:, k] = self._votes(distances, tables["votes"])
        votes += PRIOR
        return np.log(votes / votes.sum(axis=-1, keepdims=True))

    def _decays(self):
        """Return the factor by which each exponential decreases in a step."""
        return [math.exp(-1 / tau) for tau in self.taus]

    def _votes(self, distances, votes):
        """Return the votes for each class, (n_samples, n_classes)."""
        farthest = _farthest(distances, votes.sum(axis=1), self.n_neighbors)
        found = np.empty((len(distances), votes.shape[1]))
        fill_votes(distances, farthest, self.n_neighbors, votes, found)
        return found


def _trains(spikes, starts, n_channels, n_steps):
    """Return the lists of stored trains, whose spikes are places in all channels."""
    n_trains = len(starts) - 1
    train = np.repeat(np.arange(n_trains), np.diff(starts)) * n_channels + spikes // n_steps
    sizes = np.bincount(train, minlength=n_trains * n_channels)
    return SpikeLists(
        spikes % n_steps, np.append(0, np.cumsum(sizes)), n_channels, np.full(n_trains, n_steps))


def _farthest(distances, weights, k):
    """Return the distance of the neighbour with the last vote, (n_samples,)."""
    if (weights == 1).all():
        last = min(k, len(weights)) - 1
        return np.partition(distances, last, axis=1)[:, last]
    order = np.argsort(distances, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1)
    last = np.minimum((reached < k).sum(axis=1), len(weights) - 1)
    rows = np.arange(len(distances))
    return distances[rows, order[rows, last]]
