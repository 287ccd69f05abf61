"""Readers of spike trains as C: counts, complexities and classifiers of trains.

Words are counted while the spikes arrive. For LZ76, a train has two rows of bits: the spikes so
far, and the steps that may continue an earlier occurrence of the word so far. For LZ78, it has the
tree of its words. Both count the words that have begun, so that the number is right after every
step.

A classifier of trains, and the relative complexity, have one table of log odds for each expert. The
models of an expert are added, with their weights, to one table of the evidence of each output. In
each step and channel, the code finds the symbol of each expert and adds its row of the table to the
sums. The sums are float64, and integers if the tables are integers.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from .._base import Array, FittedArray, check_arrays, part_bounds
from ..complexity import LZ76, experts_of, n_relative_features, weights_of_terms
from ..trains import (
    Age, Expert, History, Linear, Phrases, Population, PopulationPhrases, Rate, SpikeCounter,
    SpikeTrainClassifier, age_codes, phrase_runs, population_limits, weighted_experts)
from ._program import WEIGHT_KINDS, Input, Lines, Program, inner, loop, scales
from ._readout import write_scores

BITS = 32  # of a word of spikes


class LinearModel(NamedTuple):
    """A linear model of features.

    The coefficients are (n_features, n_outputs). The classes of a classifier have one score each.
    """

    coef: Array
    intercept: Array
    is_classifier: bool

    @property
    def class_sizes(self) -> list[int]:
        """Numbers of scores of the columns of labels, as in `write_classes`."""
        return [len(self.intercept)] if self.is_classifier else []


def write_features(program: Program, reader: Any, linear: LinearModel, source: Input) -> None:
    """Write the features of spike trains, and the scores of a linear model.

    `reader` is a fitted `SpikeCounter`, `LZCTransformer` or `LZCClassifier`, and `source` the
    `Input` of the trains.
    """
    bounds = part_bounds(reader.n_steps_in_, reader.n_windows_)
    counts_words = not isinstance(reader, SpikeCounter)
    n_relative = n_relative_features(reader, source.size) if counts_words else 0
    coef, relative = np.split(linear.coef, [len(linear.coef) - n_relative])
    coef = _in_order_of_sums(reader, coef, source.size, np.diff(bounds))
    program.variable("uint32_t", "sums", coef.shape[:2], "numbers of words and spikes")
    code = _window(program, bounds)
    if counts_words:
        start = "0" if len(bounds) == 2 else "window_starts[window]"
        code.append(f"const uint32_t t = {program.clock()} - {start};")
        words = _count_lz76 if isinstance(reader.measure_, LZ76) else _count_lz78
        code += words(program, source, int(np.diff(bounds).max()))
    if not counts_words or reader.with_counts_:
        row = f"{reader.n_windows_ * counts_words} + window"
        code += ["/* count the spikes */", *loop(
            "h", source.size, f"sums[{row}][h] += {source.name}[h];")]
    program.stage("count", "Count words and spikes in each window of time.", code)
    more = ""
    if n_relative:
        evidence = _relative_evidence(reader, relative, source.size)
        n_outputs = len(linear.intercept)
        more = f" + (float)({_write_evidence(program, evidence, source, n_outputs, bounds)})"
    write_scores(program, coef, linear.intercept, counts=True, more=more)


def _in_order_of_sums(reader: Any, coef: Array, n: int, lengths: Array) -> Array:
    """Return the coefficients of sums, (n_sums, n_channels, n_outputs).

    The sums are the numbers of words in each window, of the given lengths, then those of spikes.
    """
    is_counter = isinstance(reader, SpikeCounter)
    is_mean = not is_counter and reader.channels_ == "mean"
    n_kinds = 1 if is_counter else 1 + bool(reader.with_counts_)  # words and spikes
    n_features = n_kinds * len(lengths) * (1 if is_mean else n)
    check_arrays([FittedArray("coef_ of the linear model", coef.T, (-1, n_features), np.floating)])
    blocks = []
    for block in np.split(coef, n_kinds):
        block = block.reshape(-1, len(lengths), block.shape[1]).swapaxes(0, 1)
        blocks.append(np.repeat(block / n, n, axis=1) if is_mean else block)
    if not is_counter and reader.normalize_:
        scale = [reader.measure_.scale(1, length) for length in lengths]
        blocks[0] = blocks[0] * np.array(scale)[:, None, None]
    return np.concatenate(blocks)


def _window(program: Program, bounds: list[int]) -> Lines:
    """Return the code that finds the window of time."""
    clock = program.clock()
    lines = [f"if ({clock} >= {bounds[-1]}) {{", "    return; /* after the last step */", "}"]
    if len(bounds) == 2:
        return [*lines, "const int window = 0;"]
    program.variable("int", "window", (), "of time")
    program.table("uint32_t", "window_starts", bounds, "first step of each window, and the end")
    return [
        *lines, f"if ({clock} >= window_starts[window + 1]) {{", "    window++;", "}"]


def _count_lz76(program: Program, source: Input, n_steps: int) -> Lines:
    """Return the code that counts the words of LZ76.

    A word ends with the first step at which no earlier occurrence of it continues.
    """
    n, n_words = source.size, -(-n_steps // BITS)
    program.variable("uint32_t", "train", (n, n_words), "spikes of the window", reset=False)
    program.variable(
        "uint32_t", "occurs", (n, n_words), "steps that may continue an occurrence of the word",
        reset=False)
    program.variable("uint8_t", "in_word", (n,), reset=False)
    return [
        "/* count the words of LZ76 */", *loop(
            "h", n, f"const uint32_t spike = {source.name}[h];", "uint32_t carry = 0, found = 0;",
            "if (t == 0) {", "    in_word[h] = 0;", *inner(loop(
                "k", n_words, "train[h][k] = 0;", "occurs[h][k] = 0;")), "}",
            "sums[window][h] += !in_word[h];",
            "/* keep the occurrences that continue with the same value */", *loop(
                "k", n_words,
                "const uint32_t like = occurs[h][k] & (spike ? train[h][k] : ~train[h][k]);",
                "occurs[h][k] = like << 1 | carry;", "carry = like >> 31;", "found |= like;"),
            f"train[h][t / {BITS}] |= spike << t % {BITS};", "in_word[h] = found != 0;",
            "/* the next word may occur at any earlier step */",
            f"for (uint32_t k = 0; !found && k <= t / {BITS}; k++) {{",
            f"    occurs[h][k] = k < t / {BITS} ? UINT32_MAX : UINT32_MAX >> (31 - t % {BITS});",
            "}")]


def _count_lz78(program: Program, source: Input, n_steps: int) -> Lines:
    """Return the code that counts the words of LZ78.

    Words are the nodes of a tree. A word ends with the first step that leads to no node.
    """
    n = source.size
    kind = "uint16_t" if n_steps < 2**16 else "uint32_t"
    program.variable(kind, "nodes", (n,), "of the tree", reset=False)
    program.variable(kind, "node", (n,), "of the word so far", reset=False)
    program.variable(kind, "children", (n, n_steps + 1, 2), "0: none", reset=False)
    return [
        "/* count the words of LZ78 */", *loop(
            "h", n, f"const uint8_t spike = {source.name}[h];", f"{kind} *next;",
            "if (t == 0) {", "    nodes[h] = node[h] = 0;",
            "    children[h][0][0] = children[h][0][1] = 0;", "}",
            "sums[window][h] += node[h] == 0;", "next = &children[h][node[h]][spike];",
            "node[h] = *next;", "if (*next == 0) {", "    *next = ++nodes[h];",
            "    children[h][nodes[h]][0] = children[h][nodes[h]][1] = 0;", "}")]


def write_trains(program: Program, model: SpikeTrainClassifier, source: Input) -> None:
    """Write the experts, and the scores of the classes."""
    n_classes = len(model.classes_)
    centring = np.eye(n_classes) - 1 / n_classes
    evidence = [
        (expert, _evidence(expert, tables, weights[:, None, None] * centring, source.size))
        for expert, tables, weights in weighted_experts(model) if weights.any()]
    value = _write_evidence(program, evidence, source, n_classes)
    program.table("float", "intercept", model.intercept_)
    program.variable("float", "scores", (n_classes,), reset=False)
    program.scores("Scores from the steps so far, one for each class.", [
        *loop("j", n_classes, f"scores[j] = (float)((double)intercept[j] + {value});"),
        "return scores;"])


def _relative_evidence(
        reader: Any, coef: Array, n_channels: int) -> list[tuple[Expert, Array]]:
    """Return the experts of the relative complexity, and the evidence in each window.

    ``coef`` are the coefficients of the relative features, (n_features, n_outputs). The first axis
    of the evidence has the rows of all windows.
    """
    # (n_models, n_windows, n_outputs, n_classes)
    weights = np.moveaxis(weights_of_terms(reader, coef.T, reader.n_steps_in_), 0, 2)
    found, first = [], 0
    for expert, tables in zip(experts_of(n_channels), reader.dictionaries_[0].tables, strict=True):
        last = first + len(expert.models(n_channels))
        # features are in bits, tables in nats
        found.append((expert, np.concatenate([
            _evidence(expert, tables, window / math.log(2), n_channels)
            for window in weights[first:last].swapaxes(0, 1)])))
        first = last
    return found


def _evidence(expert: Any, tables: Any, weights: Array, n_channels: int) -> Array:
    """Return the evidence of an expert, (1 or n_channels, n_symbols, n_outputs).

    The weights are (n_models, n_outputs, n_classes).
    """
    total: Array = sum(
        np.einsum("ok,cks->cso", weight, tables[model])
        for model, weight in zip(expert.models(n_channels), weights, strict=True) if weight.any())
    return total


def _write_evidence(
        program: Program, evidence: list[tuple[Expert, Array]], source: Input, n_outputs: int,
        bounds: list[int] | None = None) -> str:
    """Write experts, given the evidence of each. Return the code of the sum for output j.

    `bounds` are those of windows of time, each of which has own rows in the evidence.
    """
    n_windows = 1 if bounds is None else len(bounds) - 1
    end = [] if bounds is None else [
        f"if ({program.clock()} >= {bounds[-1]}) {{", "    return; /* after the last step */", "}"]
    kind, unit = "int16" if program.weights == "int8" else program.weights, ""
    if kind != "float32":
        units = np.ones(n_outputs)
        if evidence:
            units = scales(np.concatenate([
                table.reshape(-1, n_outputs) for _, table in evidence]), kind)
        evidence = [(expert, np.rint(table / units)) for expert, table in evidence]
        unit = f"{program.each('double', 'unit', units, 'j')} * (double)"
    program.variable(
        "int64_t" if unit else "double", "evidence", (n_outputs,), "of trains, for each output")
    for expert, table in evidence:
        name = program.table(
            WEIGHT_KINDS[kind], f"evidence_of_{expert.name}", table,
            "evidence for each output, channel and symbol")
        n_rows = len(table) // n_windows
        row = "h" if n_rows > 1 else "0"
        row = row if n_windows == 1 else f"{n_rows} * window + {row}"
        add = loop("j", n_outputs, f"evidence[j] += {name}[{row}][symbol][j];")
        program.stage(
            str(expert.name), f"Add the evidence of the expert {expert.name}.",
            [*end, *EXPERTS[type(expert)](program, table.shape[1], source, add)])
    return f"{unit}evidence[j]"


def _each(source: Input, *lines: str) -> Lines:
    """Return the loop over channels, in which `spike` is the spike of channel h."""
    return loop("h", source.size, f"const uint32_t spike = {source.name}[h];", *lines)


def _history(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the last 8 steps, the latest first, and this one."""
    program.variable("uint8_t", "contexts", (source.size,), "last 8 steps, the latest one first")
    return _each(
        source, "const uint32_t symbol = ((uint32_t)contexts[h] << 1) | spike;",
        "contexts[h] = (uint8_t)((contexts[h] >> 1) | (spike << 7));", *add)


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


def _phrases(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the last 8 steps, or of the run without a spike."""
    runs = program.table("uint8_t", "phrase_runs", phrase_runs, "run of each number of steps")
    longest = len(phrase_runs) - 1
    program.variable("uint8_t", "recent", (source.size,), "last 8 steps, the latest one first")
    program.variable("uint16_t", "silences", (source.size,), "steps since the last spike")
    program.variable("uint8_t", "spiked", (source.size,), "whether there was a spike")
    return _each(
        source, "uint32_t run = silences[h] + (spiked[h] ? 0u : 8u), context = recent[h];",
        "uint32_t symbol;", f"run = run < {longest} ? run : {longest};", "if (context == 0) {",
        f"    context = 256u + 2u * {runs}[run] + spiked[h];", "}",
        "symbol = 2 * context + spike;",
        "recent[h] = (uint8_t)((recent[h] >> 1) | (spike << 7));",
        f"silences[h] = spike ? 0 : (uint16_t)(silences[h] + (silences[h] < {longest}));",
        "spiked[h] |= (uint8_t)spike;", *add)


def _population_phrases(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the numbers of spikes in this step and in the last three."""
    program.variable("uint8_t", "totals", (), "spikes of the last three steps, two bits each")
    return [
        "uint32_t n_spikes = 0;", *_each(
            source, "const uint32_t before = n_spikes < 3 ? n_spikes : 3;",
            "const uint32_t symbol = (before << 7) | ((uint32_t)totals << 1) | spike;",
            "n_spikes += spike;", *add),
        "totals = (uint8_t)((totals >> 2) | ((n_spikes < 3 ? n_spikes : 3) << 4));"]


def _linear(program: Program, n_symbols: int, source: Input, add: Lines) -> Lines:
    """Return the code of the spikes alone."""
    return _each(source, "const uint32_t symbol = spike;", *add)


EXPERTS: dict[type[Any], Any] = {
    Age: _age, History: _history, Linear: _linear, Phrases: _phrases, Population: _population,
    PopulationPhrases: _population_phrases, Rate: _rate}
