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
# stationary generators among them
STATIONARY = [name for name in SAME_RATE if name not in ("make_order", "make_templates")]


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
def test_data_are_a_raster_and_labels(name):
    X, y = GENERATORS[name](31, 4, 180, random_state=0)
    assert X.shape == (31, 4, 180)
    assert X.dtype == np.uint8 and X.flags.c_contiguous
    assert set(np.unique(X)) == {0, 1}
    assert y.shape == (31,) and y.dtype.kind == "i"


@pytest.mark.parametrize("name", GENERATORS)
def test_a_seed_fixes_the_data(name):
    make = GENERATORS[name]
    X, y = make(40, random_state=3)
    for same in (3, np.random.RandomState(3)):
        again = make(40, random_state=same)
        assert np.array_equal(X, again[0]) and np.array_equal(y, again[1])
    other = make(40, random_state=4)
    assert not np.array_equal(X, other[0]) and not np.array_equal(y, other[1])
    assert not np.array_equal(make(40)[0], make(40)[0])


@pytest.mark.parametrize("name", GENERATORS)
def test_labels_are_balanced(name):
    y = GENERATORS[name](4000, 2, 130, random_state=0)[1]
    counts = np.bincount(y)
    share = 1 / len(counts)
    assert len(counts) == CLASSES.get(name, 2)
    assert abs(counts - 4000 * share).max() < SIGMAS * np.sqrt(4000 * share * (1 - share))


@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize("name", SAME_RATE)
def test_every_class_has_the_stated_count(name, dt):
    X, y = GENERATORS[name](2000, 10, int(250 / dt), dt=dt, random_state=0)
    counts = X.sum(axis=2, dtype=float)
    expected = X.shape[2] * SAME_RATE[name](X.shape[2], dt)
    for label in np.unique(y):
        assert abs(z_score(counts[y == label].mean(axis=1), expected)) < SIGMAS
        assert abs(z_score(counts[y == label], expected)).max() < SIGMAS


@pytest.mark.parametrize("name", STATIONARY)
def test_every_step_has_the_same_probability(name):
    X, y = GENERATORS[name](4000, 5, 250, random_state=1)
    for label in (0, 1):
        assert abs(z_score(X[y == label].mean(axis=1), SAME_RATE[name](250, 1.0))).max() < SIGMAS


@pytest.mark.parametrize("name", GENERATORS)
def test_memory_beyond_the_data_is_flat(name):
    tracemalloc.start()
    X, y = GENERATORS[name](6000, random_state=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert X.nbytes > 10e6
    assert peak - X.nbytes - y.nbytes < 30e6


# -- each generator


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_poisson_rates_are_in_hertz(dt):
    rates = (5.0, 20.0, 24.0, 1000 / dt)
    X, y = datasets.make_poisson(3000, 10, 200, rates=rates, dt=dt, random_state=0)
    for label, rate in enumerate(rates[:3]):
        counts, p = X[y == label].sum(axis=2), rate * dt / 1000
        assert abs(z_score(counts, 200 * p)).max() < SIGMAS
        assert counts.var() / counts.mean() == pytest.approx(
            1 - p, abs=SIGMAS * np.sqrt(2 / counts.size) * 1.1)
    assert X[y == 3].all()


def test_poisson_intervals_are_geometric():
    X, _ = datasets.make_poisson(20, 40, 5000, rates=(25.0,), random_state=0)
    assert distance(intervals(X), stats.geom(0.025).cdf) < 2


def test_poisson_intervals_become_exponential():
    X, _ = datasets.make_poisson(4, 40, 40000, rates=(25.0,), dt=0.1, random_state=0)
    # compare with the middle of the step
    assert distance(intervals(X), lambda k: stats.expon(scale=40).cdf(0.1 * (k - 0.5))) < 2


def test_poisson_channels_and_steps_are_independent():
    X, _ = datasets.make_poisson(1000, 10, 200, rates=(50.0,), random_state=0)
    for lag in range(5):
        assert abs(z_score(within_pairs(X, lag), 0.05**2)) < SIGMAS
        if lag:
            assert abs(z_score(own_products(X, lag), 0.05**2)) < SIGMAS


def test_markov_transitions():
    p, rhos = 0.1, (0.0, 0.3, -0.1)
    X, y = datasets.make_markov(3000, 10, 250, rate=100.0, correlations=rhos, random_state=0)
    for label, rho in enumerate(rhos):
        before, after = X[y == label, :, :-1] == 1, X[y == label, :, 1:]
        for state, expected in ((True, p + rho * (1 - p)), (False, p * (1 - rho))):
            found = after[before == state]
            assert abs(found.mean() - expected) < SIGMAS * np.sqrt(
                expected * (1 - expected) / found.size)


def test_markov_autocorrelation_falls_geometrically():
    X, y = datasets.make_markov(3000, 10, 250, random_state=0)
    for label, rho in enumerate((0.0, 0.3)):
        for lag in (1, 2, 3, 5):
            expected = 0.04**2 + 0.04 * 0.96 * rho**lag
            assert abs(z_score(own_products(X[y == label], lag), expected)) < SIGMAS
        assert abs(z_score(within_pairs(X[y == label], 1), 0.04**2)) < SIGMAS


def test_markov_limits_of_the_correlation():
    X, y = datasets.make_markov(50, 4, 100, rate=500.0, correlations=(1.0, -1.0), random_state=0)
    assert (X[y == 0] == X[y == 0, :, :1]).all()  # constant
    assert (X[y == 1, :, 1:] != X[y == 1, :, :-1]).all()  # alternates
    X, _ = datasets.make_markov(50, 4, 100, rate=800.0, correlations=(-0.25,), random_state=0)
    assert not ((X[:, :, 1:] == 0) & (X[:, :, :-1] == 0)).any()
    with pytest.raises(ValueError, match="correlations"):
        datasets.make_markov(50, 4, 100, rate=800.0, correlations=(-0.26,))


@pytest.mark.small
@pytest.mark.parametrize("dt", [1.0, 0.1, 0.3, 0.7, 3.0])
def test_the_lowest_correlation_of_markov_trains_is_accepted_with_any_rounding(dt):
    for rate in range(1, 300, 7):
        for p in (rate * dt / 1000, rate / 1000 * dt, dt / 1000 * rate):
            X, _ = datasets.make_markov(
                2, 1, 3, rate=rate, dt=dt, correlations=(0, 1 - 1 / max(p, 1 - p)), random_state=0)
            assert X.max() <= 1


# with the first, dt * (1000 / dt) rounds to more than 1000
@pytest.mark.parametrize("dt", [17.833057905688907, 23.7, 0.1])
def test_the_highest_rate_is_a_spike_in_every_step(dt):
    for make in (datasets.make_gamma, datasets.make_markov):
        own = {"correlations": (0.0,)} if make is datasets.make_markov else {}
        assert make(3, 2, 4, rate=1000 / dt, dt=dt, random_state=0, **own)[0].all()


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0, 20.0])
def test_gamma_intervals_are_negative_binomial(shape):
    X, _ = datasets.make_gamma(4, 40, 20000, shapes=(shape,), random_state=0)
    law = stats.nbinom(shape, shape / (shape + 39), loc=1)
    found = intervals(X)
    assert distance(found, law.cdf) < 2
    assert found.mean() == pytest.approx(40, rel=0.02)
    assert (found.std() / found.mean()) ** 2 == pytest.approx((39 + 39**2 / shape) / 40**2, rel=0.1)


@pytest.mark.parametrize("shape", [1.0, 3.0])
def test_gamma_intervals_become_gamma_in_short_steps(shape):
    X, _ = datasets.make_gamma(4, 40, 40000, shapes=(shape,), dt=0.1, random_state=0)
    assert distance(
        intervals(X), lambda k: stats.gamma(shape, scale=40 / shape).cdf(0.1 * (k - 0.5))) < 2


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0])
def test_gamma_trains_are_stationary(shape):
    X, _ = datasets.make_gamma(2000, 10, 600, shapes=(shape,), random_state=0)
    first = X.reshape(-1, 600)
    first = np.where(first.any(axis=1), first.argmax(axis=1), 600)
    law = stats.nbinom(shape, shape / (shape + 39), loc=1)
    cdf = np.append(np.cumsum(law.sf(np.arange(600))) / 40, 1)
    assert distance(first, lambda k: cdf[k]) < 2


def test_gamma_intervals_are_independent():
    X, _ = datasets.make_gamma(1, 1, 800000, shapes=(3.0,), random_state=0)
    found = intervals(X)
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < SIGMAS / np.sqrt(len(found))


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_order_volleys_follow_each_other(dt):
    sizes = {"width": 50.0 * dt, "gap": 30.0 * dt}
    X, y = datasets.make_order(
        300, 8, 250, **sizes, rate=1000 / dt, background=0.0, dt=dt, random_state=0)
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


def test_telegraph_dwell_times_are_geometric():
    X, y = datasets.make_telegraph(40, 2, 20000, low=0.0, high=1000.0, random_state=0)
    assert (X == X[:, :1]).all()  # at these rates the spikes are the state
    for label, dwell in enumerate((5.0, 60.0)):
        state = X[y == label, 0]
        change = (state[:, 1:] != state[:, :-1])[:, None]
        found = intervals(change)
        assert found.mean() == pytest.approx(dwell, rel=0.05)
        assert distance(found, stats.geom(1 / dwell).cdf) < 2


def test_telegraph_covariance_falls_with_the_dwell_time():
    X, y = datasets.make_telegraph(3000, random_state=0)
    for label, dwell in enumerate((5.0, 60.0)):
        for lag in (0, 1, 5, 20):
            expected = 0.030**2 + 0.025**2 * (1 - 2 / dwell) ** lag
            assert abs(z_score(within_pairs(X[y == label], lag), expected)) < SIGMAS
            if lag:
                assert abs(z_score(own_products(X[y == label], lag), expected)) < SIGMAS


@pytest.mark.parametrize("jitter", [0.0, 1.0, 8.0])
def test_sync_channels_are_correlated_as_wide_as_the_jitter(jitter):
    X, _ = datasets.make_sync(2000, jitters=(jitter,), random_state=0)
    inside = (np.arange(100) + 0.5) / 100
    offsets = np.subtract.outer(inside, inside)  # of two spikes in their steps
    for lag in (0, 1, 2, 4, 12, 30):
        density = lag == 0
        if jitter > 0:
            density = stats.norm(0, np.sqrt(2) * jitter).pdf(lag + offsets).mean()
        expected = 0.02**2 + 0.98**2 * np.expm1(0.6**2 * 0.010 * density)
        assert abs(z_score(within_pairs(X, lag), expected)) < SIGMAS


@pytest.mark.parametrize("jitter", [0.0, 1.0, 8.0])
def test_sync_channels_alone_are_poisson_trains(jitter):
    X, _ = datasets.make_sync(40, 20, 5000, jitters=(jitter,), random_state=0)
    assert distance(intervals(X[:, :1]), stats.geom(0.02).cdf) < 2
    counts = X.reshape(-1, 100).sum(axis=1)
    assert counts.var() / counts.mean() == pytest.approx(0.98, abs=0.05)


def test_sync_events_outside_reach_into_the_sample():
    X, _ = datasets.make_sync(2000, rate=7.0, jitters=(50.0,), random_state=0)
    for part in (X[:, :, :20], X[:, :, 90:110], X[:, :, 180:]):
        assert abs(z_score(part.mean(axis=(1, 2)), 0.007)) < SIGMAS


def test_sync_refuses_a_rate_below_that_of_its_events():
    X, _ = datasets.make_sync(500, rate=6.0, random_state=0)
    assert abs(z_score(X.mean(axis=(1, 2)), 0.006)) < SIGMAS
    with pytest.raises(ValueError, match="rate must be at least 5.98204 Hz"):
        datasets.make_sync(rate=5.9)


def test_templates_repeat_their_pattern():
    X, y = datasets.make_templates(200, jitter=0.0, background=0.0, random_state=0)
    assert (X.sum(axis=2) == 1).all()
    patterns = np.array([X[y == label][0] for label in range(4)])
    assert (X == patterns[y]).all()
    assert len(np.unique(patterns.argmax(axis=2), axis=0)) == 4
    # the patterns depend on the seed only, not on the number of samples
    more, labels = datasets.make_templates(999, jitter=0.0, background=0.0, random_state=0)
    assert (more == patterns[labels]).all()


@pytest.mark.parametrize("jitter", [6.0, 15.0])
def test_templates_jitter_is_normal(jitter):
    X, y = datasets.make_templates(1000, 60, 1000, jitter=jitter, background=0.0, random_state=0)
    exact, same = datasets.make_templates(
        1000, 60, 1000, jitter=0.0, background=0.0, random_state=0)
    assert np.array_equal(y, same)
    latency = exact.argmax(axis=2)
    inner = (latency > 5 * jitter) & (latency < 999 - 5 * jitter)
    moved = (X.argmax(axis=2) - latency)[inner]
    # both times are rounded down, each with a variance of 1 / 12
    law = stats.norm(0, np.sqrt(jitter**2 + 1 / 6))
    assert moved.std() == pytest.approx(law.std(), rel=0.02)
    assert distance(moved, lambda k: law.cdf(k + 0.5)) < 2


def test_templates_keep_their_spikes_inside():
    X, _ = datasets.make_templates(500, 20, 50, jitter=200.0, background=0.0, random_state=0)
    assert (X.sum(axis=2) == 1).all()
    assert stats.chisquare(X.sum(axis=(0, 1))).pvalue > 1e-4  # uniform, without peaks at the ends


# -- refused parameters


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("n_samples", 0, ValueError),
        ("n_samples", 10.0, TypeError),
        ("n_channels", 0, ValueError),
        ("n_steps", 0, ValueError),
        ("n_steps", "100", TypeError),
    ],
)
def test_impossible_sizes_are_named(name, parameter, value, error):
    with pytest.raises(error, match=f"^{parameter} must be"):
        GENERATORS[name](**{parameter: value})


@pytest.mark.parametrize(
    "name",
    [name for name, make in GENERATORS.items() if "dt" in inspect.signature(make).parameters])
@pytest.mark.parametrize("dt", [0.0, -1.0, np.nan])
def test_impossible_steps_are_named(name, dt):
    with pytest.raises(ValueError, match="^dt must be"):
        GENERATORS[name](dt=dt)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("make_poisson", "rates", (20.0, 1001.0)),
        ("make_markov", "correlations", (0.0, 1.1)),
        ("make_gamma", "shapes", (1.0, 0.0)),
        ("make_telegraph", "dwells", (5.0, 0.9)),
        ("make_sync", "jitters", (1.0, -1.0)),
    ],
)
def test_impossible_values_of_a_class_are_named(name, parameter, value):
    make = GENERATORS[name]
    with pytest.raises(ValueError, match=rf"^{parameter}\[1\] must be"):
        make(**{parameter: value})
    with pytest.raises(ValueError, match=rf"^{parameter}\[1\] must be"):
        make(**{parameter: np.array([value[0], np.nan])})
    with pytest.raises(TypeError, match=rf"^{parameter}\[0\] must be"):
        make(**{parameter: ("1", 2)})
    for nothing in (20.0, None, ()):
        with pytest.raises(ValueError, match=f"^{parameter} must hold one number per class"):
            make(**{parameter: nothing})


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("make_markov", "rate", -1.0),
        ("make_gamma", "rate", 0.0),
        ("make_order", "n_channels", 1),
        ("make_order", "width", -1.0),
        ("make_order", "gap", np.nan),
        ("make_order", "rate", 1001.0),
        ("make_order", "background", -1.0),
        ("make_telegraph", "low", -1.0),
        ("make_telegraph", "high", 1001.0),
        ("make_sync", "participation", 1.1),
        ("make_sync", "event_rate", -1.0),
        ("make_sync", "rate", 1001.0),
        ("make_templates", "n_classes", 0),
        ("make_templates", "jitter", -1.0),
        ("make_templates", "background", 1001.0),
        ("make_syllables", "n_onsets", 0),
        ("make_syllables", "n_vowels", 0),
        ("make_syllables", "n_sources", 0),
        ("make_syllables", "variety", 1.0),
        ("make_syllables", "shift", 0.6),
        ("make_syllables", "length", 0.9),
        ("make_syllables", "rate", 900.0),
        ("make_syllables", "background", -1.0),
        ("make_syllables", "return_sources", None),
    ],
)
def test_impossible_parameters_are_named(name, parameter, value):
    with pytest.raises(ValueError, match=f"^{parameter} must be"):
        GENERATORS[name](**{parameter: value})


@pytest.mark.parametrize(("dt", "width", "gap", "n_steps"), [
    (0.1, 4.9, 0.3, 101), (0.1, 0.5, 0.9, 19), (1.0, 50.4, 0.2, 101), (0.3, 2.1, 0.6, 16)])
def test_counts_are_equal_in_both_classes_if_volleys_fill_the_train(dt, width, gap, n_steps):
    X, y = datasets.make_order(
        200, 2, n_steps, width=width, gap=gap, rate=1000 / dt, background=0.0, dt=dt,
        random_state=0)
    assert set(X.sum(axis=2).ravel()) == {round(width / dt)}


@pytest.mark.parametrize("event_rate", [20.0, 600.0])
def test_the_lowest_rate_of_synchronous_trains_is_that_of_the_events(event_rate):
    lowest = 1000 * (1 - np.exp(-event_rate / 1000))  # spikes of one step count once
    X, _ = datasets.make_sync(
        400, 20, 400, rate=lowest + 1e-9, participation=1.0, event_rate=event_rate, random_state=0)
    assert abs(1000 * X.mean() / lowest - 1) < 0.05
    with pytest.raises(ValueError, match="rate must be at least .* Lower event_rate"):
        datasets.make_sync(rate=0.99 * lowest, participation=1.0, event_rate=event_rate)


def test_order_needs_room_for_its_volleys():
    with pytest.raises(
            ValueError, match="width=50.0 ms and a gap=30.0 ms do not fit into 129 steps"):
        datasets.make_order(n_steps=129)
    for name in ("width", "gap"):  # infinite in steps
        with pytest.raises(ValueError, match=rf"{name}=1.7e\+308 .*do not fit into 250 steps"):
            datasets.make_order(dt=0.1, **{name: 1.7e308})
