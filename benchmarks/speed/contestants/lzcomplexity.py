"""lzcomplexity (Rust): complexity of one sequence at a time, as bytes, its fastest input."""

import numpy as np
from lzcomplexity import factorization

PACKAGES = ("lzcomplexity",)


def lz76(data):
    """Return a call that counts the words of all trains."""
    trains = [(train + ord("0")).tobytes() for train in data["trains"]]
    # from the boundaries, because its own count excludes an unfinished last word
    return lambda: np.array([len(factorization(train)[1]) - 1 for train in trains])
