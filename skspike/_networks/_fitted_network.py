"""Fitted networks: the check of their attributes, the network built from them, and its runs.

Compiled loops do not check bounds, and a damaged file may hold any attributes. So they are checked
before a network runs, and again after a change.
"""

from __future__ import annotations

import itertools
import math
import operator
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import mode
from typing import Any, NamedTuple

import numpy as np

from .._base import (
    DT_LIMITS, SIZE_LIMITS, STEP_LIMITS, Array, FittedArray, Lock, Ragged, axis_length,
    check_arrays, check_fits, check_image_shape, check_is_fitted, check_jobs, check_keys,
    check_kinds, check_number, check_numbers, entries, map_threads, placed, resolve, same_objects,
    same_parts)
from ..coding import CODINGS, SpikeEncoder
from ..learning import LinearDecoder, Rule, Settings, State
from ..neurons import Neuron
from ..simulation import Convolution, Layer, Network, Readout, groups, layouts
from ._choices import is_auto
from ._input import Input
from ._settings import MAX_DELAY

BY_LAYER = "weights_", "recurrent_weights_", "biases_"
PROGRESS_INTERVAL = 5.0  # seconds between progress messages


class Checked(NamedTuple):
    """A fitted network, its input, and X for a prediction: filled, scaled and standardised."""

    network: Network
    source: Input
    X: Any


def checked(fitted: Any, X: Any) -> Checked:
    """Return what `run` takes.

    Raise if a network that was fitted on spikes gets other values.
    """
    check_is_fitted(fitted, "weights_")
    network, source = prepared_of(fitted)  # raises if fitted attributes do not belong together
    source, X = source.checked(fitted, X, reset=False)
    X = source.standardised(X, type(fitted).__name__)
    # an imported network has seen no samples
    has_seen_spikes = fitted._n_seen and fitted.encoder_ is None and not fitted.takes_currents_
    if has_seen_spikes and X.dtype != np.uint8:
        values = entries(X)
        value = values[(values != 0) & (values != 1)][0]
        raise ValueError(
            f"{type(fitted).__name__} was fitted on spikes, 0 and 1 only, and X has the value "
            f"{value}. Encode X as the samples of fit were encoded, or include samples with such "
            "values in fit.")
    return Checked(network, source, X)


def layers_of(fitted: Any) -> list[Layer]:
    """Return the layers of a fitted network, or raise if its attributes do not belong together."""
    check_fitted(fitted)
    n_dense = len(fitted.weights_) - len(fitted.convolutions_)
    shared = layouts(
        fitted.convolutions_, fitted.image_shape_ or (), len(fitted.delay_steps_),
        Input.of(fitted).per_feature)
    return [
        Layer(
            weights, {name: values[k] for name, values in fitted.intrinsics_.items()}, recurrent,
            bias, layout)
        for k, (weights, recurrent, bias, layout) in enumerate(
            zip(
                fitted.weights_, fitted.recurrent_weights_, fitted.biases_,
                [*shared, *[None] * n_dense], strict=True))]


# the fitted attributes from which a network is built, in addition to the arrays of the layers
_objects = operator.attrgetter(
    "neuron_", "readout_", "dt_", "n_steps_", "n_features_in_", "delay_steps_", "takes_currents_",
    "encoder_", "rule_", "input_mean_", "input_scale_", "scales_samples_", "_weight_seen",
    "_decoder", "image_shape_", "convolutions_", "_each_step")


def _sources(fitted: Any) -> list[Any]:
    """Return all objects from which a network is built, or none if an attribute is no list."""
    try:
        return [
            *_objects(fitted), *fitted.weights_, *fitted.recurrent_weights_, *fitted.biases_,
            *itertools.chain(*fitted.intrinsics_.values())]
    except (TypeError, AttributeError):
        return []


def prepared_of(fitted: Any) -> tuple[Network, Input]:
    """Return the network and the input of a fitted estimator, which keeps both.

    If a fitted attribute was replaced, the attributes are checked and both are built again. Arrays
    become read-only, because a change inside of them would not be noticed.
    """
    sources, prepared = _sources(fitted), fitted._prepared
    before, found = (prepared and prepared.value) or ((), None)
    if found is None or not same_objects(before, sources):
        # copies, because panels may use the arrays of a layer
        layers = [layer._replace(weights=layer.weights.copy()) for layer in layers_of(fitted)]
        network = Network(fitted.neuron_, layers, fitted.dt_, readout=fitted.readout_)
        found = network, Input.of(fitted)
        sources = _sources(fitted)  # the check may convert numbers
        for array in sources:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        if prepared is not None:
            prepared.value = sources, found
    return found


def network_of(fitted: Any) -> Network:
    """Return the network of a fitted estimator."""
    return prepared_of(fitted)[0]


def start_of(network: Any, settings: Settings, n_channels: int, n_outputs: int) -> State:
    """Return the state of the previous fit, or raise if the parameters do not match it."""
    way = "partial_fit" if settings.single_pass else "warm_start=True"
    if settings.single_pass and not _same_encoder(
            network.encoder, network.encoder_, settings.dt):
        raise ValueError(
            f"partial_fit keeps the encoder of the first chunk, {network.encoder_}, but the "
            f"parameter is encoder={network.encoder}. Set it back, or fit a clone.")
    # before the check of fitted attributes, whose message would be misleading
    before = np.shape(network.weights_[0])
    if len(before) in (2, 4):
        n_before = before[-2] * math.prod((network.image_shape_ or ())[1:])
        known, found = (
            f"{n_inputs // len(delays)} channels and {len(delays)} delays"
            for n_inputs, delays in (
                (n_before, network.delay_steps_), (n_channels, settings.delays)))
        if known != found:
            raise ValueError(f"{way} needs the {known} of the previous fit, got {found}.")
    before = np.shape(getattr(network._decoder, "coef", ()))
    if n_outputs and len(before) == 2 and before[1] != n_outputs:
        raise ValueError(
            f"{way} needs the {before[1]} outputs of the previous fit, got {n_outputs}.")
    readout = network.readout_ if is_auto(network.readout) else settings.readouts[0]
    layers = layers_of(network)
    n_convolutions = len(network.convolutions_)
    old = (
        (*network.convolutions_, *[layer.size for layer in layers[n_convolutions:]]),
        tuple(weights is not None for weights in network.recurrent_weights_),
        sorted(network.intrinsics_), repr(network.readout_), network.image_shape_)
    now = (
        settings.hidden_layer_sizes, settings.recurrent,
        sorted(item.name for item in settings.neuron.active()), repr(readout),
        settings.image_shape)
    if old != now:
        raise ValueError(
            f"{way} continues a network with layers, recurrence, intrinsics, readout and image "
            f"shape {old}, but the parameters are {now}. Set them back, or fit a clone.")
    # a rule cannot use the memory of another type of rule
    same = type(settings.rule) is type(getattr(network, "rule_", None))
    memory = network._memory if same else None
    return State(layers, network._decoder, network.readout_, memory, network._centring)


def _same_encoder(given: Any, fitted: Any, dt: float) -> bool:
    """Return whether an encoder has the parameters of a fitted one that affect its output."""
    if given is None or fitted is None:
        return given is fitted
    codings = [resolve(encoder.coding, CODINGS, "coding") for encoder in (given, fitted)]
    names = "missing", "value_range"
    is_same = all(np.array_equal(getattr(given, name), getattr(fitted, name)) for name in names)
    return is_same and dt == fitted.dt_ and same_parts(codings[:1], codings[1:])


def _with_progress(
        run_group: Callable[[Any], Array], n_samples: int, name: str) -> Callable[[Any], Array]:
    """Return a function of a group of rows that also prints the progress at intervals."""
    lock, start, done, n_messages = Lock(), time.monotonic(), 0, 0

    def run_and_print(group: Any) -> Array:
        """Run a group, and print a message if the interval has passed."""
        nonlocal done, n_messages
        part = run_group(group)
        with lock:
            done += len(group)
            passed = int((time.monotonic() - start) / PROGRESS_INTERVAL)
            if passed > n_messages:
                n_messages = passed
                print(f"{name}: {done} of {n_samples} samples")
        return part

    return run_and_print


def run(
        fitted: Any, found: Checked, output: Callable[..., Array],
        out: Array | None = None) -> Array:
    """Return ``output(network, events)`` for all rows of the result of `checked`, in groups.

    With `out`, an array with one row per row of X, ``output(network, events, out_rows)`` writes
    its result there. It is for samples of equal length.
    """
    (network, source, X), n_jobs = found, check_jobs(fitted.n_jobs)
    is_ragged = isinstance(X, Ragged)

    def run_group(group: Any) -> Array:
        rows = group if is_ragged else slice(group[0], group[-1] + 1)
        events = source.events(source.some(X, rows) if is_ragged else X[rows])
        if source.encoder is not None:
            check_channels(events.n_channels, network.layers[0].n_inputs)
        return output(network, events) if out is None else output(network, events, out[rows])

    job = _with_progress(run_group, len(X), type(fitted).__name__) if fitted.verbose else run_group
    if is_ragged:
        parts = groups(network, np.arange(len(X)), source.lengths(X), record=False)
        return placed(map_threads(job, parts, n_jobs), parts)
    parts = groups(network, range(len(X)), source.count_steps(X), record=False)
    found = map_threads(job, parts, n_jobs)
    return out if out is not None else found[0] if len(found) == 1 else np.concatenate(found)


def check_fitted(fitted: Any) -> None:
    """Raise unless the fitted attributes have their types and shapes, and belong together."""
    _check_kinds(fitted)
    _check_numbers(fitted)
    _check_parts(fitted)
    layers = list(_layer_shapes(fitted))
    check_arrays(_layer_arrays(fitted, layers))
    check_arrays(_decoder_arrays(fitted, size=layers[-1][2]))


def check_channels(n_found: int, n_inputs: int) -> None:
    """Raise unless an encoder returns as many channels as a network has."""
    if n_found != n_inputs:
        raise ValueError(
            f"The encoder returns {n_found} channels, but the network has {n_inputs} inputs. Fit "
            "the network on the output of this encoder.")


def _check_kinds(fitted: Any) -> None:
    """Check the types of objects and lists, and the names and lengths of the lists."""
    none = type(None)
    kinds: dict[str, Any] = {
        "neuron_": Neuron, "rule_": Rule, "readout_": (Readout, none),
        "encoder_": (SpikeEncoder, none), "_decoder": (LinearDecoder, none), "delay_steps_": tuple,
        "convolutions_": tuple, "image_shape_": (tuple, none), **dict.fromkeys(BY_LAYER, list)}
    check_kinds({name: (getattr(fitted, name), kind) for name, kind in kinds.items()})
    names = [item.name for item in fitted.neuron_.active()]
    check_keys("intrinsics_", fitted.intrinsics_, names)
    lists = [
        *((name, getattr(fitted, name)) for name in BY_LAYER),
        *((f"intrinsics_[{name!r}]", values) for name, values in fitted.intrinsics_.items())]
    n_layers = max(len(fitted.weights_), len(fitted.convolutions_), 1)
    for name, values in lists:
        check_kinds({name: (values, list)})
        check_fits(
            len(values) == n_layers,
            f"{name} must have an entry for each of the {n_layers} layers, got {len(values)}.")


def _check_numbers(fitted: Any) -> None:
    """Check sizes, the length of a step, delays and the shape of images."""
    check_number(fitted.n_features_in_, "n_features_in_", **SIZE_LIMITS)
    if fitted.readout_ is not None:
        fitted.readout_.check()
    # filters have a value for each step
    limits = SIZE_LIMITS if fitted._decoder is None else STEP_LIMITS
    check_number(fitted.n_steps_, "n_steps_", **limits)
    check_number(fitted.dt_, "dt_", **DT_LIMITS)
    delays = check_numbers(fitted.delay_steps_, "delay_steps_", low=0, high=MAX_DELAY, integer=True)
    check_fits(
        len(set(delays)) == len(delays) > 0,
        f"delay_steps_ must be different delays in steps, got {delays}.")
    shape, layers = fitted.image_shape_, fitted.convolutions_
    check_fits(
        (shape is None) != bool(layers),
        f"convolutions_={layers} needs image_shape_ and the reverse, got {shape}.")
    if shape is not None:
        check_image_shape(shape, fitted.n_features_in_)


def _check_parts(fitted: Any) -> None:
    """Check that the encoder and the rule belong to the input and the layers."""
    encoder = fitted.encoder_
    if encoder is None:
        is_current = fitted.takes_currents_ or fitted.input_mean_ is not None
    else:
        encoder._check_fitted()
        is_current = encoder.coding_.returns_currents
    check_fits(
        bool(fitted.takes_currents_) == bool(is_current),
        f"takes_currents_={fitted.takes_currents_} does not match encoder_ or input_mean_: it is "
        "True for currents and False for spikes.")
    recurrent = any(weights is not None for weights in fitted.recurrent_weights_)
    for name, present in (("convolution", fitted.convolutions_), ("recurrent", recurrent)):
        check_fits(
            not present or name in fitted.rule_.supports,
            f"rule_={fitted.rule_!r} does not support {name} layers, which convolutions_ or "
            "recurrent_weights_ have.")


def _layer_shapes(fitted: Any) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Yield for each layer the shape of its weights, and its numbers of filters and of neurons.

    Each neuron of a layer without shared weights is a filter.
    """
    encoder = fitted.encoder_
    n_channels = fitted.n_features_in_ if encoder is None else encoder._n_outputs
    n_inputs = n_channels * len(fitted.delay_steps_)
    if fitted.image_shape_ is not None:
        _, *out = fitted.image_shape_
        n_channels = n_inputs // (out[0] * out[1])
        for k, layer in enumerate(fitted.convolutions_):
            check_kinds({f"convolutions_[{k}]": (layer, Convolution)})
            layer = replace(layer)  # checks its numbers
            out = layer.out_shape(*out)
            check_fits(min(out) > 0, f"convolutions_[{k}]={layer} is larger than its input.")
            n_filters, n_inputs = layer.n_filters, layer.n_filters * out[0] * out[1]
            yield (layer.size, layer.size, n_channels, n_filters), n_filters, n_inputs
            n_channels = n_filters
    for k in range(len(fitted.convolutions_), len(fitted.weights_)):
        intrinsics = (axis_length(values[k], 0) for values in fitted.intrinsics_.values())
        size = mode([axis_length(fitted.weights_[k], 1), *intrinsics])
        yield (n_inputs, size), size, size
        n_inputs = size


def _layer_arrays(fitted: Any, layers: Any) -> Iterator[FittedArray]:
    """Yield the arrays of all layers, and the moments of the currents."""
    reason = (
        f", for n_features_in_={fitted.n_features_in_}, delay_steps_={fitted.delay_steps_} and "
        "encoder_")
    for k, (shape, n_filters, size) in enumerate(layers):
        yield FittedArray(
            f"weights_[{k}]", fitted.weights_[k], shape, np.float32, reason=reason * (k == 0))
        if fitted.biases_[k] is not None:
            yield FittedArray(f"biases_[{k}]", fitted.biases_[k], (n_filters,), np.float32)
        if fitted.recurrent_weights_[k] is not None:
            yield FittedArray(
                f"recurrent_weights_[{k}]", fitted.recurrent_weights_[k], (size, size), np.float32)
        for name, values in fitted.intrinsics_.items():
            # a membrane without leak has the time constant infinity
            yield FittedArray(
                f"intrinsics_[{name!r}][{k}]", values[k], (n_filters,), finite=False)
    if fitted.input_mean_ is not None or fitted.input_scale_ is not None:
        for name in ("input_mean_", "input_scale_"):
            yield FittedArray(name, getattr(fitted, name), (fitted.n_features_in_,))


def _decoder_arrays(fitted: Any, size: int) -> Iterator[FittedArray]:
    """Yield the arrays of the decoder and the scales of its outputs."""
    decoder = fitted._decoder
    if decoder is None:
        return
    scales = {
        name: getattr(fitted, name) for name in ("target_mean_", "target_scale_")
        if hasattr(fitted, name)}
    n_outputs = mode(
        [axis_length(decoder.coef, 1), axis_length(decoder.intercept, 0)]
        + [axis_length(values, 0) for values in scales.values()])
    # a rule without a readout of the estimator may compute any features
    n_features = mode(
        [axis_length(values, 0) for values in (decoder.mean, decoder.scale, decoder.coef)])
    if fitted.readout_ is not None:
        n_features = size * len(fitted.readout_.filters(1, fitted.dt_))  # as many for all lengths
    if hasattr(fitted, "classes_"):
        n_outputs = fitted._labels.loss.n_outputs
    yield FittedArray("decoder_coef_", decoder.coef, (n_features, n_outputs))
    yield FittedArray("decoder_intercept_", decoder.intercept, (n_outputs,))
    yield FittedArray("feature_mean_", decoder.mean, (n_features,))
    yield FittedArray("feature_scale_", decoder.scale, (n_features,))
    for name, values in scales.items():
        yield FittedArray(name, values, (n_outputs,))
