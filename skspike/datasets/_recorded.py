"""Recorded data, in files next to this one."""

from pathlib import Path

import numpy as np

from .._base import Array

STEPS = np.repeat([0.05, 0.2], 3)[:, np.newaxis]  # of the stored integers, in g and rad/s


def load_exercises() -> tuple[Array, Array, Array]:
    """Load signals of a smartwatch on people who exercise their shoulders.

    Ten people did seven exercises with the left and with the right arm [1]_. The signals are three
    pieces of each of these 140 recordings. Exercises repeat, so a piece begins at any moment of a
    movement.

    Returns
    -------
    X : ndarray of shape (420, 6, 100), dtype float32
        Signals: acceleration along three axes in g, and rotation around them in rad/s. They have 25
        values in a second, so pass ``dt=40`` to estimators. A signal has 4 s.
    y : ndarray of shape (420,)
        Names of the exercises, as strings: abduction, external rotation, forward elevation,
        internal rotation, pendulum, trapezius extension and upright row. Each has 60 signals.
    person : ndarray of shape (420,)
        Numbers of the people, 1 to 10, in ascending order. Each has 42 signals. To measure how well
        a model does on new people, pass them as groups to a splitter such as
        :class:`~sklearn.model_selection.GroupKFold`.

    See Also
    --------
    make_gestures : Generated recordings without an end, with gestures in them.
    skspike.EarlyClassifier : Recognise an exercise before its signal ends.

    Notes
    -----
    The recordings are part of the package seglearn, copyright (c) 2018, David M. Burns, under the
    3-clause BSD licence, whose text is in the file ``exercises.txt`` of `skspike.datasets`. Seconds
    1 to 13 of each recording are the three pieces. There are 50 values in a second. Pairs of them
    are averaged, and rounded to 0.05 g or 0.2 rad/s.

    References
    ----------
    .. [1] D. M. Burns, N. Leung, M. Hardisty, C. M. Whyne, P. Henry, S. McLachlin, "Shoulder
        physiotherapy exercise recognition: machine learning the inertial signals from a
        smartwatch", Physiological Measurement 39, 2018.

    Examples
    --------
    >>> from skspike.datasets import load_exercises
    >>> X, y, person = load_exercises()
    >>> X.shape
    (420, 6, 100)
    >>> str(y[0]), int(person[0])
    ('pendulum', 1)
    """
    with np.load(Path(__file__).with_name("exercises.npz")) as stored:
        names = stored["names"]
        return (stored["X"] * STEPS).astype(np.float32), names[stored["y"]], stored["person"]


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
