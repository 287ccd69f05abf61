"""Conversion of perceptrons to networks of integrate-and-fire neurons."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification, make_multilabel_classification
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder, from_mlp, trusted_types
from skspike.coding import CODINGS, IntegrateAndFire
from skspike.learning import INTEGRATOR, Reservoir, Rule, SurrogateGradient, _conversion
from skspike.learning._conversion import PERCENTILES
from skspike.neurons import LIF


def table(n_classes=3, n_samples=200):
    """Return a table with values from -1 to 1, and classes."""
    X, y = make_classification(
        n_samples, 6, n_informative=5, n_redundant=0, n_classes=n_classes, random_state=0)
    return np.tanh(X / 2), y


def perceptron(X, y, cls=MLPClassifier, sizes=(12,), **parameters):
    """Return a fitted perceptron."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # training need not converge
        return cls(
            hidden_layer_sizes=sizes, max_iter=60, random_state=0, **parameters).fit(X, y)


def exact(n_steps):
    """Return an encoder that limits no value of `table`."""
    return SpikeEncoder(coding=IntegrateAndFire(gain=0.2, signed=True), n_steps=n_steps)


def counts_of(network, X):
    """Return the spike counts of the neurons of a converted network."""
    layer = SNNTransformer(
        network.hidden_layer_sizes, neuron=INTEGRATOR, encoder=network.encoder_, rule=None,
        random_state=0).fit(X)
    layer.weights_, layer.biases_ = network.weights_, network.biases_
    return layer.transform(X).sum(axis=2)


@pytest.mark.parametrize(("sizes", "n_classes"), [((12,), 3), ((10, 8), 2)])
def test_logits_approach_those_of_the_perceptron_with_the_number_of_steps(sizes, n_classes):
    X, y = table(n_classes)
    mlp = perceptron(X, y, sizes=sizes)
    p = np.log(mlp.predict_proba(X))
    wanted = p[:, 1] - p[:, 0] if n_classes == 2 else p - p.mean(axis=1, keepdims=True)
    errors = []
    for n_steps in (50, 5000):
        network = from_mlp(mlp, X, encoder=exact(n_steps))
        found = network.decision_function(X)
        found = found if n_classes == 2 else found - found.mean(axis=1, keepdims=True)
        errors.append(np.abs(found - wanted).max())
    assert errors[1] < 0.02 * np.abs(wanted).max() and errors[1] < 0.1 * errors[0]
    assert (network.predict(X) == mlp.predict(X)).mean() > 0.98
    assert [weights.shape[1] for weights in network.weights_] == list(sizes)


def test_spike_counts_are_the_rounded_activations():
    X, y = table()
    mlp = perceptron(X, y)
    n_steps = 64
    network = from_mlp(mlp, X, encoder=exact(n_steps))
    activations = np.maximum(X @ mlp.coefs_[0] + mlp.intercepts_[0], 0)
    counts = counts_of(network, X)
    unlimited = counts < n_steps
    scale = (counts * activations)[unlimited].sum() / (counts[unlimited] ** 2).sum()
    # inputs are rounded too
    assert np.abs(counts - activations / scale)[unlimited].mean() < 0.5
    assert counts.max() > 1


def test_further_training_lowers_the_loss():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    mlp = perceptron(X, y, sizes=(32,))
    network = from_mlp(mlp, X, n_steps=3, random_state=0)
    before = network.predict_log_proba(X)[np.arange(len(y)), y].mean()
    network.set_params(warm_start=True, max_iter=3, rule__dropout=0, alpha=0)
    network.fit(X, y)
    after = network.predict_log_proba(X)[np.arange(len(y)), y].mean()
    assert after > before + 0.05
    # intrinsics of the integrators are fixed
    assert np.isinf(network.intrinsics_["tau_mem"][0]).all()


RATES = [
    name for name, cls in CODINGS.items()
    if 2 not in cls.refuses and cls().higher_means != "earlier"]


@pytest.mark.parametrize("coding", RATES[:2])
def test_any_coding_of_values_as_rates_is_decoded(coding):
    X, y = table(2)
    mlp = perceptron(X, y)
    encoder = SpikeEncoder(coding=coding, n_steps=200, random_state=0)
    network = from_mlp(mlp, X, encoder=encoder)
    assert (network.predict(X) == mlp.predict(X)).mean() > 0.85


def test_classes_that_are_never_predicted_remain():
    X, y = table(3)
    mlp = perceptron(X, y)
    some = mlp.predict(X) != 1
    network = from_mlp(mlp, X[some])
    assert network.classes_.tolist() == [0, 1, 2]
    names = perceptron(X, np.array(["a", "b", "c"])[y])
    assert set(from_mlp(names, X).predict(X)) <= {"a", "b", "c"}


def test_regression_and_several_labels_are_converted():
    X, _ = table()
    y = np.stack([X @ np.arange(6), 100 + X[:, 0] * X[:, 1]], axis=1)
    mlp = perceptron(X, y, MLPRegressor, (20,))
    found = from_mlp(mlp, X, encoder=exact(4000)).predict(X)
    wanted = mlp.predict(X)
    assert (np.abs(found - wanted).max(axis=0) < 0.05 * np.ptp(wanted, axis=0)).all()
    X, y = make_multilabel_classification(100, 6, random_state=0)
    mlp = perceptron(X, y)
    network = from_mlp(mlp, X, n_steps=500)
    assert (network.predict(X) == mlp.predict(X)).mean() > 0.95


def test_a_converted_network_is_like_any_other():
    import skops.io  # imports torch, if that is installed

    X, y = table()
    mlp = perceptron(X, y)
    network = from_mlp(mlp, X, max_iter=2, n_jobs=2)
    wanted = network.decision_function(X)
    np.testing.assert_array_equal(
        from_mlp(mlp, X).decision_function(X[::-1])[::-1], wanted)
    content = skops.io.dumps(network)
    loaded = skops.io.loads(content, trusted=trusted_types())
    np.testing.assert_array_equal(loaded.decision_function(X), wanted)
    assert clone(network).fit(X, y).n_iter_ == 2
    stream = network.stream(encoded=True)
    for spikes in network.encoder_.transform(X[:1])[0].T:
        stream.step(spikes)
    np.testing.assert_allclose(stream.decision_function(), wanted[0], rtol=1e-5)


def test_bad_perceptrons_are_refused():
    X, y = table()
    mlp = perceptron(X, y)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier())
    for wrong in (pipeline, "mlp"):
        name = type(wrong).__name__
        with pytest.raises(TypeError, match=f"or MLPRegressor, got {name}.*last step"):
            from_mlp(wrong, X)
    for unfitted in (MLPClassifier(), MLPRegressor()):
        with pytest.raises(ValueError, match=f"Call fit of {type(unfitted).__name__}"):
            from_mlp(unfitted, X)
    with pytest.raises(ValueError, match="activation='relu'.*got activation='tanh'"):
        from_mlp(perceptron(X, y, activation="tanh"), X)
    with pytest.raises(ValueError, match="6 features"):
        from_mlp(mlp, X[:, :4])
    for rows in (X[:1], X[[0, 0, 0]]):
        with pytest.raises(ValueError, match="X must have different rows.*Pass some hundred"):
            from_mlp(mlp, rows)
    counting = perceptron(X, y, MLPRegressor)
    counting.loss, counting.out_activation_ = "poisson", "exp"  # can be fitted since version 1.7
    with pytest.raises(ValueError, match="loss='squared_error'"):
        from_mlp(counting, X)


@pytest.mark.parametrize(
    "parameters, message", [
        ({"neuron": "lif"}, "integrate without leak"),
        ({"neuron": LIF(reset="subtract")}, "integrate without leak"),
        ({"readout": "windows"}, "needs readout='count'"),
        ({"rule": SurrogateGradient(bias=False)}, "needs a rule with bias=True"),
        ({"recurrent": True}, "needs recurrent=False and no delays"),
        ({"delays": (0, 5)}, "needs recurrent=False and no delays"),
    ])
def test_parameters_that_do_not_fit_are_refused(parameters, message):
    X, y = table()
    with pytest.raises(ValueError, match=message):
        from_mlp(perceptron(X, y), X, **parameters)


@pytest.mark.parametrize("rule", [None, "surrogate"])
def test_a_converted_network_has_the_rule_of_the_user(rule):
    X, y = table()
    network = from_mlp(perceptron(X, y), X, rule=rule, max_iter=1)
    assert network.rule == rule and isinstance(network.rule_, Reservoir if rule is None else Rule)
    assert (network.alpha_, network.dropout_) == (0.0, 0.0)
    assert network.set_params(warm_start=True).fit(X, y).n_iter_ == 1


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_the_percentile_of_lowest_weighted_loss_is_chosen(monkeypatch):
    X, y = make_classification(
        300, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
    mlp = MLPClassifier(8, max_iter=300, random_state=0).fit(X, y)
    target, class_weight = mlp.predict(X), {0: 1.0, 1: 1.0, 2: 1000.0}
    chosen = from_mlp(mlp, X, random_state=0, class_weight=class_weight)
    plain, weighted, networks = [], [], []
    for percentile in PERCENTILES:
        monkeypatch.setattr(_conversion, "PERCENTILES", (percentile,))
        network = from_mlp(mlp, X, random_state=0)
        p = network.predict_proba(X)
        plain.append(log_loss(target, p))
        weighted.append(
            log_loss(target, p, sample_weight=[class_weight[label] for label in target]))
        networks.append(network)
    best = int(np.argmin(weighted))
    assert best != np.argmin(plain)
    np.testing.assert_array_equal(chosen.weights_[0], networks[best].weights_[0])


def test_equal_samples_count_as_often_as_they_occur(monkeypatch):
    X, y = table()
    mlp = perceptron(X, y)
    low = np.argsort(np.maximum(X[:40] @ mlp.coefs_[0] + mlp.intercepts_[0], 0).sum(axis=1))[:5]
    often = np.repeat(X[:40], np.where(np.isin(np.arange(40), low), 30, 1), axis=0)
    network = from_mlp(mlp, often, encoder=exact(20))
    layer = SNNTransformer(
        12, neuron=INTEGRATOR, encoder=exact(20), rule=None, random_state=0).fit(often)
    layer.weights_, layer.biases_ = network.weights_, network.biases_
    counts = layer.transform(often).sum(axis=2)
    np.testing.assert_allclose(network.feature_mean_, counts.mean(axis=0), rtol=1e-9)
    # the median of the activations is one spike per step
    monkeypatch.setattr(_conversion, "PERCENTILES", (50.0,))
    weights, medians = [], []
    for rows in (often, X[:40]):
        weights.append(from_mlp(mlp, rows, encoder=exact(20)).weights_[0])
        activations = np.maximum(rows @ mlp.coefs_[0] + mlp.intercepts_[0], 0)
        medians.append(np.median(activations[activations > 0]))
    ratio = medians[1] / medians[0]
    assert ratio > 1.3
    np.testing.assert_allclose(np.median(weights[0] / weights[1]), ratio, rtol=0.1)


@pytest.mark.small
@pytest.mark.parametrize(("coding", "n_steps"), [("integrate_and_fire", 30), ("poisson", 100)])
def test_an_encoder_without_steps_presents_those_of_a_fit(coding, n_steps):
    X, y = table(2)
    encoder = SpikeEncoder(coding, random_state=0)
    network = from_mlp(perceptron(X, y), X[:8], encoder=encoder)
    assert network.n_steps is None
    assert network.n_steps_ == SNNClassifier(
        4, encoder=encoder, max_iter=1).fit(X[:8], y[:8]).n_steps_ == n_steps
