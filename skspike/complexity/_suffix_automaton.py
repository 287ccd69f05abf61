"""Words of a series over any alphabet, in linear time, by its suffix automaton (Blumer et al. 1985).

Each state stands for the texts that end at the same places of what was read so far, and a word goes
on while it is such a text. Row s of `nodes` holds state s: the link to the state of its longest
suffix that ends at more places, the length of its longest text, and its arcs, that is where the
next symbol leads. State 0 is the empty text; as no arc leads there, 0 also means no arc.

Of two symbols, the arcs stand in the row, one column each. Of more, they stand in one hash table
for all states, and the row holds the head of a list of the state's own arcs.
"""

import numpy as np

from .._compile import scalar
from ._hashing import EMPTY, KEY, slot_of, table_size

LINK, LENGTH, ARCS = 0, 1, 2  # columns of nodes
TARGET, NEXT = 1, 2  # columns of the hash table of arcs, after KEY
NONE = 0


@scalar
def room_for(n_steps, n_symbols):
    """Return arrays for `nodes` and `arcs`; a series of n steps has less than 2n states and 3n arcs."""
    binary = n_symbols == 2
    nodes = np.empty((2 * n_steps + 1, ARCS + (2 if binary else 1)), np.int32)
    return nodes, np.empty((0 if binary else table_size(3 * n_steps), NEXT + 1), np.int64)


@scalar
def follow(nodes, arcs, n_symbols, state, symbol):
    """Return the state that a symbol leads to."""
    if n_symbols == 2:
        return np.int64(nodes[state, ARCS + symbol])
    slot = slot_of(arcs, state * n_symbols + symbol)
    return arcs[slot, TARGET] if arcs[slot, KEY] != EMPTY else NONE


@scalar
def lead(nodes, arcs, n_symbols, state, symbol, target):
    """Make a symbol lead to a state."""
    if n_symbols == 2:
        nodes[state, ARCS + symbol] = target
        return
    slot = slot_of(arcs, state * n_symbols + symbol)
    if arcs[slot, KEY] == EMPTY:
        arcs[slot, KEY] = state * n_symbols + symbol
        arcs[slot, NEXT] = nodes[state, ARCS]
        nodes[state, ARCS] = slot + 1
    arcs[slot, TARGET] = target


@scalar
def add_state(nodes, n_symbols, state, link, length):
    """Write a state without arcs."""
    nodes[state, LINK] = link
    nodes[state, LENGTH] = length
    for column in range(2 if n_symbols == 2 else 1):
        nodes[state, ARCS + column] = NONE


@scalar
def copy_arcs(nodes, arcs, n_symbols, source, state):
    """Give a new state the arcs of another."""
    if n_symbols == 2:
        for symbol in range(2):
            nodes[state, ARCS + symbol] = nodes[source, ARCS + symbol]
        return
    place = np.int64(nodes[source, ARCS])
    while place > 0:
        symbol = arcs[place - 1, KEY] - source * n_symbols
        lead(nodes, arcs, n_symbols, state, symbol, arcs[place - 1, TARGET])
        place = arcs[place - 1, NEXT]


@scalar
def split(nodes, arcs, n_symbols, parent, symbol, whole, part):
    """Move the shorter texts of state `whole`, those that `parent` and its suffixes lead to, into the new state `part`."""
    add_state(nodes, n_symbols, part, nodes[whole, LINK], nodes[parent, LENGTH] + 1)
    copy_arcs(nodes, arcs, n_symbols, whole, part)
    nodes[whole, LINK] = part
    while parent >= 0 and follow(nodes, arcs, n_symbols, parent, symbol) == whole:
        lead(nodes, arcs, n_symbols, parent, symbol, part)
        parent = np.int64(nodes[parent, LINK])


@scalar
def append(nodes, arcs, n_symbols, last, symbol, new):
    """Add a symbol as state `new`, and return the state that was split into itself and `new + 1`, 0 for none."""
    add_state(nodes, n_symbols, new, 0, nodes[last, LENGTH] + 1)
    state = last
    target = NONE
    while state >= 0:
        target = follow(nodes, arcs, n_symbols, state, symbol)
        if target != NONE:
            break
        lead(nodes, arcs, n_symbols, state, symbol, new)
        state = np.int64(nodes[state, LINK])
    if target == NONE:
        return NONE
    if nodes[target, LENGTH] == nodes[state, LENGTH] + 1:
        nodes[new, LINK] = target
        return NONE
    split(nodes, arcs, n_symbols, state, symbol, target, new + 1)
    nodes[new, LINK] = new + 1
    return target


@scalar
def count_by_automaton(series, n_symbols, nodes, arcs):
    """Return the number of words of a series of the symbols 0 to n_symbols - 1."""
    arcs[:, KEY] = EMPTY
    add_state(nodes, n_symbols, 0, -1, 0)
    last, free, words = 0, 1, 0
    here, length = 0, 0  # the state and length of the word so far
    for t in range(series.size):
        symbol = np.int64(series[t])
        here = follow(nodes, arcs, n_symbols, here, symbol)
        length += 1
        if here == NONE:
            words += 1
            length = 0
        whole = append(nodes, arcs, n_symbols, last, symbol, free)
        last = free
        free += 1
        if whole != NONE:
            if here == whole and length <= nodes[free, LENGTH]:
                here = free
            free += 1
    return words + (length > 0)
