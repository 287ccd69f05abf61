"""Plug-ins: parameters that take a registered name, or an object with its own parameters."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import joblib
from sklearn.base import BaseEstimator, clone

from .._checks import plain_number, shown


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
        f"{shown(value)}.")


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


class PluginMixin(BaseEstimator):
    """Let `set_params` set parameters of plug-ins that were given by name.

    A subclass maps each such parameter to its registry in ``_plugins``. A registry maps names (or
    None) to functions that make the default object. For example, ``neuron__tau_mem=10`` replaces
    ``neuron="lif"`` by a default object first.
    """

    _plugins: Mapping[str, Mapping[Any, Callable[[], Any]]]

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the estimator and of its objects.

        Parameters
        ----------
        **params : dict
            Parameters by name. ``<parameter>__<name>`` sets a parameter of a plug-in that was given
            by name or as an object.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If a parameter is unknown, or if ``<parameter>__<name>`` is set for an object without
            parameters, such as None.
        """
        own = self.get_params(deep=False)
        for key in list(params):
            parameter, _, inner = key.partition("__")
            if inner and parameter in own:
                value = params.get(parameter, own[parameter])
                params[parameter] = _with_parameters(value, self._plugins.get(parameter, {}), key)
        return super().set_params(**params)


def _with_parameters(value, plugins, key):
    """Return the object that has the parameter `key`: the value, or the default for its name."""
    if (value is None or isinstance(value, str)) and value in plugins:
        return plugins[value]()
    if isinstance(value, type) or not hasattr(value, "set_params"):
        parameter = key.partition("__")[0]
        options = " or ".join([*map(repr, plugins), "an object with this parameter"])
        raise ValueError(
            f"{key} cannot be set, because {parameter}={value!r} has no parameters. First set "
            f"{parameter} to {options}.")
    return value
