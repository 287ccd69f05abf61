"""Expressions of a neuron's equations: graphs, derivatives, and the code that computes them.

Equal expressions are a single node of a graph. Gradients are more nodes of the same graph, by
reverse-mode differentiation. So they share common expressions with it, and code is generated only
for nodes that a result needs. The rule of an operation y = f(a, b) takes the gradient d of y and
returns the gradients of a and b. It reads y if possible, because y is known in the backward pass.
"""

import operator
from typing import NamedTuple

CHEAP = {"+", "-", "*", "neg", "literal", "leaf"}
ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "neg": operator.neg}


def _operator(op, reflected=False):
    """Return a method of `Node` for a binary operation."""
    return lambda node, other: node.graph.node(op, *((other, node) if reflected else (node, other)))


class Node:
    """An expression: an operation on nodes, a "leaf" with a name, or a "literal" with a value.

    A node is `steady` if it does not change in time, and `costly` if it should then be computed
    only once. Arithmetic with nodes and numbers makes new nodes.
    """

    def __init__(self, graph, op, args, steady, costly):
        self.graph, self.op, self.args = graph, op, args
        self.line, self.number = graph.line, len(graph.nodes)
        self.inputs = [arg for arg in args if isinstance(arg, Node)]
        self.steady = steady or (op != "leaf" and all(node.steady for node in self.inputs))
        self.costly = costly or op not in CHEAP or any(node.costly for node in self.inputs)

    __add__, __radd__ = _operator("+"), _operator("+", reflected=True)
    __sub__, __rsub__ = _operator("-"), _operator("-", reflected=True)
    __mul__, __rmul__ = _operator("*"), _operator("*", reflected=True)
    __truediv__, __rtruediv__ = _operator("/"), _operator("/", reflected=True)
    __lt__, __gt__ = _operator("<"), _operator("<", reflected=True)

    def __neg__(self):
        return self("neg")

    def __abs__(self):
        return self("abs")

    def __call__(self, op, *others):
        return self.graph.node(op, self, *others)

    def below(self, stop=()):
        """Return the set of all nodes that this one depends on, itself included.

        Nodes in `stop` are included, and their arguments are not.
        """
        found, waiting = set(), [self]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += () if node in stop else node.inputs
        return found

    def leaves(self):
        """Return the set of leaves that this node depends on."""
        return {node for node in self.below() if node.op == "leaf"}


class Graph:
    """Nodes, each after its arguments. `line` is the line of text that new nodes come from."""

    def __init__(self):
        self.nodes, self.known, self.line = [], {}, None

    def leaf(self, name, steady=False, costly=False):
        """Return the node of an input."""
        return self._once("leaf", name, steady=steady, costly=costly)

    def literal(self, value):
        """Return the node of a number."""
        return self._once("literal", float(value))

    def node(self, op, *args):
        """Return the node of an operation, in the simplest form that has the same bits."""
        args = [arg if isinstance(arg, Node) else self.literal(arg) for arg in args]
        if op not in ARITHMETIC:
            return self._once(op, *args)
        if all(arg.op == "literal" for arg in args):
            return self.literal(ARITHMETIC[op](*(arg.args[0] for arg in args)))
        return self._simplest(op, *args)

    def _simplest(self, op, a, b=None):
        """Return the node of arithmetic, without operations that change no bits."""
        match op:
            case "*" if _is(a, 1) or _is(b, 0):
                return b
            case "*" | "/" if _is(b, 1) or _is(a, 0):
                return a
            case "+" | "-" if _is(b, 0):
                return a
            case "+" if _is(a, 0):
                return b
            case "-" if _is(a, 0):
                return -b
            case "+" if b.op == "neg":
                return a - b.args[0]
            case "-" if b.op == "neg":
                return a + b.args[0]
            case "neg" if a.op == "neg":
                return a.args[0]
            case "/" if b.steady and not a.steady:
                return a * (1 / b)  # faster; the compiler keeps a / b, because the bits differ
        return self._once(op, a) if b is None else self._once(op, a, b)

    def _once(self, op, *args, steady=False, costly=False):
        """Return the only node of an operation on these arguments."""
        key = op, *args
        if key not in self.known:
            self.known[key] = Node(self, op, args, steady, costly)
            self.nodes.append(self.known[key])
        return self.known[key]


def _is(node, value):
    """Return whether a node is a number of this value."""
    return node.op == "literal" and node.args[0] == value


class Operation(NamedTuple):
    """Code of an operation, and its rule ``rule(d, y, *arguments)``."""

    code: str
    rule: object = None


def where(condition, yes, no):
    """Select `yes` or `no` by a condition. None is a gradient of zero."""
    none = condition.graph.node("none")
    return condition("where", none if yes is None else yes, none if no is None else no)


def _clip_rule(d, y, a, low, high):
    """Return the gradients of a clipped value and of its limits."""
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
    "+": Operation("{} + {}", lambda d, y, a, b: (d, d)),
    "-": Operation("{} - {}", lambda d, y, a, b: (d, -d)),
    "*": Operation("{} * {}", lambda d, y, a, b: (d * b, d * a)),
    "/": Operation("{} / {}", lambda d, y, a, b: (d / b, -(d * y / b))),
    "neg": Operation("-{}", lambda d, y, a: (-d,)),
    "exp": Operation("exp({})", lambda d, y, a: (d * y,)),
    "expm1": Operation("expm1({})", lambda d, y, a: (d * (y + 1),)),
    "exprel": Operation("exprel({})", _exprel_rule),
    "log": Operation("log({})", lambda d, y, a: (d / a,)),
    "tanh": Operation("tanh({})", lambda d, y, a: (d * (1 - y * y),)),
    "sigmoid": Operation("sigmoid({})", lambda d, y, a: (d * (y * (1 - y)),)),
    "sqrt": Operation("np.sqrt({})", lambda d, y, a: (where(y > 0, d / (y + y), None),)),
    "sin": Operation("np.sin({})", lambda d, y, a: (d * a("cos"),)),
    "cos": Operation("np.cos({})", lambda d, y, a: (-(d * a("sin")),)),
    "abs": Operation("abs({})", lambda d, y, a: (where(a > 0, d, -d),)),
    "min": Operation(
        "min({}, {})", lambda d, y, a, b: (where(y < b, d, None), where(y < b, None, d))),
    "max": Operation(
        "max({}, {})", lambda d, y, a, b: (where(b < y, d, None), where(b < y, None, d))),
    "saturate": Operation("saturate({}, {})", _saturate_rule),
    "clip": Operation("min(max({}, {}), {})", _clip_rule),
    "where": Operation(
        "select({}, {}, {})", lambda d, y, c, a, b: (None, where(c, d, None), where(c, None, d))),
    "<": Operation("{} < {}", lambda d, y, a, b: (None, None)),
    "<=": Operation("{} <= {}", lambda d, y, a, b: (None, None)),
    "none": Operation("NONE")}


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


def write(results, given):
    """Return lines of code, the expression of each result, and a dict of named constants.

    `given` maps nodes that are known to their expressions. Numbers become named constants, because
    their type depends on the use of the code.
    """
    lines, constants, texts = [], {}, dict(given)
    needed = set().union(*(result.below(given) for result in results)) - given.keys()
    for node in sorted(needed, key=lambda node: node.number):
        if node.op == "leaf":
            readers = [other for other in needed if node in other.inputs]
            raise Unknown(node.args[0], min(readers, key=lambda other: other.number).line)
        if node.op == "literal":
            texts[node] = f"k{len(constants)}"
            constants[texts[node]] = node.args[0]
        else:
            texts[node] = f"t{len(lines)}"
            lines.append(
                f"{texts[node]} = {OPERATIONS[node.op].code.format(*map(texts.get, node.inputs))}")
    return lines, [*map(texts.get, results)], constants
