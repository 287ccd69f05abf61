"""Table 5: every neuron of the package, with intrinsics fixed, with one tuned time constant, and learned.

One size, one learning rate and the same epochs for all. "tuned" tries multiples of the neuron's own
membrane time constant, one for the layer, and keeps the one that is best on the validation part (of
equals the first, which is its own).
"""

import itertools

import numpy as np

from skspike import SNNClassifier
from skspike.neurons import NEURONS

from .accuracy import data
from .cells import Cell

TASKS = ("order", "telegraph")
VARIANTS = ("fixed", "tuned", "learned")
RECURRENT = {"lif, recurrent": "lif"}  # methods beside the neurons themselves


def cells(settings):
    """Return the cells of the table."""
    found = []
    for method, task, variant, seed in itertools.product(
            (*NEURONS, *RECURRENT), TASKS, VARIANTS, settings.seeds):
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
    """Return the accuracies in percent on the validation and the test part, and the chosen time constant."""
    own, cls = cell.settings, NEURONS[RECURRENT.get(cell.method, cell.method)]
    train, validation, test = data(cell.task, cell.seed, own["trials"])
    best = {"validation": -1.0}
    for scale in own["scales"]:
        tau = float(np.clip(scale * cls().tau_mem, *cls().tau_mem_bounds))
        model = SNNClassifier(
            own["size"],
            readout="count",
            neuron=cls(tau_mem=tau),
            recurrent=cell.method in RECURRENT,
            learn_intrinsic=cell.variant == "learned",
            learning_rate=own["rate"],
            max_iter=own["epochs"],
            random_state=cell.seed,
        ).fit(*train)
        score = 100 * model.score(*validation)
        if score > best["validation"]:
            best = {"validation": score, "test": 100 * model.score(*test), "tau_mem": tau}
    return best
