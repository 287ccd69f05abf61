"""Checks that all families share: values of parameters, batches and layouts."""

import functools
import re
import warnings

import numpy as np
from sklearn.base import clone

from .._base import all_finite

UNKNOWN = (object(), "no such value", np.nan)  # no parameter accepts them
DOUBTFUL = (np.inf, -np.inf, -1.0, 5e-324, 1e300)  # refused, or a fit with them is finite
FORMS = (
    lambda X: X.astype(np.float32), lambda X: X > 0 if X.dtype == np.uint8 else X,
    np.asfortranarray, lambda X: np.repeat(X, 2, axis=-1)[..., ::2], np.ndarray.tolist)
# tried in the place of a number, as far as the part accepts them
FACTORS, TERMS = (2, 0.5, 10, 0.1, 100, 0.01), (1, -1, 0.1, -0.1, 10, 100)
STEPS = (0.5, 0.1, 2.0, 10.0, 100.0)  # ms, next to the step of 1 ms


class Demands(list):
    """Checks of a family, in their order: functions of a contract, which this decorates."""

    def __call__(self, check):
        """Add a check."""
        self.append(check)
        return check


class Contract:
    """A part to check. Failures name the class, the method, the fault and the page on it."""

    def __init__(self, part, base):
        self.part, self.name = part, type(part).__name__
        self.page = "Add a neuron" if base.__name__ == "Neuron" else "Add another part"

    def failure(self, where, what):
        """Return a failure."""
        return AssertionError(
            f'{self.name}.{where}: {what.rstrip(".")}. The page "{self.page}" of the documentation '
            "lists all demands.")

    def holds(self, condition, where, what):
        """Raise unless a condition holds."""
        if not condition:
            raise self.failure(where, what)

    def raises_nothing(self, where, function, *args, **kwargs):
        """Return the result of a function, and raise a failure if it raises anything."""
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise self.failure(where, f"{type(error).__name__}: {error}") from error

    def same(self, one, other, where, what):
        """Raise unless two arrays, or two lists of arrays, are equal to the bit."""
        ones, others = (value if isinstance(value, list) else [value] for value in (one, other))
        equal = len(ones) == len(others) and all(map(np.array_equal, ones, others))
        self.holds(equal, where, what)

    def by_rows(self, function, X, where):
        """Return the result for X. Raise if a row depends on its batch or the order."""
        result = self.raises_nothing(where, function, X)
        for rows in ([0], [7], [3, 1, 2], [5, 5, 5, 0], np.arange(len(X))[::-1]):
            self.same(
                function(X[rows]), result[rows], where,
                "the result for a row must not depend on its batch or the order")
        return result

    def by_values(self, function, X, where):
        """Raise if the result for X depends on its type or layout."""
        result = function(X)
        for form in FORMS:
            self.same(
                function(form(X)), result, where,
                "the result must not depend on the type or layout of the input")


def rasters(rates, n_channels, n_steps):
    """Return random rasters, one for each rate."""
    draws = np.random.default_rng(0).random((len(rates), n_channels, n_steps))
    return (draws < np.reshape(rates, (-1, 1, 1))).astype(np.uint8)


def shown(numbers):
    """Return numbers as text."""
    return ", ".join(f"{number:.4g}" for number in numbers)


def check_bad_values(contract, estimator_of, *data):
    """Fit with bad values of each parameter, and of the first entry of each sequence.

    They must be refused by name before the estimator changes. Doubtful values may also be harmless,
    or not fit to another parameter, which the error names.
    """
    parameters = contract.part.get_params(deep=False)
    for name, good in parameters.items():
        for value in (*UNKNOWN, *DOUBTFUL):
            doubtful = any(value is one for one in DOUBTFUL)
            is_sequence = isinstance(good, tuple | list)
            for given in (value, *([type(good)([value, *good[1:]])] if is_sequence else [])):
                estimator = estimator_of(clone(contract.part).set_params(**{name: given}))
                where = f"check (with {name}={given!r})"
                names = [name, *parameters] if doubtful else [name]
                refused = _is_refused(contract, estimator, names, where, data)
                contract.holds(refused or doubtful, where, "must be refused")


def _is_refused(contract, estimator, names, where, data):
    """Return whether a fit raises an error that names a parameter. Else its results are finite."""
    before = dict(vars(estimator))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            estimator.fit(*data)
    except (TypeError, ValueError) as error:
        contract.holds(
            re.search(rf"(?<!\w)({'|'.join(names)})(?!\w)", str(error)), where,
            f"the error must name {names[0]}, got {type(error).__name__}: {error}")
        now = vars(estimator)
        contract.holds(
            now.keys() == before.keys() and all(now[key] is before[key] for key in now),
            where, "the estimator is changed although the value is refused")
        return True
    except Exception as error:
        raise contract.failure(
            where, f"must raise a TypeError or ValueError that names {names[0]}, or run without "
            f"warnings, got {type(error).__name__}: {error}") from error
    fitted = dict(vars(estimator))
    neuron = fitted.get("neuron_")
    if neuron is not None and neuron.named("membrane") not in neuron.learnable():
        # a fixed time constant of the membrane may be infinite
        membrane = neuron.named("membrane")
        fitted["intrinsics_"] = {
            name: value for name, value in fitted["intrinsics_"].items() if name != membrane}
    contract.holds(
        all_finite(fitted), where, "the value is not refused, and the fit is not finite")
    return False


def check_effects(contract, check, result, names=None, each=True):
    """Check that each parameter changes the result in one of the contexts.

    Contexts are the part itself, and the part with another word or truth value of one parameter.
    In a sequence each entry must change the result, or one of them unless `each`. `check` raises an
    error for a part with a value that is not allowed, and `result` returns a list of arrays.
    """
    values, contexts = contract.part.get_params(deep=False), [contract.part]
    for name, value in values.items():
        if value is None or isinstance(value, bool | str):
            contexts += _variants(contract.part, check, name)
    base = functools.cache(lambda k: result(clone(contexts[k])))
    for name in values if names is None else names:
        value, used, others = values[name], [], []
        for place in range(len(value)) if isinstance(value, tuple | list) else [None]:
            tried = [
                (k, other) for k, context in enumerate(contexts)
                for other in _variants(context, check, name, place)]
            used.append(any(differ(_attempt(result, other), base(k)) for k, other in tried))
            others += [other.get_params(deep=False)[name] for _, other in tried]
        contract.holds(
            not others or (all if each else any)(used), "__init__",
            f"{name} must change the result, and {value!r} and {[*others, None][0]!r} give the "
            "same. Use the parameter, or remove it")


def _variants(part, check, name, place=None):
    """Return copies of a part with another accepted value of a parameter or of one entry of it."""
    value, found = part.get_params(deep=False)[name], []
    for other in other_values(value if place is None else value[place], _words(part, check, name)):
        new = other if place is None else type(value)([*value[:place], other, *value[place + 1 :]])
        variant = clone(part).set_params(**{name: new})
        if accepts(check, variant):
            found.append(variant)
    return found


def accepts(check, part):
    """Return whether a check raises no error for a copy of a part."""
    return _attempt(lambda copied: check(copied) or True, clone(part)) is not None


def _attempt(function, part):
    """Return the result for a part, or None if it does not run with these values."""
    try:
        return function(part)
    except (TypeError, ValueError):
        return None


def _words(part, check, name):
    """Return the words that the refusal of a wrong value names."""
    try:
        check(clone(part).set_params(**{name: "no such value"}))
    except (TypeError, ValueError) as error:
        return [word for word in re.findall(r"'(\w+)'", str(error)) if word != name]
    return []


def other_values(value, words):
    """Return other values to try."""
    if isinstance(value, bool | np.bool_):
        return [not value]
    if value is None:
        return [*words, 1, 2.0]
    if isinstance(value, str):
        numbers = [0.3] * (value == "auto")
        return [*(word for word in words if word != value), *numbers]
    others = [*np.multiply(value, FACTORS).tolist(), *np.add(value, TERMS).tolist()]
    rounded = map(round, others) if isinstance(value, int | np.integer) else others
    return [other for other in rounded if other != value]


def differ(ones, others):
    """Return whether two lists of arrays differ. None is the result of a part that does not run."""
    return ones is not None and not all(map(np.array_equal, ones, others))


def check_dt(contract, check, result, where, of):
    """Check that a result depends on the length of a step if, and only if, the part says so.

    `result` gets the part and the step in ms. A part whose ``uses_dt`` is None must depend on the
    step if one of its parameters is a float.
    """
    part, declared = contract.part, contract.part.uses_dt
    values = part.get_params(deep=False).values()
    wanted = any(map(_has_float, values)) if declared is None else declared
    base = result(clone(part), 1.0)
    steps = [dt for dt in STEPS if accepts(functools.partial(check, dt=dt), part)]
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
    return isinstance(value, float | np.floating) or (
        isinstance(value, tuple | list) and any(map(_has_float, value)))
