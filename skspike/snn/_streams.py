"""A fitted network that takes its input one step at a time."""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from .._checks import LARGEST, as_numbers, check_raster
from .._utils import Array, Numbers
from ..simulation import list_currents, list_series, list_spikes
from ._running import network_of

__all__ = ["ClassifierStream", "RegressorStream", "Stream"]

MOST_STEPS = 2**53  # up to which a float64 counts


class Stream:
    """What ``stream()`` of a fitted network returns: the network at rest, waiting for the first step.

    It gives the spikes that ``transform`` gives on the whole train, bit for bit, and is a copy:
    later changes of the estimator, another fit included, do not reach it. Use one stream for each
    train that is running, and each from one thread at a time. A stream that is copied or pickled
    goes on by itself from where it was.

    Parameters
    ----------
    fitted : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network; its rule must be able to run step by step, as all but STDP are.

    See Also
    --------
    ClassifierStream : Classes as well.
    RegressorStream : Values as well.
    skspike.SNNTransformer : Makes one by its method ``stream``.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> stream = network.stream()
    >>> spikes = [stream.step(X[0, :, t]) for t in range(50)]
    >>> np.array_equal(np.transpose(spikes), network.transform(X[:1])[0])
    True
    """

    def __init__(self, fitted: Any):
        self._name, self._fitted = type(fitted).__name__, _fit_of(fitted)
        self._graded = fitted.graded_
        held = fitted.n_dims_in_ == 2 and fitted.taps_ == (0,) and (
            fitted.encoder_ is None or fitted.encoder_.coding_.holds)
        listing = list_spikes if not self._graded else list_currents if held else list_series
        self._stepper = fitted.rule_.stepper(network_of(fitted), listing, fitted.n_steps_)
        self._shape = (len(fitted.weights_[0]) // len(fitted.taps_),)
        self._dtype = np.dtype(np.float32 if self._graded else np.uint8)
        self._late = None if fitted.taps_ == (0,) else _Late(
            fitted.taps_, self._shape[0], self._dtype)
        self._kept = [*self._stepper.kept, *(self._late.kept if self._late else [])]
        self._rest = self.state

    def step(self, x: ArrayLike) -> Array:
        """Take the input of one step, or of several, and return the spikes.

        Parameters
        ----------
        x : array-like of shape (n_channels,) or (n_channels, n_steps)
            Spikes, 0 and 1, or currents, as the network has read them in `fit`; with an encoder,
            what that gives.

        Returns
        -------
        spikes : ndarray of shape (n_neurons,) or (n_neurons, n_steps), dtype uint8
            1 where a neuron of the last layer spikes, else 0.

        Raises
        ------
        ValueError
            If x has another shape or other values; the state is then as before.
        """
        known = (
            type(x) is np.ndarray and x.shape == self._shape and x.dtype == self._dtype
            and x.flags.c_contiguous)
        if not known or self._graded or self._late:  # what is kept for later must be right
            x = self._checked(x)
            if x.ndim == 2:
                return np.stack([self._one(row) for row in np.ascontiguousarray(x.T)], axis=1)
        return self._one(x)

    def _one(self, x):
        spikes = self._stepper.step(x if self._late is None else self._late.step(x))
        if spikes is None:
            check_raster(x, self._name)  # which says what is wrong
        return spikes.copy()

    def _checked(self, x):
        name = f"{self._name}.stream"
        x = as_numbers(x, name)
        if x.ndim not in (1, 2) or x.shape[:1] != self._shape or 0 in x.shape:
            n = self._shape[0]
            raise ValueError(
                f"{name} expects the {n} channels of one step, ({n},), or of several, ({n}, "
                f"n_steps); got shape {x.shape}.")
        if not self._graded:
            return check_raster(x, name)
        if not np.isfinite(x).all() or np.abs(x).max() > LARGEST:
            raise ValueError(
                f"{name} expects finite currents within +-{LARGEST:g}, for neurons are simulated "
                "in float32.")
        return np.ascontiguousarray(x, np.float32)

    def __reduce__(self):
        # anew, of the same fit and in the same state: in a copy of the loops, arrays that share
        # their memory would no longer do so
        return type(self), (self._fitted,), (None, {"state": self.state})

    @property
    def state(self) -> Array:
        """All that the next steps depend on, an array of float64 that can be saved, and assigned to put it back."""
        return np.concatenate([array.ravel() for array in self._kept], dtype=float)

    @state.setter
    def state(self, values: ArrayLike) -> None:
        values, kept = as_numbers(values, f"{self._name}.stream"), self._kept
        size = sum(array.size for array in kept)
        if values.shape != (size,) or not np.isfinite(values).all():
            wanted = f"{size} finite numbers, as that of a stream of the same network is"
            raise ValueError(
                f"The state of this stream must be an array of {wanted}; got one of shape "
                f"{values.shape}.")
        parts = np.split(values, np.cumsum([array.size for array in kept])[:-1])
        ours = type(self._stepper).__module__.startswith("skspike.")
        if not all(_holds(array, part, ours) for array, part in zip(kept, parts, strict=True)):
            way = "assign what the state of a stream of the same network was"
            why = (
                "spikes are 0 or 1 and counts whole" if ours
                else f"its arrays hold {', '.join(sorted({str(a.dtype) for a in kept}))}")
            raise ValueError(f"The state of this stream cannot be such numbers, for {why}; {way}.")
        for array, part in zip(kept, parts, strict=True):
            array[...] = part.reshape(array.shape)

    def reset(self) -> None:
        """Go back to rest, where the next train begins."""
        self.state = self._rest


def _fit_of(fitted):
    """Return an estimator that has nothing but copies of what another one has learned."""
    other = object.__new__(type(fitted))
    other.__dict__ = copy.deepcopy(
        {
            name: value
            for name, value in vars(fitted).items() if name.endswith("_") or name == "_flat"})
    return other


def _holds(array, values, ours):
    """Tell whether values can be those of an array of a state; of our steppers integers are spikes, counts and clocks, of others any."""
    if array.dtype.kind == "f":
        return np.abs(values).max(initial=0.0) <= np.finfo(array.dtype).max
    if ours or array.dtype.kind == "b":
        least, most = 0, 1 if array.dtype.itemsize == 1 else MOST_STEPS
    else:
        least = max(np.iinfo(array.dtype).min, -MOST_STEPS)
        most = min(np.iinfo(array.dtype).max, MOST_STEPS)
    return ((values >= least) & (values <= most) & (values == np.floor(values))).all()


class _Late:
    """Channels that arrive once for each of some taps: a ring of the last steps."""

    def __init__(self, taps, n_channels, dtype):
        self.taps = np.array(taps)
        self.ring = np.zeros((max(taps) + 1, n_channels), dtype)
        self.now = np.zeros(1, np.int64)
        self.kept = [self.ring, self.now]

    def step(self, x):
        """Take the input of a step and return what arrives."""
        now = self.now[0] % len(self.ring)
        self.ring[now] = x
        arriving = self.ring[now - self.taps].reshape(-1)  # from the end, where that is negative
        self.now[0] = (now + 1) % len(self.ring)
        return arriving


class RegressorStream(Stream):
    """What ``stream()`` of a fitted regressor returns: a `Stream` with the values that the train so far tells; see `ClassifierStream`.

    Parameters
    ----------
    fitted : SNNRegressor
        A fitted regressor.

    See Also
    --------
    Stream : Spikes alone.
    skspike.SNNRegressor : Makes one by its method ``stream``.

    Examples
    --------
    >>> from skspike import SNNRegressor
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNRegressor(8, readout="count", max_iter=2, random_state=0).fit(X, X.mean(axis=(1, 2)))
    >>> stream = network.stream()
    >>> spikes = stream.step(X[0])
    >>> bool(stream.predict() == network.predict(X[:1])[0])
    True
    """

    def __init__(self, fitted: Any):
        super().__init__(fitted)
        fitted = self._fitted
        self._readout = fitted._readout
        self._scale = (fitted.target_scale_, fitted.target_mean_)
        self._flat = fitted._flat

    def predict(self) -> Numbers:
        """Return the values so far.

        Returns
        -------
        y : float or ndarray of shape (n_outputs,)
            One value, or those of all outputs.
        """
        scale, mean = self._scale
        (values,) = self._readout.outputs(self._stepper.features()[None]) * scale + mean
        return values[0] if self._flat else values


class ClassifierStream(Stream):
    """What ``stream()`` of a fitted classifier returns: a `Stream` with the scores of the train so far.

    After the last step they are those that the classifier gives for the whole train alone, bit for
    bit; in a batch the last digits may differ. A readout that counts does not care how long that
    is; one that tells times apart sees a train of the length of those in `fit`, to which nothing is
    added any more, and asks for a `reset` before the next one.

    Parameters
    ----------
    fitted : SNNClassifier
        A fitted classifier.

    See Also
    --------
    Stream : Spikes alone.
    skspike.SNNClassifier : Makes one by its method ``stream``.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(8, readout="count", max_iter=2, random_state=0).fit(X, y)
    >>> stream = network.stream()
    >>> spikes = stream.step(X[0])
    >>> bool(stream.predict() == network.predict(X[:1])[0])
    True
    """

    def __init__(self, fitted: Any):
        super().__init__(fitted)
        self._readout, self._classes = self._fitted._readout, self._fitted.classes_

    def _logits(self):
        return self._readout.outputs(self._stepper.features()[None])

    def decision_function(self) -> Numbers:
        """Return the logits of the classes so far.

        Returns
        -------
        scores : ndarray of shape (n_classes,), or float for two classes
            For two classes, the logit of the second minus that of the first.
        """
        (logits,) = self._logits()
        return logits[1] - logits[0] if len(self._classes) == 2 else logits

    def predict_proba(self) -> Array:
        """Return the class probabilities so far.

        Returns
        -------
        probabilities : ndarray of shape (n_classes,)
            In the order of ``classes_``.
        """
        return softmax(self._logits(), axis=1)[0]

    def predict(self) -> Any:
        """Return the most probable class so far.

        Returns
        -------
        label : int, str or whatever the labels are
            A class label.
        """
        return self._classes[self._logits().argmax()]
