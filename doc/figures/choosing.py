"""Flow diagram from the kind of data to a pipeline."""

from look import GREY, subplots
from matplotlib.patches import FancyBboxPatch

from skspike.inspection import palette

BLUE, ORANGE = palette(2)
# questions, and where the answer yes leads
WAYS = [
    ("a table?", "a linear model, then SNNClassifier()"),
    ("series?", "SpikingRocket() and RidgeClassifierCV(),\nor SpikeEncoder() and SNNClassifier()"),
    ("spike times in files?", "skspike.io makes a raster of them"),
]
SPIKES = [
    ("no labels?", 'SNNTransformer(rule="stdp")'),
    ("do counts suffice?", "SpikeCounter() and any classifier"),
    ("counts in windows?", "SpikeCounter(n_windows=10)"),
    ("patterns within trains?", "SpikeTrainClassifier()"),
    ("rhythm, order or lags?", "SNNClassifier(), which can choose delays"),
]


def box(ax, x, y, text, colour, width):
    """Write a text in the middle of a box that starts at x."""
    style = {
        "boxstyle": "round,pad=0.05", "edgecolor": colour, "facecolor": "none", "linewidth": 1.5}
    ax.add_patch(FancyBboxPatch((x, y - 0.27), width, 0.54, **style))
    ax.text(x + width / 2, y, text, ha="center", va="center", fontsize=9.5)


def arrow(ax, start, end, text, **place):
    """Draw an arrow with the answer that leads along it."""
    ax.annotate(
        "", end, start,
        arrowprops={
            "arrowstyle": "-|>", "color": GREY, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0})
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    lift = 3 if place["va"] == "bottom" else 0  # points, so that letters do not touch the line
    ax.annotate(text, middle, (0, lift), textcoords="offset points", fontsize=9, **place)


def flow():
    """Draw the questions on the left, one below the other, and their pipelines on the right."""
    _, ax = subplots(1, 1, height=8.4)
    steps = [(question, answer, BLUE) for question, answer in WAYS] + [
        (question, answer, ORANGE) for question, answer in SPIKES]
    for k, (question, answer, colour) in enumerate(steps):
        box(ax, 0.0, -k, question, colour, 2.1)
        box(ax, 2.6, -k, answer, GREY, 3.1)
        arrow(ax, (2.17, -k), (2.53, -k), "yes", ha="center", va="bottom")
        arrow(
            ax, (1.05, -k - 0.33), (1.05, -k - 0.67),
            " it is a raster now" if k == len(WAYS) - 1 else " no", ha="left", va="center")
    box(ax, 0.0, -len(steps), "compare the last two", GREY, 2.1)
    ax.set(xlim=(-0.1, 5.8), ylim=(-len(steps) - 0.4, 0.4))
    ax.axis("off")
