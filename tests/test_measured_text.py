"""Numbers in the text of pages are in a table of their section, or computed from tables."""

import re

import numpy as np
import pytest
from measured import NUMBER, PAGES, RESULTS, evidence, found_in, is_rounded, pattern_of

TEXT = PAGES["measured.md"]


def column(part, number, name, rows=""):
    """Return the values in a column of a stored table, in the rows that match a pattern."""
    header, *body = evidence.tables_of(RESULTS[part])[number - 1]
    cells = [row[header.index(name)] for row in body if re.match(rows, " ".join(row))]
    return np.array([float(re.match(r"[-+]?[\d.]+", cell.replace(",", ""))[0]) for cell in cells])


def value(part, number, name, rows):
    """Return the value in a column of a stored table, in the one row that matches a pattern."""
    (found,) = column(part, number, name, rows)
    return found


def difference(part, number, name, other, rows=""):
    """Return one column minus another."""
    return column(part, number, name, rows) - column(part, number, other, rows)


def means_of_six(*names):
    """Return the mean accuracies of recipes on six data sets of series."""
    return [column("temporal-series", 1, name).mean() for name in names]


def gaps(part):
    """Return the mean costs of missing values in each model of series, and each single cost."""
    _, *rows = evidence.tables_of(RESULTS[part])[0]
    rows = [row for row in rows if row[1] == "series"]
    cells = [(float(row[2]), cell) for row in rows for cell in row[3:] if cell]
    means = [whole - float(cell.split()[0]) for whole, cell in cells]
    return means, [-float(x) for _, cell in cells for x in re.findall(r"[-+]\d+\.\d+", cell)]


def of_stdp(name, classifier, passes=1, size=400):
    """Return an accuracy of neurons on MNIST."""
    return value("stdp", 1, classifier, f"{re.escape(name)} {size} {passes} ")


def energies(model, *names):
    """Return how many points a model has more than the perceptron, and its energy in percent."""
    points, shares = [], []
    for name in names:
        rows = [f"{name} {kind} \\d" for kind in (model, "MLPClassifier")]
        for title, found in (("accuracy, %", points), ("estimated energy, nJ a sample", shares)):
            found.append([value("energy", 1, title, row) for row in rows])
    (accuracy, of_mlp), (ours, theirs) = np.transpose(points), np.transpose(shares)
    return accuracy - of_mlp, 100 * ours / theirs


def of_chosen():
    """Return the smallest and largest share of energy, and the points less or more."""
    points, shares = energies(
        "converted, trained further, chosen", "digits", "breast cancer", "wine", "MNIST")
    return [min(shares), max(shares), *(points * [-1, -1, 1, 1])]


def of_ten_steps():
    """Return the largest loss, and the smallest and largest share of energy."""
    points, shares = energies("converted, 10 steps", "digits", "breast cancer", "wine")
    return [-min(points), min(shares), max(shares)]


SEVERAL = "2 parts", "4 parts", "8 parts"


def of_parts(name, rows, *others):
    """Return the differences of a column of training in parts from others."""
    return np.ravel([difference("in-parts", 1, name, other, rows) for other in others])


def of_images(data, *models, table=1):
    """Return the accuracies of models on images, or with table 2 the seconds of a fit."""
    return [value("images", table, data, model) for model in models]


def of_biases(rows=""):
    """Return the changes of the accuracy by a learned bias, first with default settings."""
    pairs = ("SNNClassifier", "no bias"), ("regularised", "regularised, no bias")
    return np.ravel([difference("temporal-biases", 1, *pair, rows) for pair in pairs])


def lost(*names):
    """Return how much models lose at most, if each series has its own strength."""
    return [
        max(
            value("series", 2, name, f"development {data} ")
            - value("series", 3, name, f"scaled {data} ")
            for data in ("GunPoint", "ArrowHead", "OSULeaf"))
        for name in names]


def minus_minirocket():
    """Return the differences of SpikingRocket and MiniRocket on data sets."""
    return difference("series", 2, "SpikingRocket", "MiniRocket")


def of_equal_amplitudes():
    """Return the gains by neurons with equal amplitudes: PLAID, gestures, the largest loss else."""
    def gain(rows):
        return difference("series", 2, "SpikingRocket", "with all amplitudes", rows)

    others = gain(r"\w+ (?!PLAID|Pickup)")
    return gain("development PLAID")[0], -gain("development Pickup")[0], -min(others)


def times_of_snntorch():
    """Return the smallest and the largest ratio of the times of a fit."""
    ours, theirs = (
        column("temporal-snntorch", 1, "processor s of a fit", f".* {name} ")
        for name in ("skspike", "snntorch"))
    return min(theirs / ours), max(theirs / ours)


# Sentences with numbers N that are computed from stored tables
COMPUTED = {
    "MNIST: N % test accuracy": lambda: re.findall(
        r"to ([\d.]+) %", str(evidence.tables_of(RESULTS["mnist"])[0][0])),
    "Images: N % on 10,000 MNIST digits with two convolutions, N %": lambda: of_images(
        "MNIST10k", "SNNClassifier, convolution", "SpikingPatches"),
    "Random filters with a ridge classifier are N points less accurate": lambda: -np.diff(
        of_images("MNIST10k", "SNNClassifier, convolution", "SpikingPatches")),
    "is N points less accurate than two chosen ones, and on the digits N points more accurate":
        lambda: [
            abs(np.diff(of_images(data, "SNNClassifier, conv", "SNNClassifier, defaults")))[0]
            for data in ("MNIST10k", "digits")],
    "trained convolutions are N points behind it": lambda: -np.diff(
        of_images("grain", "CNN", "SNNClassifier, convolution")),
    "Fits of trained convolutions take N to N times as long": lambda: [
        limit(
            np.divide(*of_images(data, "SNNClassifier, convolution", "CNN", table=2))
            for data in ("digits", "grain", "MNIST10k", "saccades", "textures"))
        for limit in (min, max)],
    "mean accuracy N % on six data sets, 1-NN with DTW N %":
        lambda: means_of_six("SNNClassifier", "1-NN DTW"),
    "and a ridge classifier: N % on 15 data sets, MiniRocket N %":
        lambda: [value("series", 1, "mean", f"{name} [0-9]") for name in (
            "SpikingRocket", "MiniRocket")],
    "It is as accurate as currents, to N points": lambda: [
        max(abs(difference("accuracy", 1, "SpikeEncoder()", "currents")))],
    "Signed spikes are N points better than currents on 20 classes and 40 features, and differ by "
    "at most N points on the other tables": lambda: [
        difference("accuracy", 1, "signed", "currents", "20 classes, 40 ")[0],
        max(abs(difference("accuracy", 1, "signed", "currents", "(?!20 classes, 40 )")))],
    "of five models on 16 test tables, N. Linear models have N, and perceptrons N":
        lambda: [value("tables", 2, "mean rank, 16 test tables", name) for name in (
            "network", "linear", "perceptron")],
    "are at most N behind the perceptron": lambda: [
        max(difference("tables", 1, "perceptron", "network"))],
    "linear models are up to N better, and trees up to N": lambda: [
        max(difference("tables", 1, name, "network")) for name in ("linear", "trees")],
    "Single missing values cost at most N points on average. The largest loss on one data set is N":
        lambda: [max(values) for values in gaps("gaps")],
    "They cost N to N points on average, and up to N on one data set": lambda: [
        min(gaps("gaps-long")[0]), *map(max, gaps("gaps-long"))],
    "Two to eight parts are as accurate as one part to N points": lambda: [
        max(abs(of_parts("1 part", "", *SEVERAL)))],
    "``fit`` is N to N points better than parts, with": lambda: [
        choice(of_parts("fit", "syllables", "1 part", *SEVERAL)) for choice in (min, max)],
    "Elsewhere they differ by at most N points": lambda: [
        max(abs(of_parts("fit", "(?!syllables)", "1 part", *SEVERAL)))],
    "took N s with two workers. Each process needed at most N MB":
        lambda: re.search(
            r"workers: (\d+) s.* (\d+) MB", RESULTS["in-parts-files"]["output"][-1]).groups(),
    "trained further, has N points less on the digits, at an estimated N % of the energy": lambda: [
        of_chosen()[2], energies("converted, trained further, chosen", "digits")[1][0]],
    "networks need N to N % of it. They have N points less than the perceptron on the digits, N "
    "less on breast cancer and N more on MNIST": lambda: [
        value for k, value in enumerate(of_chosen()) if k != 4 or round(abs(value), 1)],  # wine
    "they have at most N points less on digits, breast cancer and wine, at N to N % of the energy":
        of_ten_steps,
    "k-means is N points better than one pass of `stdp`, N points better than three": lambda: [
        of_stdp("k-means on pixels", "assigned") - of_stdp('rule="stdp"', "assigned", passes)
        for passes in (1, 3)],
    "The one seed of bindsnet's network is N points better": lambda: [
        of_stdp("bindsnet, 250 steps", "assigned", size=100)
        - of_stdp('rule="stdp"', "assigned", size=100)],
    "it is then N points better than a pipeline": lambda: difference(
        "defaults", 6, "inside", "pipeline", "PLAID"),
    "and N points worse than one pass of `stdp` with 400": lambda: [
        of_stdp('rule="stdp"', "regression") - of_stdp("untrained", "regression")],
    "The means of six are N for the defaults, N for currents, N and N for the choices, and N for":
        lambda: means_of_six(
            "SNNClassifier", "currents, regularised, delays", "chosen, spikes", "chosen",
            "1-NN DTW"),
    "changes the accuracy by at most N points": lambda: [max(abs(of_biases()))],
    "only those on telegraph, of N and N points": lambda: of_biases("telegraph"),
    "meta and SE-adLIF neurons are N and N points better on am": lambda: [
        difference("temporal", 1, f"windows, regularised, {name}", "windows, regularised", "am")[0]
        for name in ("meta", "SE-adLIF")],
    "A fit takes N to N times as long in snntorch": times_of_snntorch,
    "minus MiniRocket: from -N (Covid3Month) to +N (Pickup": lambda: [
        -min(minus_minirocket()), max(minus_minirocket())],
    "loses at most N points, MiniRocket N.": lambda: lost("SpikingRocket", "MiniRocket"),
    "Neurons with equal amplitudes are worth N points on PLAID": lambda: of_equal_amplitudes()[:1],
    "They cost N points on Pickup": lambda: of_equal_amplitudes()[1:2],
    "and at most N on the other sets": lambda: of_equal_amplitudes()[2:],
    "It loses at most N points. With all amplitudes it loses up to N": lambda: lost(
        "SpikingRocket", "with all amplitudes"),
    "each series by itself and lose at most N points": lambda: [
        max(lost("network", "network with encoder"))],
    "networks with an encoder have N points more than 1-NN": lambda: [
        value("series-networks", 1, "test half", r"network with encoder \d")
        - value("series-networks", 1, "test half", "1-NN")],
    "(means of six: N, without memory N, MiniRocket N)": lambda: [
        column("temporal-memory", 1, name)[:6].mean()
        for name in ("SpikingRocket", "SpikingRocket, no memory", "MiniRocket")],
}


def is_right(sentence, text):
    """Return whether the numbers of a sentence in a text are those of the tables."""
    shown, exact = found_in(sentence, text), list(COMPUTED[sentence]())
    return len(shown) == len(exact) and all(map(is_rounded, shown, exact))


@pytest.mark.parametrize("sentence", COMPUTED)
def test_a_computed_number_is_that_of_the_tables(sentence):
    assert is_right(sentence, TEXT), list(COMPUTED[sentence]())


@pytest.mark.parametrize("sentence", COMPUTED)
def test_a_wrong_computed_number_is_found(sentence):
    numbers = found_in(sentence, TEXT)
    for k, shown in enumerate(numbers):
        changed = [*numbers]
        changed[k] = shown[:-1] + str((int(shown[-1]) + 5) % 10)
        parts = re.split(r"\bN\b", " ".join(sentence.split()))
        assert not is_right(sentence, "".join(
            text for pair in zip(parts, [*changed, ""], strict=True) for text in pair))


SEEDS = re.compile(r"[Ss]eeds \[(\d+), .*?(\d+)\]")
SEEDED = [name for name in RESULTS if SEEDS.search(str(RESULTS[name].get("output")))]


def test_many_parts_print_their_seeds():
    assert len(SEEDED) >= 20


@pytest.mark.parametrize("part", SEEDED)
def test_a_section_states_the_seeds_of_its_tables(part):
    seeds = "eeds {} to {}".format(*SEEDS.search(str(RESULTS[part]["output"])).groups())
    page = PAGES[evidence.PARTS[part].page]
    sections = [x for x in re.split(r"^(?=##)", page, flags=re.M) if f"evidence: {part} 1" in x]
    assert sections
    assert all(seeds in " ".join(section.split()) for section in sections)


def test_the_guide_has_what_augmentation_is_worth():
    page = (evidence.DOC / "guide" / "learning.rst").read_text(encoding="utf-8")
    worth, cost = found_in(
        "On syllables of new speakers, augmentation is worth N points. On randman, whose channels "
        "have no order, it costs N", page)
    assert is_rounded(worth, -value("temporal-speakers", 2, "no augmentation", "speakers "))
    assert is_rounded(cost, value("temporal-augmentation", 2, "no augmentation", "randman"))


# Other numbers of the pages, each with the word before it
OTHERS = {
    "guide/decoding.rst": {"is 0.023"},  # a standard error, by its formula
    "live.rst": {"and 4.6"},  # a constant
    "measured.md": {
        "and 4.6", "from 0.003", "from 0.01", "from 0.3", "0.2",  # constants, settings
        "was 0.009", "and 0.011", "to 0.027"},  # measured once, by options of scripts
    "nir.rst": {"always 0.1", "becomes 20.00001"},  # examples of rounding
    "recordings.rst": {"example, 0.3", "as 299.99999999999994"}}
DECIMAL = re.compile(r"(\S*?) ?[(*\[+-]*(?<![\d.,])(\d+(?:,\d{3})*\.\d+)(?!\d|\.\d)")
CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`|\]\([^)]*\)")


def unknown_numbers(text, computed=()):
    """Return the numbers in a text that are in no table of their section, after their word.

    Leave out computed sentences. A page in reStructuredText has only few tables, and counts as one
    section. A wrong number is not found if the tables contain it in another place.
    """
    found = []
    for section in re.split(r"^(?=##)", text, flags=re.MULTILINE):
        rows = re.findall(r"^\|.*", section, re.MULTILINE)
        rows += [block["text"] for block in evidence.BLOCK.finditer(section) if block["table"]]
        numbers = NUMBER.findall(re.sub(r"± \S+", "", " ".join(rows)))
        lines = evidence.BLOCK.sub("", section).splitlines()
        words = " ".join(" ".join(x for x in lines if not x.startswith(("|", "    "))).split())
        for sentence in computed:
            words = pattern_of(sentence).sub("", words)
        found += [
            f"{word} {shown}".strip() for word, shown in DECIMAL.findall(CODE.sub("", words))
            if not any(is_rounded(shown, exact) for exact in numbers)]
    return found


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"design.rst", "measurements.md"}))
def test_a_number_of_the_text_is_in_a_table_of_its_section_or_computed(page):
    assert set(unknown_numbers(PAGES[page], COMPUTED)) == OTHERS.get(page, set())


def test_a_number_without_a_table_is_found():
    text = "## A\n\nHas 4.7 and (5.7), 3.1 %, 6.7 7.7 **1,008.7** or -9.7.\n\n| 3.14 ± 4.7 |\n"
    found = unknown_numbers(text)
    assert [words.split()[-1] for words in found] == ["4.7", "5.7", "6.7", "7.7", "1,008.7", "9.7"]
