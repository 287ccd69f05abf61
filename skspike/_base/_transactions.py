"""Fits: reported to callbacks, and either finished or without effect.

A fit is a task for the callbacks of scikit-learn, and each epoch is a task within it. scikit-learn
has callbacks since version 1.9. With older versions they are not called, and `verbose` shows the
progress.
"""

import copy
import functools
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, cast

from ._typing import Method

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Empty class for versions of scikit-learn without callbacks."""

    def with_callbacks(fit):
        """Return the method unchanged."""
        return fit


class Progress:
    """Report the epochs of a fit to the callbacks of an estimator, if there are any.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext or None, default=None
        Task of the fit.
    data : dict, default=None
        Arguments of each call of a callback: ``estimator``, ``X`` and ``y``.
    fitted_at : callable or None, default=None
        Takes the state and the attributes at the end of an epoch, and returns a copy of the
        estimator that is fitted with them.
    """

    def __init__(
            self, context: Any = None, data: Any = None,
            fitted_at: Callable[[Any, Any], Any] | None = None):
        self.context, self.data, self.fitted_at = context, data, fitted_at

    def begin(self) -> None:
        """Report that an epoch begins."""
        if self.context:
            self.task = self.context.subcontext("epoch").call_on_fit_task_begin(**self.data)

    def end(
            self, state: Callable[[], Any] | None = None,
            attributes: Callable[[], dict[str, Any]] | None = None) -> bool:
        """Report that an epoch ends, and return whether a callback requests to stop.

        Callbacks that read the fitted estimator call `state` to get the state of the epoch, and
        `attributes` to get attributes such as ``n_iter_``.
        """
        new_attributes = None if state is None else lambda: self._new_attributes(
            state(), attributes() if attributes else {})
        return bool(self.context) and self.task.call_on_fit_task_end(
            **self.data, reconstruction_attributes=new_attributes)

    def _new_attributes(self, state, attributes):
        """Return the attributes that the fitted copy has in addition or with another value."""
        now = vars(self.data["estimator"])
        later = vars(self.fitted_at(state, attributes))
        return {name: value for name, value in later.items() if now.get(name, now) is not value}


@contextmanager
def fit_task(estimator, X, y, n_epochs=0, fitted_at=None):
    """Report the begin and end of a fit to callbacks, and return the `Progress` of its epochs."""
    if not hasattr(estimator, "_init_callback_context"):
        yield Progress()
        return
    context = estimator._init_callback_context(max_subtasks=n_epochs)
    data = {"estimator": estimator, "X": X, "y": y}
    context.call_on_fit_task_begin(**data)
    yield Progress(context, data, fitted_at)
    context.call_on_fit_task_end(**data, reconstruction_attributes={})


def one_task(fit: Method) -> Method:
    """Report a fit without epochs to callbacks."""

    @functools.wraps(fit)
    def reported_fit(self, X, y=None, *args, **options):
        with fit_task(self, X, y):
            return fit(self, X, y, *args, **options)

    return cast(Method, reported_fit)


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
