"""Syllables: bands of activity that glide over the channels, spoken by sources that differ.

The bands are like the formants of speech.

    u = (t - start) / (length tempo)        elapsed fraction of the syllable
    place_f(u) = shift + stretch (vowel_f + (onset_f - vowel_f) exp(-u / GLIDE))
                                            of formant f, from 0 to 1 over the channels
    rate(c, t) = background + gain rate max_f exp(-(c - place_f)^2 / (2 WIDTH^2))
                                            while 0 <= u < 1
"""

import numpy as np
from sklearn.utils import check_random_state

from .._base import SIZE_LIMITS, Array, Seed, check_number, check_option
from ._arguments import bernoulli, check_rate, check_shape, fill

N_FORMANTS = 3
GLIDE = 0.2  # time constant of the glide from onset to vowel, as a fraction of the syllable
WIDTH = 0.05  # standard deviation of a formant, as a fraction of the channels


def make_syllables(
        n_samples: int = 1000, n_channels: int = 20, n_steps: int = 300, *, n_onsets: int = 3,
        n_vowels: int = 4, n_sources: int = 10, variety: float = 0.15, shift: float = 0.0,
        length: float = 0.7, rate: float = 100.0, background: float = 5.0, dt: float = 1.0,
        return_sources: bool = False, random_state: Seed = None) -> tuple[Array, ...]:
    """Make trains of syllables, each an onset that glides into a vowel, from different sources.

    A syllable is three bands of activity that move over the channels. Classes with the same vowel
    end alike, and classes with the same onset begin alike. Sources differ in pitch, tempo, loudness
    and, with `shift`, in the channels that they use. A syllable starts at a random time, so its
    parts are recognised by their order and not by their time.

    To test whether a classifier has learned the syllables and not the sources, hold sources out:
    split by source, as ``GroupKFold`` and ``GroupShuffleSplit`` do. Every call draws new onsets,
    vowels and sources, so make training and test data in one call. With the same seed they are the
    same for any `n_samples`.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of samples. Labels and sources are drawn with equal probability.
    n_channels : int, default=20
        Number of channels.
    n_steps : int, default=300
        Length of a train in steps.
    n_onsets : int, default=3
        Number of onsets.
    n_vowels : int, default=4
        Number of vowels. Each combination of an onset and a vowel is a class, so there are
        ``n_onsets * n_vowels`` classes.
    n_sources : int, default=10
        Number of sources.
    variety : float, default=0.15
        Spread of the sources, from 0 to 0.9. Each source has a stretch, a tempo and a gain between
        ``1 - variety`` and ``1 + variety``.
    shift : float, default=0.0
        Largest distance by which a source is shifted over the channels, in either direction, as a
        fraction of the channels, from 0 to 0.5. Bands beyond the first and the last channel are
        lost.
    length : float, default=0.7
        Length of a syllable of tempo 1 as a fraction of the train, from 0.01 to ``1 / (1 +
        variety)``.
    rate : float, default=100.0
        Rate in the middle of a band in Hz. ``background + (1 + variety) * rate`` must not exceed
        ``1000 / dt``.
    background : float, default=5.0
        Rate of the independent spikes in Hz.
    dt : float, default=1.0
        Length of a step in ms.
    return_sources : bool, default=False
        Whether to return the sources too.
    random_state : int, RandomState instance or None, default=None
        Seed of the onsets, vowels, sources, labels and spikes.

    Returns
    -------
    X : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8
        Spike trains.
    y : ndarray of shape (n_samples,)
        Class labels: ``n_vowels`` times the onset, plus the vowel.
    sources : ndarray of shape (n_samples,)
        Source of each sample, from 0 to ``n_sources - 1``. Only with `return_sources`.

    See Also
    --------
    make_templates : Trains that repeat a pattern of spike times.
    skspike.SNNClassifier : Network with `delays` and `recurrent` weights, which give it a memory.

    Notes
    -----
    The places of the three bands are uniform in thirds of the channels. The glide from onset to
    vowel has a time constant of a fifth of the syllable. A band has a standard deviation of a
    twentieth of the channels.

    Examples
    --------
    >>> from sklearn.model_selection import GroupShuffleSplit
    >>> from skspike.datasets import make_syllables
    >>> X, y, sources = make_syllables(200, return_sources=True, random_state=0)
    >>> train, test = next(GroupShuffleSplit(test_size=0.3, random_state=0).split(X, y, sources))
    >>> set(sources[train]) & set(sources[test])
    set()
    """
    (n_samples, n_channels, n_steps), dt = check_shape(n_samples, n_channels, n_steps, dt)
    n_onsets = check_number(n_onsets, "n_onsets", **SIZE_LIMITS)
    n_vowels = check_number(n_vowels, "n_vowels", **SIZE_LIMITS)
    n_sources = check_number(n_sources, "n_sources", **SIZE_LIMITS)
    variety = check_number(variety, "variety", low=0, high=0.9)
    shift = check_number(shift, "shift", low=0, high=0.5)
    length = check_number(length, "length", low=0.01, high=1 / (1 + variety))
    background = check_rate(background, "background", dt)
    rate = check_number(rate, "rate", low=0, high=(1000 / dt - background) / (1 + variety))
    check_option(return_sources, "return_sources", (True, False))
    rng = check_random_state(random_state)
    # draw the places of the formants, and the sources
    onsets, vowels = (
        (np.arange(N_FORMANTS) + rng.random_sample((n, N_FORMANTS))) / N_FORMANTS
        for n in (n_onsets, n_vowels))
    stretch, tempo, gain = rng.uniform(1 - variety, 1 + variety, (3, n_sources))
    offset = rng.uniform(-shift, shift, n_sources) if shift else np.zeros(n_sources)
    # draw a syllable for each sample
    y = rng.randint(n_onsets * n_vowels, size=n_samples)
    sources = rng.randint(n_sources, size=n_samples)
    duration = length * tempo[sources]
    start = rng.uniform(0, 1 - duration)

    def draw(rows, batch_shape):
        label, source = y[rows], sources[rows]
        elapsed = (np.arange(n_steps) / n_steps - start[rows, None]) / duration[rows, None]
        heights = formant_bands(
            elapsed, onsets[label // n_vowels], vowels[label % n_vowels], stretch[source],
            offset[source], n_channels)
        rates = background + rate * gain[source, None, None] * heights
        return bernoulli(rng, rates * (dt / 1000), batch_shape)

    X = fill((n_samples, n_channels, n_steps), draw)
    return (X, y, sources) if return_sources else (X, y)


def formant_bands(elapsed, onset, vowel, stretch, offset, n_channels):
    """Return the activity of each channel, from 0 to 1, shape (n_samples, n_channels, n_steps).

    `elapsed` holds the elapsed fraction of the syllable at each step, shape (n_samples, n_steps).
    """
    channels = (np.arange(n_channels)[:, None] + 0.5) / n_channels
    inside = (elapsed >= 0) & (elapsed < 1)
    glide = np.exp(-np.where(inside, elapsed, 0) / GLIDE)
    heights = np.zeros((len(elapsed), n_channels, elapsed.shape[1]))
    for f in range(N_FORMANTS):
        place = vowel[:, f, None] + (onset - vowel)[:, f, None] * glide
        place = offset[:, None] + stretch[:, None] * place
        np.maximum(heights, np.exp(-(((channels - place[:, None]) / WIDTH) ** 2) / 2), out=heights)
    return heights * inside[:, None]
