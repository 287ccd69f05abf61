"""A fitted network at work: checked input goes in, and what a rule reads off the simulation comes out.

Estimators and metrics run networks alike. All that is read of an estimator are the attributes that
its fit shows.
"""

import itertools
import threading
import time
import weakref
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._checks import LARGEST, check_input, check_jobs, is_raster, warn_if_scales_differ
from .._compile import map_threads
from ..simulation import Layer, Network, groups
from ._inputs import to_events

EVERY = 5.0  # seconds, in which those who wait for much are told how far it is


def checked(estimator, X, y="no_validation", *, reset=False, **options):
    """Return X as a raster of bytes, as currents in float32, which may change in time, or as the encoder takes it; with y, if given."""
    # scikit-learn's own check takes as long as a small network
    if not reset and not hasattr(estimator, "weights_"):
        check_is_fitted(estimator, "weights_")
    given = check_input(estimator, X, y, reset=reset, **options)
    X, *target = given if isinstance(given, tuple) else (given,)
    name = type(estimator).__name__
    encoder = estimator.encoder if reset else estimator.encoder_
    if encoder is None and X.ndim == 3 and is_raster(X):
        X = np.ascontiguousarray(X, dtype=np.uint8)
    elif encoder is None:
        if reset and X.ndim == 2:
            warn_if_scales_differ(X, name)
        if float(X.max()) > LARGEST or float(X.min()) < -LARGEST:  # a float16 knows no such limit
            raise ValueError(
                f"{name} computes in float32, and the input holds values too large for it; scale "
                "the features first.")
        X = np.ascontiguousarray(X, dtype=np.float32)
    return (X, *target) if target else X


def layers_of(fitted):
    """Return the layers of a fitted estimator."""
    values = [
        dict(zip(fitted.intrinsics_, layer, strict=True))
        for layer in zip(*fitted.intrinsics_.values(), strict=True)]
    return [
        Layer(*layer)
        for layer in zip(fitted.weights_, values, fitted.recurrent_weights_, strict=True)]


def steps(fitted, X):
    """Return for how many steps checked input runs."""
    if fitted.encoder_ is not None:
        return fitted.encoder_._steps(X)
    return X.shape[2] if X.ndim == 3 else fitted.n_steps_


class _Plan:
    """A network made for fitted arrays, and the bytes that they held then: a change in place shows too."""

    def __init__(self, fitted):
        self.neuron = fitted.neuron_
        self.readout = fitted.readout_
        self.dt = fitted.dt_
        self.content = _content(fitted)
        # the plan must not keep its key alive
        layers = [layer._replace(weights=layer.weights.copy()) for layer in layers_of(fitted)]
        self.network = Network(fitted.neuron_, layers, fitted.dt_, readout=fitted.readout_)

    def holds(self, fitted):
        """Tell whether the network is still that of an estimator."""
        same = (
            self.neuron is fitted.neuron_ and self.readout is fitted.readout_
            and self.dt == fitted.dt_)
        return same and self.content == _content(fitted)


def _content(fitted):
    arrays = itertools.chain(
        fitted.weights_, fitted.recurrent_weights_, *fitted.intrinsics_.values())
    return [None if array is None else array.tobytes() for array in arrays]


# By the first fitted array, and gone with it. Estimators stay plain data, and the copies that
# answers run on share the plan.
_plans: dict[int, Any] = {}


def network_of(fitted):
    """Return the network of a fitted estimator; to make it anew would take longer than a small sample does."""
    first = fitted.weights_[0]
    plan = _plans.get(id(first))
    if plan is None or not plan.holds(fitted):
        plan = _Plan(fitted)
        if id(first) not in _plans:
            weakref.finalize(first, _plans.pop, id(first), None)
        _plans[id(first)] = plan
    return plan.network


def _told(one, n_samples, name):
    """Return a function of groups of rows that does the same, and prints now and then how many rows are done."""
    lock, start, done, told = threading.Lock(), time.monotonic(), 0, 0

    def told_of(group):
        """Run a group, and print if it is time."""
        nonlocal done, told
        part = one(group)
        with lock:
            done += len(group)
            passed = int((time.monotonic() - start) / EVERY)
            if passed > told:
                told = passed
                print(f"{name}: {done} of {n_samples} samples")
        return part

    return told_of


def run(fitted, X, output, out=None):
    """Return ``output(network, events)`` for groups of the rows of checked input, in order.

    With `out`, an array with a row for each of X, it is called with the group's rows of it as well,
    and writes there.
    """
    network, n_steps, encoder = network_of(fitted), steps(fitted, X), fitted.encoder_
    n_jobs = check_jobs(fitted.n_jobs)

    def one(group):
        rows = slice(group[0], group[-1] + 1)
        events = to_events(X[rows], n_steps, encoder, fitted.taps_)
        return output(network, events) if out is None else output(network, events, out[rows])

    told = _told(one, len(X), type(fitted).__name__) if fitted.verbose else one
    parts = map_threads(told, groups(network, range(len(X)), n_steps, record=False), n_jobs)
    return out if out is not None else parts[0] if len(parts) == 1 else np.concatenate(parts)
