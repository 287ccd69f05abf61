"""Directives that write tables and tabs of plug-ins from their registries.

``.. parts:: skspike.neurons`` becomes a table of the neurons: their names, the first lines of their
docstrings, and columns that follow from their classes.

``.. part-tabs:: skspike.neurons`` makes a tab for each neuron. Its content is the template
of a tab, with ``{name}`` in the place of the neuron's name.
"""

import importlib

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from skspike._base import Registry


def registry_of(module):
    """Return the registry of the plug-ins that a module exports."""
    values = vars(importlib.import_module(module)).values()
    return next(value for value in values if isinstance(value, Registry))


def yes(flag):
    """Return a flag as a word."""
    return "yes" if flag else "no"


def inputs(cls):
    """Return the kinds of input that a coding takes."""
    words = {2: "features", 3: "series"}
    return ", ".join(word for n_dims, word in words.items() if n_dims not in cls.refuses)


# The columns after name and summary, by module: header to a function of the class.
COLUMNS = {
    "skspike.neurons": {},
    "skspike.learning": {
        "needs labels": lambda cls: yes(cls().requires_y),
        "regression, several columns of labels": lambda cls: yes(not cls.only_classes),
        "``partial_fit``": lambda cls: yes(cls.learns_chunks)},
    "skspike.coding": {"input": inputs},
    "skspike.simulation": {"features of a neuron": lambda cls: str(len(cls().filters(200, 1.0)))},
    "skspike.trains": {
        "streams": lambda cls: yes(cls.is_sum),
        "has a likelihood": lambda cls: yes(cls.is_likelihood)},
    "skspike.complexity": {"unit if normalised": lambda cls: cls.units[True]},
}


class FromRegistry(SphinxDirective):
    """Base of the directives, which take the name of a module."""

    required_arguments = 1

    def parsed(self, lines):
        """Return the nodes of lines, with names looked up in the module."""
        context, parent = self.env.ref_context, nodes.Element()
        before, context["py:module"] = context.get("py:module"), self.arguments[0]
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, parent)
        context["py:module"] = before
        return parent.children


class Tabs(FromRegistry):
    """A tab for each plug-in of a module."""

    has_content = True

    def run(self):
        """Return the nodes of the tabs."""
        lines = [".. tab-set::", ""]
        for name in registry_of(self.arguments[0]):
            content = [f"      {line}".replace("{name}", name) for line in self.content]
            lines += [f"   .. tab-item:: {name}", "", *content, ""]
        return self.parsed(lines)


class Parts(FromRegistry):
    """Table of the plug-ins of a module."""

    def run(self):
        """Return the nodes of the table."""
        (module,) = self.arguments
        columns = COLUMNS[module]
        rows = [["name", "", *columns]]
        for name, cls in registry_of(module).items():
            facts = [column(cls) for column in columns.values()]
            rows.append(
                [f':py:obj:`"{name}" <{cls.__name__}>`', cls.__doc__.splitlines()[0], *facts])
        lines = [
            f"   {'  -' if k else '* -'} {cell}" for row in rows for k, cell in enumerate(row)]
        return self.parsed([".. list-table::", "   :header-rows: 1", "", *lines])


def setup(app):
    """Register the directives."""
    app.add_directive("parts", Parts)
    app.add_directive("part-tabs", Tabs)
    return {"parallel_read_safe": True}
