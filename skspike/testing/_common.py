"""What the contracts of all families share: classes that are complete, and parameters that are stored and checked."""

import re

import numpy as np
from sklearn.base import clone

from .._checks import all_finite

# No parameter takes the first three; each of the others is refused by name or gives a fit without
# anything that is not finite.
REFUSED = (object(), "no such value", np.nan)
DOUBTFUL = (np.inf, -np.inf, -1.0)


class Contract:
    """The subject of a check, and how its failures are told: by its class, the function, and what is wrong."""

    def __init__(self, subject, base):
        self.subject, self.name = subject, type(subject).__name__
        self.holds(
            isinstance(subject, base), "__init__",
            f"must make an object of a class derived from {base.__name__}, got {subject!r}")

    def holds(self, condition, where, what):
        """Raise unless a condition holds."""
        if not condition:
            raise AssertionError(f"{self.name}.{where}: {what}")

    def raises_nothing(self, where, function, *args, **kwargs):
        """Return the result of a function; what it raises becomes a failure."""
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise AssertionError(f"{self.name}.{where}: {type(error).__name__}: {error}") from error

    def same(self, one, other, where, what):
        """Raise unless two arrays, or two lists of arrays, are equal to the bit."""
        ones, others = (value if isinstance(value, list) else [value] for value in (one, other))
        equal = len(ones) == len(others) and all(
            np.array_equal(a, b) for a, b in zip(ones, others, strict=True))
        self.holds(equal, where, what)


def check_parameters(contract):
    """Check that the constructor only stores its arguments, and that a clone has the same."""
    subject = contract.subject
    given = {name: object() for name in subject.get_params(deep=False)}
    made = contract.raises_nothing("__init__", type(subject), **given)
    stored = vars(made).keys() == given.keys() and all(
        vars(made)[name] is value for name, value in given.items())
    contract.holds(
        stored, "__init__", f"must store its arguments {list(given)} as they are, and nothing else")
    contract.holds(
        repr(clone(subject)) == repr(subject), "get_params", "a clone has other parameters")


def check_bad_values(contract, estimator_of, *data):
    """Fit with bad values of each parameter: they are refused by name, before anything has changed, or do no harm."""
    for name, good in contract.subject.get_params(deep=False).items():
        sequences = [type(good)([value, *good[1:]]) for value in REFUSED] if isinstance(
            good, tuple | list) else []
        for value in (*REFUSED, *sequences, *DOUBTFUL):
            estimator = estimator_of(clone(contract.subject).set_params(**{name: value}))
            before, where = dict(vars(estimator)), f"check (with {name}={value!r})"
            try:
                estimator.fit(*data)
            except (TypeError, ValueError) as error:
                named = re.search(rf"(?<!\w){name}(?!\w)", str(error))
                contract.holds(
                    named, where,
                    f"the error must name {name}, got {type(error).__name__}: {error}")
                contract.holds(
                    not _changed(estimator, before), where,
                    "the estimator is changed although the value is refused")
            except Exception as error:
                contract.holds(
                    False, where,
                    f"must raise a TypeError or ValueError, got {type(error).__name__}: {error}")
            else:
                contract.holds(
                    any(value is doubtful for doubtful in DOUBTFUL), where, "must be refused")
                contract.holds(
                    all_finite(vars(estimator)), where,
                    "is not refused, and what is learned is not finite")


def _changed(estimator, before):
    now = vars(estimator)
    return now.keys() != before.keys() or any(
        now[name] is not value for name, value in before.items())
