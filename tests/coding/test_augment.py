"""Augmentation: where spikes and signals go, what is random, and how networks use it."""

import naive
import numpy as np
import pytest
from sklearn.base import clone

from skspike import SNNClassifier, SNNRegressor, SNNTransformer, SpikeEncoder
from skspike._networks._settings import settings_of
from skspike._networks._training_samples import Inputs
from skspike.coding import Augment, Augmentation
from skspike.coding._augment import amounts_of
from skspike.datasets import make_poisson
from skspike.learning import Reservoir, SurrogateGradient, Tempotron
from skspike.simulation import from_raster

KEYS = np.arange(40, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
AMOUNTS = {
    "channel_shift": 0.2, "channel_stretch": 0.3, "time_shift": 0.2, "time_stretch": 0.4,
    "drop": 0.5, "jitter": 2.5}
SMALL = {"hidden_layer_sizes": 5, "max_iter": 2, "batch_size": 8, "random_state": 0}


def rasters(n_samples=40, n_channels=9, n_steps=50, share=0.2):
    """Return random rasters."""
    rng = np.random.default_rng(0)
    return (rng.random((n_samples, n_channels, n_steps)) < share).astype(np.uint8)


def markers(*where, n_channels=9, n_steps=51):
    """Return 40 equal rasters with a spike at each place."""
    X = np.zeros((40, n_channels, n_steps), np.uint8)
    for channel, step in where:
        X[:, channel, step] = 1
    return X


def apply(X, keys=KEYS, spikes=True, **amounts):
    """Return augmented samples."""
    return Augment(**amounts).apply(X, keys[: len(X)], spikes)


# -- the changes


@pytest.mark.small
def test_nothing_changes_without_amounts():
    X = rasters()
    assert apply(X) is X


@pytest.mark.small
@pytest.mark.parametrize("spikes", [True, False])
def test_input_keeps_its_values_and_flags(spikes):
    X = rasters().astype(np.float32)
    before = X.copy()
    changed = apply(X, spikes=spikes, **AMOUNTS)
    assert X.flags.writeable and np.array_equal(X, before)
    assert changed.shape == X.shape and changed.dtype == X.dtype
    assert not np.array_equal(changed, X)


@pytest.mark.small
@pytest.mark.parametrize(
    ("name", "amount", "found"), [
        ("channel_shift", 0.2, lambda X: X.any(axis=2).argmax(axis=1) - 4),
        ("time_shift", 0.2, lambda X: X.any(axis=1).argmax(axis=1) - 25)])
@pytest.mark.parametrize("spikes", [True, False])
def test_shifts_are_uniform_up_to_the_share_of_the_length(name, amount, found, spikes):
    shifts = found(apply(markers((4, 25)), spikes=spikes, **{name: amount}) > 0.4)
    largest = {"channel_shift": 0.2 * 9, "time_shift": 0.2 * 51}[name]
    assert abs(shifts).max() <= largest + 0.5 and np.ptp(shifts) > largest
    assert abs(shifts.mean()) < 4 * largest / np.sqrt(3 * 40)


@pytest.mark.small
def test_stretches_keep_the_middle_and_move_the_ends():
    X = markers((4, 25), (4, 45))
    for name, value in (("time_stretch", 0.2), ("channel_stretch", 0.5)):
        assert apply(X, **{name: value})[:, 4, 25].all()
    steps = [np.flatnonzero(x.any(axis=0)) for x in apply(X, time_stretch=0.2)]
    distances = np.array([pair[1] - pair[0] for pair in steps])
    assert 16 <= distances.min() < 18 and 22 < distances.max() <= 24


@pytest.mark.small
def test_spikes_and_signals_go_where_the_definition_says(rng):
    amounts = {name: AMOUNTS[name] for name in list(AMOUNTS)[:4]}
    X = rasters(n_samples=20)
    signals = rng.normal(size=(20, 9, 50))
    moved, read = apply(X, **amounts), apply(signals, spikes=False, **amounts)
    largest = Augment(**amounts)._amounts(9, 50)
    for b in range(20):
        _, _, shift, stretch, late, slow, _ = amounts_of(KEYS[b], largest)
        drawn = {
            "channel_shift": shift, "channel_stretch": stretch, "time_shift": late,
            "time_stretch": slow}
        assert abs(shift) <= 0.2 * 9 and abs(stretch - 1) <= 0.3
        assert abs(late) <= 0.2 * 50 and abs(slow - 1) <= 0.4
        np.testing.assert_array_equal(moved[b], naive.moved_spikes(X[b], **drawn))
        np.testing.assert_array_equal(read[b], naive.moved_signal(signals[b], **drawn))


@pytest.mark.small
@pytest.mark.compiled
def test_a_share_of_events_is_lost_that_differs_between_samples():
    X = rasters(n_steps=2000, n_channels=2)
    shares = 1 - apply(X, drop=0.5).sum(axis=(1, 2)) / X.sum(axis=(1, 2))
    assert shares.min() < 0.1 and 0.4 < shares.max() < 0.55
    assert abs(shares.mean() - 0.25) < 4 * 0.5 / np.sqrt(12 * 40)
    assert not apply(X, drop=0.5)[X == 0].any()
    signals = np.cumsum(X, axis=2).astype(float)
    held = apply(signals, spikes=False, drop=0.5)
    late = held != signals
    assert late.any() and not late[..., 0].any()
    assert (held[..., 1:][late[..., 1:]] == held[..., :-1][late[..., 1:]]).all()


@pytest.mark.small
def test_jitter_moves_each_event_by_itself():
    X = markers(*((c, 25) for c in range(9)))
    steps = apply(X, jitter=3.0).argmax(axis=2) - 25
    assert set(steps.ravel()) == {-3, -2, -1, 0, 1, 2, 3}
    assert (steps.std(axis=1) > 0).all()
    slope = np.tile(np.arange(51.0), (40, 9, 1))
    moved = apply(slope, spikes=False, jitter=3.0) - slope
    inner = moved[..., 4:-4]
    assert abs(inner).max() <= 3 and 1.6 < inner.std() < 1.85  # 3 / sqrt(3)


@pytest.mark.small
def test_the_first_event_does_not_depend_on_the_amounts_of_its_sample():
    X = np.zeros((400, 2, 51), np.uint8)
    X[:, 0, 0] = 1
    X[:, 1] = 1
    keys = np.arange(1, 401, dtype=np.uint64) * KEYS[1]
    lost = apply(X, keys, drop=1.0) == 0
    shares = lost[:, 1].mean(axis=1)
    assert abs(lost[:, 0, 0].mean() - shares.mean()) < 0.1
    moved = apply(X, keys, jitter=40.0)[:, 0]
    stays = moved.any(axis=1)
    assert stays.sum() > 150
    assert abs(np.corrcoef(moved.argmax(axis=1)[stays], shares[stays])[0, 1]) < 0.25


@pytest.mark.small
def test_the_smallest_jitter_changes_nothing_else():
    X = np.arange(51.0).repeat(40).reshape(51, 40).T[:, None]
    amounts = {"time_shift": 6, "time_stretch": 1.3}
    wanted = apply(X, spikes=False, **amounts)
    assert np.array_equal(apply(X, spikes=False, jitter=1e-9, **amounts), wanted)
    assert not np.array_equal(wanted, X)


@pytest.mark.small
@pytest.mark.parametrize("spikes", [True, False])
def test_jitter_does_not_depend_on_which_events_are_lost(spikes):
    # values that are their steps show where an event is from
    X = np.tile(np.arange(1.0, 101.0), (40, 9, 1)) * (np.arange(100) % 10 == 5 if spikes else 1)
    lost, jittered = (
        apply(X, spikes=spikes, **amount) for amount in ({"drop": 0.9}, {"jitter": 3.0}))
    sample, channel, step = np.nonzero(jittered)
    source = jittered[sample, channel, step].astype(int) - 1
    event = sample, channel, source if spikes else step
    kept = lost[event] == X[event]
    assert 0.4 < kept.mean() < 0.7
    assert abs((step - source)[kept].mean()) < 0.15


@pytest.mark.small
def test_signed_spikes_keep_their_sign_and_integers_their_type():
    X = rasters().astype(np.float32) * np.where(np.arange(50) % 2, -1, 1).astype(np.float32)
    moved = apply(X, time_shift=0.2)
    assert set(np.unique(moved)) == {-1, 0, 1}
    levels = apply(np.arange(100).reshape(2, 1, 50), spikes=False, time_shift=0.1)
    assert levels.dtype == int and set(levels[1, 0]) <= set(range(50, 100))


@pytest.mark.small
@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 1, 20), (3, 5, 1), (3, 2, 2), (3, 2, 16)])
@pytest.mark.parametrize("spikes", [True, False])
def test_small_samples_stay_within_their_range(shape, spikes):
    X = np.ones(shape, np.uint8 if spikes else float)
    changed = apply(X, spikes=spikes, **{**AMOUNTS, "jitter": 1e18})
    assert changed.shape == shape and set(np.unique(changed)) <= {0, 1}
    if not spikes:
        assert (changed == 1).all()


@pytest.mark.small
def test_a_sample_depends_on_its_key_alone():
    X, some = rasters(), np.array([7, 3, 30])
    for spikes, values in ((True, X), (False, X.astype(float))):
        every = apply(values, spikes=spikes, **AMOUNTS)
        alone = apply(values[some], KEYS[some], spikes, **AMOUNTS)
        np.testing.assert_array_equal(alone, every[some])
        same = apply(values[:2], KEYS[[5, 5]], spikes, **AMOUNTS)
        assert not np.array_equal(same[0], every[0])


@pytest.mark.small
@pytest.mark.parametrize(
    ("name", "value"), [
        *((name, -0.1) for name in AMOUNTS), ("channel_shift", 1.1), ("channel_stretch", 1.0),
        ("time_shift", 2), ("time_stretch", 0.95), ("drop", 1.5), ("jitter", np.inf)])
def test_amounts_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a finite number"):
        Augment(**{name: value}).check()
    with pytest.raises(TypeError, match=f"^{name} must be a finite number"):
        Augment(**{name: "much"}).check()


@pytest.mark.small
@pytest.mark.parametrize("share", [0.02, 0.9])
@pytest.mark.parametrize("n_steps", [1, 50, 64, 130])
def test_events_move_as_rasters_do(share, n_steps):
    X, some = rasters(8, n_channels=33, n_steps=n_steps, share=share), np.array([7, 3, 5])
    for augment in (Augment(), Augment(time_shift=0.3, channel_shift=0.2), Augment(**AMOUNTS)):
        events = augment.apply_to_events(from_raster(X, dense_share=1.0).take(some), KEYS[some])
        expected = from_raster(augment.apply(X[some], KEYS[some], spikes=True), dense_share=1.0)
        np.testing.assert_array_equal(events.raster(), expected.raster())
        for lists in ("by_step", "by_channel"):
            found, wanted = (
                getattr(one.with_channels(dense_share=1.0), lists) for one in (events, expected))
            if augment.drop:  # with its own rows
                np.testing.assert_array_equal(found.ptr, wanted.ptr)
                np.testing.assert_array_equal(found.idx, wanted.idx)
        packed = augment.apply_to_events(from_raster(X).take(some), KEYS[some])
        np.testing.assert_array_equal(packed.raster(), expected.raster())
    events = from_raster(X[some], dense_share=1.0)
    moved = Augmentation.apply_to_events(Augment(**AMOUNTS), events, KEYS[some])
    np.testing.assert_array_equal(
        moved.raster(), Augment(**AMOUNTS).apply_to_events(events, KEYS[some]).raster())


# -- in networks


@pytest.fixture(scope="module")
def data():
    """Return rasters of two classes and their labels."""
    return make_poisson(48, 8, 40, rates=(20, 120), random_state=0)


def learned(network):
    """Return the learned arrays of a network."""
    return [*network.weights_, *sum(network.intrinsics_.values(), [])]


def assert_same(one, other):
    """Check that two networks have learned the same, bit for bit."""
    for a, b in zip(learned(one), learned(other), strict=True):
        np.testing.assert_array_equal(a, b)


KINDS = {
    "rasters": ({}, lambda X: X), "delays": ({"delays": (0, 3, 9)}, lambda X: X),
    "currents": ({}, lambda X: X * 1.5 + np.arange(40)), "signed": ({}, lambda X: X * -1.0),
    "encoder": ({"encoder": SpikeEncoder()}, lambda X: X.cumsum(axis=2) * 1.0),
    "resampled": ({"encoder": SpikeEncoder(n_steps=20)}, lambda X: X.cumsum(axis=2) * 1.0),
    "unequal": ({"delays": (0, 2)}, lambda X: [x[:, : 20 + k % 3] for k, x in enumerate(X)]),
    "unequal, resampled": (
        {"encoder": SpikeEncoder(n_steps=15)},
        lambda X: [x[:, : 20 + k % 3] * 1.0 for k, x in enumerate(X)])}
every_kind = pytest.mark.parametrize(("parameters", "convert"), KINDS.values(), ids=list(KINDS))


@every_kind
def test_networks_do_not_depend_on_threads_or_order(parameters, convert, data):
    X, y = convert(data[0]), data[1]
    rule = SurrogateGradient(augment=Augment(**AMOUNTS))
    network = SNNClassifier(**SMALL, **parameters, rule=rule)
    fitted = clone(network).fit(X, y)
    assert_same(fitted, clone(network).set_params(n_jobs=2).fit(X[::-1], y[::-1]))
    plain = SNNClassifier(**SMALL, **parameters).fit(X, y)
    assert not np.array_equal(fitted.weights_[0], plain.weights_[0])
    assert np.isfinite(fitted.decision_function(X)).all()


@pytest.mark.parametrize("cls", [SNNClassifier, SNNRegressor, SNNTransformer])
def test_an_augmentation_without_amounts_changes_nothing(cls, data):
    X, y = data
    rule = SurrogateGradient(augment=Augment())
    assert_same(cls(**SMALL).fit(X, y), cls(**SMALL, rule=rule).fit(X, y))


def test_each_epoch_and_chunk_has_other_changes_of_the_same_samples(data):
    X, y = data
    rule, rows = SurrogateGradient(augment=Augment(time_shift=0.3)), np.arange(48)
    settings = settings_of(SNNClassifier(**SMALL, rule=rule, delays=(0, 2)), X)
    inputs = Inputs(X, settings, noise_seed=1)
    first, second = (inputs.batch(rows, epoch).raster() for epoch in (0, 1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(inputs.batch(rows[5:9], 1).raster(), second[5:9])
    later = Inputs(X[5:], settings, noise_seed=1, first_row=5)
    np.testing.assert_array_equal(later.batch(rows[:4], 1).raster(), second[5:9])
    # without an epoch, samples are as they are. Delays act after the augmentation.
    still = inputs.batch(rows).raster()
    np.testing.assert_array_equal(still[:, :8], X)
    np.testing.assert_array_equal(second[:, 8:, 2:], second[:, :8, :-2])


def test_chunks_in_order_give_what_one_pass_gives(data):
    X, y = data
    network = SNNClassifier(**SMALL, rule=SurrogateGradient(augment=Augment(**AMOUNTS)))
    one = clone(network).partial_fit(X, y, classes=[0, 1])
    for rows in (slice(0, 16), slice(16, 48)):
        network.partial_fit(X[rows], y[rows], classes=[0, 1])
    for a, b in zip(learned(one), learned(network), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_rules_that_cannot_use_it_refuse_it(data):
    rule = SurrogateGradient(solver="descent", augment=Augment(drop=0.1))
    with pytest.raises(ValueError, match="'descent' does not support augment, .* Leave it out"):
        SNNClassifier(**SMALL, rule=rule).fit(*data)
    with pytest.raises(ValueError, match="Invalid parameter 'augment' for estimator Reservoir"):
        SNNClassifier(rule=Reservoir()).set_params(rule__augment=Augment(drop=0.1))


def test_wrong_augmentations_are_refused_before_anything_changes(data):
    X, y = data
    network = SNNClassifier(**SMALL)
    for wrong, error, message in (
            ("shift", TypeError, "augment must be an Augmentation, such as"),
            (Augment, TypeError, "augment must be an Augmentation, such as"),
            (Augment(drop=2), ValueError, "drop must be a finite number")):
        with pytest.raises(error, match=message):
            network.set_params(rule__augment=wrong).fit(X, y)
    with pytest.raises(ValueError, match=r"got a table \(2-D input\)"):
        network.set_params(rule__augment=Augment()).fit(X.mean(axis=2), y)
    assert not hasattr(network, "weights_")


class Mirror(Augmentation):
    """Reverse time in half of the samples."""

    def apply(self, X, keys, spikes):
        """Return the changed samples."""
        return np.where((keys % 2 == 1)[:, None, None], X[..., ::-1], X)


def test_users_can_add_their_own(data):
    X, y = data
    settings = settings_of(SNNClassifier(**SMALL, rule=SurrogateGradient(augment=Mirror())), X)
    changed = Inputs(X, settings, noise_seed=1).batch(np.arange(48), 0).raster()
    mirrored = (changed == X[..., ::-1]).all(axis=(1, 2))
    assert 12 < mirrored.sum() < 36
    assert ((changed == X).all(axis=(1, 2)) | mirrored).all()


# -- the default of networks

DEFAULT = Augment(time_shift=0.05)


def weights_of(cls, X, augment, rule=SurrogateGradient(), **parameters):
    """Return the weights of a small network."""
    rule = clone(rule).set_params(augment=augment)
    network = cls(8, max_iter=2, random_state=0, rule=rule, **parameters)
    return np.concatenate([w.ravel() for w in network.fit(X, np.arange(len(X)) % 2).weights_])


@pytest.mark.parametrize("cls", [SNNClassifier, SNNTransformer])
@pytest.mark.parametrize("encoder", [None, SpikeEncoder()], ids=repr)
def test_series_are_shifted_in_time_by_default(cls, encoder, rng):
    X = rng.normal(size=(24, 2, 40))
    for samples in (X, [x[:, : 38 + k % 3] for k, x in enumerate(X)]):
        chosen, given, without = (
            weights_of(cls, samples, augment, encoder=encoder)
            for augment in ("auto", DEFAULT, None))
        np.testing.assert_array_equal(chosen, given)
        assert not np.array_equal(chosen, without)


@pytest.mark.parametrize(
    ("cls", "kind", "parameters"), [
        (SNNRegressor, "series", {}), (SNNClassifier, "table", {}), (SNNClassifier, "raster", {}),
        (SNNClassifier, "signed", {}), (SNNClassifier, "raster", {"encoder": SpikeEncoder()}),
        *((SNNClassifier, "series", {"rule": rule}) for rule in (
            Tempotron(), SurrogateGradient(solver="descent")))],
    ids=str)
def test_values_exact_times_tables_and_other_rules_are_not_augmented_by_default(
        cls, kind, parameters, rng):
    series = rng.normal(size=(24, 2, 40))
    X = {
        "series": series, "table": series[:, 0], "raster": (series > 1).astype(np.uint8),
        "signed": np.sign(series) * (abs(series) > 1)}[kind]
    chosen, without = (weights_of(cls, X, augment, **parameters) for augment in ("auto", None))
    np.testing.assert_array_equal(chosen, without)
