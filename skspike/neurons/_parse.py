"""Parser of equations: from texts to graphs.

A text is lines of Python: assignments of expressions of names, numbers, ``+ - * / **`` and a few
functions, and ``if`` for the options of a neuron. Lines ``dv/dt = ...`` are differential equations.
"""

import ast
import re
import textwrap

import numpy as np

from ._expressions import OPERATIONS

SLOPE = "rate_of_"  # replaces d../dt, which is no Python name
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
# functions that a text may call, besides where
N_ARGUMENTS = {
    name: operation.code.count("{}") for name, operation in OPERATIONS.items()
    if name.isidentifier() and name not in ("neg", "where", "none")}
STEADY = "sin", "cos"  # functions of arguments that do not change in time
HIGHEST = float(np.finfo(np.float32).max)
HIGHEST_POWER = 16  # a higher integer power is a product of powers, not of all factors


def is_rate(statement):
    """Return whether a line is a differential equation."""
    return isinstance(statement, ast.Assign) and getattr(
        statement.targets[0], "id", "").startswith(SLOPE)


def _is_zero(node):
    """Return whether a node is the number 0."""
    return node.op == "literal" and not node.args[0]


class Text:
    """One text of a neuron's equations, for fixed values of the options.

    Parameters
    ----------
    name : str
        Name of the text in error messages.
    text : str
        Lines of Python.
    options : dict of str to object
        Values of the names that ``if`` may test. "smooth" selects the smooth form of ``saturate``.
    """

    def __init__(self, name, text, options):
        self.name, self.options = name, options
        self.lines = textwrap.dedent(text).strip().splitlines()
        code = re.sub(r"(?m)^( *)d(\w+) */ *dt *=", rf"\1{SLOPE}\2 =", "\n".join(self.lines))
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            raise self.error(line, "this is no Python code") from None
        if not tree.body:
            raise ValueError(f"{name} is empty. Write v = v for a state that does not change.")
        self.statements = list(self._chosen(tree.body))

    def error(self, line, problem):
        """Return a ValueError that shows the line."""
        shown = "".join(self.lines[line - 1 : line]).strip()
        return ValueError(f"{self.name}, line {line}: {shown!r}: {problem}.")

    def check(self, constant, rates, value):
        """Raise an error for lines that are not allowed.

        Names in `constant` must not be assigned. Differential equations need `rates`, and lines
        without an assignment need `value`.
        """
        integrated = set()
        for statement in self.statements:
            if is_rate(statement):
                if not rates:
                    raise self.error(statement.lineno, "differential equations belong in charge")
                if statement.targets[0].id in integrated:
                    raise self.error(
                        statement.lineno,
                        "a second rate of the same state. Add its terms to the first")
                integrated.add(statement.targets[0].id)
            if isinstance(statement, ast.Expr) and not value:
                raise self.error(statement.lineno, "each line must assign a value to a name")
        for name, line in self.assigned().items():
            if name in constant:
                raise self.error(
                    line, f"{name} does not change in time. Use another name, or make it a state")

    def _chosen(self, statements):
        """Yield the statements, those of the chosen side of each ``if``."""
        for statement in statements:
            if isinstance(statement, ast.If):
                chosen = self._decides(statement.test)
                yield from self._chosen(statement.body if chosen else statement.orelse)
            else:
                yield statement

    def _decides(self, test):
        """Return whether a test of the options holds."""
        match test:
            case ast.Name(name) if name in self.options:
                return bool(self.options[name])
            case ast.UnaryOp(ast.Not(), operand):
                return not self._decides(operand)
            case ast.BoolOp(operator, operands):
                decisions = [self._decides(operand) for operand in operands]
                return all(decisions) if isinstance(operator, ast.And) else any(decisions)
            case ast.Compare(ast.Name(name)) if isinstance(self.options.get(name), bool):
                raise self.error(
                    test.lineno,
                    f"`if` can only test whether {name} is used, not its value. Write `if {name}`")
            case ast.Compare(
                    ast.Name(name), [ast.Eq() | ast.NotEq() as sign],
                    [ast.Constant(word)]) if name in self.options:
                return (self.options[name] == word) == isinstance(sign, ast.Eq)
            case ast.Compare(
                    ast.Name(name), [ast.In() | ast.NotIn() as sign],
                    [ast.Tuple(words) | ast.List(words) | ast.Set(words)]) if (
                        name in self.options
                        and all(isinstance(word, ast.Constant) for word in words)):
                found = self.options[name] in [word.value for word in words]
                return found == isinstance(sign, ast.In)
        raise self.error(
            test.lineno,
            f"`if` can only test {', '.join(self.options)}: alone, by == or != with a word, or by "
            "in with a tuple of words. For conditions that change in time use where(v > 0, this, "
            "that)")

    def assigned(self, statements=None):
        """Return the names that statements (default: all) assign, each with its last line."""
        statements = self.statements if statements is None else statements
        return {
            node.id.removeprefix(SLOPE): node.lineno
            for node in ast.walk(ast.Module(statements, []))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}

    def run(self, names, statements=None):
        """Execute statements (default: all) on a dict of nodes by name.

        Return the new dict, and the value of the last line without an assignment.
        """
        names, value = dict(names), None
        self.graph = next(iter(names.values())).graph
        for statement in self.statements if statements is None else statements:
            self.graph.line = statement.lineno
            match statement:
                case ast.Assign([ast.Name(name)], expression):
                    names[name] = self.node(expression, names)
                case ast.AugAssign(ast.Name(name), op, expression):
                    old = ast.Name(name, ast.Load())
                    names[name] = self.node(ast.BinOp(old, op, expression), names)
                case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(
                        values) and all(isinstance(target, ast.Name) for target in targets):
                    nodes = [self.node(value, names) for value in values]
                    names |= {
                        target.id: node for target, node in zip(targets, nodes, strict=True)}
                case ast.Expr(expression):
                    value = self.node(expression, names)
                case _:
                    raise self.error(statement.lineno, "each line must assign a value to a name")
        return names, value

    def node(self, expression, names):
        """Return the node of an expression."""
        node = self._node(expression, names)
        if node.op == "literal" and not abs(node.args[0]) <= HIGHEST:
            raise self.error(
                self.graph.line, f"{ast.unparse(expression)} is too large for a float32")
        return node

    def _node(self, expression, names):
        """Return the node of an expression, whose size is not checked."""
        match expression:
            case ast.Constant(int() | float() as value) if abs(value) <= HIGHEST:
                return self.graph.literal(value)
            case ast.Name(name) if name in names:
                return names[name]
            case ast.Name(name):
                raise self.error(self.graph.line, f"{name} is none of {', '.join(names)}")
            case ast.UnaryOp(ast.USub(), operand):
                return -self.node(operand, names)
            case ast.BinOp(base, ast.Pow(), exponent):
                return self._power(self.node(base, names), self.node(exponent, names))
            case ast.BinOp(left, sign, right) if type(sign) in SIGNS:
                left, right = self.node(left, names), self.node(right, names)
                if SIGNS[type(sign)] == "/" and _is_zero(right):
                    raise self.error(self.graph.line, f"{ast.unparse(expression)} divides by zero")
                return self.graph.node(SIGNS[type(sign)], left, right)
            case ast.Call(ast.Name("where"), [condition, yes, no], []):
                return self._condition(condition, names)(
                    "where", self.node(yes, names), self.node(no, names))
            case ast.Call(ast.Name(name), arguments, []) if len(arguments) == N_ARGUMENTS.get(name):
                return self._call(name, [self.node(argument, names) for argument in arguments])
        known = ", ".join(N_ARGUMENTS)
        raise self.error(
            self.graph.line,
            f"{ast.unparse(expression)} is no name, number, + - * / ** or where, and none of the "
            f"functions {known}")

    def _condition(self, expression, names):
        """Return the node of a comparison."""
        match expression:
            case ast.Compare(left, [ast.Lt() | ast.LtE() as sign], [right]) | ast.Compare(
                    right, [ast.Gt() | ast.GtE() as sign], [left]):
                strict = isinstance(sign, (ast.Lt, ast.Gt))
                return self.node(left, names)("<" if strict else "<=", self.node(right, names))
        raise self.error(
            self.graph.line, "where needs a comparison, as in where(v > 0, this, that)")

    def _call(self, name, arguments):
        """Return the node of a function of nodes."""
        if name == "saturate" and not self.options["smooth"]:
            value, limit = arguments
            return self.graph.node("clip", value, -limit, limit)
        if name in STEADY and not all(node.steady for node in arguments):
            raise self.error(
                self.graph.line,
                f"{name} is only for arguments that do not change in time. Replace it by a "
                "polynomial, as in the section on phases of the page \"Add a neuron\" of the "
                "documentation")
        return self.graph.node(name, *arguments)

    def _power(self, base, exponent):
        """Return the node of a power, as products if the exponent is a whole number."""
        if _is_zero(base) and exponent.op == "literal" and exponent.args[0] < 0:
            raise self.error(self.graph.line, "a negative power of zero divides by zero")
        if exponent.op != "literal" or exponent.args[0] % 1:
            if base.op == "literal" and base.args[0] <= 0:
                raise self.error(
                    self.graph.line, "a power that is no integer needs a base above 0")
            return (exponent * base("log"))("exp")
        product = self._whole_power(base, int(abs(exponent.args[0])))
        if not exponent.args[0]:
            return self.graph.literal(1)
        return product if exponent.args[0] > 0 else 1 / product

    def _whole_power(self, base, exponent):
        """Return the node of a positive whole power, as products."""
        if exponent > HIGHEST_POWER:
            half = self._whole_power(base, exponent // 2)
            return half * half * base if exponent % 2 else half * half
        product = base
        for _ in range(exponent - 1):
            product = product * base
        return product
