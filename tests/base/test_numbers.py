"""Numeric parameters accept numbers of any type, and errors name the parameter."""

import inspect
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest
from parts import pairs, spread
from sklearn.base import clone
from sklearn.decomposition import PCA

from skspike import (
    LZCTransformer, SNNClassifier, SNNTransformer, SpikeEncoder, SpikingRocket, datasets, trains)
from skspike._base import to_bits
from skspike.coding import CODINGS, Poisson
from skspike.complexity import LZ76, MEASURES
from skspike.learning import RULES, SurrogateGradient, Tempotron
from skspike.neurons import LIF, NEURONS

Y = np.arange(24) % 2
CURRENTS = np.random.default_rng(0).random((24, 4))
SERIES = np.random.default_rng(1).random((24, 4, 30))
GENERATORS = {name: getattr(datasets, name) for name in datasets.__all__ if name[:4] == "make"}
SMALL = {
    "n_samples": 6, "n_channels": 4, "size": 4, "images": np.arange(32).reshape(2, 4, 4) % 7 / 6,
    "n_steps": 150, "random_state": 0}


def small(name, **parameters):
    """Make a few samples, with the small sizes that the generator accepts."""
    known = inspect.signature(GENERATORS[name]).parameters
    return GENERATORS[name](
        **{key: value for key, value in SMALL.items() if key in known} | parameters)


def network(**parameters):
    small = {
        "hidden_layer_sizes": (100, 6), "n_steps": 255, "max_iter": 2, "batch_size": 20,
        "random_state": 0}
    return SNNClassifier(**{**small, **parameters})


ESTIMATORS = {
    **{
        f"coding {name}": SpikeEncoder(cls(), n_steps=255, random_state=0)
        for name, cls in CODINGS.items()},
    **{
        f"rule {name}": network(rule=cls(), hidden_layer_sizes=(100,))
        for name, cls in RULES.items()},
    "neuron lif": network(neuron=spread(LIF())),
    "refractory": network(neuron=LIF(tau_syn=5, refractory=200)),
    "range": SpikeEncoder(n_steps=255, value_range=(0, 1), random_state=0),
    "encoder": network(encoder=SpikeEncoder(n_steps=255, random_state=0)),
    "random neurons": SpikingRocket(255, random_state=0)}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def narrowest(value):
    """Return a number in the smallest type of numpy that represents it."""
    kinds = (np.min_scalar_type(value).type,) if isinstance(value, int) else (
        np.float16, np.float32, np.float64)
    with np.errstate(over="ignore"):
        return next(number for kind in kinds if float(number := kind(value)) == value)


TYPES = {
    "narrowest": narrowest,
    "longdouble": lambda value: value if isinstance(value, int) else np.longdouble(value),
    "fraction": lambda value: value if isinstance(value, int) else Fraction(value),
}


def retyped(parameters, of_type):
    """Return the parameters that are numbers or tuples of numbers, in another type."""
    changed = {
        name: of_type(value)
        for name, value in parameters.items() if is_number(value) and name != "random_state"}
    pairs = {
        name: value
        for name, value in parameters.items()
        if isinstance(value, tuple) and value and all(map(is_number, value))}
    return changed | {name: tuple(map(of_type, value)) for name, value in pairs.items()}


def outcome(estimator):
    """Fit, and return the result for the training data."""
    series = isinstance(estimator, SpikingRocket) or isinstance(
        estimator, SpikeEncoder) and 2 in CODINGS[
            getattr(estimator.coding, "name", "poisson")].refuses
    X = SERIES if series else CURRENTS
    fitted = estimator.fit(X, Y)
    return fitted.decision_function(X) if hasattr(
        fitted, "decision_function") else fitted.transform(X)


@pytest.mark.parametrize(("name", "kind"), pairs([*ESTIMATORS], [*TYPES]))
def test_numbers_of_any_type_give_the_same_results(name, kind):
    estimator, other = ESTIMATORS[name], clone(ESTIMATORS[name])
    other.set_params(**retyped(estimator.get_params(), TYPES[kind]))
    before = repr(other.get_params())
    np.testing.assert_array_equal(outcome(other), outcome(clone(estimator)))
    assert repr(other.get_params()) == before  # the user's parameters are unchanged


@pytest.mark.parametrize(("name", "kind"), pairs([*GENERATORS], [*TYPES]))
def test_generators_accept_numbers_of_any_type(name, kind):
    defaults = {
        key: SMALL.get(key, parameter.default)
        for key, parameter in inspect.signature(GENERATORS[name]).parameters.items()}
    one, other = (small(name, **more)[0] for more in ({}, retyped(defaults, TYPES[kind])))
    np.testing.assert_array_equal(one, other)


EXTREMES = [
    10**30, -(10**30), 10**400, 5e-324, 1e-30, 1e30, 1.7e308, np.longdouble("1e400"),
    np.timedelta64(1, "ms"), {0: 1.0}, 1j]


def runs_or_is_refused(name, value, run):
    """Check that a call gives no warning, or an error that names the parameter."""
    shown = re.escape(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            run()
        except (TypeError, ValueError) as error:
            pattern = rf"^{shown}\b|\b{shown}=|do not fit|^max_rate"
            assert re.search(pattern, str(error)), f"{name}={value!r}: {error}"


@pytest.mark.parametrize(("name", "value"), pairs([*GENERATORS], EXTREMES), ids=repr)
def test_generators_accept_extreme_numbers_or_name_the_parameter(name, value):
    for key, parameter in inspect.signature(GENERATORS[name]).parameters.items():
        if is_number(parameter.default):
            runs_or_is_refused(key, value, lambda key=key: small(name, **{key: value}))
        elif isinstance(parameter.default, tuple):
            pair = (value, parameter.default[1])
            runs_or_is_refused(key, value, lambda key=key, pair=pair: small(name, **{key: pair}))


@pytest.mark.parametrize(("name", "value"), pairs([*CODINGS], EXTREMES), ids=repr)
def test_codings_accept_extreme_numbers_or_name_the_parameter(name, value):
    for key, default in CODINGS[name]().get_params().items():
        if is_number(default):
            encoder = SpikeEncoder(CODINGS[name](**{key: value}), n_steps=20)
            runs_or_is_refused(key, value, lambda encoder=encoder: outcome(encoder))


@pytest.mark.parametrize("value", EXTREMES, ids=repr)
@pytest.mark.parametrize("cls", [SpikeEncoder, SNNClassifier])
def test_estimators_accept_extreme_numbers_or_name_the_parameter(cls, value):
    small = {"n_steps": 20, "hidden_layer_sizes": 4, "max_iter": 1, "random_state": 0}
    small = {key: number for key, number in small.items() if key in cls().get_params()}
    names = [key for key, default in cls().get_params().items() if is_number(default)] + [
        "hidden_layer_sizes", "learning_rate"]
    # without max_iter, because 10**30 epochs take too long
    for key in sorted({*names} & {*cls().get_params()} - {"max_iter"}):
        runs_or_is_refused(
            key, value, lambda key=key: cls(**{**small, key: value}).fit(CURRENTS, Y))


def test_a_refractory_time_in_steps_is_limited():
    with pytest.raises(
            ValueError,
            match="^refractory must be a finite number and >= 0 and <= 16777.216, got 20000.0"):
        network(neuron=LIF(refractory=20000.0), dt=1e-3).fit(CURRENTS, Y)
    with pytest.raises(ValueError, match="^dt must be a finite number and >= 1e-09"):
        network(neuron=LIF(refractory=1.0), dt=5e-324).fit(CURRENTS, Y)
    network(
        neuron=LIF(refractory=16000.0), dt=1e-3, max_iter=1, hidden_layer_sizes=4, n_steps=20).fit(
            CURRENTS, Y)


def test_tau_starts_must_be_a_sequence():
    for starts, error in (
            (5.0, "must be a sequence of numbers, got 5.0"), ({5.0: 1}, "got a mapping"),
            ({5.0}, "got set")):
        with pytest.raises(TypeError, match=f"^tau_starts .*{error}"):
            network(rule=Tempotron(tau_starts=starts), hidden_layer_sizes=2).fit(CURRENTS, Y)


@pytest.mark.parametrize("value", [{0.0: 1, 1.0: 2}, {0.0, 1.0}], ids=["mapping", "set"])
@pytest.mark.parametrize(
    ("name", "run"),
    {
        "value_range": lambda value: SpikeEncoder(value_range=value).fit(CURRENTS),
        "rates": lambda value: datasets.make_poisson(rates=value),
        "tau_mem": lambda value: network(neuron=LIF(tau_mem=value)).fit(CURRENTS, Y),
        "tau_mem_bounds": lambda value: network(neuron=LIF(tau_mem_bounds=value)).fit(CURRENTS, Y),
    }.items(),
)
def test_a_mapping_or_a_set_is_not_a_sequence_of_numbers(name, run, value):
    with pytest.raises(TypeError, match=f"^{name} expects an array"):
        run(value)


FAMILIES = {
    "coding": (SpikeEncoder, CODINGS),
    "neuron": (SNNClassifier, NEURONS),
    "rule": (SNNTransformer, RULES),
    "measure": (LZCTransformer, MEASURES),
}
OTHERS = [
    LIF(), Poisson(), SurrogateGradient(), LZ76(), PCA(), SNNClassifier(), LIF, 3, [], object()]


@pytest.mark.parametrize("parameter", FAMILIES)
def test_parts_of_another_family_are_refused(parameter):
    cls, family = FAMILIES[parameter]
    others = [other for other in OTHERS if not isinstance(other, family.base)]
    assert len(others) == len(OTHERS) - 1
    wanted = (
        f"{parameter} must be one of {', '.join(map(repr, family))} or a {family.base.__name__} "
        "object such as ")
    for other in others:
        with pytest.raises(ValueError) as raised:
            cls(**{parameter: other}).fit(CURRENTS, Y)
        assert str(
            raised.value) == f"{wanted}{next(iter(family.values())).__name__}(), got {other!r}."


MESSAGES = {
    "one class": lambda: network().fit(CURRENTS, np.full(24, "a")),
    "layer": lambda: network(hidden_layer_sizes=(np.int64(0),)).fit(CURRENTS, Y),
    "option": lambda: network(early_stopping=np.str_("no")).fit(CURRENTS, Y),
    "class weight": lambda: network(
        class_weight={np.str_("a"): -1.0}).fit(CURRENTS, np.where(Y, "a", "b")),
    "range": lambda: SpikeEncoder(value_range=(np.float64(1), np.float64(0))).fit(CURRENTS),
    "intrinsic": lambda: network(neuron=LIF(tau_mem=np.float64(1))).fit(CURRENTS, Y),
    "rates": lambda: datasets.make_poisson(rates=(np.float64(-1), 2)),
    "pool": lambda: trains.isi_cv(np.zeros((2, 3)), pool=(np.int64(5),))}


@pytest.mark.parametrize("fail", MESSAGES.values(), ids=MESSAGES)
def test_messages_show_numbers_without_the_types_of_numpy(fail):
    with pytest.raises((TypeError, ValueError)) as raised:
        fail()
    assert not re.search(r"np\.|numpy|dtype", str(raised.value)), str(raised.value)


def test_means_are_rounded_to_44_significant_bits():
    assert to_bits(1 + 2.0**-43) == 1 + 2.0**-43
    assert to_bits(1 + 2.0**-45) == 1
