"""Classifier on top of a network: readout and class weights."""

import numpy as np
import pytest
from sklearn.base import clone

from skspike import SNNClassifier, SNNTransformer, SpikeEncoder
from skspike._networks._fitted_network import checked, run
from skspike.learning import RULES

every_rule = pytest.mark.parametrize("rule", [None, *RULES])


@pytest.fixture
def data(rng):
    """60 samples of 4 features, in three classes that differ in their first two."""
    y = np.arange(60) % 3
    return rng.normal(size=(60, 4)) + np.pad(2.0 * np.eye(3)[y][:, :2], ((0, 0), (0, 2))), y


def network(**parameters):
    return SNNClassifier(
        **{"hidden_layer_sizes": 9, "n_steps": 20, "max_iter": 4, "random_state": 0, **parameters})


@every_rule
def test_the_public_readout_gives_the_decision(rule, data):
    fitted = network(rule=rule).fit(*data)
    counts = run(fitted, checked(fitted, data[0]), fitted.rule_.respond)
    expected = (
        (counts - fitted.feature_mean_) / fitted.feature_scale_ @ fitted.decoder_coef_
        + fitted.decoder_intercept_)
    np.testing.assert_allclose(fitted.decision_function(data[0]), expected)


def test_an_estimator_that_is_not_fitted_has_no_readout():
    assert not any(hasattr(network(), name) for name in ("decoder_coef_", "feature_mean_"))


def test_a_warm_start_continues_from_the_readout(data):
    fitted = network(warm_start=True, max_iter=1, learning_rate=1e-9).fit(*data)
    before = fitted.decoder_coef_.copy()
    np.testing.assert_allclose(fitted.fit(*data).decoder_coef_, before, atol=1e-6)


@every_rule
def test_a_class_of_weight_0_is_not_learned(rule, data):
    X, y = data
    names = np.array(["a", "b", "c"])[y]
    fitted = network(
        rule=rule, class_weight={"b": 0}, max_iter=60, learning_rate=0.03, alpha=0.0)
    if rule == "surrogate":
        fitted.set_params(rule__dropout=0.0)
    fitted.fit(X, names)
    assert fitted.classes_.tolist() == ["a", "b", "c"]
    # samples of the class itself are unlike all that was learned
    assert fitted.rule_.poor_score or set(fitted.predict(X[y != 1])) == {"a", "c"}
    assert np.isfinite(fitted.predict_log_proba(X)).all()


@every_rule
@pytest.mark.parametrize("unit", [1e-307, 4e307])
def test_class_weights_have_no_unit(unit, rule, data):
    X, y = data
    one, other = (
        network(rule=rule, class_weight={0: 2.0 * u, 1: 4.0 * u, 2: u}).fit(X, y)
        for u in (1.0, unit))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-4)


def test_labels_of_other_folds_may_have_weights(data):
    X, y = data
    X, y = X[y < 2], y[y < 2]
    one, other = (
        network(class_weight=weight).fit(X, y) for weight in ({0: 1, 1: 3}, {0: 1, 1: 3, 2: 5}))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


@pytest.mark.small
@pytest.mark.parametrize("name", ["n_steps", "dt"])
def test_a_network_and_its_encoder_must_agree_on_steps(name):
    X, y = np.random.default_rng(0).random((12, 3)), np.arange(12) % 2
    values = {"n_steps": 9, "dt": 0.5}
    network = SNNClassifier(3, encoder=SpikeEncoder(**values), max_iter=1, random_state=0)
    fitted = clone(network).set_params(**{name: values[name]}).fit(X, y)
    assert (fitted.n_steps_, fitted.dt_) == (9, 0.5)
    network.set_params(**{name: 2})
    with pytest.raises(ValueError, match=f"{name}=2.* differs from {name}={values[name]} of the"):
        network.fit(X, y)
    assert not hasattr(network, "weights_")


@pytest.mark.small
@pytest.mark.parametrize(("n_steps", "network"), [
    (10, SNNClassifier()),
    (10, SNNClassifier(encoder=SpikeEncoder("direct"))),
    (30, SNNClassifier(encoder=SpikeEncoder())),
    (30, SNNClassifier(encoder=SpikeEncoder("latency"))),
    (100, SNNClassifier(encoder=SpikeEncoder("poisson"))),
    (100, SNNClassifier(encoder=SpikeEncoder(), rule="stdp")),
    (100, SNNClassifier(encoder=SpikeEncoder(), delays=(0, 20))),
    (100, SNNTransformer(encoder=SpikeEncoder())),
    (7, SNNClassifier(encoder=SpikeEncoder(), n_steps=7)),
    (7, SNNClassifier(encoder=SpikeEncoder(n_steps=7)))], ids=repr)
def test_noise_and_other_rules_need_more_steps_of_a_table(network, n_steps):
    X, y = np.random.default_rng(0).random((12, 3)), np.arange(12) % 2
    fitted = clone(network).set_params(hidden_layer_sizes=3, max_iter=1, random_state=0).fit(X, y)
    assert fitted.n_steps_ == n_steps
    assert fitted.encoder_ is None or fitted.encoder_.n_steps_ == n_steps


@pytest.mark.small
def test_series_keep_their_length_also_if_the_network_has_steps_for_tables():
    X, y = np.random.default_rng(0).random((12, 3, 14)), np.arange(12) % 2
    network = SNNClassifier(3, encoder=SpikeEncoder(), n_steps=7, max_iter=1, random_state=0)
    assert network.fit(X, y).n_steps_ == 14
