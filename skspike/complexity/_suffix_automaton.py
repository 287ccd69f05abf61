"""LZ76 words of a series in linear time, by its suffix automaton (Blumer et al. 1985).

A state is a set of texts that end at the same places of the series so far. A word continues while
the automaton has a state for it.

Row s of `nodes` is state s: the link to the state of its longest suffix that ends at more places,
the length of its longest text, and its arcs. An arc leads to the state after the next symbol. State
0 is the empty text. No arc leads to it, so that 0 also means that there is no arc.

With two symbols, each has a column of the row for its arc. With more symbols, the arcs of all
states are in one hash table, and the row has the first item of a list of the arcs of the state.
"""

import numpy as np

from .._base import scalar
from ._symbols import EMPTY, KEY, slot_of, table_size

LINK, LENGTH, ARCS = 0, 1, 2  # columns of nodes
TARGET, NEXT = 1, 2  # columns of the hash table of arcs, after KEY
NO_STATE = 0


@scalar
def room_for(n_steps, n_symbols):
    """Return arrays for `nodes` and `arcs`: n steps have less than 2n states and 3n arcs."""
    binary = n_symbols == 2
    nodes = np.empty((2 * n_steps + 1, ARCS + (2 if binary else 1)), np.int32)
    return nodes, np.empty((0 if binary else table_size(3 * n_steps), NEXT + 1), np.int64)


@scalar
def follow(nodes, arcs, n_symbols, state, symbol):
    """Return the state after a symbol."""
    if n_symbols == 2:
        return np.int64(nodes[state, ARCS + symbol])
    slot = slot_of(arcs, state * n_symbols + symbol)
    return arcs[slot, TARGET] if arcs[slot, KEY] != EMPTY else NO_STATE


@scalar
def lead(nodes, arcs, n_symbols, state, symbol, target):
    """Set the state after a symbol."""
    if n_symbols == 2:
        nodes[state, ARCS + symbol] = target
        return
    slot = slot_of(arcs, state * n_symbols + symbol)
    # add a new arc to the list of the state
    if arcs[slot, KEY] == EMPTY:
        arcs[slot, KEY] = state * n_symbols + symbol
        arcs[slot, NEXT] = nodes[state, ARCS]
        nodes[state, ARCS] = slot + 1
    arcs[slot, TARGET] = target


@scalar
def add_state(nodes, n_symbols, state, link, length):
    """Add a state without arcs."""
    nodes[state, LINK] = link
    nodes[state, LENGTH] = length
    for column in range(2 if n_symbols == 2 else 1):
        nodes[state, ARCS + column] = NO_STATE


@scalar
def copy_arcs(nodes, arcs, n_symbols, source, state):
    """Copy the arcs of a state to a new state."""
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
def split(nodes, arcs, n_symbols, parent, symbol, whole, clone):
    """Move the texts of state `whole` after `parent` and its suffixes to the new state `clone`."""
    add_state(nodes, n_symbols, clone, nodes[whole, LINK], nodes[parent, LENGTH] + 1)
    copy_arcs(nodes, arcs, n_symbols, whole, clone)
    nodes[whole, LINK] = clone
    while parent >= 0 and follow(nodes, arcs, n_symbols, parent, symbol) == whole:
        lead(nodes, arcs, n_symbols, parent, symbol, clone)
        parent = np.int64(nodes[parent, LINK])


@scalar
def append(nodes, arcs, n_symbols, last, symbol, new):
    """Add a symbol as state `new`.

    Return the state whose texts were split to make the state `new + 1`, or 0.
    """
    add_state(nodes, n_symbols, new, 0, nodes[last, LENGTH] + 1)
    # add arcs to `new` from all suffixes that have no arc for the symbol
    state = last
    target = NO_STATE
    while state >= 0:
        target = follow(nodes, arcs, n_symbols, state, symbol)
        if target != NO_STATE:
            break
        lead(nodes, arcs, n_symbols, state, symbol, new)
        state = np.int64(nodes[state, LINK])
    if target == NO_STATE:
        return NO_STATE
    # link to the state of the longest suffix, or to its clone with this length
    if nodes[target, LENGTH] == nodes[state, LENGTH] + 1:
        nodes[new, LINK] = target
        return NO_STATE
    split(nodes, arcs, n_symbols, state, symbol, target, new + 1)
    nodes[new, LINK] = new + 1
    return target


@scalar
def count_by_automaton(series, n_symbols, nodes, arcs):
    """Return the number of words of a series of symbols from 0 to n_symbols - 1."""
    arcs[:, KEY] = EMPTY
    add_state(nodes, n_symbols, 0, -1, 0)
    last, free, words = 0, 1, 0
    here, length = 0, 0  # the state and length of the word so far
    for t in range(series.size):
        # continue the word, or end it
        symbol = np.int64(series[t])
        here = follow(nodes, arcs, n_symbols, here, symbol)
        length += 1
        if here == NO_STATE:
            words += 1
            length = 0
        # add the symbol to the automaton
        whole = append(nodes, arcs, n_symbols, last, symbol, free)
        last = free
        free += 1
        if whole != NO_STATE:  # the word may be in the clone
            if here == whole and length <= nodes[free, LENGTH]:
                here = free
            free += 1
    return words + (length > 0)
