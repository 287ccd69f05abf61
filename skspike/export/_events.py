"""C code of a detector of events: a high-pass filter before the network, and decisions after it."""

from typing import Any

from .._meta import LIMIT, decisions_of
from ._program import Input, Program, inner, loop
from ._tracer import literal


def write_high_pass(program: Program, detector: Any, source: Input) -> Input:
    """Write the high-pass filter of a detector, if it has one. Return the `Input` of its output."""
    high_pass, _ = decisions_of(detector)
    if high_pass is None:
        return source
    n = source.size
    program.variable("float", "running_mean", (n,), "of each channel", reset=False)
    program.variable("float", "filtered", (n,), reset=False)
    program.stage("begin_filter", "Begin the running means at the first values.", loop(
        "c", n, f"running_mean[c] = {source.name}[c];"), first=True)
    decay, keep = literal(high_pass.decay), literal(high_pass.keep)
    program.stage("filter", "Subtract a running mean from each channel.", loop(
        "c", n, f"running_mean[c] = {decay} * running_mean[c] + {keep} * {source.name}[c];",
        f"filtered[c] = {source.name}[c] - running_mean[c];"))
    return source._replace(name="filtered")


def write_events(program: Program, detector: Any) -> None:
    """Write the decisions of a detector about the scores of each step."""
    (_, machine), n = decisions_of(detector), len(detector.classes_)
    program.variable("float", "smoothed", (n,), "margin of each label")
    program.variable("uint8_t", "fired", (n,), "whether a label waits for its margin to fall")
    program.variable("uint32_t", "quiet", (), "number of steps without a decision")
    program.variable("int", "event", (), "index of the label plus 1, or 0")
    limit, decay, keep, threshold, release = map(literal, (
        LIMIT, machine.decay, machine.keep, machine.threshold, machine.release))
    program.function("Decide if an event is detected in this step.", "static void detect(void)", [
        f"const float *y = {program.name}_scores();",
        "float first = y[0], second = y[0];",
        f"float largest = {threshold};", "int best = 0, found = -1;", *loop(
            "k", n, "const float score = y[k + 1];",
            "if (score > first) {", *inner(["second = first;", "first = score;", "best = k + 1;"]),
            "} else if (score > second) {", *inner(["second = score;"]), "}"),
        *loop(
            "k", n, "float margin = y[k + 1] - (best == k + 1 ? second : first);",
            f"margin = margin > -{limit} ? margin : -{limit};",
            f"margin = margin < {limit} ? margin : {limit};",
            f"smoothed[k] = {decay} * smoothed[k] + {keep} * margin;",
            f"if (smoothed[k] < {release}) {{", *inner(["fired[k] = 0;"]), "}",
            "if (!fired[k] && smoothed[k] >= largest && (found < 0 || smoothed[k] > largest)) {",
            *inner(["found = k;", "largest = smoothed[k];"]), "}"),
        "if (quiet > 0) {", *inner(["quiet--;", "found = -1;"]), "} else if (found >= 0) {",
        *inner(["fired[found] = 1;", f"quiet = {machine.refractory};"]), "}",
        "event = found + 1;"])
    program.last.append("detect();")
    comment = "index of the label of an event that was detected in this step, or -1"
    program.function(
        f"{comment[0].upper()}{comment[1:]}.", f"int {program.name}_event(void)",
        ["return event - 1;"], comment)
