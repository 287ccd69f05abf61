"""Input of a network, from the values that a user passes to the events of its neurons.

`Input` has the order of the steps. Currents are standardised, so that results do not depend on
offsets and units:

    z = (x - mean) / sd,   clipped to [-5, 5]

Clipping limits the current of a rare category, whose standard deviation is small. A channel
that is constant in training has the deviation 0 and gives no current.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import clone

from .._base import (
    LARGEST, MIN_SCALE, RESOLUTION, Array, Moments, Ragged, check_input, entries, is_raster,
    is_signed, rows_per_block, to_bits, to_shape, warn_if_scales_differ)
from ..coding import SpikeEncoder
from ..learning import Settings
from ..simulation import Events, delayed, delayed_spikes, from_currents, from_raster, from_series

NoiseKey = tuple[int, Array] | None  # epoch and row numbers that determine the noise
FLOATS = np.dtype(np.float64), np.dtype(np.float32)  # that currents may have
MAX_DEVIATIONS = 5.0
GRID = 1024  # values per standard deviation to which training rounds
LARGE_RATIO = 1.0  # of amplitudes, as log10. With a smaller ratio, samples are scaled alike

# to recognise rasters in which only the number of spikes matters, and not their times
N_SEEN, SOME_SPIKES = 256, 4  # samples that are examined, and spikes that a train needs
REGULAR = 0.99  # smallest share of regular trains
AT_ONCE = 2**20  # entries of the rasters that are examined at a time, to save memory
N_WINDOWS, FEW_STEPS = 5, 4  # windows, in which rates may change, and steps of common events
DEVIATIONS = 4  # by which the relative variance of the sums over samples may exceed 1
NEAR = 0.15  # deviation of relative variances: they are .8 or less, or 1.25 or more, of others


class Input(NamedTuple):
    """Conversion of the input of a network, from values to events. The steps, in this order:

    1. `checked`: missing values are filled, each series is scaled by itself if `scales_samples`,
       rasters become uint8 and currents floats,
    2. `standardised`: currents are standardised by the `moments`,
    3. `events`: an `encoder` encodes values, then channels are delayed.

    A fit learns the encoder and the moments between the steps. Steps 1 and 2 take all samples. Step
    3 takes a batch, because events need more memory, and noise is drawn anew in each epoch.

    Parameters
    ----------
    encoder : SpikeEncoder or None, default=None
        Encoder of the network, which `with_encoder` fits.
    moments : Moments or None, default=None
        Mean and deviation of currents. None if they are not standardised, or not known yet.
    scales_samples : bool, default=False
        Whether each series is scaled by itself.
    delays : tuple of int, default=(0,)
        Delays in steps.
    n_steps : int or None, default=None
        Number of steps for which the rows of a table are presented.
    continues : bool, default=False
        Whether a fit continues the previous one: a warm start, or another chunk. It keeps the
        moments, the state of the network and the values that were chosen.
    keeps_encoder : bool, default=False
        Whether nothing of the input is fitted anew, neither the encoder nor the number of samples
        seen: in a prediction, and for another chunk.
    """

    encoder: SpikeEncoder | None = None
    moments: Moments | None = None
    scales_samples: bool = False
    delays: tuple[int, ...] = (0,)
    n_steps: int | None = None
    continues: bool = False
    keeps_encoder: bool = False

    @classmethod
    def of(cls, fitted: Any) -> Self:
        """Return the input of a fitted network."""
        return cls(
            fitted.encoder_, fitted._moments, fitted.scales_samples_, fitted.delay_steps_,
            fitted.n_steps_, continues=True, keeps_encoder=True)

    @classmethod
    def before(cls, network: Any, single_pass: bool) -> Self:
        """Return the input as it is before a fit, or a single pass, has seen the data.

        A network that is fitted anew forgets its moments. Before the first fit, they are those of
        `fit_in_parts`.
        """
        is_fitted = hasattr(network, "weights_")
        if is_fitted and single_pass:
            return cls.of(network)
        continues = is_fitted and network.warm_start
        scales = network.standardize == "sample" or (
            network.standardize == "auto" and network.warm_start and network.scales_samples_)
        moments = network._moments if continues or not is_fitted else None
        return cls(network.encoder, moments, scales, continues=continues)

    # 1. check, fill, scale
    def checked(
            self, network: Any, X: Any, y: Any = "no_validation", **options: Any) -> Any:
        """Return this input for the kind of X, checked X, and y if it is given.

        Neither tables nor signed spikes are scaled by themselves. `options` are those of
        `check_input`. With ``reset=True``, the network stores the dimensions of X and how missing
        values are filled.
        """
        found = check_input(network, X, y, **options)
        X, *target = found if isinstance(found, tuple) else (found,)
        scales = self.scales_samples and X.ndim == 3 and (
            self.keeps_encoder or self.encoder is not None or not is_signed(entries(X)))
        source = self if scales == self.scales_samples else self._replace(scales_samples=scales)
        return source, source.scaled(X), *target

    def scaled(self, X: Any) -> Any:
        """Return checked samples at equal amplitude. A raster becomes uint8, and currents floats.

        With an encoder, the type does not change. Scaled series that are constant hold zeros, and
        are no raster.
        """
        if self.scales_samples:
            X = at_equal_amplitude(X)
        if self.encoder is not None:
            return X
        values, may_be_spikes = entries(X), self.moments is None and not self.scales_samples
        if may_be_spikes and X.ndim == 3 and is_raster(values):
            return _with_values(X, np.ascontiguousarray(values, dtype=np.uint8))
        if values.dtype in FLOATS:
            return X
        return _with_values(X, values.astype(np.result_type(values.dtype, np.float32)))

    # 2. learn the encoder and the moments, standardise
    def with_encoder(
            self, network: Any, X: Any, weight: Array, n_steps: int | None,
            rng: np.random.RandomState) -> Self:
        """Return the input with a fitted copy of the encoder, with a number of steps and a seed.

        Missing values are filled before. On a stream, the encoder fills them in the same way.
        """
        if self.encoder is None or self.keeps_encoder:
            return self._replace(n_steps=n_steps)
        dt = network.dt if self.encoder.dt is None else self.encoder.dt
        fitted: SpikeEncoder = clone(self.encoder).set_params(n_steps=n_steps, dt=dt)
        if fitted.random_state is None:
            fitted.set_params(random_state=rng.randint(2**31 - 1))
        # equal weights are not passed: a fit of an encoder need not take them
        is_equal = (weight == weight[0]).all()
        fitted.fit(X, **({} if is_equal else {"sample_weight": weight}))
        fitted.missing_, fitted.missing_mean_ = network.missing_, network.missing_mean_
        if (network.streaming or network._each_step) and X.ndim == 3:
            fitted.stream()  # raises if it cannot
        # an encoder has the moments of its own input
        return self._replace(encoder=fitted, moments=None, n_steps=n_steps)

    def with_moments(
            self, network: Any, X: Any, weight: Array, settings: Settings,
            centred: bool) -> tuple[Self, Any]:
        """Return the input with the moments of currents, and the samples as training takes them.

        A single pass updates the moments with each mini-batch, so that chunks of any size give the
        same network. `centred` is whether the currents are centred. Sparse input is not.
        """
        if self.encoder is not None or X.dtype == np.uint8:
            return self, X
        source, is_new = self, not self.continues and self.moments is None
        # a plain fit learns moments, the next chunk updates them, and a warm start keeps them
        if is_new:
            learns = bool(network.standardize) and not is_signed(entries(X))
        else:  # imported networks and `fit_in_parts` have a weight of 0 and fixed moments
            learns = settings.single_pass and self.moments is not None and self.moments.weight > 0
        if not learns:
            if is_new and X.ndim == 2:
                warn_if_scales_differ(X, type(network).__name__)
            X = self.standardised(X, type(network).__name__)
            return self, (X if self.moments is None else without_rounding_errors(X))
        currents = []
        size = settings.batch_size if settings.single_pass else len(X)
        for first in range(0, len(X), size):
            rows = slice(first, first + size)
            source = source._replace(moments=rounded(
                Moments.of(X[rows], weight[rows], centred, source.moments)))
            currents.append(entries(without_rounding_errors(source.standardised(X[rows]))))
        axis = 2 if isinstance(X, Ragged) else 0
        return source, _with_values(
            X, currents[0] if len(currents) == 1 else np.concatenate(currents, axis=axis))

    def standardised(self, X: Any, name: str = "") -> Any:
        """Return checked currents in float32, standardised if there are moments.

        Spikes and the input of an encoder do not change. Currents that float32 cannot hold raise an
        error with the `name` of the estimator.
        """
        if self.encoder is not None or X.dtype == np.uint8:
            return X
        values = entries(X)
        if self.moments is not None:
            return _with_values(X, standardised(values, self.moments))
        # float16 cannot hold the limit
        if float(values.max()) > LARGEST or float(values.min()) < -LARGEST:
            raise ValueError(
                f"{name} computes in float32, and the input holds values beyond {LARGEST:g}. Set "
                "standardize=True, or scale the features first.")
        return _with_values(X, np.ascontiguousarray(values, dtype=np.float32))

    # 3. encode, delay
    def events(self, X: Any, noise_key: NoiseKey = None) -> Events:
        """Return the events of samples whose trains have equal length.

        Each channel is presented once per delay: all channels at the first delay, then at the next.
        """
        delays, n_steps = self.delays, self.count_steps(X)
        constant = X.ndim == 2 and delays == (0,)
        if self.encoder is not None:
            X = self.encoder._encode(X, noise_key)
            constant = constant and self.encoder.coding_.holds
            X = X[:, :, 0] if constant else X  # one event instead of one per step
        if constant:
            return from_currents(X, n_steps)
        if X.dtype == np.uint8:
            return from_raster(X) if delays == (0,) else delayed_spikes(
                from_raster(X, dense_share=1.0), delays)
        if delays != (0,):
            n_channels = X.shape[1]
            channels = np.tile(np.arange(n_channels), len(delays))
            X = delayed(X, channels, np.repeat(delays, n_channels))
        return from_series(X)

    # numbers of steps and channels
    def count_steps(self, X: Any) -> int:
        """Return the number of steps of checked samples, of the longest if their lengths differ."""
        n_steps = self.n_steps
        if self.encoder is not None:
            n_steps = self.encoder._steps(X)
        elif X.ndim == 3:
            n_steps = X.shape[2]
        assert n_steps is not None  # only an encoder of series has none
        return n_steps

    def length_range(self, X: Any) -> tuple[int, int]:
        """Return the smallest and the largest number of steps of checked samples."""
        longest = self.count_steps(X)
        differs = isinstance(X, Ragged) and not self._resamples
        return int(X.lengths.min()) if differs else longest, longest

    def lengths(self, X: Any) -> Array:
        """Return the number of steps of each sample."""
        shortest, longest = self.length_range(X)
        return np.full(len(X), longest) if shortest == longest else X.lengths

    def some(self, X: Any, rows: Any) -> Any:
        """Return samples whose trains have equal length: an array, unless the encoder resamples."""
        return X.stacked(rows) if isinstance(X, Ragged) and not self._resamples else X[rows]

    @property
    def _resamples(self) -> bool:
        return self.encoder is not None and self.encoder.n_steps_ is not None

    @property
    def per_feature(self) -> int:
        """Number of channels of each feature, without delays."""
        return 1 if self.encoder is None else self.encoder.coding_.channels_per_feature

    def store(self, network: Any, X: Any, settings: Settings, n_rows: int) -> None:
        """Set the fitted attributes of the input, after a fit on rows of X."""
        encoder, n_seen = self.encoder, network._n_seen if self.keeps_encoder else 0
        shortest, longest = self.length_range(X)
        if n_seen and X.ndim == 3:  # in earlier chunks
            shortest, longest = min(shortest, network._shortest), max(longest, network.n_steps_)
        network._equal_length_in = network._equal_length_in and (
            not isinstance(X, Ragged) and shortest == longest)
        network._shortest, network.n_steps_ = shortest, longest
        network._n_seen, network._timing = n_seen + n_rows, (
            settings.is_constant, settings.is_count)
        network.encoder_, network.scales_samples_ = encoder, self.scales_samples
        network._weight_seen, network.input_mean_, network.input_scale_ = self.moments or (
            0.0, None, None)
        # a chunk of currents may hold only 0 and 1
        network.takes_currents_ = encoder.coding_.returns_currents if encoder is not None else (
            X.dtype != np.uint8 or (self.continues and network.takes_currents_))


def _with_values(X: Any, values: Array) -> Any:
    """Return samples with other values: an array, or samples of unequal length."""
    return X.with_values(values) if isinstance(X, Ragged) else values


def rounded(moments: Moments) -> Moments:
    """Return moments as they are used. A deviation that is a rounding error becomes 0.

    The graph of `to_nir` holds -mean / sd and 1 / sd in float64. Mean and deviation have fewer
    bits, so that they are recovered exactly.
    """
    return moments._replace(mean=to_bits(moments.mean), sd=to_bits(moments.scale(0)))


def standardised(X: Array, moments: Moments) -> Array:
    """Return standardised currents in float32."""
    mean, sd = to_shape(moments.mean, X.ndim), to_shape(moments.sd, X.ndim)
    low, high, divisor = mean - MAX_DEVIATIONS * sd, mean + MAX_DEVIATIONS * sd, np.where(
        sd > 0, sd, 1.0)
    currents, size = np.empty(X.shape, np.float32), rows_per_block(X)
    for start in range(0, len(X), size):
        block = np.clip(X[start : start + size].astype(float), low, high)
        currents[start : start + size] = (block - mean) / divisor
    return currents


def at_equal_amplitude(X: Any) -> Any:
    """Return 3-D input in which each sample has channels with mean 0 and a root mean square of 1.

    The root mean square is over all channels and steps of a sample. Constant samples become 0, and
    missing values (NaN) remain.
    """
    if isinstance(X, Ragged):
        samples = [at_equal_amplitude(x[None])[0] for x in X]
        return X.with_values(np.concatenate(samples, axis=1)[None])
    series, amplitude = _centred(X)
    return series / amplitude


def amplitudes_differ(X: Any) -> bool:
    """Return whether 3-D input has samples that are more than ten times as strong as others.

    The strongest and the weakest 5 % do not count, nor constant samples.
    """
    parts = [x[None] for x in X] if isinstance(X, Ragged) else [X]
    amplitudes = np.concatenate([_centred(part)[1].ravel() for part in parts])
    found = np.log10(amplitudes[np.isfinite(amplitudes)])
    return len(found) > 1 and bool(np.ptp(np.quantile(found, (0.05, 0.95))) > LARGE_RATIO)


def _centred(X: Array) -> tuple[Array, Array]:
    """Return series without their means, and the root mean square of each sample.

    The root mean square of a constant sample is infinite.
    """
    series = X.astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of channels without any value
        largest = np.nanmax(np.abs(series), axis=(1, 2), keepdims=True)
        series -= np.nanmean(series, axis=2, keepdims=True)
        amplitude = np.sqrt(np.nanmean(series * series, axis=(1, 2), keepdims=True))
    varies = amplitude > np.maximum(RESOLUTION * largest, MIN_SCALE)
    return series, np.where(varies, amplitude, np.inf)


def without_rounding_errors(X: Any) -> Any:
    """Return standardised currents for training, as multiples of 1/1024 of a deviation.

    An offset changes the last bits of a value, and training would amplify the difference. So the
    same table in other units gives the same network.
    """
    return _with_values(X, np.round(entries(X) * np.float32(GRID)) / np.float32(GRID))


class Timing(NamedTuple):
    """Whether the times of spikes contain information, in addition to their number.

    Parameters
    ----------
    is_constant : bool
        Whether each sample is constant in time: a row of a table, or regular trains.
    is_count : bool
        Whether only the number of spikes matters: the input is constant, or times are random.
    """

    is_constant: bool
    is_count: bool

    @classmethod
    def of(cls, X: Any, encoder: SpikeEncoder | None) -> Timing:
        """Return the timing of checked input."""
        if X.ndim == 2:
            return cls(True, True)
        if encoder is not None or isinstance(X, Ragged) or X.dtype != np.uint8:
            return cls(False, False)
        rows = np.linspace(0, len(X) - 1, min(len(X), N_SEEN)).astype(int)
        constant = _are_regular(X, rows[::16])  # a few rows are enough
        return cls(constant, constant or _are_random(X, rows))


def _parts(X: Array, rows: Array) -> Iterator[Array]:
    """Yield some rows at a time."""
    n = max(AT_ONCE // math.prod(X.shape[1:]), 1)
    for start in range(0, len(rows), n):
        yield X[rows[start : start + n]]


def _are_regular(X: Array, rows: Array) -> bool:
    """Return whether trains never deviate by more than a spike from spikes at equal distances.

    A deterministic coding turns constants into such trains. Of others, few are so regular.
    """
    n_steps = X.shape[2]
    if n_steps < 2 * SOME_SPIKES:  # many short trains spike in all steps
        return False
    regular = np.concatenate([_regular(part) for part in _parts(X, rows)])
    return len(regular) > 0 and float(regular.mean()) >= REGULAR


def _regular(raster: Array) -> Array:
    """Return whether each train with some spikes has them at equal distances."""
    n_steps = raster.shape[2]
    counts = raster.reshape(-1, n_steps).cumsum(axis=1, dtype=np.int32)
    counts = counts[counts[:, -1] >= SOME_SPIKES]
    even = counts[:, -1:] * (np.arange(1, n_steps + 1) / n_steps)
    return np.asarray(np.abs(counts - even).max(axis=1) <= 1)


def _are_random(X: Array, rows: Array) -> bool:
    """Return whether counts in windows vary as if spikes had random times.

    This holds for Poisson coding of constants. Trains whose rate changes vary more, and those with
    regular intervals less. Common changes of channels show in the counts of all channels, and
    times that samples share in the counts of all samples.
    """
    n_channels, n_steps = X.shape[1:]
    if n_steps < 2 * FEW_STEPS * N_WINDOWS:
        return False
    width, shared = n_steps // N_WINDOWS, np.zeros((1, n_channels, n_steps), np.uint64)
    counts: list[Array] = []
    common: list[Array] = []
    numbers: dict[int, list[Array]] = {width: [], FEW_STEPS: []}  # spikes of trains, in windows
    for part in _parts(X, rows):
        counts.append(_in_windows(part, width))
        common.append(part.sum(axis=1, keepdims=True))
        shared += part.sum(axis=0, keepdims=True)
        for one, found in numbers.items():
            found.append(part[:, :, : n_steps // one * one].sum(axis=2, dtype=float))
    changes, together, at_once = (
        _relative_variance(sums, one, np.concatenate(numbers[one])) for sums, one in (
            (np.concatenate(counts), width),
            (_in_windows(np.concatenate(common), FEW_STEPS), FEW_STEPS),
            (_in_windows(shared, FEW_STEPS), FEW_STEPS)))
    n_sums = n_channels * (n_steps // FEW_STEPS)  # the variance of n sums has 2 / n
    limit = 1 + DEVIATIONS * np.sqrt(2 / n_sums)
    return bool(max(abs(changes - 1), abs(together - 1)) <= NEAR and at_once <= limit)


def _in_windows(raster: Array, width: int) -> Array:
    """Return the sums of windows of some steps. Steps that do not fill the last are left out."""
    n_windows = raster.shape[2] // width
    windows = raster[:, :, : n_windows * width].reshape(*raster.shape[:2], n_windows, width)
    return np.asarray(windows.sum(axis=3))


def _relative_variance(counts: Array, width: int, n: Array) -> float:
    """Return the variance of counts in windows, relative to that of a raster of random times.

    The counts are those of the raster, or of its sums over channels or samples. `n` are the spikes
    of each train.
    """
    n_windows = counts.shape[2]
    n_steps = n_windows * width
    # the variance if the spikes of each channel are drawn without replacement from the steps
    expected = (n * (1 - n / n_steps) * (n_steps - width) / (n_steps - 1)).sum()
    found = counts.var(axis=2).sum() * n_windows
    return float(found / expected) if expected > 0 else np.inf
