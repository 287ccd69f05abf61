"""Oja's rule: Hebbian learning with a decay that keeps weights bounded.

    dw_ij = rate (x_i y_j - y_j sum_k w_ik y_k)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._base import Array
from ..simulation import Layer
from ._initialise import initial_state, with_decoder
from ._rule import Rule
from ._task import Result, State, Task


class Oja(Rule):
    """Oja's rule for layers of several neurons, without labels.

    x and y are the shares of steps in which an input channel and a neuron are active. Weights w
    are measured in units of the initial norm of a neuron's weights. The neurons of a layer learn
    the subspace of the first principal components of their input [1]_. Layers learn one after the
    other, and a linear decoder is fitted to the spikes of the last layer.

    Parameters
    ----------
    augment : Augmentation or None, default=None
        Changes training samples at random, anew in every epoch (see `SurrogateGradient`).
    dropout : float, default=0.0
        Share of the input events that training leaves out, from 0 to 0.95 (see
        `SurrogateGradient`).

    See Also
    --------
    STDP : Uses the times of single spikes.

    References
    ----------
    .. [1] E. Oja, "Neural networks, principal components, and subspaces", International Journal of
        Neural Systems 1, 1989.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(60, 10, 50, random_state=0)
    >>> SNNTransformer(4, rule="oja", random_state=0).fit(X).transform(X).shape
    (60, 4, 50)
    """

    name = "oja"
    requires_y = False
    only_classes = False
    default_learning_rate, default_alpha = 0.1, 1.0
    supports = "recurrent", "readout", "alpha"
    poor_score, least_score = True, 0.7

    def __init__(self, augment: Any = None, dropout: float = 0.0):
        self.augment = augment
        self.dropout = dropout

    def runs(self, sizes: Sequence[int]) -> int:
        """Return the number of layers, which learn one after the other."""
        return len(sizes)

    def learn(self, task: Task) -> Result:
        """Learn the weights of layer after layer, and the decoder."""
        state = task.start or initial_state(task)
        for k in range(len(state.layers)):
            state, n_iter = self._with_learned_layer(task, state, k)
        if task.target.y is not None:
            state = self._decoded(task, state)
        return Result(state, task.settings.neuron, {"n_iter_": n_iter})

    def _with_learned_layer(self, task: Task, state: State, k: int) -> tuple[State, int]:
        """Return the state with weights of layer k that are learned, and the number of epochs."""
        batch_size, layers = task.settings.batch_size, list(state.layers)
        norm = np.linalg.norm(layers[k].weights, axis=0)
        for epoch in range(task.settings.max_iter):
            task.progress.begin()
            rows = task.rng.permutation(len(task.inputs))
            for start in range(0, len(rows), batch_size):
                for part in task.inputs.split(rows[start : start + batch_size]):
                    x, y = self._activity(task, layers[: k + 1], part, epoch)
                    w = layers[k].weights / norm
                    w = w + task.settings.learning_rate / len(part) * (x.T @ y - w @ (y.T @ y))
                    layers[k] = layers[k]._replace(weights=(norm * w).astype(np.float32))
            if task.progress.end(lambda: state._replace(layers=layers)):
                break
        return state._replace(layers=layers), epoch + 1

    def _activity(
            self, task: Task, layers: list[Layer], rows: Array, epoch: int) -> tuple[Array, Array]:
        """Return the activity of the input and the neurons of the last of some layers."""
        events = task.inputs.batch(rows, epoch)
        if len(layers) > 1:
            events = task.network(layers[:-1]).spike_events(events)
        counts = task.network(layers[-1:]).counts(events)
        return events.activity() / events.n_steps, counts / events.n_steps

    def _decoded(self, task: Task, state: State) -> State:
        """Return the state with a decoder that is fitted to the features of all samples."""
        state, target = with_decoder(task, state), task.target
        network = task.network(state.layers, readout=state.readout)
        rows = np.arange(len(task.inputs))
        features = self.responses(network, task.inputs, rows, task.settings.n_jobs)
        decoder = state.decoder
        assert decoder is not None
        coef, intercept = target.loss.fit(
            decoder.standardise(features), target.y, target.sample_weight,
            task.settings.alpha)
        return state._replace(decoder=decoder._replace(coef=coef, intercept=intercept))
