"""Figures of the page. matplotlib is imported when they are drawn."""

import numpy as np

from skspike.inspection import palette

from .accuracy import CONTROLS, SURROGATE, TIMED
from .claims import GOALS, SHORT
from .complexity import LDA, RELATIVE, TASKS
from .summary import gain, select, values

AGAINST = {
    "fixed": "size and learning rate",
    "strong": "larger weights, longer training",
    "tuned": "one tuned τ",
    "spread": "fixed spread τ",
}


def draw(rows, folder):
    """Draw every figure that has results into a folder, and return the paths by name."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    paths = {}
    for name, figure in {"gains": gains, "complexity": complexity, "descent": descent}.items():
        drawn = figure(rows, plt)
        if drawn:
            folder.mkdir(parents=True, exist_ok=True)
            paths[name] = folder / f"{name}.png"
            drawn.savefig(paths[name], dpi=140)
            plt.close(drawn)
    return paths


def gains(rows, plt):
    """Return bars of the gain of learned intrinsics on each task, against each alternative."""
    if not any(gain(rows, task, method, "fixed") for task in TIMED for method in SURROGATE):
        return None
    figure, panels = plt.subplots(
        2, 1, figsize=(6, 6.6), sharex=True, sharey=True, layout="constrained")
    tasks = (*TIMED, *CONTROLS)
    for axes, method in zip(panels, SURROGATE, strict=True):
        for k, ((against, label), colour) in enumerate(
                zip(AGAINST.items(), palette(len(AGAINST)), strict=True)):
            found = [gain(rows, task, method, against) for task in tasks]
            place = np.array([i for i, one in enumerate(found) if one]) + 0.2 * (k - 1.5)
            means, errors = (
                [getattr(one, name) for one in found if one] for name in ("mean", "error"))
            axes.bar(
                place, means, 0.19, yerr=np.nan_to_num(errors), color=colour, label=label,
                error_kw={"linewidth": 0.8})
        axes.axhline(0, color="black", linewidth=0.8)
        axes.axhline(GOALS[method], color="grey", linestyle="--", linewidth=0.8)
        axes.text(
            len(tasks) - 0.55, GOALS[method], f"goal {GOALS[method]}", va="bottom", ha="right",
            color="grey")
        axes.axvspan(len(TIMED) - 0.5, len(tasks) - 0.5, color="0.94", zorder=0)
        axes.set(title=SHORT[method], ylabel="gain (points)", xlim=(-0.5, len(tasks) - 0.5))
        axes.set_xticks(range(len(tasks)), tasks, rotation=40, ha="right")
    panels[1].set_xlabel("task (shaded: controls)")
    panels[0].set_ylim(top=max(panels[0].get_ylim()[1], 1.4 * max(GOALS.values())))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, title="learned intrinsics against", frameon=False,
        loc="outside upper center", ncols=2)
    return figure


def complexity(rows, plt):
    """Return bars of accuracy with complexity and with counts, raw and after a trained network."""
    places = {
        (task, place): f"{task}\n{words}" for task in TASKS
        for place, words in (("raw", "raw"), ("network", "after SNN"))}
    places |= {(task, "network"): f"{task}\nafter SNN" for task in ("mnist", "breast cancer")}
    bars = dict(
        zip(
            (f"LZC, {LDA}", f"counts, {LDA}", f"LZC and counts, {LDA}", RELATIVE), palette(4),
            strict=True))
    shown = [key for key in places if values(rows, key[1], f"LZC, {LDA}", table=2, task=key[0])]
    if not shown:
        return None
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for k, (readout, colour) in enumerate(bars.items()):
        found = [
            list(values(rows, place, readout, table=2, task=task).values())
            for task, place in shown]
        spreads = [np.std(one, ddof=1) if len(one) > 1 else 0 for one in found]
        where = np.arange(len(shown)) + 0.2 * (k - 1.5)
        axes.bar(
            where, [np.mean(one) for one in found], 0.19, yerr=spreads, color=colour, label=readout,
            error_kw={"linewidth": 0.8})
    axes.axhline(50, color="grey", linestyle="--", linewidth=0.8)
    axes.set(ylabel="accuracy (%)", ylim=(40, 118))
    axes.set_xticks(range(len(shown)), [places[key] for key in shown], fontsize="x-small")
    axes.set_yticks(range(40, 101, 20))
    axes.legend(frameon=False, ncols=2, loc="upper center", fontsize="small")
    return figure


def descent(rows, plt):
    """Return curves of the loss and of the smallest squared gradient, for the first seed."""
    found = select(rows, table=4, task="descent")
    found = [row for row in found if row["seed"] == min(other["seed"] for other in found)]
    if not found:
        return None
    figure, (left, right) = plt.subplots(2, 1, figsize=(6, 6), layout="constrained")
    tasks = list(dict.fromkeys(row["variant"] for row in found))
    neurons = list(dict.fromkeys(row["method"] for row in found))
    colours = palette(len(tasks))
    for row in found:
        curves = row["results"]["curves"]
        style = {
            "color": colours[tasks.index(row["variant"])],
            "linestyle": ("-", "--", "-.", ":")[neurons.index(row["method"]) % 4]}
        left.plot(
            curves["step"], curves["loss"], label=f"{row['variant']}, {row['method']}", **style)
        right.plot(curves["step"], np.divide(curves["least"], curves["bound"]), **style)
    left.set(xscale="log", xlabel="step", ylabel="smoothed loss")
    left.legend(frameon=False, fontsize="small")
    right.axhline(1, color="black", linewidth=0.8)
    right.set(
        xscale="log", yscale="log", xlabel="step", ylabel="smallest ‖G‖² / bound",
        ylim=(None, 3))
    return figure
