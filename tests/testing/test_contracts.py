"""All registered parts keep their contracts, and the contracts find broken parts."""

from dataclasses import replace

import numpy as np
import pytest
from hand_neuron import HandNeuron
from numba import njit
from parts import neurons
from user_coding import Phase
from user_expert import PreviousChannel
from user_measure import IntervalEntropy
from user_neuron import QuadraticNeuron
from user_rule import RandomSearch

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import (
    CODINGS, Coding, Delta, Direct, IntegrateAndFire, Latency, Poisson, Population, Thermometer)
from skspike.complexity import LZ76, MEASURES, BlockEntropy, Measure, SampleEntropy
from skspike.learning import RULES, STDP, CrossEntropy, PairSTDP, Rule, SurrogateGradient
from skspike.neurons import (
    LIF, AdaptiveLIF, EquationNeuron, Equations, Intrinsic, MetaNeuron, Neuron)
from skspike.simulation import READOUTS, Exponential, Readout, Windows
from skspike.testing import check_part
from skspike.testing._contract import Contract, check_effects
from skspike.testing._derivatives import check_coefficients, check_peak
from skspike.testing._neuron import check_small_responses
from skspike.trains import EXPERTS, Age, History, Linear, Neighbours, Pairs, Rate

SMALL = [
    *(cls() for registry in (CODINGS, MEASURES, READOUTS, EXPERTS) for cls in registry.values()),
    Delta((0.05, 0.2)), Direct(differences=True), IntegrateAndFire(signed=True),
    IntegrateAndFire(lags=(3, 1)), Thermometer(n_levels=1), Phase(3.7), Population(20, 5.0),
    IntervalEntropy(), BlockEntropy(1), SampleEntropy(6), Rate((0.5,)), Neighbours((1.0,), 2),
    Pairs(5), PreviousChannel(n_bits=1)]
DRAWN = [
    HandNeuron(), QuadraticNeuron(), MetaNeuron(theta_v=0.4, theta_s=-0.3),
    LIF(tau_mem=(5.0, 50.0), v_reset=np.array([0.1, 0.0, -0.3]), threshold_bounds="fixed"),
    LIF(tau_mem=np.array([5.0, 20.0, np.inf]), tau_mem_bounds="fixed", tau_syn=5.0)]


@pytest.mark.small
@pytest.mark.compiled  # hashes overflow on purpose, which numpy warns of
@pytest.mark.parametrize("part", SMALL, ids=repr)
def test_a_coding_measure_readout_or_expert_keeps_its_contract(part):
    check_part(part)


@pytest.mark.parametrize("neuron", [*neurons()], ids=repr)
def test_a_neuron_keeps_its_contract(neuron):
    check_part(neuron)


@pytest.mark.parametrize("neuron", DRAWN, ids=repr)
def test_a_neuron_with_other_parameters_or_functions_keeps_its_contract(neuron):
    check_part(neuron)


@pytest.mark.parametrize(
    "rule", [*(cls() for cls in RULES.values()), STDP(decoder="assigned"), RandomSearch()],
    ids=repr)
def test_a_rule_keeps_its_contract(rule):
    check_part(rule)


def test_an_object_of_no_family_is_refused():
    with pytest.raises(TypeError, match="part must derive from one of Coding, Expert, Measure"):
        check_part(SpikeEncoder())


# planted faults ----------------------------------------------------------------------------------

def altered(part, **own):
    """Return a part of a subclass with other attributes, and the same parameters."""
    return type("Altered", (type(part),), own)(**part.get_params(deep=False))


def changed(cls, change):
    """Return the method ``encode`` of a coding with other values."""
    return {"encode": lambda self, x, n_steps, dt, seed, noise_key=None: cls.encode(
        self, change(x), n_steps, dt, seed, noise_key)}


def swapped(self, x, n_steps, dt, seed, noise_key=None):
    raster = Delta.encode(self, x, n_steps, dt, seed, noise_key)
    return np.ascontiguousarray(
        raster.reshape(len(x), -1, 2, n_steps)[:, :, ::-1]).reshape(raster.shape)


class Winner(Coding):
    """A spike of the feature with the highest value, and of no other."""

    name, higher_means = "winner", "more"
    refuses = {3: "the winner would change"}

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        first = x.argmax(axis=1)[:, None, None] == np.arange(x.shape[1])[:, None]
        return np.repeat(first, n_steps, axis=2).astype(np.uint8)


class Summed(Readout):
    """The spikes in the first half, in the second half and in both."""

    name = "summed"

    def filters(self, n_steps, dt):
        late = np.arange(n_steps) >= n_steps / 2
        return np.array([~late, late, late | ~late], float)


class Runs(Measure):
    """The number of runs of equal values."""

    name, min_steps, unchanged_by = "runs", 2, ("inversion", "channel_order")

    def values(self, rasters):
        return 1 + (rasters[:, :, 1:] != rasters[:, :, :-1]).sum(axis=(1, 2))

    def scale(self, n_channels, n_steps):
        return 1 / (n_channels * n_steps)


def filtered(part, function):
    return altered(part, filters=function)


def valued(part, change):
    """Return a measure of other rasters."""
    return altered(part, values=lambda self, rasters: type(part).values(
        self, np.ascontiguousarray(change(rasters))))


def scored(part, change):
    """Return an expert with other scores."""
    return altered(part, score=lambda self, tables, raster, n_classes: change(
        type(part).score(self, tables, raster, n_classes)))


SMALL_FAULTS = {
    # codings
    "low values first": (
        altered(Latency(), **changed(Latency, lambda x: 1 - x)),
        "encode: higher values must give earlier spikes of channel 0"),
    "period in steps": (
        altered(Phase(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Phase.encode(
            self, x, n_steps, 1.0, seed, noise_key)), "encode: the raster must depend on dt"),
    "seed ignored": (
        altered(Poisson(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Poisson.encode(
            self, x, n_steps, dt, 0, noise_key)),
        "encode: noise must depend .* does not depend on the seed"),
    "currents in percent": (
        altered(Direct(), encode=lambda self, *args: 100 * Direct.encode(self, *args)),
        "encode: must return currents with a root mean square of about 1"),
    "rises and falls swapped": (
        altered(Delta(), encode=swapped),
        "encode: higher values must give more spikes of channel 0"),
    "series backwards in time": (
        altered(Thermometer(), **changed(
            Thermometer, lambda x: x[..., ::-1] if x.ndim == 3 else x)),
        "encode: spikes of a series must not depend on values of later"),
    "features mixed": (Winner(), "encode: equal features .* mixes_features"),
    "parameters not checked": (
        altered(Delta(), check=lambda self, dt: None), r"check \(with \w+="),
    # readouts
    "time constants in steps": (
        filtered(Exponential(), lambda self, n, dt: Exponential.filters(self, n, 1.0)),
        "filters: the filters must depend on dt"),
    "time constants equal": (
        filtered(Exponential(), lambda self, n, dt: np.repeat(
            Exponential.filters(self, n, dt)[:1], len(self.taus), axis=0)),
        "__init__: taus must change the result"),
    "last steps left out": (
        filtered(Windows(3), lambda self, n, dt: (
            np.arange(n) // max(n // 3, 1) == np.arange(3)[:, None]).astype(float)),
        "(filters: must end at the same part of a train|__init__: n_windows must change)"),
    "a sum of filters": (Summed(), "filters.*: a filter is a sum of multiples"),
    # measures
    "percent": (
        altered(BlockEntropy(), scale=lambda self, *size: 100 * BlockEntropy.scale(self, *size)),
        "limits: values with normalize=True must lie within 0 and 1"),
    "half of the train": (
        valued(BlockEntropy(), lambda rasters: rasters[:, :, : (rasters.shape[2] + 1) // 2]),
        "values: must depend on all steps, and steps 56 to 59"),
    "order of spikes lost": (
        valued(LZ76(), lambda rasters: np.sort(rasters, axis=2)),
        "values: must be higher for disorder"),
    "one channel": (
        altered(Runs(), unchanged_by=(), values=lambda self, rasters: Runs.values(
            self, rasters[:, :1])),
        "values: .* does not depend on channel 1"),
    "another shortest length": (
        altered(SampleEntropy(), min_steps=1), "min_steps: must be higher than 1"),
    "changes that matter": (
        altered(Runs(), unchanged_by=("channel_copies",)), "unchanged_by: lists 'channel_copies'"),
    # experts
    "weights of samples ignored": (
        altered(History(), count=lambda self, X, y, weights, n: History().count(
            X, y, np.ones(len(X)), n)), "count: a sample of weight n must count"),
    "second part lost": (
        altered(Linear(), add=lambda self, one, other: one),
        "add: the counts of parts of the data must give the same scores"),
    "mean over the batch": (
        scored(Linear(), lambda scores: scores - scores.mean(axis=0, keepdims=True)),
        "score: the result for a row must not depend on its batch"),
    "memory lost": (
        altered(Age(), symbols=lambda self, X, memory, n: Age().symbols(X, 0 * memory, n)),
        "advance: trains in pieces must give the same scores"),
    "probabilities in bits": (
        altered(History(), tables=lambda self, *counts: {
            name: table / np.log(2) for name, table in History().tables(*counts).items()}),
        "score: the probabilities of all trains .* must add up to 1"),
    "the same for all classes": (
        scored(Linear(), lambda scores: np.tile(scores[:, :, :1], (1, 1, scores.shape[2]))),
        "score: must depend on the class"),
    "symbols out of the tables": (
        altered(PreviousChannel(), symbols=lambda self, *given: PreviousChannel.symbols(
            self, *given) + 1), "symbols: must return integers from 0 to 15"),
}


@pytest.mark.small
@pytest.mark.parametrize(("part", "message"), SMALL_FAULTS.values(), ids=SMALL_FAULTS)
def test_a_planted_fault_is_found_and_named(part, message):
    with pytest.raises(AssertionError, match=rf"^{type(part).__name__}\.{message}") as raised:
        check_part(part)
    assert 'The page "Add another part" of the documentation lists all' in str(raised.value)


@pytest.mark.small
@pytest.mark.parametrize("part", [
    altered(Winner(), mixes_features=True), altered(Summed(), redundant=True), Runs()], ids=repr)
def test_a_part_that_declares_what_it_does_keeps_its_contract(part):
    check_part(part)


class Uphill(CrossEntropy):
    """A loss with the wrong sign of its gradient."""

    def gradient(self, *args):
        loss, slopes = super().gradient(*args)
        return loss, -slopes


def learn(part, target=None, **settings):
    """Return a rule that learns with another target, or other settings, than it is given."""

    def other(self, task):
        new = task.target._replace(**{name: value(task) for name, value in (target or {}).items()})
        return type(part).learn(
            self, replace(task, target=new, settings=replace(task.settings, **settings)))

    return altered(part, learn=other)


class InPlace(RandomSearch):
    """Learns in the arrays of the fit before."""

    def learn(self, task):
        for layer in task.start.layers if task.start else ():
            layer.weights[...] *= 2
        return super().learn(task)


class Double(RandomSearch):
    """Returns weights in float64."""

    def _moved(self, task, layer, size):
        layer = super()._moved(task, layer, size)
        return layer._replace(weights=layer.weights.astype(float))


class Uncounted(RandomSearch):
    """Does not report its epochs."""

    def learn(self, task):
        result = super().learn(task)
        return result._replace(attributes={"loss_curve_": result.attributes["loss_curve_"]})


RULE_FAULTS = {
    "up the gradient": (
        learn(SurrogateGradient(), {"loss": lambda task: Uphill(task.target.n_classes)}),
        "learn: must lower the loss"),
    "learning rate ignored": (
        learn(RandomSearch(), learning_rate=0.05), "learn: learning_rate must change the fit"),
    "weights of classes ignored": (
        learn(RandomSearch(), {"sample_weight": lambda task: np.ones(len(task.inputs))}),
        "learn: class_weight must change the fit"),
    "decay ignored": (
        altered(RandomSearch(), _moved=lambda self, task, layer, size: RandomSearch._moved(
            self, task, layer, 1.0)), "__init__: decay must change the result"),
    "begins anew": (
        altered(RandomSearch(), learn=lambda self, task: RandomSearch.learn(
            self, replace(task, start=None))), "learn: .*go on from task.start"),
    "in place": (InPlace(), "learn: .*not change the weights"),
    "float64": (Double(), ".*float32.*, got float64"),
    "epochs not counted": (Uncounted(), "learn: .*must have n_iter_"),
    "times not used": (altered(RandomSearch(), uses_dt=True), "learn: must depend on task.sett"),
    "parameters not checked": (
        altered(RandomSearch(), check=lambda self: None), r"check \(with \w+="),
}


@pytest.mark.parametrize(("rule", "message"), RULE_FAULTS.values(), ids=RULE_FAULTS)
def test_a_planted_fault_of_a_rule_is_found_and_named(rule, message):
    with pytest.raises(AssertionError, match=rf"^{type(rule).__name__}\.{message}"):
        check_part(rule)


# neurons -----------------------------------------------------------------------------------------

@njit
def unheld_vjp(dz, z0, z1, p):
    (dv,), (v,) = dz, z0
    return (dv * (np.float32(1) - np.float32(2) * p[0] * abs(v)),), dv, (
        -dv * v * abs(v), np.float32(0))


@njit
def unheld(z, x, p):
    return (z[0] - p[0] * z[0] * abs(z[0]) + x,)


@njit
def in_float64(z, s, p):
    return ((1.0 - s) * z[0],)


@njit
def not_linear(z, s, p):
    return ((np.float32(1) - s * s) * z[0],)


@njit
def coefficients(values, dt):
    return values[0] * dt, values[1]


@njit
def coefficients_vjp(values, dt, dp):
    return dp[0] * dt, dp[1]


@njit
def without_step(values, dt):
    return values[0], values[1]


def hand(**own):
    return type("Broken", (HandNeuron,), own)()


def kernels(**own):
    """Return a neuron with some kernels of its own."""
    return hand(kernels=lambda self, smooth=False: HandNeuron.kernels(self, smooth) | own)


def leaky(**texts):
    """Return a leaky neuron with some other texts."""
    own = {
        "charge": "v = exp(-dt / tau_mem) * v + x", "margin": "(v - threshold) / threshold",
        "reset": "v = v - s * threshold", **texts}
    tau = Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0))
    theta = Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0))
    return type("Broken", (EquationNeuron,), {
        "name": "leaky", "intrinsics": (tau, theta), "equations": Equations(("v",), **own)})()


def adaptive(old, new):
    """Return an adaptive neuron with another text in the place of one."""
    charge = AdaptiveLIF.equations.charge
    margin = AdaptiveLIF.equations.margin
    assert old in charge + margin
    return type("Broken", (AdaptiveLIF,), {"equations": AdaptiveLIF.equations._replace(
        charge=charge.replace(old, new), margin=margin.replace(old, new))})()


NEURON_FAULTS = {
    "a gradient through the clamp": (
        kernels(charge_vjp=unheld_vjp), "charge_vjp: .*with respect to state v: got"),
    "growth without bound": (
        kernels(charge=unheld, charge_vjp=unheld_vjp), "charge.*: must (be|stay) finite"),
    "float64": (kernels(reset=in_float64), r"kernels.*'reset'\]: must return"),
    "a reset that is not linear": (kernels(reset=not_linear), "reset: must be linear"),
    "the step left out": (
        hand(coefficients_vjp=lambda self, q, dt, d: {"gain": d[0], "threshold": d[1]}),
        "coefficients_vjp: .*gain"),
    "an intrinsic left out": (
        hand(coefficients_vjp=lambda self, q, dt, d: {"gain": d[0] * dt}),
        "coefficients_vjp: must return"),
    "a peak of two": (
        hand(log_peak=lambda self, q, dt: (np.full_like(q["gain"], np.log(2)), {})),
        "log_peak: must be that of"),
    "values outside a range": (
        hand(initial=lambda self, n, rng: {"gain": np.full(n, 1.0), "threshold": np.ones(n)}),
        "initial: must draw"),
    "bounds in another unit": (
        hand(free_bounds=lambda self, name: np.array([0.0, 1.0])),
        "from_free: must keep gain within its bounds"),
    "a chain without its log": (
        hand(free_vjp=lambda self, values, grads: grads), "free_vjp: .*gain"),
    "adaptation lowers the threshold": (
        adaptive("- w", "+ w"), "charge: a higher w must lower the margin"),
    "parameters not checked": (hand(check=lambda self, *dt: None), r"check \(with \w+="),
}
RESPONSES = {
    "the step left out": (
        {"charge": "v = exp(-1 / tau_mem) * v + x"},
        "charge: v=0.02 must change as much in two steps"),
    "seconds": (
        {"charge": "v = exp(-dt / (1000 * tau_mem)) * v + x"},
        "coefficients: tau_mem must be the time constant of the membrane"),
    "input with the wrong sign": (
        {"charge": "v = exp(-dt / tau_mem) * v - x"},
        "charge: a spike with a positive weight must raise the margin"),
    "another unit": (
        {"margin": "(100 * v - threshold) / threshold"}, "margin: must be -1, 0 and 1 .* -1, 99"),
    "reset upwards": (
        {"reset": "v = v + s * threshold"}, "reset: a spike must lower the margin"),
}


@pytest.mark.parametrize(("neuron", "message"), NEURON_FAULTS.values(), ids=NEURON_FAULTS)
def test_a_planted_fault_of_a_neuron_is_found_and_named(neuron, message):
    with pytest.raises(AssertionError, match=rf"^Broken\.{message}"):
        check_part(neuron)


@pytest.mark.parametrize(("texts", "message"), RESPONSES.values(), ids=RESPONSES)
def test_a_wrong_response_of_a_neuron_is_found_and_named(texts, message):
    with pytest.raises(AssertionError, match=rf"^Broken\.{message}"):
        check_small_responses(Contract(leaky(**texts), Neuron))


def test_scalar_functions_of_coefficients_must_agree_with_the_methods():
    for function, agrees in ((coefficients, True), (without_step, False)):
        neuron = hand(coefficient_kernels=lambda self, f=function: (f, coefficients_vjp, 2))
        if agrees:
            check_coefficients(Contract(neuron, Neuron))
        else:
            with pytest.raises(AssertionError, match="coefficient_kernels: must agree"):
                check_coefficients(Contract(neuron, Neuron))


def test_a_refractory_time_in_steps_is_found():
    def steps_to_wait(self, values, dt):
        *others, wait = LIF.coefficients(self, values, dt)
        return *others, np.full_like(wait, round(self.refractory))

    neuron = altered(LIF(refractory=3.0), coefficients=steps_to_wait)
    with pytest.raises(AssertionError, match="coefficients: wait must count the same time"):
        check_small_responses(Contract(neuron, Neuron))


def test_a_neuron_need_not_define_the_peak_of_its_response():
    check_peak(Contract(leaky(), Neuron))


@pytest.mark.small
def test_a_parameter_must_act_in_some_values_with_which_the_part_runs():
    def result(part):
        if part.threshold > 0.1:
            raise ValueError("too large")
        return [np.array(part.threshold if acts else 1.0)]

    contract, acts = Contract(Delta(threshold=0.1), Coding), True
    check_effects(contract, lambda part: None, result)
    acts = False
    with pytest.raises(AssertionError, match="threshold must change the result"):
        check_effects(contract, lambda part: None, result)


# incomplete parts --------------------------------------------------------------------------------

COMPLETE = {
    Neuron: HandNeuron, Readout: Windows, Rule: PairSTDP, Coding: Delta, Measure: BlockEntropy}


@pytest.mark.small
@pytest.mark.parametrize(("base", "cls"), COMPLETE.items())
def test_a_class_that_lacks_something_is_abstract(base, cls):
    for name in sorted(base.__abstractmethods__):
        with pytest.raises(TypeError, match=rf"abstract class Half .*\b{name}\b"):
            type("Half", (cls,), {name: getattr(base, name)})()


GAIN, THETA = HandNeuron.intrinsics
MISFITS = [
    ({"intrinsics": (GAIN, THETA._replace(role=None))},
     "Half must have one intrinsic with role='threshold', and has 0"),
    ({"intrinsics": (GAIN, THETA, Intrinsic("tau"))}, "Half needs the parameters tau, tau_bounds"),
    ({"intrinsics": (GAIN._replace(scale="square"), THETA)},
     "the scale of gain of Half must be one of 'linear'"),
    ({"intrinsics": (GAIN._replace(role="gain"), THETA)},
     "the role of gain of Half must be one of 'threshold'"),
    ({"kernels": lambda self, smooth=False: {"charge": unheld}},
     "Half.kernels must return charge, .*; charge_vjp, .*"),
    ({"coefficients_vjp": Neuron.coefficients_vjp},
     "Half must define coefficient_kernels, or coefficients and coefficients_vjp")]


@pytest.mark.small
@pytest.mark.parametrize(("own", "message"), MISFITS)
def test_a_neuron_that_does_not_fit_together_is_refused_by_its_name(own, message):
    part = type("Half", (HandNeuron,), own)()
    with pytest.raises((TypeError, ValueError), match=message):
        SNNClassifier(neuron=part).fit(np.ones((4, 2, 5)), [0, 1, 0, 1])
    with pytest.raises(AssertionError, match=rf"^Half\.\w+: .*{message}"):
        check_part(part)
