"""Picture of the page "Live": a drawing, its pixels, and the probabilities of the classes."""

import matplotlib.pyplot as plt
import numpy as np
from live.drawings import draw, pixels_of
from look import GREY
from matplotlib.colors import to_rgba
from sklearn.datasets import load_digits

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.plotting import palette

BLUE, _, _, _, PURPLE = palette(5)


def course(pixels):
    """Return the probabilities of the classes after each step, (n_steps, 10)."""
    X, y = load_digits(return_X_y=True)
    encoder = SpikeEncoder(coding=Poisson(max_rate=400.0), n_steps=50)
    network = SNNClassifier(64, encoder=encoder, random_state=0).fit(X, y)
    stream = network.stream(encoded=True)
    rest, (trains,) = np.log(stream.predict_proba()), network.encoder_.transform(pixels[None])
    scores = []
    for t, spikes in enumerate(trains.T, 1):
        stream.step(spikes)
        # the constant part of the scores counts in proportion to the time
        scores.append(np.log(stream.predict_proba()) - (1 - t / 50) * rest)
    chances = np.exp(scores)
    return chances / chances.sum(axis=1, keepdims=True)


plt.rcParams.update(dict.fromkeys(["text.color", "xtick.color", "axes.labelcolor"], GREY))
figure, (drawing, image, evidence) = plt.subplots(
    1, 3, figsize=(8, 2.3), layout="constrained", width_ratios=(1, 1, 2.2))
strokes = draw(3, np.random.default_rng(4))
for stroke in strokes:
    drawing.plot(*stroke.T, color=PURPLE, linewidth=7, solid_capstyle="round")
drawing.set(title="you draw", xticks=[], yticks=[], aspect="equal")
drawing.margins(0.25)
drawing.invert_yaxis()
drawing.spines[:].set_visible(False)

pixels = pixels_of(strokes).astype(float)
ink = np.full((8, 8, 4), to_rgba(PURPLE))
ink[..., 3] = pixels.reshape(8, 8) / 16
image.imshow(ink)
image.set(title="8 × 8 pixels", xticks=[], yticks=[])
image.spines[:].set(visible=True, color=GREY)

chances = course(pixels)
for digit, chance in enumerate(chances.T):
    best = digit == chances[-1].argmax()
    evidence.fill_between(
        range(1, 51), -digit, 0.85 * chance - digit, step="mid", linewidth=0,
        color=BLUE if best else GREY)
    evidence.axhline(-digit, color=GREY, linewidth=0.5)
evidence.set(
    title="the network decides", xlabel="time (ms)", xlim=(0, 50), ylim=(-9.1, 1),
    yticks=0.4 - np.arange(10), yticklabels=range(10))
evidence.tick_params(axis="y", length=0, labelsize=9, labelcolor=GREY)
evidence.spines[:].set_visible(False)
figure.set_facecolor("none")
for ax in (drawing, image, evidence):
    ax.title.set(fontsize=13, fontweight="bold")
    ax.set_facecolor("none")
