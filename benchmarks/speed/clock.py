"""How a call is timed, and its result compared."""

import time


class OwnTime(float):
    """The wall seconds of a call that times itself, for instance as the difference of two; its processor seconds beside them."""

    def __new__(cls, wall, cpu):
        """Return the wall seconds as a float that knows its processor seconds."""
        self = super().__new__(cls, wall)
        self.cpu = cpu
        return self


def clocks():
    """Return the wall clock and the processor clock."""
    return time.perf_counter(), time.process_time()


def number(value):
    """Return a result as one number, by which contestants are compared: arrays count as their sum."""
    if isinstance(value, OwnTime) or value is None:
        return None
    return float(value.sum()) if hasattr(value, "sum") else float(value)


def timed(call):
    """Return the wall and processor seconds of a call, and what it returned."""
    start = clocks()
    value = call()
    stop = clocks()
    wall, cpu = (after - before for before, after in zip(start, stop, strict=True))
    return (float(value), value.cpu, None) if isinstance(value, OwnTime) else (wall, cpu, value)
