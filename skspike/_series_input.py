"""What the estimators share that take series and rasters beside features."""


class SeriesInputMixin:
    """Tell scikit-learn that 3-D input is taken, (n_samples, n_channels, n_steps), beside 2-D input."""

    def __sklearn_tags__(self):
        """Return the estimator tags: 3-D input is taken as well."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
