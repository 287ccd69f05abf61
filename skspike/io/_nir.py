"""Conversion of networks of `LIF` neurons to NIR and back.

NIR is the Neuromorphic Intermediate Representation. Its neurons are differential equations. Forward
Euler, with the current updated first, gives

    tau_syn dI/dt = -I + w_in S     I <- (1 - dt / tau_syn) I + (dt / tau_syn) w_in S
    tau dv/dt = -v + R I            v <- (1 - dt / tau) v + (dt / tau) R I

This is the neuron of this package, with a = 1 - dt / tau and b = 1 - dt / tau_syn, and weights
(dt / tau_syn) w_in (dt / tau) R times the weights of the graph. The float32 numbers of the
simulation are written as float64, and import recovers them exactly.
"""

import itertools
import math
from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._checks import DT_LIMITS, LARGEST, check_number, check_option, is_of_tables, to_bits
from .._networks import SNNTransformer, SpikingNetwork, fitted_transformer, layers_of
from .._utils import snapshot
from ..learning import Reservoir, Rule
from ..neurons import LIF
from ..simulation import Layer, layouts
from ._nir_graph import DECODER, STANDARDIZE, STEP_TOLERANCE, Structure, package
from ._nir_targets import SIMULATORS, obstacles

MAX_DECAY = 1000  # time constants per step, after which a float64 has decayed to 0


def to_nir(
        fitted: SpikingNetwork, *, dt: float | None = None,
        gain: Literal["weights", "neurons"] | None = None, target: str | None = None,
        decoder: bool = False) -> Any:
    """Convert a fitted network of LIF neurons to a NIR graph.

    The graph consists of Input, then Linear (Affine with a bias) and LIF for each layer (CubaLIF
    with `tau_syn`), then Output. It maps input spikes to the spikes of the last layer. A
    `skspike.Convolution` is a Conv2d and neurons of the shape (filters, rows, columns), and a
    Flatten precedes the next Linear. Each nonzero delay of the input is a Delay and a separate
    Linear or Conv2d. Recurrent weights are a Linear from a layer
    to itself. If the network standardises currents, the Affine "standardize" follows the Input.
    Forward Euler in steps of `dt` gives the same spikes as the network, unless currents are more
    than 5 deviations from their mean, because NIR cannot clip. The decoder of a classifier or
    regressor is left out, unless `decoder` is True.

    Parameters
    ----------
    fitted : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network. NIR cannot express other neurons, reset by subtraction, a refractory time,
        an encoder, constant currents, or rules whose neurons compete.
    dt : float or None, default=None
        Step of the simulation that will run the graph, in ms, from 1e-9 to 1e9. None takes the step
        of the network. Time constants and delays are written in seconds, as multiples of the step.
        Pass the step of the simulator if it is fixed. `target` sets it for snntorch (0.1 ms).
    gain : {"weights", "neurons"} or None, default=None
        Neurons of NIR multiply their input by dt / tau. This selects how to compensate it.
        "weights" multiplies the weights by tau / dt and sets the resistance to 1. "neurons" sets
        the resistance to tau / dt and keeps the weights. Both describe the same network, but some
        simulators read only one of them. None takes the one of the `target`, or "weights".
    target : {"snntorch", "norse", "spikingjelly"} or None, default=None
        Simulator that will run the graph. A network that it cannot hold is refused, with the
        parameters in question. Without this check, simulators ignore some parameters without an
        error. Weights and thresholds are divided by the thresholds, which are then all 1: the
        spikes are the same, apart from rounding.
    decoder : bool, default=False
        Whether the Affine "decoder" follows the last layer. Its outputs, summed over ``n_steps_``
        steps, are the logits of a classifier (one for each class) or the values of a regressor. The
        decoder must be linear in the spike counts, as ``readout="count"`` is.

    Returns
    -------
    graph : nir.NIRGraph
        The network. ``nir.write`` saves it to a file.

    Raises
    ------
    ImportError
        If nir is not installed.
    TypeError
        If `fitted` is not a network of this package.
    ValueError
        If the network is not fitted, or NIR or the target cannot express it.

    See Also
    --------
    from_nir : Convert back to a network.

    References
    ----------
    .. [1] J. E. Pedersen et al., "Neuromorphic intermediate representation: a unified instruction
        set for interoperable brain-inspired computing", Nature Communications 15, 8122, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.io import from_nir, to_nir
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> graph = to_nir(network)
    >>> list(graph.nodes)
    ['input', 'linear_0', 'lif_0', 'output']
    >>> np.array_equal(from_nir(graph).transform(X), network.transform(X))
    True
    """
    if not isinstance(fitted, SpikingNetwork):
        raise TypeError(
            f"to_nir expects a fitted SNNTransformer, SNNClassifier or SNNRegressor, got "
            f"{type(fitted).__name__}. Of a Pipeline, pass that step.")
    check_is_fitted(fitted, "weights_")
    fitted = snapshot(fitted)
    check_option(gain, "gain", ("weights", "neurons", None))
    check_option(target, "target", (*SIMULATORS, None))
    check_option(decoder, "decoder", (True, False))
    dt = check_number(dt, "dt", none=True, **DT_LIMITS)
    if target is not None:
        dt, gain = _settings_of(target, dt, gain)
    reason = _inexpressible(fitted, target) or (_nonlinear(fitted) if decoder else None)
    if reason:
        raise ValueError(f"to_nir cannot convert this {type(fitted).__name__}: {reason}.")
    dt = 1e-3 * (fitted.dt_ if dt is None else dt)
    return _graph(package(), fitted, dt, gain or "weights", target is not None, decoder)


def _settings_of(target, dt, gain):
    """Return the step and gain of a simulator, or raise if the user passes another one."""
    simulator = SIMULATORS[target]
    for name, given, wanted in (("dt", dt, simulator.dt), ("gain", gain, simulator.gain)):
        if None not in (given, wanted) and given != wanted:
            raise ValueError(
                f"target={target!r} needs {name}={wanted!r}, got {given!r}. Leave it out.")
    return simulator.dt or dt, simulator.gain


def _inexpressible(fitted, target):
    """Return why a graph or simulator cannot express a network, and the alternative, or None."""
    neuron, rule = fitted.neuron_, type(fitted.rule_)
    if type(neuron) is not LIF:
        return f"NIR has no neuron like {type(neuron).__name__}. Fit it with neuron='lif'"
    # whether something is in the way, and the reason with the alternative
    reasons = [
        (neuron.reset != "value",
         "neurons of NIR are reset to v_reset after a spike, not lowered by the threshold. Fit it "
         "with LIF(reset='value')"),
        (neuron.refractory > 0,
         "neurons of NIR have no refractory time. Fit it with LIF(refractory=0)"),
        (rule.run is not Rule.run,
         f"the neurons of a layer compete under {rule.__name__}, which NIR cannot express. Fit it "
         "with rule='surrogate'"),
        (fitted.encoder_ is not None,
         "NIR has no encoders. Encode the data with SpikeEncoder in a separate step, and fit the "
         "network on rasters"),
        (is_of_tables(fitted),
         "its input is constant currents, and an Input of NIR needs values over time. Fit it on "
         "rasters, such as the output of SpikeEncoder"),
        (fitted.convolutions_ and fitted.input_scale_ is not None,
         "it standardises currents, and NIR has no node that does so for images. Fit it with "
         "standardize=False"),
        (fitted.scales_samples_,
         "it scales each series by all of its values (standardize='sample', or chosen by 'auto'), "
         "and a graph runs step by step. Fit it with standardize=True")]
    found = [reason for is_met, reason in reasons if is_met]
    if found or target is None:
        return found[0] if found else None
    learned = () if rule is Reservoir else fitted.learn_intrinsic_
    return obstacles(target, neuron, layers_of(fitted), fitted.delay_steps_, learned)


def _nonlinear(fitted):
    """Return why a graph cannot hold the decoder, and the alternative, or None if it can."""
    if not hasattr(fitted, "decoder_coef_"):
        return "it has no decoder. Pass decoder=False"
    if fitted.readout_ is None:
        return (
            f"the decoder of {type(fitted.rule_).__name__} reads no spikes. Fit it with "
            "rule='surrogate' and readout='count', or pass decoder=False")
    filters = _filters(fitted)
    if (filters != filters[:, :1]).any():
        return (
            f"its readout {fitted.readout_} weights spikes by their time, and an Affine cannot. "
            "Fit it with readout='count', or pass decoder=False")
    return None


def _filters(fitted):
    return fitted.readout_.filters(fitted.n_steps_, fitted.dt_)


def _decoder(nir, fitted, n_neurons):
    """Return the node whose outputs, summed over the steps, are the outputs of the decoder."""
    gains = _filters(fitted)[:, 0]
    coef = fitted.decoder_coef_ / fitted.feature_scale_[:, None]
    offset = fitted.decoder_intercept_ - fitted.feature_mean_ @ coef
    if hasattr(fitted, "target_scale_"):
        coef = coef * fitted.target_scale_
        offset = offset * fitted.target_scale_ + fitted.target_mean_
    # all features of a neuron are its count times a number
    coef = np.einsum("f,nfo->on", gains, coef.reshape(n_neurons, len(gains), -1))
    return nir.Affine(coef, offset / fitted.n_steps_)


class _Chain:
    """Nodes and edges of a graph that grows from its Input, with the name and shape of its end."""

    def __init__(self, nir, shape):
        self.nir, self.end, self.shape = nir, "input", shape
        self.nodes, self.edges = {"input": nir.Input(np.array(shape))}, []

    def append(self, name, node):
        """Add a node after the end."""
        self.nodes[name] = node
        self.edges.append((self.end, name))
        self.end = name

    def flatten(self):
        """Let the neurons of a convolution become a list, in the order of their numbers."""
        if len(self.shape) == 3:
            shape = np.array(self.shape)
            self.append(
                "flatten", self.nir.Flatten({"input": shape}, start_dim=0, end_dim=-1))
            self.shape = (math.prod(self.shape),)


def _graph(nir, fitted, dt, gain, is_scaled, decoder):
    """Return the graph of a network for steps of `dt` seconds."""
    layers = layers_of(fitted)
    chain = _Chain(nir, fitted.image_shape_ or (layers[0].n_inputs // len(fitted.delay_steps_),))
    if fitted.input_scale_ is not None:
        chain.append(STANDARDIZE, _affine(nir, fitted.input_mean_, fitted.input_scale_))
    for k, layer in enumerate(layers):
        if len(layer.layout.out_shape) < len(chain.shape):
            chain.flatten()
        neurons, factor = _neurons(nir, fitted, layer, dt, gain, is_scaled)
        delays = [0.0] if k else [delay * dt for delay in fitted.delay_steps_]
        _connect(chain, k, layer, factor, delays)
        chain.end, chain.shape = f"lif_{k}", layer.layout.out_shape
        chain.nodes[chain.end] = neurons
        if layer.recurrent is not None:
            chain.nodes[f"recurrent_{k}"] = nir.Linear(factor[:, None] * layer.recurrent.T)
            chain.edges += [(chain.end, f"recurrent_{k}"), (f"recurrent_{k}", chain.end)]
    if decoder:
        chain.flatten()
        chain.append(DECODER, _decoder(nir, fitted, *chain.shape))
        chain.shape = chain.nodes[DECODER].bias.shape
    chain.append("output", nir.Output(np.array(chain.shape)))
    return nir.NIRGraph(chain.nodes, chain.edges)


def _connect(chain, k, layer, factor, delays):
    """Connect the end of a graph to the neurons of layer k, with one path per delay in seconds."""
    kind = f"linear_{k}" if len(chain.shape) == 1 else f"conv_{k}"
    parts = np.split(layer.weights, len(delays), axis=-2)
    for n, (delay, weights) in enumerate(zip(delays, parts, strict=True)):
        name = kind if len(delays) == 1 else f"{kind}_{n}"
        # a bias is not delayed, and enters once
        bias = None if n or layer.bias is None else factor * layer.bias
        chain.nodes[name] = _weights(chain.nir, layer, weights * factor, bias, chain.shape)
        path = [chain.end, name, f"lif_{k}"]
        if delay:
            path.insert(1, f"delay_{n}")
            chain.nodes[f"delay_{n}"] = chain.nir.Delay(np.full(chain.shape, delay))
        chain.edges += itertools.pairwise(path)


def _weights(nir, layer, weights, bias, shape):
    """Return the node of weights, which end in the axes of inputs and neurons or filters."""
    if len(shape) == 1:
        return nir.Linear(weights.T) if bias is None else nir.Affine(weights.T, bias)
    convolution = layer.layout.convolution
    return nir.Conv2d(
        shape[1:], np.ascontiguousarray(weights.transpose(3, 2, 0, 1)), convolution.stride,
        convolution.padding, dilation=1, groups=1,
        bias=np.zeros(convolution.n_filters) if bias is None else bias)


def _affine(nir, mean, scale):
    """Return the node that standardises currents. Constant channels have the gain 0."""
    gain = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    return nir.Affine(np.diag(gain), -mean * gain)


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


def _neurons(nir, fitted, layer, dt, gain, is_scaled):
    """Return the node of the neurons of a layer, and the factor of the weights that lead to it.

    `is_scaled` divides the potentials by the thresholds.
    """
    coefficients = fitted.neuron_.coefficient_table(layer.intrinsics, fitted.dt_)
    a, b, threshold, _, v_reset = coefficients.astype(np.float32).astype(float)
    tau = dt / _leak(a, coefficients[0])
    tau_syn = dt / _leak(b, coefficients[1])
    one = np.ones_like(a)
    unit = threshold if is_scaled else one
    in_neurons = gain == "neurons"
    values = {
        "v_leak": np.zeros_like(a), "v_threshold": threshold / unit, "v_reset": v_reset / unit,
        "r": tau / dt if in_neurons else one}
    kind, factor = nir.LIF, one if in_neurons else tau / dt
    if fitted.neuron_.tau_syn is None:
        values["tau"] = tau
    else:
        w_in = tau_syn / dt if in_neurons else one
        values |= {"tau_mem": tau, "tau_syn": tau_syn, "w_in": w_in}
        kind, factor = nir.CubaLIF, one if in_neurons else tau_syn / dt * (tau / dt)
    # a convolution has one value for each filter, and NIR one for each neuron
    shape = layer.layout.out_shape
    values = {
        name: np.broadcast_to(array.reshape(-1, *(1,) * (len(shape) - 1)), shape).copy()
        for name, array in values.items()}
    return kind(**values), factor / unit


def _leak(rounded, decay):
    """Return 1 - decay, from the decay rounded to float32 unless that is 1."""
    return np.where(rounded < 1, 1 - rounded, np.maximum(1 - decay, np.finfo(float).epsneg))


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
