"""Reading of NIR graphs: the chain of layers from the Input to the Output, and node attributes."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from .._base import as_numbers, optional, shown
from .._networks import MAX_DELAY
from ..simulation import Convolution

STANDARDIZE = "standardize"  # name of the Affine after the Input that standardises currents
DECODER = "decoder"  # name of the Affine before the Output that computes the outputs
MAX_SIZE = 2**22  # inputs and neurons of a convolution, which need not be in the file
STEP_TOLERANCE = 1e-6  # steps, the allowed difference from a whole number of steps


def package():
    """Import and return the package nir, which ``import skspike`` does not load."""
    with optional("nir", "nir", "the conversion of NIR graphs"):
        import nir
    return nir


class GraphLayer(NamedTuple):
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
        self.standardize = self._affine(STANDARDIZE, self.input, self.after, self.before)
        self.decoder = self._affine(DECODER, self.output, self.before, self.after)
        self.layers = self._chain(self.decoder or self.output)
        self.has_filters = self._is_filter(self.layers[0].inputs[0][1])
        used = {self.input, self.output, self.standardize, self.decoder}
        for neurons, inputs, recurrent in self.layers:
            used.update((neurons, recurrent), *inputs)
        for name in self.nodes.keys() - used:
            self.refuse(name, "it is on no path from the Input to the Output. Leave it out")

    def refuse(self, name, reason):
        """Raise for a node that skspike cannot express."""
        raise ValueError(
            f"from_nir cannot convert the node {shown(name)} of type "
            f"{type(self.nodes[name]).__name__}: {reason}.")

    def require(self, condition, name, reason):
        """Raise for a node unless it fulfils a condition."""
        if not condition:
            self.refuse(name, reason)

    def _flat(self, graph):
        """Store the nodes and return the edges. Replace nested graphs by their nodes and edges.

        Some packages write a recurrent layer as a graph inside the graph.
        """
        self.nodes, edges = _members(graph, "the graph")
        for name in _of_type(self.nir.NIRGraph, self.nodes):
            edges = self._inlined(name, edges)
        return edges

    def _inlined(self, name, edges):
        """Replace a nested graph by its nodes, and return the edges with those inside it."""
        nodes, inner_edges = _members(self.nodes[name], f"the graph {shown(name)}")
        nodes = {(name, key): node for key, node in nodes.items()}
        graphs, entries, exits = (
            _of_type(kind, nodes) for kind in (self.nir.NIRGraph, self.nir.Input, self.nir.Output))
        self.require(not graphs, name, "it contains another graph, and only one level is read")
        self.require(
            len(entries) == len(exits) == 1, name,
            "a graph inside the graph must have one Input and one Output")
        del self.nodes[name]
        self.nodes |= nodes
        # connect the edges of the graph to its Input and Output, and bypass these two
        edges = [
            (exits[0] if start == name else start, entries[0] if stop == name else stop)
            for start, stop in edges]
        edges += [((name, start), (name, stop)) for start, stop in inner_edges]
        return self._without(entries + exits, edges)

    def _without_flatten(self, edges):
        """Return edges without Flatten. Neurons of all shapes are numbered in C order."""
        names = _of_type(self.nir.Flatten, self.nodes)
        for name in names:
            dims = tuple(self.whole(name, attribute) for attribute in ("start_dim", "end_dim"))
            self.require(
                dims in ((0, -1), (1, -1), (0, 2), (1, 3)), name,
                "it must flatten all dimensions of the neurons: start_dim=0, end_dim=-1")
        return self._without(names, edges)

    def _without(self, names, edges):
        """Remove nodes, and return the edges after connecting their predecessors to successors."""
        for name in names:
            del self.nodes[name]
            stops = [stop for start, stop in edges if start == name and stop != name]
            joined = [
                edge for start, stop in edges if start != name for edge in (
                    [(start, other) for other in stops] if stop == name else [(start, stop)])]
            edges = list(dict.fromkeys(joined))
        return edges

    def _only(self, kind):
        """Return the name of the only node of a type."""
        names = _of_type(kind, self.nodes)
        if len(names) != 1:
            raise ValueError(f"from_nir needs a graph with one {kind.__name__}, got {len(names)}.")
        return names[0]

    def _affine(self, name, end, away, back):
        """Return the name of an Affine if it is the only neighbour of an end of the graph."""
        is_alone = away[end] == [name] and back[name] == [end]
        return name if is_alone and isinstance(self.nodes[name], self.nir.Affine) else None

    def _chain(self, end):
        """Return the layers, following the edges from the Input to the Output or decoder."""
        layers, seen, source = [], set(), self.standardize or self.input
        while True:
            following, recurrent = self._connections(source, end)
            if recurrent:
                layers[-1] = layers[-1]._replace(recurrent=self._recurrent(recurrent))
            is_last = end in self.after[source]
            is_alone = not following and self.before[end] == [source]
            if is_last and is_alone and layers:
                return layers
            self.require(
                not is_last and len(following) == 1, source,
                "its connections must all lead to one layer of neurons, or only to the Output")
            ((neurons, inputs),) = following.items()
            self.require(
                neurons not in seen, neurons,
                f"{shown(source)}, a later layer, leads back to it. Only a layer itself may")
            if layers:
                self.require(
                    len(inputs) == 1, neurons,
                    "two connections lead to it from the previous layer. Add up their weights")
                self.require(
                    inputs[0][0] is None, inputs[0][0],
                    "only the input may be delayed, not spikes between layers")
            layers.append(GraphLayer(neurons, inputs))
            seen.add(neurons)
            source = neurons

    def _connections(self, source, end):
        """Return delays and weights from a layer to others, by name, and those to itself."""
        following = {}
        for first in self.after[source]:
            if first != end:
                delay, weights, neurons = self._connection(first)
                following.setdefault(neurons, []).append((delay, weights))
        recurrent = following.pop(source, None)
        return following, recurrent

    def _connection(self, first):
        """Return the delay (or None), the weights and the neurons of the path from `first`."""
        delay, weights = None, first
        if isinstance(self.nodes[first], self.nir.Delay):
            delay, weights = first, self._next(first)
        self.require(
            isinstance(self.nodes[weights], (self.nir.Affine, self.nir.Linear, self.nir.Conv2d)),
            weights,
            "the Input or neurons must be followed by Linear, Affine or Conv2d, or by a Delay and "
            "one of these")
        neurons = self._next(weights)
        self.require(
            isinstance(self.nodes[neurons], (self.nir.LIF, self.nir.CubaLIF)), neurons,
            f"the weights {shown(weights)} must be followed by LIF or CubaLIF. Leave out a decoder "
            "that does not spike, and connect the last LIF to the Output")
        return delay, weights, neurons

    def _next(self, name):
        """Return the only successor of a node with one incoming edge."""
        self.require(
            len(self.after[name]) == len(self.before[name]) == 1, name,
            "one edge must lead to it and one away from it")
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
        self.require(
            array.size and np.isfinite(array).all(), name,
            f"its {attribute} must hold finite numbers, at least one")
        return array

    def whole(self, name, attribute):
        """Return an attribute as a whole number, which rows and columns share."""
        values = self.numbers(name, attribute)
        value = values.flat[0]
        self.require(
            values.size <= 2 and (values == value).all() and value % 1 == 0, name,
            f"its {attribute} must be one whole number, the same for rows and columns")
        return int(value)

    def weights(self, name, shape, biased=False):
        """Return weights of shape (n_neurons, n_inputs), where text in `shape` allows any size.

        Only `biased` weights may have a bias.
        """
        array = self.numbers(name, "weight")
        self.require(
            _fits(array.shape, shape), name,
            f"its weight must have shape {_written(shape)} to fit its neighbours, got "
            f"{array.shape}")
        if not biased and isinstance(self.nodes[name], self.nir.Affine):
            self.require(
                not self.numbers(name, "bias").any(), name,
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
            self.require(
                convolution == found[0], name,
                f"it must have the shape and stride of {shown(names[0])}")
        return found[0]

    def _convolution(self, name, shape):
        self.require(
            self._is_filter(name), name, "all connections to a layer must be Conv2d, or none")
        self.require(
            len(shape) == 3, name,
            "it must follow an Input of shape (channels, rows, columns), or a Conv2d")
        weights, given = self.numbers(name, "weight"), self.nodes[name].input_shape
        n_channels, *image = shape
        self.require(
            weights.ndim == 4 and weights.shape[1] == n_channels
            and weights.shape[2] == weights.shape[3], name,
            f"its weight must have shape (n_filters, {n_channels}, size, size), got "
            f"{weights.shape}")
        n_filters, _, size, _ = weights.shape
        self.require(
            given is None or np.array_equal(self.numbers(name, "input_shape"), image), name,
            f"its input_shape must be {tuple(image)}, got {shown(given)}")
        stride = self.whole(name, "stride")
        padding = self._padding(name, size, stride)
        self.require(
            self.whole(name, "dilation") == self.whole(name, "groups") == 1, name,
            "its dilation and groups must be 1")
        try:
            convolution = Convolution(n_filters, size, stride, padding)
        except (TypeError, ValueError) as error:
            self.refuse(name, f"skspike has no such layer ({error})")
        out = convolution.out_shape(*image)
        self.require(
            max(math.prod(shape), n_filters * math.prod(out)) <= MAX_SIZE, name,
            f"it has more than {MAX_SIZE} inputs or neurons")
        self.require(
            min(out) >= 1, name,
            f"its filters of {size} x {size} are larger than its input of {image[0]} x {image[1]}")
        return convolution

    def _padding(self, name, size, stride):
        """Return the number of added rows on each side, which nodes may give as a word."""
        word = self.nodes[name].padding
        if not isinstance(word, (str, bytes)):
            return self.whole(name, "padding")
        is_same = word in ("same", b"same") and (size == 1 or (size % 2 == 1 and stride <= 1))
        self.require(
            is_same or word in ("valid", b"valid"), name,
            "its padding must be a number, 'valid', or 'same' with an odd size and a stride of 1")
        return size // 2 if is_same else 0

    def delay(self, name, shape, dt):
        """Return a delay in steps of `dt` seconds, 0 without a node."""
        if name is None:
            return 0
        steps = self.numbers(name, "delay").astype(float) / dt
        delay = round(min(max(steps.flat[0], 0), MAX_DELAY))
        is_whole = (np.abs(steps - delay) <= STEP_TOLERANCE).all()
        self.require(
            steps.shape in ((), (1,), shape) and is_whole, name,
            f"its delay must be one whole number of steps of {1e3 * dt:g} ms for all "
            f"{math.prod(shape)} channels, and {MAX_DELAY} steps at most")
        return delay

    def shape(self, name, attribute, key, wanted):
        """Return the shape of the Input or Output. In `wanted`, text allows any size.

        A list of all neurons is accepted for sizes that are numbers.
        """
        given = getattr(self.nodes[name], attribute, None)
        is_there = isinstance(given, dict) and key in given
        shape = tuple(np.ravel(given[key]).tolist()) if is_there else ()
        is_list = isinstance(wanted[0], int) and shape == (math.prod(wanted),)
        self.require(
            all(isinstance(n, int) and n >= 1 for n in shape)
            and (is_list or _fits(shape, wanted)), name,
            f"its shape must be {_written(wanted)}, got {shown(list(shape))}")
        return shape


def _of_type(kind, nodes):
    """Return the names of the nodes of a type."""
    return [name for name, node in nodes.items() if isinstance(node, kind)]


def _fits(shape, wanted):
    """Return whether an array has the wanted shape, where text allows any size."""
    return len(shape) == len(wanted) and all(
        isinstance(size, str) or n == size for n, size in zip(shape, wanted, strict=True))


def _written(shape):
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def _members(graph, label):
    """Return the nodes and edges of a graph, which may not have been checked by nir."""
    try:
        nodes, edges = dict(graph.nodes), [(start, stop) for start, stop in graph.edges]
        unknown = set(itertools.chain(*edges)) - nodes.keys()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"from_nir needs nodes by name and edges as pairs of names, unlike in {label}: "
            f"{error}.") from error
    if unknown or len(set(edges)) < len(edges):
        raise ValueError(
            f"from_nir needs different edges between nodes, got edges of the unknown nodes "
            f"{shown(sorted(unknown, key=str))}, or an edge twice, in {label}.")
    return nodes, edges
