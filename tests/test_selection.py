"""`make check-part` runs the tests of one part, which it finds by the parameters of the tests."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from selection import belongs, file_of, involves, parts_named

import skspike
from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Latency
from skspike.learning import STDP
from skspike.neurons import LIF, AdaptiveLIF
from skspike.simulation import Count

pytestmark = pytest.mark.small
LATENCY = Path(skspike.__file__).parent / "coding" / "_latency.py"
OF_LATENCY = [
    Latency, Latency(0.5), "latency", "Latency", "coding latency", "latency features-3",
    "skspike.coding.Latency", "skspike.coding.Latency.encode", LATENCY, ("series", Latency()),
    {"coding": "latency"}, SpikeEncoder(Latency()), SNNClassifier(encoder=SpikeEncoder("latency"))]
OF_OTHERS = [
    "metrics.latency", "latency_ms", "Latencies", "skspike.inspection.latency", SpikeEncoder(),
    LATENCY.with_name("_delta.py"), None, 3, ["poisson"], {"latency": 3}]


@pytest.mark.parametrize("value", OF_LATENCY, ids=repr)
def test_a_parameter_that_is_names_or_holds_a_part_is_one_of_its_tests(value):
    assert involves(value, Latency)


@pytest.mark.parametrize("value", OF_OTHERS, ids=repr)
def test_a_parameter_with_another_part_or_word_is_not(value):
    assert not involves(value, Latency)


def test_a_subclass_of_a_part_is_another_part():
    class Faster(LIF):
        name = "faster"

    assert involves(LIF(), LIF) and not involves(Faster(), LIF)
    assert not involves(AdaptiveLIF(), LIF) and involves([STDP(), Count()], Count)


def test_all_tests_in_the_file_of_a_part_are_its_tests():
    path = Path(__file__).parent / "coding" / "test_latency.py"
    own, other = SimpleNamespace(path=path), SimpleNamespace(path=Path(__file__))
    assert file_of(Latency) == path
    assert belongs(own, Latency) and not belongs(own, LIF) and not belongs(other, Latency)


def test_a_part_is_found_by_both_of_its_names_and_an_unknown_name_is_refused():
    assert parts_named("latency") == parts_named("Latency") == [Latency]
    with pytest.raises(pytest.UsageError, match="--part=rank: no part has this name.*latency"):
        parts_named("rank")
