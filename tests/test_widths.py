"""Width of text and tables of the documentation, on a phone and on a large screen, in Chromium."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benchmarks")]
import browser  # noqa: E402

STATIC = ROOT / "doc" / "_static"
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="{static}/width.css"><script defer src="{static}/tables.js"></script>
<article class="bd-article"><section><p>{text}</p>{tables}</section></article>"""
TEXT = "A spiking network works step by step, and keeps quiet when nothing happens. " * 9
DETAILS = "<details><summary>Table</summary>{}</details>"


def table(n_columns):
    """Return a table with long words."""
    heads, cells = (
        "".join(f"<{tag}>{word}{k}</{tag}>" for k in range(n_columns))
        for tag, word in (("th", "a-long-name-"), ("td", "value")))
    return (
        '<div style="overflow: auto"><table class="table">'
        f"<colgroup>{f'<col style=width:{100 / n_columns:g}%>' * n_columns}</colgroup>"
        f"<thead><tr>{heads}</tr></thead>"
        f"<tbody><tr>{cells}</tr><tr>{cells}</tr></tbody></table></div>")


@pytest.fixture
def opened(tmp_path):
    """A function that opens tables on a screen of some width."""
    sync = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install playwright")
    if browser.chromium() is None:
        pytest.skip("needs Chromium on the path, such as Debian's package chromium")
    path = tmp_path / "index.html"
    tables = table(2) + table(8) + DETAILS.format(table(8))
    path.write_text(PAGE.format(static=STATIC.as_uri(), text=TEXT, tables=tables), encoding="utf-8")
    with sync.sync_playwright() as running:
        window = running.chromium.launch(
            executable_path=browser.chromium(), args=browser.FLAGS)

        def open_page(width):
            page = window.new_page(viewport={"width": width, "height": 800})
            page.goto(path.as_uri())
            page.locator("summary").click()
            page.wait_for_timeout(200)
            return page

        yield open_page
        window.close()


def test_no_column_of_a_table_is_cut_on_a_phone(opened):
    page = opened(390)
    found = page.evaluate(
        """[...document.querySelectorAll("table")].map(table =>
            [table.classList.contains("blocks"),
             table.offsetWidth <= table.parentElement.clientWidth,
             table.querySelector("tbody tr").offsetWidth
                > 0.9 * table.querySelector("tbody").offsetWidth,
             table.querySelector("td:last-child").dataset.label])""")
    assert found == [
        [False, True, True, "a-long-name-1"], [True, True, True, "a-long-name-7"],
        [True, True, True, "a-long-name-7"]]


@pytest.mark.parametrize("font", ["sans-serif", "serif"])
def test_a_line_of_text_has_at_most_75_characters(opened, font):
    n_lines = opened(1280).locator("p").evaluate(
        """(text, font) => {
            text.style.fontFamily = font;
            const range = document.createRange();
            range.selectNodeContents(text);
            return new Set([...range.getClientRects()].map(box => box.top)).size; }""", font)
    assert 50 < len(TEXT) / n_lines <= 75


def test_tables_are_tables_on_a_large_screen(opened):
    assert opened(1280).locator("table.blocks").count() == 0
