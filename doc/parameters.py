"""On the pages of the networks: parameters for a start, an example, and parameters in groups."""

import re

from skspike import SNNClassifier, SNNRegressor, SNNTransformer
from skspike._networks._documentation import GROUPS

NETWORKS = {
    f"skspike.{network.__name__}": network
    for network in (SNNClassifier, SNNRegressor, SNNTransformer)}
FIELD, EXAMPLES = ":Parameters:", ".. rubric:: Examples"


def entries(lines):
    """Return the entry of each parameter, which begins with ``**name** :``, without its indent."""
    found = {}
    for line in lines:
        if start := re.match(r"    \*\*(\w+)\*\* : ", line):
            found[start[1]] = []
        if found:
            found[list(found)[-1]].append(line[4:])
    return found


def grouped(name, lines):
    """Return the headings of the groups with the entries of their parameters."""
    found, links, new = entries(lines), [], []
    for group, names in GROUPS.items():
        label = f"{name}-{group}".lower().replace(" ", "-").replace(".", "-")
        links.append(f":ref:`{group} <{label}>`")
        new += [f".. _{label}:", "", f".. rubric:: {group}", "   :class: group", ""]
        for parameter in names:
            new += found.pop(parameter, [])
    if found:
        raise ValueError(f"{', '.join(found)}: no group of parameters in GROUPS.")
    return [f"Parameters by group: {', '.join(links)}.", "", *new]


def blocks(lines):
    """Return the lines in blocks, which begin with a field, a directive or another paragraph."""
    found = [[]]
    for before, line in zip(["", *lines], lines, strict=False):
        if not before.strip() and re.match(r"(:|\.\. )\w", line):
            found.append([])
        found[-1].append(line)
    return found


def arrange(app, what, name, thing, options, lines):
    """Arrange the docstring of a network: line, box, summary, example, parameters, the rest."""
    if name not in NETWORKS or what != "class":
        return
    summary, *rest = blocks(lines)
    line, first, groups = (
        next(k for k, line in enumerate(summary) if line.startswith(start))
        for start in ("Spiking", "Six parameters", "Parameters by group."))
    box = [".. admonition:: Start here", "", *(f"   {line}" for line in summary[first:groups])]
    examples = next(k for k, block in enumerate(rest) if block[0] == EXAMPLES)
    # the example is the last section, so the blocks after its heading belong to it
    example, rest = [line for block in rest[examples:] for line in block], rest[:examples]
    lines[:] = [summary[line], "", *box, *summary[line + 1 : first], *example, ""]
    for block in rest:
        lines += grouped(name, block[1:]) if block[0] == FIELD else block


def setup(app):
    """Arrange docstrings after numpydoc has converted them."""
    app.connect("autodoc-process-docstring", arrange, priority=900)
    return {"parallel_read_safe": True}
