"""All registered parts keep their contracts, and the contracts find broken parts."""

from dataclasses import replace
from pathlib import Path

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

from skspike import LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder
from skspike._base import _jit
from skspike.coding import (
    CODINGS, Coding, Delta, Direct, IntegrateAndFire, Latency, Poisson, Population, Thermometer)
from skspike.complexity import MEASURES, BlockEntropy, Measure, SampleEntropy
from skspike.learning import RULES, STDP, PairSTDP, Rule, SurrogateGradient, Tempotron
from skspike.neurons import LIF, NEURONS, EquationNeuron, Equations, Intrinsic, MetaNeuron, Neuron
from skspike.simulation import Readout, Windows
from skspike.testing import (
    _coding, _readout, check_coding, check_expert, check_measure, check_neuron, check_readout,
    check_rule)
from skspike.testing._common import Contract, check_bad_values, check_effects
from skspike.testing._derivatives import _intrinsics_keep_their_values, check_peak
from skspike.testing._kernels import random_values
from skspike.testing._neuron import _small_responses_are_as_declared
from skspike.trains import EXPERTS, Neighbours, Pairs, Rate

CODINGS_WITH = [
    Delta((0.05, 0.2)), Direct(differences=True), IntegrateAndFire(gain=3.0),
    IntegrateAndFire(signed=True), IntegrateAndFire(lags=(3, 1))]
CODINGS_WITH += [Thermometer(n_levels=1), Thermometer(50), Phase(), Phase(3.7), Phase(150.0)]
CODINGS_WITH += [
    Poisson(499.0, 500.0), Poisson(100.0, 1000.0), Population(20, 5.0), Latency(0.9), Delta(0.73),
    IntegrateAndFire(0.05), IntegrateAndFire(100.0)]
MEASURES_WITH = [
    IntervalEntropy(), IntervalEntropy(5), *map(BlockEntropy, (1, 3, 20)),
    *map(SampleEntropy, (1, 6, 12, 20))]
EXPERTS_WITH = [
    Rate((0.5,)), Neighbours((1.0,), 2), Pairs(5), PreviousChannel(), PreviousChannel(n_bits=1)]
DRAWN = [
    LIF(tau_mem=(5.0, 50.0), v_reset=np.array([0.1, 0.0, -0.3]), threshold_bounds="fixed"),
    MetaNeuron(theta_v=0.4, theta_s=-0.3),
    LIF(tau_mem=np.inf, tau_mem_bounds="fixed"),
    LIF(tau_mem=np.array([5.0, 20.0, np.inf]), tau_mem_bounds="fixed", tau_syn=5.0)]
OPTIONS = [
    SurrogateGradient("sigmoid", solver="descent"), SurrogateGradient(solver="sgd"),
    PairSTDP(intrinsics="fisher", n_trials=3), Tempotron(margin=0.5, tau_starts=None),
    STDP(tau_pre=7.0, decoder="assigned"), RandomSearch()]


@pytest.mark.parametrize("neuron", [*neurons(), *DRAWN], ids=repr)
def test_every_neuron_keeps_its_contract(neuron):
    check_neuron(neuron)


@pytest.mark.parametrize("cls", [*NEURONS.values(), QuadraticNeuron, HandNeuron])
def test_a_neuron_with_random_parameters_keeps_its_contract(cls):
    values = random_values(cls(), 3, np.random.default_rng(1))
    for drawn in zip(*values.values(), strict=True):
        check_neuron(cls(**dict(zip(values, drawn, strict=True))))


@pytest.mark.exhaustive  # the tests above check other neurons
@pytest.mark.parametrize("neuron", [
    LIF(tau_syn=5.0, reset="subtract", v_reset=-0.2, refractory=2.0),
    # others take longer where nothing is compiled
    pytest.param(HandNeuron(), marks=pytest.mark.small)], ids=repr)
def test_a_neuron_keeps_its_contract_without_compilation_too(neuron):
    check_neuron(neuron)


@pytest.mark.parametrize("rule", [*(cls() for cls in RULES.values()), *OPTIONS], ids=repr)
def test_every_rule_keeps_its_contract(rule):
    check_rule(rule)


@pytest.mark.parametrize(
    "coding", [*(cls() for cls in CODINGS.values()), *CODINGS_WITH], ids=repr)
def test_every_coding_keeps_its_contract(coding):
    check_coding(coding)


@pytest.mark.parametrize(
    "measure", [*(cls() for cls in MEASURES.values()), *MEASURES_WITH], ids=repr)
def test_every_measure_keeps_its_contract(measure):
    check_measure(measure)


@pytest.mark.parametrize(
    "expert", [*(cls() for cls in EXPERTS.values()), *EXPERTS_WITH], ids=repr)
def test_every_expert_keeps_its_contract(expert):
    check_expert(expert)


@pytest.mark.small
@pytest.mark.parametrize("change", [
    lambda symbols: symbols + 1, lambda symbols: symbols - 1, lambda symbols: symbols.astype(float),
    lambda symbols: symbols[:, :1]])
def test_symbols_that_are_no_entries_of_the_tables_are_told(change):
    class Wrong(PreviousChannel):
        def symbols(self, raster, memory, n_symbols):
            return change(super().symbols(raster, memory, n_symbols))

    with pytest.raises(AssertionError, match="^Wrong.symbols: must return integers from 0 to 15"):
        check_expert(Wrong())


WITH_PARAMETERS = [cls for cls in (*RULES.values(), *CODINGS.values()) if cls().get_params()]


@pytest.mark.parametrize("cls", [QuadraticNeuron, HandNeuron, *WITH_PARAMETERS])
def test_a_part_that_checks_no_parameter_breaks_its_contract(cls):
    check = check_neuron if issubclass(
        cls, Neuron) else check_rule if issubclass(cls, Rule) else check_coding
    careless = type("Careless", (cls,), {"check": lambda self, *dt: None})
    with pytest.raises(AssertionError, match=r"^Careless\.check \(with \w+="):
        check(careless())


@njit
def unheld(z, x, p):
    return (z[0] - p[0] * z[0] * abs(z[0]) + x,)


@njit
def unheld_vjp(dz, z0, z1, p):
    (dv,), (v,) = dz, z0
    return (dv * (np.float32(1) - np.float32(2) * p[0] * abs(v)),), dv, (
        -dv * v * abs(v), np.float32(0))


@njit
def two_states(z, x, p):
    return z[0] - p[0] * z[0] * abs(z[0]) + x, z[0]


@njit
def in_float64(z, s, p):
    return ((1.0 - s) * z[0],)


@njit
def not_linear(z, s, p):
    return ((np.float32(1) - s * s) * z[0],)


@njit
def not_linear_vjp(dz, z, s, p):
    one = np.float32(1)
    return ((one - s * s) * dz[0],), -(one + one) * s * dz[0] * z[0], (np.float32(0), np.float32(0))


@njit
def to_rest(z, s, p):
    return (np.float32(0) if s > np.float32(0) else z[0],)


@njit
def without_change_vjp(dz, z, s, p):
    zero = np.float32(0)
    return (zero if s > zero else dz[0],), zero, (zero, zero)


@njit
def passed_on_vjp(dz, z, s, p):
    return dz, -dz[0] * z[0], (np.float32(0), np.float32(0))


@njit
def coefficients(values, dt):
    return values[0] * dt, values[1]


@njit
def coefficients_vjp(values, dt, dp):
    return dp[0] * dt, dp[1]


@njit
def without_step(values, dt):
    return values[0], values[1]


@njit
def without_step_vjp(values, dt, dp):
    return dp[0], dp[1]


def kernels(**own):
    """Attributes of a class with some kernels of its own."""
    return {"kernels": lambda self, smooth=False: HandNeuron.kernels(self, smooth) | own}


def hard(**own):
    """Attributes of a class with some kernels of its own for hard spikes."""
    return {"kernels": lambda self, smooth=False: HandNeuron.kernels(self) | (
        {} if smooth else own)}


BREACHES = {
    "a gradient through the clamp": (
        kernels(charge_vjp=unheld_vjp), "charge_vjp: .*with respect to state v: got"),
    "growth without bound": (
        kernels(charge=unheld, charge_vjp=unheld_vjp), "charge.*: must be finite"),
    "a second state": (kernels(charge=two_states), r"kernels.*'charge'\]: must return"),
    "float64": (kernels(reset=in_float64), r"kernels.*'reset'\]: must return"),
    "a reset that is not linear": (
        kernels(reset=not_linear, reset_vjp=not_linear_vjp), "reset: must be linear"),
    "a hard spike without change": (
        hard(reset=to_rest, reset_vjp=without_change_vjp), "reset_vjp: hard .*with respect to s:"),
    "a gradient through a hard reset": (
        hard(reset=to_rest, reset_vjp=passed_on_vjp), "reset_vjp: hard .*to state v:"),
    "the step left out": (
        {"coefficients_vjp": lambda self, q, dt, d: {"gain": d[0], "threshold": d[1]}},
        "coefficients_vjp: .*gain"),
    "an intrinsic left out": (
        {"coefficients_vjp": lambda self, q, dt, d: {"gain": d[0] * dt}},
        "coefficients_vjp: must return"),
    "the wrong intrinsic": (
        {"coefficients": lambda self, q, dt: (q["gain"] * dt, q["gain"])},
        "coefficients_vjp: .*gain"),
    "scalar functions of another formula": (
        {"coefficient_kernels": lambda self: (without_step, coefficients_vjp, 2)},
        "coefficient_kernels: must agree"),
    "scalar gradients of another formula": (
        {"coefficient_kernels": lambda self: (coefficients, without_step_vjp, 2)},
        "coefficient_kernels: must agree"),
    "a peak of two": (
        {"log_peak": lambda self, q, dt: (np.full_like(q["gain"], np.log(2)), {})},
        "log_peak: must be that of"),
    "a peak without slope": (
        {"log_peak": lambda self, q, dt: (q["gain"], {})}, "log_peak: .*gain: got 0"),
    "values outside a range": (
        {"initial": lambda self, n, rng: {"gain": np.full(n, 1.0), "threshold": np.ones(n)}},
        "initial: must draw"),
    "bounds in another unit": (
        {"free_bounds": lambda self, name: np.array([0.0, 1.0])},
        "from_free: must keep gain within its bounds"),
    "a chain without its log": (
        {"free_vjp": lambda self, values, grads: grads}, "free_vjp: .*gain")}


@pytest.mark.parametrize(("own", "message"), BREACHES.values(), ids=BREACHES)
def test_a_broken_promise_of_a_neuron_is_told(own, message):
    with pytest.raises(AssertionError, match=rf"^Broken\.{message}"):
        check_neuron(type("Broken", (HandNeuron,), own)())


def test_a_fit_that_is_not_finite_is_told():
    class Endless(SNNTransformer):
        def fit(self, X, y=None):
            super().fit(X, y)
            self.weights_ = [np.full_like(weights, np.inf) for weights in self.weights_]
            return self

    with pytest.raises(AssertionError, match=r"^HandNeuron\.check \(with .*fit is not finite"):
        check_bad_values(
            Contract(HandNeuron(), Neuron), lambda changed: Endless(4, neuron=changed, rule=None),
            np.eye(4, 8, dtype=np.uint8)[:, None])


def test_scalar_functions_that_agree_are_accepted():
    own = {"coefficient_kernels": lambda self: (coefficients, coefficients_vjp, 2)}
    _intrinsics_keep_their_values(Contract(type("Agrees", (HandNeuron,), own)(), Neuron))


class Dendrite(EquationNeuron):
    """A leaky membrane behind a leaky dendrite."""

    name = "dendrite"
    intrinsics = (
        Intrinsic("tau_dend", "log", default=50.0, bounds=(5.0, 500.0)),
        Intrinsic("tau_mem", "log", role="membrane", default=10.0, bounds=(2.0, 200.0)),
        Intrinsic("threshold", "log", role="threshold", default=0.2, bounds=(0.01, 10.0)),
    )
    equations = Equations(
        states=("v", "d"),
        charge="""
            dv/dt = (d - 2 * v) / tau_mem
            dd/dt = -d / tau_dend + x
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )


def test_a_state_that_grows_in_each_step_is_told():
    class Growing(Dendrite):
        equations = Dendrite.equations._replace(charge="""
            d = 1.1 * d + x
            v = exp(-dt / tau_mem) * v + exp(-dt / tau_dend) * tanh(d)
        """)

    with pytest.raises(
            AssertionError,
            match="Growing.charge: must stay finite under a lasting input, after 1000 steps d"):
        check_neuron(Growing())


def test_a_neuron_need_not_tell_the_peak_of_its_response():
    check_peak(Contract(Dendrite(), Neuron))


def test_a_peak_that_a_neuron_tells_must_be_right():
    class Claimed(Dendrite):
        def log_peak(self, values, dt):
            return np.zeros_like(values["threshold"]), {}

    with pytest.raises(
            AssertionError,
            match="Claimed.log_peak: must be that of the response to one weak spike, -.*, gives 0"):
        check_peak(Contract(Claimed(), Neuron))


def leaky(**texts):
    """A leaky neuron with some other texts."""
    own = {
        "charge": "v = exp(-dt / tau_mem) * v + x", "margin": "(v - threshold) / threshold",
        "reset": "v = (1 - s) * v", **texts}
    tau = Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0))
    theta = Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0))
    return type(
        "Leaky", (EquationNeuron,),
        {"name": "leaky", "intrinsics": (tau, theta), "equations": Equations(("v",), **own)})()


DEAD = {
    "the step left out": (
        {"charge": "v = exp(-1 / tau_mem) * v + x"},
        "charge: v=0.02 must change as much in two steps"),
    "the input left out": (
        {"charge": "v = exp(-dt / tau_mem) * v + 0.01"},
        "charge: a spike with a positive weight must raise the margin"),
    "the margin turned round": (
        {"margin": "(threshold - v) / threshold"},
        "margin: must be -1, 0 and 1")}


@pytest.mark.exhaustive  # each compiles the loops of another neuron
@pytest.mark.parametrize(("texts", "message"), DEAD.values(), ids=DEAD)
def test_a_contract_finds_a_neuron_that_is_deaf_to_time_or_input(texts, message):
    with pytest.raises(AssertionError, match=f"^Leaky.{message}"):
        check_neuron(leaky(**texts))


@pytest.mark.parametrize(("texts", "message"), DEAD.values(), ids=DEAD)
def test_a_neuron_that_is_deaf_to_time_or_input_is_told(texts, message):
    with pytest.raises(AssertionError, match=f"^Leaky.{message}"):
        _small_responses_are_as_declared(Contract(leaky(**texts), Neuron))


class Anew(RandomSearch):
    """Forgets where to go on from."""

    def learn(self, task):
        return super().learn(replace(task, start=None))


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
    """Does not tell its epochs."""

    def learn(self, task):
        result = super().learn(task)
        return result._replace(attributes={"loss_curve_": result.attributes["loss_curve_"]})


LEARNED = {
    Anew: "go on from task.start", InPlace: "not change the weights", Double: "in float32, got",
    Uncounted: "must have n_iter_"}


@pytest.mark.parametrize(("cls", "message"), LEARNED.items())
def test_a_broken_promise_of_a_rule_is_told(cls, message):
    with pytest.raises(AssertionError, match=rf"^{cls.__name__}.learn: .*{message}"):
        check_rule(cls())


class Shuffled(Coding):
    """Three levels of each feature, in channels that are ordered by level first."""

    name, channels_per_feature = "shuffled", 3

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        high = np.concatenate([x > level for level in (0.2, 0.5, 0.8)], axis=1)
        return np.repeat(
            high.reshape(*high.shape[:2], -1), n_steps // x.shape[2] if x.ndim == 3 else n_steps,
            axis=2).astype(np.uint8)

    def channel_names(self, names):
        return [f"{name}_{k}" for name in names for k in range(3)]


def test_channels_that_are_not_in_the_order_of_the_features_are_told():
    with pytest.raises(
            AssertionError,
            match="^Shuffled.encode: the channels of a feature must depend on its values, all"):
        check_coding(Shuffled())


def test_a_measure_that_is_not_finite_or_leaves_out_channels_is_told():
    class Count(Measure):
        name = "count"

        def values(self, rasters):
            return rasters.sum(axis=(1, 2))

        def scale(self, n_channels, n_steps):
            return 1 / (n_channels * n_steps)

    check_measure(Count())
    logarithm = {"scale": lambda self, n_channels, n_steps: 1 / np.log2(n_steps)}
    first = {"values": lambda self, rasters: rasters[:, 0].sum(axis=1)}
    for own, message in (
            (logarithm, "joint .of 1 steps, .*: must be finite"),
            (first, "values: .* does not depend on channel 1")):
        with pytest.raises(AssertionError, match=f"^Wrong.{message}"):
            check_measure(type("Wrong", (Count,), own)())


class Winner(Coding):
    """A spike of the feature with the highest value, and of no other."""

    name, higher_means = "winner", "more"
    refuses = {3: "the winner would change"}

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        first = x.argmax(axis=1)[:, None, None] == np.arange(x.shape[1])[:, None]
        return np.repeat(first, n_steps, axis=2).astype(np.uint8)


def test_a_coding_may_mix_features_if_it_says_so():
    with pytest.raises(AssertionError, match="^Winner.encode: equal features .* mixes_features"):
        check_coding(Winner())
    check_coding(type("Winner", (Winner,), {"mixes_features": True})())


@pytest.mark.parametrize(("name", "message"), [
    ("channel_copies", "lists 'channel_copies', and this change"),
    ("copies", "must list some of .*'channel_copies'.*, got 'copies'")])
def test_a_measure_keeps_the_invariances_that_it_lists(name, message):
    class Runs(Measure):
        name, min_steps, unchanged_by = "runs", 2, ("inversion", "channel_order")

        def values(self, rasters):
            return 1 + (rasters[:, :, 1:] != rasters[:, :, :-1]).sum(axis=(1, 2))

        def scale(self, n_channels, n_steps):
            return 1 / (n_channels * n_steps)

    check_measure(Runs())
    with pytest.raises(AssertionError, match=f"^Wrong.unchanged_by: {message}"):
        check_measure(type("Wrong", (Runs,), {"unchanged_by": (name,)})())


@pytest.mark.parametrize(("part", "check", "module"), [
    (Population(n_fields=12), check_coding, _coding), (Windows(12), check_readout, _readout)],
    ids=["coding", "readout"])
def test_parts_of_many_channels_or_filters_keep_their_contract(part, check, module, monkeypatch):
    monkeypatch.setattr(module, "MANY", 11)
    check(part)


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


def test_filters_may_be_zero_in_short_trains_only():
    class Old(Readout):
        """The spikes before the last steps of a train, at first of all but one."""

        name, late = "old", 1

        def filters(self, n_steps, dt):
            t = np.arange(n_steps)
            return (t < n_steps - max(self.late, n_steps // 40))[None].astype(float)

    check_readout(Old())
    with pytest.raises(AssertionError, match=r"^Lost.filters\(40, 0.1\): must not all be zero"):
        check_readout(type("Lost", (Old,), {"late": 40})())


@pytest.mark.small
def test_a_filter_may_be_a_sum_of_others_only_if_the_readout_says_so():
    class Summed(Readout):
        """The spikes in the first half, in the second half and in both."""

        name = "summed"

        def filters(self, n_steps, dt):
            late = np.arange(n_steps) >= n_steps / 2
            return np.array([~late, late, late | ~late], float)

    with pytest.raises(AssertionError, match="^Summed.filters.*: a filter is a sum of multiples"):
        check_readout(Summed())
    check_readout(type("Repeated", (Summed,), {"redundant": True})())


@pytest.mark.parametrize(("part", "check"), [
    (LIF(), check_coding), (Delta(), check_neuron), (LIF(), check_readout), (LIF(), check_rule),
    (LIF(), check_measure), (LIF(), check_expert)])
def test_a_failure_names_the_page_that_lists_the_demands(part, check):
    family = check.__name__.removeprefix("check_")
    page = "Add a neuron" if family == "neuron" else "Add another part"
    with pytest.raises(AssertionError, match=rf'The page "{page}" of the documentation lists all'):
        check(part)
    name = "add_a_neuron" if family == "neuron" else "add_a_part"
    assert page in (Path(__file__).parents[2] / "doc" / f"{name}.rst").read_text(encoding="utf-8")


COMPLETE = {
    Neuron: (HandNeuron, check_neuron, lambda part: SNNClassifier(neuron=part)),
    Readout: (Windows, check_readout, lambda part: SNNClassifier(readout=part)),
    Rule: (PairSTDP, check_rule, lambda part: SNNTransformer(rule=part)),
    Coding: (Delta, check_coding, SpikeEncoder),
    Measure: (BlockEntropy, check_measure, LZCClassifier),
}


def is_refused(base, part, message):
    """Estimators and contracts name the class of a bad part before anything is compiled."""
    _, check, estimator = COMPLETE[base]
    known = len(_jit._loops)
    with pytest.raises((TypeError, ValueError), match=message):
        estimator(part).fit(np.ones((4, 2, 5)), [0, 1, 0, 1])
    with pytest.raises(AssertionError, match=rf"^Half\.\w+: .*{message}"):
        check(part)
    assert len(_jit._loops) == known


@pytest.mark.small
@pytest.mark.parametrize(
    ("base", "name"),
    [(base, name) for base in COMPLETE for name in sorted(base.__abstractmethods__)])
def test_a_class_that_lacks_something_is_abstract(base, name):
    half = type("Half", (COMPLETE[base][0],), {name: getattr(base, name)})
    with pytest.raises(TypeError, match=rf"abstract class Half .*\b{name}\b"):
        half()


GAIN, THETA = HandNeuron.intrinsics
MISFITS = {
    "no threshold": (
        {"intrinsics": (GAIN, THETA._replace(role=None))},
        "Half must have one intrinsic with role='threshold', and has 0"),
    "two thresholds": (
        {"intrinsics": (GAIN._replace(role="threshold"), THETA)},
        "Half must have one .*, and has 2"),
    "no parameter": (
        {"intrinsics": (GAIN, THETA, Intrinsic("tau"))},
        "Half needs the parameters tau, tau_bounds"),
    "unknown scale": (
        {"intrinsics": (GAIN._replace(scale="square"), THETA)},
        "the scale of gain of Half must be one of 'linear'"),
    "unknown role": (
        {"intrinsics": (GAIN._replace(role="gain"), THETA)},
        "the role of gain of Half must be one of 'threshold'"),
    "no kernel": (
        {"kernels": lambda self, smooth=False: {"charge": unheld}},
        "Half.kernels must return charge, .*; charge_vjp, .*"),
    "no coefficients": (
        {"coefficients_vjp": Neuron.coefficients_vjp},
        "Half must define coefficient_kernels, or coefficients and coefficients_vjp")}


@pytest.mark.small
@pytest.mark.parametrize(("own", "message"), MISFITS.values(), ids=MISFITS)
def test_a_neuron_that_does_not_fit_together_is_refused_by_its_name(own, message):
    is_refused(Neuron, type("Half", (HandNeuron,), own)(), message)
