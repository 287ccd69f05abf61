"""Jobs on the workers of joblib, whose errors name the data that caused them."""

import pickle
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

Job = tuple[Any, ...]  # name of the data in error messages, function and arguments
KEPT = ValueError, TypeError, OSError  # types of errors that are raised as such


class Failure(NamedTuple):
    """An error, the name of its data, and the traceback as text, because processes lose it."""

    place: str
    error: Exception
    text: str

    def named(self) -> Exception:
        """Return an error whose message names the data. The type of errors in data is kept."""
        error = self.error
        if error.__traceback__ is None:
            error.add_note(self.text)
        kind = next((kind for kind in KEPT if isinstance(error, kind)), RuntimeError)
        message = str(error) if kind in KEPT[:2] else f"{type(error).__name__}: {error}"
        return kind(f"{self.place}: {message}")


def run_jobs(jobs: Sequence[Job], n_jobs: int | None, n_retries: int) -> list[Any]:
    """Return the results of jobs. Repeat all jobs if a process was lost.

    If jobs fail, the error of the first of them is raised, with the name of its data, from the
    original error. A worker returns an error instead of raising it, because backends would replace
    the cause of an error.
    """
    for attempt in range(n_retries + 1):
        try:
            results = joblib.Parallel(n_jobs)(joblib.delayed(tried)(*job) for job in jobs)
            return [checked_result(found) for found in results]
        except BrokenProcessPool:
            if attempt == n_retries:
                raise
    raise AssertionError("not reached")


def tried(place: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of a function, or its failure."""
    try:
        return function(*arguments)
    except Exception as error:
        return Failure(place, _portable(error), traceback.format_exc())


def checked_result(found: Any) -> Any:
    """Return the result of a job, or raise its error."""
    if isinstance(found, Failure):
        raise found.named() from found.error
    return found


def _portable(error: Exception) -> Exception:
    """Return an error that can travel between processes, which some types cannot."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
