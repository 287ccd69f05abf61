"""Switches of optimisations that use details of Python and numba, to find out if one fails."""

import os
import sysconfig


def is_on(name: str) -> bool:
    """Return whether an optimisation is on: the environment variable is not 0."""
    return os.environ.get(name) != "0"


COMPILER = is_on("SKSPIKE_COMPILER")  # our subclass of numba's (`_compiler`)
# Pool of arrays that are used again (`simulation/_layout.py`). Free-threaded Python counts the
# references of other threads separately, so a count may be wrong while they change it.
POOL = is_on("SKSPIKE_POOL") and not sysconfig.get_config_var("Py_GIL_DISABLED")
