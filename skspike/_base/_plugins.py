"""Plug-ins: parameters that take a registered name, or an object with its own parameters."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from ._numbers import plain_number, shown, similar


class _Required:
    __isabstractmethod__ = True


REQUIRED: Any = _Required()  # value of a class attribute that each concrete subclass must define


class Registry(dict[Any, Any]):
    """Plug-ins of a family by name: the concrete subclasses of `base` that a package exports.

    Abstract classes and classes with the name None are not registered. An abstract class must have
    a concrete subclass. Names must differ.
    """

    def __init__(self, namespace: Mapping[str, Any], base: Any):
        found: list[Any] = [
            value for value in namespace.values()
            if isinstance(value, type) and issubclass(value, base)]
        concrete = [cls for cls in found if not inspect.isabstract(cls)]
        super().__init__()
        self.base = base
        for cls in concrete:
            if cls.name is not None and self.setdefault(cls.name, cls) is not cls:
                raise TypeError(
                    f"{cls.__name__} and {self[cls.name].__name__} have the same name, "
                    f"{cls.name!r}. Give one of them another name.")
        for cls in found:
            if not any(issubclass(other, cls) for other in concrete):
                missing = ", ".join(sorted(cls.__abstractmethods__))
                raise TypeError(f"{cls.__name__} must define {missing} to be registered.")

    @property
    def class_names(self):
        """Names of the classes, for ``__all__`` of the package."""
        return [cls.__name__ for cls in self.values()]


def resolve(value: Any, plugins: Any, parameter: str) -> Any:
    """Return a new object for a registered name, or a clone of the user's object.

    Numbers of numpy and other types become Python's int and float, so that plug-ins need not do so.
    """
    if isinstance(value, str) and value in plugins:
        return plugins[value]()
    if isinstance(value, plugins.base):
        return _with_plain_numbers(clone(value))
    names = ", ".join(map(repr, plugins))
    family = plugins.base.__name__
    example = next(iter(plugins.values())).__name__
    raise ValueError(
        f"{parameter} must be one of {names} or a {family} object such as {example}(), got "
        f"{shown(value)}.{similar(value, plugins)}")


def in_steps(part: Any, given: Any, dt: float) -> None:
    """Multiply the times of a plug-in that was given by name by `dt`, and divide its rates by it.

    So the defaults are the same numbers of steps for any length of a step. ``times`` and ``rates``
    of the plug-in are the names of parameters in ms, and in Hz or per ms.
    """
    if not isinstance(given, str):
        return
    powers = dict.fromkeys(part.times, 1) | dict.fromkeys(part.rates, -1)
    bounds = {f"{name}_bounds": power for name, power in powers.items()}
    for name, power in (powers | bounds).items():
        value = getattr(part, name, None)
        if isinstance(value, (tuple, float)):
            scaled = np.multiply(value, dt**power).tolist()
            setattr(part, name, tuple(scaled) if isinstance(value, tuple) else scaled)


def same_parts(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Return whether plug-ins have equal types and parameters, one after the other."""
    one, other = (
        joblib.hash([(f"{type(part)}", part.get_params()) for part in parts])
        for parts in (some, others))
    return bool(one == other)


def _with_plain_numbers(plugin):
    for name, value in plugin.get_params(deep=False).items():
        if type(value) in (tuple, list):
            value = type(value)(plain_number(item, name) for item in value)
        setattr(plugin, name, plain_number(value, name))
    return plugin
