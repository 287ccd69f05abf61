"""Graphs of arithmetic expressions with a single node for equal expressions."""

import operator

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
        key = op, *args
        if key not in self.known:
            self.known[key] = Node(self, op, args, steady, costly)
            self.nodes.append(self.known[key])
        return self.known[key]


def _is(node, value):
    return node.op == "literal" and node.args[0] == value
