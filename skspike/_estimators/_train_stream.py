"""A fitted classifier of spike trains that takes a train one step at a time."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .._checks import as_numbers, check_is_fitted, check_raster
from .._utils import Array, Numbers, Stateful
from ..experts import evidence
from ._pool import combined, probabilities


def check_streams(fitted: Any, name: str) -> None:
    """Raise if the input or a model with a weight above 0 needs whole trains."""
    check_is_raster(fitted._n_dims_in == 3, name)
    n_channels = _n_channels(fitted)
    slow = {
        expert.name for expert in fitted.experts_ for model in expert.models(n_channels)
        if not expert.is_sum and fitted.weights_[fitted.models_.index(f"{expert.name} {model}")]}
    if slow:
        raise ValueError(
            f"{name} needs experts that add evidence step by step, and {sorted(slow)} need the "
            "whole train. Fit without them, such as with experts=['history', 'age', 'rate'].")


def check_is_raster(is_raster: bool, name: str) -> None:
    """Raise if samples are series, whose spikes are known at their end only."""
    if not is_raster:
        raise ValueError(
            f"{name} needs rasters (n_samples, n_channels, n_steps). A series is binarised at its "
            "median, which is known at its end.")


def _n_channels(fitted):
    return fitted.n_features_in_ if fitted._n_dims_in == 3 else 1


def _summed(fitted):
    """Return the experts that add evidence step by step, with their tables."""
    return [
        (expert, own) for expert, own in zip(fitted.experts_, fitted.tables_, strict=True)
        if expert.is_sum]


def start(fitted: Any, n_samples: int, n_channels: int) -> list[tuple[Array, ...]]:
    """Return the states of the experts before the first step."""
    n_classes = len(fitted.classes_)
    return [expert.start(n_samples, n_channels, n_classes) for expert, _ in _summed(fitted)]


def step(fitted: Any, raster: Array, states: list[tuple[Array, ...]]) -> Array:
    """Add the next steps to the states, and return the scores of the classes so far."""
    n_channels = raster.shape[1]
    scores = np.zeros((len(raster), len(fitted.models_), len(fitted.classes_)))
    for (expert, own), state in zip(_summed(fitted), states, strict=True):
        expert.advance(own, raster, state)
        names = [f"{expert.name} {model}" for model in expert.models(n_channels)]
        first = fitted.models_.index(names[0])
        scores[:, first : first + len(names)] = evidence(state)
    return combined(scores, fitted.weights_, fitted.intercept_)


def _copied(fitted):
    """Return a copy of a fitted classifier, without what only `partial_fit` needs."""
    other = copy.copy(fitted)
    other._seen = None
    return copy.deepcopy(other)


class SpikeTrainStream(Stateful):
    """A fitted `skspike.SpikeTrainClassifier` that takes a train one step at a time.

    The method ``stream()`` of a fitted classifier returns one. Its decision after the last step
    equals that on the whole train, bit for bit. It is a copy: later changes of the classifier do
    not affect it. Use one stream for each train, and `reset` before the next one.

    Parameters
    ----------
    fitted : SpikeTrainClassifier
        A fitted classifier. Experts that need whole trains, such as "neighbours", must have a
        weight of 0.

    See Also
    --------
    skspike.SpikeTrainClassifier : Its method ``stream`` returns one.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(100, 4, 50, random_state=0)
    >>> model = SpikeTrainClassifier(["history", "rate"]).fit(X, y)
    >>> stream = model.stream()
    >>> for t in range(50):
    ...     decision = stream.step(X[0, :, t])
    >>> bool(decision == model.decision_function(X[:1])[0])
    True
    """

    def __init__(self, fitted: Any):
        check_is_fitted(fitted, "tables_")
        fitted._check_fitted()
        self._name = type(fitted).__name__
        check_streams(fitted, f"{self._name}.stream")
        self._fitted = _copied(fitted)
        n_channels = _n_channels(fitted)
        self._shape = (n_channels,)
        self._states = start(self._fitted, 1, n_channels)
        self._scores = np.tile(fitted.intercept_, (1, 1))
        self._kept = [array for state in self._states for array in state] + [self._scores]
        self._rest = self.state

    def step(self, x: Any) -> Numbers:
        """Take the spikes of one step, or of several, and return the decision so far.

        Parameters
        ----------
        x : array-like of shape (n_channels,) or (n_channels, n_steps)
            Spikes, 0 and 1.

        Returns
        -------
        scores : ndarray of shape (n_classes,), or float for two classes
            As `decision_function`.

        Raises
        ------
        ValueError
            If x has the wrong shape or values. The state does not change then.
        """
        name, n = f"{self._name}.stream", self._shape[0]
        x = as_numbers(x, name)
        if x.ndim not in (1, 2) or x.shape[:1] != self._shape or 0 in x.shape:
            raise ValueError(
                f"{name} expects the {n} channels of one step, shape ({n},), or of several, shape "
                f"({n}, n_steps). Got shape {x.shape}.")
        raster = check_raster(x.reshape(1, n, -1), name).view()
        raster.flags.writeable = False
        self._scores[:] = step(self._fitted, raster, self._states)
        return self.decision_function()

    def decision_function(self) -> Numbers:
        """Return the scores of the classes so far.

        Returns
        -------
        scores : ndarray of shape (n_classes,), or float for two classes
            For two classes, the log odds of the second class.
        """
        scores = self._scores[0]
        return float(scores[1] - scores[0]) if len(scores) == 2 else scores.copy()

    def predict_proba(self) -> Array:
        """Return the class probabilities so far.

        Returns
        -------
        probabilities : ndarray of shape (n_classes,)
            In the order of ``classes_``.
        """
        found: Array = probabilities(self._scores)[0]
        return found

    def predict(self) -> Any:
        """Return the most probable class so far.

        Returns
        -------
        label : int, str or other type of label
            A class label.
        """
        return self._fitted.classes_[self._scores[0].argmax()]

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy is built anew, because the arrays of the states are in several places
        return type(self), (self._fitted,), (None, {"state": self.state})
