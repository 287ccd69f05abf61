"""Checks of parameters."""

import difflib
import math
import numbers
import operator
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from ._arrays import MAX_VALUE, Ragged, check_container

# limits of a number of steps, neurons or samples, which must fit an integer of 32 bits
SIZE_LIMITS: dict[str, Any] = {"low": 1, "high": 2**31 - 1, "integer": True}
# limits of the steps of a sample, so that a damaged file cannot ask for all memory. They allow four
# hours in steps of 1 ms
STEP_LIMITS: dict[str, Any] = {"low": 1, "high": 2**24, "integer": True}
# limits of the length of a step in ms, so that rates and times are finite
DT_LIMITS: dict[str, Any] = {"low": 1e-9, "high": 1e9}
# of a value in data, so that differences are finite
VALUE_LIMITS: dict[str, Any] = {"low": -MAX_VALUE, "high": MAX_VALUE}


def check_number(
        value: Any, name: str, *, low: float | None = None, high: float | None = None,
        above: float | None = None, integer: bool = False, none: bool = False,
        auto: bool = False) -> Any:
    """Return a number as Python's int or float, or raise if it is not within its limits.

    The limits are ``low <= value <= high`` and ``above < value``. With `none`, None is allowed,
    with `auto`, "auto". numpy's numbers are converted because they may overflow, as in
    ``np.uint8(255) + 1``.
    """
    if (none and value is None) or (auto and isinstance(value, str) and value == "auto"):
        return value
    number = _as_number(value, integer)
    if number is None or not -math.inf < number < math.inf or (
            low is not None and number < low or high is not None and number > high
            or above is not None and number <= above):
        kind, limits = "an integer" if integer else "a finite number", (
            (">=", low), ("<=", high), (">", above))
        words = " and ".join(
            [kind, *(f"{sign} {limit}" for sign, limit in limits if limit is not None)])
        others = [None] * none + ["auto"] * auto
        raise (TypeError if number is None else ValueError)(
            f"{name} must be {' or '.join([words, *map(repr, others)])}, got {shown(value)}.")
    return number


def check_steps(value: Any, name: str, dt: float, n_steps: int) -> int:
    """Return a time in ms as a number of steps, or raise unless it is from 1 to n_steps steps."""
    longest = n_steps * dt
    # 24 steps of 0.3 ms are 7.199999999999999 ms, and users write 7.2
    high = max(longest, float(f"{longest:.12g}"))
    return min(round(check_number(value, name, low=dt, high=high) / dt), n_steps)


def checked_times(steps: Any, n_steps: int, X: Any) -> Any:
    """Return the `steps` of a running decision as an array, each step if None.

    Raise if they are out of range or do not rise, or if the samples have unequal length.
    """
    if isinstance(X, Ragged) and len({*X.lengths.tolist()}) > 1:
        raise ValueError("running_decision takes samples of equal length.")
    if steps is None:
        return np.arange(1, n_steps + 1)
    found = np.array(check_numbers(steps, "steps", low=1, high=n_steps, integer=True))
    if not len(found) or (np.diff(found) <= 0).any():
        raise ValueError(f"steps must be rising numbers, at least one, got {shown(steps)}.")
    return found


def checked_weights(weights: Any, n_features: int) -> Any:
    """Return the weights of sums of features, or None, or raise if they have the wrong shape."""
    if weights is None:
        return None
    if np.ndim(weights) != 2 or len(weights) != n_features or not np.isfinite(weights).all():
        raise ValueError(
            f"weights must be finite numbers of shape ({n_features}, n_sums), got shape "
            f"{np.shape(weights)}.")
    return np.asarray(weights)


def _as_number(value, integer):
    """Return a value as an int or float, or None if it is of another kind."""
    kind = numbers.Integral if integer else numbers.Real
    if not isinstance(value, kind) or isinstance(value, (bool, np.timedelta64)):
        return None
    return operator.index(value) if integer else _as_float(value)


def _as_float(value):
    try:
        return float(value)
    except OverflowError:  # from an integer or a fraction
        return math.inf


def check_numbers(values: Any, name: str, **limits: Any) -> tuple[Any, ...]:
    """Return a sequence of numbers as a tuple, each checked by `check_number`."""
    check_container(values, name)
    if not np.iterable(values) or isinstance(values, (str, bytes)):
        raise TypeError(f"{name} must be a sequence of numbers, got {shown(values)}.")
    return tuple(check_number(value, f"{name}[{k}]", **limits) for k, value in enumerate(values))


def check_image(shape: Any) -> tuple[int, ...]:
    """Return a checked ``image_shape``: height and width, with or without the channels."""
    found = check_numbers(shape, "image_shape", **SIZE_LIMITS)
    if len(found) not in (2, 3):
        raise ValueError(
            "image_shape must be (height, width) or (n_channels, height, width), got "
            f"{shown(shape)}.")
    return found


def plain_number(value: Any, name: str) -> Any:
    """Return a number of any type as Python's int or float, and other values as they are."""
    if isinstance(value, np.timedelta64):
        raise TypeError(f"{name} must not have a unit, got {shown(value)}. Pass a number.")
    if type(value) in (bool, int, float):
        return value
    if isinstance(value, numbers.Integral):
        return operator.index(value)
    return _as_float(value) if isinstance(value, numbers.Real) else value


def check_jobs(n_jobs: Any) -> int | None:
    """Return a number of threads, or raise unless it is None or an integer other than 0."""
    n_jobs = check_number(n_jobs, "n_jobs", integer=True, none=True)
    if n_jobs == 0:
        raise ValueError("n_jobs must be None, or an integer other than 0, got 0.")
    return n_jobs


def convert(owner: Any, *names: str, **limits: Any) -> None:
    """Replace attributes of an object by the numbers that `check_number` returns for them."""
    for name in names:
        setattr(owner, name, check_number(getattr(owner, name), name, **limits))


def check_option(value: Any, name: str, allowed: Collection[Any]) -> None:
    """Raise unless a parameter has one of the `allowed` values."""
    # numpy 1 warns if an array is compared with a string
    comparable = () if isinstance(value, np.ndarray) else allowed
    if not any(
            value is option or (isinstance(same := value == option, (bool, np.bool_)) and same)
            for option in comparable):
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, allowed))}, got {shown(value)}."
            f"{similar(value, allowed)}")


def similar(value: Any, allowed: Iterable[Any]) -> str:
    """Return a question that names the allowed text most similar to a value, or no text."""
    names = [name for name in allowed if isinstance(name, str)]
    found = difflib.get_close_matches(value.lower(), names, n=1) if isinstance(value, str) else []
    return f" Did you mean {found[0]!r}?" if found else ""


def shown(value: Any) -> str:
    """Return the repr of a value for an error message, without the types of numpy."""

    def plain(value):
        if type(value) in (tuple, list):
            return type(value)(map(plain, value))
        return value.item() if isinstance(value, np.generic) else value

    return repr(plain(value))
