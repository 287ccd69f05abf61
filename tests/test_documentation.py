"""Docstrings of public objects agree with signatures and have the sections of numpydoc."""

import ast
import importlib
import inspect
import pkgutil

import pytest
from docstrings import documented, signature

import skspike
from skspike._networks._documentation import GROUPS

MODULES = [skspike, *(
    importlib.import_module(f"skspike.{found.name}")
    for found in pkgutil.iter_modules(skspike.__path__) if found.name[0] != "_")]
PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in MODULES for name in module.__all__}
# types of the defaults that a docstring states
PLAIN = type(None), bool, int, float, str, tuple
NETWORKS = skspike.SNNClassifier, skspike.SNNRegressor, skspike.SNNTransformer


def methods(cls):
    """Yield the public methods of a class that this package defines, with their names."""
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if name[0] != "_" and method.__module__.startswith("skspike"):
            yield name, method


def parts(name):
    """Return a public object and its public methods, by their names."""
    thing = PUBLIC[name]
    found = methods(thing) if inspect.isclass(thing) else ()
    return {name: thing} | {f"{name}.{member}": method for member, method in found}


@pytest.mark.parametrize("name", PUBLIC)
def test_parameters_are_documented_in_the_order_of_the_signature_with_their_defaults(name):
    for path, thing in parts(name).items():
        written = documented(thing, "Parameters")
        # methods that extend the package may have a docstring of one line
        if written or thing is PUBLIC[name] and callable(thing):
            given = signature(thing)
            assert list(written) == list(given), path
            defaults = {
                key: ast.literal_eval(default) for key, default in written.items() if default}
            assert defaults == {
                key: default for key, default in given.items() if type(default) in PLAIN}, path


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_object_has_a_summary_an_example_and_types(name):
    text = inspect.getdoc(PUBLIC[name])
    assert text.splitlines()[0].endswith(".") and "Examples\n---" in text and ">>> " in text
    for path, thing in parts(name).items():
        assert inspect.getdoc(thing), path
        # constructors of equations are generated
        if callable(thing) and not hasattr(getattr(thing, "__init__", None), "__signature__"):
            given = inspect.signature(thing).parameters.values()
            untyped = [p.name for p in given if p.name != "self" and p.annotation is p.empty]
            assert untyped == [], path


def test_each_parameter_of_the_networks_is_in_one_group():
    grouped = [name for names in GROUPS.values() for name in names]
    given = {name for network in NETWORKS for name in signature(network)}
    assert sorted(grouped) == sorted(given)
