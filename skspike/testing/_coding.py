"""The contract of a coding."""

import numpy as np
from sklearn.base import clone

from .._checks import LARGEST
from ..coding import Coding
from ..rasters import SpikeEncoder
from ._common import Contract, check_bad_values, check_parameters

SHAPES = {2: (12, 3), 3: (12, 3, 17)}
N_STEPS = 30


def check_coding(coding: Coding) -> None:
    """Check that a coding keeps its promises: rasters that depend on the values and the seed alone, and parameters that are checked.

    A raster holds 0 and 1 as uint8, or, of a coding that is ``graded``, finite currents as float32,
    and has ``channels_per_feature`` channels with names of their own for each feature. That of a
    row does not depend on the other rows, their order, or the type or layout of the input. Bad
    values of each parameter are refused by name.

    Parameters
    ----------
    coding : Coding
        An object with the parameters that are to be tested; it is not changed.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names the class, the function and what is wrong.

    See Also
    --------
    skspike.coding.Coding : Base of the codings.

    Examples
    --------
    >>> from skspike.coding import Latency
    >>> from skspike.testing import check_coding
    >>> check_coding(Latency(silent_below=0.1))
    """
    contract = Contract(coding, Coding)
    check_parameters(contract)
    taken = [ndim for ndim in SHAPES if ndim not in coding.refuses]
    contract.holds(taken, "refuses", "a coding takes features or series")
    for ndim in taken:
        # as float32 too holds exactly
        X = np.random.default_rng(ndim).normal(size=SHAPES[ndim]).astype(np.float32).astype(float)
        _check_rasters(contract, X)
        _check_batches(contract, X)
        _check_training(contract, X)
        check_bad_values(contract, _encoder, X)


def _encoder(coding, n_steps=N_STEPS):
    return SpikeEncoder(coding, n_steps=n_steps, random_state=0)


def _check_rasters(contract, X):
    """Check shapes, values and names, for any number of steps."""
    X.flags.writeable, coding = False, contract.subject
    for n_steps in (1, 2, 17, N_STEPS):
        fitted = contract.raises_nothing("encode", _encoder(contract.subject, n_steps).fit, X)
        raster = contract.raises_nothing("encode", fitted.transform, X)
        per_feature = fitted.coding_.channels_per_feature
        shape = len(X), X.shape[1] * per_feature, n_steps
        contract.holds(
            raster.shape == shape, "encode",
            f"must return a raster of shape {shape}, got {raster.shape}")
        dtype, limits = (np.float32, (-LARGEST, LARGEST)) if coding.graded else (np.uint8, (0, 1))
        contract.holds(
            raster.dtype == dtype and raster.flags.c_contiguous, "encode",
            f"must return C-contiguous {dtype.__name__}")
        # no comparison holds of nan
        inside = limits[0] <= raster.min() <= raster.max() <= limits[1]
        contract.holds(
            inside, "encode",
            f"must return {'finite currents' if coding.graded else '0 and 1'} only")
    contract.holds(
        raster.min() < raster.max(), "encode",
        "values from the lowest to the highest give no spikes, or nothing else")
    names = fitted.get_feature_names_out().tolist()
    contract.holds(
        len(set(names)) == len(names) == raster.shape[1], "channel_names",
        f"must give each channel its own name, got {names}")
    in_order = all(name.startswith(f"x{k // per_feature}") for k, name in enumerate(names))
    contract.holds(
        in_order, "channel_names",
        f"must begin with the name of the feature, in the order of the channels, got {names}")
    still = fitted.fit_transform(np.full_like(X, 3.0))
    contract.same(still[1:], still[:-1], "encode", "equal rows must get equal rasters")


def _check_batches(contract, X):
    """Check that the raster of a row depends on its own values and the seed alone."""
    fitted = _encoder(contract.subject).fit(X)
    raster = fitted.transform(X)
    contract.same(
        _encoder(contract.subject).fit_transform(X), raster, "encode",
        "equal seeds must give equal rasters")
    for rows in (*np.arange(len(X))[:, None], [3, 1, 2], np.arange(len(X))[::-1], [5, 5, 5, 0]):
        contract.same(
            fitted.transform(X[rows]), raster[rows], "encode",
            "the raster of a row must not depend on its batch or the order")
    for given in (
            X.astype(np.float32), np.asfortranarray(X), np.repeat(X, 2, axis=-1)[..., ::2],
            X.tolist()):
        contract.same(
            fitted.transform(given), raster, "encode",
            "the raster must not depend on the type or layout of the input")
    changed = X.copy()
    changed[:, 1] = changed[::-1, 1]
    own = slice(raster.shape[1] // X.shape[1], 2 * raster.shape[1] // X.shape[1])
    moved, varies = (
        (rasters != raster).any(axis=(0, 2))[own]
        for rasters in (fitted.transform(changed), raster[::-1]))
    depend = moved.any() and moved[varies].all()
    contract.holds(
        depend, "encode",
        "the channels of a feature must depend on its values, all those of the first feature first")


def _check_training(contract, X):
    """Check rasters of training, where noise may be fresh in every epoch and row."""
    coding = clone(contract.subject)
    x = (X - X.min()) / np.ptp(X)
    x = x if x.ndim == 2 else x[:, :, np.arange(N_STEPS) % x.shape[2]]
    rows = np.array([7, 2])
    coding.check(1.0)
    if hasattr(coding, "fit"):
        contract.raises_nothing("fit", coding.fit, np.moveaxis(x, 1, 0))
    every = contract.raises_nothing(
        "encode", coding.encode, x, N_STEPS, 1.0, 5, (4, np.arange(len(x))))
    alone = coding.encode(x[rows], N_STEPS, 1.0, 5, (4, rows))
    contract.same(
        alone, every[rows], "encode",
        "with a stream, the raster of a row must not depend on its batch")
