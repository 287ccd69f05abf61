"""Spike-train classifiers and pipelines are fitted to parts of the data in parallel."""

import functools

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer

from skspike import (
    SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder, SpikeTrainClassifier, fit_in_parts)
from skspike.datasets import make_markov

TRAINS, LABELS = make_markov(90, 3, 40, random_state=0)
FAST = ["history", "rate", "linear"]
RNG = np.random.default_rng(0)
SERIES = RNG.normal(size=(60, 2, 12)).cumsum(axis=2) * [[5.0], [0.1]]
SERIES[:20] += 30
CLASSES = RNG.permutation(np.arange(60) % 2)


def split(X, y, *weight, cuts=(30, 50)):
    """Return three parts of different sizes."""
    rows = np.split(np.arange(len(y)), cuts)
    return [tuple(
        [array[i] for i in at] if isinstance(array, list) else array[at]
        for array in (X, y, *weight)) for at in rows]


def assert_same_classifier(found, wanted, X):
    np.testing.assert_array_equal(found.weights_, wanted.weights_)
    for method in ("decision_function", "log_likelihood", "novelty"):
        np.testing.assert_array_equal(getattr(found, method)(X), getattr(wanted, method)(X))
    assert found.novelty_threshold_ == wanted.novelty_threshold_
    for name in ("n_steps_in_", "n_features_in_", "_n_dims_in", "_equal_length_in", "models_"):
        assert getattr(found, name) == getattr(wanted, name)


def test_a_classifier_of_trains_has_the_bits_of_one_fit():
    model = SpikeTrainClassifier()
    wanted = clone(model).fit(TRAINS, LABELS)
    found = fit_in_parts(model, split(TRAINS, LABELS), classes=[0, 1])
    assert_same_classifier(found, wanted, TRAINS)
    assert not hasattr(model, "tables_")


def test_weights_and_parts_without_a_class_give_the_bits_of_one_fit():
    order, weight = np.argsort(LABELS), RNG.integers(0, 4, 90)
    X, y = TRAINS[order], LABELS[order]
    found = fit_in_parts(SpikeTrainClassifier(FAST), split(X, y, weight), classes=[0, 1])
    wanted = SpikeTrainClassifier(FAST).fit(X, y, sample_weight=weight)
    assert_same_classifier(found, wanted, X)


@pytest.mark.parametrize("same_in_part", [True, False])
def test_trains_of_unequal_length_give_the_bits_of_one_fit(same_in_part):
    lengths = np.repeat([40, 20, 30], 30) if same_in_part else RNG.integers(20, 40, 90)
    trains = [x[:, :n] for x, n in zip(TRAINS, lengths, strict=True)]
    found = fit_in_parts(
        SpikeTrainClassifier(FAST), split(trains, LABELS, cuts=(30, 60)), classes=[0, 1])
    assert_same_classifier(found, SpikeTrainClassifier(FAST).fit(trains, LABELS), trains)


def test_partial_fit_continues_a_classifier_of_parts():
    found = fit_in_parts(SpikeTrainClassifier(FAST), split(TRAINS, LABELS), classes=[0, 1])
    wanted = SpikeTrainClassifier(FAST).fit(TRAINS, LABELS)
    for model in (found, wanted):
        model.partial_fit(TRAINS[::-1, :, ::-1], LABELS[::-1])
    assert_same_classifier(found, wanted, TRAINS)


def test_errors_of_a_classifier_name_the_part():
    fit = functools.partial(fit_in_parts, SpikeTrainClassifier(FAST), classes=[0, 1])
    good = TRAINS, LABELS
    wrong = {
        r"parts\[1\]: expected the 3 dimensions and 3 channels of parts\[0\], got 3 and 2": (
            TRAINS[:, :2], LABELS),
        r"parts\[1\]: y has the label 2": (TRAINS, LABELS + 1),
        r"parts\[1\]: .*0 and 1": (TRAINS * 3, LABELS)}
    for message, part in wrong.items():
        with pytest.raises(ValueError, match=message):
            fit([good, part])
    with pytest.raises(ValueError, match="validation and callback need a network.* Omit"):
        fit([good], validation=good, callback=print)
    with pytest.raises(ValueError, match="classes must be given for classification"):
        fit([good], classes=None)


def test_a_network_behind_a_fitted_encoder_is_that_of_parts_encoded_before():
    network, encoder = SNNClassifier(4, batch_size=16, random_state=0), SpikeEncoder().fit(-SERIES)
    pipeline = make_pipeline(
        FunctionTransformer(np.negative), "passthrough", FrozenEstimator(encoder), network)
    parts, options = split(SERIES, CLASSES), {"classes": [0, 1], "n_rounds": 2}
    found = fit_in_parts(pipeline, parts, validation=parts[0], **options)
    encoded = [(encoder.transform(-X), y) for X, y in parts]
    wanted = fit_in_parts(network, encoded, validation=encoded[0], **options)
    np.testing.assert_array_equal(
        found.decision_function(SERIES), wanted.decision_function(encoder.transform(-SERIES)))
    assert [name for name, _ in found.steps] == [name for name, _ in pipeline.steps]
    assert not hasattr(pipeline[-1], "weights_")


def test_a_fitted_network_may_precede_a_classifier_of_trains():
    network = SNNTransformer(4, max_iter=1, random_state=0).fit(TRAINS[:40], LABELS[:40])
    pipeline = make_pipeline(FrozenEstimator(network), SpikeTrainClassifier(FAST))
    found = fit_in_parts(pipeline, split(TRAINS, LABELS), classes=[0, 1])
    wanted = clone(pipeline).fit(TRAINS, LABELS)
    assert_same_classifier(found[-1], wanted[-1], network.transform(TRAINS))


def test_transformers_without_a_fit_have_the_names_of_one_fit():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(SERIES[:, 0, :3], columns=["a", "b", "c"])
    pipeline = make_pipeline(Normalizer(), SNNRegressor(3, random_state=0))
    parts = [(table[:30], CLASSES[:30]), (table[30:], CLASSES[30:])]
    found = fit_in_parts(pipeline, parts, n_rounds=1)
    wanted = clone(pipeline).fit(table, CLASSES)
    assert found.predict(table).shape == (60,)
    assert found.feature_names_in_.tolist() == ["a", "b", "c"]
    assert [*found[:-1].get_feature_names_out()] == [*wanted[:-1].get_feature_names_out()]
    assert vars(found[0]).keys() == vars(wanted[0]).keys()
    parts[1] = table[30:][["b", "a", "c"]], CLASSES[30:]
    with pytest.raises(ValueError, match=r"parts\[1\]: The feature names should match"):
        fit_in_parts(pipeline, parts, n_rounds=1)


def test_steps_that_need_a_fit_and_other_models_are_refused_before_data_are_read():
    unread = functools.partial(pytest.fail, "read")
    for model, error, message in (
            (make_pipeline(PCA(), SNNClassifier(3)), TypeError, "got PCA. Fit it first"),
            (make_pipeline(SpikeEncoder(), SNNClassifier(3)), TypeError, "got SpikeEncoder. Fit"),
            (make_pipeline(SpikeEncoder(), PCA()), TypeError, "ends in one, got PCA"),
            (RidgeClassifier(), TypeError, "got RidgeClassifier. For other models, see dask-ml"),
            (SNNTransformer(rule="stdp"), ValueError, "needs rule='surrogate'")):
        with pytest.raises(error, match=message):
            fit_in_parts(model, [unread], classes=[0, 1])


def test_a_transformer_learns_the_network_of_a_classifier():
    networks = [cls(4, batch_size=16, random_state=0) for cls in (SNNTransformer, SNNClassifier)]
    for network in networks:
        network.partial_fit(TRAINS, LABELS, classes=[0, 1])
    parts = split(TRAINS, LABELS)
    fitted = [
        fit_in_parts(one, parts, classes=[0, 1], n_rounds=2, validation=parts[0])
        for one in networks]
    for one, other in (networks, fitted):
        np.testing.assert_array_equal(one.weights_[0], other.weights_[0])
        np.testing.assert_array_equal(one._decoder.coef, other._decoder.coef)
    assert vars(fitted[0]).keys() - {"_prepared"} == vars(networks[0]).keys() - {"_prepared"}
    assert fitted[0].transform(TRAINS).shape == (90, 4, 40)


@pytest.mark.parametrize(("encoder", "n_steps"), [
    (None, 100), (SpikeEncoder(n_steps=20), 20)], ids=repr)
def test_a_transformer_presents_tables_for_as_many_steps_as_in_fit(encoder, n_steps):
    network = SNNTransformer(4, encoder=encoder, batch_size=16, max_iter=1, random_state=0)
    X = SERIES[:, 0]
    found = fit_in_parts(network, split(X, CLASSES), classes=[0, 1], n_rounds=1)
    assert found.n_steps_ == clone(network).fit(X, CLASSES).n_steps_ == n_steps
    assert found.transform(X).shape == (len(X), 4, n_steps)
    with pytest.raises(ValueError, match="n_steps must be .*got 0"):
        fit_in_parts(clone(network).set_params(n_steps=0), split(X, CLASSES), classes=[0, 1])
