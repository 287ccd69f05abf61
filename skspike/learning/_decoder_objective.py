"""Objective of gradient learning: the loss of a decoder, with penalties on weights and spikes."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._base import Array, kernel, map_threads, no_arrays
from ..simulation import (
    BUDGET, WIDTH, Events, Layer, Network, OneLayer, SpikeFunction, Trace, aligned, chunks, groups,
    to_lanes)
from ._centred_input import Centring
from ._decoder import Decoding, StepDecoding, mean_coefficients, step_decays
from ._intrinsics import LearnedIntrinsics, learned_intrinsics
from ._losses import EachStep
from ._rule import in_groups
from ._solvers import Parameters, add_penalty, zeros_like
from ._task import Settings, State, Task
from ._training import Objective, Sums

LEARNED = "weights", "recurrent", "bias"  # of a layer


class DecoderSums(Sums):
    """Loss and gradients of a decoder and its network, summed over the samples of a chunk.

    `forward` and `backward` run samples through all layers.
    """

    def __init__(self, network: Network, decoding: Decoding):
        super().__init__(network)
        self.network = network
        self.dcoef = np.zeros(decoding.coef.shape)
        self.dintercept = np.zeros(decoding.intercept.shape)

    def forward(self, events: Events, bounds: Array) -> tuple[Any, Array]:
        """Return what `backward` needs, and the spike counts of the last layer in panels."""
        traces = self.network.forward(events, bounds=bounds)
        counts = traces[-1].counts
        return traces, to_lanes(counts).reshape(*counts.shape[:2], -1)

    def arrays(self, decoding: Decoding, shape: tuple[int, ...]) -> Any:
        """Return the arrays of a decoding for counts of a shape."""
        return decoding.arrays(shape, self.network.dtype)

    def backward(self, traces: Any, dspikes: Array, cost: Array | None) -> None:
        """Add the gradients of the layers, from those of the counts and the cost of a spike."""
        self.network.accumulate(traces, dspikes, self.layers, cost)

    def write(
            self, k: int, n: int, centring: Centring | None, weights: Array,
            recurrent: Array | None, bias: Array | None) -> Array:
        """Write the gradients of a layer, divided by n. Return those of its coefficients."""
        network = self.network
        dweights, table, drecurrent, dbias = network.gradients_of(
            network.layers[k], self.layers[k])
        if centring:
            dweights, dbias = centring.gradients(dweights, dbias)
        for out, grad in (weights, dweights), (recurrent, drecurrent), (bias, dbias):
            if out is not None:
                np.divide(grad, n, out, casting="same_kind")
        return np.asarray(table)


class OneLayerSums(DecoderSums):
    """The same for a network that `OneLayer` runs. Its arrays are made once and used again.

    A small batch would take longer to prepare than to simulate.
    """

    def __init__(self, network: Network, decoding: Decoding, n_steps: int, bounds: Array):
        super().__init__(network, decoding)
        self.layer = OneLayer(network, n_steps, bounds)
        self.layers = [self.layer.total]
        self.kept: dict[int, tuple[Array, Array, Array]] = {}
        n_coefficients = self.layer.total.coefficients.shape[1] // WIDTH - network.has_bias
        self.table = np.empty((n_coefficients, network.size))
        self.no_bias = np.empty(0, network.dtype)

    def clear(self) -> None:
        """Set the sums to zero."""
        self.loss = 0.0
        self.layer.clear()
        self.dcoef.fill(0)
        self.dintercept.fill(0)

    def forward(self, events: Events, bounds: Array) -> tuple[Any, Array]:
        """Return the events and the spike counts, until the next call."""
        return events, self.layer.forward(events)

    def backward(self, events: Any, dspikes: Array, cost: Array | None) -> None:
        """Add the gradients of the layer. There is no cost of spikes."""
        self.layer.backward(events, dspikes)

    def arrays(self, decoding: Decoding, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
        """Return the arrays of a decoding for counts of a shape, until the next call."""
        if shape[0] not in self.kept:
            self.kept[shape[0]] = decoding.arrays(shape, self.network.dtype)
        return self.kept[shape[0]]

    def write(
            self, k: int, n: int, centring: Centring | None, weights: Array,
            recurrent: Array | None, bias: Array | None) -> Array:
        """Write the gradients of the layer, divided by n. Return those of its coefficients."""
        if centring:
            return super().write(k, n, centring, weights, recurrent, bias)
        total = self.layer.total
        collect_panels(
            total.weights, total.coefficients, n, weights, self.table,
            self.no_bias if bias is None else bias)
        return self.table


class DecoderObjective(Objective):
    """Loss of a network with a linear decoder, as a function of all learned parameters.

    The loss is the mean loss over samples, plus ``alpha / (2 * n_samples)`` times the sum of
    squared weights and coefficients, plus ``spike_penalty`` times the mean number of spikes per
    neuron over all layers.

    The parameters of layer k are named ``(k, "weights")``, ``(k, "recurrent")``, ``(k, "bias")``
    and ``(k, name)`` for each learned intrinsic, in the space of ``Neuron.to_free``. The parameters
    of the decoder are named "coef" and "intercept". Weights and bias of the first layer are those
    for centred input, if ``state.centring`` is not None and biases are learned.

    Parameters
    ----------
    task : Task
        Data, target and settings.
    state : State
        The network at the start, with a decoder. Its arrays are copied.
    spikes : SpikeFunction
        Forward and backward behaviour at the threshold, such as `hard_spikes` returns.
    dtype : dtype, default="float32"
        Type of the simulation. Central differences need float64.
    feedback : list of ndarray or None, default=None
        Weights of the backward pass: one matrix for each layer but the first, (n_inputs,
        n_neurons), and one for the decoder, (n_features, n_outputs). None means the forward
        weights, which gives the true gradient. Fixed random matrices give feedback alignment.

    See Also
    --------
    minimise : Minimises it.
    Objective : Base of other objectives.
    SurrogateGradient : The rule that uses it.

    Examples
    --------
    Feedback alignment: the gradient passes back through fixed random weights. Biases are not
    learned, because with them the loss rises at this learning rate.

    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import (
    ...     SGD, DecoderObjective, GradientRule, Result, hard_spikes, initial_state, minimise,
    ...     with_decoder)
    >>> class FeedbackAlignment(GradientRule):
    ...     name = "feedback_alignment"
    ...     def learn(self, task):
    ...         state = with_decoder(task, initial_state(task), hard_spikes())
    ...         forward = [*(layer.weights for layer in state.layers[1:]), state.decoder.coef]
    ...         feedback = [task.rng.normal(0, w.std(), w.shape) for w in forward]
    ...         objective = DecoderObjective(task, state, hard_spikes(), feedback=feedback)
    ...         solver = SGD(objective.parameters, objective.rates)
    ...         attributes = minimise(objective, solver, task)
    ...         return Result(objective.state(), task.settings.neuron, attributes)
    >>> X, y = make_poisson(60, 10, 50, rates=(10, 40), random_state=0)
    >>> network = SNNClassifier(
    ...     (8, 4), rule=FeedbackAlignment(bias=False), learning_rate=0.05, max_iter=20,
    ...     random_state=0)
    >>> curve = network.fit(X, y).loss_curve_
    >>> print(round(curve[0], 2), "to", round(curve[-1], 2))
    0.63 to 0.24
    """

    def __init__(
            self, task: Task, state: State, spikes: SpikeFunction, dtype: DTypeLike = "float32",
            feedback: list[Array] | None = None):
        settings, decoder = task.settings, state.decoder
        if decoder is None:
            raise ValueError("DecoderObjective needs a state with a decoder: call with_decoder.")
        *between, last = feedback or (None,)
        self.task, self.centring = task, state.centring if settings.bias else None
        self.layers = [_copied(layer, dtype, settings.bias) for layer in state.layers]
        # the parameters are copies: the fit before a warm start must not change
        arrays, intrinsics = _learned(self.layers, settings, self.centring)
        self.parameters = parameters = Parameters({
            **arrays, **intrinsics, "coef": decoder.coef, "intercept": decoder.intercept})
        self.rates = {
            **dict.fromkeys(parameters, settings.learning_rate),
            **dict.fromkeys(intrinsics, settings.intrinsic_learning_rate)}
        # the network and the decoder read the parameters themselves, except weights and biases for
        # centred input, which are computed from them
        for (k, name), array in arrays.items():
            if array is getattr(self.layers[k], name):
                self.layers[k] = self.layers[k]._replace(**{name: parameters[k, name]})
        self.network = task.network(self.layers, spikes, state.readout, between)
        self.decoder = decoder._replace(
            coef=parameters["coef"], intercept=parameters["intercept"])
        n_filters = len(self.network.reading(task.inputs.n_steps).filters)
        self.decoding = (
            StepDecoding(self.decoder, step_decays(self.network), last)
            if isinstance(task.target.loss, EachStep) else
            Decoding(self.decoder, n_filters, last))
        # the intrinsics of each layer, and the places of its gradients
        self.grads: Parameters = zeros_like(parameters)
        self.intrinsics = list(intrinsics)
        self.learned, self.places = list[LearnedIntrinsics](), list[tuple[list[Any], Array]]()
        for k, layer in enumerate(self.layers):
            keys = [(k, name) for name in settings.learn_intrinsic]
            self.learned.append(learned_intrinsics(
                settings.neuron, layer.intrinsics, settings.dt, settings.learn_intrinsic,
                parameters.rows(keys)))
            self.places.append(
                ([self.grads.get((k, name)) for name in LEARNED], self.grads.rows(keys)))
        # the penalties
        self.n_samples = len(task.inputs)
        self.spike_cost = settings.spike_penalty / sum(layer.size for layer in self.layers)
        self.penalised = {
            key: parameters[key].reshape(-1)
            for key in (*arrays, "coef") if settings.alpha and key[-1] != "bias"}
        # what short updates keep
        self.is_short = self._is_short()
        self.kept: dict[int, OneLayerSums] = {}
        self.slices: dict[int, list[list[slice]]] = {}
        self.moved()

    def _is_short(self) -> bool:
        """Return whether `OneLayer` can run the network, and a batch fits into the cache."""
        network, inputs, settings = self.network, self.task.inputs, self.task.settings
        if self.spike_cost or isinstance(self.decoding, StepDecoding) or not inputs.is_equal:
            return False
        if not OneLayer.suits(network):
            return False
        rows = np.arange(min(settings.batch_size, len(inputs)))
        largest = max(map(len, chunks(network, rows, inputs.n_steps)))
        return largest * network.bytes_per_sample(inputs.n_steps) <= BUDGET

    def state(self) -> State:
        """Return the learned network."""
        layers = [_copied(layer, np.float32) for layer in self.layers]
        coef, intercept = self.decoder.coef.copy(), self.decoder.intercept.copy()
        decoder = self.decoder._replace(coef=coef, intercept=intercept)
        return State(layers, decoder, self.network.readout, centring=self.centring)

    def moved(self) -> None:
        """Clip the intrinsics to their bounds, and pass the parameters to the network."""
        if self.centring:
            bias, rest = self.parameters[0, "bias"], self.layers[1:]
            weights, rounded = self.centring.applied(self.parameters[0, "weights"], bias)
            self.layers[0].weights[...] = weights
            self.layers = [self.layers[0]._replace(bias=rounded), *rest]
            # the bias has the precision of the network, so that a later fit continues exactly
            bias[...] = rounded + self.centring.current(weights)
        tables = list[Array]()
        for k, learned in enumerate(self.learned):
            values, table = learned.move()
            tables.append(table)
            if values is not self.layers[k].intrinsics:
                self.layers[k] = self.layers[k]._replace(intrinsics=values)
        if self.is_short:
            OneLayer.update(self.network, self.layers[0], tables[0])
        else:
            self.network.update(self.layers, tables)
        self.decoding.update()

    def outputs(self, rows: Array) -> Array:
        """Return the outputs of some samples.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,)
            Indices of the samples.

        Returns
        -------
        outputs : ndarray of shape (n_rows, n_outputs)
            Logits of classes, or predicted values. With a target for each step, they are
            (n_rows, n_steps, n_outputs).
        """
        def compute(network: Network, events: Events) -> Array:
            reading = network.reading(events.n_steps)
            bounds = self.decoding.bounds(reading, events.n_steps)
            counts = network.forward(events, record=False, bounds=bounds)[-1].counts
            return self.decoding.outputs(counts, reading)

        task = self.task
        return in_groups(compute, self.network, task.inputs, rows, task.settings.n_jobs)

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples, with the penalties."""
        inputs, target = self.task.inputs, self.task.target

        def summed_loss(group: Array) -> Any:
            events = inputs.batch(group)
            reading = self.network.reading(events.n_steps)
            traces = self.network.forward(
                events, record=False, bounds=self.decoding.bounds(reading, events.n_steps))
            outputs = self.decoding.outputs(traces[-1].counts, reading)
            weight = target.sample_weight[group]
            loss, _ = target.loss.gradient(outputs, target.y[group], weight)
            return loss + self._spike_penalty(traces, weight)

        parts = groups(self.network, rows, inputs.lengths_of(rows), record=False)
        losses = map_threads(summed_loss, parts, self.task.settings.n_jobs)
        squares = sum((p.astype(float) ** 2).sum() for p in self.penalised.values())
        penalty = 0.5 * self.task.settings.alpha / self.n_samples * squares
        return float(sum(losses) / len(rows) + penalty)

    def gradient(self, rows: Array, epoch: int | None) -> tuple[float, dict[Any, Array]]:
        """Return the mean loss over some samples, with the penalties, and its gradients."""
        loss, grads = super().gradient(rows, epoch)
        factor = self.task.settings.alpha / self.n_samples
        for key, p in self.penalised.items():
            loss += 0.5 * factor * add_penalty(grads[key].reshape(-1), p, p.dtype.type(factor))
        return loss, grads

    def parts(self, rows: Array) -> list[list[Array]]:
        """Return rows in parts. If lengths are equal, the parts of each number of rows are kept."""
        if not self.task.inputs.is_equal:
            return super().parts(rows)
        n = len(rows)
        if n not in self.slices:
            self.slices[n] = [
                [slice(part[0], part[-1] + 1) for part in chunk]
                for chunk in super().parts(np.arange(n))]
        return [[rows[part] for part in chunk] for chunk in self.slices[n]]

    def zero(self, number: int) -> DecoderSums:
        """Return the sums of a chunk, set to zero."""
        if not self.is_short:
            return DecoderSums(self.network, self.decoding)
        if number not in self.kept:
            n_steps = self.task.inputs.n_steps
            self.kept[number] = OneLayerSums(
                self.network, self.decoding, n_steps, self.network.reading(n_steps).bounds)
        sums = self.kept[number]
        sums.clear()
        return sums

    def add(self, sums: Any, events: Events, rows: Array) -> None:
        """Add the loss and the gradients of some samples to sums."""
        target: Any = self.task.target
        weight, reading = target.sample_weight[rows], self.network.reading(events.n_steps)
        # forward in time, to the spike counts of the last layer
        traces, counts = sums.forward(events, self.decoding.bounds(reading, events.n_steps))
        # from the outputs back to the spikes of the last layer
        arrays = sums.arrays(self.decoding, counts.shape)
        loss = self.decoding.gradient(
            counts, reading.filters, target.loss, target.y[rows], weight, arrays, sums.dcoef,
            sums.dintercept)
        cost = None
        if self.spike_cost:
            loss += self._spike_penalty(traces, weight)
            cost = self.spike_cost * weight
        sums.loss += loss
        # back in time, through all layers
        sums.backward(traces, arrays[-1], cost)

    def merge(self, sums: Any, others: Any) -> None:
        """Add the sums of another chunk."""
        super().merge(sums, others)
        sums.dcoef += others.dcoef
        sums.dintercept += others.dintercept

    def collect(self, sums: Any, n_samples: int) -> dict[Any, Array]:
        """Return the gradients of the mean loss with respect to all parameters."""
        n, grads = n_samples, self.grads
        for k, (learned, (arrays, intrinsics)) in enumerate(
                zip(self.learned, self.places, strict=True)):
            dtable = sums.write(k, n, None if k else self.centring, *arrays)
            if self.intrinsics:
                np.divide(learned.gradients(dtable), n, intrinsics)
        mean_coefficients(sums.dcoef, sums.dintercept, n, grads["coef"], grads["intercept"])
        return grads

    def _spike_penalty(self, traces: list[Trace], weight: Array) -> Any:
        if not self.spike_cost:
            return 0.0
        n_spikes = sum(trace.counts.sum(axis=(1, 2), dtype=float) for trace in traces)
        return self.spike_cost * (weight @ n_spikes)


def _copied(layer: Layer, dtype: DTypeLike, has_bias: bool = False) -> Layer:
    """Return a layer with copies of its intrinsics, and of weights and biases of a dtype."""
    weights: Any
    weights, recurrent, bias = (
        None if array is None else aligned(array.shape, dtype, array)
        for array in (layer.weights, layer.recurrent, layer.bias))
    if bias is None and has_bias:
        bias = np.zeros(weights.shape[-1], dtype)
    intrinsics = {name: np.array(values) for name, values in layer.intrinsics.items()}
    return layer._replace(weights=weights, recurrent=recurrent, bias=bias, intrinsics=intrinsics)


def _learned(
        layers: list[Layer], settings: Settings,
        centring: Centring | None) -> tuple[dict[Any, Array], dict[Any, Array]]:
    """Return the learned arrays of the layers, for centred input, and numbers of intrinsics."""
    arrays = {
        (k, name): getattr(layer, name) for name in LEARNED[: 2 + settings.bias]
        for k, layer in enumerate(layers) if getattr(layer, name) is not None}
    if centring:
        arrays[0, "weights"], arrays[0, "bias"] = centring.undone(
            arrays[0, "weights"], arrays[0, "bias"])
    intrinsics = {
        (k, name): settings.neuron.to_free(layer.intrinsics)[name]
        for k, layer in enumerate(layers) for name in settings.learn_intrinsic}
    return arrays, intrinsics


@kernel
@no_arrays
def collect_panels(
        dweights: Any, dcoefficients: Any, n: Any, weights: Any, table: Any, bias: Any) -> None:
    """Write gradients in panels in the order of the neurons, divided by n.

    The gradients of the coefficients of the neurons are not divided.
    """
    n_inputs, size = weights.shape
    for i in range(len(dweights)):
        first = i * WIDTH
        n_neurons = min(WIDTH, size - first)
        for c in range(n_inputs):
            for h in range(n_neurons):
                weights[c, first + h] = dweights[i, c, h] / n
        for j in range(len(table)):
            for h in range(n_neurons):
                table[j, first + h] = dcoefficients[i, j * WIDTH + h]
        if len(bias):
            for h in range(n_neurons):
                bias[first + h] = dcoefficients[i, len(table) * WIDTH + h] / n
