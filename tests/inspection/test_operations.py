"""Operations of networks equal literal counts."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.inspection import SynapticOperations, energy, synaptic_operations

SIZES = (5, 18)


def thin(estimator, rng):
    """Set a third of the weights of a fitted network to zero."""
    recurrent = [weights for weights in estimator.recurrent_weights_ if weights is not None]
    for weights in (*estimator.weights_, *recurrent):
        weights[rng.random(weights.shape) < 1 / 3] = 0
    return estimator


@pytest.fixture
def raster(rng):
    """A raster of 6 samples, 7 channels and 12 steps, with a silent sample."""
    X = (rng.random((6, 7, 12)) < 0.3).astype(np.uint8)
    X[2] = 0
    return X


@pytest.fixture
def currents(rng):
    """Constant currents of 6 samples and 7 features, some of them zero."""
    X = rng.normal(size=(6, 7))
    X[:, 3] = X[1] = 0
    return X


@pytest.fixture
def labels():
    """Labels of 6 samples."""
    return np.array([0, 1, 2, 0, 1, 2])


def hidden_rasters(network, X):
    """Return the spikes of each layer, from single-layer transformers."""
    rasters = []
    for weights, *values in zip(network.weights_, *network.intrinsics_.values(), strict=True):
        neuron = network.neuron_.get_params() | dict(zip(network.intrinsics_, values, strict=True))
        layer = SNNTransformer(
            weights.shape[1], rule=None, neuron=type(network.neuron_)(**neuron),
            standardize=False, n_steps=network.n_steps).fit(X)
        layer.weights_ = [weights]
        X = layer.transform(X)
        rasters.append(X)
    return rasters


def count_operations(inputs, weights):
    """Count nonzero inputs times nonzero weights, one by one, as a mean per sample."""
    total = 0
    for _, channel, _ in zip(*np.nonzero(inputs), strict=True):
        total += sum(w != 0 for w in weights[channel])
    return total / len(inputs)


def fitted(X, rng, **options):
    """Return a thinned random network of two layers."""
    return thin(SNNTransformer(SIZES, rule=None, n_steps=12, random_state=0, **options).fit(X), rng)


@pytest.mark.small
def test_operations_of_spikes_are_accumulates(raster, rng):
    network = fitted(raster, rng)
    first, last = hidden_rasters(network, raster)
    assert np.array_equal(last, network.transform(raster)) and first.any()
    acs = count_operations(
        raster, network.weights_[0]) + count_operations(first, network.weights_[1])
    assert synaptic_operations(network, raster) == pytest.approx(
        (acs, 0, 12 * (7 * 5 + 5 * 18)))


@pytest.mark.small
def test_spikes_of_recurrent_layers_meet_recurrent_weights_one_step_later(raster, rng):
    network = thin(SNNTransformer(18, recurrent=True, rule=None, random_state=0).fit(raster), rng)
    spikes = network.transform(raster)
    (weights,) = network.weights_
    (recurrent,) = network.recurrent_weights_
    assert spikes[:, :, -1].any()
    acs = count_operations(raster, weights) + count_operations(spikes[:, :, :-1], recurrent)
    assert synaptic_operations(network, raster) == pytest.approx(
        (acs, 0, 12 * (7 * 18 + 18 * 18)))


@pytest.mark.small
def test_operations_of_currents_are_multiply_accumulates(currents, rng):
    network = fitted(currents, rng, standardize=False)
    held = np.repeat(currents[:, :, None], 12, axis=2)
    macs = count_operations(held, network.weights_[0])
    acs = count_operations(hidden_rasters(network, currents)[0], network.weights_[1])
    assert synaptic_operations(network, currents) == pytest.approx(
        (acs, macs, 12 * (7 * 5 + 5 * 18)))


@pytest.mark.small
def test_currents_of_zero_and_one_need_no_multiplication(currents, rng):
    X = np.sign(currents)
    operations = synaptic_operations(fitted(X, rng, standardize=False), X)
    assert operations.macs == 0 < operations.acs
    operations = synaptic_operations(fitted(X, rng), X)
    assert operations.macs > 0 < operations.acs


@pytest.mark.small
def test_readout_multiplies_counts_once_a_sample(raster, labels):
    classifier = SNNClassifier(
        SIZES, readout="count", rule=None, random_state=0).fit(raster, labels)
    first, last = hidden_rasters(classifier, raster)
    counts = last.sum(axis=2)
    assert counts.max() > 1
    acs = count_operations(
        raster, classifier.weights_[0]) + count_operations(first, classifier.weights_[1])
    expected = acs, (counts != 0).sum() * 3 / 6, 12 * (7 * 5 + 5 * 18) + 18 * 3
    assert synaptic_operations(classifier, raster) == pytest.approx(expected)


def test_an_encoder_feeds_spikes(currents):
    encoder = SpikeEncoder(n_steps=12, random_state=0)
    network = SNNTransformer(SIZES, rule=None, encoder=encoder, random_state=0).fit(currents)
    raster = encoder.fit_transform(currents)
    alone = SNNTransformer(SIZES, rule=None, random_state=0).fit(raster)
    alone.weights_ = network.weights_
    assert synaptic_operations(network, currents) == synaptic_operations(alone, raster)


def test_numbers_do_not_depend_on_batches(rng):
    # enough samples for several groups in the simulation
    X = (rng.random((300, 7, 50)) < 0.3).astype(np.uint8)
    network = SNNTransformer((64, 64), rule=None, random_state=0, n_jobs=2).fit(X)
    assert synaptic_operations(network, X) == pytest.approx(
        np.mean([synaptic_operations(network, X[k : k + 1]) for k in range(300)], axis=0))


def test_competition_of_stdp_is_included(raster):
    network = SNNTransformer(8, rule="stdp", max_iter=1, random_state=0).fit(raster)
    assert synaptic_operations(network, raster).acs == pytest.approx(
        count_operations(raster, network.weights_[0]))


def test_a_regressor_has_the_operations_of_a_classifier_with_equal_weights(raster):
    y = np.arange(6) % 2
    options = {"hidden_layer_sizes": SIZES, "rule": None, "max_iter": 1, "random_state": 0}
    classifier = SNNClassifier(**options).fit(raster, y)
    regressor = SNNRegressor(**options).fit(raster, np.eye(2)[y])
    np.testing.assert_equal(classifier.weights_, regressor.weights_)
    assert synaptic_operations(regressor, raster) == synaptic_operations(classifier, raster)


@pytest.mark.small
def test_energy_is_operations_times_constants():
    operations = SynapticOperations(acs=2000.0, macs=100.0, dense=1e9)
    assert energy(operations) == pytest.approx((2000 * 0.9 + 100 * 4.6) * 1e-6)
    assert energy(operations, pj_per_ac=0.0, pj_per_mac=1e6) == pytest.approx(100)


@pytest.mark.small
def test_energy_names_bad_arguments():
    with pytest.raises(TypeError, match="synaptic_operations"):
        energy((2000.0, 100.0))
    with pytest.raises(ValueError, match="pj_per_mac"):
        energy(SynapticOperations(1.0, 1.0, 1.0), pj_per_mac=-1)


@pytest.mark.small
def test_the_expected_estimators_are_named(raster):
    network = SNNTransformer(SIZES, rule=None)
    with pytest.raises(NotFittedError):
        synaptic_operations(network, raster)
    for other in (MLPClassifier(), make_pipeline(network.fit(raster))):
        with pytest.raises(
                ValueError, match="synaptic_operations expects a fitted SNNTransformer, .*Encoder"):
            synaptic_operations(other, raster)
    with pytest.raises(ValueError, match="2-D input"):
        synaptic_operations(network, raster[:, :, 0])
    with pytest.raises(ValueError, match="NaN"):
        synaptic_operations(network, raster * np.nan)
