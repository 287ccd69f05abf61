"""Allowed values of parameters, read from the error for an object that no parameter allows.

So no limit is written a second time, and a parameter of an estimator or function with an error that
cannot be parsed fails the tests. Parts may word their errors as they like. Values of their other
parameters are those that they accept among simple ones.
"""

import ast
import re

import numpy as np
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer

from skspike import SpikeEncoder, SpikeTrainClassifier, SpikingRocket
from skspike.coding import CODINGS, Augment, Coding
from skspike.complexity import Measure
from skspike.learning import Rule
from skspike.neurons import Neuron
from skspike.simulation import Readout
from skspike.testing._contract import other_values
from skspike.trains import Expert

NUMBER = re.compile(
    r"must be (an integer|a finite number)((?: and (?:>=|<=|>) \S+?)*)( or None)?( or 'auto')?, "
    r"got nothing")
LIMIT = re.compile(r"(>=|<=|>) ([^\s,]+)")
OPTIONS = re.compile(r"must be one of (.*?)( or an? \w+ object such as \w+\(\))?, got nothing")
SEQUENCE = re.compile(
    r"must be a sequence of numbers|must hold one number per class|low < high|of one value per "
    r"neuron")
NAMES = re.compile(r"a tuple of names out of (\(.*?\)), got")
UNION = [("a", SpikeEncoder("poisson", n_steps=9, random_state=0), [0])]
ENCODERS = st.sampled_from(
    [None, *(SpikeEncoder(coding) for coding in CODINGS), SpikeEncoder(n_steps=7)])
AUGMENT = Augment(drop=0.2, jitter=1.0)
# Strategies by a part of the error message.
OTHERS = {
    "cannot be used to seed": st.integers(0, 2**32 - 1),
    "a tuple of integers >= 1": st.integers(1, 5)
    | st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    "must be True, False or a tuple of": st.booleans(),
    "'balanced', None or a dict": st.sampled_from(["balanced", None]),
    "must be True, False, a callable or a name": st.sampled_from([False, True, "accuracy", "r2"]),
    "must be True, False or a callable": st.sampled_from([False, True, get_scorer("accuracy")]),
    "must be a SpikeEncoder or None": ENCODERS,
    "Augment(time_shift=0.1), 'auto' or": st.sampled_from(["auto", None, AUGMENT]),
    "must be an Augmentation": st.sampled_from([None, AUGMENT]),
    "must be a list of (name, transformer, columns)": st.sampled_from([None, UNION]),
    "a splitter such as": st.sampled_from([None, 2]),
    "must be a name out of sklearn.metrics.get_scorer_names()": st.sampled_from([None, "accuracy"]),
    "must be a model that can stream": st.sampled_from(
        [None, SpikeTrainClassifier(["rate"]), SpikingRocket(5, streaming=True, random_state=0)]),
    "must be a classifier": st.sampled_from([None, LogisticRegression(C=0.1)]),
    "must be a tuple of axes": st.sampled_from([(), 0])}
FAMILIES = Coding, Expert, Measure, Neuron, Readout, Rule
MOST = 6  # largest distance of an integer from its lower limit, which bounds memory and time


class Nothing:
    """An object that no parameter allows."""

    def __repr__(self):
        return "nothing"


def refusal(call, name, value=Nothing()):
    """Return the message of the error for a value that is not allowed, or None."""
    try:
        call(**{name: value})
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def limits(message):
    """Return the limits in an error by their signs, and whether it asks for integers.

    Also return which other values it allows: None and "auto".
    """
    found = NUMBER.search(message)
    if not found:
        return None
    return {sign: float(limit) for sign, limit in LIMIT.findall(found[2])}, found[
        1] == "an integer", [None] * bool(found[3]) + ["auto"] * bool(found[4])


def declared(call, name, default):
    """Return a strategy of the allowed values of a parameter.

    `call` makes and checks an object with the parameter.
    """
    message = refusal(call, name)
    # any value is allowed, for example for `verbose`, or what is allowed depends on the labels
    if message is None or "the type of the labels" in message:
        return st.just(default)
    assert name in message or "seed" in message, f"{name} is not named: {message}"
    if read := limits(message):
        return numbers(*read, default)
    if found := OPTIONS.search(message):
        return st.sampled_from(ast.literal_eval(f"[{found[1]}]"))
    if found := NAMES.search(message):
        return st.booleans() | st.lists(
            st.sampled_from(ast.literal_eval(found[1])), unique=True).map(tuple)
    if SEQUENCE.search(message):
        inner = limits(refusal(call, name, (Nothing(),) * 2) or "")
        return sequences(numbers(*inner, 1.0) if inner else st.floats(-1e6, 1e6), default)
    for words, strategy in OTHERS.items():
        if words in message:
            return strategy
    # parts may word their errors otherwise
    assert is_part(call), f"No strategy covers {name}, with the error: {message}"
    others = [default, *other_values(default, [])]
    return st.sampled_from([value for value in others if refusal(call, name, value) is None])


def is_part(call):
    """Return whether a call makes an object of a plug-in."""
    return any(issubclass(getattr(call, "key", object), base) for base in FAMILIES)


def sequences(number, default):
    """Return a strategy of sequences of numbers, which include the default."""
    return st.just(default) | st.lists(number, min_size=1, max_size=3).map(tuple) | st.tuples(
        number, number).map(sorted).map(tuple)


def numbers(signs, integer, others, default):
    """Return a strategy of numbers within limits, often of the limits, and of other values."""
    low, high = signs.get(">=", -np.inf), signs.get("<=", np.inf)
    if ">" in signs:
        low = signs[">"] + 1 if integer else np.nextafter(signs[">"], np.inf)
    strategy = integers(low, high) if integer else floats(low, high, default)
    return strategy | st.sampled_from(others) if others else strategy


def integers(low, high):
    """Return a strategy of integers."""
    if np.isinf(low):  # threads: negative numbers count from the last core
        return st.sampled_from([1, 2, -1, -9])
    return st.integers(int(low), int(min(high, low + MOST)))


def floats(low, high, default):
    """Return a strategy of floats.

    It draws the limits, numbers of any order of magnitude, and numbers near the default.
    """
    largest = np.finfo(float).max
    low, high = max(low, -largest), min(high, largest)
    near = st.floats(-2, 2).map(
        lambda power: float(np.clip((default or 1.0) * 10.0**power, low, high)))
    if not isinstance(default, (int, float)) or isinstance(default, bool):
        near = st.floats(max(low, -100.0), min(high, max(low, -100.0) + 200.0))
    powers = np.log10(np.clip([low, high], 1e-300, 1e308))
    far = st.floats(*powers.tolist()).map(lambda power: float(np.clip(10.0**power, low, high)))
    return st.one_of(near, near, st.sampled_from([low, high]).map(float), far, st.floats(low, high))
