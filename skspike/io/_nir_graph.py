"""Reading of NIR graphs: the chain of layers from the Input to the Output, and node attributes."""

import math
from typing import NamedTuple

import numpy as np

from .._checks import as_numbers, shown
from .._utils import optional
from ..simulation import Convolution
from ..snn import MAX_DELAY

STANDARDIZE = "standardize"  # name of the Affine after the Input that standardises currents
READOUT = "readout"  # name of the Affine before the Output that computes the outputs
MAX_SIZE = 2**22  # inputs and neurons of a convolution, which need not be in the file
STEP_TOLERANCE = 1e-6  # steps, the allowed difference from a whole number of steps


def package():
    """Import and return the package nir, which ``import skspike`` does not load."""
    with optional("nir", "nir", "the conversion of NIR graphs"):
        import nir
    return nir


class Layer(NamedTuple):
    """Names of the nodes of a layer.

    `inputs` holds a pair for each connection from the previous layer: the delay, or None, and the
    weights.
    """

    neurons: str
    inputs: list
    recurrent: str | None = None


class Structure:
    """Nodes of a graph by name, and its `layers` in order.

    Raises ValueError unless the graph is a single chain of layers from the Input to the Output.
    """

    def __init__(self, graph):
        self.nir = nir = package()
        if not isinstance(graph, nir.NIRGraph):
            raise TypeError(
                f"from_nir expects a nir.NIRGraph, got {type(graph).__name__}. Read a file with "
                "nir.read first.")
        edges = self._without_flatten(self._flat(graph))
        self.after = {name: [] for name in self.nodes}
        self.before = {name: [] for name in self.nodes}
        for start, stop in edges:
            self.after[start].append(stop)
            self.before[stop].append(start)
        self.input, self.output = self._only(nir.Input), self._only(nir.Output)
        for name in self.before[self.input] + self.after[self.output]:
            self.refuse(name, "no edge may lead to the Input or away from the Output")
        is_standardized = self.after[self.input] == [STANDARDIZE] and isinstance(
            self.nodes[STANDARDIZE], nir.Affine) and self.before[STANDARDIZE] == [self.input]
        self.standardize = STANDARDIZE if is_standardized else None
        has_readout = self.before[self.output] == [READOUT] and isinstance(
            self.nodes[READOUT], nir.Affine) and self.after[READOUT] == [self.output]
        self.readout = READOUT if has_readout else None
        self.layers = self._chain(self.readout or self.output)
        self.has_filters = self._is_filter(self.layers[0].inputs[0][1])
        used = {self.input, self.output, self.standardize, self.readout}
        for neurons, inputs, recurrent in self.layers:
            used |= {neurons, recurrent, *(name for pair in inputs for name in pair)}
        for name in self.nodes.keys() - used:
            self.refuse(name, "it is on no path from the Input to the Output. Leave it out")

    def refuse(self, name, reason):
        """Raise for a node that skspike cannot express."""
        raise ValueError(
            f"from_nir cannot convert the node {shown(name)} of type "
            f"{type(self.nodes[name]).__name__}: {reason}.")

    def _flat(self, graph):
        """Store the nodes and return the edges. Replace nested graphs by their nodes and edges.

        Some packages write a recurrent layer as a graph inside the graph.
        """
        self.nodes, edges = _members(graph, "the graph")
        graphs = [
            name for name, node in self.nodes.items() if isinstance(node, self.nir.NIRGraph)]
        for name in graphs:
            nodes, inner_edges = _members(self.nodes[name], f"the graph {shown(name)}")
            if any(isinstance(node, self.nir.NIRGraph) for node in nodes.values()):
                self.refuse(name, "it contains another graph, and only one level is read")
            entries, exits = (
                [(name, key) for key, node in nodes.items() if isinstance(node, kind)]
                for kind in (self.nir.Input, self.nir.Output))
            if len(entries) != 1 or len(exits) != 1:
                self.refuse(name, "a graph inside the graph must have one Input and one Output")
            del self.nodes[name]
            self.nodes |= {(name, key): node for key, node in nodes.items()}
            # connect the edges of the graph to its Input and Output, and bypass these two
            edges = [
                (exits[0] if start == name else start, entries[0] if stop == name else stop)
                for start, stop in edges]
            edges += [((name, start), (name, stop)) for start, stop in inner_edges]
            for node in entries + exits:
                edges = _bypass(node, edges)
                del self.nodes[node]
        return edges

    def _without_flatten(self, edges):
        """Return edges without Flatten. Neurons of all shapes are numbered in C order."""
        found = [key for key, node in self.nodes.items() if isinstance(node, self.nir.Flatten)]
        for name in found:
            dims = tuple(self.whole(name, attribute) for attribute in ("start_dim", "end_dim"))
            if dims not in ((0, -1), (1, -1), (0, 2), (1, 3)):
                self.refuse(
                    name, "it must flatten all dimensions of the neurons: start_dim=0, end_dim=-1")
            edges = _bypass(name, edges)
            del self.nodes[name]
        return edges

    def _only(self, kind):
        """Return the name of the only node of a type."""
        names = [name for name, node in self.nodes.items() if isinstance(node, kind)]
        if len(names) != 1:
            raise ValueError(f"from_nir needs a graph with one {kind.__name__}, got {len(names)}.")
        return names[0]

    def _chain(self, end):
        """Return the layers, following the edges from the Input to the Output or readout."""
        layers, source = [], self.standardize or self.input
        while True:
            following, recurrent, is_last = {}, [], False
            for first in self.after[source]:
                if first == end:
                    is_last = True
                    continue
                delay, weights, neurons = self._connection(first)
                pairs = recurrent if neurons == source else following.setdefault(neurons, [])
                pairs.append((delay, weights))
            if recurrent:
                layers[-1] = layers[-1]._replace(recurrent=self._recurrent(recurrent))
            if is_last and layers and not following and self.before[end] == [source]:
                return layers
            if is_last or len(following) != 1:
                self.refuse(
                    source,
                    "its connections must all lead to one layer of neurons, or only to the Output")
            ((neurons, inputs),) = following.items()
            if any(layer.neurons == neurons for layer in layers):
                self.refuse(
                    neurons,
                    f"{shown(source)}, a later layer, leads back to it. Only a layer itself may")
            if layers and len(inputs) > 1:
                self.refuse(
                    neurons,
                    "two connections lead to it from the previous layer. Add up their weights")
            if layers and inputs[0][0]:
                self.refuse(
                    inputs[0][0], "only the input may be delayed, not spikes between layers")
            layers.append(Layer(neurons, inputs))
            source = neurons

    def _connection(self, first):
        """Return the delay (or None), the weights and the neurons of the path from `first`."""
        delay, weights = None, first
        if isinstance(self.nodes[first], self.nir.Delay):
            delay, weights = first, self._next(first)
        if not isinstance(
                self.nodes[weights], (self.nir.Affine, self.nir.Linear, self.nir.Conv2d)):
            self.refuse(
                weights,
                "the Input or neurons must be followed by Linear, Affine or Conv2d, or by a Delay "
                "and one of these")
        neurons = self._next(weights)
        if not isinstance(self.nodes[neurons], (self.nir.LIF, self.nir.CubaLIF)):
            self.refuse(
                neurons,
                f"the weights {shown(weights)} must be followed by LIF or CubaLIF. Leave out a "
                "readout that does not spike, and connect the last LIF to the Output")
        return delay, weights, neurons

    def _next(self, name):
        """Return the only successor of a node with one incoming edge."""
        if len(self.after[name]) != 1 or len(self.before[name]) != 1:
            self.refuse(name, "one edge must lead to it and one away from it")
        return self.after[name][0]

    def _recurrent(self, pairs):
        """Return the recurrent weights of a layer."""
        ((delay, weights), *others) = pairs
        if delay or others:
            self.refuse(
                delay or others[0][1],
                "a layer's spikes may return only once, through one Linear or Affine and no Delay")
        return weights

    def numbers(self, name, attribute):
        """Return an attribute of a node as an array of finite real numbers."""
        try:
            array = as_numbers(
                getattr(self.nodes[name], attribute, None), f"{attribute} of {shown(name)}")
        except (TypeError, ValueError) as error:
            self.refuse(name, f"its {attribute} is not an array of numbers ({error})")
        if array.size == 0 or not np.isfinite(array).all():
            self.refuse(name, f"its {attribute} must hold finite numbers, at least one")
        return array

    def whole(self, name, attribute):
        """Return an attribute as a whole number, which rows and columns share."""
        values = self.numbers(name, attribute)
        if values.size > 2 or (values != values.flat[0]).any() or values.flat[0] % 1:
            self.refuse(
                name, f"its {attribute} must be one whole number, the same for rows and columns")
        return int(values.flat[0])

    def weights(self, name, shape, biased=False):
        """Return weights of shape (n_neurons, n_inputs), where None in `shape` allows any size.

        Only `biased` weights may have a bias.
        """
        array = self.numbers(name, "weight")
        if array.ndim != 2 or any(
                wanted not in (None, given)
                for wanted, given in zip(shape, array.shape, strict=True)):
            wanted = ", ".join("n" if n is None else str(n) for n in shape)
            self.refuse(
                name,
                f"its weight must have shape ({wanted}) to fit its neighbours, got {array.shape}")
        if not biased and isinstance(self.nodes[name], self.nir.Affine) and self.numbers(
                name, "bias").any():
            self.refuse(
                name,
                "its bias is a constant current. Move it to the Affine from the layer before")
        return array

    def _is_filter(self, name):
        return isinstance(self.nodes[name], self.nir.Conv2d)

    def convolution(self, names, shape):
        """Return the convolution of parallel nodes on inputs of a shape, or None of other nodes."""
        if not any(map(self._is_filter, names)):
            return None
        found = [self._convolution(name, shape) for name in names]
        for name, convolution in zip(names, found, strict=True):
            if convolution != found[0]:
                self.refuse(name, f"it must have the shape and stride of {shown(names[0])}")
        return found[0]

    def _convolution(self, name, shape):
        node = self.nodes[name]
        if not self._is_filter(name):
            self.refuse(name, "all connections to a layer must be Conv2d, or none")
        if len(shape) != 3:
            self.refuse(
                name, "it must follow an Input of shape (channels, rows, columns), or a Conv2d")
        weights = self.numbers(name, "weight")
        if weights.ndim != 4 or weights.shape[1] != shape[0] or (
                weights.shape[2] != weights.shape[3]):
            self.refuse(
                name,
                f"its weight must have shape (n_filters, {shape[0]}, size, size), got "
                f"{weights.shape}")
        if node.input_shape is not None and not np.array_equal(
                self.numbers(name, "input_shape"), shape[1:]):
            self.refuse(
                name, f"its input_shape must be {shape[1:]}, got {shown(node.input_shape)}")
        size, stride = weights.shape[2], self.whole(name, "stride")
        if isinstance(node.padding, (str, bytes)):
            padding = {
                "valid": 0, b"valid": 0, "same": size // 2, b"same": size // 2}.get(node.padding)
            if padding is None or (padding and (size % 2 == 0 or stride > 1)):
                self.refuse(
                    name, "its padding must be a number, 'valid', or 'same' with an odd size and a "
                    "stride of 1")
        else:
            padding = self.whole(name, "padding")
        if {self.whole(name, "dilation"), self.whole(name, "groups")} != {1}:
            self.refuse(name, "its dilation and groups must be 1")
        try:
            convolution = Convolution(len(weights), size, stride, padding)
        except (TypeError, ValueError) as error:
            self.refuse(name, f"skspike has no such layer ({error})")
        out = convolution.out_shape(*shape[1:])
        if max(math.prod(shape), len(weights) * math.prod(out)) > MAX_SIZE:
            self.refuse(name, f"it has more than {MAX_SIZE} inputs or neurons")
        if min(out) < 1:
            self.refuse(
                name, f"its filters of {size} x {size} are larger than its input of {shape[1]} x "
                f"{shape[2]}")
        return convolution

    def delay(self, name, shape, dt):
        """Return a delay in steps of `dt` seconds, 0 without a node."""
        if name is None:
            return 0
        steps = self.numbers(name, "delay").astype(float) / dt
        delay = round(min(max(steps.flat[0], 0), MAX_DELAY))
        is_whole = (np.abs(steps - delay) <= STEP_TOLERANCE).all()
        if steps.shape not in ((), (1,), shape) or not is_whole:
            self.refuse(
                name,
                f"its delay must be one whole number of steps of {1e3 * dt:g} ms for all "
                f"{math.prod(shape)} channels, and {MAX_DELAY} steps at most")
        return delay

    def shape(self, name, attribute, key, n_dims, wanted=None):
        """Return the shape of the Input or Output. Raise unless it has `n_dims`, or is wanted.

        A list of all neurons is accepted for a wanted shape.
        """
        given = getattr(self.nodes[name], attribute, None)
        shape = np.ravel(given[key]).tolist() if isinstance(given, dict) and key in given else []
        is_valid = all(isinstance(n, int) and n >= 1 for n in shape)
        accepted = (wanted, (math.prod(wanted),)) if wanted else (tuple(shape),)
        if not is_valid or tuple(shape) not in accepted or (not wanted and len(shape) != n_dims):
            sizes = wanted or (("n",) if n_dims == 1 else ("channels", "rows", "columns"))
            words = ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "")
            self.refuse(name, f"its shape must be ({words}), got {shown(shape)}")
        return tuple(shape)


def _members(graph, label):
    """Return the nodes and edges of a graph. Raise if they do not fit together."""
    try:
        nodes, edges = dict(graph.nodes), [(start, stop) for start, stop in graph.edges]
        unknown = {name for edge in edges for name in edge} - nodes.keys()
        named = all(isinstance(name, str) for name in nodes)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"from_nir needs nodes by name and edges as pairs of names, unlike in {label}: "
            f"{error}.") from error
    if not named:
        raise ValueError(
            f"from_nir needs names that are text, got {shown(list(nodes))} in {label}.")
    if unknown:
        raise ValueError(
            f"from_nir needs edges between nodes, got edges of the unknown nodes "
            f"{shown(sorted(unknown, key=str))} in {label}.")
    if len(set(edges)) < len(edges):
        twice = next(edge for edge in edges if edges.count(edge) > 1)
        raise ValueError(f"from_nir needs each edge once, got {shown(twice)} twice in {label}.")
    return nodes, edges


def _bypass(name, edges):
    """Return the edges after connecting the predecessors of a node to its successors."""
    stops = [stop for start, stop in edges if start == name and stop != name]
    joined = [
        edge for start, stop in edges if start != name
        for edge in ([(start, other) for other in stops] if stop == name else [(start, stop)])]
    return list(dict.fromkeys(joined))
