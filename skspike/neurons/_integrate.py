"""Integration of differential equations over one time step.

For dy/dt = f(y) + k x, with substeps of length h and the slope f' of f with respect to y:

    y <- y + h (e**(h f') - 1) / (h f') f(y)      each substep (exponential Euler)
    y <- y + k x                                  at the end of the step: x is an impulse

This is exact if f is linear in y, and of second order otherwise. All equations read the state
before the substep.
"""

from ._derive import gradients
from ._parse import RATE, is_rate

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
    # line numbers of the differential equations and of the other assignments
    rates = {
        statement.targets[0].id.removeprefix(RATE): statement.lineno
        for statement in flow if is_rate(statement)}
    for name, line in rates.items():
        if name not in names or names[name] is x:
            raise text.error(line, f"{name} is no state. Add it to the states")
    others = text.assigned([statement for statement in flow if not is_rate(statement)])
    new, _ = text.run(names, flow)
    for name, line in others.items():
        if name in rates and line > rates[name]:
            raise text.error(
                line,
                f"d{name}/dt stands above. Put this line above it, or below the last differential "
                "equation")
        if name in names and name != "x" and x in new[name].below():
            raise text.error(
                line,
                f"{name} takes up x above a differential equation. Write d{name}/dt = ..., or put "
                "this line below")
    # gain of each variable: its derivative with respect to the impulse x
    variables = {name: RATE + name for name in rates} | {
        name: name for name in others if name not in rates}
    gains = {
        name: gradients([(new[key], x.graph.literal(1))], [x])[0]
        for name, key in variables.items()}
    for name, gain in gains.items():
        if not gain.steady or compares(new[variables[name]], x):
            line = rates[name] if name in rates else others[name]
            raise text.error(
                line,
                "x is an impulse. Add it to the rate, alone or times a factor that does not change "
                "in time")
    # integrate without input
    now = {**names, "x": x.graph.literal(0)}
    for _ in range(substeps):
        new, _ = text.run(now, flow)
        now = {**new, **{name: _substep(name, new, rates, h) for name in rates}}
    # add the impulse
    ends = {
        name: now[name] if gain.op == "none" else now[name] + gain * x
        for name, gain in gains.items()}
    return {
        name: node for name, node in {**now, "x": x, **ends}.items() if not name.startswith(RATE)}


def compares(node, x):
    """Return whether a node depends on a comparison with x, which passes no gradient."""
    return any(other.op in ("<", "<=") and x in other.below() for other in node.below())


def _substep(name, names, rates, h):
    """Return a variable after one substep."""
    y, rate = names[name], names[RATE + name]
    others = [names[other] for other in rates]
    slope = dict(zip(rates, gradients([(rate, h.graph.literal(1))], others), strict=True))[name]
    if slope.op == "none":
        return y + h * rate
    growth = h * slope
    return y + h * (growth if growth.steady else growth("min", STEEPEST))("exprel") * rate
