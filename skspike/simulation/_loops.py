"""Time loops of feed-forward layers: one forward and one backward, for every neuron and rule.

Forward, for each panel of neurons, each sample and each time step:

    x = sum of the weight rows of the channels that spike, plus the constant current
    z = charge(z, x)
    s = spike(margin(z))
    z = reset(z, s)

Backward, the loop runs through the steps in reverse and applies the vector-Jacobian products of
these lines, the last line first. The forward loop stores the state before the reset (the *tape*)
and nothing else: the backward loop computes spikes and states after the reset again.

    z, x, p, m, s    state, input current, coefficients, margin and spike (see `_neuron_kernels`)
    dz, dx, ...      gradients of the loss with respect to them
    i, h             panel, and neuron within the panel
    b, t, c          sample, time step, input channel
"""

import numpy as np

from .._base import copy, count_ones, fragment, no_arrays, set_zero, stack_array, unpack_bits
from ._neuron_kernels import (
    BY_STEP, COEFFICIENTS, DETACH, ONE, STATE, WEIGHTED, ZERO, add, charge, charge_vjp, margin,
    margin_vjp, plus, put, reset, reset_vjp, spike, spike_vjp, take, times, view)
from ._panels import N_PATTERNS, WIDTH

SPAN = 32  # steps whose spikes fit into a word
NOTHING, ALL = np.uint32(0), np.uint32(0xFFFFFFFF)


@fragment
def add_rows(sums, table, lists, number):
    """Add the rows of one list to `sums`, each times its value, in the order of the list."""
    ptr, idx, val = lists
    total = stack_array(WIDTH, ZERO)  # `sums` might overlap the table, a new array cannot
    copy(total, sums, WIDTH)
    first, stop = np.uint64(ptr[np.uint64(number)]), np.uint64(ptr[np.uint64(number + 1)])
    if len(val):
        for e in range(first, stop):
            row, value = np.uint64(idx[e]), val[e]
            for h in range(WIDTH):
                total[h] += value * table[row, h]
    else:
        for e in range(first, stop):
            row = np.uint64(idx[e])
            for h in range(WIDTH):
                total[h] += table[row, h]
    copy(sums, total, WIDTH)


@fragment
def sum_patterns(table, n_rows, start):
    """Sum the first rows of a table in all patterns of 4 rows. Write the sums from row `start` on.

    Row ``start + 15 * i + pattern - 1`` becomes the sum of the rows ``4 * i + j``, in this order,
    for which bit j of the pattern is set.
    """
    row = stack_array(WIDTH, ZERO)
    for c in range(n_rows):
        # write the patterns that end with row c: the row alone, and added to the patterns before
        n_before = (1 << c % 4) - 1
        first = start + c // 4 * N_PATTERNS
        copy(row, table[c], WIDTH)
        copy(table[first + n_before], row, WIDTH)
        for k in range(first, first + n_before):
            for h in range(WIDTH):
                table[k + n_before + 1, h] = table[k, h] + row[h]


@no_arrays
def sum_weight_patterns(weights, n_channels):
    """Write the sums of patterns after the weights of each panel."""
    for i in range(len(weights)):
        sum_patterns(weights[i], n_channels, n_channels)


@fragment
def forward_step(z, x, p, spike_arg, bit, fired, tape):
    """Advance a panel by one step, and set `bit` in the words of the neurons that spike.

    The states before the reset are written to `tape`, unless that is empty.
    """
    before_reset = stack_array(STATE, ZERO)
    for h in range(WIDTH):
        q = take(p, h, COEFFICIENTS)
        # charge the membrane
        z1 = charge(take(z, h, STATE), x[h], q)
        # spike
        s = spike(margin(z1, q), spike_arg)
        fired[h] |= bit if s > ZERO else NOTHING
        put(before_reset, h, z1)
        # reset
        put(z, h, reset(z1, s, q))
    if len(tape):
        copy(tape, before_reset, STATE)


@fragment
def count_spikes(counts, i, words, start, stop, bounds):
    """Add the spikes of panel i in up to SPAN steps to the counts of their segments of time."""
    for s in range(len(counts)):
        low, high = max(bounds[s], start), min(bounds[s + 1], stop)
        if low < high:
            mask = np.uint32(
                np.uint32(ALL >> np.uint32(SPAN - (high - low))) << np.uint32(low - start))
            panel_counts = counts[s, i]
            for h in range(WIDTH):
                panel_counts[h] += np.uint32(count_ones(np.uint64(words[h] & mask)))


@fragment
def write_raster(raster, first, words, previous, start, stop):
    """Write the spikes of up to SPAN steps as bytes.

    A shorter last span is written together with the end of the span before (`previous`), so that
    whole words are unpacked.
    """
    n, n_steps = min(WIDTH, raster.shape[0] - first), raster.shape[1]
    missing = np.uint32(SPAN - (stop - start))
    if stop < SPAN:
        for h in range(n):
            for t in range(stop):
                raster[first + h, t] = (words[h] >> np.uint32(t)) & np.uint32(1)
    elif missing == 0:
        for h in range(n):
            unpack_bits(raster, np.uint64((first + h) * n_steps + start), words[h])
    else:
        for h in range(n):
            word = np.uint32(
                previous[h] >> (np.uint32(SPAN) - missing)) | np.uint32(words[h] << missing)
            unpack_bits(raster, np.uint64((first + h) * n_steps + stop - SPAN), np.uint32(word))


@no_arrays
def forward(
        rows, n_steps, inputs, weights, coefficients, spike_arg, tape, raster, counts, bounds):
    """Run samples `rows` of the `inputs`, sorted by step, through one layer.

    The loop fills `tape` (n_panels, n_samples, n_steps, STATE) and `raster` (n_samples, n_neurons,
    n_steps), unless they are empty. It adds to `counts` (n_samples, n_segments, n_panels, WIDTH),
    one count for each segment of time between consecutive `bounds`. `weights` are (n_panels,
    n_rows, WIDTH), `coefficients` (n_panels, COEFFICIENTS). The rows of the weights are channels
    and, if steps are dense, the sums of their patterns.
    """
    z, p, x = stack_array(STATE, ZERO), stack_array(COEFFICIENTS, ZERO), stack_array(WIDTH, ZERO)
    constant = stack_array(WIDTH, ZERO)
    fired, previous = stack_array(WIDTH, NOTHING), stack_array(WIDTH, NOTHING)
    for i in range(len(weights)):
        table = weights[i]
        copy(p, coefficients[i], COEFFICIENTS)
        for b in range(len(rows)):
            start = rows[b] * (n_steps + 1)
            set_zero(z, STATE)
            # compute the constant current
            set_zero(constant, WIDTH)
            add_rows(constant, table, inputs, start + n_steps)
            for first in range(0, n_steps, SPAN):
                stop = min(first + SPAN, n_steps)
                set_zero(fired, WIDTH)
                for t in range(first, stop):
                    # compute the synaptic current
                    copy(x, constant, WIDTH)
                    add_rows(x, table, inputs, start + t)
                    # charge, spike and reset
                    bit = np.uint32(np.uint32(1) << np.uint32(t - first))
                    forward_step(z, x, p, spike_arg, bit, fired, tape[i, b, t])
                # store the spikes
                count_spikes(counts[b], i, fired, first, stop, bounds)
                if len(raster):
                    write_raster(raster[b], i * WIDTH, fired, previous, first, stop)
                    copy(previous, fired, WIDTH)


@no_arrays
def observe(tape, coefficients, spike_arg, values):
    """Apply `view` to all states of a tape. `values` are (n_samples, n_steps, n_panels, WIDTH)."""
    for i in range(len(tape)):
        for b in range(tape.shape[1]):
            for t in range(tape.shape[2]):
                state, out = tape[i, b, t], values[b, t, i]
                for h in range(WIDTH):
                    p = take(coefficients[i], h, COEFFICIENTS)
                    out[h] = view(take(state, h, STATE), p, spike_arg)


@fragment
def margin_of(z, p, spike_arg):
    """View the margin."""
    return margin(z, p)


@fragment
def spike_of(z, p, spike_arg):
    """View the spike."""
    return spike(margin(z, p), spike_arg)


@fragment
def membrane_after(z, p, spike_arg):
    """View the membrane potential after the reset."""
    return reset(z, spike(margin(z, p), spike_arg), p)[0]


@fragment
def backward_step(z, z_previous, m, p, dz, dp, ds, dx, spike_arg, slope, has_previous):
    """Carry the gradients of a panel back by one step: `dz` in place, and write `dx`.

    `z` and `m` hold the state before the reset and the margin of this step. They are set to the
    state and the margin of the previous step. The state of the previous step is `z_previous`.
    """
    for h in range(WIDTH):
        q, z1, zp = take(p, h, COEFFICIENTS), take(z, h, STATE), take(z_previous, h, STATE)
        # recompute the state after the previous step
        mp = margin(zp, q)
        z0 = times(has_previous, reset(zp, spike(mp, spike_arg), q))
        # reset
        d, dreset, dq_reset = reset_vjp(take(dz, h, STATE), z1, spike(m[h], spike_arg), q)
        # spike
        dm = (ds[h] if DETACH else ds[h] + dreset) * spike_vjp(m[h], slope)
        dmargin, dq_margin = margin_vjp(dm, z1, q)
        # charge
        d, dinput, dq_charge = charge_vjp(plus(d, dmargin), z0, z1, q)
        # accumulate the gradients of the coefficients
        add(dp, h, dq_reset)
        add(dp, h, dq_margin)
        add(dp, h, dq_charge)
        put(dz, h, d)
        put(z, h, zp)
        m[h], dx[h] = mp, dinput


@fragment
def accumulate_by_channel(dweights, n_channels, n_steps, step_grads, inputs, row):
    """Add the weight gradients of one sample to `dweights` of a panel, channel by channel.

    `step_grads` has one row for each step, and one for constant currents, which act in every step.
    If lists of busy channels name patterns of steps, the next rows are for their sums.
    """
    if WEIGHTED:
        total = stack_array(WIDTH, ZERO)
        set_zero(total, WIDTH)
        for t in range(n_steps):
            for h in range(WIDTH):
                total[h] += step_grads[t, h]
        copy(step_grads[n_steps], total, WIDTH)
    elif len(step_grads) > n_steps + 1:
        sum_patterns(step_grads, n_steps, n_steps + 1)
    for c in range(n_channels):
        add_rows(dweights[c], step_grads, inputs, row * n_channels + c)


@fragment
def accumulate_by_step(dweights, n_steps, step_grads, inputs, row):
    """Add the same weight gradients step by step, from lists of the channels in each step.

    The sums have the same order. Faster if most channels spike in few steps or in none.
    """
    ptr, idx, val = inputs
    grads, total = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO)
    set_zero(total, WIDTH)
    for t in range(n_steps + 1):
        if t < n_steps:
            copy(grads, step_grads[t], WIDTH)
            if WEIGHTED:
                for h in range(WIDTH):
                    total[h] += grads[h]
        else:
            copy(grads, total, WIDTH)
        k = np.uint64(row * (n_steps + 1) + t)
        for e in range(np.uint64(ptr[k]), np.uint64(ptr[k + np.uint64(1)])):
            dweight = dweights[np.uint64(idx[e])]
            if WEIGHTED:
                value = val[e]
                for h in range(WIDTH):
                    dweight[h] += value * grads[h]
            else:
                for h in range(WIDTH):
                    dweight[h] += grads[h]


@fragment
def accumulate_weight_grad(dweights, n_channels, n_steps, step_grads, inputs, row):
    """Add the weight gradients of one sample in the order of its lists."""
    if BY_STEP:
        accumulate_by_step(dweights, n_steps, step_grads, inputs, row)
    else:
        accumulate_by_channel(dweights, n_channels, n_steps, step_grads, inputs, row)


@no_arrays
def backward(
        rows, n_steps, inputs, coefficients, spike_arg, slope, tape, dspikes, grad_index, dinputs,
        step_grads, dweights, dcoefficients):
    """Add the gradients of one layer to `dweights` and `dcoefficients`.

    `inputs` are sorted by channel. The gradients of the spikes in step t are
    ``dspikes[:, grad_index[t]]``, (n_samples, n_panels, WIDTH). Gradients of the input currents are
    written to `dinputs`, (n_samples, n_steps, n_panels, WIDTH), unless that is empty. `step_grads`
    is working memory, as in `accumulate_by_channel`.
    """
    z, dz, z_previous = stack_array(STATE, ZERO), stack_array(STATE, ZERO), stack_array(STATE, ZERO)
    p, dp = stack_array(COEFFICIENTS, ZERO), stack_array(COEFFICIENTS, ZERO)
    m, ds, dx = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO)
    for i in range(len(dweights)):
        copy(p, coefficients[i], COEFFICIENTS)
        for b in range(len(rows)):
            set_zero(dz, STATE)
            set_zero(dp, COEFFICIENTS)
            copy(z, tape[i, b, n_steps - 1], STATE)
            for h in range(WIDTH):
                m[h] = margin(take(z, h, STATE), take(p, h, COEFFICIENTS))
            for t in range(n_steps - 1, -1, -1):
                has_previous = ONE if t > 0 else ZERO  # before the first step the state is zero
                copy(z_previous, tape[i, b, max(t - 1, 0)], STATE)
                copy(ds, dspikes[b, grad_index[t], i], WIDTH)
                # reset, spike and charge, backward
                backward_step(z, z_previous, m, p, dz, dp, ds, dx, spike_arg, slope, has_previous)
                if len(dinputs):
                    copy(dinputs[b, t, i], dx, WIDTH)
                copy(step_grads[t], dx, WIDTH)
            # accumulate the gradients of coefficients and weights
            for h in range(COEFFICIENTS):
                dcoefficients[i, h] += dp[h]
            accumulate_weight_grad(
                dweights[i], dweights.shape[1], n_steps, step_grads, inputs, rows[b])
