"""A pytest plug-in for `fuzz` that counts the cases of each property.

It writes a line of JSON after each property. A kill may leave an incomplete last line. Readers skip
it.
"""

import functools
import inspect
import json
import os
from pathlib import Path

import pytest

PATH, ROUND = Path(os.environ["FUZZ_STATE"]), int(os.environ["FUZZ_SEED"])


def pytest_collection_modifyitems(items):
    """Keep properties only, and start with another one in each round.

    Other tests of the folder have no cases.
    """
    items[:] = [item for item in items if hasattr(item.obj, "hypothesis")]
    first = ROUND * 7919 % max(len(items), 1)
    items[:] = items[first:] + items[:first]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Write the result of a property after it has run."""
    report = yield
    if call.when == "call":
        line = {
            "seed": ROUND, "test": item.nodeid, "cases": item.cases[0],
            "seconds": round(call.duration, 3), "failed": report.failed}
        if report.failed:
            line |= {"report": report.longreprtext, "source": inspect.getsource(item.obj)}
        with PATH.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Count the runs of the body of a property."""
    inner, item.cases = item.obj.hypothesis.inner_test, [0]

    @functools.wraps(inner)
    def counted(*args, **kwargs):
        item.cases[0] += 1
        return inner(*args, **kwargs)

    item.obj.hypothesis.inner_test = counted
    try:
        return (yield)
    finally:
        item.obj.hypothesis.inner_test = inner
