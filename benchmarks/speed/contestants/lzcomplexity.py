"""lzcomplexity (Rust): complexity of one sequence at a time, given as bytes, which it reads fastest."""

import numpy as np
from lzcomplexity import factorization

PACKAGES = ("lzcomplexity",)


def lz76(data):
    """Return a call that counts the words of all trains."""
    trains = [(train + ord("0")).tobytes() for train in data["trains"]]
    # from the boundaries: its own count leaves an unfinished last word out
    return lambda: np.array([len(factorization(train)[1]) - 1 for train in trains])
