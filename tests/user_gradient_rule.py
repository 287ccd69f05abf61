"""A gradient rule outside the package: feedback alignment.

Gradients pass back, from the outputs to the spikes and from layer to layer, through fixed random
weights instead of the forward weights (Lillicrap et al. 2016). Each has the sign that its forward
weight has at first (Liao et al. 2016): with other signs, the loss of a regression may grow.
"""

import numpy as np

from skspike.learning import (
    Adam, DecoderObjective, GradientRule, Result, Task, hard_spikes, initial_state, minimise,
    with_decoder)


class FeedbackAlignment(GradientRule):
    """Surrogate gradients that pass back through random weights of the initial signs.

    Parameters
    ----------
    augment : Augmentation, "auto" or None, default="auto"
        Changes training samples at random.
    dropout : float or "auto", default="auto"
        Share of the input events that training leaves out.
    spike_penalty : float, default=0.0
        Penalty of a spike.
    bias : bool, default=True
        Whether to learn a bias of each neuron.
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsic parameters.
    learning_rate_schedule : {"cosine", "constant", "one_cycle"}, default="cosine"
        Factor of the learning rates in each epoch.

    See Also
    --------
    skspike.learning.SurrogateGradient : Passes gradients through the forward weights.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(60, 10, 50, random_state=0)
    >>> network = SNNClassifier((8, 4), rule=FeedbackAlignment(), random_state=1).fit(X, y)
    >>> bool(min(network.loss_curve_) < network.loss_curve_[0])
    True
    """

    name = "feedback_alignment"

    def learn(self, task: Task) -> Result:
        """Learn weights, intrinsics and decoder."""
        spikes = hard_spikes("fast_sigmoid", slope=5.0)
        state = with_decoder(task, task.start or initial_state(task), spikes)
        forward = [*(layer.weights for layer in state.layers[1:]), state.decoder.coef]
        feedback = [np.copysign(task.rng.normal(0, w.std(), w.shape), w) for w in forward]
        objective = DecoderObjective(task, state, spikes, feedback=feedback)
        solver = Adam(objective.parameters, objective.rates)
        attributes = minimise(objective, solver, task)
        return Result(objective.state(), task.settings.neuron, attributes)
