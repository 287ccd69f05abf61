"""Planted faults of meaning: parts that run without errors and compute something wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hand_neuron import HandNeuron
from user_coding import Phase
from user_measure import IntervalEntropy
from user_readout import Legendre
from user_rule import RandomSearch

from skspike.coding import Delta, Direct, IntegrateAndFire, Latency, Poisson, Thermometer
from skspike.complexity import LZ76, BlockEntropy, Measure, SampleEntropy
from skspike.learning import CrossEntropy, PairSTDP, Rule, SurrogateGradient, with_decoder
from skspike.learning._pair_stdp import PairCompetition
from skspike.neurons import (
    LIF, AdaptiveLIF, EquationNeuron, Equations, ExponentialIF, Intrinsic, Izhikevich)
from skspike.simulation import Exponential, Readout, Windows
from skspike.testing import (
    check_coding, check_expert, check_measure, check_neuron, check_readout, check_rule)
from skspike.testing._common import Contract
from skspike.testing._measure import _min_steps_is_the_shortest_length
from skspike.testing._rule import _dt_acts_as_declared
from skspike.trains import Age, History, Linear, Rate


def altered(part, **own):
    """Return a part of a subclass with other attributes, and the same parameters."""
    return type(f"Altered{type(part).__name__}", (type(part),), own)(**part.get_params(deep=False))


# Neurons ---------------------------------------------------------------------------------------

TAU = Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0))
THETA = Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0))


def rewritten(cls, old, new, intrinsics=None, **parameters):
    """Return a neuron with another text in the place of one, which must be there."""
    texts = {name: text.replace(old, new) for name, text in cls.equations._asdict().items()
             if isinstance(text, str)}
    assert any(old in getattr(cls.equations, name) for name in texts)
    own = {"equations": cls.equations._replace(**texts)}
    own |= {"intrinsics": intrinsics} if intrinsics else {}
    return type(f"Altered{cls.__name__}", (cls,), own)(**parameters)


class Leaky(EquationNeuron):
    """A leaky membrane with a soft reset."""

    name = "leaky"
    intrinsics = (TAU, THETA)
    equations = Equations(
        states=("v",), charge="v = exp(-dt / tau_mem) * v + x",
        margin="(v - threshold) / threshold", reset="v = v - s * threshold")


class TwoCompartments(EquationNeuron):
    """A leaky membrane that its input reaches through a leaky dendrite."""

    name = "two_compartments"
    intrinsics = (
        TAU, THETA._replace(default=0.2, bounds=(0.01, 10.0)),
        Intrinsic("tau_dend", "log", default=50.0, bounds=(5.0, 500.0)))
    equations = Equations(
        states=("v", "d"),
        charge="""
            dv/dt = (d - 2 * v) / tau_mem
            dd/dt = -d / tau_dend + x
        """,
        margin="(v - threshold) / threshold", reset="v = (1 - s) * v")


class Synaptic(EquationNeuron):
    """A leaky membrane with a synaptic current."""

    name = "synaptic"
    intrinsics = (
        TAU, THETA, Intrinsic("tau_syn", "log", role="synapse", default=5.0, bounds=(1.5, 2000.0)))
    equations = Equations(
        states=("v", "i"),
        charge="""
            i = exp(-dt / tau_syn) * i + x
            v = exp(-dt / tau_mem) * v + i
        """,
        margin="(v - threshold) / threshold", reset="v = (1 - s) * v")


class Choosing(Leaky):
    """A neuron with an option."""

    options = {"reset": ("value", "subtract")}


def steps_to_wait(self, values, dt):
    *others, wait = LIF.coefficients(self, values, dt)
    return *others, np.full_like(wait, round(self.refractory))


NEURONS = {
    "recovery turned": lambda: rewritten(Izhikevich, "- u + x", "+ u + x"),
    "adaptation lowers the threshold": lambda: rewritten(AdaptiveLIF, "- w", "+ w"),
    "unused time constant": lambda: rewritten(TwoCompartments, "tau_dend", "tau_mem"),
    "dt left out by hand": lambda: altered(
        HandNeuron(), coefficients=lambda self, values, dt: (values["gain"], values["threshold"]),
        coefficients_vjp=lambda self, values, dt, grads: {
            "gain": grads[0], "threshold": grads[1]}),
    "dt left out of the adaptation": lambda: rewritten(AdaptiveLIF, "dt / tau_w", "1 / tau_w"),
    "seconds for milliseconds": lambda: rewritten(Leaky, "tau_mem", "(1000 * tau_mem)"),
    "potential 100 times too large": lambda: rewritten(Leaky, "(v - thr", "(100 * v - thr"),
    "input with the wrong sign": lambda: rewritten(Leaky, "+ x", "- x"),
    "reset upwards": lambda: rewritten(Leaky, "v - s * threshold", "v + s * threshold"),
    "potential after a spike ignored": lambda: rewritten(ExponentialIF, " + s * v_reset", ""),
    "unused option": lambda: Choosing(),
    "synapse and membrane swapped": lambda: rewritten(
        Synaptic, "-dt / tau_syn) * i + x\n            v = exp(-dt / tau_mem",
        "-dt / tau_mem) * i + x\n            v = exp(-dt / tau_syn"),
    "refractory time in steps": lambda: altered(LIF(refractory=3.0), coefficients=steps_to_wait),
}

# Codings ---------------------------------------------------------------------------------------


def last_of_five(x):
    """Return series in which each step has the value of the last of its five steps."""
    last = np.minimum(np.arange(x.shape[-1]) // 5 * 5 + 4, x.shape[-1] - 1)
    return x[..., last] if x.ndim == 3 else x


def changed(cls, change):
    """Return the method ``encode`` of a class with other values."""

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        return cls.encode(self, change(x), n_steps, dt, seed, noise_key)

    return {"encode": encode}


def repeated_first_level(self, x, n_steps, dt, seed, noise_key=None):
    raster = Thermometer.encode(self, x, n_steps, dt, seed, noise_key)
    return np.repeat(raster[:, :: self.n_levels], self.n_levels, axis=1)


def swapped(self, x, n_steps, dt, seed, noise_key=None):
    raster = Delta.encode(self, x, n_steps, dt, seed, noise_key)
    return np.ascontiguousarray(raster.reshape(len(x), -1, 2, n_steps)[:, :, ::-1]).reshape(
        raster.shape)


def onset(self, x, n_steps, dt, seed, noise_key=None):
    current = Direct.encode(self, x, n_steps, dt, seed, noise_key)
    current[:, :, 1:] *= 0.5 ** (x.ndim == 2)
    return current


def fixed_moments(self, channels):
    # a second scale for the differences of a series
    learned = [(0.5, [0.3 + 0 * channel.ravel()[0]] * channel.ndim) for channel in channels]
    means, scales = zip(*learned, strict=True)
    self.lags_, self.mean_, self.scale_ = (1,), np.array(means), np.array(scales).T


CODINGS = {
    "low values first": lambda: altered(Latency(), **changed(Latency, lambda x: 1 - x)),
    "period in steps": lambda: altered(
        Phase(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Phase.encode(
            self, x, n_steps, 1.0, seed, noise_key)),
    "seed ignored": lambda: altered(
        Poisson(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Poisson.encode(
            self, x, n_steps, dt, 0, noise_key)),
    "lowest rate ignored": lambda: altered(
        Poisson(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Poisson.encode(
            Poisson(0.0, self.max_rate), x, n_steps, dt, seed, noise_key)),
    "one level for all channels": lambda: altered(Thermometer(), encode=repeated_first_level),
    "currents in percent": lambda: altered(
        Direct(), encode=lambda self, *args: 100 * Direct.encode(self, *args)),
    "rises and falls swapped": lambda: altered(Delta(), encode=swapped),
    "series backwards in time": lambda: altered(
        Thermometer(), **changed(Thermometer, lambda x: x[..., ::-1] if x.ndim == 3 else x)),
    "five steps at a time": lambda: altered(Thermometer(), **changed(Thermometer, last_of_five)),
    "first value of a series only": lambda: altered(
        Phase(), **changed(Phase, lambda x: x[:, :, :1] if x.ndim == 3 else x)),
    "the same noise in every epoch": lambda: altered(
        Poisson(), encode=lambda self, x, n_steps, dt, seed, noise_key=None: Poisson.encode(
            self, x, n_steps, dt, seed, noise_key and (0, noise_key[1]))),
    "nothing learned in fit": lambda: altered(IntegrateAndFire(), fit=fixed_moments),
    "held current that does not hold": lambda: altered(Direct(), encode=onset),
}

# Readouts --------------------------------------------------------------------------------------


class Waves(Readout):
    """Sines of growing frequency over the train."""

    name = "waves"

    def __init__(self, n_waves=3):
        self.n_waves = n_waves

    def check(self):
        if isinstance(self.n_waves, bool) or not isinstance(
                self.n_waves, int) or not 0 < self.n_waves < 100:
            raise ValueError(f"n_waves must be an integer from 1 to 99, got {self.n_waves!r}.")

    def filters(self, n_steps, dt):
        return self.waves(n_steps, 1 + np.arange(self.n_waves))

    @staticmethod
    def waves(n_steps, numbers):
        return np.sin(np.pi * np.outer(numbers, (np.arange(n_steps) + 0.5) / n_steps))


class Lagged(Windows):
    """Windows that begin some steps later than they would."""

    name = "lagged"

    def __init__(self, n_windows=4, lag=0.1):
        self.n_windows, self.lag = n_windows, lag

    def check(self):
        super().check()
        if isinstance(self.lag, bool) or not isinstance(self.lag, float) or not 0 <= self.lag < 1:
            raise ValueError(f"lag must be a part of the train, from 0 to 1, got {self.lag!r}.")


def filters(part, function):
    return altered(part, filters=function)


def tied_to_40_steps(self, n_steps, dt):
    return np.pad(Legendre.filters(self, 40, dt), ((0, 0), (0, n_steps)))[:, :n_steps]


def without_remainder(self, n_steps, dt):
    length, t = max(n_steps // self.n_windows, 1), np.arange(n_steps)
    return (t // length == np.arange(self.n_windows)[:, None]).astype(float)


READOUTS = {
    "number of waves ignored": lambda: filters(
        Waves(), lambda self, n, dt: self.waves(n, np.arange(1, 4))),
    "one frequency for all": lambda: filters(
        Waves(), lambda self, n, dt: self.waves(n, np.ones(self.n_waves))),
    "a wave of frequency zero": lambda: filters(
        Waves(), lambda self, n, dt: self.waves(n, np.arange(self.n_waves))),
    "waves and their negatives": lambda: filters(
        Waves(), lambda self, n, dt: self.waves(n, np.arange(self.n_waves) - 1.5)),
    "time constants in steps": lambda: filters(
        Exponential(), lambda self, n, dt: Exponential.filters(self, n, 1.0)),
    "first time constant for all": lambda: filters(
        Exponential(), lambda self, n, dt: np.repeat(
            Exponential.filters(self, n, dt)[:1], len(self.taus), axis=0)),
    "first spikes count most": lambda: filters(
        Exponential(), lambda self, n, dt: Exponential.filters(self, n, dt)[:, ::-1]),
    "rates for time constants": lambda: filters(
        Exponential(), lambda self, n, dt: Exponential(1 / np.array(self.taus)).filters(n, dt)),
    "filters tied to 40 steps": lambda: filters(Legendre(), tied_to_40_steps),
    "last steps left out": lambda: filters(Windows(3), without_remainder),
    "lag ignored": lambda: Lagged(),
}

# Rules -----------------------------------------------------------------------------------------


def learn(part, target=None, **settings):
    """Return a rule that learns with another target, or other settings, than it is given."""

    def other(self, task):
        new = task.target._replace(**{name: value(task) for name, value in (target or {}).items()})
        return type(part).learn(
            self, replace(task, target=new, settings=replace(task.settings, **settings)))

    return altered(part, learn=other)


class Climbing(RandomSearch):
    """Keeps the steps that raise the loss."""

    def _loss(self, task, state):
        return -super()._loss(task, state)


class Uphill(CrossEntropy):
    """A loss with the wrong sign of its gradient."""

    def gradient(self, *args):
        loss, slopes = super().gradient(*args)
        return loss, -slopes


def without_decay(self, task, layer, size):
    return RandomSearch._moved(self, task, layer, 1.0)


def lost_readout(self, task):
    result = SurrogateGradient.learn(self, task)
    return result._replace(state=with_decoder(task, result.state._replace(decoder=None)))


class Depressing(PairCompetition):
    """Potentiation with the wrong sign."""

    def record(self, y=None):
        pairs = super().record(y)
        return pairs._replace(a_plus=-pairs.a_plus)


class TracesInSteps(PairCompetition):
    """Traces that decay per step of any length."""

    def record(self, y=None):
        taus = self.rule.tau_pre, self.rule.tau_post, self.rule.tau_theta
        pre, post, theta = np.exp(-1 / np.array(taus)).astype(np.float32)
        return super().record(y)._replace(decay_pre=pre, decay_post=post, decay_theta=theta)


RULES = {
    "random search that climbs": Climbing,
    "up the gradient": lambda: learn(
        SurrogateGradient(), {"loss": lambda task: Uphill(task.target.n_classes)}),
    "decay ignored": lambda: altered(RandomSearch(), _moved=without_decay),
    "learning rate ignored": lambda: learn(RandomSearch(), learning_rate=0.05),
    "labels of other samples": lambda: learn(
        SurrogateGradient(), {"y": lambda task: task.rng.permutation(task.target.y)}),
    "weights of classes ignored": lambda: learn(
        RandomSearch(), {"sample_weight": lambda task: np.ones(len(task.inputs))}),
    "intrinsics never move": lambda: learn(SurrogateGradient(), learn_intrinsic=()),
    "number of epochs ignored": lambda: learn(RandomSearch(), max_iter=5),
    "penalty of weights ignored": lambda: learn(SurrogateGradient(), alpha=0.0),
    "readout lost": lambda: altered(SurrogateGradient(), learn=lost_readout),
    "potentiation turned": lambda: altered(PairSTDP(), competition=Depressing),
    "traces in steps": lambda: altered(PairSTDP(), competition=TracesInSteps),
}

# Measures --------------------------------------------------------------------------------------


class Recurrence(Measure):
    """How often a channel differs from itself some steps before."""

    name = "recurrence"

    def __init__(self, lag=2):
        self.lag = lag

    @property
    def min_steps(self):
        return self.lag + 1

    def check(self):
        if isinstance(self.lag, bool) or not isinstance(self.lag, int) or not 0 < self.lag < 1e6:
            raise ValueError(f"lag must be an integer > 0, got {self.lag!r}.")

    def values(self, rasters):
        lag = self.steps()
        return (rasters[:, :, lag:] != rasters[:, :, :-lag]).sum(axis=(1, 2))

    def steps(self):
        return self.lag

    def scale(self, n_channels, n_steps):
        return 1 / (n_channels * n_steps)


def measured(part, change):
    """Return a measure of other rasters."""
    return altered(
        part, values=lambda self, rasters: type(part).values(
            self, np.ascontiguousarray(change(rasters))))


def valued(part, change):
    """Return a measure with other values."""
    return altered(part, values=lambda self, rasters: change(type(part).values(self, rasters)))


MEASURES = {
    "lag ignored": lambda: altered(Recurrence(), steps=lambda self: 2),
    "order ignored": lambda: altered(
        BlockEntropy(), values=lambda self, rasters: BlockEntropy(4).values(rasters)),
    "percent": lambda: altered(
        BlockEntropy(), scale=lambda self, *size: 100 * BlockEntropy.scale(self, *size)),
    "more words, less complex": lambda: altered(
        LZ76(), values=lambda self, rasters: rasters.shape[2] + 1 - LZ76().values(rasters)),
    "scale without steps": lambda: altered(
        LZ76(), scale=lambda self, n_channels, n_steps: 1 / n_channels),
    "scale without channels": lambda: altered(
        BlockEntropy(), scale=lambda self, n_channels, n_steps: 1 / self.order),
    "fewest steps not said": lambda: altered(SampleEntropy(), min_steps=1),
    "half of the train": lambda: measured(
        BlockEntropy(), lambda rasters: rasters[:, :, : (rasters.shape[2] + 1) // 2]),
    "order of spikes lost": lambda: measured(LZ76(), lambda rasters: np.sort(rasters, axis=2)),
    "nats for bits": lambda: valued(IntervalEntropy(), lambda values: values * np.log(2)),
    "below zero": lambda: valued(BlockEntropy(), lambda values: values - 1),
    "whole numbers": lambda: valued(SampleEntropy(), lambda values: values.astype(int)),
}

# Experts ---------------------------------------------------------------------------------------


def scored(part, change):
    """Return an expert with other scores."""
    return altered(part, score=lambda self, tables, raster, n_classes: change(
        type(part).score(self, tables, raster, n_classes)))


EXPERTS = {
    "weights of samples ignored": lambda: altered(
        History(), count=lambda self, X, y, weights, n: History().count(
            X, y, np.ones(len(X)), n)),
    "second part lost": lambda: altered(Linear(), add=lambda self, one, other: one),
    "mean over the batch": lambda: scored(
        Linear(), lambda scores: scores - scores.mean(axis=0, keepdims=True)),
    "memory lost": lambda: altered(
        Age(), symbols=lambda self, X, memory, n: Age().symbols(X, 0 * memory, n)),
    "terms without silence": lambda: altered(
        Rate(), terms=lambda self, tables, X: Rate().terms(tables, X) * X[:, None, None]),
    "probabilities in bits": lambda: altered(
        History(), tables=lambda self, *counts: {
            name: table / np.log(2) for name, table in History().tables(*counts).items()}),
    "the same for all classes": lambda: scored(
        Linear(), lambda scores: np.tile(scores[:, :, :1], (1, 1, scores.shape[2]))),
    "widths ignored": lambda: altered(
        Rate(), tables=lambda self, counts, settings=None: Rate((0.1, 0.2, 0.3)).tables(counts)
        and dict(zip(self.models(1), Rate((0.1, 0.2, 0.3)).tables(counts).values()))),
    "one model too many": lambda: altered(Linear(), models=lambda self, n: ("all", "all")),
    "infinite without samples": lambda: altered(
        Linear(), tables=lambda self, counts, settings=None: {
            "all": Linear().tables(counts)["all"] + (0 if counts["weight"].any() else np.inf)}),
}

MESSAGES = {
    "weights of samples ignored": "count: a sample of weight n must count",
    "second part lost": "add: the counts of parts of the data must give the same scores",
    "mean over the batch": "score: the result for a row must not depend on its batch",
    "memory lost": "advance: trains in pieces must give the same scores",
    "terms without silence": "terms: must add up to the scores",
    "probabilities in bits": "score: the probabilities of all trains .* must add up to 1",
    "the same for all classes": "score: must depend on the class",
    "widths ignored": "__init__: widths must change the result",
    "one model too many": r"models\(1\): must return a tuple of different names",
    "infinite without samples": "tables: must be finite, also for counts of 0 samples",
    "recovery turned": "charge: a higher u must lower the margin",
    "adaptation lowers the threshold": "charge: a higher w must lower the margin",
    "unused time constant": "coefficients: tau_dend must change spikes",
    "dt left out by hand": "charge: v=0.01 must change as much in two steps",
    "dt left out of the adaptation": "charge: w=0.02 must change as much in two steps",
    "seconds for milliseconds": "coefficients: tau_mem must be the time constant of the membrane",
    "potential 100 times too large": "margin: must be -1, 0 and 1 if v is 0, 1 and 2 .* -1, 99",
    "input with the wrong sign": "charge: a spike with a positive weight must raise the margin",
    "reset upwards": "reset: a spike must lower the margin",
    "potential after a spike ignored": "coefficients: v_reset must change spikes",
    "unused option": "__init__: reset must change the result",
    "synapse and membrane swapped": "coefficients: tau_mem must be the time constant of the",
    "refractory time in steps": "coefficients: wait must count the same time with any dt",
    "low values first": "encode: higher values must give earlier spikes of channel 0",
    "period in steps": "encode: the raster must depend on dt",
    "seed ignored": "encode: noise must depend .* does not depend on the seed",
    "lowest rate ignored": "__init__: min_rate must change the result",
    "one level for all channels": "encode: the channels of a feature must differ",
    "currents in percent": "encode: must return currents with a root mean square of about 1",
    "rises and falls swapped": "encode: higher values must give more spikes of channel 0",
    "series backwards in time": "encode: spikes of a series must not depend on values of later",
    "five steps at a time": "encode: spikes of a series must not depend on values of later",
    "first value of a series only": "encode: spikes of a series must depend on its values",
    "the same noise in every epoch": "encode: noise must depend .* does not depend on the epoch",
    "nothing learned in fit": "fit: must have an effect",
    "held current that does not hold": "encode: must return the same for all steps of a feature",
    "number of waves ignored": "__init__: n_waves must change the result",
    "one frequency for all": "filters.*: filter 1 is a multiple of filter 0",
    "a wave of frequency zero": r"filters.*: filters \[0\] are zero",
    "waves and their negatives": "filters.*: filter 2 is a multiple of filter 1",
    "time constants in steps": "filters: the filters must depend on dt",
    "first time constant for all": "__init__: taus must change the result",
    "rates for time constants": "filters.*: filter 1 is a multiple of filter 0",
    "filters tied to 40 steps": "filters: must end at the same part of a train",
    "last steps left out": "filters: must end at the same part of a train",
    "random search that climbs": "learn: must lower the loss",
    "up the gradient": "learn: must lower the loss",
    "decay ignored": "__init__: decay must change the result",
    "learning rate ignored": "learn: learning_rate must change the fit",
    "labels of other samples": "learn: must (lower the loss|reach a training accuracy)",
    "weights of classes ignored": "learn: class_weight must change the fit",
    "intrinsics never move": "learn: learn_intrinsic must change the fit",
    # scikit-learn counts epochs since it has callbacks
    "number of epochs ignored":
        "learn: (the attributes must have n_iter_, .* max_iter=2, got 5|.* number of children)",
    "penalty of weights ignored": "learn: alpha must change the fit",
    "readout lost": "learn: must lower the loss on a simple task",
    "traces in steps": "learn: must depend on task.settings.dt",
    "order ignored": "__init__: order must change the result",
    "percent": "limits: values with normalize=True must lie within 0 and 1",
    "more words, less complex": "limits: values with normalize=True must lie within 0 and 3",
    "scale without steps": "limits: values with normalize=True must lie within 0 and 3",
    "scale without channels": "limits: values with normalize=True must lie within 0 and 1",
    "fewest steps not said": "min_steps: must be higher than 1",
    "half of the train": "values: must depend on all steps, and steps 56 to 59",
    "order of spikes lost": "values: must be higher for disorder",
    "below zero": "limits: values with normalize=False must lie within 0",
    "whole numbers": "each .*: must differ between rasters of different rates",
    "lag ignored": "__init__: lag must change the result",
}
FAULTS = [
    (check, make, name)
    for check, faults in {
        check_neuron: NEURONS, check_coding: CODINGS, check_readout: READOUTS, check_rule: RULES,
        check_measure: MEASURES, check_expert: EXPERTS}.items()
    for name, make in faults.items()]
# Not found: a contract does not say which spikes count most, in which unit a measure is, and which
# of two spikes raises a weight.
MISSED = {"first spikes count most", "nats for bits", "potentiation turned"}


def found():
    """Yield the faults that are found.

    `make test` takes every fifth, but of the neurons, whose loops are compiled for each, only one.
    """
    for k, fault in enumerate(fault for fault in FAULTS if fault[2] not in MISSED):
        chosen = k % 5 == 0 and fault[0] is not check_neuron or fault[2] == "unused option"
        yield pytest.param(*fault, id=fault[2], marks=[] if chosen else [pytest.mark.exhaustive])


@pytest.mark.parametrize(("check", "make", "name"), list(found()))
def test_a_planted_fault_is_found_and_named(check, make, name):
    part = make()
    with pytest.raises(AssertionError, match=rf"^{type(part).__name__}\.{MESSAGES[name]}"):
        check(part)


@pytest.mark.small
def test_nine_of_ten_planted_faults_are_found():
    assert len(FAULTS) == 71 and len(MISSED) <= 7


class FourSpikes(Measure):
    """Number of channels with at least four spikes."""

    name, min_steps = "four_spikes", 4

    def values(self, rasters):
        return (rasters.sum(axis=2) >= 4).sum(axis=1)

    def scale(self, n_channels, n_steps):
        return 1 / n_channels


@pytest.mark.small
def test_the_shortest_trains_that_differ_may_have_many_spikes():
    _min_steps_is_the_shortest_length(Contract(FourSpikes(), Measure))
    with pytest.raises(AssertionError, match="min_steps: must be higher than 3"):
        _min_steps_is_the_shortest_length(Contract(altered(FourSpikes(), min_steps=3), Measure))


def test_a_rule_without_times_must_not_say_that_it_uses_dt():
    rule = RandomSearch()
    rule.uses_dt = False
    _dt_acts_as_declared(Contract(rule, Rule))
    rule.uses_dt = True
    with pytest.raises(AssertionError, match="learn: must depend on task.settings.dt"):
        _dt_acts_as_declared(Contract(rule, Rule))
