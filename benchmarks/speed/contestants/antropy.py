"""antropy: complexity of one train at a time."""

import numpy as np
from antropy import lziv_complexity

PACKAGES = ("antropy", "numba")


def lz76(data):
    """Return a call that counts the words of all trains."""
    trains = data["trains"]
    return lambda: np.array([lziv_complexity(train) for train in trains])
