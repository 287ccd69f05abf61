"""A spiking reservoir: only the decoder learns.

With a target at each step, the decoder is a linear model of all steps of long recordings, in closed
form and in constant memory. Only sums of products of features and targets are stored, one matrix
for each block of time. The penalty is that of the smallest squared error on blocks that were left
out.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._base import Array, map_threads
from ..simulation import Network
from ._decoder import LinearDecoder
from ._initialise import initial_state, step_features, with_decoder
from ._losses import EachStep
from ._rule import Rule
from ._task import Result, Task

N_BLOCKS = 5
PENALTIES = np.logspace(-2, 7, 19)
AT_ONCE = 16  # rows whose features are computed at a time


class Reservoir(Rule):
    """Random weights, and a linear decoder of the spikes if there is a target: ``rule=None``.

    See Also
    --------
    SurrogateGradient : Learns inside the network.
    skspike.SpikingRocket : Random neurons with delays, for series.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNClassifier(8, rule=None, random_state=0).fit(X, y).rule_
    Reservoir()
    """

    name = None
    requires_y = False
    only_classes = False
    learns_steps = True
    supports = "recurrent", "convolution", "readout", "alpha"
    default_learning_rate, default_alpha = None, 1.0

    def runs(self, sizes: Sequence[int]) -> int:
        """Return 0, because there are no epochs."""
        return 0

    def learn(self, task: Task) -> Result:
        """Return the initial network, with a fitted decoder if there is a target."""
        state, target, settings = task.start or initial_state(task), task.target, task.settings
        attributes: dict[str, Any] = {"n_iter_": 1}
        if target.y is not None:
            state = with_decoder(task, state)
            decoder: Any = state.decoder
            network = task.network(state.layers, readout=state.readout)
        if isinstance(target.loss, EachStep):
            chosen = None if "alpha" in settings.automatic else settings.alpha
            decoder, attributes["alpha_"] = step_ridge(task, network, decoder, chosen)
            state = state._replace(decoder=decoder)
        elif target.y is not None:
            rows = np.arange(len(task.inputs))
            features = self.responses(network, task.inputs, rows, settings.n_jobs)
            coef, intercept = target.loss.fit(
                decoder.standardise(features), target.y, target.sample_weight, settings.alpha)
            state = state._replace(decoder=decoder._replace(coef=coef, intercept=intercept))
        return Result(state, settings.neuron, attributes)


class Products(NamedTuple):
    """Sums over steps of products of features and targets, each with a column of ones.

    Parameters
    ----------
    gram : ndarray of shape (n_features + 1, n_features + 1)
        Products of features.
    cross : ndarray of shape (n_features + 1, n_outputs)
        Products of features and targets.
    squares : ndarray of shape (n_outputs,)
        Squared targets.
    """

    gram: Array
    cross: Array
    squares: Array

    @classmethod
    def of(cls, z: Array, y: Array, weight: Array) -> "Products":
        """Return the sums for features (n_steps, n_features) and targets (n_steps, n_outputs)."""
        root = np.sqrt(weight)[:, np.newaxis]
        z, y = np.column_stack([z, np.ones(len(z))]) * root, y * root
        return cls(z.T @ z, z.T @ y, (y * y).sum(axis=0))

    def plus(self, other: "Products", sign: int = 1) -> "Products":
        """Return the sums over the steps of both, or over the steps without those of the other."""
        return Products(*(a + sign * b for a, b in zip(self, other, strict=True)))

    def ridges(self, penalties: Array) -> list[Array]:
        """Return the coefficients of a ridge regression for each penalty, the intercepts last."""
        n, sums = self.gram[-1, -1], self.gram[-1, :-1]
        covariance = self.gram[:-1, :-1] - np.outer(sums, sums) / n
        cross = self.cross[:-1] - np.outer(sums, self.cross[-1]) / n
        values, vectors = np.linalg.eigh(covariance)
        rotated = vectors.T @ cross
        found = []
        for penalty in penalties:
            # directions that vary by rounding errors alone get nothing
            inverse = 1 / (np.maximum(values, 1e-9 * values[-1]) + max(penalty, 1e-12))
            coef = vectors @ (rotated * inverse[:, None])
            found.append(np.vstack([coef, (self.cross[-1] - sums @ coef) / n]))
        return found

    def error(self, coef: Array) -> float:
        """Return the summed squared error of coefficients on these steps."""
        explained = 2 * (coef * self.cross).sum() - (coef * (self.gram @ coef)).sum()
        return float(self.squares.sum() - explained)

    def discriminant(self, penalty: float) -> Array:
        """Return the coefficients of the logits of classes whose features are normal.

        The targets are 1 for the class of a step, else 0. All classes have one covariance, to which
        the penalty is added.
        """
        n, n_class = self.gram[-1, -1], np.maximum(self.cross[-1], 1e-12)
        means = (self.cross[:-1] / n_class).T
        within = self.gram[:-1, :-1] - (means.T * n_class) @ means
        within[np.diag_indices(len(within))] += max(penalty, 1e-9 * np.trace(within), 1e-9)
        coef = np.linalg.solve(within / n, means.T)
        # a class without a step has the logit of half a step
        prior = np.log((self.cross[-1] + 0.5) / (n + 0.5 * len(n_class)))
        return np.vstack([coef, prior - 0.5 * (means.T * coef).sum(axis=0)])


def known_together(y: Array, n_outputs: int) -> list[Array]:
    """Return the outputs in groups whose values are known at the same steps."""
    if y.ndim == 2:  # classes
        return [np.arange(n_outputs)]
    _, group = np.unique(np.isnan(y).reshape(-1, n_outputs), axis=1, return_inverse=True)
    group = group.ravel()
    return [np.flatnonzero(group == k) for k in range(group.max() + 1)]


def products_of(
        task: Task, network: Network, decoder: LinearDecoder, outputs: Array) -> list[Products]:
    """Return the sums of each block of time, over the steps of all rows with known outputs."""
    target: Any = task.target
    rows, loss = np.arange(len(task.inputs)), target.loss.of_length(1.0)

    def of_row(row: int) -> Products:
        x, y = step_features(network, task, row)
        wanted = target.loss.targets(y[None])[0][:, outputs]
        known = ~np.isnan(wanted).any(axis=1)
        weight = loss.step_weight(y[None], target.sample_weight[row : row + 1])[0]
        return Products.of(decoder.standardise(x[known]), wanted[known], weight[known])

    blocks = []
    for block in np.array_split(rows, min(N_BLOCKS, len(rows))):
        sums: Products | None = None
        for first in range(0, len(block), AT_ONCE):
            for found in map_threads(
                    of_row, list(block[first : first + AT_ONCE]), task.settings.n_jobs):
                sums = found if sums is None else sums.plus(found)
        assert sums is not None
        blocks.append(sums)
    return blocks


def best_penalty(*groups: list[Products]) -> float:
    """Return the penalty with the smallest squared error on blocks that were left out.

    Each group has the blocks of some outputs.
    """
    errors = np.zeros(len(PENALTIES))
    for blocks in groups:
        whole = _sum(blocks)
        for block in blocks:
            if 0 < block.gram[-1, -1] < whole.gram[-1, -1]:
                errors += list(map(block.error, whole.plus(block, -1).ridges(PENALTIES)))
    return float(PENALTIES[errors.argmin()]) if errors.any() else 1.0


def step_ridge(
        task: Task, network: Network, decoder: LinearDecoder,
        penalty: float | None) -> tuple[LinearDecoder, float]:
    """Return a decoder fitted to all known steps, and its penalty, which the data choose if None.

    Values take a ridge regression, and classes a linear discriminant analysis.
    """
    n_outputs = task.target.n_outputs
    groups = known_together(task.target.y, n_outputs)
    blocks = [products_of(task, network, decoder, outputs) for outputs in groups]
    penalty = best_penalty(*blocks) if penalty is None else penalty
    found = np.empty((len(decoder.mean) + 1, n_outputs))
    for outputs, each in zip(groups, blocks, strict=True):
        whole = _sum(each)
        found[:, outputs] = whole.discriminant(penalty) if task.target.n_classes else (
            whole.ridges(np.array([penalty]))[0])
    return decoder._replace(coef=found[:-1], intercept=found[-1]), penalty


def _sum(blocks: list[Products]) -> Products:
    total, *others = blocks
    for block in others:
        total = total.plus(block)
    return total
