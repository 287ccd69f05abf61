"""Docstrings that share sections, each written once."""

import inspect
import textwrap
from collections.abc import Callable

from ._typing import Documented


def with_sections(**sections: str) -> Callable[[Documented], Documented]:
    """Return a class decorator that fills sections into a docstring: each where its name stands alone on a line, as ``<name>``."""

    def fill(cls):
        """Fill the sections into the docstring of a class or function."""
        text = inspect.cleandoc(cls.__doc__)  # Python 3.13 takes the indent away by itself
        for name, section in sections.items():
            text = text.replace(f"\n<{name}>", textwrap.dedent(section))
        cls.__doc__ = text
        return cls

    return fill


def choices(registry):
    """Return the names of a registry as numpydoc writes them."""
    return "{" + ", ".join(f'"{name}"' for name in registry) + "}"
