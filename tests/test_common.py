"""Common checks of every estimator, with every registered part inside."""

import collections
import contextlib
import itertools
import pickle
from unittest import SkipTest

import numpy as np
import pytest
from docstrings import documented
from parts import cover, neurons
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from skspike import (
    EarlyClassifier, LZCClassifier, LZCTransformer, RejectingClassifier, SlidingDecoder,
    SNNClassifier, SNNRegressor, SNNTransformer, SpikeCounter, SpikeEncoder, SpikeTrainClassifier,
    SpikingPatches, SpikingRocket)
from skspike._base._plugins import Registry
from skspike.coding import CODINGS, Direct, IntegrateAndFire
from skspike.complexity import MEASURES
from skspike.learning import RULES, SurrogateGradient
from skspike.neurons import LIF, NEURONS, Neuron
from skspike.simulation import READOUTS
from skspike.trains import EXPERTS

NETWORKS = [SNNTransformer, SNNClassifier, SNNRegressor]
# scikit-learn's checks use features, which codings of series refuse.
FEATURE_CODINGS = [name for name, cls in CODINGS.items() if 2 not in cls.refuses]
SMALL = {"hidden_layer_sizes": 16, "n_steps": 20, "max_iter": 10}


def networks(cls):
    """Yield small networks that together have every rule, readout and coding."""
    # regression needs more epochs than classification
    small = {**SMALL, "max_iter": 30} if cls is SNNRegressor else SMALL
    rules = [
        name for name, rule in RULES.items() if not rule.only_classes or cls is not SNNRegressor]
    yield from (cls(**small, rule=rule) for rule in rules)
    yield cls(**{**small, "hidden_layer_sizes": 64}, rule=None)
    options = [
        {"learn_intrinsic": False, "hidden_layer_sizes": (16, 16), "recurrent": (False, True)},
        {"learn_intrinsic": ("tau_mem",), "recurrent": True},
        {"rule": SurrogateGradient(dropout=0.1, spike_penalty=1e-3), "alpha": 1e-3,
         "missing": "hold"}]
    yield from (
        cls(**{**small, **option}, readout=readout)
        for option, readout in cover(options, [*READOUTS]))
    # A noisy code needs many steps, and one spike per channel a current that outlasts it. With
    # fewer spikes, no probability of the checks is rounded to 1.
    coded = {"learning_rate": 0.01, "max_iter": 60, "neuron": LIF(tau_syn=5.0, refractory=5.0)}
    codings = FEATURE_CODINGS if cls is SNNClassifier else ["poisson"]
    yield from (cls(16, **coded, encoder=SpikeEncoder(name, n_steps=100)) for name in codings)


# The default classifier of the last two has no probabilities. A check of them would be skipped.
VARIANTS = {
    SpikeEncoder: [
        *(SpikeEncoder(coding, n_steps=20) for coding in FEATURE_CODINGS),
        SpikeEncoder(Direct(differences=True), n_steps=20),
        SpikeEncoder(IntegrateAndFire(signed=True), n_steps=20, missing="interpolate")],
    **{cls: [*networks(cls)] for cls in NETWORKS},
    SpikeCounter: [SpikeCounter(), SpikeCounter(2)],
    **{cls: [
        *map(cls, MEASURES), cls(n_windows=2, with_counts=True, normalize="entropy")]
       for cls in (LZCTransformer, LZCClassifier)},
    SpikeTrainClassifier: [
        *(SpikeTrainClassifier(["history", name], n_folds=2)
          for name in EXPERTS if name != "history"),
        SpikeTrainClassifier(["rate", "linear"], n_jobs=2)],
    SpikingPatches: [SpikingPatches(8), SpikingPatches(8, sizes=(1,), padding=False)],
    SpikingRocket: [SpikingRocket(70, n_jobs=2), SpikingRocket(70, differences=False)],
    SlidingDecoder: [
        SlidingDecoder(GaussianNB(), cv=2),
        SlidingDecoder(GaussianNB(), window=1.0, generalize=True, cv=2)],
    RejectingClassifier: [RejectingClassifier(LogisticRegression(), random_state=0)],
    EarlyClassifier: [
        EarlyClassifier(SNNClassifier(8, n_steps=4, rule=None, random_state=0), cv=2)],
}
VARIANTS[LZCClassifier] += [LZCClassifier(estimator=KNeighborsClassifier(2))]
every_class = pytest.mark.parametrize("cls", VARIANTS)


def checks():
    """Yield scikit-learn's checks of each class. The variants that have a check take turns."""
    for variants in VARIANTS.values():
        groups, turns = collections.defaultdict(list), itertools.count()
        for estimator in variants:
            for _, check in estimator_checks_generator(estimator):
                groups[f"{check.func.__name__} {check.keywords}"].append((estimator, check))
        for name, group in groups.items():
            estimator, check = group[next(turns) % len(group)]
            yield pytest.param(estimator, check, id=f"{type(estimator).__name__} {name}")


# some checks repeat few rows, which SpikeTrainClassifier warns of
@pytest.mark.filterwarnings("ignore:The .* training trains are copies")
@pytest.mark.parametrize(("estimator", "check"), [*checks()])
def test_scikit_learn_check_passes(estimator, check):
    try:
        check(clone(estimator))
    except SkipTest as reason:  # only if the classifier inside lacks the method
        name = check.func.__name__
        method = name.partition("output_format_")[2]
        assert method and not hasattr(estimator, method), f"{name} was skipped: {reason}"


@every_class
def test_no_tag_weakens_the_checks(cls):
    for estimator in VARIANTS[cls]:
        tags = get_tags(estimator)
        assert tags.input_tags.two_d_array
        assert not (tags.no_validation or tags.non_deterministic or tags._skip_test)
        rule = RULES.get(getattr(estimator, "rule", None))
        poor = bool(rule and rule.poor_score)
        if cls is SNNClassifier:
            several = not (rule and rule.only_classes)
            assert tags.target_tags.multi_output == tags.classifier_tags.multi_label == several
        if is_classifier(estimator):
            of_trains = cls in (
                LZCClassifier, SpikeTrainClassifier, SlidingDecoder, EarlyClassifier)
            assert tags.classifier_tags.poor_score == (of_trains or poor)
        if cls is SNNRegressor:
            assert tags.regressor_tags.poor_score == poor


@pytest.mark.parametrize("coding", [*CODINGS, *(cls() for cls in CODINGS.values())], ids=repr)
def test_the_tag_for_series_says_what_an_encoder_takes(coding):
    encoder, X = SpikeEncoder(coding), np.random.default_rng(0).random((6, 2, 30))
    taken = get_tags(encoder).input_tags.three_d_array
    with contextlib.nullcontext() if taken else pytest.raises(
            ValueError, match="does not accept series"):
        encoder.fit(X)


def fitted(cls, X):
    """Return a small estimator, fitted on three classes."""
    estimator = clone(VARIANTS[cls][0])
    small = {"max_iter": 1, "image_shape": (1, 3)}
    return estimator.set_params(**{
        name: value for name, value in small.items()
        if name in estimator.get_params()}).fit(X, np.arange(len(X)) % 3)


@every_class
def test_a_fitted_estimator_has_documented_attributes_and_no_compiled_function(cls):
    X = np.random.default_rng(0).normal(size=(30, 3))
    model = fitted(cls, X)
    public = {name for name in vars(model) if name.endswith("_") and not name.startswith("_")}
    assert "n_features_in_" in public and public <= documented(cls, "Attributes").keys()
    assert b"numba" not in pickle.dumps(model)
    if get_tags(model).input_tags.three_d_array and cls is not RejectingClassifier:
        X = (np.random.default_rng(0).random((30, 3, 20)) < 0.3).astype(np.uint8)
        assert fitted(cls, X)._n_dims_in == 3


@every_class
def test_init_only_stores_and_clone_has_the_same_parameters(cls):
    given = {name: object() for name in cls().get_params(deep=False)}
    made = vars(cls(**given))
    assert made.keys() == given.keys()
    assert all(made[name] is value for name, value in given.items())
    for estimator in VARIANTS[cls]:
        assert repr(clone(estimator).get_params()) == repr(estimator.get_params())


@pytest.mark.parametrize("plugins", [CODINGS, NEURONS, READOUTS, RULES, MEASURES, EXPERTS])
def test_registries_map_names_to_classes(plugins):
    assert plugins
    for name, cls in plugins.items():
        assert cls.name == name and issubclass(cls, BaseEstimator)
        assert repr(cls()) == f"{cls.__name__}()"


def test_a_registry_holds_concrete_classes_with_a_name_and_refuses_incomplete_ones():
    named = type("Named", (LIF,), {"name": "named"})
    unnamed = type("Unnamed", (LIF,), {"name": None})
    assert Registry({"a": Neuron, "b": named, "c": unnamed, "d": 3}, Neuron) == {"named": named}
    incomplete = type("Incomplete", (LIF,), {"name": Neuron.name, "kernels": Neuron.kernels})
    with pytest.raises(TypeError, match="Incomplete must define kernels, name to be registered"):
        Registry({"a": Neuron, "b": named, "c": incomplete}, Neuron)
    other = type("Other", (LIF,), {"name": "named"})
    with pytest.raises(TypeError, match="Other and Named have the same name, 'named'"):
        Registry({"a": named, "b": named, "c": other}, Neuron)


@pytest.mark.parametrize("neuron", [*neurons()], ids=repr)
def test_all_active_intrinsics_are_shown_one_value_per_neuron(neuron):
    X = np.random.default_rng(0).normal(size=(30, 4))
    network = SNNTransformer((5, 3), n_steps=20, rule=None, neuron=neuron).fit(X)
    assert set(network.intrinsics_) == {item.name for item in neuron.active()}
    assert all(
        [layer.shape for layer in layers] == [(5,), (3,)]
        for layers in network.intrinsics_.values())
