"""A learning rule outside the package: random search on weights and intrinsics together.

In every epoch all weights and learned intrinsics take a random step, which is kept if the loss
decreases (weight perturbation without a gradient, Jabri and Flower 1992).
"""

import numpy as np

from skspike.learning import Result, Rule, Task, initial_state, with_decoder


class RandomSearch(Rule):
    """Random steps. Steps that lower the loss are kept.

    Parameters
    ----------
    decay : float, default=0.99
        Factor of the size of the steps from epoch to epoch, above 0 and at most 1.
    intrinsic_learning_rate : float, default=0.02
        Size of the steps of the intrinsics.

    See Also
    --------
    skspike.learning.SurrogateGradient : Follows the gradient.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(8, rule=RandomSearch(), random_state=0).fit(X, y)
    >>> bool(network.loss_curve_[-1] < network.loss_curve_[0])
    True
    """

    name = "search"
    default_learning_rate = 0.05
    supports = "recurrent", "convolution", "readout"
    poor_score, least_score = True, 0.2  # its decoder stays random

    def __init__(self, decay: float = 0.99, intrinsic_learning_rate: float = 0.02):
        self.decay = decay
        self.intrinsic_learning_rate = intrinsic_learning_rate

    def check(self) -> None:
        """Raise if the decay is out of range."""
        if not isinstance(self.decay, float) or not 0 < self.decay <= 1:
            raise ValueError(f"decay must be a float above 0 and at most 1, got {self.decay!r}.")

    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics."""
        state = with_decoder(task, task.start or initial_state(task))
        curve = [self._loss(task, state)]
        for epoch in range(task.settings.max_iter):
            task.progress.begin()
            trial = state._replace(
                layers=[self._moved(task, layer, self.decay**epoch) for layer in state.layers])
            loss = self._loss(task, trial)
            state = trial if loss < curve[-1] else state
            curve.append(min(loss, curve[-1]))
            attributes = {"loss_curve_": [*curve], "n_iter_": epoch + 1}
            if task.progress.end(lambda: state, lambda: attributes):  # a callback stops the fit
                break
        return Result(state, task.settings.neuron, attributes)

    def _loss(self, task, state):
        rows, target = np.arange(len(task.inputs)), task.target
        network = task.network(state.layers, readout=state.readout)
        features = self.responses(network, task.inputs, rows, task.settings.n_jobs)
        outputs = state.decoder.outputs(features)
        return target.loss.gradient(outputs, target.y, target.sample_weight)[0] / len(rows)

    def _moved(self, task, layer, size):
        settings, normal = task.settings, task.rng.normal
        step = settings.learning_rate * size * layer.weights.std()
        weights = layer.weights + step * normal(size=layer.weights.shape)
        unconstrained = settings.neuron.to_free(layer.intrinsics)
        for name in settings.learn_intrinsic:
            unconstrained[name] += self.intrinsic_learning_rate * size * normal(
                size=len(unconstrained[name]))
        values = settings.neuron.updated(
            layer.intrinsics, unconstrained, settings.learn_intrinsic)
        return layer._replace(weights=weights.astype(np.float32), intrinsics=values)
