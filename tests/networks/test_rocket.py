"""SpikingRocket: inputs, scaling and counts of random neurons."""


import naive
import numpy as np
import pytest

from skspike import SpikingRocket
from skspike._networks import _rocket

pytestmark = pytest.mark.small


@pytest.fixture
def series(rng):
    """Return 7 random walks of 3 channels and 20 steps."""
    return rng.normal(size=(7, 3, 20)).cumsum(axis=2)


def first_neurons(group):
    """Return a group with its first three neurons, because the definition is slow."""
    return group._replace(
        weights=group.weights[:, :3],
        intrinsics={name: values[:3] for name, values in group.intrinsics.items()})


def amplitude(series, means):
    """Compute the root mean square of the deviations of the channels of a series by hand."""
    return np.sqrt(
        np.mean([(x - m) ** 2 for row, m in zip(series, means, strict=True) for x in row]))


def with_amplitude(series, means, wanted):
    """Give the deviations of the channels of a series from their means another amplitude."""
    gain = wanted / amplitude(series, means)
    return [[m + (x - m) * gain for x in row] for row, m in zip(series, means, strict=True)]


def standardised(rocket, X):
    """Standardise series by hand: values, differences, and both at equal amplitude."""
    z = (X - rocket.mean_[:, None]) / rocket.scale_[:, None]
    parts = [(z, z.mean(axis=2))]
    if rocket.difference_scale_ is not None:
        d = np.zeros_like(z)
        d[:, :, 1:] = (z[:, :, 1:] - z[:, :, :-1]) / rocket.difference_scale_[:, None]
        parts.append((d, np.zeros(d.shape[:2])))
    limited, equal = [], []
    for (part, means), median, power in zip(
            parts, rocket.amplitude_median_, rocket.amplitude_power_, strict=True):
        wanted = [
            median * (amplitude(*pair) / median) ** power
            for pair in zip(part, means, strict=True)]
        limited.append(list(map(with_amplitude, part, means, wanted)))
        equal.append(list(map(with_amplitude, part, means, np.ones(len(part)))))
    return np.concatenate([*limited, *equal], axis=1)


@pytest.mark.parametrize("n_synapses, share", [(2, 0.5), (9, 0.0), (30, 1.0)])
def test_counts_are_those_of_the_definition(series, n_synapses, share):
    rocket = SpikingRocket(
        140, n_synapses=n_synapses, amplitude=share, random_state=0).fit(series)
    rocket.groups_ = [first_neurons(group) for group in rocket.groups_]
    # series that differ from fit, where rounding may change whether the threshold is reached
    X = series[::-1, ::-1] + 0.1
    z = standardised(rocket, X)
    counts = [
        np.concatenate([naive.delayed_counts(x, group) for group in rocket.groups_]) for x in z]
    np.testing.assert_array_equal(rocket.transform(X), counts)
    assert np.mean(np.ptp(counts, axis=0) > 0) > 0.8


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_features_of_a_sample_depend_on_nothing_but_its_values(series, n_jobs, monkeypatch):
    whole = SpikingRocket(130, random_state=0).fit(series).transform(series)
    monkeypatch.setattr(_rocket, "BUDGET", 1)  # one sample at a time
    rocket = SpikingRocket(130, n_jobs=n_jobs, random_state=0).fit(series)
    for rows in ([3], [5, 0, 2], slice(None, None, -1)):
        np.testing.assert_array_equal(rocket.transform(series[rows]), whole[rows])


def test_amplitudes_that_differ_by_orders_of_magnitude_are_compressed(series):
    factors = 10.0 ** np.arange(-3, 4)
    X = series * factors[:, None, None]
    rocket = SpikingRocket(130, amplitude=1, random_state=0).fit(X)
    z = (X - rocket.mean_[:, None]) / rocket.scale_[:, None]
    d = np.diff(z, axis=2, prepend=z[:, :, :1]) / rocket.difference_scale_[:, None]
    for part, means, median, power in zip(
            (z, d), (z.mean(axis=2), np.zeros((7, 3))), rocket.amplitude_median_,
            rocket.amplitude_power_, strict=True):
        logs = np.log(list(map(amplitude, part, means)))
        low, high = np.quantile(logs, (0.16, 0.84))
        assert median == pytest.approx(np.exp(np.median(logs)))
        assert power == pytest.approx(0.5 / ((high - low) / 2)) and power < 0.2
    # all series cause spikes
    assert (rocket.transform(X).mean(axis=1) > 1).all()
