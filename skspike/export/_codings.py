"""Input and encoders as C: filled and scaled values, and one function for each coding.

Values are scaled and encoded in double, as in Python. Features are encoded in the first step after
a reset, and series in every step.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._base import GOLDEN, check_holds, draw, is_of_tables, means_of, mix
from ..coding import (
    CHANCE_UNITS, MAX_DRIVE, SPIKE_UNITS, VALUE_UNITS, Coding, Delta, Direct, IntegrateAndFire,
    Latency, Poisson, Population, SpikeEncoder, Thermometer, follow_step, integrate_step)
from ._program import Input, Lines, Program, loop
from ._tracer import FLOAT, LONG, LONG_WORD, WORD, literal


def write_filled(program: Program, fitted: Any, source: Input, kind: str = "double") -> Input:
    """Write how a fitted estimator fills missing values of its `Input`. Return the filled one.

    `kind` is the type of the values. Means before the first value need double, if the next stage
    computes in it.
    """
    if not source.is_current or fitted.missing_ is None:
        return source
    check_holds(fitted)
    mean = program.each(kind, "missing_mean", means_of(fitted, source.size), "c")
    latest = program.variable(
        kind, "latest", (source.size,), "value of each channel, at first its mean", reset=False)
    program.resets += loop("c", source.size, f"{latest}[c] = {mean};")
    value = f"{source.name}[c]"
    program.stage(
        "fill", "Keep the values that are not missing (NaN, which differs from itself).", loop(
            "c", source.size, f"if ({value} == {value}) {{", f"    {latest}[c] = {value};", "}"),
        first=source.held)
    return source._replace(name=latest)


class CodingCode:
    """Writes a fitted coding into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    encoder : SpikeEncoder
        A fitted encoder.
    source : Input
        Its input.
    """

    def __init__(self, program: Program, encoder: SpikeEncoder, source: Input):
        self.program, self.encoder = program, encoder
        self.coding: Any = encoder.coding_
        self.n_channels = encoder.n_features_in_
        self.held = is_of_tables(encoder)  # features, which are the same in all steps
        # scale the values
        low, high = encoder.data_min_, encoder.data_max_
        span = np.where(high > low, high - low, 1.0)
        low, high, span = (
            program.each("double", f"value_{key}", values, "c")
            for key, values in {"low": low, "high": high, "span": span}.items())
        program.function("Value of channel c, scaled to [0, 1].", "static double scaled(int c)", [
            f"const double x = {source.name}[c];", f"const double above = x < {low} ? {low} : x;",
            f"return ((above > {high} ? {high} : above) - {low}) / {span};"])
        # keep the output
        self.n_outputs = self.n_channels * self.coding.channels_per_feature
        kind = "float" if self.coding.returns_currents else "uint8_t"
        self.output = program.variable(kind, "encoded", (self.n_outputs,), reset=False)

    def every_step(self, lines: Iterable[str]) -> None:
        """Add code that runs in every step."""
        name, summary = type(self.coding).__name__, type(self.coding).__doc__ or ""
        self.program.stage("encode", f"{name}: {summary.partition(chr(10))[0]}", lines)

    def if_changed(self, lines: Iterable[str]) -> None:
        """Add code that runs in the steps that bring new values: once for features."""
        if self.held:
            self.program.stage("prepare", "Prepare the coding of the features.", lines, first=True)
        else:
            self.every_step(lines)

    def per_channel(self, *lines: str) -> Lines:
        """Return a loop over the channels c, with their scaled values."""
        return loop("c", self.n_channels, "const double value = scaled(c);", *lines)

    def standardised(self) -> tuple[Lines, Lines]:
        """Return the code of the standardised values of channel c, and the code that ends a step.

        The first value is that of the step. Others are differences from earlier steps.
        """
        coding, program = self.coding, self.program
        mean = program.each("double", "coding_mean", coding.mean_, "c")
        first, *scales = (
            program.each("double", f"coding_scale_{k}", row, "c")
            for k, row in enumerate(coding.scale_))
        found = [f"(value - {mean}) / {first}"]
        if not scales:
            return found, []
        n_kept = max(coding.lags_)
        clock = program.clock(n_kept)
        program.variable("double", "previous", (n_kept, self.n_channels), "scaled values")
        found += [
            f"({clock} >= {lag} ? value - previous[({clock} - {lag}) % {n_kept}][c] : 0.0) / {row}"
            for lag, row in zip(coding.lags_, scales, strict=True)]
        return found, [f"previous[{clock} % {n_kept}][c] = value;"]


def _direct(code: CodingCode) -> None:
    """Write the coding as currents."""
    currents, end = code.standardised()
    code.if_changed(code.per_channel(*(
        f"{code.output}[c * {len(currents)} + {k}] = (float)({current});"
        for k, current in enumerate(currents)), *end))


def _integrate_and_fire(code: CodingCode) -> None:
    """Write integrators of the positive and the negative drive of each value."""
    program, coding, n = code.program, code.coding, code.n_channels
    tracer = program.tracer
    values, end = code.standardised()
    # a held drive above one spike per step gives a spike in every step, so it can be limited
    limit = literal(1.0 if code.held else float(MAX_DRIVE))
    kind = "int32_t" if code.held else LONG
    program.variable(kind, "integrals", (n * len(values), 2), "of positive and negative values")
    program.function(
        "Drive of a standardised value in units of 2**-24 spikes per step.",
        f"static {kind} drive_of(double z)", [
            f"const double drive = {literal(float(coding.gain))} * z;",
            f"const double above = drive < -{limit} ? -{limit} : drive;",
            f"return ({kind})sk_round((above > {limit} ? {limit} : above) * "
            f"{literal(float(SPIKE_UNITS))});"])
    on, off, *sums = tracer.runnable(integrate_step)(
        *(tracer.apply(name, kind) for name in ("drive", "above", "below")))
    if coding.signed:
        targets = {f"{code.output}[i]": tracer.cast(on, FLOAT) - tracer.cast(off, FLOAT)}
    else:
        targets = {f"{code.output}[2 * i]": on, f"{code.output}[2 * i + 1]": off}
    targets |= {f"integrals[i][{k}]": total for k, total in enumerate(sums)}
    program.function("Integrate a drive, and spike.", f"static void fire(int i, {kind} drive)", [
        f"const {kind} above = integrals[i][0], below = integrals[i][1];",
        *tracer.assign(targets)])
    if code.held:
        program.variable(kind, "drives", (n,), reset=False)
        code.if_changed(code.per_channel(f"drives[c] = drive_of({values[0]});"))
        code.every_step(loop("c", n, "fire(c, drives[c]);"))
    else:
        code.every_step(code.per_channel(*(
            f"fire(c * {len(values)} + {k}, drive_of({value}));" for k, value in enumerate(values)),
            *end))


def _thermometer(code: CodingCode) -> None:
    """Write a spike for each level that a value reaches."""
    n = code.coding.n_levels
    levels = np.rint(np.arange(1, n + 1) / (n + 1) * VALUE_UNITS).astype(np.int64)
    level = code.program.each(LONG, "levels", levels, "k")
    code.if_changed(code.per_channel(
        f"const int64_t rounded = sk_round(value * {literal(float(VALUE_UNITS))});",
        *loop("k", n, f"{code.output}[c * {n} + k] = rounded >= {level};")))


def _delta(code: CodingCode) -> None:
    """Write spikes for changes by a threshold, up and down."""
    thresholds = np.atleast_1d(np.asarray(code.coding.threshold, float))
    program, tracer, n = code.program, code.program.tracer, len(thresholds)
    threshold = program.each("double", "thresholds", thresholds, "k")
    program.variable(LONG, "references", (code.n_channels * n,), "in 2**-24 thresholds")
    on, off, after = tracer.runnable(follow_step)(
        tracer.apply("level", LONG), tracer.apply("reference", LONG))
    code.every_step(code.per_channel(*loop(
        "k", n, f"const int i = c * {n} + k;",
        f"const int64_t level = sk_round(value / {threshold} * {literal(float(SPIKE_UNITS))});",
        f"const int64_t reference = {program.clock()} == 0 ? level : references[i];",
        *tracer.assign({
            f"{code.output}[2 * i]": on, f"{code.output}[2 * i + 1]": off,
            "references[i]": after}))))


def _latency(code: CodingCode) -> None:
    """Write one spike, the earlier the larger the value."""
    program, units = code.program, literal(float(VALUE_UNITS))
    lowest = np.rint(code.coding.silent_below * VALUE_UNITS) / VALUE_UNITS
    last = literal(float(code.encoder.n_steps_ - 1))
    program.variable(
        LONG, "spike_at", (code.n_channels,), "step of the spike, or -1", reset=False)
    code.if_changed(code.per_channel(
        f"const double rounded = (double)sk_round(value * {units}) / {units};",
        f"spike_at[c] = rounded < {literal(float(lowest))} ? -1 : sk_round((1.0 - rounded) * "
        f"{last});"))
    code.every_step(loop(
        "c", code.n_channels, f"{code.output}[c] = spike_at[c] == {program.clock()};"))


def _random(code: CodingCode) -> None:
    """Write random spikes, whose rates are linear in the value or in activations of fields."""
    program, tracer, coding = code.program, code.program.tracer, code.coding
    n_fields, activation = coding.channels_per_feature, "value"
    if isinstance(coding, Population):
        beta, last = literal(float(coding.beta)), literal(float(coding.n_fields - 1))
        activation = "activation(value, k)"
        program.function(
            "Activation of a receptive field.", "static double activation(double value, int k)", [
                f"const double distance = {beta} * (value * {last} - k);",
                "return sk_exp_double(-(distance * distance) / 2);"])
    n_steps, clock = code.encoder.n_steps_, program.clock()
    hashed, drawn = map(tracer.traced, (mix, draw))
    program.variable(
        WORD, "chances", (code.n_outputs,), "of a spike, in 2**-16", reset=False)
    program.variable(LONG_WORD, "key", (), "of the noise, from all chances", reset=False)
    low, span = float(coding.min_rate), float(coding.max_rate - coding.min_rate)
    per_rate = literal(float(code.encoder.dt_ / 1000 * CHANCE_UNITS))
    key = tracer.apply("key", LONG_WORD)
    seed = np.uint64((code.encoder.seed_ + int(GOLDEN)) % 2**64)
    code.if_changed([
        *tracer.assign({"key": hashed(seed)}), *code.per_channel(*loop(
            "k", n_fields, f"const double rate = {literal(low)} + {activation} * {literal(span)};",
            f"const uint32_t chance = (uint32_t)sk_round(rate * {per_rate});",
            f"chances[c * {n_fields} + k] = chance;",
            *tracer.assign({"key": hashed((key ^ tracer.apply("chance", WORD)) + GOLDEN)})))])
    half = (n_steps + 1) // 2
    word, channel = tracer.apply("word", LONG_WORD), tracer.apply("(uint64_t)(c + 1)", LONG_WORD)
    words = [tracer.cast(half_word, WORD) for half_word in (word, word >> np.uint64(32))]
    code.every_step([
        "/* the low and the high half of a number are for steps of both halves of the train */",
        f"const int is_late = {clock} >= {half};",
        f"const uint32_t t = is_late ? {clock} - {half} : {clock};", *loop(
            "c", code.n_outputs,
            *tracer.assign({"const uint64_t word": hashed(key + channel * GOLDEN)}),
            *tracer.assign({"const uint32_t z": drawn(tracer.apply("t", WORD), *words)}),
            f"{code.output}[c] = {clock} < {n_steps} && (is_late ? z >> 16 : z & 0xFFFFu) < "
            "chances[c];")])


CODING_CODES: dict[type[Coding], Callable[[CodingCode], None]] = {
    Delta: _delta, Direct: _direct, IntegrateAndFire: _integrate_and_fire, Latency: _latency,
    Poisson: _random, Population: _random, Thermometer: _thermometer}


def write_encoder(program: Program, encoder: SpikeEncoder, source: Input) -> Input:
    """Write a fitted encoder of the `Input` `source`. Return the `Input` of its output."""
    coding, is_series = encoder.coding_, not is_of_tables(encoder)
    name = type(coding).__name__
    if type(coding) not in CODING_CODES:
        known = ", ".join(cls.__name__ for cls in CODING_CODES)
        raise ValueError(f"to_c cannot export {name} coding. Use one of {known}.")
    if is_series and encoder.n_steps_ is not None:
        raise ValueError(
            f"to_c cannot export SpikeEncoder(n_steps={encoder.n_steps_}) of series, because it "
            "needs the whole series to change its length. Fit it with n_steps=None.")
    if is_series and isinstance(coding, Poisson):
        raise ValueError(
            f"to_c cannot export {name} coding of series, because its noise depends on the whole "
            "series. Use another coding, such as 'integrate_and_fire'.")
    code = CodingCode(program, encoder, source)
    CODING_CODES[type(coding)](code)
    return Input(code.output, code.n_outputs, coding.returns_currents, code.held and coding.holds)
