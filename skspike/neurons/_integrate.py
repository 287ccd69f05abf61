"""Differential equations, integrated over one step.

    dy/dt = f(y) + k x      y <- y + h (e**(h f') - 1) / (h f') f(y)      exponential Euler: exact
    where f is linear in y, else second order
                            y <- y + k x                                  at the end of the step:
                            the input is an impulse

All equations read the state before the substep of length h; f' is the slope with respect to y
alone.
"""

from ._derive import gradients
from ._parse import RATE, is_rate

# of h f' where it changes: beyond, y runs away by more than e**8 in a substep, far out of what a
# neuron holds it within
STEEPEST = 8


def integrate(text, names, substeps):
    """Return the names, to nodes, after a text; lines below its last differential equation are carried out once, after the step."""
    n_flow = max(
        (k + 1 for k, statement in enumerate(text.statements) if is_rate(statement)), default=0)
    flow, after = text.statements[:n_flow], text.statements[n_flow:]
    if flow:
        names = _flow(text, flow, names, substeps)
    return text.run(names, after)[0]


def _flow(text, flow, names, substeps):
    x, h = names["x"], names["dt"] / substeps
    rates = {
        statement.targets[0].id.removeprefix(RATE): statement.lineno
        for statement in flow if is_rate(statement)}
    others = text.assigned([statement for statement in flow if not is_rate(statement)])
    moved, _ = text.run(names, flow)
    for name, line in others.items():
        if name in rates and line > rates[name]:
            raise text.error(
                line,
                f"d{name}/dt stands above: put this line above it, or below the last differential "
                "equation")
        if name in names and name != "x" and x in moved[name].below():
            raise text.error(
                line,
                f"{name} takes up x above a differential equation: write d{name}/dt = ..., or put "
                "this line below")
    taken = {name: RATE + name for name in rates} | {
        name: name for name in others if name not in rates}
    gains = {
        name: gradients([(moved[key], x.graph.literal(1))], [x])[0] for name, key in taken.items()}
    for name, gain in gains.items():
        if not gain.steady or asks(moved[taken[name]], x):
            line = rates[name] if name in rates else others[name]
            raise text.error(
                line,
                "x is an impulse: add it to the rate, with a factor that does not change in time if "
                "with any")
    now = {**names, "x": x.graph.literal(0)}
    for _ in range(substeps):
        moved, _ = text.run(now, flow)
        now = {**moved, **{name: _step(name, moved, rates, h) for name in rates}}
    ends = {
        name: now[name] if gain.op == "none" else now[name] + gain * x
        for name, gain in gains.items()}
    return {
        name: node for name, node in {**now, "x": x, **ends}.items() if not name.startswith(RATE)}


def asks(node, x):
    """Tell whether a node depends on a comparison that reads x, through which no gradient passes."""
    return any(other.op in ("<", "<=") and x in other.below() for other in node.below())


def _step(name, names, rates, h):
    """Return a variable after one substep."""
    y, rate = names[name], names[RATE + name]
    others = [names[other] for other in rates]
    slope = dict(zip(rates, gradients([(rate, h.graph.literal(1))], others), strict=True))[name]
    if slope.op == "none":
        return y + h * rate
    growth = h * slope
    return y + h * (growth if growth.steady else growth("min", STEEPEST))("exprel") * rate
