"""Exported C of targets at each step: outputs equal Python's in every step, bit for bit."""

import re
import subprocess

import numpy as np
import pytest
from c_code import FLAGS, Ran, compiler
from parts import cover
from user_neuron import QuadraticNeuron

from skspike import Convolution, SNNClassifier, SNNRegressor, SpikeEncoder
from skspike.coding import IntegrateAndFire
from skspike.export import CompiledModel, to_c
from skspike.neurons import LIF
from skspike.simulation import Leaky

N_STEPS = 250


@pytest.fixture(autouse=True)
def skip_without_compiler():
    compiler()


def recordings(kind, n=3):
    """Return spikes in sparse and dense steps, series, or series with missing values."""
    rng = np.random.default_rng(0)
    if kind == "spikes":
        share = np.where(np.arange(N_STEPS) % 10, 0.08, 0.7)
        return (rng.random((n, 24, N_STEPS)) < share).astype(np.uint8)
    X = rng.normal(size=(n, 3, N_STEPS)).cumsum(axis=2).astype(np.float32)
    return np.where(rng.random(X.shape) < 0.1, np.float32(np.nan), X) if kind == "gaps" else X


def target(cls, X):
    """Return two values or one of three classes at each step."""
    total = np.nan_to_num(X[:, :2].astype(float))
    traces = np.stack([
        [np.convolve(row, np.exp(-np.arange(60) / 8))[:N_STEPS] for row in x] for x in total])
    if cls is SNNRegressor:
        return traces * [[[1.0], [1e3]]]
    return np.digitize(traces[:, 0], np.quantile(traces[:, 0], [0.3, 0.7]))


def network(cls=SNNRegressor, sizes=(9,), **parameters):
    return cls(sizes, **{
        "rule": None, "readout": "leaky", "alpha": 1.0, "delays": None, "random_state": 0,
        **parameters})


def outputs(model, X):
    """Return the outputs in Python, (n_samples, n_outputs, n_steps)."""
    last = getattr(model, "steps", [(None, model)])[-1][1]
    return model.decision_function(X) if isinstance(last, SNNClassifier) else model.predict(X)


def assert_equal(model, X):
    """Assert that outputs, spikes and classes in C are those of Python."""
    compiled, expected = CompiledModel(model), outputs(model, X)
    scores = compiled.decision_function(X)
    assert scores.dtype == expected.dtype == np.float32
    np.testing.assert_array_equal(scores, expected)
    np.testing.assert_array_equal(compiled.predict(X), model.predict(X))
    assert 0 < compiled.transform(X).mean() < 1 and expected.std() > 0


MODELS = {
    "plain": ({}, "spikes"), "delays": ({"delays": (0, 3, 20)}, "spikes"),
    "layers": ({"sizes": (12, 7), "recurrent": (False, True), "delays": (0, 2)}, "spikes"),
    "synapses": ({"neuron": LIF(tau_syn=5.0, refractory=2.0, reset="subtract")}, "spikes"),
    "convolution": ({"sizes": (Convolution(2, 3, image_shape=(4, 6)), 5)}, "spikes"),
    "dt": ({"dt": 5.0, "readout": Leaky((10.0, 1e4))}, "spikes"),
    "own neuron": ({"neuron": QuadraticNeuron()}, "spikes"),
    "learned": ({"rule": "surrogate", "max_iter": 3}, "spikes"),
    "currents": ({}, "series"), "raw": ({"standardize": False, "delays": (0, 4)}, "series"),
    "held": ({"missing": "hold"}, "gaps"),
    "delta": ({"encoder": SpikeEncoder("delta", missing="hold")}, "gaps"),
    "signed": ({"encoder": SpikeEncoder(IntegrateAndFire(signed=True))}, "series")}


@pytest.mark.parametrize(("name", "cls"), cover([*MODELS], [SNNRegressor, SNNClassifier]))
def test_outputs_of_every_step_are_equal(name, cls):
    parameters, kind = MODELS[name]
    X = recordings(kind)
    assert_equal(network(cls, **parameters).fit(X, target(cls, X)), X)


def test_two_classes_have_two_scores():
    X = recordings("spikes")
    y = np.array(["b", "a"])[np.minimum(target(SNNClassifier, X), 1)]
    model = network(SNNClassifier).fit(X, y)
    assert CompiledModel(model).decision_function(X).shape == (3, 2, N_STEPS)
    assert_equal(model, X)


def test_recordings_of_any_length_are_equal():
    X = recordings("spikes")
    model = network(delays=(0, 5)).fit(X, target(SNNRegressor, X))
    lists = [X[0], np.concatenate([*X], axis=1), X[1][:, :1]]
    compiled = CompiledModel(model)
    for found in (compiled.decision_function(lists), compiled.predict(lists)):
        for one, two in zip(found, model.predict(lists), strict=True):
            np.testing.assert_array_equal(one, two)
    labels = target(SNNClassifier, X)
    model = network(SNNClassifier).fit([*X], [*labels])
    for one, two in zip(CompiledModel(model).predict(lists), model.predict(lists), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_undefined_behaviour_sanitiser_finds_nothing(tmp_path):
    """`Ran` compiles with warnings as errors, and reads the scores of the last step."""
    X = recordings("spikes")
    for cls in (SNNRegressor, SNNClassifier):
        model = network(cls, recurrent=True, delays=(0, 3)).fit(X, target(cls, X))
        ran = Ran(model, X, tmp_path)
        np.testing.assert_array_equal(ran.scores, outputs(model, X)[:, :, -1])
        if cls is SNNClassifier:
            np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X)[:, -1])


@pytest.mark.parametrize(("weights", "most"), [("int16", 0.01), ("int8", 0.5)])
def test_integer_weights_change_outputs_little(weights, most):
    X = recordings("spikes")
    model = network().fit(X, target(SNNRegressor, X))
    expected = model.predict(X)
    error = CompiledModel(model, weights=weights).decision_function(X) - expected
    deviations = expected.std(axis=(0, 2))
    assert (np.sqrt((error**2).mean(axis=(0, 2))) < most * deviations).all() and error.any()


@pytest.mark.parametrize("n_neurons", [9, 18])
def test_a_device_keeps_one_sum_for_each_output_and_time_constant(tmp_path, n_neurons):
    X = recordings("spikes")
    model = network(sizes=(n_neurons,), readout=Leaky((5.0, 20.0, 80.0)))
    to_c(model.fit(X, target(SNNRegressor, X)), tmp_path / "net.c")
    source = (tmp_path / "net.c").read_text(encoding="utf-8")
    assert "static float sums[3][2];" in source and f"coef[{n_neurons}][3][2]" in source
    assert "NET_STEPS" not in (tmp_path / "net.h").read_text(encoding="utf-8")  # no limit of length


def test_a_clock_that_passes_2_32_changes_no_output(tmp_path):
    """Delays, differences and leaky sums run for 50 days at 1 kHz, and longer."""
    X = recordings("series")
    encoder = SpikeEncoder(IntegrateAndFire(lags=(2, 5)))
    model = network(encoder=encoder, delays=(0, 3)).fit(X, target(SNNRegressor, X))
    to_c(model, tmp_path / "net.c")
    file = tmp_path / "net.c"
    source = file.read_text(encoding="utf-8")
    clocks = re.findall(r"static uint32_t (\w+)", source)
    assert clocks == ["steps_done"]
    # after 10 steps, the clock jumps by a multiple of the length of the ring, to just before 2**32
    main = """
#include <stdio.h>
#include "net.c"
int main(int argc, char **argv)
{
    static float x[NET_INPUTS];
    FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
    net_reset();
    for (int t = 0; fread(x, sizeof x, 1, in) == 1; t++) {
        if (t == 10 && argc > 3) { steps_done = JUMP; }
        net_step(x);
        fwrite(net_scores(), 4, NET_OUTPUTS, out);
    }
    return fclose(in) || fclose(out);
}
"""
    found = []
    (tmp_path / "in").write_bytes(np.ascontiguousarray(X[0].T).tobytes())
    for k, jump in enumerate(("10u", "4294967240u")):
        program = tmp_path / f"main{k}"
        (tmp_path / "main.c").write_text(main.replace("JUMP", jump), encoding="utf-8")
        subprocess.run(
            [*compiler(), *FLAGS, "-o", program, tmp_path / "main.c"], check=True)
        subprocess.run([program, tmp_path / "in", tmp_path / "out", "jump"], check=True)
        found.append(np.fromfile(tmp_path / "out", np.float32).reshape(-1, 2).T)
    np.testing.assert_array_equal(found[0], model.predict(X[:1])[0])
    np.testing.assert_array_equal(found[1], found[0])


def test_what_a_step_has_not_is_refused(tmp_path):
    X = recordings("spikes")
    model = network(SNNClassifier).fit(X, target(SNNClassifier, X))
    with pytest.raises(ValueError, match="adapt_penalty needs one label or value for each sample"):
        to_c(model, tmp_path / "net.c", adapt_penalty=1.0)
