"""Recorded neurons of a mouse and the direction of its head, in ``head_direction.npz``."""

from pathlib import Path

import numpy as np

from .._base import Array


def load_head_direction() -> tuple[list[Array], Array]:
    """Load the spikes of 15 neurons of a mouse, and the direction of its head.

    A mouse explored an arena for nine minutes. Neurons of the anterodorsal thalamus fire if the
    head points in a direction that each of them prefers. Neurons of the hippocampus fire at places.

    Returns
    -------
    spikes : list of 15 ndarray
        Spike times of each neuron in ms, in ascending order. The first seven neurons are of the
        anterodorsal thalamus, the others of area CA1 of the hippocampus.
    angle : ndarray of shape (26467,)
        Direction of the head in rad, from 0 to 2 pi, in the middle of each step of 20 ms.

    See Also
    --------
    make_reach : Generated spikes that precede a movement.
    skspike.io.from_spike_times : Convert spike times to rasters.
    skspike.SNNRegressor : Decode the direction at each step.

    Notes
    -----
    The recording A2929-200711 is part of the source distribution of pynapple 0.11.4 [1]_, copyright
    (c) pynapple authors, under the MIT licence. The file ``head_direction.txt`` next to the data
    has its text. The stored part is the time in which the mouse was tracked. Times are rounded to
    1 ms, and angles to 2 pi / 256.

    References
    ----------
    .. [1] G. Viejo, D. Levenstein, S. Skromne Carrasco, D. Mehrotra, S. Mahallati, G. R. Vite, H.
        Denny, L. Sjulson, F. P. Battaglia, A. Peyrache, "Pynapple, a toolbox for data analysis in
        neuroscience", eLife 12:RP85786, 2023.

    Examples
    --------
    >>> from skspike.datasets import load_head_direction
    >>> from skspike.io import from_spike_times
    >>> spikes, angle = load_head_direction()
    >>> len(spikes), len(spikes[0]), angle.shape
    (15, 2709, (26467,))
    """
    with np.load(Path(__file__).with_name("head_direction.npz")) as stored:
        spikes = [
            times.cumsum(dtype=float)
            for times in np.split(stored["intervals"], stored["counts"].cumsum()[:-1])]
        return spikes, stored["angle"] * (2 * np.pi / 256)
