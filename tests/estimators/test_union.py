"""RasterUnion: different codings for different columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from skspike import RasterUnion, SNNClassifier, SNNTransformer, SpikeEncoder
from skspike.coding import Latency

RNG = np.random.default_rng(0)
X, Y = RNG.random((30, 4)), np.arange(30) % 3
SERIES, RASTER = RNG.random((30, 4, 15)), (RNG.random((30, 4, 15)) < 0.3).astype(np.uint8)
FRAME = {
    "length": X[:, 0], "width": X[:, 1], "kind": np.array(["a", "b", "c"])[Y], "depth": X[:, 3]}
LATE = SpikeEncoder("latency", n_steps=15)
COUNTED = SpikeEncoder(n_steps=15)
DIRECT = SpikeEncoder("direct", n_steps=15)
PASSED = FunctionTransformer(feature_names_out="one-to-one")


def union(*parts):
    return RasterUnion([(f"p{k}", clone(part), columns) for k, (part, columns) in enumerate(parts)])


def test_a_union_is_each_part_on_its_columns_stacked():
    raster = union((LATE, [0, 2]), (COUNTED, [3]), (LATE, [1, 0])).fit_transform(X)
    alone = [
        clone(part).fit_transform(X[:, at])
        for part, at in ((LATE, [0, 2]), (COUNTED, [3]), (LATE, [1, 0]))]
    np.testing.assert_array_equal(raster, np.concatenate(alone, axis=1))
    assert raster.dtype == np.uint8 and raster.flags.c_contiguous


def test_channels_of_series_are_coded_one_by_one_and_rasters_pass():
    mixed = np.concatenate([SERIES[:, :2], RASTER[:, :2]], axis=1)
    raster = union((SpikeEncoder("delta"), [0, 1]), (PASSED, [2, 3])).fit(mixed)
    np.testing.assert_array_equal(raster.transform(mixed)[:, -2:], RASTER[:, :2])
    assert raster._n_dims_in == 3 and raster.get_feature_names_out()[-1] == "p1__x3"


def test_spikes_and_currents_become_float32():
    raster = union((LATE, [0]), (DIRECT, [1])).fit_transform(X)
    assert raster.dtype == np.float32
    np.testing.assert_array_equal(raster[:, 0], LATE.fit_transform(X[:, :1])[:, 0])
    np.testing.assert_array_equal(raster[:, 1:], DIRECT.fit_transform(X[:, 1:2]))
    zeros = FunctionTransformer(lambda x: np.zeros((len(x), 1, 15)))
    assert union((DIRECT, [0]), (zeros, [1])).fit_transform(X).dtype == np.float32


@pytest.mark.parametrize(
    ("columns", "numbers"),
    [
        (2, [2]), (-1, [3]), ([3, 0], [3, 0]), ((1, 2), [1, 2]), (slice(1, None), [1, 2, 3]),
        (slice(None), [0, 1, 2, 3]), ([True, False, False, True], [0, 3]),
        (np.array([1, 1]), [1, 1]), (lambda X: [X.shape[1] - 1], [3])])  # fmt: skip
def test_columns_are_given_by_number_slice_mask_or_function(columns, numbers):
    fitted = union((LATE, columns)).fit(X)
    assert fitted.transformers_[0][2].tolist() == numbers
    np.testing.assert_array_equal(fitted.transform(X), LATE.fit_transform(X[:, numbers]))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_columns_of_data_frames_have_names_which_channels_keep(frame):
    kinds = make_pipeline(OneHotEncoder(sparse_output=False), DIRECT)
    made = union(
        (LATE, ["depth", "length"]), (COUNTED, "width"), (kinds, ["kind"])).fit(frame(FRAME))
    assert made.feature_names_in_.tolist() == list(FRAME)
    assert [at.tolist() for _, _, at in made.transformers_] == [[3, 0], [1], [2]]
    names = [
        "p0__depth", "p0__length", "p1__width_on", "p1__width_off",
        *(f"p2__kind_{kind}" for kind in "abc")]
    assert len(made.get_feature_names_out()) == made.transform(frame(FRAME)).shape[1]
    assert made.get_feature_names_out()[:2].tolist() == names[:2] and made.get_feature_names_out()[
        -3:].tolist() == names[-3:]
    np.testing.assert_array_equal(
        made.transform(frame(FRAME))[:, :2], LATE.fit_transform(X[:, [3, 0]]))
    with pytest.raises(ValueError, match="feature names should match"):
        made.transform(frame(dict(reversed(FRAME.items()))))


@pytest.mark.parametrize(
    ("columns", "numbers"),
    [
        (slice("width", "kind"), [1, 2]), (slice("kind", None), [2, 3]),
        (slice(None, "width"), [0, 1])])
def test_a_slice_of_names_holds_both_as_in_a_column_transformer(columns, numbers):
    frame = pd.DataFrame(X, columns=list(FRAME))
    assert union((LATE, columns)).fit(frame).transformers_[0][2].tolist() == numbers
    theirs = ColumnTransformer([("all", "passthrough", columns)]).fit_transform(frame)
    np.testing.assert_array_equal(theirs, X[:, numbers])
    with pytest.raises(ValueError, match="no columns"):
        union((LATE, slice("height", None))).fit(frame)


def test_columns_are_selected_by_their_type():
    selected = make_column_selector(dtype_include=float)
    assert union((LATE, selected)).fit(
        pd.DataFrame(FRAME)).transformers_[0][2].tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    "form", [scipy.sparse.csr_array, scipy.sparse.coo_array, scipy.sparse.lil_matrix])
def test_sparse_features_are_the_same_as_dense_ones(form):
    sparse = np.where(X < 0.5, 0.0, X)
    made = union((LATE, [1]), (COUNTED, slice(None)))
    np.testing.assert_array_equal(
        clone(made).fit_transform(form(sparse)), made.fit_transform(sparse))


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        (
            [("a", LATE, [0]), ("b", SpikeEncoder(n_steps=16), [1])], ValueError,
            "the same number of steps, got 'a' 15, 'b' 16"),
        (
            [("a", StandardScaler(), [0])], ValueError,
            r"'a' of RasterUnion must return rasters .* got shape \(1, 1\).*End it with"),
        ([("a", OneHotEncoder(), [0])], ValueError, "'a' of RasterUnion must return rasters"),
        ([("a", LATE, [0]), ("a", LATE, [1])], ValueError, "unique names"),
        ([("a__b", LATE, [0])], ValueError, "without '__'"),
        ([("transformers", LATE, [0])], ValueError, "other than 'transformers'"),
        (
            [("a", "drop", [0])], TypeError,
            "'a' of transformers must be a transformer, .* got 'drop'.* omit them"),
        ([("a", "passthrough", [0])], TypeError, "FunctionTransformer"),
        ([("a", SpikeEncoder, [0])], TypeError, "'a' of transformers must be a transformer"),
        ([("a", SNNClassifier(), [0])], TypeError, "'a' of transformers must be a transformer"),
        ([("a", LATE, [4])], ValueError, r"no columns \[4\] for 'a' .* found 4 columns"),
        ([("a", LATE, ["width"])], ValueError, "no columns .* names in a data frame"),
        ([("a", LATE, [0.5])], ValueError, "no columns"),
        ([("a", LATE, None)], ValueError, "no columns None"),
        ([("a", LATE, [True])], ValueError, "no columns"),
        (
            [("a", LATE, [])], ValueError,
            r"'a' of RasterUnion gets 0 feature\(s\), .* found 4 columns. Omit this transformer"),
        (
            [("a", LATE, slice("width", None))], ValueError,
            r"no columns slice\('width', None, None\) for 'a'"),
        ([], TypeError, "must be a list of"), ([("a", LATE)], TypeError, "must be a list of"),
        ("bogus", TypeError, "must be a list of .* got 'bogus'"),
        ({"a": LATE}, TypeError, "must be a list of")])  # fmt: skip
def test_fit_refuses_transformers_that_do_not_fit_together(parts, error, words):
    made = RasterUnion(parts)
    with pytest.raises(error, match=words):
        made.fit(X, Y)
    assert vars(made).keys() == {"transformers"}


def test_the_error_of_a_missing_name_lists_the_names():
    message = (
        r"no columns \['height'\] for 'p0' .* found 4 columns, "
        r"\['length', 'width', 'kind', 'depth'\]")
    with pytest.raises(ValueError, match=message):
        union((LATE, ["height"])).fit(pd.DataFrame(FRAME))


def test_series_that_come_in_another_length_must_agree_too():
    made = union(
        (SpikeEncoder("poisson"), [0]), (SpikeEncoder("poisson", n_steps=15), [1])).fit(SERIES)
    with pytest.raises(ValueError, match="got 'p0' 9, 'p1' 15"):
        made.transform(SERIES[:, :, :9])


def test_parameters_reach_parts_and_what_is_in_them():
    made = union(
        (SpikeEncoder("latency", n_steps=15), [0]), (make_pipeline(StandardScaler(), COUNTED), [1]))
    parameters = made.get_params()
    assert parameters["p0__n_steps"] == parameters["p1__spikeencoder__n_steps"] == 15
    assert parameters["p0"] is made.transformers[0][1]
    assert made.get_params(deep=False).keys() == {"transformers"}
    found = RasterUnion([("coded", clone(LATE), [0]), ("unused", "drop", [1])]).get_params()
    assert found["unused"] == "drop" and "unused__n_steps" not in found
    made.set_params(p0__coding__silent_below=0.5, p1__spikeencoder__n_steps=9)
    assert made.transformers[0][1].coding.silent_below == 0.5 and made.get_params()[
        "p1__spikeencoder__n_steps"] == 9
    before = made.transformers
    other = clone(DIRECT)
    assert made.set_params(p0=other, p0__n_steps=9) is made
    assert made.transformers[0] == (
        "p0", other, [0]) and made.transformers is not before and made.get_params()[
        "p0__n_steps"] == 9
    made.set_params(transformers=[("q", clone(LATE), [0])], q__n_steps=3)
    assert made.fit_transform(X).shape == (30, 1, 3)
    with pytest.raises(ValueError, match="Invalid parameter 'p0'"):
        made.set_params(p0__n_steps=3)


def test_a_grid_swaps_parts_and_sets_their_parameters_and_leaves_them_as_they_were():
    made = union((SpikeEncoder(Latency(), n_steps=15), [0, 1]), (COUNTED, [2, 3]))
    pipeline = make_pipeline(made, SNNClassifier(5, max_iter=2, random_state=0))
    grid = {
        "rasterunion__p0__coding__silent_below": [0.0, 0.5], "rasterunion__p1": [COUNTED, DIRECT],
        "snnclassifier__alpha": [0.0, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 8 and np.isfinite(
        search.cv_results_["mean_test_score"]).all()
    assert not hasattr(made, "transformers_") and not hasattr(made.transformers[0][1], "coding_")


def test_a_clone_shares_nothing_and_gives_the_same_raster():
    made = union((SpikeEncoder("poisson", n_steps=15, random_state=3), [0]), (LATE, [1])).fit(X)
    copy = clone(made)
    assert repr(copy) == repr(clone(made)) and not hasattr(copy, "transformers_")
    assert copy.transformers[0][1] is not made.transformers[0][1]
    np.testing.assert_array_equal(copy.fit(X).transform(X), made.transform(X))


def test_a_row_is_the_same_alone_and_among_others():
    made = union(
        (SpikeEncoder("poisson", n_steps=15, random_state=3), [0]), (DIRECT, [1, 2])).fit(X)
    whole = made.transform(X)
    np.testing.assert_array_equal(
        np.concatenate([made.transform(X[k : k + 1]) for k in range(30)]), whole)
    np.testing.assert_array_equal(made.transform(X[::-1])[::-1], whole)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 9)])
def test_memory_is_read_by_its_values(shape):
    X = np.random.default_rng(0).random(shape)
    np.testing.assert_array_equal(
        RasterUnion().fit_transform(memoryview(X)), RasterUnion().fit_transform(X))


def test_labels_reach_the_parts_that_learn_from_them():
    learned = make_pipeline(SelectKBest(k=1), COUNTED)
    network = SNNTransformer(5, max_iter=2, n_steps=15, random_state=0)
    signal = np.column_stack([X[:, :3], Y + 0.1 * X[:, 3]])
    made = union((learned, slice(None)), (network, [0, 1])).fit(signal, Y)
    np.testing.assert_array_equal(
        made.transform(signal)[:, :2], COUNTED.fit_transform(signal[:, 3:]))
    assert made.get_feature_names_out()[-1] == "p1__neuron4" and get_tags(made).target_tags.required
    assert not get_tags(union((COUNTED, [0]))).target_tags.required


def test_tags_are_those_that_all_parts_have():
    def tags(*parts):
        return get_tags(union(*((part, [0]) for part in parts))).input_tags

    delta = SpikeEncoder("delta")
    assert tags(COUNTED, delta).three_d_array and not tags(COUNTED, LATE).three_d_array
    assert tags(COUNTED).sparse and not tags(COUNTED, PASSED).allow_nan


def test_an_output_container_is_accepted_and_changes_nothing():
    made = make_pipeline(
        StandardScaler(), union((LATE, [0, 1]))).set_output(transform="pandas").fit(X)
    assert type(made.transform(X)) is np.ndarray
    assert made.get_feature_names_out().tolist() == ["p0__x0", "p0__x1"]
