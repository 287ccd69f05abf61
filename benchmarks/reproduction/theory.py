"""Table 4: tests of the theory: strict inclusion, nesting, descent, and bound on stationarity.

    inclusion   some weight makes a neuron fire on spikes at {0, 2} ms and not on {0, 5, 10} ms, if
                and only if a**2 > a**5 + a**10
    nesting     learning intrinsics from the solution with fixed ones never increases the training
                loss
    descent     L_{k+1} <= L_k - eta_k |G_k|**2 / 2 in every step, on smoothed spikes
    bound       min |G_k|**2 <= 2 L_0 / sum eta_k
"""

import numpy as np
from sklearn.base import clone

from skspike import SNNClassifier, datasets
from skspike.learning import SurrogateGradient
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_raster

from .accuracy import SURROGATE
from .cells import Cell
from .settings import PLAIN

NESTING = ("order", "telegraph", "poisson")
SMALL = {"order": {"width": 12.0, "gap": 4.0}, "telegraph": {}, "gamma": {}}
RUINOUS = {"learning_rate": 30.0, "rule__intrinsic_learning_rate": 5.0}
CURVE = 60  # number of points of a curve in the figure


def cells(settings):
    """Return the cells of the table: the paper's two neurons."""
    found = [
        Cell(
            4, "inclusion", "lif", "", 0,
            {"low": 7.0, "high": 8.0, "weights": 60001, "halvings": 12}, 4.0)]
    for neuron in SURROGATE.values():
        for seed in settings.theory_seeds:
            own = {
                "trains": settings.trials[0], "size": 16, "rate": 1e-2, "epochs": settings.epochs,
                **RUINOUS}
            found += [Cell(4, "nesting", neuron, task, seed, own, 2.0) for task in NESTING]
            small = {"shape": (24, 6, 50), "size": 4, "steps": settings.descent_steps}
            found += [
                Cell(4, "descent", neuron, task, seed, {**small, **options}, 1.0)
                for task, options in SMALL.items()]
    return found


def run(cell):
    """Return the results of a cell."""
    return {"inclusion": _inclusion, "nesting": _nesting, "descent": _descent}[cell.task](cell)


def _inclusion(cell):
    """Find by bisection the time constant above which no weight separates the two inputs.

    All weights are searched.
    """
    own = cell.settings
    raster = np.zeros((2, 1, 11), np.uint8)
    raster[0, 0, [0, 2]] = 1
    raster[1, 0, [0, 5, 10]] = 1
    weights = np.linspace(-3, 3, own["weights"])[None, :]

    def separable(tau):
        neuron = LIF(tau_mem=tau)
        network = Network(neuron, [Layer(weights, neuron.initial(weights.size, None))], 1.0)
        fires = network.counts(from_raster(raster, float)) > 0
        return bool((fires[0] & ~fires[1]).any())

    low, high = own["low"], own["high"]
    found = {"below": separable(low), "above": separable(high), "default": separable(LIF().tau_mem)}
    for _ in range(own["halvings"]):
        middle = (low + high) / 2
        low, high = (middle, high) if separable(middle) else (low, middle)
    # a**8 + a**3 = 1
    a = max(root.real for root in np.roots([1, 0, 0, 0, 0, 1, 0, 0, -1]) if abs(root.imag) < 1e-9)
    return {**found, "switch": (low + high) / 2, "predicted": -1 / np.log(a)}


def _nesting(cell):
    """Learn with fixed intrinsics and continue with learned ones.

    This is repeated with learning rates that make every step worse.
    """
    own = cell.settings
    X, y = getattr(datasets, f"make_{cell.variant}")(own["trains"], random_state=cell.seed)

    def fixed():
        settings = {
            "readout": "count", "neuron": cell.method, "learn_intrinsic": False,
            "warm_start": True, "random_state": cell.seed, **PLAIN,
            "rule": clone(PLAIN["rule"])}  # because RUINOUS changes it
        model = SNNClassifier(own["size"], **settings)
        return model.set_params(learning_rate=own["rate"], max_iter=own["epochs"]).fit(X, y)

    def loss(model):
        return float(-np.mean(np.log(model.predict_proba(X)[np.arange(len(y)), y])))

    model = fixed()
    losses = {
        "fixed": loss(model), "learned": loss(model.set_params(learn_intrinsic=True).fit(X, y))}
    ruined = fixed().set_params(learn_intrinsic=True, **{name: own[name] for name in RUINOUS})
    return {**losses, "ruined": loss(ruined.fit(X, y))}


def _descent(cell):
    own = cell.settings
    options = {name: own[name] for name in SMALL[cell.variant]}
    X, y = getattr(datasets, f"make_{cell.variant}")(
        *own["shape"], **options, random_state=cell.seed)
    rule = SurrogateGradient("sigmoid", solver="descent", bias=False)
    settings = {
        "readout": "count", "neuron": cell.method, "max_iter": own["steps"],
        "random_state": cell.seed, **PLAIN, "rule": rule}
    model = SNNClassifier(own["size"], **settings).fit(X, y)
    losses, steps, norms = (
        np.array(getattr(model, name)) for name in ("loss_curve_", "step_sizes_", "pg_norm_"))
    least, bound = np.minimum.accumulate(norms**2), 2 * losses[0] / np.cumsum(steps)
    kept = np.unique(np.geomspace(1, len(steps), CURVE).astype(int)) - 1
    curves = {
        "step": kept + 1, "loss": losses[1:][kept], "least": least[kept], "bound": bound[kept]}
    return {
        "steps": len(steps),
        "increases": int((np.diff(losses) >= 0).sum()),
        "insufficient": int((losses[1:] > losses[:-1] - steps * norms**2 / 2).sum()),
        "beyond bound": int((least > bound).sum()),
        "first": losses[0],
        "last": losses[-1],
        "ratio": least[-1] / bound[-1],
        "soft": 100 * model.soft_accuracy_,
        "hard": 100 * model.hard_accuracy_,
        "curves": {
            name: [float(f"{value:.5g}") for value in values] for name, values in curves.items()}}
