"""Figure of the folders of the package and their imports, read from the source files."""

import itertools
from graphlib import TopologicalSorter

import numpy as np
from imports import HELPERS, ORDER, folders_imported
from look import GREY, INK, subplots

from skspike.inspection import palette

PLUGINS = {"coding", "complexity", "learning", "neurons", "simulation", "trains"}
ESTIMATORS = {"_networks", "_meta"}
DRAWN = [name for name in ORDER if name not in HELPERS]
HALF = 0.17  # of the height of a box, where levels are 1 apart
COLOURS = dict.fromkeys(PLUGINS, palette(2)[1]) | dict.fromkeys(ESTIMATORS, palette(2)[0])


def reached(graph, name):
    """Return all folders that a folder imports, also through others."""
    return graph[name].union(*(reached(graph, other) for other in graph[name]))


def reduced(graph):
    """Leave out imports that others imply, as in `_meta` to `_networks` to `coding`."""
    return {
        name: below - set().union(*(reached(graph, other) for other in below))
        for name, below in graph.items()}


def levels(graph):
    """Return the level of each folder: one below the lowest of the folders that import it."""
    level = {}
    for name in reversed(list(TopologicalSorter(graph).static_order())):
        level[name] = 1 + max((level[other] for other in graph if name in graph[other]), default=-1)
    return level


def paths(graph, level):
    """Return each import as a list of places, one in each level that it passes."""
    return [
        [name, *((name, other, k) for k in range(level[name] + 1, level[other])), other]
        for name in graph for other in sorted(graph[name])]


def placed(graph):
    """Return the coordinates of the places, in an order of each level with few crossings."""
    level = levels(graph)
    ways = paths(graph, level)
    rows = [[name for name in graph if level[name] == k] for k in range(max(level.values()) + 1)]
    for way in ways:
        for place in way[1:-1]:
            rows[place[2]].append(place)
    near = {place: [] for row in rows for place in row}
    for way in ways:
        for upper, lower in itertools.pairwise(way):
            near[upper].append(lower)
            near[lower].append(upper)
    x = {place: (k + 0.5) / len(row) for row in rows for k, place in enumerate(row)}
    for _ in range(20):
        for row in rows:
            row.sort(key=lambda place: np.mean([x[other] for other in near[place]] or x[place]))
            x |= {place: (k + 0.5) / len(row) for k, place in enumerate(row)}
    return {place: (x[place], -k) for k, row in enumerate(rows) for place in row}, ways


def box(ax, x, y, text, colour):
    """Write a text in a box of twice the height `HALF`."""
    style = {
        "boxstyle": "round,pad=0.35", "edgecolor": colour, "facecolor": "none", "linewidth": 1.5}
    ax.text(x, y, text, ha="center", va="center", fontsize=9, bbox=style)


def arrow(ax, line):
    """Draw an arrow through places, from the lower edge of a box to the upper edge of another."""
    points = np.array(line)
    points[[0, -1], 1] += -HALF, HALF
    ax.plot(*points[:-1].T, color=GREY, linewidth=1.2)
    ax.annotate(
        "", points[-1], points[-2],
        arrowprops={
            "arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0})


def imports():
    """Draw the folders as boxes, and an arrow from each to the folders that it imports."""
    graph = folders_imported()
    places, ways = placed(reduced({name: graph[name] - HELPERS for name in DRAWN}))
    depth = min(y for _, y in places.values()) - 1
    _, ax = subplots(1, 1, height=5.2)
    for way in ways:
        arrow(ax, [places[place] for place in way])
    for name in DRAWN:
        box(ax, *places[name], name, COLOURS.get(name, INK))
    box(ax, 0.5, depth, f"helpers of all folders: {', '.join(sorted(HELPERS))}", GREY)
    ax.set(xlim=(0, 1), ylim=(depth - 0.4, 0.4))
    ax.axis("off")
