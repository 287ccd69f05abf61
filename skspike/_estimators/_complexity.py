"""Base class of LZCTransformer and LZCClassifier, and their features."""

import itertools
import math

import numpy as np

from .._checks import (
    FillsMissing, Ragged, check_input, check_jobs, check_kinds, check_option, warn, warn_if_table)
from .._compile import map_samples, part_bounds
from .._utils import Estimator, Normalize, PluginMixin, choices, resolve, sections, with_sections
from ..complexity import MEASURES, Measure, n_columns
from ._windows import as_raster, check_windows, counts, shortest_length, window_names

GROUP_SIZE = 2**18  # steps that are measured at a time. A call takes as long as 2000 steps.
SATURATED = 0.9  # fraction of unique columns above which the joint complexity is not informative


class ComplexityFeatures(PluginMixin, FillsMissing, Estimator):
    """Base class of the complexity estimators. Their docstrings contain the sections below.

    Parameters
    ----------
    measure : <measures> or Measure, default="lz76"
        Complexity measure, by name or as an object from `skspike.complexity`, which carries
        parameters.
    normalize : bool or "entropy", default=True
        False: the value of the measure, such as the number of words. True: the normalised value,
        for most measures in bits per step (and channel). "entropy": divide it by the entropy of the
        firing rate of each train ("joint": by the mean over channels), so that random trains with
        different rates have similar values. Trains with no spike or a spike in every step get 0.
        "entropy" is not available for measures that the entropy does not bound.
    channels : {"each", "joint", "mean"}, default="each"
        "each": one feature for each channel. "joint": one feature for all channels together.
        "mean": the mean over channels. All are equal for 2-D input.
    with_counts : bool, default=False
        Append the spike count of each channel, or the mean count over channels for "mean", for
        comparison with complexity.
    n_windows : int, default=1
        Number of windows into which series are cut, from 1 to the number of steps. Their lengths
        differ by at most one step. Each feature is computed in each window, which shows how
        complexity changes in time. Short windows give less reliable values. Windows of samples of
        unequal length are the same fractions of each sample.
    <missing>
        The series are the rows of 2-D input. Spike trains (3-D input) have no values that could be
        filled, and their missing values are refused.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.

    Attributes
    ----------
    measure_ : Measure
        The complexity measure.
    normalize_, channels_, with_counts_, n_windows_ : bool, str or int
        Values of the parameters in `fit`.
    <filled>
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int or None
        Length of the series in `fit`. None if lengths differ.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.
    """

    _plugins = {"measure": MEASURES}
    _rows_are_series = True

    def __init__(
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            missing: str | None = None, n_jobs: int | None = None):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts
        self.n_windows = n_windows
        self.missing = missing
        self.n_jobs = n_jobs

    def _is_raster(self, X, reset):
        """Return whether X is spike trains: series without an axis of channels are binarised."""
        return not (isinstance(X, Ragged) and X.flat)

    def _fit_input(self, X, y="no_validation", **options):
        """Check X, y and the parameters, and return the raster and y, or None."""
        given = check_input(self, X, y, reset=True, **options)
        X, y = given if isinstance(given, tuple) else (given, None)
        check_option(self.channels, "channels", ("each", "joint", "mean"))
        check_option(self.with_counts, "with_counts", (True, False))
        n_jobs = check_jobs(self.n_jobs)
        self.measure_ = resolve(self.measure, MEASURES, "measure")
        self.measure_.check()
        self.measure_.check_normalize(self.normalize)
        self.normalize_ = self.normalize
        self.channels_ = self.channels
        self.with_counts_ = self.with_counts
        self.n_windows_ = check_windows(self.n_windows, X)
        if X.ndim == 2:
            warn_if_table(X, type(self).__name__)
        self.n_steps_in_ = None if isinstance(X, Ragged) else X.shape[-1]
        raster = as_raster(X, type(self).__name__, n_jobs)
        shortest = shortest_length(X) // self.n_windows_
        _warn_if_too_short(self.measure_, shortest)
        if self.channels == "joint":
            _warn_if_saturated(
                np.stack([sample[:, :shortest] for sample in raster]) if isinstance(
                    raster, Ragged) else raster[..., :shortest])
        return raster, y

    def _feature_names(self, channels):
        """Return the names of the features, given the names of the channels."""
        if self._n_dims_in == 2:
            measured, counted = [""], [""]
        elif self.channels_ == "mean":
            measured, counted = ["_mean"], ["_mean"]
        else:
            counted = [f"_{channel}" for channel in channels]
            measured = ["_joint"] if self.channels_ == "joint" else counted
        names = [f"{self.measure_.name}{end}" for end in measured] + [
            f"count{end}" for end in counted if self.with_counts_]
        return window_names(names, self.n_windows_)


with_complexity_options = with_sections(
    **sections(ComplexityFeatures), measures=choices(MEASURES),
    missing=sections(FillsMissing)["parameters"], filled=sections(FillsMissing)["attributes"])


def features_of(fitted, raster):
    """Return the features, (n_samples, n_features), of a raster for a fitted estimator."""
    check_kinds({"measure_": (fitted.measure_, Measure)})
    fitted.measure_.check()
    return map_samples(
        lambda raster: _features(fitted, raster), raster,
        lambda shape: GROUP_SIZE // math.prod(shape), check_jobs(fitted.n_jobs))


def _features(fitted, raster):
    """Return the features of a group of rows."""
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
    """Warn if the measure has the same value for all series of this length."""
    if n_steps < measure.min_steps:
        warn(
            f"{measure!r} has the same value for all series of {n_steps} steps and needs at least "
            f"{measure.min_steps}. Use longer series, fewer windows or another measure.")


def _warn_if_saturated(raster):
    """Warn if nearly every column of a typical sample is unique."""
    n_steps = raster.shape[-1]
    unique = np.median(n_columns(raster)) / n_steps
    if raster.shape[1] > 1 and unique > SATURATED:
        warn(
            f"channels='joint' is saturated: {unique:.0%} of the {n_steps} columns of a typical "
            "sample are unique, so that nearly every step is a word. Use fewer channels, fewer "
            "windows, longer series, or channels='each'.")
