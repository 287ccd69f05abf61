"""Features of series: spike counts of random neurons with delayed synapses."""

import copy
import functools
import math
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin
from sklearn.utils import check_random_state

from .._base import (
    SIZE_LIMITS, STEP, Array, Estimator, FillsMissing, FittedArray, Ragged, Seed, Stream,
    all_moments, atomic, check_arrays, check_holds, check_input, check_is_fitted, check_jobs,
    check_number, check_option, checked_times, checked_weights, choices, consistent, map_samples,
    map_threads, one_task, resolve, scales, sections, standardise, with_sections)
from ..neurons import NEURONS, Neuron
from ..trains import series_of
from ._delayed_neurons import GROUP_SIZE, N_ROWS, draw, scaled
from ._running_input import MAX_DEVIATION, RocketStream, RunningInput

TAU_MEM = 1.5, 40.0  # range of membrane time constants in ms of a neuron given by name
MIN_AMPLITUDE = 1e-9  # in standard deviations of the data. Weaker series are not amplified further.
MAX_SPREAD = 0.5  # of the logarithms of amplitudes. More disturbs neurons that get the amplitude.
BUDGET = 2**21  # bytes of delayed inputs at a time, so that they fit in the cache


def _with_range_of_time_constants(cls):
    """Return a neuron with membrane time constants in the range TAU_MEM."""
    neuron = cls()
    membrane = neuron.named("membrane")
    return neuron if membrane is None else neuron.set_params(**{membrane: TAU_MEM})


def _arrays(X):
    """Return X as a list of arrays: one, or one for each of samples of unequal length."""
    return [x[np.newaxis] for x in X] if isinstance(X, Ragged) else [X]


def _with_amplitudes(series, mean):
    """Return the deviations of series from their means, and the amplitudes."""
    deviation = series - mean
    amplitude = np.sqrt((deviation.reshape(len(series), -1) ** 2).mean(axis=1))
    return deviation, np.maximum(amplitude, MIN_AMPLITUDE)


@with_sections(
    neurons=choices(NEURONS), missing=sections(FillsMissing)["parameters"],
    filled=sections(FillsMissing)["attributes"])
class SpikingRocket(TransformerMixin, FillsMissing, Estimator):
    """Turn series into spike counts of random, untrained neurons with delayed synapses.

    Each neuron gets some channels of a series, or of its differences, at several delays and with
    random weights. Its time constant is random too. Most neurons get all series at equal amplitude.
    The weights of a neuron are scaled so that its threshold is the membrane potential at a random
    step of a training series. The counts are features for a linear classifier:
    ``make_pipeline(SpikingRocket(), RidgeClassifierCV(np.logspace(-2, 6, 9)))``.

    Parameters
    ----------
    n_neurons : int, default=3000
        Number of neurons, which is the number of features.
    neuron : <neurons> or Neuron, default="lif"
        Neuron model. A step counts as 1 ms. A name selects the model with membrane time constants
        drawn log-uniformly from 1.5 to 40 ms. An object from `skspike.neurons` keeps its
        parameters.
    n_synapses : int, default=9
        Number of synapses of a neuron on each of its channels, at least 2.
    differences : bool, default=True
        Connect every other group of neurons to the differences from step to step instead of the
        series.
    amplitude : float, default=0.0625
        Share of the groups of neurons that get the series with their amplitude, in [0, 1]. The
        others get all series at equal amplitude, so that weak series cause spikes too. Increase it
        if classes differ in their amplitude more than in their shape. With the default and at most
        448 neurons, no group gets the amplitude.
    <missing>
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the random neurons. Given the neurons, the features of a sample depend only on its
        values, bit for bit.
    streaming : bool, default=False
        Whether features use the past alone, so that the transformer runs step by step (`stream`),
        on series of any length, and with a linear model or an `EarlyClassifier` in C. Then
        `amplitude` is ignored: all neurons get the series with their amplitude. It costs little
        accuracy (Notes).

    Attributes
    ----------
    neuron_ : Neuron
        The neuron model.
    streaming_ : bool
        Whether features use the past alone.
    groups_ : list of tuple
        Groups of 64 neurons with the same channels and delays, in the order of the features. Each
        is a tuple of ``channels`` and ``delays``, (n_inputs,), ``weights``, (n_inputs, n_neurons),
        and ``intrinsics``, a dict of arrays (n_neurons,). Differences are numbered after the
        channels of the series. Unless `streaming`, the same channels at equal amplitude follow.
    mean_, scale_ : ndarray of shape (n_channels,)
        Mean and standard deviation that standardise each channel. Constant channels have a standard
        deviation of infinity and become 0.
    difference_scale_ : ndarray of shape (n_channels,) or None
        Standard deviation of the differences of the standardised channels.
    <filled>
    amplitude_median_, amplitude_power_ : ndarray of shape (1,) or (2,)
        An amplitude ``a`` of a series becomes ``median * (a / median) ** power``, for groups that
        get the amplitude. The second numbers are for differences. If `streaming`, it is the
        amplitude of the steps so far, and the power is 1, 1/2, 1/4, and so on.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int or None
        Length of the series in `fit`. None if lengths differ.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    SNNTransformer : Neurons that learn.
    SpikeCounter : Spike counts of a given raster.
    skspike.export.to_c : Writes the transformer and a linear model as C.

    Notes
    -----
    A kernel of ROCKET [1]_ corresponds to a neuron without memory, ``LIF(tau_mem=1e-3,
    tau_mem_bounds="fixed")``. It spikes whenever the weighted sum is above its threshold. The
    fraction of these steps is the "proportion of positive values" of ROCKET.
    ``benchmarks/temporal.py`` compares this neuron with the default.

    As in ROCKET, the delays of a neuron are multiples, 0 to ``n_synapses - 1``, of a dilation,
    which is drawn log-uniformly from 1 to the largest that fits into the series. Groups of 64
    neurons share channels and delays, and differ in weights, thresholds and intrinsics. MiniRocket
    [2]_ introduced the choice of thresholds from data.

    The amplitude of a standardised series is the root mean square, over its channels and steps, of
    the deviations from the mean of each channel. At equal amplitude, the deviations are divided by
    it, and the means do not change. Differences are divided by their own root mean square.

    If amplitudes differ by orders of magnitude, groups with amplitude get them compressed. The
    power is 1, or smaller, so that the spread of the logarithms of the amplitudes, which is half
    the distance of their quantiles 0.16 and 0.84, is at most 0.5.

    The weights on each channel sum to 0. Neurons run for the length of the series, whose values are
    advanced by half the longest delay. Values before the start and after the end of a series are 0,
    the mean. In 2-D input each row is one series. Standardised values are clipped at 1e6.

    For series of unequal length, the longest one limits the dilations. Neurons run for the length
    of each series, and mean and deviation are over all steps of all series. Counts therefore grow
    with the length, which is informative if the duration is.

    With `streaming`, inputs are not advanced, and nothing depends on later values. Values before
    the start are 0. So the counts after some steps (`running_features`) are the features of a
    series that ends there, and the readouts of an `EarlyClassifier` use them. The running amplitude
    of a series is the root mean square, over its channels and the steps so far, of the deviations
    from the running means, which begin with 8 steps of 0. Differences deviate from 0. On 15 data
    sets, whole series are classified 0.6 points less accurately, mostly because of two sets whose
    amplitudes or lengths differ much.

    References
    ----------
    .. [1] A. Dempster, F. Petitjean, G. I. Webb, "ROCKET: Exceptionally fast and accurate time
        series classification using random convolutional kernels", Data Mining and Knowledge
        Discovery 34, 2020.
    .. [2] A. Dempster, D. F. Schmidt, G. I. Webb, "MiniRocket: A very fast (almost) deterministic
        transform for time series classification", KDD 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifierCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SpikingRocket
    >>> rng, t = np.random.default_rng(0), np.arange(100)
    >>> y = np.arange(60) % 2
    >>> X = np.sin(t / (3.0 + y[:, None]) + rng.uniform(0, 6, (60, 1))) + rng.normal(size=(60, 100))
    >>> rocket = SpikingRocket(500, random_state=0)
    >>> model = make_pipeline(rocket, RidgeClassifierCV(np.logspace(-2, 6, 9)))
    >>> round(model.fit(X[:40], y[:40]).score(X[40:], y[40:]), 2)
    1.0
    """

    _plugins = {
        "neuron": {
            name: functools.partial(_with_range_of_time_constants, cls)
            for name, cls in NEURONS.items()}}
    _rows_are_series = True

    def __init__(
            self, n_neurons: int = 3000, *, neuron: str | Neuron = "lif", n_synapses: int = 9,
            differences: bool = True, amplitude: float = 0.0625, missing: str | None = None,
            n_jobs: int | None = None, random_state: Seed = None, streaming: bool = False):
        self.n_neurons = n_neurons
        self.neuron = neuron
        self.n_synapses = n_synapses
        self.differences = differences
        self.amplitude = amplitude
        self.missing = missing
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.streaming = streaming

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Draw random neurons, and scale their weights on the series.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Series of finite numbers, such as spike rasters. Series of unequal length are a list or
            an object array of arrays (n_channels, n_steps) or (n_steps,).
        y : None, default=None
            Ignored.

        Returns
        -------
        self : SpikingRocket
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is outside its range.
        TypeError
            If a parameter has a wrong type.
        """
        check_number(self.n_neurons, "n_neurons", **SIZE_LIMITS)
        check_number(self.n_synapses, "n_synapses", **{**SIZE_LIMITS, "low": 2})
        check_jobs(self.n_jobs)
        check_option(self.differences, "differences", (True, False))
        check_option(self.streaming, "streaming", (True, False))
        check_number(self.amplitude, "amplitude", low=0, high=1)
        self.neuron_ = self._resolved_neuron()
        X = check_input(self, X, reset=True)
        self.n_steps_in_ = None if isinstance(X, Ragged) else X.shape[-1]
        self.streaming_ = bool(self.streaming)
        self._learn_scale(X)
        self._learn_amplitudes(X)
        self._learn_groups(X)
        return self

    def _resolved_neuron(self):
        """Return the checked neuron. A name means time constants of a range."""
        named = isinstance(self.neuron, str) and self.neuron in NEURONS
        neuron = self._plugins["neuron"][self.neuron]() if named else resolve(
            self.neuron, NEURONS, "neuron")
        neuron.check(1.0)
        return neuron

    def _learn_scale(self, X):
        """Set the mean and the scale of each channel, and of its differences."""
        series = X if X.ndim == 3 else X[:, np.newaxis]
        moments = all_moments(series, np.ones(len(X)), STEP if self.differences else ())
        self.mean_, scale = scales(moments, np.inf)
        self.scale_, self.difference_scale_ = scale[0], None
        if self.differences:  # the scale of a constant channel is infinite
            self.difference_scale_ = scale[1] / np.where(np.isinf(scale[0]), 1.0, scale[0])

    def _parts(self, X):
        """Return standardised series and their differences, each with means of channels."""
        scale = [self.scale_]
        if self.difference_scale_ is not None:
            scale.append(self.scale_ * self.difference_scale_)
        series = X.reshape(len(X), -1, X.shape[-1]).astype(float)
        # in C order, so that sums do not depend on the batch
        parts = [
            np.clip(part, -MAX_DEVIATION, MAX_DEVIATION, order="C")
            for part in standardise(series, self.mean_, scale)]
        means = parts[0].mean(axis=2, keepdims=True), 0
        return list(zip(parts, means, strict=False))

    def _learn_amplitudes(self, X):
        """Set the median of the amplitudes of samples, and the power that limits their spread."""
        medians, powers = [], []
        for amplitude in np.concatenate(list(map(self._amplitudes, _arrays(X))), axis=1):
            logs = np.log(amplitude[amplitude > MIN_AMPLITUDE])
            low, middle, high = np.quantile(logs, (0.16, 0.5, 0.84)) if len(logs) else (0, 0, 0)
            medians.append(math.exp(middle))
            power = min(MAX_SPREAD / max((high - low) / 2, MAX_SPREAD), 1.0)
            # square roots compute powers of 2
            powers.append(2.0 ** math.floor(math.log2(power)) if self.streaming_ else power)
        self.amplitude_median_, self.amplitude_power_ = np.array(medians), np.array(powers)

    def _amplitudes(self, X):
        """Return the amplitudes of series, (n_kinds, n_samples)."""
        if not self.streaming_:
            return np.stack([_with_amplitudes(*kind)[1] for kind in self._parts(X)])
        found = []
        for series in X.reshape(len(X), -1, X.shape[-1]):
            running = self._running(np.ones(1 + self.differences))
            running.steps(series)
            found.append(running.amplitudes())
        return np.transpose(found)

    def _running(self, powers, medians=None):
        """Return the input of a series that runs, before its first step."""
        tables = [self.mean_, self.scale_]
        if self.difference_scale_ is not None:
            tables.append(self.scale_ * self.difference_scale_)
        medians = np.ones(len(powers)) if medians is None else medians
        return RunningInput.at_rest(np.stack(tables), np.stack([medians, powers]))

    def _learn_groups(self, X):
        """Draw the neurons, and scale their weights on a few series."""
        # numpy's small integers would overflow
        n_neurons, n_synapses = int(self.n_neurons), int(self.n_synapses)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        intrinsics = self.neuron_.initial(n_neurons, np.random.default_rng(seed))
        n_channels = len(self.amplitude_median_) * len(self.mean_)
        amplitude = float(self.amplitude)
        # channels with their amplitude and at equal amplitude, values and differences
        sources = np.arange(2 * n_channels).reshape(2, 1 + self.differences, -1)
        if self.streaming_:
            amplitude = 1.0

        def drawn(number):
            """Draw a group with its own seed, and the rows of the series that scale it."""
            rng = np.random.default_rng([seed, number])
            # groups with and without amplitude are spread evenly, and each kind takes turns
            before, after = (math.floor(amplitude * k + 0.5) for k in (number, number + 1))
            kind, turn = (0, before) if before < after else (1, number - before)
            own = slice(number * GROUP_SIZE, (number + 1) * GROUP_SIZE)
            group = draw(
                {name: values[own] for name, values in intrinsics.items()},
                sources[kind][turn % len(sources[kind])], X.shape[-1], n_synapses, rng)
            return group, rng.integers(len(X), size=min(len(X), N_ROWS)), rng

        groups = [drawn(number) for number in range(-(-n_neurons // GROUP_SIZE))]
        chosen = np.unique(np.concatenate([rows for _, rows, _ in groups]))
        series = self._series(X[chosen])

        def scaled_group(one):
            """Scale a group on its series."""
            group, rows, rng = one
            at = np.searchsorted(chosen, rows)
            parts = [series[0][at]] if len(series) == 1 else [series[k] for k in at]
            return scaled(group, parts, self.neuron_, self.streaming_, rng)

        self.groups_ = map_threads(scaled_group, groups, check_jobs(self.n_jobs))

    def _series(self, X):
        """Return the inputs of neurons: one array, or one for each of samples of unequal length."""
        return [self._inputs(part) for part in _arrays(X)]

    def _inputs(self, X):
        """Return series and differences as channels, maybe also at equal amplitude, in float32."""
        if self.streaming_:
            return np.stack([
                self._running(self.amplitude_power_, self.amplitude_median_).steps(series)
                for series in X.reshape(len(X), -1, X.shape[-1])])
        limited, equal = [], []
        for (part, mean), median, power in zip(
                self._parts(X), self.amplitude_median_.tolist(), self.amplitude_power_.tolist(),
                strict=True):
            deviation, amplitude = _with_amplitudes(part, mean)
            # Python's powers do not depend on the batch
            change = [(median / a) ** (1 - power) - 1 for a in amplitude.tolist()]
            limited.append(part + deviation * np.reshape(change, (-1, 1, 1)))
            equal.append(mean + deviation / amplitude[:, None, None])
        return np.concatenate([*limited, *equal], axis=1, dtype=np.float32)

    def _check_fitted(self) -> None:
        """Raise unless the fitted attributes have their types and shapes, and belong together."""
        n_channels = self.n_features_in_ if self._n_dims_in == 3 else 1
        has_differences = self.difference_scale_ is not None
        n_kinds = 1 + has_differences
        scales = ["scale_", "difference_scale_"][:n_kinds]
        shapes = {"mean_": n_channels, "amplitude_median_": n_kinds, "amplitude_power_": n_kinds}
        shapes |= dict.fromkeys(scales, n_channels)  # infinite for constant channels
        check_arrays(
            FittedArray(name, getattr(self, name), (n,), finite=name not in scales)
            for name, n in shapes.items())
        for k, group in enumerate(self.groups_):
            group.check(
                f"groups_[{k}]", self.neuron_, (2 - self.streaming_) * n_kinds * n_channels,
                self.n_steps_in_ or SIZE_LIMITS["high"])

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spike counts of the neurons.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input with the same number of dimensions, channels and steps as in `fit`. After a `fit`
            on series of unequal length, any length.

        Returns
        -------
        counts : ndarray of shape (n_samples, n_neurons), float64
            Number of spikes of each neuron.

        Raises
        ------
        ValueError
            If the shape of the input differs from `fit`.
        """
        X = self._checked(X)
        return self._counts(X, None)[:, 0].astype(float)

    @consistent
    def running_features(
            self, X: ArrayLike, steps: ArrayLike | None = None, *,
            weights: Array | None = None) -> Array:
        """Return the spike counts after each step, or after some.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Series of equal length, with the channels in `fit`.
        steps : array-like of int of shape (n_times,) or None, default=None
            Numbers of steps, rising, from 1 to the length of the series. None: after each step.
        weights : ndarray of shape (n_neurons, n_sums) or None, default=None
            If it is given, weighted sums of the counts are returned, which need less memory.

        Returns
        -------
        counts : ndarray of shape (n_samples, n_times, n_neurons) or (n_samples, n_times, n_sums)
            Number of spikes of each neuron so far, float32, as `transform` counts them in series
            that end there, or their weighted sums.

        Raises
        ------
        ValueError
            If the transformer was not fitted with ``streaming=True``, series have unequal length,
            `steps` are out of range or do not rise, or `weights` have another number of rows.
        """
        X = self._checked(X)
        self._check_streams()
        n_steps = int(X.lengths[0]) if isinstance(X, Ragged) else X.shape[-1]
        n_neurons = sum(group.weights.shape[1] for group in self.groups_)
        weights = checked_weights(weights, n_neurons)
        return self._counts(X, checked_times(steps, n_steps, X), weights)

    def _checked(self, X):
        """Return the checked input of a fitted transformer."""
        check_is_fitted(self)
        self._check_fitted()
        return check_input(self, X, reset=False) if self.streaming_ else series_of(self, X)

    def _counts(self, X, steps, weights=None):
        """Return the spike counts after some steps, or at the end if they are None.

        They are (n_samples, n_times, n_neurons), float32, or weighted sums.
        """
        n_jobs = check_jobs(self.n_jobs)
        networks = [group.network(self.neuron_) for group in self.groups_]
        most_inputs = max(len(group.delays) for group in self.groups_)

        def count(X):
            """Return the counts of series of equal length."""
            series, n_steps = self._inputs(X), X.shape[-1]
            stops = [n_steps] if steps is None else steps
            bounds = np.unique([0, *stops, n_steps])
            found = [
                network.forward(
                    group.inputs(series, self.streaming_), record=False, bounds=bounds)[-1].counts
                for network, group in zip(networks, self.groups_, strict=True)]
            counts = np.concatenate(found, axis=2, dtype=np.float32).cumsum(axis=1)
            counts = counts[:, : len(stops)]
            return counts if weights is None else np.matmul(counts, weights, dtype=float)

        return map_samples(
            count, X, lambda shape: BUDGET // (8 * shape[-1] * most_inputs), n_jobs)

    def _check_streams(self):
        """Raise unless the features use the past alone."""
        if not self.streaming_:
            raise ValueError(
                "SpikingRocket needs whole series, which it standardises. Fit it with "
                "streaming=True.")
        check_holds(self)

    def stream(self) -> Stream:
        """Return a stream, which takes one series step by step.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a series, whose output is the spikes of the neurons.

        Raises
        ------
        ValueError
            If the transformer was not fitted with ``streaming=True``, or with
            ``missing="interpolate"``.
        """
        check_is_fitted(self)
        self._check_fitted()
        self._check_streams()
        return RocketStream(copy.deepcopy(self))

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the neurons.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str
            Names of the neurons, ``neuron0``, ``neuron1``, ...
        """
        check_is_fitted(self)
        n_neurons = sum(group.weights.shape[1] for group in self.groups_)
        return np.asarray([f"neuron{number}" for number in range(n_neurons)], dtype=object)
