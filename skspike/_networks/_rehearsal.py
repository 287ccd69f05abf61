"""Memory of past samples, which ``partial_fit`` presents again with each chunk.

Each sample gets a random key when it arrives. The memory keeps the samples with the smallest keys
of each class. So it is a random sample of all samples of the class, as in reservoir sampling
(Vitter 1985), and the classes are balanced. Samples are drawn from it in the same way.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array, Ragged, one_blas_thread, warn
from ..learning import Settings, Target
from ..trains import Usual, moments_of
from ._fitted_network import Checked, prepared_of, run

MIN_JUDGED, MAX_JUDGED = 40, 200  # samples of a memory that judge whether a chunk is unusual
QUANTILE, MAX_UNUSUAL = 0.95, 0.5  # of the novelty of the memory, and share of a chunk above it


class Memory(NamedTuple):
    """Checked samples of past chunks.

    Parameters
    ----------
    X : ndarray of shape (n_kept, ...)
        Checked input.
    y : ndarray of shape (n_kept,) or (n_kept, n_columns)
        Target of the loss.
    weight, class_weight : ndarray of shape (n_kept,)
        Weights of the samples and of their classes.
    key : ndarray of shape (n_kept,)
        Random numbers from 0 to 1, with which the samples arrived.
    """

    X: Array
    y: Array
    weight: Array
    class_weight: Array
    key: Array

    def part(self, rows: Array) -> Self:
        """Return some samples."""
        return type(self)(*(values[rows] for values in self))

    def joined(self, other: Self) -> Self:
        """Return the samples of both."""
        return type(self)(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))

    def smallest(self, n: int, key: Array) -> Self:
        """Return the n samples of smallest keys, as many of each class as possible."""
        group = self.y if self.y.ndim == 1 else np.zeros(len(key), int)
        order = np.lexsort((key, group))
        _, first = np.unique(group[order], return_index=True)
        rank = np.empty(len(key), int)
        rank[order] = np.arange(len(key)) - np.repeat(first, np.diff([*first, len(key)]))
        return self.part(np.sort(np.lexsort((key, rank))[:n]))


def with_memory(
        network: Any, X: Any, target: Target, class_weight: Array | None, settings: Settings,
        rng: np.random.RandomState) -> tuple[Any, Target, Array | None]:
    """Return a chunk of ``partial_fit`` with samples of the memory, and add the chunk to it."""
    known, size = network._rehearsal, settings.memory
    if isinstance(X, Ragged) or (known is not None and known.X.shape[1:] != X.shape[1:]):
        raise ValueError(
            f"memory={size} needs samples of equal length in all chunks. Set memory=0, or pad the "
            "samples.")
    is_first = not hasattr(network, "weights_")
    if network._decodes:
        before = [] if is_first else [_score_before(network, X, target)]
        network.chunk_scores_ = [*getattr(network, "chunk_scores_", ()), *before]
    draws = np.random.default_rng([rng.randint(2**31 - 1), 0 if is_first else network._n_seen])
    X, target, class_weight, network._rehearsal = _rehearsed(
        known, size, X, target, class_weight, draws)
    return X, target, class_weight


def _rehearsed(
        memory: Memory | None, size: int, X: Array, target: Target, class_weight: Array | None,
        rng: np.random.Generator) -> tuple[Array, Target, Array, Memory]:
    """Return a chunk with samples of the memory in between, and the memory after the chunk.

    At most as many samples are drawn from the memory as the chunk has. If the memory has as many,
    each mini-batch has as many old samples as new ones.
    """
    weight = np.ones(len(X)) if class_weight is None else class_weight
    chunk = found = Memory(X, target.y, target.sample_weight, weight, rng.random(len(X)))
    if memory is not None:
        drawn = memory.smallest(len(X), rng.random(len(memory.X)))
        place = np.concatenate([(np.arange(len(part.X)) + 0.5) / len(part.X) for part in (
            chunk, drawn)])
        found = chunk.joined(drawn).part(np.argsort(place, kind="stable"))
        memory = memory.joined(chunk)
    else:
        memory = chunk
    presented = target._replace(
        y=found.y, sample_weight=found.weight, samples=np.arange(len(found.X)))
    return found.X, presented, found.class_weight, memory.smallest(size, memory.key)


def _score_before(network: Any, X: Array, target: Target) -> float:
    """Return the score of a fitted network on a chunk. Warn if the chunk is unusual."""
    outputs, memory = _outputs(network, X), network._rehearsal
    if memory is not None and len(memory.X) >= MIN_JUDGED:
        judging = memory.part(np.argsort(memory.key)[:MAX_JUDGED])
        with one_blas_thread():
            share = _unusual_share(network, judging, X, outputs)
        if share > MAX_UNUSUAL:
            warn(
                f"{share:.0%} of the samples of this chunk do not look like the earlier ones that "
                f"{type(network).__name__} keeps in memory. The input may have drifted, or has "
                "another scale. chunk_scores_ shows whether the predictions suffer.")
    return float(target.loss.score(outputs, target.y))


def _outputs(network: Any, X: Array) -> Array:
    """Return the outputs of a fitted network for checked input."""
    prepared, source = prepared_of(network)
    X = source.standardised(X, type(network).__name__)
    features = run(network, Checked(prepared, source, X), network.rule_.respond)
    return np.asarray(network._linear_decoder.outputs(features))


def _unusual_share(network: Any, memory: Memory, X: Array, outputs: Array) -> float:
    """Return the share of samples whose novelty is above a quantile of the memory."""
    known, held = (memory.part(np.arange(k, len(memory.X), 2)) for k in range(2))
    group = held.y if held.y.ndim == 1 else np.zeros(len(held.y), int)
    of_held, moments = _outputs(network, held.X), moments_of(held.X)
    usual = Usual.of(moments_of(known.X), moments, of_held, group)
    limit = np.quantile(usual.novelty(of_held, moments), QUANTILE)
    return float((usual.novelty(outputs, moments_of(X)) > limit).mean())
