"""Layers of neurons as C: input currents, and the neurons.

The sums of weights have the order of the simulation in Python. If more than a quarter of the
channels spike, it first sums the weights of four neighbouring channels.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .._utils import Array
from ..neurons import biased
from ..simulation import Dense, Layer, Network, Shared
from ._neurons import NeuronCode
from ._program import Input, Lines, Program, inner, loop

LIMITS = {"int8": 127, "int16": 32767}  # largest weights
N_UNITS = 64  # units that are compared for each neuron
WEIGHT_KINDS = {"float32": "float", "int8": "int8_t", "int16": "int16_t"}


def scales(weights: Array, kind: str) -> Array:
    """Return the unit of the weights of each neuron, (..., n_neurons), as integers of a type.

    The largest weight of a neuron becomes the integer for which the squared errors are smallest.
    """
    flat = np.asarray(weights, float).reshape(-1, weights.shape[-1])
    largest = np.abs(flat).max(axis=0)
    largest[largest == 0] = 1
    best: Array = largest / LIMITS[kind]
    least = np.full(len(largest), np.inf)
    for integer in np.linspace(LIMITS[kind], LIMITS[kind] / 2, N_UNITS).round():
        unit = largest / integer
        error = ((np.rint(flat / unit) * unit - flat) ** 2).sum(axis=0)
        better = error < least
        best[better], least[better] = unit[better], error[better]
    return best


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
        self.filter = "h" if n_positions == 1 else f"h / {n_positions}"
        self.neurons = NeuronCode(
            program, name, network.neuron, kernels, table, self.size, self.filter)
        self.spikes = self.neurons.spikes
        self.exact = program.weights != "float32"  # sums of integers do not depend on their order
        self._add_weights()

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
        self.is_current = source.is_current
        compute = self._held_current if source.held else self._current
        lines = compute(source.name)
        lines += self._recurrent_current()
        lines += loop("h", self.size, *self.neurons.step(
            self._input(), at_spike, fires, at_margin))
        self.program.stage(
            self.name,
            f"{self.name}: {self.n_inputs} inputs, {self.size} neurons. {self.neurons.summary}",
            lines)

    # weights

    def _add_weights(self) -> None:
        """Add the tables of the weights and their units."""
        program, name = self.program, self.name
        weights, recurrent = self.layer.weights, self.layer.recurrent
        kind = WEIGHT_KINDS[program.weights]
        if self.exact:
            all_weights = weights.reshape(-1, weights.shape[-1])
            if recurrent is not None:
                all_weights = np.vstack([all_weights, recurrent])
            unit = scales(all_weights, program.weights)
            weights = np.rint(weights / unit)
            recurrent = None if recurrent is None else np.rint(recurrent / unit)
            self.unit = program.each(
                "float", f"{name}_unit", unit.astype(np.float32), self.filter)
        axes = self.layout.weight_axes
        program.table(kind, f"{name}_weights", weights, f"{name}: weights of each {axes}")
        if recurrent is not None:
            program.table(kind, f"{name}_recurrent", recurrent, f"{name}: weights between neurons")

    # input currents

    def _listed_current(self, source: str) -> Lines:
        """Return the code of the input currents, which adds one channel after the other."""
        total, size, n = f"{self.name}_current", self.size, self.n_inputs
        self.kind = "int32_t" if self.exact and not self.is_current else "float"
        self.program.variable(self.kind, total, (size,), reset=False)
        return [
            "/* input current: add the weights of the active channels */",
            *loop("h", size, f"{total}[h] = 0;"), *loop(
                "c", n, f"if ({self._is_active(source, 'c')}) {{",
                *inner(self._add_channel(source, total)), "}")]

    def _current(self, source: str) -> Lines:
        """Return the code of the input currents, in the order of dense steps if many spike."""
        listed, total = self._listed_current(source), f"{self.name}_current"
        size, n = self.size, self.n_inputs
        if self.exact or self.layout.max_listed >= n:
            return listed
        # sum in the order of dense steps
        is_dense = [f"n += {self._is_active(source, 'c')};"]
        if self.is_current:  # only spikes, whose value is 1, are summed in this order
            is_dense.append(f"spikes &= {source}[c] == 0.0f || {source}[c] == 1.0f;")
        fours = [
            "/* input current of many spikes: first add the weights of four channels */",
            *loop("h", size, f"{total}[h] = 0;"), f"for (int c = 0; c < {n}; c += 4) {{",
            *inner([f"const int stop = c + 4 < {n} ? c + 4 : {n};", *loop(
                "h", size, "float four = 0.0f;", "for (int k = c; k < stop; k++) {",
                f"    if ({self._is_active(source, 'k')}) {{",
                f"        four += {self.name}_weights[k][h];", "    }", "}",
                f"{total}[h] += four;")]), "}"]
        return [
            f"int n = 0{', spikes = 1' if self.is_current else ''};", *loop("c", n, *is_dense),
            f"if ({'spikes && ' if self.is_current else ''}n > {self.layout.max_listed}) {{",
            *inner(fours), "} else {", *inner(listed), "}"]

    def _is_active(self, source: str, index: str) -> str:
        return f"{source}[{index}] != {'0.0f' if self.is_current else '0'}"

    def _add_channel(self, source: str, total: str) -> Lines:
        """Return the code that adds the weights of channel c."""
        writers = {Dense: self._add_to_neurons, Shared: self._add_to_positions}
        return writers[type(self.layout)](source, total)

    def _add_to_neurons(self, source: str, total: str) -> Lines:
        return loop("h", self.size, f"{total}[h] += {self._product(source, '[c][h]')};")

    def _add_to_positions(self, source: str, total: str) -> Lines:
        program, name, layout = self.program, self.name, self.layout
        convolution = layout.convolution
        size, stride, padding = convolution.size, convolution.stride, convolution.padding
        height, width, _ = layout.numbers.shape
        places = np.array(np.unravel_index(
            np.argsort(layout.inputs, axis=None), layout.inputs.shape))
        rows, columns, channels = (
            program.each("uint16_t", f"{name}_{key}", values, "c")
            for key, values in zip(("row", "column", "channel"), places, strict=True))
        total = f"{total}[f * {layout.n_positions} + y * {width} + x]"
        add = loop(
            "f", layout.n_filters,
            f"{total} += {self._product(source, f'[i][j][{channels}][f]')};")
        return [
            "/* row and column of the channel, and those of the neurons that receive it */",
            f"const int row = {rows} + {padding}, column = {columns} + {padding};", *loop(
                "i", size, f"const int y = (row - i) / {stride};",
                f"if (row < i || (row - i) % {stride} != 0 || y >= {height}) {{", "    continue;",
                "}", *loop(
                    "j", size, f"const int x = (column - j) / {stride};",
                    f"if (column >= j && (column - j) % {stride} == 0 && x < {width}) {{",
                    *inner(add), "}"))]

    def _product(self, source: str, indices: str) -> str:
        """Return the code of a weight times its input."""
        weight = f"{self.name}_weights{indices}"
        if not self.is_current:
            return weight
        return f"{source}[c] * {f'(float){weight}' if self.exact else weight}"

    def _held_current(self, source: str) -> Lines:
        """Return the code of input currents that are computed in the first step.

        Constant currents are listed, also if many of them are 1.
        """
        lines, total = self._listed_current(source), f"{self.name}_current"
        held = self.program.variable("float", f"{self.name}_held", (self.size,), reset=False)
        self.program.stage(
            f"hold_{self.name}", f"{self.name}: input currents, which are constant.",
            [*lines, *loop("h", self.size, f"{held}[h] = {total}[h];")], first=True)
        return loop("h", self.size, f"{total}[h] = {held}[h];")

    def _recurrent_current(self) -> Lines:
        """Return the code that adds the recurrent currents."""
        if self.layer.recurrent is None:
            return []
        weight = f"{self.name}_recurrent[c][h]"
        weight = f"(float){weight}" if self.exact and self.is_current else weight
        return [
            "/* recurrent current: add the weights of the neurons that spiked one step before */",
            *loop("c", self.size, f"if ({self.spikes}[c]) {{", *inner(loop(
                "h", self.size, f"{self.name}_current[h] += {weight};")), "}")]

    def _input(self) -> str:
        """Return the code of the input current of neuron h."""
        current = f"{self.name}_current[h]"
        if not self.exact:
            return current
        return f"{self.unit} * {current if self.kind == 'float' else f'(float){current}'}"
