"""Tracing of Python functions to C.

The kernels of a neuron are Python functions of numbers. They run once on *symbols*, which note each
operation instead of computing it. The notes are written as C in the same order, so that results are
equal, bit for bit. A branch runs the function twice, once for each side, and the results are
selected by the condition. So a neuron needs no second definition for C.

A function that takes and returns numbers becomes a C function. All others are inlined.
"""

import inspect
import re
import types

import numpy as np
from numba.extending import is_jitted

from .._compile import select

MAX_BRANCHES = 64  # sides of branches in one function, each of which runs separately
MAX_INLINED = 48  # characters of an expression that is not given a name
FLOAT, DOUBLE, INT, BOOL = "float", "double", "int32_t", "bool"
INFIX = {"+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "<<", ">>", "&"}
KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while bool true false asm typeof".split())
# helper functions of symbols, written in C
HELPERS = {
    "sk_floor": """\
/* the largest integer that is not above x */
static float sk_floor(float x)
{
    float whole;
    if (!(x > -8388608.0f && x < 8388608.0f)) {
        return x; /* has no fraction */
    }
    whole = (float)(int32_t)x;
    return whole > x ? whole - 1.0f : whole;
}
""",
    "sk_float_of_bits": """\
static float sk_float_of_bits(int32_t bits)
{
    union { int32_t i; float f; } number;
    number.i = bits;
    return number.f;
}
""",
    "sk_bits_of_float": """\
static int32_t sk_bits_of_float(float x)
{
    union { int32_t i; float f; } number;
    number.f = x;
    return number.i;
}
""",
    "sk_sqrt": """\
/* square root, rounded as IEEE 754 demands, bit by bit */
static float sk_sqrt(float x)
{
    union { uint32_t i; float f; } number;
    uint32_t rest, root = 0, done = 0, bit;
    int32_t power;
    number.f = x;
    if (!(x > 0.0f) || number.i >= 0x7F800000u) {
        return x < 0.0f ? (x - x) / (x - x) : x;
    }
    power = (int32_t)(number.i >> 23);
    rest = number.i & 0x007FFFFFu;
    if (power == 0) { /* subnormal */
        power = 1;
        while (!(rest & 0x00800000u)) {
            rest <<= 1;
            power--;
        }
    } else {
        rest |= 0x00800000u;
    }
    power -= 127;
    if (power & 1) {
        rest <<= 1;
        power--;
    }
    rest <<= 1;
    for (bit = 0x01000000u; bit != 0; bit >>= 1) {
        if (done + bit <= rest) {
            done += bit << 1;
            rest -= done - bit;
            root += bit;
        }
        rest <<= 1;
    }
    if (rest != 0) {
        root += root & 1;
    }
    number.i = (root >> 1) + 0x3F000000u + ((uint32_t)(power / 2) << 23);
    return number.f;
}
"""}


class Untraceable(Exception):
    """Raised for an operation that has no C code, with a description of it."""


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

    def __init__(self, tracer, template, args, kind):
        self.tracer, self.template, self.args, self.kind = tracer, template, args, kind
        self.number = len(tracer.symbols)
        self.inputs = [arg for arg in args if isinstance(arg, Symbol)]

    def __bool__(self):
        return self.tracer.decide(self)

    def __hash__(self):
        return self.number

    def __neg__(self):
        return self.tracer.apply("-{}", self.kind, self)

    def __abs__(self):
        return self.tracer.select(self < np.float32(0), -self, self)

    def view(self, dtype):
        """Return the number with the same bits."""
        to_float = dtype in (np.float32, self.tracer.casts["float32"])
        name, kind = ("sk_float_of_bits", FLOAT) if to_float else ("sk_bits_of_float", INT)
        return self.tracer.call(name, kind, self)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Untraceable(f"the attribute {name} of a number")


def _infix(symbol, reflected=False):
    def method(a, b):
        return a.tracer.infix(symbol, *((b, a) if reflected else (a, b)))

    return method


for _name, _symbol in {
        "add": "+", "sub": "-", "mul": "*", "truediv": "/", "lshift": "<<", "rshift": ">>",
        "and": "&"}.items():
    setattr(Symbol, f"__{_name}__", _infix(_symbol))
    setattr(Symbol, f"__r{_name}__", _infix(_symbol, reflected=True))
for _name, _symbol in {
        "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
    setattr(Symbol, f"__{_name}__", _infix(_symbol))


def _refuse(name):
    def method(*args):
        raise Untraceable(f"the operator {name}")

    return method


for _name in ("pow", "rpow", "mod", "rmod", "floordiv", "rfloordiv", "int", "float", "index"):
    setattr(Symbol, f"__{_name}__", _refuse(_name))


class _Library:
    """A module whose functions run on symbols."""

    def __init__(self, tracer, module, functions):
        self.tracer, self.module, self.functions = tracer, module, functions

    def __getattr__(self, name):
        value = getattr(self.module, name)
        if name in self.functions:
            return self.functions[name]
        if is_jitted(value) or isinstance(value, types.ModuleType):
            return self.tracer.traced(value)
        if callable(value):
            raise Untraceable(f"the function {self.module.__name__}.{name}")
        return value


class Tracer:
    """Runs functions on symbols and writes their operations as C.

    `functions` are the C functions that the code calls, by name, in the order of their definition.
    """

    def __init__(self):
        self.symbols, self.known, self.functions = [], {}, {}
        self._paths, self._traced = [], {}
        self.casts = {
            "float32": lambda x: self.cast(x, FLOAT), "int32": lambda x: self.cast(x, INT)}
        self._library = {
            **self.casts,
            "floor": lambda x: self.call("sk_floor", FLOAT, x), "abs": abs,
            "sqrt": lambda x: self.call("sk_sqrt", FLOAT, x), "where": self.select,
            "minimum": self.min, "maximum": self.max}
        self._builtins = {
            "min": self.min, "max": self.max, "abs": abs, "float": lambda x: self.cast(x, DOUBLE)}

    # operations

    def apply(self, template, kind, *args):
        """Return the symbol of an operation. Equal operations are one symbol."""
        key = template, kind, *(_identity(arg) for arg in args)
        if key not in self.known:
            self.known[key] = Symbol(self, template, args, kind)
            self.symbols.append(self.known[key])
        return self.known[key]

    def infix(self, symbol, a, b):
        """Return the symbol of an operation between two numbers, in the type of compiled code."""
        kinds = {_kind(a), _kind(b)}
        if symbol in ("*", "/") and kinds == {FLOAT} and _is_one(b):
            return a
        if symbol in ("<<", ">>", "&"):
            kind = INT
        elif kinds == {INT}:
            kind = INT
        else:
            kind = FLOAT if kinds == {FLOAT} else DOUBLE
        is_test = symbol in ("<", "<=", ">", ">=", "==", "!=")
        return self.apply(f"{{}} {symbol} {{}}", BOOL if is_test else kind, a, b)

    def call(self, name, kind, x):
        """Return the symbol of the result of a helper function."""
        self.functions.setdefault(name, HELPERS[name])
        return self.apply(f"{name}({{}})", kind, x)

    def cast(self, x, kind):
        """Return a number in another type."""
        if not isinstance(x, Symbol):
            return np.float32(x) if kind == FLOAT else np.int32(x) if kind == INT else float(x)
        return x if x.kind == kind else self.apply(f"({kind}){{}}", kind, x)

    def select(self, condition, yes, no):
        """Return `yes` if a condition holds, else `no`. Both may be tuples."""
        if isinstance(yes, tuple):
            return tuple(self.select(condition, *both) for both in zip(yes, no, strict=True))
        if not isinstance(condition, Symbol):
            return yes if condition else no
        if yes is no:
            return yes
        kinds = {_kind(yes), _kind(no)}
        kind = kinds.pop() if len(kinds) == 1 else DOUBLE
        return self.apply("{} ? {} : {}", kind, condition, yes, no)

    def min(self, a, *others):
        """Return the smallest number, in the order of compiled code."""
        for b in others:
            a = self.select(b < a, b, a)
        return a

    def max(self, a, *others):
        """Return the largest number, in the order of compiled code."""
        for b in others:
            a = self.select(b > a, b, a)
        return a

    # functions

    def traced(self, value):
        """Return the replacement of a function or module when functions run on symbols."""
        if value is np:
            return _Library(self, np, self._library)
        if isinstance(value, types.ModuleType):
            return _Library(self, value, {})
        if value is select:
            return self.select
        if value is np.float32 or value is np.int32:
            return self.casts[value.__name__]
        if not is_jitted(value):
            return value
        if value not in self._traced:
            self._traced[value] = self._of_numbers(value.py_func)
        return self._traced[value]

    def runnable(self, function):
        """Return a copy of a Python function that runs on symbols."""
        function = function.py_func if is_jitted(function) else function
        code = function.__code__
        names = _names(code)
        scope = {**function.__globals__}
        scope.update({
            name: self.traced(function.__globals__[name])
            for name in names if name in function.__globals__})
        scope.update({name: f for name, f in self._builtins.items() if name not in scope})
        closure = function.__closure__ and tuple(
            types.CellType(self.traced(cell.cell_contents)) for cell in function.__closure__)
        copy = types.FunctionType(
            code, scope, function.__name__, function.__defaults__, closure)
        copy.__kwdefaults__ = function.__kwdefaults__
        return lambda *args, **options: self._joined(copy, args, options)

    def _of_numbers(self, function):
        """Return a function on symbols. If it maps numbers to a number, it becomes a C function."""
        inlined, state = self.runnable(function), {}

        def traced(*args, **options):
            is_plain = not options and all(_kind(arg) == FLOAT for arg in args)
            if is_plain and not state:
                names = [identifier(name) for name in inspect.signature(function).parameters]
                result = inlined(*(self.apply(name, FLOAT) for name in names)) if len(
                    names) == len(args) else None
                if isinstance(result, Symbol) and result.kind == FLOAT:
                    state["name"] = self._define(function.__name__, names, result)
                else:
                    state["name"] = None
            if not is_plain or state["name"] is None:
                return inlined(*args, **options)
            places = ", ".join("{}" for _ in args)
            return self.apply(f"{state['name']}({places})", FLOAT, *args)

        return traced

    def _define(self, name, parameters, result):
        name = f"sk_{name}" if name.isascii() else "sk_function"
        while name in self.functions:
            name += "_"
        lines, (text,) = self.write([result])
        head = f"static float {name}({', '.join(f'float {p}' for p in parameters)})"
        body = "".join(f"    {line}\n" for line in (*lines, f"return {bare(text)};"))
        self.functions[name] = f"{head}\n{{\n{body}}}\n"
        return name

    # branches

    def decide(self, condition):
        """Return which side of a branch runs now."""
        if not self._paths:
            raise Untraceable("a branch outside of a kernel")
        path = self._paths[-1]
        if condition.number not in path:
            path[condition.number] = True
        return path[condition.number]

    def _joined(self, function, args, options):
        """Return the results of both sides of all branches, selected by their conditions."""
        n_runs = 0

        def explore(known):
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

        return explore({})

    # code

    def write(self, results, n_names=0):
        """Return lines of C, and the expression of each result.

        Expressions that are used once and are short are written in place. Names begin with the
        number `n_names`.
        """
        needed, uses = _needed(results)
        lines, texts = [], {}

        def text_of(arg):
            return texts[arg.number] if isinstance(arg, Symbol) else literal(arg)

        for number in sorted(needed):
            symbol = needed[number]
            is_call = symbol.template.startswith("sk_")
            args = map(text_of, symbol.args)
            text = symbol.template.format(*(map(bare, args) if is_call else args))
            is_atom = not symbol.args or is_call
            if symbol.inputs and (uses[number] > 1 or len(text) > MAX_INLINED):
                kind = "int" if symbol.kind == BOOL else symbol.kind
                lines.append(f"const {kind} t{n_names} = {text};")
                texts[number] = f"t{n_names}"
                n_names += 1
            else:
                texts[number] = text if is_atom else f"({text})"
        return lines, [text_of(result) for result in results]


def _needed(results):
    """Return the symbols that results depend on, and the number of uses of each."""
    needed, uses = {}, {}
    waiting = [result for result in results if isinstance(result, Symbol)]
    while waiting:
        symbol = waiting.pop()
        uses[symbol.number] = uses.get(symbol.number, 0) + 1
        if symbol.number not in needed:
            needed[symbol.number] = symbol
            waiting += symbol.inputs
    return needed, uses


def identifier(name):
    """Return a name that C accepts for a local variable."""
    is_free = name.isascii() and name.isidentifier() and not re.fullmatch(
        r"t\d+|p\d+|sk_.*|[hckn]|first|_.*", name)
    return name if is_free and name not in KEYWORDS else f"{name}_" if name.isascii() else (
        "_".join(["state", *(f"{ord(letter):x}" for letter in name)]))


def leaves(results):
    """Return the names of the symbols without arguments that results depend on."""
    return {symbol.template for symbol in _needed(results)[0].values() if not symbol.args}


def literal(number):
    """Return a number as C, which reads the same bits."""
    if isinstance(number, (bool, np.bool_)):
        return str(int(number))
    if isinstance(number, np.integer):
        text = str(number)
    elif not np.isfinite(number):
        raise Untraceable(f"the number {number}")
    else:
        # the shortest decimals that read as the same number
        text = f"{number!s}f" if isinstance(number, np.float32) else str(float(number))
    return f"({text})" if text.startswith("-") else text


def bare(text):
    """Return an expression without the parentheses around it."""
    depth = 0
    for k, letter in enumerate(text if text.startswith("(") else ""):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:-1] if k == len(text) - 1 else text
    return text


def _is_one(arg):
    return not isinstance(arg, Symbol) and arg == 1


def _identity(arg):
    return arg.number if isinstance(arg, Symbol) else (type(arg), repr(arg))


def _kind(arg):
    """Return the type of a number in compiled code. Numbers of Python are float64."""
    if isinstance(arg, Symbol):
        return arg.kind
    if isinstance(arg, (bool, np.bool_)):
        return BOOL
    if isinstance(arg, np.float32):
        return FLOAT
    if isinstance(arg, np.int32):
        return INT
    if isinstance(arg, (int, float)):
        return DOUBLE
    if isinstance(arg, tuple):
        return "tuple"
    raise Untraceable(f"a value of type {type(arg).__name__}")


def _names(code):
    """Return the global names that code reads, also in functions inside it."""
    inner = [inside for inside in code.co_consts if isinstance(inside, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
