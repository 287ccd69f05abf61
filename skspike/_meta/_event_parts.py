"""Recordings with events as training parts: a class for each step, folds, and changed copies."""

import collections
import numbers
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, check_cv

from .._base import Array, check_number, shown
from ..metrics import UNKNOWN
from ._sliding import is_splitter

START = 0.6  # part of an event after which its steps have its class
TAIL = 0.2  # time after an event in which they still have it, in median lengths of events
GAP = 3  # between training and test blocks, in lengths of the longest event
SPEED, AMPLITUDE, MIXTURE = 0.25, 0.2, 0.07  # of changed copies
EVERY = 3  # step of a copy that has a class

Part = tuple[int, int, int]  # index of a recording, first step, and end


def step_classes(table: Array, n_steps: int, dt: float, tail: float) -> Array:
    """Return the class of each step: 0 outside of events, 1 + the label of an event, or UNKNOWN.

    Labels are indices.
    """
    y = np.zeros(n_steps, np.int64)
    onset, offset = table["onset"], table["offset"]
    edges = np.stack([onset, onset + START * (offset - onset), offset, offset + tail], axis=1)
    steps = np.rint(edges / dt).astype(int)
    for (start, middle, end, stop), label in zip(steps, table["label"], strict=True):
        middle = min(middle, max(end - 1, start))  # at least the last step of the event is learned
        y[start:middle] = UNKNOWN  # also the tail of the event before
        y[middle : max(stop, middle + 1)] = 1 + label
    return y


def folds_of(
        cv: Any, lengths: Any, groups: Any, n_folds: int,
        gap: int) -> list[tuple[list[Part], list[Part]]]:
    """Return the training and test parts of each fold.

    They are recordings, or blocks of time with gaps between them if there are too few recordings.
    """
    n = len(lengths)
    whole = [(k, 0, int(length)) for k, length in enumerate(lengths)]
    cv = n_folds if cv is None else cv
    if isinstance(cv, numbers.Integral):
        cv = check_number(cv, "cv", low=2, integer=True)
        if groups is None and n < cv:
            edges = [np.linspace(0, length, cv + 1).astype(int).tolist() for length in lengths]
            blocks = [[(k, edges[k][i], edges[k][i + 1]) for k in range(n)] for i in range(cv)]
            found = [(rest_of(test, lengths, gap), test) for test in blocks]
            if not all(train for train, _ in found):
                raise ValueError(
                    f"EventDetector has nothing to train on in a fold of cv={cv} blocks of time: "
                    f"the longest recording has {max(lengths)} steps, and the gap between training "
                    f"and test is {gap} steps, {GAP} times the longest event. Pass longer "
                    "recordings, or a lower cv.")
            return found
        n_groups = n if groups is None else len(set(groups))
        if n_groups < cv:
            raise ValueError(
                f"cv={cv} folds need as many groups, got {n_groups}. Take fewer folds, or leave "
                "groups out.")
        cv = KFold(cv) if groups is None else GroupKFold(cv)
    elif not is_splitter(cv):
        raise ValueError(
            "cv must be an integer >= 2, a splitter such as GroupKFold(5), a list of pairs of "
            f"training and test recordings, or None, got {shown(cv)}.")
    splits = check_cv(cv).split(np.zeros(n), groups=groups)
    found = [([whole[k] for k in train], [whole[k] for k in test]) for train, test in splits]
    tested = collections.Counter(k for _, test in found for k, *_ in test)
    for k, n_times in tested.items():
        if n_times > 1:
            raise ValueError(
                f"cv must test each recording in one fold at most, got recording {k} in {n_times} "
                "folds. Take KFold or GroupKFold.")
    return found


def rest_of(parts: list[Part], lengths: Any, gap: int) -> list[Part]:
    """Return the parts of recordings that are not in some parts, nor closer to them than a gap."""
    found = []
    for k, length in enumerate(lengths):
        is_free = np.ones(length + 2, bool)
        is_free[[0, -1]] = False
        for _, start, stop in (part for part in parts if part[0] == k):
            is_free[max(start - gap, -1) + 1: stop + gap + 1] = False
        edges = np.flatnonzero(np.diff(is_free.astype(np.int8)))
        found += [(k, int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    return found


def changed(x: Array, y: Array, rng: Any) -> tuple[Array, Array]:
    """Return a signal at another speed, amplitude and orientation, and the class of each step.

    Only every third step has a class, because its neighbours are almost equal.
    """
    n_channels, n_steps = x.shape
    at = np.linspace(0, n_steps - 1, round(n_steps * np.exp(rng.uniform(-SPEED, SPEED))))
    mixture = np.eye(n_channels) + rng.normal(0, MIXTURE, (n_channels, n_channels))
    mixture *= np.exp(rng.normal(0, AMPLITUDE))
    stretched = np.stack([np.interp(at, np.arange(n_steps), channel) for channel in x])
    classes = np.full(len(at), UNKNOWN)
    classes[::EVERY] = y[np.rint(at[::EVERY]).astype(int)]
    return (mixture @ stretched).astype(np.float32), classes
