"""Spiking networks as C: standardised currents, delays, and layers of neurons.

The sums of weights have the order of the simulation in Python. If more than a quarter of the
channels spike, it first sums the weights of four neighbouring channels.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .._networks import (
    MAX_DEVIATIONS, SNNClassifier, SNNRegressor, check_channels, layers_of, leaky_sums,
    online_readout)
from ..learning import LinearDecoder, Tempotron
from ..neurons import biased
from ..simulation import Layer, Network, Shared
from ._neurons import NeuronCode
from ._program import WEIGHT_KINDS, Input, Lines, Program, inner, loop, scales
from ._readout import AdaptiveReadoutCode, LeakyReadoutCode, ReadoutCode


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
    program.variable(source.kind, "ring", (length, n_channels), "the latest inputs")
    program.variable("int", "newest", (), "row of the ring")
    program.variable(source.kind, "delayed", (n_inputs,), reset=False)
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
    sums = leaky_sums(fitted)
    if sums is not None:
        return LeakyReadoutCode(program, sums)
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


class LayerCode:
    """Writes a layer into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    name : str
        First word of the names of its tables and variables.
    layer : Layer
        Weights and intrinsics.
    network : Network
        Network of the layer, with the model of its neurons.
    """

    def __init__(self, program: Program, name: str, layer: Layer, network: Network):
        self.program, self.name, self.layer = program, name, layer
        self.size, self.n_inputs = layer.size, layer.n_inputs
        self.layout: Any = layer.layout
        table = network.neuron.coefficient_table(layer.intrinsics, network.dt)
        kernels = network.neuron.kernels()
        if network.has_bias:
            bias = np.zeros(table.shape[1]) if layer.bias is None else layer.bias
            table, kernels = np.vstack([table, bias]), biased(**kernels)
        # filters share weights and coefficients between positions
        n_positions = self.layout.n_positions
        entry = "h" if n_positions == 1 else f"h / {n_positions}"
        self.neurons = NeuronCode(program, name, network.neuron, kernels, table, self.size, entry)
        self.spikes = self.neurons.spikes
        # add the weights
        weights, recurrent = layer.weights, layer.recurrent
        self.exact = program.weights != "float32"  # sums of integers do not depend on their order
        if self.exact:
            rows = weights.reshape(-1, weights.shape[-1])
            unit = scales(
                rows if recurrent is None else np.vstack([rows, recurrent]), program.weights)
            weights = np.rint(weights / unit)
            recurrent = None if recurrent is None else np.rint(recurrent / unit)
            self.unit = program.each("float", f"{name}_unit", unit.astype(np.float32), entry)
        kind, axes = WEIGHT_KINDS[program.weights], self.layout.weight_axes
        program.table(kind, f"{name}_weights", weights, f"{name}: weights of each {axes}")
        if recurrent is not None:
            program.table(kind, f"{name}_recurrent", recurrent, f"{name}: weights between neurons")

    def write(
            self, source: Input, at_spike: Iterable[str] = (), fires: bool = True,
            at_margin: Iterable[str] = ()) -> None:
        """Add the layer as a stage of each step.

        Parameters
        ----------
        source : Input
            Array of the inputs.
        at_spike : list of str
            Code that runs if neuron h spikes.
        fires : bool, default=True
            Whether neurons spike. Otherwise they are never reset.
        at_margin : list of str
            Code that runs for each neuron h, with the distance of its membrane potential from the
            threshold in ``margin``.
        """
        self.source, self.total = source, f"{self.name}_current"
        self.kind = "int32_t" if self.exact and not source.is_current else "float"
        self.program.variable(self.kind, self.total, (self.size,), reset=False)
        lines = self._held_current() if source.held else self._current()
        if self.layer.recurrent is not None:
            lines += self._recurrent_current()
        current = f"{self.total}[h]"
        if self.exact:
            current = f"{self.unit} * {'' if self.kind == 'float' else '(float)'}{current}"
        lines += loop("h", self.size, *self.neurons.step(current, at_spike, fires, at_margin))
        self.program.stage(
            self.name,
            f"{self.name}: {self.n_inputs} inputs, {self.size} neurons. {self.neurons.summary}",
            lines)

    def _listed_current(self) -> Lines:
        """Return the code of the input currents, which adds one channel after the other."""
        add = self._add_to_positions() if isinstance(self.layout, Shared) else loop(
            "h", self.size, f"{self.total}[h] += {self._product('[c][h]')};")
        return [
            "/* input current: add the weights of the active channels */",
            *loop("h", self.size, f"{self.total}[h] = 0;"), *loop(
                "c", self.n_inputs, f"if ({self._is_active('c')}) {{", *inner(add), "}")]

    def _current(self) -> Lines:
        """Return the code of the input currents, in the order of dense steps if many spike."""
        listed, source, n = self._listed_current(), self.source, self.n_inputs
        if self.exact or self.layout.max_listed >= n:
            return listed
        # sum in the order of dense steps
        is_dense = [f"n += {self._is_active('c')};"]
        if source.is_current:  # only spikes, whose value is 1, are summed in this order
            is_dense.append(f"spikes &= {source.name}[c] == 0.0f || {source.name}[c] == 1.0f;")
        fours = [
            "/* input current of many spikes: first add the weights of four channels */",
            *loop("h", self.size, f"{self.total}[h] = 0;"),
            f"for (int c = 0; c < {n}; c += 4) {{",
            *inner([f"const int stop = c + 4 < {n} ? c + 4 : {n};", *loop(
                "h", self.size, "float four = 0.0f;", "for (int k = c; k < stop; k++) {",
                f"    if ({self._is_active('k')}) {{",
                f"        four += {self.name}_weights[k][h];", "    }", "}",
                f"{self.total}[h] += four;")]), "}"]
        return [
            f"int n = 0{', spikes = 1' if source.is_current else ''};", *loop("c", n, *is_dense),
            f"if ({'spikes && ' if source.is_current else ''}n > {self.layout.max_listed}) {{",
            *inner(fours), "} else {", *inner(listed), "}"]

    def _is_active(self, index: str) -> str:
        """Return the code of the condition that a channel has an input."""
        return f"{self.source.name}[{index}] != {'0.0f' if self.source.is_current else '0'}"

    def _add_to_positions(self) -> Lines:
        """Return the code that adds the weights of channel c to all positions of the filters."""
        program, name, layout = self.program, self.name, self.layout
        convolution = layout.convolution
        size, stride, padding = convolution.size, convolution.stride, convolution.padding
        height, width, _ = layout.numbers.shape
        places = np.array(np.unravel_index(
            np.argsort(layout.inputs, axis=None), layout.inputs.shape))
        rows, columns, channels = (
            program.each("uint16_t", f"{name}_{key}", values, "c")
            for key, values in zip(("row", "column", "channel"), places, strict=True))
        add = loop(
            "f", layout.n_filters,
            f"{self.total}[f * {layout.n_positions} + y * {width} + x] += "
            f"{self._product(f'[i][j][{channels}][f]')};")
        return [
            "/* row and column of the channel, and those of the neurons that receive it */",
            f"const int row = {rows} + {padding}, column = {columns} + {padding};", *loop(
                "i", size, f"const int y = (row - i) / {stride};",
                f"if (row < i || (row - i) % {stride} != 0 || y >= {height}) {{", "    continue;",
                "}", *loop(
                    "j", size, f"const int x = (column - j) / {stride};",
                    f"if (column >= j && (column - j) % {stride} == 0 && x < {width}) {{",
                    *inner(add), "}"))]

    def _product(self, indices: str) -> str:
        """Return the code of a weight times its input."""
        weight = f"{self.name}_weights{indices}"
        if not self.source.is_current:
            return weight
        return f"{self.source.name}[c] * {'(float)' if self.exact else ''}{weight}"

    def _held_current(self) -> Lines:
        """Return the code of input currents that are computed in the first step.

        Constant currents are listed, also if many of them are 1.
        """
        lines = self._listed_current()
        held = self.program.variable("float", f"{self.name}_held", (self.size,), reset=False)
        self.program.stage(
            f"hold_{self.name}", f"{self.name}: input currents, which are constant.",
            [*lines, *loop("h", self.size, f"{held}[h] = {self.total}[h];")], first=True)
        return loop("h", self.size, f"{self.total}[h] = {held}[h];")

    def _recurrent_current(self) -> Lines:
        """Return the code that adds the recurrent currents."""
        cast = "(float)" if self.exact and self.source.is_current else ""
        return [
            "/* recurrent current: add the weights of the neurons that spiked one step before */",
            *loop("c", self.size, f"if ({self.spikes}[c]) {{", *inner(loop(
                "h", self.size, f"{self.total}[h] += {cast}{self.name}_recurrent[c][h];")), "}")]
