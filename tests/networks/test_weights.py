"""Sample weights, and the order of samples in a fit."""


import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.utils import shuffle

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike._base import in_common_unit
from skspike._networks._training_samples import arranged, ranks
from skspike.learning import RULES, SurrogateGradient, Target

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
    readout = getattr(model, "_decoder", None)
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


FACTORS = 0.37, 2.0**-900


@pytest.mark.parametrize("model", [SNNClassifier(6, rule=rule, **SMALL) for rule in RULES])
def test_a_common_factor_of_the_weights_changes_nothing(model):
    whole = clone(model).fit(X, Y, WEIGHT)
    for factor in FACTORS:
        assert_same(whole, clone(model).fit(X, Y, WEIGHT * factor))
    if not RULES.get(model.rule, model.rule).repeats:
        weight = RNG.random(30)
        real = clone(model).fit(X, Y, weight)
        for factor in FACTORS:
            assert_same(real, clone(model).fit(X, Y, weight * factor))


def test_the_validation_part_of_early_stopping_has_no_training_samples():
    """Labels are random, so a network that has not seen a sample predicts it by chance."""
    rng = np.random.default_rng(0)
    table, y, weight = rng.normal(size=(200, 20)), rng.integers(0, 2, 200), rng.integers(1, 11, 200)
    settings = {
        "validation_fraction": 0.2, "max_iter": 12, "n_steps": 20, "n_iter_no_change": 12,
        "alpha": 0.0, "rule": SurrogateGradient(dropout=0.0), "random_state": 0}
    score = SNNClassifier(64, early_stopping="accuracy", **settings).fit(table, y, weight)
    assert max(score.validation_scores_) < 0.66
    loss = SNNClassifier(64, early_stopping=True, **settings).fit(table, y, weight)
    assert min(loss.validation_curve_) > 0.6
    r2 = SNNRegressor(64, early_stopping="r2", **settings).fit(table, y, weight)
    assert max(r2.validation_scores_) < 0.1
    half_square = SNNRegressor(64, early_stopping=True, **settings).fit(table, y, weight)
    assert min(half_square.validation_curve_) > 0.4
    # the training samples are learned
    for model in (loss, half_square):
        assert model.loss_curve_[-1] < 0.7 * min(model.validation_curve_)


def test_weights_of_a_chunk_multiply_its_gradient():
    model = SNNRegressor(6, rule=RULES["surrogate"](solver="sgd"), alpha=0.0, **SMALL)
    first = slice(0, 8)

    def moved(weight):
        fitted = clone(model).set_params(learning_rate=1e-9).partial_fit(RASTER[first], Y[first])
        fitted.set_params(learning_rate=0.01).partial_fit(RASTER[first], Y[first], weight)
        return fitted.decoder_coef_

    one, three, five = (moved(np.full(8, weight)) for weight in (1.0, 3.0, 5.0))
    assert np.abs(three - one).max() > 1e-3
    np.testing.assert_allclose(five - three, three - one, rtol=1e-6)
    # weight 0 leaves a sample out, in its batch too
    weight = np.array([1.0, 0, 1, 1, 1, 1, 1, 1])
    chunk = clone(model).partial_fit(RASTER[first], Y[first], weight)
    assert_same(chunk, clone(model).partial_fit(RASTER[first][weight > 0], Y[first][weight > 0]))


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
        with pytest.raises(ValueError, match="sample_weight of partial_fit must be at most 1e.18"):
            model.partial_fit(X, Y, *first, np.full(30, 1.7e308))
        assert not hasattr(model, "weights_")


@pytest.mark.small
@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.repeats])
def test_a_rule_that_repeats_samples_needs_multiples_of_one_number(rule):
    model = SNNClassifier(6, rule=rule, **SMALL)
    assert_same(clone(model).fit(X, Y), clone(model).fit(X, Y, np.full(30, 0.5)))
    for weight in (RNG.random(30), np.where(Y, 1, 1e9)):
        with pytest.raises(ValueError, match="must be multiples of one number, and sum to at most"):
            model.fit(X, Y, weight)
    assert not hasattr(model, "weights_")


@pytest.mark.small
def test_weights_are_presentations_and_what_they_exceed_multiplies_the_loss():
    def presented(weight):
        target = Target(np.zeros(len(weight)), np.array(weight, float))
        X, target, rows = arranged(np.arange(len(weight))[:, np.newaxis], target, repeats=False)
        assert rows.tolist() == [*range(len(weight))] and len(X) == len(weight)
        return target.samples.tolist(), target.sample_weight.tolist()

    for factor in (1, 0.1, 0.37, 1e300, 2.0**-1000):
        assert presented(np.array([1, 3, 2]) * factor) == ([0, 1, 1, 1, 2, 2], [1] * 6)
        assert presented(np.array([4, 8, 4]) * factor) == ([0, 1, 1, 2], [1] * 4)
        assert presented(np.array([7, 5]) * factor) == ([0] * 7 + [1] * 5, [1] * 12)
    assert presented([1, 1.5, 2]) == ([0, 0, 1, 1, 1, 2, 2, 2, 2], [1] * 9)
    # multiples of no number: their mean is 1
    samples, weight = presented([0.3, 1.0, np.pi - 1.3, np.e])
    assert samples == [0, 1, 2, 3, 3]
    found = np.bincount(samples, weight)
    np.testing.assert_allclose(found / found[0], np.array([0.3, 1, np.pi - 1.3, np.e]) / 0.3, 1e-6)
    np.testing.assert_allclose(found.mean(), 1)


@pytest.mark.small
@pytest.mark.parametrize(("n", "limit"), [(3, 1000), (800, 1600)])
def test_the_presentations_of_an_epoch_are_limited(n, limit):
    weight = np.append(np.ones(n - 2), [10**6, 3 * 10**6])
    in_unit, times = in_common_unit(weight)
    assert in_unit.tolist() == weight.tolist() and (times[:-2] == 1).all()
    assert limit - 2 <= times.sum() <= limit + n
    np.testing.assert_allclose(times[-1] / times[-2], 3, atol=0.02)
    # weights that sum to less than the limit are presented as often as they say
    assert in_common_unit(np.append(np.ones(n - 1), limit - n + 1))[1].sum() == limit


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
