"""Interpreter of the equations of a neuron, in numpy and float64.

It shares nothing with the compiler of the package, which derives kernels and derivatives from the
same texts. Names are arrays (n_samples, n_neurons). The slopes that exponential Euler needs are
derivatives by a complex step.
"""

import ast
import re
import textwrap
from typing import NamedTuple

import numpy as np

RATE = "rate_of_"  # because d../dt is not a valid name in Python
TINY = np.finfo(np.float32).tiny
NUDGE = 1e-30  # step of complex derivatives, which are exact because nothing is subtracted
STEEPEST = 8  # largest exponent of growth within a substep


def log(a):
    """Return the logarithm, with the smallest float32 in place of values that are not positive."""
    return np.log(np.where(np.real(a) > 0, a, TINY))


def power(base, exponent):
    """Return a power, by the logarithm unless the exponent is a whole number."""
    whole = isinstance(exponent, int | float) and exponent == int(exponent)
    return base ** int(exponent) if whole else np.exp(exponent * log(base))


def exprel(a):
    """Return (e**a - 1) / a, which is 1 at 0."""
    return np.where(a == 0, 1.0, np.expm1(a) / np.where(a == 0, 1.0, a))


def clip(a, low, high):
    """Return a, clipped to two limits."""
    return np.where(np.real(a) < low, low, np.where(np.real(a) > high, high, a))


# functions for the texts of equations. Complex arguments are ordered by the real part
FUNCTIONS = {
    "exp": np.exp, "expm1": np.expm1, "tanh": np.tanh, "sqrt": np.sqrt, "sin": np.sin,
    "cos": np.cos, "where": np.where, "real": np.real, "log": log, "power": power,
    "exprel": exprel, "clip": clip, "saturate": lambda a, limit: clip(a, -limit, limit),
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "abs": lambda a: np.where(np.real(a) < 0, -a, a),
    "min": lambda a, b: np.where(np.real(a) < np.real(b), a, b),
    "max": lambda a, b: np.where(np.real(a) > np.real(b), a, b)}


class Chosen(ast.NodeTransformer):
    """Replace each ``if`` by the branch that the options choose, and write out two operators."""

    def __init__(self, options):
        self.options = options

    def visit_If(self, node):
        test = compile(ast.Expression(node.test), "if", "eval")
        return [self.visit(line) for line in (
            node.body if eval(test, {}, self.options) else node.orelse)]

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(ast.Name("power", ast.Load()), [node.left, node.right], [])

    def visit_Compare(self, node):
        self.generic_visit(node)
        sides = [
            ast.Call(ast.Name("real", ast.Load()), [side], [])
            for side in (node.left, *node.comparators)]
        return ast.Compare(sides[0], node.ops, sides[1:])


class Line(NamedTuple):
    """A line of a text: its code, the names that it assigns, and whether it is an expression."""

    code: object
    names: frozenset
    gives: bool


def lines_of(text, options):
    """Return the lines of a text."""
    text = re.sub(r"\bd([^\W\d]\w*) */ *dt *=", rf"{RATE}\1 =", textwrap.dedent(text).strip())
    tree = ast.fix_missing_locations(Chosen(options).visit(ast.parse(text)))
    return [
        Line(
            compile(ast.Expression(line.value), text, "eval") if isinstance(line, ast.Expr)
            else compile(ast.Module([line], []), text, "exec"),
            frozenset(
                node.id for node in ast.walk(line)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)),
            isinstance(line, ast.Expr))
        for line in tree.body]


def follow(lines, names):
    """Carry out lines, which change `names`, and return the value of the last expression."""
    value = None
    for line in lines:
        if line.gives:
            value = eval(line.code, FUNCTIONS, names)
        else:
            exec(line.code, FUNCTIONS, names)
    return value


def slope(lines, names, name):
    """Return the derivative of the rate of a state with respect to this state alone."""
    names = dict(names)
    start = max((k + 1 for k, line in enumerate(lines) if name in line.names), default=0)
    follow(lines[:start], names)
    names[name] = names[name] + 1j * NUDGE
    follow(lines[start:], names)
    return np.imag(names[RATE + name]) / NUDGE


def integrate(lines, names, substeps):
    """Carry out lines with differential equations over a step, by exponential Euler.

    The input is an impulse at the end of the step.
    """
    h, x = names["dt"] / substeps, names["x"]
    impulse = {**names, "x": x + 1j * NUDGE}
    follow(lines, impulse)
    given = set().union(*(line.names for line in lines))
    rates = {name.removeprefix(RATE): name for name in given if name.startswith(RATE)}
    names["x"] = 0.0 * x
    for _ in range(substeps):
        slopes = {name: slope(lines, names, name) for name in rates}
        follow(lines, names)
        for name, rate in rates.items():
            growth = np.minimum(h * slopes[name], STEEPEST)
            names[name] = names[name] + h * exprel(growth) * names[rate]
    names["x"] = names["x"] if "x" in given else x
    for name in (given | set(rates)) - set(rates.values()):
        names[name] = names[name] + np.imag(impulse[rates.get(name, name)]) / NUDGE * x


def step_of(equations, options, q, dt):
    """Return ``charge(z, x)``, ``margin(z)`` and ``reset(z, s)`` of a neuron.

    `options` maps the names that ``if`` may ask for to their values, and `q` the intrinsics to
    theirs.
    """
    states = equations.states
    charge, margin, reset = (lines_of(text, options) for text in equations[1:4])
    n_flow = max(
        (k + 1 for k, line in enumerate(charge) for name in line.names if name.startswith(RATE)),
        default=0)

    def named(z, **given):
        return {**q, "dt": dt, **dict(zip(states, z, strict=True)), **given}

    def after(lines, names):
        follow(lines, names)
        return tuple(names[name] for name in states)

    def charged(z, x):
        names = named(z, x=x)
        if n_flow:
            integrate(charge[:n_flow], names, equations.substeps)
        return after(charge[n_flow:], names)

    return charged, lambda z: follow(margin, named(z)), lambda z, s: after(reset, named(z, s=s))
