"""Sample weights, and the order of samples in a fit."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle

from skspike import LZCClassifier, SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike.learning import RULES, Target
from skspike.snn._samples import arranged, ranks

SMALL = {"n_steps": 20, "max_iter": 3, "batch_size": 8, "random_state": 0}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 4)), np.arange(30) % 2
WEIGHT = RNG.integers(0, 4, 30)
RASTER = (RNG.random((30, 4, 20)) < 0.3).astype(np.uint8)
MODELS = {
    **{f"{cls.__name__} {name}": cls(6, rule=name, **SMALL)
       for cls in (SNNClassifier, SNNRegressor, SNNTransformer) for name, rule in RULES.items()
       if cls is not SNNRegressor or not rule.only_classes},
    "encoder": SNNClassifier(6, encoder=SpikeEncoder(n_steps=20), **SMALL),
    "population": SNNClassifier(6, encoder=SpikeEncoder("population", n_steps=20), **SMALL),
    "early stopping": SNNRegressor(6, early_stopping=True, **SMALL),
    "balanced": SNNClassifier(6, class_weight="balanced", **SMALL),
    "recurrent": SNNClassifier(6, recurrent=True, readout="windows", **SMALL)}


def learned(model):
    """Return the values that a fit has learned."""
    arrays = [*model.weights_, *(a for values in model.intrinsics_.values() for a in values)]
    readout = getattr(model, "_readout", None)
    return arrays if readout is None else [*arrays, *readout]


def assert_same(one, two):
    for a, b in zip(learned(one), learned(two), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("data", [X, RASTER], ids=["table", "raster"])
def test_weights_are_repetitions_and_the_order_does_not_matter(model, data):
    if model.encoder is not None and data.ndim == 3:
        data = RNG.normal(size=(30, 4, 20))
    repeated = clone(model).fit(data.repeat(WEIGHT, axis=0), Y.repeat(WEIGHT))
    weighted = clone(model).fit(*shuffle(data, Y, random_state=1), shuffle(WEIGHT, random_state=1))
    assert_same(repeated, weighted)


@pytest.mark.parametrize("rule", RULES)
def test_weights_change_what_is_learned(rule):
    model = SNNClassifier(6, rule=rule, **SMALL)
    even, uneven = clone(model).fit(RASTER, Y), clone(model).fit(RASTER, Y, 1 + 2 * Y)
    assert not all(map(np.array_equal, learned(even), learned(uneven)))


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if not rule.repeats])
def test_only_ratios_of_weights_matter(rule):
    model, weight = SNNClassifier(6, rule=rule, **SMALL), RNG.random(30)
    assert_same(clone(model).fit(X, Y, weight), clone(model).fit(X, Y, weight * 2.0**-900))


def test_scores_of_early_stopping_are_of_the_held_out_samples():
    losses = []

    def compare(fitted, data, y):
        losses.append(log_loss(y, fitted.predict_proba(data)))
        return -losses[-1]

    settings = {**SMALL, "max_iter": 5, "early_stopping": True, "alpha": 0.0}
    by_loss = SNNClassifier(6, **settings).fit(X, Y, 2.0 * (WEIGHT > 0))
    by_score = SNNClassifier(6, **settings, scoring=compare).fit(X, Y, 2.0 * (WEIGHT > 0))
    np.testing.assert_allclose(losses, by_loss.validation_curve_, rtol=1e-6)
    assert_same(by_loss, by_score)


def test_a_large_weight_decides_between_contradicting_samples():
    both, y = np.repeat(X, 2, axis=0), np.tile([0, 1], 30)
    for favoured in (0, 1):
        model = SNNClassifier(6, **SMALL | {"max_iter": 30}, learning_rate=0.02)
        model.fit(both, y, np.where(y == favoured, 10, 1))
        assert (model.predict(X) == favoured).all()
    values = SNNRegressor(6, **SMALL).fit(both, y, np.where(y == 1, 9, 1))
    np.testing.assert_allclose(values.target_mean_, 0.9)
    np.testing.assert_allclose(values.target_scale_, 0.3)


def test_moments_of_currents_are_weighted():
    table, weight = X + 5, RNG.random(30)
    for data in (table, np.repeat(table[:, :, np.newaxis], 7, axis=2)):
        model = SNNClassifier(6, **SMALL).fit(data, Y, weight)
        mean = np.average(table, axis=0, weights=weight)
        sd = np.sqrt(np.average((table - mean) ** 2, axis=0, weights=weight))
        np.testing.assert_allclose(model.input_mean_, mean, rtol=1e-9)
        np.testing.assert_allclose(model.input_scale_, sd, rtol=1e-9)
    # chunk by chunk
    chunks = SNNRegressor(6, **SMALL)
    for rows in (slice(0, 16), slice(16, 30)):
        chunks.partial_fit(table[rows], Y[rows], weight[rows])
    np.testing.assert_allclose(chunks.input_mean_, mean, rtol=1e-9)
    np.testing.assert_allclose(chunks.input_scale_, sd, rtol=1e-9)


def test_weights_of_a_chunk_multiply_its_gradient():
    model = SNNRegressor(6, rule=RULES["surrogate"](solver="sgd"), alpha=0.0, **SMALL)
    first = slice(0, 8)

    def moved(weight):
        fitted = clone(model).set_params(learning_rate=1e-9).partial_fit(RASTER[first], Y[first])
        fitted.set_params(learning_rate=0.01).partial_fit(RASTER[first], Y[first], weight)
        return fitted.readout_coef_

    one, three, five = (moved(np.full(8, weight)) for weight in (1.0, 3.0, 5.0))
    assert np.abs(three - one).max() > 1e-3
    np.testing.assert_allclose(five - three, three - one, rtol=1e-6)
    # weight 0 leaves a sample out, in its batch too
    weight = np.array([1.0, 0, 1, 1, 1, 1, 1, 1])
    chunk = clone(model).partial_fit(RASTER[first], Y[first], weight)
    assert_same(chunk, clone(model).partial_fit(RASTER[first][weight > 0], Y[first][weight > 0]))


def test_class_weights_and_sample_weights_multiply():
    both = SNNClassifier(6, class_weight={0: 3, 1: 1}, standardize=False, **SMALL)
    even = SNNClassifier(6, standardize=False, **SMALL).fit(X, Y)
    assert_same(even, both.fit(X, Y, 0.5 + Y))
    # balanced weights count weighted samples
    balanced = SNNClassifier(6, class_weight="balanced", standardize=False, **SMALL)
    for a, b in zip(learned(even), learned(balanced.fit(X, Y, 0.5 + Y)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


@pytest.mark.small
@pytest.mark.parametrize(("weight", "message"), [
    (np.ones(29), "one number for each of the 30 samples, got shape"),
    (np.ones((30, 2)), "one number for each of the 30 samples, got shape"),
    (-np.ones(30), "finite and >= 0, got -1"),
    (np.full(30, np.nan), "finite and >= 0, got nan"),
    (np.full(30, np.inf), "finite and >= 0, got inf"),
    (np.zeros(30), "at least one sample a weight above 0"),
    (np.where(Y, 0, 1), "at least two classes in y, got one class: 0")])
def test_bad_weights_are_refused(weight, message):
    model = SNNClassifier(6, **SMALL)
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, weight)
    assert not hasattr(model, "weights_")


@pytest.mark.small
def test_bad_weights_of_a_chunk_are_refused():
    for model in (SNNClassifier(6, **SMALL), SNNRegressor(6, **SMALL), SNNTransformer(6, **SMALL)):
        first = () if isinstance(model, SNNRegressor) else ([0, 1],)
        with pytest.raises(ValueError, match="got shape"):
            model.partial_fit(X, Y, *first, np.ones(29))
        assert not hasattr(model, "weights_")


@pytest.mark.small
@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.repeats])
def test_a_rule_that_repeats_samples_needs_whole_numbers(rule):
    model = SNNClassifier(6, rule=rule, **SMALL)
    with pytest.raises(ValueError, match="must be whole numbers, got 0.5"):
        model.fit(X, Y, np.full(30, 0.5))
    with pytest.raises(ValueError, match="must sum to at most"):
        model.fit(X, Y, np.full(30, 1e9))


def test_complexity_passes_weights_to_its_classifier():
    raster = (RNG.random((30, 3, 50)) < np.where(Y, 0.4, 0.2)[:, None, None]).astype(np.uint8)
    model = LZCClassifier(estimator=LogisticRegression())
    weighted = clone(model).fit(raster, Y, sample_weight=WEIGHT)
    repeated = clone(model).fit(raster.repeat(WEIGHT, axis=0), Y.repeat(WEIGHT))
    np.testing.assert_allclose(
        weighted.predict_proba(raster), repeated.predict_proba(raster), rtol=1e-3)
    with pytest.raises(TypeError, match="LinearDiscriminantAnalysis does not take it"):
        LZCClassifier().fit(raster, Y, sample_weight=WEIGHT)


def test_boosting_beats_a_single_network():
    digits, labels = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(
        digits[:900], labels[:900], test_size=0.4, random_state=0)
    one = SNNClassifier(3, n_steps=20, max_iter=15, random_state=0)
    many = AdaBoostClassifier(one, n_estimators=8, random_state=0).fit(train, y_train)
    assert len(many.estimators_) == 8
    assert many.score(test, y_test) > one.fit(train, y_train).score(test, y_test) + 0.05


@pytest.mark.small
def test_whole_weights_are_presentations_and_others_multiply_the_loss():
    def presented(weight):
        target = Target(np.zeros(len(weight)), np.array(weight, float))
        _, target, rows = arranged(np.arange(len(weight))[:, np.newaxis], target, repeats=False)
        return rows.tolist(), target.sample_weight.tolist()

    assert presented([1, 3, 2]) == ([0, 1, 1, 1, 2, 2], [1] * 6)
    assert presented([4, 8, 4]) == ([0, 1, 1, 2], [4] * 4)  # a common factor does not count
    assert presented([1, 1.5, 2]) == ([0, 1, 2], [1, 1.5, 2])
    assert presented([1, 2.0**60, 2]) == ([0, 1, 2], [1, 2.0**60, 2])
    rows, weight = presented([1, 10**6, 3 * 10**6])  # an epoch has a limit
    assert 9_990 <= len(rows) <= 10_001 and rows.count(0) == 1
    np.testing.assert_allclose(np.bincount(rows, weight), [1, 10**6, 3 * 10**6])


def test_repeated_short_trains_are_learned_as_well_as_if_they_differed():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    trains = rng.random((400, 1, 4)) < np.where(y, 0.5, 0.1)[:, np.newaxis, np.newaxis]
    trains, counts = trains.astype(np.uint8), trains.sum(axis=2)
    assert len(np.unique(trains, axis=0)) <= 16
    model = SNNClassifier(8, max_iter=3, random_state=0).fit(trains, y)
    on_counts = LogisticRegression().fit(counts, y).score(counts, y)
    assert model.score(trains, y) > on_counts - 0.01


@pytest.mark.small
@pytest.mark.parametrize("values", [
    RNG.integers(0, 2, (50, 3)), RNG.integers(0, 2, (40, 2, 7)), RNG.normal(size=(20, 1)),
    np.zeros((9, 200)), RNG.integers(0, 2, (30, 200)).astype(np.uint8), load_iris().data])
def test_ranks_count_the_smaller_rows(values):
    values = values[RNG.integers(0, len(values), len(values))]  # with equal rows
    labels = RNG.integers(0, 2, len(values))
    keys = [(*row, label) for row, label in zip(
        values.reshape(len(values), -1).tolist(), labels.tolist(), strict=True)]
    wanted = [sum(other < key for other in keys) for key in keys]
    assert ranks(values, labels).tolist() == wanted
