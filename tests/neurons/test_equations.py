"""Neurons from equations: derived kernels and gradients, and errors that show the line."""

import inspect
import math
import os
import pathlib
import subprocess
import sys

import numba
import numpy as np
import pytest
import user_neuron
from scipy import special
from theta_neuron import ThetaNeuron

from skspike._base._jit import complete
from skspike.learning import learned_intrinsics, smooth_spikes
from skspike.neurons import EquationNeuron, Equations, Intrinsic, _math
from skspike.neurons._derivation import function_of
from skspike.neurons._equation_neuron import derived
from skspike.neurons._expressions import ARITHMETIC, Graph
from skspike.neurons._parse import N_ARGUMENTS
from skspike.simulation import Layer, Network, from_raster
from skspike.testing import check_part
from skspike.testing._kernels import central

THRESHOLD = Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0))
LEAK = Intrinsic("leak", "log", default=0.5, bounds=(0.01, 2.0))
MARGIN, RESET = "(v - threshold) / threshold", "v = (1 - s) * v"


def neuron(
        charge, margin=MARGIN, reset=RESET, states=("v",), substeps=1, items=(THRESHOLD, LEAK),
        **more):
    """Return a neuron class with some equations."""
    equations = Equations(states, charge, margin, reset, substeps)
    return type(
        "Made", (EquationNeuron,),
        {"name": "made", "intrinsics": items, "equations": equations, **more})


def python(function):
    return function if numba.config.DISABLE_JIT else function.py_func


def step(made, z, x, dt=1.0):
    """Return the state after one step without a spike, in float64."""
    p = [value[0] for value in made.coefficients(made.initial(1, None), dt)]
    return python(made.kernels()["charge"])(z, x, p)


def apply(x, y):
    for k in range(len(x)):
        y[k] = role(x[k])  # noqa: F821


@pytest.mark.small
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 4e-7), (np.float64, 4e-11)])
@pytest.mark.parametrize(
    "name, reference",
    {
        "exp": np.exp, "expm1": np.expm1, "exprel": special.exprel, "tanh": np.tanh,
        "sigmoid": special.expit, "log": np.log}.items())
def test_functions_in_plain_arithmetic_are_accurate_in_both_precisions(
        name, reference, dtype, tolerance):
    for reach in (80.0, 1.0, 1e-3):
        x = np.linspace(-reach, reach, 401).astype(dtype)
        x = np.exp(x) if name == "log" else x
        y = np.empty_like(x)
        complete(apply, role=getattr(_math, name))(x, y)
        np.testing.assert_allclose(
            y, reference(x.astype(float)), rtol=tolerance, atol=tolerance if name == "log" else 0)


@pytest.mark.small
@pytest.mark.parametrize("size", [1e4, 3e38])
def test_functions_in_plain_arithmetic_stay_finite(size):
    x, y = np.float32([-size, size]), np.empty(2, np.float32)
    for name in ("exp", "expm1", "tanh", "sigmoid", "log"):
        complete(apply, role=getattr(_math, name))(x, y)
        assert np.isfinite(y).all(), name


CALLS = {
    **{name: f"{name}(v)" for name, n in N_ARGUMENTS.items() if n == 1},
    "log": "log(v * v + leak)",
    "sqrt": "sqrt(v * v + leak)",
    "sin": "sin(leak) * v",
    "cos": "cos(leak) * v",
    "min": "min(leak * v, 0.2 - v)",
    "max": "max(leak * v, 0.2 - v)",
    "clip": "clip(leak * v, -leak, threshold)",
    "saturate": "saturate(leak * v, threshold)",
    "where": "where(v > leak, leak * v, v * v) + where(v <= 0.3, v, leak)",
    "powers": "v ** 3 + (v * v + leak) ** -2 + (v * v + 1) ** leak + v ** 0",
    "arithmetic": "-(leak - 2 * v) / (threshold + v * v) + v / 3 - leak / threshold * 0.1",
}


@pytest.mark.small
@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_every_function_has_the_gradients_of_central_differences(call, smooth):
    assert CALLS.keys() >= N_ARGUMENTS.keys() | {"where"}
    made = neuron(f"v = {CALLS[call]} + x")()
    kernels, values = made.kernels(smooth), made.initial(1, None)
    charge, vjp = python(kernels["charge"]), python(kernels["charge_vjp"])

    def loss(v):
        return charge((v,), 0.3, [p[0] for p in made.coefficients(values, 1.0)])[0]

    for v in np.float64([-1.9, -0.7, 0.11, 0.9, 2.3]):
        (dv,), dx, dp = vjp(
            (1.0,), (v,), (loss(v),), [p[0] for p in made.coefficients(values, 1.0)])
        assert dx == 1
        array = np.array([v])
        np.testing.assert_allclose(
            dv, central(lambda: loss(array[0]), array)[0], rtol=1e-6, atol=1e-8)
        grads = made.coefficients_vjp(values, 1.0, [np.array([d], float) for d in dp])
        for name, value in values.items():
            np.testing.assert_allclose(
                grads[name], central(lambda: loss(v), value), rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.small
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 2e-7)])
def test_the_slope_of_exprel_is_accurate_near_zero(
        dtype, tolerance):
    made = neuron("v = exprel(v) + x")()
    kernels = made.kernels()
    p = [value[0].astype(dtype) for value in made.coefficients(made.initial(1, None), 1.0)]
    for size in (1e-4, 1e-3, 0.004, 0.0099, 0.0101, 0.05):
        for a in (dtype(size), dtype(-size)):
            (slope,), _, _ = python(kernels["charge_vjp"])(
                (dtype(1),), (a,), (dtype(special.exprel(float(a))),), p)
            expected = sum(float(a) ** k * (k + 1) / math.factorial(k + 2) for k in range(9))
            np.testing.assert_allclose(slope, expected, rtol=tolerance)


@pytest.mark.small
@pytest.mark.parametrize("op", ["+", "-", "*", "/"])
def test_operators_take_a_number_on_either_side_of_a_node(op):
    graph = Graph()
    v = graph.leaf("v")
    assert ARITHMETIC[op](2.0, v) is graph.node(
        op, 2.0, v) and ARITHMETIC[op](v, 2.0) is graph.node(op, v, 2.0)
    assert ARITHMETIC[op](2.0, v) is not ARITHMETIC[op](v, 2.0)


SUMS = ["0 - v", "v - 0", "0 + v", "v + 0", "v - -v", "v + -(v * v)", "-(-v)", "-v - v"]
PRODUCTS = ["0 * v", "v * 0", "0 / v", "1 * v", "v * 1", "v / 1"]
QUOTIENTS = ["v / leak", "leak / v", "2 / v", "(1 + 2) * v", "v * (7 - 4) / 2", "(-2) * v"]


@pytest.mark.small
@pytest.mark.parametrize("text", SUMS + PRODUCTS + QUOTIENTS)
def test_simplified_arithmetic_has_the_values_of_python(text):
    (found,) = step(neuron(f"v = {text} + x")(), (0.7,), 0.3)
    np.testing.assert_allclose(found, eval(text, {"v": 0.7, "leak": 0.5}) + 0.3, rtol=1e-6)


FLOWS = {
    "linear": ("dv/dt = -leak * v + x", 1),
    "coupled": ("rate = leak + u * u\ndv/dt = rate * (0.7 - v) + x\ndu/dt = leak * v - u", 3),
    "substeps": ("dv/dt = v * (leak - v) + 0.5 * x\nv = saturate(v, 2)", 4),
}


@pytest.mark.parametrize("flow", FLOWS)
def test_differential_equations_have_the_gradients_of_central_differences(flow, rng):
    text, substeps = FLOWS[flow]
    made = neuron(text, states=("v", "u"), substeps=substeps)()
    weights = rng.normal(0.2, 0.6, (5, 4))
    values = {
        name: value * rng.uniform(0.8, 1.2, 4) for name, value in made.initial(4, None).items()}
    events = from_raster((rng.random((3, 5, 12)) < 0.4).astype(np.uint8), float)
    direction = rng.normal(size=(3, 12, 4))

    def network():
        return Network(made, [Layer(weights, values)], 1.0, smooth_spikes("fast_sigmoid", 3.0))

    def loss():
        return (network().forward(events)[-1].spikes.transpose(0, 2, 1) * direction).sum()

    (d,) = network().backward(network().forward(events), direction)
    for array, grad in [
            (weights, d.weights), *((values[name], d.intrinsics[name]) for name in values)]:
        expected = central(loss, array)
        np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-6 * abs(expected).max())


@pytest.mark.small
def test_linear_equations_are_integrated_exactly():
    assert np.isclose(
        step(neuron("dv/dt = -leak * v + x")(), (2.0,), 0.3, dt=3.0)[0], 2 * np.exp(-1.5) + 0.3,
        rtol=1e-12)
    assert np.isclose(
        step(neuron("dv/dt = leak - v + x", substeps=4)(), (2.0,), 0.3)[0],
        0.5 + 1.5 * np.exp(-1) + 0.3, rtol=1e-12)


@pytest.mark.small
def test_other_equations_are_integrated_to_second_order():
    logistic = 0.5 / (1 - 0.75 * np.exp(-1.5)) + 0.3
    errors = [
        step(neuron("dv/dt = leak * v - v ** 2 + x", substeps=n)(), (2.0,), 0.3, dt=3.0)[0]
        - logistic
        for n in (1, 8, 16)]
    assert 0 < errors[0] < 0.6 and 3.5 < errors[1] / errors[2] < 5


@pytest.mark.small
def test_an_unstable_membrane_stays_finite():
    made = neuron("dv/dt = exp(v) + x\nv = clip(v, -3, 80)")()
    z, p = (80.0,), [value[0] for value in made.coefficients(made.initial(1, None), 1.0)]
    assert step(made, z, 1e18) == z
    assert python(made.kernels()["charge_vjp"])((1.0,), z, z, p)[:2] == ((0.0,), 0.0)


@pytest.mark.small
def test_differential_equations_are_simultaneous_and_lines_run_in_order():
    states = ("v", "u")
    assert step(neuron("dv/dt = u + x\ndu/dt = v", states=states)(), (1.0, 2.0), 0.0) == (3.0, 3.0)
    assert step(neuron("v = v + u + x\nu = u + v", states=states)(), (1.0, 2.0), 0.0) == (3.0, 5.0)
    assert step(neuron("v, u = v + u + x, u + v", states=states)(), (1.0, 2.0), 0.0) == (3.0, 3.0)
    assert step(neuron("v += u\nu *= 3.0", states=states)(), (1.0, 2.0), 0.0) == (3.0, 6.0)


@pytest.mark.small
def test_a_name_computed_from_the_input_above_a_differential_equation_can_be_used_below():
    text = "drive = 2 * x\ndv/dt = -leak * v + drive\nu = u + drive"
    assert step(neuron(text, states=("v", "u"), substeps=2)(), (0.0, 1.0), 3.0) == (6.0, 7.0)
    assert step(neuron("x = 2 * x\ndv/dt = -leak * v + x\nv = v + x")(), (0.0,), 3.0) == (12.0,)


@pytest.mark.small
@pytest.mark.parametrize("power", [-33, -3, 0, 16, 17, 20, 101])
def test_integer_powers_of_negative_numbers_have_the_right_sign(power):
    assert np.isclose(
        step(neuron(f"v = v ** {power} + leak")(), (np.float64(-1.1),), 0.0)[0],
        (-1.1) ** power + 0.5, rtol=1e-12)


@pytest.mark.small
@pytest.mark.parametrize("power", [0.5, -1.5, 2.25])
def test_other_powers_of_positive_numbers_are_accurate(power):
    assert np.isclose(
        step(neuron(f"v = v ** {power} + leak")(), (np.float64(1.7),), 0.0)[0], 1.7**power + 0.5,
        rtol=1e-6)


@pytest.mark.small
def test_the_gradient_of_the_square_root_is_zero_at_zero():
    made = neuron("v = where(v > 0, sqrt(v), 0) + x")()
    with np.errstate(all="ignore"):
        (dv,), dx, _ = python(made.kernels()["charge_vjp"])(
            (1.0,), (np.float64(0),), (0.0,), (0.5, 1.0))
    assert dv == 0 and dx == 1


@pytest.mark.small
@pytest.mark.parametrize("name", ["dm", "dz", "p", "z", "t0", "k0", "exp", "NONE", "np", "values"])
def test_states_and_intrinsics_may_have_names_of_the_generated_code(name):
    assert step(
        neuron(f"{name} = 0.5 * {name} + x\nv = leak * v + {name}", states=("v", name))(),
        (2.0, 3.0), 1.0) == (3.5, 2.5)
    item = Intrinsic(name, default=2.0, bounds=(0.0, 5.0))
    made = neuron(
        f"v = {name} * v + leak + x", margin=f"(v - threshold) / threshold + {name}",
        items=(THRESHOLD, LEAK, item))()
    assert step(made, (1.5,), 1.0) == (4.5,)
    vjp = python(made.kernels()["margin_vjp"])
    p = [value[0] for value in made.coefficients(made.initial(1, None), 1.0)]
    assert vjp(4.0, (1.5,), p)[0] == (4.0,)


@pytest.mark.small
def test_constant_expressions_become_coefficients():
    made = neuron("a = exp(-dt / leak)\nv = a * v + (1 - a) * leak * dt + dt * x")()
    found = made.coefficients(made.initial(1, None), 1.0)
    np.testing.assert_allclose(np.ravel(found), [np.exp(-2), (1 - np.exp(-2)) / 2, 1, 1, 1])
    assert "exp" not in derived(made).kernels[0].source


OPTIONAL = Intrinsic("tau_syn", "log", optional=True, role="synapse", bounds=(1.0, 100.0))
SYNAPSE = "if tau_syn:\n    i = exp(-dt / tau_syn) * i + x\n    x = i\nv = leak * v + x"
RESETS = 'if reset == "value":\n    v = (1 - s) * v\nelse:\n    v = v - s * threshold'
CHOICES = {
    "items": (THRESHOLD, LEAK, OPTIONAL), "states": ("v", "i"),
    "options": {"reset": ("value", "subtract"), "refractory": 0.0}}


@pytest.mark.small
@pytest.mark.small
@pytest.mark.parametrize(("call", "value"), [
    ("sigmoid(leak)", special.expit(0.5)), ("saturate(leak, 2)", 2 * math.tanh(0.25)),
    ("exprel(leak)", special.exprel(0.5)), ("expm1(leak)", math.expm1(0.5))])
def test_coefficients_are_computed_by_functions_in_float64(call, value):
    made = neuron(f"v = v * {call} + x")()
    values = made.initial(1, None)
    free = np.log(values["leak"])[None]
    _, table = learned_intrinsics(made, values, 1.0, ("leak",), free).move()
    for rows in (made.coefficients(values, 1.0), table):
        assert any(row[0] == pytest.approx(value, rel=1e-15) for row in rows)


def test_options_select_lines_and_states():
    cls = neuron(SYNAPSE, reset=RESETS, **CHOICES)
    assert cls().states == ("v",) and cls(tau_syn=5.0).states == ("v", "i") and cls(
        refractory=2.0).states == ("v", "wait")
    assert python(cls().kernels()["reset"])((3.0,), 1, [0.5, 1.0, 1.0]) == (0.0,)
    assert python(cls(reset="subtract").kernels()["reset"])((3.0,), 1, [0.5, 1.0, 1.0]) == (2.0,)
    with pytest.raises(ValueError, match="reset must be one of 'value', 'subtract', got 'soft'"):
        cls(reset="soft").check()
    with pytest.raises(ValueError, match="refractory must be .* >= 0"):
        cls(refractory=-1.0).check()


@pytest.mark.small
@pytest.mark.parametrize(
    "test, chosen",
    {
        "tau_syn": False, "not tau_syn": True, "reset == 'value'": True, "reset != 'value'": False,
        "reset in ('value', 'other')": True, "reset not in ['value']": False,
        "tau_syn or reset == 'value'": True, "not tau_syn and not smooth": True,
        "tau_syn and reset == 'value'": False}.items())
def test_if_tests_options_by_name_and_by_word(test, chosen):
    cls = neuron(f"if {test}:\n    v = v + 2 * x\nelse:\n    v = v + x", **CHOICES)
    assert step(cls(), (0.0,), 1.0) == ((2.0,) if chosen else (1.0,))


@pytest.mark.small
@pytest.mark.parametrize("part", ["charge", "reset"])
def test_a_neuron_has_the_states_that_hard_spikes_assign(part):
    adaptation = "\nif not smooth:\n    w = w + 1"
    texts = {"charge": "v = leak * v + x - w", "reset": RESET}
    hard = neuron(**{**texts, part: texts[part] + adaptation}, states=("v", "w"))
    assert hard().states == ("v", "w")
    soft = {**texts, part: texts[part] + adaptation.replace("not ", "")}
    with pytest.raises(ValueError, match="w is none of v, threshold"):
        neuron(**soft, states=("v", "w"))()


@pytest.mark.small
def test_the_constructor_has_a_parameter_and_bounds_for_each_intrinsic():
    cls = neuron(SYNAPSE, reset=RESETS, **CHOICES)
    names = [
        "self", "threshold", "leak", "tau_syn", "reset", "refractory", "threshold_bounds",
        "leak_bounds", "tau_syn_bounds"]
    assert list(inspect.signature(cls.__init__).parameters) == names
    assert cls.__init__.__module__ == cls.__module__
    assert repr(cls(2.0, tau_syn=3.0)) == "Made(tau_syn=3.0, threshold=2.0)"
    assert cls().leak_bounds == (0.01, 2.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'theta'"):
        cls(theta=1.0)


ERRORS = (
    {
        "x is squared": (
            {"charge": "y = v\nv = leak * y + x * x"},
            ["Made.charge, line 2", "leak * y + x * x", "reads x", "Make it a state"]),
        "x under a function": (
            {"charge": "v = exp(v + x) * 2"}, ["line 1", "reads x", "Make it a state"]),
        "x in a rate": (
            {"charge": "dv/dt = v * x"},
            ["line 1", "'dv/dt = v * x'", "x is an impulse", "di/dt = -i / tau_syn + x"]),
        "x asked in a rate": (
            {"charge": "dv/dt = -v + where(x > 0, 1, 0)"}, ["line 1", "x is an impulse"]),
        "x taken up above a rate": (
            {"charge": "u = u / 2 + x\ndv/dt = u - v", "states": ("v", "u")},
            ["line 1", "u takes up x", "du/dt"]),
        "state changed between rates": (
            {"charge": "dv/dt = -v + x\nv = clip(v, 0, 1)\ndu/dt = v", "states": ("v", "u")},
            ["line 2", "dv/dt stands above", "below the last"]),
        "two rates of a state": (
            {"charge": "dv/dt = -v + x\ndv/dt = -2 * v"},
            ["line 2", "a second rate of the same state"]),
        "power of nothing": ({"charge": "v = 0**v + x"}, ["line 1", "needs a base above 0"]),
        "rate in the reset": (
            {"reset": "dv/dt = -s"}, ["Made.reset, line 1", "'dv/dt = -s'", "belong in charge"]),
        "rate in the margin": (
            {"margin": "dv/dt = -v\nv - 1"}, ["Made.margin, line 1", "belong in charge"]),
        "name forgotten": (
            {"charge": "leak * v + x"}, ["Made.charge, line 1", "assign a value to a name"]),
        "intrinsic set": (
            {"reset": "v = (1 - s) * v\nthreshold = threshold + s"},
            ["line 2", "threshold does not change", "or make it a state"]),
        "dt set": (
            {"charge": "dt = dt / 1000\ndv/dt = -leak * v + x"},
            ["line 1", "dt does not change in time", "Use another name"]),
        "targets without a name": (
            {"charge": "v[0], u = v, x"}, ["line 1", "assign a value to a name"]),
        "too large for float32": (
            {"charge": "v = leak * v + 1e39 * x"}, ["line 1", "1e+39 is no name, number"]),
        "too large for any float": (
            {"charge": f"v = leak * v + {10**400} * x"}, ["line 1", "00 is no name, number"]),
        "zero below": (
            {"charge": "v = leak * v + x / (1 - 1)"}, ["line 1", "x / (1 - 1) divides by zero"]),
        "state not declared": (
            {"charge": "dv/dt = -v + x\ndu/dt = v - u"},
            ["Made.charge, line 2", "u is no state", "Add it to the states"]),
        "rate of the input": (
            {"charge": "dv/dt = -v + x\ndx/dt = -x"}, ["line 2", "x is no state"]),
        "zero to a negative power": (
            {"charge": "v = v + x * 0**-1"}, ["line 1", "negative power of zero"]),
        "product too large for float32": (
            {"charge": "v = v + 1e30 * 1e30 * x"}, ["1e+30 * 1e+30 is too large for a float32"]),
        "no charge": ({"charge": ""}, ["Made.charge is empty", "v = v"]),
        "no margin": ({"margin": "# a comment"}, ["Made.margin is empty"]),
        "no reset": ({"reset": " "}, ["Made.reset is empty"]),
        "null byte": ({"charge": "v = v + \0"}, ["line 1", "no Python"]),
        "deep nesting": ({"charge": "v = " + "-" * 100_000 + "v"}, ["no Python"]),
        **{
            f"if {test}": (
                {"charge": f"if {test}:\n    v = 2\nv = v + x", **CHOICES}, ["can only test"])
            for test in (
                "smooth.__class__", "(lambda: 1)", "9**9**7", "[smooth] * 10**11", "1 / 0",
                "smooth or 1 / 0", "reset == tau_syn", "reset < 'value'", "reset in 'value'",
                "reset == 'value' == 'value'", "'value' == reset", "f(reset)", "True")},
        "too many substeps": (
            {"charge": "dv/dt = -leak * v + x", "substeps": 65},
            ["Made: substeps must be a whole number from 1 to 64, got 65"]),
        "too many options": (
            {
                "charge": "v = leak * v + x",
                "options": {f"option_{k}": ("yes", "no") for k in range(9)}},
            ["Made: the options", "512 combinations", "at most 256"]),
        "no substep": (
            {"charge": "dv/dt = -leak * v + x", "substeps": 0},
            ["Made: substeps must be a whole number from 1 to 64, got 0"]),
        "half a substep": (
            {"charge": "dv/dt = -leak * v + x", "substeps": 0.5},
            ["Made: substeps must be a whole number from 1 to 64, got 0.5"]),
        "unknown name": (
            {"charge": "v = v + y"}, ["'v = v + y'", "y is none of v, threshold, leak, x, dt"]),
        "unknown function": (
            {"margin": "erf(v)"}, ["Made.margin, line 1", "erf(v)", "exp", "tanh"]),
        "wrong count": ({"charge": "v = clip(v, 2)"}, ["clip(v, 2)"]),
        "no Python": ({"charge": "v = v +"}, ["Made.charge, line 1", "'v = v +'", "no Python"]),
        "loop": (
            {"charge": "v = v\nfor k in v:\n    v = k"}, ["line 2", "assign a value to a name"]),
        "if in time": (
            {"charge": "if v > 1:\n    v = 0\nv = v + x"},
            ["line 1", "`if` can only test smooth", "where(v > 0"]),
        "value of an optional": (
            {"charge": "if not tau_syn > 10:\n    v = leak * v + x", "items": CHOICES["items"]},
            ["line 1", "test whether tau_syn is used", "Write `if tau_syn`"]),
        "comparison": ({"charge": "v = v * (v > 1) + x"}, ["v > 1"]),
        "no condition": ({"charge": "v = where(v, 1, 2) + x"}, ["where(v > 0, this, that)"]),
        "sin in time": (
            {"charge": "v = sin(v) + x"},
            ["sin", "do not change in time", "by a polynomial", 'page "Add a neuron"']),
        "margin without value": ({"margin": "m = v"}, ["Made.margin", "'m = v'", "expression"]),
        "reset not linear": (
            {"reset": "v = v * (1 - s) * (1 - s)"}, ["Made.reset, line 1", "linear in s"]),
        "reset asks for s": (
            {"reset": "v = where(s > 0, 0, v)"}, ["Made.reset, line 1", "linear in s"]),
        "one of two resets asks for s": (
            {
                "reset": "v = v * (1 - s)\nu = where(s > 0, 0, u)",
                "charge": "v, u = leak * v + x, u / 2", "states": ("v", "u")}, ["linear in s"]),
        "membrane not set": (
            {"charge": "u = x", "reset": "u = u", "states": ("v", "u")},
            ["Made", "assign no value to v", "membrane potential"]),
        "optional not guarded": (
            {"charge": "v = tau_syn * v + x", "items": CHOICES["items"]}, ["tau_syn is none of"]),
        "wrong where an optional is given": (
            {"charge": f"{SYNAPSE}\nif tau_syn:\n    v = v + y", **CHOICES}, ["y is none of"]),
        "wrong under an option": (
            {"charge": SYNAPSE, "reset": f"{RESETS} + y", **CHOICES}, ["y is none of"]),
        "reserved name": (
            {"charge": "v = v + x\ns = v", "states": ("v", "s")}, ["reserved: s"]),
        "name of a method": (
            {"charge": "v = leak * v + x", "items": (THRESHOLD, LEAK, Intrinsic("bounds"))},
            ["Made", "called bounds"]),
        "name that Python reads otherwise": (
            {
                "charge": "v = leak * v + x * \u00b5",
                "items": (THRESHOLD, LEAK, Intrinsic("\u00b5"))},
            ["Made", "'\\xb5' as '\\u03bc'", "Rename it to this"]),
        "no intrinsic read": (
            {"charge": "v = v + x", "margin": "v - 1"},
            ["Made", "read none of threshold, leak", "margin must read"]),
        "name twice": (
            {"charge": "v = v + x", "states": ("v", "leak")}, ["reserved: leak"])})


@pytest.mark.small
@pytest.mark.parametrize("change, words", ERRORS.values(), ids=ERRORS)
def test_invalid_equations_are_refused_when_the_class_is_defined(change, words):
    with pytest.raises(ValueError) as caught:
        neuron(**{"charge": "v = leak * v + x", **change})
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.small
@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"items": THRESHOLD},
            r"Made.intrinsics must be a tuple of Intrinsic, as in \(Intrinsic\(...\),\), got "
            r"Intrinsic\("), ({"items": [THRESHOLD]}, "Made.intrinsics must be a tuple"),
        ({"states": "vm"}, r"Made: states must be a tuple of names, as in \('v',\), got 'vm'"),
        ({"states": ["v"]}, "Made: states must be a tuple of names"),
        ({"states": ()}, "Made: states must be a tuple of names"),
        (
            {"reset": None},
            "Made.equations must be Equations, with texts for charge, margin and reset, got "
            "Equations"), ({"equations": ("v",)}, "Made.equations must be Equations"),
        (
            {"options": {"reset": ["value", "subtract"]}},
            "Made.options must give reset a tuple of words, got "),
        (
            {"options": {"reset": "value"}},
            "Made.options must give reset a tuple of words, got 'value'"),
        ({"options": {"mode": ()}}, r"Made.options must give mode a tuple of words, got \(\)")])
def test_parts_of_wrong_types_are_refused_when_the_class_is_defined(change, message):
    with pytest.raises(TypeError, match=message):
        neuron(**{"charge": "v = leak * v + x", **change})


@pytest.mark.small
def test_a_kernel_written_by_hand_replaces_the_derived_one():
    def kernels(self, smooth=False):
        return {**EquationNeuron.kernels(self, smooth), "margin_vjp": "mine"}

    found = neuron("v = leak * v + x", kernels=kernels)().kernels()
    assert found["margin_vjp"] == "mine" and found["margin"] is neuron(
        "v = leak * v + x")().kernels()["margin"]


@pytest.mark.small
def test_equal_equations_share_their_functions():
    one = neuron("v = leak * v + x")
    other = neuron("w = leak * v  # the same in two lines\nv = w + x")
    assert one().kernels() == other().kernels() != neuron("v = leak * v + 2 * x")().kernels()


@pytest.mark.small
def test_numbers_are_float32_in_loops_and_float64_in_coefficients():
    code = derived(neuron("v = 0.1 * v + exp(-0.1 * leak) + x")())
    coefficients, _ = code.coefficients
    for function, dtype in (
            (function_of(code.kernels[0]), np.float32),
            (function_of(coefficients, "double"), np.float64),
            (function_of(coefficients, "array"), np.float64)):
        names = getattr(function, "py_func", function).__globals__
        assert type(names["k0"]) is dtype and abs(names["k0"]) == dtype(0.1)


@pytest.mark.exhaustive  # tests/base/test_jit.py checks the same of a loop that compiles fast
def test_only_an_edited_equation_is_compiled_again_in_a_second_process(tmp_path):
    script = """
import numpy as np
from skspike._base import _jit
from skspike.simulation import Layer, Network, from_raster
from user_neuron import QuadraticNeuron

made = QuadraticNeuron()
network = Network(made, [Layer(np.ones((2, 3), np.float32), made.initial(3, None))], 1.0)
counts = network.counts(from_raster(np.ones((1, 2, 4), np.uint8)))
stats = [loop.stats for loop in _jit._loops.values()]
hits = sum(sum(s.cache_hits.values()) for s in stats)
misses = sum(sum(s.cache_misses.values()) for s in stats)
print(int(counts.sum()), hits, misses)
"""
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    source = pathlib.Path(user_neuron.__file__).read_text(encoding="utf-8")

    def run(old, new):
        (tmp_path / "user_neuron.py").write_text(source.replace(old, new), encoding="utf-8")
        path = os.pathsep.join([str(tmp_path), str(pathlib.Path(__file__).parents[2])])
        env = {
            **os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1"}
        env["NUMBA_DISABLE_JIT"] = "0"
        done = subprocess.run(
            [sys.executable, "script.py"], cwd=tmp_path, env=env, capture_output=True, text=True,
            check=True)
        return tuple(map(int, done.stdout.split()))

    counts, hits, misses = run("", "")
    assert hits == 0 < misses
    assert run("", "") == (counts, misses, 0)
    assert run("+ x,", "+ 0.1 * x,")[0] < counts


@pytest.mark.exhaustive  # test_contracts.py checks other neurons, and each has loops of its own
def test_the_theta_neuron_of_the_page_is_valid():
    check_part(ThetaNeuron())


def test_the_theta_neuron_of_the_page_has_a_cosine():
    made, values = ThetaNeuron(), ThetaNeuron().initial(1, None)
    charge = python(made.kernels()["charge"])
    for theta in np.linspace(-3.1, 3.1, 9):
        p = [value[0] for value in made.coefficients(values, 1e-3)]
        slope = (charge((theta, 0.5), 0.0, p)[0] - theta) / 1e-3
        cosine = np.cos(theta)
        assert slope == pytest.approx((1 - cosine + (1 + cosine) * 0.5) / 20, abs=2e-3)


def test_growing_states_are_named_before_their_reset():
    grows = neuron("dv/dt = leak * (v**2 / 2 - v**4 / 24) + x")()
    words = "charge: must stay finite .* v is not; .* limit growing"
    with pytest.raises(AssertionError, match=words):
        check_part(grows)


def test_the_example_neuron_has_at_most_forty_lines_and_no_derivative():
    source = inspect.getsource(user_neuron)
    assert len(source.splitlines()) <= 40 and "vjp" not in source
