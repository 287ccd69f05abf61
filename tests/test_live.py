"""Networks of the page "Live" as WebAssembly, and the page in a browser."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.datasets import make_syllables
from skspike.metrics import encoder_operations, energy, synaptic_operations

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "doc"), str(ROOT / "benchmarks")]
import browser  # noqa: E402
from live import networks  # noqa: E402
from live.drawings import draw, pixels_of  # noqa: E402
from live.page import write_page  # noqa: E402

NAMES = ["digits", "syllables"]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None,
    reason='needs ziglang: pip install "skspike[export]"')


def small_digits():
    """Return a small network of digits, samples and classes."""
    X, y = load_digits(return_X_y=True)
    encoder = SpikeEncoder(coding=Poisson(max_rate=400.0), n_steps=20)
    model = SNNClassifier(12, encoder=encoder, max_iter=2, tol=1, random_state=0)
    return model.fit(X[:300], y[:300]), X[300:320].astype(np.float32), y[300:320]


def small_syllables():
    """Return a small network of syllables, samples and classes."""
    X, y = make_syllables(100, n_steps=40, n_onsets=2, n_vowels=3, random_state=0)
    model = SNNClassifier(
        10, delays=(0, 3, 5), readout="count", max_iter=2, tol=1, random_state=0)
    return model.fit(X, y), X[:20], y[:20]


SMALL = {"digits": small_digits, "syllables": small_syllables}


@pytest.fixture(scope="module")
def small():
    """Small networks, samples and classes, by name."""
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

    def call(self, name):
        """Call a function without arguments."""
        return self.exports[name](self.store)

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
    model, X, _ = small[name]
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


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_the_page_predict_what_python_predicted(real, name):
    import base64

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
    found = {
        other: networks.data_of(model, X, y, [str(k) for k in model.classes_], ["anyone"] * len(X))
        for other, (model, X, y) in small.items()}
    networks.write(tmp_path / networks.SCRIPT, found)
    write_page(tmp_path)
    page, errors = browser.tab(playwright, (tmp_path / "index.html").as_uri())
    model, X, y = small[name]
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
        expected += 1000 * energy(encoder_operations(model.encoder_, x))
    np.testing.assert_allclose(course["energy"], expected, rtol=1e-6)


def test_drawings_are_recognised(tab):
    page = tab()
    found = [
        browser.draw(page, browser.strokes_of(shapes[digit % 2]))
        for digit, shapes in browser.SHAPES.items()]
    assert sum(map(str.__eq__, found, "0123456789")) >= 9, found


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
        button = page.locator(f'[data-network="{view}"]').get_by_role("button", name=name)
        button.focus()
        page.keyboard.press("Enter")
        assert name in browser.part(page, view, "source").inner_text()
        assert browser.part(page, view, "step").inner_text() in ("30 of 50", "150 of 150")
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
