"""Initial weights, readout and decoder, scaled on the data."""

import math
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeCV

from .._base import LARGEST, Array, kernel, map_threads
from ..simulation import HARD, NO_SPIKES, Layer, Network, SpikeFunction, groups
from ._centred_input import Centring
from ._decoder import SD_FLOOR, LinearDecoder, step_decays
from ._losses import EachStep
from ._rule import in_groups
from ._task import State, Task

# Initial standard deviation of the recurrent input, relative to the feed-forward input. With 0.5,
# recurrent layers were chaotic on slow currents: their gradients overflowed, and scores were lower.
RECURRENT_SHARE = 0.1
N_SAMPLES = 128  # samples to scale weights: the standard deviation is exact to a few percent
N_COUNTED = 256  # samples to standardise features: means are exact to a few percent of a spike
N_PIECES = 64  # rows for the moments of traces
MIN_RATE = 0.05  # spikes per time constant of the neuron whose trace gives the smallest scale
N_JUDGED, PENALTIES = 512, np.logspace(0, 4, 9)  # samples and ridge penalties to choose a readout


def initial_state(task: Task) -> State:
    """Return random weights, scaled on the data, and initial intrinsics.

    Without spikes, the margin ``(v - threshold) / threshold`` of each neuron has a standard
    deviation of about one, over time steps and samples, and over positions for the neurons of a
    filter of a `skspike.Convolution`. Recurrent weights are scaled in the same
    way to a standard deviation of a tenth, using the spikes that the layer emits without them.

    Parameters
    ----------
    task : Task
        Data, settings and random numbers.

    Returns
    -------
    state : State
        Layers without readout and decoder.

    See Also
    --------
    with_decoder : Adds readout and decoder.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Untouched(Rule):
    ...     name, requires_y = "untouched", False
    ...     def learn(self, task):
    ...         return Result(initial_state(task), task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> SNNTransformer(4, rule=Untouched(), random_state=0).fit(X).weights_[0].shape
    (10, 4)
    """
    settings, layers = task.settings, list[Layer]()
    rows, centring = np.sort(task.some_rows()[:N_SAMPLES]), None
    if settings.bias and task.inputs.is_raster:
        centring = Centring.of(
            task.inputs, rows, task.target.sample_weight, task.inputs.layouts[0])
    for layout, recurrent in zip(task.inputs.layouts, settings.recurrent, strict=True):
        weights, first = _random(task, layout.shape), None if layers else centring
        n_values = weights.shape[-1]  # neurons, or filters
        intrinsics = settings.neuron.initial(n_values, task.rng)
        bias = np.zeros(n_values, np.float32) if settings.bias else None
        layer = Layer(weights, intrinsics, bias=bias, layout=layout)
        if first is not None:
            layer = layer._replace(weights=first.scaled(weights))
        layer = layer._replace(weights=_scaled(task, rows, layers, layer))
        if first is not None:
            layer = layer._replace(bias=-first.current(layer.weights).astype(np.float32))
        if recurrent:
            own = Layer(_random(task, (layer.size, layer.size)), intrinsics, bias=bias)
            own = _scaled(task, rows, [*layers, layer], own)
            layer = layer._replace(recurrent=np.float32(RECURRENT_SHARE) * own)
        layers.append(layer)
    return State(layers, centring=centring)


def _random(task: Task, shape: tuple[int, ...]) -> Array:
    n_inputs = math.prod(shape[:-1])
    return task.rng.normal(0, 1 / np.sqrt(n_inputs), shape).astype(np.float32)


def _scaled(task: Task, rows: Array, previous: list[Layer], layer: Layer) -> Array:
    """Return weights that give margins a deviation of 1. Neurons without input keep theirs.

    The layer does not spike. The margins of a filter are those at all positions.
    """
    lower, last = task.network(previous) if previous else None, task.network([layer], NO_SPIKES)

    def moments(group: Array) -> tuple[int, Array, Array]:
        events = task.inputs.batch(group)
        m = last.margins(lower.spike_events(events) if lower else events)
        # step by step, because large temporary arrays take longer than the sums
        total, squares = np.zeros((2, m.shape[2]))
        for steps in m:
            values = steps.astype(float)
            total += values.sum(0)
            squares += (values * values).sum(0)
        return m.shape[0] * m.shape[1], total, squares

    parts = groups(lower or last, rows, task.inputs.lengths_of(rows))
    found = map_threads(moments, parts, task.settings.n_jobs)
    n, total, squares = (sum(terms) for terms in zip(*found, strict=True))
    n_positions, weights = layer.layout.n_positions, layer.weights
    n *= n_positions
    total, squares = (sums.reshape(-1, n_positions).sum(axis=1) for sums in (total, squares))
    sd = np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0))
    driven = sd > 1 / LARGEST
    return np.where(driven, weights / np.where(driven, sd, 1), weights).astype(np.float32)


def with_decoder(task: Task, state: State, spikes: SpikeFunction = HARD) -> State:
    """Return the state with a readout, and a decoder standardised on its features.

    The chosen candidate is the readout whose features have the smallest leave-one-out error in a
    ridge regression, under the weights of the state. Random weights are enough: the error shows
    whether the timing of spikes matters, and how many features the samples can support.

    Parameters
    ----------
    task : Task
        Data and settings. ``settings.readouts`` are the candidates.
    state : State
        The layers whose spikes are read.
    spikes : SpikeFunction
        Forward and backward behaviour at the threshold in learning. By default hard spikes.

    Returns
    -------
    state : State
        The same layers, with ``readout`` and ``decoder``. A state that has a decoder is returned
        unchanged.

    See Also
    --------
    initial_state : Draws the layers.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state, with_decoder
    >>> class Guess(Rule):
    ...     name, supports = "guess", ("readout",)
    ...     def learn(self, task):
    ...         state = with_decoder(task, initial_state(task))
    ...         return Result(state, task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(4, rule=Guess(), readout="count", random_state=0).fit(X, y)
    >>> network.decision_function(X).shape
    (20,)
    """
    if state.decoder is not None:
        return state
    if isinstance(task.target.loss, EachStep):
        (readout,) = task.settings.readouts
        network = task.network(state.layers, spikes, readout)
        return state._replace(decoder=step_decoder(task, network), readout=readout)
    rows = task.some_rows()
    judged, counted = _judged(task, rows), np.sort(rows[:N_COUNTED])
    readout, *others = task.settings.readouts
    if others and len(judged) > 1:  # leaving one sample out needs two
        readout = min(
            task.settings.readouts,
            key=lambda one: _error(task, task.network(state.layers, spikes, one), judged))
    features, units = features_of(task, task.network(state.layers, spikes, readout), counted)
    decoder = LinearDecoder.initial(features, task.target.n_outputs, task.rng, units)
    return state._replace(decoder=decoder, readout=readout)


def untrained_error(task: Task) -> float:
    """Return the smallest leave-one-out error of the candidate readouts on a random network."""
    layers = initial_state(task).layers
    judged = _judged(task, task.some_rows())
    if len(judged) < 2:
        return np.inf
    errors: list[float] = [
        _error(task, task.network(layers, readout=readout), judged)
        for readout in task.settings.readouts]
    return min(errors)


def _judged(task: Task, rows: Array) -> Array:
    """Return the first rows of positive weight, on which errors are estimated."""
    return np.sort(rows[task.target.sample_weight[rows] > 0][:N_JUDGED])


def features_of(task: Task, network: Network, rows: Array) -> tuple[Array, Array]:
    """Return the features of some samples, and their deviations relative to a spike count."""
    units = network.reading(int(task.inputs.lengths[rows].max())).deviations()
    features = in_groups(Network.features, network, task.inputs, rows, task.settings.n_jobs)
    return features, np.tile(units, network.size)


def _error(task: Task, network: Network, rows: Array) -> float:
    """Return the leave-one-out error of a ridge regression on the features of some samples.

    It is infinity if undefined: scikit-learn before 1.7 returns NaN for constant features.
    """
    features, units = features_of(task, network, rows)
    z = (features - features.mean(0)) / np.maximum(features.std(0), SD_FLOOR * units)
    error = -fitted_ridge(PENALTIES, z, *wanted_of(task, rows)).best_score_
    return error if np.isfinite(error) else np.inf


def wanted_of(task: Task, rows: Array) -> tuple[Array, Array]:
    """Return what a ridge regression should predict for some samples, and their weights."""
    target = task.target
    weight = target.sample_weight[rows]
    return target.loss.targets(target.y[rows]), weight / weight.mean()


def fitted_ridge(penalties: Array, z: Array, wanted: Array, weight: Array) -> Any:
    """Return a ridge regression with the penalty of lowest leave-one-out error.

    Errors and penalties are as for weights with mean 1.
    """
    with np.errstate(invalid="ignore"):  # constant features in old versions of scikit-learn
        return RidgeCV(penalties).fit(z, wanted, weight)


@kernel
def traces_of(raster: Any, decays: Any, x: Any) -> None:
    """Write the traces, (n_steps, n_neurons, n_taus), of a raster (n_neurons, n_steps)."""
    n_neurons, n_steps = raster.shape
    for t in range(n_steps):
        for h in range(n_neurons):
            for k in range(len(decays)):
                before = x[t - 1, h, k] if t else 0.0
                x[t, h, k] = decays[k] * before + raster[h, t]


def step_features(network: Network, task: Task, row: int) -> tuple[Array, Array]:
    """Return the traces of the known steps of a row, (n_known, n_features), and their targets."""
    target: Any = task.target
    raster = network.rasters(task.inputs.batch(np.array([row])))[0]
    decays = step_decays(network)
    x = np.empty((raster.shape[1], *raster.shape[:1], len(decays)))
    traces_of(raster, decays, x)
    y = target.y[row]
    known = target.loss.known(y[None])[0]
    return x.reshape(len(x), -1)[known], y[known]


def step_decoder(task: Task, network: Network) -> LinearDecoder:
    """Return a decoder standardised on the traces of known steps, with small coefficients.

    The scale has a lower bound: the deviation of the trace of a neuron with few spikes.
    """
    n_features, n = network.size * len(network.readout.taus), 0
    total, squares = np.zeros((2, n_features))
    for row in task.some_rows()[:N_PIECES]:
        x, _ = step_features(network, task, row)
        total += x.sum(axis=0)
        squares += (x * x).sum(axis=0)
        n += len(x)
    mean = total / max(n, 1)
    deviation = np.sqrt(np.maximum(squares / max(n, 1) - mean**2, 0))
    # a trace of r spikes per time constant has the variance r / 2
    scale = np.maximum(deviation, np.sqrt(MIN_RATE / 2))
    n_outputs = task.target.n_outputs
    coef = task.rng.normal(0, 0.1 / np.sqrt(n_features), (n_features, n_outputs))
    return LinearDecoder(coef, np.zeros(n_outputs), mean, scale)
