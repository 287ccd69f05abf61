"""Hash table of integer keys with open addressing."""

import numpy as np

from .._compile import GOLDEN, S32, scalar

KEY = 0  # column of the keys
EMPTY = -1  # key of an empty row


@scalar
def table_size(n_keys):
    """Return the number of rows, a power of two that is at least twice the number of keys."""
    size = 8
    while size < 2 * n_keys:
        size *= 2
    return size


@scalar
def slot_of(table, key):
    """Return the row of a key >= 0, or the empty row for it."""
    last = table.shape[0] - 1
    slot = np.int64(np.uint64(key) * GOLDEN >> S32) & last
    while table[slot, KEY] != key and table[slot, KEY] != EMPTY:
        slot = (slot + 1) & last
    return slot
