"""What real libraries write is never called malicious: every library that is installed here writes."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.fact.models import ModelFile, PickleUse

Producer = Callable[[Any, Path], None]


def _pickles(value: Any, folder: Path, name: str) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (folder / f"{name}_{protocol}.pkl").write_bytes(pickle.dumps(value, protocol))
    optimised = pickletools.optimize(pickle.dumps(value, 4))
    (folder / f"{name}_optimised.pkl").write_bytes(optimised)


def _standard(module: Any, folder: Path) -> None:
    import collections
    import datetime
    import decimal
    import pathlib
    import re
    import uuid

    value = {
        "ordered": collections.OrderedDict(a=1), "default": collections.defaultdict(list, a=[1]),
        "counter": collections.Counter("ab"), "deque": collections.deque([1, 2]), "set": {1, 2},
        "date": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), "decimal": decimal.Decimal("1.5"),
        "path": pathlib.PurePosixPath("a/b"), "uuid": uuid.UUID(int=1), "pattern": re.compile("a+"),
        "complex": 1 + 2j, "bytes": b"\x00\xff", "array": bytearray(b"abc"), "range": range(3),
        "deep": [[[[[]]]]], "long": 1 << 300, "text": "os.system\n", "none": None,
    }  # fmt: skip
    _pickles(value, folder, "standard")


def _numpy(numpy: Any, folder: Path) -> None:
    array = numpy.arange(12.0).reshape(3, 4)
    objects = numpy.array([{"a": 1}, None, "x"], dtype=object)
    numpy.save(folder / "plain.npy", array)
    numpy.save(folder / "objects.npy", objects, allow_pickle=True)
    numpy.savez(folder / "plain.npz", a=array, b=array.astype("f2"))
    numpy.savez_compressed(folder / "objects.npz", a=objects)
    state = [array, objects, numpy.float32(1), numpy.dtype("f8"), numpy.random.default_rng(0)]
    _pickles(
        [*state, numpy.random.RandomState(0), numpy.ma.array([1, 2], mask=[0, 1])], folder, "n"
    )


def _pandas(pandas: Any, folder: Path) -> None:
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pandas.Categorical(["u", "v"])})
    frame["d"] = pandas.to_datetime(["2026-01-01", "2026-01-02"])
    _pickles(frame, folder, "frame")
    for suffix in ("gz", "bz2", "xz", "zip", "tar"):
        frame.to_pickle(folder / f"frame.pkl.{suffix}")


def _estimators(sklearn: Any, folder: Path) -> None:
    joblib = importlib.import_module("joblib")

    def of(module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"sklearn.{module}"), name)

    make_pipeline = of("pipeline", "make_pipeline")
    rows = [[float(i % 7), float(i % 5)] for i in range(40)]
    labels = [i % 2 for i in range(40)]
    made = [
        of("linear_model", "LogisticRegression")().fit(rows, labels),
        of("ensemble", "RandomForestClassifier")(5).fit(rows, labels),
        of("ensemble", "GradientBoostingClassifier")(n_estimators=3).fit(rows, labels),
        make_pipeline(of("preprocessing", "StandardScaler")(), of("svm", "SVC")()).fit(
            rows, labels
        ),
        make_pipeline(
            of("feature_extraction.text", "TfidfVectorizer")(), of("naive_bayes", "MultinomialNB")()
        ).fit(["good", "bad"], [1, 0]),
    ]
    for number, estimator in enumerate(made):
        _pickles(estimator, folder, f"estimator_{number}")
        for method in (0, "zlib", "gzip", "bz2", "xz", "lzma"):
            target = folder / f"estimator_{number}_{method}.joblib"
            joblib.dump(estimator, target, compress=(method, 3) if method else 0)


def _torch(torch: Any, folder: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.BatchNorm1d(8))
    optimiser = torch.optim.AdamW(network.parameters())
    network(torch.rand(3, 4)).sum().backward()
    optimiser.step()
    state = {"model": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 3}
    torch.save(state, folder / "state.pt")
    torch.save(network, folder / "network.pt")
    torch.save(state, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(network), folder / "script.pt")
    kinds = {
        "half": torch.rand(3).half(),
        "brain": torch.rand(3).bfloat16(),
        "int": torch.arange(3),
    }
    torch.save(kinds, folder / "kinds.pt")


def _xgboost(xgboost: Any, folder: Path) -> None:
    matrix = xgboost.DMatrix([[float(i)] for i in range(20)], label=[i % 2 for i in range(20)])
    booster = xgboost.train({"max_depth": 2}, matrix, 2)
    _pickles(booster, folder, "booster")
    booster.save_model(folder / "booster.ubj")


def _lightgbm(lightgbm: Any, folder: Path) -> None:
    numpy = importlib.import_module("numpy")

    data = lightgbm.Dataset(numpy.random.rand(50, 2), [i % 2 for i in range(50)])
    booster = lightgbm.train({"verbose": -1}, data, 2)
    _pickles(booster, folder, "booster")


def _catboost(catboost: Any, folder: Path) -> None:
    model = catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False)
    model.fit([[float(i)] for i in range(20)], [i % 2 for i in range(20)])
    model.save_model(str(folder / "model.cbm"))
    _pickles(model, folder, "model")


def _h5py(h5py: Any, folder: Path) -> None:
    for version in ("earliest", "latest"):
        with h5py.File(folder / f"{version}.h5", "w", libver=version) as file:
            file.create_dataset("group/inner/w", data=[[1.0, 2.0]])
            file.attrs["model_config"] = '{"class_name": "Sequential", "config": {"layers": []}}'


def _onnx(onnx: Any, folder: Path) -> None:
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [1])], [value("y", 1, [1])])
    (folder / "model.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())


PRODUCERS: dict[str, Producer] = {
    "pickle": _standard, "numpy": _numpy, "pandas": _pandas, "sklearn": _estimators, "torch": _torch,
    "xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost, "h5py": _h5py, "onnx": _onnx,
}  # fmt: skip
INSTALLED = [name for name in PRODUCERS if importlib.util.find_spec(name)]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("library", INSTALLED)
def test_calls_nothing_malicious_that_a_library_writes(library: str, tmp_path: Path) -> None:
    PRODUCERS[library](importlib.import_module(library), tmp_path)
    files = sorted(tmp_path.iterdir())

    accused: list[str] = []
    for path in files:
        content = path.read_bytes()
        assert artefact.claims(path.name, content[:HEAD_SIZE]), path.name
        facts = list(artefact.read(Source.of_bytes(path.name, content)))
        assert any(isinstance(fact, ModelFile) for fact in facts), path.name
        accused += [
            f"{path.name}: {fact.reason}"
            for fact in facts
            if isinstance(fact, PickleUse) and fact.verdict == "malicious"
        ]

    assert files
    assert accused == []
