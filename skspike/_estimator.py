"""What all estimators of the package share."""

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import metaestimators

from ._callbacks import CallbackSupportMixin
from ._typing import Method


def available_if(check: Callable[[Any], Any]) -> Callable[[Method], Method]:
    """Return scikit-learn's decorator of this name, which checkers see through: a method keeps its type."""
    return metaestimators.available_if(check)


class Estimator(CallbackSupportMixin, BaseEstimator):
    """Base of the estimators: they take callbacks, and series and rasters, (n_samples, n_channels, n_steps), beside 2-D input."""

    def __sklearn_tags__(self):
        """Return the estimator tags: 3-D input is taken as well."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
