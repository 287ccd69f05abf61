"""One step at a time: spikes of one step go in and come out, and the states stay where they are until the next.

The sums have the order that they have in `_loops`, so the spikes are those of a whole raster, bit
for bit.
"""

import numpy as np

from .._compile import part
from ._events import longest
from ._instructions import bits, clear, move, population, stack
from ._layout import WIDTH, filled
from ._loops import NOTHING, advance, margin_of, sum_rows
from ._passes import Trace
from ._recurrence import drive, expand
from ._roles import COEFFICIENTS, ONE, RECORD, STATE, ZERO, list_inputs

# the bits of a byte that is not 0, and of one that is neither 0 nor 1
ANY = np.uint8(255)
NOT_ONE = np.uint8(254)
BIT = np.uint32(1)


@part
def list_spikes(x, most, idx, val):
    """List the bytes of 1, or those of 0 where more than `most` are 1; return how many, -1 where one is neither, and whether it is full."""
    whole, wrong, count, n = len(x) // 64 * 64, np.uint64(0), 0, 0
    for c in range(0, whole, 64):
        wrong |= bits(x, np.uint64(c), NOT_ONE)
        count += np.int64(population(bits(x, np.uint64(c), ANY)))
    for c in range(whole, len(x)):
        wrong |= np.uint64(x[c] & NOT_ONE)
        count += np.int64(x[c])
    full = count > most
    for c in range(0, whole, 64):
        word = bits(x, np.uint64(c), ANY)
        n = expand(~word if full else word, c, idx, n)
    for c in range(whole, len(x)):
        if (x[c] == 0) == full:
            idx[n] = c
            n += 1
    return (n if wrong == np.uint64(0) else -1), full


@part
def list_currents(x, most, idx, val):
    """List the currents that are not zero."""
    n = 0
    for c in range(len(x)):
        if x[c] != ZERO:
            idx[n], val[n] = c, x[c]
            n += 1
    return n, False


@part
def list_series(x, most, idx, val):
    """List the currents of one step of many, which may be spikes: then those of 0 where more than `most` are 1."""
    n, ones, spikes = 0, 0, True
    for c in range(len(x)):
        ones += x[c] == ONE
        spikes &= (x[c] == ONE) | (x[c] == ZERO)
    full = spikes & (ones > most)
    for c in range(len(x)):
        value = ONE - x[c] if full else x[c]
        if value != ZERO:
            idx[n], val[n] = c, value
            n += 1
    return n, full


@part
def list_bytes(x, idx):
    """List the bytes that are not zero."""
    whole, n = len(x) // 64 * 64, 0
    for c in range(0, whole, 64):
        n = expand(bits(x, np.uint64(c), ANY), c, idx, n)
    for c in range(whole, len(x)):
        if x[c]:
            idx[n] = c
            n += 1
    return n


def step(
        x, most, weights, total, recurrent, coefficients, k, segment, states, spiked, counts, clock,
        tape):
    """Move a layer by one step; change nothing, and return False, where `x` holds anything but 0 and 1.

    `states`, `spiked`, `counts` and `clock` are kept from step to step: spikes are counted in the
    `segment` of the step that the clock shows, in the last one when time is over. `tape` gets the
    states before the reset where they are wanted.
    """
    z = stack(STATE, ZERO)
    p = stack(COEFFICIENTS, ZERO)
    sums = stack(WIDTH, ZERO)
    base = stack(WIDTH, ZERO)
    fired = stack(WIDTH, NOTHING)
    until = np.zeros(2, np.int64)
    idx = np.empty(len(x), np.int32)
    val = np.empty(len(x), weights.dtype)
    own_until = np.zeros(2, np.int64)
    own_idx = np.empty(len(spiked), np.int32)
    own_val = np.ones(len(spiked), weights.dtype)
    n, full = list_inputs(x, most, idx, val)
    if n < 0:
        return False
    # below 0 only where a stepper of others has put ours back
    place = segment[max(0, min(clock[0], len(segment) - 1))]
    clock[0] += 1
    until[1], own_until[1] = n, list_bytes(spiked, own_idx) if recurrent.shape[1] else 0
    clear(base, WIDTH)
    for i in range(len(weights)):
        move(p, coefficients[i], COEFFICIENTS)
        move(z, states[i], STATE)
        clear(fired, WIDTH)
        drive(
            sums, base, weights[i], recurrent[i], total[i], (until, idx, val),
            (own_until, own_idx, own_val), 0, full)
        advance(z, sums, p, k, BIT, fired, tape[i if RECORD else 0])
        move(states[i], z, STATE)
        for h in range(WIDTH):
            spiked[i * WIDTH + h] = fired[h]
            counts[place, i * WIDTH + h] += fired[h]
    return True


def sums_of_rows(weights, total):
    """Add up the rows of each panel."""
    for i in range(len(weights)):
        sum_rows(total[i], weights[i])


class Stepper:
    """A network of hard spikes, one step after the other.

    Parameters
    ----------
    network : Network
        What is to be run.
    listing : function, default=list_spikes
        How the first layer's input is listed: as spikes, as `list_currents` that stay, or as
        `list_series`.
    record : bool, default=False
        Whether `tape` shall hold the last layer's states before the reset.
    n_steps : int, default=1
        After how many steps the readout is to see the whole train; only where it tells times apart
        does it matter.
    """

    def __init__(self, network, listing=list_spikes, record=False, n_steps=1):
        self.network, self.size, dtype = network, network.size, network.dtype
        self.reading = network.reading(n_steps)
        whole = np.zeros(1, np.int64)
        segment = np.repeat(np.arange(len(self.reading.bounds) - 1), np.diff(self.reading.bounds))
        last = len(network.layers) - 1
        self._calls, self.kept = [], []  # `kept` are the arrays that are carried from step to step
        self.tape = filled(
            (
                len(network.panels[-1].weights) if record else 1, 1, 1,
                len(network.neuron.states) * WIDTH), dtype, 0)
        for number, (layer, panels) in enumerate(zip(network.layers, network.panels, strict=True)):
            n_panels, n_channels, _ = panels.weights.shape
            total = filled((n_panels, WIDTH), dtype, 0)
            network.complete(sums_of_rows)(panels.weights, total)
            recurrent = filled(
                (n_panels, 0, WIDTH), dtype, 0) if panels.recurrent is None else panels.recurrent
            states = filled((n_panels, len(network.neuron.states) * WIDTH), dtype, 0)
            at = segment if number == last else whole
            spiked = np.zeros(n_panels * WIDTH, np.uint8)
            counts = np.zeros((at[-1] + 1, n_panels * WIDTH), np.int64)
            self.clock = np.zeros(1, np.int64)
            listed = listing if number == 0 else list_spikes
            roles = {
                "WEIGHTED": listed is not list_spikes, "RECORD": record and number == last,
                "list_inputs": listed}
            loop = network.complete(step, spike=network.spikes.spike, **roles)
            fixed = longest(
                n_channels), panels.weights, total, recurrent, panels.coefficients, dtype.type(
                network.spikes.k), at
            self._calls.append(
                (
                    loop, (*fixed, states, spiked, counts, self.clock, self.tape[:, 0, 0]),
                    spiked[: layer.size]))
            self.kept += [states, spiked, counts, self.clock]
        self.counts = counts[:, : layer.size]

    def step(self, x):
        """Take the input of one step, C-contiguous; return the spikes of the last layer, which the next step overwrites, or None."""
        for loop, arguments, spiked in self._calls:
            if not loop(x, *arguments):
                return None
            x = spiked
        return x

    def margins(self):
        """Return the margins of the last layer's neurons in the last step, before the reset; of what is recorded."""
        return self.network.observe([Trace(None, self.tape, None, None, None)], margin_of)[0, 0]

    def features(self):
        """Return what the readout reads of the train so far, as if nothing came any more."""
        n_steps = self.reading.bounds[-1]
        if len(self.counts) > 1 and self.clock[0] > n_steps:
            passed, name = self.clock[0], type(self.network.readout).__name__
            raise ValueError(
                f"{passed} steps have passed, and {name} reads trains of {n_steps}, as in fit: "
                "reset() before each train.")
        return self.reading.features(self.counts[None])[0]
