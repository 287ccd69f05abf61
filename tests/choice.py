"""Choice of the cases of `make test`, for tests of all neurons, rules or variants of estimators.

Compiling the loops of a neuron takes seconds. So `make test` runs the tests of a file with one
neuron. Files that follow each other have the same neuron, so they share its loops. All registered
neurons occur. Of the variants of a neuron a file has one, and files take them in turn. A test of
rules runs with the first variant of each rule. A check of scikit-learn runs with one variant of
each estimator. The checks use the variants in turn, so that every variant is checked, except
variants with other neurons than LIF and that of the file. The other cases are marked `exhaustive`,
and `make test-all` runs them too. The choice is made from the registries, so it includes new parts.
"""

import collections
import functools
import inspect
import re
from pathlib import Path

import pytest

from skspike.learning import Rule
from skspike.neurons import LIF, NEURONS, Neuron


def neuron_of(value):
    """Return the name of the neuron that a parameter of a test is, has or names, or None."""
    if isinstance(getattr(value, "neuron", None), Neuron):  # of an estimator
        value = value.neuron
    if isinstance(value, Neuron) or inspect.isclass(value) and issubclass(value, Neuron):
        return value.name
    first = value.removeprefix("neuron ").split()[:1] if isinstance(value, str) else []
    return first[0] if first and first[0] in NEURONS else None


@functools.cache
def files_of_neurons():
    """Return the test files with tests of all neurons that `make test` runs, sorted."""
    root = Path(__file__).parents[1]
    texts = {path: path.read_text(encoding="utf-8") for path in root.glob("tests/**/test_*.py")}
    uses = re.compile(r"\bNEURONS\b|\bneurons\(\)|\bMODELS\b")
    # a file with its own NEURONS tests only these
    other = re.compile(r"^NEURONS = |^pytestmark = pytest\.mark\.exhaustive", re.MULTILINE)
    return sorted(
        path.relative_to(root).as_posix() for path, text in texts.items()
        if uses.search(text) and not other.search(text) and path.stem != "test_choice")


def number_of(path):
    """Return the number of a test file among those with tests of all neurons, or 0."""
    files = files_of_neurons()
    return files.index(path) if path in files else 0


def neuron_of_file(path):
    """Return the name of the neuron of a test file."""
    return sorted(NEURONS)[number_of(path) * len(NEURONS) // len(files_of_neurons())]


def omitted_neurons(cases, path):
    """Yield the cases of a test with other neurons or variants than that of its file."""
    for parameter in cases[0].callspec.params:
        values = [case.callspec.params[parameter] for case in cases]
        names = [neuron_of(value) for value in values]
        if NEURONS.keys() <= set(names):
            own = neuron_of_file(path)
            variants = [*dict.fromkeys(repr(v) for v, name in zip(values, names) if name == own)]
            chosen = variants[number_of(path) % len(variants)]
            yield from (
                case for case, value, name in zip(cases, values, names)
                if name is not None and repr(value) != chosen)


def omitted_rules(cases):
    """Yield the cases of a test with a further variant of a rule."""
    for parameter in cases[0].callspec.params:
        firsts = {}
        for case in cases:
            rule = case.callspec.params[parameter]
            if isinstance(rule, Rule) and firsts.setdefault(type(rule), rule) is not rule:
                yield case


def omitted_checks(cases, path):
    """Yield the cases of a check of an estimator, but the one of the variant whose turn it is."""
    neurons = None, LIF.name, neuron_of_file(path)
    groups = collections.defaultdict(list)
    for case in cases:
        estimator, check = case.callspec.params["estimator"], case.callspec.params["check"]
        groups[type(estimator), f"{check.func.__name__} {check.keywords}"].append(case)
    turns = collections.Counter()
    for (cls, _), group in groups.items():
        own = [case for case in group if neuron_of(case.callspec.params["estimator"]) in neurons]
        chosen = own[turns[cls] % len(own)]
        turns[cls] += 1
        yield from (case for case in group if case is not chosen)


def mark(items):
    """Mark the cases that only `make test-all` runs."""
    tests = collections.defaultdict(list)
    for item in items:
        if hasattr(item, "callspec"):
            tests[item.nodeid.partition("[")[0]].append(item)
    for name, cases in tests.items():
        path = name.partition("::")[0]
        if isinstance(cases[0].callspec.params.get("check"), functools.partial):
            omitted = [*omitted_checks(cases, path)]
        else:
            omitted = [*omitted_neurons(cases, path), *omitted_rules(cases)]
        for case in omitted:
            case.add_marker(pytest.mark.exhaustive)
