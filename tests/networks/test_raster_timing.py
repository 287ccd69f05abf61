"""Rasters in which spike times do not matter: regular trains, and trains of random times."""


import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from skspike import SpikeEncoder, datasets
from skspike._networks._input import Timing

pytestmark = pytest.mark.small
TABLES = {"iris": load_iris, "diabetes": load_diabetes, "wine": load_wine}
MAKERS = [
    name for name in datasets.__all__ if name[:4] == "make" and name not in (
        "make_poisson", "make_saccades", "make_gestures", "make_reach")]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("coding", "expected"), [
    ("integrate_and_fire", (True, True)), ("thermometer", (True, True)),
    ("poisson", (False, True)), ("population", (False, True)), ("latency", (False, False))])
def test_encoded_tables_are_recognised_by_their_trains(name, coding, expected):
    X, _ = TABLES[name](return_X_y=True)
    raster = SpikeEncoder(coding, random_state=0).fit_transform(X[::3])
    assert Timing.of(raster, None) == expected


@pytest.mark.parametrize("name", MAKERS)
def test_trains_with_patterns_in_time_are_recognised(name):
    X = getattr(datasets, name)(100, random_state=0)[0]
    assert Timing.of(X, None) == (False, False)


def test_a_table_is_constant_and_series_and_encoders_are_not(rng):
    series = rng.normal(size=(5, 2, 60))
    assert Timing.of(series[:, :, 0], None) == (True, True)
    assert Timing.of(series, None) == Timing.of(series, SpikeEncoder()) == (False, False)


def test_short_trains_are_not_regular_because_some_spike_in_all_steps(rng):
    raster = (rng.random((64, 1, 4)) < 0.6).astype(np.uint8)
    assert raster.all(axis=2).any() and Timing.of(raster, None) == (False, False)


@pytest.mark.parametrize("seed", range(3))
def test_templates_with_much_jitter_are_recognised_by_times_that_samples_share(seed):
    X = datasets.make_templates(250, jitter=15.0, random_state=seed)[0]
    assert Timing.of(X, None) == (False, False)
