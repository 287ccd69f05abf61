"""The contestants of skspike in the measurements of speed can run."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.speed.cases import Case, network  # noqa: E402
from benchmarks.speed.contestants import skspike  # noqa: E402
from benchmarks.speed.topics import temporal  # noqa: E402

CASE = Case(12, 6, 4, 20, 0.3)


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.parametrize("topic", ["forward", "training", "fit", "tempotron", "stdp"])
def test_every_topic_has_a_call_of_ours(topic):
    assert getattr(skspike, topic)({**network(CASE), "hidden": np.int64(4)})() is not None


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.parametrize("make", [temporal.delayed, temporal.recurrent])
def test_networks_for_tasks_in_time_have_a_call_of_ours(make):
    assert skspike.temporal(make(CASE))() is not None
