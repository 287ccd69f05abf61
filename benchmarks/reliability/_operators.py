"""Mutants: small changes of the source that a test should detect.

An operator takes a node of the syntax tree and yields replacements, which are written into the
text. Equations are strings inside a call of `Equations`. They are parsed too.
"""

import ast
import contextlib
import copy
import hashlib
import re
import warnings
from typing import NamedTuple

ARITHMETIC = {
    **{
        ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
        ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv},
    **{
        ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
        ast.BitOr: ast.BitAnd},
    **{ast.BitXor: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And}}
COMPARISON = {
    **{
        ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}}
BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
PAIRS = [
    ("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("floor", "ceil"), ("any", "all")]
SWAPPED = dict(PAIRS) | {second: first for first, second in PAIRS}
EQUATION = re.compile(r"^(\s*(?:[\w/]+ = )?)(\S.*)$", re.MULTILINE)


def changed(node, **fields):
    """Return a copy of a node with some fields replaced."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def arithmetic(node):
    """Yield another operator between two numbers."""
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        yield changed(node, op=ARITHMETIC[type(node.op)]())


def compared(node, table):
    """Yield a comparison with each of its operators replaced in turn."""
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            if type(op) in table:
                yield changed(node, ops=[*node.ops[:k], table[type(op)](), *node.ops[k + 1 :]])


def comparison(node):
    """Yield the opposite or the reversed comparison."""
    yield from compared(node, COMPARISON)


def boundary(node):
    """Yield a comparison that includes its bound, or excludes it."""
    yield from compared(node, BOUNDARY)


def numbers(node):
    """Yield a number plus one and minus one, and the other truth value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield from (ast.Constant(node.value + step) for step in (1, -1))


def constant(node):
    """Yield a number off by one."""
    yield from numbers(node)


def default(node):
    """Yield another default of a parameter."""
    if isinstance(node, ast.arguments):
        for k, value in enumerate(node.defaults):
            for new in numbers(value):
                yield changed(node, defaults=[*node.defaults[:k], new, *node.defaults[k + 1 :]])
        for k, value in enumerate(node.kw_defaults):
            for new in numbers(value):
                yield changed(
                    node, kw_defaults=[*node.kw_defaults[:k], new, *node.kw_defaults[k + 1 :]])


def sign(node):
    """Remove a minus sign, or negate a returned value."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Return) and isinstance(node.value, (ast.BinOp, ast.Name)):
        yield changed(node, value=ast.UnaryOp(ast.USub(), node.value))


def extreme(node):
    """Swap min and max, and similar functions."""
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name) and called.id in SWAPPED:
            yield changed(node, func=ast.Name(SWAPPED[called.id]))
        elif isinstance(called, ast.Attribute) and called.attr in SWAPPED:
            yield changed(node, func=changed(called, attr=SWAPPED[called.attr]))


def dropped(node):
    """Remove a statement: a call or an assignment to an existing object."""
    stored = isinstance(node, ast.Assign) and not any(
        isinstance(target, ast.Name) for target in node.targets)
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if called or stored and not isinstance(
            node.targets[0], ast.Tuple) or isinstance(node, ast.AugAssign):
        yield ast.Pass()


def shifted(node):
    """Yield the element next to an indexed one."""
    if isinstance(node, ast.Subscript):
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for k, place in enumerate(places):
            if isinstance(place, (ast.Name, ast.BinOp)):
                for op in (ast.Add(), ast.Sub()):
                    new = [*places[:k], ast.BinOp(place, op, ast.Constant(1)), *places[k + 1 :]]
                    yield changed(
                        node,
                        slice=ast.Tuple(new, ast.Load()) if isinstance(node.slice, ast.Tuple)
                        else new[0])


def negated(node):
    """Negate a condition."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield changed(node, test=ast.UnaryOp(ast.Not(), node.test))


OPERATORS = (
    arithmetic, comparison, boundary, constant, default, sign, extreme, dropped, shifted, negated)


class Mutant(NamedTuple):
    """One change: `text` replaces the bytes `start` to `stop` of the source."""

    file: str
    line: int
    operator: str
    start: int
    stop: int
    text: str

    def source(self, original):
        """Return the mutated source of a file."""
        return original[: self.start] + self.text.encode() + original[self.stop :]

    def key(self, original):
        """Return the identity of this mutant, which changes with any change of the file."""
        return hashlib.blake2b(
            self.file.encode() + b"\0" + self.source(original), digest_size=8).hexdigest()


def skipped(node):
    """Return whether changes below a node have no effect that tests should detect.

    Examples are texts, imports, messages and assertions.
    """
    return isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Raise, ast.Assert))


def children(node):
    """Yield the nodes below a node, except types, decorators and docstrings."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "defaults", "kw_defaults"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not skipped(child):
                yield child


def span(node, starts, offset):
    """Return the first byte of a node in the file, and the byte after it."""
    begin = starts[node.lineno - 1] + node.col_offset
    return offset + begin, offset + starts[node.end_lineno - 1] + node.end_col_offset


def line_starts(source):
    """Return the position of the first byte of each line."""
    return [0, *(found.end() for found in re.finditer(rb"\n", source))]


def replaced(node, new, source, starts, offset):
    """Return the change from `node` to `new`.

    For a branch or loop, only the condition changes.
    """
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        node, new = node.test, new.test
    elif isinstance(node, ast.arguments):
        olds, news = [*node.defaults, *node.kw_defaults], [*new.defaults, *new.kw_defaults]
        node, new = next((a, b) for a, b in zip(olds, news, strict=True) if a is not b)
    start, stop = span(node, starts, offset)
    text = ast.unparse(ast.fix_missing_locations(new))
    return start, stop, f"({text})" if isinstance(
        new, (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp)) else text


def walk(node, source, starts, offset=0):
    """Yield (operator, start, stop, text) of every change of a tree."""
    for operator in OPERATORS:
        for new in operator(node):
            yield (operator.__name__, *replaced(node, new, source, starts, offset))
    if isinstance(node, ast.Call) and isinstance(
            node.func, ast.Name) and node.func.id == "Equations":
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                yield from equations(source, *span(keyword.value, starts, offset))
    for child in children(node):
        yield from walk(child, source, starts, offset)


def equations(source, start, stop):
    """Yield the changes of the right-hand sides of equations."""
    quotes = 3 if source[start : start + 3] == b'"""' else 1
    text = source[start + quotes : stop - quotes].decode()
    for found in EQUATION.finditer(text):
        right = found[2].encode()
        offset = start + quotes + len(text[: found.start(2)].encode())
        with contextlib.suppress(SyntaxError):  # the head of a condition
            yield from walk(ast.parse(right, mode="eval"), right, [0], offset)


def mutants(file, source):
    """Return the mutants of a file without duplicates. `source` is bytes."""
    starts, found = line_starts(source), {}
    for operator, start, stop, text in walk(ast.parse(source), source, starts):
        line = source.count(b"\n", 0, start) + 1
        found.setdefault((start, stop, text), Mutant(file, line, operator, start, stop, text))
    return list(found.values())


def compiles(source):
    """Return whether a source is valid Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
