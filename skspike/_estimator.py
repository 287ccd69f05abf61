"""What all estimators of the package share."""

from sklearn.base import BaseEstimator

from ._callbacks import CallbackSupportMixin


class Estimator(CallbackSupportMixin, BaseEstimator):
    """Base of the estimators: they take callbacks, and series and rasters, (n_samples, n_channels, n_steps), beside 2-D input."""

    def __sklearn_tags__(self):
        """Return the estimator tags: 3-D input is taken as well."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
