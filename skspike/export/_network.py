"""Spiking networks as C: standardised currents, delays, layers and the decision."""

from typing import Any

import numpy as np

from .._networks import (
    MAX_DEVIATIONS, SNNClassifier, SNNRegressor, check_channels, layers_of, online_readout)
from ..learning import LinearDecoder, Tempotron
from ..simulation import Network
from ._adaptive import AdaptiveReadoutCode
from ._layers import LayerCode
from ._program import Input, Program, loop
from ._readout import ReadoutCode


def write_network(
        program: Program, fitted: Any, source: Input) -> tuple[Input, ReadoutCode | None]:
    """Write a fitted network whose channels are the `Input` `source`.

    Return the `Input` of its spikes, and the writer of its readout, or None.
    """
    layers = layers_of(fitted)
    check_channels(source.size, layers[0].n_inputs // len(fitted.delay_steps_))
    network = Network(fitted.neuron_, layers, fitted.dt_, readout=fitted.readout_)
    source = _standardised(program, fitted, source)
    source = _delayed(program, fitted, layers[0].n_inputs, source)
    readout = _readout(program, fitted, network)
    at_spike: list[str] = []
    if readout is not None and isinstance(fitted.rule_, Tempotron):
        # its features are the largest margins of neurons that do not spike
        silent = LayerCode(program, "silent", layers[0], network)
        silent.write(source, fires=False, at_margin=readout.at_margin())
    elif readout is not None:
        at_spike = readout.at_spike()
    for k, layer in enumerate(layers):
        code = LayerCode(program, f"layer{k + 1}", layer, network)
        code.write(source, at_spike=at_spike if k == len(layers) - 1 else ())
        source = Input(code.spikes, layer.size, False, False)
    return source, readout


def _standardised(program: Program, fitted: Any, source: Input) -> Input:
    """Add the standardisation of currents, in double as in Python."""
    mean, sd = fitted.input_mean_, fitted.input_scale_
    if mean is None:
        return source
    low, high, mean, sd = (
        program.each("double", f"current_{name}", values, "c") for name, values in {
            "low": mean - MAX_DEVIATIONS * sd, "high": mean + MAX_DEVIATIONS * sd,
            "mean": mean, "sd": np.where(sd > 0, sd, 1.0)}.items())
    currents = program.variable("float", "currents", (len(fitted.input_mean_),), reset=False)
    program.stage("standardise", "Standardise the currents, and limit them.", loop(
        "c", len(fitted.input_mean_), f"const double value = {source.name}[c];",
        f"const double above = value < {low} ? {low} : value;",
        f"const double limited = above > {high} ? {high} : above;",
        f"{currents}[c] = (float)((limited - {mean}) / {sd});"), first=source.held)
    return source._replace(name=currents, is_current=True)


def _delayed(program: Program, fitted: Any, n_inputs: int, source: Input) -> Input:
    """Add the delays of the input."""
    delays = fitted.delay_steps_
    if delays == (0,):
        return source
    n_channels, length = n_inputs // len(delays), max(delays) + 1
    kind = "float" if source.is_current else "uint8_t"
    program.variable(kind, "ring", (length, n_channels), "the latest inputs")
    program.variable("int", "newest", (), "row of the ring")
    program.variable(kind, "delayed", (n_inputs,), reset=False)
    program.integers("delays", delays, "in steps")
    program.stage("delay", "Delay the input: all channels at the first delay, then at the next.", [
        f"newest = newest + 1 < {length} ? newest + 1 : 0;",
        *loop("c", n_channels, f"ring[newest][c] = {source.name}[c];"),
        *loop(
            "k", len(delays), "int row = newest - (int)delays[k];",
            f"row += row < 0 ? {length} : 0;",
            *loop("c", n_channels, f"delayed[k * {n_channels} + c] = ring[row][c];"))])
    return Input("delayed", n_inputs, source.is_current, False)


def _readout(program: Program, fitted: Any, network: Network) -> ReadoutCode | None:
    """Return the writer of the readout, or None for a transformer."""
    if not isinstance(fitted, (SNNClassifier, SNNRegressor)):
        return None
    if program.adapt_penalty is not None:
        return AdaptiveReadoutCode(
            program, network.reading(fitted.n_steps_), network.size, online_readout(fitted))
    coef, intercept = LinearDecoder(
        fitted.decoder_coef_, fitted.decoder_intercept_, fitted.feature_mean_,
        fitted.feature_scale_).of_features()
    if isinstance(fitted, SNNRegressor):
        coef = coef * fitted.target_scale_
        intercept = intercept * fitted.target_scale_ + fitted.target_mean_
    return ReadoutCode(program, network.reading(fitted.n_steps_), network.size, coef, intercept)
