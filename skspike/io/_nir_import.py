"""Conversion of NIR graphs to networks of `LIF` neurons."""

import math
from typing import Any

import numpy as np

from .._base import DT_LIMITS, LARGEST, check_number, check_option, to_bits
from .._networks import SNNTransformer, fitted_transformer
from ..neurons import LIF
from ..simulation import Layer, layouts
from ._nir_graph import STEP_TOLERANCE, Structure

MAX_DECAY = 1000  # time constants per step, after which a float64 has decayed to 0


def from_nir(graph: Any, *, dt: float = 1.0, currents: bool = False) -> SNNTransformer:
    """Convert a NIR graph to a fitted transformer.

    The graph must be a chain: Input, then Linear, Affine or Conv2d and LIF or CubaLIF for each
    layer, then Output. A Conv2d becomes a `skspike.Convolution`. The Input may lead to several
    Delays, each with a separate Linear or Conv2d. A Linear from a layer to itself makes the layer
    recurrent. It may be inside a nested graph. An Affine with the name
    "standardize" after the Input, as `to_nir` writes it, standardises currents. An Affine with the
    name "decoder" before the Output is left out: the network returns the spikes before it. All
    other graphs are refused, such as graphs with a ``v_leak`` or a recurrent bias, other types of
    nodes, connections that skip a layer, or thresholds that are not positive.

    Parameters
    ----------
    graph : nir.NIRGraph
        The network, for example from ``nir.read``. Its time constants and delays are in
        seconds.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9. Pass the step that was used to train the network
        with forward Euler. No time constant may be shorter than a step, and delays must be whole
        numbers of steps.
    currents : bool, default=False
        Whether the input is series of currents. False: the input is spikes, unless the graph
        standardises it. Streams and exported C refuse the other kind.

    Returns
    -------
    network : SNNTransformer
        A fitted network with ``rule=None`` and ``warm_start=True``, so that another `fit` keeps the
        weights. A clone is not fitted.

    Raises
    ------
    ImportError
        If nir is not installed.
    TypeError
        If `graph` is not a NIR graph.
    ValueError
        If skspike cannot express the network, or a number is missing or not finite. The message has
        the name and type of the node.

    See Also
    --------
    to_nir : Convert a network to a graph.

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> from skspike.io import from_nir
    >>> zero, one = np.zeros(2), np.ones(2)
    >>> lif = nir.LIF(tau=0.02 * one, r=one, v_leak=zero, v_threshold=0.1 * one, v_reset=zero)
    >>> graph = nir.NIRGraph(
    ...     nodes={
    ...         "input": nir.Input(np.array([3])),
    ...         "weights": nir.Linear(np.ones((2, 3))),
    ...         "neurons": lif,
    ...         "output": nir.Output(np.array([2])),
    ...     },
    ...     edges=[("input", "weights"), ("weights", "neurons"), ("neurons", "output")],
    ... )
    >>> from_nir(graph).transform([[[1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]]]).tolist()
    [[[0, 0, 1, 0], [0, 0, 1, 0]]]
    """
    dt = check_number(dt, "dt", **DT_LIMITS)
    check_option(currents, "currents", (True, False))
    graph = Structure(graph)
    wanted = ("channels", "rows", "columns") if graph.has_filters else ("n",)
    shape = graph.shape(graph.input, "input_type", "input", wanted)
    image_shape = shape if graph.has_filters else None
    mean, scale = _moments(graph, math.prod(shape))
    values: list[Any] = []
    sizes, given = (), shape
    for nodes in graph.layers:
        found, shape, size = _layer(graph, nodes, shape, dt)
        values, sizes = [*values, found], (*sizes, size)
    delays = _delays(graph, given, dt)
    if graph.decoder is not None:
        shape = len(graph.weights(graph.decoder, ("n", math.prod(shape)), biased=True)),
    graph.shape(graph.output, "output_type", "output", shape)
    layers = [
        Layer(weights, intrinsics, own, bias, layout)
        for (weights, intrinsics, own, bias), layout in zip(
            values, layouts(sizes, given, len(delays)), strict=True)]
    return fitted_transformer(
        _lif(graph, layers), layers, delays, dt, mean, scale, image_shape, currents)


def _delays(graph, shape, dt):
    """Return the delays of the input in steps."""
    first = graph.layers[0]
    delays = tuple(graph.delay(delay, shape, 1e-3 * dt) for delay, _ in first.inputs)
    graph.require(
        len(set(delays)) == len(delays), first.neurons,
        "two connections from the Input have the same delay. Add up their weights")
    return delays


def _layer(graph, nodes, shape, dt):
    """Return the values of a layer with inputs of a shape, its shape, and its parameter."""
    names = [weights for _, weights in nodes.inputs]
    convolution = graph.convolution(names, shape)
    if convolution is None:
        size = math.prod(shape)
        n = len(graph.weights(names[0], ("n", size), biased=True))
        parts, shape = [graph.weights(name, (n, size), biased=True) for name in names], (n,)
    else:
        parts = [graph.numbers(name, "weight") for name in names]
        shape = convolution.n_filters, *convolution.out_shape(*shape[1:])
    values, gain = _intrinsics(graph, nodes.neurons, shape, dt)
    weights, own = _scaled(graph, names[0], np.concatenate(parts, axis=1), gain), None
    if nodes.recurrent is not None:
        graph.require(
            convolution is None, nodes.recurrent,
            "a layer of shared weights cannot be recurrent in skspike")
        own = _scaled(graph, nodes.recurrent, graph.weights(nodes.recurrent, shape * 2), gain)
    return (weights, values, own, _bias(graph, names, gain)), shape, convolution or shape[0]


def _lif(graph, layers):
    """Return a LIF neuron, with one value per intrinsic if all neurons share it, or a range."""
    names = set(layers[0].intrinsics)
    if not any(isinstance(graph.nodes[layer.neurons], graph.nir.CubaLIF) for layer in graph.layers):
        names.remove("tau_syn")
    parameters = {}
    for name in names:
        values = np.hstack([layer.intrinsics[name] for layer in layers])
        low, high = float(values.min()), float(values.max())
        parameters[name] = low if low == high else (low, high)
    return LIF(**parameters, **{f"{item.name}_bounds": "fixed" for item in LIF.intrinsics})


def _intrinsics(graph, name, shape, dt):
    """Return the intrinsics of a layer of neurons or filters, and the gain of its input."""
    def values(attribute, low=-LARGEST):
        array = graph.numbers(name, attribute)
        graph.require(
            array.shape in ((), (1,), shape), name,
            f"its {attribute} has shape {array.shape}, but there are {math.prod(shape)} neurons"
            + (f" of shape {shape}" if len(shape) > 1 else ""))
        graph.require(
            array.min() >= low and array.max() <= LARGEST, name,
            f"its {attribute} must lie within [{low:g}, {LARGEST:g}], got {array.min():g} to "
            f"{array.max():g}")
        array = np.broadcast_to(array, shape).reshape(shape[0], -1).astype(float)
        graph.require(
            (array == array[:, :1]).all(), name,
            f"its {attribute} differs between positions, whose neurons share the value of their "
            "filter")
        return array[:, 0]

    def leak(attribute):
        """Return the fraction dt / tau that is lost in a step."""
        ratio = 1e-3 * dt / values(attribute, 1 / LARGEST)
        shortest = dt / ratio.max()
        graph.require(
            ratio.max() <= 1 + STEP_TOLERANCE, name,
            f"its {attribute} of {shortest:g} ms is shorter than a step. Take dt={shortest:g} or "
            "less")
        return np.minimum(ratio, 1)

    def time_constant(leak):
        """Return the time constant in ms of an exponential decay with the same leak."""
        with np.errstate(divide="ignore"):  # a leak of 1 decays to 0 in one step
            return dt / np.minimum(-np.log1p(-leak), MAX_DECAY)

    graph.require(
        not values("v_leak").any(), name,
        "its v_leak is not 0, but membranes of skspike decay to 0. Subtract v_leak from "
        "v_threshold and v_reset")
    is_cuba = isinstance(graph.nodes[name], graph.nir.CubaLIF)
    leak_mem = leak("tau_mem" if is_cuba else "tau")
    leak_syn = leak("tau_syn") if is_cuba else np.ones(shape[0])
    gain = leak_mem * values("r") * (leak_syn * values("w_in") if is_cuba else 1)
    intrinsics = {
        "tau_mem": time_constant(leak_mem), "tau_syn": time_constant(leak_syn),
        "threshold": values("v_threshold", 1 / LARGEST), "v_reset": values("v_reset")}
    return intrinsics, gain


def _bias(graph, linears, gain):
    """Return the constant current of each neuron, summed over parallel nodes, or None without."""
    total = np.zeros((len(gain), 1))
    for linear in linears:
        if isinstance(graph.nodes[linear], (graph.nir.Affine, graph.nir.Conv2d)):
            bias = graph.numbers(linear, "bias")
            graph.require(
                bias.shape == gain.shape, linear,
                f"its bias must have shape ({len(gain)},), one for each neuron, got {bias.shape}")
            total += bias[:, None]
    return _scaled(graph, linears[0], total, gain)[0] if total.any() else None


def _scaled(graph, name, weights, gain):
    """Return weights (n_neurons, n_inputs, ...) times the gain of their neurons, in float32.

    The result ends in the axes of inputs and neurons.
    """
    axes = *range(2, weights.ndim), 1, 0
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = weights.astype(float).transpose(axes) * gain
    graph.require(
        np.abs(scaled).max() <= LARGEST, name,
        f"its weights change potentials by more than {LARGEST:g}, too much for the simulation in "
        "float32")
    return np.ascontiguousarray(scaled, dtype=np.float32)


def _moments(graph, n):
    """Return mean and scale of each of `n` channels, or None without standardised currents."""
    name = graph.standardize
    if name is None:
        return None, None
    weights, offset = graph.weights(name, (n, n), biased=True), graph.numbers(name, "bias")
    gain = np.diagonal(weights).astype(float)
    is_diagonal = offset.shape == (n,) and (weights == np.diag(gain)).all() and (gain >= 0).all()
    graph.require(
        is_diagonal, name,
        "it must scale each channel separately: a diagonal weight >= 0, and one bias for each "
        "channel, as to_nir writes it. Rename other nodes")
    with np.errstate(over="ignore", invalid="ignore"):  # checked below
        scale = to_bits(np.divide(1, gain, out=np.zeros(n), where=gain > 0))
        mean = to_bits(-offset * scale)
    graph.require(np.isfinite([scale, mean]).all(), name, "its mean or scale is too large")
    return mean, scale
