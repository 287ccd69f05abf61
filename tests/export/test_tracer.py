"""The tracer: functions of numbers, run on symbols, become C in the same order."""

import types

import numpy as np
import pytest
from numpy import float32 as single

from skspike.export._tracer import DOUBLE, FLOAT, INT, PYTHON_INT, Tracer, Untraceable, bare
from skspike.neurons import scalar

HALVES = np.float32(0.5), np.float32(1.5)


@scalar
def scaled(x, factor=np.float32(3)):
    return factor * x


@scalar
def both(x):
    return x, -x


def steps(x):
    return (x > np.float32(0)) + (x > np.float32(1))


def code(function, kind=FLOAT):
    """Return the type and the C code of a function of x, and the functions that it calls."""
    tracer = Tracer()
    result = tracer.runnable(function)(tracer.apply("x", kind))
    lines, (text,) = tracer.write([result])
    return result.kind, "\n".join([*lines, bare(text)]), tracer.functions


@pytest.mark.parametrize(("function", "kind", "text"), [
    (lambda x: single(2) * x, FLOAT, "2.0f * x"),  # a type under another name
    (lambda x: HALVES[0] * x + HALVES[1], FLOAT, "(0.5f * x) + 1.5f"),
    (lambda x: np.pi * x, DOUBLE, f"{np.pi!r} * x"),  # in double, as in C
    (lambda x: scaled(x), FLOAT, "3.0f * x"),  # a default value: inlined
    (lambda x: both(x)[1], FLOAT, "-x"),  # several results: inlined
    (steps, PYTHON_INT, "(x > 0.0f) + (x > 1.0f)")])
def test_operations_have_the_type_and_the_order_of_python(function, kind, text):
    assert code(function) == (kind, text, {})


def test_a_function_of_numbers_is_a_function_in_c_for_each_combination_of_types():
    kind, text, functions = code(lambda x: scaled(x, x) + scaled(x, single(2)))
    assert (kind, text, len(functions)) == (FLOAT, "sk_scaled(x, x) + sk_scaled(x, 2.0f)", 1)
    _, text, functions = code(lambda x: scaled(x, x) + scaled(x, 2))
    assert "sk_scaled(x, x)" in text and "sk_scaled_(x, 2)" in text and len(functions) == 2


def test_a_module_inside_a_module_and_its_compiled_functions_run_on_symbols():
    tracer, outer, inner = Tracer(), types.ModuleType("outer"), types.ModuleType("inner")
    outer.inner, inner.scaled, inner.one, inner.print = inner, scaled, np.float32(1), print
    x, found = tracer.apply("x", FLOAT), tracer.traced(outer).inner
    assert tracer.write([found.scaled(x, x)])[1] == ["sk_scaled(x, x)"]
    assert (2 * found.one).dtype == np.float64  # as in compiled code
    with pytest.raises(Untraceable, match="the function inner.print"):
        found.print(x)


def test_a_number_has_no_attributes_of_python():
    x = Tracer().apply("x", FLOAT)
    assert not hasattr(x, "__len__")
    with pytest.raises(Untraceable, match="the attribute imag of a number"):
        x.imag


def many_sides(x):
    for limit in HALVES * 4:
        x = x + limit if x > limit else x - limit
    return x


@pytest.mark.parametrize(("function", "words"), [
    (lambda x: x + "1", "a value of type str"),
    (lambda x: x // np.float32(2), "the operator floordiv"),
    (lambda x: np.float32(np.inf) * x, "the number inf"),
    (lambda x: np.sqrt(np.float64(2) * x), "numpy.sqrt of a number that is not float32"),
    (many_sides, "more than 64 sides of branches in many_sides")])
def test_operations_without_c_are_named(function, words):
    with pytest.raises(Untraceable, match=words):
        code(function)


def test_a_branch_needs_a_function_that_can_run_again():
    with pytest.raises(Untraceable, match="a branch outside of a kernel"):
        bool(Tracer().apply("x", INT) > 0)
