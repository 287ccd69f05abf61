"""Time of a call, and comparison of results."""

import time


class OwnTime(float):
    """Wall seconds of a call that times itself, for example as a difference of two times.

    The attribute `cpu` contains the processor seconds.
    """

    def __new__(cls, wall, cpu):
        """Return the wall seconds as a float with an attribute for the processor seconds."""
        self = super().__new__(cls, wall)
        self.cpu = cpu
        return self


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
