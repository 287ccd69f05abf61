"""The average of networks that have learned from different parts of the data."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from .._base import Array, replace_attributes
from .._networks import N_STEPS, DecodingNetwork, SNNClassifier, SNNTransformer
from ..simulation import Convolution

LAYERS = "weights_", "recurrent_weights_", "biases_"
# properties of the samples that are true for all parts
OF_SAMPLES: dict[str, Callable[[Any], Any]] = {
    "takes_currents_": any, "_equal_length_in": all, "_shortest": min, "n_steps_": max}


def averaged(before: DecodingNetwork, networks: Sequence[DecodingNetwork], shares: Array) -> Any:
    """Return the average of networks that have continued from the network `before`.

    Weights, biases, readout and the memory of the solver are averaged. So are the intrinsics, in
    the space in which they are learned. `shares` are positive and sum to 1. The moments of the
    currents are fixed, and so are equal in all networks.
    """

    def mean(*values: Any) -> Any:
        """Return the mean over the networks. Of numbers of steps, it is the largest."""
        if not isinstance(values[0], np.ndarray):
            return max(values)
        total = sum(
            share * value.astype(float) for share, value in zip(shares, values, strict=True))
        return total.astype(values[0].dtype)

    found, neuron = copy.copy(networks[0]), before.neuron_
    moved = _mapped(mean, *map(_parameters, networks))
    readout = networks[0]._linear_decoder._replace(**moved.pop("readout"))
    by_layer = [
        values | neuron.updated(values, neuron.to_free(values) | free, tuple(free))
        for values, free in zip(_by_layer(before), moved.pop("free"), strict=True)]
    of_samples = {
        name: of_all([getattr(one, name) for one in (before, *networks)])
        for name, of_all in OF_SAMPLES.items()}
    of_samples["_equal_length_in"] &= of_samples["_shortest"] == of_samples["n_steps_"]
    replace_attributes(found, (), dict(
        **moved, _decoder=readout, _memory=_mean_memory(networks, mean),
        intrinsics_={name: [values[name] for values in by_layer] for name in before.intrinsics_},
        _n_seen=before._n_seen + sum(one._n_seen - before._n_seen for one in networks),
        **of_samples))
    return found


def as_classifier(transformer: SNNTransformer) -> SNNClassifier:
    """Return a classifier with the parameters of a transformer, which learns the same network."""
    parameters = clone(transformer).get_params(deep=False)
    sizes = parameters["hidden_layer_sizes"]
    layers = sizes if isinstance(sizes, (tuple, list)) else (sizes,)
    given = parameters["n_steps"], getattr(parameters["encoder"], "n_steps", None)
    if given == (None, None) and not any(isinstance(layer, Convolution) for layer in layers):
        parameters["n_steps"] = N_STEPS  # a classifier presents tables for fewer steps
    return SNNClassifier(**parameters)


def as_transformer(classifier: SNNClassifier, transformer: SNNTransformer) -> SNNTransformer:
    """Return a copy of a transformer with what a classifier has learned."""
    found: SNNTransformer = clone(transformer)
    learned, parameters = vars(copy.copy(classifier)), classifier.get_params(deep=False)
    replace_attributes(
        found, (), {name: learned[name] for name in learned.keys() - parameters.keys()})
    return found


def _parameters(network: Any) -> dict[str, Any]:
    """Return the parameters that move: lists, with an entry for each layer, and dicts."""
    free = [
        {name: network.neuron_.to_free(values)[name] for name in network.learn_intrinsic_}
        for values in _by_layer(network)]
    readout = network._linear_decoder
    return {
        **{name: getattr(network, name) for name in LAYERS}, "free": free,
        "readout": {"coef": readout.coef, "intercept": readout.intercept}}


def _by_layer(network: Any) -> list[dict[str, Array]]:
    """Return the intrinsics of each layer."""
    return [
        {name: values[k] for name, values in network.intrinsics_.items()}
        for k in range(len(network.weights_))]


def _mapped(function: Callable[..., Any], *trees: Any) -> Any:
    """Return nested lists and dicts whose values are a function of the values in each tree."""
    first = trees[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {key: _mapped(function, *[tree[key] for tree in trees]) for key in first}
    if isinstance(first, list):
        return [_mapped(function, *values) for values in zip(*trees, strict=True)]
    return function(*trees)


def _mean_memory(networks: Sequence[Any], mean: Callable[..., Any]) -> dict[str, Any]:
    """Return the mean of the memories of the solvers, which hold lists of items for dicts."""
    as_dicts = [
        {name: dict(value) if isinstance(value, list) else value
         for name, value in network._memory.items()}
        for network in networks]
    found = _mapped(mean, *as_dicts)
    return {
        name: list(value.items()) if isinstance(value, dict) else value
        for name, value in found.items()}
