"""Sections of numpydoc docstrings, and signatures."""

import inspect
import re


def documented(thing, section):
    """Return the default, as text, of each parameter or attribute in a section of a docstring."""
    text = (inspect.getdoc(thing) or "") + "\n\n"
    body = re.search(
        rf"^{section}\n-+\n(.*?)(?=\n\n\S[^\n]*\n---|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\**(\w[\w, ]*) : (.*)$", body.group(1), re.MULTILINE) if body else []
    return {
        name: kind.partition("default=")[2] for names, kind in lines for name in names.split(", ")}


def signature(thing):
    """Return the default of each parameter of a function or constructor."""
    return {
        name: p.default
        for name, p in inspect.signature(thing).parameters.items() if name != "self"}
