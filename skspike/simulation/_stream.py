"""Simulation of one time step at a time, for streams: states stay in memory between the calls."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._utils import Array
from ._layout import WIDTH, aligned
from ._loops import margin_of
from ._network import Network
from ._stream_kernels import CLOCK, SEGMENTS, list_spikes


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
    skspike.streams.Stream : Runs a fitted estimator step by step.

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
        loop = network.complete(
            layout.stream_loop, list_inputs=listing, spike=network.spikes.spike,
            WEIGHTED=listing is not list_spikes, SPIKE_ARG=network.passes.spike_arg)
        call = functools.partial(
            loop, weights, memory, spiked, counts, times, *layout.stream_tables)
        self._calls.append((call, spiked[: layout.size]))

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

    def margins(self) -> Array:
        """Return the margins of the last layer in the last step, before the reset.

        Returns
        -------
        margins : ndarray of shape (n_neurons,)
            Distance above the threshold, in units of the threshold. Needs ``record=True``.
        """
        tape = np.ascontiguousarray(self._tape.swapaxes(0, 1))[:, :, np.newaxis]
        margins: Array = self.network._observe(tape, margin_of)[0, 0]
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
