"""Early decisions as C: the rule of `EarlyClassifier`, checked at the end of a step."""

from typing import Any

import numpy as np

from .._networks import stopping_of
from ._program import Program, inner, loop
from ._readout import write_exp
from ._symbols import literal

SMALLEST_REST = 2.0**-53  # of the other classes, if the probability of one class rounds to 1


def write_decision(program: Program, early: Any, n_outputs: int) -> None:
    """Add the check of a fitted `EarlyClassifier`, and the function that returns its decision.

    The probability of the best class is at least the threshold if the sum of e**(s - best) over the
    scores s of the other classes is at most 1 / threshold - 1.
    """
    (steps, expected), threshold = stopping_of(early), early.threshold_
    rest = max(1 / threshold - 1, SMALLEST_REST) if np.isfinite(threshold) else -1.0
    write_exp(program)
    program.table(
        "uint32_t", "check_steps", steps,
        "numbers of steps after which a decision is possible")
    program.table(
        "float", "expected", expected,
        "mean evidence of the rest of a sample, of each class")
    program.variable("int", "check", (), "index of the next possible decision")
    program.variable("int", "decided", (), "index of the class plus 1, or 0")
    program.variable("float", "totals", (n_outputs,), reset=False)
    program.function("Decide if a class is probable enough.", "static void decide(void)", [
        f"if (decided || {program.clock()} != check_steps[check]) {{", "    return;", "}",
        f"{program.name}_scores();", "int best = 0;", "float rest = 0.0f;",
        *loop(
            "j", n_outputs, "totals[j] = scores[j] + expected[check][j];",
            "best = totals[j] > totals[best] ? j : best;"),
        *loop("j", n_outputs, "rest += j == best ? 0.0f : power_of_e(totals[j] - totals[best]);"),
        "check++;",
        f"if (rest <= {literal(np.float32(rest))} || check == {len(steps)}) {{",
        *inner(["decided = best + 1;"]), "}"])
    program.last.append("decide();")
    program.function(
        "Index of the class, or -1 before the decision.", f"int {program.name}_decided(void)",
        ["return decided - 1;"], "index of the class that is decided, or -1 before the decision")
