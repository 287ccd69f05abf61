"""Reproduction of the paper: no row is lost or computed twice, and the page agrees with rows."""

import io
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from reproduction import accuracy, complexity, cost, neurons, running, theory  # noqa: E402
from reproduction.cells import Cell, key_of  # noqa: E402
from reproduction.claims import claims, remarks  # noqa: E402
from reproduction.complexity import readouts  # noqa: E402
from reproduction.figures import draw  # noqa: E402
from reproduction.page import page  # noqa: E402
from reproduction.settings import FULL, PLAIN, QUICK  # noqa: E402
from reproduction.store import COLUMNS, Store  # noqa: E402


class Fake:
    """A table whose cells return their seed, and that records the cells that ran."""

    def __init__(self):
        self.ran = []

    def run(self, cell):
        self.ran.append(cell.seed)
        if cell.settings.get("fails"):
            raise ZeroDivisionError("on purpose")
        return {"test": cell.seed}


@pytest.fixture
def fake(monkeypatch):
    table = Fake()
    monkeypatch.setitem(running.TABLES, 1, table)
    return table


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results.csv")


def some(n=4, **settings):
    return [
        Cell(1, "order", "LIF", "fixed", seed, settings, seconds=1.0 + seed) for seed in range(n)]


def run(cells, store):
    return running.run(cells, store, 1, io.StringIO())


@pytest.mark.small
def test_a_second_run_computes_only_what_is_missing_longest_first(fake, store):
    assert run(some(3), store) == 0
    before = store.path.read_bytes()
    run(some(5), store)
    assert fake.ran == [2, 1, 0, 4, 3]
    assert store.path.read_bytes().startswith(before)
    assert [row["results"]["test"] for row in store.rows()] == fake.ran


@pytest.mark.small
def test_a_line_cut_short_is_dropped_and_its_cell_runs_again(fake, store):
    run(some(3), store)
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[:-20])
    assert len(store.rows()) == 2
    run(some(3), store)
    assert fake.ran == [2, 1, 0, 0]
    assert len(store.rows()) == 3 and len(store.path.read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.small
def test_changed_settings_make_another_row(fake, store):
    run(some(1, rate=0.1), store)
    run(some(1, rate=0.2), store)
    assert len(fake.ran) == len(store.rows()) == 2


@pytest.mark.small
def test_a_cell_that_fails_leaves_no_row_and_is_tried_again(fake, store):
    cells = [*some(1), *some(2, fails=True)]
    assert run(cells, store) == 2
    assert len(store.rows()) == 1
    assert run(cells, store) == 2
    assert fake.ran.count(1) == 2


@pytest.mark.small
def test_timings_come_last_and_alone(fake, store):
    cells = some(4)
    run([replace(cells[3], alone=True), *cells[:3]], store)
    assert fake.ran == [2, 1, 0, 3]


@pytest.mark.small
def test_a_file_of_other_columns_is_refused(store):
    store.path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Pass another --output"):
        store.rows()


SCRIPT = """
import sys, time
sys.path[:0] = sys.argv[1:2]
from reproduction import running
from reproduction.cells import Cell
from reproduction.store import Store

class Slow:
    @staticmethod
    def run(cell):
        time.sleep(0.05)
        return {"test": cell.seed}

running.TABLES[1] = Slow
cells = [Cell(1, "order", "LIF", "fixed", seed, {}, 1.0 + seed) for seed in range(100)]
running.run(cells, Store(sys.argv[2]), 1)
"""


@pytest.mark.exhaustive  # an external fault of a tool of developers
def test_a_killed_run_loses_nothing_and_goes_on(fake, store):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(BENCHMARKS), str(store.path)], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 600
        while (
                not (store.path.exists() and store.path.read_bytes().count(b"\n") > 3)
                and time.monotonic() < end):
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    there = store.rows()
    assert 3 <= len(there) < 100
    before = store.path.read_bytes()
    run(some(100), store)
    assert store.path.read_bytes().startswith(before)
    keys = [key_of(row) for row in store.rows()]
    n_lines = len(store.path.read_text(encoding="utf-8").splitlines())
    assert len(keys) == len(set(keys)) == 100 == n_lines - 1
    assert len(fake.ran) == 100 - len(there)


def every_cell(settings):
    return [
        cell for table in (accuracy, complexity, cost, theory, neurons)
        for cell in table.cells(settings)]


@pytest.mark.small
@pytest.mark.parametrize("settings", [FULL, QUICK], ids=["whole", "quick"])
def test_no_two_cells_are_the_same_and_settings_are_json(settings):
    cells = every_cell(settings)
    assert len({cell.key for cell in cells}) == len(cells)
    assert all(
        json.loads(cell.identity()["settings"]) is not None and cell.seconds > 0 for cell in cells)


def pretended(settings, gain):
    """Return a row per cell, with a gain by learned intrinsics on timed tasks, not on controls."""
    rows = []
    for cell in every_cell(settings):
        lead = gain * (cell.variant == "learned" and cell.task in accuracy.TIMED)
        scores = {**{name: 99.9 for name in readouts()}, "MLP": 99.9}
        raw = {name: 99.0 if "LZC" in name else 50.0 for name in scores}
        curves = {name: [1.0, 2.0] for name in ("step", "loss", "least", "bound")}
        results = {
            1: {"test": 70.0 + lead + 0.1 * cell.seed},
            2: {"raw": raw, "network": scores},
            3: {
                name: 0.5
                for name in ("accuracy", "median", "p95", "p99", "acs", "macs", "dense", "energy")}
            | {"versions": "peer 1"},
            4: {
                "below": True, "above": False, "default": False, "switch": 7.33, "predicted": 7.33,
                "curves": curves}
            | {
                "fixed": 0.5, "learned": 0.4, "ruined": 0.5, "steps": 200, "increases": 0,
                "insufficient": 0, "beyond bound": 0}
            | {name: 0.5 for name in ("first", "last", "ratio", "soft", "hard")},
            5: {"test": 70.0 + lead}}[cell.table]
        rest = dict.fromkeys(COLUMNS, "x") | {"seconds": "1.0"}
        rows.append({**rest, **cell.identity(), "results": results})
    return rows


TINY = replace(
    QUICK, seeds=(0,), trials=(30, 15, 15), sizes=(4,), epochs=1, strong_epochs=1,
    neuron_trials=(30, 15, 15), neuron_epochs=1)
KINDS = {
    (cell.method, cell.variant, cell.table): cell for table in (accuracy, neurons)
    for cell in table.cells(TINY)}


def ways():
    """Yield a cell of each way to learn. `make test` leaves out those of neurons other than LIF."""
    for cell in KINDS.values():
        other = cell.table == 5 and not cell.method.startswith("lif")
        yield pytest.param(
            cell, id=f"{cell.method}, {cell.variant}", marks=[pytest.mark.exhaustive] * other)


@pytest.fixture
def unchanged():
    """Fail if a cell changes the rules of later cells in its process."""
    before = repr((PLAIN, accuracy.RULES))
    yield
    assert repr((PLAIN, accuracy.RULES)) == before


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("cell", [*ways()])
def test_every_way_to_learn_can_be_run(cell):
    results = running.TABLES[cell.table].run(cell)
    assert 0 <= results["test"] <= 100


@pytest.mark.filterwarnings("ignore:.*onverged")
@pytest.mark.usefixtures("unchanged")
def test_ruinous_learning_rates_leave_the_loss_as_it_was():
    cell = next(cell for cell in theory.cells(TINY) if cell.task == "nesting")
    losses = theory.run(cell)
    assert losses["ruined"] <= losses["fixed"]


@pytest.mark.small
def test_claims_follow_the_rows():
    assert all(claim.holds for claim in claims(pretended(QUICK, 20.0)))
    found = claims(pretended(QUICK, 0.0))
    assert [claim.holds for claim in found[:4]] == [False] * 4 and all(
        claim.holds for claim in found[4:])
    assert all(claim.holds is None for claim in claims([]))
    assert sum(
        "learned intrinsics have no significant gain" in sentence
        for sentence in remarks(pretended(QUICK, 0.0))) == 10
    assert any(
        "nowhere significantly better" in sentence for sentence in remarks(pretended(QUICK, 20.0)))


def test_the_page_holds_every_table_and_figure(tmp_path):
    rows = pretended(QUICK, 20.0)
    figures = draw(rows, tmp_path / "reproduction")
    text = page(rows, QUICK, quick=True, figures=figures, folder=tmp_path)
    assert set(figures) == {"gains", "complexity", "descent"}
    assert all(
        f"(reproduction/{name}.png)" in text and path.stat().st_size > 1000
        for name, path in figures.items())
    assert all(f"## Table {k}: " in text for k in (1, 2, 3, 4, 5))
    assert (
        "This is a quick run" in text and "+20.0 (s.e. 0.0)" in text and "nan" not in text
        and "not run" not in text)
    widths = {
        line.count("|")
        for line in text.splitlines() if line.startswith("| surrogate gradient, LIF")}
    assert widths == {8, 7}


@pytest.mark.small
def test_a_page_of_nothing_says_so():
    text = page([], FULL)
    assert "There are no results yet." in text and text.count("Not run.") == 5
