"""Fitted estimators that take their input one step at a time."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import as_numbers
from ._typing import Array, Numbers

MAX_INTEGER = 2**53  # float64 holds all integers up to this


def _raise(stream: "Stream") -> None:
    raise AttributeError(f"The stream of {stream._name} has no such method.")


absent: Any = property(_raise)  # takes the place of a method that a stream does not have


class Stream:
    """A fitted estimator that takes its input one step at a time.

    The method ``stream()`` of a fitted network, `skspike.SpikeEncoder`,
    `skspike.SpikeTrainClassifier`, `skspike.EarlyClassifier` or `skspike.EventDetector` returns a
    stream at rest, and `stream_of` that of a pipeline. Its results equal the results of the
    estimator on the whole sample, bit for bit. It is a copy: later changes of the estimator do not
    affect it. Use one stream for each sample, or `reset` before the next one, and each stream from
    one thread at a time. A copied or pickled stream continues independently.

    The stream of a classifier or regressor predicts from the sample so far. A readout of counts
    takes samples of any length. A readout with time windows takes samples of the length seen in
    `fit`. It cannot stream after a fit on samples of unequal length.

    Attributes
    ----------
    decided : bool
        Whether the decision is made. Only of an `skspike.EarlyClassifier`, also inside a
        `skspike.RejectingClassifier`, as `time`.
    time : float
        Time of the decision in ms, or of the latest step.

    See Also
    --------
    stream_of : Returns the stream of a pipeline.
    skspike.SNNClassifier.running_decision : Decisions after each step, for all samples at once.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(8, readout="count", max_iter=2, random_state=0).fit(X, y)
    >>> stream = network.stream()
    >>> for t in range(50):
    ...     spikes = stream.step(X[0, :, t])
    >>> bool(stream.predict() == network.predict(X[:1])[0])
    True
    """

    _reader: Any  # turns outputs into labels, probabilities and scores
    _remedy = "Fit with missing='hold' to stream missing values."

    def _complete(self, name: str, n_channels: int, kept: list[Array], *source: Any) -> None:
        """Store the arrays of a stream at rest, at the end of a constructor.

        `name` is the estimator's, for messages. `kept` are the arrays that change from step to
        step. A copy is built by the constructor from the arguments `source`.
        """
        self._name, self._shape, self._kept, self._source = name, (n_channels,), kept, source
        self._rest = self.state

    def step(self, x: Any) -> Any:
        """Take the input of one step, or of several.

        Parameters
        ----------
        x : array-like of shape (n_channels,) or (n_channels, n_steps)
            Spikes (0 and 1), currents, or values for the encoder, as in `fit`. With
            ``missing="hold"``, missing values (NaN) repeat the latest value of the channel.

        Returns
        -------
        output : ndarray of shape (n_outputs,) or (n_outputs, n_steps), float or bool
            Spikes of the last layer of a network, output of an encoder, decision so far of an
            `skspike.SpikeTrainClassifier`, or whether an `skspike.EarlyClassifier` has decided.
            Then the rest of the input is ignored. An `skspike.EventDetector` returns the label of
            an event that is detected in the step, and else None, or a list of these.

        Raises
        ------
        ValueError
            If x has the wrong shape or values. The state does not change then.
        """
        x = self._checked(x)
        return self._step(x) if x.ndim == 1 else self._steps(x)

    def _steps(self, x: Array) -> Array:
        """Return the outputs of several steps."""
        return np.stack([self._step(column) for column in np.ascontiguousarray(x.T)], axis=1)

    def _checked(self, x: Any) -> Array:
        """Return the checked input of one step, or of several."""
        raise NotImplementedError

    def _step(self, x: Array) -> Array:
        """Return the output of one step."""
        raise NotImplementedError

    def _outputs(self) -> Array:
        """Return the outputs for the sample so far, (1, n_outputs)."""
        raise NotImplementedError

    def decision_function(self) -> Numbers:
        """Return the scores of the classes so far, if the estimator has them.

        Returns
        -------
        scores : ndarray of shape (n_classes,), or float for two classes
            For two classes, the score of the second minus the score of the first. For an indicator
            matrix, the logit of each label.

        Raises
        ------
        AttributeError
            If the classifier learned several columns of classes.
        """
        return self._reader.scores(self._outputs())[0]

    def predict_proba(self) -> Any:
        """Return the class probabilities so far, if the estimator has them.

        Returns
        -------
        probabilities : ndarray of shape (n_classes,), or list of these
            In the order of ``classes_``. For several columns of classes, a list with one array per
            column.
        """
        found = self._reader.probabilities(self._outputs())
        return [part[0] for part in found] if isinstance(found, list) else found[0]

    def predict(self) -> Any:
        """Return the prediction for the sample so far, if the estimator predicts.

        Returns
        -------
        y : label, float or ndarray of shape (n_outputs,)
            The most probable class, the labels of all columns, or the values of a regressor.
        """
        return self._reader.labels(self._outputs())[0]

    def adapt(self, y: Any, *, penalty: float | None = None) -> None:
        """Adapt the readout of a network to the sample so far, whose label or value is now known.

        It is the step of `skspike.SNNClassifier.adapt` for a single sample. The stream then
        predicts in float32, with the bits of the function ``net_adapt`` of exported code
        (`skspike.export.to_c`), if the readout counts spikes. `reset` keeps the adapted readout,
        and the estimator does not change.

        Parameters
        ----------
        y : label, float or array-like of shape (n_outputs,)
            Label out of ``classes_``, or value, as in `fit`.
        penalty : float or None, default=None
            Penalty of the change, above 0. None takes 0.01 for classes, and 0.3 for values.

        Raises
        ------
        ValueError
            If the label is unknown, or the network has labels in several columns.
        """
        raise NotImplementedError

    @property
    def state(self) -> Array:
        """State, a float64 array of one dimension. Assign it to restore it."""
        return np.concatenate([array.ravel() for array in self._kept], dtype=float)

    @state.setter
    def state(self, values: ArrayLike) -> None:
        values, sizes = as_numbers(values, f"{self._name}.stream"), [a.size for a in self._kept]
        if values.shape != (sum(sizes),) or not np.isfinite(values).all():
            wanted = f"an array of {sum(sizes)} finite numbers, as a stream of the same model has"
            raise ValueError(f"state must be {wanted}. Got an array of shape {values.shape}.")
        parts = np.split(values, np.cumsum(sizes)[:-1])
        if not all(map(_can_hold, self._kept, parts)):
            dtypes = ", ".join(sorted({str(array.dtype) for array in self._kept}))
            raise ValueError(
                f"state holds numbers that do not fit arrays of {dtypes}. Assign the state of a "
                "stream of the same model.")
        for array, part in zip(self._kept, parts, strict=True):
            array[...] = part.reshape(array.shape)

    def reset(self) -> None:
        """Reset the stream to rest before the next train."""
        self.state = self._rest

    def _check_shape(self, x: Array) -> None:
        """Raise unless x has the channels of one step, or of several."""
        if x.ndim not in (1, 2) or x.shape[:1] != self._shape or 0 in x.shape:
            (n,) = self._shape
            raise ValueError(
                f"{self._name}.stream expects the {n} channels of one step, shape ({n},), or of "
                f"several, shape ({n}, n_steps). Got shape {x.shape}.")

    def _check_finite(self, x: Array, limit: float) -> None:
        """Raise unless currents are finite and within a limit."""
        largest = float(np.abs(x).max())
        if not largest <= limit:
            found = "NaN" if np.isnan(largest) else largest
            raise ValueError(
                f"{self._name}.stream expects finite currents within +-{limit:g}, got {found}. "
                f"Scale them first. {self._remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        # The arrays of a stepper share memory with each other, and a plain copy would separate
        # them. So a copy is built anew from the same fit, and gets the same state.
        return type(self), self._source, (None, {"state": self.state})


def _can_hold(array: Array, values: Any) -> bool:
    """Return whether the dtype of an array can hold values exactly."""
    if array.dtype.kind == "f":
        return bool(np.abs(values).max(initial=0.0) <= np.finfo(array.dtype).max)
    low, high = 0, 1
    if array.dtype.kind != "b":
        limits = np.iinfo(array.dtype)
        low, high = max(limits.min, -MAX_INTEGER), min(limits.max, MAX_INTEGER)
    return bool(((values >= low) & (values <= high) & (values == np.floor(values))).all())
