"""Detectors of events take any recordings and tables, or name what is wrong."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from step_classifier import StepClassifier
from strategies import asked, rasters, reals

from skspike import EventDetector
from skspike.metrics import event_scores

pytestmark = pytest.mark.filterwarnings("ignore")
NAMES = "EventDetector", "label", "background"


@st.composite
def tables(draw, n_recordings, n_steps):
    """Draw events of recordings, which may overlap, in steps of 1 ms."""
    time = st.integers(0, n_steps)
    row = st.tuples(time, time, st.sampled_from(["a", "b"])).map(
        lambda row: (min(row[:2]), max(row[:2]) + draw(st.integers(0, 1)), row[2]))
    return [draw(st.lists(row, max_size=5)) for _ in range(n_recordings)]


def fitted(X, y, **parameters):
    """Return a fitted detector, or None if its error names the events."""
    return asked(lambda: EventDetector(
        StepClassifier(), augment=None, max_false_alarms=None, cv=2, **parameters).fit(X, y),
        *NAMES)


@given(
    X=rasters((1, 3), (1, 3), (10, 60)) | reals((1, 3), (1, 3), (10, 60), extreme=False),
    data=st.data())
def test_any_events_are_learned_or_refused_by_name(X, data):
    model = fitted(X, data.draw(tables(len(X), X.shape[2])))
    assume(model is not None)
    found = model.predict(X)
    assert len(found) == len(X)
    for table in found:
        assert (np.diff(table["time"]) > 0).all() and (table["time"] <= X.shape[2]).all()
        assert (table["onset"] <= table["time"]).all()
        assert set(table["label"]) <= set(model.classes_)
    # events of the steps of the decisions are found
    events = [[(t - 1, t, label) for t, _, label in table.tolist()] for table in found]
    if any(events):
        assert model.score(X, events) == event_scores(events, found).f1 == 1


@given(
    X=rasters((2, 2), (1, 3), (30, 60)), data=st.data(),
    ends=st.lists(st.integers(1, 59), max_size=4))
def test_a_stream_may_be_split_anywhere(X, data, ends):
    model = fitted(X, [[(5, 12, "a"), (18, 22, "b")]] * 2)
    assume(model is not None)
    stream, labels = model.stream(), []
    bounds = [0, *sorted({*(end for end in ends if end < X.shape[2])}), X.shape[2]]
    for start, end in pairwise(bounds):
        saved, stream = stream.state, model.stream()
        stream.state = saved
        labels += stream.step(X[0][:, start:end])
    (found,) = model.predict(X[:1])
    assert [t + 1 for t, label in enumerate(labels) if label is not None] == found["time"].tolist()
    assert [label for label in labels if label is not None] == found["label"].tolist()
