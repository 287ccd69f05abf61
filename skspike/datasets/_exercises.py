"""Recorded exercises of the shoulder, in the file ``exercises.npz``."""

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
