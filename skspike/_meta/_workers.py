"""Workers: parts of the data, jobs on the workers of joblib, and checkpoints of their results.

Errors of jobs name the data that caused them.
"""

import functools
import importlib
import os
import pickle
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

from .._base import optional

Job = tuple[Any, ...]  # name of the data in error messages, function and arguments
KEPT = ValueError, TypeError, OSError  # types of errors that are raised as such
SHAPE = "dimensions", "channels", "outputs"
State = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """Parts of the data, validation data, and the workers that read them."""

    parts: Sequence[Any]
    validation: Any
    n_retries: int
    n_jobs: int | None

    def check_tuples(self) -> None:
        """Raise if a part that is no function has the wrong form."""
        for place, part in self.sources():
            if not callable(part):
                checked_result(tried(place, load, part))

    def sources(self) -> list[tuple[str, Any]]:
        """Return the parts and the validation data with their names in error messages."""
        named = [(f"parts[{i}]", part) for i, part in enumerate(self.parts)]
        return named if self.validation is None else [*named, ("validation data", self.validation)]

    def run(self, *jobs: Job) -> list[Any]:
        """Return the results of jobs. Repeat all jobs if a process was lost.

        If jobs fail, the error of the first of them is raised, with the name of its data, from the
        original error. A worker returns an error instead of raising it, because backends would
        replace the cause of an error.
        """
        for attempt in range(self.n_retries + 1):
            try:
                results = joblib.Parallel(self.n_jobs)(joblib.delayed(tried)(*job) for job in jobs)
                return [checked_result(found) for found in results]
            except BrokenProcessPool:
                if attempt == self.n_retries:
                    raise
        raise AssertionError("not reached")

    def each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Return the result of a function for each part. Its samples are the last arguments."""
        return self.run(*[
            (f"parts[{i}]", _applied, part, function, *arguments)
            for i, part in enumerate(self.parts)])

    def check_shapes(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Raise unless all have the numbers of dimensions, channels and outputs of the first."""
        wanted = _listed([f"{n} {name}" for n, name in zip(shapes[0], SHAPE, strict=False)])
        for (place, _), shape in zip(self.sources(), shapes, strict=False):
            if shape != shapes[0]:
                found = _listed([*map(str, shape)])
                raise ValueError(f"{place}: expected the {wanted} of parts[0], got {found}.")

    def after(self, transformer: Any) -> Self:
        """Return the parts and the validation data after a transformer."""
        def after(part: Any) -> Any:
            return functools.partial(_transformed, transformer, part)

        return replace(
            self, parts=[*map(after, self.parts)],
            validation=None if self.validation is None else after(self.validation))


def load(part: Any) -> tuple[Any, ...]:
    """Return X, y and, if there are any, the weights of a part."""
    loaded = part() if callable(part) else part
    if not isinstance(loaded, (tuple, list)) or len(loaded) not in (2, 3):
        raise ValueError(
            "Data must be a tuple (X, y) or (X, y, sample_weight), or a function that returns one, "
            f"got {type(loaded).__name__}.")
    return tuple(loaded[:2] if loaded[-1] is None else loaded)


def _applied(part: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of a function of the samples of a part."""
    return function(*arguments, *load(part))


def _transformed(transformer: Any, part: Any) -> tuple[Any, ...]:
    """Return a part after a transformer."""
    X, *others = load(part)
    return transformer.transform(X), *others


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


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


def read_checkpoint(file: Path | None, parameters: str, network: Any) -> State | None:
    """Return the state in a file, None without one. Raise if its `parameters` differ.

    Its types must be those of skspike or of parts of the given network.
    """
    if file is None:
        return None
    with optional("skops", "skops", "checkpoint"):
        import skops.io
    if not file.parent.is_dir():
        raise ValueError(f"The folder of checkpoint={str(file)!r} does not exist. Create it first.")
    if not file.exists():
        return None
    parts = network.get_params().values()
    memories = [getattr(part, "memory_type", None) for part in parts]
    types = {*map(type, parts), *(one for one in memories if isinstance(one, type))}
    trusted = [
        *importlib.import_module("skspike").trusted_types(),
        *(f"{one.__module__}.{one.__qualname__}" for one in types)]
    try:
        state: State = skops.io.load(file, trusted=trusted)
        found = state["parameters"]
    except Exception as error:
        raise ValueError(
            f"checkpoint={str(file)!r} is not a checkpoint of fit_in_parts, or damaged. Remove it, "
            "or choose another file.") from error
    check_same(file, "parameters", found, parameters)
    return state


def check_same(file: Path | None, what: str, found: str, wanted: str) -> None:
    """Raise unless two hashes are equal: of the data or of the parameters of a training."""
    if found != wanted:
        raise ValueError(
            f"checkpoint={str(file)!r} belongs to a training with other {what}. Remove it, or "
            "choose another file.")


def write_checkpoint(state: State, file: Path | None) -> None:
    """Write a checkpoint at once, so that an interruption leaves the previous one."""
    if file is None:
        return
    import skops.io

    new = file.with_name(f"{file.name}.new")
    try:
        skops.io.dump(state, new)
        os.replace(new, file)
    finally:
        new.unlink(missing_ok=True)
