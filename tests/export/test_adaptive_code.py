"""Readouts that adapt, as C."""

import copy
import struct
import subprocess

import numpy as np
import pytest
from c_code import FLAGS, compiler
from hand_neuron import HandNeuron
from user_readout import Legendre

from skspike import (
    EarlyClassifier, LZCClassifier, SNNClassifier, SNNRegressor, SpikeEncoder, stream_of)
from skspike.export import CompiledModel, Emulator, program_of, to_c
from skspike.export._compiled import as_truth
from skspike.inspection import c_size

RNG = np.random.default_rng(0)
X = (RNG.random((40, 12, 40)) < 0.2).astype(np.uint8)
Y = np.array(["a", "b", "c"])[np.arange(40) % 3]
OTHER = RNG.permutation(Y)
VALUES = np.stack([X.mean(axis=(1, 2)), 3 + X[:, 0].mean(axis=1)], axis=1)
OPTIONS = {"hidden_layer_sizes": 8, "rule": None, "random_state": 0}


def streamed(model, data, y, penalty):
    """Return the scores of samples before a stream adapts to each, one after the other."""
    stream, found = stream_of(model), []
    for x, target in zip(data, y, strict=True):
        stream.reset()
        stream.step(x)
        found.append(stream._outputs()[0])
        stream.adapt(target, penalty=penalty)
    return np.array(found)


@pytest.mark.parametrize("options", [
    {"readout": "pyramid"},
    {"hidden_layer_sizes": (9, 8), "neuron": HandNeuron(), "recurrent": True, "delays": (0, 3)},
    {"encoder": SpikeEncoder()}], ids=str)
def test_exported_code_adapts_as_a_stream_bit_for_bit(options):
    compiler()
    data = X if "encoder" not in options else X.reshape(40, 12, 20, 2).mean(axis=3)
    data = data if "encoder" not in options else data.astype(np.float32)
    model = SNNClassifier(**{**OPTIONS, **options}).fit(data, Y)
    compiled = CompiledModel(model, adapt_penalty=0.02)
    wanted, found = streamed(model, data, OTHER, 0.02), compiled.adapt(data, OTHER)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    # a stream predicts in float64 until it adapts
    np.testing.assert_array_equal(found[1:], wanted[1:])
    frozen = CompiledModel(model).decision_function(data)
    assert np.abs(found[-1] - frozen[-1]).max() > 0.01


def test_a_network_with_the_input_of_a_user_is_exported_bit_for_bit():
    compiler()
    data = X.reshape(40, 12, 20, 2).mean(axis=3).astype(np.float32)
    y = np.arange(40) % 3
    data[y == 0, :4] = data[y == 1, 4:8] = data[y == 2, 8:] = 0
    user = 3 * data + 1
    model = SNNClassifier(**OPTIONS, delays=(0, 2), readout="count").fit(data, y)
    adapted = copy.copy(model).adapt(user, y, penalty=1.0)
    assert adapted.input_scale_ is not model.input_scale_
    found = CompiledModel(adapted, adapt_penalty=0.02).adapt(user, y)
    np.testing.assert_array_equal(found[1:], streamed(adapted, user, y, 0.02)[1:])
    np.testing.assert_allclose(
        CompiledModel(adapted).decision_function(user), adapted.decision_function(user), rtol=1e-4,
        atol=1e-5)


def test_features_that_are_not_counts_adapt_up_to_rounding():
    compiler()
    model = SNNClassifier(**OPTIONS, readout=Legendre()).fit(X, Y)
    found = CompiledModel(model, adapt_penalty=0.02).adapt(X, OTHER)
    np.testing.assert_allclose(found, streamed(model, X, OTHER, 0.02), rtol=1e-4, atol=1e-5)


def test_values_adapt_bit_for_bit():
    compiler()
    model = SNNRegressor(**OPTIONS).fit(X, VALUES)
    compiled = CompiledModel(model, "int8", adapt_penalty=0.3)
    assert compiled.adapt(X, 1 + VALUES).shape == (40, 2)
    compiled, wanted = CompiledModel(model, adapt_penalty=0.3), streamed(model, X, 1 + VALUES, 0.3)
    np.testing.assert_array_equal(compiled.adapt(X, 1 + VALUES)[1:], wanted[1:])


def test_windows_do_not_adapt_to_samples_that_are_longer_than_in_fit():
    compiler()
    long = np.tile(X, 2)
    model = SNNClassifier(**OPTIONS, readout="windows").fit(X, Y)
    with pytest.raises(ValueError, match="80 steps have passed"):
        streamed(model, long, OTHER, 1.0)
    with pytest.raises(ValueError, match="fitted on 40 steps and got 80"):
        CompiledModel(model, adapt_penalty=1.0).adapt(long, OTHER)
    model = SNNClassifier(**OPTIONS, readout="count").fit(X, Y)
    found = CompiledModel(model, adapt_penalty=1.0).adapt(long, OTHER)
    np.testing.assert_array_equal(found[1:], streamed(model, long, OTHER, 1.0)[1:])


def test_code_that_adapts_compiles_without_warnings_and_needs_memory_for_its_coefficients(
        tmp_path):
    model = SNNClassifier(**OPTIONS, readout="count").fit(X, Y)
    to_c(model, tmp_path / "net.c", adapt_penalty=0.01)
    assert "void net_adapt(int label);" in (tmp_path / "net.h").read_text(encoding="utf-8")
    done = subprocess.run(
        [*compiler(), *FLAGS, "-c", "-o", tmp_path / "net.o", tmp_path / "net.c"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pytest.importorskip("ziglang")
    plain, adaptive = (c_size(model, X, adapt_penalty=penalty) for penalty in (None, 0.01))
    assert 4 * 3 * 9 <= adaptive.ram - plain.ram < 500
    assert 0 < adaptive.flash - plain.flash < 3000


def test_code_adapts_in_an_emulator():
    pytest.importorskip("unicorn")
    pytest.importorskip("ziglang")
    model = SNNClassifier(**OPTIONS, readout="count").fit(X, Y)
    emulator = Emulator(program_of(model, "cortex-m4", adapt_penalty=0.01))
    raster, stream = np.ascontiguousarray(X[:4].transpose(0, 2, 1)), model.stream()
    for k in range(4):
        emulator.run(raster[k : k + 1], 8)
        emulator.call("net_adapt", model.classes_.tolist().index(OTHER[k]))
        stream.reset()
        stream.step(X[k])
        stream.adapt(OTHER[k], penalty=0.01)
        address = emulator.call("net_scores")
        found = struct.unpack("<3f", emulator.machine.mem_read(address, 12))
        np.testing.assert_array_equal(np.float32(found), stream._outputs()[0])


def test_models_without_a_readout_that_adapts_are_refused(tmp_path):
    with pytest.raises(ValueError, match="adapt_penalty needs an SNNClassifier or SNNRegressor"):
        to_c(LZCClassifier().fit(X, Y), tmp_path / "net.c", adapt_penalty=1.0)
    early = EarlyClassifier(SNNClassifier(**OPTIONS, readout="count"), cv=2).fit(X, Y)
    with pytest.raises(ValueError, match="adapt_penalty needs an SNNClassifier or SNNRegressor"):
        to_c(early, tmp_path / "net.c", adapt_penalty=0.01)
    with pytest.raises(ValueError, match="labels in several columns"):
        columns = np.stack([Y, OTHER], axis=1)
        to_c(SNNClassifier(**OPTIONS).fit(X, columns), tmp_path / "net.c", adapt_penalty=1.0)
    compiler()
    model = SNNClassifier(**OPTIONS).fit(X, Y)
    with pytest.raises(ValueError, match="compiled with adapt_penalty"):
        CompiledModel(model).adapt(X, Y)
    compiled = CompiledModel(model, adapt_penalty=1.0)
    with pytest.raises(ValueError, match=r"labels that are not in classes=\['a', 'b', 'c'\]"):
        compiled.adapt(X, ["d"] * 40)
    with pytest.raises(ValueError, match=r"y must have the shape \(40,\), got"):
        compiled.adapt(X, Y[:5])


def test_targets_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"y must have the shape \(3, 2\), got \(2, 3\)"):
        as_truth(np.zeros((2, 3)), None, 3, 2)
    with pytest.raises(ValueError, match=r"y must have the shape \(3,\), got \(3, 2\)"):
        as_truth(np.zeros((3, 2)), np.array([0, 1]), 3, 1)
    with pytest.raises(ValueError, match="y must be finite"):
        as_truth(np.array([0.0, np.nan, 1.0]), None, 3, 1)
