"""Readout, adaptation and decision of a network as C.

Features are weighted sums of the spikes of a neuron. Spikes are counted in segments of time with
constant filters. If there are more segments than filters, the features are summed instead. In both
cases one table turns these sums into scores. It contains the coefficients of the readout, the scale
of the features, and the unit of the values of a regressor. A readout that adapts on the device has
the operations of `OnlineReadout` in the same order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._base import Array
from .._meta import checks_of
from ..learning import OnlineReadout
from ..neurons import exp
from ._program import WEIGHT_KINDS, Lines, Program, inner, loop, scales
from ._tracer import FLOAT, bare, literal

SMALLEST_REST = 2.0**-53  # of the other classes, if the probability of one class rounds to 1
LARGEST = 1e38  # limit of the novelty, which float32 holds


class ReadoutCode:
    """Writes the readout of a network into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    reading : Reading
        Filters of the features.
    n_neurons : int
        Number of neurons of the last layer.
    coef : ndarray of shape (n_neurons * n_filters, n_outputs)
        Scores for each feature.
    intercept : ndarray of shape (n_outputs,)
        Scores without spikes.
    """

    def __init__(
            self, program: Program, reading: Any, n_neurons: int, coef: Array, intercept: Array):
        self.program, self.reading, self.n_neurons = program, reading, n_neurons
        n_filters, self.n_segments = reading.filters.shape
        self.counts = self.n_segments <= n_filters
        self.coef, self.intercept = self._of_sums(coef), intercept
        self.n_sums, self.n_outputs = len(self.coef), len(intercept)

    def _of_sums(self, coef: Array) -> Array:
        """Return coefficients of features for the sums, (n_sums, n_neurons, n_outputs)."""
        coef = coef.reshape(self.n_neurons, len(self.reading.filters), -1)
        return np.einsum("hfj,fs->shj", coef, self.reading.filters) if self.counts else (
            coef.transpose(1, 0, 2))

    def at_spike(self) -> Lines:
        """Add the sums, and return the code of a spike of neuron h of the last layer."""
        program = self.program
        kind, comment = ("uint32_t", "spikes in each segment of time") if self.counts else (
            "float", "features")
        program.variable(kind, "sums", (self.n_sums, self.n_neurons), comment)
        if self.n_segments == 1:
            return ["sums[0][h]++;"]
        program.variable("int", "segment", (), "of time")
        starts = program.table(
            "uint32_t", "segment_starts", self.reading.bounds[1:-1],
            "first step of each segment of time but the first")
        program.stage("advance", "Find the segment of time.", [
            f"if (segment < {self.n_segments - 1} && {program.clock()} >= {starts}[segment]) {{",
            "    segment++;", "}"])
        if self.counts:
            return ["sums[segment][h]++;"]
        program.table(
            "float", "filters", self.reading.filters.T,
            "value of a spike in each segment of time, for each feature")
        return loop("k", self.n_sums, "sums[k][h] += filters[segment][k];")

    def at_margin(self) -> Lines:
        """Add the sums, and return the code that keeps the largest margin of neuron h."""
        program, self.counts = self.program, False
        program.variable("float", "sums", (1, self.n_neurons), "largest margins", reset=False)
        return [
            f"if ({program.clock()} == 0 || margin > sums[0][h]) {{", "    sums[0][h] = margin;",
            "}"]

    def write(self) -> None:
        """Add the function that computes the scores, or the sums that early decisions read."""
        early = self.program.early
        if early is None:
            write_scores(self.program, self.coef, self.intercept, self.counts)
        else:
            write_integrators(self.program, self._of_sums(early.integrators_), self.counts)


class LeakyReadoutCode(ReadoutCode):
    """Writes a readout with scores at each step: leaky sums of the spikes.

    Parameters
    ----------
    program : Program
        Program to extend.
    sums : LeakySums
        Weights, intercepts and decays.
    """

    def __init__(self, program: Program, sums: Any):
        self.program, self.sums = program, sums
        self.n_neurons, self.n_taus, self.n_outputs = sums.weights.shape

    def at_spike(self) -> Lines:
        """Add the sums and their decay, and return the code of a spike of neuron h."""
        program, shape = self.program, (self.n_taus, self.n_outputs)
        program.variable("float", "sums", shape, "leaky sums of spikes, for each output")
        self.factor = write_coef(
            program, self.sums.weights, "weight of a spike in the sums of each output")
        program.stage("decay", "Let the sums of the readout decay.", loop(
            "k", self.n_taus, *loop(
                "j", self.n_outputs,
                f"sums[k][j] *= {program.each('float', 'decays', self.sums.decays, 'k')};")))
        weight = "(float)coef[h][k][j]" if self.factor else "coef[h][k][j]"
        return loop("k", self.n_taus, *loop("j", self.n_outputs, f"sums[k][j] += {weight};"))

    def write(self) -> None:
        """Add the function that computes the scores."""
        program, factor = self.program, self.factor
        program.table("float", "intercept", self.sums.intercept)
        program.variable("float", "scores", (self.n_outputs,), reset=False)
        program.scores("Scores of the latest step, one for each output.", [
            *loop(
                "j", self.n_outputs, "scores[j] = intercept[j];",
                *loop("k", self.n_taus, f"scores[j] += {factor}sums[k][j];")),
            "return scores;"])


class AdaptiveReadoutCode(ReadoutCode):
    """Writes a readout whose coefficients are variables, and the function that changes them.

    Parameters
    ----------
    program : Program
        Program to extend, with a penalty of the changes.
    reading : Reading
        Filters of the features.
    n_neurons : int
        Number of neurons of the last layer.
    online : OnlineReadout
        The readout at the start.
    """

    def __init__(self, program: Program, reading: Any, n_neurons: int, online: OnlineReadout):
        super().__init__(program, reading, n_neurons, online.coef, online.intercept)
        self.online = online

    def write(self) -> None:
        """Add the functions that compute the scores, and that adapt the readout."""
        program, online = self.program, self.online
        n_features, n_outputs = online.coef.shape
        program.table("float", "feature_mean", online.mean)
        program.table("float", "feature_factor", online.inverse_scale)
        program.initialised("float", "coef", online.coef, "for each feature, of each output")
        program.initialised("float", "intercept", online.intercept, "of each output")
        program.variable("float", "features", (n_features,), "standardised", reset=False)
        for name in ("scores", "errors"):
            program.variable("float", name, (n_outputs,), reset=False)
        program.scores("Scores from the steps so far, one for each output.", [
            *loop("h", self.n_neurons, *loop(
                "k", n_features // self.n_neurons,
                f"const int i = h * {n_features // self.n_neurons} + k;", *self._feature(),
                "features[i] = (feature - feature_mean[i]) * feature_factor[i];")),
            *loop(
                "j", n_outputs, "float sum = intercept[j];",
                *loop("i", n_features, "sum += coef[i][j] * features[i];"), "scores[j] = sum;"),
            "return scores;"])
        self._write_adapt(n_features, n_outputs)

    def _feature(self) -> Lines:
        """Return the code of feature k of neuron h."""
        if not self.counts:
            return ["const float feature = sums[k][h];"]
        self.program.table("float", "feature_filters", self.reading.filters)
        return [
            "float feature = 0.0f;", *loop(
                "s", self.n_segments, "feature += feature_filters[k][s] * (float)sums[s][h];")]

    def _write_adapt(self, n_features: int, n_outputs: int) -> None:
        """Add the function that adapts the readout to a sample."""
        name, rate = self.program.name, literal(self.online.rate(self.program.adapt_penalty))
        is_class = bool(self.online.loss.n_classes)
        errors = _class_errors(self.program, n_outputs, self.online) if is_class else loop(
            "j", n_outputs, "errors[j] = values[j] - scores[j];")
        head = f"void {name}_adapt({'int label' if is_class else 'const float *values'})"
        truth = "index of the true class" if is_class else "true values of all outputs"
        self.program.function("Adapt the readout to the steps so far.", head, [
            "float square = 1.0f;", f"{name}_scores();", *errors,
            *loop("i", n_features, "square += features[i] * features[i];"),
            *loop(
                "j", n_outputs, f"const float step = errors[j] * ({rate} / square);",
                "intercept[j] += step;",
                *loop("i", n_features, "coef[i][j] += step * features[i];"))],
            f"adapt the readout to the steps so far; {truth}")


def _class_errors(program: Program, n_outputs: int, online: OnlineReadout) -> Lines:
    """Add the exponential function, and return the code of the errors of the probabilities."""
    write_exp(program)
    one, coldness = literal(np.float32(1)), literal(online.coldness)
    return [
        "/* the true class minus the probabilities */", "float largest = scores[0], sum = 0.0f;",
        *loop("j", n_outputs, "largest = scores[j] > largest ? scores[j] : largest;"),
        *loop(
            "j", n_outputs, f"errors[j] = power_of_e((scores[j] - largest) * {coldness});",
            "sum += errors[j];"),
        *loop("j", n_outputs, f"errors[j] = (j == label ? {one} : 0.0f) - errors[j] / sum;")]


def write_scores(
        program: Program, coef: Array, intercept: Array, counts: bool, more: str = "") -> None:
    """Add the function that computes scores from `sums`.

    `coef` is (n_sums, n_neurons, n_outputs), and the sums are integers if they are `counts`. `more`
    is code that is added to the score of output j.
    """
    n_sums, n_neurons, n_outputs = coef.shape
    factor = write_coef(program, coef, "score of each output for each sum of a neuron")
    program.table("float", "intercept", intercept)
    program.variable("float", "scores", (n_outputs,), reset=False)
    weight = "(float)coef[k][h][j]" if factor else "coef[k][h][j]"
    value = "(float)sums[k][h]" if counts else "sums[k][h]"
    program.scores("Scores from the steps so far, one for each output.", [
        *loop(
            "j", n_outputs, "float sum = 0.0f;",
            *loop("k", n_sums, *loop("h", n_neurons, f"sum += {weight} * {value};")),
            f"scores[j] = intercept[j] + {factor}sum{more};"),
        "return scores;"])


def write_integrators(program: Program, weights: Array, counts: bool) -> None:
    """Add the function that adds the `sums` of neurons into fewer sums, the integrators.

    `weights` are (n_sums, n_neurons, n_integrators), and the sums are integers if they are
    `counts`. Sums of integers with integer weights are exact.
    """
    n_sums, n_neurons, n_integrators = weights.shape
    kind, factor = "double", ""
    if program.weights != "float32":
        unit = scales(weights, program.weights)
        weights, factor = np.rint(weights / unit), program.each(
            "float", "integrator_unit", unit.astype(np.float32), "r") + " * (float)"
        n_spikes = n_sums * n_neurons * int(checks_of(program.early)[0][-1])  # at most
        kind = "float" if not counts else "int32_t" if (
            n_spikes * np.abs(weights).max() < 2**31) else "int64_t"
    program.table(
        WEIGHT_KINDS[program.weights], "integrator_weights", weights,
        "weight of each sum of a neuron in the integrators")
    of_sums = "double" if kind == "double" else "float"
    program.variable(kind, "totals", (n_integrators,), reset=False)
    program.variable(of_sums, "integrators", (n_integrators,), reset=False)
    adds = loop("r", n_integrators, f"totals[r] += ({kind})integrator_weights[k][h][r] * sum;")
    program.function(
        "Add the sums of the neurons into the integrators.", "static void integrate(void)", [
            *loop("r", n_integrators, "totals[r] = 0;"),
            *loop("k", n_sums, *loop("h", n_neurons, f"const {kind} sum = sums[k][h];", *adds)),
            *loop("r", n_integrators, f"integrators[r] = {factor}totals[r];")])


def write_coef(
        program: Program, coef: Array, comment: str, name: str = "coef", index: str = "j") -> str:
    """Add a table of coefficients, (..., n_outputs). Return the code of the factor of an output.

    Coefficients are integers if there is a factor. `index` is the name of the index of the output.
    """
    # each score sums many terms that cancel, so 8 bits are too few
    kind = "int16" if program.weights == "int8" else program.weights
    factor = ""
    if kind != "float32":
        unit = scales(coef, kind)
        coef = np.rint(coef / unit)
        factor = program.each("float", f"{name}_unit", unit.astype(np.float32), index) + " * "
    program.table(WEIGHT_KINDS[kind], name, coef, comment)
    return factor


def write_exp(program: Program) -> None:
    """Add the exponential function, unless the program has it."""
    head = "static float power_of_e(float x)"
    if any(head in function for function in program.functions):
        return
    tracer = program.tracer
    lines, (text,) = tracer.write([tracer.runnable(exp)(tracer.apply("x", FLOAT))])
    program.function("e**x", head, [*lines, f"return {bare(text)};"])


def returns_index(sizes: Sequence[int]) -> bool:
    """Return whether the function of the classes returns the index of one class."""
    return len(sizes) == 1 and sizes[0] > 1


def write_classes(program: Program, sizes: Sequence[int]) -> None:
    """Add the function that decides on classes by `scores`.

    `sizes` are the numbers of scores of the columns of labels. If all columns have one score, they
    are the labels of an indicator matrix, which are 1 if their score is positive. Otherwise, a
    column with one score has one class.
    """
    lines, start = [f"{program.name}_scores();"], 0
    is_indicator = max(sizes) == 1
    is_one = returns_index(sizes)
    for k, size in enumerate(sizes):
        best = "best" if is_one else f"classes[{k}]"
        if is_indicator:
            lines.append(f"{best} = scores[{start}] > 0.0f;")
        else:
            first = f"{start} + " if start else ""
            lines += [f"{best} = 0;", *loop(
                "j", size, f"if (scores[{first}j] > scores[{first}{best}]) {{",
                *inner([f"{best} = j;"]), "}")]
        start += size
    if is_one:
        head, comment = f"int {program.name}_predict(void)", "index of the class"
        found = "best" if program.rejection is None else f"decided > {sizes[0]} ? {sizes[0]} : best"
        lines = ["int best;", *lines, f"return {found};"]
    else:
        head = f"void {program.name}_predict(int *classes)"
        comment = f"index of the class of each of {len(sizes)} columns"
    program.function(
        f"{comment[0].upper()}{comment[1:]}, from the steps so far.", head, lines, comment)


def write_decision(program: Program) -> None:
    """Add the decision of an `EarlyClassifier`: its scores, and the function that returns it.

    The probability of the best class is at least the threshold if the sum of e**(s - best) over the
    scores s of the other classes is at most 1 / threshold - 1.
    """
    early, n_classes = program.early, len(program.early.classes_)
    threshold, (steps, at_rest) = early.threshold_, checks_of(early)
    rest = max(1 / threshold - 1, SMALLEST_REST) if np.isfinite(threshold) else -1.0
    write_exp(program)
    program.integers("check_steps", steps, "numbers of steps after which a decision is possible")
    program.table(
        "float", "check_intercept", early.intercept_, "scores of the classes, without spikes")
    program.table("float", "first_scores", at_rest, "of the classes, after a reset")
    program.variable("int", "check", (), "index of the next possible decision")
    program.variable("int", "decided", (), "index of the class plus 1, or 0")
    program.resets += loop("j", n_classes, "scores[j] = first_scores[j];")
    lines = _write_check(program)
    decision, comment = "best", "index of the class that is decided, or -1 before the decision"
    if program.rejection is not None:
        _write_novelty(program)
        decision, comment = f"(is_new(best) ? {n_classes} : best)", (
            f"{comment}, or {program.name.upper()}_UNKNOWN")
    program.function("Decide if a class is probable enough.", "static void decide(void)", [
        f"if (decided || {program.clock()} != check_steps[check]) {{", "    return;", "}",
        *lines, "int best = 0;", "float rest = 0.0f;",
        *loop("j", n_classes, "best = scores[j] > scores[best] ? j : best;"),
        *loop("j", n_classes, "rest += j == best ? 0.0f : power_of_e(scores[j] - scores[best]);"),
        f"if (rest <= {literal(np.float32(rest))} || check == {len(steps) - 1}) {{",
        *inner([f"decided = {decision} + 1;"]), "}", "check++;"])
    program.last.append("decide();")
    program.function(
        "Scores of the classes at the decision, or at the latest possible one.",
        f"const float *{program.name}_scores(void)", ["return scores;"],
        "scores of the classes at the decision, or at the latest possible one")
    program.function(
        f"{comment[0].upper()}{comment[1:]}.", f"int {program.name}_decided(void)",
        ["return decided - 1;"], comment)


def _write_check(program: Program) -> Lines:
    """Add the tables of the readouts, and return the code of the scores at a possible decision."""
    early, n_classes = program.early, len(program.early.classes_)
    if early.integrators_ is None:
        program.table("float", "check_factor", early.coef_[:, 0, 0])
        return ["model_scores();", *loop(
            "j", n_classes,
            "scores[j] = check_factor[check] * scores[j] + check_intercept[check][j];")]
    program.variable("float", "scores", (n_classes,), reset=False)
    coef, factor, kind = early.coef_, "", "double"
    if program.weights != "float32":
        unit = scales(coef.reshape(len(coef), -1).T, program.weights)
        coef, kind = np.rint(coef / unit[:, np.newaxis, np.newaxis]), "float"
        factor = program.each(
            "float", "check_unit", unit.astype(np.float32), "check") + " * "
    program.table(
        WEIGHT_KINDS[program.weights], "check_coef", coef,
        "weight of each integrator in the scores of the classes, at each check")
    return ["integrate();", *loop(
        "j", n_classes, f"{kind} sum = 0;", *loop(
            "r", coef.shape[1], f"sum += ({kind})check_coef[check][r][j] * integrators[r];"),
        f"scores[j] = (float)({factor}sum + check_intercept[check][j]);")]


def _write_novelty(program: Program) -> None:
    """Add the function that returns whether a sample is rejected if it is decided for a class.

    The deviations are in double if the integrators are.
    """
    usual, limit, _ = program.rejection
    sums = "scores" if program.early.integrators_ is None else "integrators"
    kind, of_limit = ("double", np.float64) if (
        sums == "integrators" and program.weights == "float32") else ("float", np.float32)
    square = usual.sum_of_squares(limit)
    factor = write_coef(
        program, usual.mean, "mean sums at each check, of each class", "usual_mean", "r")
    mean = f"{factor}(float)usual_mean[check][best][r]" if factor else "usual_mean[check][best][r]"
    program.table("float", "usual_scale", usual.scale, "deviation of the sums at each check")
    program.function(
        "Whether the sums differ from the sums of usual samples of a class.",
        "static int is_new(int best)", [
            f"{kind} square = 0;", *loop(
                "r", usual.scale.shape[1],
                f"const {kind} deviation = ({sums}[r] - {mean}) / usual_scale[check][r];",
                "square += deviation * deviation;"),
            f"return square > {literal(of_limit(min(square, LARGEST)))};"])
