"""Contents of a C program: tables, variables, functions and the stages of a step, and weights."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array
from ._tracer import DTYPES, Tracer, literal

LIMITS = {"int8": 127, "int16": 32767}  # largest weights
N_UNITS = 64  # units that are compared for each neuron
WEIGHT_KINDS = {"float32": "float", "int8": "int8_t", "int16": "int16_t"}
LINE_LENGTH = 100  # characters of a line
Lines = list[str]  # of C code


def resource(name: str) -> str:
    """Return the text of a C file of this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


# functions that code may call, by name, each after those that it calls
FUNCTIONS = {
    re.findall(r"\b(sk_\w+)\(", code)[0]: code.rstrip() + "\n"
    for code in resource("functions.c").split("\n\n")[1:]}


def scales(weights: Array, kind: str) -> Array:
    """Return the unit of the weights of each neuron, (..., n_neurons), as integers of a type.

    The largest weight of a neuron becomes the integer for which the squared errors are smallest.
    """
    flat = np.asarray(weights, float).reshape(-1, weights.shape[-1])
    largest = np.abs(flat).max(axis=0)
    largest[largest == 0] = 1
    best: Array = largest / LIMITS[kind]
    least = np.full(len(largest), np.inf)
    for integer in np.linspace(LIMITS[kind], LIMITS[kind] / 2, N_UNITS).round():
        unit = largest / integer
        error = ((np.rint(flat / unit) * unit - flat) ** 2).sum(axis=0)
        better = error < least
        best[better], least[better] = unit[better], error[better]
    return best


class Input(NamedTuple):
    """Array of inputs: its name and size, whether it holds currents, and whether it is constant."""

    name: str
    size: int
    is_current: bool
    held: bool

    @property
    def kind(self) -> str:
        """Type in C."""
        return "float" if self.is_current else "uint8_t"


class Program:
    """A C program that grows while a model is written.

    Parameters
    ----------
    name : str
        Name of the files without ending, and first part of all public names.
    weights : {"float32", "int16", "int8"}
        Type of the weights.
    adapt_penalty : float or None, default=None
        Penalty of the changes of a readout that adapts. None: it does not adapt.
    early : EarlyClassifier or None, default=None
        A fitted classifier of early decisions. Its scores are public instead of the model's.
    rejection : Rejection or None, default=None
        Rejection of early decisions.
    detector : EventDetector or None, default=None
        A fitted detector, whose filter precedes the model.
    """

    def __init__(
            self, name: str, weights: str, adapt_penalty: float | None = None, early: Any = None,
            rejection: Any = None, detector: Any = None):
        self.name, self.weights, self.tracer = name, weights, Tracer(FUNCTIONS)
        self.adapt_penalty, self.early, self.rejection = adapt_penalty, early, rejection
        self.detector = detector
        self.tables: Lines = []
        self.variables: Lines = []
        self.constant_bytes = self.variable_bytes = 0
        self.resets: Lines = []  # code that sets variables to zero
        self.functions: Lines = []
        self.has_clock = False
        self.period = 1  # of steps, in which rings are filled
        self.declared: list[tuple[str, str]] = []  # public functions, with comments
        # calls of the first step after a reset, of every step, and of its end
        self.first: Lines = []
        self.steps: Lines = []
        self.last: Lines = []

    def table(self, kind: str, name: str, values: ArrayLike, comment: str | None = None) -> str:
        """Add an array of constants. Return its name."""
        values = np.asarray(values)
        self.constant_bytes += values.size * _bytes_of(kind)
        if comment:
            self.tables.append(f"/* {comment} */\n")
        self.tables.append(
            f"static const {kind} {name}{_sizes(values.shape)} = {_nested(kind, values)};\n")
        return name

    def integers(self, name: str, values: ArrayLike, comment: str) -> str:
        """Add an array of constant integers, of the smallest type that holds them."""
        values = np.asarray(values)
        kind = np.result_type(*map(np.min_scalar_type, (values.min(), values.max())))
        return self.table(f"{kind}_t", name, values, comment)

    def each(self, kind: str, name: str, values: ArrayLike, index: str) -> str:
        """Return the code of one of some numbers: a literal if all are equal, else of a table."""
        values = np.asarray(values)
        if (values == values[0]).all() and not np.signbit(values[values == 0]).any():
            return literal(values[0])
        return f"{self.table(kind, name, values)}[{index}]"

    def variable(
            self, kind: str, name: str, shape: Iterable[Any], comment: str | None = None,
            reset: bool = True) -> str:
        """Add an array that changes, and is zero after a reset unless `reset` is False."""
        shape = tuple(shape)
        self.variable_bytes += math.prod(shape) * _bytes_of(kind)
        end = f" /* {comment} */" if comment else ""
        space = "" if kind.endswith("*") else " "
        self.variables.append(f"static {kind}{space}{name}{_sizes(shape)};{end}\n")
        if reset:
            self.resets += _zeros(name, shape)
        return name

    def initialised(self, kind: str, name: str, values: Array, comment: str) -> str:
        """Add an array that changes and begins with some values, also after a reset."""
        self.constant_bytes += values.size * _bytes_of(kind)
        self.variable_bytes += values.size * _bytes_of(kind)
        self.variables.append(
            f"/* {comment} */\nstatic {kind} {name}{_sizes(values.shape)} = "
            f"{_nested(kind, values)};\n")
        return name

    def function(
            self, comment: str, head: str, lines: Iterable[str], declared: str | None = None
    ) -> None:
        """Add a function. It is public if it is declared, with this comment."""
        if declared is not None:
            self.declared.append((head, declared))
        body = "".join(f"    {line}\n" for line in lines)
        self.functions.append(f"/* {comment} */\n{head}\n{{\n{body}}}\n")

    def scores(self, comment: str, lines: Iterable[str]) -> None:
        """Add the function that returns the scores. It is public unless decisions are early."""
        if self.early is not None:
            self.function(comment, "static const float *model_scores(void)", lines)
        else:
            self.function(
                comment, f"const float *{self.name}_scores(void)", lines,
                "scores or predicted values")

    def stage(self, name: str, comment: str, lines: Iterable[str], first: bool = False) -> None:
        """Add a function that every step calls, or the first step after each reset."""
        self.function(comment, f"static void {name}(void)", lines)
        (self.first if first else self.steps).append(f"{name}();")

    def clock(self, period: int = 1) -> str:
        """Return the name of the number of steps since the reset.

        A large number does not grow further, or it goes back by a period, the length of a ring.
        """
        self.has_clock = True
        self.period = math.lcm(self.period, period)
        return "steps_done"

    def called(self) -> Lines:
        """Return the functions of ``functions.c`` and of the tracer that the code calls."""
        found: Lines = []
        texts = ["\n".join(self.functions)]
        for name, code in reversed({**FUNCTIONS, **self.tracer.functions}.items()):
            if any(f"{name}(" in text for text in texts):
                found.insert(0, code)
                texts.append(code)
        return found


def loop(index: str, n: Any, *lines: str) -> Lines:
    """Return the lines of a loop."""
    return [f"for (int {index} = 0; {index} < {n}; {index}++) {{", *inner(lines), "}"]


def inner(lines: Iterable[str]) -> Lines:
    """Return lines, indented."""
    return [f"    {line}" for line in lines]


def _bytes_of(kind: str) -> int:
    """Return the size of a type in C on a 32-bit processor."""
    if kind == "int" or kind.endswith("*"):
        return 4
    return np.dtype(DTYPES.get(kind, kind.removesuffix("_t"))).itemsize


def _sizes(shape: Iterable[int]) -> str:
    return "".join(f"[{n}]" for n in shape)


def _zeros(name: str, shape: tuple[int, ...], indices: str = "khj") -> Lines:
    """Return the code that sets an array to zero."""
    if not shape:
        return [f"{name} = 0;"]
    index, n = indices[0], shape[0]
    return loop(index, n, *_zeros(f"{name}[{index}]", shape[1:], indices[1:]))


def _nested(kind: str, values: Array) -> str:
    if values.ndim == 1:
        return "{\n" + "".join(f"    {line}\n" for line in _rows(kind, values)) + "}"
    return "{\n" + ",\n".join(_nested(kind, row) for row in values) + "\n}"


def _rows(kind: str, values: Array) -> Lines:
    """Return the numbers as lines of limited length."""
    lines, line = [], ""
    for value in values:
        text = _number(kind, value) + ","
        if len(line) + len(text) + 5 > LINE_LENGTH:
            lines.append(line.rstrip())
            line = ""
        line += text + " "
    return [*lines, line.rstrip().rstrip(",")]


def _number(kind: str, value: Any) -> str:
    if "int" in kind:
        return str(int(value))
    text = literal(DTYPES[kind](value))
    return text[1:-1] if text.startswith("(") else text
