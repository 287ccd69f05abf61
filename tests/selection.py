"""Choice of the tests of one registered part, by the parameters of the tests.

`make check-part NAME=rank_order` runs them, and the test file with the name of the part's file.
Names in the text of a test do not matter.
"""

import inspect
import re
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

from skspike._base import Registry
from skspike.coding import CODINGS
from skspike.complexity import MEASURES
from skspike.learning import RULES
from skspike.neurons import NEURONS
from skspike.simulation import READOUTS
from skspike.trains import EXPERTS

REGISTRIES = (CODINGS, NEURONS, READOUTS, RULES, MEASURES, EXPERTS)


def parts_named(name):
    """Return the registered classes with a name, or with a name of their class."""
    found = [cls for registry in REGISTRIES for cls in registry.values()]
    chosen = [cls for cls in found if name in (cls.name, cls.__name__)]
    if not chosen:
        known = ", ".join(cls.name for cls in found)
        raise pytest.UsageError(
            f"--part={name}: no part has this name. Export its class in the __init__.py of its "
            f"folder, or use one of {known}.")
    return chosen


def names(word, cls):
    """Return whether a word is the name of a part or its class, or the path of one of its members.
    """
    path = f"{cls.__module__.rpartition('.')[0]}.{cls.__name__}."
    return word in (cls.name, cls.__name__) or f"{word}.".startswith(path)


def involves(value, cls):
    """Return whether a parameter of a test is a part, names it, or holds one that does."""
    if isinstance(value, str):
        return any(names(word, cls) for word in re.findall(r"[\w.]+", value))
    if isinstance(value, Path):
        return value == Path(inspect.getsourcefile(cls))
    if isinstance(value, BaseEstimator) and not isinstance(value, cls):
        value = value.get_params(deep=False)
    if isinstance(value, dict) and not isinstance(value, Registry):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(involves(item, cls) for item in value)
    return value is cls or type(value) is cls or getattr(value, "key", None) is cls


def file_of(cls):
    """Return the test file with the name of the file of a part. There may be none."""
    _, folder, module = cls.__module__.split(".")[-3:]
    return Path(__file__).parent / folder / f"test{module}.py"


def belongs(item, cls):
    """Return whether a test is of a file of a part, or has a parameter that involves the part."""
    if isinstance(item, pytest.DoctestItem):
        return involves(item.path, cls)
    return item.path == file_of(cls) or (
        hasattr(item, "callspec") and involves([*item.callspec.params.values()], cls))


def of_parts(items, names):
    """Return the tests of the parts with some names. Those of their contracts come first."""
    classes = [cls for name in names for cls in parts_named(name)]
    chosen = [item for item in items if any(belongs(item, cls) for cls in classes)]
    return sorted(chosen, key=lambda item: item.path.parent.name != "testing")
