"""Features of images and events: pooled spike counts of random neurons with shared filters."""

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin
from sklearn.utils import check_random_state

from .._base import (
    SIZE_LIMITS, Array, Estimator, FittedArray, Moments, Seed, as_numbers, atomic, check_arrays,
    check_dimensions, check_image, check_image_shape, check_input, check_is_fitted, check_jobs,
    check_number, check_numbers, check_option, consistent, map_rows, one_task, part_bounds)
from ._patch_neurons import PatchLayer

SIZES = 5, 7, 9, 11  # default filter sizes
GRID = 3  # default number of regions on an axis
N_SAMPLES = 2000  # number of images from which thresholds, means and deviations are estimated
N_PATCHES = 20000  # number of patches from which thresholds are estimated
MAX_DEVIATION = 1e6  # largest standardised value. Sums of such numbers stay finite in float32.
MIN_RESPONSE = 1e-3  # in standard deviations of a pixel. Smaller responses set no threshold.
MIN_DEVIATION = 1e-3  # smallest deviation of a feature. Rarer spikes are not amplified further.
VARIANCE = 30.0  # sum of the variances of the features
BUDGET = 2**24  # bytes of inputs and counts at a time


class SpikingPatches(TransformerMixin, Estimator):
    """Turn images or events into spike counts of random, untrained filters in regions of the image.

    Each filter is connected to patches of the image with random weights that are the same at all
    positions. An integrate-and-fire neuron at each position emits spikes. The features are the
    square roots of the mean spike counts in each region of a grid, scaled for a linear classifier:
    ``make_pipeline(SpikingPatches(), RidgeClassifierCV())``.

    Parameters
    ----------
    n_filters : int, default=256
        Number of filters. The number of features is ``n_filters`` times the number of regions.
    sizes : tuple of int or None, default=None
        Sizes of the filters in pixels. A filter has ``size`` rows and columns. The filters are
        divided equally among the sizes. None: 5, 7, 9 and 11, without sizes larger than the image.
    stride : int, default=1
        Distance in pixels of neighbouring positions of a filter. 2 takes a quarter of the time.
    padding : bool, default=True
        Extend images by half the size of a filter on each side, with the nearest pixel. Otherwise
        filters are applied only where they fit in the image.
    grid : int or None, default=None
        Number of regions on each axis of the image in which spikes are counted, at most the number
        of positions. None: 3, or fewer if there are fewer positions. Increase it if the place of a
        detail matters more than its kind.
    n_steps : int, default=10
        Number of steps for which an image is shown, which is the largest spike count. The threshold
        of a filter is such that the response at its drawn quantile causes ``n_steps / 2`` spikes.
        This also holds for events, whose number of steps is given by the data.
    quantiles : tuple of float, default=(0.3, 0.95)
        Range of the quantiles, in [0, 1], of the positive responses of a filter on the training
        images that set its threshold.
    image_shape : tuple of int or None, default=None
        Shape of an image, ``(height, width)`` or ``(n_channels, height, width)``, such as (2, 34,
        34) for a sensor with two polarities. None: rows of pixels are square images or, if their
        number is no square, images of one row, and 3-D arrays are images. Required for rasters and
        4-D arrays.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the filters. Given the filters, the features of a sample depend only on its values,
        bit for bit.

    Attributes
    ----------
    layers_ : list of tuple
        Filters of each size, in the order of the features. Each is a tuple of ``filters``,
        (n_filters, n_channels, size, size), float32, with the threshold as unit, ``stride``,
        ``padding`` in pixels, and ``grid``, the number of regions on both axes.
    image_shape_ : tuple of int
        Number of channels, height and width.
    n_steps_ : int
        Number of steps for which an image is shown.
    image_mean_, image_scale_ : ndarray of shape (n_channels,)
        Mean and standard deviation of the pixels of each channel, which standardise images.
        Constant channels have a standard deviation of infinity and become 0. For rasters the mean
        is 0.
    mean_, scale_ : ndarray of shape (n_filters * n_regions,), float32
        Mean of the square roots, and standard deviation times ``sqrt(n_features / 30)``, by
        which they are divided.
    n_features_in_ : int
        Number of pixels of an image, over all channels, or number of channels of a raster.
    n_steps_in_ : int or None
        Number of steps of the rasters in `fit`. None for images.
    _n_dims_in : int
        Number of dimensions inside: 2 for images, which are rows of pixels, 3 for rasters.
    _equal_length_in : bool
        True.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    SpikingRocket : Random neurons for series.
    skspike.io.from_tonic : Convert the events of a sensor to rasters.

    Notes
    -----
    Weights are Gaussian, with sum 0 over a patch, so that a constant offset has no effect. Each
    neuron adds its input current to its membrane potential in each step. It spikes at a threshold
    of 1, which is then subtracted. An image is a constant input current. Then the spike count is
    the number of steps times the current, rounded down and limited to 0 and the number of steps. It
    is computed without simulation. Neurons on rasters are simulated.

    Inputs of 2-D, 3-D and 4-D are arranged in the order of ``image_shape``:

    =============================  =========================================================
    shape                          meaning
    =============================  =========================================================
    (n, n_pixels)                  images, as rows of pixels of all channels, one channel
                                   after the other
    (n, height, width)             images of one channel
    (n, n_channels, height,        images. For images with the channels last, pass
    width)                         ``np.moveaxis(X, -1, 1)``
    (n, n_pixels, n_steps)         rasters or graded events of a sensor, with one channel for
                                   each pixel, as `skspike.io.from_tonic` returns them
    =============================  =========================================================

    Means, deviations and thresholds are estimated from 2000 random samples, or from all if there
    are fewer. So the time of `fit` does not grow with the number of samples.

    All features have equal variances, whose sum is 30 for any number of features. Then the default
    penalties of :class:`~sklearn.linear_model.RidgeClassifierCV` suit any number of features. Its
    time grows with the cube of the smaller of the numbers of samples and features.

    References
    ----------
    .. [1] A. Coates, A. Y. Ng, H. Lee, "An analysis of single-layer networks in unsupervised
        feature learning", AISTATS 2011. Random filters with pooled responses.
    .. [2] A. Dempster, F. Petitjean, G. I. Webb, "ROCKET: Exceptionally fast and accurate time
        series classification using random convolutional kernels", Data Mining and Knowledge
        Discovery 34, 2020. Random filters with a ridge classifier.
    .. [3] B. Rueckauer, I.-A. Lungu, Y. Hu, M. Pfeiffer, S.-C. Liu, "Conversion of continuous-
        valued deep networks to efficient event-driven networks for image classification",
        Frontiers in Neuroscience 11, 2017. Spike counts of neurons whose threshold is subtracted.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import RidgeClassifierCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SpikingPatches
    >>> X, y = load_digits(return_X_y=True)
    >>> patches = SpikingPatches(64, image_shape=(8, 8), random_state=0)
    >>> model = make_pipeline(patches, RidgeClassifierCV()).fit(X[:1000], y[:1000])
    >>> round(model.score(X[1000:], y[1000:]), 2)
    0.97
    """

    def __init__(
            self, n_filters: int = 256, *, sizes: Sequence[int] | None = None, stride: int = 1,
            padding: bool = True, grid: int | None = None, n_steps: int = 10,
            quantiles: Sequence[float] = (0.3, 0.95), image_shape: Sequence[int] | None = None,
            n_jobs: int | None = None, random_state: Seed = None):
        self.n_filters = n_filters
        self.sizes = sizes
        self.stride = stride
        self.padding = padding
        self.grid = grid
        self.n_steps = n_steps
        self.quantiles = quantiles
        self.image_shape = image_shape
        self.n_jobs = n_jobs
        self.random_state = random_state

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Draw random filters, and set their thresholds on the images.

        Parameters
        ----------
        X : array-like of 2, 3 or 4 dimensions
            Images or rasters of finite numbers, with the shapes in the table above.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : SpikingPatches
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is outside its range, or the shape of the input or a filter does not fit
            the image.
        TypeError
            If a parameter has a wrong type.
        """
        n_filters, stride, grid, n_steps = (
            check_number(getattr(self, name), name, **SIZE_LIMITS, none=name == "grid")
            for name in ("n_filters", "stride", "grid", "n_steps"))
        sizes = None if self.sizes is None else check_numbers(self.sizes, "sizes", **SIZE_LIMITS)
        check_option(self.padding, "padding", (True, False))
        (low, high), n_jobs, shape = (
            _range(self.quantiles), check_jobs(self.n_jobs), self.image_shape)
        if shape is not None:
            shape = (1, *check_image(shape))[-3:]
        X = self._checked(X, shape, reset=True)
        self.n_steps_ = n_steps
        sizes = _sizes(sizes, n_filters, self.image_shape_, self.padding)
        if stride > (longest := max(self.image_shape_[1:])):
            raise ValueError(
                f"stride={stride} is larger than the image of {self.image_shape_[1]} x "
                f"{self.image_shape_[2]} pixels. Use at most {longest}.")
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        X = X[np.sort(rng.choice(len(X), min(len(X), N_SAMPLES), replace=False))]
        images = self._learn_scale(X)
        self.layers_ = []
        numbers = np.diff(part_bounds(n_filters, len(sizes))).tolist()
        for size, n in zip(sizes, numbers, strict=True):
            layer = self._drawn(size, n, stride, grid, rng)
            drawn = rng.uniform(low, high, n)
            self.layers_.append(self._scaled(layer, images, drawn, rng))
        roots = self._roots(X, n_jobs)
        deviation = np.maximum(roots.std(axis=0), MIN_DEVIATION)
        self.mean_, self.scale_ = roots.mean(axis=0), deviation * np.float32(
            math.sqrt(roots.shape[1] / VARIANCE))
        return self

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: features are float32 for any input."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _checked(self, X, shape, reset):
        """Return X as checked rows of pixels or rasters, and store the image shape with `reset`.

        `shape` is None or (n_channels, height, width).
        """
        name = type(self).__name__
        if getattr(X, "ndim", 0) not in (1, 2):
            X = as_numbers(X, name)
        if X.ndim in (3, 4) and 0 not in X.shape:
            X, shape = _in_rows(X, shape, name, rasters=not reset and self._n_dims_in == 3)
        if not reset:
            check_dimensions(self, X)
        X = check_input(self, X, reset=reset)
        n_steps = X.shape[2] if X.ndim == 3 else None
        if reset:
            self.image_shape_ = shape or _square(self.n_features_in_)
            if self.n_features_in_ != math.prod(self.image_shape_):
                raise _shape_error(name, X.shape, shape)
            self.n_steps_in_ = n_steps
        elif n_steps != self.n_steps_in_:
            raise ValueError(
                f"{name} was fitted on rasters of {self.n_steps_in_} steps and got {n_steps}. "
                "Spike counts depend on the length: cut or pad all rasters to equal length.")
        return X

    def _learn_scale(self, X):
        """Estimate mean and scale of each channel. Return standardised means over the steps."""
        images = X if X.ndim == 2 else np.array([(one / X.shape[2]).sum(axis=1) for one in X])
        channels = images.reshape(len(X), self.image_shape_[0], -1)
        found = Moments.of(channels, np.ones(len(X)))
        self.image_mean_, self.image_scale_ = found.mean, found.scale(np.inf)
        if X.ndim == 3:
            self.image_mean_ = np.zeros_like(found.mean)
        return self._standardised(images)

    def _standardised(self, X):
        """Return standardised images (n_samples, n_channels, height, width), or rasters."""
        X = X.reshape(len(X), *self.image_shape_, *X.shape[2:])
        mean, scale = (
            values.reshape(-1, *[1] * (X.ndim - 2))
            for values in (self.image_mean_, self.image_scale_))
        z = np.clip((X - mean) / scale, -MAX_DEVIATION, MAX_DEVIATION, order="C")
        return z.astype(np.float32)

    def _drawn(self, size, n, stride, grid, rng):
        """Return a layer of n random filters of a size."""
        filters = rng.normal(size=(n, self.image_shape_[0], size, size))
        if filters[0].size > 1:
            filters -= filters.mean(axis=(1, 2, 3), keepdims=True)
        layer = PatchLayer(filters, stride, size // 2 if self.padding else 0, (1, 1))
        n_positions = layer.n_positions(self.image_shape_[1:])
        if grid is None:
            return layer._replace(grid=tuple(min(n, GRID) for n in n_positions))
        if grid > min(n_positions):
            raise ValueError(
                f"grid={grid} is too large for {n_positions[0]} x {n_positions[1]} positions of "
                f"filters of size {size}. Use at most {min(n_positions)}.")
        return layer._replace(grid=(grid, grid))

    def _scaled(self, layer, images, quantiles, rng):
        """Scale filters so that the response at a quantile causes half of the spikes."""
        patches = layer.patches(images, N_PATCHES, rng).astype(float)
        n_spikes, n_steps, scales = self.n_steps_ / 2, self.n_steps_in_ or self.n_steps_, []
        for weights, quantile in zip(layer.filters, quantiles, strict=True):
            weights /= np.sqrt((weights**2).sum())
            responses = np.einsum("nk,k->n", patches, weights.ravel())
            responses = responses[responses > MIN_RESPONSE]
            # a filter without responses gets no input
            threshold = np.quantile(responses, quantile) if len(responses) else np.inf
            scales.append(n_spikes / (n_steps * threshold))
        filters = layer.filters * np.reshape(scales, (-1, 1, 1, 1))
        return layer._replace(filters=filters.astype(np.float32))

    @property
    def _n_features_out(self):
        return sum(len(layer.filters) * math.prod(layer.grid) for layer in self.layers_)

    def _check_fitted(self):
        """Raise unless the fitted attributes have their types and shapes, and belong together."""
        shape = check_image_shape(self.image_shape_, self.n_features_in_)
        check_number(self.n_steps_, "n_steps_", **SIZE_LIMITS)
        for k, layer in enumerate(self.layers_):
            layer.check(f"layers_[{k}]", *shape)
        check_arrays([
            # the scale of a constant channel is infinite
            *(FittedArray(name, getattr(self, name), shape[:1], finite=name == "image_mean_")
              for name in ("image_mean_", "image_scale_")),
            *(FittedArray(
                name, getattr(self, name), (self._n_features_out,), np.float32,
                reason=", for the filters and grids of layers_") for name in ("mean_", "scale_"))])

    def _roots(self, X, n_jobs):
        """Return the square roots of the mean spike counts."""

        def roots(rows):
            """Return the square roots for some samples."""
            images = self._standardised(X[rows])
            counts = [layer.counts(images, self.n_steps_) for layer in self.layers_]
            return np.sqrt(
                np.concatenate([part.reshape(len(images), -1) for part in counts], axis=1))

        n_bytes = 32 * math.prod(X.shape[1:]) + 16 * self._n_features_out
        return map_rows(roots, len(X), BUDGET // n_bytes, n_jobs)

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the scaled square roots of the mean spike counts in each region.

        Parameters
        ----------
        X : array-like of 2, 3 or 4 dimensions
            Images or rasters, as in `fit`, with the same shape of images and number of steps.

        Returns
        -------
        features : ndarray of shape (n_samples, n_filters * n_regions), float32
            All regions of the first filter, row by row, then of the next filter.

        Raises
        ------
        ValueError
            If the shape of the input differs from `fit`.
        """
        check_is_fitted(self)
        self._check_fitted()
        n_jobs = check_jobs(self.n_jobs)
        features = self._roots(self._checked(X, self.image_shape_, reset=False), n_jobs)
        features -= self.mean_
        features /= self.scale_
        return features

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the features, such as ``filter3_y0_x2``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored.

        Returns
        -------
        names : ndarray of str
            Number of the filter, and row and column of the region.
        """
        check_is_fitted(self)
        grids = [layer.grid for layer in self.layers_ for _ in layer.filters]
        return np.asarray(
            [
                f"filter{number}_y{row}_x{column}"
                for number, grid in enumerate(grids) for row, column in np.ndindex(*grid)],
            dtype=object)


def _range(quantiles):
    """Return the checked range of the quantiles."""
    checked = check_numbers(quantiles, "quantiles", low=0, high=1)
    if len(checked) != 2 or checked[0] > checked[1]:
        raise ValueError(f"quantiles must be (low, high) with low <= high, got {quantiles}.")
    return checked


def _in_rows(X, shape, name, rasters):
    """Return 3-D or 4-D images in rows of pixels, and their shape. Rasters remain.

    `rasters` is whether the estimator was fitted on rasters.
    """
    found = X.shape[1:] if X.ndim == 4 else (1, *X.shape[1:])
    if shape is None and X.ndim == 3:
        shape = found
    if found == shape:
        return X.reshape(len(X), -1), shape
    if X.ndim == 4 or (X.shape[1] != math.prod(shape) and not rasters):
        raise _shape_error(name, X.shape, shape)
    return X, shape


def _square(n_pixels):
    """Return the shape of a square image of one channel, or of a row of pixels."""
    side = math.isqrt(n_pixels)
    return (1, side, side) if side**2 == n_pixels else (1, 1, n_pixels)


def _shape_error(name, found, shape):
    """Return the error for input that does not fit the shape of an image."""
    if shape is None:
        return ValueError(
            f"{name} expects rows of pixels or 3-D images (n_samples, height, width), got "
            f"{len(found)}-D input of shape {found}. Pass image_shape=(n_channels, height, width) "
            "for 4-D images and for rasters.")
    n_channels, height, width = shape
    last = " Pass np.moveaxis(X, -1, 1)." * (tuple(found[1:]) == (height, width, n_channels))
    return ValueError(
        f"{name} expects images of {n_channels} channel(s), {height} rows and {width} columns "
        f"(image_shape): rows of {math.prod(shape)} pixels, (n_samples, {n_channels}, {height}, "
        f"{width}), or 3-D rasters (n_samples, {math.prod(shape)}, n_steps). Got {len(found)}-D "
        f"input of shape {tuple(found)}.{last}")


def _sizes(sizes, n_filters, shape, padding):
    """Return the filter sizes, or raise if they do not fit the image or the number of filters."""
    largest = max(shape[1:]) if padding else min(shape[1:])
    if sizes is None:
        return [size for size in SIZES if size <= largest][:n_filters] or [largest]
    if not sizes or len(sizes) > n_filters:
        raise ValueError(
            f"sizes must have 1 to n_filters={n_filters} sizes, got {len(sizes)}.")
    if max(sizes) > largest:
        raise ValueError(
            f"sizes has a filter of {max(sizes)} x {max(sizes)} pixels, which is larger than the "
            f"image of {shape[1]} x {shape[2]}. Use at most {largest}.")
    return sizes
