"""Training of a layer by pair-based STDP, around the competition that learns."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning._pair_stdp import PairCompetition
from skspike.simulation import Layer

pytestmark = pytest.mark.small


class Recorded(PairCompetition):
    """A layer that records its calls in their order."""

    calls: list = []
    layer = "the layer"

    def __init__(self, rule, network, scale):
        self.weights = network.weights
        self.calls[:] = [scale]

    def run(self, events, learning):
        self.calls.append(events)

    def normalise(self, total):
        self.calls.append(total.tolist())

    def clip_offsets(self):
        self.calls.append("clip")

    def apply_offsets(self):
        self.calls.append("apply")


@pytest.mark.parametrize("normalize", [False, True])
def test_the_largest_weight_of_another_rule_becomes_the_bound_and_sums_stay(normalize):
    rule = SimpleNamespace(w_min=-0.5, w_max=2.0, normalize_weights=normalize, intrinsics=None)
    task = SimpleNamespace(network=lambda layers: layers[0])
    source = SimpleNamespace(batches=lambda: [(None, "one"), (None, "two")])
    for weights, scale, sums in (
            ([[1.0, -6.0], [2.0, 0.5]], 3.0, [3.0, 6.5]), ([[0.0, 0.0]], 1.0, [0.0, 0.0])):
        layer = Layer(np.array(weights), {})
        assert Recorded.train(rule, task, source, 2, layer, None) == ("the layer", scale)
        each = [sums, "clip"] if normalize else ["clip"]
        assert Recorded.calls == [scale, "one", *each, "two", *each, "apply"]


def test_the_bias_of_another_rule_is_dropped_before_learning():
    rule = SimpleNamespace(w_min=0.0, w_max=1.0, normalize_weights=False, intrinsics=None)
    networks = []
    task = SimpleNamespace(network=lambda layers: networks.extend(layers) or layers[0])
    source = SimpleNamespace(batches=lambda: [])
    layer = Layer(np.ones((1, 2)), {}, bias=np.ones(2))
    Recorded.train(rule, task, source, 2, layer, None)
    assert [start.bias for start in networks] == [None]
