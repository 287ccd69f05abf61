"""Spikes compared with brian2 (``make test EXTRAS="test brian2"``)."""

import numpy as np
import pytest

from skspike.neurons import LIF, AdEx, Izhikevich
from skspike.simulation import Layer, Network, from_raster, from_series

brian2 = pytest.importorskip(
    "brian2", reason="brian2 is an extra of its own: pip install skspike[brian2]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of brian2 itself
ms = brian2.ms
N, N_CHANNELS, N_STEPS = 40, 30, 400
NEURON = LIF(tau_mem=(5.0, 40.0), threshold=(0.8, 1.2), v_reset=(-0.2, 0.2))
# so close to the threshold, float32 and float64 may disagree on a spike
CLOSE = 1e-5


@pytest.fixture(autouse=True)
def plain():
    """Run without compilation, and without objects of earlier tests."""
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()


def simulated(
        equations, inputs, dt, add_input="v += inputs(t, i)", values=None, recurrent=None,
        **options):
    """Return the spikes of a brian2 group and its potentials before the reset.

    In each step, the equations are integrated, and then the input is added.
    """
    n, n_steps = inputs.shape
    timed = brian2.TimedArray(inputs.T, dt=dt * ms)
    group = brian2.NeuronGroup(n, equations, dt=dt * ms, namespace={"inputs": timed}, **options)
    for name, value in (values or {}).items():
        setattr(group, name, value)
    group.run_regularly(add_input, when="before_thresholds", dt=dt * ms)
    spikes = brian2.SpikeMonitor(group)
    potentials = brian2.StateMonitor(group, "v", record=True, when="before_resets", dt=dt * ms)
    parts = [group, spikes, potentials]
    if recurrent is not None:  # spikes of the step before
        parts.append(brian2.Synapses(group, group, "w : 1", on_pre="v_post += w", dt=dt * ms))
        parts[-1].connect()
        parts[-1].w = recurrent.ravel()
        parts[-1].pre.when = "before_thresholds"
    brian2.Network(*parts).run(n_steps * dt * ms, namespace={})
    raster = np.zeros((n, n_steps), int)
    raster[np.array(spikes.i), np.rint(np.array(spikes.t / ms) / dt).astype(int)] = 1
    return raster, np.array(potentials.v)


@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("reset", ["value", "subtract"])
@pytest.mark.parametrize(("dt", "wait"), [(1.0, 0), (0.5, 0), (1.0, 3)])
def test_lif_neurons_spike_as_those_of_brian2(rng, dt, wait, reset, recurrent):
    neuron = LIF(**{**NEURON.get_params(), "reset": reset, "refractory": wait * dt})
    weights, across = (
        rng.normal(mean, 0.3, (n, N)).astype(np.float32)
        for mean, n in ((0.05, N_CHANNELS), (0.0, N)))
    values = neuron.initial(N, np.random.RandomState(0))
    raster = (rng.random((1, N_CHANNELS, N_STEPS)) < 0.1).astype(np.uint8)
    network = Network(neuron, [Layer(weights, values, across if recurrent else None)], dt)
    given = network.rasters(from_raster(raster))[0]
    own = {"tau": values["tau_mem"] * ms, "theta": values["threshold"], "v_r": values["v_reset"]}
    ready = " * int(not_refractory)" * (wait > 0)
    # brian2 counts the step of the spike itself
    expected, v = simulated(
        "dv/dt = -v / tau : 1" + " (unless refractory)" * (wait > 0)
        + "\ntau : second\ntheta : 1\nv_r : 1", weights.T.astype(float) @ raster[0], dt,
        add_input=f"v += inputs(t, i){ready}", values=own,
        recurrent=across.astype(float) if recurrent else None, threshold="v > theta",
        reset="v = v_r" if reset == "value" else "v -= theta - v_r",
        refractory=(wait + 1) * dt * ms if wait else False, method="exact")
    assert np.abs(v / values["threshold"][:, None] - 1).min() > CLOSE and given.sum() > 200
    np.testing.assert_array_equal(given, expected)


IZHIKEVICH = (
    "dv/dt = (0.04 * v**2 + 5 * v + 140 - u + {}) / ms : 1\ndu/dt = a * (0.2 * v - u) / ms : 1\na "
    ": 1")
ADEX = (
    "dv/dt = (-30 * (v + 70.6) + 60 * exp((v + 50.4) / 2) - w + {}) / 281 / ms : 1\ndw/dt = (4 * "
    "(v + 70.6) - w) / 144 / ms : 1")
# neuron and its current per ms, then published equations, state at rest, peak and reset
PAPERS = {
    "regular spiking": (
        Izhikevich(tau_mem=5 / 3), 0.1, IZHIKEVICH.format(10), {"v": -70, "u": -14, "a": 0.02}, 30,
        "v = -65; u += 8"),
    "bursting": (
        Izhikevich(5 / 3, c=0.15, d=0.04), 0.1, IZHIKEVICH.format(10),
        {"v": -70, "u": -14, "a": 0.02}, 30, "v = -55; u += 4"),
    "fast spiking": (
        Izhikevich(5 / 3, a=0.1, d=0.02), 0.1, IZHIKEVICH.format(10),
        {"v": -70, "u": -14, "a": 0.1}, 30, "v = -65; u += 2"),
    "adaptive exponential": (
        AdEx(281 / 30, delta=2 / 40.4, b=80.5 / 30 / 40.4, a=4 / 30), 800 / 281 / 40.4,
        ADEX.format(800), {"v": -70.6, "w": 0}, -30.2, "v = -70.6; w += 80.5")}  # fmt: skip


@pytest.mark.parametrize(
    ("neuron", "current", "equations", "rest", "peak", "reset"), PAPERS.values(), ids=PAPERS)
def test_neurons_of_papers_spike_when_those_of_brian2_do(
        neuron, current, equations, rest, peak, reset):
    """Units and integration method differ. Spike times agree up to the error of 0.02 ms steps."""
    dt, fine, duration = 0.02, 0.005, 120.0
    n_steps = round(duration / dt)
    network = Network(neuron, [Layer(np.full((1, 1), current * dt), neuron.initial(1, None))], dt)
    times = np.flatnonzero(network.rasters(from_series(np.ones((1, 1, n_steps))))[0, 0]) * dt
    nothing = np.zeros((1, round(duration / fine)))
    theirs, _ = simulated(
        equations, nothing, fine, values=rest, threshold=f"v > {peak}", reset=reset, method="euler")
    expected = np.flatnonzero(theirs[0]) * fine
    assert len(expected) >= 4 and len(times) == len(expected)
    np.testing.assert_allclose(times, expected, rtol=0.015)
