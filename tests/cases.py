"""Estimators, functions and forms of input that several test modules share."""

import inspect

import numpy as np
import pandas as pd

from skspike import (
    EarlyClassifier, LZCClassifier, LZCTransformer, SlidingDecoder, SNNClassifier, SNNTransformer,
    SpikeCounter, SpikeEncoder, SpikeTrainClassifier, SpikingPatches, SpikingRocket, inspection,
    trains)
from skspike.complexity import LZ76, LZ78

ENCODER = SpikeEncoder(n_steps=15)
FLAT = np.random.default_rng(0).random((24, 4))
RASTER = (np.random.default_rng(1).random((24, 4, 15)) < 0.4).astype(np.uint8)
Y = np.arange(24) % 3


def network(cls, **parameters):
    return cls(
        **{"hidden_layer_sizes": 5, "n_steps": 15, "max_iter": 2, "random_state": 0, **parameters})


ESTIMATORS = {
    "SpikeEncoder": SpikeEncoder(n_steps=15),
    "SNNTransformer": network(SNNTransformer),
    "SNNClassifier": network(SNNClassifier),
    "SNNClassifier with encoder": network(SNNClassifier, encoder=ENCODER),
    "reservoir": network(SNNTransformer, rule=None),
    "SpikeCounter": SpikeCounter(),
    "LZCTransformer": LZCTransformer(),
    "LZCClassifier": LZCClassifier(),
    "SpikeTrainClassifier": SpikeTrainClassifier(),
    "SlidingDecoder": SlidingDecoder(cv=3),
    "EarlyClassifier": EarlyClassifier(network(SNNClassifier, readout="count"), cv=3),
    "SpikingPatches": SpikingPatches(5, image_shape=(2, 2), random_state=0),
    "SpikingRocket": SpikingRocket(5, random_state=0),
    "streaming SpikingRocket": SpikingRocket(5, streaming=True, random_state=0),
    "EarlyClassifier of random neurons": EarlyClassifier(
        SpikingRocket(5, streaming=True, random_state=0))}


def out(estimator):
    """Return the method `transform` or `predict` of an estimator."""
    return estimator.transform if hasattr(estimator, "transform") else estimator.predict


def readers():
    """Yield every public function, method and display that reads trains or features."""
    for name in trains.__all__:
        function = getattr(trains, name)
        if inspect.isfunction(function):
            if next(iter(inspect.signature(function).parameters)) == "raster":
                yield name, function
    yield "lz76", LZ76().each
    yield "lz78", LZ78().joint
    yield "RasterDisplay", inspection.RasterDisplay.from_raster
    yield "ComplexityDisplay", lambda x: inspection.ComplexityDisplay.from_features(x, Y)


READERS = dict(readers())

# containers of equal values
READABLE = {
    "lists": np.ndarray.tolist,
    "tuple of arrays": tuple,
    "data frame": pd.DataFrame,
    "objects": lambda x: x.astype(object),
    "longdouble": lambda x: x.astype(np.longdouble),
    "mask of nothing": np.ma.masked_array,
    "memory": memoryview,
}
# arrays of equal values
FORMS = {
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "int64": lambda X: X.astype(np.int64),
    "uint8": lambda X: X.astype(np.uint8),
    "big endian": lambda X: X.astype(">f8"),
    "list": lambda X: X.tolist(),
    "fortran": np.asfortranarray,
    "strided": lambda X: np.repeat(X, 2, axis=-1)[..., ::2],
    "backwards": lambda X: X[::-1, ..., ::-1].copy()[::-1, ..., ::-1],
    "transposed": lambda X: X.T.copy().T,
    "unaligned": lambda X: np.frombuffer(
        b"." + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)}
