"""Scalars that take arrays, compiled into the kernel that calls them."""

import numba


def inlined(function):
    """Compile a function into its callers: passing its arrays at each call took up to twice the time of the whole kernel."""
    return numba.njit(forceinline=True, error_model="numpy")(function)
