"""What all estimators share: base class, raster output, docstring sections, and their parts."""

import contextlib
import importlib.metadata
import inspect
import re
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score
from sklearn.utils import metaestimators

from ._transactions import CallbackSupportMixin
from ._typing import Array, Documented, Method

SKIPPED = None, "passthrough"  # steps of a pipeline that do nothing


def available_if(check: Callable[[Any], Any]) -> Callable[[Method], Method]:
    """Return scikit-learn's decorator ``available_if``, typed so that a method keeps its type."""
    return metaestimators.available_if(check)


def address_of_pages() -> str:
    """Return the address of the documentation of this version, or an empty string.

    The package metadata contain the address of the published documentation. Without it, use the
    pages that `make docs` has built in a checkout.
    """
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        package = importlib.metadata.metadata("skspike")
        for label, _, url in (
                line.partition(", ") for line in package.get_all("Project-URL", [])):
            if label == "Documentation":
                return f"{url.rstrip('/')}/{package['Version']}"
    built = Path(__file__).parents[2] / "doc" / "_build" / "html"
    return built.as_uri() if built.is_dir() else ""


class Prepared:
    """What the first prediction prepares for the next ones. A copy or a hash of it is empty."""

    value: Any = None

    def __reduce__(self) -> Any:
        return Prepared, ()


class Estimator(CallbackSupportMixin, BaseEstimator):
    """Base class of the estimators: plug-ins by name, callbacks, 3-D input, a link to the API page.

    ``_plugins`` maps parameters to registries, which map names (or None) to functions that make the
    default object. So ``neuron__tau_mem=10`` replaces ``neuron="lif"`` by a default object first.
    """

    _plugins: Mapping[str, Mapping[Any, Callable[[], Any]]] = {}
    _doc_link_module = "skspike"  # a subclass in another package has no page here

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the estimator and of its objects.

        Parameters
        ----------
        **params : dict
            Parameters by name. ``<parameter>__<name>`` sets a parameter of a plug-in that was given
            by name or as an object.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If a parameter is unknown, or if ``<parameter>__<name>`` is set for an object without
            parameters, such as None.
        """
        own = self.get_params(deep=False)
        for key in list(params):
            parameter, _, inner = key.partition("__")
            if inner and parameter in own:
                value = params.get(parameter, own[parameter])
                params[parameter] = _with_parameters(value, self._plugins.get(parameter, {}), key)
        return super().set_params(**params)

    @property
    def _doc_link_template(self):
        """Address of the API page, or an empty string without documentation of this version."""
        pages = address_of_pages()
        return pages and f"{pages}/api/skspike.{{name}}.html"

    def _doc_link_url_param_generator(self):
        """Return the values of the fields in the template of the address."""
        return {"name": type(self).__name__}

    # set by `fit`, so that a prediction does not change ``__dict__``, which other threads may read
    _prepared: Prepared | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for copies and files, which prepare for themselves."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_prepared"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the state. Each fit begins with a copy, which prepares for itself too."""
        super().__setstate__(state)
        self._prepared = Prepared()

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: 3-D input is accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _with_parameters(value, plugins, key):
    """Return the object that has the parameter `key`: the value, or the default for its name."""
    if (value is None or isinstance(value, str)) and value in plugins:
        return plugins[value]()
    if isinstance(value, type) or not hasattr(value, "set_params"):
        parameter = key.partition("__")[0]
        options = " or ".join([*map(repr, plugins), "an object with this parameter"])
        raise ValueError(
            f"{key} cannot be set, because {parameter}={value!r} has no parameters. First set "
            f"{parameter} to {options}.")
    return value


class RasterOutputMixin:
    """Keep rasters as numpy arrays, because a data frame has no third dimension."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Opt out of scikit-learn's wrapping of `transform`."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)  # type: ignore[call-arg]

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept and ignore a request for an output container, so that pipelines can pass it on.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Ignored: rasters are numpy arrays.

        Returns
        -------
        self : estimator
            The estimator.
        """
        return self


def with_sections(**sections: str) -> Callable[[Documented], Documented]:
    """Return a decorator that replaces each ``<name>`` in a docstring by a text or section."""

    def fill(cls):
        """Fill the sections into the docstring of a class or function."""
        # before Python 3.13 docstrings keep their indent, and with -OO there are none
        text = inspect.cleandoc(cls.__doc__ or "")
        for name, section in sections.items():
            text = text.replace(f"\n<{name}>", textwrap.dedent(section))
            text = text.replace(f"<{name}>", section)  # within a line
        cls.__doc__ = text
        return cls

    return fill


def sections(documented: Any) -> dict[str, str]:
    """Return the sections of a docstring by their lower-case names. With -OO, each is empty."""
    if not documented.__doc__:
        return defaultdict(str)
    parts = re.split(r"\n(\w+(?: \w+)*)\n-+", inspect.cleandoc(documented.__doc__))
    return {
        name.lower(): text.rstrip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def choices(registry: Iterable[str]) -> str:
    """Return the names of a registry in the notation of numpydoc."""
    return "{" + ", ".join(f'"{name}"' for name in registry) + "}"


@contextlib.contextmanager
def optional(package, extra, user):
    """Name the extra to install if the import of an optional package fails in the block."""
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"{user} needs {package}, which is not installed: "
            f'pip install "skspike[{extra}]"') from error


def steps_of(model: Any) -> list[Any]:
    """Return the steps of a pipeline, or the model alone."""
    return [step for _, step in getattr(model, "steps", [("", model)])]


def last_of(model: Any) -> Any:
    """Return the last step of a pipeline, or the model that a fitted search has chosen."""
    while hasattr(model, "steps") or hasattr(model, "best_estimator_"):
        model = model.steps[-1][1] if hasattr(model, "steps") else model.best_estimator_
    return model


def unfrozen(model: Any) -> Any:
    """Return an estimator, without a FrozenEstimator around it."""
    return unfrozen(model.estimator) if isinstance(model, FrozenEstimator) else model


def accuracy(y: Any, predicted: Array, sample_weight: Any = None) -> float:
    """Return the share of samples whose labels are all correct.

    scikit-learn's ``accuracy_score`` refuses several columns of more than two classes.
    """
    if predicted.ndim == 2:
        y = y.toarray() if issparse(y) else np.asarray(y)
        if y.shape != predicted.shape:
            raise ValueError(
                f"y must have the shape of the predictions, {predicted.shape}, got {y.shape}.")
        y, predicted = np.zeros(len(y), bool), (y != predicted).any(axis=1)
    return float(accuracy_score(y, predicted, sample_weight=sample_weight))
