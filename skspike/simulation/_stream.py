"""Simulation of one time step at a time, for streams: states stay in memory between the calls.

Sums have the same order as in `_loops`. So the spikes are equal, bit for bit, to the spikes of the
whole raster.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._base import Array, copy, fragment, pack_bits, set_zero, stack_array
from ._loops import NOTHING, add_rows, forward_step, margin_of
from ._network import Network
from ._neuron_kernels import COEFFICIENTS, ONE, SPIKE_ARG, STATE, WEIGHTED, ZERO, list_inputs
from ._panels import WIDTH, aligned
from ._recurrence import append_positions

ANY_BIT = np.uint8(255)  # set in a byte that is not 0
NOT_ONE = np.uint8(254)  # set in a byte that is neither 0 nor 1
BIT = np.uint32(1)
START = np.int64(0)
MAX_LISTED, CLOCK, SEGMENTS = 0, 1, 2  # places in `times`


@fragment
def list_spikes(x, max_listed, idx, val):
    """List the bytes that are 1.

    Return the length of the list, or -1 if a byte is neither 0 nor 1, and whether the step is
    dense: it has more than `max_listed` spikes.
    """
    whole, wrong, n = len(x) // 64 * 64, np.uint64(0), list_nonzero(x, idx)
    for c in range(0, whole, 64):
        wrong |= pack_bits(x, np.uint64(c), NOT_ONE)
    for c in range(whole, len(x)):
        wrong |= np.uint64(x[c] & NOT_ONE)
    return (n if wrong == np.uint64(0) else -1), n > max_listed


@fragment
def list_currents(x, max_listed, idx, val):
    """List the currents that are not zero. Return the length of the list, and False."""
    n = 0
    for c in range(len(x)):
        if x[c] != ZERO:
            idx[n], val[n] = c, x[c]
            n += 1
    return n, False


@fragment
def list_series(x, max_listed, idx, val):
    """List the nonzero currents of one step of a series.

    Return the length of the list and whether the step is dense: it has only spikes, as many as a
    dense step of a raster.
    """
    n, _ = list_currents(x, max_listed, idx, val)
    is_dense = n > max_listed
    for e in range(n):
        is_dense &= val[e] == ONE
    return n, is_dense


@fragment
def list_nonzero(x, idx):
    """List the bytes that are not zero. Return the length of the list."""
    whole, n = len(x) // 64 * 64, 0
    for c in range(0, whole, 64):
        n = append_positions(pack_bits(x, np.uint64(c), ANY_BIT), c, idx, n)
    for c in range(whole, len(x)):
        if x[c]:
            idx[n] = c
            n += 1
    return n


@fragment
def add_in_fours(sums, table, idx, n):
    """Add the first n rows of a list to `sums`, with the same bits as a dense list of patterns.

    The rows of each pattern are summed first, because one step is not worth a table of all sums.
    """
    total, four, last = stack_array(WIDTH, ZERO), stack_array(WIDTH, ZERO), 0
    copy(total, sums, WIDTH)
    set_zero(four, WIDTH)
    for e in range(n):
        c = np.uint64(idx[e])
        if np.int64(c) // 4 != last:
            for h in range(WIDTH):
                total[h] += four[h]
            set_zero(four, WIDTH)
            last = np.int64(c) // 4
        for h in range(WIDTH):
            four[h] += table[c, h]
    for h in range(WIDTH):
        total[h] += four[h]
    copy(sums, total, WIDTH)


@fragment
def list_rows(idx, val, n, fan, ptr, rows, row_val):
    """List the rows of each block, from the first n channels of a list. `ptr` is of zeros."""
    fan_ptr, fan_block, fan_row = fan
    # count the rows of each block, two places further, and compute where the next list begins
    for e in range(n):
        c = np.uint64(idx[e])
        for f in range(fan_ptr[c], fan_ptr[c + np.uint64(1)]):
            ptr[fan_block[f] + 2] += 1
    for block in range(2, len(ptr)):
        ptr[block] += ptr[block - 1]
    # write the rows
    for e in range(n):
        c = np.uint64(idx[e])
        for f in range(fan_ptr[c], fan_ptr[c + np.uint64(1)]):
            i = ptr[fan_block[f] + 1]
            ptr[fan_block[f] + 1] = i + 1
            rows[i] = fan_row[f]
            if WEIGHTED:
                row_val[i] = val[e]


@fragment
def step_panel(current, memory, fired):
    """Charge, spike and reset the neurons of a panel, whose memory begins with their states."""
    z, p = stack_array(STATE, ZERO), stack_array(COEFFICIENTS, ZERO)
    copy(z, memory, STATE)
    copy(p, memory[STATE:], COEFFICIENTS)
    set_zero(fired, WIDTH)
    forward_step(z, current, p, SPIKE_ARG, BIT, fired, memory[STATE + COEFFICIENTS :])
    copy(memory, z, STATE)


@fragment
def next_segment(times):
    """Advance the clock. Return the segment of time of this step."""
    # negative only if a stepper outside the package has changed the clock
    place = times[SEGMENTS + max(0, min(times[CLOCK], len(times) - SEGMENTS - 1))]
    times[CLOCK] += 1
    return place


@fragment
def stream_step(weights, memory, spiked, counts, times, x):
    """Run a layer for one step. Return False, and change nothing, if `x` is not a valid input.

    There are few arguments, because the call takes longer with each. `weights` of a panel are rows
    for the channels and, if the layer is recurrent, for its neurons. A row of `memory` holds the
    states of a panel, its coefficients and, to record, the states before the reset. `times` begins
    with the largest number of listed channels and the clock, followed by the segment of each step,
    in which its spikes are counted. Steps after the end count in the last segment. The states,
    `spiked`, `counts` and the clock are kept between steps.
    """
    current, fired = stack_array(WIDTH, ZERO), stack_array(WIDTH, NOTHING)
    ptr, own_ptr = stack_array(2, START), stack_array(2, START)
    # list the inputs, and the spikes of the layer in the previous step
    n_channels, n_rows = len(x), weights.shape[1]
    idx, val = np.empty(n_rows, np.int32), np.ones(n_rows if WEIGHTED else 0, weights.dtype)
    own_idx, own_val = idx[n_channels:], val[n_channels:]
    n, is_dense = list_inputs(x, times[MAX_LISTED], idx, val)
    if n < 0:
        return False
    ptr[0] = own_ptr[0] = 0
    ptr[1], own_ptr[1] = n, list_nonzero(spiked, own_idx) if n_rows > n_channels else 0
    place = next_segment(times)
    for i in range(len(weights)):
        # compute the synaptic current and add the recurrent current
        set_zero(current, WIDTH)
        if is_dense:
            add_in_fours(current, weights[i], idx, n)
        else:
            add_rows(current, weights[i], (ptr, idx, val), 0)
        add_rows(current, weights[i, n_channels:], (own_ptr, own_idx, own_val), 0)
        # charge, spike and reset
        step_panel(current, memory[i], fired)
        # store the spikes
        for h in range(WIDTH):
            spiked[i * WIDTH + h] = fired[h]
            counts[place, i * WIDTH + h] += fired[h]
    return True


@fragment
def stream_shared_step(weights, memory, spiked, counts, times, fan, neurons, x):
    """Run a layer of blocks for one step, as `stream_step`.

    A row of `memory` belongs to a panel of a block. `fan` and `neurons` are those of `Shared`.
    """
    current, fired = stack_array(WIDTH, ZERO), stack_array(WIDTH, NOTHING)
    # list the inputs, and the rows of each block
    n_panels, n_blocks, n_channels = len(weights), len(neurons), len(x)
    idx, val = np.empty(n_channels, np.int32), np.ones(n_channels if WEIGHTED else 0, weights.dtype)
    n, _ = list_inputs(x, times[MAX_LISTED], idx, val)
    if n < 0:
        return False
    n_listed = 0
    for e in range(n):
        n_listed += fan[0][idx[e] + 1] - fan[0][idx[e]]
    ptr, rows = np.zeros(n_blocks + 2, np.int64), np.empty(n_listed, np.int32)
    row_val = np.empty(n_listed if WEIGHTED else 0, weights.dtype)
    list_rows(idx, val, n, fan, ptr, rows, row_val)
    place = next_segment(times)
    for block in range(n_blocks):
        for i in range(n_panels):
            # compute the synaptic current
            set_zero(current, WIDTH)
            add_rows(current, weights[i], (ptr, rows, row_val), block)
            # charge, spike and reset
            step_panel(current, memory[block * n_panels + i], fired)
            # store the spikes
            for h in range(WIDTH):
                k = neurons[block, i * WIDTH + h]
                if k >= 0:
                    spiked[k] = fired[h]
                    counts[place, k] += fired[h]
    return True


def stream_steps(weights, memory, spiked, counts, times, X, raster):
    """Run a layer for several valid inputs, (n_steps, n_channels), and write its spikes."""
    for t in range(len(X)):
        stream_step(weights, memory, spiked, counts, times, X[t])
        raster[t] = spiked


def stream_shared_steps(weights, memory, spiked, counts, times, fan, neurons, X, raster):
    """Run a layer of blocks for several valid inputs, as `stream_steps`."""
    for t in range(len(X)):
        stream_shared_step(weights, memory, spiked, counts, times, fan, neurons, X[t])
        raster[t] = spiked


class Stepper:
    """A network with hard spikes that runs one time step at a time.

    It starts at rest. The next steps depend only on the arrays in its attribute ``kept``.

    Parameters
    ----------
    network : Network
        The network to run.
    listing : callable
        Function that lists the input of a step, as spikes by default.
        `skspike.learning.Rule.stepper` passes it on.
    record : bool, default=False
        Whether to keep the states of the last layer before the reset, for `margins`.
    n_steps : int, default=1
        Number of steps of a whole train. It matters only for readouts whose filters vary in time.

    See Also
    --------
    Network : Runs whole trains.
    skspike.Stream : Runs a fitted estimator step by step.

    Examples
    --------
    A neuron that spikes after every second input spike:

    >>> import numpy as np
    >>> from skspike.neurons import LIF
    >>> from skspike.simulation import Layer, Network, Stepper
    >>> layer = Layer(np.full((1, 1), 0.6, np.float32), LIF().initial(1, None))
    >>> stepper = Stepper(Network(LIF(), [layer], dt=1.0))
    >>> [int(stepper.step(np.ones(1, np.uint8))[0]) for _ in range(6)]
    [0, 1, 0, 1, 0, 1]
    >>> stepper.features()
    array([3.])
    """

    def __init__(
            self, network: Network, listing: Callable[..., Any] = list_spikes, record: bool = False,
            n_steps: int = 1):
        self.network, self.size, n_layers = network, network.size, len(network.layers)
        self.reading = network.reading(n_steps)
        segments = np.repeat(np.arange(len(self.reading.bounds) - 1), np.diff(self.reading.bounds))
        self._calls: list[tuple[Callable[[Array], bool], Array]] = []
        self._runs: list[Callable[[Array], Array]] = []
        self.kept: list[Array] = []
        for number in range(n_layers - 1):
            self._add_layer(number, list_spikes if number else listing, np.zeros(1, np.int64))
        self._add_layer(n_layers - 1, list_spikes if n_layers > 1 else listing, segments, record)

    def _add_layer(
            self, number: int, listing: Callable[..., Any], segments: Array,
            record: bool = False) -> None:
        """Allocate the memory of a layer, and complete its loop."""
        network, panels = self.network, self.network.panels[number]
        layout, n_panels = network.layers[number].layout, len(panels.weights)
        # allocate the memory of the layer
        n_states, n_coefficients = len(network.neuron.states) * WIDTH, panels.coefficients.shape[1]
        n_kept = n_states + n_coefficients
        memory = aligned(
            (layout.n_blocks * n_panels, n_kept + n_states * record), network.dtype, 0)
        memory[:, n_states:n_kept] = np.tile(panels.coefficients, (layout.n_blocks, 1))
        spiked = np.zeros(layout.n_simulated, np.uint8)
        counts = np.zeros((segments[-1] + 1, layout.n_simulated), np.int64)
        times = np.array([layout.max_listed, 0, *segments])
        # name the arrays that are kept between steps, and the results of the last layer
        self.counts, self.clock = counts[:, : layout.size], times[CLOCK:SEGMENTS]
        self.kept += [memory[:, :n_states], spiked, counts, self.clock]
        self._tape = memory.reshape(layout.n_blocks, n_panels, -1)[..., n_kept:]
        # complete the loop
        weights = panels.weights if panels.recurrent is None else np.concatenate(
            [panels.weights, panels.recurrent], axis=1)
        bindings = {
            "list_inputs": listing, "spike": network.spikes.spike,
            "WEIGHTED": listing is not list_spikes, "SPIKE_ARG": network.passes.spike_arg}
        arrays = weights, memory, spiked, counts, times, *layout.stream_tables
        one, several = (
            (stream_shared_step, stream_shared_steps) if layout.stream_tables else
            (stream_step, stream_steps))
        call = functools.partial(network.complete(one, **bindings), *arrays)
        self._calls.append((call, spiked[: layout.size]))

        def run(X: Array) -> Array:
            raster = np.empty((len(X), layout.n_simulated), np.uint8)
            network.complete(several, **bindings)(*arrays, X, raster)
            return np.ascontiguousarray(raster[:, : layout.size])

        self._runs.append(run)

    def step(self, x: Array) -> Array | None:
        """Run one step.

        Parameters
        ----------
        x : ndarray of shape (n_channels,)
            Input of the step, in C order: spikes as uint8, or currents in the network's dtype.

        Returns
        -------
        spikes : ndarray of shape (n_neurons,), uint8, or None
            Spikes of the last layer. The next step overwrites the array. None if `x` must hold
            spikes but has values other than 0 and 1.
        """
        for call, spiked in self._calls:
            if not call(x):
                return None
            x = spiked
        return x

    def steps(self, X: Array) -> Array:
        """Run several steps, with the same result as `step` for each of them.

        Parameters
        ----------
        X : ndarray of shape (n_steps, n_channels)
            Input as for `step`, in C order. Spikes must be 0 or 1.

        Returns
        -------
        raster : ndarray of shape (n_steps, n_neurons), uint8
            Spikes of the last layer.
        """
        for run in self._runs:
            X = run(X)
        return X

    def margins(self) -> Array:
        """Return the margins of the last layer in the last step, before the reset.

        Returns
        -------
        margins : ndarray of shape (n_neurons,)
            Distance above the threshold, in units of the threshold. Needs ``record=True``.
        """
        tape = np.ascontiguousarray(self._tape.swapaxes(0, 1))[:, :, np.newaxis]
        margins: Array = self.network.passes.observe(
            self.network.panels[-1], tape, margin_of)[0, 0]
        return margins

    def features(self) -> Array:
        """Return the features that the readout computes if the train ends here.

        Returns
        -------
        features : ndarray of shape (n_features,)
            Same as `Network.features` for the steps so far.

        Raises
        ------
        ValueError
            If the readout varies in time and more than `n_steps` steps have passed.
        """
        n_steps = self.reading.bounds[-1]
        if len(self.counts) > 1 and self.clock[0] > n_steps:
            passed, name = self.clock[0], type(self.network.readout).__name__
            raise ValueError(
                f"{passed} steps have passed, and {name} reads trains of {n_steps} steps, as in "
                "fit. Call reset() before each train.")
        features: Array = self.reading.features(self.counts[None])[0]
        return features


class DelayLine:
    """The inputs of `delayed`, step by step: all channels at the first delay, then at the next.

    `kept` lists the arrays that change from step to step.
    """

    def __init__(self, delays: tuple[int, ...], n_channels: int, dtype: np.dtype[Any]):
        self.delays = np.array(delays)
        self.ring = np.zeros((max(delays) + 1, n_channels), dtype)
        self.position = np.zeros(1, np.int64)
        self.kept = [self.ring, self.position]

    def step(self, x: Array) -> Array:
        """Take the channels of one step, and return the delayed inputs of this step."""
        now = self.position[0] % len(self.ring)
        self.ring[now] = x
        # a negative index counts from the end
        inputs: Array = self.ring[now - self.delays].reshape(-1)
        self.position[0] = (now + 1) % len(self.ring)
        return inputs

    def steps(self, X: Array) -> Array:
        """Return the delayed inputs of several steps, from (n_steps, n_channels)."""
        n = len(self.ring)
        known = np.concatenate([np.roll(self.ring, -self.position[0], axis=0), X])
        self.ring[:], self.position[0] = known[-n:], 0
        return np.concatenate(
            [known[n - delay : n - delay + len(X)] for delay in self.delays], axis=1)
