"""skspike, with its public estimators, including their input checks.

Rasters have the format of users: uint8 (samples, channels, steps).
"""

from dataclasses import replace

import numpy as np
from sklearn.pipeline import make_pipeline

from skspike import (
    Convolution, LZCClassifier, SNNClassifier, SNNTransformer, SpikeEncoder, stream_of)
from skspike.coding import Augment, Poisson
from skspike.complexity import LZ76
from skspike.learning import SurrogateGradient, Tempotron, hard_spikes
from skspike.neurons import LIF
from skspike.simulation import Layer, Network, from_raster, groups, layouts

from ..clock import EpochEnds
from ..cores import Record

PACKAGES = ("skspike", "scikit-learn", "numpy", "numba")
EPOCHS = 3
CORES = (2, 4, 8, 16)


def forward(data, n_jobs=None):
    """Return a call that computes the spikes of a layer."""
    raster = data["raster"]
    model = SNNTransformer(data["weights"].shape[1], rule=None, n_jobs=n_jobs).fit(raster[:8])
    model.weights_, model.recurrent_weights_ = [data["weights"]], [data.get("recurrent")]
    return lambda: model.transform(raster)


density = forward


def classifier(data, **parameters):
    """Return a classifier for the training topics."""
    settings = {
        "readout": "count", "recurrent": "recurrent" in data, "batch_size": 128, "random_state": 0}
    return SNNClassifier(data["weights"].shape[1], **{**settings, **parameters})


def fit(data, **parameters):
    """Return a call that fits for one epoch, including setup and evaluation."""
    model = classifier(data, max_iter=1, **parameters)
    raster = data["raster"]
    labels = data["labels"]

    def call():
        model.fit(raster, labels)
        return model.loss_curve_[0]

    return call


def training(data, **parameters):
    """Return a call that measures one epoch."""
    raster, labels = data.get("x", data.get("raster")), data["labels"]
    return epoch_of(classifier(data, max_iter=1 + EPOCHS, **parameters), raster, labels)


def epoch_of(model, X, y):
    """Return a call that fits a model, and returns the median time from one epoch to the next."""
    def call():
        ends = EpochEnds()
        model.set_callbacks(ends).fit(X, y)
        return ends.median()

    return call


def encoded(data, n_jobs):
    """Return a call that measures one epoch of a network that encodes features itself."""
    encoder = SpikeEncoder(
        Poisson(max_rate=1000.0), n_steps=int(data["steps"]), value_range=(0.0, 1.0))
    return training(data, encoder=encoder, n_jobs=n_jobs)


def cores(data):
    """Return a call that returns the seconds of the parts of a training step.

    The keys are "serial", "locked" and numbers of cores, for the modelled time of the step, and
    "chunks" for the number of chunks. The times are differences of a long and a short fit.
    """
    raster, labels = data["raster"], data["labels"]
    short, long = (classifier(data, max_iter=n) for n in (1, 1 + EPOCHS))

    def call():
        fewer, more = (
            Record.of(lambda model=model: model.fit(raster, labels)) for model in (short, long))
        n_steps = len(more.steps) - len(fewer.steps)

        def per_step(seconds):
            return (seconds(more) - seconds(fewer)) / n_steps

        return {
            "chunks": len(fewer.steps[0][0]),
            "serial": per_step(lambda record: record.total - record.parallel),
            "locked": per_step(lambda record: record.locked),
            **{n: per_step(lambda record, n=n: record.seconds(n)) for n in (1, *CORES)}}

    return call


def temporal(data):
    """Return a call that measures one epoch of the network for tasks in time."""
    return training(
        data, delays=data["delays"].tolist(), readout="windows", alpha=30.0,
        rule=SurrogateGradient(dropout=0.2))


def augmented(data, amount=0.0):
    """Return a call that measures one epoch of that network, with augmentation or without."""
    augment = Augment(*[amount] * 4) if amount else None
    return training(
        data, delays=data["delays"].tolist(), readout="windows",
        rule=SurrogateGradient(augment=augment))


def tempotron(data):
    """Return a call that measures one epoch.

    Training has a single initial time constant and no validation part.
    """
    return training(data, rule=Tempotron(tau_starts=None), readout="auto", batch_size=32)


def stdp(data):
    """Return a call that trains on all samples once."""
    model = SNNTransformer(int(data["hidden"]), rule="stdp", max_iter=1, random_state=0)
    raster = data["raster"]
    return lambda: model.fit(raster).n_iter_


def lz76(data):
    """Return a call that counts the words of all trains."""
    trains = data["trains"]
    return lambda: LZ76().each(trains)


def encoding(data):
    """Return a call that draws spikes (samples, channels, steps)."""
    x, coding = data["x"], Poisson(max_rate=1000.0)
    encoder = SpikeEncoder(
        coding, n_steps=int(data["steps"]), value_range=(0.0, 1.0), random_state=0).fit(x)
    return lambda: encoder.transform(x)


def latency(data, hidden):
    """Return a call that predicts the class of one sample of numbers."""
    x, labels = data["x"], data["labels"]
    encoder = SpikeEncoder(n_steps=int(data["steps"]), random_state=0)
    model = make_pipeline(
        encoder, SNNTransformer(hidden, max_iter=2, random_state=0), LZCClassifier()).fit(x, labels)
    row = x[:1]
    return lambda: model.predict(row)


def stream(data, recurrent):
    """Return a call that processes the steps of one train one at a time."""
    raster = data["raster"]
    model = SNNTransformer(
        data["weights"].shape[1], recurrent=recurrent, rule=None, random_state=0).fit(raster)
    model.weights_ = [data["weights"]]
    stream, steps = model.stream(), np.ascontiguousarray(raster[0].T)

    def call():
        for x in steps:
            spikes = stream.step(x)
        return spikes

    return call


def stream_pipeline(data, hidden):
    """Return a call that encodes and processes the steps of one series one at a time."""
    series, labels = data["series"], data["labels"]
    model = make_pipeline(SpikeEncoder(), SNNClassifier(hidden, max_iter=1, random_state=0))
    stream = stream_of(model.fit(series, labels))
    steps = np.ascontiguousarray(series[0].T)

    def call():
        for x in steps:
            spikes = stream.step(x)
        return spikes

    return call


def memory(data):
    """Return a call that fits for one epoch of one batch.

    A small fit compiles the kernels before.
    """
    n, channels, steps, rate = data["sizes"]
    rng = np.random.default_rng(0)
    raster = np.empty((int(n), int(channels), int(steps)), np.uint8)
    for row in raster:
        row[:] = rng.random(row.shape, dtype=np.float32) < rate
    labels = np.arange(len(raster)) % 2
    model = classifier(data, max_iter=1)
    model.fit(raster[:8, :, :100].copy(), labels[:8])
    return lambda: model.fit(raster, labels)


def convolution_forward(data):
    """Return a call that computes the spikes of a convolutional layer."""
    raster, weights = data["raster"], data["weights"]
    layer = Convolution(
        weights.shape[3], weights.shape[0], stride=int(data["stride"]),
        image_shape=tuple(data["shape"].tolist()))
    model = SNNTransformer(layer, rule=None).fit(raster[:8])
    model.weights_ = [weights]
    return lambda: model.transform(raster)


def convolution_gradient(data):
    """Return a call that computes the gradients of a convolutional layer, forward and backward.

    A second layer also computes the gradients of its inputs.
    """
    raster, weights, second = data["raster"], data["weights"], bool(data["second"])
    n_channels, height, width = data["shape"].tolist()
    layer = Convolution(weights.shape[3], weights.shape[0], stride=int(data["stride"]))
    if second:  # behind a layer with as many filters as channels
        previous, layout = layouts((Convolution(n_channels, 1), layer), (1, height, width))
    else:
        previous, layout = None, *layouts((layer,), (n_channels, height, width))
    own = Layer(weights, LIF().initial(weights.shape[3], None), layout=layout)
    network = Network(LIF(), [own], 1.0, hard_spikes("fast_sigmoid", 5.0))
    dcounts = data["gradient"].reshape(len(raster), 1, -1)
    parts = groups(network, np.arange(len(raster)), raster.shape[2])

    def call():
        (total,) = network.zero_gradient()
        for part in parts:
            (trace,) = network.forward(from_raster(raster[part[0] : part[-1] + 1]))
            lanes = layout.to_lanes(dcounts[part], network.dtype)
            dinputs = network.passes.backward(network.panels[0], trace, lanes, total, second)
            if second:
                layout.input_gradient(dinputs, weights, previous, None)
        return np.abs(network.collect([total])[0].weights)

    return call


def convolution_training(data):
    """Return a call that measures one epoch of a network of convolutions."""
    first, *others = (
        Convolution(int(n), int(size), stride=int(data["stride"]))
        for n, size in zip(data["filters"], data["sizes"], strict=True))
    layers = replace(first, image_shape=(28, 28)), *others
    images, labels = data["images"], data["labels"]
    model = SNNClassifier(
        layers, n_steps=int(data["steps"]), readout="count",
        max_iter=1 + EPOCHS, batch_size=int(data["batch"]), alpha=0.0,
        rule=SurrogateGradient(augment=None, dropout=0.0), random_state=0)
    return epoch_of(model, images, labels)
