"""Counts and complexities of spike trains, and linear models of them, as C.

Words are counted while the spikes arrive. For LZ76, a train has two rows of bits: the spikes so
far, and the steps that may continue an earlier occurrence of the word so far. For LZ78, it has the
tree of its words. Both count the words that have begun, so that the number is right after every
step.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    LinearRegression, LogisticRegression, LogisticRegressionCV, Perceptron, Ridge, RidgeClassifier,
    RidgeClassifierCV, RidgeCV, SGDClassifier)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from .._checks import FittedArray, check_arrays, is_of_tables
from .._compile import part_bounds
from .._estimators import SpikeCounter, SpikingRocket
from .._utils import Array
from ..complexity import LZ76, LZ78
from ._program import Input, Lines, Program, inner, loop
from ._readout import write_scores

CLASSIFIERS = (
    LinearDiscriminantAnalysis, LogisticRegression, LogisticRegressionCV, RidgeClassifier,
    RidgeClassifierCV, LinearSVC, SGDClassifier, Perceptron)
LINEAR = (*CLASSIFIERS, LinearRegression, Ridge, RidgeCV)
BITS = 32  # of a word of spikes


class Linear(NamedTuple):
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


def write_features(program: Program, reader: Any, linear: Linear, source: Input) -> None:
    """Write the features of spike trains, and the scores of a linear model.

    `reader` is a fitted `SpikeCounter`, `LZCTransformer` or `LZCClassifier`, and `source` the
    `Input` of the trains.
    """
    bounds = part_bounds(reader.n_steps_in_, reader.n_windows_)
    counts_words = not isinstance(reader, SpikeCounter)
    coef = _in_order_of_sums(reader, linear.coef, source.size, np.diff(bounds))
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
    write_scores(program, coef, linear.intercept, counts=True)


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


def unreadable(reader: Any) -> str | None:
    """Return why the features of an estimator have no C code, and an alternative, or None."""
    if isinstance(reader, SpikingRocket):
        return None if reader.n_steps_in_ is not None else (
            "it was fitted on series of unequal length. Fit it on series of equal length")
    if is_of_tables(reader):
        return "it was fitted on 2-D input. Fit it on rasters, such as the output of a network"
    if reader.n_steps_in_ is None:
        return "it was fitted on trains of unequal length. Fit it on trains of equal length"
    if isinstance(reader, SpikeCounter):
        return None
    if not isinstance(reader.measure_, (LZ76, LZ78)):
        return f"{type(reader.measure_).__name__} has no C code. Use measure='lz76' or 'lz78'"
    if reader.channels_ == "joint":
        return "words of all channels together have no C code. Use channels='each' or 'mean'"
    if reader.normalize_ == "entropy":
        return "the entropy needs a logarithm of each rate. Use normalize=True or False"
    return None


def linear_model(steps: Sequence[Any]) -> Linear:
    """Return fitted steps, a linear model and optionally a scaler before it, or raise."""
    *scalers, model = _checked([inside for step in steps for inside in _flat(step)])
    coef = model.coef_.toarray() if issparse(model.coef_) else model.coef_
    coef, intercept = np.atleast_2d(coef).T, np.atleast_1d(model.intercept_)
    intercept = np.broadcast_to(intercept, coef.shape[1:])
    is_classifier = isinstance(model, CLASSIFIERS)
    if is_classifier and coef.shape[1] == 1:  # the score of the first of two classes is 0
        coef, intercept = np.hstack([0 * coef, coef]), np.append(0.0, intercept)
    for scaler in scalers:  # scale_ and mean_ may exist without being used
        if scaler.with_std:
            coef = coef / scaler.scale_[:, None]
        if scaler.with_mean:
            intercept = intercept - scaler.mean_ @ coef
    if is_classifier and coef.shape[1] > 2:  # what all classes share would only cost digits
        coef = coef - coef.mean(axis=1, keepdims=True)
        intercept = intercept - intercept.mean()
    return Linear(coef, intercept, is_classifier)


def _checked(steps: list[Any]) -> list[Any]:
    """Return the steps, or raise if they are not a linear model after at most one scaler."""
    *scalers, model = steps
    if not isinstance(model, LINEAR) or len(scalers) > 1 or not all(
            isinstance(scaler, StandardScaler) for scaler in scalers):
        names = ", ".join(type(step).__name__ for step in steps)
        known = ", ".join(cls.__name__ for cls in LINEAR)
        raise ValueError(
            f"to_c cannot export {names} of features: use a linear model, optionally after a "
            f"StandardScaler. Known are {known}.")
    binarizer = getattr(model, "_label_binarizer", None)  # of ridge classifiers
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ValueError(
            f"to_c cannot export {type(model).__name__} of labels in several columns. Fit it on "
            "one column of labels.")
    return steps


def _flat(step: Any) -> list[Any]:
    if isinstance(step, Pipeline):
        return [inside for _, inside in step.steps if inside not in (None, "passthrough")]
    return [step]
