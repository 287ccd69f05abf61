"""The time loops: one forward, one backward, for every neuron model and every gradient rule.

For each sample and step, forward in time,

    x    = sum of the weight rows of the channels that spike in this step, plus the constant current
    v, u = charge(v, u, x)        s = spike(margin(v, u))        v, u = reset(v, u, s)

and backward in time the vector-Jacobian products of the same three lines. Nothing is stored but what the forward pass cannot
give again: the spikes and the state before the reset (the *tape*). What the names in the loop body do is left open (`_roles`).
"""

import numpy as np

from .._jit import scalar
from ._layout import LANES
from ._roles import (  # noqa: F401
    DETACH, HAS_HOLD, HAS_U, RECORD, charge, charge_vjp, gather, margin, margin_vjp, reset, reset_vjp, scatter, spike, spike_vjp,
)  # fmt: skip

ZERO, ONE = np.float32(0), np.float32(1)
# Where the quantities of a tile begin, in its row of the tape and in its rows of working memory.
S, V, U, WAIT = 0, LANES, 2 * LANES, 3 * LANES
DV, DU, DX, DP = 4 * LANES, 5 * LANES, 6 * LANES, 7 * LANES


@scalar
def add_rows(total, table, sparse, k):
    """Add the rows of `table` that the k-th list of `sparse` names, each times its value, in the order of the list."""
    ptr, idx, val = sparse
    e, stop = ptr[k], ptr[k + 1]
    if len(val):
        for i in range(e, stop):
            row, factor = table[idx[i]], val[i]
            for h in range(len(total)):
                total[h] += factor * row[h]
        return
    while e + 4 <= stop:  # four at a time: a quarter of the traffic to `total`, the same order of additions
        a, b, c, d = table[idx[e]], table[idx[e + 1]], table[idx[e + 2]], table[idx[e + 3]]
        for h in range(len(total)):
            total[h] = (((total[h] + a[h]) + b[h]) + c[h]) + d[h]
        e += 4
    while e < stop:
        a = table[idx[e]]
        for h in range(len(total)):
            total[h] += a[h]
        e += 1


def forward(rows, inputs, weights, coefficients, slope, hold, tape, counts):
    """Run samples `rows` of the `inputs` (sorted by step) through one layer; fill `tape` and the spike `counts`."""
    n_steps, n_tiles = tape.shape[1:3]
    constant = np.empty(weights.shape[1], weights.dtype)
    x = np.empty(weights.shape[1], weights.dtype)
    work = np.empty((n_tiles, 4 * LANES), weights.dtype)
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        constant[:] = ZERO
        add_rows(constant, weights, inputs, start + n_steps)
        work[:] = ZERO
        for t in range(n_steps):
            x[:] = constant
            add_rows(x, weights, inputs, start + t)
            for i in range(n_tiles):
                w, q, out, drive, count = work[i], coefficients[i], tape[b, t, i], x[i * LANES :], counts[b, i * LANES :]
                for lane in range(LANES):
                    p = gather(q, lane)
                    v0, u0 = w[lane + V], w[lane + U] if HAS_U else ZERO
                    v, u = charge(v0, u0, drive[lane], p)
                    s = spike(margin(v, u, p), slope)
                    if HAS_HOLD:
                        wait = w[lane + WAIT]
                        free = np.float32(wait <= ZERO)
                        v = free * v + (ONE - free) * v0
                        s = free * s
                        w[lane + WAIT] = s * hold + (ONE - s) * max(wait - ONE, ZERO)
                    out[lane + S] = s
                    if RECORD:
                        out[lane + V] = v
                        if HAS_U:
                            out[lane + U] = u
                        if HAS_HOLD:
                            out[lane + WAIT] = free
                    count[lane] += s
                    v, u = reset(v, u, s, p)
                    w[lane + V] = v
                    if HAS_U:
                        w[lane + U] = u


def backward(rows, inputs, coefficients, slope, tape, ds, dx, dweights, dcoefficients):
    """Turn `ds`, the gradient of the loss with respect to the spikes, into those with respect to everything before them.

    Adds to `dweights` and `dcoefficients`; leaves in `dx` the gradient with respect to the input current at every
    step and, in its last row, their sum over time. `inputs` is sorted by channel here. One step in `ds` stands for all.
    """
    n_steps, n_tiles = tape.shape[1:3]
    n_channels = dweights.shape[0]
    work = np.empty((n_tiles, DP + coefficients.shape[1]), dx.dtype)
    for b in range(len(rows)):
        grad_x = dx[min(b, len(dx) - 1)]
        work[:] = ZERO
        for i in range(n_tiles):
            work[i, : tape.shape[3]] = tape[b, n_steps - 1, i]
        for t in range(n_steps - 1, -1, -1):
            moving = np.float32(t > 0)  # before the first step the state is zero
            grad_s = ds[b, min(t, ds.shape[1] - 1)]
            for i in range(n_tiles):
                w, q, before = work[i], coefficients[i], tape[b, max(t - 1, 0), i]
                g, out = grad_s[i * LANES :], grad_x[t, i * LANES :]
                for lane in range(LANES):
                    p = gather(q, lane)
                    s, v1, u1 = w[lane + S], w[lane + V], w[lane + U] if HAS_U else ZERO
                    free = w[lane + WAIT] if HAS_HOLD else ONE
                    dv, du, dreset, dp = reset_vjp(w[lane + DV], w[lane + DU] if HAS_U else ZERO, v1, u1, s, p)
                    scatter(w, lane + DP, dp)
                    dspike = g[lane] if DETACH else g[lane] + dreset
                    dm = dspike * spike_vjp(margin(v1, u1, p), slope)
                    dvm, dum, dp = margin_vjp(dm * free if HAS_HOLD else dm, v1, u1, p)
                    scatter(w, lane + DP, dp)
                    dv, du = dv + dvm, du + dum
                    s0, v0, u0 = before[lane + S], before[lane + V], before[lane + U] if HAS_U else ZERO
                    w[lane + S], w[lane + V] = s0, v0
                    if HAS_U:
                        w[lane + U] = u0
                    v0, u0 = reset(v0, u0, s0, p)
                    v0, u0 = moving * v0, moving * u0
                    dheld = (ONE - free) * dv
                    dv, du, dinput, dp = charge_vjp(dv * free if HAS_HOLD else dv, du, v0, u0, v1, u1, p)
                    scatter(w, lane + DP, dp)
                    w[lane + DV] = dv + dheld if HAS_HOLD else dv
                    if HAS_HOLD:
                        w[lane + WAIT] = before[lane + WAIT]
                    if HAS_U:
                        w[lane + DU] = du
                    out[lane] = dinput
                    w[lane + DX] += dinput
        for i in range(n_tiles):
            grad_x[n_steps, i * LANES : (i + 1) * LANES] = work[i, DX:DP]
            dcoefficients[i] += work[i, DP:]
        for c in range(n_channels):
            add_rows(dweights[c], grad_x, inputs, rows[b] * n_channels + c)
