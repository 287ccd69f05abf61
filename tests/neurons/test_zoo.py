"""Neuron models against the published models, and properties of single models."""

import itertools

import naive
import numba
import numpy as np
import pytest

from skspike.neurons import (
    NEURONS, AdaptiveLIF, AdEx, ExponentialIF, HodgkinHuxley, Izhikevich, QuadraticIF, Resonator,
    SEAdLIF)
from skspike.neurons._meta import clamp, clamp_vjp

DT, MS = 0.02, 100.0


def course(neuron, inputs, dt=1.0):
    """Return potentials before the reset and spikes of one neuron, in float64."""
    p = [value[0] for value in neuron.coefficients(neuron.initial(1, np.random.RandomState(0)), dt)]
    charge, margin, reset = (
        python(neuron.kernels()[name]) for name in ("charge", "margin", "reset"))
    z, membrane, spikes = (0.0,) * len(neuron.states), [], []
    for x in inputs:
        z = charge(z, x, p)
        membrane.append(z[0])
        spikes.append(int(margin(z, p) > 0))
        z = reset(z, spikes[-1], p)
    return membrane, spikes


def python(function):
    return function if numba.config.DISABLE_JIT else function.py_func


def exponential(current):
    return naive.spike_times(
        lambda v: ((0.1 * np.exp((v - 0.5) / 0.1) - v) / 20 + current,), (0.0,), 1.0,
        lambda v: (0.0,), MS)


def quadratic(current):
    return naive.spike_times(
        lambda v: ((v**2 / 0.5 - v) / 20 + current,), (0.0,), 1.0, lambda v: (0.0,), MS)


PAPERS = {
    "exponential": (ExponentialIF(), 0.05, lambda: exponential(0.05)),
    "quadratic": (QuadraticIF(), 0.03, lambda: quadratic(0.03)),
    "adex": (
        AdEx(tau_mem=281 / 30, delta=2 / 40.4, b=80.5 / 30 / 40.4, a=4 / 30), 800 / 281 / 40.4,
        lambda: naive.adex(800.0, MS)),
    "regular spiking": (
        Izhikevich(tau_mem=5 / 3), 0.1, lambda: naive.izhikevich(0.02, 0.2, -65.0, 8.0, 10.0, MS)),
    "bursting": (
        Izhikevich(tau_mem=5 / 3, c=0.15, d=0.04), 0.1,
        lambda: naive.izhikevich(0.02, 0.2, -55.0, 4.0, 10.0, MS)),
    "fast spiking": (
        Izhikevich(tau_mem=5 / 3, a=0.1, d=0.02), 0.1,
        lambda: naive.izhikevich(0.1, 0.2, -65.0, 2.0, 10.0, MS)),
    "Wang and Buzsaki": (HodgkinHuxley(), 0.1, lambda: naive.wang_buzsaki(3.0, MS))}


@pytest.mark.small
@pytest.mark.parametrize(("neuron", "current", "published"), PAPERS.values(), ids=PAPERS)
def test_spike_times_under_a_current_equal_the_published_model(neuron, current, published):
    _, spikes = course(neuron, np.full(round(MS / DT), current * DT), DT)
    times, expected = (np.flatnonzero(spikes) + 1) * DT, np.array(published())
    n = min(len(times), len(expected))
    # a spike at the very end may be missing
    assert n >= 3 and abs(len(times) - len(expected)) <= 1
    np.testing.assert_allclose(times[:n], expected[:n], rtol=0.02)


@pytest.mark.parametrize("current", [1.0, 5.0])
def test_the_reset_lowers_the_rate_of_the_hodgkin_huxley_neuron(current):
    _, spikes = course(HodgkinHuxley(), np.full(round(5 * MS / DT), current / 30 * DT), DT)
    published = len(naive.wang_buzsaki(current, 5 * MS, resets=False))
    assert 0.5 < sum(spikes) / published < 0.8


@pytest.mark.small
def test_another_gain_of_recovery_needs_an_additional_input():
    """The low-threshold spiking neuron of the paper has b = 0.25 and rests above -70 mV."""
    neuron, n_steps = Izhikevich(tau_mem=5 / 3, b=0.25, d=0.02), round(5 * MS / DT)
    counts = [
        sum(course(neuron, np.full(n_steps, (0.1 + extra) * DT), DT)[1])
        for extra in (0.0, 0.7 * (0.25 - 0.2))]
    published = len(naive.izhikevich(0.02, 0.25, -65.0, 2.0, 10.0, 5 * MS))
    assert abs(counts[1] - published) <= 2 and counts[0] < 0.8 * published


@pytest.mark.small
@pytest.mark.parametrize(
    "cls", [cls for cls in NEURONS.values() if "v_reset" in {item.name for item in cls.intrinsics}])
def test_only_a_spike_sets_the_membrane_to_v_reset(cls):
    neuron = cls(v_reset=0.3)
    p = [
        value[0] for value in neuron.coefficients(neuron.initial(1, np.random.RandomState(0)), 1.0)]
    reset, z = python(neuron.kernels()["reset"]), tuple(1.5 + k for k in range(len(neuron.states)))
    np.testing.assert_allclose(reset(z, 1.0, p)[0], 0.3, rtol=1e-6)
    np.testing.assert_array_equal(reset(z, 0.0, p), z)


@pytest.mark.small
@pytest.mark.parametrize("cls", NEURONS.values(), ids=NEURONS)
def test_kernels_are_for_hard_spikes_by_default(cls):
    assert cls().kernels() == cls().kernels(smooth=False)


@pytest.mark.small
def test_a_clamped_state_passes_gradients_only_within_its_limits():
    clamped = [float(python(clamp)(np.float32(z))) for z in (-9.0, -3.0, -2.9, 0.0, 2.9, 3.0, 9.0)]
    np.testing.assert_allclose(clamped, [-3, -3, -2.9, 0, 2.9, 3, 3], rtol=1e-6)
    assert [float(python(clamp_vjp)(np.float32(2), np.float32(y))) for y in clamped] == [
        0, 0, 2, 2, 2, 0, 0]


@pytest.mark.small
def test_a_spike_increases_the_adaptation_variable():
    for neuron in (AdEx(b=0.7), AdaptiveLIF(beta=0.7, tau_syn=5.0), Izhikevich(d=0.7)):
        p = [
            value[0]
            for value in neuron.coefficients(neuron.initial(1, np.random.RandomState(0)), 1.0)]
        z = tuple(1.5 + k for k in range(len(neuron.states)))
        np.testing.assert_allclose(
            python(neuron.kernels()["reset"])(z, 1.0, p)[1] - z[1], 0.7, rtol=1e-6)


@pytest.mark.small
def test_a_resonator_has_damped_oscillations(rng):
    inputs = rng.normal(0, 0.1, 200)
    membrane, spikes = course(Resonator(tau_mem=30.0, frequency=25.0), inputs)
    assert not any(spikes)
    np.testing.assert_allclose(membrane, naive.resonator(30.0, 25.0, inputs), atol=1e-12)


@pytest.mark.small
def test_a_resonator_prefers_spikes_one_period_apart():
    def peak(interval):
        return max(
            course(
                Resonator(tau_mem=50.0, frequency=20.0),
                0.4 * np.isin(np.arange(60), [0, interval]))[0])

    assert peak(50) > 1.2 * peak(25)


@pytest.mark.small
def test_an_adaptive_threshold_equals_a_step_by_step_simulation(rng):
    inputs = rng.exponential(0.2, 300)
    _, spikes = course(
        AdaptiveLIF(tau_mem=10.0, tau_syn=4.0, tau_w=60.0, beta=0.3, threshold=0.8), inputs)
    assert sum(spikes) > 20
    assert spikes == naive.adaptive_lif(10.0, 4.0, 60.0, 0.3, 0.8, inputs)


@pytest.mark.small
def test_an_adaptation_current_equals_a_step_by_step_simulation(rng):
    inputs = rng.normal(0.1, 0.4, 400)
    membrane, spikes = course(
        SEAdLIF(tau_mem=8.0, tau_w=70.0, a=12.0, b=0.4, threshold=0.8), inputs)
    expected = naive.se_adlif(8.0, 70.0, 12.0, 0.4, 0.8, inputs)
    assert sum(spikes) > 20 and spikes == expected[1]
    np.testing.assert_allclose(membrane, expected[0], atol=1e-12)


@pytest.mark.small
@pytest.mark.parametrize(("a", "dt"), [(10.0, 0.5), (60.0, 1.0), (300.0, 1.0), (60.0, 4.0)])
def test_an_adaptation_current_makes_a_membrane_oscillate(a, dt):
    c, d = np.exp(-dt / 20.0), np.exp(-dt / 120.0)
    angle = np.arccos((c + d - a * (1 - c) * (1 - d)) / (2 * np.sqrt(c * d)))
    membrane, spikes = course(SEAdLIF(a=a), 0.5 * (np.arange(round(200 / dt)) == 0), dt)
    assert not any(spikes)
    # the sum of a decaying sine and cosine has two unknowns
    t = np.arange(len(membrane))
    waves = np.stack([np.cos(angle * t), np.sin(angle * t)]) * np.sqrt(c * d) ** t
    fit = np.linalg.lstsq(waves.T, membrane, rcond=None)[0]
    np.testing.assert_allclose(fit @ waves, membrane, atol=1e-12)
    # the membrane changes its sign twice in a period
    n_changes = np.count_nonzero(np.diff(np.sign(membrane)))
    assert n_changes == pytest.approx(angle * len(t) / np.pi, abs=1)


@pytest.mark.small
@pytest.mark.parametrize("tau_mem", [np.inf, [20.0, np.inf]])
def test_adaptation_needs_a_membrane_with_a_leak(tau_mem):
    with pytest.raises(ValueError, match="SEAdLIF needs a membrane with a leak, got tau_mem=inf"):
        SEAdLIF(tau_mem=tau_mem, tau_mem_bounds="fixed").check()


class EulerAdLIF(SEAdLIF):
    """The adaptive neuron by the common Euler method: `w` is updated with the old `v`."""

    name = None
    equations = SEAdLIF.equations._replace(
        charge="""
            c, d = exp(-dt / tau_mem), exp(-dt / tau_w)
            v, w = c * v - (1 - c) * w + x, d * w + (1 - d) * a * v
        """,
        reset="v, w = (1 - s) * v, w + s * b")


def largest_states(neuron, values, dt, inputs):
    """Return the largest absolute state of each neuron. `values` has an array for each intrinsic.

    `inputs` holds the input of all neurons in each step.
    """
    p = neuron.coefficients(values, dt)
    charge, margin, reset = (
        python(neuron.kernels()[name]) for name in ("charge", "margin", "reset"))
    z = (np.zeros(len(values["threshold"])),) * len(neuron.states)
    largest = z[0]
    for x in inputs:
        z = charge(z, x, p)
        z = reset(z, (margin(z, p) > 0).astype(float), p)
        largest = np.maximum(largest, np.abs(z).max(axis=0))
    return largest


def corners(neuron):
    """Return all combinations of the bounds of the intrinsics."""
    names = neuron.learnable()
    grid = np.array([*itertools.product(*map(neuron.bounds, names))]).T
    return dict(zip(names, grid, strict=True))


@pytest.mark.small
@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0, 1000.0])
def test_an_adaptation_current_is_stable_at_the_corners_of_its_bounds(dt, rng):
    neuron = SEAdLIF()
    values = corners(neuron)
    inputs = rng.normal(size=(100_000 if dt == 1 else 10_000, len(values["threshold"])))
    assert largest_states(neuron, values, dt, inputs).max() < 1e6


@pytest.mark.small
def test_an_adaptation_current_decays_where_the_common_euler_method_diverges():
    values = dict(tau_mem=5.0, tau_w=60.0, a=120.0, b=0.0, threshold=1e200)  # no spikes
    values = {name: np.array([value]) for name, value in values.items()}
    kick = np.arange(3000)[:, None] == 0
    assert largest_states(SEAdLIF(), values, 1.0, kick) < 10
    assert largest_states(EulerAdLIF(), values, 1.0, kick) > 1e50
