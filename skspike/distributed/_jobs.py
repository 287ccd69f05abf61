"""Jobs on the workers of joblib, whose errors name the data that caused them."""

import pickle
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

KEPT = ValueError, TypeError, OSError  # types of errors that are raised as such


class Job(NamedTuple):
    """A function, its arguments, and the name of its data in error messages."""

    place: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Failure(NamedTuple):
    """An error in a job, and its traceback as text, because processes lose the traceback."""

    error: Exception
    text: str


def run_jobs(jobs: Sequence[Job], n_jobs: int | None, n_retries: int) -> list[Any]:
    """Return the results of jobs. Repeat all jobs if a process was lost.

    If jobs fail, the error of the first of them is raised, with the name of its data, from the
    original error. A worker returns an error instead of raising it, because backends would replace
    the cause of an error.
    """
    for attempt in range(n_retries + 1):
        try:
            results = joblib.Parallel(n_jobs)(joblib.delayed(tried)(job) for job in jobs)
            return [checked_result(job.place, found)
                    for job, found in zip(jobs, results, strict=True)]
        except BrokenProcessPool:
            if attempt == n_retries:
                raise
    raise AssertionError("not reached")


def tried(job: Job) -> Any:
    """Return the result of a job, or its failure."""
    try:
        return job.function(*job.arguments)
    except Exception as error:
        return Failure(_portable(error), traceback.format_exc())


def checked_result(place: str, found: Any) -> Any:
    """Return the result of a job, or raise its error."""
    if not isinstance(found, Failure):
        return found
    error = found.error
    if error.__traceback__ is None:
        error.add_note(found.text)
    kind = next((kind for kind in KEPT if isinstance(error, kind)), RuntimeError)
    message = str(error) if kind in KEPT[:2] else f"{type(error).__name__}: {error}"
    raise kind(f"{place}: {message}") from error


def _portable(error: Exception) -> Exception:
    """Return an error that can travel between processes, which some types cannot."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
