"""Spike-train classifiers and pipelines are fitted to parts of the data in parallel."""

import functools

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge, RidgeClassifier, RidgeClassifierCV, RidgeCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter,
    SpikeEncoder, SpikeTrainClassifier, SpikingPatches, SpikingRocket)
from skspike.coding import Coding, Direct
from skspike.datasets import make_markov
from skspike.distributed import fit_in_parts

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


@pytest.mark.parametrize("experts", ["auto", FAST])
def test_a_classifier_of_trains_has_the_bits_of_one_fit(experts):
    model = SpikeTrainClassifier(experts)
    wanted = clone(model).fit(TRAINS, LABELS)
    found = fit_in_parts(model, split(TRAINS, LABELS), classes=[0, 1])
    assert_same_classifier(found, wanted, TRAINS)
    assert not hasattr(model, "tables_")


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_classifier_does_not_depend_on_the_workers(backend):
    model = SpikeTrainClassifier(FAST)
    parts = [functools.partial(tuple, part) for part in split(TRAINS, LABELS)]
    with joblib.parallel_config(backend, n_jobs=2):
        found = fit_in_parts(model, parts, classes=[0, 1])
    assert_same_classifier(found, clone(model).fit(TRAINS, LABELS), TRAINS)


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
    with pytest.raises(ValueError, match="learns in rounds, got 0. Omit validation and callback"):
        fit([good], validation=good, callback=print)
    with pytest.raises(ValueError, match="classes must be given for classification"):
        fit([good], classes=None)


def unequal():
    return [x[:, :n] for x, n in zip(SERIES, RNG.integers(5, 12, 60), strict=True)]


ENCODERS = {
    "default": (SpikeEncoder(), SERIES), "steps": (SpikeEncoder(n_steps=20), SERIES),
    "features": (SpikeEncoder(n_steps=20), SERIES[:, :, -1]),
    "direct": (SpikeEncoder(Direct(differences=True)), SERIES),
    "poisson": (SpikeEncoder("poisson", n_steps=20, random_state=3), SERIES),
    "range": (SpikeEncoder(value_range=(-5, 20)), SERIES),
    "unequal": (SpikeEncoder(), unequal()), "many": (SpikeEncoder(), np.tile(SERIES, (2, 1, 1)))}


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_in_parts_equals_one_fit(name):
    encoder, X = ENCODERS[name]
    y = np.tile(CLASSES, len(X) // 60)
    network = SNNClassifier(3, batch_size=16, random_state=0)
    found = fit_in_parts(
        make_pipeline(encoder, network), split(X, y), classes=[0, 1], n_rounds=1)[0]
    wanted = clone(encoder).fit(X)
    np.testing.assert_array_equal(found.data_min_, wanted.data_min_)
    np.testing.assert_array_equal(found.data_max_, wanted.data_max_)
    for attribute in ("n_features_in_", "_n_dims_in", "_equal_length_in", "n_steps_"):
        assert getattr(found, attribute) == getattr(wanted, attribute)
    if hasattr(wanted.coding_, "mean_"):
        assert found.coding_.lags_ == wanted.coding_.lags_
        np.testing.assert_allclose(found.coding_.mean_, wanted.coding_.mean_, rtol=1e-12)
        np.testing.assert_allclose(found.coding_.scale_, wanted.coding_.scale_, rtol=1e-12)
    for one, other in zip(found.transform(X), wanted.transform(X), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_network_behind_an_encoder_is_that_of_parts_encoded_before():
    network = SNNClassifier(4, batch_size=16, random_state=0)
    pipeline = make_pipeline(
        FunctionTransformer(np.negative), "passthrough", SpikeEncoder(), network)
    parts, options = split(SERIES, CLASSES), {"classes": [0, 1], "n_rounds": 2}
    found = fit_in_parts(pipeline, parts, validation=parts[0], **options)
    encoder = SpikeEncoder().fit(-SERIES)
    encoded = [(encoder.transform(-X), y) for X, y in parts]
    wanted = fit_in_parts(network, encoded, validation=encoded[0], **options)
    np.testing.assert_array_equal(
        found.decision_function(SERIES), wanted.decision_function(encoder.transform(-SERIES)))
    assert [name for name, _ in found.steps] == [name for name, _ in pipeline.steps]
    assert found.get_params()["spikeencoder__random_state"] is None
    assert not hasattr(pipeline[-1], "weights_")


def test_trains_behind_an_encoder_are_classified_as_by_one_fit():
    pipeline = make_pipeline(SpikeEncoder(), SpikeTrainClassifier(FAST))
    found = fit_in_parts(pipeline, split(SERIES, CLASSES), classes=[0, 1])
    wanted = clone(pipeline).fit(SERIES, CLASSES)
    assert_same_classifier(found[-1], wanted[-1], wanted[0].transform(SERIES))


def test_a_fitted_network_may_precede_a_classifier_of_trains():
    network = SNNTransformer(4, max_iter=1, random_state=0).fit(TRAINS[:40], LABELS[:40])
    pipeline = make_pipeline(FrozenEstimator(network), SpikeTrainClassifier(FAST))
    found = fit_in_parts(pipeline, split(TRAINS, LABELS), classes=[0, 1])
    wanted = clone(pipeline).fit(TRAINS, LABELS)
    assert_same_classifier(found[-1], wanted[-1], network.transform(TRAINS))


def test_a_pipeline_may_end_in_a_regressor():
    pipeline = make_pipeline(SpikeEncoder(), SNNRegressor(3, random_state=0))
    found = fit_in_parts(pipeline, split(SERIES, SERIES[:, 0, -1]), n_rounds=1)
    assert found.predict(SERIES).shape == (60,)


@pytest.mark.parametrize(
    "transformer", [Normalizer(), FunctionTransformer(feature_names_out="one-to-one")], ids=repr)
def test_transformers_without_a_fit_have_the_names_of_one_fit(transformer):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(SERIES[:, 0, :3], columns=["a", "b", "c"])
    pipeline = make_pipeline(transformer, SpikeEncoder(n_steps=5), SpikeCounter(), Ridge())
    parts = [(table[:30], CLASSES[:30]), (table[30:], CLASSES[30:])]
    found, wanted = fit_in_parts(pipeline, parts), clone(pipeline).fit(table, CLASSES)
    np.testing.assert_allclose(found.predict(table), wanted.predict(table), atol=1e-10)
    assert found.feature_names_in_.tolist() == ["a", "b", "c"]
    assert [*found[:-1].get_feature_names_out()] == [*wanted[:-1].get_feature_names_out()]
    assert vars(found[0]).keys() == vars(wanted[0]).keys()


def test_a_transformer_without_a_fit_refuses_columns_in_another_order():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(SERIES[:, 0, :3], columns=["a", "b", "c"])
    parts = [(table[:30], CLASSES[:30]), (table[30:][["b", "a", "c"]], CLASSES[30:])]
    with pytest.raises(ValueError, match=r"parts\[1\]: The feature names should match"):
        fit_in_parts(make_pipeline(Normalizer(), Ridge()), parts)


class Fitted(Coding):
    """A coding with a fit of its own."""

    name = "fitted"

    def fit(self, channels):
        pass

    def encode(self, x, n_steps, dt, seed, noise_key=None):
        raise NotImplementedError

    def channel_names(self, names):
        return names


def test_steps_whose_fit_cannot_be_joined_are_refused_before_data_are_read():
    network = SNNClassifier(3)
    unread = functools.partial(pytest.fail, "read")
    for steps, error, message in (
            ((PCA(),), TypeError, "got PCA before the last step. Fit it first, .*FrozenEstimator"),
            ((SpikeEncoder(missing="hold"),), ValueError, "of SpikeEncoder, got 'hold'. Fill"),
            ((SpikingRocket(missing="mean"),), ValueError, "of SpikingRocket, got 'mean'. Fill"),
            ((SpikeEncoder(Fitted()),), TypeError, "cannot join the fits of Fitted coding")):
        with pytest.raises(error, match=message):
            fit_in_parts(make_pipeline(*steps, network), [unread], classes=[0, 1])
    with pytest.raises(TypeError, match="a Pipeline that ends in one, got PCA"):
        fit_in_parts(make_pipeline(SpikeEncoder(), PCA()), [unread], classes=[0, 1])
    for model, error, message in (
            (RidgeClassifier(class_weight="balanced"), ValueError, "class_weight=None of Ridge"),
            (LinearDiscriminantAnalysis(), ValueError, "solver='lsqr' of Linear.*, got 'svd'"),
            (LZCClassifier(missing="hold"), ValueError, "missing=None of LZCClassifier"),
            (LZCClassifier(estimator=GaussianNB()), TypeError, "linear estimator.*GaussianNB"),
            (LZCClassifier(estimator=RidgeClassifierCV(cv=3)), ValueError, "cv=None of Ridge"),
            (SNNTransformer(rule="stdp"), ValueError, "needs rule='surrogate'")):
        with pytest.raises(error, match=message):
            fit_in_parts(model, [unread], classes=[0, 1])


def test_parts_of_different_channels_are_refused_by_the_encoder():
    pipeline = make_pipeline(SpikeEncoder(), SNNClassifier(3))
    parts = [(SERIES, CLASSES), (SERIES[:, :1], CLASSES)]
    with pytest.raises(ValueError, match=r"parts\[1\]: expected the 3 dimensions and 2 channels"):
        fit_in_parts(pipeline, parts, classes=[0, 1])


def many_parts(X, y, *weight):
    """Return 16 parts, and all samples in their order."""
    parts = [
        tuple([*array[k::16]] if isinstance(array, list) else array[k::16]
              for array in (X, y, *weight)) for k in range(16)]
    order = np.concatenate([np.arange(len(y))[k::16] for k in range(16)])
    return parts, [
        [array[i] for i in order] if isinstance(array, list) else array[order]
        for array in (X, y, *weight)]


THREE = np.repeat([0, 1, 2], 30)
PENALTIES = np.logspace(-2, 4, 7)
WAVES = np.sin(np.arange(30) / (2 + THREE[:, np.newaxis])) + RNG.normal(size=(90, 30))
DISCRIMINANT = LinearDiscriminantAnalysis(solver="lsqr")
LINEAR = {
    "lzc": (LZCClassifier(), TRAINS, LABELS),
    "lzc and counts": (LZCClassifier(with_counts=True, n_windows=2), TRAINS, THREE),
    "lzc without shrinkage": (LZCClassifier(estimator=DISCRIMINANT), TRAINS, THREE),
    "lzc with priors": (
        LZCClassifier(estimator=clone(DISCRIMINANT).set_params(
            shrinkage=0.3, priors=[0.2, 0.3, 0.5])), TRAINS, THREE),
    "lzc and a ridge": (
        LZCClassifier(channels="mean", estimator=RidgeClassifierCV(PENALTIES)), TRAINS, LABELS),
    "complexity": (
        make_pipeline(LZCTransformer(), StandardScaler(), Ridge()), TRAINS, LABELS * 0.5),
    "counts": (
        make_pipeline(SpikeCounter(3), RidgeCV(PENALTIES, fit_intercept=False)), TRAINS,
        RNG.normal(size=(90, 2))),
    "rocket": (
        make_pipeline(SpikingRocket(130, random_state=0), RidgeClassifierCV(PENALTIES)), WAVES,
        THREE),
    "rocket of unequal series": (
        make_pipeline(SpikingRocket(64, random_state=0), Ridge(2.0)),
        [x[None, : 20 + k % 8] for k, x in enumerate(WAVES)], THREE * 1.0),
    "rocket, a scaler and a discriminant": (
        make_pipeline(
            SpikingRocket(64, random_state=0), StandardScaler(),
            clone(DISCRIMINANT).set_params(shrinkage="auto")), WAVES, THREE),
    "patches": (
        make_pipeline(
            SpikingPatches(8, random_state=0), FunctionTransformer(np.float64),
            RidgeClassifierCV(PENALTIES)), np.abs(WAVES[:, :25]), THREE)}


def outputs(model, X):
    """Return the decisions or predictions of a model."""
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


@pytest.mark.filterwarnings("ignore:.*has the same value", "ignore:.*looks like a table")
@pytest.mark.parametrize("name", LINEAR)
def test_linear_models_in_16_parts_have_the_scores_of_one_fit(name):
    model, X, y = LINEAR[name]
    parts, (X, y) = many_parts(X, y)
    found = fit_in_parts(model, parts, classes=np.unique(y) if y.dtype.kind == "i" else None)
    wanted = clone(model).fit(X, y)
    np.testing.assert_allclose(outputs(found, X), outputs(wanted, X), rtol=0, atol=1e-10)
    assert not hasattr(model[-1] if hasattr(model, "steps") else model, "classes_")
    last = (found[-1], wanted[-1]) if hasattr(model, "steps") else (found, wanted)
    assert vars(last[0]).keys() == vars(last[1]).keys()
    for attribute in ("alpha_", "best_score_", "n_steps_in_", "priors_", "covariance_"):
        if hasattr(last[1], attribute):
            np.testing.assert_allclose(*(getattr(one, attribute) for one in last), rtol=1e-10)


@pytest.mark.parametrize("ridge", [RidgeClassifier(2.0), RidgeClassifierCV(PENALTIES)])
def test_weights_of_a_ridge_count_in_parts_as_in_one_fit(ridge):
    parts, (X, y, weight) = many_parts(WAVES, THREE, RNG.integers(0, 3, 90) * 0.7)
    found = fit_in_parts(ridge, parts, classes=[0, 1, 2])
    wanted = clone(ridge).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(outputs(found, X), outputs(wanted, X), rtol=0, atol=1e-10)
    if hasattr(ridge, "alphas"):
        assert found.best_score_ == pytest.approx(wanted.best_score_, rel=1e-10)


@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)])
@pytest.mark.parametrize("ridge", [Ridge(), RidgeCV(), Ridge(fit_intercept=False)], ids=repr)
def test_a_ridge_has_attributes_of_the_shape_of_one_fit(ridge, shape):
    X, y = SERIES[:, 0].astype(np.float32), RNG.normal(size=shape)
    found, wanted = fit_in_parts(ridge, split(X, y)), clone(ridge).fit(X, y)
    for name in ("coef_", "intercept_"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert type(one) is type(other) and np.shape(one) == np.shape(other)
    assert found.predict(X).shape == wanted.predict(X).shape


def test_parts_of_different_outputs_are_refused_by_a_ridge():
    parts = [(WAVES, THREE), (WAVES, np.stack([THREE, THREE], axis=1))]
    message = r"parts\[1\]: expected the 2 dimensions, 30 channels and 1 outputs .* got 2, 30 and 2"
    with pytest.raises(ValueError, match=message):
        fit_in_parts(Ridge(), parts)
    with pytest.raises(ValueError, match=r"parts\[0\]: y must have one value for each of the 90"):
        fit_in_parts(Ridge(), [(WAVES, THREE[:80])])


def test_parts_of_different_lengths_are_refused_by_patches():
    pipeline = make_pipeline(SpikingPatches(8, image_shape=(5, 5), random_state=0), Ridge())
    X = RNG.random((60, 25, 40)) < 0.2
    parts = [(X, CLASSES), (X[:, :, :30], CLASSES)]
    with pytest.raises(ValueError, match=r"needs parts of equal length, got parts of \[30, 40\]"):
        fit_in_parts(pipeline, parts)


def test_a_discriminant_of_one_feature_in_parts_is_that_of_one_fit():
    model = clone(DISCRIMINANT).set_params(shrinkage="auto")
    parts, (X, y) = many_parts(WAVES[:, :1], THREE)
    found = fit_in_parts(model, parts, classes=[0, 1, 2])
    np.testing.assert_allclose(outputs(found, X), outputs(clone(model).fit(X, y), X), atol=1e-10)


def test_a_linear_model_without_samples_of_a_class_or_with_weights_is_refused():
    parts, _ = many_parts(TRAINS, LABELS)
    with pytest.raises(ValueError, match=r"classes=\[7\] have no samples"):
        fit_in_parts(LZCClassifier(), parts, classes=[0, 1, 7])
    with pytest.raises(TypeError, match=r"parts\[0\]: LinearDiscriminant.* no sample_weight"):
        fit_in_parts(LZCClassifier(), [(TRAINS, LABELS, np.ones(90))], classes=[0, 1])
    with pytest.raises(ValueError, match=r"parts\[0\]: y must have one of classes=\[0, 2\].*got 1"):
        fit_in_parts(LZCClassifier(), parts, classes=[0, 2])


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
    assert vars(fitted[0]).keys() == vars(networks[0]).keys()
    assert fitted[0].transform(TRAINS).shape == (90, 4, 40)


@pytest.mark.parametrize(("encoder", "n_steps"), [
    (None, 100), (SpikeEncoder(), 100), (SpikeEncoder(n_steps=20), 20)], ids=repr)
def test_a_transformer_presents_tables_for_as_many_steps_as_in_fit(encoder, n_steps):
    network = SNNTransformer(4, encoder=encoder, batch_size=16, max_iter=1, random_state=0)
    X = SERIES[:, 0]
    found = fit_in_parts(network, split(X, CLASSES), classes=[0, 1], n_rounds=1)
    assert found.n_steps_ == clone(network).fit(X, CLASSES).n_steps_ == n_steps
    assert found.transform(X).shape == (len(X), 4, n_steps)
    with pytest.raises(ValueError, match="n_steps must be .*got 0"):
        fit_in_parts(clone(network).set_params(n_steps=0), split(X, CLASSES), classes=[0, 1])


def test_an_encoder_a_network_and_a_classifier_of_trains_are_fitted_in_parts():
    network = SNNTransformer(4, batch_size=16, random_state=0)
    pipeline = make_pipeline(SpikeEncoder(), network, SpikeTrainClassifier(FAST))
    parts, options = split(SERIES, CLASSES), {"classes": [0, 1], "n_rounds": 2}
    rounds = []
    found = fit_in_parts(
        pipeline, parts, **options, callback=lambda n, network: rounds.append(n))
    fitted = fit_in_parts(make_pipeline(SpikeEncoder(), network), parts, **options)
    np.testing.assert_array_equal(found[:2].transform(SERIES), fitted.transform(SERIES))
    wanted = SpikeTrainClassifier(FAST).fit(fitted.transform(SERIES), CLASSES)
    assert_same_classifier(found[-1], wanted, fitted.transform(SERIES))
    assert rounds == [1, 2]


def test_parts_of_different_features_are_refused_by_the_scaler():
    parts = [(WAVES, THREE), (WAVES[:, :1], THREE)]
    with pytest.raises(ValueError, match=r"parts\[1\]: expected the 2 dimensions and 30 channels"):
        fit_in_parts(make_pipeline(StandardScaler(), Ridge()), parts)


@pytest.mark.small
@pytest.mark.parametrize("model", [
    Ridge(), RidgeClassifier(), DISCRIMINANT, make_pipeline(StandardScaler(), Ridge())], ids=repr)
def test_columns_of_tables_have_the_names_and_the_order_of_the_first_part(model):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(RNG.normal(size=(60, 3)), columns=["a", "b", "c"])
    classes = [0, 1] if is_classifier(model) else None
    parts = [(table[:30], CLASSES[:30]), (table[30:], CLASSES[30:])]
    found = fit_in_parts(model, parts, classes=classes)
    wanted = clone(model).fit(table, CLASSES)
    assert found.feature_names_in_.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(outputs(found, table), outputs(wanted, table), rtol=1e-9)
    if hasattr(model, "steps"):
        assert [*found[:-1].get_feature_names_out()] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names should match"):
        found.predict(table[["b", "a", "c"]])
    parts[1] = (table[30:][["b", "a", "c"]], CLASSES[30:])
    with pytest.raises(ValueError, match=r"parts\[1\]: expected the columns of parts\[0\], .*'a'"):
        fit_in_parts(model, parts, classes=classes)
    parts[1] = (table[30:].to_numpy(), CLASSES[30:])
    with pytest.raises(ValueError, match=r"parts\[1\]: expected the columns .* got None"):
        fit_in_parts(model, parts, classes=classes)
    assert not hasattr(
        fit_in_parts(model, [(table.to_numpy(), CLASSES)], classes=classes), "feature_names_in_")
