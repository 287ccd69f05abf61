"""What LZCTransformer and LZCClassifier share: parameters, checks, and the way from a raster to features.

raster (n_samples, n_channels, n_steps) -> complexity of each channel, or of all together ->
features
"""

import itertools

import numpy as np

from .._checks import check_input, check_option, warn, warn_if_table
from .._utils import Estimator, Normalize, PluginMixin, choices, part_bounds, resolve, with_sections
from ..complexity import MEASURES, Measure, column_symbols
from ._windows import as_raster, check_windows, counts, window_names

PARAMETERS = """
    measure : {measures} or Measure, default="lz76"
        What is measured: the name of a measure in `skspike.complexity`, or such an object, which carries parameters.
    normalize : bool or "entropy", default=True
        True: the normalised complexity, in bits per step (and channel), instead of the number of words or what else the measure gives.
        "entropy": divide that by the entropy of each train's own rate ("joint": by its mean over the channels), so that random trains of
        different rates compare; 0 for a train with a spike in no or every step. Some measures have no such form, and say so.
    channels : {{"each", "joint", "mean"}}, default="each"
        One feature for each channel; or one for all channels together; or one, the mean over channels. For 2-D input they agree.
    with_counts : bool, default=False
        Append the spike count of each channel, or, for "mean", the mean count over channels, as the control for the complexity.
    n_windows : int, default=1
        Windows of time into which the series are cut, as equal as their length allows. Each is measured, normalised and counted by
        itself, which gives every feature once for each of them: how complexity changes in time. Short windows tell little."""

ATTRIBUTES = """
    measure_ : Measure
        The measure in use.
    normalize_, channels_, with_counts_, n_windows_ : bool, str or int
        The parameters of these names, as `fit` found them.
    n_features_in_ : int
        Channels of 3-D input; series length of 2-D input.
    n_steps_in_ : int
        Series length seen in `fit`.
    n_dims_in_ : int
        Dimensions of the input seen in `fit`, 2 or 3.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the input's columns, if it had names."""

documented = with_sections(
    parameters=PARAMETERS.format(measures=choices(MEASURES)), attributes=ATTRIBUTES)

_SATURATED = 0.9  # share of unique columns above which the joint complexity says little


class ComplexityFeatures(PluginMixin, Estimator):
    """Base of the estimators that read complexity; see them for the parameters."""

    _plugins = {"measure": MEASURES}

    def __init__(
        self,
        measure: str | Measure = "lz76",
        *,
        normalize: Normalize = True,
        channels: str = "each",
        with_counts: bool = False,
        n_windows: int = 1,
    ):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts
        self.n_windows = n_windows

    def _fit_input(self, X, y="no_validation"):
        """Check X, y and the parameters, and return the raster, with y if it is given."""
        given = check_input(self, X, y, reset=True)
        X, y = given if isinstance(given, tuple) else (given, None)
        check_option(self.channels, "channels", ("each", "joint", "mean"))
        check_option(self.with_counts, "with_counts", (True, False))
        self.measure_ = resolve(self.measure, MEASURES, "measure")
        self.measure_.check()
        self.measure_.check_normalize(self.normalize)
        self.normalize_ = self.normalize
        self.channels_ = self.channels
        self.with_counts_ = self.with_counts
        self.n_windows_ = check_windows(self.n_windows, X.shape)
        if X.ndim == 2:
            warn_if_table(X, type(self).__name__)
        self.n_steps_in_ = X.shape[-1]
        raster = as_raster(X, type(self).__name__)
        shortest = self.n_steps_in_ // self.n_windows_
        _warn_if_too_short(self.measure_, shortest)
        if self.channels == "joint":
            _warn_if_saturated(raster[..., :shortest])
        return raster, y

    def _feature_names(self, channels):
        """Return the names of the features, given those of the channels."""
        if self.n_dims_in_ == 2:
            measured, counted = [""], [""]
        elif self.channels_ == "mean":
            measured, counted = ["_mean"], ["_mean"]
        else:
            counted = [f"_{channel}" for channel in channels]
            measured = ["_joint"] if self.channels_ == "joint" else counted
        names = [f"{self.measure_.name}{end}" for end in measured] + [
            f"count{end}" for end in counted if self.with_counts_]
        return window_names(names, self.n_windows_)


def features_of(fitted, raster):
    """Return the features (n_samples, n_features) that a fitted estimator sees in a raster."""
    measured = fitted.measure_.joint if fitted.channels_ == "joint" else fitted.measure_.each
    windows = itertools.pairwise(part_bounds(raster.shape[-1], fitted.n_windows_))
    values = np.stack(
        [measured(raster[..., start:stop], fitted.normalize_) for start, stop in windows], axis=-1)
    blocks = [values[:, np.newaxis] if fitted.channels_ == "joint" else values]
    if fitted.with_counts_:
        blocks.append(counts(raster, fitted.n_windows_))
    if fitted.channels_ == "mean":
        blocks = [block.mean(axis=1, keepdims=True) for block in blocks]
    return np.hstack(
        [block.reshape(len(raster), -1) for block in blocks]).astype(np.float64, copy=False)


def _warn_if_too_short(measure, n_steps):
    """Warn if the measure is the same for all series of this length."""
    if n_steps < measure.min_steps:
        warn(
            f"{measure!r} cannot tell series of {n_steps} steps apart, which takes "
            f"{measure.min_steps} at least: every value is the same. "
            "Use longer series, fewer windows, or a measure that looks at fewer steps.")


def _warn_if_saturated(raster):
    """Warn if nearly every column of the typical sample is unique."""
    n_steps = raster.shape[-1]
    unique = np.median(column_symbols(raster).max(axis=1) + 1) / n_steps
    if raster.shape[1] > 1 and unique > _SATURATED:
        warn(
            f"channels='joint' is saturated: {unique:.0%} of the {n_steps} columns of a typical "
            "sample are unique, so that nearly every "
            "step is a word whatever the spikes do. Use fewer channels or windows or longer "
            "series, or channels='each'.")
