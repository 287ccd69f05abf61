"""Feedback alignment: errors return through fixed random weights.

    dL/ds = B^T dL/dy,    with a random matrix B in place of the forward weights
"""

from ._base import Rule
from ._initialise import initial_state, with_readout
from ._readout_objective import ReadoutObjective
from ._solvers import Adam
from ._surrogates import hard_spikes
from ._task import Result, Task
from ._training import minimise


class FeedbackAlignment(Rule):
    """Surrogate gradients that pass back through fixed random weights.

    Between layers, and from the decoder, the backward pass uses random matrices of the size of the
    forward weights. The forward weights learn to align with them [1]_.

    See Also
    --------
    SurrogateGradient : Passes gradients through the forward weights.

    References
    ----------
    .. [1] T. P. Lillicrap, D. Cownden, D. B. Tweed, C. J. Akerman, "Random synaptic feedback
        weights support error backpropagation for deep learning", Nature Communications 7, 2016.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(60, 10, 50, random_state=0)
    >>> network = SNNClassifier((8, 4), rule="feedback_alignment", random_state=0).fit(X, y)
    >>> bool(network.loss_curve_[-1] < network.loss_curve_[0])
    True
    """

    name = "feedback_alignment"
    only_classes = False
    least_score = 0.7  # feedback takes time to align

    def learn(self, task: Task) -> Result:
        """Learn weights, intrinsics and decoder."""
        spikes = hard_spikes()
        state = with_readout(task, task.start or initial_state(task), spikes)
        forward = [*(layer.weights for layer in state.layers[1:]), state.decoder.coef]
        feedback = state.memory
        if feedback is None:
            feedback = [task.rng.normal(0, weights.std(), weights.shape) for weights in forward]
            # a decoder that starts at zero aligns with the feedback from the first step
            state = state._replace(decoder=state.decoder._replace(coef=0 * state.decoder.coef))
        objective = ReadoutObjective(task, state, spikes, feedback=feedback)
        solver = Adam(objective.parameters, objective.rates)
        attributes = minimise(objective, solver, task)
        learned = objective.state()._replace(memory=feedback)
        return Result(learned, task.settings.neuron, attributes)
