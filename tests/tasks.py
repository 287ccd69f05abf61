"""Tasks of rules that hold a few values only."""

from types import SimpleNamespace

from skspike.learning import Settings, Target


def partial_task(**values):
    """Return a task that holds these values, each in the target, the settings or the task."""
    target = {name: values.pop(name) for name in Target._fields if name in values}
    settings = {
        name: values.pop(name) for name in Settings.__dataclass_fields__ if name in values}
    return SimpleNamespace(
        target=SimpleNamespace(**target), settings=SimpleNamespace(**settings), **values)
