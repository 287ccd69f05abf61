"""Networks of `LIF` neurons to and from NIR, the Neuromorphic Intermediate Representation.

In NIR a neuron is a differential equation. Forward Euler, the current first, makes of it

    tau_syn dI/dt = -I + w_in S     I <- (1 - dt / tau_syn) I + (dt / tau_syn) w_in S
    tau dv/dt = -v + R I            v <- (1 - dt / tau) v + (dt / tau) R I

and that is what our neuron does, with a = 1 - dt / tau and b = 1 - dt / tau_syn, if the gain (dt /
tau_syn) w_in (dt / tau) R times the weights is our weights. What is written, in float64, is what
the simulation computes with, numbers of float32. On the way back each is found again: what the
rounding of float64 does to it is too little to reach another.
"""

from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._checks import DT, LARGEST, check_number, check_option
from .._utils import as_now
from ..learning import Rule
from ..neurons import LIF
from ..snn import SNNTransformer, SpikingNetwork, fitted_transformer, layers_of
from ._nir_graph import NEAR, Structure, package, refuse

NOTHING_LEFT = 1000  # time constants in a step after which nothing is left even in float64


def to_nir(
        fitted: SpikingNetwork, *, dt: float | None = None,
        gain: Literal["weights", "neurons"] = "weights") -> Any:
    """Return a fitted network of LIF neurons as a NIR graph.

    The graph is Input, then for each layer Linear and LIF, or CubaLIF if there is a `tau_syn`, then
    Output: spikes in, spikes of the last layer out. Each further delay of the input is a Delay and
    a Linear of its own, and recurrent weights are a Linear from a layer to itself. Forward Euler in
    steps of `dt` gives the spikes of the network. The readout of a classifier or regressor stays
    out.

    Parameters
    ----------
    fitted : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network. What NIR has no words for is refused: other neurons, reset by subtraction,
        a refractory time, an encoder, currents that stand still, and rules whose neurons compete.
    dt : float or None, default=None
        Length in ms, from 1e-9 to 1e9, of the steps in which the graph is to be run; None takes the
        network's own. Time constants and delays are written in seconds, as multiples of it. Some
        simulators have a fixed one: that of snntorch is 0.1 ms.
    gain : {"weights", "neurons"}, default="weights"
        Where to put the factor by which NIR's neurons weaken their input, dt / tau: "weights"
        multiplies the weights by tau / dt and leaves the resistance 1; "neurons" makes tau / dt the
        resistance and leaves the weights. Both say the same, but some simulators read only one.

    Returns
    -------
    graph : nir.NIRGraph
        The network; ``nir.write`` saves it.

    Raises
    ------
    ValueError
        If NIR cannot express the network.

    See Also
    --------
    from_nir : The way back.

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
            f"to_nir expects a fitted SNNTransformer or the like, got {type(fitted).__name__}; of "
            "a Pipeline take that step.")
    check_is_fitted(fitted, "weights_")
    fitted = as_now(fitted)
    check_option(gain, "gain", ("weights", "neurons"))
    dt = check_number(fitted.dt_ if dt is None else dt, "dt", **DT)
    if reason := _inexpressible(fitted):
        raise ValueError(f"to_nir cannot write this {type(fitted).__name__}: {reason}.")
    return _graph(package(), fitted, 1e-3 * dt, gain)


def _inexpressible(fitted):
    """Say what of a network NIR cannot express, and the way out; return None if there is nothing."""
    neuron = fitted.neuron_
    if type(neuron) is not LIF:
        return f"NIR has no neuron like {type(neuron).__name__}; fit it with neuron='lif'"
    if neuron.reset != "value":
        return (
            "NIR's neurons are set to v_reset after a spike, not lowered by the threshold; fit it "
            "with LIF(reset='value')")
    if neuron.refractory > 0:
        return "NIR's neurons have no refractory time; fit it with LIF(refractory=0)"
    if type(fitted.rule_).run is not Rule.run:
        rule = type(fitted.rule_).__name__
        return (
            f"under {rule} the neurons of a layer compete, which no node of NIR says; fit it with "
            "rule='surrogate'")
    if fitted.encoder_ is not None:
        return (
            "NIR has no encoders; encode the data in a step of its own, SpikeEncoder, and fit the "
            "network on its rasters")
    if fitted.n_dims_in_ == 2:
        return (
            "it takes constant currents, and an Input of NIR takes what changes in time; fit it on "
            "rasters, as SpikeEncoder makes them")
    return None


def _graph(nir, fitted, dt, gain):
    """Return the graph of a network that NIR can express, for steps of `dt` seconds."""
    size = len(fitted.weights_[0]) // len(fitted.taps_)
    nodes, edges, source = {"input": nir.Input(np.array([size]))}, [], "input"
    for k, layer in enumerate(layers_of(fitted)):
        neurons, factor = _neurons(nir, fitted, layer.intrinsics, dt, gain)
        taps = (0,) if k else fitted.taps_
        for n, (tap, weights) in enumerate(
                zip(taps, np.split(layer.weights, len(taps)), strict=True)):
            way = [source, f"linear_{k}" if len(taps) == 1 else f"linear_{k}_{n}", f"lif_{k}"]
            nodes[way[1]] = nir.Linear(factor[:, None] * weights.T)
            if tap:
                way.insert(1, f"delay_{n}")
                nodes[way[1]] = nir.Delay(np.full(size, tap * dt))
            edges += zip(way[:-1], way[1:], strict=True)
        source = f"lif_{k}"
        nodes[source] = neurons
        if layer.recurrent is not None:
            nodes[f"recurrent_{k}"] = nir.Linear(factor[:, None] * layer.recurrent.T)
            edges += [(source, f"recurrent_{k}"), (f"recurrent_{k}", source)]
        size = layer.weights.shape[1]
    nodes["output"] = nir.Output(np.array([size]))
    return nir.NIRGraph(nodes, [*edges, (source, "output")])


def _neurons(nir, fitted, intrinsics, dt, gain):
    """Return the node of a layer's neurons, and the factor of the weights that lead to them."""
    coefficients = fitted.neuron_.coefficient_table(intrinsics, fitted.dt_)
    a, b, theta, _, v_reset = coefficients.astype(np.float32).astype(float)
    tau = dt / _leak(a, coefficients[0])
    tau_syn = dt / _leak(b, coefficients[1])
    one = np.ones_like(a)
    kept = gain == "neurons"
    same = {
        "v_leak": np.zeros_like(a), "v_threshold": theta, "v_reset": v_reset,
        "r": tau / dt if kept else one}
    if fitted.neuron_.tau_syn is None:
        return nir.LIF(tau=tau, **same), one if kept else tau / dt
    neurons = nir.CubaLIF(tau_mem=tau, tau_syn=tau_syn, w_in=tau_syn / dt if kept else one, **same)
    return neurons, one if kept else tau_syn / dt * (tau / dt)


def _leak(rounded, decay):
    """Return 1 - decay: that of the number in float32, unless that is 1."""
    return np.where(rounded < 1, 1 - rounded, np.maximum(1 - decay, np.finfo(float).epsneg))


def from_nir(graph: Any, *, dt: float = 1.0) -> SNNTransformer:
    """Return the network of a NIR graph as a fitted transformer.

    The graph must be a chain: Input, then Linear or Affine and LIF or CubaLIF for each layer, then
    Output. Several Delays may lead from the Input, each to a Linear of its own, and a Linear from a
    layer to itself, also as a graph inside the graph, makes it recurrent. All else is refused:
    currents from a bias or ``v_leak``, other nodes, ways around a layer, thresholds that are not
    positive.

    Parameters
    ----------
    graph : nir.NIRGraph
        The network; ``nir.read`` reads one from a file. Its time constants and delays are taken as
        seconds.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9: that in which the network was trained, by forward
        Euler. No time constant may be shorter, and delays must be whole steps.

    Returns
    -------
    network : SNNTransformer
        Fitted, with ``rule=None`` and ``warm_start=True``: another `fit` keeps the weights. A clone
        has none of them.

    Raises
    ------
    ValueError
        If the network cannot be expressed, with the name and type of the node, or if numbers are
        missing or not finite.
    TypeError
        If it is no graph.

    See Also
    --------
    to_nir : The way there.

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> from skspike.io import from_nir
    >>> zero = np.zeros(2)
    >>> graph = nir.NIRGraph(
    ...     nodes={
    ...         "input": nir.Input(np.array([3])),
    ...         "weights": nir.Linear(np.ones((2, 3))),
    ...         "neurons": nir.LIF(tau=zero + 0.02, r=zero + 1, v_leak=zero, v_threshold=zero + 0.1, v_reset=zero),
    ...         "output": nir.Output(np.array([2])),
    ...     },
    ...     edges=[("input", "weights"), ("weights", "neurons"), ("neurons", "output")],
    ... )
    >>> from_nir(graph).transform([[[1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]]]).tolist()
    [[[0, 0, 1, 0], [0, 0, 1, 0]]]
    """
    dt = check_number(dt, "dt", **DT)
    found = Structure(graph)
    size = found.size(found.input, "input_type", "input")
    weights, recurrent, values, taps = [], [], [], (0,)
    for k, (name, ways, own) in enumerate(found.layers):
        if k == 0:
            taps = tuple(found.delay(delay, size, 1e-3 * dt) for delay, _ in ways)
            if len(set(taps)) < len(taps):
                refuse(
                    name, found.nodes[name],
                    "two ways from the Input to it have one delay; add up their weights")
        n_neurons = len(found.weights(ways[0][1], (None, size)))
        own_values, gain = _intrinsics(found, name, n_neurons, dt)
        parts = [found.weights(way, (n_neurons, size)) for _, way in ways]
        weights.append(_scaled(found, ways[0][1], np.concatenate(parts, axis=1), gain))
        recurrent.append(
            None if own is None
            else _scaled(found, own, found.weights(own, (n_neurons, n_neurons)), gain))
        values.append(own_values)
        size = n_neurons
    found.size(found.output, "output_type", "output", size)
    has_synapse = any(
        isinstance(found.nodes[layer.neurons], found.nir.CubaLIF) for layer in found.layers)
    intrinsics = {
        name: [layer[name] for layer in values]
        for name in values[0] if name != "tau_syn" or has_synapse}
    return fitted_transformer(_lif(intrinsics), weights, recurrent, intrinsics, taps, dt)


def _lif(intrinsics):
    """Return the neuron model of a network: a value where all neurons share it, or else the range."""
    ranges = {
        name: (float(np.min(np.hstack(arrays))), float(np.max(np.hstack(arrays))))
        for name, arrays in intrinsics.items()}
    given = {name: low if low == high else (low, high) for name, (low, high) in ranges.items()}
    return LIF(**given, **{f"{item.name}_bounds": "fixed" for item in LIF.intrinsics})


def _intrinsics(found, name, n_neurons, dt):
    """Return the intrinsics of a layer and the gain of what it is given."""
    node, seconds = found.nodes[name], 1e-3 * dt

    def values(attribute, low=-LARGEST):
        array = found.numbers(name, attribute)
        if array.shape not in ((), (1,), (n_neurons,)):
            refuse(name, node, f"its {attribute} has shape {array.shape}, and {n_neurons} neurons")
        if not (array.min() >= low and array.max() <= LARGEST):
            refuse(
                name, node,
                f"its {attribute} must lie within [{low:g}, {LARGEST:g}], got {array.min():g} to "
                f"{array.max():g}")
        return np.broadcast_to(array, n_neurons).astype(float)

    def decay(attribute):
        ratio = seconds / values(attribute, 1 / LARGEST)
        if ratio.max() > 1 + NEAR:
            shortest = 1e3 * seconds / ratio.max()
            refuse(
                name, node,
                f"its {attribute} of {shortest:g} ms is shorter than a step; take dt={shortest:g} "
                "or less")
        return np.minimum(ratio, 1)

    def time(ratio):
        with np.errstate(divide="ignore"):  # of what is gone after a step
            return dt / np.minimum(-np.log1p(-ratio), NOTHING_LEFT)

    if values("v_leak").any():
        refuse(
            name, node,
            "its v_leak is not 0, to which our membranes decay; subtract it from v_threshold and "
            "v_reset")
    cuba = isinstance(node, found.nir.CubaLIF)
    ratio = decay("tau_mem" if cuba else "tau")
    ratio_syn = decay("tau_syn") if cuba else np.ones(n_neurons)
    gain = ratio * values("r") * (ratio_syn * values("w_in") if cuba else 1)
    times = {"tau_mem": time(ratio), "tau_syn": time(ratio_syn)}
    return (
        {**times, "threshold": values("v_threshold", 1 / LARGEST), "v_reset": values("v_reset")},
        gain)


def _scaled(found, name, weights, gain):
    """Return weights times the gain of their neurons as ours, (n_inputs, n_neurons), in float32."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = weights.astype(float) * gain[:, None]
    if not np.abs(scaled).max() <= LARGEST:
        refuse(
            name, found.nodes[name],
            f"its weights move potentials by more than {LARGEST:g}, and neurons are simulated in "
            "float32")
    return np.ascontiguousarray(scaled.T, dtype=np.float32)
