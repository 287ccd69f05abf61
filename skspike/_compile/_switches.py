"""Switches of optimisations that use details of Python and numba, to find out if one fails."""

import os


def is_on(name: str) -> bool:
    """Return whether an optimisation is on: the environment variable is not 0."""
    return os.environ.get(name) != "0"


WIDE_VECTORS = is_on("SKSPIKE_WIDE_VECTORS")  # of 512 bits (`_vectors`)
POOL = is_on("SKSPIKE_POOL")  # of arrays that are used again (`simulation/_layout.py`)
