"""Reverse-mode differentiation of expression graphs, and code generation from them.

Gradients are more nodes of the same graph. So they share common expressions with it, and code is
generated only for nodes that a result needs. The rule of an operation y = f(a, b) takes the
gradient d of y and returns the gradients of a and b. It reads y if possible, because y is known in
the backward pass.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """Code of an operation on numbers and on arrays, and its rule ``rule(d, y, *arguments)``."""

    scalar: str | None
    array: str
    rule: object = None


def _call(name, rule, library="np"):
    return Operation(f"{name}({{}})", f"{library}.{name}({{}})", rule)


def where(condition, yes, no):
    """Select `yes` or `no` by a condition. None is a gradient of zero."""
    none = condition.graph.node("none")
    return condition("where", none if yes is None else yes, none if no is None else no)


def _clip_rule(d, y, a, low, high):
    return where(
        low < y, where(y < high, d, None), None), where(low < y, None, d), where(y < high, None, d)


def _saturate_rule(d, y, a, limit):
    """Return the gradients of limit tanh(a / limit), accurate near the limit."""
    left = (limit - y) * (limit + y) / (limit * limit)
    return d * left, d * (y / limit - a / limit * left)


def _exprel_rule(d, y, a):
    """Return the gradient of y = (e**a - 1) / a, whose slope is (e**a - y) / a.

    Near 0 the slope is computed from its series. Far below 0, e**a is smaller than rounding.
    """
    slope = (where(-20 < a, y * a + 1, None) - y) / a
    return (d * where(abs(a) < 0.01, 0.5 + a * (1 / 3 + a * 0.125), slope),)


OPERATIONS = {
    "+": Operation("{} + {}", "{} + {}", lambda d, y, a, b: (d, d)),
    "-": Operation("{} - {}", "{} - {}", lambda d, y, a, b: (d, -d)),
    "*": Operation("{} * {}", "{} * {}", lambda d, y, a, b: (d * b, d * a)),
    "/": Operation("{} / {}", "{} / {}", lambda d, y, a, b: (d / b, -(d * y / b))),
    "neg": Operation("-{}", "-{}", lambda d, y, a: (-d,)),
    "exp": _call("exp", lambda d, y, a: (d * y,)),
    "expm1": _call("expm1", lambda d, y, a: (d * (y + 1),)),
    "exprel": _call("exprel", _exprel_rule, "special"),
    "log": _call("log", lambda d, y, a: (d / a,)),
    "tanh": _call("tanh", lambda d, y, a: (d * (1 - y * y),)),
    "sigmoid": Operation("sigmoid({})", "special.expit({})", lambda d, y, a: (d * (y * (1 - y)),)),
    "sqrt": Operation(
        "np.sqrt({})", "np.sqrt({})", lambda d, y, a: (where(y > 0, d / (y + y), None),)),
    "sin": Operation(None, "np.sin({})", lambda d, y, a: (d * a("cos"),)),
    "cos": Operation(None, "np.cos({})", lambda d, y, a: (-(d * a("sin")),)),
    "abs": Operation("abs({})", "np.abs({})", lambda d, y, a: (where(a > 0, d, -d),)),
    "min": Operation(
        "min({}, {})", "np.minimum({}, {})",
        lambda d, y, a, b: (where(y < b, d, None), where(y < b, None, d))),
    "max": Operation(
        "max({}, {})", "np.maximum({}, {})",
        lambda d, y, a, b: (where(b < y, d, None), where(b < y, None, d))),
    "clip": Operation("min(max({}, {}), {})", "np.clip({}, {}, {})", _clip_rule),
    "saturate": Operation("saturate({}, {})", "{1} * np.tanh({0} / {1})", _saturate_rule),
    "where": Operation(
        "select({}, {}, {})", "np.where({}, {}, {})",
        lambda d, y, c, a, b: (None, where(c, d, None), where(c, None, d))),
    "<": Operation("{} < {}", "{} < {}", lambda d, y, a, b: (None, None)),
    "<=": Operation("{} <= {}", "{} <= {}", lambda d, y, a, b: (None, None)),
    "none": Operation("NONE", "0.0")}


def gradients(seeds, sources):
    """Return the gradients of the `sources`. `seeds` are pairs of a result and its gradient."""
    sums, sources, graph = {}, list(sources), seeds[0][0].graph

    def add(pairs):
        for node, d in pairs:
            if d is not None and d.op != "none":
                sums[node] = sums[node] + d if node in sums else d

    add(seeds)
    for node in graph.nodes[::-1]:
        if node in sums and node.inputs and node not in sources:
            graph.line = node.line
            passed_on = OPERATIONS[node.op].rule(sums[node], node, *node.args)
            add(zip(node.args, passed_on, strict=True))
    return [sums.get(node, graph.node("none")) for node in sources]


class Unknown(Exception):
    """Raised for an undefined name, with the name and the line of text that reads it."""


def write(results, given, form):
    """Return lines of code, the expression of each result, and a dict of named constants.

    `given` maps nodes that are known to their expressions. With `form` "scalar", numbers become
    named constants, so that they can be float32. The other form is "array".
    """
    lines, constants, texts = [], {}, dict(given)
    needed = set().union(*(result.below(given) for result in results)) - given.keys()
    for node in sorted(needed, key=lambda node: node.number):
        if node.op == "leaf":
            readers = [other for other in needed if node in other.inputs]
            raise Unknown(node.args[0], min(readers, key=lambda other: other.number).line)
        if node.op == "literal" and form == "scalar":
            texts[node] = f"k{len(constants)}"
            constants[texts[node]] = node.args[0]
        elif node.op == "literal":
            texts[node] = repr(node.args[0])
        else:
            texts[node] = f"t{len(lines)}"
            operation = OPERATIONS[node.op]
            code = operation.array if form == "array" or not operation.scalar else operation.scalar
            code = code.format(*map(texts.get, node.inputs))
            lines.append(f"{texts[node]} = {code}")
    return lines, [*map(texts.get, results)], constants
