"""The time loops of recurrent layers, where every panel waits for the spikes that all have sent one step before.

    x = what `_loops` says + sum of the recurrent weight rows of the neurons that spiked in the step
    before

So steps come outside and panels inside, and what a panel keeps lies in memory from one step to the
next. A single step of any layer is the same with all steps but one left to the caller: that is a
stream.
"""

import numpy as np

from .._compile import part
from ._instructions import bits, clear, move, stack, trailing, without_lowest
from ._layout import WIDTH
from ._loops import BLOCK, NOTHING, advance, count, credit, gather, keep, retreat, sum_rows, write
from ._roles import COEFFICIENTS, GRADED, ONE, RECORD, STATE, ZERO, margin, spike, take, take_p

# samples that share what is read of a matrix: their sums fill half of the vector registers, and
# more would spill
FOUR = 4
FOURFOLD = FOUR * WIDTH


@part
def expand(word, base, idx, n):
    """Append the positions of the bits that are set in a word to the list of `n`; return its new length."""
    while word != np.uint64(0):
        idx[n] = base + np.int64(trailing(word))
        word = without_lowest(word)
        n += 1
    return n


@part
def drive(x, base, weights, recurrent, total, inputs, own, k, full):
    """Sum up the input of a panel: constant currents, the k-th list of spikes, and the neurons of the layer that have spiked."""
    move(x, base, WIDTH)
    gather(x, weights, inputs, k)
    if full:
        for h in range(WIDTH):
            x[h] = total[h] - x[h]
    gather(x, recurrent, own, 0)


def forward(
        rows, n_steps, inputs, full, weights, recurrent, coefficients, k, tape, raster, counts,
        bounds):
    """Run samples through one recurrent layer; as `_loops.forward`, and `recurrent` is (n_panels, n_panels * WIDTH, WIDTH).

    The neurons that have spiked are a list like those of the inputs. If it has values, those of
    smooth spikes are all neurons' spikes.
    """
    z = stack(STATE, ZERO)
    p = stack(COEFFICIENTS, ZERO)
    x = stack(WIDTH, ZERO)
    fired = stack(WIDTH, NOTHING)
    n_panels, dtype = len(weights), weights.dtype
    states = np.empty((n_panels, STATE), dtype)
    base = np.empty((n_panels, WIDTH), dtype)
    total = np.empty((n_panels, WIDTH), dtype)
    words, before = np.empty((n_panels, WIDTH), np.uint32), np.empty((n_panels, WIDTH), np.uint32)
    until = np.zeros(2, np.int64)
    spiked = np.empty(n_panels * WIDTH, np.int32)
    value = np.ones(n_panels * WIDTH, dtype)
    for i in range(n_panels):
        sum_rows(total[i], weights[i])
    for b in range(len(rows)):
        start = rows[b] * (n_steps + 1)
        states[:], until[1] = ZERO, 0
        for i in range(n_panels):
            clear(base[i], WIDTH)
            gather(base[i], weights[i], inputs, start + n_steps)
        for first in range(0, n_steps, BLOCK):
            stop = min(first + BLOCK, n_steps)
            words[:] = NOTHING
            for t in range(first, stop):
                bit = np.uint32(np.uint32(1) << np.uint32(t - first))
                for i in range(n_panels):
                    move(p, coefficients[i], COEFFICIENTS)
                    move(z, states[i], STATE)
                    move(fired, words[i], WIDTH)
                    is_full = len(full) > 0 and full[rows[b], t]
                    drive(
                        x, base[i], weights[i], recurrent[i], total[i], inputs,
                        (until, spiked, value), start + t, is_full)
                    advance(z, x, p, k, bit, fired, tape[i, b, t if RECORD else 0])
                    move(states[i], z, STATE)
                    move(words[i], fired, WIDTH)
                n = 0
                for i in range(n_panels):
                    if GRADED:
                        for h in range(WIDTH):
                            spiked[n] = n
                            value[n] = spike(
                                margin(take(tape[i, b, t], h), take_p(coefficients[i], h)), k)
                            n += 1
                    else:
                        n = expand(bits(words[i], np.uint64(0), bit), i * WIDTH, spiked, n)
                until[1] = n
            for i in range(n_panels):
                count(counts[b], i, words[i], first, stop, bounds)
                if len(raster):
                    write(raster[b], i * WIDTH, words[i], before[i], first, stop)
            before[:] = words


@part
def back_across(sums, table, dx, b):
    """Multiply the gradients of FOUR samples' inputs by a panel's columns of the transposed recurrent weights."""
    # whatever has no sample of its own takes the last one
    own = stack(FOURFOLD, ZERO)
    last = len(dx) - 1
    clear(own, FOURFOLD)
    x0, x1, x2, x3 = dx[b], dx[min(b + 1, last)], dx[min(b + 2, last)], dx[min(b + 3, last)]
    for j in range(len(table)):
        a0, a1, a2, a3 = x0[j], x1[j], x2[j], x3[j]
        for h in range(WIDTH):
            own[h] += a0 * table[j, h]
            own[WIDTH + h] += a1 * table[j, h]
            own[2 * WIDTH + h] += a2 * table[j, h]
            own[3 * WIDTH + h] += a3 * table[j, h]
    move(sums, own, FOURFOLD)


def backward(recurrent, coefficients, k, slope, tape, ds, at, dx, dcoefficients):
    """Take the gradients of a recurrent layer back in time, from those of its spikes (`ds`), to `dx` and `dcoefficients`.

    `recurrent`, (n_panels, n_panels * WIDTH, WIDTH), is transposed here. `ds` and `at` are as in
    `_loops`; `dx` (n_steps + 1, n_samples, n_panels * WIDTH) holds zeros after the last step.
    """
    z, z_before, dz = stack(STATE, ZERO), stack(STATE, ZERO), stack(STATE, ZERO)
    p, dp, sums = stack(COEFFICIENTS, ZERO), stack(COEFFICIENTS, ZERO), stack(FOURFOLD, ZERO)
    m, g, out = stack(WIDTH, ZERO), stack(WIDTH, ZERO), stack(WIDTH, ZERO)
    n_panels, n_samples, n_steps, _ = tape.shape
    dstates = np.zeros((n_panels, n_samples, STATE), dx.dtype)
    for t in range(n_steps - 1, -1, -1):
        moving = ONE if t > 0 else ZERO  # before the first step the state is zero
        for i in range(n_panels):
            move(p, coefficients[i], COEFFICIENTS)
            clear(dp, COEFFICIENTS)
            for b in range(n_samples):
                if b % FOUR == 0:
                    back_across(sums, recurrent[i], dx[t + 1], b)
                move(z, tape[i, b, t], STATE)
                move(z_before, tape[i, b, max(t - 1, 0)], STATE)
                move(dz, dstates[i, b], STATE)
                move(g, ds[b, at[t], i], WIDTH)
                for h in range(WIDTH):
                    g[h] += sums[b % FOUR * WIDTH + h]
                    m[h] = margin(take(z, h), take_p(p, h))
                retreat(z, z_before, m, p, dz, dp, g, out, k, slope, moving)
                move(dstates[i, b], dz, STATE)
                move(dx[t, b, i * WIDTH : (i + 1) * WIDTH], out, WIDTH)
            for h in range(COEFFICIENTS):
                dcoefficients[i, h] += dp[h]


def learn(rows, n_channels, inputs, full, dx, scratch, dweights):
    """Add the gradients of a layer's weights to `dweights`, from those of its inputs, `dx` (n_steps, n_samples, n_panels * WIDTH)."""
    out, of_full = stack(WIDTH, ZERO), stack(WIDTH, ZERO)
    for i in range(len(dweights)):
        for b in range(len(rows)):
            clear(of_full, WIDTH)
            for t in range(len(dx)):
                move(out, dx[t, b, i * WIDTH : (i + 1) * WIDTH], WIDTH)
                keep(scratch[t], out, of_full, len(full) > 0 and full[rows[b], t])
            credit(dweights[i], n_channels, scratch, inputs, rows[b], of_full, len(full) > 0)
