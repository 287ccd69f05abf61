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
from typing import Any, Literal, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._base import DT_LIMITS, check_number, check_option, is_of_tables, snapshot
from .._networks import SpikingNetwork, layers_of
from ..learning import Reservoir, Rule
from ..neurons import LIF
from ._nir_graph import DECODER, STANDARDIZE, package


class Simulator(NamedTuple):
    """Properties of the importer of a simulator.

    Parameters
    ----------
    gain : {"weights", "neurons"}
        Where it reads the gain of the neurons (see `to_nir`).
    dt : float or None, default=None
        Its step in ms, None if users pass the step to the importer.
    shared : tuple of str, default=()
        Intrinsics of which all neurons of a layer have the same value.
    recurrent : bool, default=True
        Whether it runs recurrent layers.
    """

    gain: str
    dt: float | None = None
    shared: tuple[str, ...] = ()
    recurrent: bool = True


# read from the importers of snntorch 1.0.0, norse 1.1.0 and spikingjelly 2.0.0. All of them reset
# to 0 and have no Delay. ``benchmarks/nir_simulators.py`` runs the graphs there.
SIMULATORS = {
    "snntorch": Simulator("neurons", dt=0.1, recurrent=False),
    "norse": Simulator("weights"),
    "spikingjelly": Simulator("neurons", shared=("tau_mem", "tau_syn"))}


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
    parts, changes = _obstacles(target, fitted)
    what, remedy = ", ".join(parts), " and ".join(changes)
    return f"{target} cannot hold {what}. Fit it with {remedy}" if parts else None


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
        # constant channels have the gain 0
        scale = fitted.input_scale_
        channel_gain = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
        chain.append(
            STANDARDIZE, nir.Affine(np.diag(channel_gain), -fitted.input_mean_ * channel_gain))
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


def _obstacles(target, fitted):
    """Return the parts of a network that a simulator cannot represent, and what to change."""
    simulator, layers = SIMULATORS[target], layers_of(fitted)
    learned = () if type(fitted.rule_) is Reservoir else fitted.learn_intrinsic_
    unfit = _unfit(simulator, fitted.neuron_, layers)
    kept = (*itertools.filterfalse(unfit.__contains__, learned),)
    values = ", ".join(f"{name}={value}" for name, (_, value) in unfit.items() if value)
    parts = [f"a {'learned ' * (name in learned)}{name} {fault}"
             for name, (fault, _) in unfit.items()]
    changes = [f"learn_intrinsic={kept or False}"] * (len(kept) < len(learned))
    changes += [f"LIF({values})"] * bool(values)
    if not simulator.recurrent and any(layer.recurrent is not None for layer in layers):
        parts.append("recurrent layers")
        changes.append("recurrent=False")
    if fitted.delay_steps_ != (0,):
        parts.append("delays")
        changes.append("delays=None")
    return parts, changes


def _unfit(simulator, neuron, layers):
    """Return what is wrong with intrinsics, and initial values that suit, or None if they do."""
    unfit = {}
    for name in simulator.shared:
        each = [layer.intrinsics[name] for layer in layers if name in layer.intrinsics]
        if any(np.ptp(values) > 0 for values in each):  # neurons of a layer
            initial = getattr(neuron, name)
            value = f"{np.mean(initial):g}" if np.size(initial) > 1 else None
            unfit[name] = "that differs between neurons", value
    if any(layer.intrinsics["v_reset"].any() for layer in layers):
        unfit["v_reset"] = "other than 0", "0.0" if np.any(neuron.v_reset) else None
    return unfit
