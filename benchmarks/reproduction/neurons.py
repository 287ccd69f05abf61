"""Table 5: every registered neuron with fixed intrinsics, one tuned time constant, and learned.

All neurons have the same size, learning rate and number of epochs. "tuned" tries multiples of the
neuron's membrane time constant, one for the whole layer, and keeps the best on the validation part
(of equals the first, which is the default). Neurons without a membrane time constant have no such
cells.
"""

import itertools

import numpy as np

from skspike import SNNClassifier
from skspike.neurons import NEURONS

from .accuracy import data
from .cells import Cell
from .settings import PLAIN

TASKS = ("order", "telegraph")
VARIANTS = ("fixed", "tuned", "learned")
RECURRENT = {"lif, recurrent": "lif"}  # methods in addition to the neurons


def neuron_of(method):
    """Return the neuron of a method, and the name of its membrane time constant or None."""
    neuron = NEURONS[RECURRENT.get(method, method)]()
    return neuron, neuron.named("membrane")


def scaled(neuron, name, scale):
    """Return a multiple of the membrane time constant, within its bounds."""
    tau = scale * getattr(neuron, name)
    return float(np.clip(tau, *neuron.bounds(name)) if name in neuron.learnable() else tau)


def cells(settings):
    """Return the cells of the table."""
    found = []
    for method, task, variant, seed in itertools.product(
            (*NEURONS, *RECURRENT), TASKS, VARIANTS, settings.seeds):
        if variant == "tuned" and neuron_of(method)[1] is None:
            continue
        own = {
            "trials": settings.neuron_trials,
            "size": settings.neuron_size,
            "rate": settings.neuron_rate,
            "epochs": settings.neuron_epochs,
            "scales": settings.neuron_scales if variant == "tuned" else (1.0,),
        }
        found.append(Cell(5, task, method, variant, seed, own, 1.0 * len(own["scales"])))
    return found


def run(cell):
    """Return accuracies in percent on validation and test part, and the chosen time constant."""
    own = cell.settings
    train, validation, test = data(cell.task, cell.seed, own["trials"])
    best = {"validation": -1.0}
    for scale in own["scales"]:
        neuron, name = neuron_of(cell.method)
        tau = scaled(neuron, name, scale) if name else None
        model = SNNClassifier(
            own["size"],
            readout="count",
            neuron=neuron.set_params(**{name: tau} if name else {}),
            recurrent=cell.method in RECURRENT,
            learn_intrinsic=cell.variant == "learned",
            learning_rate=own["rate"],
            max_iter=own["epochs"],
            random_state=cell.seed,
            **PLAIN,
        ).fit(*train)
        score = 100 * model.score(*validation)
        if score > best["validation"]:
            best = {"validation": score, "test": 100 * model.score(*test), "tau_mem": tau}
    return best
