"""The contestants of skspike in the measurements of speed can run."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.speed import clock  # noqa: E402
from benchmarks.speed.cases import Case, network  # noqa: E402
from benchmarks.speed.contestants import skspike  # noqa: E402
from benchmarks.speed.cores import Record, makespan  # noqa: E402
from benchmarks.speed.report import Section, summary  # noqa: E402
from benchmarks.speed.session import Session  # noqa: E402
from benchmarks.speed.topics import convolution, temporal, threads, two_threads  # noqa: E402

pytest.importorskip("sklearn.callback", reason="benchmarks need scikit-learn 1.9 or newer")

CASE = Case(12, 6, 4, 20, 0.3)


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.parametrize("topic", ["forward", "training", "fit", "tempotron", "stdp"])
def test_every_topic_has_a_call_of_ours(topic):
    assert getattr(skspike, topic)({**network(CASE), "hidden": np.int64(4)})() is not None


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.parametrize("make", [temporal.delayed, temporal.recurrent])
@pytest.mark.filterwarnings("ignore:delays=")  # longer than the few steps of this case
def test_networks_for_tasks_in_time_have_a_call_of_ours(make):
    assert skspike.temporal(make(CASE))() is not None
    assert skspike.augmented(make(CASE), amount=0.1)() is not None


@pytest.mark.parametrize("second", [False, True])
def test_a_convolution_has_calls_of_ours(second):
    data = convolution.layer((2, 7, 6), 3, 3, 2, n_steps=12, batch=5)
    data["second"] = np.array(second)
    assert skspike.convolution_forward(data)().shape == (5, 3 * 3 * 2, 12)
    assert skspike.convolution_gradient(data)().any()


@pytest.mark.filterwarnings("ignore:.*onverged")
def test_a_network_of_convolutions_has_a_call_of_ours():
    assert skspike.convolution_training(convolution.digits(12))() is not None


@pytest.mark.filterwarnings("ignore:.*onverged")
def test_a_network_with_an_encoder_has_a_call_of_ours():
    assert skspike.encoded(threads.encoded(CASE), n_jobs=2)() is not None


def test_an_encoder_inside_gets_different_samples_of_the_given_mean_rate():
    case = CASE._replace(batch=300, channels=10)
    data = threads.encoded(case)
    assert np.unique(data["x"], axis=0).shape == data["x"].shape == (300, 10)
    assert data["x"].mean() == pytest.approx(case.rate, rel=0.05)
    assert 0 <= data["x"].min() and data["x"].max() <= 1


@pytest.mark.filterwarnings("ignore:.*onverged")
def test_the_time_of_an_epoch_is_the_median_between_the_ends_of_epochs_of_one_fit(monkeypatch):
    times = itertools.accumulate([90.0, 5.0, 7.0, 60.0, 90.0])
    monkeypatch.setattr(clock, "clocks", lambda: (wall := next(times), wall / 2))
    model = skspike.classifier(network(CASE), max_iter=4)
    seconds = skspike.epoch_of(model, network(CASE)["raster"], network(CASE)["labels"])()
    assert (seconds, seconds.cpu) == (7.0, 3.5)
    assert [*times] == [252.0]


@pytest.mark.parametrize(("n_cores", "expected"), [(1, 9), (2, 6), (3, 5), (4, 5), (5, 4), (16, 4)])
def test_a_core_takes_the_next_task_when_it_is_free(n_cores, expected):
    assert makespan([1, 2, 1, 1, 4], n_cores) == expected


def test_the_model_adds_serial_parts_and_respects_the_lock():
    record = Record(steps=[([2.0, 2.0], 1.0), ([1.0, 1.0], 1.5)], total=8.0)
    assert [record.seconds(n) for n in (1, 2, 16)] == [8.0, 2 + 2 + 1.5, 2 + 2 + 1.5]
    assert record.parallel == 6 and record.locked == 2.5


@pytest.mark.filterwarnings("ignore:.*onverged")
def test_parts_of_a_step_are_measured():
    model, data = skspike.classifier(network(CASE), max_iter=2, batch_size=6), network(CASE)
    record = Record.of(lambda: model.fit(data["raster"], data["labels"]))
    assert len(record.steps) == 4 and len(record.steps[0][0]) == 1
    assert 0 < record.free and 0 < record.locked < record.parallel < record.total
    assert record.seconds(1) == pytest.approx(record.total)
    assert set(skspike.cores(data)()) == {"chunks", "serial", "locked", 1, 2, 4, 8, 16}


@pytest.mark.parametrize(("one", "two", "expected"), [
    (8.0, 4.0, 2.0), (8.0, 8.0, 8.0), (8.0, 6.0, 5.0), (8.0, 9.0, 8.0), (8.0, 3.0, 2.0)])
def test_more_cores_are_modelled_by_the_law_of_amdahl(one, two, expected):
    assert two_threads.amdahl(one, two, 4) == pytest.approx(expected)


@pytest.mark.exhaustive  # a tool of developers, which starts processes
def test_two_threads_are_measured_on_two_cores_by_the_wall_clock(tmp_path):
    session = Session(1, 0, tmp_path, 0.001, "processor")
    assert session.cores(1) == [0] and 1 <= len(session.cores(2)) <= 2
    assert Session(1, -1, tmp_path, 0.001).cores(2) == []
    cases = {"forward": {"tiny": (network, CASE, two_threads.PEERS[:1])}}
    section = two_threads.run(session, cases)
    (row,) = section.rows
    assert row[:2] == ["forward, tiny: 12 × 6-4, 20 steps, p = 0.3", "skspike"]
    assert len(row) == len(section.header) and row[5] == "1.00"
    assert any("no environment torch" in note for note in session.notes)


def test_the_page_says_what_is_faster_and_what_is_slower():
    rows = [["A: small", "2", "4 (2.00×)", "1 (0.50×)"], ["B: large", "2", "8 (4.00×)", "–"]]
    section = Section("Forward pass", "", ["case", "skspike, ms", "one, ms", "two, ms"], rows)
    first, second = summary([section])
    assert "0.5 to 4 times" in first
    assert second == "Faster than skspike: two in forward pass, A (0.50×)."
    assert len(summary([Section("Forward pass", "", section.header, rows[1:])])) == 1
