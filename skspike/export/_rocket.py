"""Spike counts of random neurons with delayed synapses, and a linear model of them, as C.

If the neurons need the whole series, a step only keeps its values. The scores run the neurons on
the series, one group after the other, and add each count times its coefficients. So neither spikes
nor the counts of all neurons are kept. Neurons that run step by step keep their states and counts.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from .._base import Array, FittedArray, check_arrays
from .._meta import checks_of
from .._networks import FLOOR, MAX_DEVIATION, MIN_AMPLITUDE, PRIOR, NeuronGroup, SpikingRocket
from ._neurons import NeuronCode
from ._program import WEIGHT_KINDS, Input, Lines, Program, inner, loop, scales
from ._readers import LinearModel
from ._readout import write_coef, write_integrators, write_scores
from ._tracer import literal

MAX_DOUBLE = np.finfo(float).max  # stands for infinite scales, for which C has no literal


def write_rocket(
        program: Program, rocket: SpikingRocket, linear: LinearModel, source: Input) -> None:
    """Write a fitted `SpikingRocket` of an `Input`, and the scores of a linear model."""
    coef, intercept, _ = linear
    n_channels, n_steps, clock = len(rocket.mean_), rocket.n_steps_in_, program.clock()
    program.variable("float", "series", (n_channels, n_steps), reset=False)
    program.stage("record", "Keep the values of the step.", [
        f"if ({clock} >= {n_steps}) {{", "    return; /* after the last step */", "}",
        *loop("c", n_channels, f"series[c][{clock}] = {source.name}[c];")])
    _write_channels(program, rocket)
    # sort the groups by their source: values or differences, with their amplitude or equal ones
    sources = np.array([group.channels[0] // n_channels for group in rocket.groups_])
    order = np.argsort(sources, kind="stable")
    bounds = np.cumsum([0, *(group.weights.shape[1] for group in rocket.groups_)])
    check_arrays([FittedArray("coef_ of the linear model", coef.T, (-1, bounds[-1]), np.floating)])
    factor = _write_groups(
        program, rocket, [rocket.groups_[k] for k in order],
        np.concatenate([coef[bounds[k] : bounds[k + 1]] for k in order]))
    # add the scores
    n_outputs, n_kinds = len(intercept), len(rocket.amplitude_median_)
    program.table("double", "intercept", intercept)
    program.variable("float", "scores", (n_outputs,), reset=False)
    lines, starts = [], np.searchsorted(sources[order], np.arange(2 * n_kinds + 1))
    for source, (start, stop) in enumerate(itertools.pairwise(starts)):
        equal, differences = divmod(source, n_kinds)
        if start < stop:
            lines += [
                f"prepare({differences}, {equal}, n_steps);",
                f"for (int g = {start}; g < {stop}; g++) {{", "    run_group(g, n_steps);", "}"]
    program.scores("Scores of the series so far, one for each output.", [
        f"const int n_steps = (int)({clock} < {n_steps} ? {clock} : {n_steps});",
        *loop("j", n_outputs, "totals[j] = 0.0;"), *lines,
        *loop("j", n_outputs, f"scores[j] = (float)(intercept[j] + {factor}totals[j]);"),
        "return scores;"])


def write_running_rocket(
        program: Program, rocket: SpikingRocket, linear: LinearModel | None,
        source: Input) -> Input:
    """Write a fitted `SpikingRocket` that runs step by step, and the scores of a linear model.

    Return the `Input` of its spikes.
    """
    _write_running_input(program, rocket, source)
    groups = rocket.groups_
    n_neurons = sum(group.weights.shape[1] for group in groups)
    _write_inputs(program, groups)
    program.integers(
        "input_delay", np.concatenate([group.delays for group in groups]), "steps")
    unit = _write_weights(program, groups, "h")
    code = NeuronCode(
        program, "neurons", rocket.neuron_, rocket.neuron_.kernels(), np.hstack([
            rocket.neuron_.coefficient_table(group.intrinsics, 1.0) for group in groups]),
        n_neurons, "h")
    is_short = program.early is not None and checks_of(program.early)[0][-1] < 2**16
    program.variable(
        "uint16_t" if is_short else "uint32_t", "sums", (1, n_neurons), "spike counts")
    width = max(group.weights.shape[1] for group in groups)
    program.variable("float", "current", (width,), reset=False)
    step = code.step(f"{unit}current[h - first]", at_spike=["sums[0][h]++;"])
    length = _ring_length(rocket)
    program.stage("run_groups", f"Run the groups of neurons. {code.summary}", loop(
        "g", len(groups),
        "const int first = first_neuron[g], n = first_neuron[g + 1] - first;",
        "/* input current: weights times the channels at their delays */",
        *loop("h", "n", "current[h] = 0.0f;"),
        "for (int k = first_input[g]; k < first_input[g + 1]; k++) {",
        "    const int at = place - (int)input_delay[k];",
        f"    const float value = ring[input_channel[k]][at < 0 ? at + {length} : at];",
        *inner(loop("h", "n", "current[h] += value * weights[k][h];")), "}",
        "for (int h = first; h < first + n; h++) {", *inner(step), "}"))
    if program.early is not None:
        write_integrators(program, program.early.integrators_[np.newaxis], True)
    else:
        assert linear is not None
        write_scores(program, linear.coef[np.newaxis], linear.intercept, True)
    return Input(code.spikes, n_neurons, False, False)


def _ring_length(rocket: SpikingRocket) -> int:
    """Return the number of steps that delays need."""
    return 1 + max(int(group.delays.max()) for group in rocket.groups_)


def _write_running_input(program: Program, rocket: SpikingRocket, source: Input) -> None:
    """Add the stage that puts the input of a step into a ring, as `run_input` computes it."""
    n_channels, length = len(rocket.mean_), _ring_length(rocket)
    tables = {"channel_mean": rocket.mean_, "channel_scale": rocket.scale_}
    if rocket.difference_scale_ is not None:
        tables["difference_scale"] = rocket.scale_ * rocket.difference_scale_
    mean, *scales_of = (
        program.each("double", name, np.minimum(values, MAX_DOUBLE), "c")
        for name, values in tables.items())
    z = [f"(x - {mean}) / {scales_of[0]}", *(
        f"{program.clock()} ? (x - before[c]) / {scale} : 0.0" for scale in scales_of[1:])]
    program.variable("float", "ring", (len(z) * n_channels, length), "latest inputs")
    program.variable("int", "place", (), "of the latest inputs")
    program.variable("double", "before", (n_channels,), "values of the step before")
    program.variable("double", "standardised", (n_channels,), "standardised", reset=False)
    limit, lines = literal(MAX_DEVIATION), []
    for kind, value in enumerate(z):
        before, after = _change_of_running(program, rocket, kind)
        change = " * change" if after else ""
        lines += ["/* differences */" if kind else "/* values */", "{", *inner([
            *before, *loop(
                "c", n_channels, f"const double x = {source.name}[c], z = {value};",
                f"standardised[c] = z < -{limit} ? -{limit} : z > {limit} ? {limit} : z;"),
            *after, *loop(
                "c", n_channels,
                f"ring[{kind * n_channels} + c][place] = (float)(standardised[c]{change});")]), "}"]
    program.stage("record", "Keep the input of the step.", [
        f"place = place + 1 == {length} ? 0 : place + 1;", *lines,
        *loop("c", n_channels, f"before[c] = {source.name}[c];")])


def _change_of_running(program: Program, rocket: SpikingRocket, kind: int) -> tuple[Lines, Lines]:
    """Return the code before and after the values, which limits the running amplitude, if any."""
    n_channels, power = len(rocket.mean_), rocket.amplitude_power_[kind]
    if power == 1:
        return [], []
    deviation = "standardised[c]"
    if kind == 0:
        program.variable("double", "value_sums", (n_channels,))
        deviation += f" - value_sums[c] / (n + {literal(PRIOR)})"
    square = program.variable("double", f"squares{kind}", ())
    n_roots, floor = round(-np.log2(power)), literal(FLOOR)
    before = [
        "double total = 0.0, change = 1.0, ratio;", f"const double n = {program.clock()} + 1.0;"]
    return before, [
        *loop(
            "c", n_channels, *(["value_sums[c] += standardised[c];"] if kind == 0 else []),
            f"const double deviation = {deviation};", "total += deviation * deviation;"),
        f"{square} += total / {n_channels}.0;",
        f"ratio = {literal(rocket.amplitude_median_[kind])} / "
        f"sk_root(({square} + {floor}) / (n + {floor}));",
        *loop("k", n_roots, "ratio = sk_root(ratio);", "change *= ratio;")]


def _write_channels(program: Program, rocket: SpikingRocket) -> None:
    """Add the functions that compute the channels of a source from the series."""
    n_channels = len(rocket.mean_)
    factor = 1.0 if rocket.difference_scale_ is None else rocket.difference_scale_
    mean, scale, difference_scale = (
        program.each("double", name, values, "c") for name, values in {
            "channel_mean": rocket.mean_, "channel_scale": np.minimum(rocket.scale_, MAX_DOUBLE),
            "difference_scale": np.minimum(rocket.scale_ * factor, MAX_DOUBLE)}.items())
    limit = literal(MAX_DEVIATION)
    program.function(
        "Standardised value of channel c in step t, or difference from the step before.",
        "static double standardised(int differences, int c, int t)", [
            "const double x = series[c][t], before = series[c][t > 0 ? t - 1 : 0];",
            f"const double z = differences ? (x - before) / {difference_scale} : "
            f"(x - {mean}) / {scale};",
            f"return z < -{limit} ? -{limit} : z > {limit} ? {limit} : z;"])
    program.variable("double", "means", (n_channels,), reset=False)
    program.variable(
        "float", "channels", (n_channels, rocket.n_steps_in_), "input of the neurons", reset=False)
    every = "for (int t = 0; t < n_steps; t++)"
    program.function(
        "Compute the channels: values or differences, at equal amplitude or with theirs.",
        "static void prepare(int differences, int equal, int n_steps)", [
            "double squares = 0.0, amplitude;",
            "/* mean of each channel. Differences count from 0. */", *loop(
                "c", n_channels, "means[c] = 0.0;", f"{every} {{",
                "    means[c] += differences ? 0.0 : standardised(0, c, t);", "}",
                "means[c] /= n_steps;"),
            "/* amplitude: root mean square of the deviations from the means */", *loop(
                "c", n_channels, f"{every} {{",
                "    const double deviation = standardised(differences, c, t) - means[c];",
                "    squares += deviation * deviation;", "}"),
            f"squares /= {n_channels}.0 * n_steps;",
            f"amplitude = squares > {literal(MIN_AMPLITUDE**2)} ? sk_root(squares) : "
            f"{literal(MIN_AMPLITUDE)};", *_change(program, rocket), *loop(
                "c", n_channels, f"{every} {{", *inner([
                    "const double z = standardised(differences, c, t), deviation = z - means[c];",
                    "channels[c][t] = (float)(equal ? means[c] + deviation / amplitude : z + "
                    "deviation * change);"]), "}")])


def _change(program: Program, rocket: SpikingRocket) -> Lines:
    """Return the code of the change of deviations if series keep a limited amplitude."""
    if (rocket.amplitude_power_ == 1).all():
        return ["const double change = 0.0;"]
    median, power = (
        program.each("double", f"amplitude_{name}", values, "differences") for name, values in {
            "median": rocket.amplitude_median_, "power": 1 - rocket.amplitude_power_}.items())
    return [
        "/* limit the amplitude */",
        f"const double exponent = {power} * sk_log_double({median} / amplitude);",
        "const double change = (exponent > 0.0 ? 1.0 / sk_exp_double(-exponent) : "
        "sk_exp_double(exponent)) - 1.0;"]


def _write_groups(
        program: Program, rocket: SpikingRocket, groups: Sequence[NeuronGroup], coef: Array) -> str:
    """Add the function that runs a group of neurons. Return the factor of the totals."""
    _write_inputs(program, groups, len(rocket.mean_))
    program.integers("input_shift", np.concatenate(
        [group.delays.max() // 2 - group.delays for group in groups]),
        "steps by which each input is ahead of the neurons")
    unit = _write_weights(program, groups, "first + h")
    factor = write_coef(program, coef, "score of each output for each spike of a neuron")
    # add the neurons and their sums
    neuron, width = rocket.neuron_, max(group.weights.shape[1] for group in groups)
    code = NeuronCode(
        program, "neurons", neuron, neuron.kernels(), np.hstack(
            [neuron.coefficient_table(group.intrinsics, 1.0) for group in groups]),
        width, "first + h", reset=False)
    program.variable("float", "current", (width,), reset=False)
    program.variable("uint32_t", "counts", (width,), "spikes", reset=False)
    program.variable("double", "totals", coef.shape[1:], "of the scores", reset=False)
    step = code.step(f"{unit}current[h]", at_spike=["counts[h]++;"])
    program.function(
        f"Run a group of neurons on the channels. {code.summary}",
        "static void run_group(int g, int n_steps)", [
            "const int first = first_neuron[g], n = first_neuron[g + 1] - first;",
            *loop("h", "n", *(f"{array}[h] = 0;" for array in (*code.states, "counts"))),
            *loop("t", "n_steps", "/* input current: weights times the channels at their delays */",
                  *loop("h", "n", "current[h] = 0.0f;"),
                  "for (int k = first_input[g]; k < first_input[g + 1]; k++) {",
                  "    const int at = t + input_shift[k];",
                  "    if (at >= 0 && at < n_steps) { /* values outside of the series are 0 */",
                  "        const float value = channels[input_channel[k]][at];",
                  *inner(inner(loop("h", "n", "current[h] += value * weights[k][h];"))),
                  "    }", "}", *loop("h", "n", *step)),
            "/* add the spike counts times their coefficients */",
            *loop("h", "n", "const double count = counts[h];", *loop(
                "j", coef.shape[1], "totals[j] += coef[first + h][j] * count;"))])
    return factor


def _write_inputs(
        program: Program, groups: Sequence[NeuronGroup], n_channels: int | None = None) -> None:
    """Add the tables of the neurons and inputs of groups, whose channels may be of a source."""
    channels = np.concatenate([group.channels for group in groups])
    for name, sizes in {
            "neuron": [group.weights.shape[1] for group in groups],
            "input": [len(group.delays) for group in groups]}.items():
        program.integers(
            f"first_{name}", np.cumsum([0, *sizes]), f"first {name} of each group, and the end")
    program.integers(
        "input_channel", channels if n_channels is None else channels % n_channels,
        "channel of each input")


def _write_weights(program: Program, groups: Sequence[NeuronGroup], entry: str) -> str:
    """Add the table of the weights, with zeros in smaller groups. Return the code of their unit."""
    weights, unit = [group.weights for group in groups], ""
    if program.weights != "float32":
        units = [scales(table, program.weights) for table in weights]
        weights = [np.rint(table / unit) for table, unit in zip(weights, units, strict=True)]
        unit = program.each(
            "float", "neurons_unit", np.concatenate(units).astype(np.float32), entry) + " * "
    width = max(table.shape[1] for table in weights)
    program.table(WEIGHT_KINDS[program.weights], "weights", np.concatenate([
        np.pad(table, ((0, 0), (0, width - table.shape[1]))) for table in weights]),
        "weights of each input and neuron of its group")
    return unit
