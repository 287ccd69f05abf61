"""Imports of the package, read from its source files without importing it."""

import ast
import functools
import itertools
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "skspike"
FILES = sorted(PACKAGE.rglob("*.py"))

# The order in which the folders may import each other: "Imports" in doc/design.rst.
DESIGN = (PACKAGE.parent / "doc" / "design.rst").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"``__init__.py`` exports::\n\n(.*?)\n\n", DESIGN, re.DOTALL)
ORDER = [
    name for line in BLOCK.splitlines()
    for name in re.match(r" +(\w+(?:, \w+)*)", line)[1].split(", ")]
FOLDERS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
# helpers are the folders that begin with an underscore at the start of the order
HELPERS = set(itertools.takewhile(lambda name: name.startswith("_"), ORDER))


def part(path):
    """Return the part of the package that contains a file."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(source, package):
    """Yield the full names that a module imports. `package` is its package, as a tuple."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            prefix = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{prefix}.{alias.name}" for alias in node.names)


@functools.cache
def names_imported(path):
    """Return the full names that a file imports, also inside functions."""
    package = path.relative_to(PACKAGE.parent).parent.parts
    return list(imports(path.read_text(encoding="utf-8"), package))


def parts_imported(path):
    """Return the parts of the package that a file imports, also inside functions."""
    return {
        name.split(".")[1] if "." in name else "__init__"
        for name in names_imported(path) if name.split(".")[0] == "skspike"}


def folders_imported():
    """Return the folders that each folder imports, by name."""
    found = {name: set() for name in FOLDERS}
    for path in FILES:
        if part(path) in FOLDERS:
            found[part(path)] |= parts_imported(path) & FOLDERS - {part(path)}
    return found
