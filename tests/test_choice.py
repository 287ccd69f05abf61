"""`make test` runs each check of each estimator, each variant, and each test of neurons."""

import collections
import itertools
from functools import partial
from types import SimpleNamespace

import pytest
from choice import files_of_neurons, neuron_of_file, omitted_checks, omitted_neurons, omitted_rules
from parts import pairs

from skspike import SNNClassifier, SpikeCounter
from skspike.learning import STDP, SurrogateGradient
from skspike.neurons import LIF, NEURONS


def cases(**parameters):
    """Return a stand-in for each case of a test. Each parameter has as many values as cases."""
    return [
        SimpleNamespace(callspec=SimpleNamespace(params=dict(zip(parameters, values, strict=True))))
        for values in zip(*parameters.values(), strict=True)]


def kept(cases, omitted):
    """Return the values of the parameters of the cases that remain."""
    left = {id(case) for case in omitted}
    return [tuple(case.callspec.params.values()) for case in cases if id(case) not in left]


def first_check():
    """A stand-in for a check of scikit-learn."""


def second_check():
    """A stand-in for another check."""


@pytest.mark.small
def test_each_check_is_run_on_each_class_and_each_variant_has_a_check():
    variants = [SNNClassifier(n) for n in (1, 2, 3)] + [SpikeCounter()]
    checks = [partial(first_check), partial(second_check), partial(second_check, strict=True)]
    pairs = [(variant, check) for variant in variants for check in checks]
    every = cases(estimator=[pair[0] for pair in pairs], check=[pair[1] for pair in pairs])
    left = kept(every, omitted_checks(every, "tests/test_a.py"))
    count = collections.Counter((type(estimator), check) for estimator, check in left)
    assert count == {(cls, check): 1 for cls in (SNNClassifier, SpikeCounter) for check in checks}
    assert {id(estimator) for estimator, _ in left} == set(map(id, variants))


@pytest.mark.small
def test_a_check_is_run_with_lif_or_the_neuron_of_its_file():
    chosen = neuron_of_file("tests/test_a.py")
    variants = [SNNClassifier(neuron=cls()) for cls in NEURONS.values()]
    checks = [partial(first_check, number=number) for number in range(len(variants))]
    pairs = [(variant, check) for variant in variants for check in checks]
    every = cases(estimator=[pair[0] for pair in pairs], check=[pair[1] for pair in pairs])
    left = kept(every, omitted_checks(every, "tests/test_a.py"))
    assert len(left) == len(checks)
    assert {estimator.neuron.name for estimator, _ in left} == {"lif", chosen}


@pytest.mark.small
def test_a_test_of_all_neurons_runs_with_the_neuron_of_its_file():
    chosen = neuron_of_file("tests/test_a.py")
    for values in (NEURONS, NEURONS.values(), [cls() for cls in NEURONS.values()]):
        every = cases(neuron=[*values])
        ((left,),) = kept(every, omitted_neurons(every, "tests/test_a.py"))
        assert chosen in (left, getattr(left, "name", None))
    every = cases(case=[*(f"neuron {name}" for name in NEURONS), "rule stdp", "exponents"])
    left = kept(every, omitted_neurons(every, "tests/test_a.py"))
    assert left == [(f"neuron {chosen}",), ("rule stdp",), ("exponents",)]


@pytest.mark.small
def test_a_test_of_some_neurons_is_complete():
    every = cases(neuron=[LIF(), "adex"])
    assert len(kept(every, omitted_neurons(every, "tests/test_a.py"))) == 2


@pytest.mark.small
def test_a_test_of_rules_runs_with_the_first_variant_of_each():
    rules = [None, STDP(), SurrogateGradient(), SurrogateGradient(solver="sgd"), STDP(tau_pre=7.0)]
    every = cases(rule=rules)
    assert kept(every, omitted_rules(every)) == [(rule,) for rule in rules[:3]]


@pytest.mark.small
def test_the_files_of_tests_use_every_neuron_about_equally_often():
    count = collections.Counter(map(neuron_of_file, files_of_neurons()))
    assert count.keys() == NEURONS.keys() and max(count.values()) - min(count.values()) <= 1


@pytest.mark.small
def test_pairs_have_each_pair_of_values_of_two_factors():
    factors = ("abc", "xy", "01", "+-")
    chosen = [case.values for case in pairs(*factors)]
    for i, j in itertools.combinations(range(4), 2):
        assert {(row[i], row[j]) for row in chosen} == {*itertools.product(factors[i], factors[j])}
    assert len(chosen) < 3 * 2 * 2 * 2 / 2


@pytest.mark.small
def test_the_pairs_of_make_test_have_each_value():
    factors = ("abcd", "xy", "01", "+-")
    chosen = [case.values for case in pairs(*factors) if not case.marks]
    assert [{*values} for values in zip(*chosen, strict=True)] == [*map(set, factors)]
    assert len(chosen) == 4
