"""Time of a call, and comparison of results."""

import itertools
import statistics
import time


class OwnTime(float):
    """Wall seconds of a call that times itself, for example of a part of what it does.

    The attribute `cpu` contains the processor seconds.
    """

    def __new__(cls, wall, cpu):
        """Return the wall seconds as a float with an attribute for the processor seconds."""
        self = super().__new__(cls, wall)
        self.cpu = cpu
        return self


class EpochEnds:
    """Callback of scikit-learn that reads the clocks at the end of each epoch of a fit."""

    max_propagation_depth = None

    def __init__(self):
        self.ends = []

    def setup(self, estimator, context):
        """Do nothing, as `teardown` and the begin of a task."""

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        """Read the clocks if the task is an epoch."""
        if context.task_name == "epoch":
            self.ends.append(clocks())

    def median(self):
        """Return the median time of an epoch. The first one is not counted."""
        seconds = [
            (wall - before, cpu - cpu_before)
            for (before, cpu_before), (wall, cpu) in itertools.pairwise(self.ends)]
        return OwnTime(*map(statistics.median, zip(*seconds, strict=True)))


def clocks():
    """Return the wall clock and the processor clock."""
    return time.perf_counter(), time.process_time()


def number(value):
    """Return a result as one number, to compare contestants. Arrays give their sum."""
    if isinstance(value, OwnTime) or value is None:
        return None
    return float(value.sum()) if hasattr(value, "sum") else float(value)


def timed(call):
    """Return the wall and processor seconds of a call, and its result."""
    start = clocks()
    value = call()
    stop = clocks()
    wall, cpu = (after - before for before, after in zip(start, stop, strict=True))
    return (float(value), value.cpu, None) if isinstance(value, OwnTime) else (wall, cpu, value)
