"""Fits that finish or change nothing, and readers that see one fit."""

import copy
import functools
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ._callbacks import with_callbacks
from ._typing import Method


def atomic(fit: Method) -> Method:
    """Run a fitting method on a copy and publish what it has learned in one assignment, if it finishes.

    So no error or interrupt leaves half a fit, and no other thread sees one. Parameters that are
    set meanwhile stay set, and callbacks are closed in any case.
    """
    fit = with_callbacks(fit)

    @functools.wraps(fit)
    def whole(self, *args, **kwargs):
        work = copy.copy(self)
        fit(work, *args, **kwargs)
        self.__dict__ = {**vars(work), **self.get_params(deep=False)}
        return self

    return cast(Method, whole)


def consistent(read: Method) -> Method:
    """Run a method that reads what was fitted on a view of it: it sees one fit, even if another thread ends the next one meanwhile."""

    @functools.wraps(read)
    def whole(self, *args, **kwargs):
        return read(as_now(self), *args, **kwargs)

    return cast(Method, whole)


def as_now(estimator):
    """Return a view of an estimator that a later fit does not change, for `atomic` replaces the attributes as a whole."""
    view = object.__new__(type(estimator))
    view.__dict__ = estimator.__dict__
    return view


def replace_attributes(
        estimator: Any, names: Iterable[str], attributes: Mapping[str, Any]) -> None:
    """Delete the attributes of these names from an estimator, and set others."""
    for name in names:
        vars(estimator).pop(name, None)
    vars(estimator).update(attributes)
