"""Sizes of the whole reproduction, and of a quick one that only shows that it runs."""

from dataclasses import dataclass

from skspike.learning import SurrogateGradient

# Parameters that networks would otherwise choose on the data. Without delays, only the neurons can
# remember, and the tables measure this. There are no biases.
PLAIN = {"delays": None, "alpha": 0.0, "rule": SurrogateGradient(bias=False, dropout=0.0)}


@dataclass(frozen=True)
class Settings:
    """Sizes from which cells are made. The row of a cell contains the part that it used."""

    seeds: tuple = (0, 1, 2, 3, 4)
    # for the control that was beyond its bound with seeds 0 to 4
    more_seeds: tuple = tuple(range(5, 15))

    # table 1: training, validation and test trains, and candidate values
    trials: tuple = (500, 300, 1000)
    sizes: tuple = (16, 64)
    rates: tuple = (3e-3, 1e-2)
    epochs: int = 30
    taus: tuple = (5.0, 20.0, 60.0, 200.0)
    spread: tuple = (5.0, 200.0)
    strong_scales: tuple = (1.0, 3.0)
    strong_rates: tuple = (1e-2, 3e-2)
    strong_epochs: int = 60

    # table 2
    channels_and_steps: tuple = (10, 1024)
    train_and_test: tuple = (500, 1000)
    pairs: tuple = tuple((a, b) for a in range(10) for b in range(a + 1, 10))
    images: int = 10**6  # at most, per pair
    folds: int = 10
    network_epochs: int = 30

    # table 3
    calls: int = 2000

    # table 4
    descent_steps: int = 200
    theory_seeds: tuple = (0, 1, 2)

    # table 5, with the candidate multiples of a neuron's own time constant
    neuron_trials: tuple = (250, 150, 500)
    neuron_size: int = 32
    neuron_rate: float = 1e-2
    neuron_epochs: int = 20
    neuron_scales: tuple = (1.0, 0.25, 4.0)


FULL = Settings()
QUICK = Settings(
    seeds=(0, 1),
    more_seeds=(5, 6),
    trials=(200, 100, 300),
    sizes=(16,),
    rates=(1e-2,),
    epochs=24,
    taus=(5.0, 20.0, 100.0),
    strong_scales=(3.0,),
    strong_rates=(3e-2,),
    strong_epochs=36,
    channels_and_steps=(10, 512),
    train_and_test=(200, 300),
    pairs=((0, 1), (3, 8), (4, 9)),
    images=400,
    folds=3,
    network_epochs=8,
    calls=200,
    descent_steps=60,
    theory_seeds=(0,),
    neuron_trials=(100, 50, 100),
    neuron_epochs=4,
    neuron_scales=(1.0, 3.0),
)
