"""The digest of compiled code sees every edit that changes results, and names hidden content."""

import ast
import collections
import dis
import enum
import inspect
import types

import numba
import numpy as np
import pytest
from numba.extending import intrinsic, overload

from skspike._base import _digest
from skspike._base._digest import names_in
from skspike._base._jit import digest

SCOPE = {
    "np": np, "numba": numba, "enum": enum, "collections": collections, "intrinsic": intrinsic,
    "overload": overload}


def module(source):
    """Return a module with some source code."""
    made = types.ModuleType("edited")
    made.__dict__.update(SCOPE, module=module)
    exec(source, made.__dict__)
    return made


EDITS = {
    "constant": "def f(x): return {} * x",
    "import inside": "def f(x):\n    import math\n    return math.sqrt(x) + {}",
    "operation": "f = {{2: lambda x: x + 1, 8: lambda x: x - 1}}[{}]",
    "global": "K = {}\ndef f(x): return K * x",
    "numpy scalar": "K = np.float32({})\ndef f(x): return K * x",
    "dtype": "K = np.dtype('f{}')\ndef f(x): return x.astype(K)",
    "class": "K = (int, int, int, float, int, int, int, str, bool)[{}]\ndef f(x): return K(x)",
    "range": "K = range({})\ndef f(x): return K",
    "function of numpy": "f_ = {{2: np.sin, 8: np.cos}}[{}]\ndef f(x): return f_(x)",
    "attribute of a module": "m = module('K = {}')\ndef f(x): return m.K * x",
    "attribute of an inner module":
        "m = module('n = module(\\'K = {}\\')')\ndef f(x): return m.n.K * x",
    "module in a container": "m = [module('K = {}')]\ndef f(x): return m[0].K * x",
    "module that is listed twice":
        "m = [module('K = {}')] * 2\ndef f(x): return m[0].K * m[1].K",
    "module in a closure":
        "def g(m):\n    def f(x): return m.K * x\n    return f\nf = g(module('K = {}'))",
    "function of a module": "m = module('def g(x): return {} * x')\ndef f(x): return m.g(x)",
    "default": "def f(x, k={}): return k * x",
    "keyword default": "def f(x, *, k={}): return k * x",
    "default of a callee":
        "@numba.njit\ndef g(x, k={}): return k * x\ndef f(x): return g(x)",
    "array": "K = np.full(3000, {})\ndef f(x): return K[0] * x",
    "order of an array":
        "K = np.ones((2, 2), order='_FCCCCCC'[{} - 1])\ndef f(x): return K",
    "middle of an array":
        "K = np.r_[np.zeros(2000), {}, np.zeros(2000)]\ndef f(x): return K[0] * x",
    "array in a tuple":
        "K = (np.r_[np.zeros(2000), {}, np.zeros(2000)],)\ndef f(x): return K[0][0] * x",
    "array in a list in a dict":
        "K = dict(k=[np.r_[np.zeros(2000), {}, np.zeros(2000)]])\n"
        "def f(x): return K['k'][0][0] * x",
    "set": "K = {{{}}}\ndef f(x): return x in K",
    "namedtuple":
        "N = collections.namedtuple('N', 'a')\nK = N({})\ndef f(x): return K.a * x",
    "default of a namedtuple":
        "N = collections.namedtuple('N', 'a', defaults=[{}])\ndef f(x): return N()",
    "member of an enum":
        "E = enum.Enum('E', dict(A={}))\nK = E.A\ndef f(x): return K.value * x",
    "enum": "E = enum.IntEnum('E', dict(A={}))\ndef f(x): return x + E.A",
    "inner function": "def f(x): return (lambda y: y * {})(x)",
    "intrinsic":
        "@intrinsic\ndef g(context, x):\n    def write(*args): return {}\n"
        "    return x(x), write\ndef f(x): return g(x)",
    "closure of an intrinsic":
        "def h(k):\n    @intrinsic\n    def g(context, x): return x(x), lambda *args: k\n"
        "    return g\ng = h({})\ndef f(x): return g(x)",
    "overload":
        "def g(x): pass\n@overload(g)\ndef meaning(x): return lambda x: {} * x\n"
        "def f(x): return g(x)",
}


@pytest.mark.small
@pytest.mark.parametrize("source", EDITS.values(), ids=EDITS)
def test_digest_changes_with_an_edit_of(source):
    assert digest(module(source.format(2)).f) == digest(module(source.format(2)).f)
    assert digest(module(source.format(2)).f) != digest(module(source.format(8)).f)


def test_digest_changes_with_the_options_of_the_compiler():
    fast, exact = (
        module(f"g = numba.njit(lambda x: x, fastmath={on})\ndef f(x): return g(x)").f
        for on in (True, False))
    assert digest(fast) != digest(exact)


HIDDEN = {
    "an object": ("K = object()\ndef f(x): return K", "K is a builtins.object"),
    "an object in a container": (
        "K = dict(a=[1, object()])\ndef f(x): return K", r"K\[0\]\[1\]\[1\] is a builtins.object"),
    "an array of objects": ("K = np.array([None])\ndef f(x): return K", "K holds Python objects"),
    "a class": ("class K: a = 1\ndef f(x): return K.a", "K is the class"),
    "a generator": (
        "m = module('K = np.random.default_rng()')\ndef f(x): return m.K.normal()",
        "m.K is a numpy.random"),
    "an undefined name": ("def f(x): return later(x)", "later is not defined yet"),
    "a closure without a value": (
        "def g():\n    def f(x): return later(x)\n    return f\n    later = 1\nf = g()",
        "later is not defined yet"),
    "a ufunc of the user": (
        "K = np.frompyfunc(abs, 1, 1)\ndef f(x): return K(x)", "K is a numpy.ufunc"),
    "an import inside": (
        "def f(x):\n    import colorsys\n    return colorsys.ONE_THIRD",
        "colorsys is imported inside f")}


@pytest.mark.small
@pytest.mark.parametrize("source, message", HIDDEN.values(), ids=HIDDEN)
def test_digest_raises_for(source, message):
    with pytest.raises(TypeError, match=message):
        digest(module(source).f)


@pytest.mark.parametrize("library", [_digest, ast, inspect, types], ids=lambda one: one.__name__)
def test_names_in_bytecode_equal_those_of_the_disassembler(library):
    functions = [
        member for _, member in inspect.getmembers(library) if inspect.isfunction(member)]
    codes = [code for function in functions for code in _digest._nested(function.__code__)]
    for code in codes:
        expected = dict.fromkeys(
            (step.argval, step.opname == "IMPORT_NAME") for step in dis.get_instructions(code)
            if step.opname in ("LOAD_GLOBAL", "IMPORT_NAME"))
        assert names_in(code) == tuple(expected)


def test_names_beyond_the_first_256_are_found():
    source = "def f():\n" + "".join(f"    name_{k}()\n" for k in range(300)) + "    import late\n"
    names = names_in(module(source).f.__code__)
    assert names == (*((f"name_{k}", False) for k in range(300)), ("late", True))
