"""Generated trains have the stated statistics, and classes differ only in the stated one."""

import inspect
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from skspike import datasets

SIGMAS = 4.5  # a normal deviate exceeds this once in 150,000
# make_saccades converts images, and generators of recordings have no labels of samples. They have
# tests of their own
GENERATORS = {
    name: make for name, make in ((name, getattr(datasets, name)) for name in datasets.__all__)
    if "n_samples" in inspect.signature(make).parameters}
CLASSES = {"make_templates": 4, "make_syllables": 12}  # all others have two
# generators whose classes have equal rates: probability of a spike per step of dt ms in n steps
SAME_RATE = {
    "make_markov": lambda n, dt: 0.040 * dt,
    "make_gamma": lambda n, dt: 0.025 * dt,
    "make_order": lambda n, dt: (50 / dt * 0.060 + (n - 50 / dt) * 0.005) * dt / n,
    "make_telegraph": lambda n, dt: 0.030 * dt,
    "make_sync": lambda n, dt: 0.020 * dt,
    "make_templates": lambda n, dt: (1 + (n - 1) * 0.010 * dt) / n,
}


def z_score(values, mean):
    """Return the distance of the mean over samples from `mean`, in standard errors."""
    return (values.mean(axis=0) - mean) / (values.std(axis=0) / np.sqrt(len(values)))


def intervals(X):
    """Return all intervals between neighbouring spikes of a channel, in steps."""
    sample, channel, step = X.nonzero()
    train = sample * X.shape[1] + channel
    return np.diff(step)[train[1:] == train[:-1]]


def distance(values, cdf):
    """Return the Kolmogorov-Smirnov statistic of integers, times the root of their number."""
    found, counts = np.unique(values, return_counts=True)
    return abs(np.cumsum(counts) / len(values) - cdf(found)).max() * np.sqrt(len(values))


def within_pairs(X, lag):
    """Return the mean product of spikes `lag` steps apart in two channels, for each sample."""
    now, later = X[:, :, : X.shape[2] - lag].astype(float), X[:, :, lag:].astype(float)
    products = (now.sum(axis=1) * later.sum(axis=1) - (now * later).sum(axis=1)).mean(axis=1)
    return products / (X.shape[1] * (X.shape[1] - 1))


def own_products(X, lag):
    """Return the mean product of spikes `lag` steps apart in one channel, for each sample."""
    return (X[:, :, : X.shape[2] - lag] & X[:, :, lag:]).mean(axis=(1, 2))


# -- all generators


@pytest.mark.parametrize("name", GENERATORS)
def test_data_are_a_raster_and_labels_that_a_seed_fixes(name):
    make = GENERATORS[name]
    X, y = make(40, 4, 180, random_state=3)
    assert X.shape == (40, 4, 180) and X.dtype == np.uint8 and X.flags.c_contiguous
    assert set(np.unique(X)) == {0, 1}
    assert y.shape == (40,) and y.dtype.kind == "i"
    for same in (3, np.random.RandomState(3)):
        again = make(40, 4, 180, random_state=same)
        assert np.array_equal(X, again[0]) and np.array_equal(y, again[1])
    other = make(40, 4, 180, random_state=4)
    assert not np.array_equal(X, other[0]) and not np.array_equal(y, other[1])
    assert not np.array_equal(make(40)[0], make(40)[0])


@pytest.mark.parametrize("name", GENERATORS)
def test_labels_are_balanced(name):
    counts = np.bincount(GENERATORS[name](4000, 2, 130, random_state=0)[1])
    share = 1 / len(counts)
    assert len(counts) == CLASSES.get(name, 2)
    assert abs(counts - 4000 * share).max() < SIGMAS * np.sqrt(4000 * share * (1 - share))


@pytest.mark.parametrize("name", SAME_RATE)
def test_every_class_and_step_has_the_stated_rate(name):
    X, y = GENERATORS[name](2000, 6, 500, dt=0.5, random_state=0)
    p = SAME_RATE[name](500, 0.5)
    for label in np.unique(y):
        counts = X[y == label].sum(axis=2, dtype=float)
        assert abs(z_score(counts.mean(axis=1), 500 * p)) < SIGMAS
        assert abs(z_score(counts, 500 * p)).max() < SIGMAS
        if name not in ("make_order", "make_templates"):
            assert abs(z_score(X[y == label].mean(axis=1), p)).max() < SIGMAS


def test_memory_beyond_the_data_is_flat():
    tracemalloc.start()
    X, y = datasets.make_syllables(2000, random_state=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert X.nbytes > 10e6
    assert peak - X.nbytes - y.nbytes < 30e6


# -- each generator


def test_poisson_rates_are_in_hertz():
    X, y = datasets.make_poisson(
        2000, 10, 200, rates=(5.0, 20.0, 24.0, 2000.0), dt=0.5, random_state=0)
    for label, rate in enumerate((5.0, 20.0, 24.0)):
        counts, p = X[y == label].sum(axis=2), rate * 0.0005
        assert abs(z_score(counts, 200 * p)).max() < SIGMAS
        assert counts.var() / counts.mean() == pytest.approx(
            1 - p, abs=SIGMAS * np.sqrt(2 / counts.size) * 1.1)
    assert X[y == 3].all()


def test_poisson_trains_are_independent_with_geometric_intervals():
    X, _ = datasets.make_poisson(1000, 10, 200, rates=(50.0,), random_state=0)
    for lag in range(4):
        assert abs(z_score(within_pairs(X, lag), 0.05**2)) < SIGMAS
        if lag:
            assert abs(z_score(own_products(X, lag), 0.05**2)) < SIGMAS
    X, _ = datasets.make_poisson(20, 40, 5000, rates=(25.0,), random_state=0)
    assert distance(intervals(X), stats.geom(0.025).cdf) < 2


def test_markov_trains_have_their_transitions():
    p, rhos = 0.1, (0.0, 0.3, -0.1)
    X, y = datasets.make_markov(1500, 10, 250, rate=100.0, correlations=rhos, random_state=0)
    for label, rho in enumerate(rhos):
        before, after = X[y == label, :, :-1] == 1, X[y == label, :, 1:]
        for state, expected in ((True, p + rho * (1 - p)), (False, p * (1 - rho))):
            found = after[before == state]
            assert abs(found.mean() - expected) < SIGMAS * np.sqrt(
                expected * (1 - expected) / found.size)
        assert abs(z_score(within_pairs(X[y == label], 1), p**2)) < SIGMAS


def test_limits_of_correlations_and_rates_are_reached_with_any_rounding():
    X, y = datasets.make_markov(50, 4, 100, rate=500.0, correlations=(1.0, -1.0), random_state=0)
    assert (X[y == 0] == X[y == 0, :, :1]).all()  # constant
    assert (X[y == 1, :, 1:] != X[y == 1, :, :-1]).all()  # alternates
    with pytest.raises(ValueError, match="correlations"):
        datasets.make_markov(50, 4, 100, rate=800.0, correlations=(-0.26,))
    for dt in (0.1, 0.7, 3.0):
        for rate in range(1, 300, 37):
            for p in (rate * dt / 1000, rate / 1000 * dt, dt / 1000 * rate):
                low = 1 - 1 / max(p, 1 - p)
                X, _ = datasets.make_markov(
                    2, 1, 3, rate=rate, dt=dt, correlations=(0, low), random_state=0)
                assert X.max() <= 1
    # with the first dt, dt * (1000 / dt) rounds to more than 1000
    for dt in (17.833057905688907, 0.1):
        assert datasets.make_gamma(3, 2, 4, rate=1000 / dt, dt=dt, random_state=0)[0].all()
        assert datasets.make_markov(
            3, 2, 4, rate=1000 / dt, dt=dt, correlations=(0.0,), random_state=0)[0].all()


@pytest.mark.parametrize("shape", [0.5, 3.0])
def test_gamma_trains_are_stationary_with_independent_negative_binomial_intervals(shape):
    X, _ = datasets.make_gamma(4, 40, 10000, shapes=(shape,), random_state=0)
    law = stats.nbinom(shape, shape / (shape + 39), loc=1)
    found = intervals(X)
    assert distance(found, law.cdf) < 2
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < SIGMAS / np.sqrt(len(found))
    X, _ = datasets.make_gamma(1000, 10, 600, shapes=(shape,), random_state=0)
    first = X.reshape(-1, 600)
    first = np.where(first.any(axis=1), first.argmax(axis=1), 600)
    cdf = np.append(np.cumsum(law.sf(np.arange(600))) / 40, 1)
    assert distance(first, lambda k: cdf[k]) < 2


def test_order_volleys_follow_each_other():
    X, y = datasets.make_order(
        300, 8, 250, width=25.0, gap=15.0, rate=2000, background=0.0, dt=0.5, random_state=0)
    is_class_0 = y[:, None, None] == 0
    leading = np.where(is_class_0, X[:, :4], X[:, 4:])
    following = np.where(is_class_0, X[:, 4:], X[:, :4])
    starts = []
    for first, second in zip(leading, following, strict=True):
        assert (first == first[0]).all() and (second == second[0]).all()
        (on,), (later,) = first[0].nonzero(), second[0].nonzero()
        assert len(on) == on[-1] - on[0] + 1 == 50 and len(later) == later[-1] - later[0] + 1 == 50
        assert later[0] - on[-1] - 1 == 30
        starts.append(on[0])
    assert min(starts) <= 5 and max(starts) >= 115  # anywhere in 120 steps
    assert abs(z_score(np.array(starts), 60.5)) < SIGMAS


@pytest.mark.parametrize(("dt", "width", "gap", "n_steps"), [
    (0.1, 4.9, 0.3, 101), (0.1, 0.5, 0.9, 19), (1.0, 50.4, 0.2, 101), (0.3, 2.1, 0.6, 16)])
def test_counts_are_equal_in_both_classes_if_volleys_fill_the_train(dt, width, gap, n_steps):
    X, y = datasets.make_order(
        200, 2, n_steps, width=width, gap=gap, rate=1000 / dt, background=0.0, dt=dt,
        random_state=0)
    assert set(X.sum(axis=2).ravel()) == {round(width / dt)}


def test_telegraph_dwell_times_are_geometric():
    X, y = datasets.make_telegraph(40, 2, 20000, low=0.0, high=1000.0, random_state=0)
    assert (X == X[:, :1]).all()  # at these rates the spikes are the state
    for label, dwell in enumerate((5.0, 60.0)):
        state = X[y == label, 0]
        change = (state[:, 1:] != state[:, :-1])[:, None]
        assert distance(intervals(change), stats.geom(1 / dwell).cdf) < 2


@pytest.mark.parametrize("jitter", [0.0, 8.0])
def test_sync_channels_are_poisson_trains_correlated_as_wide_as_the_jitter(jitter):
    X, _ = datasets.make_sync(1000, jitters=(jitter,), random_state=0)
    inside = (np.arange(100) + 0.5) / 100
    offsets = np.subtract.outer(inside, inside)  # of two spikes in their steps
    for lag in (0, 2, 12):
        density = lag == 0
        if jitter > 0:
            density = stats.norm(0, np.sqrt(2) * jitter).pdf(lag + offsets).mean()
        expected = 0.02**2 + 0.98**2 * np.expm1(0.6**2 * 0.010 * density)
        assert abs(z_score(within_pairs(X, lag), expected)) < SIGMAS
    X, _ = datasets.make_sync(40, 20, 5000, jitters=(jitter,), random_state=0)
    assert distance(intervals(X[:, :1]), stats.geom(0.02).cdf) < 2


def test_sync_events_outside_reach_into_the_sample():
    X, _ = datasets.make_sync(2000, rate=7.0, jitters=(50.0,), random_state=0)
    for part in (X[:, :, :20], X[:, :, 90:110], X[:, :, 180:]):
        assert abs(z_score(part.mean(axis=(1, 2)), 0.007)) < SIGMAS


@pytest.mark.parametrize("event_rate", [20.0, 600.0])
def test_the_lowest_rate_of_synchronous_trains_is_that_of_the_events(event_rate):
    lowest = 1000 * (1 - np.exp(-event_rate / 1000))  # spikes of one step count once
    X, _ = datasets.make_sync(
        400, 20, 400, rate=lowest + 1e-9, participation=1.0, event_rate=event_rate, random_state=0)
    assert abs(1000 * X.mean() / lowest - 1) < 0.05
    with pytest.raises(ValueError, match="rate must be at least .* Lower event_rate"):
        datasets.make_sync(rate=0.99 * lowest, participation=1.0, event_rate=event_rate)


def test_templates_repeat_their_pattern():
    X, y = datasets.make_templates(200, jitter=0.0, background=0.0, random_state=0)
    assert (X.sum(axis=2) == 1).all()
    patterns = np.array([X[y == label][0] for label in range(4)])
    assert (X == patterns[y]).all()
    assert len(np.unique(patterns.argmax(axis=2), axis=0)) == 4
    # the patterns depend on the seed only, not on the number of samples
    more, labels = datasets.make_templates(999, jitter=0.0, background=0.0, random_state=0)
    assert (more == patterns[labels]).all()


def test_jitter_of_templates_is_normal_and_keeps_spikes_inside():
    sizes = {"background": 0.0, "random_state": 0}
    X, y = datasets.make_templates(500, 40, 1000, jitter=6.0, **sizes)
    exact, _ = datasets.make_templates(500, 40, 1000, jitter=0.0, **sizes)
    latency = exact.argmax(axis=2)
    inner = (latency > 30) & (latency < 969)
    # both times are rounded down, each with a variance of 1 / 12
    law = stats.norm(0, np.sqrt(36 + 1 / 6))
    assert distance((X.argmax(axis=2) - latency)[inner], lambda k: law.cdf(k + 0.5)) < 2
    X, _ = datasets.make_templates(500, 20, 50, jitter=200.0, **sizes)
    assert (X.sum(axis=2) == 1).all()
    assert stats.chisquare(X.sum(axis=(0, 1))).pvalue > 1e-4  # uniform, without peaks at the ends


# -- refused parameters


@pytest.mark.parametrize("name", GENERATORS)
def test_impossible_sizes_are_named(name):
    for parameter, value, error in [
            ("n_samples", 0, ValueError), ("n_samples", 10.0, TypeError),
            ("n_channels", 0, ValueError), ("n_steps", "100", TypeError), ("dt", 0.0, ValueError),
            ("dt", np.nan, ValueError)]:
        with pytest.raises(error, match=f"^{parameter} must be"):
            GENERATORS[name](**{parameter: value})


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("make_poisson", "rates", (20.0, 1001.0)), ("make_markov", "correlations", (0.0, 1.1)),
        ("make_gamma", "shapes", (1.0, 0.0)), ("make_telegraph", "dwells", (5.0, 0.9)),
        ("make_sync", "jitters", (1.0, -1.0))])
def test_impossible_values_of_a_class_are_named(name, parameter, value):
    make = GENERATORS[name]
    for values in (value, np.array([value[0], np.nan])):
        with pytest.raises(ValueError, match=rf"^{parameter}\[1\] must be"):
            make(**{parameter: values})
    with pytest.raises(TypeError, match=rf"^{parameter}\[0\] must be"):
        make(**{parameter: ("1", 2)})
    for nothing in (20.0, None, ()):
        with pytest.raises(ValueError, match=f"^{parameter} must hold one number per class"):
            make(**{parameter: nothing})


BAD = {
    "make_markov": {"rate": -1.0}, "make_gamma": {"rate": 0.0},
    "make_order": {
        "n_channels": 1, "width": -1.0, "gap": np.nan, "rate": 1001.0, "background": -1.0},
    "make_telegraph": {"low": -1.0, "high": 1001.0},
    "make_sync": {"participation": 1.1, "event_rate": -1.0, "rate": 1001.0},
    "make_templates": {"n_classes": 0, "jitter": -1.0, "background": 1001.0},
    "make_syllables": {
        "n_onsets": 0, "n_vowels": 0, "n_sources": 0, "variety": 1.0, "shift": 0.6, "length": 0.9,
        "rate": 900.0, "background": -1.0, "return_sources": None}}


@pytest.mark.parametrize("name", BAD)
def test_impossible_parameters_are_named(name):
    for parameter, value in BAD[name].items():
        with pytest.raises(ValueError, match=f"^{parameter} must be"):
            GENERATORS[name](**{parameter: value})


def test_order_needs_room_for_its_volleys():
    with pytest.raises(
            ValueError, match="width=50.0 ms and a gap=30.0 ms do not fit into 129 steps"):
        datasets.make_order(n_steps=129)
    for name in ("width", "gap"):  # infinite in steps
        with pytest.raises(ValueError, match=rf"{name}=1.7e\+308 .*do not fit into 250 steps"):
            datasets.make_order(dt=0.1, **{name: 1.7e308})
