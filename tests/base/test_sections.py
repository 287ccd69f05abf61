"""Shared sections of docstrings."""

import subprocess
import sys
import textwrap

import pytest

from skspike._base import sections, with_sections

SCRIPT = """
    import inspect, skspike
    for name in dir(skspike):
        thing = getattr(skspike, name)
        if inspect.isclass(thing):
            assert repr(thing()) == f"{name}()" and not thing.__doc__
    skspike.show_versions()
"""


@pytest.mark.small
def test_sections_are_filled_in_without_their_indent():
    @with_sections(more="""
        More
        ----
            indented""")
    def function():
        """Summary.

        <more>
        """

    assert function.__doc__ == "Summary.\n\nMore\n----\n    indented"


@pytest.mark.exhaustive  # compiles all files of all libraries again
def test_the_package_works_without_docstrings():
    subprocess.run([sys.executable, "-OO", "-c", textwrap.dedent(SCRIPT)], check=True)


@pytest.mark.small
def test_a_class_without_a_docstring_has_empty_sections():
    found = sections(type("Plain", (), {}))
    assert found["parameters"] == "" == found["notes"]
