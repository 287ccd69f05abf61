"""Checks that every parameter, and the length of a step, changes the result of a part."""

import functools
import re

import numpy as np
from sklearn.base import clone

# tried in the place of a number, as far as the part accepts them
FACTORS, TERMS = (2, 0.5, 10, 0.1, 100, 0.01), (1, -1, 0.1, -0.1, 10, 100)
STEPS = (0.5, 0.1, 2.0, 10.0, 100.0)  # ms, next to the step of 1 ms


def check_effects(contract, check, result, names=None, each=True):
    """Check that each parameter changes the result in one of the contexts.

    Contexts are the part itself, and the part with another word or truth value of one parameter.
    In a sequence each entry must change the result, or one of them unless `each`.

    Parameters
    ----------
    contract : Contract
        Its subject is the part.
    check : callable
        Raises a TypeError or ValueError if it gets a part with a value that is not allowed.
    result : callable
        Returns a list of arrays from a part.
    names : list of str or None, default=None
        Parameters to check. None means all.
    each : bool, default=True
        Whether each entry of a sequence must change the result.
    """
    part = contract.subject
    contexts, values = [part, *_contexts(part, check)], part.get_params(deep=False)
    base = functools.cache(lambda k: result(clone(contexts[k])))
    for name in values if names is None else names:
        value = values[name]
        tried = [[*_tried(contexts, check, name, place)] for place in _places(value)]
        used = [any(differ(_attempt(result, other), base(k)) for k, other in of) for of in tried]
        others = [other.get_params(deep=False)[name] for of in tried for _, other in of]
        contract.holds(
            not others or (all if each else any)(used), "__init__",
            f"{name} must change the result, and {value!r} and {[*others, None][0]!r} give the "
            "same. Use the parameter, or remove it")


def _places(value):
    """Return the places in a sequence that another value can take, (None,) for a single value."""
    return range(len(value)) if isinstance(value, (tuple, list)) else (None,)


def _tried(contexts, check, name, place):
    """Yield the number of each context, and copies of it with other values of a parameter."""
    for k, context in enumerate(contexts):
        for other in variants(context, check, name, place):
            yield k, other


def _contexts(part, check):
    """Yield the part with another word or truth value of one parameter."""
    for name, value in part.get_params(deep=False).items():
        if value is None or isinstance(value, (bool, str)):
            yield from variants(part, check, name)


def variants(part, check, name, place=None):
    """Yield copies of a part with another accepted value of a parameter or of one entry of it."""
    value = part.get_params(deep=False)[name]
    for other in _others(value if place is None else value[place], _words(part, check, name)):
        new = other if place is None else type(value)([*value[:place], other, *value[place + 1 :]])
        variant = clone(part).set_params(**{name: new})
        if accepts(check, variant):
            yield variant


def accepts(check, part):
    """Return whether a check raises no error for a copy of a part."""
    try:
        check(clone(part))
    except (TypeError, ValueError):
        return False
    return True


def _words(part, check, name):
    """Return the words that the refusal of a wrong value names."""
    try:
        check(clone(part).set_params(**{name: "no such value"}))
    except (TypeError, ValueError) as error:
        return [word for word in re.findall(r"'(\w+)'", str(error)) if word != name]
    return []


def _others(value, words):
    """Return other values to try."""
    if isinstance(value, (bool, np.bool_)):
        return [not value]
    if value is None:
        return [*words, 1, 2.0]
    if isinstance(value, str):
        numbers = [0.3] * (value == "auto")
        return [*(word for word in words if word != value), *numbers]
    others = [*np.multiply(value, FACTORS).tolist(), *np.add(value, TERMS).tolist()]
    rounded = map(round, others) if isinstance(value, int | np.integer) else others
    return [other for other in rounded if other != value]


def _attempt(result, part):
    """Return the result of a part, or None if it does not run with these values."""
    try:
        return result(part)
    except (TypeError, ValueError):
        return None


def differ(ones, others):
    """Return whether two lists of arrays differ; None is the result of a part that does not run."""
    return ones is not None and not all(map(np.array_equal, ones, others))


def shown(numbers):
    """Return numbers as text."""
    return ", ".join(f"{number:.4g}" for number in numbers)


def check_dt(contract, check, result, where, of):
    """Check that a result depends on the length of a step if, and only if, the part says so.

    `result` gets the part and the step in ms. A part whose ``uses_dt`` is None must depend on the
    step if one of its parameters is a float.
    """
    part, declared = contract.subject, contract.subject.uses_dt
    values = part.get_params(deep=False).values()
    wanted = any(map(_has_float, values)) if declared is None else declared
    base = result(clone(part), 1.0)
    steps = [dt for dt in STEPS if accepts(lambda other: check(other, dt), part)]  # noqa: B023
    depends = any(differ(result(clone(part), dt), base) for dt in steps)
    contract.holds(
        depends or not wanted or not steps, where,
        f"{of} must depend on dt, because times are in ms and rates in Hz. Convert them to steps "
        "by dt, or set uses_dt = False if no parameter is a time or a rate")
    contract.holds(
        not depends or wanted or declared is None, where,
        f"{of} depends on dt. Set uses_dt = True, or leave dt out")
    return wanted


def _has_float(value):
    return isinstance(value, (float, np.floating)) or (
        isinstance(value, (tuple, list)) and any(map(_has_float, value)))
