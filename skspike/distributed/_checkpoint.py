"""Files from which an interrupted training continues."""

import importlib
import os
from pathlib import Path
from typing import Any

from .._utils import optional

State = dict[str, Any]


def read(file: Path | None, parameters: str, network: Any) -> State | None:
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


def write(state: State, file: Path | None) -> None:
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
