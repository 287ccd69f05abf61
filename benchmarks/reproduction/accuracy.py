"""Table 1: accuracy with fixed and learned intrinsics, and with alternatives to learning them.

Each cell chooses from its own grid on the validation part (the first of equal candidates), and
tests the choice once:

    fixed     sizes x learning rates, the neuron's default parameters
    strong    sizes x larger learning rates x scales of the initial weights, twice the epochs
    tuned     sizes x learning rates x time constants, one for all neurons
    spread    sizes x learning rates, a time constant per neuron drawn log-uniformly and kept
    learned   sizes x learning rates, all intrinsics learned
"""

import itertools
from dataclasses import replace

import numpy as np
from more_datasets import maker
from sklearn.datasets import load_breast_cancer, load_digits

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.learning import PairSTDP, SurrogateGradient
from skspike.learning._initialise import initial_state
from skspike.neurons import NEURONS

from .cells import Cell
from .settings import PLAIN

TIMED = ("order", "telegraph", "am", "sync", "templates")
CONTROLS = ("poisson", "markov", "gamma", "digits", "breast cancer")
MORE = "poisson, more seeds"
REAL = {"digits": load_digits, "breast cancer": load_breast_cancer}
SURROGATE = {"surrogate gradient, LIF": "lif", "surrogate gradient, meta-neuron": "meta"}
TEMPOTRON, STDP_ALONE, STDP_CLIMB = "Tempotron, LIF", "STDP, LIF", "STDP and a climb on labels, LIF"
# Competition divides the input among the neurons. A neuron can find its own time constants only
# with enough input.
RULES = {
    TEMPOTRON: "tempotron",
    STDP_ALONE: PairSTDP(),
    STDP_CLIMB: PairSTDP(
        bounds="additive", a_minus=0.006, normalize_weights=False, intrinsics="fisher",
        inhibition=0.0, theta_plus=0.0)}
STDP_EPOCHS = 5
# seconds of a fit of 500 trains, 64 LIF neurons, 30 epochs
SECONDS = {
    "order": 0.9, "am": 1.0, "sync": 0.7, "templates": 0.55, "digits": 0.85, "breast cancer": 0.4}


class ScaledStart(SurrogateGradient):
    """Surrogate gradients with initial weights multiplied by `scale`.

    The package scales the weights so that the membrane without spikes varies by the threshold. With
    scale 3 it varies by three thresholds.
    """

    def __init__(self, scale=1.0):
        super().__init__(bias=False, dropout=0.0)
        self.scale = scale

    def learn(self, task):
        """Learn from the scaled initial weights."""
        state = initial_state(task)
        layers = [layer._replace(weights=self.scale * layer.weights) for layer in state.layers]
        return super().learn(replace(task, start=state._replace(layers=layers)))


def cells(settings):
    """Return the cells of the table."""
    found = []
    for (method, neuron), seed in itertools.product(SURROGATE.items(), settings.seeds):
        for task in (*TIMED, *CONTROLS):
            found += [
                _cell(settings, task, method, seed, variant, neuron)
                for variant in ("fixed", "strong", "tuned", "spread", "learned")]
    for (method, neuron), seed in itertools.product(SURROGATE.items(), settings.more_seeds):
        found += [
            _cell(settings, MORE, method, seed, variant, neuron)
            for variant in ("fixed", "learned")]
    for seed in settings.seeds:
        for task in ("order", "sync", "templates"):
            found += [
                _cell(settings, task, TEMPOTRON, seed, variant)
                for variant in ("fixed", "tuned", "learned")]
        for task, method in itertools.product(
                ("telegraph", "sync", "templates"), (STDP_ALONE, STDP_CLIMB)):
            found += [
                _cell(settings, task, method, seed, variant) for variant in ("fixed", "learned")]
    return found


def _cell(settings, task, method, seed, variant, neuron="lif"):
    own = {
        "trials": settings.trials,
        "neuron": neuron,
        "sizes": settings.sizes,
        "rates": settings.rates if method in SURROGATE else [None],
        "tau_mem": {"tuned": settings.taus, "spread": [settings.spread]}.get(variant, [None]),
        "scales": settings.strong_scales if variant == "strong" else [None],
        "epochs": STDP_EPOCHS if method in (STDP_ALONE, STDP_CLIMB) else settings.epochs,
        "learn": variant == "learned",
    }
    if variant == "strong":
        own |= {"rates": settings.strong_rates, "epochs": settings.strong_epochs}
    if method == TEMPOTRON and variant == "tuned":
        # its kernel needs tau_mem > tau_syn = 5 ms
        own["tau_mem"] = [tau for tau in settings.taus if tau > 5]
    return Cell(1, task, method, variant, seed, own, _seconds(task, method, own))


def _seconds(task, method, own):
    """Return an estimate of the seconds of a cell on one core."""
    one = SECONDS.get(task, 0.85) * own["epochs"] / 30 * (1.2 if own["neuron"] == "meta" else 1.0)
    if method == TEMPOTRON:
        one *= 10 if own["learn"] else 2.5  # learning starts from several time constants
    elif method == STDP_CLIMB and own["learn"]:
        one *= 25  # it tries many steps
    elif method not in SURROGATE:
        one *= 2
    grid = len(own["rates"]) * len(own["tau_mem"]) * len(own["scales"])
    return 0.1 + one * own["trials"][0] / 500 * grid * sum(
        0.4 + size / 107 for size in own["sizes"])


def run(cell):
    """Return accuracies in percent on the validation and the test part, and the choice."""
    own = cell.settings
    parts = data(cell.task, cell.seed, own["trials"])
    best = {"validation": -1.0}
    for size, rate, tau, scale in itertools.product(
            own["sizes"], own["rates"], own["tau_mem"], own["scales"]):
        # with counts, only the neurons can use the timing of spikes, and the table measures this.
        # Other rules have their own readout.
        rule = RULES.get(cell.method, PLAIN["rule"]) if scale is None else ScaledStart(scale)
        model = SNNClassifier(
            size, readout="count" if cell.method in SURROGATE else "auto",
            neuron=NEURONS[own["neuron"]](**({} if tau is None else {"tau_mem": tau})),
            learn_intrinsic=own["learn"], learning_rate=rate, max_iter=own["epochs"],
            random_state=cell.seed, **{**PLAIN, "rule": rule}).fit(*parts[0])
        score = 100 * model.score(*parts[1])
        if score > best["validation"]:
            chosen = {
                name: value
                for name, value in zip(
                    ("size", "rate", "tau_mem", "scale"), (size, rate, tau, scale))
                if value}
            best = {"validation": score, "test": 100 * model.score(*parts[2]), "chosen": chosen}
    return best


def data(task, seed, trials):
    """Return three pairs of spike trains and labels: training, validation, test."""
    if task not in REAL:
        X, y = maker(task.split(",")[0])(sum(trials), random_state=seed)
        return _split(X, y, trials[:2])
    X, y = REAL[task](return_X_y=True)
    order = np.random.RandomState(seed).permutation(len(y))[: sum(trials)]
    n_train, n_valid = min(trials[0], len(order) // 2), min(trials[1], len(order) // 4)
    encoder = SpikeEncoder(
        coding=Poisson(max_rate=500.0), n_steps=100, random_state=seed).fit(X[order[:n_train]])
    return _split(encoder.transform(X[order]), y[order], (n_train, n_valid))


def _split(X, y, sizes):
    ends = np.cumsum(sizes)
    return list(zip(np.split(X, ends), np.split(y, ends), strict=True))
