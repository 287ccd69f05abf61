"""
Put a model on a watch: memory, time, and a class for anything else
===================================================================

A watch must recognise exercises with a few kB of memory, sleep between the values of its sensor,
and say "unknown" if it lies on a table. This example trains on recorded exercises, counts memory
and instructions, and writes the C code with the loop around it.
"""

import importlib.util
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skspike import EarlyClassifier, RejectingClassifier, SpikingRocket
from skspike.datasets import load_exercises
from skspike.export import CompiledModel, to_c
from skspike.inspection import c_instructions, c_size, palette

# %%
# Train
# -----
# Six channels have 25 values in a second. An `skspike.EarlyClassifier` decides as soon as it is
# sure, and an `skspike.RejectingClassifier` around it rejects signals unlike the training data. The
# model learns from seven people. It has 128 random neurons, because the device is small.

X, y, person = load_exercises()
known = person <= 7
early = EarlyClassifier(SpikingRocket(128, streaming=True, random_state=0), dt=40)
model = RejectingClassifier(early, unknown="unknown", random_state=0)
model.fit(X[known], y[known], groups=person[known])
new, labels = X[~known], y[~known]
print(f"{(model.predict(new) == labels).mean():.0%} right on new people")
print(f"{(model.predict(new) == 'unknown').mean():.0%} of their exercises are rejected")

# %%
# A class "unknown"
# -----------------
# A watch that lies on a table measures gravity and noise. A watch that is shaken has exercises
# whose values are in random order. The model was shown neither.

rng = np.random.default_rng(0)
gravity = np.array([0, 0, 1, 0, 0, 0])[:, np.newaxis]
groups = {
    "exercises": new, "on a table": gravity + rng.normal(scale=0.02, size=(60, 6, 100)),
    "shaken": rng.permuted(new, axis=2)}
shares = {name: (model.predict(samples) == "unknown").mean() for name, samples in groups.items()}
for name, share in shares.items():
    print(f"{name:<11} {share:.0%} unknown")

# %%
# Write the C code
# ----------------
# ``to_c`` returns the paths of the files, and the bytes of its tables and variables. With
# ``weights="int8"`` each weight takes one byte. The header has the names of the classes. The last
# name is for rejected samples, whose index is ``WATCH_UNKNOWN``.

with tempfile.TemporaryDirectory() as folder:
    files = to_c(model, Path(folder) / "watch.c", weights="int8")
    header = files.header.read_text(encoding="utf-8")
print(f"{files.constants} bytes of constants, {files.variables} bytes of variables")
print(header[header.index("#define WATCH_INPUTS") : header.index("#ifdef __cplusplus\n}")])

# %%
# Does it fit, and is it fast enough?
# -----------------------------------
# `skspike.export.CompiledModel` runs the code on this computer, to measure its accuracy.
# `skspike.inspection.c_size` compiles the code for a processor, here a Cortex-M4, and returns flash
# and RAM. `skspike.inspection.c_instructions` runs it in an emulator and counts the instructions of
# each step. The sensor has a value each 40 ms. If the step takes one or two of them, the processor
# sleeps during the others. Steps with a possible decision take longest.

if importlib.util.find_spec("ziglang"):
    accuracy = (CompiledModel(model, weights="int8").predict(new) == labels).mean()
    print(f"C with weights of one byte: {accuracy:.0%} right on new people")
    size = c_size(model, new[:5], weights="int8")
    print(f"flash {size.flash} bytes, RAM {size.ram} bytes")
if importlib.util.find_spec("ziglang") and importlib.util.find_spec("unicorn"):
    counts = c_instructions(model, new[:2], weights="int8")
    print(f"instructions: median {np.median(counts):.0f}, largest {counts.max()}")
    milliseconds = 2 * counts / 64e3  # two cycles for an instruction, at 64 MHz
    print(f"a step takes {np.median(milliseconds):.1f} ms, and {milliseconds.max():.1f} at most")

# %%
# The loop
# --------
# An interrupt of the sensor wakes the processor, which runs one step and sleeps again:
#
# .. code-block:: c
#
#    static const char *const names[] = WATCH_CLASSES;
#    float x[WATCH_INPUTS];
#    int label;
#
#    for (;;) {
#        watch_reset();
#        do {
#            sleep_until_sensor(x); /* on ARM: __WFI() until the interrupt */
#            watch_step(x);
#            label = watch_decided(); /* -1 before the decision */
#        } while (label < 0);
#        if (label != WATCH_UNKNOWN) {
#            show(names[label]);
#        }
#    }

figure, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
colours = palette(3)
ax.barh(list(shares), list(shares.values()), color=colours)
ax.set(xlabel="share that is rejected as unknown", xlim=(0, 1))
ax.invert_yaxis()
plt.show()
