"""Classifiers of spike trains as C: one table of log odds for each expert.

The models of an expert are added, with their weights, to one table of the evidence of each class,
which is centred. In each step and channel, the code finds the symbol of each expert and adds its
row of the table to the sums. The sums are float64, and integers if the tables are integers.
"""

from typing import Any

import numpy as np

from .._checks import is_of_tables
from .._estimators import SpikeTrainClassifier, weighted_experts
from .._utils import Array
from ..experts import (
    Age, Expert, History, Linear, Population, Rate, age_codes, population_limits, window_symbols)
from ._layers import WEIGHT_KINDS, scales
from ._program import Input, Lines, Program, loop

EXPORTED = Age, History, Linear, Population, Rate


def check_exportable(model: SpikeTrainClassifier) -> None:
    """Raise if an expert with a weight above 0 has no C code."""
    if is_of_tables(model):
        raise ValueError(
            "to_c cannot export a SpikeTrainClassifier of 2-D input, because a series is binarised "
            "at its median. Fit it on rasters (3-D).")
    others = [
        expert.name for expert, _, weights in weighted_experts(model)
        if type(expert) not in EXPORTED and weights.any()]
    if others:
        names = ", ".join(repr(cls.name) for cls in EXPORTED)
        raise ValueError(
            f"to_c cannot export the experts {others}. Fit SpikeTrainClassifier with some of "
            f"{names}.")


def write_trains(program: Program, model: SpikeTrainClassifier, source: Input) -> None:
    """Write the experts, and the scores of the classes."""
    used = [
        (expert, _table(expert, tables, weights, source.size))
        for expert, tables, weights in weighted_experts(model) if weights.any()]
    kind = "int16" if program.weights == "int8" else program.weights
    units, n_classes = np.ones(len(model.classes_)), len(model.classes_)
    if kind != "float32" and used:
        rows = [table.reshape(-1, n_classes) for _, table in used]
        units = scales(np.concatenate(rows), kind)
        used = [(expert, np.rint(table / units)) for expert, table in used]
    program.variable(
        "double" if kind == "float32" else "int64_t", "sums", (n_classes,),
        "evidence of the classes")
    for expert, table in used:
        _write_expert(program, expert, table, WEIGHT_KINDS[kind], source)
    _write_scores(program, model.intercept_, None if kind == "float32" else units)


def _write_expert(
        program: Program, expert: Expert, table: Array, kind: str, source: Input) -> None:
    """Write an expert, which adds the rows of its table to the sums."""
    name = program.table(
        kind, f"evidence_of_{expert.name}", table,
        "evidence of each class, for each channel and symbol")
    row = "h" if len(table) > 1 else "0"
    add = loop("j", table.shape[2], f"sums[j] += {name}[{row}][symbol][j];")
    program.stage(
        str(expert.name), f"Add the evidence of the expert {expert.name}.",
        WRITERS[type(expert)](program, table.shape[1], source, add))


def _write_scores(program: Program, intercept: Array, units: Array | None) -> None:
    """Write the scores: the intercepts, and the sums in their units."""
    program.table("float", "intercept", intercept)
    program.variable("float", "scores", (len(intercept),), reset=False)
    value = "sums[j]"
    if units is not None:
        value = f"{program.each('double', 'unit', units, 'j')} * (double)sums[j]"
    program.scores("Scores from the steps so far, one for each class.", [
        *loop("j", len(intercept), f"scores[j] = (float)((double)intercept[j] + {value});"),
        "return scores;"])


def _table(expert: Any, tables: Any, weights: Array, n_channels: int) -> Array:
    """Return the evidence of an expert, (1 or n_channels, n_symbols, n_classes)."""
    models = expert.models(n_channels)
    total: Array = sum(
        weight * tables[model] for model, weight in zip(models, weights, strict=True) if weight)
    total = total - total.mean(axis=1, keepdims=True)
    if isinstance(expert, History):
        total = total[:, :, window_symbols]
    return np.ascontiguousarray(total.swapaxes(1, 2))


def _each(source: Input, *lines: str) -> Lines:
    """Return the loop over channels, in which `spike` is the spike of channel h."""
    return loop("h", source.size, f"const uint32_t spike = {source.name}[h];", *lines)


def _history(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the last 8 steps, the latest last, and this one."""
    program.variable("uint16_t", "windows", (source.size,), "last steps of each channel")
    mask = n_symbols - 1
    return _each(
        source, f"const uint32_t symbol = (((uint32_t)windows[h] << 1) | spike) & {mask};",
        "windows[h] = (uint16_t)symbol;", *add)


def _age(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the time since the last spike and the interval before it."""
    codes = program.table("uint8_t", "age_codes", age_codes, "code of each time in steps")
    longest = len(age_codes) - 1
    program.variable("uint32_t", "ages", (source.size,), "steps since the last spike")
    program.variable(
        "uint8_t", "intervals", (source.size,),
        "0 before the first spike, 1 after it, then 2 + the code of the interval")
    return _each(
        source, f"const uint32_t age = ages[h] < {longest} ? ages[h] + 1 : {longest};",
        f"const uint32_t code = {codes}[age];",
        "const uint32_t interval = intervals[h] >= 2 ? intervals[h] - 2u : 15u;",
        "const uint32_t symbol = (code << 5) | (interval << 1) | spike;",
        "ages[h] = age;", "if (spike) {",
        "    intervals[h] = (uint8_t)(intervals[h] ? code + 2 : 1);", "    ages[h] = 0;", "}", *add)


def _population(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of spikes of earlier channels in this step, and of two traces."""
    decay, fast, slow = population_limits(source.size)
    for name, limits in (("fast", fast), ("slow", slow)):
        program.table("double", f"{name}_limits", limits, "of the codes of a trace")
        program.variable("double", f"{name}_trace", (), "of the spikes of all channels")
    find = [
        line for name, limits in (("fast", fast), ("slow", slow)) for line in (
            f"uint32_t {name} = 0;", f"while ({name} < {len(limits)} && "
            f"{name}_limits[{name}] < {name}_trace) {{", f"    {name}++;", "}")]
    return [
        *find, "uint32_t n_spikes = 0;", *_each(
            source, "const uint32_t before = n_spikes < 3 ? n_spikes : 3;",
            "const uint32_t symbol = (before << 8) | (fast << 5) | (slow << 1) | spike;",
            "n_spikes += spike;", *add),
        *(f"{name}_trace = {name}_trace * {float(d)!r} + (double)n_spikes;"
          for name, d in zip(("fast", "slow"), decay, strict=True))]


def _rate(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the step."""
    last, clock = n_symbols // 2 - 1, program.clock()
    return [
        f"const uint32_t t = {clock} < {last} ? {clock} : {last};",
        *_each(source, "const uint32_t symbol = 2 * t + spike;", *add)]


def _linear(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the spikes alone."""
    return _each(source, "const uint32_t symbol = spike;", *add)


WRITERS: dict[type[Any], Any] = {
    Age: _age, History: _history, Linear: _linear, Population: _population, Rate: _rate}
