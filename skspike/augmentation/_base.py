"""Base class of the augmentations."""

from abc import ABC, abstractmethod
from typing import Any

from sklearn.base import BaseEstimator, clone

from .._checks import shown
from .._utils import Array
from ..simulation import Events, from_raster


class Augmentation(ABC, BaseEstimator):
    """Base of the augmentations: random changes of training samples that keep their class.

    An augmentation defines `apply`. Networks call it for each mini-batch, before the encoder and
    the delays, so each epoch has other changes. Predictions use the samples as they are.

    See Also
    --------
    Augment : Shifts and stretches channels and time.
    MoveImages : Shifts images.
    skspike.learning.SurrogateGradient : Takes it as `augment`.

    Examples
    --------
    Reverse half of the channels:

    >>> import numpy as np
    >>> from skspike.augmentation import Augmentation
    >>> class Mirror(Augmentation):
    ...     def apply(self, X, keys, spikes):
    ...         is_odd = (keys % 2 == 1)[:, None, None]
    ...         return np.where(is_odd, X[:, ::-1], X)
    >>> X = np.array([[[1, 1], [0, 0]], [[1, 0], [0, 0]]], np.uint8)
    >>> Mirror().apply(X, np.array([6, 7], np.uint64), spikes=True).tolist()
    [[[1, 1], [0, 0]], [[0, 0], [1, 0]]]
    """

    takes_tables = False  # whether it changes rows of features (2-D input), as series of one step

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""

    @abstractmethod
    def apply(self, X: Array, keys: Array, spikes: bool) -> Array:
        """Return changed samples.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_channels, n_steps)
            Samples. They must not be changed in place.
        keys : ndarray of shape (n_samples,), uint64
            Random bits of each sample, as its only source of random numbers. So a result depends
            neither on the batch nor on the order of the samples.
        spikes : bool
            Whether values other than 0 are spikes, with a sign or without. Otherwise they are
            samples of continuous signals.

        Returns
        -------
        X : ndarray of shape (n_samples, n_channels, n_steps)
            The changed samples, in the dtype of `X`.
        """

    def apply_to_events(self, events: Events, keys: Array) -> Events:
        """Return changed spikes. Networks call it for rasters.

        The default converts the events to a raster for `apply`. A faster method gives the same.

        Parameters
        ----------
        events : Events
            Spikes, without patterns of channels.
        keys : ndarray of shape (n_samples,), uint64
            Random bits of each sample.

        Returns
        -------
        events : Events
            The changed spikes, without patterns of channels.
        """
        return from_raster(self.apply(events.raster(), keys, spikes=True), dense_share=1.0)


def checked_augmentation(augment: Any, others: str = "or None") -> Augmentation | None:
    """Return a checked copy of an augmentation, or None for None. An error names the `others`."""
    if augment is None:
        return None
    if not isinstance(augment, Augmentation):
        raise TypeError(
            "augment must be an Augmentation, such as Augment(time_shift=0.1), "
            f"{others}, got {shown(augment)}.")
    copy: Augmentation = clone(augment)
    copy.check()
    return copy
