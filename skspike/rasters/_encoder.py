"""The first stage of a pipeline: numbers to spike trains, or to currents."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._checks import DT, SIZE, check_input, check_number, check_numbers, shown, warn_if_encoded
from .._utils import (
    Array,
    Estimator,
    PluginMixin,
    RasterOutputMixin,
    Seed,
    atomic,
    consistent,
    one_task,
    resolve,
)
from ..coding import CODINGS, Coding

STEPS = 100  # of features, where nothing else is said


class SpikeEncoder(
        PluginMixin, RasterOutputMixin, OneToOneFeatureMixin, TransformerMixin, Estimator):
    """Turn features or analog series into spike trains.

    Every feature (2-D input) or channel (3-D input) is scaled to [0, 1] over the range seen in
    `fit`; values outside that range are clipped, and constant features become 0. A coding then
    makes spikes of the scaled values, or, direct coding, currents.

    Parameters
    ----------
    coding : {"delta", "direct", "integrate_and_fire", "latency", "poisson", "population", "thermometer"} or Coding, \
            default="integrate_and_fire"
        How a scaled value becomes a spike train; an object from `skspike.coding` carries
        parameters. ``"latency"`` takes features only, and ``"delta"`` series only; the others take
        both. The default is the one that loses least: its counts tell values to one spike, where
        those of Poisson trains have the noise of chance. ``"direct"`` gives no spikes, but
        standardised currents.
    n_steps : int or None, default=None
        Length of the trains in steps, to which series are interpolated. None: each series keeps its
        own length, one step for each of its times, and features have 100 steps.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9.
    value_range : (low, high) or None, default=None
        The range that is scaled to [0, 1], the same for all features; None learns one per feature.
    random_state : int, RandomState instance or None, default=None
        Fixes the noise. Given the seed that `fit` draws, the trains of a row depend on its values
        alone.

    Attributes
    ----------
    coding_ : Coding
        The coding in use.
    data_min_, data_max_ : ndarray of shape (n_features,)
        The range that is scaled to [0, 1].
    n_steps_ : int or None
        Length of the trains in steps; None where series keep their own.
    dt_ : float
        Length of a step in ms.
    seed_ : int
        The seed of the noise, drawn from `random_state`.
    n_features_in_ : int
        Number of features (2-D) or channels (3-D).
    n_dims_in_ : int
        2 or 3, the dimensions of the input seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the input had string names.

    See Also
    --------
    SNNTransformer : Runs the trains through a spiking network.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SpikeEncoder
    >>> X, _ = load_iris(return_X_y=True)
    >>> SpikeEncoder(n_steps=50, random_state=0).fit_transform(X).shape
    (150, 8, 50)
    """

    _plugins = {"coding": CODINGS}

    def __init__(
        self,
        coding: str | Coding = "integrate_and_fire",
        *,
        n_steps: int | None = None,
        dt: float = 1.0,
        value_range: tuple[float, float] | None = None,
        random_state: Seed = None,
    ):
        self.coding = coding
        self.n_steps = n_steps
        self.dt = dt
        self.value_range = value_range
        self.random_state = random_state

    def __sklearn_tags__(self):
        """Return the estimator tags: rasters are uint8 and currents float32; features may be sparse; the coding may take series."""
        tags = super().__sklearn_tags__()
        coding = CODINGS.get(self.coding) if isinstance(self.coding, str) else self.coding
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = 3 not in getattr(coding, "refuses", ())
        tags.transformer_tags.preserves_dtype = []
        return tags

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the range of each feature and draw the seed of the noise.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            Features, or analog series. Sparse features, such as those of ``OneHotEncoder``, are
            written out, here as in `transform`, up to 2**27 entries in a call.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : SpikeEncoder
            The fitted encoder.

        Warns
        -----
        UserWarning
            If 3-D input holds nothing but 0 and 1, as spike trains do, or channels of a single
            step.
        """
        n_steps = check_number(self.n_steps, "n_steps", none=True, **SIZE)
        self.dt_ = check_number(self.dt, "dt", **DT)
        self.coding_ = resolve(self.coding, CODINGS, "coding")
        self.coding_.check(self.dt_)
        X = check_input(self, X, reset=True)
        self._check_taken(X)
        warn_if_encoded(X, type(self).__name__)
        self.n_steps_ = STEPS if n_steps is None and X.ndim == 2 else n_steps
        if self.value_range is None:
            over = (0,) if X.ndim == 2 else (0, 2)
            self.data_min_ = X.min(axis=over).astype(float)
            self.data_max_ = X.max(axis=over).astype(float)
        else:
            low, high = self._check_range()
            self.data_min_, self.data_max_ = np.full(X.shape[1], low), np.full(X.shape[1], high)
        if hasattr(self.coding_, "fit"):
            self.coding_.fit(
                self._scale(X[:, k : k + 1], slice(k, k + 1))[:, 0] for k in range(X.shape[1]))
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))
        return self

    def _check_taken(self, X):
        why = self.coding_.refuses.get(X.ndim)
        if why is not None:
            kinds = {2: "features (2-D input)", 3: "series (3-D input)"}
            others = " or ".join(
                f"coding={name!r}" for name, cls in CODINGS.items() if X.ndim not in cls.refuses)
            raise ValueError(
                f"{type(self.coding_).__name__} coding does not take {kinds.pop(X.ndim)}, got shape "
                f"{X.shape}: {why}; "
                f"give it {kinds.popitem()[1]}, or use {others}.")

    def _check_range(self):
        limits = check_numbers(
            self.value_range, "value_range") if np.iterable(self.value_range) else ()
        if len(limits) != 2 or not limits[0] < limits[1]:
            raise ValueError(
                "value_range must be None or (low, high) with low < high, got "
                f"{shown(self.value_range)}.")
        return limits

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spike trains of X, or its currents.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            Input of the kind seen in `fit`; a series may have another number of times.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8 or float32
            1 where a channel spikes, else 0, in uint8; of a coding that is ``graded``, currents or
            signed spikes in float32.
        """
        check_is_fitted(self)
        return self._encode(check_input(self, X, reset=False))

    def _encode(self, X: Array, stream: Any = None) -> Array:
        """Encode checked input; `stream` as in `Coding.encode`."""
        return self.coding_.encode(self._scale(X), self._steps(X), self.dt_, self.seed_, stream)

    def _steps(self, X: Array) -> int:
        """Return the length of the trains of checked input."""
        return X.shape[2] if self.n_steps_ is None else self.n_steps_

    def _scale(self, X, channels=slice(None)):
        """Return some channels scaled to [0, 1], in float64."""
        shape = (1, -1) if X.ndim == 2 else (1, -1, 1)
        low, high = self.data_min_[channels].reshape(shape), self.data_max_[channels].reshape(shape)
        # halved first: the span of the largest floats overflows
        span = high / 2 - low / 2
        X = np.clip(X.astype(float), low, high)
        x = (X / 2 - low / 2) / np.where(span > 0, span, 1.0)
        return x if X.ndim == 2 or X.shape[2] == self._steps(X) else _interpolate(x, self._steps(X))

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the channels.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the features; None takes those seen in `fit`, or x0, x1, ...

        Returns
        -------
        names : ndarray of str
            One name per channel of the raster.
        """
        names = super().get_feature_names_out(input_features)
        return np.asarray(self.coding_.channel_names(names), dtype=object)


def _interpolate(x, n_steps):
    """Resample series linearly to n_steps points over the same span."""
    at = np.linspace(0, x.shape[2] - 1, n_steps)
    left = np.floor(at).astype(int)
    right = np.minimum(left + 1, x.shape[2] - 1)
    return x[:, :, left] + (at - left) * (x[:, :, right] - x[:, :, left])
