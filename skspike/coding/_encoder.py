"""Encoding of features and series as spike trains or currents."""

import copy
import inspect
import math
import operator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state

from .._base import (
    DT_LIMITS, MAX_VALUE, SIZE_LIMITS, STEP_LIMITS, VALUE_LIMITS, Array, Estimator, FillsMissing,
    FittedArray, Latest, Ragged, RasterOutputMixin, Seed, Step, Stream, absent, as_numbers, atomic,
    check_arrays, check_dt, check_input, check_is_fitted, check_jobs, check_kinds, check_number,
    check_numbers, check_panel, choices, consistent, count_threads, entries, in_common_unit,
    in_steps, kernel, map_samples, one_task, placed, remember_dt, resolve, rows_by_length,
    same_objects, scaled, sections, shown, warn_if_encoded, warn_if_recording, weighted,
    with_sections)
from . import CODINGS
from ._coding import Coding

N_STEPS = 100  # default length of the trains of features
BUDGET = 2**21  # bytes of the rows that are encoded at a time, so that they fit in the cache


_attributes = operator.attrgetter(
    "coding_", "data_min_", "data_max_", "n_features_in_", "_n_dims_in", "n_steps_", "dt_", "seed_")


def _sources(encoder):
    """Return the objects that are checked before an encoder is used."""
    return [*_attributes(encoder), *vars(encoder.coding_).values()]


def _refusing(ndim):
    """Return the codings that refuse input of `ndim` dimensions."""
    return ", ".join(f'``"{name}"``' for name, cls in CODINGS.items() if ndim in cls.refuses)


@with_sections(
    codings=choices(CODINGS), features_only=_refusing(3), series_only=_refusing(2),
    missing=sections(FillsMissing)["parameters"], filled=sections(FillsMissing)["attributes"])
class SpikeEncoder(
        RasterOutputMixin, OneToOneFeatureMixin, TransformerMixin, FillsMissing,
        Estimator):
    """Turn features or analog series into spike trains or currents.

    Each feature (2-D input) or channel (3-D input) is scaled to [0, 1] over its range in `fit`.
    Values outside that range are clipped, and constant features become 0. A coding then turns the
    scaled values into spike trains. Series of unequal length are passed as a list of arrays.

    Parameters
    ----------
    coding : <codings> or Coding, default="integrate_and_fire"
        Coding of scaled values as spike trains. An object from `skspike.coding` carries parameters.
        The default loses least information: its spike counts follow the values to within one spike,
        without noise. ``"direct"`` gives standardised currents instead of spikes. Features only:
        <features_only>. Series only: <series_only>. Rates that a name sets are spikes per step, and
        do not depend on `dt`.
    n_steps : int or None, default=None
        Length of the trains in steps, at most 16777216, to which series are interpolated. None:
        series keep their length, and features have 100 steps, or the `n_steps` of the network with
        this encoder inside. With a number, the rasters of series of unequal length have the same
        length, and speed is lost: a slow and a fast movement look alike.
    dt : float, RasterInfo or None, default=None
        Length of a step in ms, from 1e-9 to 1e9. Only codings with rates in Hz or times in ms need
        it, such as ``Poisson(max_rate=100.0)``. None: 1 ms, or the `dt` of the network with this
        encoder inside. A network that is fitted on the output and has another `dt` raises an error.
    value_range : (low, high) or None, default=None
        Range that is scaled to [0, 1], the same for all features. Both limits are from -1e150 to
        1e150. None: the range of each feature in `fit`.
    <missing>
        A missing feature (2-D input) takes its mean.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it. Inside a
        network, the threads of the network encode.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise. `fit` draws one seed from it, so that the trains of a row depend only on
        its values.

    Attributes
    ----------
    coding_ : Coding
        The fitted coding.
    data_min_, data_max_ : ndarray of shape (n_features,)
        Range of each feature that is scaled to [0, 1].
    <filled>
    n_steps_ : int or None
        Length of the trains in steps. None if series keep their length.
    dt_ : float
        Length of a step in ms.
    seed_ : int
        Seed of the noise, drawn from `random_state`.
    n_features_in_ : int
        Number of features (2-D) or channels (3-D).
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not series of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features. Defined if the input of `fit` has string names.

    See Also
    --------
    SNNTransformer : Run the trains through a spiking network.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SpikeEncoder
    >>> X, _ = load_iris(return_X_y=True)
    >>> SpikeEncoder(n_steps=50, random_state=0).fit_transform(X).shape
    (150, 8, 50)
    """

    _plugins = {"coding": CODINGS}
    # with metadata routing, weights pass to a network in the same pipeline, unless requested here
    __metadata_request__fit = {"sample_weight": False}

    def __init__(
            self, coding: str | Coding = "integrate_and_fire", *, n_steps: int | None = None,
            dt: Step | None = None, value_range: tuple[float, float] | None = None,
            missing: str | None = None, n_jobs: int | None = None, random_state: Seed = None):
        self.coding = coding
        self.n_steps = n_steps
        self.dt = dt
        self.value_range = value_range
        self.missing = missing
        self.n_jobs = n_jobs
        self.random_state = random_state

    def __sklearn_tags__(self):
        """Return the tags: sparse input is accepted, and series if the coding accepts them."""
        tags = super().__sklearn_tags__()
        coding = CODINGS.get(self.coding) if isinstance(self.coding, str) else self.coding
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = 3 not in getattr(coding, "refuses", ())
        tags.transformer_tags.preserves_dtype = []
        return tags

    @atomic
    @one_task
    def fit(
            self, X: ArrayLike, y: object = None,
            sample_weight: ArrayLike | None = None) -> Self:
        """Learn the range of each feature, draw the seed of the noise, and fit the coding.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times), or list
            Features or analog series. Sparse features, such as the output of ``OneHotEncoder``, are
            made dense, up to 2**27 entries per call. Series of unequal length are a list or an
            object array of arrays (n_channels, n_times) or (n_times,).
        y : None, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, >= 0, in any unit. None means 1. They matter for codings that
            estimate means and deviations. A sample of weight 0 is left out.

        Returns
        -------
        self : SpikeEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If a parameter is outside its range, or the coding does not accept this kind of input.

        Warns
        -----
        UserWarning
            If 3-D input contains only 0 and 1, as spike trains do, or if its channels have a single
            step.
        """
        n_steps = check_number(self.n_steps, "n_steps", none=True, **STEP_LIMITS)
        self.dt_ = check_dt(self.dt, none=True) or 1.0
        check_jobs(self.n_jobs)
        self.coding_ = resolve(self.coding, CODINGS, "coding")
        in_steps(self.coding_, self.coding, self.dt_)
        self.coding_.check(self.dt_)
        check_panel(X, y, type(self).__name__)
        X = check_input(self, X, reset=True, sample_weight=sample_weight)
        self._check_accepted(X)
        X, _, weight, _ = weighted(X, None, sample_weight)
        self.n_steps_ = N_STEPS if n_steps is None and X.ndim == 2 else n_steps
        self.data_min_, self.data_max_ = self._range_of(X)
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))
        warn_if_encoded(X, type(self).__name__)
        if X.ndim == 2 and y is not None:  # the target of a network after it
            warn_if_recording(X, type(self).__name__)
        if hasattr(self.coding_, "fit"):
            self._fit_coding(X, None if sample_weight is None else scaled(weight))
        return self

    def _fit_coding(self, X, weight):
        """Fit the coding, one channel at a time."""
        rows, options = slice(None), {}
        if "sample_weight" in inspect.signature(self.coding_.fit).parameters:
            options["sample_weight"] = weight
        elif weight is not None:
            rows = np.repeat(np.arange(len(X)), in_common_unit(weight)[1])
        self.coding_.fit(
            (self._channel(X[rows, channel : channel + 1], channel)
             for channel in range(X.shape[1])), **options)

    def _channel(self, X, channel):
        """Return the scaled values of X, one channel: an array, or a list if lengths differ."""
        one = slice(channel, channel + 1)
        if isinstance(X, Ragged) and self.n_steps_ is None:
            return [self._scale(sample[np.newaxis], one)[0, 0] for sample in X]
        return self._scale(X, one)[:, 0]

    def _check_accepted(self, X):
        """Raise if the coding refuses features or series."""
        reason = self.coding_.refuses.get(X.ndim)
        if reason is not None:
            kinds = {2: "features (2-D input)", 3: "series (3-D input)"}
            others = " or ".join(
                f"coding={name!r}" for name, cls in CODINGS.items() if X.ndim not in cls.refuses)
            raise ValueError(
                f"{type(self.coding_).__name__} coding does not accept {kinds.pop(X.ndim)}, got "
                f"shape {X.shape}: {reason}. Pass {kinds.popitem()[1]}, or use {others}.")

    def _range_of(self, X):
        """Return the lowest and the highest value of each feature, or the checked `value_range`."""
        if self.value_range is None:
            values, axes = entries(X), (0,) if X.ndim == 2 else (0, 2)
            return values.min(axis=axes).astype(float), values.max(axis=axes).astype(float)
        limits = check_numbers(
            self.value_range, "value_range",
            **VALUE_LIMITS) if np.iterable(self.value_range) else ()
        if len(limits) != 2 or not limits[0] < limits[1]:
            raise ValueError(
                "value_range must be None or (low, high) with low < high, got "
                f"{shown(self.value_range)}.")
        return [np.full(X.shape[1], limit) for limit in limits]

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spike trains or currents of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times), or list
            Input of the same kind as in `fit`. The length of series may differ.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8 or float32
            1 for a spike, else 0, in uint8. Currents or signed spikes in float32 if the coding
            ``returns_currents``. Rasters of unequal length are an object array (n_samples,) of
            arrays (n_channels, n_steps). A sample has the same raster alone and in a batch.
        """
        check_is_fitted(self)
        self._check_fitted()
        n_jobs = check_jobs(self.n_jobs)
        X = check_input(self, X, reset=False)
        # One thread encodes all features at once. Series have large intermediate results.
        in_groups = X.ndim == 3 or count_threads(n_jobs) > 1

        def n_rows(shape):
            """Return how many rows of a shape to encode at a time."""
            return BUDGET // self._bytes_per_row(shape) if in_groups else len(X)

        raster = map_samples(self._encode, X, n_rows, n_jobs)
        has_units = self.coding_.times or self.coding_.rates
        if self.dt is not None or (has_units and not isinstance(self.coding, str)):
            remember_dt(raster, self.dt_)
        return raster

    def _bytes_per_row(self, shape):
        """Return the memory of one row: scaled values in float64, and spikes or currents."""
        n_steps = shape[-1] if self.n_steps_ is None else self.n_steps_
        n_spikes = shape[0] * self.coding_.channels_per_feature * n_steps
        return 8 * math.prod(shape) + (4 if self.coding_.returns_currents else 1) * n_spikes

    @property
    def _n_outputs(self) -> int:
        """The number of channels of the output."""
        return self.n_features_in_ * self.coding_.channels_per_feature

    def _check_fitted(self) -> None:
        """Raise unless the fitted attributes have their types and shapes, and belong together."""
        # a small prediction takes less time than this check
        prepared = self._prepared
        if not same_objects((prepared and prepared.value) or (), _sources(self)):
            self._check_attributes()
            if prepared is not None:
                prepared.value = _sources(self)

    def _check_attributes(self) -> None:
        """Raise as `_check_fitted` does."""
        n_features = check_number(self.n_features_in_, "n_features_in_", **SIZE_LIMITS)
        check_number(self.n_steps_, "n_steps_", none=True, **STEP_LIMITS)
        check_number(self.seed_, "seed_", **{**SIZE_LIMITS, "low": 0})
        check_kinds({"coding_": (self.coding_, Coding)})
        self.coding_.check(check_number(self.dt_, "dt_", **DT_LIMITS))
        check_arrays([
            *(FittedArray(name, getattr(self, name), (n_features,))
              for name in ("data_min_", "data_max_")),
            *self.coding_._fitted_arrays(n_features, self._n_dims_in)])

    def _encode(self, X: Array, noise_key: Any = None) -> Array:
        """Encode checked input."""
        return self.coding_.encode(self._scale(X), self._steps(X), self.dt_, self.seed_, noise_key)

    def _steps(self, X: Array) -> int:
        """Return the length of the trains of X in steps."""
        return X.shape[2] if self.n_steps_ is None else self.n_steps_

    def _scale(self, X, channels=slice(None)):
        """Return channels scaled to [0, 1] and interpolated, in float64."""
        if isinstance(X, Ragged):  # interpolated to one length
            parts = rows_by_length(X.lengths)
            return placed([self._scale(X.stacked(rows), channels) for rows in parts], parts)
        shape = (1, -1) if X.ndim == 2 else (1, -1, 1)
        low, high = self.data_min_[channels].reshape(shape), self.data_max_[channels].reshape(shape)
        span = high - low
        x = (np.clip(X.astype(float), low, high) - low) / np.where(span > 0, span, 1.0)
        return x if X.ndim == 2 or X.shape[2] == self._steps(X) else _interpolate(x, self._steps(X))

    @consistent
    def stream(self) -> Stream:
        """Return the fitted encoder as a stream that takes a series one step at a time.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a series.

        Raises
        ------
        ValueError
            If the encoder was fitted on features, changes the length of series, interpolates
            missing values, or has a coding that needs the whole series.
        """
        return EncoderStream(self)

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the channels.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the features. None: the names in `fit`, or x0, x1, ...

        Returns
        -------
        names : ndarray of str
            Names of the channels of the raster.
        """
        names = super().get_feature_names_out(input_features)
        return np.asarray(self.coding_.channel_names(names), dtype=object)


def _interpolate(x, n_steps):
    """Interpolate series linearly to `n_steps` points over the same span."""
    place = np.linspace(0, x.shape[2] - 1, n_steps)
    left = np.floor(place).astype(int)
    right = np.minimum(left + 1, x.shape[2] - 1)
    return x[:, :, left] + (place - left) * (x[:, :, right] - x[:, :, left])


@kernel
def scale_step(x, low, high, span, scaled):
    """Scale values to [0, 1], as `SpikeEncoder` does. Return whether none is too large."""
    fits = True
    for c in range(len(x)):
        fits &= abs(x[c]) <= MAX_VALUE  # false for NaN
        scaled[c] = (min(max(x[c], low[c]), high[c]) - low[c]) / span[c]
    return fits


class EncoderStream(Stream):
    """Stream of a fitted encoder, whose output are spikes or currents."""

    decision_function = predict_proba = predict = adapt = absent

    def __init__(self, encoder: Any):
        check_is_fitted(encoder, "coding_")
        encoder._check_fitted()
        encoder = copy.deepcopy(encoder)
        coding, n_channels = encoder.coding_, encoder.n_features_in_
        if encoder._n_dims_in != 3:
            raise ValueError(
                "SpikeEncoder cannot stream features (2-D input in fit), because a row has one "
                "value and no steps. Fit it on series (3-D).")
        if encoder.n_steps_ is not None:
            raise ValueError(
                f"SpikeEncoder with n_steps={encoder.n_steps_} cannot stream, because it needs the "
                "whole series to change its length. Set n_steps=None.")
        self._stepper = coding.stepper(n_channels, encoder.dt_)
        if self._stepper is None:
            raise ValueError(
                f"{type(coding).__name__} coding cannot stream, because each step depends on the "
                "whole series. Use another coding, such as 'integrate_and_fire'.")
        self._latest = Latest(encoder, n_channels)
        low, high = encoder.data_min_, encoder.data_max_
        span = high - low
        self._range = low.copy(), high.copy(), np.where(span > 0, span, 1.0)
        self._scaled = np.empty(n_channels)
        self._complete(
            type(encoder).__name__, n_channels, [*self._stepper.kept, *self._latest.kept], encoder)

    def _checked(self, x: Any) -> Array:
        """Return numbers with the right channels. `_step` checks the values of a single step."""
        if type(x) is not np.ndarray or x.dtype != np.float64:
            x = as_numbers(x, f"{self._name}.stream").astype(float)
        if x.shape == self._shape:
            return x
        self._check_shape(x)
        x = self._latest.filled(x)
        if not np.abs(x).max() <= MAX_VALUE:
            raise self._value_error()
        return x

    def _step(self, x: Array) -> Array:
        """Return the output of one step."""
        x = self._latest.filled(x)
        if not scale_step(np.ascontiguousarray(x), *self._range, self._scaled):
            raise self._value_error()
        self._latest.keep(x)
        output: Array = self._stepper.step(self._scaled)
        return output

    def _value_error(self):
        return ValueError(
            f"{self._name}.stream expects finite values within +-{MAX_VALUE:g}. Scale them first. "
            "Fit with missing='hold' to stream missing values.")
