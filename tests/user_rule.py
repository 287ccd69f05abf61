"""A learning rule as a user would write it, outside the package: random search on weights and intrinsics together.

In every epoch all weights and learned intrinsics take a random step, which is kept if the loss
falls (weight perturbation, in the form without a gradient; Jabri and Flower 1992).
"""

import numpy as np

from skspike.learning import Result, Rule, State, initial_state, with_readout


class RandomSearch(Rule):
    """Random steps, of which those that lower the loss are kept."""

    name = "search"
    default_learning_rate = 0.05

    def __init__(self, decay=0.99):
        self.decay = decay

    def check(self):
        if not isinstance(self.decay, float) or not 0 < self.decay <= 1:
            raise ValueError(f"decay must be a float above 0 and at most 1, got {self.decay!r}.")

    def learn(self, task):
        state = task.start or initial_state(task)
        state = state if state.readout else with_readout(task, state)
        curve = [self.loss(task, state)]
        for epoch in range(task.settings.max_iter):
            trial = state._replace(
                layers=[self.moved(task, layer, self.decay**epoch) for layer in state.layers])
            loss = self.loss(task, trial)
            state = trial if loss < curve[-1] else state
            curve.append(min(loss, curve[-1]))
        attributes = {"loss_curve_": curve, "n_iter_": task.settings.max_iter}
        return Result(state, task.settings.neuron, attributes)

    def loss(self, task, state: State):
        rows, target = np.arange(len(task.inputs)), task.target
        network = task.network(state.layers, reads=state.reads)
        features = self.responses(network, task.inputs, rows, task.settings.n_jobs)
        outputs = state.readout.outputs(features)
        return target.loss.gradient(outputs, target.y, target.sample_weight)[0] / len(rows)

    def moved(self, task, layer, size):
        settings, rng = task.settings, task.rng
        step = settings.learning_rate * size * layer.weights.std() * rng.normal(
            size=layer.weights.shape)
        free = settings.neuron.to_free(layer.intrinsics)
        for name in settings.learn_intrinsic:
            free[name] = free[name] + settings.intrinsic_learning_rate * size * rng.normal(
                size=len(free[name]))
        values = settings.neuron.updated(layer.intrinsics, free, settings.learn_intrinsic)
        return layer._replace(weights=(layer.weights + step).astype(np.float32), intrinsics=values)
