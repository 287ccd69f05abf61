"""The public names of the package, sorted into families that the property tests run through.

They are found in the exports. `skspike.simulation` and `skspike.testing` are excluded, because the
former does not check its input (doc/design.rst) and the latter consists of tests. Base classes and
the parts of learning rules are excluded too.
"""

import importlib
import inspect

import skspike
from skspike._base._estimator import Estimator
from skspike._base._plugins import Registry

INNER = ("simulation", "testing")
MODULES = [
    skspike,
    *(importlib.import_module(f"skspike.{name}") for name in skspike._parts() if name not in INNER)]
PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name) for module in MODULES
    for name in module.__all__}
REGISTRIES = {
    value.base: value for module in MODULES
    for value in vars(module).values() if isinstance(value, Registry)}
REGISTRIES[skspike.simulation.Readout] = skspike.simulation.READOUTS
PLUGINS = {
    f"{base.__name__} {name}": (cls, base) for base, registry in REGISTRIES.items()
    for name, cls in registry.items()}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
FUNCTIONS = {
    name.removeprefix("skspike."): value
    for name, value in PUBLIC.items() if inspect.isfunction(value)}
DETECTORS = {"EventDetector": skspike.EventDetector}  # targets are tables: test_detectors.py
ESTIMATORS = {
    cls.__name__: cls for cls in CLASSES.values()
    if issubclass(cls, Estimator) and cls not in DETECTORS.values()}
# every parameter of an estimator for plug-ins, with every plug-in
PLACES = {
    f"{cls.__name__} with {name}": (cls, parameter, plugin, base) for cls in ESTIMATORS.values()
    for parameter, registry in getattr(cls, "_plugins", {}).items()
    for name, (plugin, base) in PLUGINS.items()
    if getattr(registry, "base", None) is base
    or plugin in [type(make()) for make in registry.values()]}


def first(function):
    """Return the name of a function's first parameter, or None."""
    return next(iter(inspect.signature(function).parameters), None)


def functions(module, *firsts):
    """Return the functions of a module whose first parameter has one of the names."""
    return {
        name: function
        for name, function in FUNCTIONS.items()
        if name.startswith(f"{module}.") and first(function) in firsts}


READERS = functions("trains", "raster")
DISTANCES = functions("trains", "X")
EXPLAINERS = functions("inspection", "model")
del EXPLAINERS["inspection.c_size"], EXPLAINERS["inspection.c_instructions"]  # tests/inspection
SURROGATES = functions("inspection", "X")
MEASURERS = functions("inspection", "estimator", "operations")
GENERATORS = functions("datasets", "n_samples")
CAMERAS = functions("datasets", "images")
RECORDERS = functions("datasets", "n_recordings")
CONVERTERS = {name: function for name, function in FUNCTIONS.items() if name.startswith("io.")}
