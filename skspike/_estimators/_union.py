"""Encoding of different columns with different encoders."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.validation import check_array, validate_data

from .._checks import (
    Ragged, check_container, check_dimensions, check_is_fitted, check_shape, collected, shown)
from .._utils import Array, Estimator, RasterOutputMixin, atomic, consistent, one_task
from ._encoder import SpikeEncoder


class RasterUnion(RasterOutputMixin, OneToOneFeatureMixin, TransformerMixin, Estimator):
    """Encode columns with different encoders, and concatenate the channels of their rasters.

    This corresponds to the ``ColumnTransformer`` of scikit-learn, which refuses output with three
    dimensions.

    Parameters
    ----------
    transformers : list of (name, transformer, columns) or None, default=None
        Transformers that return rasters, (n_samples, n_channels, n_steps), of equal length: a
        `SpikeEncoder`, a ``Pipeline`` that ends with one, or any other transformer. They are
        cloned. The columns (2-D input) or channels (3-D input) of each are given as in
        ``ColumnTransformer``: a number, a name in a data frame, a list of these, a slice, a mask,
        or a function of the input that returns one of these, such as ``make_column_selector``.
        ``slice(None)`` selects all columns. Columns may be used several times, and unused columns
        are dropped. None means ``[("encoder", SpikeEncoder(), slice(None))]``.

    Attributes
    ----------
    transformers_ : list of (name, transformer, columns)
        Fitted transformers, and the indices of their columns as an ndarray of int.
    n_features_in_ : int
        Number of columns (2-D) or channels (3-D).
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    SpikeEncoder : One coding for all columns.

    Notes
    -----
    The output is uint8 if all rasters are, else float32. `set_params` replaces a transformer by
    ``<name>`` and sets its parameters by ``<name>__<parameter>``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import OneHotEncoder
    >>> from skspike import RasterUnion, SpikeEncoder
    >>> X = np.array([[0.2, 1.5, 0], [0.9, 3.0, 2], [0.4, 2.0, 1]])
    >>> union = RasterUnion([
    ...     ("place", SpikeEncoder("population", n_steps=50), [0]),
    ...     ("size", SpikeEncoder("latency", n_steps=50), [1]),
    ...     ("kind", make_pipeline(OneHotEncoder(), SpikeEncoder("direct", n_steps=50)), [2]),
    ... ])
    >>> union.fit_transform(X).shape
    (3, 12, 50)
    >>> union.get_feature_names_out()[-4:]
    array(['size__x1', 'kind__x2_0.0', 'kind__x2_1.0', 'kind__x2_2.0'],
          dtype=object)
    """

    def __init__(self, transformers: list[tuple[str, Any, Any]] | None = None) -> None:
        self.transformers = transformers

    def __sklearn_tags__(self):
        """Return the estimator tags: input is accepted if all transformers accept it."""
        tags = super().__sklearn_tags__()
        found = [get_tags(step) for _, step, _ in self._triples() if hasattr(step, "get_params")]
        tags.input_tags.sparse = all(each.input_tags.sparse for each in found)
        tags.input_tags.allow_nan = bool(found) and all(each.input_tags.allow_nan for each in found)
        tags.input_tags.three_d_array = all(each.input_tags.three_d_array for each in found)
        tags.target_tags.required = any(each.target_tags.required for each in found)
        tags.transformer_tags.preserves_dtype = []
        return tags

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with the parameters of the transformers.

        Parameters
        ----------
        deep : bool, default=True
            Also return the transformers by their names, and their parameters.

        Returns
        -------
        params : dict
            Values of the parameters by name.
        """
        params = super().get_params(deep=False)
        for name, step, _ in self._given() if deep else ():
            params[name] = step
            if hasattr(step, "get_params") and not isinstance(step, type):
                params |= {f"{name}__{key}": value for key, value in step.get_params().items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set ``transformers``, a transformer by name, or its parameters.

        Parameters
        ----------
        **params : dict
            Values by name: ``transformers``, ``<name>`` or ``<name>__<parameter>``.

        Returns
        -------
        self : RasterUnion
            The union.

        Raises
        ------
        ValueError
            If a parameter is unknown.
        """
        if "transformers" in params:
            super().set_params(transformers=params.pop("transformers"))
        if any(name in params for name, *_ in self._given()):
            self.transformers = [
                (name, params.pop(name, step), columns) for name, step, columns in self._given()]
        return super().set_params(**params)

    def _given(self):
        """Return the triples, or an empty list if they are not valid. `fit` raises the error."""
        given = self.transformers
        formed = isinstance(given, (list, tuple)) and all(
            isinstance(triple, tuple) and len(triple) == 3 and isinstance(triple[0], str)
            for triple in given)
        return given if formed else []

    def _triples(self):
        default = [("encoder", SpikeEncoder(), slice(None))]
        return default if self.transformers is None else self._given()

    def _checked_triples(self):
        triples = self._triples()
        if not triples:
            raise TypeError(
                "transformers must be a list of (name, transformer, columns) or None, got "
                f"{shown(self.transformers)}.")
        names = [name for name, *_ in triples]
        for name, step, _ in triples:
            if names.count(name) > 1 or "__" in name or name in ("", "transformers"):
                raise ValueError(
                    "transformers must have unique names without '__' and other than "
                    f"'transformers', got {names}.")
            if isinstance(step, type) or not all(
                    hasattr(step, method) for method in ("fit", "transform", "get_params")):
                raise TypeError(
                    f"{name!r} of transformers must be a transformer, such as SpikeEncoder(), got "
                    f"{shown(step)}. To drop columns, omit them. To pass rasters on, use "
                    "FunctionTransformer(feature_names_out='one-to-one').")
        return triples

    @atomic
    @one_task
    def fit(self, X: Any, y: ArrayLike | None = None) -> Self:
        """Fit all transformers, each on its columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            Input of the transformers: an array, a data frame, or sparse features. Pass numbers and
            text as a data frame or an array of objects, because numpy turns lists into text.
        y : array-like of shape (n_samples,) or None, default=None
            Target of the transformers.

        Returns
        -------
        self : RasterUnion
            The fitted union.

        Raises
        ------
        ValueError
            If names are not unique, columns do not exist, or transformers do not return rasters
            of equal length.
        TypeError
            If `transformers` is not a list of triples with transformers.
        """
        triples = self._checked_triples()
        X = self._check(X, reset=True)
        names = getattr(self, "feature_names_in_", None)
        placed = [
            (name, step, _positions(name, columns, X, names)) for name, step, columns in triples]
        self.transformers_ = [
            (name, clone(step).fit(_columns(X, at), y), at) for name, step, at in placed]
        self._rasters(_safe_indexing(X, slice(1)))  # raises if the rasters cannot be concatenated
        return self

    def _check(self, X, reset):
        """Check the shape and columns of X, and return it. The transformers check its values."""
        name = type(self).__name__
        X = X.tocsr() if issparse(X) else X
        if not issparse(X):
            X = collected(X, name)
            if isinstance(X, Ragged):
                raise ValueError(
                    f"{name} expects samples of equal length. Use a SpikeEncoder without a "
                    "RasterUnion for series of unequal length.")
            check_container(X, name)
        X = X if hasattr(X, "shape") and not isinstance(X, memoryview) else np.asarray(X)
        zeros = np.broadcast_to(0.0, X.shape)  # has the shape and needs no memory
        check_array(zeros, allow_nd=True, ensure_all_finite=False, estimator=name)
        check_shape(tuple(X.shape), name)
        if not reset:
            check_dimensions(self, X)
        validate_data(self, X, reset=reset, skip_check_array=True)
        if reset:
            self._n_dims_in = len(X.shape)
        return X

    def _rasters(self, X):
        """Return the raster of each transformer, or raise if they cannot be concatenated."""
        rasters = {name: step.transform(_columns(X, at)) for name, step, at in self.transformers_}
        for name, raster in rasters.items():
            if getattr(raster, "ndim", None) != 3:
                shape = getattr(raster, "shape", None)
                found = type(raster).__name__ if shape is None else f"shape {shape}"
                raise ValueError(
                    f"{name!r} of RasterUnion must return rasters (n_samples, n_channels, "
                    f"n_steps), got {found}. End it with a SpikeEncoder, as in "
                    "make_pipeline(StandardScaler(), SpikeEncoder()).")
        steps = {name: raster.shape[2] for name, raster in rasters.items()}
        if len(set(steps.values())) > 1:
            found = ", ".join(f"{name!r} {n_steps}" for name, n_steps in steps.items())
            raise ValueError(
                f"All transformers of RasterUnion must return the same number of steps, got "
                f"{found}. Set the same n_steps for all.")
        return list(rasters.values())

    @consistent
    def transform(self, X: Any) -> Array:
        """Return the rasters of all transformers, concatenated along the channels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            Input of the same kind as in `fit`.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8 or float32
            All channels of the first transformer, then of the next.
        """
        check_is_fitted(self)
        rasters = self._rasters(self._check(X, reset=False))
        dtype = np.uint8 if all(raster.dtype == np.uint8 for raster in rasters) else np.float32
        return np.concatenate(rasters, axis=1, dtype=dtype, casting="unsafe")

    @consistent
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> Array:
        """Return the names of the channels, ``<name>__<channel>``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns. None: the names in `fit`, or x0, x1, ...

        Returns
        -------
        names : ndarray of str
            Names of the channels of the raster.
        """
        names = super().get_feature_names_out(input_features)
        channels_of = [
            (name, step.get_feature_names_out(names[at])) for name, step, at in self.transformers_]
        return np.asarray(
            [f"{name}__{channel}" for name, channels in channels_of for channel in channels],
            dtype=object)


def _positions(name, columns, X, names):
    """Return the indices of the columns of a transformer."""
    columns = columns(X) if callable(columns) else columns
    known = [] if names is None else list(names)
    found = f"found {X.shape[1]} columns" + (f", {known}" if known else "")
    try:
        at = np.atleast_1d(np.arange(X.shape[1])[_index(columns, known)])
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"There are no columns {shown(columns)} for {name!r} of RasterUnion, {found}. Columns "
            "are numbers, names in a data frame, a slice, a mask, or a function that returns one "
            "of these.") from error
    if not at.size:
        raise ValueError(
            f"{name!r} of RasterUnion gets 0 feature(s), because its columns select none, {found}. "
            "Omit this transformer.")
    return at


def _index(columns, known):
    """Return numbers, a mask or a slice of columns, with names replaced by their numbers."""
    if isinstance(columns, slice):
        if not any(isinstance(end, str) for end in (columns.start, columns.stop)):
            return columns
        start, stop = (
            None if end is None else known.index(end) for end in (columns.start, columns.stop))
        # slices of names include the last one, as in pandas
        return slice(start, None if stop is None else stop + 1, columns.step)
    given = np.atleast_1d(columns)
    if given.dtype.kind in "UO":  # names
        return np.array([known.index(name) for name in given], dtype=int)
    return given if given.size else []


def _columns(X, at):
    """Return the columns of an array or a data frame at some indices."""
    return X.iloc[:, at] if hasattr(X, "iloc") else X[:, at]
