"""Distances of spike trains as input of scikit-learn's neighbours and kernel methods."""

import copy
import inspect
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from .._base import (
    Array, Estimator, Ragged, atomic, check_input, check_is_fitted, check_number, check_option,
    consistent, one_task)
from ._distances import DISTANCES
from ._raster_features import as_raster

# distances whose squares, and not the distances themselves, belong into the exponent of a kernel
EUCLIDEAN = {"van_rossum"}


class DistanceTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """Compute distances, or a kernel, between spike trains and the training samples.

    In a pipeline, it makes distances of spike trains the metric of scikit-learn's neighbours
    (``metric="precomputed"``), and the kernel of its support vector machines
    (``kernel="precomputed"``). A search finds the parameters of both.

    Parameters
    ----------
    distance : {"van_rossum", "victor_purpura", "isi", "spike"}, default="van_rossum"
        Distance of samples, see `skspike.trains.van_rossum`, `skspike.trains.victor_purpura`,
        `skspike.trains.isi_distance` and `skspike.trains.spike_distance`.
    tau : float, default=10.0
        Time constant of the van Rossum distance in ms. Ignored by other distances.
    cost : float, default=0.1
        Cost per ms of the Victor-Purpura distance. Ignored by other distances.
    cos_theta : float, default=0.0
        From 0 (channels are independent) to 1 (channels are pooled), for the van Rossum distance.
        Ignored by other distances.
    dt : float, default=1.0
        Length of a step in ms.
    gamma : float, "scale" or None, default=None
        None: return distances D. Otherwise return the kernel ``exp(-gamma * D**2)`` for the van
        Rossum distance, and ``exp(-gamma * D)`` for other distances. "scale" divides by the median
        of D**2 or D between the training samples, pairs without distance excluded.

    Attributes
    ----------
    raster_ : ndarray of shape (n_samples, n_channels, n_steps) or list of ndarray, uint8
        The training data.
    distance_ : str
        Name of the distance.
    options_ : dict
        Parameters of the distance.
    gamma_ : float or None
        Factor in the kernel, or None for distances.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    skspike.trains.van_rossum : The distances as a function.
    skspike.LZCClassifier : A classifier by complexity.

    Notes
    -----
    Rows of 2-D input are series, which are binarised at their median as in
    `skspike.LZCTransformer`.

    Kernels of the van Rossum distance are positive definite. Kernels of other distances need not
    be, and work with support vector machines in practice.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> from skspike.datasets import make_order
    >>> from skspike.trains import DistanceTransformer
    >>> X, y = make_order(200, random_state=0)
    >>> neighbours = make_pipeline(
    ...     DistanceTransformer("van_rossum", tau=20.0), KNeighborsClassifier(metric="precomputed"))
    >>> machine = make_pipeline(
    ...     DistanceTransformer("victor_purpura", gamma="scale"), SVC(kernel="precomputed"))
    >>> [model.fit(X[:100], y[:100]).score(X[100:], y[100:]) for model in (neighbours, machine)]
    [1.0, 0.99]
    """

    def __init__(
            self, distance: str = "van_rossum", *, tau: float = 10.0, cost: float = 0.1,
            cos_theta: float = 0.0, dt: float = 1.0, gamma: float | str | None = None):
        self.distance = distance
        self.tau = tau
        self.cost = cost
        self.cos_theta = cos_theta
        self.dt = dt
        self.gamma = gamma

    def _doc_link_url_param_generator(self):
        """Return the values of the fields in the template of the address."""
        return {"name": f"trains.{type(self).__name__}"}

    @property
    def _n_features_out(self):
        return len(self.raster_)

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Store the training data, and estimate the width of the kernel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Spike rasters of 0 and 1, or one series per row. Samples of unequal length are a list or
            an object array of arrays (n_channels, n_steps) or (n_steps,).
        y : None, default=None
            Ignored.

        Returns
        -------
        self : DistanceTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is outside its range, 3-D input has values other than 0 and 1, or lengths
            differ and the distance demands equal lengths.
        """
        X = check_input(self, X, reset=True)
        check_option(self.distance, "distance", DISTANCES)
        is_scaled = isinstance(self.gamma, str) and self.gamma == "scale"
        self.gamma_ = None if is_scaled else check_number(self.gamma, "gamma", above=0, none=True)
        self.distance_ = self.distance
        options = list(inspect.signature(DISTANCES[self.distance]).parameters)[2:]
        self.options_ = {name: getattr(self, name) for name in options}
        self.raster_ = copy.deepcopy(self._raster(X))
        # without a scale, compare one sample, so that bad parameters and lengths are found
        powers = self._powers(self.raster_ if is_scaled else self.raster_[:1])
        if is_scaled:
            self.gamma_ = 1 / float(np.median(powers[powers > 0])) if powers.any() else 1.0
        return self

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the distances or the kernel between X and the training data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input with the same number of dimensions and channels as in `fit`.

        Returns
        -------
        distances : ndarray of shape (n_samples, n_samples_fit), float64
            Distance from each training sample, or value of the kernel.

        Raises
        ------
        ValueError
            If the channels of the input differ from `fit`, 3-D input has values other than 0 and 1,
            or lengths differ and the distance demands equal lengths.
        """
        check_is_fitted(self)
        raster = self._raster(check_input(self, X, reset=False))
        if self.gamma_ is None:
            return self._distances(raster)
        with np.errstate(over="ignore"):  # the kernel is 0 for a product that is infinite
            return np.exp(-self.gamma_ * self._powers(raster))

    def _raster(self, X):
        """Return X as a raster, or a list of rasters of unequal length."""
        raster = as_raster(X, type(self).__name__)
        return list(raster) if isinstance(raster, Ragged) else raster

    def _distances(self, raster):
        """Return the distances between a raster and the training data."""
        return DISTANCES[self.distance_](raster, self.raster_, **self.options_)

    def _powers(self, raster):
        """Return the powers of the distances whose exponential is the kernel."""
        distances = self._distances(raster)
        return distances**2 if self.distance_ in EUCLIDEAN else distances
