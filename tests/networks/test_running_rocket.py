"""SpikingRocket(streaming=True): its features use the past alone, and a stream has them too."""

import copy

import numpy as np
import pytest

from skspike import SpikingRocket, stream_of
from skspike._networks._running_input import FLOOR, PRIOR
from skspike.neurons import LIF

pytestmark = pytest.mark.small


@pytest.fixture
def series(rng):
    """Return 7 random walks of 3 channels and 20 steps."""
    return rng.normal(size=(7, 3, 20)).cumsum(axis=2)


@pytest.fixture
def loud(series, rng):
    """Return walks whose amplitudes differ by orders of magnitude."""
    return series * 10 ** rng.uniform(-2, 2, (7, 1, 1))


def rocket(n_neurons=70, **parameters):
    return SpikingRocket(
        n_neurons, **{"streaming": True, "random_state": 0, **parameters})


def inputs_by_hand(fitted, X):
    """Return standardised values and differences over a power of the running amplitude."""
    z = (X - fitted.mean_[:, None]) / fitted.scale_[:, None]
    d = np.zeros_like(z)
    d[:, :, 1:] = (z[:, :, 1:] - z[:, :, :-1]) / fitted.difference_scale_[:, None]
    n, found = np.arange(1, X.shape[2] + 1), []
    for k, part in enumerate((z, d)):
        mean = 0 if k else part.cumsum(axis=2) / (n + PRIOR)
        squares = ((part - mean) ** 2).mean(axis=1).cumsum(axis=1)
        amplitude = np.sqrt((squares + FLOOR) / (n + FLOOR))[:, None]
        change = (fitted.amplitude_median_[k] / amplitude) ** (1 - fitted.amplitude_power_[k])
        found.append(part * change)
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize("name", ["series", "loud"])
def test_inputs_are_those_of_the_definition(name, request):
    X = request.getfixturevalue(name)
    fitted = rocket().fit(X)
    assert (fitted.amplitude_power_ < 1).all() == (name == "loud")
    np.testing.assert_allclose(fitted._inputs(X), inputs_by_hand(fitted, X), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize(
    "neuron", ["lif", "adex", LIF(tau_mem=1e-3, tau_mem_bounds="fixed")],
    ids=["lif", "adex", "none"])
@pytest.mark.parametrize("name", ["series", "loud"])
def test_a_stream_has_the_features_of_each_beginning(name, neuron, request):
    X = request.getfixturevalue(name)
    fitted = rocket(neuron=neuron, differences=name == "loud").fit(X)
    running, stream = fitted.running_features(X), fitted.stream()
    assert running.any() and running.dtype == np.float32
    for k in range(3):
        stream.reset()
        spikes = np.array([stream.step(x) for x in X[k].T])
        np.testing.assert_array_equal(stream.features(), running[k, -1])
        np.testing.assert_array_equal(spikes.cumsum(axis=0), running[k])
        stream.reset()
        stream.step(X[k, :, :7])
        again = copy.deepcopy(stream)
        again.step(X[k, :, 7:])
        np.testing.assert_array_equal(stream.features(), running[k, 6])
        np.testing.assert_array_equal(again.features(), running[k, -1])
    np.testing.assert_array_equal(fitted.running_features(X, [3, 20]), running[:, [2, 19]])
    with pytest.raises(ValueError, match=r"weights must be .* \(\d+, n_sums\), got .*2, 3"):
        fitted.running_features(X, weights=np.ones((2, 3)))


def test_gaps_are_held(series):
    X = series.copy()
    X[:, 0, 5:8], X[2, 1, :4] = np.nan, np.nan
    fitted = rocket(missing="hold").fit(X)
    stream, wanted = stream_of(fitted), fitted.running_features(X)
    for k in range(4):
        stream.reset()
        for t in range(20):
            stream.step(X[k, :, t])
            np.testing.assert_array_equal(stream.features(), wanted[k, t])


def test_what_needs_later_values_is_refused(series):
    whole = rocket(streaming=False).fit(series)
    for run in (whole.stream, lambda: whole.running_features(series)):
        with pytest.raises(ValueError, match="Fit it with streaming=True"):
            run()
    between = rocket(missing="interpolate").fit(series)
    for run in (between.stream, lambda: between.running_features(series)):
        with pytest.raises(ValueError, match="later values. Fit it with missing='hold'"):
            run()
    with pytest.raises(ValueError, match="streaming must be one of True, False, got 'yes'"):
        rocket(streaming="yes").fit(series)
    fitted = rocket().fit(series)
    with pytest.raises(ValueError, match="takes samples of equal length"):
        fitted.running_features([series[0], series[1, :, :9]])
    stream = fitted.stream()
    before = stream.state
    for wrong in ([1.0, 2.0], [np.nan, 0, 0], [np.inf, 0, 0], np.zeros((3, 0))):
        with pytest.raises(ValueError, match="SpikingRocket.stream expects"):
            stream.step(wrong)
        np.testing.assert_array_equal(stream.state, before)
    with pytest.raises(AttributeError, match="no such method"):
        stream.predict()
