"""Derivation of a neuron's kernels and coefficients from its equations, as code.

The texts of the equations become a graph (`_parse`, `_graph`). Differential equations are
integrated over a step (`_integrate`), and the graph is differentiated (`_derive`). A quantity that
does not change in time, and is more than sums and products, becomes a coefficient. It is computed
once in float64. The rest becomes kernels in float32. Nodes are named as in the time loops:

    z, q, x, s, dt    states, intrinsics, input, spike, time step
    p                 coefficients
    dz, dm, dp        gradients of the states, the margin and the coefficients
"""

import functools
import hashlib
import linecache
import unicodedata
from typing import NamedTuple

import numpy as np
from scipy import special

from .._compile import scalar, select
from . import _elementary
from ._derive import Unknown, gradients, write
from ._graph import Graph
from ._integrate import compares, integrate
from ._parse import Text

SCOPE = {
    "np": np, "special": special, "select": select, "NONE": _elementary.NONE,
    "__name__": __name__}
SCOPE |= {
    name: getattr(_elementary, name)
    for name in ("exp", "expm1", "exprel", "log", "saturate", "sigmoid", "tanh")}
# the same functions in float64
DOUBLE_SCOPE = {
    **SCOPE, "exp": np.exp, "expm1": np.expm1, "log": np.log, "tanh": np.tanh,
    "exprel": _elementary.double_exprel, "saturate": _elementary.double_saturate,
    "sigmoid": _elementary.double_sigmoid, "NONE": np.float64(-0.0)}
RESERVED = ("x", "s", "dt", "smooth")
MOST_SUBSTEPS = 64  # each is code of its own, which takes time to derive and to compile


class Equations(NamedTuple):
    """Equations of a neuron for one time step, as texts.

    A text is lines of Python: assignments of expressions of names, numbers, ``+ - * / **`` and
    functions such as ``exp``, ``min`` and ``where`` (see :doc:`/add_a_neuron`).

    Parameters
    ----------
    states : tuple of str
        Names of the state variables, the membrane potential first. All are zero at the start of a
        sample.
    charge : str
        New values of the states under the input ``x`` in a step of ``dt`` ms: lines such as ``v =
        exp(-dt / tau_mem) * v + x``, which are executed in order, or differential equations such as
        ``dv/dt = -v / tau_mem + x``, which are integrated at the same time.
    margin : str
        An expression, possibly after other lines: the distance above the threshold in units of the
        threshold, such as ``(v - threshold) / threshold``. The neuron spikes if it is positive.
    reset : str
        New values of the states after the spike ``s``, 0 or 1. They must be linear in ``s``.
    substeps : int, default=1
        Number of substeps of the integration of differential equations in a step, from 1 to 64.
        More substeps are more accurate and slower.

    See Also
    --------
    EquationNeuron : Base of neurons with equations.

    Examples
    --------
    >>> from skspike.neurons import EquationNeuron, Equations, Intrinsic
    >>> class Perfect(EquationNeuron):
    ...     name = "perfect"
    ...     intrinsics = (
    ...         Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    ...     )
    ...     equations = Equations(
    ...         states=("v",), charge="v = v + x", margin="(v - threshold) / threshold",
    ...         reset="v = v - s * threshold")
    >>> Perfect().states
    ('v',)
    """

    states: tuple[str, ...]
    charge: str
    margin: str
    reset: str
    substeps: int = 1


class Code(NamedTuple):
    """Source of a function, and pairs of name and value of its constants."""

    name: str
    source: str
    constants: tuple = ()


class Derived(NamedTuple):
    """Result of a derivation: the states in use, and code.

    The kernels are for hard and for smooth spikes. The coefficients and their gradients are
    functions of numbers (`coefficient_kernels`), `n_p` coefficients, and of arrays.
    """

    states: tuple
    kernels: tuple
    smooth_kernels: tuple
    coefficient_kernels: tuple
    n_p: int
    coefficients: Code
    coefficients_vjp: Code


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
    known, number = (DOUBLE_SCOPE, np.float64) if form == "double" else (SCOPE, np.float32)
    scope = {**known, **{name: number(value) for name, value in code.constants}}
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
    def __init__(self, owner, equations, intrinsics, options):
        hard, smooth = ({**options, "smooth": smooth} for smooth in (False, True))
        forms = [_texts(owner, equations, hard), _texts(owner, equations, smooth)]
        assigned = forms[0]["charge"].assigned() | forms[0]["reset"].assigned()
        self.states = tuple(name for name in equations.states if name in assigned)
        _check_names(owner, equations.states, self.states, intrinsics)
        _check_substeps(owner, equations.substeps)
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
        return Derived(
            self.states, *map(self._kernels, self.forms),
            tuple(self._coefficient_code(range(len(self.q)), "scalar")), len(self.p),
            *self._coefficient_code(map(repr, self.q), "array"))

    def _kernels(self, form):
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

    def _coefficient_code(self, keys, form):
        """Yield the code of the coefficients, and of the gradients of the intrinsics.

        It finds the values of the intrinsics under some keys.
        """
        dp = [self.graph.leaf(("dp", k)) for k in range(len(self.p))]
        places = {
            **{leaf: f"values[{key}]" for key, leaf in zip(keys, self.q.values(), strict=True)},
            self.dt: "dt",
            **_places("grads", dp)}
        vjp = gradients([*zip(self.p, dp, strict=True)], self.q.values())
        yield _code(None, "coefficients", "values, dt", places, self.p, form)
        yield _code(None, "coefficients_vjp", "values, dt, grads", places, vjp, form)


def _texts(owner, equations, options):
    return {
        name: Text(f"{owner}.{name}", getattr(equations, name), options)
        for name in ("charge", "margin", "reset")}


def _code(form, name, arguments, places, results, kind="scalar"):
    """Return the code of a function. `results` is a node or a nested tuple of nodes."""
    try:
        lines, texts, constants = write(list(_flat(results)), places, kind)
    except Unknown as error:
        missing, line = error.args
        problem = (
            f"its derivative reads {missing}, which is not stored for the backward pass. Make it a "
            f"state, as in i = {missing}")
        raise form.texts[name.removesuffix("_vjp")].error(line, problem) from None
    body = "".join(f"    {line}\n" for line in (*lines, f"return {_nested(results, iter(texts))}"))
    return Code(name, f"def {name}({arguments}):\n{body}", tuple(constants.items()))


def _check_names(owner, states, used, intrinsics):
    names = (*states, *intrinsics, *RESERVED)
    for name in names:
        if unicodedata.normalize("NFKC", name) != name:
            read = unicodedata.normalize("NFKC", name)
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


def _check_substeps(owner, substeps):
    if not isinstance(substeps, int) or not 1 <= substeps <= MOST_SUBSTEPS:
        raise ValueError(
            f"{owner}: substeps must be a whole number from 1 to {MOST_SUBSTEPS}, got "
            f"{substeps!r}.")


def _places(name, nodes):
    """Return the expressions of the nodes that a function gets in a tuple."""
    return {node: f"{name}[{k}]" for k, node in enumerate(nodes) if node.op != "literal"}


def _flat(results):
    if isinstance(results, (list, tuple)):
        for result in results:
            yield from _flat(result)
    else:
        yield results


def _nested(results, texts):
    if isinstance(results, (list, tuple)):
        return "(" + "".join(f"{_nested(result, texts)}, " for result in results) + ")"
    return next(texts)
