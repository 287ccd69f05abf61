"""Recordings with a target for each step: checks, training pieces, and predictions.

Long recordings are learned in pieces of equal length. Neurons and traces are at rest at the start
of a piece, so that its first steps, the *warm-up*, have no target. Pieces overlap by the warm-up,
and each step has its target in one piece. Recordings are predicted as a whole, by a stream, in
memory that does not depend on their length.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from .._base import (
    Array, Moments, Ragged, as_numbers, check_container, check_jobs, check_size, map_threads)
from ..learning import Settings, Target
from ..simulation import LeakySums, decays_of

AT_ONCE = 4096  # steps that a prediction runs at a time
MIN_STEPS = 300  # of a piece after the warm-up
N_DECAYS = 3.0  # membrane time constants after which a neuron has forgotten its start
UNKNOWN = -1  # the class of a step without a label


def check_recordings(network: Any, X: Any) -> None:
    """Raise unless a network can take a target for each step of the samples."""
    name = type(network).__name__
    if X.ndim != 3:
        raise ValueError(
            f"A target for each step needs recordings (n_channels, n_steps): {name} got a table "
            f"(2-D input) of shape {X.shape}. Pass one recording as lists of one: fit([x], [y]).")
    if network.standardize == "sample":
        raise ValueError(
            "standardize='sample' needs whole samples, and a target for each step is predicted "
            "from the past. Set standardize=True.")
    if network.encoder is not None and network.encoder.n_steps is not None:
        raise ValueError(
            f"The encoder has n_steps={network.encoder.n_steps}, and would change the steps, which "
            "have a target each. Set n_steps=None in the encoder.")


def lengths_of(X: Any) -> Array:
    """Return the number of steps of each recording."""
    return X.lengths if isinstance(X, Ragged) else np.full(len(X), X.shape[2])


def has_steps(y: Any, n_dims: int) -> bool:
    """Return whether y holds arrays of a number of dimensions, one for each recording."""
    if hasattr(y, "ndim") and getattr(y, "dtype", None) != object:
        return int(y.ndim) == n_dims + 1
    return isinstance(y, (list, tuple, np.ndarray)) and len(y) > 0 and np.ndim(y[0]) == n_dims


def checked_values(y: Any, X: Any, name: str) -> Array:
    """Return values of each step, (n_recordings, n_steps, n_outputs), NaN if they are not known.

    Shorter recordings end with NaN.
    """
    lengths, wanted = lengths_of(X), "(n_outputs, n_steps)"
    _check_number(y, lengths, name, wanted)
    parts = [as_numbers(part, f"y of {name}").astype(float) for part in y]
    for k, (part, n_steps) in enumerate(zip(parts, lengths, strict=True)):
        n_outputs = len(parts[0])
        if part.ndim != 2 or part.shape != (n_outputs, n_steps) or not n_outputs:
            raise ValueError(
                f"y of {name} must have {wanted} values of each recording, with the steps of X and "
                f"equal n_outputs, got shape {part.shape} for recording {k} of {n_steps} steps.")
        if np.isinf(part).any():
            raise ValueError(
                f"y of {name} must be finite, or NaN in steps without a value, got infinity in "
                f"recording {k}.")
        check_size(part, f"y of {name}")
    found = np.full((len(parts), max(lengths), len(parts[0])), np.nan)
    for row, part in zip(found, parts, strict=True):
        row[: part.shape[1]] = part.T
    unknown = np.isnan(found).all(axis=(0, 1))
    if unknown.any():
        raise ValueError(
            f"y of {name} must have a value in at least one step of each output, got only NaN for "
            f"output {int(unknown.argmax())}.")
    return found


def checked_classes(y: Any, X: Any, name: str) -> tuple[list[Array], Array]:
    """Return the labels of each recording, and whether each step has one, as one array for each.

    Not known are -1 and, among other labels than numbers, None.
    """
    lengths, wanted = lengths_of(X), "(n_steps,)"
    _check_number(y, lengths, name, wanted)
    labels = [np.asarray(part) for part in y]
    known = np.zeros((len(labels), max(lengths)), bool)
    for k, (part, n_steps) in enumerate(zip(labels, lengths, strict=True)):
        if part.shape != (n_steps,):
            raise ValueError(
                f"y of {name} with readout='leaky' must have a label for each step, {wanted}, or "
                f"{UNKNOWN} for a step without one. Got shape {part.shape} for recording {k} of "
                f"{n_steps} steps.")
        is_text = part.dtype.kind not in "biuf"
        known[k, :n_steps] = [label is not None for label in part] if is_text else part != UNKNOWN
    if not known.any():
        raise ValueError(f"y of {name} must have a label in at least one step, got none.")
    return labels, known


def _check_number(y: Any, lengths: Array, name: str, wanted: str) -> None:
    """Raise unless y has one array for each recording."""
    check_container(y, f"y of {name}")
    if len(y) != len(lengths):
        raise ValueError(
            f"y of {name} must have an array {wanted} for each of the {len(lengths)} recordings in "
            f"X, got {len(y)}. Pass one recording as lists of one: fit([x], [y]).")


def value_moments(y: Array, weight: Array) -> Moments:
    """Return mean and deviation of the known values of each output."""
    known = ~np.isnan(y)
    each = weight[:, None, None] * known
    total = each.sum(axis=(0, 1))
    filled = np.where(known, y, 0.0)
    low, high = np.nanmin(y, axis=(0, 1)), np.nanmax(y, axis=(0, 1))
    mean = np.where(low == high, low, (each * filled).sum(axis=(0, 1)) / total)
    squares = (each * (filled - mean) ** 2).sum(axis=(0, 1)) / total
    return Moments(float(total.max()), mean, np.sqrt(squares))


def warm_up(settings: Settings) -> int:
    """Return the number of steps after which a network has forgotten that it was at rest.

    Delays reach into the past by their own length. Traces of the readout are half forgotten, which
    is enough because a bias of the start affects few pieces.
    """
    neuron, (readout,) = settings.neuron, settings.readouts
    taus = [np.max(getattr(neuron, item.name)) for item in neuron.active()
            if item.name.startswith("tau")]
    forgets = N_DECAYS * max([float(tau) for tau in taus if np.isfinite(tau)], default=0.0)
    remembers: float = forgets + max(readout.taus) / 2
    return max(settings.delays) + math.ceil(remembers / settings.dt)


def piece_bounds(lengths: Array, n_steps: int, overlap: int) -> list[tuple[int, int, int]]:
    """Return recording, start and first step with a target of each piece of `n_steps`.

    Consecutive pieces overlap by at least `overlap` steps, and the last one ends with the
    recording. A shorter recording is one piece.
    """
    found = []
    for k, length in enumerate(lengths):
        last, hop = max(int(length) - n_steps, 0), n_steps - overlap
        starts = [*range(0, last, hop), last]
        scored = 0
        for start in starts:
            found.append((k, start, scored - start))
            scored = start + n_steps
    return found


def cut(X: Any, target: Target, settings: Settings) -> tuple[Array, Target]:
    """Return the pieces of recordings, (n_pieces, n_channels, n_steps), and their target.

    Zeros after the end of a short recording affect no step with a target. Pieces without a known
    step are left out.
    """
    overlap = warm_up(settings)
    n_steps = min(overlap + max(MIN_STEPS, overlap), X.shape[2])
    rows = [list(np.flatnonzero(target.samples == k)) for k in range(len(X))]
    loss, recordings = target.loss, list(X)
    pieces, y, weight = [], [], []
    for k, start, first in piece_bounds(lengths_of(X), n_steps, overlap):
        part = recordings[k][:, start : start + n_steps]
        for row in rows[k]:
            wanted = target.y[row, start : start + n_steps].copy()
            wanted[:first] = UNKNOWN if loss.n_classes else np.nan
            if loss.known(wanted[None]).any():
                pieces.append(np.pad(part, ((0, 0), (0, n_steps - part.shape[1]))))
                y.append(wanted)
                weight.append(target.sample_weight[row])
    n_known = np.array([loss.known(wanted[None]).sum() for wanted in y])
    mean = float(np.average(n_known, weights=weight))
    return np.ascontiguousarray(pieces), target._replace(
        y=np.array(y), sample_weight=np.array(weight) / np.mean(weight),
        samples=np.arange(len(y)), loss=loss.of_length(mean))


def leaky_sums(fitted: Any) -> LeakySums | None:
    """Return the decoder of a fitted network with a target for each step, else None.

    Means and scales of features and values are part of the weights, which are rounded once.
    """
    if not fitted._each_step:
        return None
    coef, intercept = fitted._linear_decoder.of_features()
    if hasattr(fitted, "target_scale_"):
        coef = coef * fitted.target_scale_
        intercept = intercept * fitted.target_scale_ + fitted.target_mean_
    taus = fitted.readout_.taus
    return LeakySums(
        coef.reshape(-1, len(taus), len(intercept)), intercept, decays_of(taus, fitted.dt_))


def outputs_of_steps(
        fitted: Any, X: Any, read: Callable[[Array], Array], as_list: bool) -> Any:
    """Return ``read(outputs)`` of the outputs of each recording, (n_steps, n_outputs) in float32.

    The result is a list, or an array of recordings of equal length.
    """
    def run(x: Array) -> Array:
        stream = fitted._stream(fitted, fitted.encoder_)
        parts = [stream.run(x[:, k : k + AT_ONCE]) for k in range(0, x.shape[1], AT_ONCE)]
        return read(np.concatenate(parts))

    found = map_threads(run, list(X), check_jobs(fitted.n_jobs))
    return found if as_list else np.stack(found)


def step_r2(y: Any, predicted: Any, sample_weight: Any = None) -> float:
    """Return r2 over all known steps, averaged over outputs."""
    true, found, weight = _joined(y, predicted, sample_weight)
    scores = []
    for wanted, got in zip(true, found, strict=True):
        known = ~np.isnan(wanted)
        scores.append(r2_score(wanted[known], got[known], sample_weight=weight[known]))
    return float(np.mean(scores))


def step_accuracy(y: Any, predicted: Any, sample_weight: Any = None) -> float:
    """Return the share of the steps with a label whose predicted label is equal."""
    true, found, weight = _joined(y, predicted, sample_weight)
    known = np.array([label is not None for label in true]) if true.dtype == object else (
        true != UNKNOWN)
    return float(np.average(true[known] == found[known], weights=weight[known]))


def _joined(y: Any, predicted: Any, sample_weight: Any) -> tuple[Array, Array, Array]:
    """Return true and predicted targets of all recordings end to end, and the weight of a step."""
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
    lengths = [np.shape(part)[-1] for part in predicted]
    return (
        np.concatenate([np.asarray(part) for part in y], axis=-1),
        np.concatenate(list(predicted), axis=-1), np.repeat(weight, lengths))


def refuse_steps(fitted: Any, method: str) -> None:
    """Raise if a network has a target for each step, which a method does not support."""
    if getattr(fitted, "_each_step", False):
        raise ValueError(
            f"{method} needs one label or value for each sample, and this "
            f"{type(fitted).__name__} was fitted with a target for each step. Its outputs at each "
            "step are those of predict, or of a stream.")
