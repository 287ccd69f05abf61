"""Encoders as C: scaled values, and one function for each coding.

Values are scaled and encoded in double, as in Python. Features are encoded in the first step after
a reset, and series in every step.
"""

from collections.abc import Callable

import numpy as np

from ..coding import (
    Coding, Delta, Direct, IntegrateAndFire, Latency, Poisson, Population, Thermometer)
from ._network import Input
from ._program import loop
from ._symbols import literal

UNIT = 2.0**24  # of integrals and references, in spikes and thresholds
ONE_IN = 2.0**32  # values are compared in this resolution
MAX_DRIVE = 2.0**12  # spikes per step

ROUND = """\
/* the nearest integer, the even one of two */
static int64_t sk_round(double x)
{
    int64_t whole = (int64_t)x;
    double rest = x - (double)whole;
    if (rest > 0.5 || (rest == 0.5 && (whole & 1))) {
        whole++;
    } else if (rest < -0.5 || (rest == -0.5 && (whole & 1))) {
        whole--;
    }
    return whole;
}
"""
MIX = """\
/* hash of 64 bits: the finaliser of SplitMix64 */
static uint64_t sk_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
"""
DRAW = """\
/* 32 random bits for the counter t: a keyed lowbias32 hash */
static uint32_t sk_draw(uint32_t t, uint32_t low, uint32_t high)
{
    uint32_t z = t * 0x9E3779B9u + low;
    z = (z ^ (z >> 16)) * 0x21F0AAADu;
    z = (z ^ (z >> 15) ^ high) * 0x735A2D97u;
    return z ^ (z >> 15);
}
"""
EXP = """\
/* e**x for x <= 0, in double */
static double sk_exp_double(double x)
{
    union { uint64_t i; double f; } power;
    double r, term = 1.0, sum = 1.0;
    int32_t n;
    if (x < -700.0) {
        return 0.0;
    }
    n = (int32_t)(x * 1.4426950408889634 - 0.5);
    r = x - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10;
    for (int k = 1; k < 15; k++) {
        term *= r / k;
        sum += term;
    }
    power.i = (uint64_t)(n + 1023) << 52;
    return sum * power.f;
}
"""


GOLDEN = 0x9E3779B97F4A7C15  # increment of keys of noise


class CodingCode:
    """Writes a fitted coding into a program.

    Parameters
    ----------
    program : Program
        Program to extend.
    encoder : SpikeEncoder
        A fitted encoder.
    """

    def __init__(self, program, encoder):
        self.program, self.coding, self.encoder = program, encoder.coding_, encoder
        self.n_channels = encoder.n_features_in_
        self.held = encoder.n_dims_in_ == 2  # features, which are the same in all steps
        self.n_outputs = self.n_channels * self.coding.channels_per_feature
        kind = "float" if self.coding.graded else "uint8_t"
        self.output = program.variable(kind, "encoded", (self.n_outputs,), reset=False)

    def every_step(self, lines):
        """Add code that runs in every step."""
        name, summary = type(self.coding).__name__, type(self.coding).__doc__ or ""
        self.program.stage("encode", f"{name}: {summary.partition(chr(10))[0]}", lines)

    def if_changed(self, lines):
        """Add code that runs in the steps that bring new values: once for features."""
        if self.held:
            self.program.stage("prepare", "Prepare the coding of the features.", lines, first=True)
        else:
            self.every_step(lines)

    def per_channel(self, *lines):
        """Return a loop over the channels c, with their scaled values."""
        return loop("c", self.n_channels, "const double value = scaled(c);", *lines)

    def standardised(self):
        """Return the code of the standardised value of channel c and, of series, its difference."""
        coding, program = self.coding, self.program
        mean = program.each("double", "coding_mean", coding.mean_, "c")
        scale = [
            program.each("double", f"coding_scale_{k}", row, "c")
            for k, row in enumerate(coding.scale_)]
        found = [f"(value - {mean}) / {scale[0]}"]
        if len(scale) > 1:
            program.variable("double", "previous", (self.n_channels,), "scaled values")
            found.append(f"({program.clock()} ? value - previous[c] : 0.0) / {scale[1]}")
        return found

    def keep_values(self):
        """Return the code that keeps the value of channel c for the next difference."""
        return ["previous[c] = value;"] if len(self.coding.scale_) > 1 else []


def _direct(code):
    parts = code.standardised()
    code.if_changed(code.per_channel(*(
        f"{code.output}[c * {len(parts)} + {k}] = (float)({part});"
        for k, part in enumerate(parts)), *code.keep_values()))


def _integrate_and_fire(code):
    program, coding, n = code.program, code.coding, code.n_channels
    program.helper("sk_round", ROUND)
    parts = code.standardised()
    # a held drive above one spike per step gives a spike in every step, so it can be limited
    limit = literal(1.0 if code.held else MAX_DRIVE)
    kind = "int32_t" if code.held else "int64_t"
    program.variable(kind, "integrals", (n * len(parts), 2), "of positive and negative values")
    program.function(
        "Drive of a standardised value in units of 2**-24 spikes per step.",
        f"static {kind} drive_of(double z)", [
            f"const double drive = {literal(float(coding.gain))} * z;",
            f"const double above = drive < -{limit} ? -{limit} : drive;",
            f"return ({kind})sk_round((above > {limit} ? {limit} : above) * {literal(UNIT)});"])
    spikes = (
        [f"{code.output}[i] = (float)above - (float)below;"] if coding.signed else
        [f"{code.output}[2 * i] = above;", f"{code.output}[2 * i + 1] = below;"])
    program.function("Integrate a drive, and spike.", f"static void fire(int i, {kind} drive)", [
        f"{kind} *sums = integrals[i];", "uint8_t above, below;",
        "sums[0] += drive > 0 ? drive : 0;", "sums[1] += drive < 0 ? -drive : 0;",
        f"above = sums[0] >= {int(UNIT)};", f"below = sums[1] >= {int(UNIT)};",
        f"sums[0] -= above ? {int(UNIT)} : 0;", f"sums[1] -= below ? {int(UNIT)} : 0;", *spikes])
    if code.held:
        program.variable(kind, "drives", (n,), reset=False)
        code.if_changed(code.per_channel(f"drives[c] = drive_of({parts[0]});"))
        code.every_step(loop("c", n, "fire(c, drives[c]);"))
    else:
        code.every_step(code.per_channel(*(
            f"fire(c * {len(parts)} + {k}, drive_of({part}));" for k, part in enumerate(parts)),
            *code.keep_values()))


def _thermometer(code):
    n = code.coding.n_levels
    code.program.helper("sk_round", ROUND)
    levels = np.rint(np.arange(1, n + 1) / (n + 1) * ONE_IN).astype(np.int64)
    level = code.program.each("int64_t", "levels", levels, "k")
    code.if_changed(code.per_channel(
        f"const int64_t rounded = sk_round(value * {literal(ONE_IN)});",
        *loop("k", n, f"{code.output}[c * {n} + k] = rounded >= {level};")))


def _delta(code):
    thresholds = np.atleast_1d(np.asarray(code.coding.threshold, float))
    program, n = code.program, len(thresholds)
    program.helper("sk_round", ROUND)
    threshold = program.each("double", "thresholds", thresholds, "k")
    program.variable("int64_t", "references", (code.n_channels * n,), "in 2**-24 thresholds")
    code.every_step(code.per_channel(*loop(
        "k", n, f"const int i = c * {n} + k;",
        f"const int64_t level = sk_round(value / {threshold} * {literal(UNIT)});",
        "int64_t rise;", f"if ({program.clock()} == 0) {{", "    references[i] = level;", "}",
        "rise = level - references[i];", f"{code.output}[2 * i] = rise >= {int(UNIT)};",
        f"{code.output}[2 * i + 1] = rise <= -{int(UNIT)};",
        f"references[i] += rise >= {int(UNIT)} ? {int(UNIT)} : rise <= -{int(UNIT)} ? "
        f"-{int(UNIT)} : 0;")))


def _latency(code):
    program, one = code.program, literal(ONE_IN)
    program.helper("sk_round", ROUND)
    lowest = np.rint(code.coding.silent_below * ONE_IN) / ONE_IN
    last = literal(float(code.encoder.n_steps_ - 1))
    program.variable(
        "int64_t", "spike_at", (code.n_channels,), "step of the spike, or -1", reset=False)
    code.if_changed(code.per_channel(
        f"const double rounded = (double)sk_round(value * {one}) / {one};",
        f"spike_at[c] = rounded < {literal(float(lowest))} ? -1 : sk_round((1.0 - rounded) * "
        f"{last});"))
    code.every_step(loop(
        "c", code.n_channels, f"{code.output}[c] = spike_at[c] == {program.clock()};"))


def _random(code, n_fields, activation):
    """Draw spikes, whose rates are linear in `activation`, by the noise of `Poisson`."""
    program, coding, n_steps = code.program, code.coding, code.encoder.n_steps_
    for name, text in (("sk_round", ROUND), ("sk_mix", MIX), ("sk_draw", DRAW)):
        program.helper(name, text)
    program.variable(
        "uint32_t", "chances", (code.n_outputs,), "of a spike, in 2**-16", reset=False)
    program.variable("uint64_t", "key", (), "of the noise, from all chances", reset=False)
    low, span = float(coding.min_rate), float(coding.max_rate - coding.min_rate)
    per_rate = literal(float(code.encoder.dt_ / 1000 * 2**16))
    code.if_changed([
        f"key = sk_mix({_word(code.encoder.seed_ + GOLDEN)});", *code.per_channel(*loop(
            "k", n_fields, f"const double rate = {literal(low)} + {activation} * {literal(span)};",
            f"const uint32_t chance = (uint32_t)sk_round(rate * {per_rate});",
            f"chances[c * {n_fields} + k] = chance;",
            f"key = sk_mix((key ^ chance) + {_word(GOLDEN)});"))])
    clock, half = program.clock(), (n_steps + 1) // 2
    code.every_step([
        "/* the low and the high half of a number are for steps of both halves of the train */",
        f"const int is_late = {clock} >= {half};",
        f"const uint32_t t = is_late ? {clock} - {half} : {clock};", *loop(
            "c", code.n_outputs,
            f"const uint64_t word = sk_mix(key + (uint64_t)(c + 1) * {_word(GOLDEN)});",
            "const uint32_t z = sk_draw(t, (uint32_t)word, (uint32_t)(word >> 32));",
            f"{code.output}[c] = {clock} < {n_steps} && (is_late ? z >> 16 : z & 0xFFFFu) < "
            "chances[c];")])


def _poisson(code):
    _random(code, 1, "value")


def _population(code):
    code.program.helper("sk_exp_double", EXP)
    beta, last = literal(float(code.coding.beta)), literal(float(code.coding.n_fields - 1))
    code.program.function(
        "Activation of a receptive field.", "static double activation(double value, int k)", [
            f"const double distance = {beta} * (value * {last} - k);",
            "return sk_exp_double(-(distance * distance) / 2);"])
    _random(code, code.coding.n_fields, "activation(value, k)")


def _word(number):
    return f"0x{number % 2**64:016X}u"


CODING_CODES: dict[type[Coding], Callable[[CodingCode], None]] = {
    Delta: _delta, Direct: _direct, IntegrateAndFire: _integrate_and_fire, Latency: _latency,
    Poisson: _poisson, Population: _population, Thermometer: _thermometer}


def write_encoder(program, encoder):
    """Write a fitted encoder. Return the `Input` of its output."""
    coding, is_series = encoder.coding_, encoder.n_dims_in_ == 3
    name = type(coding).__name__
    if type(coding) not in CODING_CODES:
        known = ", ".join(cls.__name__ for cls in CODING_CODES)
        raise ValueError(f"to_c cannot export {name} coding. Use one of {known}.")
    if encoder.missing_ is not None:
        raise ValueError(
            "to_c cannot export SpikeEncoder(missing='interpolate'), because missing values are "
            "interpolated from later values. Fit it with missing=None.")
    if is_series and encoder.n_steps_ is not None:
        raise ValueError(
            f"to_c cannot export SpikeEncoder(n_steps={encoder.n_steps_}) of series, because it "
            "needs the whole series to change its length. Fit it with n_steps=None.")
    if is_series and isinstance(coding, Poisson):
        raise ValueError(
            f"to_c cannot export {name} coding of series, because its noise depends on the whole "
            "series. Use another coding, such as 'integrate_and_fire'.")
    low, high = encoder.data_min_, encoder.data_max_
    span = high / 2 - low / 2
    low, high, half_low, span = (
        program.each("double", f"value_{key}", values, "c") for key, values in {
            "low": low, "high": high, "half_low": low / 2,
            "half_span": np.where(span > 0, span, 1.0)}.items())
    program.function("Value of channel c, scaled to [0, 1].", "static double scaled(int c)", [
        "const double x = input[c];", f"const double above = x < {low} ? {low} : x;",
        f"return ((above > {high} ? {high} : above) / 2 - {half_low}) / {span};"])
    code = CodingCode(program, encoder)
    CODING_CODES[type(coding)](code)
    return Input(code.output, code.n_outputs, coding.graded, code.held and coding.holds)
