"""Currents are standardised, so that results do not depend on offsets and units."""


import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike._base import collected
from skspike._networks._input import amplitudes_differ, at_equal_amplitude, without_rounding_errors

TABLE, Y = load_iris(return_X_y=True)
TABLE = StandardScaler().fit_transform(TABLE)
VALUES = TABLE @ np.arange(4)
RNG = np.random.default_rng(0)
SERIES = RNG.normal(size=(24, 3, 30)).cumsum(axis=2)
SMALL = {"n_steps": 20, "max_iter": 2, "random_state": 0}
NETWORKS = {
    "classifier": (SNNClassifier(5, **SMALL), Y),
    "regressor": (SNNRegressor(5, **SMALL), VALUES),
    "transformer": (SNNTransformer(5, **SMALL), Y)}
INPUTS = {"table": TABLE, "series": SERIES}


def target(name, X):
    """Return the network of this name, and its target."""
    network, y = NETWORKS[name]
    return network, y[:: len(y) // len(X)][: len(X)]


def outputs(network, X):
    return network.transform(X) if hasattr(network, "transform") else network._outputs(X)


def by_hand(X, mean, sd):
    """Return standardised currents, one value at a time."""
    found = np.zeros(X.shape, np.float32)
    for place, value in np.ndenumerate(X):
        m, s = mean[place[1]], sd[place[1]]
        if s > 0:
            found[place] = max(min((float(value) - m) / s, 5.0), -5.0)
    return found


@pytest.fixture(params=INPUTS)
def X(request):
    return INPUTS[request.param]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("power", [-400, 20])
def test_units_of_a_power_of_two_change_no_bit(name, power, X):
    network, y = target(name, X)
    expected, scaled = outputs(network.fit(X, y), X), np.ldexp(X, power)
    np.testing.assert_array_equal(outputs(network.fit(scaled, y), scaled), expected)


@pytest.mark.small
def test_a_network_gets_the_clipped_values_of_each_channel(X):
    X = X.copy()
    X[0].flat[0], X[:, 1] = 1e3, 2024.0
    on, off = (SNNTransformer(5, n_steps=20, rule=None, standardize=flag, random_state=0)
               for flag in (True, False))
    on.fit(X)
    axes = (0,) if X.ndim == 2 else (0, 2)
    np.testing.assert_allclose(on.input_mean_, X.mean(axis=axes), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(on.input_scale_, X.std(axis=axes), rtol=1e-9)
    currents = by_hand(X, on.input_mean_, on.input_scale_)
    assert currents.max() == 5 and not currents[:, 1].any() and on.input_scale_[1] == 0
    off.fit(without_rounding_errors(currents))
    assert off.input_mean_ is None and off.input_scale_ is None
    np.testing.assert_allclose(on.weights_[0], off.weights_[0], rtol=1e-5)
    off.weights_ = on.weights_
    np.testing.assert_array_equal(on.transform(X), off.transform(currents))
    # a channel that was constant gives no current
    other = X.copy()
    other[:, 1] = -7.0
    np.testing.assert_array_equal(on.transform(other), on.transform(X))


def test_rasters_signed_spikes_and_encoders_are_not_touched():
    spikes = (RNG.random((24, 3, 30)) < 0.3).astype(float)
    signs = RNG.choice([-1.0, 1.0], size=spikes.shape)
    encoder = SpikeEncoder("direct", n_steps=20, random_state=0)
    for given, options in ((spikes, {}), (spikes * signs, {}), (SERIES, {"encoder": encoder})):
        on, off = (
            SNNClassifier(5, standardize=flag, **SMALL, **options).fit(given, Y[::6][:24])
            for flag in (True, False))
        assert on.input_mean_ is None and on.input_scale_ is None
        np.testing.assert_array_equal(on.predict_proba(given), off.predict_proba(given))


@pytest.mark.parametrize("name", NETWORKS)
def test_moments_of_partial_fit_are_those_of_all_rows_so_far(name, X):
    network, y = target(name, X)
    network = clone(network).set_params(batch_size=8)
    X, extra = X * 3e5 + 1e6, {} if name == "regressor" else {"classes": np.unique(y)}
    for rows in (slice(0, 8), slice(8, 24)):
        network.partial_fit(X[rows], y[rows], **extra)
    axes = (0,) if X.ndim == 2 else (0, 2)
    np.testing.assert_allclose(network.input_mean_, X[:24].mean(axis=axes), rtol=1e-9)
    np.testing.assert_allclose(network.input_scale_, X[:24].std(axis=axes), rtol=1e-9)
    whole = clone(network).partial_fit(X[:24], y[:24], **extra)
    np.testing.assert_array_equal(whole.input_scale_, network.input_scale_)
    np.testing.assert_allclose(whole.weights_[0], network.weights_[0], rtol=1e-6)


@pytest.mark.parametrize("chunks", [
    [SERIES[:8, :, :10] + 5, SERIES[8:]], [[x[:, : 5 + k] for k, x in enumerate(SERIES)]],
    [SERIES[:1], [SERIES[1, :, :3], SERIES[2, :, :9]], SERIES[3:, :, :6] - 5]])
def test_moments_of_chunks_of_any_length_count_each_step_once(chunks):
    network, weights = SNNRegressor(5, batch_size=4, **SMALL), []
    for chunk in chunks:
        weights.append(RNG.random(len(chunk)))
        network.partial_fit(chunk, np.arange(len(chunk)), weights[-1])
    samples = [x for chunk in chunks for x in chunk]
    steps = np.concatenate(samples, axis=1)
    weight = np.repeat(np.concatenate(weights), [x.shape[1] for x in samples])
    mean = np.average(steps, axis=1, weights=weight)
    sd = np.sqrt(np.average((steps - mean[:, None]) ** 2, axis=1, weights=weight))
    np.testing.assert_allclose(network.input_mean_, mean, rtol=1e-9)
    np.testing.assert_allclose(network.input_scale_, sd, rtol=1e-9)
    np.testing.assert_allclose(network._moments.weight, weight.sum())


def test_a_warm_start_keeps_the_moments():
    network = SNNClassifier(5, warm_start=True, **SMALL).fit(TABLE, Y)
    mean = network.input_mean_
    assert network.fit(TABLE + 1, Y).input_mean_ is mean
    network.set_params(standardize=False).fit(TABLE, Y)
    assert network.input_mean_ is mean
    assert network.set_params(warm_start=False).fit(TABLE, Y).input_mean_ is None


# -- each series by itself

def by_sample(name, encoder=None):
    """Return a network that scales each series by itself, and its target."""
    network, y = target(name, SERIES)
    return clone(network).set_params(standardize="sample", encoder=encoder), y


@pytest.mark.small
def test_each_series_gets_mean_0_in_each_channel_and_an_amplitude_of_1():
    scaled = at_equal_amplitude(SERIES)
    np.testing.assert_allclose(scaled.mean(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose((scaled**2).mean(axis=(1, 2)), 1, rtol=1e-12)
    centred = SERIES[3] - SERIES[3].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(scaled[3], centred / np.sqrt((centred**2).mean()), rtol=1e-12)
    for factor in (1e-140, 1e148):
        np.testing.assert_allclose(at_equal_amplitude(SERIES * factor), scaled, rtol=1e-9)
    alone = collected([SERIES[0], SERIES[1][:, :20]], "X")
    np.testing.assert_array_equal(next(iter(at_equal_amplitude(alone))), scaled[0])


def test_spikes_are_not_scaled_and_tables_and_streams_are_refused():
    network, y = by_sample("classifier")
    signs = np.sign(SERIES) * (np.abs(SERIES) > 1)
    for X in (signs, np.abs(signs).astype(np.uint8)):
        plain = clone(network).set_params(standardize=True).fit(X, y)
        np.testing.assert_array_equal(network.fit(X, y).predict_proba(X), plain.predict_proba(X))
        network.stream()
    with pytest.raises(ValueError, match=r"standardize='sample' .* got a table"):
        network.fit(TABLE, Y)
    network.fit(SERIES, y)
    with pytest.raises(ValueError, match="scales each series by itself .* cannot stream"):
        network.stream()
    wanted = "standardize must be one of 'auto', True, False, 'sample'"
    with pytest.raises(ValueError, match=wanted):
        network.set_params(standardize="row").fit(SERIES, y)


# -- chosen by the data

def waves(strengths, n_samples=60):
    """Return waves of two frequencies with noise, and the class of each."""
    rng, y = np.random.default_rng(0), np.arange(n_samples) % 2
    t = np.arange(40) + rng.uniform(0, 40, (n_samples, 1))
    series = np.sin(2 * np.pi * t / np.where(y, 8, 12)[:, None])
    series += 0.3 * rng.normal(size=series.shape)
    return (series * strengths(rng, y)[:, None])[:, None], y


def any_strength(rng, y):
    """Return factors that do not depend on the class."""
    return 10.0 ** rng.uniform(-2, 0, len(y))


def telling_strength(rng, y):
    """Return factors that tell the class."""
    return np.where(y, 0.02, 1.0) * rng.uniform(1, 1.5, len(y))


def similar_strength(rng, y):
    """Return factors from 1 to 5."""
    return rng.uniform(1, 5, len(y))


@pytest.mark.parametrize(("cls", "strengths", "encoder"), [
    (SNNClassifier, any_strength, None), (SNNRegressor, any_strength, SpikeEncoder()),
    (SNNTransformer, telling_strength, None), (SNNClassifier, similar_strength, None)])
def test_series_are_scaled_one_by_one_where_strength_tells_nothing(cls, strengths, encoder):
    X, y = waves(strengths)
    each = {"hidden_layer_sizes": 20, "max_iter": 2, "random_state": 0, "encoder": encoder}
    network = cls(**each).fit(X, y)
    assert network.scales_samples_ == (strengths is any_strength)
    if network.scales_samples_:
        louder = X * np.exp2(np.arange(len(X)) % 9)[:, None, None]
        np.testing.assert_array_equal(outputs(network, X), outputs(network, louder))
        with pytest.raises(ValueError, match="cannot stream"):
            network.stream()
    else:
        same = cls(**each, standardize=True).fit(X, y)
        np.testing.assert_array_equal(outputs(network, X), outputs(same, X))


@pytest.mark.small
@pytest.mark.parametrize("unit", [1e-145, 1.0, 1e145])
def test_amplitudes_differ_by_a_factor_of_ten_between_most_samples(unit):
    X, _ = waves(lambda rng, y: np.ones(len(y)))
    for factor, differ in ((8, False), (13, True)):
        factors = np.geomspace(1, factor ** (1 / 0.9), len(X))[:, None, None] / factor
        series = unit * factors * X
        assert amplitudes_differ(series) == differ
        unequal = [x[:, : 38 + k % 3] for k, x in enumerate(series)]
        assert amplitudes_differ(collected(unequal, "X")) == differ
    constant = np.ones_like(X)
    assert not amplitudes_differ(constant)
    constant[0] = X[0]
    assert not amplitudes_differ(constant)
    few = X.copy()
    few[:2] *= 1e6
    assert not amplitudes_differ(few)
