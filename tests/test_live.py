"""Networks of the page "Live" as WebAssembly, and the page in browsers."""

import base64
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Latency
from skspike.datasets import make_syllables
from skspike.inspection import energy, synaptic_operations
from skspike.neurons import LIF

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "doc"), str(ROOT / "benchmarks")]
import browser  # noqa: E402
import live_page  # noqa: E402
from firefox import Firefox, firefox  # noqa: E402
from live import networks, novelty  # noqa: E402
from live.drawings import draw, pixels_of  # noqa: E402
from live.page import VIEWS, write_page  # noqa: E402

NAMES = ["digits", "syllables"]
PENALTY = 0.1
STAR = live_page.SIGNS["star"]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None,
    reason='needs ziglang: pip install "skspike[export]"')


def small_digits():
    """Return a small network of digits, and samples."""
    X, y = load_digits(return_X_y=True)
    encoder = SpikeEncoder(coding=Latency(silent_below=0.05), n_steps=20)
    model = SNNClassifier(
        12, encoder=encoder, neuron=LIF(tau_syn=5.0), max_iter=2, tol=1, random_state=0)
    kept, limits = novelty.usual(np.repeat(X, 2, axis=0), np.arange(2 * len(X)) % 2 > 0, 0)
    more = {"perceptron": 12, "limits": limits, "usual": networks.text_of(novelty.packed(kept))}
    return example(model.fit(X[:300], y[:300]), X[300:320].astype(np.float32), y[300:320],
                   PENALTY, more)


def small_syllables():
    """Return a small network of syllables, and samples."""
    X, y = make_syllables(100, n_steps=40, n_onsets=2, n_vowels=3, random_state=0)
    model = SNNClassifier(
        10, delays=(0, 3, 5), readout="count", max_iter=2, tol=1, random_state=0)
    return example(model.fit(X, y), X[:20], y[:20])


def example(model, X, y, *more):
    """Return an example with the labels as names of classes."""
    return networks.Example(
        model, X, y, [str(label) for label in model.classes_], ["anyone"] * len(X), *more)


SMALL = {"digits": small_digits, "syllables": small_syllables}


@pytest.fixture(scope="module")
def small():
    """Small networks with samples, by name."""
    return {name: make() for name, make in SMALL.items()}


@pytest.fixture(scope="module")
def real():
    """The folder of the networks of the page. Building the page leaves it behind."""
    return networks.built(ROOT / "doc" / "_build" / "live")


# WebAssembly without a browser

class Machine:
    """A network as WebAssembly, with its functions and its memory."""

    def __init__(self, program):
        wasmtime = pytest.importorskip("wasmtime", reason="needs wasmtime: pip install wasmtime")
        self.store = wasmtime.Store()
        module = wasmtime.Module(self.store.engine, program)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)

    def call(self, name, *arguments):
        """Call a function."""
        return self.exports[name](self.store, *arguments)

    def array(self, name, dtype, n):
        """Return the array at the address that a function returns."""
        start = self.call(name)
        data = self.exports["memory"].read(self.store, start, start + n * np.dtype(dtype).itemsize)
        return np.frombuffer(data, dtype)

    def spikes(self, X, n_steps, n_neurons):
        """Run a sample, (n_features,) or (n_channels, n_steps). Return the spikes."""
        self.call("reset")
        found = []
        for t in range(n_steps):
            values = X.astype(np.float32) if X.ndim == 1 else X[:, t].astype(np.uint8)
            self.exports["memory"].write(self.store, values.tobytes(), self.call("input"))
            self.call("step")
            found.append(self.array("spikes", np.uint8, n_neurons))
        return np.array(found).T


@pytest.mark.parametrize("name", NAMES)
def test_spikes_and_classes_in_webassembly_equal_python(small, name):
    model, X, *_ = small[name]
    machine = Machine(networks.compiled(model))
    n_neurons = model.weights_[0].shape[1]
    stream = model.stream(encoded=True)
    trains = X if model.encoder_ is None else model.encoder_.transform(X)
    classes = []
    for x, train in zip(X, trains, strict=True):
        stream.reset()
        spikes = machine.spikes(x, model.n_steps_, n_neurons)
        np.testing.assert_array_equal(spikes, stream.step(train))
        classes.append(machine.call("predict"))
    np.testing.assert_array_equal(model.classes_[classes], model.predict(X))


def test_the_readout_in_webassembly_adapts_as_in_python(small):
    model, X, y, *_ = small["digits"]
    machine, stream = Machine(networks.compiled(model, PENALTY)), model.stream(encoded=True)
    n_neurons, n_classes = model.weights_[0].shape[1], len(model.classes_)
    for x, train, label in zip(X, model.encoder_.transform(X), y, strict=True):
        stream.reset()
        stream.step(train)
        machine.spikes(x, model.n_steps_, n_neurons)
        machine.call("scores")
        scores = machine.array("scores", np.float32, n_classes)
        powers = np.exp(scores - scores.max())
        np.testing.assert_allclose(powers / powers.sum(), stream.predict_proba(), rtol=1e-5)
        stream.adapt(label, penalty=PENALTY)
        machine.call("adapt", int(np.searchsorted(model.classes_, label)))


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_the_page_predict_what_python_predicted(real, name):
    data = networks.read(real)[name]
    machine = Machine(base64.b64decode(data["wasm"]))
    samples = np.frombuffer(base64.b64decode(data["samples"]), np.uint8)
    if name == "syllables":
        samples = np.unpackbits(samples).reshape(-1, data["steps"], data["channels"])
    else:
        samples = samples.reshape(-1, data["channels"])
    classes = []
    for sample in samples:
        machine.spikes(sample.T, data["steps"], data["neurons"])
        classes.append(machine.call("predict"))
    assert classes == data["predictions"]
    assert len(classes) == {"digits": 100, "syllables": 48}[name]
    assert np.mean(np.equal(classes, data["labels"])) > 0.9


def test_bytes_of_pixels_keep_their_distances(rng):
    kept, X = rng.integers(17, size=(2, 30, 64))
    found = np.frombuffer(novelty.packed(kept), np.uint8)
    pixels = np.stack([found >> 4, found & 15], axis=1).reshape(kept.shape)
    expected = [min(np.linalg.norm(np.minimum(x, 15) - row) for row in pixels) for x in X]
    np.testing.assert_allclose(novelty.distances(kept, X), expected)


# the page in Chromium

@pytest.fixture(scope="module")
def playwright():
    """The library that drives a browser."""
    pytest.importorskip("playwright", reason="needs playwright: pip install playwright")
    if browser.chromium() is None:
        pytest.skip("needs Chromium on the path, such as Debian's package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture
def tab(playwright, real, tmp_path):
    """A function that opens the views of the networks in a new tab, which has no errors."""
    networks.write(tmp_path / networks.SCRIPT, networks.read(real))
    write_page(tmp_path)
    tabs = []

    def opened(**options):
        page, errors = browser.tab(playwright, (tmp_path / "index.html").as_uri(), **options)
        tabs.append((page, errors))
        return page

    yield opened
    for page, errors in tabs:
        page.context.browser.close()
        assert errors == []


def test_the_page_decides_as_python_on_all_samples(tab):
    page = tab()
    for view in NAMES:
        assert browser.decisions(page, view) == browser.predictions(page, view)


@pytest.mark.parametrize("name", NAMES)
def test_spikes_probabilities_and_energy_equal_python(playwright, small, tmp_path, name):
    found = {other: networks.data_of(example) for other, example in small.items()}
    networks.write(tmp_path / networks.SCRIPT, found)
    write_page(tmp_path)
    page, errors = browser.tab(playwright, (tmp_path / "index.html").as_uri())
    model, X, y, *_ = small[name]
    course = page.evaluate(
        """([name, label]) => {
            const view = skspikeLive.views[name], n = view.network.data.steps;
            view.choose(label);
            view.show();
            const { course, sample } = view;
            return {sample, spikes: [...course.spikes], energy: course.energyAt(n),
                    shares: [n / 2, n].map(step => [...course.probabilitiesAt(step)])};
        }""", [name, str(y[-1])])
    page.context.browser.close()
    assert errors == []
    x = X[course["sample"]][None]
    trains = x if model.encoder_ is None else model.encoder_.transform(x)
    stream = model.stream(encoded=True)
    start, half = np.log(stream.predict_proba()), trains.shape[2] // 2
    first = stream.step(trains[0, :, :half])
    # half of the constant part of the scores
    evidence = np.exp(np.log(stream.predict_proba()) - start / 2)
    raster = np.hstack([first, stream.step(trains[0, :, half:])])
    np.testing.assert_array_equal(np.reshape(course["spikes"], raster.T.shape), raster.T)
    shares = [evidence / evidence.sum(), model.predict_proba(x)[0]]
    np.testing.assert_allclose(course["shares"], shares, rtol=1e-4, atol=1e-6)
    expected = 1000 * energy(synaptic_operations(model, x))
    if model.encoder_ is not None:
        expected += 1000 * energy(synaptic_operations(model.encoder_, x))
    np.testing.assert_allclose(course["energy"], expected, rtol=1e-6)


def test_drawings_are_recognised(tab):
    page = tab()
    found = [
        browser.draw(page, browser.strokes_of(shapes[digit % 2]))
        for digit, shapes in browser.SHAPES.items()]
    assert sum(map(str.__eq__, found, "0123456789")) >= 9, found


def test_energy_of_each_sample_is_less_than_that_of_the_perceptron(tab):
    page = tab()
    found = page.evaluate(
        """() => {
            const view = skspikeLive.views.digits, { labels, steps } = view.network.data;
            return labels.map((label) => {
                view.choose(String(label));
                view.show();
                return view.course.energyAt(steps);
            });
        }""")
    assert 0 < max(found) < float(browser.part(page, "digits", "perceptron").inner_text())


def novel(page, drawings):
    """Return whether each drawing is rejected, and its distance."""
    return page.evaluate(
        """drawings => {
            const view = skspikeLive.views.digits;
            return drawings.map((strokes) => {
                view.pad.strokes = strokes;
                view.drawn(true);
                return [view.isNovel(), view.novelty, view.find("decision").textContent];
            });
        }""", [[stroke.tolist() for stroke in drawing] for drawing in drawings])


def test_scribbles_are_no_digits(tab, real):
    page, rng = tab(), np.random.default_rng(5)
    scribbles = [live_page.scribble(rng) for _ in range(100)]
    rejected, found, texts = zip(*novel(page, scribbles), strict=True)
    assert sum(rejected) > 75
    assert [text == "not a digit" for text in texts] == list(rejected)
    packed = base64.b64decode(networks.read(real)["digits"]["usual"])
    pixels = np.frombuffer(packed, np.uint8)
    kept = np.stack([pixels >> 4, pixels & 15], axis=1).reshape(-1, 64)
    expected = novelty.distances(kept, [pixels_of(strokes) for strokes in scribbles])
    np.testing.assert_allclose(found, expected, atol=2)  # points at the edge of the pen


def test_digits_are_digits(tab, rng):
    page = tab()
    drawings = [
        browser.varied(browser.strokes_of(shape), rng) for shapes in browser.SHAPES.values()
        for shape in shapes for _ in range(5)]
    assert sum(row[0] for row in novel(page, drawings)) <= 5
    is_novel = page.evaluate(
        """() => {
            const view = skspikeLive.views.digits, { labels } = view.network.data;
            return labels.map((label) => {
                view.choose(String(label));
                view.show();
                return view.isNovel();
            });
        }""")
    assert len(is_novel) == 100 and sum(is_novel) <= 8


def test_a_network_learns_three_drawings_and_forgets_them(tab):
    page = tab()
    learned, decision = (browser.part(page, "own", part) for part in ("learned", "decision"))
    button = page.locator('[data-view="own"]').get_by_role("button", name="as 7")
    button.click()
    assert learned.inner_text() == "Draw a digit first."
    for _ in range(3):
        browser.trace(page, browser.strokes_of(STAR), "own")
        button.click()
    assert decision.inner_text() == "7"
    assert "7, 7, 7" in learned.inner_text()
    browser.part(page, "own", "forget").click()
    page.wait_for_function("skspikeLive.views.own.drawings.length === 0")
    assert "No drawing" in learned.inner_text() and decision.inner_text() == "?"
    browser.trace(page, browser.strokes_of(STAR), "own")
    assert decision.inner_text() != "7"
    # the other view has its own network
    assert browser.draw(page, browser.strokes_of(browser.SHAPES[3][0])) == "3"


def test_a_digit_is_drawn_and_taught_with_the_keyboard(tab):
    page = tab()
    for view in ("digits", "own"):
        browser.part(page, view, "clear").click()
        pad = browser.part(page, view, "pad")
        pad.focus()
        pad.press("ArrowUp")  # the pen is not down
        pad.press("Space")
        for _ in range(18):
            pad.press("ArrowDown")
        pad.press("Space")
        pad.press("ArrowLeft")
        (stroke,) = page.evaluate(f"skspikeLive.views.{view}.pad.strokes")
        np.testing.assert_allclose(stroke, [(0.5, 0.16 + 0.04 * k) for k in range(19)])
        page.wait_for_function(
            f"skspikeLive.views.{view}.find('decision').textContent === '1'", timeout=10_000)
    button = page.locator('[data-view="own"]').get_by_role("button", name="as 1")
    button.press("Enter")
    for key in ("Space", "ArrowUp", "ArrowUp"):
        pad.press(key)
    assert browser.part(page, "own", "announcement").inner_text() == "pen down"
    button.press("Enter")  # leaves the pad, which lifts the pen
    assert page.evaluate("skspikeLive.views.own.pad.isDown") is False
    assert page.evaluate("skspikeLive.views.own.drawings.length") == 2
    (stroke,) = page.evaluate("skspikeLive.views.own.pad.strokes")
    assert len(stroke) == 3  # a new drawing
    assert "1, 1" in browser.part(page, "own", "learned").inner_text()


def test_the_computing_time_is_a_median(tab):
    page = tab()
    times = page.evaluate(
        """() => {
            const { course, network } = skspikeLive.views.digits, n = course.length;
            const measured = network.stepTimes.length;
            network.stepTimes = [1, 100, 2];
            return [measured, course.time / n];
        }""")
    assert times == [1, 2]
    place = browser.part(page, "digits", "time")
    for time, text in ((0.0042, "4.2 µs"), (0.123, "123 µs"), (0, "–")):
        page.evaluate(f"""() => {{
            const view = skspikeLive.views.digits;
            view.network.stepTimes = [{time} / view.course.length];
            view.refresh();
        }}""")
        assert place.inner_text() == text


def test_a_stroke_after_a_pause_begins_a_new_drawing(tab):
    page, count = tab(), "skspikeLive.views.digits.pad.strokes.length"
    first, second = browser.strokes_of(browser.SHAPES[4][0])
    browser.draw(page, [first])
    browser.trace(page, [second])
    assert page.evaluate(count) == 2
    page.evaluate("skspikeLive.views.digits.pad.lifted -= 10000")
    browser.trace(page, [second])
    assert page.evaluate(count) == 1


def test_the_browser_makes_the_same_pixels_of_a_drawing(tab, rng):
    drawings = [draw(digit, rng) for digit in range(10) for _ in range(5)]
    # a point, a flat line and an upright line
    lines = [[1, 1]], [[0, 2], [5, 2.1]], [[1, 0], [1, 9]]
    drawings += [[np.array(ends, float)] for ends in lines]
    strokes = [[stroke.tolist() for stroke in drawing] for drawing in drawings]
    found = tab().evaluate("drawings => drawings.map(skspikeLive.pixelsOf)", strokes)
    expected = [pixels_of(drawing) for drawing in drawings]
    # a point of the bitmap at the edge of the pen may fall on either side
    difference = np.abs(np.subtract(found, expected))
    assert difference.max() <= 1 and difference.sum(axis=1).max() <= 2


def test_a_keyboard_is_enough(tab):
    page = tab()
    for view, name in zip(NAMES, ("7", "di"), strict=True):
        button = page.locator(f'[data-view="{view}"]').get_by_role("button", name=name)
        button.focus()
        page.keyboard.press("Enter")
        assert name in browser.part(page, view, "source").inner_text()
        assert browser.part(page, view, "step").inner_text() in ("10 of 10", "150 of 150")
        decision = browser.part(page, view, "decision").inner_text()
        assert decision in browser.part(page, view, "announcement").inner_text()
        steps, shown = (browser.part(page, view, part) for part in ("steps", "step"))
        before = shown.inner_text()
        steps.focus()
        page.keyboard.press("ArrowLeft")
        assert shown.inner_text() != before
        noise, count = (browser.part(page, view, part) for part in ("noise", "n-inputs"))
        before = count.inner_text()
        noise.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        assert count.inner_text() != before


def test_a_film_ends_with_the_decision(tab):
    page = tab(moves=True)
    for view in NAMES:
        end, step = (browser.part(page, view, part) for part in ("decision", "step"))
        decision, last = end.inner_text(), step.inner_text()
        page.evaluate("view => skspikeLive.views[view].write('announcement', '')", view)
        browser.part(page, view, "replay").click()
        page.wait_for_function(
            "([view, last]) => skspikeLive.views[view].find('step').textContent !== last",
            arg=[view, last])
        page.wait_for_function(
            "([view, last]) => skspikeLive.views[view].find('step').textContent === last",
            arg=[view, last])
        assert end.inner_text() == decision
        assert decision in browser.part(page, view, "announcement").inner_text()


def test_pictures_follow_the_theme(tab):
    page = tab()
    picture = browser.part(page, "digits", "network")
    before = picture.evaluate("canvas => canvas.toDataURL()")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert picture.evaluate("canvas => canvas.toDataURL()") != before


def test_the_decision_stays_in_view_on_a_phone(tab):
    page = tab(width=390, has_touch=True, is_mobile=True)
    for part in ("pad", "network", "evidence"):
        browser.part(page, "digits", part).evaluate(
            "element => element.scrollIntoView({ block: 'end' })")
        assert browser.part(page, "digits", "decision").evaluate(
            """element => {
                const box = element.getBoundingClientRect();
                const found = document.elementFromPoint(
                    box.left + box.width / 2, box.top + box.height / 2);
                return element === found;
            }""")


def test_a_finger_draws_on_a_phone_without_moving_the_page(tab):
    page = tab(width=390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    browser.part(page, "digits", "clear").click()
    assert browser.part(page, "digits", "decision").inner_text() == "?"
    pad = browser.part(page, "digits", "pad")
    box, phone = pad.bounding_box(), page.context.new_cdp_session(page)
    phone.send("Input.synthesizeScrollGesture", {
        "x": box["x"] + box["width"] / 2, "y": box["y"] + 0.9 * box["height"],
        "yDistance": -0.8 * box["height"], "gestureSourceType": "touch"})
    assert browser.part(page, "digits", "decision").inner_text() == "1"
    # headless Chromium does not scroll by touch
    assert pad.evaluate("pad => getComputedStyle(pad).touchAction") == "none"


# the page in Firefox

def test_the_page_decides_rejects_and_adapts_in_firefox(real, tmp_path):
    if firefox() is None:
        pytest.skip("needs Firefox on the path, such as Debian's package firefox-esr")
    networks.write(tmp_path / networks.SCRIPT, networks.read(real))
    write_page(tmp_path)
    profile = tmp_path / "profile"
    profile.mkdir()
    data = networks.read(real)
    with Firefox(profile) as window:
        window.visit((tmp_path / "index.html").as_uri())
        assert window.run("""
            while (!window.skspikeLive) await new Promise((done) => setTimeout(done, 50));
            return Object.keys(skspikeLive.views);""") == list(VIEWS)
        for name in NAMES:
            found = window.run(f"return ({browser.DECISIONS})(...given);", name)
            assert found == [data[name]["classes"][k] for k in data[name]["predictions"]]
        decision = "return skspikeLive.views[given[0]].find('decision').textContent;"
        place = """
            const pad = skspikeLive.views[given[0]].pad.canvas;
            pad.scrollIntoView();
            const box = pad.getBoundingClientRect();
            return [box.left, box.top, box.width];"""
        for view, shape, text in (
                ("digits", browser.SHAPES[7][0], "7"), ("digits", STAR, "not a digit"),
                ("own", STAR, None)):
            window.run("skspikeLive.views[given[0]].clear();", view)
            left, top, width = window.run(place, view)
            window.draw([
                stroke * 0.9 * width + [left, top] + 0.05 * width
                for stroke in browser.strokes_of(shape)])
            assert text in (None, window.run(decision, view))
        window.run("for (let k = 0; k < 3; k += 1) skspikeLive.views.own.learn('7');")
        assert window.run(decision, "own") == "7"
