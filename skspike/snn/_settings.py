"""Check the parameters of a spiking network before anything is changed."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
from sklearn.base import is_regressor

from .._checks import (
    DT, LARGEST, SIZE, check_jobs, check_number, check_numbers, check_option, entries, is_signed,
    shown)
from .._utils import Array, resolve
from ..augmentation import Augment, checked_augmentation
from ..coding import CODINGS
from ..learning import RULES, SCHEDULES, Reservoir, Rule, Settings
from ..neurons import NEURONS, Neuron
from ..rasters import SpikeEncoder
from ..readouts import READOUTS, Count, Readout, Windows
from ..simulation import Convolution
from ._parameters import NetworkParameters
from ._scoring import check_scorer

MAX_DELAY = 2**20  # in steps. A stream stores the input of this number of steps.
SHIFT = 0.05  # of series in time, for augment="auto"
RATE: dict[str, Any] = {"above": 0, "high": LARGEST}


def settings_of(network: NetworkParameters, X: Array, single_pass: bool = False) -> Settings:
    """Return the checked parameters of a network for a fit on X.

    Parameters
    ----------
    network : NetworkParameters
        The estimator.
    X : ndarray
        Its checked input.
    single_pass : bool, default=False
        Whether the fit is one call of ``partial_fit``.

    Returns
    -------
    settings : Settings
        Parameters with names resolved to objects.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the rule refuses it.
    TypeError
        If a parameter has the wrong type.
    """
    encoder: Any = network.encoder
    if encoder is not None and not isinstance(encoder, SpikeEncoder):
        way = "Put other steps before the network, in a Pipeline"
        raise TypeError(f"encoder must be a SpikeEncoder or None, got {encoder!r}. {way}.")
    check_option(network.standardize, "standardize", ("auto", True, False, "sample"))
    if network.standardize == "sample" and X.ndim == 2:
        raise ValueError(
            "standardize='sample' scales each series by itself (3-D input), got a table (2-D "
            "input). Set standardize=True.")
    for name in ("bias", "early_stopping", "warm_start"):
        check_option(getattr(network, name), name, (True, False))
    if single_pass and network.early_stopping:
        raise ValueError("partial_fit cannot hold out data: set early_stopping=False, or use fit.")
    check_option(network.schedule, "schedule", tuple(SCHEDULES))
    sizes = _layer_sizes(network.hidden_layer_sizes)
    recurrent = _recurrent(network.recurrent, len(sizes))
    image_shape = _image_shape(network.image_shape, sizes, recurrent, X.shape[1])
    n_steps = check_number(network.n_steps, "n_steps", **SIZE)
    dt = check_number(network.dt, "dt", **DT)
    if encoder is not None:  # its own parameters apply
        n_steps = check_number(encoder.n_steps, "n_steps", none=True, **SIZE)
        dt = check_number(encoder.dt, "dt", **DT)
    neuron, rule = resolve(network.neuron, NEURONS, "neuron"), resolved_rule(network.rule)
    neuron.check(dt)
    rule.check()
    neuron = rule.prepare(neuron)
    batch_size = check_number(network.batch_size, "batch_size", low=1, integer=True)
    patience = check_number(network.n_iter_no_change, "n_iter_no_change", low=1, integer=True)
    max_iter = check_number(network.max_iter, "max_iter", none=True, **SIZE)
    if single_pass:
        max_iter = 1
    elif max_iter is None:
        max_iter = rule.epochs(len(X), batch_size)
        patience = max(patience, max_iter // 6)
    chosen = [name for name in rule.chooses if name in _choosable(X, encoder)]
    augment = network.augment
    if _is_auto(augment):
        shifts = "augment" in chosen and not is_regressor(network)
        augment = Augment(time_shift=SHIFT) if shifts else None
    augment = checked_augmentation(augment, "'auto' or None")
    if augment is not None and X.ndim == 2 and not augment.takes_tables:
        raise ValueError(
            f"{type(augment).__name__} changes channels and times of rasters and series (3-D "
            "input), got a table (2-D input). Set augment=None, or use MoveImages for images.")
    # regularisation that the data choose is 0 until it is chosen
    given = {
        name: check_number(getattr(network, name), name, low=0, high=high, auto=True)
        for name, high in (("dropout", 0.95), ("alpha", LARGEST))}
    delays = None if _is_auto(network.delays) else network.delays
    automatic = tuple(
        name for name in ("dropout", "alpha", "standardize", "delays")
        if name in chosen and _is_auto(getattr(network, name)))
    regularisation = {name: 0.0 if value == "auto" else value for name, value in given.items()}
    learning_rate = check_number(network.learning_rate, "learning_rate", none=True, **RATE)
    settings = Settings(
        hidden_layer_sizes=sizes,
        image_shape=image_shape,
        recurrent=recurrent,
        delays=_delays(delays, dt, constant=X.ndim == 2 and encoder is None),
        readouts=_readouts(network.readout, constant=X.ndim == 2),
        neuron=neuron,
        rule=rule,
        learn_intrinsic=_learned_names(network.learn_intrinsic, neuron),
        bias=bool(network.bias) and rule.learns_bias,
        learning_rate=rule.default_learning_rate if learning_rate is None else learning_rate,
        intrinsic_learning_rate=check_number(
            network.intrinsic_learning_rate, "intrinsic_learning_rate", **RATE),
        augment=augment,
        **regularisation,
        automatic=automatic,
        spike_penalty=check_number(network.spike_penalty, "spike_penalty", low=0, high=LARGEST),
        schedule=network.schedule,
        max_iter=max_iter,
        batch_size=batch_size,
        n_steps=n_steps,
        dt=dt,
        early_stopping=network.early_stopping,
        validation_fraction=check_number(
            network.validation_fraction, "validation_fraction", above=0, high=0.5),
        scoring=check_scorer(network, network.scoring),
        n_iter_no_change=patience,
        tol=check_number(network.tol, "tol", low=0),
        n_jobs=check_jobs(network.n_jobs),
        verbose=network.verbose,
        single_pass=single_pass)
    _check_refusals(network, settings)
    return settings


def resolved_rule(rule: str | Rule | None) -> Rule:
    """Return the rule for a name or None, or a copy of a rule."""
    found: Rule = Reservoir() if rule is None else resolve(rule, RULES, "rule")
    return found


def _layer_sizes(sizes: Any) -> tuple[Any, ...]:
    sizes = (sizes,) if isinstance(sizes, (numbers.Integral, Convolution)) else sizes
    if not isinstance(sizes, (tuple, list)) or not sizes:
        wanted = "an integer or a Convolution, or a tuple of integers >= 1 and Convolutions"
        raise ValueError(f"hidden_layer_sizes must be {wanted}, got {shown(sizes)}.")
    return tuple(
        size if isinstance(size, Convolution) else check_number(size, "hidden_layer_sizes", **SIZE)
        for size in sizes)


def _image_shape(
        image_shape: Any, sizes: tuple[Any, ...], recurrent: tuple[bool, ...],
        n_channels: int) -> tuple[int, int, int] | None:
    """Return channels, height and width of the input, None if no layer is a convolution."""
    shape = () if image_shape is None else check_numbers(image_shape, "image_shape", **SIZE)
    if image_shape is not None and len(shape) not in (2, 3):
        raise ValueError(
            "image_shape must be (height, width) or (n_channels, height, width), got "
            f"{shown(image_shape)}.")
    n_convolutions = sum(isinstance(size, Convolution) for size in sizes)
    if not n_convolutions:
        return None
    if image_shape is None:
        raise ValueError(
            "A Convolution in hidden_layer_sizes needs image_shape, the height and width of the "
            "input, as in image_shape=(28, 28).")
    if math.prod(shape) != n_channels:
        raise ValueError(
            f"image_shape={shape} makes {math.prod(shape)} channels, but X has {n_channels}.")
    out = shape[-2:]
    for k, layer in enumerate(sizes[:n_convolutions]):
        if not isinstance(layer, Convolution):
            raise ValueError(
                f"hidden_layer_sizes={shown(sizes)} has a Convolution after a layer of {layer} "
                "neurons, which have no positions. Put convolutions first.")
        if recurrent[k]:
            raise ValueError(
                f"recurrent must be False for a Convolution, whose neurons share weights, got "
                f"{recurrent} with hidden_layer_sizes={shown(sizes)}.")
        height, width = out
        out = layer.out_shape(height, width)
        if min(out) < 1:
            raise ValueError(
                f"hidden_layer_sizes[{k}]={layer} has filters of {layer.size} x {layer.size} "
                f"positions, but its input has {height} x {width}. Lower size or the strides "
                "before it, or raise padding.")
    n_channels, height, width = (1, *shape)[-3:]
    return n_channels, height, width


def _recurrent(recurrent: Any, n_layers: int) -> tuple[bool, ...]:
    is_bool = isinstance(recurrent, (bool, np.bool_))
    each = (recurrent,) * n_layers if is_bool else recurrent
    known = isinstance(each, (tuple, list)) and all(isinstance(r, (bool, np.bool_)) for r in each)
    if not known or len(each) != n_layers:
        wanted = f"True, False or a tuple of {n_layers} of them, one for each layer"
        raise ValueError(f"recurrent must be {wanted}, got {shown(recurrent)}.")
    return tuple(map(bool, each))


def _is_auto(value: Any) -> bool:
    """Return whether a parameter is "auto"."""
    return isinstance(value, str) and value == "auto"


def _choosable(X: Any, encoder: SpikeEncoder | None) -> tuple[str, ...]:
    """Return the parameters that the data may choose, which depend on the kind of input."""
    if X.ndim == 2:
        return ("alpha", "dropout") if _is_rate_coded(encoder) else ()
    if encoder is None and X.dtype == np.uint8:
        return ()
    return ("delays",) if is_signed(entries(X)) else ("standardize", "delays", "augment")


def _is_rate_coded(encoder: SpikeEncoder | None) -> bool:
    """Return whether spike counts follow the input: it is not encoded as the times of spikes."""
    if encoder is None:
        return True
    coding = CODINGS.get(encoder.coding) if isinstance(encoder.coding, str) else encoder.coding
    meanings: Any = getattr(coding, "higher_means", None)
    return not {"earlier", "later"} & set(meanings if isinstance(meanings, tuple) else [meanings])


def _delays(delays: Any, dt: float, constant: bool) -> tuple[int, ...]:
    """Return the delays in steps."""
    if delays is None:
        return (0,)
    delays = check_numbers(delays, "delays", low=0, high=DT["high"])
    if not delays:
        raise ValueError("delays must hold at least one number, or be None.")
    if constant:
        raise ValueError(
            "delays have no effect on constant currents (2-D input). Pass rasters or series, or "
            "use an encoder.")
    steps = tuple(round(delay / dt) for delay in delays)
    if max(steps) > MAX_DELAY:
        raise ValueError(
            f"delays={delays} reach {max(steps)} steps of dt={dt} ms. At most {MAX_DELAY} steps "
            "are allowed.")
    if len(set(steps)) < len(steps):
        raise ValueError(
            f"delays={delays} must be different numbers of steps of dt={dt} ms, got "
            f"{shown(steps)}.")
    return steps


def _readouts(readout: Any, constant: bool) -> tuple[Readout, ...]:
    """Return the candidate readouts. Constant input gets spike counts only."""
    if isinstance(readout, str) and readout == "auto":
        return (Count(),) if constant else (Count(), Windows(4), Windows(10))
    found = resolve(readout, READOUTS, "readout")
    found.check()
    return (found,)


def _check_refusals(network: NetworkParameters, settings: Settings) -> None:
    """Raise if a parameter asks for something that the rule does not support."""
    resolved = {
        "recurrent": any(settings.recurrent), "delays": settings.delays != (0,),
        "readout": network.readout != "auto", "augment": settings.augment is not None,
        "dropout": settings.dropout > 0, "alpha": settings.alpha > 0,
        "convolution": settings.image_shape is not None}
    for name, reason in settings.rule.refuses.items():
        if resolved[name] if name in resolved else getattr(network, name):
            rule, way = type(settings.rule).__name__, "Leave it out, or use rule='surrogate'"
            raise ValueError(f"{rule} does not support {name}: {reason}. {way}.")


def _learned_names(learn: Any, neuron: Neuron) -> tuple[str, ...]:
    names = neuron.learnable()
    if isinstance(learn, (bool, np.bool_)):
        return names if learn else ()
    known = isinstance(learn, (tuple, list)) and all(
        isinstance(name, str) and name in names for name in learn)
    if not known or len(set(learn)) < len(learn):
        wanted = f"True, False or a tuple of names out of {names}"
        raise ValueError(f"learn_intrinsic must be {wanted}, got {shown(learn)}.")
    return tuple(learn)
