"""Checks that all families share: constructors, bad values, batches and layouts."""

import re
import warnings

import numpy as np
from sklearn.base import clone

from .._checks import all_finite

UNKNOWN = (object(), "no such value", np.nan)  # no parameter accepts them
DOUBTFUL = (np.inf, -np.inf, -1.0, 5e-324, 1e300)  # refused, or a fit with them is finite
FORMS = (
    lambda X: X.astype(float), lambda X: X.astype(np.float32),
    lambda X: X > 0 if X.dtype == np.uint8 else X, np.asfortranarray,
    lambda X: np.repeat(X, 2, axis=-1)[..., ::2], np.ndarray.tolist)


class Contract:
    """Subject of a check. Failures name the class, the method, the fault and the page on it."""

    def __init__(self, subject, base):
        self.subject, self.name = subject, type(subject).__name__
        article = "an" if base.__name__[0] in "AEIOU" else "a"
        self.page = f"Add {article} {base.__name__.lower()}"
        self.holds(
            isinstance(subject, base), "__init__",
            f"must make an object of a class derived from {base.__name__}, got {subject!r}")

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
        for rows in ([0], [3], [7], [3, 1, 2], [5, 5, 5, 0], np.arange(len(X))[::-1]):
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


def check_parameters(contract):
    """Check that the constructor only stores its arguments, and that a clone has the same ones."""
    subject = contract.subject
    given = {name: object() for name in subject.get_params(deep=False)}
    made = vars(contract.raises_nothing("__init__", type(subject), **given))
    contract.holds(
        made.keys() == given.keys() and all(made[name] is given[name] for name in given),
        "__init__", f"must store its arguments {list(given)} as they are, and nothing else")
    contract.holds(
        repr(clone(subject)) == repr(subject), "get_params", "a clone has other parameters")


def check_bad_values(contract, estimator_of, *data):
    """Fit with bad values of each parameter, and of the first entry of each sequence.

    They must be refused by name before the estimator changes. Doubtful values may also be harmless,
    or not fit to another parameter, which the error names.
    """
    parameters = contract.subject.get_params(deep=False)
    for name, good in parameters.items():
        rest = [good[1:]] if isinstance(good, tuple | list) else []
        for value in (*UNKNOWN, *DOUBTFUL):
            for given in (value, *(type(good)([value, *others]) for others in rest)):
                estimator = estimator_of(clone(contract.subject).set_params(**{name: given}))
                where = f"check (with {name}={given!r})"
                doubtful = any(value is one for one in DOUBTFUL)
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
    contract.holds(
        _are_finite(vars(estimator)), where, "the value is not refused, and the fit is not finite")
    return False


def _are_finite(fitted):
    """Return whether attributes are finite, except a fixed time constant of the membrane."""
    neuron, intrinsics = fitted.get("neuron_"), dict(fitted.get("intrinsics_", {}))
    if neuron is not None and neuron.named("membrane") not in neuron.learnable():
        intrinsics.pop(neuron.named("membrane"), None)  # infinite without leak
    return all_finite({**fitted, "intrinsics_": intrinsics})
