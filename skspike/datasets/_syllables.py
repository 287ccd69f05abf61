"""Syllables: bands of activity that glide over the channels, as formants do, spoken by sources that differ.

    u          = (t - start) / (length tempo)                                          the part of
    the syllable that is over place_f(u) = stretch (vowel_f + (onset_f - vowel_f) exp(-u / GLIDE))
    of formant f, from 0 to 1 over the channels rate(c, t) = background + gain rate max_f exp(-(c -
    place_f)^2 / (2 WIDTH^2))      while 0 <= u < 1
"""

import numpy as np
from sklearn.utils import check_random_state

from .._checks import SIZE, check_number, check_option
from .._utils import Array, Seed
from ._base import bernoulli, check_rate, check_shape, fill

N_FORMANTS = 3
GLIDE = 0.2  # of a syllable: the time constant with which the onset becomes the vowel
WIDTH = 0.05  # of the channels: the standard deviation of a formant


def make_syllables(
    n_samples: int = 1000,
    n_channels: int = 20,
    n_steps: int = 300,
    *,
    n_onsets: int = 3,
    n_vowels: int = 4,
    n_sources: int = 10,
    variety: float = 0.15,
    length: float = 0.7,
    rate: float = 100.0,
    background: float = 5.0,
    dt: float = 1.0,
    return_sources: bool = False,
    random_state: Seed = None,
) -> tuple[Array, ...]:
    """Make trains of syllables, each an onset that glides into a vowel, spoken by sources of different pitch, tempo and loudness.

    A syllable is three bands of activity that move over the channels. All classes with the same
    vowel end alike, and all with the same onset begin alike. A syllable starts at a random time, so
    its parts are told by what comes before and after.

    Whether a classifier has learned syllables or speakers is seen on sources that it has not heard:
    split by the sources, as ``GroupKFold`` and ``GroupShuffleSplit`` do. Onsets, vowels and sources
    are drawn anew by each call, so make training and test data in one call; with the same seed they
    are the same for any `n_samples`.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples; labels and sources are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=300
        Length of a train in steps.
    n_onsets : int, default=3
        Number of onsets.
    n_vowels : int, default=4
        Number of vowels; each onset stands before each of them, so that there are ``n_onsets *
        n_vowels`` classes.
    n_sources : int, default=10
        Number of sources.
    variety : float, default=0.15
        How much sources differ, from 0 to 0.9: each has a stretch, a tempo and a gain between ``1 -
        variety`` and ``1 + variety``.
    length : float, default=0.7
        Length of a syllable of tempo 1 as a part of the train, from 0.01 to ``1 / (1 + variety)``.
    rate : float, default=100.0
        Rate in Hz in the middle of a band; ``background + (1 + variety) * rate`` must not exceed
        ``1000 / dt``.
    background : float, default=5.0
        Rate in Hz of the independent spikes.
    dt : float, default=1.0
        Length of a step in ms.
    return_sources : bool, default=False
        Return the sources too.
    random_state : int, RandomState instance or None, default=None
        Fixes onsets, vowels, sources, labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels: ``n_vowels`` times the onset, plus the vowel.
    sources : ndarray of shape (n_samples,)
        Who speaks, from 0 to ``n_sources - 1``; only with `return_sources`.

    See Also
    --------
    make_templates : Patterns that keep their tempo.
    skspike.SNNClassifier : Has the `delays` and `recurrent` weights that memory takes.

    Notes
    -----
    The places of the three bands are uniform in thirds of the channels. The onset decays with a
    time constant of a fifth of the syllable, and a band has a standard deviation of a twentieth of
    the channels.

    Examples
    --------
    >>> from sklearn.model_selection import GroupShuffleSplit
    >>> from skspike.datasets import make_syllables
    >>> X, y, sources = make_syllables(200, return_sources=True, random_state=0)
    >>> train, test = next(GroupShuffleSplit(test_size=0.3, random_state=0).split(X, y, sources))
    >>> set(sources[train]) & set(sources[test])
    set()
    """
    shape, dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_samples, n_channels, n_steps = shape
    n_onsets, n_vowels, n_sources = (
        check_number(size, name, **SIZE)
        for size, name in (
            (n_onsets, "n_onsets"), (n_vowels, "n_vowels"), (n_sources, "n_sources")))
    variety = check_number(variety, "variety", low=0, high=0.9)
    length = check_number(length, "length", low=0.01, high=1 / (1 + variety))
    background = check_rate(background, "background", dt)
    rate = check_number(rate, "rate", low=0, high=(1000 / dt - background) / (1 + variety))
    check_option(return_sources, "return_sources", (True, False))
    rng = check_random_state(random_state)
    onsets, vowels = (
        (np.arange(N_FORMANTS) + rng.random_sample((n, N_FORMANTS))) / N_FORMANTS
        for n in (n_onsets, n_vowels))
    stretch, tempo, gain = rng.uniform(1 - variety, 1 + variety, (3, n_sources))
    y = rng.randint(n_onsets * n_vowels, size=n_samples)
    sources = rng.randint(n_sources, size=n_samples)
    duration = length * tempo[sources]
    start = rng.uniform(0, 1 - duration)

    def draw(rows, part):
        of, who = y[rows], sources[rows]
        u = (np.arange(n_steps) / n_steps - start[rows, None]) / duration[rows, None]
        heights = bands(u, onsets[of // n_vowels], vowels[of % n_vowels], stretch[who], n_channels)
        return bernoulli(
            rng, (background + rate * gain[who, None, None] * heights) * (dt / 1000), part)

    X = fill(shape, draw)
    return (X, y, sources) if return_sources else (X, y)


def bands(u, onset, vowel, stretch, n_channels):
    """Return how active each channel is, from 0 to 1: (n_samples, n_channels, n_steps), for parts u (n_samples, n_steps)."""
    channels = (np.arange(n_channels)[:, None] + 0.5) / n_channels
    inside = (u >= 0) & (u < 1)
    left = np.exp(-np.where(inside, u, 0) / GLIDE)
    heights = np.zeros((len(u), n_channels, u.shape[1]))
    for f in range(N_FORMANTS):
        place = stretch[:, None] * (vowel[:, f, None] + (onset - vowel)[:, f, None] * left)
        np.maximum(heights, np.exp(-(((channels - place[:, None]) / WIDTH) ** 2) / 2), out=heights)
    return heights * inside[:, None]
