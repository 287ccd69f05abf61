"""Parts of the data, and the workers that read them."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from ._jobs import Job, checked_result, run_jobs, tried

SHAPE = "dimensions", "channels", "outputs"


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
        """Return the results of jobs."""
        return run_jobs(jobs, self.n_jobs, self.n_retries)

    def each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Return the result of a function for each part. Its samples are the last arguments."""
        return self.run(*[
            (f"parts[{i}]", _applied, part, function, *arguments)
            for i, part in enumerate(self.parts)])

    def first(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of a function for the first part, which is the last argument."""
        (found,) = replace(self, parts=self.parts[:1]).each(function, *arguments)
        return found

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
