"""Streams of fitted networks and of pipelines."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from .._base import (
    LARGEST, MAX_VALUE, SKIPPED, Array, Latest, Stream, absent, as_numbers, check_is_fitted,
    check_number, check_option, check_raster, shown, unfrozen)
from ..coding import SpikeEncoder
from ..learning import OnlineReadout, SquaredError
from ..simulation import DelayLine, Stepper, list_currents, list_series, list_spikes
from ._documentation import ADAPTATION_LIMITS
from ._fitted_network import check_channels, network_of
from ._input import standardised
from ._recordings import leaky_sums, refuse_steps
from ._settings import check_length_known


class NetworkStream(Stream):
    """Stream of a fitted network, whose output is the spikes of the last layer.

    `encoder` is a fitted encoder before the network. Without one, the stream takes the input of the
    network's neurons.
    """

    def __init__(self, fitted: Any, encoder: SpikeEncoder | None = None):
        self._fitted = _fitted_copy(fitted)
        network, delays = network_of(self._fitted), fitted.delay_steps_
        n_channels = network.layers[0].n_inputs // len(delays)
        self._takes_currents, self._moments = fitted.takes_currents_, fitted._moments
        self._dtype = np.dtype(np.float32 if self._takes_currents else np.uint8)
        # an encoder fills missing values before the network
        fills = self._takes_currents and fitted.encoder_ is encoder is None
        self._latest = Latest(fitted if fills else None, n_channels)
        # leaky sums need no counts of the steps
        n_steps = 1 if fitted._each_step else fitted.n_steps_
        self._stepper = fitted.rule_.stepper(network, _listing(fitted), n_steps)
        kept, self._encoder, self._delay_line, copied = [*self._stepper.kept], None, None, None
        self._sums = leaky_sums(self._fitted)  # None, unless outputs are decoded at each step
        if self._sums is not None:
            kept += self._sums.kept
        if delays != (0,):
            self._delay_line = DelayLine(delays, n_channels, self._dtype)
            kept += self._delay_line.kept
        if encoder is not None:
            self._encoder = encoder.stream()
            check_channels(encoder._n_outputs, n_channels)
            kept += self._encoder._kept
            (copied,) = self._encoder._source
        # the loop checks that bytes are 0 or 1
        finds_errors = not self._takes_currents and self._delay_line is None and encoder is None
        self._ready_dtype = self._dtype if finds_errors else None
        self._complete(
            type(fitted).__name__, n_channels, kept + self._latest.kept, self._fitted, copied)

    def step(self, x: Any) -> Array:
        """Take the input of one step, or of several, and return the spikes."""
        if (
                type(x) is np.ndarray and x.dtype is self._ready_dtype and x.shape == self._shape
                and x.flags.c_contiguous):
            spikes: Array | None = self._stepper.step(x)
            if spikes is not None:
                return self._spiked(spikes)
        x = self._checked(x)
        return self._step(x) if x.ndim == 1 else self._steps(x)

    def _checked(self, x: Any) -> Array:
        """Return the checked input of the delays, after the encoder, and standardised."""
        if self._encoder is not None:
            x = self._encoder.step(x)
        if self._encoder is None or x.dtype != self._dtype:
            x = self._checked_input(x)
        if self._moments:
            x = np.ascontiguousarray(standardised(x[np.newaxis], self._moments)[0])
        return x

    def _checked_input(self, x: Any) -> Array:
        name = f"{self._name}.stream"
        x = as_numbers(x, name)
        self._check_shape(x)
        if not self._takes_currents:
            return check_raster(x, name)
        x = self._latest.filled(x)
        self._check_finite(x, MAX_VALUE if self._moments else LARGEST)
        self._latest.keep(x)
        return x if self._moments else np.ascontiguousarray(x, np.float32)

    def _step(self, x: Array) -> Array:
        """Return the spikes of one step."""
        inputs = x if self._delay_line is None else self._delay_line.step(x)
        spikes: Array = self._stepper.step(inputs)
        return self._spiked(spikes)

    def _spiked(self, spikes: Array) -> Array:
        """Return a copy of the spikes of a step, after they are added to the leaky sums."""
        if self._sums is not None:
            self._sums.steps(spikes[np.newaxis])
        return spikes.copy()

    def _steps(self, x: Array) -> Array:
        """Return the spikes of several steps."""
        if not isinstance(self._stepper, Stepper):
            return super()._steps(x)
        raster = self._raster(x)
        if self._sums is not None:
            self._sums.steps(raster)
        return np.ascontiguousarray(raster.T)

    def _raster(self, x: Array) -> Array:
        """Return the spikes of several checked steps, (n_steps, n_neurons)."""
        inputs = np.ascontiguousarray(x.T)
        if self._delay_line is not None:
            inputs = self._delay_line.steps(inputs)
        raster: Array = self._stepper.steps(inputs)
        return raster

    def run(self, x: Any) -> Array:
        """Take the input of several steps, and return the outputs at each, (n_steps, n_outputs)."""
        assert self._sums is not None
        return self._sums.steps(self._raster(self._checked(x)))


def _listing(fitted: Any) -> Any:
    """Return the function that lists the input of a step for the network."""
    if not fitted.takes_currents_:
        return list_spikes
    is_held = fitted._n_dims_in == 2 and (
        fitted.encoder_ is None or fitted.encoder_.coding_.holds)
    return list_currents if is_held and fitted.delay_steps_ == (0,) else list_series


def _fitted_copy(fitted: Any) -> Any:
    """Return a copy of an estimator without its parameters and the state of its rule."""
    other = object.__new__(type(fitted))
    left_out = {"_memory", *type(fitted)._get_param_names()}
    other.__setstate__(copy.deepcopy({
        name: value for name, value in fitted.__getstate__().items() if name not in left_out}))
    return other


class SpikeStream(NetworkStream):
    """Stream of a transformer."""

    decision_function = predict_proba = predict = adapt = absent


class DecodingStream(NetworkStream):
    """Base of the streams with a readout, which can adapt to the sample that has passed."""

    def __init__(self, fitted: Any, encoder: SpikeEncoder | None = None):
        super().__init__(fitted, encoder)
        check_length_known(fitted)
        self._decoder = self._fitted._linear_decoder
        self._adapted: OnlineReadout | None = None  # the readout after the first call of `adapt`

    def adapt(self, y: Any, *, penalty: float | None = None) -> None:
        """Adapt the readout to the sample so far, whose label or value is now known."""
        refuse_steps(self._fitted, "adapt")
        penalty = check_number(penalty, "penalty", **ADAPTATION_LIMITS)
        before = self._adapted or online_readout(self._fitted)
        self._adapted = before.adapted(self._stepper.features(), self._target(y), penalty)

    def _target(self, y: Any) -> Any:
        """Return the class index of a label, or the values of all outputs."""
        raise NotImplementedError

    def features(self) -> Array:
        """Return the features of the readout for the train so far, (n_features,)."""
        refuse_steps(self._fitted, "features")
        return np.array(self._stepper.features())

    def _outputs(self) -> Array:
        """Return the outputs of the readout for the train so far, (1, n_outputs)."""
        if self._sums is not None:
            return self._sums.outputs[np.newaxis].copy()
        features = self._stepper.features()
        if self._adapted is None:
            return self._unscaled(self._decoder.outputs(features[None]))
        _, outputs = self._adapted.decided(features)
        return outputs[None]

    def _unscaled(self, outputs: Array) -> Array:
        """Return outputs in the unit of y."""
        return outputs

    def __reduce__(self) -> tuple[Any, ...]:
        cls, args, (_, values) = super().__reduce__()
        return cls, args, ({"_adapted": self._adapted}, values)


class ClassifierStream(DecodingStream):
    """Stream of a classifier."""

    def __init__(self, fitted: Any, encoder: SpikeEncoder | None = None):
        super().__init__(fitted, encoder)
        self._reader = self._fitted._labels

    def decision_function(self) -> Any:
        """Return the scores of the classes so far. With a label for each step, of all classes."""
        return super().decision_function() if self._sums is None else self._outputs()[0]

    def _target(self, y: Any) -> int:
        """Return the class index of a label."""
        classes = self._reader.classes.tolist()
        check_option(y, "y", classes)
        return int(classes.index(y))


class RegressorStream(DecodingStream):
    """Stream of a regressor, which reads its outputs itself."""

    decision_function = predict_proba = absent

    def __init__(self, fitted: Any, encoder: SpikeEncoder | None = None):
        super().__init__(fitted, encoder)
        self._scale = (self._fitted.target_scale_, self._fitted.target_mean_)
        self._flat, self._reader = self._fitted._flat, self

    def _target(self, y: Any) -> Array:
        """Return the values of all outputs."""
        values, shape = as_numbers(y, "y of adapt"), () if self._flat else self._scale[0].shape
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"y must hold finite numbers of shape {shape}, got {shown(y)}.")
        return np.asarray(values.reshape(-1))

    def _unscaled(self, outputs: Array) -> Array:
        """Return outputs in the unit of y."""
        scale, mean = self._scale
        return np.asarray(outputs * scale + mean)

    def labels(self, outputs: Array) -> Array:
        """Return values in the form of y."""
        return outputs[:, 0] if self._flat else outputs


def online_readout(fitted: Any) -> OnlineReadout:
    """Return the readout of a fitted network, which can adapt to one sample at a time."""
    if hasattr(fitted, "classes_"):
        return OnlineReadout.of(fitted._linear_decoder, fitted._labels.loss)
    unit, offset = fitted.target_scale_, fitted.target_mean_
    return OnlineReadout.of(fitted._linear_decoder, SquaredError(len(unit)), unit, offset)


def stream_of(model: Any) -> Any:
    """Return a fitted estimator or pipeline as a stream that takes one step at a time.

    Parameters
    ----------
    model : estimator or sklearn.pipeline.Pipeline
        A fitted network, `skspike.SpikeEncoder`, `skspike.SpikeTrainClassifier`,
        `skspike.EarlyClassifier` or `skspike.RejectingClassifier` of one, or a fitted pipeline of
        an encoder and a network, also in a `sklearn.frozen.FrozenEstimator`.

    Returns
    -------
    stream : Stream
        Its results equal the results of the model on the whole series, bit for bit.

    Raises
    ------
    ValueError
        If a step of a pipeline cannot stream. The message names it.
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model has no stream.

    See Also
    --------
    Stream : Methods of a stream.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> from skspike import stream_of
    >>> X, y = np.sin(np.arange(1200).reshape(20, 2, 30) ** 0.9), np.arange(20) % 2
    >>> model = make_pipeline(SpikeEncoder(), SNNClassifier(8, max_iter=2, random_state=0))
    >>> stream = stream_of(model.fit(X, y))
    >>> for t in range(30):
    ...     spikes = stream.step(X[0, :, t])
    >>> bool(stream.predict() == model.predict(X[:1])[0])
    True
    """
    model = unfrozen(model)
    if not isinstance(model, Pipeline):
        return _own_stream(model)
    steps = [
        (name, unfrozen(step)) for name, step in model.steps if step not in SKIPPED]
    encoder = None
    for name, step in steps[:-1]:
        if not isinstance(step, SpikeEncoder) or encoder is not None:
            raise ValueError(
                f"The pipeline cannot stream: {name!r}, {type(step).__name__}, stands before the "
                "last step, where only one SpikeEncoder can be. Networks standardise currents "
                "themselves.")
        encoder = step
    name, network = steps[-1]
    if encoder is None:
        return _own_stream(network)
    if not isinstance(getattr(network, "_stream", None), type):
        raise ValueError(
            f"The pipeline cannot stream: its last step {name!r}, {type(network).__name__}, is no "
            "spiking network. An EarlyClassifier takes the encoder inside: "
            "EarlyClassifier(make_pipeline(SpikeEncoder(), SNNClassifier())).")
    check_is_fitted(network, "encoder_")
    if network.encoder_ is not None:
        raise ValueError(f"The pipeline cannot stream: {name!r} has a second encoder.")
    return network._stream(network, encoder)


def _own_stream(model: Any) -> Any:
    """Return the stream of an estimator, or raise if it has none."""
    if not hasattr(model, "stream"):
        raise TypeError(
            f"{type(model).__name__} cannot stream. Stream the fitted estimator inside it, if it "
            "has one, such as estimator_ or best_estimator_.")
    return model.stream()
