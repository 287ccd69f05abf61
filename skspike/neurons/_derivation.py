"""Derivation of a neuron's kernels and coefficients from its equations, as code.

The texts of the equations become a graph (`_parse`, `_expressions`). Differential equations are
integrated over a step, and the graph is differentiated. A quantity that does not change in time,
and is more than sums and products, becomes a coefficient. It is computed once in float64. The rest
becomes kernels in float32. Nodes are named as in the time loops:

    z, q, x, s, dt    states, intrinsics, input, spike, time step
    p                 coefficients
    dz, dm, dp        gradients of the states, the margin and the coefficients

For dy/dt = f(y) + k x, with substeps of length h and the slope f' of f with respect to y:

    y <- y + h (e**(h f') - 1) / (h f') f(y)      each substep (exponential Euler)
    y <- y + k x                                  at the end of the step: x is an impulse

For one equation, this is exact if f is linear in y, and of second order otherwise. All equations
read the state before the substep, so coupled equations are integrated to first order.
"""

import functools
import hashlib
import itertools
import linecache
import unicodedata
from typing import NamedTuple

import numpy as np
from scipy import special

from .._base import scalar, select
from . import _math
from ._expressions import Graph, Unknown, gradients, write
from ._parse import SLOPE, Text, is_rate

FUNCTIONS = "exp", "expm1", "exprel", "log", "saturate", "sigmoid", "tanh"
DOUBLE_FUNCTIONS = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "tanh": np.tanh, "exprel": _math.double_exprel,
    "saturate": _math.double_saturate, "sigmoid": _math.double_sigmoid}
# what the code reads, as numbers in float32 or float64, or as arrays
SCOPES = {
    "single": {
        "select": select, "NONE": _math.NONE, **{name: getattr(_math, name) for name in FUNCTIONS}},
    "double": {**DOUBLE_FUNCTIONS, "select": select, "NONE": np.float64(-0.0)},
    "array": {
        **DOUBLE_FUNCTIONS, "exprel": special.exprel, "sigmoid": special.expit,
        "select": np.where, "min": np.minimum, "max": np.maximum, "NONE": np.float64(0.0)}}
RESERVED = "x", "s", "dt", "smooth"
MOST_SUBSTEPS = 64  # each is code of its own, which takes time to derive and to compile
# Limit of h f' if it changes in time: above it, y would grow by more than e**8 in a substep.
STEEPEST = 8


class Code(NamedTuple):
    """Source of a function, and pairs of name and value of its constants."""

    name: str
    source: str
    constants: tuple = ()


class Derived(NamedTuple):
    """Result of a derivation: the states in use, and code.

    The kernels are for hard and for smooth spikes. `coefficients` has the code of the coefficients,
    and of the gradients of the intrinsics. `n_p` is the number of coefficients.
    """

    states: tuple
    kernels: tuple
    smooth_kernels: tuple
    coefficients: tuple
    n_p: int


@functools.lru_cache(maxsize=None)
def function_of(code, form="single"):
    """Return the function that code defines, once for equal code.

    With the forms "single" and "double", it is a scalar function of numbers in float32 or float64.
    With "array", it is a function of arrays.
    """
    file = (
        f"<skspike {code.name} {hashlib.blake2b(code.source.encode(), digest_size=6).hexdigest()}>")
    # show the source in tracebacks
    linecache.cache[file] = len(code.source), None, code.source.splitlines(keepends=True), file
    number = np.float32 if form == "single" else np.float64
    scope = {"np": np, "__name__": __name__, **SCOPES[form]}
    scope |= {name: number(value) for name, value in code.constants}
    exec(compile(code.source, file, "exec"), scope)
    return scope[code.name] if form == "array" else scalar(scope[code.name])


@functools.lru_cache(maxsize=None)
def derive(owner, equations, intrinsics, options):
    """Derive the states in use, kernels and coefficients from equations.

    `owner` is the name of the class, `intrinsics` are names of the active intrinsics, and `options`
    are pairs of name and value.
    """
    return _Derivation(owner, equations, intrinsics, dict(options)).derived()


class _Form(NamedTuple):
    """Equations with hard or smooth spikes: the texts, and the nodes of their results."""

    texts: dict
    charged: list
    margin: object
    reset: list


class _Derivation:
    """Graph of a neuron's equations, with the nodes of its inputs and results."""

    def __init__(self, owner, equations, intrinsics, options):
        forms = [
            _texts(owner, equations, {**options, "smooth": smooth}) for smooth in (False, True)]
        assigned = forms[0]["charge"].assigned() | forms[0]["reset"].assigned()
        self.states = tuple(name for name in equations.states if name in assigned)
        _check(owner, equations, self.states, intrinsics)
        # inputs of the graph
        self.graph = graph = Graph()
        self.z = {name: graph.leaf(name) for name in self.states}
        self.q = {name: graph.leaf(name, steady=True) for name in intrinsics}
        self.x, self.s, self.dm = graph.leaf("x"), graph.leaf("s"), graph.leaf(("dm",))
        self.dt = graph.leaf("dt", steady=True, costly=True)
        self.dz = [graph.leaf(("d", name)) for name in self.states]
        # results of the graph
        self.forms = [self._form(texts, equations.substeps) for texts in forms]
        self.p = self._coefficients()
        if not self.p:
            raise ValueError(
                f"{owner}: the equations read none of {', '.join(intrinsics)}. The margin must "
                "read the threshold.")

    def _form(self, texts, substeps):
        """Return the results of the texts, with hard or smooth spikes."""
        charge, margin, reset = texts.values()
        for text in texts.values():
            text.check({*self.q, "dt"}, rates=text is charge, value=text is margin)
        names = {**self.z, **self.q}
        charged = integrate(charge, {**names, "x": self.x, "dt": self.dt}, substeps)
        reached = margin.run({**names, "dt": self.dt})[1]
        if reached is None:
            raise margin.error(len(margin.lines), "the last line of a margin is an expression")
        after = reset.run({**names, "s": self.s, "dt": self.dt})[0]
        return _Form(
            texts, [charged[name] for name in self.states], reached,
            [after[name] for name in self.states])

    def _coefficients(self):
        """Return the nodes of the coefficients, in the order of their use in the kernels."""
        found, seen = [], set()
        results = [[*form.charged, form.margin, *form.reset] for form in self.forms]
        waiting = sum(results, [])[::-1]
        while waiting:
            node = waiting.pop()
            if node not in seen and node.steady and (node.costly or node.op == "leaf"):
                found.append(node)
            elif node not in seen:
                waiting += node.inputs[::-1]
            seen.add(node)
        return found

    def derived(self):
        """Return the code of kernels, coefficients and their gradients."""
        hard, smooth = map(self._kernels, self.forms)
        dp = [self.graph.leaf(("dp", k)) for k in range(len(self.p))]
        places = {**_places("values", self.q.values()), self.dt: "dt", **_places("grads", dp)}
        vjp = gradients([*zip(self.p, dp, strict=True)], self.q.values())
        coefficients = (
            _code(None, "coefficients", "values, dt", places, self.p),
            _code(None, "coefficients_vjp", "values, dt, grads", places, vjp))
        return Derived(self.states, hard, smooth, coefficients, len(self.p))

    def _kernels(self, form):
        """Return the code of the kernels and of their vector-Jacobian products."""
        z, p, x, s, dm, dz = list(self.z.values()), self.p, self.x, self.s, self.dm, self.dz
        # where the code finds its inputs: z before the step, or z0 before and z1 after it
        places = {**_places("p", p), x: "x", s: "s", dm: "dm", **_places("dz", dz)}
        at_z = {**_places("z", z), **places}
        at_z0 = {**_places("z1", form.charged), **_places("z0", z), **places}
        del at_z0[x]
        # differentiate
        d_charge = self._gradients(zip(form.charged, dz, strict=True), [x])
        d_margin = self._gradients([(form.margin, dm)])
        d_reset = self._gradients(zip(form.reset, dz, strict=True), [s])
        if s in d_reset[1].below() or any(compares(node, s) for node in form.reset):
            line = next(node.line for node in self.graph.nodes if s in node.inputs)
            raise form.texts["reset"].error(
                line,
                "the reset must be linear in s, which lies between 0 and 1 where spikes are smooth")
        return (
            _code(form, "charge", "z, x, p", at_z, form.charged),
            _code(form, "charge_vjp", "dz, z0, z1, p", at_z0, d_charge),
            _code(form, "margin", "z, p", at_z, form.margin),
            _code(form, "margin_vjp", "dm, z, p", at_z, d_margin),
            _code(form, "reset", "z, s, p", at_z, form.reset),
            _code(form, "reset_vjp", "dz, z, s, p", at_z, d_reset))

    def _gradients(self, seeds, others=()):
        """Return the gradients of the states, of `others`, and of the coefficients.

        If an intrinsic is itself a coefficient, coefficients that depend on such intrinsics alone
        pass their gradients on to it.
        """
        given, intrinsics = {node for node in self.p if node.op == "leaf"}, set(self.q.values())
        learned = [
            node for node in self.p
            if node.below() & intrinsics and (node in given or not node.leaves() <= given)]
        sources = [*self.z.values(), *others, *learned]
        found = dict(zip(sources, gradients(list(seeds), sources), strict=True))
        none = self.graph.node("none")
        return [found[node] for node in self.z.values()], *(found[node] for node in others), [
            found.get(node, none) for node in self.p]


def _texts(owner, equations, options):
    """Return the parsed texts by name."""
    return {
        name: Text(f"{owner}.{name}", getattr(equations, name), options)
        for name in ("charge", "margin", "reset")}


def _code(form, name, arguments, places, results):
    """Return the code of a function. `results` is a node or a nested tuple of nodes."""
    try:
        lines, texts, constants = write(list(_flat(results)), places)
    except Unknown as error:
        missing, line = error.args
        problem = (
            f"its derivative reads {missing}, which is not stored for the backward pass. Make it a "
            f"state, as in i = {missing}")
        raise form.texts[name.removesuffix("_vjp")].error(line, problem) from None
    body = "".join(f"    {line}\n" for line in (*lines, f"return {_nested(results, iter(texts))}"))
    return Code(name, f"def {name}({arguments}):\n{body}", tuple(constants.items()))


def _check(owner, equations, used, intrinsics):
    """Raise an error for wrong names, states or substeps. `used` are the states in use."""
    states, substeps = equations.states, equations.substeps
    names = (*states, *intrinsics, *RESERVED)
    for name in names:
        read = unicodedata.normalize("NFKC", name)
        if read != name:
            raise ValueError(
                f"{owner}: Python reads the name {name!a} as {read!a} ({read}). Rename it to this.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"{owner}: the states {states} and intrinsics {intrinsics} must have different names. "
            f"Taken or reserved: {', '.join(twice)}.")
    if states[0] not in used:
        raise ValueError(
            f"{owner}: charge and reset assign no value to {states[0]}, the first state, which is "
            "the membrane potential.")
    if not isinstance(substeps, int) or not 1 <= substeps <= MOST_SUBSTEPS:
        raise ValueError(
            f"{owner}: substeps must be a whole number from 1 to {MOST_SUBSTEPS}, got "
            f"{substeps!r}.")


def _places(name, nodes):
    """Return the expressions of the nodes that a function gets in a tuple."""
    return {node: f"{name}[{k}]" for k, node in enumerate(nodes) if node.op != "literal"}


def _flat(results):
    """Yield the nodes of a nested tuple."""
    if isinstance(results, (list, tuple)):
        for result in results:
            yield from _flat(result)
    else:
        yield results


def _nested(results, texts):
    """Return the code of a nested tuple of results, whose expressions are `texts` in order."""
    if isinstance(results, (list, tuple)):
        return "(" + "".join(f"{_nested(result, texts)}, " for result in results) + ")"
    return next(texts)


def integrate(text, names, substeps):
    """Return a dict of the nodes of all names after a text.

    Lines below the last differential equation are executed once, after the last substep.
    """
    n_flow = max(
        (k + 1 for k, statement in enumerate(text.statements) if is_rate(statement)), default=0)
    flow, after = text.statements[:n_flow], text.statements[n_flow:]
    if flow:
        names = _integrate_flow(text, flow, names, substeps)
    return text.run(names, after)[0]


def _integrate_flow(text, flow, names, substeps):
    x, h = names["x"], names["dt"] / substeps
    # lines of the differential equations and of the other assignments
    rates = text.assigned([*filter(is_rate, flow)])
    others = text.assigned([*itertools.filterfalse(is_rate, flow)])
    for name, line in rates.items():
        if names.get(name, x) is x:
            raise text.error(line, f"{name} is no state. Add it to the states")
    new, _ = text.run(names, flow)
    _check_order(text, names, new, rates, others)
    gains = {
        name: _gain(text, new.get(SLOPE + name, new[name]), x, line)
        for name, line in {**rates, **others, **rates}.items()}
    # integrate without input
    now = {**names, "x": x.graph.literal(0)}
    for _ in range(substeps):
        new, _ = text.run(now, flow)
        now = {**new, **{name: _substep(name, new, rates, h) for name in rates}}
    # add the impulse
    ends = {
        name: now[name] + gain * x for name, gain in gains.items() if gain.op != "none"}
    return {
        name: node for name, node in {**now, "x": x, **ends}.items() if not name.startswith(SLOPE)}


def _check_order(text, names, new, rates, others):
    """Raise an error if an assignment must not stand above or below a differential equation."""
    for name, line in others.items():
        if line > rates.get(name, line):
            raise text.error(
                line,
                f"d{name}/dt stands above. Put this line above it, or below the last differential "
                "equation")
        if name in names and name != "x" and names["x"] in new[name].below():
            raise text.error(
                line,
                f"{name} takes up x above a differential equation. Write d{name}/dt = ..., or put "
                "this line below")


def _gain(text, node, x, line):
    """Return the gain of a variable: its derivative with respect to the impulse x."""
    (gain,) = gradients([(node, x.graph.literal(1))], [x])
    if not gain.steady or compares(node, x):
        raise text.error(
            line,
            "x is an impulse. Add it to the rate, alone or times a factor that does not change in "
            "time. To multiply it by a state, add a current, as in di/dt = -i / tau_syn + x")
    return gain


def compares(node, x):
    """Return whether a node depends on a comparison with x, which passes no gradient."""
    return any(other.op in ("<", "<=") and x in other.below() for other in node.below())


def _substep(name, names, rates, h):
    """Return a variable after one substep."""
    y, rate = names[name], names[SLOPE + name]
    others = [names[other] for other in rates]
    slope = dict(zip(rates, gradients([(rate, h.graph.literal(1))], others), strict=True))[name]
    if slope.op == "none":
        return y + h * rate
    growth = h * slope
    return y + h * (growth if growth.steady else growth("min", STEEPEST))("exprel") * rate
