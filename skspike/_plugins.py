"""Plug-ins: parameters that take a name for everyday use, or an object that carries parameters of its own."""

from sklearn.base import clone

from ._validation import shown


class Registry(dict):
    """A family of plug-ins: name to class for every subclass of `base` with a name that a package exports.

    The export line is the registration.
    """

    def __init__(self, namespace, base):
        found = (value for value in namespace.values() if isinstance(value, type) and issubclass(value, base))
        super().__init__({cls.name: cls for cls in found if getattr(cls, "name", None) is not None})
        self.base = base


def resolve(value, plugins, parameter):
    """Return a fresh object for a plug-in given by name or as an object; the user's own object is never changed."""
    if isinstance(value, str) and value in plugins:
        return plugins[value]()
    if isinstance(value, plugins.base):
        return clone(value)
    names, family, example = ", ".join(map(repr, plugins)), plugins.base.__name__, next(iter(plugins.values())).__name__
    raise ValueError(f"{parameter} must be one of {names} or a {family} object such as {example}(), got {shown(value)}.")


class PluginMixin:
    """Let `set_params` reach into a plug-in that was given by name.

    A subclass maps each such parameter to its registry in ``_plugins``. ``neuron__tau_mem=10`` while ``neuron="lif"`` first
    puts the default object of that name in its place.
    """

    def set_params(self, **params):
        """Set parameters of the estimator and of the objects that it holds.

        Parameters
        ----------
        **params : dict
            Parameters by name; ``<parameter>__<name>`` reaches inside a plug-in, whether it was given by name or as an object.

        Returns
        -------
        self : object
            The estimator.
        """
        for parameter, plugins in self._plugins.items():
            value = params.get(parameter, getattr(self, parameter))
            if isinstance(value, str) and value in plugins and any(key.startswith(f"{parameter}__") for key in params):
                params[parameter] = plugins[value]()
        return super().set_params(**params)
