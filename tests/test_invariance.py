"""Results do not depend on batches, order of rows, threads, and layout and type of the input."""

import joblib
import numpy as np
import pytest
from cases import FORMS
from parts import cover
from sklearn.base import clone
from sklearn.utils import shuffle

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.coding import CODINGS, _encoder
from skspike.learning import STDP, PairSTDP, Tempotron
from skspike.neurons import LIF, NEURONS
from skspike.simulation import _network

N_ROWS, N_CHANNELS, N_STEPS = 12, 5, 24
Y = np.arange(N_ROWS) % 3


def table(n_rows=N_ROWS):
    return np.random.default_rng(1).integers(0, 10, (n_rows, N_CHANNELS)).astype(float)


def series():
    return np.random.default_rng(2).integers(0, 10, (N_ROWS, N_CHANNELS, 2 * N_STEPS)).astype(float)


def spikes():
    return (np.random.default_rng(3).random((N_ROWS, N_CHANNELS, N_STEPS)) < 0.4).astype(float)


def network(cls=SNNTransformer, **parameters):
    return cls(
        (6, 4), n_steps=N_STEPS, random_state=0, **{"max_iter": 1, "batch_size": 5, **parameters})


def coded(kind, make, ndim):
    """Return an encoder for every coding that takes input with this number of dimensions."""
    takes = [name for name, cls in CODINGS.items() if ndim not in cls.refuses]
    return {
        f"{name} {kind}": (SpikeEncoder(name, n_steps=N_STEPS, random_state=0), make)
        for name in takes}


ENCODERS = {**coded("features", table, 2), **coded("series", series, 3)}
CASES = dict(ENCODERS)
INPUTS = {"currents": table, "raster": spikes}
CASES |= {
    f"{neuron} {kind}": (network(neuron=neuron), INPUTS[kind])
    for neuron, kind in [*cover([*NEURONS], [*INPUTS]), *(("lif", kind) for kind in INPUTS)]}
CASES |= {
    "network with encoder": (network(encoder=SpikeEncoder("poisson", n_steps=N_STEPS)), table),
    "network with encoder of series": (
        network(encoder=SpikeEncoder("poisson", n_steps=N_STEPS)), series),
    "reservoir": (network(rule=None), spikes),
    "recurrent network of spikes": (network(recurrent=True), spikes),
    "recurrent network of currents": (network(recurrent=(True, False)), table)}


@pytest.fixture(scope="module", params=CASES)
def fitted(request):
    """A fitted transformer, its input and its rasters."""
    estimator, data = CASES[request.param]
    X = data()
    estimator = clone(estimator).fit(X, Y)
    raster = estimator.transform(X)
    assert raster.std() > 0.05
    return estimator, X, raster


@pytest.fixture
def many_groups(monkeypatch):
    """Encode and simulate one sample at a time, so that few samples keep several threads busy."""
    monkeypatch.setattr(_encoder, "BUDGET", 1)
    monkeypatch.setattr(_network, "BUDGET", 1)
    monkeypatch.setattr(_network, "CHUNK", 1)


def test_rasters_are_contiguous_uint8_of_0_and_1_and_currents_float32(fitted):
    estimator, X, raster = fitted
    assert raster.shape == (N_ROWS, len(estimator.get_feature_names_out()), N_STEPS)
    is_current = isinstance(estimator, SpikeEncoder) and estimator.coding_.returns_currents
    assert raster.dtype == (np.float32 if is_current else np.uint8) and raster.flags.c_contiguous
    assert is_current or set(np.unique(raster)) == {0, 1}


@pytest.mark.small
def test_raster_of_a_row_is_the_same_alone(fitted):
    estimator, X, raster = fitted
    for k in range(N_ROWS):
        np.testing.assert_array_equal(estimator.transform(X[k : k + 1])[0], raster[k])


def test_raster_of_a_row_is_the_same_in_any_batch_and_order(fitted, rng):
    estimator, X, raster = fitted
    for size in (2, 7, N_ROWS, 3 * N_ROWS):
        rows = rng.integers(0, N_ROWS, size)
        np.testing.assert_array_equal(estimator.transform(X[rows]), raster[rows])


def test_raster_depends_on_the_values_alone(fitted):
    estimator, X, raster = fitted
    for name, form in FORMS.items():
        np.testing.assert_array_equal(estimator.transform(form(X)), raster, err_msg=name)


@pytest.mark.parametrize(
    "kind", [*(f"lif {kind}" for kind in INPUTS), "network with encoder", *ENCODERS])
def test_raster_is_the_same_from_any_number_of_threads(kind, many_groups):
    estimator, data = CASES[kind]
    X = data()
    estimator = clone(estimator).fit(X, Y)
    raster = estimator.transform(X)
    for n_jobs in (2, 3, -1):
        np.testing.assert_array_equal(estimator.set_params(n_jobs=n_jobs).transform(X), raster)


def state(network):
    """Return everything that a network has learned as one list of arrays."""
    arrays = [
        *network.weights_, *sum(network.intrinsics_.values(), []), np.asarray(network.loss_curve_)]
    return arrays + (
        [network.decoder_coef_, network.decoder_intercept_] if hasattr(network, "decoder_coef_")
        else [])


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(state(one), state(other), strict=True))


INPUTS = {
    "currents": (table, {}),
    "raster": (spikes, {}),
    "encoder": (table, {"encoder": SpikeEncoder("poisson", n_steps=N_STEPS)}),
    "early stopping": (spikes, {"early_stopping": True, "validation_fraction": 0.4}),
}


@pytest.fixture(params=INPUTS)
def case(request):
    """Input, and the parameters that go with it."""
    data, parameters = INPUTS[request.param]
    return data(), {**parameters, "max_iter": 2}


@pytest.mark.parametrize("cls", [SNNTransformer, SNNClassifier])
def test_fit_is_the_same_from_any_number_of_threads(case, cls, many_groups):
    X, parameters = case
    one = network(cls, **parameters).fit(X, Y)
    for n_jobs in (2, 3):
        assert same(network(cls, n_jobs=n_jobs, **parameters).fit(X, Y), one)


def test_fit_depends_on_the_values_alone(case, tmp_path):
    X, parameters = case
    one = network(SNNClassifier, **parameters).fit(X, Y)
    joblib.dump(X, tmp_path / "X")
    for given in (
            joblib.load(tmp_path / "X", mmap_mode="r"), *(form(X) for form in FORMS.values())):
        assert same(network(SNNClassifier, **parameters).fit(given, Y), one)


@pytest.mark.parametrize("cls", [SNNTransformer, SNNClassifier])
def test_seed_fixes_the_fit(case, cls):
    X, parameters = case
    one = network(cls, **parameters).fit(X, Y)
    assert same(network(cls, **parameters).fit(X, Y), one)
    assert same(clone(one).fit(X, Y), one)
    assert same(
        network(cls, **parameters).set_params(random_state=np.random.RandomState(0)).fit(X, Y), one)
    assert not same(network(cls, **parameters).set_params(random_state=1).fit(X, Y), one)


def test_predictions_do_not_depend_on_batch_order_or_threads(case, many_groups, rng):
    X, parameters = case
    classifier = network(SNNClassifier, **parameters).fit(X, Y)
    probabilities, labels = classifier.predict_proba(X), classifier.predict(X)
    rows = rng.permutation(N_ROWS)
    np.testing.assert_array_equal(classifier.predict(X[rows]), labels[rows])
    np.testing.assert_array_equal(
        np.concatenate([classifier.predict(x[np.newaxis]) for x in X]), labels)
    np.testing.assert_allclose(classifier.predict_proba(X[rows]), probabilities[rows], rtol=1e-12)
    np.testing.assert_array_equal(classifier.set_params(n_jobs=2).predict_proba(X), probabilities)


@pytest.mark.parametrize(("rule", "half"), [
    (STDP(), STDP(tau_pre=10.0)),
    (PairSTDP(tau_theta=1000.0),
     PairSTDP(tau_pre=10.0, tau_post=10.0, tau_theta=500.0, target_rate=40.0)),
    (Tempotron(tau_starts=None), Tempotron(tau_starts=None))],
    ids=lambda rule: type(rule).__name__)
def test_half_the_step_and_half_of_all_times_give_the_same_network(rule, half):
    one, other = (
        SNNClassifier(
            6, rule=rule, neuron=LIF(tau_mem=40.0 * dt, tau_syn=8.0 * dt), dt=dt, max_iter=2,
            learn_intrinsic=False, random_state=0).fit(spikes(), Y)
        for rule, dt in ((rule, 1.0), (half, 0.5)))
    np.testing.assert_array_equal(one.weights_[0], other.weights_[0])
    scores = one.decision_function(spikes()), other.decision_function(spikes())
    np.testing.assert_array_equal(*scores)


def dense(events):
    """Events as a raster, (len(rows), n_channels, n_steps)."""
    raster = np.zeros((len(events.rows), events.n_channels, events.n_steps), np.uint8)
    events = events.with_channels()
    for b, row in enumerate(events.rows):
        for c in range(events.n_channels):
            k = row * events.n_channels + c
            raster[
                b, c,
                events.by_channel.idx[events.by_channel.ptr[k] : events.by_channel.ptr[k + 1]]] = 1
    return raster


@pytest.fixture
def noisy():
    """Return training input with an encoder. Rows are equal, so that they differ in noise only."""
    X = np.repeat([[1.0, 2.0, 3.0, 4.0]], 20, axis=0)
    encoder = SpikeEncoder("poisson", n_steps=30, value_range=(0, 5), random_state=0).fit(X)
    settings = settings_of(SNNTransformer(encoder=encoder), X)
    return Inputs(X, settings, encoder), encoder.transform(X)


@pytest.mark.small
def test_training_noise_is_fresh_in_every_epoch_and_row(noisy):
    inputs, _ = noisy
    rows = np.arange(20)
    trains = np.concatenate([dense(inputs.batch(rows, epoch)) for epoch in range(3)])
    assert len(np.unique(trains, axis=0)) == 60


@pytest.mark.small
def test_training_noise_of_a_row_does_not_depend_on_its_batch(noisy):
    inputs, _ = noisy
    every = dense(inputs.batch(np.arange(20), 7))
    for rows in (np.array([3]), shuffle(np.arange(20), random_state=0), np.array([5, 4])):
        np.testing.assert_array_equal(dense(inputs.batch(rows, 7)), every[rows])


@pytest.mark.small
def test_without_an_epoch_the_noise_is_that_of_transform(noisy):
    inputs, raster = noisy
    np.testing.assert_array_equal(dense(inputs.batch(np.arange(20))), raster)
    assert len(np.unique(raster, axis=0)) == 1


@pytest.mark.small
def test_events_of_rasters_are_the_same_in_every_epoch():
    X = spikes().astype(np.uint8)
    inputs = Inputs(X, settings_of(SNNTransformer(), X))
    rows = np.array([4, 0, 2])
    np.testing.assert_array_equal(dense(inputs.batch(rows, 0)), spikes()[rows])
    np.testing.assert_array_equal(dense(inputs.batch(rows, 1)), spikes()[rows])


def test_encoder_inside_a_network_equals_the_encoder_before_it():
    X = table()
    inside = network(
        rule=None, encoder=SpikeEncoder("poisson", n_steps=N_STEPS, random_state=5)).fit(X)
    raster = SpikeEncoder("poisson", n_steps=N_STEPS, random_state=5).fit_transform(X)
    np.testing.assert_array_equal(inside.encoder_.transform(X), raster)
    np.testing.assert_array_equal(
        inside.transform(X), network(rule=None).fit(raster).transform(raster))


def test_seed_of_a_network_fixes_its_encoder_unless_that_has_its_own():
    X = table()

    def seed(outer, inner=None):
        return network(encoder=SpikeEncoder(random_state=inner)).set_params(
            random_state=outer).fit(X, Y).encoder_.seed_

    assert seed(0) == seed(0) != seed(1)
    assert seed(0, 3) == seed(1, 3)
