"""The stream of a classifier that decides when it is sure."""

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax
from sklearn.utils.validation import check_is_fitted

from .._checks import as_numbers
from .._utils import Array
from ._streams import stream_of


class EarlyStream:
    """A fitted `skspike.EarlyClassifier` that takes a sample one step at a time.

    The method ``stream()`` of a fitted classifier returns one. Its decision and the time of it
    equal those on the whole sample. Input after the decision is ignored. Use one stream for each
    sample, and `reset` before the next one. A copied or pickled stream continues independently.

    Parameters
    ----------
    fitted : EarlyClassifier
        A fitted classifier.

    Attributes
    ----------
    decided : bool
        Whether the decision is made.
    time : float
        Time of the decision in ms, or of the latest step.
    state : ndarray
        State, a float64 array of one dimension. Assign it to restore it.

    See Also
    --------
    skspike.EarlyClassifier : Its method ``stream`` returns one.

    Examples
    --------
    >>> from skspike import EarlyClassifier, SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(100, 10, 100, random_state=0)
    >>> model = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(X, y)
    >>> stream, t = model.stream(), 0
    >>> while not stream.decided:
    ...     decided = stream.step(X[0, :, t])
    ...     t += 1
    >>> bool(stream.time == model.decision_times(X[:1])[0])
    True
    """

    _scores: Array

    def __init__(self, fitted: Any):
        check_is_fitted(fitted)
        self._stream = stream_of(fitted.estimator_)
        self._steps, self._expected = fitted._steps, fitted.expected_
        self._deadline = fitted._steps[fitted._deadline]
        self._threshold, self._classes = fitted.threshold_, fitted.classes_
        self._dt = float(fitted.times_[-1] / fitted._steps[-1])
        self.reset()

    def __copy__(self) -> Self:
        # a plain copy would share the stream of the network
        return copy.deepcopy(self)

    def reset(self) -> None:
        """Go back to the start of a sample."""
        self._stream.reset()
        self.decided, self._clock = False, 0
        self._read(0)

    @property
    def time(self) -> float:
        """Return the time of the decision in ms, or of the latest step."""
        return self._clock * self._dt

    @property
    def state(self) -> Array:
        """State, a float64 array of one dimension. Assign it to restore it."""
        return np.concatenate([self._stream.state, [self.decided, self._clock], self._scores])

    @state.setter
    def state(self, values: ArrayLike) -> None:
        numbers, size = as_numbers(values, "EarlyClassifier.stream"), len(self.state)
        if numbers.shape != (size,) or not np.isfinite(numbers).all():
            raise ValueError(
                f"state must be an array of {size} finite numbers, as a stream of the same model "
                f"has. Got an array of shape {numbers.shape}.")
        inner, own = np.split(numbers, [-2 - len(self._scores)])
        decided, clock = own[:2]
        if decided not in (0, 1) or clock not in range(self._steps[-1] + 1):
            raise ValueError(
                f"state holds decided={decided} and step {clock}. Assign the state of a stream of "
                "the same model.")
        self._stream.state = inner
        self.decided, self._clock, self._scores = bool(decided), int(clock), own[2:].copy()

    def step(self, x: ArrayLike) -> bool:
        """Take the input of one step, or of several, and return whether the decision is made.

        Parameters
        ----------
        x : array-like of shape (n_channels,) or (n_channels, n_steps)
            Input, as the classifier takes it.

        Returns
        -------
        decided : bool
            Whether the decision is made. Then the rest of the input is ignored.

        Raises
        ------
        ValueError
            If x has the wrong shape or values. The state does not change then.
        """
        x = x if isinstance(x, np.ndarray) else as_numbers(x, "EarlyClassifier.stream")
        if x.ndim != 2 or not x.size:  # one step, or an error of the stream inside
            self._step(x)
            return self.decided
        before = self.state
        try:
            for column in x.T:
                self._step(column)
        except BaseException:
            self.state = before
            raise
        return self.decided

    def _step(self, x: Any) -> None:
        """Take one step, unless the decision is made."""
        if self.decided:
            return
        self._stream.step(x)
        self._clock += 1
        check = np.searchsorted(self._steps, self._clock)
        if self._steps[check] == self._clock:
            self._read(check)
            self.decided = bool(
                softmax(self._scores).max() >= self._threshold or self._clock == self._deadline)

    def _read(self, check: Any) -> None:
        """Read the scores of the classes at one of the possible times."""
        scores = as_columns(np.asarray(self._stream.decision_function()))
        self._scores = total(scores, self._expected[check])

    def predict_proba(self) -> Array:
        """Return the class probabilities at the decision, or at the latest possible one.

        Returns
        -------
        probabilities : ndarray of shape (n_classes,)
            In the order of ``classes_``.
        """
        probabilities: Array = softmax(self._scores)
        return probabilities

    def predict(self) -> Any:
        """Return the decision, or the most probable class at the latest possible decision.

        Returns
        -------
        label : int, str or other type of label
            A class label.
        """
        return self._classes[self._scores.argmax()]


def total(scores: Array, expected: Array) -> Array:
    """Return scores with the expected evidence, rounded, so that equal scores stay equal."""
    return (scores + expected).round(9)


def as_columns(scores: Array, n_dims: int = 0) -> Array:
    """Return one score for each class, also for two classes, whose difference has n_dims axes."""
    return np.stack([-scores / 2, scores / 2], axis=-1) if scores.ndim == n_dims else scores
