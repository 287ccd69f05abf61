"""Parameters with a new name, which can be set by their old name for a time."""

import inspect
import warnings
from typing import Any

RENAMED = "deprecated"  # default of the old name


def renamed(estimator: Any, old: str, new: str, removed: str) -> Any:
    """Return the value of a parameter that has a new name, and warn if the old name sets it.

    The constructor keeps the old name as its last parameter, with the default ``RENAMED``. Methods
    that learn call this function in place of reading the attribute. The class has the default of
    the new name as an attribute, because files of earlier versions have the old name only.

    Parameters
    ----------
    estimator : estimator
        The estimator.
    old, new : str
        Names of the parameter.
    removed : str
        Version that removes the old name.

    Returns
    -------
    value : object
        The value.

    Raises
    ------
    ValueError
        If both names are set.
    """
    before, value = getattr(estimator, old), getattr(estimator, new)
    if isinstance(before, str) and before == RENAMED:
        return value
    if new not in vars(estimator):  # from a file of an earlier version
        return before
    name = type(estimator).__name__
    if value is not inspect.signature(type(estimator)).parameters[new].default:
        raise ValueError(
            f"{name}: {old}={before!r} and {new}={value!r} are two names of one parameter. Set "
            f"{new} only.")
    warnings.warn(
        f"{name}: the parameter {old} is now called {new}. Set {new}={before!r}. Version {removed} "
        f"removes {old}.", FutureWarning, stacklevel=3)
    return before
