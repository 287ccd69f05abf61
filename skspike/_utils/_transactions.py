"""Fits that either finish or change nothing, and methods that read a single fit."""

import copy
import functools
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ._callbacks import with_callbacks
from ._typing import Method


def atomic(fit: Method) -> Method:
    """Run a fitting method on a copy, and assign all attributes at once when it has finished.

    So an error or an interrupt leaves no partial fit, and no other thread sees one. Parameters that
    are set during the fit remain set, and callbacks are always closed.
    """
    fit = with_callbacks(fit)

    @functools.wraps(fit)
    def atomic_fit(self, *args, **kwargs):
        work = copy.copy(self)
        fit(work, *args, **kwargs)
        self.__dict__ = {**vars(work), **self.get_params(deep=False)}
        return self

    return cast(Method, atomic_fit)


def consistent(method: Method) -> Method:
    """Run a method of a fitted estimator on a snapshot, so that it sees one fit only."""

    @functools.wraps(method)
    def consistent_method(self, *args, **kwargs):
        return method(snapshot(self), *args, **kwargs)

    return cast(Method, consistent_method)


def snapshot(estimator: Any) -> Any:
    """Return a view of an estimator that later fits do not change.

    `atomic` assigns a new ``__dict__``, so the view keeps the old one without a copy.
    """
    view = object.__new__(type(estimator))
    view.__dict__ = estimator.__dict__
    return view


def replace_attributes(
        estimator: Any, names: Iterable[str], attributes: Mapping[str, Any]) -> None:
    """Delete the attributes of these names from an estimator, and set others."""
    for name in names:
        vars(estimator).pop(name, None)
    vars(estimator).update(attributes)
