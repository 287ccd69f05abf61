"""The sections of the page, one per table."""

import textwrap

from _report import table

from .accuracy import CONTROLS, MORE, RULES, SURROGATE, TIMED
from .complexity import MNIST, TASKS, readouts
from .cost import PEER, PICOJOULES
from .figures import AGAINST
from .neurons import TASKS as NEURON_TASKS, VARIANTS as NEURON_VARIANTS
from .summary import accuracies, gain, listed, select, spread, text, values

VARIANTS = {
    "fixed": "fixed", "strong": "larger weights, longer", "tuned": "one tuned τ",
    "spread": "fixed spread τ", "learned": "learned"}


def prose(words):
    """Return words as a paragraph of even lines."""
    return textwrap.fill(" ".join(words.split()), 120, break_on_hyphens=False)


def _section(title, words, *parts):
    """Return a section: its title, a paragraph, and what follows."""
    return "\n\n".join([f"## {title}", prose(words), *parts])


def _set(numbers):
    return "{" + ", ".join(f"{number:g}" for number in numbers) + "}"


def accuracy(rows, settings):
    """Return table 1: accuracies, and what learned intrinsics gain."""
    n_train, n_valid, n_test = settings.trials
    sizes, rates = _set(settings.sizes), _set(settings.rates)
    words = f"""
        {n_train} training, {n_valid} validation and {n_test} test trains (breast cancer: half, a quarter, a quarter of the data); seeds
        {_set(settings.seeds)}, "more seeds" {_set(settings.more_seeds)}; test accuracy in %, mean ± sd over seeds. Each side chooses on
        the validation part: "fixed", "fixed spread τ" and "learned" out of hidden size {sizes} x learning rate {rates},
        {settings.epochs} epochs; "one tuned τ" out of the same x τ of {_set(settings.taus)} ms; "larger weights, longer" out of size
        {sizes} x learning rate {_set(settings.strong_rates)} x initial weights {_set(settings.strong_scales)} times as large,
        {settings.strong_epochs} epochs (1 is where the free membrane varies by its threshold). Fixed spread τ are drawn log-uniformly
        from {settings.spread[0]:g} to {settings.spread[1]:g} ms, one per neuron. Tempotron and STDP choose the size alone, at their own
        learning rate, the Tempotron's τ are those above 5 ms. Rows from {CONTROLS[0]} on are controls."""
    scores, differences = [], []
    for method in (*SURROGATE, *RULES):
        for task in (*TIMED, *CONTROLS, MORE):
            found = [accuracies(rows, task, method, variant).values() for variant in VARIANTS]
            if any(found):
                scores.append([method, task, *map(spread, found)])
                differences.append(
                    [
                        method, task,
                        *(text(gain(rows, task, method, against)) for against in AGAINST)])
    return (
        _section(
            "Table 1: fixed and learned intrinsics", words,
            table(["learns by", "task", *VARIANTS.values()], scores),
            "What learned intrinsics gain: mean paired difference in points, and its standard error.",
            table(
                ["learns by", "task", *(f"against {other}" for other in AGAINST.values())],
                differences)))


def complexity(rows, settings):
    """Return table 2."""
    (channels, steps), (n_train, n_test) = settings.channels_and_steps, settings.train_and_test
    words = f"""
        Trains of {channels} channels and {steps} steps, {n_train} for training and {n_test} to test: rates of 20 or 35 Hz (poisson),
        chains of equal rate (markov), renewal trains of equal rate (gamma), raw and behind a learned network of 16 LIF neurons. MNIST:
        two digits at a time, one split each, 64 neurons, Poisson spikes of up to 1000 Hz for 100 steps. Breast cancer: {settings.folds}
        folds, the same network. Accuracy in %, mean ± sd over seeds, for MNIST over pairs. All readouts of a row read the same spikes;
        the MLP, of one hidden layer of 64, reads the features."""
    names = [*readouts(), "MLP"]
    lines = []
    for task in (*TASKS, MNIST, "breast cancer"):
        for place, label in (("raw", "raw"), ("network", "behind SNN")):
            found = [values(rows, place, name, table=2, task=task).values() for name in names]
            if any(found):
                lines.append([task, label, *map(spread, found)])
    absent = [] if select(rows, table=2, task=MNIST) else [
        "The pairs of MNIST digits are left out: give the file with `--mnist`."]
    return _section(
        "Table 2: Lempel-Ziv complexity beside spike counts", words,
        table(["trains", "", *names], lines), *absent)


def cost(rows, settings):
    """Return table 3."""
    words = f"""
        One sample through the whole pipeline, encoder included, one thread: percentiles of the time of {settings.calls} calls of
        `predict`. Operations are effective synaptic operations per sample; "dense" counts zeros too. Energy is an estimate and no
        measurement: {PICOJOULES['pj_per_ac']} pJ for an accumulate (AC) and {PICOJOULES['pj_per_mac']} pJ for a multiply-accumulate
        (MAC), in 45 nm, without memory, neurons, encoder and the cutting of words. Poisson spikes of up to 1000 Hz; 64 neurons, 16 on
        the trains (poisson)."""
    lines = []
    for row in sorted(
            select(rows, table=3),
            key=lambda row: (row["task"], row["method"], len(row["variant"]), row["variant"])):
        found, model = row["results"], ", ".join(filter(None, (row["method"], row["variant"])))
        times = [f"{found[name]:.3f}" for name in ("median", "p95", "p99")]
        operations = [f"{found[name]:,.0f}" for name in ("acs", "macs", "dense")]
        lines.append(
            [
                row["task"], model, f"{found['accuracy']:.1f}", *times, *operations,
                f"{found['energy']:.3f}"])
    header = [
        "task", "model", "accuracy, %", "median, ms", "p95, ms", "p99, ms", "ACs", "MACs", "dense",
        "energy, µJ"]
    peers = sorted({row["results"]["versions"] for row in select(rows, table=3, method=PEER)})
    peer = (
        f"The peer: {'; '.join(peers)}." if peers
        else "snntorch is left out: give an interpreter that has it with `--peer-python`.")
    return _section("Table 3: latency and estimated energy", words, table(header, lines), peer)


def theory(rows, settings):
    """Return table 4."""
    words = """
        Nesting: training loss (cross-entropy) of the solution with fixed intrinsics, after going on with learned ones, and after going
        on at learning rates that ruin every step. Descent: `SurrogateGradient("sigmoid", solver="descent")` on smoothed spikes; the
        last columns are the training accuracy with smooth and with hard spikes, to which no guarantee extends. Means over seeds."""
    nesting = {"fixed": "fixed", "learned": "then learned", "ruined": "then ruined"}
    descent = {
        "steps": "steps", "increases": "steps up", "first": "first loss", "last": "last loss",
        "ratio": "least ‖G‖² / bound"}
    descent |= {"soft": "smooth, %", "hard": "hard, %"}
    parts = [_means(rows, "nesting", nesting, "{:.4f}"), _means(rows, "descent", descent, "{:.3g}")]
    for row in select(rows, table=4, task="inclusion"):
        found = row["results"]
        parts.append(prose(f"""
            Strict inclusion: spikes at {{0, 2}} ms shall make one LIF neuron fire, and those at {{0, 5, 10}} ms shall not. Some weight
            does it below τ = {found['switch']:.3f} ms and none above (theory: {found['predicted']:.3f}); at the default of 20 ms
            {'one does' if found['default'] else 'none does'}."""))
    return _section("Table 4: theory", words, *parts)


def _means(rows, task, names, form):
    """Return a table of means over seeds, by neuron and task; `names` are columns by key."""
    found = select(rows, table=4, task=task)
    lines = []
    for neuron, variant in sorted({(row["method"], row["variant"]) for row in found}):
        results = [
            row["results"] for row in found if (row["method"], row["variant"]) == (neuron, variant)]
        lines.append(
            [
                neuron, variant,
                *(form.format(sum(r[key] for r in results) / len(results)) for key in names)])
    return table(["neuron", "task", *names.values()], lines)


def neurons(rows, settings):
    """Return table 5."""
    (n_train, n_valid, n_test), scales = settings.neuron_trials, _set(settings.neuron_scales)
    words = f"""
        Every neuron of the package in one layer of {settings.neuron_size}, learned by surrogate gradients for {settings.neuron_epochs}
        epochs at a learning rate of {settings.neuron_rate:g}, on {n_train} trains; test accuracy on {n_test} trains in %, mean ± sd over
        seeds {_set(settings.seeds)}. "One tuned τ" is the best of {scales} times the neuron's own membrane time constant (within its
        bounds) on {n_valid} validation trains. In a recurrent layer the spikes come back, by learned weights."""
    methods = list(
        dict.fromkeys(
            row["method"] for row in sorted(select(rows, table=5), key=lambda row: row["method"])))
    lines, nothing = [], {"fixed": [], "tuned": []}
    for task, method in ((task, method) for task in NEURON_TASKS for method in methods):
        gains = {against: gain(rows, task, method, against, table=5) for against in nothing}
        scores = [
            accuracies(rows, task, method, variant, table=5).values()
            for variant in NEURON_VARIANTS]
        lines.append(
            [task, method, *map(spread, scores), *(text(found) for found in gains.values())])
        for against, found in gains.items():
            if found and not found.clear():
                nothing[against].append(f"{method} ({task}) {found}")
    header = [
        "task", "neuron", *(VARIANTS[name] for name in NEURON_VARIANTS), "gain against fixed",
        "gain against tuned τ"]
    unclear = "Learning gains nothing that is clear of chance, or loses, against {} for {}."
    sentences = [
        prose(unclear.format(VARIANTS[name], listed(found)))
        for name, found in nothing.items() if found]
    return _section("Table 5: every neuron", words, table(header, lines), *sentences)
