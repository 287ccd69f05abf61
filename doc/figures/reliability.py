"""Reliability: number of detected mutants by folder."""

from look import GREY, subplots
from tables import cells

from skspike.inspection import palette


def mutants():
    """Draw the numbers of detected and undetected mutants that change a result, by folder."""
    columns = {
        name: cells("reliability/mutants_by_folder.csv", "", name)
        for name in ("folder", "killed", "timeout", "survived")}
    folders = columns["folder"][:-1]  # the last row is the total
    killed, timeout, survived = (
        [int(n) for n in columns[name][:-1]] for name in ("killed", "timeout", "survived"))
    detected = [a + b for a, b in zip(killed, timeout, strict=True)]
    _, ax = subplots(1, 1, height=3)
    ax.barh(folders, detected, color=palette(1)[0], label="detected by tests")
    bars = ax.barh(folders, survived, left=detected, color=GREY, label="not detected")
    ax.bar_label(
        bars, [f"{a} of {a + b}" for a, b in zip(detected, survived, strict=True)], padding=3)
    ax.set(xlabel="small changes in the source", xlim=(0, 1.2 * max(detected)))
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
