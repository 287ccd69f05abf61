"""Decisions about events from the outputs of a classifier of steps.

    margin      m_k = y_k - the largest other output, from -8 to 8
    smoothed    s_k = decay s_k + keep m_k
    decision    for the class with the largest s_k that is armed, if s_k >= threshold, and no class
                was decided in the refractory time before
    armed       unless the class was decided and s_k has not been below the release since then

Output 0 is the background, which has no margin. All operations are in float32 and in the order of
exported C, so that batch, stream and C decide at the same steps.
"""

from typing import Any, NamedTuple, Self

import numpy as np
from scipy.stats import chi2

from .._base import Array, kernel

LIMIT = np.float32(8)  # of a margin, so that a single step cannot decide after smoothing
CONFIDENCE = 0.95  # that a wanted rate of false alarms is kept
N_LEVELS = 80  # thresholds for each smoothing, and the strictest one


@kernel
def high_pass(x, mean, started, decay, keep, found):
    """Subtract the running mean of each channel, which starts at the first value.

    `x` and `found` are (n_channels, n_steps). `mean` and `started` are changed.
    """
    for c in range(x.shape[0]):
        m = mean[c] if started[0] else x[c, 0]
        for t in range(x.shape[1]):
            m = decay * m + keep * x[c, t]
            found[c, t] = x[c, t] - m
        mean[c] = m
    started[0] = 1


@kernel
def smooth(outputs, smoothed, decay, keep, found):
    """Compute the smoothed margins of the classes, (n_classes, n_steps).

    `outputs` are (1 + n_classes, n_steps). `smoothed`, (n_classes,), is changed.
    """
    for t in range(outputs.shape[1]):
        # the two largest outputs
        first, second, best = outputs[0, t], outputs[0, t], 0
        for k in range(1, outputs.shape[0]):
            y = outputs[k, t]
            if y > first:
                second, first, best = first, y, k
            elif y > second:
                second = y
        for k in range(len(smoothed)):
            m = outputs[k + 1, t] - (second if best == k + 1 else first)
            m = min(max(m, -LIMIT), LIMIT)
            smoothed[k] = decay * smoothed[k] + keep * m
            found[k, t] = smoothed[k]


@kernel
def detect(margins, threshold, release, refractory, armed, quiet, found):
    """Set `found`, (n_steps,), to the class that is decided in a step, or to -1.

    `margins` are (n_classes, n_steps). `armed`, (n_classes,), and `quiet`, (1,), the number of
    steps without a decision, are changed.
    """
    for t in range(margins.shape[1]):
        best, largest = -1, threshold
        for k in range(margins.shape[0]):
            s = margins[k, t]
            if s < release:
                armed[k] = 1
            if armed[k] and s >= largest and (best < 0 or s > largest):
                best, largest = k, s
        if quiet[0] > 0:
            quiet[0] -= 1
            best = -1
        elif best >= 0:
            armed[best] = 0
            quiet[0] = refractory
        found[t] = best


def rates(tau: float, dt: float) -> tuple[Any, Any]:
    """Return the float32 factors of the past and of the present in an exponential mean."""
    decay = np.float32(np.exp(-dt / tau)) if tau > 0 else np.float32(0)
    return decay, np.float32(1) - decay


class HighPass:
    """High-pass filter of one signal.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    decay, keep : np.float32
        Factors of the running mean and of the value.
    """

    def __init__(self, n_channels: int, decay: Any, keep: Any):
        self.decay, self.keep = decay, keep
        self.kept = [np.zeros(n_channels, np.float32), np.zeros(1, np.uint8)]

    def __call__(self, x: Array) -> Array:
        """Return the next steps of a signal, (n_channels, n_steps), filtered."""
        found = np.empty(x.shape, np.float32)
        high_pass(x, *self.kept, self.decay, self.keep, found)
        return found


class Machine:
    """The state of the decisions on one recording, which starts without evidence.

    Parameters
    ----------
    n_classes : int
        Number of classes of events.
    decay, keep : np.float32
        Factors of the smoothed and of the new margin.
    threshold, release : float
        Smoothed margin of a decision, and of the end of an event.
    refractory : int
        Number of steps without a decision after one.
    """

    def __init__(
            self, n_classes: int, decay: Any, keep: Any, threshold: float = 0.0,
            release: float = 0.0, refractory: int = 0):
        self.decay, self.keep, self.refractory = decay, keep, refractory
        self.threshold, self.release = np.float32(threshold), np.float32(release)
        self.smoothed = np.zeros(n_classes, np.float32)
        self.armed, self.quiet = np.ones(n_classes, np.uint8), np.zeros(1, np.int32)
        self.kept = [self.smoothed, self.armed, self.quiet]

    def smooth(self, outputs: Array) -> Array:
        """Return the smoothed margins of the next steps, (n_classes, n_steps)."""
        found = np.empty((len(self.smoothed), outputs.shape[1]), np.float32)
        smooth(
            np.ascontiguousarray(outputs, np.float32), self.smoothed, self.decay, self.keep, found)
        return found

    def detect(self, margins: Array) -> Array:
        """Return the class that is decided in each of the next steps, or -1."""
        found = np.empty(margins.shape[1], np.int32)
        detect(
            margins, self.threshold, self.release, self.refractory, self.armed, self.quiet, found)
        return found


def upper_rate(n: int, hours: float) -> float:
    """Return the upper bound of a rate per hour after n events, a Poisson number."""
    return float(chi2.ppf(CONFIDENCE, 2 * (n + 1)) / 2 / hours) if hours > 0 else np.inf


class Candidates(NamedTuple):
    """Settings of the decisions, from loose to strict for each smoothing, and their results.

    Arrays are (n_candidates,): the time constant of the smoothing in ms, threshold and release, and
    the numbers of right decisions and of false alarms.
    """

    taus: Array
    thresholds: Array
    releases: Array
    right: Array
    false: Array

    @classmethod
    def of(
            cls, outputs: list[Array], right_of: Any, taus: Any, dt: float, refractory: int,
            n_peaks: int) -> Self:
        """Try thresholds on the outputs of recordings, (1 + n_classes, n_steps) each.

        `right_of` returns the number of right decisions from the classes that are decided in each
        step of each recording. Thresholds are between the `n_peaks` highest peaks. A release is
        halfway from a threshold to the median margin, which is that of the background.
        """
        rows = []
        for tau in taus:
            machines = [Machine(len(part) - 1, *rates(tau, dt)) for part in outputs]
            margins = [
                machine.smooth(part) for machine, part in zip(machines, outputs, strict=True)]
            rest = np.median(np.concatenate(margins, axis=1))
            for threshold in _levels(margins, refractory, n_peaks):
                release = (threshold + rest) / 2
                found = [decided(part, threshold, release, refractory) for part in margins]
                right, n_found = right_of(found), sum((part >= 0).sum() for part in found)
                rows.append((tau, threshold, release, right, n_found - right))
        return cls(*map(np.array, zip(*rows, strict=True)))

    def f1(self, n_events: int) -> Array:
        """Return the F1 of each candidate."""
        return np.asarray(2 * self.right / (n_events + self.right + self.false))

    def choose(self, n_events: int, hours: float, wanted: float | None) -> int:
        """Return the index of the candidate with the highest F1, and of equal ones the middle one.

        If a rate of false alarms per hour is wanted, candidates must have a lower upper bound. If
        there are none, the candidates with the fewest false alarms are taken.
        """
        f1 = self.f1(n_events)
        is_allowed = np.ones(len(f1), bool) if wanted is None else np.array(
            [upper_rate(n, hours) <= wanted for n in self.false])
        if not is_allowed.any():
            is_allowed = self.false == self.false.min()
        f1[~is_allowed] = -1
        (equal,) = np.nonzero(f1 == f1.max())
        return int(equal[len(equal) // 2])


def decided(margins: Array, threshold: float, release: float, refractory: int) -> Array:
    """Return the class that is decided in each step of a recording, or -1."""
    return Machine(len(margins), 0, 0, threshold, release, refractory).detect(margins)


def _levels(margins, refractory, n_peaks):
    """Return thresholds between the highest peaks of blocks of time."""
    width, peaks = max(refractory, 1), []
    for part in margins:
        largest = part.max(axis=0)
        peaks.append(np.maximum.reduceat(largest, np.arange(0, len(largest), width)))
    top = np.sort(np.concatenate(peaks))[-n_peaks:]
    levels = np.append((top[1:] + top[:-1]) / 2, top[-1])
    return np.unique(np.append(levels[:: -(-len(levels) // N_LEVELS)], top[-1]))
