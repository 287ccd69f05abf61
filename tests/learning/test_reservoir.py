"""Networks without a rule: only the decoder is fitted."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skspike import SNNClassifier, SNNRegressor, SNNTransformer
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


@pytest.mark.parametrize("alpha", ["auto", 0.0, 1.0, 30.0])
def test_alpha_is_the_penalty_of_the_decoder(alpha):
    values = X[:, :5].sum(axis=(1, 2)) * 1.0
    model = SNNRegressor(
        8, rule=None, alpha=alpha, readout="count", random_state=0).fit(X, values)
    counts = SNNTransformer(8, rule=None, random_state=0).fit_transform(X).sum(axis=2)
    z = (counts - model.feature_mean_) / model.feature_scale_
    ridge = Ridge(1.0 if alpha == "auto" else alpha, solver="svd").fit(z, values)
    np.testing.assert_allclose(model.predict(X), ridge.predict(z), rtol=1e-6)


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


@pytest.mark.parametrize("cls, y", [(SNNClassifier, Y), (SNNRegressor, X.sum(axis=(1, 2)) + Y)])
def test_alpha_is_the_penalty_of_the_decoder_also_if_it_is_zero(cls, y):
    def norm(alpha):
        model = cls(8, rule=None, readout="count", alpha=alpha, random_state=0).fit(X, y)
        assert model.alpha_ == (1.0 if alpha == "auto" else alpha)
        return np.linalg.norm(model.decoder_coef_)

    norms = [norm(alpha) for alpha in (0, 0.01, 1, 100)]
    assert norms == sorted(norms, reverse=True) and norms[0] > 1.1 * norms[2]
    assert norm("auto") == norms[2]


def test_a_regression_without_penalty_fits_features_that_depend_on_each_other():
    model = SNNRegressor(64, rule=None, readout="count", alpha=0, random_state=0).fit(X, Y)
    np.testing.assert_allclose(model.predict(X), Y, atol=1e-6)
