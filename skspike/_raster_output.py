"""What the estimators that emit rasters share, or currents of their shape."""

from typing import Self


class RasterOutputMixin:
    """Keep rasters as arrays whatever output container scikit-learn is set to: a data frame has no third dimension."""

    def __init_subclass__(cls, **kwargs):
        """Opt out of scikit-learn's wrapping of `transform`."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept and ignore a request for an output container, so that pipelines can pass it on.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Ignored: rasters are numpy arrays.

        Returns
        -------
        self : estimator
            The estimator.
        """
        return self
