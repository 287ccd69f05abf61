"""A table of whole-number keys with open addressing: exact, because the keys themselves are compared."""

import numpy as np

from .._compile import scalar

KEY = 0  # column of the keys
EMPTY = -1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@scalar
def table_size(n_keys):
    """Return a power of two that is at least twice the number of keys."""
    size = 8
    while size < 2 * n_keys:
        size *= 2
    return size


@scalar
def slot_of(table, key):
    """Return the row in which a key >= 0 stands, or the empty row where it belongs."""
    last = table.shape[0] - 1
    mixed = np.uint64(key) * _GOLDEN
    slot = np.int64(mixed >> _HALF) & last
    while table[slot, KEY] != key and table[slot, KEY] != EMPTY:
        slot = (slot + 1) & last
    return slot
