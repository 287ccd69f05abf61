"""Base of the rules with competing neurons, on stand-ins for networks and tasks."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning import Target
from skspike.learning._competing_layers import CompetingRule, Competition, subthreshold_scale
from skspike.learning._task import Result, State
from skspike.neurons import LIF
from skspike.simulation import Layer

pytestmark = pytest.mark.small


def test_the_scale_brings_one_deviation_above_the_mean_potential_to_the_threshold(rng):
    # margins: samples, steps, neurons
    groups = [rng.normal(size=(3, 20, 4)) - 0.8, rng.normal(size=(2, 20, 4)) - 0.7]
    task = SimpleNamespace(
        network=lambda layers, spikes: SimpleNamespace(margins=lambda events: groups[events]))
    source = SimpleNamespace(sample=lambda network: [0, 1])
    level = np.mean(
        [
            1 + part[b, :, h].mean() + part[b, :, h].std() for part in groups
            for b in range(len(part)) for h in range(4)])
    np.testing.assert_allclose(subthreshold_scale(task, source, None), 1 / level)
    groups = [np.full((3, 20, 4), -1.0)] * 2  # no input
    assert subthreshold_scale(task, source, None) == 1.0


class Recorded(Competition):
    """A layer that records its training."""

    @classmethod
    def train(cls, rule, task, source, size, layer, memory):
        source.n_epochs = rule.n_epochs.pop(0)
        return Layer(np.zeros((source.n_channels, size)), {}), f"{memory} {layer}"


class Counting(CompetingRule):
    """A rule whose layers take different numbers of epochs."""

    name, competition, memory_type = "counting", Recorded, str

    def __init__(self, n_epochs):
        self.n_epochs = list(n_epochs)


def test_layers_are_trained_one_after_the_other_and_the_most_epochs_are_returned():
    inputs = SimpleNamespace(n_channels=5, n_steps=4, lengths=np.array([4, 4]))
    settings = SimpleNamespace(hidden_layer_sizes=(2, 3), neuron="a neuron")
    task = SimpleNamespace(
        settings=settings, start=None, target=Target(), inputs=inputs,
        network=lambda layers: layers)
    found = Counting([4, 9]).learn(task)
    assert [layer.weights.shape for layer in found.state.layers] == [
        (5, 2), (2, 3)] and found.state.memory == ["None None"] * 2
    assert found.attributes == {"n_iter_": 9} == Counting([9, 4]).learn(task).attributes
    task.start = State(["one", "two"], memory=["a", 3])  # 3 is the memory of another rule
    assert Counting([1, 1]).learn(task).state.memory == ["a one", "None two"]


@pytest.mark.parametrize("broken", ["weights", "recurrent weights", "tau_mem", "loss_curve_", None])
def test_values_that_are_not_finite_are_named(broken):
    parts = {
        "weights": np.ones((2, 3)), "recurrent weights": np.ones((3, 3)),
        "tau_mem": np.full(3, 20.0), "loss_curve_": [1.0, 0.5]}
    if broken:
        parts[broken][-1] = np.nan
    first = Layer(np.ones((4, 2)), {"tau_mem": np.ones(2)})
    last = Layer(parts["weights"], {"tau_mem": parts["tau_mem"]})
    state = State([first, last._replace(recurrent=parts["recurrent weights"])])
    assert Result(state, LIF(), {"loss_curve_": parts["loss_curve_"]}).not_finite() == (
        [broken] if broken else [])
