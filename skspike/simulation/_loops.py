"""The time loops: one forward, one backward, for every neuron model and every gradient rule.

For each sample and step, forward in time,

    x    = sum of the weight rows of the channels that spike in this step, plus the constant current
    v, u = charge(v, u, x)        s = spike(margin(v, u))        v, u = reset(v, u, s)

and backward in time the vector-Jacobian products of the same three lines. Nothing is stored but the state before the reset (the
*tape*): the spikes follow from it. What the names in the loop body do is left open (`_roles`).
"""

import numpy as np

from .._jit import scalar
from ._layout import LANES
from ._roles import (  # noqa: F401
    DETACH, HAS_HOLD, HAS_U, RECORD, charge, charge_vjp, gather, margin, margin_vjp, reset, reset_vjp, scatter, spike, spike_vjp,
)  # fmt: skip

ZERO, ONE = np.float32(0), np.float32(1)
# Where the quantities of a tile begin, in its row of the tape and in its rows of working memory.
V, U, FREE, WAIT, COUNT = 0, LANES, 2 * LANES, 2 * LANES, 3 * LANES
DV, DU, DP = 0, LANES, 2 * LANES


@scalar
def add_rows(total, table, ptr, idx, val, k):
    """Add the rows of `table` that the k-th list (`Sparse`) names, each times its value, in the order of the list."""
    first, stop = ptr[k], ptr[k + 1]
    weighted = len(val) > 0
    n_fours = 0 if weighted else (stop - first) // 4
    for i in range(n_fours):  # four at a time: a quarter of the traffic to `total`, the same order of additions
        e = first + 4 * i
        a, b, c, d = table[idx[e]], table[idx[e + 1]], table[idx[e + 2]], table[idx[e + 3]]
        for h in range(len(total)):
            total[h] = (((total[h] + a[h]) + b[h]) + c[h]) + d[h]
    for e in range(first + 4 * n_fours, stop):
        row, factor = table[idx[e]], val[e] if weighted else ONE
        for h in range(len(total)):
            total[h] += factor * row[h]


def forward(rows, inputs, drive, where, weights, coefficients, slope, hold, spikes, tape, counts):
    """Run samples `rows` of the `inputs` (sorted by step) through one layer; fill `spikes`, their `counts`, and the `tape`.

    A sample may start from currents of its own at every step: in the rows of `drive` from `where` on, if that is not negative.
    """
    n_steps, n_tiles = tape.shape[1:3]
    ptr, idx, val = inputs
    constant = drive[-1]
    x = np.empty(weights.shape[1], weights.dtype)
    work = np.empty((n_tiles, COUNT + LANES), weights.dtype)
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        constant[:] = ZERO
        add_rows(constant, weights, ptr, idx, val, start + n_steps)
        work[:] = ZERO
        for t in range(n_steps):
            base = drive[where[b] + t if where[b] >= 0 else len(drive) - 1]
            for h in range(len(x)):  # several times as fast as x[:] = base
                x[h] = base[h]
            add_rows(x, weights, ptr, idx, val, start + t)
            for i in range(n_tiles):
                w, q, current, out, record = work[i], coefficients[i], x[i * LANES :], spikes[b, t, i], tape[b, t, i]
                for lane in range(LANES):
                    p = gather(q, lane)
                    v0, u0 = w[lane + V], w[lane + U] if HAS_U else ZERO
                    v, u = charge(v0, u0, current[lane], p)
                    s = spike(margin(v, u, p), slope)
                    if HAS_HOLD:
                        wait = w[lane + WAIT]
                        free = np.float32(wait <= ZERO)
                        v = free * v + (ONE - free) * v0
                        s = free * s
                        w[lane + WAIT] = s * hold + (ONE - s) * max(wait - ONE, ZERO)
                    if RECORD:
                        record[lane + V] = v
                        if HAS_U:
                            record[lane + U] = u
                        if HAS_HOLD:
                            record[lane + FREE] = free
                    out[lane] = s
                    w[lane + COUNT] += s
                    v, u = reset(v, u, s, p)
                    w[lane + V] = v
                    if HAS_U:
                        w[lane + U] = u
        for i in range(n_tiles):
            counts[b, i * LANES : (i + 1) * LANES] = work[i, COUNT:]


def backward(rows, inputs, coefficients, slope, tape, ds, dx, dweights, dcoefficients):
    """Turn `ds`, the gradient of the loss with respect to the spikes, into those with respect to everything before them.

    Adds to `dweights` and `dcoefficients`; leaves in `dx` the gradient with respect to the input current at every step and, where
    inputs are weighted, in its last row their sum over time. `inputs` is sorted by channel here. One step in `ds` stands for all.
    """
    n_steps, n_tiles = tape.shape[1:3]
    n_channels = dweights.shape[0]
    ptr, idx, val = inputs
    work = np.empty((n_tiles, DP + coefficients.shape[1]), dx.dtype)
    for b in range(len(rows)):
        grad_x = dx[min(b, len(dx) - 1)]
        work[:] = ZERO
        for t in range(n_steps - 1, -1, -1):
            moving = np.float32(t > 0)  # before the first step the state is zero
            grad_s = ds[b, min(t, ds.shape[1] - 1)]
            for i in range(n_tiles):
                w, q, now, before = work[i], coefficients[i], tape[b, t, i], tape[b, max(t - 1, 0), i]
                g, out = grad_s[i * LANES :], grad_x[t, i * LANES :]
                for lane in range(LANES):
                    p = gather(q, lane)
                    v1, u1 = now[lane + V], now[lane + U] if HAS_U else ZERO
                    v0, u0 = before[lane + V], before[lane + U] if HAS_U else ZERO
                    m = margin(v1, u1, p)
                    s, s0 = spike(m, slope), spike(margin(v0, u0, p), slope)
                    if HAS_HOLD:
                        free = now[lane + FREE]
                        s, s0 = free * s, before[lane + FREE] * s0
                    v0, u0 = reset(v0, u0, s0, p)
                    v0, u0 = moving * v0, moving * u0
                    dv, du, dreset, dp = reset_vjp(w[lane + DV], w[lane + DU] if HAS_U else ZERO, v1, u1, s, p)
                    scatter(w, lane + DP, dp)
                    dm = (g[lane] if DETACH else g[lane] + dreset) * spike_vjp(m, slope)
                    dvm, dum, dp = margin_vjp(dm * free if HAS_HOLD else dm, v1, u1, p)
                    scatter(w, lane + DP, dp)
                    dv, du = dv + dvm, du + dum
                    if HAS_HOLD:
                        dheld = (ONE - free) * dv
                        dv = free * dv
                    dv, du, dinput, dp = charge_vjp(dv, du, v0, u0, v1, u1, p)
                    scatter(w, lane + DP, dp)
                    w[lane + DV] = dv + dheld if HAS_HOLD else dv
                    if HAS_U:
                        w[lane + DU] = du
                    out[lane] = dinput
        for i in range(n_tiles):
            dcoefficients[i] += work[i, DP:]
        grad_x[n_steps] = ZERO
        for t in range(n_steps if len(val) else 0):
            for h in range(grad_x.shape[1]):
                grad_x[n_steps, h] += grad_x[t, h]
        for c in range(n_channels):
            add_rows(dweights[c], grad_x, ptr, idx, val, rows[b] * n_channels + c)
