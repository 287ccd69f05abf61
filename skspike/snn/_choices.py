"""Rules by which the data choose parameters that are "auto"."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_regressor

from .._checks import entries, is_signed
from .._utils import resolve
from ..augmentation import Augment
from ..coding import CODINGS
from ..learning import Rule
from ..rasters import SpikeEncoder
from ..readouts import READOUTS, Count, Readout, Windows
from ._parameters import NetworkParameters

SHIFT = 0.05  # of series in time, for augment="auto"
AUTOMATIC = "dropout", "alpha", "standardize", "delays"  # chosen by the untrained network


def is_auto(value: Any) -> bool:
    """Return whether a parameter is "auto"."""
    return isinstance(value, str) and value == "auto"


def automatic(network: NetworkParameters, rule: Rule, X: Any) -> tuple[str, ...]:
    """Return the parameters that are chosen after the checks, by the untrained network."""
    choosable = _choosable(X, network.encoder, rule)
    return tuple(
        name for name in AUTOMATIC if name in choosable and is_auto(getattr(network, name)))


def augmentation_of(network: NetworkParameters, rule: Rule, X: Any) -> Any:
    """Return the augmentation, with "auto" resolved: small shifts of the series of a classifier."""
    if not is_auto(network.augment):
        return network.augment
    shifts = "augment" in _choosable(X, network.encoder, rule) and not is_regressor(network)
    return Augment(time_shift=SHIFT) if shifts else None


def readouts_of(network: NetworkParameters, X: Any) -> tuple[Readout, ...]:
    """Return the candidate readouts. Constant input gets spike counts only."""
    if is_auto(network.readout):
        return (Count(),) if X.ndim == 2 else (Count(), Windows(4), Windows(10))
    found = resolve(network.readout, READOUTS, "readout")
    found.check()
    return (found,)


def _choosable(X: Any, encoder: SpikeEncoder | None, rule: Rule) -> tuple[str, ...]:
    """Return the parameters that the data may choose, by the kind of input and the rule."""
    if X.ndim == 2:
        names: tuple[str, ...] = ("alpha", "dropout") if _is_rate_coded(encoder) else ()
    elif encoder is None and X.dtype == np.uint8:
        names = ()
    else:
        names = ("delays",) if is_signed(entries(X)) else ("standardize", "delays", "augment")
    return tuple(name for name in names if name in rule.chooses)


def _is_rate_coded(encoder: SpikeEncoder | None) -> bool:
    """Return whether spike counts follow the input: it is not encoded as the times of spikes."""
    if encoder is None:
        return True
    coding = CODINGS.get(encoder.coding) if isinstance(encoder.coding, str) else encoder.coding
    meanings: Any = getattr(coding, "higher_means", None)
    return not {"earlier", "later"} & set(meanings if isinstance(meanings, tuple) else [meanings])
