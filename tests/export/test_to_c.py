"""Exported C: spikes, scores and classes equal Python's, for all registered parts."""

import inspect
import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from c_code import FLAGS, Ran, compiler
from events import DT, recordings
from hand_neuron import HandNeuron
from parts import neurons
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from user_coding import Phase
from user_neuron import QuadraticNeuron
from user_readout import Legendre

from skspike import (
    Convolution, EarlyClassifier, EventDetector, LZCClassifier, LZCTransformer, RejectingClassifier,
    SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder, SpikingRocket,
    from_mlp)
from skspike._networks import checked, run
from skspike.coding import CODINGS, Delta, Direct, IntegrateAndFire, Latency, Population
from skspike.export import to_c
from skspike.export._codings import CODING_CODES
from skspike.learning import Reservoir, Tempotron
from skspike.neurons import LIF, scalar
from skspike.simulation import READOUTS

ROOT = Path(__file__).resolve().parents[2]
RNG = np.random.default_rng(0)
SHARES = np.linspace(0.02, 0.6, 120)[:, None, None]  # sparse and dense steps
RASTER = (RNG.random((120, 40, 33)) < SHARES).astype(np.uint8)
SERIES = RNG.normal(size=(120, 5, 33)).cumsum(axis=2).astype(np.float32)
FEATURES = RNG.normal(size=(120, 9)).astype(np.float32)
INPUTS = {"spikes": RASTER, "series": SERIES, "features": FEATURES}
Y = np.arange(120) % 3


def network(cls=SNNClassifier, sizes=(12,), **parameters):
    options = {"rule": None, "n_steps": 33, "random_state": 0, "readout": "count"}
    if cls is SNNTransformer:
        del options["readout"]
    return cls(sizes, **{**options, **parameters})


def spikes(model, X):
    """Return the spikes of the last layer in Python."""
    return run(model, checked(model, X), model.rule_.run)


def assert_equal(model, X, folder, data=None):
    """Assert that a model has the same spikes and classes in C. `data` are the network's input."""
    ran = Ran(model, X, folder)
    last = getattr(model, "steps", [(None, model)])[-1][1]
    want = spikes(last, X if data is None else data)
    assert want.any() and not want.all()
    np.testing.assert_array_equal(ran.spikes, want)
    if isinstance(last, SNNClassifier):
        np.testing.assert_array_equal(ran.classes, model.predict(X).reshape(len(X), -1))
    return ran


class HandNeuronÉlargie(HandNeuron):
    """A Hodgkin–Huxley neuron with a time constant τ."""


@pytest.mark.parametrize(
    "neuron", [*neurons(), HandNeuronÉlargie(), QuadraticNeuron()], ids=repr)
def test_spikes_of_every_neuron_are_equal(tmp_path, neuron):
    # two recurrent layers
    model = network(sizes=(20, 12), neuron=neuron, recurrent=True).fit(RASTER, Y)
    assert_equal(model, np.concatenate([RASTER, 1 - RASTER]), tmp_path)
    source = " ".join((tmp_path / "net.c").read_text(encoding="utf-8").split())
    assert f"{type(neuron).__name__}: {inspect.getdoc(type(neuron)).splitlines()[0]}" in source


@pytest.mark.parametrize("readout", [*(cls() for cls in READOUTS.values()), Legendre()], ids=repr)
def test_scores_of_every_readout_are_equal(tmp_path, readout):
    values = np.stack([RASTER.mean(axis=(1, 2)), 300 * RASTER[:, 0].mean(axis=1)], axis=1)
    model = network(SNNRegressor, readout=readout).fit(RASTER, values)
    ran = assert_equal(model, RASTER, tmp_path)
    np.testing.assert_allclose(ran.scores, model.predict(RASTER), rtol=1e-3, atol=1e-3)


def encoders():
    """Yield codings and the kind of their input, all that can be exported."""
    codings = [cls() for name, cls in CODINGS.items() if cls in CODING_CODES]
    codings += [
        IntegrateAndFire(gain=3.0), IntegrateAndFire(signed=True), IntegrateAndFire(lags=(2, 5)),
        Delta((0.03, 0.1)),
        Direct(differences=True), Latency(silent_below=0.4), Population(3, min_rate=20.0)]
    for coding in codings:
        for kind, n_dims in (("features", 2), ("series", 3)):
            draws = coding.name in ("poisson", "population") and kind == "series"
            if n_dims not in coding.refuses and not draws:
                yield pytest.param(coding, kind, id=f"{coding!r}-{kind}")


@pytest.mark.parametrize(("coding", "kind"), [*encoders()])
def test_encoders_are_equal(tmp_path, coding, kind):
    X = INPUTS[kind]
    encoder = SpikeEncoder(coding, n_steps=33 if kind == "features" else None, random_state=0)
    if kind == "features":
        assert_equal(network(encoder=encoder).fit(X[:60], Y[:60]), X, tmp_path)
    else:
        before = make_pipeline(encoder, network()).fit(X[:60], Y[:60])
        assert_equal(before, X, tmp_path, before[0].transform(X))


def test_every_coding_of_the_package_has_code_or_is_refused(tmp_path):
    assert {cls.__name__ for cls in CODING_CODES} >= {
        "Delta", "Direct", "IntegrateAndFire", "Latency", "Poisson", "Population", "Thermometer"}
    for coding in [*(cls() for cls in CODINGS.values() if cls not in CODING_CODES), Phase()]:
        model = network(encoder=SpikeEncoder(coding, n_steps=33)).fit(FEATURES, Y)
        with pytest.raises(ValueError, match=f"to_c cannot export {type(coding).__name__} coding"):
            to_c(model, tmp_path / "net.c")


@pytest.mark.parametrize(("kind", "parameters"), [
    ("spikes", {"delays": (0, 3, 7)}), ("spikes", {"delays": (2,)}), ("series", {"delays": None}),
    ("series", {"delays": (0, 3, 7), "standardize": False}), ("features", {"delays": None}),
    ("features", {"delays": None, "standardize": False})], ids=str)
def test_currents_and_delays_are_equal(tmp_path, kind, parameters):
    X = INPUTS[kind]
    assert_equal(network(neuron=LIF(tau_syn=5.0), **parameters).fit(X[:60], Y[:60]), X, tmp_path)


def test_delays_of_more_than_16_bits_are_equal(tmp_path):
    X = (np.random.default_rng(1).random((2, 3, 65_600)) < 0.3).astype(np.uint8)
    model = network(SNNTransformer, n_steps=None, delays=(65_540,)).fit(X)
    assert_equal(model, X, tmp_path)


def test_series_of_spikes_and_zeros_are_summed_in_the_order_of_spikes(tmp_path):
    # float input that is dense in some steps, and has other values in others
    X = np.concatenate([RASTER, RASTER], axis=1).astype(np.float32)
    X[:, 3, ::5] = 0.5
    model = network(SNNTransformer, standardize=False).fit(X)
    assert model.takes_currents_
    assert_equal(model, X, tmp_path)


def assert_equal_at_threshold(X, n_together, folder):
    """Assert that spikes are equal if the last bit of a potential decides.

    Thresholds equal the membrane potentials of the first sample in its first step. They are sums of
    the weights of 40 channels, of which `n_together` at a time are summed first.
    """
    model = network(SNNTransformer, sizes=(300,), standardize=False, neuron=LIF(tau_mem=1e-3))
    model.set_params(neuron__tau_mem_bounds="fixed").fit(X)
    x, potential = X[0].reshape(40, -1)[:, 0], np.zeros(300, np.float32)
    assert x.sum() > 10
    for c in range(0, 40, n_together):
        group = np.zeros(300, np.float32)
        for k in range(c, c + n_together):
            group += model.weights_[0][k] * np.float32(x[k])
        potential += group
    model.intrinsics_["threshold"][0][:] = np.abs(potential)
    ran = Ran(model, X, folder)
    want = spikes(model, X)
    assert not want[0, :, 0].any()
    np.testing.assert_array_equal(ran.spikes, want)


@pytest.mark.filterwarnings("ignore:tau_mem=0.001 ms")
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_last_bit_of_a_dense_step_is_equal(tmp_path, dtype):
    assert_equal_at_threshold(RASTER[-40:].astype(dtype), 4, tmp_path)


@pytest.mark.filterwarnings("ignore:tau_mem=0.001 ms")
def test_the_last_bit_of_constant_currents_is_equal(tmp_path):
    assert_equal_at_threshold(RASTER[-40:, :, 0].astype(np.float32), 1, tmp_path)


def test_learned_biases_are_equal(tmp_path):
    model = network(rule="surrogate", max_iter=3, readout="windows").fit(RASTER, Y)
    assert any(bias is not None for bias in model.biases_)
    assert_equal(model, RASTER, tmp_path)


@pytest.mark.parametrize(("kind", "sizes"), [
    ("spikes", (Convolution(4, 3, image_shape=(4, 8)), Convolution(2, 2, 2), 7)),
    ("features", (Convolution(3, 3, padding=1, image_shape=(4, 8)),))], ids=["spikes", "features"])
def test_convolutions_are_equal(tmp_path, sizes, kind):
    X = {"spikes": RASTER[:, :32], "features": RNG.normal(size=(120, 32)).astype(np.float32)}[kind]
    model = network(sizes=sizes)
    model.set_params(neuron__tau_mem=(5.0, 50.0)).fit(X, Y)
    assert_equal(model, X, tmp_path)


def test_converted_perceptrons_are_equal(tmp_path):
    mlp = MLPClassifier((12, 8), solver="lbfgs", max_iter=2000, random_state=0).fit(FEATURES, Y)
    assert_equal(from_mlp(mlp, FEATURES), FEATURES, tmp_path)


def test_tempotron_is_equal(tmp_path):
    model = network(rule="tempotron", readout="auto", max_iter=20).fit(RASTER, Y)
    ran = Ran(model, RASTER, tmp_path)
    np.testing.assert_array_equal(ran.spikes, spikes(model, RASTER))
    np.testing.assert_array_equal(ran.classes[:, 0], model.predict(RASTER))
    np.testing.assert_allclose(ran.scores, model.decision_function(RASTER), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("kind", "weights", "most"), [
    ("spikes", "int8", 0.1), ("series", "int16", 0.001), ("features", "int8", 0.1)])
def test_integer_weights_change_few_spikes(tmp_path, kind, weights, most):
    X = INPUTS[kind]
    model = network(recurrent=True, readout="windows").fit(X, Y)
    ran = Ran(model, X, tmp_path, weights)
    assert np.mean(ran.spikes != spikes(model, X)) <= most
    assert np.mean(ran.classes[:, 0] == model.predict(X)) > 1 - 2 * most
    assert f"{weights}_t layer1_weights" in (tmp_path / "net.c").read_text(encoding="utf-8")


def test_integer_weights_are_multiples_of_a_unit_for_each_neuron(tmp_path):
    model = network(SNNTransformer).fit(RASTER)
    to_c(model, tmp_path / "net.c", weights="int8")
    source = (tmp_path / "net.c").read_text(encoding="utf-8")
    table = re.search(r"layer1_weights\[40\]\[12\] = \{(.*?)\};", source, re.DOTALL)[1]
    integers = np.array(re.findall(r"-?\d+", table), int).reshape(40, 12)
    most = np.abs(integers).max(axis=0)
    assert most.min() >= 63 and most.max() <= 127
    # errors are at most as large as those with 127 as the largest integer
    weights = model.weights_[0].astype(float)
    largest = np.abs(weights).max(axis=0)

    def error(unit):
        return ((np.rint(weights / unit) * unit - weights) ** 2).sum(axis=0)

    unit = largest / most
    np.testing.assert_array_equal(np.rint(weights / unit), integers)
    assert (error(unit) <= error(largest / 127)).all()
    assert error(unit).sum() < 0.9 * error(largest / 127).sum()


def test_a_sample_does_not_depend_on_the_sample_before(tmp_path):
    encoder = SpikeEncoder(Direct(differences=True))
    model = network(
        encoder=encoder, recurrent=True, delays=(0, 2), readout="exponential",
        neuron=LIF(refractory=2.0)).fit(SERIES, Y)
    ran = Ran(model, np.concatenate([SERIES, SERIES[::-1]]), tmp_path)
    np.testing.assert_array_equal(ran.spikes, ran.spikes[::-1])
    np.testing.assert_array_equal(ran.scores, ran.scores[::-1])


def test_files_are_deterministic_readable_and_without_a_date(tmp_path):
    model = network(encoder=SpikeEncoder("thermometer"), neuron="adex").fit(SERIES, Y)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        to_c(model, str(tmp_path / name / "net.c"))
    for file in ("net.c", "net.h"):
        one, two = ((tmp_path / name / file).read_text(encoding="utf-8") for name in ("one", "two"))
        assert one == two and one.isascii()
        assert max(map(len, one.splitlines())) <= 100
        assert "skspike" in one and not re.search(r"20\d\d", one.partition("*/")[0])
    source = (tmp_path / "one" / "net.c").read_text(encoding="utf-8")
    for text in ("charge", "fire", "reset", "input current", "Thermometer coding", "AdEx"):
        assert text in source
    assert set(re.findall(r"#include .*", source)) == {'#include "net.h"'}


def test_names_begin_with_the_name_of_the_file(tmp_path):
    to_c(network().fit(RASTER, Y), tmp_path / "digits.c")
    header = (tmp_path / "digits.h").read_text(encoding="utf-8")
    assert re.findall(r"(\w+)\(", header.partition("*/")[2]) == [
        "digits_reset", "digits_step", "digits_spikes", "digits_scores", "digits_predict"]
    assert "#define DIGITS_INPUTS 40" in header and "DIGITS_OUTPUTS 3" in header


PRINT_NAMES = """
#include <stdio.h>
#include "net.h"
static const char *const names[] = NET_CLASSES;
int main(void)
{
    for (int k = 0; k < NET_OUTPUTS; k++) {
        printf("%s|", names[k]);
    }
    return 0;
}
"""


def test_the_header_has_the_names_of_the_classes(tmp_path):
    for labels, text in (
            ([-3, 0, 200], '{"-3", "0", "200"}'), ([1.0, 2.0, 30.0], '{"1.0", "2.0", "30.0"}'),
            ([False, True, True], '{"False", "True"}')):
        files = to_c(network(sizes=(3,)).fit(RASTER, np.array(labels)[Y]), tmp_path / "net.c")
        assert f"NET_CLASSES {text}" in files.header.read_text(encoding="utf-8")
    labels = np.array(["a \"b\" long" * 7, "c\\n??/ */", "Größe 1\n"])
    model = network(sizes=(3,)).fit(RASTER, labels[Y])
    to_c(model, tmp_path / "net.c")
    (tmp_path / "main.c").write_text(PRINT_NAMES, encoding="utf-8")
    subprocess.run(
        [*compiler(), *FLAGS, "-o", tmp_path / "net", tmp_path / "net.c", tmp_path / "main.c"],
        check=True)
    printed = subprocess.run([tmp_path / "net"], capture_output=True, check=True).stdout
    assert printed.decode().split("|")[:-1] == [str(label) for label in model.classes_]
    header = (tmp_path / "net.h").read_text(encoding="utf-8")
    assert header.isascii() and max(map(len, header.splitlines())) <= 100 + 5 * 20
    # labels in several columns have no names
    for columns in (np.stack([Y, Y], axis=1), np.stack([Y == 0, Y == 1], axis=1).astype(int)):
        files = to_c(network(sizes=(3,)).fit(RASTER, columns), tmp_path / "net.c")
        assert "CLASSES" not in files.header.read_text(encoding="utf-8")


def test_the_result_has_the_paths_and_the_bytes_of_tables_and_variables(tmp_path):
    model = network(neuron=LIF(tau_mem=(5.0, 50.0)), delays=None).fit(RASTER, Y)
    files = to_c(model, str(tmp_path / "net.c"), weights="int16")
    assert files[:2] == (tmp_path / "net.c", tmp_path / "net.h")
    assert files.header.is_file()
    n_bytes = {"float": 4, "int": 4, "uint8_t": 1, "int16_t": 2, "int32_t": 4, "uint32_t": 4}
    found = re.findall(
        r"^static (const )?(\w+) (\*)?\w+((?:\[\d+\])*)(?: =|;)",
        files.source.read_text(encoding="utf-8"), re.M)
    sums = {"table": 0, "variable": 0}
    for const, kind, pointer, shape in found:
        size = 4 if pointer else n_bytes[kind] * math.prod(map(int, re.findall(r"\d+", shape)))
        sums["table" if const and not pointer else "variable"] += size
    assert (files.constants, files.variables) == tuple(sums.values())
    assert files.constants > 2 * model.weights_[0].size and files.variables > 12 * 4


@pytest.mark.parametrize(("name", "message"), [
    ("net.cpp", "must end in .c"), ("my net.c", "letters, digits and _"),
    ("2.c", "begin with a letter"), ("int.c", "no keyword of C")])
def test_names_that_c_cannot_use_are_refused(tmp_path, name, message):
    with pytest.raises(ValueError, match=message):
        to_c(network().fit(RASTER, Y), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


class PowerNeuron(HandNeuron):
    """A neuron whose kernels call a library."""

    def __init__(
            self, gain=0.1, threshold=0.5, gain_bounds=(0.001, 0.4), threshold_bounds=(0.1, 1.5),
            kind="function"):
        super().__init__(gain, threshold, gain_bounds, threshold_bounds)
        self.kind = kind

    def kernels(self, smooth=False):
        kernel = {
            "function": with_function, "operator": with_operator, "branches": with_branches,
            "names": with_names, "plain": with_plain_numbers, "root": with_root,
            "types": with_two_types, "margin": plain_margin, "reset": plain_reset}[self.kind]
        role = self.kind if self.kind in ("margin", "reset") else "charge"
        return {**super().kernels(smooth), role: kernel}


@scalar
def doubled(x):
    return x + x


@scalar
def signed_root(x):
    if x < np.float32(0):
        return -np.sqrt(-x)
    return np.sqrt(x)


@scalar
def with_branches(z, x, p):
    (v,) = z
    ignored = doubled(np.floor(v))
    if v > np.float32(0.5) and not x > np.float32(1):
        v = v * np.float32(0.5)
    elif v != np.float32(0):
        v = np.float32(0.9 * v)
    ignored += ignored
    return (min(max(v + signed_root(x), np.float32(-2)), np.float32(2)),)


@scalar
def floor(t0, t0_):
    # np.floor is a function of the export
    return t0 + t0 - t0_


halved = scalar(lambda x: x * np.float32(0.5))


@scalar
def with_names(z, x, p):
    return (min(np.floor(z[0]) + floor(x, halved(z[0])), np.float32(2)),)


@scalar
def with_function(z, x, p):
    return (np.tanh(z[0]) + x,)


@scalar
def with_operator(z, x, p):
    return (min(z[0] ** 2 + x, np.float32(2)),)


@scalar
def with_plain_numbers(z, x, p):
    return (min(0.9 * z[0] + x, 2.0),)


@scalar
def with_root(z, x, p):
    return (np.float32(np.sqrt(0.5 * abs(z[0]) + abs(x))),)


@scalar
def with_two_types(z, x, p):
    (v,) = z
    if x > np.float32(0.1):
        v = 0.9 * v
    return (np.float32(np.float32(0.7) * v + x),)


@scalar
def plain_margin(z, p):
    return z[0] / p[1] - 1


@scalar
def plain_reset(z, s, p):
    return (0.4 * z[0] if s > 0.5 else z[0] * (1 - 0.1 * p[0]),)


def test_branches_and_functions_of_handwritten_kernels_are_equal(tmp_path):
    neuron = PowerNeuron(kind="branches", threshold=1.2)
    model = network(sizes=(20,), neuron=neuron).fit(RASTER, Y)
    assert_equal(model, RASTER, tmp_path)
    source = (tmp_path / "net.c").read_text(encoding="utf-8")
    assert "float sk_signed_root(float x)" in source and "(float)(0.9 * z_v)" in source
    assert "sk_floor" not in source and "sk_doubled" not in source  # results are ignored


@pytest.mark.parametrize("kind", ["names", "reset"])
def test_names_of_functions_and_plain_numbers_of_resets_are_equal(tmp_path, kind):
    model = network(sizes=(20,), neuron=PowerNeuron(kind=kind)).fit(RASTER, Y)
    assert_equal(model, RASTER, tmp_path)


class TracingNeuron(HandNeuron):
    """A neuron whose second state is a trace of its input."""

    def kernels(self, smooth=False):
        return {**super().kernels(smooth), "charge": traced_charge, "reset": traced_reset}


@scalar
def traced_charge(z, x, p):
    v, trace = z
    gain, theta = p
    trace = np.float32(0.7) * trace + x
    return min(max(gain * v + trace, np.float32(-2)), np.float32(2)), trace


@scalar
def traced_reset(z, s, p):
    v, trace = z
    return (np.float32(1) - s) * v, trace - s * np.float32(0.1)


@pytest.mark.parametrize("states", [("s", "margin"), ("h", "h_"), ("é", "state_e9")], ids=str)
def test_states_of_every_name_are_equal(tmp_path, states):
    cls = type("Named", (TracingNeuron,), {"states": states})
    model = network(sizes=(20,), neuron=cls(), readout="windows").fit(RASTER, Y)
    assert_equal(model, RASTER, tmp_path)


def test_frozen_models_have_the_same_code(tmp_path):
    model = make_pipeline(SpikeEncoder(), network(readout="count")).fit(SERIES, Y)
    frozen = make_pipeline(*map(FrozenEstimator, (step for _, step in model.steps)))
    early = EarlyClassifier(model, cv=2).fit(SERIES, Y)
    for same in [(model, FrozenEstimator(model), frozen), (early, FrozenEstimator(early))]:
        texts = {to_c(one, tmp_path / "net.c").source.read_text(encoding="utf-8") for one in same}
        assert len(texts) == 1


def refused():
    """Yield a name, a model that cannot be exported, its input, and a part of the error."""
    trains = RASTER[:, :3]
    yield "joint", LZCClassifier(channels="joint"), trains, "channels='each' or 'mean'"
    yield "entropy", LZCClassifier(normalize="entropy"), trains, "normalize=True or False"
    yield "measure", LZCClassifier("block_entropy"), trains, "measure='lz76' or 'lz78'"
    yield "forest", LZCClassifier(estimator=DecisionTreeClassifier()), trains, (
        "DecisionTreeClassifier of features: use a linear model")
    yield "nothing", make_pipeline(SpikeCounter()), trains, "Put a linear model after it"
    yield "place", make_pipeline(SpikeCounter(), MinMaxScaler(), RidgeClassifier()), trains, (
        "MinMaxScaler, RidgeClassif")
    yield "rule", network(rule="stdp", readout="auto"), RASTER, "STDP cannot stream"
    yield "sample", network(standardize="sample"), SERIES, "scales each series by itself"
    series = SpikeEncoder("poisson", random_state=0)
    yield "noise", network(encoder=series), SERIES, "Poisson coding of series"
    yield "length", network(n_steps=None, encoder=SpikeEncoder(n_steps=20)), SERIES, "n_steps=20"
    yield "missing", network(encoder=SpikeEncoder(missing="interpolate")), SERIES, "missing='hold'"
    yield "random neurons", make_pipeline(
        SpikingRocket(70, missing="interpolate"), Ridge()), SERIES, "missing='hold'"
    unequal = [x[:, : 20 + k % 5] for k, x in enumerate(SERIES)]
    yield "unequal", network(readout="windows"), unequal, "unequal length.*readout='count'"
    yield "series", make_pipeline(SpikingRocket(70), Ridge()), unequal, "on series of unequal"
    trains = [x[:, : 20 + k % 5] for k, x in enumerate(RASTER)]
    yield "trains", LZCClassifier(), trains, "LZCClassifier: it was fitted on trains of unequal"
    yield "table", make_pipeline(SpikeCounter(), Ridge()), FEATURES, "it was fitted on 2-D input"
    yield "scaler", make_pipeline(StandardScaler(), SpikeEncoder(n_steps=9), network()), FEATURES, (
        "'standardscaler', StandardScaler")
    two = make_pipeline(SpikeEncoder(Direct()), network(encoder=SpikeEncoder()))
    yield "second", two, SERIES, "after another SpikeEncoder"
    early = EarlyClassifier(network(), cv=2, dt=1.0)
    yield "early", make_pipeline(SpikeEncoder(), early), SERIES, (
        "Put the other steps inside: EarlyClassifier")


@pytest.mark.parametrize("case", [*refused()], ids=lambda case: case[0])
def test_what_cannot_be_exported_is_named(tmp_path, case):
    _, model, X, message = case
    model.fit(X, Y)
    with pytest.raises(ValueError, match=message):
        to_c(model, tmp_path / "net.c")
    assert list(tmp_path.iterdir()) == []


def test_kernels_and_rules_without_code_are_named(tmp_path):
    model = network().fit(RASTER[:30], Y[:30])

    def refuses(message):
        with pytest.raises(ValueError, match=message):
            to_c(model, tmp_path / "net.c")

    for kind, message in {
            "function": "charge uses the function numpy.tanh, .*EquationNeuron",
            "operator": "charge uses the operator pow",
            "plain": r"charge returns numbers that are not float32.*np.float32\(0.9\)",
            "margin": "margin returns numbers that are not float32",
            "root": "charge uses numpy.sqrt of a number that is not float32",
            "types": "charge uses a number that is float32 or float64, depending on a branch"
            }.items():
        model.neuron_ = PowerNeuron(kind=kind)
        model.intrinsics_ = {name: [np.full(12, 0.1)] for name in ("gain", "threshold")}
        refuses(f"to_c cannot export PowerNeuron: its {message}")

    def method_of(base, name):
        return lambda *args, **options: getattr(base, name)(*args, **options)

    for base in (Reservoir, Tempotron):
        for name in ("run", "respond", "stepper"):
            # without a stepper, a rule that overrides a method cannot stream
            model.rule_ = type(
                "Own", (base,), {key: method_of(base, key) for key in (name, "stepper")})()
            refuses(f"of Own, because it overrides `{name}`")


def pipelines():
    """Yield names and steps of pipelines that classify by complexity or counts."""
    network_ = network(SNNTransformer, sizes=(20,), recurrent=True)
    yield "lz76", SpikeEncoder(), network_, LZCClassifier()
    yield "lz78", SpikeEncoder(), network_, LZCClassifier("lz78", with_counts=True)
    yield "windows", SpikeEncoder(), LZCClassifier(n_windows=2, with_counts=True, normalize=False)
    yield "mean", network_, LZCTransformer(channels="mean", n_windows=3), StandardScaler(), (
        LogisticRegression())
    yield "unequal windows", SpikeEncoder(), LZCTransformer(n_windows=40), StandardScaler(), (
        RidgeClassifier())
    yield "counts", network_, SpikeCounter(3), RidgeClassifier()
    yield "uncentred", network_, SpikeCounter(), StandardScaler(with_mean=False), RidgeClassifier()
    yield "centred", network_, SpikeCounter(), StandardScaler(with_std=False), RidgeClassifier()
    yield "alone", LZCClassifier(estimator=make_pipeline(StandardScaler(), RidgeClassifier()))


@pytest.mark.parametrize(
    ("case", "n_classes"), [(case, 2 + k % 2) for k, case in enumerate(pipelines())],
    ids=lambda value: str(value) if isinstance(value, int) else value[0])
def test_pipelines_of_complexity_and_counts_are_equal(tmp_path, case, n_classes):
    X = SERIES if isinstance(case[1], SpikeEncoder) else RASTER
    X = np.tile(X, (1, 1, 5))[..., :150]  # longer than two and four words of bits
    model = make_pipeline(*map(clone, case[1:])).fit(X[:80], Y[:80] % n_classes)
    ran, scores = Ran(model, X, tmp_path), model.decision_function(X)
    np.testing.assert_array_equal(ran.classes[:, 0], model.predict(X))
    if n_classes == 2:
        ran.scores, scores = ran.scores[:, 1] - ran.scores[:, 0], scores.reshape(-1)
    else:  # C leaves out what all classes share
        scores -= scores.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(ran.scores, scores, rtol=1e-3, atol=1e-3)
    if case[0] in ("lz78", "counts"):
        integer = Ran(model, X, tmp_path, "int8")
        assert np.mean(integer.classes == ran.classes) > 0.8


@pytest.mark.parametrize("measure", ["lz76", "lz78"])
def test_words_of_every_train_of_12_steps_are_counted(tmp_path, measure):
    X = (np.arange(4096)[:, None, None] >> np.arange(12) & 1).astype(np.uint8)
    lzc = LZCTransformer(measure, normalize=False)
    words = lzc.fit_transform(X)[:, 0]
    ran = Ran(make_pipeline(lzc, Ridge(alpha=1e-9)).fit(X, words), X, tmp_path)
    np.testing.assert_allclose(ran.scores[:, 0], words, rtol=1e-4)


@pytest.mark.parametrize(("page", "name", "model"), [
    ("export", "watch", RejectingClassifier(
        EarlyClassifier(SpikingRocket(20, streaming=True, random_state=0)), unknown="unknown",
        random_state=0)),
    ("guide/endless", "wrist", EventDetector(
        SNNClassifier(4, rule=None, readout="leaky", dt=DT, random_state=0), dt=DT, augment=None,
        max_false_alarms=None))])
def test_the_loop_on_a_page_compiles(tmp_path, page, name, model):
    text = (ROOT / "doc" / f"{page}.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"code-block:: c\n\n((?:   [^\n]*\n|\n)+)", text)
    (code,) = [block for block in blocks if f'#include "{name}.h"' in block]
    if name == "watch":
        model.fit(SERIES, np.array(["a", "b", "c"])[Y])
    else:
        model.fit(*recordings(3, 0))
    to_c(model, tmp_path / f"{name}.c")
    lines = [line[3:] for line in code.splitlines()]
    if "int main(void)" not in lines:
        first = next(k for k, line in enumerate(lines) if line.endswith("_reset();"))
        lines[first:first] = ["int main(void)", "{", f"    float x[{name.upper()}_INPUTS];"]
        lines.append("}")
    heads = [
        "void start_sensor(void);", "void sleep_until_sensor(float *x);",
        "void show(const char *name);"]
    (tmp_path / "main.c").write_text("\n".join([*heads, *lines, ""]), encoding="utf-8")
    subprocess.run(
        [*compiler(), *FLAGS, "-c", "-o", tmp_path / "main.o", tmp_path / "main.c"], check=True)


def test_a_model_without_a_stream_sparse_coefficients_and_a_long_name_have_code(
        tmp_path, monkeypatch):
    monkeypatch.setattr(SNNClassifier, "_stream", None)
    file = tmp_path / f"{'n' * 200}.c"
    to_c(network(sizes=(3,)).fit(RASTER, Y), file)
    assert f"int {file.stem}_predict(void);" in file.with_suffix(".h").read_text(encoding="utf-8")
    model, sources = make_pipeline(SpikeCounter(), LogisticRegression(C=1e-3)).fit(RASTER, Y), []
    for _ in range(2):
        sources.append(to_c(model, tmp_path / "net.c").source.read_text(encoding="utf-8"))
        model[-1].sparsify()
    assert sources[0] == sources[1]


def test_other_models_columns_of_labels_and_types_of_weights_are_refused(tmp_path):
    for model, error in (
            (SpikeEncoder(), TypeError), (SNNClassifier(), ValueError), (None, TypeError),
            (make_pipeline(SpikeEncoder(), StandardScaler()), TypeError)):
        with pytest.raises(error):
            to_c(model, tmp_path / "net.c")
    model = make_pipeline(SpikeCounter(), RidgeClassifier())
    model.fit(RASTER, np.stack([Y == 0, Y == 1], axis=1))
    with pytest.raises(ValueError, match="RidgeClassifier of labels in several columns"):
        to_c(model, tmp_path / "net.c")
    with pytest.raises(ValueError, match="weights must be one of 'float32', 'int8', 'int16'"):
        to_c(network().fit(RASTER, Y), tmp_path / "net.c", weights="int4")
