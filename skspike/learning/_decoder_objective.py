"""Objective of gradient learning: the loss of a decoder, with penalties on weights and spikes."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._compile import map_threads
from .._utils import Array
from ..simulation import Events, Layer, Network, SpikeFunction, Trace, aligned, groups
from ._base import in_groups
from ._decoder import Decoding
from ._flat import Flat, add_penalty
from ._intrinsics import learned_intrinsics
from ._objective import Objective
from ._short_update import ShortUpdate
from ._task import State, Task


class DecoderObjective(Objective):
    """Loss of a network with a linear decoder, as a function of all learned parameters.

    The loss is the mean loss over samples, plus ``alpha / (2 * n_samples)`` times the sum of
    squared weights and coefficients, plus ``spike_penalty`` times the mean number of spikes per
    neuron over all layers.

    The parameters of layer k are named ``(k, "weights")``, ``(k, "recurrent")``, ``(k, "bias")``
    and ``(k, name)`` for each learned intrinsic, in the space of ``Neuron.to_free``. The parameters
    of the decoder are named "coef" and "intercept". Weights and bias of the first layer are those
    for centred input, if the state has a `Centring` and biases are learned.

    Parameters
    ----------
    task : Task
        Data, target and settings.
    state : State
        The network at the start, with a decoder. Its arrays are copied.
    spikes : SpikeFunction
        Forward and backward behaviour at the threshold: `hard_spikes` or `smooth_spikes`.
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
    Feedback alignment: the gradient passes back through fixed random weights.

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
    >>> X, y = make_poisson(60, 10, 50, random_state=0)
    >>> network = SNNClassifier((8, 4), rule=FeedbackAlignment(), max_iter=20, random_state=0)
    >>> curve = network.fit(X, y).loss_curve_
    >>> bool(curve[-1] < curve[0])
    True
    """

    def __init__(
            self, task: Task, state: State, spikes: SpikeFunction, dtype: DTypeLike = "float32",
            feedback: list[Array] | None = None):
        if state.decoder is None:
            raise ValueError("DecoderObjective needs a state with a decoder: call with_decoder.")
        settings = task.settings
        *between, last = feedback or (None,)
        self.task = task
        self.layers = [_copied(layer, dtype, settings.bias) for layer in state.layers]
        self.network = task.network(self.layers, spikes, state.readout, between)
        self.feedback = last
        # the parameters
        self.centring = state.centring if settings.bias else None
        intrinsics: dict[Any, Array] = {
            (k, name): settings.neuron.to_free(layer.intrinsics)[name]
            for k, layer in enumerate(self.layers) for name in settings.learn_intrinsic}
        weights: dict[Any, Array] = {
            (k, name): getattr(layer, name) for name in ("weights", "recurrent")
            for k, layer in enumerate(self.layers) if getattr(layer, name) is not None}
        biases: dict[Any, Any] = {
            (k, "bias"): layer.bias for k, layer in enumerate(self.layers)} if settings.bias else {}
        if self.centring:
            weights[0, "weights"], biases[0, "bias"] = self.centring.undone(
                self.layers[0].weights, np.asarray(self.layers[0].bias))
        # copies: solvers work in place, and the fit before a warm start must not change
        self.parameters = parameters = Flat({
            **weights, **biases, **intrinsics, "coef": state.decoder.coef,
            "intercept": state.decoder.intercept})
        self.penalised = {
            key: parameters[key].reshape(-1)
            for key in (*weights, "coef")} if settings.alpha else {}
        self.intrinsics = {key: parameters[key] for key in intrinsics}
        self.rates = {
            **dict.fromkeys(parameters, settings.learning_rate),
            **dict.fromkeys(intrinsics, settings.intrinsic_learning_rate)}
        # the network reads the parameters themselves
        self.decoder = state.decoder._replace(
            coef=parameters["coef"], intercept=parameters["intercept"])
        self.learned = []
        for k, layer in enumerate(self.layers):
            keys = {name: (k, name) for name in settings.learn_intrinsic}
            self.learned.append(learned_intrinsics(
                settings.neuron, layer.intrinsics, settings.dt,
                {name: parameters[key] for name, key in keys.items()},
                parameters.rows(list(keys.values()))))
        for (k, name), array in {**weights, **biases}.items():
            if array is getattr(self.layers[k], name):
                self.layers[k] = self.layers[k]._replace(**{name: parameters[k, name]})
        # the penalties
        self.n_samples = len(task.inputs)
        self.spike_cost = settings.spike_penalty / sum(layer.size for layer in self.layers)
        reading = self.network.reading(task.inputs.n_steps)
        self.decoding = Decoding.of(reading.filters, self.decoder, self.feedback)
        is_own = any(
            getattr(type(self), name) is not getattr(DecoderObjective, name)
            for name in ("add", "collect"))
        self.short = None if is_own or not ShortUpdate.suits(self) else ShortUpdate(self)
        self.moved()

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
        if self.short:
            self.layers = self.short.moved(self)
            return
        values, tables = zip(*[learned.move() for learned in self.learned], strict=True)
        self.layers = [
            layer._replace(intrinsics=own)
            for layer, own in zip(self.layers, values, strict=True)]
        self.network.update(self.layers, tables)
        self.decoding = self.decoding.moved(self.decoder)

    def outputs(self, rows: Array) -> Array:
        """Return the outputs of some samples.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,)
            Indices of the samples.

        Returns
        -------
        outputs : ndarray of shape (n_rows, n_outputs)
            Logits of classes, or predicted values.
        """
        task = self.task
        features = in_groups(
            Network.features, self.network, task.inputs, rows, task.settings.n_jobs)
        return self.decoder.outputs(features)

    def loss(self, rows: Array) -> float:
        """Return the mean loss over some samples, with the penalties."""
        inputs, target = self.task.inputs, self.task.target

        def summed_loss(group: Array) -> Any:
            events = inputs.batch(group)
            reading = self.network.reading(events.n_steps)
            traces = self.network.forward(events, record=False, bounds=reading.bounds)
            outputs = self.decoder.outputs(reading.features(traces[-1].counts))
            weight = target.sample_weight[group]
            loss, _ = target.loss.gradient(outputs, target.y[group], weight)
            return loss + self._spike_penalty(traces, weight)

        parts = groups(self.network, rows, inputs.lengths_of(rows), record=False)
        losses = map_threads(summed_loss, parts, self.task.settings.n_jobs)
        return float(sum(losses) / len(rows) + self._weight_penalty())

    def gradient(self, rows: Array, epoch: int | None) -> tuple[float, dict[Any, Array]]:
        """Return the mean loss over some samples, with the penalties, and its gradients."""
        if self.short and self.short.applies(self, len(rows)):
            loss, grads = self.short.gradient(self, rows, epoch)
        else:
            loss, grads = super().gradient(rows, epoch)
        factor = self.task.settings.alpha / self.n_samples
        for key, p in self.penalised.items():
            loss += 0.5 * factor * add_penalty(grads[key].reshape(-1), p, p.dtype.type(factor))
        return loss, grads

    def add(self, total: Any, events: Events, rows: Array) -> tuple[Any, ...]:
        """Add the gradients of some samples. Return their loss and the decoder's gradients."""
        target: Any = self.task.target
        weight = target.sample_weight[rows]
        reading = self.network.reading(events.n_steps)
        traces = self.network.forward(events, bounds=reading.bounds)
        # from the outputs back to the spikes of the last layer
        loss, ds, *ddecoder = self.decoding._replace(filters=reading.filters).gradient(
            target.loss, traces[-1].counts, target.y[rows], weight, self.network.dtype)
        # through time and layers
        cost = self.spike_cost * weight if self.spike_cost else None
        self.network.accumulate(traces, ds, total, cost)
        return loss + self._spike_penalty(traces, weight), *ddecoder

    def collect(self, total: Any, extras: Any) -> dict[Any, Array]:
        """Return the gradients of all parameters, summed over samples."""
        settings = self.task.settings
        grads: dict[Any, Array] = dict(zip(("coef", "intercept"), extras, strict=True))
        for k, layer in enumerate(self.layers):
            grads[k, "weights"], dtable, recurrent, bias = self.network.gradients_of(
                layer, total[k])
            if recurrent is not None:
                grads[k, "recurrent"] = recurrent
            if settings.bias:
                grads[k, "bias"] = np.asarray(bias)
            if settings.learn_intrinsic:
                found = self.learned[k].gradients(dtable)
                grads.update({
                    (k, name): d for name, d in zip(settings.learn_intrinsic, found, strict=True)})
        if self.centring:
            grads[0, "weights"], grads[0, "bias"] = self.centring.gradients(
                grads[0, "weights"], grads[0, "bias"])
        return grads

    def _spike_penalty(self, traces: list[Trace], weight: Array) -> Any:
        if not self.spike_cost:
            return 0.0
        n_spikes = sum(trace.counts.sum(axis=(1, 2), dtype=float) for trace in traces)
        return self.spike_cost * (weight @ n_spikes)

    def _weight_penalty(self) -> Any:
        squares = sum((p.astype(float) ** 2).sum() for p in self.penalised.values())
        return 0.5 * self.task.settings.alpha / self.n_samples * squares


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
