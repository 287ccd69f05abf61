"""Missing values of series and tables, in every estimator with the parameter `missing`."""

import inspect

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

import skspike
from skspike import (
    LZCClassifier, LZCTransformer, SNNClassifier, SpikeCounter, SpikeEncoder, SpikingRocket)

nan = np.nan
X = np.random.default_rng(0).normal(size=(12, 2, 30)).cumsum(axis=2)
Y = np.arange(12) % 2
GAPS = X.copy()
GAPS[0, 1, :3] = GAPS[1, 0, -2:] = GAPS[2, 0, 5] = GAPS[2, 0, 10:13] = GAPS[3, 1] = nan
WAYS = "hold", "interpolate"
# small and quick parameters of the estimators
SMALL = {
    "SpikingRocket": {"n_neurons": 70, "random_state": 0},
    **{f"SNN{kind}": {"hidden_layer_sizes": 5, "max_iter": 2, "random_state": 0} for kind in (
        "Classifier", "Regressor", "Transformer")}}
# without those that are abstract
ESTIMATORS = {
    name: cls for name, cls in vars(skspike).items()
    if inspect.isclass(cls) and hasattr(cls, "fit") and not inspect.isabstract(cls)}
FILLING = {
    name: cls for name, cls in ESTIMATORS.items() if "missing" in inspect.signature(cls).parameters}
every_filling = pytest.mark.parametrize("name", FILLING)
every_way = pytest.mark.parametrize("way", WAYS)


def made(name, **parameters):
    """Return a small estimator."""
    return FILLING[name](**SMALL.get(name, {}), **parameters)


def outputs(estimator, X):
    """Return the results of a fitted estimator."""
    methods = "transform", "predict_proba", "predict"
    return getattr(estimator, next(one for one in methods if hasattr(estimator, one)))(X)


def filled(X, way, means):
    """Return series (n_samples, n_channels, n_steps) filled step by step."""
    X = X.copy()
    for sample in X:
        for series, mean in zip(sample, means, strict=True):
            known = np.flatnonzero(~np.isnan(series))
            for t in np.flatnonzero(np.isnan(series)):
                before, after = known[known < t], known[known > t]
                if not len(known) or (way == "hold" and not len(before)):
                    series[t] = mean
                elif way == "hold" or not len(after):
                    series[t] = series[before[-1]]
                elif not len(before):
                    series[t] = series[after[0]]
                else:
                    a, b = before[-1], after[0]
                    series[t] = series[a] + (t - a) / (b - a) * (series[b] - series[a])
    return X


def data(name, X):
    """Return series as an estimator takes them: rows if it takes rasters only in 3-D."""
    return X[:, 0] if name.startswith("LZC") else X


def test_every_estimator_that_reads_values_fills_them():
    assert set(FILLING) == {
        "SpikeEncoder", "SNNClassifier", "SNNRegressor", "SNNTransformer", "SpikingRocket",
        "LZCClassifier", "LZCTransformer"}


@every_filling
@every_way
def test_results_are_those_of_series_filled_by_hand(name, way):
    n_channels = 1 if name.startswith("LZC") else 2
    gaps = np.round(16 * GAPS[:, :n_channels])
    gaps[4:, 0, 0] = nan  # more series that begin with a gap
    means = np.nanmean(gaps, axis=(0, 2))
    before, expected = gaps.copy(), filled(gaps, way, means)
    model = made(name, missing=way).fit(data(name, gaps), Y)
    np.testing.assert_array_equal(gaps, before)
    np.testing.assert_allclose(model.missing_mean_, means, rtol=1e-12)
    assert model.missing_ == way
    plain = made(name).fit(data(name, filled(gaps, way, model.missing_mean_)), Y)
    assert plain.missing_ is None and plain.missing_mean_ is None
    for values in (gaps, gaps.astype(np.float32), gaps[2:3]):
        expected = filled(values.astype(float), way, model.missing_mean_)
        np.testing.assert_array_equal(
            outputs(model, data(name, values)), outputs(plain, data(name, expected)))


@every_filling
@every_way
def test_series_of_unequal_length_are_filled_one_by_one(name, way):
    series = [x[: 1 if name.startswith("LZC") else 2, : 20 + k] for k, x in enumerate(GAPS)]
    series = [x[0] for x in series] if name.startswith("LZC") else series
    model = made(name, missing=way).fit(series, Y)
    together = outputs(model, series)
    for k, x in enumerate(series):
        np.testing.assert_allclose(outputs(model, [x])[0], together[k], rtol=1e-12)
        whole = np.atleast_2d(x)[None]
        expected = filled(whole, way, model.missing_mean_)[0]
        expected = expected[0] if x.ndim == 1 else expected
        np.testing.assert_allclose(outputs(model, [expected])[0], together[k], rtol=1e-12)


@every_filling
def test_missing_values_are_refused_unless_the_parameter_allows_them(name):
    for model in (made(name), made(name).fit(data(name, X), Y)):
        call = model.fit if not hasattr(model, "n_features_in_") else outputs
        arguments = (data(name, GAPS), Y) if call == model.fit else (model, data(name, GAPS))
        with pytest.raises(ValueError, match=f"{name} contains NaN.*missing='hold'.*guide"):
            call(*arguments)
    for value, allows in ((None, False), ("hold", True), ("interpolate", True)):
        assert get_tags(made(name, missing=value)).input_tags.allow_nan is allows


# EarlyClassifier leaves it to its part, and EventDetector takes recordings
OTHERS = set(ESTIMATORS) - set(FILLING) - {"EarlyClassifier", "EventDetector"}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_estimators_say_that_values_must_be_filled_before(name):
    with pytest.raises(ValueError, match="contains NaN, a missing value. Fill missing .* guide"):
        ESTIMATORS[name]().fit(GAPS[:, 0, :25], Y)


@every_filling
@pytest.mark.parametrize("way", [*WAYS, None])
def test_infinities_are_refused_and_so_are_other_words(name, way):
    with pytest.raises(ValueError, match="infinity"):
        made(name, missing=way).fit(data(name, np.where(X > 2, np.inf, X)), Y)
    for value in ("mean", nan, True, ["hold"], np.array(["hold"])):
        with pytest.raises(ValueError, match="missing must be one of 'hold', 'interpolate', None"):
            made(name, missing=value).fit(data(name, X), Y)


@every_filling
def test_a_channel_without_any_value_in_fit_is_refused(name):
    gaps = GAPS[:, ::-1].copy()
    gaps[:, 0] = nan
    with pytest.raises(ValueError, match=f"{name} needs .* All values of channel 0 are missing"):
        made(name, missing="hold").fit(data(name, gaps), Y)


@pytest.mark.parametrize("name", ["SNNClassifier", "SpikeEncoder"])
@every_way
def test_missing_features_take_their_mean_in_fit(name, way):
    table = np.round(16 * GAPS[:, :, 4:7].reshape(12, -1))
    table[5:9, 2] = nan
    means = np.nanmean(table, axis=0)
    model = made(name, missing=way).fit(table, Y)
    np.testing.assert_allclose(model.missing_mean_, means, rtol=1e-12)
    expected = np.where(np.isnan(table), model.missing_mean_, table)
    np.testing.assert_array_equal(outputs(model, table), outputs(model, expected))
    np.testing.assert_array_equal(
        outputs(model, np.full((1, 6), nan)), outputs(model, model.missing_mean_[None]))


@pytest.mark.parametrize("name", ["SNNClassifier", "SNNRegressor", "SNNTransformer"])
def test_weights_count_in_the_means_as_repetitions_do(name):
    gaps, weight = GAPS.copy(), np.array([2, 0, *[1] * 10])
    gaps[6:, 0, :4] = nan
    rows = np.repeat(np.arange(12), weight)
    weighted = made(name, missing="hold").fit(gaps, Y, sample_weight=weight)
    repeated = made(name, missing="hold").fit(gaps[rows], Y[rows])
    np.testing.assert_array_equal(weighted.missing_mean_, repeated.missing_mean_)
    np.testing.assert_array_equal(outputs(weighted, gaps), outputs(repeated, gaps))
    encoder = SpikeEncoder(missing="hold")
    one = encoder.fit(gaps, sample_weight=weight).missing_mean_
    np.testing.assert_array_equal(one, encoder.fit(gaps[rows]).missing_mean_)
    ragged = [x[:, : 20 + k] for k, x in enumerate(gaps)]
    one = encoder.fit(ragged, sample_weight=weight).missing_mean_
    np.testing.assert_array_equal(one, encoder.fit([ragged[k] for k in rows]).missing_mean_)


@every_filling
def test_the_order_of_samples_does_not_change_the_means(name):
    order, model = np.random.default_rng(1).permutation(12), made(name, missing="hold")
    values = data(name, 1e3 + GAPS)
    means = model.fit(values, Y).missing_mean_
    np.testing.assert_array_equal(model.fit(values[order], Y[order]).missing_mean_, means)


@pytest.mark.parametrize("name", ["SNNClassifier", "SNNTransformer", "LZCClassifier"])
@pytest.mark.parametrize("way", [*WAYS, None])
def test_missing_steps_of_spike_trains_are_refused(name, way):
    spikes = np.where(np.isnan(GAPS), nan, GAPS > 0)
    for raster in (spikes, spikes * np.where(X > 1, -1, 1))[: 1 + name.startswith("SNN")]:
        with pytest.raises(ValueError, match=r"NaN, a missing value of a spike train.*to 0"):
            made(name, missing=way).fit(raster, Y)
    fitted = made(name, missing=way).fit((X > 0).astype(np.uint8), Y)
    for raster in (spikes, GAPS):
        with pytest.raises(ValueError, match=r"NaN, a missing value of a spike train.*to 0"):
            outputs(fitted, raster)


def test_a_series_of_0_and_1_is_no_spike_train_behind_an_encoder_or_for_random_neurons():
    switch = np.where(np.isnan(GAPS), nan, GAPS > 0)
    for model in (SpikeEncoder(missing="hold"), made("SpikingRocket", missing="hold")):
        expected = filled(switch, "hold", model.fit(X).missing_mean_)
        np.testing.assert_array_equal(outputs(model, switch), outputs(model, expected))


def test_damaged_means_are_refused():
    encoder = SpikeEncoder(missing="hold").fit(GAPS)
    for values in (np.zeros(3), np.zeros((2, 1)), [0.0, 0.0], np.full(2, nan)):
        encoder.missing_mean_ = values
        for call in (lambda: encoder.transform(GAPS), encoder.stream):
            with pytest.raises((TypeError, ValueError), match="missing_mean_ must be"):
                call()


def test_pipelines_with_gaps_run_in_scikit_learn():
    for first in (SpikeEncoder(missing="hold"), made("SpikingRocket", missing="interpolate")):
        steps = [first, SpikeCounter(2)] if isinstance(first, SpikeEncoder) else [first]
        model = make_pipeline(*steps, RidgeClassifier()).fit(GAPS, Y)
        assert model.predict(GAPS).shape == (12,)
    rows = LZCTransformer(missing="hold").fit(GAPS[:, 0])
    assert np.isfinite(rows.transform(GAPS[:, 0])).all()
    for model in (LZCClassifier(missing="hold"), SNNClassifier(5, max_iter=2, missing="hold")):
        assert model.fit(GAPS[:, 0], Y).predict(GAPS[:, 0]).shape == (12,)
    assert SpikingRocket(70, missing="hold").fit_transform(GAPS[:, 0]).shape == (12, 70)
