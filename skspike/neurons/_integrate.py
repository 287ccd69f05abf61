"""Integration of differential equations over one time step.

For dy/dt = f(y) + k x, with substeps of length h and the slope f' of f with respect to y:

    y <- y + h (e**(h f') - 1) / (h f') f(y)      each substep (exponential Euler)
    y <- y + k x                                  at the end of the step: x is an impulse

For one equation, this is exact if f is linear in y, and of second order otherwise. All equations
read the state before the substep, so coupled equations are integrated to first order.
"""

import itertools

from ._derive import gradients
from ._parse import SLOPE, is_rate

# Limit of h f' if it changes in time: above it, y would grow by more than e**8 in a substep.
STEEPEST = 8


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
            "time")
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
