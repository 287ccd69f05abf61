"""scikit-learn's callbacks: a fit is a task, with one below it for each epoch.

They came with scikit-learn 1.9. With an older one there are none to be told, and `verbose` says how
far a fit is.
"""

import functools
from contextlib import contextmanager
from typing import cast

from ._typing import Method

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for scikit-learn's."""

    def with_callbacks(fit):
        """Return the method as it is."""
        return fit


class Progress:
    """Tells the callbacks of an estimator of the epochs of a fit; without a task of theirs it tells nobody.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext or None, default=None
        The task of the fit.
    data : dict, default=None
        What callbacks are told of every task: the ``estimator``, ``X`` and ``y``.
    fitted_at : callable or None, default=None
        Returns a copy of the estimator, fitted as far as the state at the end of an epoch.
    """

    def __init__(self, context=None, data=None, fitted_at=None):
        self.context, self.data, self.fitted_at = context, data, fitted_at

    def begin(self):
        """Tell that an epoch begins."""
        if self.context:
            self.task = self.context.subcontext("epoch").call_on_fit_task_begin(**self.data)

    def end(self, state=None):
        """Tell that it has ended, and if asked in which ``state()``; return whether a callback asks to stop."""
        so_far = None if state is None else lambda: self._new_attributes(state())
        return bool(self.context) and self.task.call_on_fit_task_end(
            **self.data, reconstruction_attributes=so_far)


    def _new_attributes(self, state):
        """Return the attributes in which the estimator, fitted so far, differs from itself now."""
        now = vars(self.data["estimator"])
        later = vars(self.fitted_at(state))
        return {name: value for name, value in later.items() if now.get(name, now) is not value}


@contextmanager
def fit_task(estimator, X, y, n_epochs=0, fitted_at=None):
    """Tell the callbacks of an estimator that a fit begins and ends; return the `Progress` of its epochs."""
    if not hasattr(estimator, "_init_callback_context"):
        yield Progress()
        return
    context = estimator._init_callback_context(max_subtasks=n_epochs)
    data = {"estimator": estimator, "X": X, "y": y}
    context.call_on_fit_task_begin(**data)
    yield Progress(context, data, fitted_at)
    context.call_on_fit_task_end(**data, reconstruction_attributes={})


def one_task(fit: Method) -> Method:
    """Tell callbacks of a fit that has no epochs."""

    @functools.wraps(fit)
    def whole(self, X, y=None, **options):
        with fit_task(self, X, y):
            return fit(self, X, y, **options)

    return cast(Method, whole)
