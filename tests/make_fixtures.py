"""Write files of fitted models that later versions must load, before each release.

    python tests/make_fixtures.py

There is a model of every kind, with a few neurons and samples, in one file per format, and the
results of the models. Files of released versions are never changed, because users have them.
"""

import functools
import pickle
import zipfile
from pathlib import Path

import joblib
import numpy as np
import skops.io
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

import skspike
from skspike import (
    Convolution, EarlyClassifier, EventDetector, LZCClassifier, LZCTransformer, RejectingClassifier,
    SlidingDecoder, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder,
    SpikeTrainClassifier, SpikingPatches, SpikingRocket)
from skspike.coding import CODINGS, Augment, MoveImages
from skspike.complexity import MEASURES
from skspike.learning import RULES, SurrogateGradient
from skspike.neurons import NEURONS
from skspike.simulation import READOUTS, Leaky
from skspike.trains import EXPERTS, DistanceTransformer

FOLDER = Path(__file__).resolve().parent / "fixtures"
METHODS = ("transform", "predict", "predict_proba")

_rng = np.random.default_rng(0)
FEATURES, SERIES = _rng.random((12, 3)), _rng.random((12, 3, 30))
INPUTS = {"features": FEATURES, "series": SERIES, "raster": (SERIES < 0.4).astype(np.uint8)}
Y = np.arange(12) % 3
# labels in several columns
COLUMNS = {
    "indicator matrix": np.stack([Y % 2, Y // 2], axis=1),
    "columns of classes": np.stack([Y, np.arange(12) // 6], axis=1) + 1}
STEPS = {"values of each step": SERIES[:, :2], "classes of each step": np.rint(SERIES[:, 0])}
EVENTS = {"EventDetector": [[(3, 9, "a"), (15, 22, "b")] for _ in SERIES]}
TARGETS = {**COLUMNS, **STEPS, **EVENTS}


def _network(cls=SNNClassifier, n_neurons=4, **parameters):
    return cls(n_neurons, n_steps=20, max_iter=2, random_state=0, **parameters)


def _models():
    """Yield name, kind of input and estimator for every registered part."""
    for name, coding in CODINGS.items():
        yield f"coding {name}", "series" if 2 in coding.refuses else "features", SpikeEncoder(
            name, n_steps=20, random_state=0)
    for name in NEURONS:
        yield f"neuron {name}", "raster", _network(neuron=name)
    for name in READOUTS:
        yield f"readout {name}", "raster", _network(readout=name)
    for name, rule in {None: None, **RULES}.items():
        for cls in (SNNClassifier, SNNTransformer, SNNRegressor):
            if cls is not SNNRegressor or rule is None or not rule.only_classes:
                yield f"{cls.__name__} rule {name}", "raster", _network(cls, rule=name)
    for name in MEASURES:
        yield f"LZCTransformer {name}", "raster", LZCTransformer(name)
        yield f"LZCClassifier {name}", "raster", LZCClassifier(name, estimator=GaussianNB())
    yield "LZCClassifier relative", "raster", LZCClassifier(relative=True)
    for name in EXPERTS:
        yield f"SpikeTrainClassifier {name}", "raster", SpikeTrainClassifier(name)
    yield "SpikeTrainClassifier partial_fit", "raster", SpikeTrainClassifier()
    yield "two layers", "raster", _network(n_neurons=(4, 3), recurrent=True, delays=(0, 3))
    yield "convolution", "raster", _network(
        n_neurons=(Convolution(2, 1, image_shape=(1, 3)), 3),
        rule=SurrogateGradient(augment=MoveImages((1, 3))))
    yield "augmented", "raster", _network(rule=SurrogateGradient(augment=Augment(time_shift=0.2)))
    yield "encoder inside", "features", _network(encoder=SpikeEncoder(n_steps=20))
    yield "currents", "features", _network()
    yield from ((name, "raster", _network()) for name in COLUMNS)
    each_step = {"readout": Leaky((5.0, 50.0)), "neuron": "lif", "delays": (0, 3), "alpha": 1.0}
    yield "values of each step", "raster", _network(SNNRegressor, **each_step)
    yield "classes of each step", "raster", _network(**each_step)
    yield "EventDetector", "raster", EventDetector(
        _network(**each_step), max_false_alarms=None, cv=2, tolerance=5.0)
    yield "SpikeCounter", "raster", SpikeCounter(2)
    yield "DistanceTransformer", "raster", DistanceTransformer(gamma="scale")
    yield "SpikingRocket", "series", SpikingRocket(70, random_state=0)
    yield "SpikingPatches", "features", SpikingPatches(8, random_state=0)
    yield "SpikingPatches of events", "raster", SpikingPatches(
        8, image_shape=(1, 3), random_state=0)
    yield "RejectingClassifier", "raster", RejectingClassifier(
        make_pipeline(SpikeCounter(2), GaussianNB()), random_state=0)
    yield "SlidingDecoder", "raster", SlidingDecoder(GaussianNB(), window=10.0, cv=2)
    yield "EarlyClassifier", "raster", EarlyClassifier(
        SpikeTrainClassifier("rate"), cv=2, random_state=0)
    yield "RejectingClassifier of early decisions", "raster", RejectingClassifier(
        EarlyClassifier(SpikeTrainClassifier("rate"), cv=2), unknown=-1, random_state=0)
    rocket = SpikingRocket(70, streaming=True)
    yield "SpikingRocket streaming", "series", SpikingRocket(70, streaming=True, random_state=0)
    yield "EarlyClassifier of random neurons", "series", EarlyClassifier(rocket, random_state=0)
    yield "EarlyClassifier of a vote", "series", EarlyClassifier(
        VotingClassifier([("shape", rocket), ("timing", _network())]), cv=2, random_state=0)
    yield "SNNClassifier partial_fit memory", "raster", _network(rule=SurrogateGradient(memory=8))
    for rule in ("surrogate", "stdp", "pair_stdp"):
        yield f"SNNClassifier partial_fit {rule}", "raster", _network(rule=rule)


MODELS = {name: (kind, model) for name, kind, model in _models()}  # kind of input, not fitted


@functools.cache
def fitted(name):
    """Return the fitted model of a name. Models with `partial_fit` can continue."""
    kind, model = MODELS[name]
    if "partial_fit" in name:
        return clone(model).partial_fit(INPUTS[kind], Y, classes=np.unique(Y))
    return clone(model).fit(INPUTS[kind], TARGETS.get(name, Y))


def models():
    """Return a dict of name to (kind of input, fitted estimator)."""
    return {name: (kind, fitted(name)) for name, (kind, _) in MODELS.items()}


def answers(model, X, methods=METHODS):
    """Return a dict of method to its result. Arrays of several columns are joined.

    Of decisions about events, the times are returned.
    """
    found = {method: getattr(model, method)(X) for method in methods if hasattr(model, method)}
    joined = {
        method: np.hstack(result) if isinstance(result, list) else result
        for method, result in found.items()}
    return {
        method: result["time"] if result.dtype.names else result
        for method, result in joined.items()}


def main():
    """Write the folder of this version."""
    made, folder = models(), FOLDER / skspike.__version__
    folder.mkdir(parents=True, exist_ok=True)
    fitted = {name: model for name, (_, model) in made.items()}
    (folder / "models.pickle").write_bytes(pickle.dumps(fitted, protocol=4))
    joblib.dump(fitted, folder / "models.joblib", compress=3)
    skops.io.dump(fitted, folder / "models.skops", compression=zipfile.ZIP_DEFLATED)
    results = dict(INPUTS)
    for name, (kind, model) in made.items():
        results |= {
            f"{kind}|{name}|{method}": value
            for method, value in answers(model, INPUTS[kind]).items()}
    np.savez_compressed(folder / "answers.npz", **results)


if __name__ == "__main__":
    main()
