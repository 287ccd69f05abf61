"""Several encoders side by side: each takes some of the columns, and their channels are stacked."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from .._checks import check_container, check_dimensions, check_shape, shown
from .._utils import Array, Estimator, RasterOutputMixin, atomic, consistent, one_task
from ._encoder import SpikeEncoder


class RasterUnion(RasterOutputMixin, OneToOneFeatureMixin, TransformerMixin, Estimator):
    """Give each column a coding of its own, and stack the rasters along their channels.

    What ``ColumnTransformer`` and ``FeatureUnion`` are to tables, which refuse output with an axis
    of time.

    Parameters
    ----------
    transformers : list of (name, transformer, columns) or None, default=None
        What makes rasters, clones of which are fitted: a `SpikeEncoder`, a ``Pipeline`` that ends
        in one, or any other transformer that returns arrays of shape (n_samples, n_channels,
        n_steps), of as many steps as the others. It sees the columns (2-D input) or channels (3-D
        input) that are given as in ``ColumnTransformer``: by number, by name in a data frame, as a
        list of these, a slice, a mask, or a function of the input that returns one of these, such
        as ``make_column_selector``. Columns may be given more than once, and those that are not
        given are left out; ``slice(None)`` is all. None stands for ``[("encoder", SpikeEncoder(),
        slice(None))]``.

    Attributes
    ----------
    transformers_ : list of (name, transformer, columns)
        The fitted transformers and the numbers of their columns, an ndarray of int.
    n_features_in_ : int
        Number of columns (2-D) or channels (3-D).
    n_dims_in_ : int
        2 or 3, the dimensions of the input seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where the input had string names.

    See Also
    --------
    SpikeEncoder : One coding for all columns.

    Notes
    -----
    The result is uint8 if all parts are, else float32. Parameters of parts are set by
    ``<name>__<parameter>``, and ``<name>`` sets a part.

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
        """Return the estimator tags: the union takes what all of its parts take, and returns uint8 or float32."""
        tags = super().__sklearn_tags__()
        parts = [get_tags(part) for _, part, _ in self._triples() if hasattr(part, "get_params")]
        tags.input_tags.sparse = all(part.input_tags.sparse for part in parts)
        tags.input_tags.allow_nan = bool(parts) and all(part.input_tags.allow_nan for part in parts)
        tags.input_tags.three_d_array = all(part.input_tags.three_d_array for part in parts)
        tags.target_tags.required = any(part.target_tags.required for part in parts)
        tags.transformer_tags.preserves_dtype = []
        return tags

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, those of the parts among them.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parts by their names, and their parameters, as well.

        Returns
        -------
        params : dict
            Parameter names mapped to their values.
        """
        params = super().get_params(deep=False)
        for name, part, _ in self._given() if deep else ():
            params[name] = part
            inner = part.get_params() if hasattr(
                part, "get_params") and not isinstance(part, type) else {}
            params |= {f"{name}__{key}": value for key, value in inner.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters: ``transformers``, a part by its name, or a parameter of a part by ``<name>__<parameter>``.

        Parameters
        ----------
        **params : dict
            Parameters by name.

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
                (name, params.pop(name, part), columns) for name, part, columns in self._given()]
        return super().set_params(**params)

    def _given(self):
        """Return the parts by which parameters are named: none before `fit` has found out whether they are well formed."""
        given = self.transformers
        named = isinstance(given, (list, tuple)) and all(
            isinstance(part, tuple) and len(part) == 3 for part in given)
        return given if named and all(isinstance(part[0], str) for part in given) else []

    def _triples(self):
        return (
            [("encoder", SpikeEncoder(), slice(None))] if self.transformers is None
            else self._given())

    def _checked_triples(self):
        triples = self._triples()
        if not triples:
            raise TypeError(
                "transformers must be a list of (name, transformer, columns) or None, got "
                f"{shown(self.transformers)}.")
        names = [name for name, *_ in triples]
        for name, part, _ in triples:
            if names.count(name) > 1 or "__" in name or name in ("", "transformers"):
                raise ValueError(
                    "transformers needs names that differ, without '__' and other than "
                    f"'transformers', got {names}.")
            if isinstance(part, type) or not all(
                    hasattr(part, method) for method in ("fit", "transform", "get_params")):
                raise TypeError(
                    f"{name!r} of transformers must be a transformer, such as SpikeEncoder(), got "
                    f"{shown(part)}; to leave columns out, "
                    "leave the part out; rasters pass through "
                    "FunctionTransformer(feature_names_out='one-to-one').")
        return triples

    @atomic
    @one_task
    def fit(self, X: Any, y: ArrayLike | None = None) -> Self:
        """Fit all parts, each on its columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            What the parts take: an array, a data frame, or sparse features. A table of numbers and
            text is a data frame, or an array of objects; of lists numpy would make text.
        y : array-like of shape (n_samples,) or None, default=None
            Passed on to the parts.

        Returns
        -------
        self : RasterUnion
            The fitted union.

        Raises
        ------
        ValueError
            If names are not unique, there are no such columns, or parts return no rasters or
            rasters that differ in their steps.
        TypeError
            If `transformers` is no list of triples, or a part is no transformer.
        """
        triples = self._checked_triples()
        X = self._check(X, reset=True)
        names = getattr(self, "feature_names_in_", None)
        placed = [
            (name, part, _positions(name, columns, X, names)) for name, part, columns in triples]
        self.transformers_ = [
            (name, clone(part).fit(_columns(X, at), y), at) for name, part, at in placed]
        self._rasters(X[:1])  # parts that do not go together are found here
        return self

    def _check(self, X, reset):
        """Return X as something that has a shape and columns; what is in them is for the parts to check."""
        name = type(self).__name__
        X = X.tocsr() if issparse(X) else X
        if not issparse(X):
            check_container(X, name)
        X = X if hasattr(X, "shape") and not isinstance(X, memoryview) else np.asarray(X)
        shape_alone = np.broadcast_to(0.0, X.shape)  # takes no memory
        check_array(shape_alone, allow_nd=True, ensure_all_finite=False, estimator=name)
        check_shape(tuple(X.shape), name)
        if not reset:
            check_dimensions(self, X)
        validate_data(self, X, reset=reset, skip_check_array=True)
        if reset:
            self.n_dims_in_ = len(X.shape)
        return X

    def _rasters(self, X):
        """Return the raster of each part; raise unless they can be stacked."""
        rasters = {name: part.transform(_columns(X, at)) for name, part, at in self.transformers_}
        for name, raster in rasters.items():
            if getattr(raster, "ndim", None) != 3:
                what = f"shape {raster.shape}" if hasattr(
                    raster, "shape") else type(raster).__name__
                way = (
                    "end it with a SpikeEncoder, as in make_pipeline(StandardScaler(), "
                    "SpikeEncoder())")
                raise ValueError(
                    f"{name!r} of RasterUnion must return rasters (n_samples, n_channels, "
                    f"n_steps), got {what}; {way}.")
        steps = {name: raster.shape[2] for name, raster in rasters.items()}
        if len(set(steps.values())) > 1:
            told = ", ".join(f"{name!r} {n_steps}" for name, n_steps in steps.items())
            raise ValueError(
                f"All parts of RasterUnion must return as many steps as the others, got {told}; "
                "give them the same n_steps.")
        return list(rasters.values())

    @consistent
    def transform(self, X: Any) -> Array:
        """Return the rasters of all parts, stacked.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times)
            Input of the kind seen in `fit`.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps), dtype uint8 or float32
            All channels of the first part, then those of the next.
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
            Names of the columns; None takes those seen in `fit`, or x0, x1, ...

        Returns
        -------
        names : ndarray of str
            One name per channel of the raster.
        """
        names = super().get_feature_names_out(input_features)
        parts = [
            (name, part.get_feature_names_out(names[at])) for name, part, at in self.transformers_]
        return np.asarray(
            [f"{name}__{channel}" for name, channels in parts for channel in channels],
            dtype=object)


def _positions(part, columns, X, names):
    """Return the numbers of the columns that are given for a part."""
    columns = columns(X) if callable(columns) else columns
    given = np.atleast_1d(columns) if not isinstance(columns, slice) else columns
    wanted = (
        "numbers, names of columns in a data frame, a slice, a mask, or a function that returns "
        "one of these")
    found = f"found {X.shape[1]} columns" + ("" if names is None else f", {list(names)}")
    known = list(() if names is None else names)
    try:
        if isinstance(given, slice) and any(
                isinstance(end, str) for end in (given.start, given.stop)):
            start, stop = (
                None if end is None else known.index(end) for end in (given.start, given.stop))
            # the last is part of it, as in pandas
            given = slice(start, None if stop is None else stop + 1, given.step)
        if getattr(given, "dtype", np.dtype(int)).kind in "UO":  # each by its name
            at = np.array([known.index(name) for name in given], dtype=int)
        else:
            at = np.atleast_1d(
                np.arange(X.shape[1])[given if isinstance(given, slice) or given.size else []])
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"There are no columns {shown(columns)} for {part!r} of RasterUnion: give {wanted}; "
            f"{found}.") from error
    if not at.size:
        raise ValueError(
            f"{part!r} of RasterUnion gets 0 feature(s), for its columns select none: leave that "
            f"part out; {found}.")
    return at


def _columns(X, at):
    """Return some of the columns of an array or a data frame."""
    return X.iloc[:, at] if hasattr(X, "iloc") else X[:, at]
