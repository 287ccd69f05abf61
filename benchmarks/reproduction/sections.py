"""Sections of the page, one per table."""

import textwrap

from _report import details, folded, table

from .accuracy import CONTROLS, MORE, RULES, SURROGATE, TIMED
from .complexity import BEST, MNIST, TASKS, readouts
from .cost import PEER, PICOJOULES
from .figures import AGAINST
from .neurons import TASKS as NEURON_TASKS, VARIANTS as NEURON_VARIANTS
from .summary import accuracies, gain, listed, select, spread, text, values

VARIANTS = {
    "fixed": "fixed", "strong": "larger weights, longer", "tuned": "one tuned τ",
    "spread": "fixed spread τ", "learned": "learned"}


def prose(words):
    """Return words as a wrapped paragraph."""
    return textwrap.fill(" ".join(words.split()), 100, break_on_hyphens=False)


def _section(title, words, *parts):
    """Return a section with a title, a description of the method and further parts."""
    return "\n\n".join([f"## {title}", details("Method", prose(words)), *parts])


def _set(numbers):
    return "{" + ", ".join(f"{number:g}" for number in numbers) + "}"


def accuracy(rows, settings):
    """Return table 1: accuracies, and what learned intrinsics gain."""
    n_train, n_valid, n_test = settings.trials
    sizes, rates = _set(settings.sizes), _set(settings.rates)
    words = f"""
        Each side uses {n_train} training, {n_valid} validation and {n_test} test trains (breast
        cancer: half, a quarter and a quarter of the data). Seeds are {_set(settings.seeds)}, for
        "more seeds" {_set(settings.more_seeds)}. Values are test accuracies in %, mean ± standard
        deviation over seeds. Networks have no delays, weight decay and dropout, so that only the
        neurons remember. With the delays that `SNNClassifier` chooses by default, fixed neurons are
        better, and learning them gains less. Settings are chosen on the validation part. "fixed",
        "fixed spread τ" and "learned" choose among hidden sizes {sizes} and learning rates {rates},
        with {settings.epochs} epochs. "one tuned τ" also chooses among τ of {_set(settings.taus)}
        ms. "larger weights, longer" chooses among sizes {sizes}, learning rates
        {_set(settings.strong_rates)} and initial weights {_set(settings.strong_scales)} times as
        large, with {settings.strong_epochs} epochs. A factor of 1 gives the membrane a standard
        deviation of one threshold. Fixed spread τ are drawn log-uniformly from
        {settings.spread[0]:g} to {settings.spread[1]:g} ms, one per neuron. Tempotron and STDP
        choose the size only, with their own learning rate. The Tempotron uses τ above 5 ms. Rows
        from {CONTROLS[0]} on are controls."""
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
            folded(["learns by", "task", *VARIANTS.values()], scores),
            "Gain of learned intrinsics: mean paired difference in points, and its standard error.",
            folded(
                ["learns by", "task", *(f"against {other}" for other in AGAINST.values())],
                differences)))


def complexity(rows, settings):
    """Return table 2."""
    (channels, steps), (n_train, n_test) = settings.channels_and_steps, settings.train_and_test
    words = f"""
        Trains have {channels} channels and {steps} steps, {n_train} for training and {n_test} for
        testing. They differ in rate, 20 or 35 Hz (poisson), or have equal rates: Markov chains
        (markov) and renewal processes (gamma). They are classified raw and after a trained network
        of 16 LIF neurons. MNIST: pairs of digits, one split each, 64 neurons, Poisson spikes of up
        to 1000 Hz for 100 steps. Breast cancer: {settings.folds} folds, the same network. Values
        are accuracies in %, mean ± standard deviation over seeds, for MNIST over pairs. All
        classifiers of a row use the same spikes. Relative LZC is `LZCClassifier()`, which also
        codes a train with the phrases of each class. The other columns of LZC are the complexity of
        the train itself. Relative LZC, `SpikeTrainClassifier`, which has more models of the trains
        of each class, and the Bayes limit, the likelihood of the generator, are not part of the
        paper. The MLP has one hidden layer of 64 and uses the features."""
    names = [*readouts(), *BEST, "MLP"]
    lines = []
    for task in (*TASKS, MNIST, "breast cancer"):
        for place, label in (("raw", "raw"), ("network", "after SNN")):
            found = [values(rows, place, name, table=2, task=task).values() for name in names]
            if any(found):
                lines.append([task, label, *map(spread, found)])
    absent = [] if select(rows, table=2, task=MNIST) else [
        "The pairs of MNIST digits were not run. Pass the file with `--mnist`."]
    return _section(
        "Table 2: Lempel-Ziv complexity and spike counts", words,
        table(["trains", "", *names], lines), *absent)


def cost(rows, settings):
    """Return table 3."""
    words = f"""
        Time of `predict` for one sample in the whole pipeline, including the encoder, with one
        thread: percentiles over {settings.calls} calls. Operations are effective synaptic
        operations per sample. "dense" also counts zeros. Energy is an estimate:
        {PICOJOULES['pj_per_ac']} pJ per accumulate (AC) and {PICOJOULES['pj_per_mac']} pJ per
        multiply-accumulate (MAC) in 45 nm, without memory, neurons, encoder and complexity. Poisson
        spikes of up to 1000 Hz, 64 neurons (poisson: 16)."""
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
        f"Versions: {', '.join(peers)}." if peers
        else "snntorch was not run. Pass an interpreter that has it with `--peer-python`.")
    return _section("Table 3: latency and estimated energy", words, folded(header, lines), peer)


def theory(rows, settings):
    """Return table 4."""
    words = """
        Nesting: training loss (cross-entropy) with fixed intrinsics, after further training with
        learned ones, and after further training with learning rates that spoil every step. Descent:
        `SurrogateGradient("sigmoid", solver="descent")` with smoothed spikes. The last columns are
        the training accuracy with smooth spikes, and with hard spikes, without a guarantee. Values
        are means over seeds."""
    nesting = {"fixed": "fixed", "learned": "then learned", "ruined": "then spoiled"}
    descent = {
        "steps": "steps", "increases": "steps up", "first": "first loss", "last": "last loss",
        "ratio": "smallest ‖G‖² / bound"}
    descent |= {"soft": "smooth, %", "hard": "hard, %"}
    parts = [_means(rows, "nesting", nesting, "{:.4f}"), _means(rows, "descent", descent, "{:.3g}")]
    for row in select(rows, table=4, task="inclusion"):
        found = row["results"]
        default = "some" if found["default"] else "no"
        parts.append(prose(f"""
            Strict inclusion: one LIF neuron has to fire for spikes at {{0, 2}} ms and not for
            spikes at {{0, 5, 10}} ms. Some weight achieves this for τ below
            {found['switch']:.3f} ms, and no weight above (theory: {found['predicted']:.3f}). At
            the default of 20 ms, {default} weight does."""))
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
        Each neuron model in one layer of {settings.neuron_size}, trained by surrogate gradients for
        {settings.neuron_epochs} epochs with a learning rate of {settings.neuron_rate:g} on
        {n_train} trains. Values are accuracies on {n_test} test trains in %, mean ± standard
        deviation over seeds {_set(settings.seeds)}. "one tuned τ" is the best of {scales} times the
        default membrane time constant (within its bounds) on {n_valid} validation trains.
        "recurrent" neurons receive the spikes of their layer through learned weights. Networks are
        as in table 1, but have fewer samples ({n_train} instead of {settings.trials[0]}) and epochs
        ({settings.neuron_epochs} instead of {settings.epochs}), and one size. So a LIF has a lower
        accuracy than in table 1, above all on telegraph."""
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
    unclear = "No significant gain, or a loss, compared with {} for {}."
    sentences = [
        prose(unclear.format(VARIANTS[name], listed(found)))
        for name, found in nothing.items() if found]
    return _section("Table 5: every neuron", words, folded(header, lines), *sentences)
