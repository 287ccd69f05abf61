"""Checks of the input of estimators at the start of each call."""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ._arrays import (
    MAX_VALUE, PAGE, Ragged, check_container, check_entries, check_real, check_size, collected,
    densify, ragged_error, too_large_error)
from ._missing_values import filled
from ._numbers import shown
from ._warnings import warn_if_no_time, warn_if_time_first

FLOATS = np.float32, np.float64


def check_input(
        estimator: Any, X: Any, y: Any = "no_validation", *, reset: bool,
        sample_weight: Any = None, keeps_missing: bool = False, **options: Any) -> Any:
    """Return X as a finite array of 2 or 3 dimensions, and y if it is given.

    Series of unequal length are returned as `Ragged`. With `reset`, as in `fit`, the estimator
    stores the numbers of dimensions and features, whether lengths are equal, and how missing values
    are filled. Otherwise X must have the stored numbers. `keeps_missing` returns missing values
    that can be filled. `options` are passed to scikit-learn.
    """
    found = _checked(estimator, X, y, reset, options)
    X, *target = found if isinstance(found, tuple) else (found,)
    X = filled(estimator, X, reset, sample_weight, keeps_missing)
    return (X, *target) if target else X


def _checked(estimator, X, y, reset, options):
    """Return checked X, which may have missing values, and y if it is given."""
    name = type(estimator).__name__
    if not reset and isinstance(y, str) and _needs_no_check(estimator, X):
        return X
    X = collected(X, name, flat=not reset and not getattr(estimator, "_equal_length_in", True))
    if isinstance(X, Ragged):
        return _check_ragged(estimator, X, y, reset, options)
    check_panel(X, y, name)
    if issparse(X) and get_tags(estimator).input_tags.sparse:
        X = densify(X, name)
    check_container(X, name)
    check_container(y, f"y of {name}")
    _check_equal(y, name)
    if not reset:
        # before scikit-learn counts the features, because its message would be misleading
        check_dimensions(estimator, X)
    X, *target = _validated(estimator, X, y, reset, options)
    check_size(X, f"X of {name}")
    check_shape(X.shape, name)
    if reset:
        estimator._n_dims_in, estimator._equal_length_in = X.ndim, True
        if getattr(estimator, "encoder", None) is None:  # an encoder issues the warning itself
            warn_if_no_time(X, name)
            warn_if_time_first(X, name)
    else:
        check_dimensions(estimator, X)
    return (X, *target) if target else X


def _validated(estimator, X, y, reset, options):
    """Return X as scikit-learn checks it, and y if it is given."""
    name = type(estimator).__name__
    try:
        with np.errstate(invalid="ignore"):  # scikit-learn may add infinities of both signs
            found = validate_data(
                estimator, X, y, reset=reset, allow_nd=True, dtype="numeric",
                ensure_all_finite="allow-nan", **options)
        X, *target = found if isinstance(found, tuple) else (found,)
        return check_real(X, name), *target
    except OverflowError as error:  # from a Python integer
        raise too_large_error(name) from error
    except (ValueError, TypeError) as error:  # TypeError: from a categorical column of pandas
        if "inhomogeneous" in str(error):
            raise ragged_error(name, error) from error
        check_entries(np.asarray(X), name)
        remedy = _remedy(f"{error.__cause__ or error}", X, y)
        if not remedy:
            raise
        raise ValueError(f"{name} {remedy}") from error


def _remedy(error, X, y):
    """Return the end of a message that is clearer than an error of scikit-learn, or no text."""
    if "could not convert string" in error or "arrays of bytes/strings" in error:
        text = error if "could not" in error else f"an array of dtype {np.asarray(X).dtype}"
        return (
            f"expects numbers, got text: {text}. Convert text of numbers with X.astype(float), and "
            f"columns of categories with a OneHotEncoder in a ColumnTransformer. {PAGE}")
    if "got 1D array" in error and not np.asarray(X).dtype.names:  # of records
        return (
            f"expects 2-D or 3-D input, got 1-D input of shape {np.shape(X)}. Reshape your data: "
            "x.reshape(1, 1, -1) is one series of one channel, x.reshape(-1, 1) a table of one "
            "feature, and x.reshape(1, -1) one row of a table.")
    if "Found array with dim" in error and not isinstance(y, str) and np.ndim(y) > 2:
        return (
            "expects one label or value for each sample, or one row of these, got y of shape "
            f"{np.shape(y)}. For a target at each step, use an SNNRegressor with y of shape "
            "(n_samples, n_outputs, n_steps), or an SNNClassifier with readout='leaky' and y of "
            "shape (n_samples, n_steps).")
    return ""


def check_panel(X: Any, y: Any, name: str) -> None:
    """Raise if X is a data frame with an index of several levels and y has another length.

    Such a frame may be a table of as many rows, or a panel, with a row for each step of a sample.
    """
    n_levels = getattr(getattr(X, "index", None), "nlevels", 1)
    if n_levels > 1 and hasattr(y, "__len__") and not isinstance(y, str) and len(y) != len(X):
        raise ValueError(
            f"{name} got a data frame of {len(X)} rows, whose index has {n_levels} levels, and "
            f"{len(y)} values in y. If the first level is the sample and the last one time, pass "
            "[x.to_numpy().T for _, x in X.groupby(level=0, sort=False)].")


def _check_ragged(estimator, X, y, reset, options):
    """Return checked series of unequal length, and y if it is given."""
    name = type(estimator).__name__
    check_container(y, f"y of {name}")
    _check_equal(y, name)
    if not reset and estimator._n_dims_in != 3:
        raise ValueError(
            f"{name} was fitted on 2-D input and got samples of unequal length. Fit it on such "
            "samples first.")
    check_size(X.values, f"X of {name}")
    assert_all_finite(X.values, allow_nan=True, estimator_name=name, input_name="X")
    # scikit-learn checks y and the number of channels. An array of zeros stands for X.
    zeros = np.broadcast_to(0.0, (*X.shape[:2], 1))
    found = validate_data(estimator, zeros, y, reset=reset, allow_nd=True, **options)
    if reset:
        estimator._n_dims_in, estimator._equal_length_in = 3, False
    return (X, *found[1:]) if isinstance(found, tuple) else X


def _check_equal(y, name):
    """Raise if y has arrays of unequal shapes, which may be targets for each step."""
    if not isinstance(y, (list, tuple, np.ndarray)) or getattr(y, "dtype", object) != object:
        return
    shapes = {
        getattr(part, "shape", (len(part),)) for part in y
        if isinstance(part, (list, tuple, np.ndarray)) and getattr(part, "ndim", 1)}
    if len(shapes) > 1:
        raise ValueError(
            f"y of {name} must have one label or value for each sample, got arrays of "
            f"shapes {shown(sorted(shapes))}. A target for each step needs an SNNRegressor, with "
            "arrays (n_outputs, n_steps), or an SNNClassifier with readout='leaky'.")


def check_labels(y: Any, name: str) -> None:
    """Raise unless each column of y has class labels, and no objects but strings."""
    for k, column in enumerate(np.atleast_2d(y.T)):
        types = {type(label) for label in column} if y.dtype == object else {str}
        if not all(issubclass(one, str) for one in types):
            found = " and ".join(sorted(one.__name__ for one in types))
            place = f"column {k} of y" if y.ndim == 2 else "y"
            raise ValueError(
                f"Unknown label type: {name} expects integers or strings as labels, got objects of "
                f"type {found} in {place}. Convert them with y.astype(int) or y.astype(str).")
        check_classification_targets(column)


def check_shape(shape: tuple[int, ...], name: str) -> None:
    """Raise if a shape of two or more dimensions has more than three, or an empty axis."""
    if len(shape) > 3:
        raise ValueError(
            f"{name} expects 2-D input or 3-D input (n_samples, n_channels, n_steps), got "
            f"{len(shape)}-D of shape {shape}.")
    if 0 in shape:
        raise ValueError(f"{name} needs at least one channel and one step, got shape {shape}.")


def _needs_no_check(estimator, X):
    """Return whether scikit-learn's checks would find nothing.

    They take longer than a small prediction. X is a raster of bytes or an array of floats, with
    the dimensions and the channels of `fit`.
    """
    if type(X) is not np.ndarray or X.ndim != estimator._n_dims_in or X.size == 0:
        return False
    if X.shape[1] != estimator.n_features_in_ or hasattr(estimator, "feature_names_in_"):
        return False
    if X.dtype == np.uint8:
        return X.ndim == 3
    # NaN makes the comparison false
    return X.dtype in FLOATS and max(float(X.max()), -float(X.min())) <= MAX_VALUE


def check_dimensions(estimator: Any, X: Any) -> None:
    """Raise if X has other dimensions than in `fit`, or seems to have its channels last."""
    name, n_dims = type(estimator).__name__, estimator._n_dims_in
    shape: Any = getattr(X, "shape", ())
    if len(shape) in (2, 3) and len(shape) != n_dims:
        raise ValueError(
            f"{name} was fitted on {n_dims}-D input and got {len(shape)}-D input of shape "
            f"{tuple(shape)}. Fit it on such data first.")
    if len(shape) == n_dims == 3 and shape[1] != (n := estimator.n_features_in_) == shape[2]:
        raise ValueError(
            f"X has {shape[1]} features, but {name} is expecting {n} features as input. Its last "
            f"axis has length {n}: if it holds the channels, pass skspike.io.from_array(X, 'NTC').")


def is_of_tables(estimator: Any) -> bool:
    """Return whether an estimator was fitted on 2-D input."""
    return bool(estimator._n_dims_in == 2)
