"""Run fitted networks on checked input."""

from __future__ import annotations

import itertools
import operator
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .._checks import (
    Ragged, check_input, check_is_fitted, check_jobs, check_option, entries, is_raster, is_signed,
    same_objects)
from .._compile import map_threads, placed
from .._utils import Array
from ..simulation import Layer, Network, groups
from ._fitted_checks import check_channels, check_fitted
from ._inputs import count_steps, layouts_of, some_samples, to_events, train_lengths
from ._parameters import OPTIONS, NetworkParameters
from ._preparation import to_currents
from ._standardise import at_equal_amplitude

PROGRESS_INTERVAL = 5.0  # seconds between progress messages


def checked(network: NetworkParameters, X: Any) -> Any:
    """Return the input of a prediction in the dtype that networks run on.

    A raster becomes uint8. Currents become float32, standardised as in `fit`. With an encoder, the
    values do not change. Raise if a network that was fitted on spikes gets other values.
    """
    check_is_fitted(network, "weights_")
    network_of(network)  # raises if fitted attributes do not belong together
    X = ready(network, check_input(network, X, reset=False))
    # an imported network has seen no samples
    has_seen_spikes = network._n_seen and network.encoder_ is None and not network.takes_currents_
    if has_seen_spikes and X.dtype != np.uint8:
        values = entries(X)
        value = values[(values != 0) & (values != 1)][0]
        raise ValueError(
            f"{type(network).__name__} was fitted on spikes, 0 and 1 only, and X has the value "
            f"{value}. Encode X as the samples of fit were encoded, or include samples with such "
            "values in fit.")
    return X


def ready(network: NetworkParameters, X: Any) -> Any:
    """Return checked input of a fitted network in the dtype that networks run on."""
    encoder, moments = network.encoder_, network._moments
    if network.scales_samples_:
        X = at_equal_amplitude(X)
    if encoder is not None:
        return X
    values = entries(X)
    if moments is None and X.ndim == 3 and is_raster(values):
        return _with_values(X, np.ascontiguousarray(values, dtype=np.uint8))
    return _with_values(X, to_currents(values, moments, type(network).__name__))


def checked_to_fit(
        network: NetworkParameters, X: Any, y: Any = "no_validation", *, reset: bool,
        **options: Any) -> Any:
    """Check options, and return the input of a fit, with y if it is given.

    A raster becomes uint8, and currents become floats, for `to_currents`. With `reset`, the
    estimator stores the dimensions of X. `options` are those of `check_input`.
    """
    for name, allowed in OPTIONS.items():
        check_option(getattr(network, name), name, allowed)
    if not reset:
        check_is_fitted(network, "weights_")
    encoder = network.encoder if reset else network.encoder_
    found = check_input(network, X, y, reset=reset, **options)
    X, *target = found if isinstance(found, tuple) else (found,)
    if reset:
        network.scales_samples_ = _scales_samples(network, X)
    if network.scales_samples_:
        X = at_equal_amplitude(X)
    if encoder is None:
        values = entries(X)
        # a network that is fitted anew forgets its moments
        forgets = reset and hasattr(network, "weights_") and not network.warm_start
        may_be_spikes = forgets or network._moments is None
        # scaled series that are constant hold zeros only
        if may_be_spikes and not network.scales_samples_ and X.ndim == 3 and is_raster(values):
            values = np.ascontiguousarray(values, dtype=np.uint8)
        else:
            values = values.astype(np.result_type(X.dtype, np.float32), copy=False)
        X = _with_values(X, values)
    return (X, *target) if target else X


def _scales_samples(network: NetworkParameters, X: Any) -> bool:
    """Return whether a fit scales each series by itself, unless the data choose it later."""
    continues = network.standardize == "auto" and network.warm_start and network.scales_samples_
    return (continues or network.standardize == "sample") and X.ndim == 3 and (
        network.encoder is not None or not is_signed(entries(X)))


def _with_values(X: Any, values: Array) -> Any:
    """Return input with other values: an array, or samples of unequal length."""
    return X.with_values(values) if isinstance(X, Ragged) else values


def layers_of(fitted: NetworkParameters) -> list[Layer]:
    """Return the layers of a fitted network, or raise if its attributes do not belong together."""
    check_fitted(fitted)
    n_dense = len(fitted.weights_) - len(fitted.convolutions_)
    shared = layouts_of(
        fitted.convolutions_, fitted.image_shape_ or (), fitted.encoder_, fitted.delay_steps_)
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
    "encoder_", "rule_", "input_mean_", "input_scale_", "_decoder", "image_shape_", "convolutions_")


def _sources(fitted: NetworkParameters) -> list[Any]:
    """Return all objects from which a network is built, or none if they are no lists any more."""
    try:
        return [
            *_objects(fitted), *fitted.weights_, *fitted.recurrent_weights_, *fitted.biases_,
            *itertools.chain(*fitted.intrinsics_.values())]
    except (TypeError, AttributeError):
        return []


def network_of(fitted: NetworkParameters) -> Network:
    """Return the network of a fitted estimator, which keeps it in a private attribute.

    Fitted attributes that were replaced are checked, and give another network. Arrays become
    read-only, because a change inside of them would not be noticed.
    """
    sources, prepared = _sources(fitted), fitted._prepared
    before, network = (prepared and prepared.value) or ((), None)
    if network is None or not same_objects(before, sources):
        # copies, because panels may use the arrays of a layer
        layers = [layer._replace(weights=layer.weights.copy()) for layer in layers_of(fitted)]
        network = Network(fitted.neuron_, layers, fitted.dt_, readout=fitted.readout_)
        sources = _sources(fitted)  # the check may convert numbers
        for array in sources:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        if prepared is not None:
            prepared.value = sources, network
    return network


def _with_progress(
        run_group: Callable[[Any], Array], n_samples: int, name: str) -> Callable[[Any], Array]:
    """Return a function of a group of rows that also prints the progress at intervals."""
    lock, start, done, n_messages = threading.Lock(), time.monotonic(), 0, 0

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
        fitted: NetworkParameters, X: Any, output: Callable[..., Array],
        out: Array | None = None) -> Array:
    """Return ``output(network, events)`` for all rows of the result of `checked`, in groups.

    With `out`, an array with one row per row of X, ``output(network, events, out_rows)`` writes
    its result there. It is for samples of equal length.
    """
    network, encoder, delays = network_of(fitted), fitted.encoder_, fitted.delay_steps_
    n_steps, n_jobs = count_steps(X, encoder, fitted.n_steps_), check_jobs(fitted.n_jobs)
    is_ragged = isinstance(X, Ragged)

    def run_group(group: Any) -> Array:
        rows = group if is_ragged else slice(group[0], group[-1] + 1)
        events = to_events(some_samples(X, rows, encoder), n_steps, encoder, delays)
        check_channels(events.n_channels, network.layers[0].n_inputs)
        return output(network, events) if out is None else output(network, events, out[rows])

    job = _with_progress(run_group, len(X), type(fitted).__name__) if fitted.verbose else run_group
    if is_ragged:
        lengths = train_lengths(X, encoder, n_steps)
        parts = groups(network, np.arange(len(X)), lengths, record=False)
        return placed(map_threads(job, parts, n_jobs), parts)
    found = map_threads(job, groups(network, range(len(X)), n_steps, record=False), n_jobs)
    return out if out is not None else found[0] if len(found) == 1 else np.concatenate(found)
