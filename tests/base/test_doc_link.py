"""The link from the HTML representation of an estimator to its API page."""

import importlib.metadata
from email.message import Message

import pytest

import skspike
from skspike import SNNClassifier
from skspike.trains import DistanceTransformer

ESTIMATORS = [
    thing for name in skspike.__all__
    if hasattr(thing := getattr(skspike, name), "get_params")]


@pytest.fixture
def published(monkeypatch):
    """Add an address of the documentation to the metadata, and return a function to remove it."""
    package = Message()
    package["Version"] = "1.2.3"
    package["Project-URL"] = "Source, https://source.invalid"
    package["Project-URL"] = "Documentation, https://docs.invalid/"
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: package)
    return lambda: package.__delitem__("Project-URL")


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_the_link_leads_to_the_page_of_the_installed_version(cls, published):
    estimator = cls()
    address = f"https://docs.invalid/1.2.3/api/skspike.{cls.__name__}.html"
    assert estimator._get_doc_link() == address
    assert address in estimator._repr_html_()


def test_the_link_of_distances_leads_to_their_module(published):
    assert DistanceTransformer()._get_doc_link().endswith(
        "/1.2.3/api/skspike.trains.DistanceTransformer.html")


def test_without_published_documentation_the_link_leads_to_built_pages_or_is_absent(published):
    published()
    link = SNNClassifier()._get_doc_link()
    assert link == "" or (
        link.startswith("file://") and link.endswith("/api/skspike.SNNClassifier.html"))


def test_a_subclass_in_another_package_has_no_link(published):
    class Own(SNNClassifier):
        pass

    assert Own()._get_doc_link() == ""
