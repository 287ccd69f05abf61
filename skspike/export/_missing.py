"""Missing values as C: the latest value of each channel, which replaces them."""

from typing import Any

from .._checks import check_holds, means_of
from ._program import Input, Program, loop


def write_filled(program: Program, fitted: Any, source: Input, kind: str = "double") -> Input:
    """Write how a fitted estimator fills missing values of its `Input`. Return the filled one.

    `kind` is the type of the values. Means before the first value need double, if the next stage
    computes in it.
    """
    if not source.is_current or fitted.missing_ is None:
        return source
    check_holds(fitted)
    mean = program.each(kind, "missing_mean", means_of(fitted, source.size), "c")
    latest = program.variable(
        kind, "latest", (source.size,), "value of each channel, at first its mean", reset=False)
    program.resets += loop("c", source.size, f"{latest}[c] = {mean};")
    value = f"{source.name}[c]"
    program.stage(
        "fill", "Keep the values that are not missing (NaN, which differs from itself).", loop(
            "c", source.size, f"if ({value} == {value}) {{", f"    {latest}[c] = {value};", "}"),
        first=source.held)
    return source._replace(name=latest)
