"""Operations of encoders equal counts by hand."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import (
    CODINGS, Delta, Direct, IntegrateAndFire, Latency, Poisson, Population, Thermometer)
from skspike.inspection import synaptic_operations

pytestmark = pytest.mark.small

RNG = np.random.default_rng(0)
FEATURES, SERIES = RNG.normal(size=(6, 7)), RNG.normal(size=(6, 3, 20))
# additions and comparisons of a feature in a step
PER_FEATURE = {
    Latency(): 1, Poisson(): 1, Population(5): 5, Thermometer(4): 4, IntegrateAndFire(): 1,
    IntegrateAndFire(signed=True): 1}
# the same of a channel of a series, with its differences
PER_CHANNEL = {
    Delta((0.1, 0.2, 0.3)): 3, Thermometer(4): 4, IntegrateAndFire(): 2,
    IntegrateAndFire(signed=True): 2, Direct(): 1, Direct(differences=True): 2, Poisson(): 1}


@pytest.mark.parametrize("coding", PER_FEATURE, ids=repr)
def test_features_are_scaled_once_and_compared_in_every_step(coding):
    found = synaptic_operations(SpikeEncoder(coding, n_steps=9).fit(FEATURES), FEATURES[:4])
    assert found.macs == 7 and found.acs == 7 * 9 * PER_FEATURE[coding]
    assert found.dense == found.acs + found.macs


def test_currents_of_features_are_computed_once():
    found = synaptic_operations(SpikeEncoder("direct", n_steps=9).fit(FEATURES), FEATURES)
    assert found == (7, 7, 14)


@pytest.mark.parametrize("coding", PER_CHANNEL, ids=repr)
def test_series_are_scaled_and_compared_in_every_step(coding):
    found = synaptic_operations(SpikeEncoder(coding).fit(SERIES), SERIES)
    assert found.macs == 3 * 20 and found.acs == 3 * 20 * PER_CHANNEL[coding]
    shorter = synaptic_operations(SpikeEncoder(coding, n_steps=8).fit(SERIES), SERIES)
    assert shorter.macs == 3 * 20 and shorter.acs == 3 * 8 * PER_CHANNEL[coding]


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_takes_operations(coding):
    X = SERIES if 2 in CODINGS[coding].refuses else SERIES[:, :, 0]
    found = synaptic_operations(SpikeEncoder(coding).fit(X), X)
    assert found.acs > 0 and found.macs > 0


def test_series_of_unequal_length_count_by_their_mean_length():
    series = [SERIES[k, :, : 10 + k] for k in range(6)]
    found = synaptic_operations(SpikeEncoder("thermometer").fit(series), series)
    n_levels = Thermometer().n_levels
    assert found.macs == 3 * 12.5 and found.acs == 3 * 12.5 * n_levels


def test_missing_values_count_like_others():
    X = SERIES.copy()
    encoder = SpikeEncoder(missing="interpolate").fit(X)
    X[0, 0, 3] = np.nan
    assert synaptic_operations(encoder, X) == synaptic_operations(encoder, SERIES)


def test_the_encoder_of_a_network_is_counted_apart_from_the_network():
    network = SNNClassifier(4, rule=None, encoder=SpikeEncoder(n_steps=9), random_state=0)
    network.fit(FEATURES, np.arange(6) % 2)
    assert synaptic_operations(network.encoder_, FEATURES).acs == 7 * 9
    alone = network.encoder_.transform(FEATURES).sum() / 6 * 4
    assert synaptic_operations(network, FEATURES).acs >= alone


def test_other_input_is_refused():
    encoder = SpikeEncoder(n_steps=9)
    with pytest.raises(NotFittedError):
        synaptic_operations(encoder, FEATURES)
    with pytest.raises(ValueError, match="got 3-D input of shape"):
        synaptic_operations(encoder.fit(FEATURES), SERIES)
