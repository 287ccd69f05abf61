"""Sizes of exported C, and the same spikes in an emulator of a microcontroller."""

import functools
import importlib.util

import numpy as np
import pytest
from events import recordings
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from skspike import (
    EventDetector, LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, SpikeTrainClassifier,
    SpikingRocket)
from skspike._meta import decisions_of
from skspike._networks import checked, run
from skspike.datasets import make_order
from skspike.export import Emulator, memory_of, program_of, to_c
from skspike.inspection import (
    SynapticOperations, c_instructions, c_size, energy, synaptic_operations)

needs_compiler = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None,
    reason='no compiler for microcontrollers: pip install "skspike[export]"')
needs_emulator = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("ziglang", "unicorn"))),
    reason='no emulator of microcontrollers: pip install "skspike[export,emulator]"')
X, Y = make_order(60, random_state=0)
SERIES = np.random.default_rng(0).normal(size=(30, 2, 40)).cumsum(axis=2).astype(np.float32)
LABELS = np.arange(30) % 3
FEATURES = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)


@functools.cache
def order_network():
    """Return a fitted network."""
    return SNNClassifier(16, readout="count", rule=None, random_state=0).fit(X, Y)


@needs_compiler
@pytest.mark.parametrize("target", ["cortex-m4", "riscv32"])
def test_integer_weights_need_less_flash_on_every_target(target):
    model = order_network()
    sizes = [c_size(model, X, target, weights) for weights in ("float32", "int8")]
    n_weights = model.weights_[0].size + model.decoder_coef_.size
    saved = sizes[0].flash - sizes[1].flash
    assert n_weights < saved < 4 * n_weights
    assert 16 * (4 + 4 + 4 + 1) <= sizes[1].ram < 600  # current, state, count and spike


@needs_compiler
def test_tables_and_variables_are_in_the_memory(tmp_path):
    encoder, reader = SpikeEncoder(), LZCClassifier(n_windows=2)
    net = SNNClassifier(8, rule=None, random_state=0)
    for model, data, y in (
            (order_network(), X, Y), (make_pipeline(encoder, net), SERIES, LABELS),
            (reader, X, Y), (SpikeTrainClassifier(["rate"]), X, Y)):
        files = to_c(model.fit(data, y), tmp_path / "net.c", weights="int8")
        flash, ram = memory_of(program_of(model, "cortex-m4", "int8"))
        assert 0 < flash - files.constants < 6000  # code
        assert abs(ram - files.variables) <= 8 + files.variables / 20  # alignment, unused ones


@needs_compiler
def test_operations_and_energy_are_those_of_a_step():
    model = order_network()
    size, whole = c_size(model, X), synaptic_operations(model, X)
    steps = X.shape[2]
    assert size.operations == SynapticOperations(*(np.array(whole) / steps))
    pj = 0.9 * whole.acs + 4.6 * whole.macs
    assert size.energy == pytest.approx(pj / steps / 1000)
    integer = c_size(model, X, weights="int8")
    assert integer.energy == pytest.approx((0.1 * whole.acs + 4.6 * whole.macs) / steps / 1000)


@needs_compiler
def test_a_pipeline_counts_the_operations_of_its_encoder_and_network():
    encoder, network = SpikeEncoder(n_steps=20), SNNClassifier(8, rule=None, random_state=0)
    y = np.arange(40) % 2
    model = make_pipeline(encoder, network).fit(FEATURES, y)
    alone = c_size(network, encoder.transform(FEATURES))
    whole = c_size(model, FEATURES)
    assert whole.operations == alone.operations and whole.flash > alone.flash
    encoding = 1000 * energy(synaptic_operations(encoder, FEATURES)) / 20
    assert whole.energy == pytest.approx(alone.energy + encoding)
    inside = SNNClassifier(8, encoder=encoder, rule=None, random_state=0).fit(FEATURES, y)
    assert c_size(inside, FEATURES, weights="int8").energy == pytest.approx(
        c_size(network, encoder.transform(FEATURES), weights="int8").energy + encoding)


@needs_compiler
def test_an_encoder_takes_the_same_energy_per_step_for_samples_of_any_length():
    unequal = [x[:, : 20 + k % 9] for k, x in enumerate(SERIES)]
    encoder, trains = SpikeEncoder("thermometer"), SpikeTrainClassifier(["history"])
    model = make_pipeline(encoder, trains).fit(unequal, LABELS)
    network = SNNTransformer(8, encoder=encoder, rule=None, random_state=0).fit(SERIES)
    # each channel is scaled and compared with each level
    n_levels = encoder.coding_.n_levels
    encoding = 2 * (4.6 + 0.9 * n_levels) / 1000
    for samples in (unequal, SERIES, SERIES[:, :, :20]):
        assert c_size(model, samples).energy == pytest.approx(encoding)
        size = c_size(network, samples)
        assert size.operations.dense == 8 * 2 * n_levels
        assert size.energy == pytest.approx(encoding + 0.9e-3 * size.operations.acs)


@needs_compiler
def test_random_neurons_multiply_each_weight_in_each_step():
    model = make_pipeline(SpikingRocket(100, random_state=0), RidgeClassifier()).fit(SERIES, LABELS)
    n_weights = sum(group.weights.size for group in model[0].groups_)
    sizes = [c_size(model, SERIES, weights=weights) for weights in ("float32", "int8")]
    for size in sizes:
        assert size.operations == SynapticOperations(0.0, n_weights, n_weights)
        assert size.energy == pytest.approx(4.6e-3 * n_weights)
    series = 4 * SERIES[0].size
    assert 2 * series < sizes[0].ram < 2 * series + 2500
    assert 2 * n_weights < sizes[0].flash - sizes[1].flash < 4 * n_weights


@needs_emulator
@pytest.mark.parametrize("target", ["cortex-m0+"])
def test_random_neurons_in_an_emulator_have_the_same_classes(target):
    model = make_pipeline(
        SpikingRocket(70, amplitude=0.5, random_state=0), RidgeClassifier()).fit(SERIES, LABELS)
    emulator = Emulator(program_of(model, target))
    _, classes = emulator.run(SERIES[:4].transpose(0, 2, 1), 0)
    np.testing.assert_array_equal(classes, model.predict(SERIES[:4]))


def test_memory_is_read_from_the_sections_of_a_program():
    # an ELF header, and sections: code, constants, variables, symbols that are not loaded
    header = bytearray(52)
    header[32:36] = (52).to_bytes(4, "little")
    header[46:50] = (40).to_bytes(2, "little") + (4).to_bytes(2, "little")
    sections = [(1, 2 | 4, 100), (1, 2 | 1, 30), (8, 2 | 1, 500), (2, 0, 9000)]
    body = b"".join(
        b"".join(int(n).to_bytes(4, "little") for n in (0, kind, flags, 0, 0, size, 0, 0, 0, 0))
        for kind, flags, size in sections)
    assert memory_of(bytes(header) + body) == (130, 530)


@needs_emulator
@pytest.mark.parametrize(
    ("target", "weights"), [("cortex-m0+", "int8"), ("riscv32", "float32"), ("cortex-m4", "int8")])
def test_spikes_in_an_emulator_are_equal(target, weights):
    # the integer code of a network whose weights are integers is exact
    model = SNNClassifier(
        12, readout="count", rule=None, neuron="adex", recurrent=True, random_state=0).fit(X, Y)
    if weights == "int8":
        unit = np.float32(2.0**-9)
        for table in (model.weights_[0], model.recurrent_weights_[0]):
            table[:] = np.clip(np.round(table / unit), -127, 127) * unit
        model.weights_[0][0] = 127 * unit
    raster = np.ascontiguousarray(X[:10].transpose(0, 2, 1))
    emulator = Emulator(program_of(model, target, weights))
    spikes, classes = emulator.run(raster, 12)
    want = run(model, checked(model, X[:10]), model.rule_.run)
    assert want.any()
    np.testing.assert_array_equal(spikes, want)
    np.testing.assert_array_equal(model.classes_[classes], model.predict(X[:10]))


@needs_emulator
def test_encoders_in_an_emulator_are_equal():
    model = SNNClassifier(
        8, encoder=SpikeEncoder("poisson", n_steps=30, random_state=0), rule=None,
        random_state=0).fit(FEATURES, np.arange(40) % 2)
    inputs = np.repeat(FEATURES[:10, None], 30, axis=1)
    spikes, _ = Emulator(program_of(model, "cortex-m4")).run(inputs, 8)
    want = run(model, checked(model, FEATURES[:10].astype(float)), model.rule_.run)
    assert want.any()
    np.testing.assert_array_equal(spikes, want)


@needs_emulator
def test_instructions_of_each_step_grow_with_the_spikes():
    silent = np.zeros_like(X[:1])
    counts = c_instructions(order_network(), np.concatenate([silent, 1 - silent]), weights="int8")
    assert counts.shape == (2, X.shape[2]) and counts[0].min() > 16
    # each of 20 channels adds a weight of each of 16 neurons
    assert (counts[1, 1:] - counts[0, 1:] > 20 * 16).all()


@needs_emulator
def test_steps_without_end_have_instructions():
    model = EventDetector(
        SNNClassifier(8, rule=None, readout="leaky", dt=20, random_state=0), dt=20, augment=None,
        max_false_alarms=None)
    signals, events = recordings(3, 0)
    counts = c_instructions(model.fit(signals, events), [signals[0][:, :50]])
    assert counts.shape == (1, 50) and counts.min() > 100
    size = c_size(model, signals)
    n_weights = model.estimator_.weights_[0].size
    assert 4 * n_weights < size.flash < 4 * n_weights + 6000
    filtered = [decisions_of(model)[0](x) for x in signals]
    n_steps = sum(x.shape[1] for x in signals)
    whole = synaptic_operations(model.estimator_, filtered)
    assert size.operations.macs == pytest.approx(3 * whole.macs / n_steps)


@needs_emulator
def test_instructions_need_samples_of_one_length():
    model = SNNClassifier(8, readout="count", rule=None, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"equal length, got lengths \[250, 40\]"):
        c_instructions(model, [X[0], X[1, :, :40]])


def test_processors_without_emulator_are_refused():
    with pytest.raises(ValueError, match="target must be one of 'cortex-m0\\+', 'cortex-m4'"):
        c_instructions(order_network(), X, "cortex-m7")


@needs_compiler
def test_samples_must_be_as_in_fit():
    with pytest.raises((TypeError, ValueError)):
        c_size(SpikeTrainClassifier("rate").fit(X, Y), "nonsense")


def test_unknown_targets_and_types_of_weights_are_refused():
    with pytest.raises(ValueError, match="target must be one of 'cortex-m0\\+', 'cortex-m4'"):
        c_size(order_network(), X, "z80")
    with pytest.raises(ValueError, match="weights must be one of"):
        c_size(order_network(), X, weights="int4")


@needs_compiler
def test_a_readout_that_adapts_has_its_coefficients_in_ram():
    model = order_network()
    fixed, adaptive = c_size(model, X), c_size(model, X, adapt_penalty=0.1)
    assert adaptive.ram >= fixed.ram + 4 * model.decoder_coef_.size
