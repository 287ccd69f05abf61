"""
Find gestures in a signal that never ends
=========================================

A sensor on a wrist moves all day, and now and then its wearer makes a gesture, at any time.
`~skspike.EventDetector` learns from recordings in which the gestures are marked. It
then finds them while they happen, in Python and in C.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skspike import EventDetector
from skspike.datasets import make_gestures
from skspike.export import to_c
from skspike.inspection import DetectionDisplay, EventDisplay
from skspike.metrics import event_scores

# %%
# Recordings and their events
# ---------------------------
# Six recordings of four minutes have six channels at 50 Hz. Three kinds of gestures happen among
# other movements, among them the gestures backward in time. A table lists the onset, the offset and
# the label of each gesture, in ms.

X, events = make_gestures(6, random_state=0)
train, test = slice(0, 4), slice(4, 6)
print(events[0][:3])

# %%
# Learn and find
# --------------
# ``fit`` leaves recordings out to choose when a gesture is certain enough for a decision. Here it
# takes the threshold with the highest F1.

detector = EventDetector(max_false_alarms=None, dt=20.0, random_state=0)
detector.fit(X[train], events[train])
found = detector.predict(X[test])
print(found[0][:3])
scores = event_scores(
    events[test], found, tolerance=detector.tolerance_, duration=[20.0 * X.shape[2]] * 2)
print(
    f"recall {scores.recall:.2f}, precision {scores.precision:.2f}, "
    f"{scores.false_alarms_per_hour:.0f} false alarms per hour, "
    f"{scores.latency_from_onset:.0f} ms after the onset")

# %%
# One step at a time
# ------------------
# A stream takes each sample of the sensor and returns a label at the moment of a decision. It has
# the decisions of ``predict``.

stream = detector.stream()
for step, values in enumerate(X[4].T[:3000]):
    label = stream.step(np.ascontiguousarray(values))
    if label is not None:
        print(f"{20 * (step + 1)} ms: gesture {label}")

# %%
# On a microcontroller
# --------------------
# ``to_c`` writes the detector as C. Call ``net_step`` with each sample, and then ``net_event``. It
# returns -1 as long as nothing happens, and else the index of a label in ``NET_CLASSES``. You keep
# no buffer of the past, because the code does.

with tempfile.TemporaryDirectory() as folder:
    files = to_c(detector, Path(folder) / "net.c", weights="int8")
    header = files.header.read_text(encoding="utf-8")
print(f"{files.constants} bytes of constants, {files.variables} bytes of variables")
print(*[line for line in header.splitlines() if line.startswith(
    ("int", "void", "#define NET_CLASSES"))], sep="\n")

# %%
# Scores and decisions
# --------------------
# The coloured spans are the gestures of a minute, the lines are the scores, and the points are the
# decisions.

EventDisplay.from_estimator(detector, X[4][:, :3000], events[4][events[4]["offset"] < 60_000])
plt.show()

# %%
# How many false alarms are acceptable?
# -------------------------------------
# A lower threshold finds more gestures and raises more false alarms. With
# ``max_false_alarms=10.0``, `fit` chooses the best of the thresholds that keep this number per
# hour. Recordings without gestures (``background=``) let it promise low numbers.

DetectionDisplay.from_estimator(detector)
plt.show()
