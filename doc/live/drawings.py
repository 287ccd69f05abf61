"""Drawings of digits, and the pixels that a network receives of a drawing.

The digits of scikit-learn are bitmaps of 32 x 32, whose ink is counted in blocks of 4 x 4. Before
that, the programs of NIST scaled each digit to 20 x 32 and sheared it, so that its top and bottom
begin in the same column [1]_. `pixels_of` does the same with a drawing. It has a twin in live.js.

`make_drawings` draws digits with a random pen, in the forms that people write. They complete the
digits of scikit-learn, in which few people write a 7 without a bar or an open 4.

.. [1] M. D. Garris et al., "NIST Form-Based Handprint Recognition System", NISTIR 5469, 1994.
"""

import numpy as np

SIZE, BLOCK = 32, 4  # of a bitmap and a block
WIDTH = 20  # of a scaled digit
INK = 311  # black points of a bitmap, the mean of the digits of scikit-learn
PEN = 2.0, 2.5  # radius of the pen, as assumed first, and the largest that is scaled inside
MAX_SHEAR = 0.6  # columns per row
SQUEEZE = 3.0  # largest ratio of the scales of height and width

# Forms of each digit, as strokes of points (x, y) in a unit square, with y from the top. Curves
# go smoothly through their points. Lines are straight.
FORMS = {
    0: [
        [("curve", "50 0  15 18  2 50  15 82  50 100  85 82  98 50  85 18  50 0")],
        [("curve", "60 3  25 10  5 45  12 82  45 100  82 85  96 50  85 12  45 2  38 8")]],
    1: [
        [("line", "50 0  50 100")],
        [("line", "20 25  55 0  55 100")],
        [("line", "30 18  55 0  55 100"), ("line", "20 100  90 100")]],
    2: [
        [("curve", "5 22  20 4  55 0  85 15  85 38  60 65  25 88  2 100"),
         ("line", "2 100  98 99")],
        [("curve", "8 25  25 3  65 2  88 25  75 52  40 80  8 95  5 78  28 78  60 95  98 96")]],
    3: [
        [("curve", "5 12  40 0  80 10  85 30  65 44  35 48  70 52  95 70  80 92  45 100  3 90")],
        [("line", "5 2  90 2  42 42"), ("curve", "42 42  80 48  95 70  80 93  45 100  3 90")]],
    4: [
        [("line", "65 0  3 65  98 65"), ("line", "68 0  68 100")],
        [("line", "15 0  8 52  92 50"), ("line", "78 2  74 100")],
        [("line", "55 0  2 60  98 62"), ("line", "72 38  62 100")]],
    5: [
        [("line", "90 0  18 2  12 42"),
         ("curve", "12 42  45 36  85 48  94 72  75 95  40 100  3 90")],
        [("curve", "92 2  50 2  20 6  14 40  50 38  88 55  90 82  55 100  5 92")]],
    6: [
        [("curve", "75 0  40 18  12 52  8 80  35 100  75 96  92 74  72 54  38 56  10 76")],
        [("curve", "55 0  25 30  6 65  20 95  60 100  90 82  80 60  45 56  12 74")]],
    7: [
        [("line", "2 2  96 2  38 100")],
        [("line", "2 2  96 2  38 100"), ("line", "22 50  88 50")],
        [("curve", "3 14  6 3  50 4  95 2  70 40  48 70  42 100")]],
    8: [
        [("curve", "82 16  50 0  18 12  22 34  50 48  84 66  88 88  50 100  12 88  16 66  50 48"
                   "  80 32  82 16")],
        [("curve", "50 47  20 34  22 8  52 0  82 12  78 38  50 47"),
         ("curve", "50 47  12 64  12 90  50 100  90 88  88 62  50 47")]],
    9: [
        [("curve", "88 22  60 2  22 8  10 30  30 50  65 46  88 22"), ("line", "88 10  84 100")],
        [("curve", "86 26  62 2  25 6  10 30  30 52  66 46  86 24  88 60  70 92  30 100  12 92")]]}


def make_drawings(n_drawings, random_state):
    """Return pixels (n_drawings, 64) and classes of random drawings."""
    rng = np.random.default_rng(random_state)
    classes = rng.integers(10, size=n_drawings)
    return np.array([pixels_of(draw(digit, rng)) for digit in classes]), classes


def draw(digit, rng):
    """Return the strokes of a digit in a random form, size, slant and hand."""
    form = FORMS[digit][rng.integers(len(FORMS[digit]))]
    angle, slant = rng.normal(0, 0.08), rng.normal(0, 0.15)
    width = rng.uniform(0.45, 1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = turn @ np.array([[width, -slant], [0, 1.0]])
    bend = rng.normal(0, 0.04, (2, 4))
    strokes = []
    for kind, text in form:
        points = np.array(text.split(), float).reshape(-1, 2) / 100
        points += rng.normal(0, 0.035, points.shape)
        points = smooth(points) if kind == "curve" else points
        x, y = points.T[:, :, None]
        # large waves bend all strokes alike
        waves = np.concatenate([np.sin(3 * x), np.cos(3 * y), np.sin(5 * y), np.cos(4 * x)], axis=1)
        strokes.append((points + waves @ bend.T) @ shape.T)
    return strokes


def smooth(points, n_between=4):
    """Return a curve through points (Catmull-Rom splines)."""
    p = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = (p[k : len(p) - 3 + k, None] for k in range(4))
    t = np.linspace(0, 1, n_between, endpoint=False)[:, None]
    curve = start + t / 2 * (
        end - before + t * (
            2 * before - 5 * start + 4 * end - after + t * (
                3 * (start - end) + after - before)))
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def pixels_of(strokes):
    """Return the 64 pixels, from 0 to 16, of strokes (n_points, 2) in any unit."""
    pen = PEN[0]
    for _ in range(2):  # the second time with the right pen
        distances = distances_to(scaled(strokes, min(pen, PEN[1])))
        pen = np.sort(distances, axis=None)[INK - 1]
    bitmap = sheared(distances <= pen)
    return bitmap.reshape(8, BLOCK, 8, BLOCK).sum(axis=(1, 3)).ravel()


def scaled(strokes, pen):
    """Return strokes in the middle of a bitmap, scaled to its height and at most WIDTH."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = np.maximum(high - low, 1e-3 * max(*(high - low), 1e-9))
    wide, tall = (WIDTH - 2 * pen) / width, (SIZE - 2 * pen) / height
    scale = np.array([min(wide, tall), min(tall, SQUEEZE * wide)])
    return [(stroke - (low + high) / 2) * scale + SIZE / 2 for stroke in strokes]


def distances_to(strokes):
    """Return the distances of the points of a bitmap to the nearest stroke, (SIZE, SIZE)."""
    starts = np.concatenate(strokes)
    ends = np.concatenate([np.concatenate([stroke[1:], stroke[-1:]]) for stroke in strokes])
    lines = ends - starts
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    # project each point on each line, and limit the result to the line
    squares = (lines**2).sum(axis=1)
    products = points @ lines.T - (starts * lines).sum(axis=1)
    along = np.clip(products / np.where(squares > 0, squares, 1), 0, 1)
    # squared distances: to the start, less the part along the line
    nearest = (
        (starts**2).sum(axis=1) - 2 * points @ starts.T + along * (along * squares - 2 * products))
    return np.sqrt(np.maximum(nearest.min(axis=1) + (points**2).sum(axis=1), 0)).reshape(SIZE, SIZE)


def sheared(bitmap):
    """Return a bitmap whose top and bottom row of ink begin in the same column."""
    rows = np.flatnonzero(bitmap.any(axis=1))
    top, bottom = rows[0], rows[-1]
    shift = int(bitmap[top].argmax()) - int(bitmap[bottom].argmax())
    shear = np.clip(shift / max(bottom - top, 1), -MAX_SHEAR, MAX_SHEAR)
    result = np.zeros_like(bitmap)
    for y in range(SIZE):
        columns = np.flatnonzero(bitmap[y]) - int(np.floor(shear * ((SIZE - 1) / 2 - y) + 0.5))
        result[y, columns[(columns >= 0) & (columns < SIZE)]] = True
    return result
