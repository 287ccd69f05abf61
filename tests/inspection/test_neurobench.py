"""Operations of networks equal the neurobench package on the same networks in snntorch.

The package needs torch and snntorch: python -m pip install ".[test,neurobench]".
"""

import numpy as np
import pytest

from skspike import SNNClassifier, SNNTransformer
from skspike.inspection import synaptic_operations

REASON = (
    'compares with the neurobench package, which is not installed: python -m pip install '
    '".[neurobench]"')
pytest.importorskip("neurobench", reason=REASON, exc_type=ImportError)

import snntorch  # noqa: E402
import torch  # noqa: E402
from neurobench.benchmarks import Benchmark  # noqa: E402
from neurobench.metrics import workload  # noqa: E402
from neurobench.models import SNNTorchModel  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

N_STEPS = 40


def linear(weights, bias=None):
    """Return a linear layer of torch from weights of shape (n_inputs, n_outputs)."""
    layer = torch.nn.Linear(*weights.shape, bias=bias is not None)
    layer.weight = torch.nn.Parameter(torch.tensor(weights.T, dtype=torch.float32))
    if bias is not None:
        layer.bias = torch.nn.Parameter(torch.tensor(bias, dtype=torch.float32))
    return layer


class Twin(torch.nn.Module):
    """The LIF network and readout of an estimator in snntorch. Time is the second axis."""

    def __init__(self, estimator):
        super().__init__()
        self.synapses = torch.nn.ModuleList(map(linear, estimator.weights_))
        self.neurons = torch.nn.ModuleList(
            snntorch.Leaky(
                beta=torch.tensor(np.exp(-estimator.dt_ / tau), dtype=torch.float32),
                threshold=torch.tensor(theta, dtype=torch.float32), reset_mechanism="zero",
                reset_delay=False, init_hidden=True)
            for tau, theta in zip(
                estimator.intrinsics_["tau_mem"], estimator.intrinsics_["threshold"], strict=True))
        self.readout = None
        if hasattr(estimator, "decoder_coef_"):
            coef = estimator.decoder_coef_ / estimator.feature_scale_[:, None]
            offset = estimator.decoder_intercept_ - estimator.feature_mean_ @ coef
            self.readout = linear(coef, offset)

    def forward(self, data):
        for layer in self.neurons:
            layer.reset_mem()
        steps = []
        for t in range(data.shape[1]):
            x = data[:, t]
            for synapse, layer in zip(self.synapses, self.neurons, strict=True):
                x = layer(synapse(x))
            steps.append(x)
        spikes = torch.stack(steps)
        return spikes if self.readout is None else self.readout(spikes.sum(axis=0))[None]


def neurobench_figures(estimator, X):
    """Return the operations of the neurobench package and the output of the twin, in one batch."""
    if X.ndim == 2:
        X = np.repeat(X[:, :, None], N_STEPS, axis=2)
    data = torch.tensor(X, dtype=torch.float32).transpose(1, 2)
    model = SNNTorchModel(Twin(estimator), custom_forward=True)
    loader = DataLoader(TensorDataset(data, torch.zeros(len(X))), batch_size=len(X))
    with torch.no_grad():
        metrics = [[], [workload.SynapticOperations]]
        figures = Benchmark(model, loader, [], [], metrics).run(quiet=True)
        return figures, model(data).numpy()


def check(estimator, X):
    """Compare the operations with the neurobench package and return the operations."""
    figures, output = neurobench_figures(estimator, X)
    # check that the twin gives the same output
    if hasattr(estimator, "decoder_coef_"):
        assert output[:, 0] == pytest.approx(estimator._logits(X), rel=1e-4, abs=1e-4)
    else:
        assert np.array_equal(output.transpose(0, 2, 1), estimator.transform(X))
    operations = synaptic_operations(estimator, X)
    theirs = figures["SynapticOperations"]
    assert operations == pytest.approx(
        (theirs["Effective_ACs"], theirs["Effective_MACs"], theirs["Dense"]), rel=1e-12)
    return operations


def prune(estimator, rng):
    """Set a quarter of the weights of a fitted network to zero."""
    for weights in estimator.weights_:
        weights[rng.random(weights.shape) < 0.25] = 0
    return estimator


@pytest.fixture
def spikes(rng):
    """A raster of 30 samples and 12 channels, with rates of two classes."""
    return (
        rng.random((30, 12, N_STEPS)) < np.repeat([0.1, 0.3], 15)[:, None, None]).astype(np.uint8)


@pytest.fixture
def labels():
    """Two classes of 15 samples."""
    return np.repeat([0, 1], 15)


def test_spikes_through_two_layers(spikes, labels, rng):
    network = SNNTransformer(
        (20, 9), learn_intrinsic=("tau_mem", "threshold"), max_iter=5, random_state=0).fit(
        spikes, labels)
    operations = check(prune(network, rng), spikes)
    assert operations.acs > 0 == operations.macs


def test_constant_currents(labels, rng):
    X = rng.normal(size=(30, 12)) * (rng.random((30, 12)) < 0.7)
    network = SNNTransformer((20, 9), rule=None, n_steps=N_STEPS, random_state=0).fit(X)
    operations = check(prune(network, rng), X)
    assert operations.acs > 0 < operations.macs


def test_a_classifier_with_its_readout(spikes, labels, rng):
    classifier = SNNClassifier(
        (20, 9), learn_intrinsic=("tau_mem", "threshold"), max_iter=5, random_state=0).fit(
        spikes, labels)
    operations = check(prune(classifier, rng), spikes)
    assert operations.acs > 0 < operations.macs
