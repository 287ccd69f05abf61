"""Direct coding: standardised values as currents, in the encoder, networks and other estimators."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter,
    SpikeEncoder, SpikingRocket)
from skspike.coding import Direct
from skspike.inspection import RasterDisplay, synaptic_operations
from skspike.learning import SurrogateGradient

rng = np.random.default_rng(0)
# The range is 16, so that scaling to [0, 1] is exact.
SERIES = rng.integers(0, 65, (24, 3, 30)) * 0.25
SERIES[0, :, :2] = [0.0, 16.0]
FEATURES = SERIES[:, :, :2].reshape(24, 6)
Y = np.arange(24) % 3


def standardised(X, fitted, differences=False):
    """Standardise unscaled values by hand."""
    axes = (0, 2)[: X.ndim - 1]
    mean, sd = fitted.mean(axis=axes, keepdims=True), fitted.std(axis=axes, keepdims=True)
    if not differences:
        return ((X - mean) / sd).astype(np.float32)
    d, seen = (np.diff(x, axis=2, prepend=x[:, :, :1]) for x in (X, fitted))
    both = np.stack(
        [(X - mean) / sd, d / np.sqrt((seen**2).mean(axis=(0, 2), keepdims=True))], axis=2)
    return both.reshape(len(X), -1, X.shape[2]).astype(np.float32)


@pytest.mark.small
@pytest.mark.parametrize("differences", [False, True])
def test_series_become_what_is_standardised_by_hand(differences):
    fitted = SpikeEncoder(Direct(differences)).fit(SERIES[:12])
    for X in (SERIES[:12], SERIES[12:]):
        np.testing.assert_allclose(
            fitted.transform(X), standardised(X, SERIES[:12], differences), rtol=1e-6, atol=1e-6)
    currents = fitted.transform(SERIES[:12]).reshape(12, 3, 1 + differences, 30)
    np.testing.assert_allclose(np.sqrt((currents**2.0).mean(axis=(0, 3))), 1, rtol=1e-6)
    np.testing.assert_allclose(currents[:, :, 0].mean(axis=(0, 2)), 0, atol=1e-6)
    assert not currents[:, :, 1:, 0].any()


@pytest.mark.small
def test_features_are_constant_currents_without_differences():
    currents = SpikeEncoder(Direct(differences=True), n_steps=20).fit_transform(FEATURES)
    assert currents.shape == (24, 6, 20)
    np.testing.assert_allclose(
        currents, np.repeat(standardised(FEATURES, FEATURES)[:, :, None], 20, axis=2), rtol=1e-6,
        atol=1e-6)


@pytest.mark.small
@pytest.mark.parametrize("value_range", [None, (0.0, 1.0)])
def test_constant_channels_are_zero(value_range):
    X = np.stack([np.full((3, 7), 0.1), np.random.default_rng(1).random((3, 7))], axis=1)
    for given in (X, X[:, :, 0]):
        currents = SpikeEncoder(Direct(differences=True), value_range=value_range).fit_transform(
            given).reshape(3, 2, -1)
        assert not currents[:, 0].any() and currents[:, 1].any()


@pytest.mark.small
def test_a_deviation_of_less_than_a_part_in_2_to_40_is_rounding_and_a_larger_one_is_not():
    least = 2.0**-40
    coding = Direct()
    coding.fit([np.array([0.5 - d, 0.5 + d]) for d in (least / 2, least)])
    assert coding.scale_.tolist() == [[1.0, least]]


@pytest.mark.small
def test_values_out_of_the_range_of_fit_count_as_its_ends():
    fitted = SpikeEncoder("direct").fit(SERIES)
    np.testing.assert_array_equal(
        fitted.transform(SERIES * 1000 - 500), fitted.transform((SERIES * 1000 - 500).clip(0, 16)))


@pytest.mark.small
def test_channels_of_differences_follow_their_own():
    names = SpikeEncoder(
        Direct(differences=True)).fit(SERIES).get_feature_names_out(["a", "b", "c"])
    assert names.tolist() == ["a", "a_difference", "b", "b_difference", "c", "c_difference"]
    assert SpikeEncoder("direct").fit(SERIES).get_feature_names_out().tolist() == ["x0", "x1", "x2"]


@pytest.mark.parametrize(
    "options", [
        {}, {"delays": (0, 3), "rule__dropout": 0.2}, {"readout": "auto", "recurrent": True}],
    ids=str)
@pytest.mark.parametrize("X", [SERIES, FEATURES], ids=["series", "features"])
def test_network_with_the_encoder_inside_equals_the_network_on_currents(X, options):
    encoder = SpikeEncoder(Direct(differences=True), n_steps=30, random_state=0).fit(X)
    own = {
        "hidden_layer_sizes": 6, "max_iter": 3, "readout": "windows", "delays": None,
        "rule__augment": None, "random_state": 0, **options}
    # dropout leaves out whole features, but single events of series. Only features choose alpha.
    if X.ndim == 2:
        own |= {"rule__dropout": 0.0, "alpha": 0.0}
    if own["readout"] == "auto" and X.ndim == 2:
        own["readout"] = "count"
    inside = SNNClassifier(encoder=encoder).set_params(**own).fit(X, Y)
    outside = SNNClassifier(standardize=False).set_params(**own).fit(encoder.transform(X), Y)
    np.testing.assert_array_equal(
        inside.decision_function(X), outside.decision_function(encoder.transform(X)))
    assert inside.takes_currents_ and outside.takes_currents_
    assert len(np.unique(inside.decision_function(X))) > 24


@pytest.mark.parametrize("model", [SNNClassifier, SNNRegressor])
def test_series_standardised_by_hand_are_the_same_to_a_network(model):
    own = {"hidden_layer_sizes": 6, "max_iter": 3, "random_state": 0}
    inside = model(encoder=SpikeEncoder("direct", random_state=0), **own).fit(SERIES[:16], Y[:16])
    # a network that standardises also rounds its input in training
    outside = model(standardize=False, **own).fit(standardised(SERIES[:16], SERIES[:16]), Y[:16])
    np.testing.assert_array_equal(inside.weights_[0], outside.weights_[0])
    np.testing.assert_array_equal(
        inside.predict(SERIES[16:]), outside.predict(standardised(SERIES[16:], SERIES[:16])))


def test_features_standardised_by_hand_are_the_same_to_a_network():
    rule = SurrogateGradient(dropout=0.2)
    own = {"hidden_layer_sizes": 6, "max_iter": 3, "rule": rule, "random_state": 0}
    inside = SNNClassifier(encoder=SpikeEncoder("direct", random_state=0), **own).fit(FEATURES, Y)
    outside = SNNClassifier(**own).fit(standardised(FEATURES, FEATURES), Y)
    np.testing.assert_array_equal(
        inside.predict_proba(FEATURES), outside.predict_proba(standardised(FEATURES, FEATURES)))


@pytest.mark.parametrize("delays", [None, (0, 4)])
@pytest.mark.parametrize("X", [SERIES, FEATURES], ids=["series", "features"])
def test_stream_of_a_network_takes_the_currents_of_its_encoder(X, delays):
    network = SNNTransformer(
        (9, 5), encoder=SpikeEncoder("direct", n_steps=30), delays=delays, rule=None,
        random_state=0).fit(X)
    stream, currents = network.stream(encoded=True), network.encoder_.transform(X[:1])[0]
    raster = network.transform(X[:1])[0]
    assert raster.any()
    np.testing.assert_array_equal(np.transpose([stream.step(x) for x in currents.T]), raster)
    stream.reset()
    np.testing.assert_array_equal(stream.step(currents), raster)


@pytest.mark.small
@pytest.mark.parametrize("reads", [LZCClassifier(), LZCTransformer(), SpikeCounter()], ids=repr)
def test_estimators_of_spike_trains_refuse_currents(reads):
    message = f"{type(reads).__name__} expects spikes, 0 and 1 only.*returns currents"
    with pytest.raises(ValueError, match=message):
        make_pipeline(SpikeEncoder("direct"), reads).fit(SERIES, Y)


@pytest.mark.small
def test_rasters_that_are_drawn_are_no_currents():
    with pytest.raises(ValueError, match="not with a coding that returns currents"):
        RasterDisplay.from_raster(SpikeEncoder("direct").fit_transform(SERIES))


def test_random_neurons_accept_currents():
    own, ridge = {"n_neurons": 128, "random_state": 0}, RidgeClassifier()
    behind = make_pipeline(SpikeEncoder("direct"), SpikingRocket(**own), ridge).fit(SERIES, Y)
    np.testing.assert_array_equal(
        behind.predict(SERIES),
        make_pipeline(SpikingRocket(**own), ridge).fit(SERIES, Y).predict(SERIES))


def test_currents_are_multiplied_and_spikes_are_added():
    direct, spikes = (
        SNNTransformer(9, encoder=SpikeEncoder(c), rule=None, random_state=0).fit(SERIES)
        for c in ("direct", "delta"))
    operations = synaptic_operations(direct, SERIES)
    assert operations.macs == pytest.approx(
        np.count_nonzero(direct.encoder_.transform(SERIES)) * 9 / 24) and operations.acs == 0
    assert synaptic_operations(spikes, SERIES).macs == 0
