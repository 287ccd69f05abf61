"""Checks that a network can run step by step, as on streams and as exported code."""

from __future__ import annotations

from typing import Any

from .._checks import Ragged, check_holds
from ..learning import Rule, Settings
from ..readouts import Readout


def check_streams(network: Any, rule: Rule) -> None:
    """Raise an error if a network with a rule needs whole samples, after a fit or before."""
    if network.scales_samples_:
        raise ValueError(
            "A network that scales each series by itself (standardize='sample', or chosen by "
            "'auto') cannot stream, because it needs all values. Fit it with standardize=True, or "
            "with streaming=True.")
    check_holds(network)
    rule.check_stepper()


def check_length_known(fitted: Any) -> None:
    """Raise if features depend on the length of a train, which a stream does not know."""
    if not fitted._equal_length_in:
        _check_filters(fitted.readout_, fitted.n_steps_, fitted.dt_, type(fitted).__name__)


def _check_filters(readout: Readout | None, n_steps: int, dt: float, name: str) -> None:
    """Raise if the filters of a readout change in time."""
    filters = None if readout is None else readout.filters(n_steps, dt)
    if filters is not None and (filters != filters[:, :1]).any():
        raise ValueError(
            f"{name} cannot stream predictions: it was fitted on samples of unequal length, and "
            f"the features of {readout!r} depend on the length of a train, which a stream does not "
            "know before its end. Use readout='count', or readout='auto' with streaming=True, or "
            "samples of equal length (n_beginnings=0 in an EarlyClassifier).")


def check_streamable(network: Any, settings: Settings, X: Any) -> None:
    """Raise if a fit on X with `streaming` would give a network that cannot stream.

    The encoder is checked when it is fitted.
    """
    check_streams(network, settings.rule)
    if isinstance(X, Ragged) and "readout" in settings.rule.supports:
        _check_filters(settings.readouts[0], X.shape[2], settings.dt, type(network).__name__)
