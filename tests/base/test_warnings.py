"""Input that is usually a mistake gives one warning, and correct input gives none."""

import multiprocessing
import warnings
from weakref import WeakKeyDictionary

import numpy as np
import pytest
import sklearn.datasets
from parts import pairs
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from skspike import (
    EarlyClassifier, LZCClassifier, LZCTransformer, SNNClassifier, SNNRegressor, SNNTransformer,
    SpikeCounter, SpikeEncoder, SpikingRocket, datasets)
from skspike._base import _warnings

RNG = np.random.default_rng(0)
RASTER, Y = (RNG.random((30, 4, 20)) < 0.3).astype(np.uint8), np.arange(30) % 3
SMALL = {"n_steps": 20, "standardize": False, "max_iter": 1, "random_state": 0}
NETWORKS = [SNNClassifier(5, **SMALL), SNNTransformer(5, **SMALL), SNNRegressor(5, **SMALL)]
READERS = [LZCTransformer(), LZCClassifier()]
TOYS = ("iris", "wine", "breast_cancer", "digits", "diabetes", "linnerud")
SCALERS = [
    StandardScaler(), MinMaxScaler(), make_pipeline(StandardScaler(), PCA(0.99)), OneHotEncoder()]
# Columns from 0.1 to 300, and from 0.003 to 600.
UNSCALED = ("wine", "breast_cancer")


def table(name):
    X, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    return X, (np.arange(len(X)) % 2 if name in ("diabetes", "linnerud") else y)


def made(name, **shape):
    """Make a raster with a generator of the package, and labels."""
    if name == "make_saccades":  # converts images
        images = np.random.default_rng(0).random((60, 4, 4))
        return datasets.make_saccades(images, random_state=0, **shape), np.arange(60) % 2
    return getattr(datasets, name)(60, random_state=0, **shape)


def warned(fit, *data):
    """Return the messages of the warnings of a fit, except convergence, and check their file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(*data)
    caught = [warning for warning in caught if not issubclass(warning.category, ConvergenceWarning)]
    assert all(
        warning.category is UserWarning and warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


def series():
    """Yield series of many kinds, one per row."""
    t, rng = np.linspace(0, 1, 200), np.random.default_rng(1)
    size = rng.normal(size=(50, 1))
    yield from (
        rng.normal(size=(50, 200)).cumsum(axis=1), rng.normal(size=(50, 200)), size * t,
        np.exp(size * 9 * t))
    yield from (
        size * np.exp(-10 * t) * np.sin(40 * t),
        rng.normal(size=(50, 200)) * np.where(np.arange(200) % 50 < 5, 1000.0, 1.0))


@pytest.mark.parametrize(
    "estimator",
    [
        SpikeEncoder(),
        *(network.__class__(5, **SMALL, encoder=SpikeEncoder()) for network in NETWORKS[:2])])
def test_encoding_spike_trains_again_gives_one_warning(estimator):
    (message,) = warned(estimator.fit, RASTER, Y)
    assert (
        message.startswith("SpikeEncoder got 3-D input of 0 and 1 only")
        and "leave the encoder out" in message)


OTHER_INPUT = [
    RNG.random((30, 4, 20)), np.zeros((30, 4, 20)), np.ones((30, 4, 20)), RASTER[:1], RASTER * 2,
    RASTER[:, :, 0]]


@pytest.mark.parametrize(
    "X", OTHER_INPUT, ids=["series", "zeros", "ones", "one row", "counts", "features"])
def test_other_input_is_encoded_without_a_warning(X):
    assert warned(SpikeEncoder().fit, X) == []


ESTIMATORS = [
    SpikeEncoder(), *NETWORKS, SNNClassifier(5, **SMALL, encoder=SpikeEncoder()), SpikeCounter(),
    SpikingRocket(5, random_state=0)]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_channels_of_one_step_give_one_warning(estimator):
    X = RASTER.reshape(30, 80, 1) * (
        0.5 if isinstance(estimator, SpikeEncoder) or hasattr(estimator, "max_iter") else 1)
    (message,) = warned(estimator.fit, X, Y)
    assert (
        "shape (30, 80, 1): 80 channels of one step each" in message
        and "pass X.transpose(0, 2, 1)" in message)
    assert warned(estimator.fit, X.transpose(0, 2, 1), Y) == []


def test_a_single_row_or_channel_of_one_step_gives_no_warning():
    assert warned(SNNTransformer(5, rule=None, random_state=0).fit, np.zeros((1, 80, 1))) == []
    assert warned(SNNTransformer(5, rule=None, random_state=0).fit, RNG.random((30, 1, 1))) == []


@pytest.mark.parametrize(("network", "name"), pairs(NETWORKS, UNSCALED))
def test_currents_of_very_different_scale_give_one_warning(name, network):
    X, y = table(name)
    (message,) = warned(network.fit, X, y)
    assert message.startswith(
        f"{type(network).__name__} takes 2-D input as currents") and "standardize=True" in message
    assert (
        f"of {X.shape[1]} columns vary less than 1/100 as much as column "
        f"{X.std(axis=0).argmax()}, " in message)
    assert warned(network.predict if hasattr(network, "predict") else network.transform, X) == []
    assert warned(clone(network).set_params(standardize=True).fit, X, y) == []


def test_only_the_first_chunk_gives_a_warning():
    X, y = table("wine")
    network = SNNClassifier(5, **SMALL)
    assert [
        len(warned(lambda: network.partial_fit(X, y, classes=np.unique(y)))) for _ in range(2)] == [
        1, 0]


@pytest.mark.parametrize(("name", "scaler"), pairs(TOYS, SCALERS))
def test_scaled_tables_give_no_warning(name, scaler):
    X, y = table(name)
    X = scaler.fit_transform(X[:, :3] if isinstance(scaler, OneHotEncoder) else X)
    assert warned(SNNClassifier(5, **SMALL).fit, X, y) == []
    assert warned(SNNClassifier(5, **SMALL, encoder=SpikeEncoder()).fit, X, y) == []


@pytest.mark.parametrize("name", sorted(set(TOYS) - set(UNSCALED)))
def test_tables_in_one_unit_give_no_warning(name):
    assert warned(SNNClassifier(5, **SMALL).fit, *table(name)) == []


def test_rare_categories_rare_pixels_rounding_and_large_numbers_give_no_warning():
    rare = np.eye(2000)[:, :1]
    pixels = np.where(np.arange(64) < 8, rare, 255 * RNG.random((2000, 64)))
    for X in (
            np.hstack([rare, RNG.normal(size=(2000, 1))]), pixels,
            np.hstack([np.ones((90, 2)) + 1e-16, RNG.random((90, 2))])):
        assert warned(SNNClassifier(5, **SMALL).fit, X, np.arange(len(X)) % 2) == []
    assert warned(LZCTransformer().fit, RNG.random((30, 40)) * 1e150) == []


@pytest.mark.parametrize("reader", READERS, ids=repr)
@pytest.mark.parametrize("name", UNSCALED)
def test_a_table_instead_of_series_gives_one_warning(name, reader):
    X, y = table(name)
    (message,) = warned(reader.fit, X, y)
    assert (
        message.startswith(f"{type(reader).__name__} reads each row of 2-D input as a series")
        and "SpikeEncoder" in message)
    assert warned(make_pipeline(SpikeEncoder(), reader).fit, X, y) == []


@pytest.mark.parametrize(
    "X", list(series()), ids=["walk", "noise", "ramp", "growth", "damped", "bursts"])
def test_series_of_any_kind_give_no_warning(X):
    for reader in READERS:
        assert warned(reader.fit, X, np.arange(len(X)) % 2) == []


@pytest.mark.parametrize("name", ["make_poisson", "make_saccades", "make_order"])
def test_rasters_of_the_generators_give_no_warning(name):
    X, y = made(name)
    for estimator in (
            *NETWORKS[:2], SpikeCounter(), LZCTransformer(), SpikingRocket(5, random_state=0)):
        assert warned(estimator.fit, X, y) == []
    several = np.bincount(y)[y] > 1  # discriminant analysis warns of classes of one sample
    trains, y = X[several, 0].astype(float), y[several]
    assert [message for reader in READERS for message in warned(reader.fit, trains, y)] == []


@pytest.mark.parametrize("rule", ["surrogate", "tempotron"])
def test_a_falling_loss_gives_one_warning_and_the_suggested_solution_helps(rule):
    X, y = table("iris")
    X = StandardScaler().fit_transform(X)
    network = SNNClassifier(
        8, rule=rule, max_iter=3, n_steps=50, random_state=0,
        learning_rate=0.002 if rule == "surrogate" else None)
    with pytest.warns(
            ConvergenceWarning,
            match="loss fell by more than 10% .* of 3 epochs. Raise max_iter or learn") as caught:
        network.fit(X, y)
    assert len(caught) == 1 and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.set_params(max_iter=30, learning_rate=None).fit(X, y)


@pytest.mark.parametrize(
    ("cls", "encoder"), [(SNNClassifier, None), (SNNRegressor, SpikeEncoder(random_state=0))])
def test_trains_of_another_length_give_one_warning(cls, encoder):
    X = RASTER if encoder is None else RNG.normal(size=RASTER.shape)
    network = cls(
        5, **{**SMALL, "n_steps": 7 if encoder is None else None}, readout="count",
        encoder=encoder)
    network = clone(network).fit(X, Y)
    for n_steps in (1, 10, 40):
        other = np.concatenate([X, X], axis=2)[:, :, :n_steps]
        (message,) = warned(network.predict, other)
        assert f"was fitted on trains of 20 steps and got {n_steps} steps" in message
        assert "SpikeEncoder(n_steps=20)" in message
    for n_steps in (11, 20, 39):
        assert warned(network.predict, np.concatenate([X, X], axis=2)[:, :, :n_steps]) == []
    if encoder is not None:
        network.set_params(encoder__n_steps=20).fit(X, Y)
        assert warned(network.predict, X[:, :, :5]) == []


def motions(n_samples=40, n_channels=6, n_steps=100):
    """Return signals as of a sensor of motion, and labels."""
    rng, y = np.random.default_rng(0), np.arange(n_samples) % 2
    phase = rng.uniform(0, 6, (n_samples, n_channels, 1))
    X = np.sin(np.arange(n_steps) / (3 + 3 * y[:, None, None]) + phase)
    return X + 0.1 * rng.normal(size=X.shape), y


@pytest.mark.parametrize(
    "estimator", [SNNClassifier(5, **SMALL), SpikeEncoder(), SpikingRocket(70)], ids=repr)
def test_steps_on_the_second_axis_give_one_warning(estimator):
    X, y = motions()
    (message,) = warned(clone(estimator).fit, X.transpose(0, 2, 1), y)
    assert message.startswith(f"{type(estimator).__name__} got 3-D input of shape (40, 100, 6): ")
    assert message.endswith("If the second axis is time, pass X.transpose(0, 2, 1).")
    assert warned(clone(estimator).fit, X, y) == []


def test_channels_that_are_many_give_no_warning():
    """Images, noise, neurons with rates of their own, and signals of equal channels."""
    rng = np.random.default_rng(0)
    digits = sklearn.datasets.load_digits().data[:60, :, np.newaxis]
    X = [
        digits + rng.normal(size=(60, 64, 10)), rng.normal(size=(60, 100, 5)),
        rng.poisson(rng.uniform(0, 5, (60, 100, 1)), (60, 100, 5)).astype(float),
        np.repeat(motions(60, 1, 8)[0], 40, axis=1), motions(60, 40, 8)[0]]
    for series in X:
        assert warned(SpikeEncoder().fit, series) == []


@pytest.mark.parametrize("estimator", [*NETWORKS[::2], SpikeEncoder()], ids=repr)
def test_one_recording_as_a_table_gives_one_warning(estimator):
    X, y = motions(5, n_steps=400)
    x, y = np.concatenate(X, axis=1), np.repeat(y, 400)
    estimator = clone(estimator)
    (message,) = warned(estimator.fit, x.T, y)
    assert message.startswith(f"{type(estimator).__name__} takes the 2000 rows of 2-D input as ind")
    assert "fit([X.T], [y])" in message and "Otherwise shuffle the rows." in message
    order = np.random.default_rng(0).permutation(2000)
    assert warned(estimator.fit, x.T[order], y[order]) == []


@pytest.mark.parametrize("name", TOYS)
def test_tables_in_any_order_are_no_recordings(name):
    X, y = table(name)
    X = StandardScaler().fit_transform(X)
    for order in (slice(None), np.argsort(y, kind="stable"), np.argsort(X[:, 0])):
        assert warned(SNNClassifier(5, **SMALL).fit, X[order], y[order]) == []


def test_sorted_columns_grids_and_persons_are_no_recordings():
    rng, x = np.random.default_rng(0), np.linspace(-1, 1, 900)
    grid = np.stack(np.meshgrid(x[::30], x[::30]), axis=-1).reshape(-1, 2)
    persons = np.repeat(rng.normal(size=(90, 4)), 10, axis=0)
    for X in (x[:, None], np.c_[x, x**2, x**3], grid, persons, rng.normal(size=(900, 2))):
        assert warned(SNNRegressor(5, **SMALL).fit, X, x) == []


def test_an_early_decision_on_a_table_gives_a_warning():
    X, y = table("iris")
    X = X[:, :3]
    early = EarlyClassifier(SNNClassifier(5, **SMALL), cv=2)
    (message,) = warned(early.fit, X, y)
    assert message.startswith("EarlyClassifier got a table (2-D input). A network gets all")
    (message,) = warned(EarlyClassifier(cv=2, random_state=0).fit, X, y)
    assert message.startswith("EarlyClassifier reads each row of 2-D input as a series of 3 steps.")
    X, y = table("wine")
    (message,) = warned(EarlyClassifier(cv=2, random_state=0).fit, np.tile(X, 2), y)
    assert message.startswith("EarlyClassifier reads each row of 2-D input as a series, but the")
    series, y = motions(40, 1)
    for X in (series, series[:, 0], series[:, :, :10]):
        assert warned(EarlyClassifier(cv=2, random_state=0).fit, X, y) == []


def not_converged(fit, *data, **options):
    """Return the number of convergence warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(*data, **options)
    return len(caught)


def test_fits_of_one_search_give_a_warning_once(monkeypatch):
    monkeypatch.setattr(_warnings, "MAX_LOSS_FALL", -1.0)  # each fit gives a warning
    X, y = table("iris")
    network = SNNClassifier(4, max_iter=3, random_state=0)
    assert not_converged(network.fit, X, y) == 1
    for _ in range(2):  # each call has its own
        assert not_converged(cross_val_score, network, X, y) == 1
    search = GridSearchCV(network, {"learning_rate": [0.002, 0.0021]}, cv=3)
    assert not_converged(search.fit, X, y) == not_converged(search.fit, X, y) == 1
    search.set_params(param_grid={"max_iter": [3, 4]})
    assert not_converged(search.fit, X, y) == 2  # other messages


def test_a_worker_process_gives_equal_warnings_once(monkeypatch):
    monkeypatch.setattr(_warnings, "MAX_LOSS_FALL", -1.0)
    monkeypatch.setattr(_warnings, "_IN_CALLS", WeakKeyDictionary())
    X, y = table("iris")
    network = SNNClassifier(4, max_iter=3, random_state=0)
    assert [not_converged(network.fit, X, y) for _ in range(2)] == [1, 1]
    monkeypatch.setattr(multiprocessing.current_process(), "name", "LokyProcess-1")
    assert [not_converged(network.fit, X, y) for _ in range(2)] == [1, 0]
