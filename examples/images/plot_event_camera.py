"""
Classify digits seen by an event camera, while events arrive
============================================================

A pixel of an event camera sends an event when its brightness changes. This example turns digits
into such events, trains a network on them, and follows its decision step by step, in a film.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skspike import SNNClassifier
from skspike.datasets import make_saccades
from skspike.inspection import palette

BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
plt.rcParams["animation.writer"] = "pillow"  # part of matplotlib
# sphinx_gallery_thumbnail_number = 2

# %%
# The events of a digit
# ---------------------
# The camera makes three saccades of 100 ms. While it moves, the edges of a digit cause events. A
# pixel that becomes brighter sends an event of polarity 1, a pixel that becomes darker one of
# polarity 0. The digits of scikit-learn are enlarged to 16 x 16 pixels. The sensor has 3 more
# pixels on each side. A step lasts 3 ms.

digits = load_digits()
images = np.kron(digits.images, np.ones((2, 2)))
X = make_saccades(images, value_range=(0, 16), n_steps=100, dt=3.0, random_state=0)
SHAPE = (2, 22, 22)  # polarities, rows and columns
X_train, X_test, y_train, y_test, _, images_test = train_test_split(
    X, digits.target, images, train_size=1000, test_size=200, random_state=0,
    stratify=digits.target)
print(f"{X.shape[1]} channels, {X.sum() / len(X):.0f} events in a sample")

maps = X_test[0].reshape(*SHAPE, 100)
figure, axes = plt.subplots(1, 4, figsize=(9, 2.6), layout="constrained")
axes[0].imshow(images_test[0], cmap=SIGNED, vmin=-16, vmax=16)
axes[0].set_title("image")
for k, ax in enumerate(axes[1:]):
    darker, brighter = maps[..., 33 * k : 33 * (k + 1)].sum(axis=3).astype(float)
    ax.imshow(brighter - darker, cmap=SIGNED, vmin=-3, vmax=3)
    ax.set_title(f"saccade {k + 1}")
for ax in axes:
    ax.set(xticks=[], yticks=[])
figure.suptitle("Events of each saccade (orange: brighter, blue: darker)")
plt.show()

# %%
# A network on events
# -------------------
# The readout counts the spikes of the neurons from the beginning, so it can be used at any time.

network = SNNClassifier(64, dt=3.0, readout="count", max_iter=15, random_state=0)
network.fit(X_train, y_train)
print(f"accuracy after all events: {network.score(X_test, y_test):.3f}")

# %%
# Evidence after each step
# ------------------------
# ``step`` takes the events of one step, and ``predict_proba`` returns the probabilities of the
# classes given the events so far.

stream = network.stream()
courses = np.empty((len(X_test), 100, 10))
for course, events in zip(courses, X_test, strict=True):
    stream.reset()
    for step, spikes in enumerate(events.T):
        stream.step(spikes)
        course[step] = stream.predict_proba()

# %%
# A film of one digit
# -------------------
# The left panel shows the events of the last 15 ms, the right panel the probabilities.

right_at_the_end = courses[:, -1].argmax(axis=1) == y_test
shown = int(np.argmax(right_at_the_end * (courses[:, 30].argmax(axis=1) != y_test)))
maps = X_test[shown].reshape(*SHAPE, 100).astype(int)
figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.2), dpi=60, layout="constrained")
picture = left.imshow(np.zeros(SHAPE[1:]), cmap=SIGNED, vmin=-1, vmax=1)
left.set(xticks=[], yticks=[], title="events")
colors = [ORANGE if label == y_test[shown] else "0.7" for label in range(10)]
bars = right.bar(range(10), np.zeros(10), color=colors)
right.set(xticks=range(10), xlabel="digit", ylabel="probability", ylim=(0, 1.02))
title = right.set_title("after 300 ms")
figure.draw_without_rendering()
figure.set_layout_engine("none")  # use one layout for all frames


def draw(step):
    """Draw the events before a step, and the probabilities."""
    darker, brighter = maps[..., max(0, step - 5) : step].sum(axis=3)
    picture.set_data(np.sign(brighter - darker))
    for bar, height in zip(bars, courses[shown, step - 1], strict=True):
        bar.set_height(height)
    title.set_text(f"after {3 * step} ms")


film = FuncAnimation(figure, draw, frames=range(4, 101, 4), interval=150)
plt.show()

# %%
# Accuracy against time
# ---------------------
# Each saccade adds edges in another direction.

accuracy = (courses.argmax(axis=2) == y_test[:, None]).mean(axis=0)
for moment in (50, 100, 200, 300):
    print(f"after {moment:3d} ms: accuracy {accuracy[moment // 3 - 1]:.3f}")

figure, ax = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
ax.plot(3 * np.arange(1, 101), accuracy, color=BLUE)
for stop in (100, 200):
    ax.axvline(stop, color="0.7", linestyle="--")
ax.set(xlabel="time (ms)", ylabel="accuracy", ylim=(0, 1.02), title="Dashed: ends of saccades")
plt.show()
