"""Networks without a rule: only the decoder is fitted."""

import numpy as np
import pytest

from skspike import SNNClassifier, SNNTransformer
from skspike.datasets import make_poisson
from skspike.neurons import LIF
from skspike.simulation import NO_SPIKES, Layer, Network, from_raster

pytestmark = pytest.mark.small
X, Y = make_poisson(20, 10, 40, random_state=0)


def test_weights_are_the_initial_ones_with_and_without_labels():
    drawn = SNNTransformer(8, rule=None, random_state=0).fit(X)
    fitted = SNNClassifier(8, rule=None, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(drawn.weights_[0], fitted.weights_[0])
    assert drawn.n_iter_ == fitted.n_iter_ == 1


@pytest.mark.compiled
def test_each_layer_is_recurrent_as_specified():
    fitted = SNNTransformer(
        (8, 5, 4), recurrent=(True, False, True), rule=None, random_state=0).fit(X)
    assert [
        None if weights is None else weights.shape for weights in fitted.recurrent_weights_] == [
        (8, 8), None, (4, 4)]


@pytest.mark.compiled
def test_the_initial_recurrent_input_has_a_tenth_of_the_deviation_of_the_feed_forward_input(rng):
    raster = (rng.random((20, 8, 60)) < 0.2).astype(np.uint8)
    model = SNNTransformer(6, rule=None, recurrent=True, random_state=0).fit(raster)
    intrinsics = {name: values[0] for name, values in model.intrinsics_.items()}
    deviations = []
    for weights in (model.weights_[0], model.recurrent_weights_[0]):
        layer = Layer(weights, intrinsics)
        margins = Network(LIF(), [layer], 1.0, NO_SPIKES).margins(from_raster(raster))
        deviations.append(margins.std(axis=(0, 1)))
        raster = Network(LIF(), [layer], 1.0).rasters(from_raster(raster))  # without recurrence
    np.testing.assert_allclose(deviations[0], 1, rtol=1e-3)
    np.testing.assert_allclose(deviations[1], 0.1, rtol=1e-3)
