"""The time loops: one forward, one backward, for every neuron model and every gradient rule.

For each panel of neurons, each sample and each step, forward in time,

    x = sum of the weight rows of the channels that spike in this step, plus the constant current
    z = charge(z, x)        s = spike(margin(z))        z = reset(z, s)

and backward in time the vector-Jacobian products of the same three lines. Nothing is stored but the
state before the reset (the *tape*): the spikes follow from it. What the names in the loop body do
is left open (`_roles`).
"""

import numpy as np

from .._compile import part
from ._instructions import clear, move, population, spread, stack
from ._layout import WIDTH
from ._roles import (  # noqa: F401
    COEFFICIENTS,
    DETACH,
    ONE,
    RECORD,
    STATE,
    WEIGHTED,
    ZERO,
    add_p,
    charge,
    charge_vjp,
    margin,
    margin_vjp,
    plus,
    put,
    reset,
    reset_vjp,
    spike,
    spike_vjp,
    take,
    take_p,
    times,
    view,
)

BLOCK = 32  # steps whose spikes fit into a word
NOTHING, ALL = np.uint32(0), np.uint32(0xFFFFFFFF)


@part
def gather(total, table, inputs, k):
    """Add the rows that the k-th list names, each times its value, in the order of the list."""
    ptr, idx, val = inputs
    own = stack(WIDTH, ZERO)  # an array from outside might overlap the table
    move(own, total, WIDTH)
    first, stop = np.uint64(ptr[np.uint64(k)]), np.uint64(ptr[np.uint64(k + 1)])
    if WEIGHTED:
        for e in range(first, stop):
            row, value = np.uint64(idx[e]), val[e]
            for h in range(WIDTH):
                own[h] += value * table[row, h]
    else:
        for e in range(first, stop):
            row = np.uint64(idx[e])
            for h in range(WIDTH):
                own[h] += table[row, h]
    move(total, own, WIDTH)


@part
def sum_rows(total, table):
    """Add up all rows of a table, from which a full step takes the silent ones."""
    clear(total, WIDTH)
    for c in range(len(table)):
        for h in range(WIDTH):
            total[h] += table[c, h]


@part
def advance(z, x, p, k, bit, fired, tape):
    """Move a panel by one step, and set its bit in the words of the neurons that spike."""
    before = stack(STATE, ZERO)
    for h in range(WIDTH):
        q = take_p(p, h)
        z1 = charge(take(z, h), x[h], q)
        s = spike(margin(z1, q), k)
        fired[h] |= bit if s > ZERO else NOTHING
        if RECORD:
            put(before, h, z1)
        put(z, h, reset(z1, s, q))
    if RECORD:
        move(tape, before, STATE)


@part
def count(counts, i, words, start, stop, bounds):
    """Count the spikes of up to BLOCK steps for panel i, in each of the segments of time that lie between `bounds`."""
    for s in range(len(counts)):
        low, high = max(bounds[s], start), min(bounds[s + 1], stop)
        if low < high:
            mask = np.uint32(
                np.uint32(ALL >> np.uint32(BLOCK - (high - low))) << np.uint32(low - start))
            of_panel = counts[s, i]
            for h in range(WIDTH):
                of_panel[h] += np.uint32(population(np.uint64(words[h] & mask)))


@part
def write(raster, first, words, before, start, stop):
    """Write the spikes of up to BLOCK steps; a last, shorter lot goes out together with the end of the one before it."""
    n, n_steps = min(WIDTH, raster.shape[0] - first), raster.shape[1]
    missing = np.uint32(BLOCK - (stop - start))
    if stop < BLOCK:
        for h in range(n):
            for t in range(stop):
                raster[first + h, t] = (words[h] >> np.uint32(t)) & np.uint32(1)
    elif missing == 0:
        for h in range(n):
            spread(raster, np.uint64((first + h) * n_steps + start), words[h])
    else:
        for h in range(n):
            word = np.uint32(
                before[h] >> (np.uint32(BLOCK) - missing)) | np.uint32(words[h] << missing)
            spread(raster, np.uint64((first + h) * n_steps + stop - BLOCK), np.uint32(word))


def forward(rows, n_steps, inputs, full, weights, coefficients, k, tape, raster, counts, bounds):
    """Run samples `rows` of the `inputs` (sorted by step) through one layer; fill its `tape` and its `raster`, if any, and add to `counts`.

    Arrays are panel first, but raster and counts: weights (n_panels, n_channels, WIDTH),
    coefficients (n_panels, COEFFICIENTS), tape (n_panels, n_samples, n_steps, STATE), counts
    (n_samples, n_segments, n_panels, WIDTH), a segment from each of the `bounds` to the next. In
    the steps that `full` marks, if it marks any, the lists are of silent channels.
    """
    z = stack(STATE, ZERO)
    p = stack(COEFFICIENTS, ZERO)
    x = stack(WIDTH, ZERO)
    base = stack(WIDTH, ZERO)
    all_rows = stack(WIDTH, ZERO)
    fired, before = stack(WIDTH, NOTHING), stack(WIDTH, NOTHING)
    for i in range(len(weights)):
        table = weights[i]
        move(p, coefficients[i], COEFFICIENTS)
        if len(full):
            sum_rows(all_rows, table)
        for b in range(len(rows)):
            start = rows[b] * (n_steps + 1)
            clear(z, STATE)
            clear(base, WIDTH)
            gather(base, table, inputs, start + n_steps)
            for first in range(0, n_steps, BLOCK):
                stop = min(first + BLOCK, n_steps)
                clear(fired, WIDTH)
                for t in range(first, stop):
                    move(x, base, WIDTH)
                    gather(x, table, inputs, start + t)
                    if len(full) and full[rows[b], t]:
                        for h in range(WIDTH):
                            x[h] = all_rows[h] - x[h]
                    bit = np.uint32(np.uint32(1) << np.uint32(t - first))
                    advance(z, x, p, k, bit, fired, tape[i, b, t if RECORD else 0])
                count(counts[b], i, fired, first, stop, bounds)
                if len(raster):
                    write(raster[b], i * WIDTH, fired, before, first, stop)
                    move(before, fired, WIDTH)


def observe(tape, coefficients, k, values):
    """Read something of every state on a tape, (n_samples, n_steps, n_panels, WIDTH)."""
    for i in range(len(tape)):
        for b in range(tape.shape[1]):
            for t in range(tape.shape[2]):
                state, out = tape[i, b, t], values[b, t, i]
                for h in range(WIDTH):
                    out[h] = view(take(state, h), take_p(coefficients[i], h), k)


@part
def margin_of(z, p, k):
    """View the margin."""
    return margin(z, p)


@part
def spike_of(z, p, k):
    """View the spike."""
    return spike(margin(z, p), k)


@part
def membrane_after(z, p, k):
    """View the membrane potential after the reset."""
    return reset(z, spike(margin(z, p), k), p)[0]


@part
def retreat(z, z_before, m, p, dz, dp, ds, dx, k, slope, moving):
    """Take the gradients of a panel back by one step: those of its state in place, those of its input into `dx`.

    `z` and `m` hold the step's state before the reset and its margin, and afterwards those of the
    step before, given by `z_before`.
    """
    for h in range(WIDTH):
        q, z1, zb = take_p(p, h), take(z, h), take(z_before, h)
        mb = margin(zb, q)
        z0 = times(moving, reset(zb, spike(mb, k), q))
        d, dreset, dq_reset = reset_vjp(take(dz, h), z1, spike(m[h], k), q)
        dm = (ds[h] if DETACH else ds[h] + dreset) * spike_vjp(m[h], slope)
        dmargin, dq_margin = margin_vjp(dm, z1, q)
        d, dinput, dq_charge = charge_vjp(plus(d, dmargin), z0, z1, q)
        add_p(dp, h, dq_reset)
        add_p(dp, h, dq_margin)
        add_p(dp, h, dq_charge)
        put(dz, h, d)
        put(z, h, zb)
        m[h], dx[h] = mb, dinput


@part
def keep(scratch, out, of_full, is_full):
    """Keep the gradients of a step's input for `credit`: negative in a full step, whose list is of silent channels."""
    if is_full:
        for h in range(WIDTH):
            of_full[h] += out[h]
            out[h] = -out[h]
    move(scratch, out, WIDTH)


@part
def credit(dweights, n_channels, scratch, inputs, row, of_full, any_full):
    """Add the gradients of a sample's inputs to those of a panel's weights, channel by channel.

    `scratch` has a row for each step, and one more for constant currents, which act at every step.
    """
    n_steps = len(scratch) - 1
    if WEIGHTED:
        total = stack(WIDTH, ZERO)
        clear(total, WIDTH)
        for t in range(n_steps):
            for h in range(WIDTH):
                total[h] += scratch[t, h]
        move(scratch[n_steps], total, WIDTH)
    for c in range(n_channels):
        gather(dweights[c], scratch, inputs, row * n_channels + c)
    for c in range(n_channels if any_full else 0):
        for h in range(WIDTH):
            dweights[c, h] += of_full[h]


def backward(
        rows, n_steps, inputs, full, coefficients, k, slope, tape, ds, at, dx, scratch, dweights,
        dcoefficients):
    """Add the gradients of one layer, from those of its spikes (`ds`), to `dweights` and `dcoefficients`.

    `inputs` is sorted by channel here. In step t the gradients are ``ds[:, at[t]]``, (n_samples,
    n_panels, WIDTH). The gradients of the input currents go to `dx`, (n_samples, n_steps, n_panels,
    WIDTH), if it has any samples, and for one panel and sample to `scratch`.
    """
    z, z_before, dz = stack(STATE, ZERO), stack(STATE, ZERO), stack(STATE, ZERO)
    p, dp = stack(COEFFICIENTS, ZERO), stack(COEFFICIENTS, ZERO)
    m = stack(WIDTH, ZERO)
    g = stack(WIDTH, ZERO)
    out = stack(WIDTH, ZERO)
    of_full = stack(WIDTH, ZERO)
    for i in range(len(dweights)):
        move(p, coefficients[i], COEFFICIENTS)
        for b in range(len(rows)):
            clear(dz, STATE)
            clear(dp, COEFFICIENTS)
            clear(of_full, WIDTH)
            move(z, tape[i, b, n_steps - 1], STATE)
            for h in range(WIDTH):
                m[h] = margin(take(z, h), take_p(p, h))
            for t in range(n_steps - 1, -1, -1):
                moving = ONE if t > 0 else ZERO  # before the first step the state is zero
                move(z_before, tape[i, b, max(t - 1, 0)], STATE)
                move(g, ds[b, at[t], i], WIDTH)
                retreat(z, z_before, m, p, dz, dp, g, out, k, slope, moving)
                if len(dx):
                    move(dx[b, t, i], out, WIDTH)
                keep(scratch[t], out, of_full, len(full) > 0 and full[rows[b], t])
            for h in range(COEFFICIENTS):
                dcoefficients[i, h] += dp[h]
            credit(dweights[i], dweights.shape[1], scratch, inputs, rows[b], of_full, len(full) > 0)
