"""Tracing of Python functions to C.

The kernels of a neuron are Python functions of numbers. They run once on *symbols*, which note each
operation instead of computing it. The notes are written as C in the same order, so that results are
equal, bit for bit. A branch runs the function twice, once for each side, and the results are
selected by the condition. So a neuron needs no second definition for C.

A function that takes and returns numbers becomes a C function. All others are inlined.
"""

import functools
import inspect
import operator
import re
import types
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np
from numba.extending import is_jitted

from .._base import select

MAX_BRANCHES = 64  # sides of branches in one function, each of which runs separately
MAX_INLINED = 48  # characters of an expression that is not given a name
FLOAT, DOUBLE, INT, LONG, WORD, LONG_WORD = (
    "float", "double", "int32_t", "int64_t", "uint32_t", "uint64_t")
BOOL, PYTHON_INT = "bool", "int"  # a condition, and an integer of Python
# an operation between integers has the later of their types
INTEGERS = [BOOL, PYTHON_INT, INT, LONG, WORD, LONG_WORD]
DTYPES = {
    FLOAT: np.float32, DOUBLE: np.float64, INT: np.int32, LONG: np.int64, WORD: np.uint32,
    LONG_WORD: np.uint64}
KINDS = {bool: BOOL, np.bool_: BOOL, int: PYTHON_INT, float: DOUBLE} | {
    dtype: kind for kind, dtype in DTYPES.items()}
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "lshift": "<<", "rshift": ">>",
    "and": "&", "xor": "^"}
WITHOUT_C = (
    "pow", "rpow", "mod", "rmod", "floordiv", "rfloordiv", "int", "float", "index", "invert")
KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while bool true false asm typeof".split())
Values = Any  # a symbol or a number, or a tuple of them


class Untraceable(Exception):
    """Raised for an operation that has no C code, with a description of it."""


class Single(np.float32):
    """A float32 number. With a number of Python, the result is float64, as in compiled code."""

    def __neg__(self) -> Any:
        return Single(-np.float32(self))

    def __abs__(self) -> Any:
        return Single(abs(np.float32(self)))


KINDS[Single] = FLOAT


def single(value: Values) -> Values:
    """Return a value, with a float32 number as `Single`."""
    return Single(value) if type(value) is np.float32 else value


def _of_single(function: Callable[[Any, Any], Any], reflected: bool) -> Callable[..., Any]:
    """Return the method of an operator of `Single`."""
    def method(a: Any, b: Any) -> Values:
        a, b = np.float32(a), np.float64(b) if type(b) in (int, float) else b
        return single(function(b, a) if reflected else function(a, b))

    return method


class Symbol:
    """A number that is not known yet: an operation on symbols and constants, or a name.

    Parameters
    ----------
    tracer : Tracer
        Owner of the symbol.
    template : str
        C code with a place for each argument.
    args : tuple
        Symbols and numbers.
    kind : str
        Type in C.
    """

    __array_ufunc__ = None  # numpy leaves operations with its numbers to the methods below

    def __init__(self, tracer: "Tracer", template: str, args: Sequence[Values], kind: str):
        self.tracer, self.template, self.args, self.kind = tracer, template, args, kind
        self.number = len(tracer.symbols)
        self.inputs = [arg for arg in args if isinstance(arg, Symbol)]

    def __bool__(self) -> bool:
        return self.tracer.decide(self)

    def __hash__(self) -> int:
        return self.number

    def __neg__(self) -> Values:
        return self.tracer.apply("-{}", self.kind, self)

    def __abs__(self) -> Values:
        return self.tracer.select(self < np.float32(0), -self, self)

    def view(self, dtype: Any) -> Values:
        """Return the number with the same bits."""
        to_float = dtype in (np.float32, self.tracer.casts["float32"])
        name, kind = ("sk_float_of_bits", FLOAT) if to_float else ("sk_bits_of_float", INT)
        return self.tracer.apply(f"{name}({{}})", kind, self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Untraceable(f"the attribute {name} of a number")


def _method(symbol: str, reflected: bool = False) -> Callable[[Any, Any], Values]:
    """Return the method of an operator."""
    def method(a: Any, b: Any) -> Values:
        return a.tracer.infix(symbol, *((b, a) if reflected else (a, b)))

    return method


def _refuse(name: str) -> Callable[..., Any]:
    def method(*args: Any) -> Any:
        raise Untraceable(f"the operator {name}")

    return method


for _name in ("add", "sub", "mul", "truediv", *COMPARISONS):
    setattr(Single, f"__{_name}__", _of_single(getattr(operator, _name), False))
    setattr(Single, f"__r{_name}__", _of_single(getattr(operator, _name), True))
for _name, _symbol in {**COMPARISONS, **OPERATORS}.items():
    setattr(Symbol, f"__{_name}__", _method(_symbol))
    setattr(Symbol, f"__r{_name}__", _method(_symbol, reflected=True))
for _name in WITHOUT_C:
    setattr(Symbol, f"__{_name}__", _refuse(_name))


class _Library:
    """A module whose functions run on symbols."""

    def __init__(self, tracer: "Tracer", module: types.ModuleType):
        self.tracer, self.module = tracer, module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.module, name)
        if self.module is np and name in self.tracer.library:
            return self.tracer.library[name]
        if is_jitted(value) or isinstance(value, types.ModuleType):
            return self.tracer.traced(value)
        if callable(value):
            raise Untraceable(f"the function {self.module.__name__}.{name}")
        return single(value)


class _Function:
    """A function that runs on symbols.

    If it maps numbers to a number, it becomes a C function for each combination of their types.
    """

    def __init__(self, tracer: "Tracer", function: Callable[..., Any]):
        self.tracer, self.function = tracer, function
        self.inlined = tracer.runnable(function)
        self.known: dict[tuple[str | None, ...], tuple[str, str] | None] = {}

    def __call__(self, *args: Any, **options: Any) -> Values:
        kinds = tuple(map(_kind_or_none, args))
        if options or None in kinds:
            return self.inlined(*args, **options)
        if kinds not in self.known:
            self.known[kinds] = self._defined(kinds)
        found = self.known[kinds]
        if found is None:
            return self.inlined(*args)
        name, kind = found
        return self.tracer.apply(f"{name}({', '.join('{}' for _ in args)})", kind, *args)

    def _defined(self, kinds: Sequence[Any]) -> tuple[str, str] | None:
        """Define a C function. Return its name and the type of its result, or None."""
        names = [*map(identifier, inspect.signature(self.function).parameters)]
        if len(names) != len(kinds):
            return None
        result = self.inlined(*map(self.tracer.apply, names, kinds))
        if not isinstance(result, Symbol):
            return None
        parameters = ", ".join(f"{_declared(kind)} {name}" for kind, name in zip(kinds, names))
        return self.tracer.define(self.function.__name__, parameters, result), result.kind


class Tracer:
    """Runs functions on symbols and writes their operations as C.

    `functions` are the C functions that the code calls, by name, in the order of their definition.
    They have none of the names that are `taken`.
    """

    def __init__(self, taken: Container[str] = ()) -> None:
        self.taken = taken
        self.symbols: list[Symbol] = []
        self.functions: dict[str, str] = {}
        self._known: dict[tuple[Any, ...], Symbol] = {}
        self._paths: list[dict[int, bool]] = []
        self._places: list[dict[tuple[int, int], str]] = []
        self._traced: dict[Any, _Function] = {}
        self.casts = {
            dtype.__name__: functools.partial(self.cast, kind=kind)
            for kind, dtype in DTYPES.items()}
        self.library = {
            **self.casts, "abs": abs, "where": self.select, "minimum": self.min,
            "maximum": self.max, "floor": functools.partial(self.of_float, "floor"),
            "sqrt": functools.partial(self.of_float, "sqrt")}
        self._builtins = {
            "min": self.min, "max": self.max, "abs": abs, "float": self.casts["float64"]}

    # operations

    def apply(self, template: str, kind: str, *args: Values) -> Values:
        """Return the symbol of an operation. Equal operations are one symbol."""
        key = template, kind, *map(_identity, args)
        if key not in self._known:
            self._known[key] = Symbol(self, template, args, kind)
            self.symbols.append(self._known[key])
        return self._known[key]

    def infix(self, symbol: str, a: Values, b: Values) -> Values:
        """Return the symbol of an operation between two numbers, in the type of compiled code."""
        kind, a, b = self._promoted(a, b)
        if symbol == "/" and kind in INTEGERS:
            kind, a, b = self._promoted(a, self.cast(b, DOUBLE))
        if symbol in ("*", "/") and kind == FLOAT == kind_of(a) and (
                not isinstance(b, Symbol) and b == 1):
            return a
        if symbol in COMPARISONS.values():
            kind = BOOL
        elif kind == BOOL:
            kind = PYTHON_INT
        self._check_place(kind)
        return self.apply(f"{{}} {symbol} {{}}", kind, a, b)

    def _check_place(self, kind: str) -> None:
        """Raise if an operation in the code of a kernel is float32 or float64, by the branch.

        Compiled code computes it in float64 on all branches.
        """
        frame: Any = inspect.currentframe()
        while frame.f_globals is globals():  # inside this file
            frame = frame.f_back
        place = id(frame.f_code), frame.f_lasti
        if self._places and {kind, self._places[-1].setdefault(place, kind)} == {FLOAT, DOUBLE}:
            raise Untraceable("a number that is float32 or float64, depending on a branch")

    def _promoted(self, a: Values, b: Values) -> tuple[str, Values, Values]:
        """Return the type of compiled code for an operation, and operands that C computes in it."""
        kinds = {kind_of(a), kind_of(b)}
        if kinds <= set(INTEGERS):
            return max(kinds, key=INTEGERS.index), a, b
        if kinds <= {FLOAT, BOOL}:
            return FLOAT, a, b
        # C computes in double if one operand is a double
        a, b = (x if isinstance(x, Symbol) else float(x) for x in (a, b))
        return DOUBLE, a if DOUBLE in (kind_of(a), kind_of(b)) else self.cast(a, DOUBLE), b

    def of_float(self, name: str, x: Values) -> Values:
        """Return the symbol of a function of numpy of a float32 number."""
        if kind_of(x) != FLOAT:
            raise Untraceable(f"numpy.{name} of a number that is not float32")
        return self.apply(f"sk_{name}({{}})", FLOAT, x)

    def cast(self, x: Values, kind: str) -> Values:
        """Return a number in another type."""
        if not isinstance(x, Symbol):
            return single(DTYPES[kind](x))
        return x if x.kind == kind else self.apply(f"({kind}){{}}", kind, x)

    def select(self, condition: Values, yes: Values, no: Values) -> Values:
        """Return `yes` if a condition holds, else `no`. Both may be tuples."""
        if isinstance(yes, tuple):
            return tuple(self.select(condition, *both) for both in zip(yes, no, strict=True))
        if yes is no:
            return yes
        kind, yes, no = self._promoted(yes, no)
        if not isinstance(condition, Symbol):
            return yes if condition else no
        return self.apply("{} ? {} : {}", kind, condition, yes, no)

    def min(self, a: Values, *others: Values) -> Values:
        """Return the smallest number, in the order of compiled code."""
        for b in others:
            a = self.select(b < a, b, a)
        return a

    def max(self, a: Values, *others: Values) -> Values:
        """Return the largest number, in the order of compiled code."""
        for b in others:
            a = self.select(b > a, b, a)
        return a

    # functions

    def traced(self, value: Any) -> Any:
        """Return the replacement of a function or module when functions run on symbols."""
        if isinstance(value, types.ModuleType):
            return _Library(self, value)
        if isinstance(value, type):
            return self.casts.get(value.__name__, value)
        if value is select:
            return self.select
        if type(value) is tuple:
            return tuple(map(self.traced, value))
        if not is_jitted(value):
            return single(value)
        return self._traced.setdefault(value, _Function(self, value.py_func))

    def runnable(self, function: Callable[..., Any]) -> Callable[..., Values]:
        """Return a copy of a Python function that runs on symbols."""
        function = getattr(function, "py_func", function)
        code, known = function.__code__, function.__globals__
        names = _names(code)
        scope = {**self._builtins, **known} | {
            name: self.traced(known[name]) for name in names if name in known}
        closure = function.__closure__ and tuple(
            types.CellType(self.traced(cell.cell_contents)) for cell in function.__closure__)
        copy = types.FunctionType(
            code, scope, function.__name__, function.__defaults__, closure)
        copy.__kwdefaults__ = function.__kwdefaults__
        return functools.partial(self._joined, copy)

    def define(self, name: str, parameters: str, result: Symbol) -> str:
        """Add a C function that returns `result`. Return its name."""
        name = f"sk_{name}" if name.isascii() and name.isidentifier() else "sk_function"
        while name in self.functions or name in self.taken:
            name += "_"
        lines, (text,) = self.write([result])
        head = f"static {_declared(result.kind)} {name}({parameters})"
        body = "".join(f"    {line}\n" for line in (*lines, f"return {bare(text)};"))
        self.functions[name] = f"{head}\n{{\n{body}}}\n"
        return name

    # branches

    def decide(self, condition: Symbol) -> bool:
        """Return which side of a branch runs now."""
        if not self._paths:
            raise Untraceable("a branch outside of a kernel")
        return self._paths[-1].setdefault(condition.number, True)

    def _joined(self, function: Callable[..., Any], *args: Any, **options: Any) -> Values:
        """Return the results of both sides of all branches, selected by their conditions."""
        n_runs = 0
        self._places.append({})

        def explore(known: dict[int, bool]) -> Values:
            nonlocal n_runs
            n_runs += 1
            if n_runs > MAX_BRANCHES:
                raise Untraceable(
                    f"more than {MAX_BRANCHES} sides of branches in {function.__name__}")
            self._paths.append(path := dict(known))
            try:
                result = function(*args, **options)
            finally:
                self._paths.pop()
            answers = list(path.items())
            for k in range(len(answers) - 1, len(known) - 1, -1):
                number, _ = answers[k]
                other = explore({**dict(answers[:k]), number: False})
                result = self.select(self.symbols[number], result, other)
            return result

        try:
            return explore({})
        finally:
            self._places.pop()

    # code

    def write(self, results: Sequence[Values], n_names: int = 0) -> tuple[list[str], list[str]]:
        """Return lines of C, and the expression of each result.

        Expressions that are used once and are short are written in place. The names of others
        begin with the number `n_names`.
        """
        uses = _uses(results)
        ends = {result.number for result in results if isinstance(result, Symbol)}
        lines: list[str] = []
        texts: dict[Values, str] = {}
        for symbol in sorted(uses, key=lambda symbol: symbol.number):
            text, is_atom = _expression(symbol, texts)
            is_long = len(text) > MAX_INLINED and symbol.number not in ends
            if symbol.inputs and (uses[symbol] > 1 or is_long):
                name = f"t{n_names + len(lines)}"
                lines.append(f"const {_declared(symbol.kind)} {name} = {text};")
                text, is_atom = name, True
            texts[symbol] = text if is_atom else f"({text})"
        return lines, [_text(result, texts) for result in results]

    def assign(self, targets: dict[str, Values], n_names: int = 0) -> list[str]:
        """Return lines of C that assign results to targets. Names are as in `write`."""
        lines, texts = self.write([*targets.values()], n_names)
        return [*lines, *(
            f"{target} = {bare(text)};" for target, text in zip(targets, texts, strict=True))]


def _expression(symbol: Symbol, texts: dict[Values, str]) -> tuple[str, bool]:
    """Return the code of a symbol, and whether it needs no parentheses."""
    is_call = symbol.template.startswith("sk_")
    args = [_text(arg, texts) for arg in symbol.args]
    text = symbol.template.format(*(map(bare, args) if is_call else args))
    return text, is_call or not args


def _text(arg: Values, texts: dict[Values, str]) -> str:
    return texts[arg] if isinstance(arg, Symbol) else literal(arg)


def _uses(results: Iterable[Values]) -> dict[Symbol, int]:
    """Return the number of uses of each symbol that results depend on."""
    uses: dict[Symbol, int] = {}
    waiting = [result for result in results if isinstance(result, Symbol)]
    while waiting:
        symbol = waiting.pop()
        uses[symbol] = uses.get(symbol, 0) + 1
        waiting += symbol.inputs if uses[symbol] == 1 else ()
    return uses


def identifier(name: str) -> str:
    """Return a name that C accepts for a local variable. Different names stay different."""
    if not (name.isascii() and name.isidentifier()):
        return "_".join(["name", *(f"{ord(letter):x}" for letter in name), ""])
    is_free = name not in KEYWORDS and not re.fullmatch(r"t\d+|sk_.*|_.*|.*_", name)
    return name if is_free else f"{name}_"


def leaves(results: Iterable[Values]) -> set[str]:
    """Return the names of the symbols without arguments that results depend on."""
    return {symbol.template for symbol in _uses(results) if not symbol.args}


def literal(number: Any) -> str:
    """Return a number as C, which reads the same bits."""
    if isinstance(number, (bool, np.bool_)):
        return str(int(number))
    if isinstance(number, np.unsignedinteger):
        return f"{number:#x}u" if number > 2**16 else f"{number}u"
    if isinstance(number, (int, np.integer)):
        text = str(number)
    elif not np.isfinite(number):
        raise Untraceable(f"the number {number}")
    else:
        # the shortest decimals that read as the same number
        text = f"{number!s}f" if isinstance(number, np.float32) else str(float(number))
    return f"({text})" if text.startswith("-") else text


def bare(text: str) -> str:
    """Return an expression without the parentheses around it."""
    depth = 0
    for k, letter in enumerate(text if text.startswith("(") else ""):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:-1] if k == len(text) - 1 else text
    return text


def _identity(arg: Values) -> Any:
    return arg.number if isinstance(arg, Symbol) else (type(arg), repr(arg))


def _kind_or_none(arg: Any) -> str | None:
    """Return the type of a number in compiled code, or None for other values."""
    return arg.kind if isinstance(arg, Symbol) else KINDS.get(type(arg))


def kind_of(arg: Any) -> str:
    """Return the type of a number in compiled code, or raise for other values."""
    kind = _kind_or_none(arg)
    if kind is None:
        raise Untraceable(f"a value of type {type(arg).__name__}")
    return kind


def _declared(kind: str) -> str:
    """Return the type of a variable."""
    return "int" if kind == BOOL else kind


def _names(code: types.CodeType) -> set[str]:
    """Return the global names that code reads, also in functions inside it."""
    inner = [inside for inside in code.co_consts if isinstance(inside, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
