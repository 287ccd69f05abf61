"""The compiled gradient of a decoder against numpy."""

import numpy as np
import pytest

from skspike.learning import (
    BinaryCrossEntropy, ColumnCrossEntropy, CrossEntropy, LinearDecoder, SquaredError)
from skspike.learning._decoder import Decoding, mean_coefficients
from skspike.simulation import to_lanes
from skspike.testing._kernels import central

pytestmark = pytest.mark.small


def gradients(decoder, filters, feedback, loss, counts, y, weight):
    """Return the loss, and the gradients of spikes, coefficients and intercepts."""
    decoding, lanes = Decoding(decoder, len(filters), feedback), to_lanes(counts)
    lanes = lanes.reshape(*counts.shape[:2], -1)
    arrays = decoding.arrays(lanes.shape, np.dtype(float))
    sums = np.zeros(decoding.coef.shape), np.zeros(decoding.intercept.shape)
    found = decoding.gradient(lanes, filters, loss, y, weight, arrays, *sums)
    means = np.empty_like(decoder.coef), np.empty_like(decoder.intercept)
    mean_coefficients(*sums, len(y), *means)
    return found, arrays[-1], *(len(y) * mean for mean in means)


@pytest.mark.parametrize(("loss", "n_neurons", "has_feedback"), [
    (CrossEntropy(3), 3, False), (BinaryCrossEntropy(3), 64, True),
    (ColumnCrossEntropy((1, 2)), 70, False), (SquaredError(3), 3, True)],
    ids=["classes", "labels", "columns", "values"])
def test_gradients_equal_those_in_numpy(loss, n_neurons, has_feedback, rng):
    n_samples, n_segments, n_filters, n_outputs = 5, 4, 2, 3
    counts = rng.integers(0, 9, (n_samples, n_segments, n_neurons)).astype(np.uint32)
    filters = rng.normal(size=(n_filters, n_segments)) * [[1, 1, 0, 1], [0, 1, 1, 1]]
    y = rng.integers(0, n_outputs, n_samples) if isinstance(loss, CrossEntropy) else rng.normal(
        size=(n_samples, n_outputs)) if isinstance(loss, SquaredError) else rng.integers(
        0, 2, (n_samples, n_outputs))
    y = y[:, :2] * [0, 1] if isinstance(loss, ColumnCrossEntropy) else y
    weight = rng.uniform(0.5, 2, n_samples)
    n_features = n_neurons * n_filters
    decoder = LinearDecoder(
        rng.normal(size=(n_features, n_outputs)), rng.normal(size=n_outputs),
        rng.normal(size=n_features), rng.uniform(0.5, 2, n_features))
    feedback = rng.normal(size=(n_features, n_outputs)) if has_feedback else None
    found, ds, *ddecoder = gradients(decoder, filters, feedback, loss, counts, y, weight)
    # the same in numpy: neurons before filters
    features = np.einsum("bsh,fs->bhf", counts, filters).reshape(n_samples, -1)
    expected, doutputs = loss.gradient(decoder.outputs(features), y, weight)
    weights = decoder.coef if feedback is None else feedback
    dfeatures = doutputs @ weights.T / decoder.scale
    dexpected = decoder.standardise(features).T @ doutputs, doutputs.sum(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    for ours, wanted in zip(ddecoder, dexpected, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        ds[..., :n_neurons],
        np.einsum("bhf,fs->bsh", dfeatures.reshape(n_samples, -1, n_filters), filters), rtol=1e-12,
        atol=1e-12)
    assert not ds[..., n_neurons:].any()


def test_extreme_outputs_have_a_finite_loss():
    decoder = LinearDecoder(np.array([[0.0, 1e6]]), np.zeros(2), np.zeros(1), np.ones(1))
    counts = np.ones((1, 1, 1), np.uint32)
    loss, *found = gradients(
        decoder, np.ones((1, 1)), None, CrossEntropy(2), counts, np.array([0]), np.ones(1))
    assert loss == 1e6 and all(np.isfinite(gradient).all() for gradient in found)


def test_an_update_uses_the_present_coefficients():
    decoder = LinearDecoder(np.ones((6, 3)), np.zeros(3), np.zeros(6), np.ones(6))
    decoding = Decoding(decoder, 2)
    decoder.coef[:] = np.arange(18).reshape(6, 3)
    decoding.update()
    np.testing.assert_array_equal(decoding.coef, Decoding(decoder, 2).coef)


@pytest.mark.parametrize("loss", [CrossEntropy(3), SquaredError(3)], ids=["classes", "values"])
def test_gradients_equal_central_differences(loss, rng):
    counts, weight = rng.normal(5, 2, (7, 1, 4)), rng.uniform(0.5, 2, 7)
    y = rng.integers(3, size=7) if loss.n_classes else rng.normal(size=(7, 3))
    decoder = LinearDecoder.initial(counts[:, 0], 3, np.random.RandomState(0))

    def value():
        return loss.gradient(decoder.outputs(counts[:, 0]), y, weight)[0]

    _, ds, *grads = gradients(decoder, np.ones((1, 1)), None, loss, counts, y, weight)
    for array, grad in zip(
            (decoder.coef, decoder.intercept, counts), (*grads, ds[..., :4]), strict=True):
        expected = central(value, array)
        np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-6 * abs(expected).max())
