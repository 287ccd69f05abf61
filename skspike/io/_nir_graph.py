"""What stands in a NIR graph: which nodes make a layer, which layer follows, and the numbers of a node."""

from typing import NamedTuple

import numpy as np

from .._checks import as_numbers, shown
from ..snn import LONGEST

NEAR = 1e-6  # of a step, how near to whole ones times must be


def package():
    """Return the package nir; importing skspike must not load it."""
    try:
        import nir
    except ImportError as error:
        raise ImportError('NIR graphs need the package nir, which is not installed: pip install "skspike[nir]"') from error
    return nir


def refuse(name, node, reason):
    """Raise for a node that no network of ours can express."""
    raise ValueError(
        f"from_nir cannot express the node {shown(name)} of type {type(node).__name__}: {reason}.")


class Found(NamedTuple):
    """The names of the nodes of a layer: its neurons, the pairs of delay (or None) and weights that lead there, and recurrent weights."""

    neurons: str
    ways: list
    recurrent: str | None = None


class Structure:
    """The nodes of a graph, by name, and its `layers`, from the input on; raise unless all of it is one chain of layers."""

    def __init__(self, graph):
        self.nir = nir = package()
        if not isinstance(graph, nir.NIRGraph):
            raise TypeError(
                f"from_nir expects a nir.NIRGraph, got {type(graph).__name__}; read a file with "
                "nir.read first.")
        self.nodes, edges = self._flat(graph)
        self.after = {name: [] for name in self.nodes}
        self.before = {name: [] for name in self.nodes}
        for start, stop in edges:
            self.after[start].append(stop)
            self.before[stop].append(start)
        self.input, self.output = self._only(nir.Input), self._only(nir.Output)
        for name in self.before[self.input] + self.after[self.output]:
            refuse(
                name, self.nodes[name],
                "no edge may lead to the Input, and none away from the Output")
        self.layers = self._chain()
        used = {self.input, self.output}
        for neurons, ways, recurrent in self.layers:
            used |= {neurons, recurrent, *(name for way in ways for name in way)}
        for name in self.nodes.keys() - used:
            refuse(
                name, self.nodes[name],
                "it lies on no way from the Input to the Output; leave it out")

    def _flat(self, graph):
        """Return the nodes by name and the edges, those of graphs inside the graph (as of recurrent layers) put in their places."""
        nodes, edges = _members(graph, "the graph")
        for name in [name for name, node in nodes.items() if isinstance(node, self.nir.NIRGraph)]:
            inside, inner = _members(nodes[name], f"the graph {shown(name)}")
            if any(isinstance(node, self.nir.NIRGraph) for node in inside.values()):
                refuse(
                    name, nodes[name], "it holds graphs that lie inside it; only one level is read")
            doors = [
                [key for key, node in inside.items() if isinstance(node, kind)]
                for kind in (self.nir.Input, self.nir.Output)]
            if [len(door) for door in doors] != [1, 1]:
                refuse(
                    name, nodes[name],
                    "a graph inside the graph must have one Input and one Output")
            del nodes[name]
            nodes |= {(name, key): node for key, node in inside.items()}
            ((entry,), (leave,)) = doors
            edges = [
                ((name, leave) if a == name else a, (name, entry) if b == name else b)
                for a, b in edges]
            edges += [((name, a), (name, b)) for a, b in inner]
            for key in (entry, leave):
                edges = _without((name, key), edges)
                del nodes[name, key]
        return nodes, edges

    def _only(self, kind):
        names = [name for name, node in self.nodes.items() if isinstance(node, kind)]
        if len(names) != 1:
            raise ValueError(f"from_nir needs a graph with one {kind.__name__}, got {len(names)}.")
        return names[0]

    def _chain(self):
        layers, source = [], self.input
        while True:
            forward, own, last = {}, [], False
            for first in self.after[source]:
                if first == self.output:
                    last = True
                else:
                    delay, weights, neurons = self._way(first)
                    (own if neurons == source else forward.setdefault(neurons, [])).append(
                        (delay, weights))
            if own:
                layers[-1] = layers[-1]._replace(recurrent=self._recurrent(own))
            if last and layers and not forward and self.before[self.output] == [source]:
                return layers
            if last or len(forward) != 1:
                refuse(
                    source, self.nodes[source],
                    "its ways must all lead to one layer of neurons, or it alone to the Output")
            ((neurons, ways),) = forward.items()
            if any(layer.neurons == neurons for layer in layers):
                refuse(
                    neurons, self.nodes[neurons],
                    f"{shown(source)}, a later layer, leads back to it; only a layer's own spikes "
                    "may")
            if layers and len(ways) > 1:
                refuse(
                    neurons, self.nodes[neurons],
                    "two ways lead to it from the layer before; add up their weights")
            if layers and ways[0][0]:
                refuse(
                    ways[0][0], self.nodes[ways[0][0]],
                    "only the input may be delayed, not spikes between layers")
            layers.append(Found(neurons, ways))
            source = neurons

    def _way(self, first):
        """Return the names of delay (or None), weights and neurons on the way that begins with a node."""
        delay, weights = (first, self._next(first)) if isinstance(
            self.nodes[first], self.nir.Delay) else (None, first)
        if not isinstance(self.nodes[weights], (self.nir.Affine, self.nir.Linear)):
            refuse(
                weights, self.nodes[weights],
                "after the Input or spikes, Linear or Affine must come, or one Delay and then "
                "these")
        neurons = self._next(weights)
        if not isinstance(self.nodes[neurons], (self.nir.LIF, self.nir.CubaLIF)):
            way = (
                "; a readout that does not spike is to be left out: let the last LIF lead to the "
                "Output")
            refuse(
                neurons, self.nodes[neurons],
                f"after the weights {shown(weights)} there must be LIF or CubaLIF{way}")
        return delay, weights, neurons

    def _next(self, name):
        if len(self.after[name]) != 1 or len(self.before[name]) != 1:
            refuse(name, self.nodes[name], "one edge must lead to it and one away")
        return self.after[name][0]

    def _recurrent(self, own):
        ((delay, weights), *more) = own
        if delay or more:
            name = delay or more[0][1]
            refuse(
                name, self.nodes[name],
                "a layer's spikes come back once, through one Linear or Affine and no Delay")
        return weights

    def numbers(self, name, attribute):
        """Return an attribute of a node as an array of real, finite numbers."""
        node = self.nodes[name]
        try:
            array = as_numbers(getattr(node, attribute, None), f"{attribute} of {shown(name)}")
        except (TypeError, ValueError) as error:
            refuse(name, node, f"its {attribute} is no array of numbers ({error})")
        if array.size == 0 or not np.isfinite(array).all():
            refuse(name, node, f"its {attribute} must hold finite numbers, and one at least")
        return array

    def weights(self, name, shape):
        """Return the weights of a node, (n_neurons, n_inputs); None in `shape` may be any number."""
        node, array = self.nodes[name], self.numbers(name, "weight")
        if array.ndim != 2 or any(
                wanted not in (None, given)
                for wanted, given in zip(shape, array.shape, strict=True)):
            wanted = ", ".join("n" if n is None else str(n) for n in shape)
            refuse(
                name, node,
                f"its weight must have shape ({wanted}) to fit its neighbours, got {array.shape}")
        if isinstance(node, self.nir.Affine) and self.numbers(name, "bias").any():
            way = "train without one, or add an input that always spikes"
            refuse(name, node, f"its bias is a constant current, which spikes cannot give; {way}")
        return array

    def delay(self, name, size, dt):
        """Return a delay in steps of `dt` seconds; without a node there is none."""
        if name is None:
            return 0
        steps = self.numbers(name, "delay").astype(float) / dt
        tap = round(min(max(steps.flat[0], 0), LONGEST))
        if steps.shape not in ((), (1,), (size,)) or not (np.abs(steps - tap) <= NEAR).all():
            whole = (
                f"one whole number of steps of {1e3 * dt:g} ms for all {size} channels, {LONGEST} "
                "at most")
            refuse(name, self.nodes[name], f"its delay must be {whole}")
        return tap

    def size(self, name, attribute, key, wanted=None):
        """Return the size of what a graph takes or returns; raise unless it is flat, and of the size wanted."""
        given = getattr(self.nodes[name], attribute, None)
        shape = np.ravel(given[key]).tolist() if isinstance(given, dict) and key in given else None
        if shape is None or len(shape) != 1 or not isinstance(
                shape[0], int) or shape[0] < 1 or wanted not in (None, *shape):
            refuse(
                name, self.nodes[name],
                f"its shape must be ({'n' if wanted is None else wanted},), got {shown(shape)}")
        return shape[0]


def _members(graph, what):
    """Return the nodes and edges of a graph, or raise if they do not fit together."""
    try:
        nodes, edges = dict(graph.nodes), [(start, stop) for start, stop in graph.edges]
        unknown = {name for edge in edges for name in edge} - nodes.keys()
        named = all(isinstance(name, str) for name in nodes)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"from_nir needs nodes by name and edges as pairs of names, which {what} has not: "
            f"{error}.") from error
    if not named:
        raise ValueError(
            f"from_nir needs names that are text, and those in {what} are {shown(list(nodes))}.")
    if unknown:
        raise ValueError(
            f"{what} has edges from or to {shown(sorted(unknown, key=str))}, and no such node.")
    if len(set(edges)) < len(edges):
        raise ValueError(
            f"{what} has an edge twice: "
            f"{shown(next(edge for edge in edges if edges.count(edge) > 1))}; name it once.")
    return nodes, edges


def _without(name, edges):
    """Return the edges with those through a node that only passes on made into one each."""
    stops = [b for a, b in edges if a == name and b != name]
    return list(
        dict.fromkeys(
            edge for a, b in edges if a != name
            for edge in ([(a, stop) for stop in stops] if b == name else [(a, b)])))
