"""Feedback alignment, a gradient rule written outside the package."""

import numpy as np
import pytest
from sklearn.datasets import make_regression
from user_gradient_rule import FeedbackAlignment

from skspike import SNNClassifier, SNNRegressor
from skspike.datasets import make_order
from skspike.learning import DecoderObjective, Reservoir, Result, hard_spikes
from skspike.testing import check_part


class Gradients(Reservoir):
    """Compute gradients of one state under several feedback weights, without learning."""

    name = "gradients"

    def learn(self, task):
        state = super().learn(task).state
        forward = [state.layers[1].weights, state.decoder.coef]
        random = [np.random.RandomState(0).normal(size=w.shape) for w in forward]
        self.found = {
            name: DecoderObjective(task, state, hard_spikes(), float, feedback).gradient(
                np.arange(len(task.inputs)), None)[1]
            for name, feedback in (
                ("exact", None), ("forward", forward), ("between", [random[0], forward[1]]),
                ("last", [forward[0], random[1]]))}
        return Result(state, task.settings.neuron, {"n_iter_": 1})


@pytest.mark.small
@pytest.mark.compiled
def test_feedback_weights_replace_the_forward_weights_in_the_backward_pass_only():
    X, y = make_order(20, 6, 40, width=12.0, gap=4.0, random_state=0)
    network = SNNClassifier((5, 4), rule=Gradients(), readout="count", random_state=0).fit(X, y)
    exact, forward, between, last = network.rule_.found.values()
    for key in exact:
        np.testing.assert_array_equal(forward[key], exact[key])
        # weights between layers change the first layer only, weights of the decoder both layers
        for found, changes in ((between, key[0] == 0), (last, key[0] in (0, 1))):
            assert np.array_equal(found[key], exact[key]) != changes, key


def test_feedback_alignment_passes_the_contract_of_rules():
    check_part(FeedbackAlignment())


def test_feedback_alignment_learns_the_order_of_volleys():
    """Counts carry no information unless the network learns. Random weights score 0.55."""
    X, y = make_order(400, random_state=0)
    model = SNNClassifier(
        (16, 16), rule=FeedbackAlignment(), readout="count", max_iter=25, random_state=0)
    assert model.fit(X[:250], y[:250]).score(X[250:], y[250:]) > 0.8


def test_feedback_alignment_learns_a_regression():
    X, y = make_regression(200, 10, n_informative=1, noise=50.0, bias=5.0, random_state=42)
    model = SNNRegressor(16, rule=FeedbackAlignment(), max_iter=30, n_steps=20, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.5
