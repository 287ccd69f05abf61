"""Recordings with a target for each step: checks, training pieces, and predictions.

Long recordings are learned in pieces of equal length. Neurons and traces are at rest at the start
of a piece, so that its first steps, the *warm-up*, have no target. Pieces overlap by the warm-up,
and each step has its target in one piece. Recordings are predicted as a whole, by a stream, in
memory that does not depend on their length.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._base import (
    LARGEST, Array, Moments, Ragged, as_numbers, check_container, check_jobs, count_threads,
    map_threads, part_bounds, shown, warn)
from ..learning import Settings, Target
from ..metrics import UNKNOWN, as_labels, known_classes
from ..simulation import LeakySums, decays_of

AT_ONCE = 4096  # steps that a prediction runs at a time
MIN_STEPS = 300  # of a piece after the warm-up
N_DECAYS = 3.0  # membrane time constants after which a neuron has forgotten its start
MAX_ROUNDING = 0.01  # of a predicted value by float32, in deviations


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
    n_steps = getattr(network.encoder, "n_steps", None)
    if n_steps is not None:
        raise ValueError(
            f"The encoder has n_steps={n_steps}, and would change the steps, which "
            "have a target each. Set n_steps=None in the encoder.")


def lengths_of(X: Any) -> Array:
    """Return the number of steps of each recording."""
    return X.lengths if isinstance(X, Ragged) else np.full(len(X), X.shape[2])


def has_steps(y: Any, n_dims: int) -> bool:
    """Return whether y holds arrays of a number of dimensions, one for each recording."""
    if hasattr(y, "ndim") and getattr(y, "dtype", None) != object:
        return int(y.ndim) == n_dims + 1
    return isinstance(y, (list, tuple, np.ndarray)) and len(y) > 0 and np.ndim(y[0]) == n_dims


def check_is_list(fitted: Any, X: Any) -> None:
    """Raise if X looks like a single recording that was not passed as a list."""
    if isinstance(X, np.ndarray) and X.dtype != object and X.ndim == 2:
        raise ValueError(
            f"{type(fitted).__name__} has a target for each step and expects recordings in a list "
            "or a 3-D array (n_samples, n_channels, n_steps), got a 2-D array of shape "
            f"{X.shape}. Pass one recording as a list of one: [x].")


def check_same_target(fitted: Any, each_step: bool) -> None:
    """Raise if a fit that continues the previous one has a target of another kind."""
    if fitted._each_step != each_step and fitted._decoder is not None:
        before, now = (
            "a target for each step" if each else "one label or value for each sample"
            for each in (fitted._each_step, each_step))
        raise ValueError(
            f"{type(fitted).__name__} continues a network that learned {before}, and got {now}. "
            "Fit a clone.")


def checked_values(y: Any, X: Any, name: str) -> Array:
    """Return the values of each recording, (n_outputs, n_steps), NaN if they are not known."""
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
        if (np.abs(part) > LARGEST).any():
            raise ValueError(
                f"y of {name} must have values up to {LARGEST:g}, because predictions are float32, "
                f"got {np.nanmax(np.abs(part)):g} in recording {k}. Scale the data first.")
    return _in_array(parts)


def joined_values(parts: Array, name: str) -> Array:
    """Return the values of all recordings, (n_recordings, n_steps, n_outputs).

    Shorter recordings end with NaN.
    """
    longest = max(part.shape[1] for part in parts)
    found = np.full((len(parts), longest, len(parts[0])), np.nan)
    for row, part in zip(found, parts, strict=True):
        row[: part.shape[1]] = part.T
    unknown = np.isnan(found).all(axis=(0, 1))
    if unknown.any():
        raise ValueError(
            f"y of {name} must have a value in at least one step of each output, in recordings of "
            f"positive weight, got only NaN for output {int(unknown.argmax())}.")
    return found


def _in_array(parts: list[Array]) -> Array:
    """Return arrays as the elements of one array."""
    found = np.empty(len(parts), object)
    for k, part in enumerate(parts):
        found[k] = part
    return found


def checked_classes(y: Any, X: Any, name: str) -> Array:
    """Return the labels of each recording, (n_steps,). Not known are -1 and None."""
    lengths, wanted = lengths_of(X), "(n_steps,)"
    _check_number(y, lengths, name, wanted)
    labels = [as_labels(part) for part in y]
    for k, (part, n_steps) in enumerate(zip(labels, lengths, strict=True)):
        if part.shape != (n_steps,):
            raise ValueError(
                f"y of {name} with readout='leaky' must have a label for each step, {wanted}, or "
                f"{UNKNOWN} for a step without one. Got shape {part.shape} for recording {k} of "
                f"{n_steps} steps.")
        if part.dtype.kind == "f" and np.isnan(part).any():
            raise ValueError(
                f"y of {name} must have {UNKNOWN} in steps without a label, got NaN in recording "
                f"{k}.")
    return _in_array(labels)


def joined_classes(parts: Array, name: str) -> tuple[Array, Array]:
    """Return the labels of all known steps, and which steps are known, (n_recordings, n_steps)."""
    known = np.zeros((len(parts), max(map(len, parts))), bool)
    labels = []
    for row, part in zip(known, parts, strict=True):
        row[: len(part)] = known_classes(part)
        found = part[row[: len(part)]]
        labels.append(np.array(found.tolist()) if part.dtype == object else found)
    labels = [part for part in labels if len(part)]
    if not labels:
        raise ValueError(
            f"y of {name} must have a label in at least one step, in recordings of positive "
            "weight, got none.")
    kinds = {part.dtype.kind in "biuf" for part in labels}
    if len(kinds) == 2:
        raise ValueError(f"y of {name} must have numbers or text as labels, got both.")
    return np.concatenate(labels), known


def check_several(labels: Array, has_unknown: bool, name: str) -> None:
    """Raise if known labels are equal, and others may be a class whose name is -1."""
    if has_unknown and (labels == labels[0]).all():
        raise ValueError(
            f"{name} needs at least two classes in y, got {shown(labels[0])} and steps without a "
            f"label ({UNKNOWN} or None). Give a class of label {UNKNOWN} another label.")


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


def warn_if_rounded(mean: Array, scale: Array, name: str) -> None:
    """Warn if float32 rounds the values of an output by a large share of their deviation."""
    rounding = np.abs(mean) * np.finfo(np.float32).eps / 2
    too_large = (rounding > MAX_ROUNDING * scale) & (scale > 0)
    if too_large.any():
        k = int(too_large.argmax())
        warn(
            f"y of {name} has a mean of {mean[k]:g} and a deviation of {scale[k]:g} in output {k}. "
            "Predictions at each step are float32, which rounds such values. Subtract the mean "
            "from y.")


def warm_up(settings: Settings) -> int:
    """Return the number of steps after which a network has forgotten that it was at rest.

    Delays reach into the past by their own length. A third of the longest trace of the readout
    remains. With half of this time, r2 fell far with long time constants.
    """
    neuron, (readout,) = settings.neuron, settings.readouts
    taus = [np.max(getattr(neuron, item.name)) for item in neuron.active()
            if item.name.startswith("tau")]
    forgets = N_DECAYS * max([float(tau) for tau in taus if np.isfinite(tau)], default=0.0)
    remembers: float = forgets + max(readout.taus)
    return max(settings.delays) + math.ceil(remembers / settings.dt)


def piece_bounds(lengths: Array, n_steps: int, overlap: int) -> list[tuple[int, int, int]]:
    """Return recording, start and first step with a target of each piece of `n_steps`.

    Consecutive pieces overlap by at least `overlap` steps, and the last one ends with the
    recording. A shorter recording is one piece.
    """
    found = []
    for k, length in enumerate(lengths):
        last, hop = max(int(length) - n_steps, 0), max(n_steps - overlap, 1)
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
    unit = 1.0 if settings.single_pass else np.mean(weight)
    return np.ascontiguousarray(pieces), target._replace(
        y=np.array(y), sample_weight=np.array(weight) / unit,
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
    recordings, n_jobs = list(X), check_jobs(fitted.n_jobs)

    def run(bounds: tuple[int, int]) -> list[Array]:
        stream, found = fitted._stream(fitted, fitted.encoder_), list[Array]()
        for x in recordings[slice(*bounds)]:
            stream.reset()
            parts = [stream.run(x[:, k : k + AT_ONCE]) for k in range(0, x.shape[1], AT_ONCE)]
            found.append(read(np.concatenate(parts)))
        return found

    bounds = part_bounds(len(recordings), min(len(recordings), count_threads(n_jobs)))
    parts = map_threads(run, [*itertools.pairwise(bounds)], n_jobs)
    found = [*itertools.chain(*parts)]
    return found if as_list else np.stack(found)


def refuse_steps(fitted: Any, method: str) -> None:
    """Raise if a network has a target for each step, which a method does not support."""
    if getattr(fitted, "_each_step", False):
        raise ValueError(
            f"{method} needs one label or value for each sample, and this "
            f"{type(fitted).__name__} was fitted with a target for each step. Its outputs at each "
            "step are those of predict, or of a stream.")
