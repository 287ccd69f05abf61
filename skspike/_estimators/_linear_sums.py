"""Linear models that are fitted by sums of squares over parts of the data.

    n, means and S = sum of (z - mean)(z - mean)^T for rows z = (x, y)
    ridge                        coef = (S_xx + alpha 1)^-1 S_xy
    leave-one-out error          e_i / (1 - h_i),  h_i = w_i / n + w_i x_i^T (S_xx + alpha 1)^-1 x_i
    linear discriminant          coef = C^-1 means,  C = mean over classes of shrunk S / n

Errors and the shrinkage of Ledoit and Wolf need another pass over the data, because they depend on
the result of the first.
"""

from __future__ import annotations

import math
import warnings
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from scipy import linalg
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge, RidgeClassifier, RidgeClassifierCV, RidgeCV
from sklearn.utils import check_array

from .._checks import check_labels, shown, weighted
from .._compile import one_blas_thread
from .._utils import Array
from ._parts import Parts, columns_of, set_columns

# Values of parameters without which a fit is no sum of squares.
NEEDED: dict[type, dict[str, Any]] = {
    Ridge: {"positive": False}, RidgeClassifier: {"positive": False, "class_weight": None},
    RidgeCV: {"cv": None, "scoring": None, "alpha_per_target": False, "store_cv_results": False},
    RidgeClassifierCV: {
        "cv": None, "scoring": None, "class_weight": None, "store_cv_results": False},
    LinearDiscriminantAnalysis: {"solver": "lsqr", "covariance_estimator": None}}
LINEAR = tuple(NEEDED)
TINY = 1e-15  # of the largest eigenvalue. Smaller eigenvalues are rounding errors.


def check_linear(model: Any) -> None:
    """Raise if a parameter of a linear model is such that its fit is no sum of squares."""
    for name, value in NEEDED[type(model)].items():
        found = getattr(model, name, value)
        # None is the default of store_cv_results in scikit-learn 1.6, and means False
        if found != value and (found, value) != (None, False):
            raise ValueError(
                f"fit_in_parts needs {name}={value!r} of {type(model).__name__}, got "
                f"{shown(found)}.")


class Scatter(NamedTuple):
    """Summed weight of some rows, their means, and their centred sums of products.

    Parameters
    ----------
    weight : float
        Summed weights of the rows.
    mean : ndarray of shape (n_columns,)
        Means, 0 without rows.
    products : ndarray of shape (n_columns, n_columns)
        Sums of the products of deviations from the means.
    """

    weight: float
    mean: Array
    products: Array

    @classmethod
    def of(cls, values: Array, weight: Array) -> Scatter:
        """Return the sums of some rows."""
        total = float(weight.sum())
        mean = weight @ values / (total or 1.0)
        centred = values - mean
        with one_blas_thread():
            return cls(total, mean, (centred * weight[:, np.newaxis]).T @ centred)

    def joined(self, other: Scatter) -> Scatter:
        """Return the sums of both sets of rows."""
        total = self.weight + other.weight
        share = other.weight / (total or 1.0)
        between = other.mean - self.mean
        return Scatter(
            total, self.mean + share * between,
            self.products + other.products + self.weight * share * np.outer(between, between))

    def about_zero(self) -> Scatter:
        """Return the sums of products of the values instead of their deviations."""
        return Scatter(
            self.weight, np.zeros_like(self.mean),
            self.products + self.weight * np.outer(self.mean, self.mean))


def fitted_linear(model: Any, data: Parts, classes: Any) -> Any:
    """Return a linear model that is fitted to all parts, up to rounding as by one fit."""
    if classes is not None:
        classes = np.unique(classes)
    discriminates = isinstance(model, LinearDiscriminantAnalysis)
    sums = _sums_of_classes if discriminates else _sums_of_both
    shapes, columns, dtypes, scatters = zip(*data.each(sums, classes), strict=True)
    data.check_shapes([(2, width, math.prod(outputs)) for width, *outputs in shapes])
    found = [reduce(Scatter.joined, same) for same in zip(*scatters, strict=True)]
    template = _template(model, shapes[0], np.result_type(*dtypes), classes)
    set_columns(template, columns)
    fit = _fit_discriminant if discriminates else _fit_ridge
    return fit(template, data, classes, found)


def _samples(classes: Any, X: Any, y: Any, sample_weight: Any = None) -> tuple[Array, ...]:
    """Return checked features, values or numbers of classes, and weights."""
    X = check_array(X, dtype=[np.float64, np.float32])
    y = np.asarray(y)
    if len(y) != len(X):
        raise ValueError(f"y must have one value for each of the {len(X)} samples, got {len(y)}.")
    if classes is not None:
        y = _numbers_of(classes, y)
    X, y, weight, _ = weighted(X, y, sample_weight)
    return X, y, weight


def _numbers_of(classes: Array, y: Array) -> Array:
    """Return the number of the class of each sample."""
    check_labels(y, "fit_in_parts")
    unknown = ~np.isin(y, classes)
    if y.ndim != 1 or unknown.any():
        wrong = f"shape {y.shape}" if y.ndim != 1 else f"{shown(y[unknown][0])}"
        raise ValueError(
            f"y must have one of classes={shown(classes.tolist())} for each sample, got {wrong}.")
    return np.searchsorted(classes, y)


def _targets(classes: Any, y: Array) -> Array:
    """Return the targets of least squares: values, or -1 and 1 for classes, (n_samples, n)."""
    if classes is None:
        return y.astype(float).reshape(len(y), -1)
    columns = np.arange(len(classes)) if len(classes) > 2 else np.array([1])
    return np.where(y[:, np.newaxis] == columns, 1.0, -1.0)


def _sums_of_both(classes: Any, *samples: Any) -> tuple[Any, ...]:
    """Return the shape of a sample and its target, columns, dtype, and the sums of a part."""
    columns = columns_of(samples[0])
    X, y, weight = _samples(classes, *samples)
    both = np.concatenate([X.astype(float), _targets(classes, y)], axis=1)
    return (X.shape[1], *y.shape[1:]), columns, X.dtype, [Scatter.of(both, weight)]


def _sums_of_classes(classes: Any, *samples: Any) -> tuple[Any, ...]:
    """Return the shape of a sample, columns, dtype, and the sums of each class of a part."""
    columns = columns_of(samples[0])
    if len(samples) > 2:
        raise TypeError("LinearDiscriminantAnalysis takes no sample_weight. Pass parts (X, y).")
    X, y, weight = _samples(classes, *samples)
    found = [
        Scatter.of(X[y == k].astype(float), weight[y == k]) for k in range(len(classes))]
    return (X.shape[1],), columns, X.dtype, found


def _template(model: Any, shape: Any, dtype: Any, classes: Any) -> Any:
    """Return a copy that is fitted to zeros, so that all attributes have their types and shapes."""
    n_features, *outputs = shape
    y = np.zeros((2, *outputs)) if classes is None else np.repeat(classes, 2)
    found = clone(model)
    if isinstance(model, LinearDiscriminantAnalysis):
        found.set_params(shrinkage=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zeros
        found.fit(np.zeros((len(y), n_features), dtype), y)
    return found.set_params(**model.get_params(deep=False))


class _Normal(NamedTuple):
    """Normal equations of a ridge regression, in the basis of the eigenvectors of S_xx.

    Parameters
    ----------
    weight : float
        Summed weights of the samples. Infinity without an intercept.
    mean, target_mean : ndarray of shape (n_features,) and (n_targets,)
        Means of the features and the targets.
    values, vectors : ndarray of shape (n_features,) and (n_features, n_features)
        Eigenvalues and eigenvectors.
    projected : ndarray of shape (n_features, n_targets)
        S_xy in this basis.
    """

    weight: float
    mean: Array
    target_mean: Array
    values: Array
    vectors: Array
    projected: Array

    @classmethod
    def of(cls, scatter: Scatter, n_features: int, intercept: bool) -> _Normal:
        """Return the equations of sums of features and targets."""
        weight, mean, products = scatter if intercept else scatter.about_zero()
        with one_blas_thread():
            values, vectors = linalg.eigh(products[:n_features, :n_features])
            projected = vectors.T @ products[:n_features, n_features:]
        return cls(
            weight if intercept else np.inf, mean[:n_features], mean[n_features:],
            np.maximum(values, 0), vectors, projected)

    def inverse(self, alpha: Any) -> Array:
        """Return the inverses of the eigenvalues after the penalty, (n_features, 1 or n_targets).
        """
        penalised = self.values[:, np.newaxis] + alpha
        is_positive = penalised > TINY * self.values.max(initial=0)
        return np.where(is_positive, 1 / np.where(is_positive, penalised, 1), 0)

    def squared_errors(self, alphas: Array, classes: Any, *samples: Any) -> tuple[Array, int]:
        """Return summed squared leave-one-out errors by penalty, and the number of errors."""
        X, y, weight = _samples(classes, *samples)
        targets = _targets(classes, y) - self.target_mean
        with one_blas_thread():
            Z = (X.astype(float) - self.mean) @ self.vectors
            found = [self._errors(Z, targets, weight, self.inverse(alpha)) for alpha in alphas]
        # as in scikit-learn, samples of weight 0 count
        return np.array(found), len(samples[1]) * targets.shape[1]

    def _errors(self, Z: Array, targets: Array, weight: Array, inverse: Array) -> float:
        """Return the summed squared leave-one-out errors of some samples."""
        residuals = targets - Z @ (inverse * self.projected)
        influence = weight * (1 / self.weight + Z**2 @ inverse[:, 0])
        return float(weight @ ((residuals / (1 - influence)[:, np.newaxis]) ** 2).sum(axis=1))


def _fit_ridge(model: Any, data: Parts, classes: Any, found: list[Scatter]) -> Any:
    """Set the attributes of a ridge regression."""
    (scatter,) = found
    normal = _Normal.of(scatter, model.n_features_in_, model.fit_intercept)
    if hasattr(model, "alphas"):
        model.alpha_, model.best_score_ = _best(normal, model.alphas, data, classes)
    inverse = normal.inverse(getattr(model, "alpha_", getattr(model, "alpha", None)))
    coef = normal.vectors @ (inverse * normal.projected)
    _set(model, "coef_", coef.T)
    if model.fit_intercept:
        _set(model, "intercept_", normal.target_mean - normal.mean @ coef)
    return model


def _best(normal: _Normal, alphas: Any, data: Parts, classes: Any) -> tuple[float, float]:
    """Return the penalty with the smallest leave-one-out error, and its score."""
    alphas = np.atleast_1d(np.asarray(alphas, float))
    errors, sizes = zip(*data.each(normal.squared_errors, alphas, classes), strict=True)
    scores = -sum(errors) / sum(sizes)
    best = int(np.argmax(scores))
    return float(alphas[best]), float(scores[best])


def _set(model: Any, name: str, value: Array) -> None:
    """Set an attribute in the shape and dtype that it has in the template."""
    before = getattr(model, name)
    shaped = np.reshape(value, np.shape(before)).astype(np.asarray(before).dtype)
    setattr(model, name, shaped if isinstance(before, np.ndarray) else type(before)(shaped))


def _fit_discriminant(model: Any, data: Parts, classes: Any, found: list[Scatter]) -> Any:
    """Set the attributes of a linear discriminant analysis."""
    sizes = np.array([scatter.weight for scatter in found])
    if not sizes.all():
        missing = classes[sizes == 0].tolist()
        raise ValueError(f"classes={shown(missing)} have no samples. Leave them out of classes.")
    if model.priors is None:
        model.priors_ = sizes / sizes.sum()
    covariances = _covariances(model.shrinkage, data, classes, found)
    covariance = np.einsum("k,kij->ij", model.priors_, covariances)
    means = np.array([scatter.mean for scatter in found])
    model.means_, model.covariance_ = means, covariance
    coef = linalg.lstsq(covariance, means.T)[0].T
    intercept = -0.5 * np.diag(means @ coef.T) + np.log(model.priors_)
    if len(classes) == 2:
        coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
    _set(model, "coef_", coef)
    _set(model, "intercept_", intercept)
    return model


def _covariances(shrinkage: Any, data: Parts, classes: Any, found: list[Scatter]) -> list[Array]:
    """Return the shrunk covariance of each class."""
    if shrinkage != "auto":
        return [_shrunk(one.products / one.weight, shrinkage or 0.0) for one in found]
    scales = [_scale(one) for one in found]
    fourth = sum(data.each(_fourth_moments, classes, found, scales))
    covariances = []
    for one, scale, moment in zip(found, scales, fourth, strict=True):
        covariance = one.products / one.weight / np.outer(scale, scale)
        amount = _ledoit_wolf(covariance, moment, one.weight)
        covariances.append(_shrunk(covariance, amount) * np.outer(scale, scale))
    return covariances


def _scale(scatter: Scatter) -> Array:
    """Return the standard deviations, and 1 for features that are constant up to rounding."""
    variance, n = np.diag(scatter.products) / scatter.weight, scatter.weight
    eps = np.finfo(float).eps
    is_constant = variance <= n * eps * variance + (n * eps * scatter.mean) ** 2
    return np.where(is_constant, 1.0, np.sqrt(variance))


def _fourth_moments(
        classes: Any, scatters: list[Scatter], scales: list[Array], *samples: Any) -> Array:
    """Return the sum of the fourth powers of the norms of the standardised samples of each class.
    """
    X, y, _ = _samples(classes, *samples)
    standardised = (
        (X[y == k] - one.mean) / scale
        for k, (one, scale) in enumerate(zip(scatters, scales, strict=True)))
    return np.array([(np.square(z).sum(axis=1) ** 2).sum() for z in standardised])


def _ledoit_wolf(covariance: Array, fourth: float, n_samples: float) -> float:
    """Return the shrinkage of a covariance by Ledoit and Wolf (2004)."""
    size = len(covariance)
    if size == 1:
        return 0.0
    squares, mean = (covariance**2).sum(), np.trace(covariance) / size
    noise = (fourth / n_samples - squares) / (size * n_samples)
    distance = squares / size - mean**2
    noise = min(noise, distance)
    return 0.0 if noise == 0 else float(noise / distance)


def _shrunk(covariance: Array, amount: float) -> Array:
    """Return a covariance that is moved towards a multiple of the identity."""
    size = len(covariance)
    mean = np.trace(covariance) / size
    found: Array = (1 - amount) * covariance + amount * mean * np.eye(size)
    return found
