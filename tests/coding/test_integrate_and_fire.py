"""Integrate-and-fire coding: spike counts give the integral of values and differences."""

from fractions import Fraction

import naive
import numpy as np
import pytest

from skspike import SNNTransformer, SpikeEncoder
from skspike.coding import MAX_DRIVE, SPIKE_UNITS, IntegrateAndFire
from skspike.coding._integrate_and_fire import integrate, integrate_steady
from skspike.inspection import synaptic_operations

pytestmark = pytest.mark.small


def spikes(drive):
    """Return the raster of integer drive."""
    raster = np.empty((len(drive), 2 * drive.shape[1], drive.shape[2]), np.uint8)
    integrate(np.ascontiguousarray(drive), raster)
    return raster


@pytest.mark.parametrize("n_steps", [1, 2, 60])
def test_spikes_are_those_of_the_definition(n_steps, rng):
    # multiples of an eighth of a spike: many sums are exactly one
    drive = rng.integers(-20, 21, (10, 3, n_steps)) * (SPIKE_UNITS // 8)
    raster = spikes(drive)
    for b, c in np.ndindex(10, 3):
        assert raster[b, 2 * c : 2 * c + 2].tolist() == naive.integrate_and_fire(
            [Fraction(int(part), SPIKE_UNITS) for part in drive[b, c]])


@pytest.mark.parametrize("lags", [(1,), (4,), (3, 1, 90)], ids=str)
@pytest.mark.parametrize("gain", [0.2, 0.7, 2.0])
def test_values_and_differences_are_standardised_as_fit_saw_them(gain, lags, rng):
    X = np.cumsum(rng.normal(size=(6, 2, 80)), axis=2) * [[3.0], [0.1]] + [[7.0], [-2.0]]
    fitted = SpikeEncoder(IntegrateAndFire(gain, lags=lags)).fit(X[:4])
    raster = fitted.transform(X)
    inside = np.clip(X, X[:4].min(axis=(0, 2))[:, None], X[:4].max(axis=(0, 2))[:, None])
    drive = (inside - X[:4].mean(axis=(0, 2))[:, None]) / X[:4].std(axis=(0, 2))[:, None]
    drives = [drive]
    for lag in lags:
        change = np.zeros_like(inside)
        change[:, :, lag:] = (inside[:, :, lag:] - inside[:, :, : 80 - lag]) if lag < 80 else 0
        square = (change[:4] ** 2).mean(axis=(0, 2))
        drives.append(change / np.sqrt(np.where(square > 0, square, 1))[:, None])
    n = 2 * len(drives)
    for b, c in np.ndindex(6, 2):
        expected = np.concatenate([naive.integrate_and_fire(gain * one[b, c]) for one in drives])
        np.testing.assert_array_equal(raster[b, n * c : n * c + n], expected)


@pytest.mark.parametrize(("n_samples", "lags"), [(99, (1,)), (100, (1, 4))])
def test_many_series_have_changes_over_two_lags(n_samples, lags, rng):
    X = rng.normal(size=(n_samples, 2, 12))
    automatic = SpikeEncoder().fit(X)
    assert automatic.coding_.lags_ == lags
    given = SpikeEncoder(IntegrateAndFire(lags=lags)).fit(X)
    np.testing.assert_array_equal(automatic.transform(X), given.transform(X))


def test_channels_are_named_by_their_lags(rng):
    X = rng.normal(size=(3, 1, 12))
    names = SpikeEncoder(IntegrateAndFire(lags=(1, 4))).fit(X).get_feature_names_out().tolist()
    assert names == ["x0_high", "x0_low", "x0_rise", "x0_fall", "x0_rise_4", "x0_fall_4"]
    signed = SpikeEncoder(IntegrateAndFire(lags=(4,), signed=True)).fit(X)
    assert signed.get_feature_names_out().tolist() == ["x0", "x0_slope_4"]


@pytest.mark.parametrize(
    ("lags", "message"), [
        ((0,), "got 0"), ((1001,), "<= 1000, got 1001"), ((2, 2), "different numbers of steps"),
        ((1.5,), "must be an integer"), ("some", "lags must be")], ids=str)
def test_wrong_lags_are_refused(lags, message, rng):
    with pytest.raises((ValueError, TypeError), match=message):
        SpikeEncoder(IntegrateAndFire(lags=lags)).fit(rng.normal(size=(3, 1, 12)))


def test_lags_can_be_an_array(rng):
    X = rng.normal(size=(6, 2, 12))
    array, listed = (
        SpikeEncoder(IntegrateAndFire(lags=lags)).fit(X) for lags in (np.array([1, 4]), (1, 4)))
    assert array.coding_.lags_ == (1, 4)
    np.testing.assert_array_equal(array.transform(X), listed.transform(X))


def test_counts_give_the_integral_to_within_a_spike(rng):
    drive = rng.normal(0, 0.5, (5, 2, 400)).clip(-1, 1)
    raster = spikes(np.rint(drive * SPIKE_UNITS).astype(np.int64)).astype(int)
    for sign in (0, 1):
        integral = np.cumsum(np.maximum((1, -1)[sign] * drive, 0), axis=2)
        left = integral - np.cumsum(raster[:, sign::2], axis=2)
        assert left.min() > -1e-4 and left.max() < 1 + 1e-4


def test_values_above_one_spike_per_step_lead_to_spikes_in_the_next_steps():
    drive = np.zeros((1, 1, 6), np.int64)
    drive[0, 0, 1] = 3 * SPIKE_UNITS
    assert spikes(drive)[0, 0].tolist() == [0, 1, 1, 1, 0, 0]


def test_constant_series_have_no_rises_and_falls():
    X = np.repeat(np.array([[[0.3], [1.0]], [[0.3], [-1.0]]]), 50, axis=2)
    raster = SpikeEncoder("integrate_and_fire").fit_transform(X)
    assert not raster[:, :4].any()  # constant in all samples
    assert raster[0, 4].any() and not raster[
        0, 5:].any() and raster[1, 5].any() and not raster[1, 6:].any()
    assert not SpikeEncoder(
        "integrate_and_fire", value_range=(0, 1)).fit_transform(np.full((3, 1, 50), 0.1)).any()


def test_units_of_the_series_do_not_matter(rng):
    X = rng.normal(size=(5, 2, 40))
    raster = SpikeEncoder("integrate_and_fire").fit_transform(X)
    for scaled in (X * 2.0**20, X * 2.0**-40, -X):
        found = SpikeEncoder("integrate_and_fire").fit_transform(scaled)
        swapped = found.reshape(5, 2, 2, 2, 40)[
            :, :, :, ::-1].reshape(raster.shape) if scaled[0, 0, 0] * X[0, 0, 0] < 0 else found
        np.testing.assert_array_equal(swapped, raster)


@np.errstate(over="ignore")
def test_steady_drives_give_the_spikes_of_the_sum(rng):
    one = SPIKE_UNITS
    near = [-one - 1, -one, 1 - one, -1, 0, 1, one - 1, one, one + 1, MAX_DRIVE * one]
    drive = np.concatenate([near, rng.integers(-2 * SPIKE_UNITS, 2 * SPIKE_UNITS, 40)])[None]
    for n_steps in (1, 2, 70):
        steady, summed = (np.empty((1, 2 * drive.size, n_steps), np.uint8) for _ in range(2))
        integrate_steady(drive, steady)
        integrate(np.repeat(drive[:, :, None], n_steps, axis=2), summed)
        np.testing.assert_array_equal(steady, summed)


def test_extremes_spike_at_every_step_and_do_not_wrap_around():
    drive = np.full((1, 1, 5000), -MAX_DRIVE * SPIKE_UNITS)
    raster = spikes(drive)
    assert not raster[0, 0].any() and raster[0, 1].all()
    X = np.zeros((1, 1, 1000))
    X[0, 0, 500] = 1e150
    raster = SpikeEncoder(IntegrateAndFire(gain=100.0)).fit_transform(X)
    assert raster[0, 0, 500:].all() and not raster[0, 0, :500].any()


@pytest.mark.parametrize("gain", [0.0, 101.0, np.nan])
def test_gain_outside_its_range_is_named(gain):
    with pytest.raises(ValueError, match="^gain must be a finite number"):
        SpikeEncoder(IntegrateAndFire(gain)).fit(np.zeros((2, 1, 3)))


def test_channels_are_named_after_feature_and_kind():
    fitted = SpikeEncoder("integrate_and_fire").fit(np.zeros((2, 2, 3)))
    assert fitted.get_feature_names_out().tolist() == [
        f"x{c}_{what}" for c in (0, 1) for what in ("high", "low", "rise", "fall")]


@pytest.mark.parametrize("ndim", [2, 3])
def test_signed_spikes_are_those_of_one_sign_minus_those_of_the_other(ndim, rng):
    X = rng.normal(size=(6, 2, 40)[:ndim])
    one, other = (
        SpikeEncoder(IntegrateAndFire(signed=signed), n_steps=40).fit(X)
        for signed in (False, True))
    pairs = one.transform(X).reshape(6, -1, 2, 40).astype(int)
    signed = other.transform(X)
    np.testing.assert_array_equal(signed, pairs[:, :, 0] - pairs[:, :, 1])
    assert signed.dtype == np.float32 and set(np.unique(signed)) == {-1, 0, 1}
    ends = ("",) if ndim == 2 else ("", "_slope")
    assert other.get_feature_names_out().tolist() == [f"x{c}{end}" for c in (0, 1) for end in ends]


def test_networks_add_and_subtract_signed_spikes(rng):
    X = rng.normal(size=(10, 40))
    encoder = SpikeEncoder(IntegrateAndFire(gain=2.0, signed=True), n_steps=30)
    network = SNNTransformer(9, encoder=encoder, rule=None, random_state=0).fit(X)
    spikes = network.encoder_.transform(X)
    raster = SNNTransformer(9, rule=None, random_state=0).fit(spikes).transform(spikes)
    np.testing.assert_array_equal(network.transform(X), raster)
    np.testing.assert_array_equal(network.stream(encoded=True).step(spikes[0]), raster[0])
    operations = synaptic_operations(network, X)
    assert operations.macs == 0 and operations.acs == pytest.approx(
        np.count_nonzero(spikes) * 9 / 10)
