"""
Run a classifier of digits on a microcontroller
===============================================

A network is trained on digits and written as C code for microcontrollers. The code needs no
library. With ``weights="int8"`` each weight takes one byte.
"""

import re
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skspike import SNNClassifier, SpikeEncoder
from skspike.export import to_c
from skspike.inspection import palette

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers

# %%
# Train and export
# ----------------
# The encoder turns each pixel into two spike trains. It is exported together with the network.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = make_pipeline(
    SpikeEncoder(n_steps=30), SNNClassifier(32, readout="count", max_iter=20, random_state=0))
model.fit(X_train, y_train)
print(f"accuracy {model.score(X_test, y_test):.3f}")

with tempfile.TemporaryDirectory() as folder:
    to_c(model, Path(folder) / "digits.c", weights="int8")
    source = (Path(folder) / "digits.c").read_text(encoding="utf-8")
    header = (Path(folder) / "digits.h").read_text(encoding="utf-8")

# %%
# The functions
# -------------
# All names begin with the name of the file. The pixels are read in the first step after
# ``digits_reset``. Then ``digits_step`` is called ``DIGITS_STEPS`` times for each image.

print("\n".join(line for line in header.splitlines() if re.search("digits_|DIGITS_[^H]", line)))

# %%
# A step of the layer
# -------------------
# The weights of the channels that spike are added as integers. The sum is multiplied once by the
# unit of the neuron. The lines below it are the equations of the neuron.

start = source.index("/* layer1:", source.index("/* variables */"))
print(source[start : source.index("\n}\n", start) + 2])

# %%
# The integers
# ------------
# Each neuron has its own unit, so the points of a neuron are on a line. The largest weight of a
# neuron becomes an integer from 63 to 127.

weights = model[-1].weights_[0]
table = re.search(r"layer1_weights.*? = \{(.*?)\};", source, re.DOTALL)[1]
integers = np.array(re.findall(r"-?\d+", table), int).reshape(weights.shape)
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for neuron in range(4):
    ax.plot(weights[:, neuron], integers[:, neuron], ".", label=f"neuron {neuron}")
ax.set(xlabel="weight in Python", ylabel="integer in C")
ax.legend()
plt.show()
