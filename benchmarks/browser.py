"""Measure the page "Live" of the documentation in headless Chromium.

    make docs
    pip install playwright
    python benchmarks/browser.py > browser.md

The page is the built one, doc/_build/html/live.html, loaded from the file with an empty cache.
Times are medians and the slowest of some repetitions:

    load       from the start of navigation until the views have shown their first decision
    reaction   from a movement of the pointer until the frame with the new decision is ready
    network    time of all steps of a network, in WebAssembly and JavaScript

"Agreement" counts the sample digits and syllables whose class equals the prediction of Python, made
when the page was built. "Drawings" are digits that a pointer draws: each form of SHAPES
with random changes of its points, slant and width. The training data (doc/live/drawings.py) have
other forms. "Accuracy by steps" is measured on the sample digits.

Chromium must be on the path. Debian has it as a package.
"""

import argparse
import shutil
import statistics
from pathlib import Path

import numpy as np
from _report import bullets, machine, progress, table, versions

PAGE = Path(__file__).resolve().parents[1] / "doc" / "_build" / "html" / "live.html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# no request leaves the machine
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"]

# the most probable class of each sample of a view, by its index, after a click on its button
DECISIONS = """name => {
    const view = skspikeLive.views[name], { labels } = skspikeNetworks[name];
    const buttons = view.find("samples").querySelectorAll("button"), found = [];
    for (const label of labels) {
        buttons[label].click();
        found[view.sample] = view.best;
    }
    return found;
}"""

# an error that the theme of the documentation reports on the first visit
THEME = "Got invalid theme mode"

# Digits as polylines of points (x, y) in a field of 10 x 10, with y from the top. Strokes are
# separated by semicolons.
SHAPES = {
    0: ["5 1, 3 2, 2 5, 3 8, 5 9, 7 8, 8 5, 7 2, 5 1", "6 1, 4 1, 3 4, 3 7, 5 9, 7 7, 7 3, 6 1"],
    1: ["5 1, 5 9", "3.5 3, 5.5 1, 5.5 9"],
    2: ["2.5 3, 4 1.2, 6.5 1.3, 7.5 3, 6.5 5, 4.5 7, 2.5 9, 8 9",
        "3 2.5, 5 1, 7 2, 7 4, 5 6.5, 3 9, 7.5 8.8"],
    3: ["3 2, 5 1, 7 2, 7 4, 5 5, 7.5 6, 7.5 8, 5 9, 2.5 8.3",
        "3 1.2, 7 1.2, 4.8 4.4, 7 5.5, 7 8, 5 9.2, 3 8.5"],
    4: ["6 1, 2 6.5, 8 6.5; 6.3 4, 6 9.5", "3 1, 2.5 5, 7.5 5; 7 1.5, 6.8 9.5"],
    5: ["7.5 1, 3.5 1, 3 4.5, 5.5 4, 7.5 5.5, 7.3 7.7, 5 9, 2.7 8.3",
        "3.3 1, 3 4.8, 6 4.6, 7.4 6.5, 6 8.8, 3 8.6; 3.3 1, 7.3 1.1"],
    6: ["6.5 1, 4 3, 2.7 6, 3.5 8.6, 5.8 9, 7.2 7.3, 6 5.5, 3.6 6, 2.9 7",
        "5.5 1, 3.5 4, 3 7, 4.5 9, 7 8, 6.5 6, 4.5 5.6, 3.2 7"],
    7: ["2.5 1.2, 7.5 1.2, 5 5, 4 9", "2.5 1.5, 7.3 1.3, 5.5 5, 4.6 9; 3.8 5, 7 4.8"],
    8: ["5 5, 3 3.5, 3.5 1.5, 5.5 1, 7 2.2, 6.5 4, 5 5, 3 6.7, 3.2 8.6, 5.2 9.2, 7.2 8, 6.8 6.2, "
        "5 5",
        "6.8 2, 5 1, 3.3 2.2, 4 4.2, 6.5 6, 7 8, 5 9.2, 3 8, 3.5 6, 6 4.2, 6.8 2"],
    9: ["7 3, 5.5 1.2, 3.5 2, 3.2 4, 5 5, 7 3.5, 7 2, 6.8 9",
        "7 3.5, 5 1, 3 3, 4 5, 6.5 4.8, 7 3, 6.8 6.5, 5.5 9, 3.5 8.8"]}


def strokes_of(shape):
    """Return the strokes of a shape, each (n_points, 2), in fractions of the field."""
    return [
        np.array([point.split() for point in stroke.split(",")], float) / 10
        for stroke in shape.split(";")]


def varied(strokes, rng):
    """Return strokes with another slant, width, size and place, and unsteady points."""
    slant, width, size = rng.normal(0, 0.12), rng.uniform(0.75, 1.15), rng.uniform(0.55, 0.95)
    shape = size * np.array([[width, -slant], [0, 1]])
    middle = 0.5 + rng.uniform(-0.03, 0.03, 2)
    return [
        np.clip((stroke + rng.normal(0, 0.012, stroke.shape) - 0.5) @ shape.T + middle, 0.02, 0.98)
        for stroke in strokes]


def chromium():
    """Return the path of a Chromium, or None."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def tab(playwright, address, width=1280, moves=False, **options):
    """Return a page of a new browser, and the list of its errors. Options are of the context."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="no-preference" if moves else "reduce", **options)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda line: errors.append(line.text) if line.type == "error" and THEME not in line.text
        else None)
    page.goto(address)
    page.wait_for_function("window.skspikeLive")
    return page, errors


def part(page, view, name):
    """Return a part of a view."""
    return page.locator(f'[data-view="{view}"] [data-part="{name}"]')


def draw(page, strokes):
    """Draw strokes on an empty pad. Return the decision."""
    part(page, "digits", "clear").click()
    trace(page, strokes)
    return part(page, "digits", "decision").inner_text()


def trace(page, strokes, view="digits"):
    """Draw strokes with the pointer."""
    pad = part(page, view, "pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for stroke in strokes:
        points = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in [*points[1:], points[-1]]:
            page.mouse.move(*point, steps=3)
        page.mouse.up()


def decisions(page, view, steps=None):
    """Return the most probable class of each sample, by its index, after a click on its button."""
    slider = part(page, view, "steps")
    slider.fill(slider.get_attribute("max") if steps is None else str(steps))
    return page.evaluate(DECISIONS, view)


def predictions(page, view, kind="predictions"):
    """Return the names of the classes that Python predicted, or of the labels."""
    return page.evaluate(f"(data => data.{kind}.map(k => data.classes[k]))(skspikeNetworks.{view})")


def share(found, expected):
    """Return how many agree, and of how many."""
    return f"{sum(map(str.__eq__, found, expected))} of {len(expected)}"


def load_times(playwright, address, n):
    """Return times from the start of navigation until the networks are ready, in ms."""
    times = []
    for _ in range(n):
        page, _ = tab(playwright, address)
        times.append(page.evaluate('performance.getEntriesByName("live-ready")[0].startTime'))
        page.context.browser.close()
    return times


def reaction_times(page, n):
    """Return times from movements of the pointer to the next frame, in ms."""
    pad = part(page, "digits", "pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.evaluate(
        """() => {
            window.times = [];
            const pad = document.querySelector('[data-part="pad"]');
            pad.addEventListener("pointermove", (event) => {
                // a frame is drawn after the callbacks, and the message comes after the frame
                requestAnimationFrame(() => {
                    const { port1, port2 } = new MessageChannel();
                    port1.onmessage = () => times.push(performance.now() - event.timeStamp);
                    port2.postMessage(0);
                });
            });
        }""")
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    for k in range(n):
        angle = 0.1 * k
        page.mouse.move(
            box["x"] + (0.5 + 0.3 * np.sin(angle)) * box["width"],
            box["y"] + (0.5 - 0.4 * np.cos(angle)) * box["height"])
    page.mouse.up()
    return page.evaluate("times")


def spread(times):
    """Return the median and the slowest time."""
    return f"{statistics.median(times):.1f} ({max(times):.1f})"


def main():
    """Print the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=PAGE, help="the page")
    parser.add_argument("--variations", type=int, default=10, help="of each of the 20 shapes")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    address, rng = options.page.resolve().as_uri(), np.random.default_rng(0)
    with sync_playwright() as playwright:
        progress("load")
        loads = load_times(playwright, address, 10)
        page, errors = tab(playwright, address)
        progress("reaction")
        reactions = reaction_times(page, 200)
        progress("samples")
        agreement = [
            share(decisions(page, view), predictions(page, view))
            for view in ("digits", "syllables")]
        labels = predictions(page, "digits", "labels")
        by_steps = {
            steps: share(decisions(page, "digits", steps), labels)
            for steps in (3, 5, 7, 10)}
        sizes = page.evaluate(
            "Object.values(skspikeNetworks).map(data => atob(data.wasm).length / 1000)")
        progress("drawings")
        drawn = {
            digit: [
                draw(page, varied(strokes_of(shape), rng)) for shape in shapes
                for _ in range(options.variations)]
            for digit, shapes in SHAPES.items()}
        times = page.evaluate(
            "['digits', 'syllables'].map(name => skspikeLive.views[name].course.time)")
        browser = f"Chromium {page.context.browser.version}"
    others = {
        digit: [other for other in found if other != str(digit)] for digit, found in drawn.items()}
    n, wrong = (sum(map(len, each.values())) for each in (drawn, others))
    rows = [
        ["load, ms", spread(loads)], ["reaction, ms", spread(reactions)],
        ["network, digits and syllables, ms", " and ".join(f"{time:.2f}" for time in times)],
        ["WebAssembly, kB", " and ".join(f"{size:.1f}" for size in sizes)],
        ["classes equal to Python, digits and syllables", " and ".join(agreement)],
        ["drawings right", f"{n - wrong} of {n}"],
        *[
            [f"drawings of {digit} taken for another digit", " ".join(wrong)]
            for digit, wrong in others.items() if wrong],
        *[[f"sample digits right, {steps} steps", count] for steps, count in by_steps.items()],
        ["errors", len(errors)]]
    print(bullets([f"{machine()}.", versions("skspike", "playwright"), browser]), end="\n\n")
    print(table(["measure", "median (slowest), or number"], rows))


if __name__ == "__main__":
    main()
