"""How a layer is trained pair by pair, around the competition that learns."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning import _pair_layer
from skspike.simulation import Layer

pytestmark = pytest.mark.small


class Competition:
    """What is called, in its order."""

    calls: list = []

    def __init__(self, rule, network, scale):
        self.weights, self.layer = network.weights, "the layer"
        self.calls[:] = [scale]

    def run(self, events, learning):
        self.calls.append(events)

    def restore_sums(self, total):
        self.calls.append(total.tolist())

    def bound_offsets(self):
        self.calls.append("bound")

    def keep_offsets(self):
        self.calls.append("keep")


@pytest.mark.parametrize("normalize", [False, True])
def test_weights_of_another_rule_take_their_largest_as_the_bound_and_keep_their_sums_if_asked(
        normalize, monkeypatch):
    monkeypatch.setattr(_pair_layer, "PairCompetition", Competition)
    rule = SimpleNamespace(w_min=-0.5, w_max=2.0, normalize_weights=normalize, intrinsics=None)
    task = SimpleNamespace(network=lambda layers: layers[0])
    source = SimpleNamespace(batches=lambda: [(None, "one"), (None, "two")])
    for weights, scale, sums in (
            ([[1.0, -6.0], [2.0, 0.5]], 3.0, [3.0, 6.5]), ([[0.0, 0.0]], 1.0, [0.0, 0.0])):
        assert _pair_layer.train(
            rule, task, source, 2, Layer(np.array(weights), {}), None) == ("the layer", scale)
        each = [sums, "bound"] if normalize else ["bound"]
        assert Competition.calls == [scale, "one", *each, "two", *each, "keep"]
