"""Parts of a C program: tables, variables, functions and the stages of a step."""

import numpy as np

from ._symbols import Tracer, literal

LINE = 100  # characters of a line of a table


class Program:
    """A C program that grows while a model is written.

    Parameters
    ----------
    name : str
        Name of the files without ending, and first part of all public names.
    weights : {"float32", "int16", "int8"}
        Type of the weights.
    """

    def __init__(self, name, weights):
        self.name, self.weights, self.tracer = name, weights, Tracer()
        self.tables, self.variables, self.resets = [], [], []
        self.helpers = {}
        self.functions, self.has_clock = [], False
        self.declared = []  # public functions, with comments
        self.first, self.steps = [], []  # calls of the first step after a reset, and of every step

    def table(self, kind, name, values, comment=None):
        """Add an array of constants. Return its name."""
        if comment:
            self.tables.append(f"/* {comment} */\n")
        self.tables.append(_table(kind, name, np.asarray(values)))
        return name

    def each(self, kind, name, values, index):
        """Return the code of one of some numbers: a literal if all are equal, else of a table."""
        values = np.asarray(values)
        if (values == values[0]).all() and not np.signbit(values[values == 0]).any():
            return literal(values[0])
        return f"{self.table(kind, name, values)}[{index}]"

    def variable(self, kind, name, shape, comment=None, reset=True):
        """Add an array that changes, and is zero after a reset unless `reset` is False."""
        sizes = "".join(f"[{n}]" for n in shape)
        end = f" /* {comment} */" if comment else ""
        space = "" if kind.endswith("*") else " "
        self.variables.append(f"static {kind}{space}{name}{sizes};{end}\n")
        if reset:
            self.resets.append((name, tuple(shape)))
        return name

    def input(self, kind):
        """Add the input of a step. Return its name."""
        return self.variable(f"const {kind} *", "input", (), reset=False)

    def helper(self, name, code):
        """Add a function that several stages may call."""
        self.helpers.setdefault(name, code)
        return name

    def function(self, comment, head, lines, declared=None):
        """Add a function. It is public if it is declared, with this comment."""
        if declared is not None:
            self.declared.append((head, declared))
        self.functions.append(f"/* {comment} */\n{head}\n{{\n{indented(lines)}}}\n")

    def scores(self, comment, lines):
        """Add the public function that returns the scores."""
        self.function(
            comment, f"const float *{self.name}_scores(void)", lines, "scores or predicted values")

    def stage(self, name, comment, lines, first=False):
        """Add a function that every step calls, or the first step after each reset."""
        self.function(comment, f"static void {name}(void)", lines)
        (self.first if first else self.steps).append(f"{name}();")

    def clock(self):
        """Return the name of the number of steps since the reset."""
        self.has_clock = True
        return "steps_done"

    def reset_lines(self):
        """Return the lines that set all variables to zero."""
        lines = []
        for name, shape in self.resets:
            if not shape:
                lines.append(f"{name} = 0;")
            elif len(shape) == 1:
                lines.append(f"for (int k = 0; k < {shape[0]}; k++) {{ {name}[k] = 0; }}")
            else:
                lines += [
                    f"for (int k = 0; k < {shape[0]}; k++) {{",
                    f"    for (int h = 0; h < {shape[1]}; h++) {{ {name}[k][h] = 0; }}", "}"]
        return lines


def indented(lines, depth=1):
    """Return lines as one indented text."""
    return "".join(f"{'    ' * depth}{line}\n" if line else "\n" for line in lines)


def loop(index, n, *lines):
    """Return the lines of a loop."""
    return [f"for (int {index} = 0; {index} < {n}; {index}++) {{", *inner(lines), "}"]


def inner(lines):
    """Return lines, indented."""
    return [f"    {line}" for line in lines]


def _table(kind, name, values):
    sizes = "".join(f"[{n}]" for n in values.shape)
    return f"static const {kind} {name}{sizes} = {_nested(kind, values)};\n"


def _nested(kind, values):
    if values.ndim == 1:
        return "{\n" + "".join(f"    {line}\n" for line in _wrapped(kind, values)) + "}"
    return "{\n" + ",\n".join(_nested(kind, part) for part in values) + "\n}"


def _wrapped(kind, values):
    """Return the numbers as lines of limited length."""
    lines, line = [], ""
    for value in values:
        text = _number(kind, value) + ","
        if len(line) + len(text) + 5 > LINE:
            lines.append(line.rstrip())
            line = ""
        line += text + " "
    return [*lines, line.rstrip().rstrip(",")]


def _number(kind, value):
    if "int" in kind:
        return str(int(value))
    text = literal(np.float32(value) if kind == "float" else float(value))
    return text[1:-1] if text.startswith("(") else text
