"""Write small files as libraries save them, for the test that none is called malicious.

    python -m venv ENVIRONMENT
    ENVIRONMENT/bin/pip install scikit-learn==1.3.0 joblib==1.2.0 ...
    ENVIRONMENT/bin/python scripts/write_benign_models.py tests/readers/models/benign.tsv

Run once in each environment of `ENVIRONMENTS`: it makes files with the libraries installed there
(or with those named behind the table), and writes a row for each: file, library, version, Python,
protocol or format, what it is, and its bytes, compressed by zlib and written in base64. So nobody
loads one by accident.
Files above `LARGEST` bytes are not kept. Runs on Python 3.6 and later, as old libraries need it.
"""

import base64
import datetime
import decimal
import gzip
import importlib.util
import os
import pathlib
import pickle
import platform
import sys
import tempfile
import warnings
import zlib
from collections import OrderedDict, defaultdict, deque
from fractions import Fraction

ENVIRONMENTS = {
    "Python 3.6": "scikit-learn==0.24.2 numpy==1.19.5 pandas==1.1.5 scipy==1.5.4 joblib==1.0.1"
    " xgboost==1.5.2 lightgbm==3.2.1 statsmodels==0.12.2 imbalanced-learn==0.8.1 gensim==4.0.1"
    " nltk==3.6.7 torch==1.7.1 dill==0.3.3 cloudpickle==1.6.0 networkx==2.5.1 sympy==1.9",
    "Python 3.8": "scikit-learn==1.3.2 numpy==1.21.6 pandas==1.3.5 scipy==1.7.3 joblib==1.4.2"
    " xgboost==1.6.2 lightgbm==3.3.2 catboost==1.0.6 statsmodels==0.13.2 imbalanced-learn==0.9.1"
    " category_encoders==2.5.0 lifelines==0.27.0 gensim==4.2.0 nltk==3.7 dill==0.3.4"
    " cloudpickle==2.0.0 networkx==2.8 sympy==1.10",
    "Python 3.9": "scikit-learn==1.3.0 numpy==1.24.4 pandas==1.5.3 scipy==1.10.1 joblib==1.2.0"
    " xgboost==1.7.6 lightgbm==3.3.5 catboost==1.2 statsmodels==0.14.0 imbalanced-learn==0.11.0"
    " category_encoders==2.6.1 gensim==4.3.1 optuna==3.2.0 polars==0.18.0 dill==0.3.6"
    " cloudpickle==2.2.1 networkx==3.1 sympy==1.12",
    "Python 3.10": "scikit-learn==1.7.2 numpy==1.26.4 pandas==2.2.2 scipy==1.13.1 joblib==1.4.2"
    " xgboost==2.1.4 lightgbm==4.5.0 statsmodels==0.14.4 imbalanced-learn==0.12.4 spacy==3.7.5"
    " category_encoders==2.6.4 lifelines==0.29.0 nltk==3.9.1 optuna==4.0.0 polars==1.9.0"
    " transformers==4.45.0 dill==0.3.8 cloudpickle==3.0.0 networkx==3.3 sympy==1.14.0",
    "Python 3.12": "scikit-learn==1.7.1 numpy==2.2.6 pandas==2.3.1 scipy==1.15.3 joblib==1.5.1"
    " xgboost==3.0.2 lightgbm==4.6.0 catboost==1.2.10 statsmodels==0.15.0 torch==2.15.0"
    " imbalanced-learn==0.14.2 category_encoders==2.11.2 lifelines==0.30.3 nltk==3.10.4"
    " optuna==5.0.0 polars==2.1.0 spacy==3.8.18 dill==0.4.0 cloudpickle==3.1.1 networkx==3.7",
    "Python 3.11": "scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 joblib==1.6.0"
    " torch==2.15.0 lightning==2.6.6 transformers==5.23.0 sentence-transformers==6.2.0"
    " torch-geometric==2.8.1 cloudpickle==3.1.2 dill==0.4.1",
    "Python 3.13": "scikit-learn==1.9.1 numpy==2.5.5 pandas==3.1.1 scipy==1.18.1 joblib==1.6.0"
    " keras==3.15.1 tensorflow-cpu==2.21.0 jax==0.12.0.1 xgboost==3.4.1 lightgbm==4.7.0"
    " gensim==4.4.0 h5py==3.14.0",
    "Python 3.11, formats": "keras==3.15.1 onnx==1.23.2 skops==0.16.0 safetensors==0.8.0"
    " h5py==3.16.0 catboost==1.2.10 lightgbm==4.7.0 scikit-learn==1.9.1",
}
LARGEST = 7000
LARGEST_ARCHIVE = 14000
ARCHIVES = (".pt", ".ckpt", ".bin", ".keras", ".h5", ".npz", ".skops", ".pb", ".pth")
ROWS = [[float(i % 7), float(i % 5)] for i in range(20)]
LABELS = [i % 2 for i in range(20)]


class Files:
    """The rows of one library's files."""

    def __init__(self, library, version):
        self.library = library
        self.version = version
        self.rows = []

    def pickles(self, what, value, protocols=(2, pickle.HIGHEST_PROTOCOL)):
        """The value in each protocol."""
        for protocol in protocols:
            self.keep(f"{what}-p{protocol}.pkl", what, pickle.dumps(value, protocol))

    def saved(self, name, what, save):
        """What `save(path)` writes; the path is relative, as some libraries save it too."""
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as scratch:
            os.chdir(scratch)
            try:
                save(name)
            finally:
                os.chdir(before)
            self.keep(name, what, (pathlib.Path(scratch) / name).read_bytes())

    def keep(self, name, what, content):
        """The file's row, unless the file is too large."""
        suffix = pathlib.Path(name).suffix
        if len(content) > (LARGEST_ARCHIVE if suffix in ARCHIVES else LARGEST):
            print(f"too large: {self.library} {name} ({len(content)} bytes)")
            return
        stem = f"{self.library}-{self.version}-{name}"
        form = name.rpartition("-")[2].split(".")[0] if suffix == ".pkl" else suffix[1:]
        python = platform.python_version()
        held = base64.b64encode(zlib.compress(content, 9)).decode()
        self.rows.append("\t".join([stem, self.library, self.version, python, form, what, held]))


def of_python(python, to):
    values = {
        "ordered": OrderedDict(a=1), "default": defaultdict(list, a=[1]), "deque": deque([1], 3),
        "at": datetime.datetime(2020, 1, 2), "for": datetime.timedelta(1), "exact": decimal.Decimal(3),
        "third": Fraction(1, 3), "error": ValueError("x"), "range": range(3), "raw": b"\x80\x02c",
        "path": pathlib.PurePosixPath("a/b"), "of": [{1}, frozenset([2]), 1 + 2j, 1 << 80, None],
    }  # fmt: skip
    to.pickles("values", values, range(pickle.HIGHEST_PROTOCOL + 1))
    to.keep("values.pkl.gz", "values, compressed", gzip.compress(pickle.dumps(values, 2)))


def of_numpy(numpy, to):
    to.pickles("arrays", {"a": numpy.arange(6.0), "o": numpy.array([1, "x"], object)})
    to.pickles(
        "scalars", [numpy.float32(1), numpy.dtype([("a", "i4")]), numpy.ma.array([1], mask=[1])]
    )
    to.pickles("generator", numpy.random.default_rng(1))
    objects = numpy.array([{"a": 1}, "x"], object)
    to.saved("objects.npy", "object array", lambda path: numpy.save(path, objects))
    to.saved("arrays.npz", "several arrays", lambda path: numpy.savez(path, a=objects, b=[1.0]))


def of_pandas(pandas, to):
    frame = pandas.DataFrame({"a": [1.5, 2], "b": ["x", "y"]})
    frame["c"] = pandas.Categorical(["u", "v"])
    frame["t"] = pandas.to_datetime(["2020-01-01", "2021-01-01"])
    to.pickles("frame", frame)
    to.pickles("index", pandas.MultiIndex.from_tuples([(1, "a"), (2, "b")]))
    to.saved("series.pkl.gz", "compressed series", frame["a"].to_pickle)
    to.pickles(
        "interval", [pandas.Timestamp("2020-01-01"), pandas.Interval(0, 1), pandas.Timedelta(1)]
    )


def of_scipy(scipy, to):
    sparse = importlib.import_module("scipy.sparse")
    to.pickles("sparse", [sparse.csr_matrix([[0, 1], [2, 0]]), sparse.coo_matrix([[1, 0]])])
    to.pickles("spline", importlib.import_module("scipy.interpolate").interp1d([0, 1], [1, 2]))


def estimators():
    """Small fitted estimators of scikit-learn by name."""

    def made(module, name, *arguments, **settings):
        maker = getattr(importlib.import_module("sklearn." + module), name)
        return maker(*arguments, **settings)

    scaled = [("scale", made("preprocessing", "StandardScaler")), ("svc", made("svm", "SVC"))]
    return {
        "logistic": made("linear_model", "LogisticRegression").fit(ROWS, LABELS),
        "pipeline": made("pipeline", "Pipeline", scaled).fit(ROWS, LABELS),
        "tree": made("tree", "DecisionTreeClassifier", max_depth=2).fit(ROWS, LABELS),
        "neighbours": made("neighbors", "KNeighborsClassifier").fit(ROWS, LABELS),
        "words": made("feature_extraction.text", "TfidfVectorizer").fit(["good", "bad"]),
        "search": made("model_selection", "GridSearchCV", made("svm", "SVC"), {"C": [1, 2]}),
    }


def of_sklearn(sklearn, to):
    for name, estimator in sorted(estimators().items()):
        to.pickles(name, estimator, (2 if len(name) % 2 else pickle.HIGHEST_PROTOCOL,))


def of_joblib(joblib, to):
    value = {"rows": importlib.import_module("numpy").array(ROWS), "name": "x"}
    if importlib.util.find_spec("sklearn"):
        value["model"] = estimators()["logistic"]
    for method in (0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
        if method != "lz4" or importlib.util.find_spec("lz4"):
            compress = (method, 3) if method else 0
            to.saved(
                f"model-{method or 'plain'}.joblib",
                f"arrays and an estimator, compression: {method or 'none'}",
                lambda path, how=compress: joblib.dump(value, path, compress=how),
            )


def of_xgboost(xgboost, to):
    matrix = xgboost.DMatrix(importlib.import_module("numpy").array(ROWS), label=LABELS)
    booster = xgboost.train({"max_depth": 2, "verbosity": 0}, matrix, 1)
    to.pickles("booster", booster, (pickle.HIGHEST_PROTOCOL,))
    for suffix in ("ubj", "bin"):
        to.saved("booster." + suffix, "booster", booster.save_model)


def of_lightgbm(lightgbm, to):
    rows = importlib.import_module("numpy").array(ROWS)
    data = lightgbm.Dataset(rows, LABELS, params={"verbose": -1, "min_data_in_leaf": 2})
    booster = lightgbm.train({"verbose": -1, "num_leaves": 3}, data, 1)
    to.pickles("booster", booster, (pickle.HIGHEST_PROTOCOL,))


def of_catboost(catboost, to):
    settings = {"iterations": 1, "depth": 1, "verbose": 0, "allow_writing_files": False}
    model = catboost.CatBoostClassifier(**settings).fit(ROWS, LABELS)
    to.pickles("model", model, (pickle.HIGHEST_PROTOCOL,))


def of_statsmodels(statsmodels, to):
    result = importlib.import_module("statsmodels.api").OLS(LABELS, ROWS).fit()
    result.remove_data()
    to.pickles("ols", result, (4,))
    to.saved("ols.pickle", "fitted model without data", lambda path: result.save(path, True))


def of_imblearn(imblearn, to):
    sampler = importlib.import_module("imblearn.over_sampling").RandomOverSampler()
    to.pickles("sampler", sampler, (2,))


def of_category_encoders(encoders, to):
    frame = importlib.import_module("pandas").DataFrame({"a": list("ab")})
    to.pickles("ordinal", encoders.OrdinalEncoder().fit(frame), (4,))


def of_lifelines(lifelines, to):
    to.pickles("fitter", lifelines.KaplanMeierFitter(), (4,))


def of_gensim(gensim, to):
    words = importlib.import_module("gensim.corpora").Dictionary([["good", "model"]])
    to.pickles("dictionary", words)
    to.saved("words.dict", "dictionary", words.save)


def of_nltk(nltk, to):
    trained = nltk.NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 2}, "y")])
    to.pickles("bayes", trained)
    to.pickles("counts", nltk.FreqDist("abc"), (4,))


def of_spacy(spacy, to):
    words = importlib.import_module("spacy.strings").StringStore(["good"])
    to.pickles("strings", words, (4,))


def of_networkx(networkx, to):
    to.pickles("graph", networkx.path_graph(3))


def of_sympy(sympy, to):
    x = sympy.Symbol("x")
    to.pickles("expression", x**2 + sympy.Rational(1, 3), (2,))


def of_optuna(optuna, to):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    to.pickles("sampler", optuna.distributions.IntDistribution(1, 3), (2,))
    trial = optuna.trial.create_trial(value=1.0)
    to.pickles("trial", trial, (4,))


def of_polars(polars, to):
    to.pickles("frame", polars.DataFrame({"a": [1, 2]}), (4,))


def a_lambda():
    """One whose code names no folder of this machine."""
    return eval(compile("lambda x: x + 1", "model.py", "eval"), {"__name__": "__main__"})


def of_cloudpickle(cloudpickle, to):
    for name, value in (("lambda", a_lambda()), ("class", type("Own", (), {"a": 1}))):
        to.keep(name + ".cloudpickle", name, cloudpickle.dumps(value, protocol=4))


def of_dill(dill, to):
    for name, value in (("lambda", a_lambda()), ("class", type("Own", (), {"a": 1}))):
        to.keep(name + ".dill", name, dill.dumps(value, protocol=4))


def of_torch(torch, to):
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.rand(3, 2)).sum().backward()
    optimiser.step()
    state = {"model": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 3}
    for name, value in (("state", state), ("network", network), ("optimiser", optimiser)):
        to.saved(name + ".pt", name, lambda path, value=value: torch.save(value, path))
    to.saved(
        "legacy.pt",
        "state, before zip files",
        lambda path: torch.save(state, path, _use_new_zipfile_serialization=False),
    )
    kinds = [torch.rand(2).half(), torch.arange(2), torch.tensor([True]), torch.Size([1])]
    to.pickles("kinds", kinds)


def of_transformers(transformers, to):
    to.pickles("config", transformers.BertConfig(vocab_size=9), (2,))
    if importlib.util.find_spec("torch"):
        torch = importlib.import_module("torch")
        settings = transformers.TrainingArguments("out", report_to=[])
        to.saved("training_args.bin", "arguments", lambda path: torch.save(settings, path))
        state = importlib.import_module("transformers.trainer_callback").TrainerState(epoch=1.0)
        to.pickles("state", state, (4,))


def of_sentence_transformers(library, to):
    torch = importlib.import_module("torch")
    pooling = importlib.import_module("sentence_transformers.models").Pooling(8)
    to.saved("pooling.pt", "a module", lambda path: torch.save(pooling, path))


def of_lightning(lightning, to):
    torch = importlib.import_module("torch")

    class Model(lightning.LightningModule):
        def __init__(self, rate=0.1):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(2, 1)

        def training_step(self, batch, index):
            return self.layer(batch).sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = lightning.Trainer(max_epochs=1, enable_checkpointing=False, **quiet)
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.rand(2, 2)))
    to.saved("model.ckpt", "checkpoint", trainer.save_checkpoint)


def of_torch_geometric(geometric, to):
    torch = importlib.import_module("torch")
    data = geometric.data.Data(x=torch.rand(2, 1))
    to.saved("graph.pt", "graph", lambda path: torch.save(data, path))


def of_keras(keras, to):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    to.saved("model.keras", "sequential model", model.save)
    to.saved("model.h5", "sequential model", model.save)
    to.pickles("optimiser", keras.optimizers.SGD(), (4,))


def of_tensorflow(tensorflow, to):
    class Scale(tensorflow.Module):
        def __init__(self):
            super().__init__()
            self.factor = tensorflow.constant(2.0)

    with tempfile.TemporaryDirectory() as scratch:
        tensorflow.saved_model.save(Scale(), scratch)
        content = (pathlib.Path(scratch) / "saved_model.pb").read_bytes()
    to.keep("saved_model.pb", "a module", content)


def of_jax(jax, to):
    to.pickles("arrays", [jax.numpy.ones(3)], (4,))


def of_h5py(h5py, to):
    def save(path):
        with h5py.File(path, "w", libver="latest") as file:
            file.create_dataset("layers/w", data=[1.0, 2.0])

    to.saved("weights.h5", "weights", save)


def of_onnx(onnx, to):
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [1])], [value("y", 1, [1])])
    to.keep("model.onnx", "one node", onnx.helper.make_model(graph).SerializeToString())


def of_safetensors(safetensors, to):
    numpy = importlib.import_module("numpy")
    saved = importlib.import_module("safetensors.numpy").save({"w": numpy.ones(3)})
    to.keep("model.safetensors", "weights", saved)


def of_skops(skops, to):
    dumped = importlib.import_module("skops.io").dumps(estimators()["logistic"])
    to.keep("model.skops", "estimator", dumped)


MAKERS = {
    "numpy": of_numpy, "pandas": of_pandas, "scipy": of_scipy, "sklearn": of_sklearn,
    "joblib": of_joblib, "xgboost": of_xgboost, "lightgbm": of_lightgbm, "catboost": of_catboost,
    "statsmodels": of_statsmodels, "imblearn": of_imblearn, "lifelines": of_lifelines,
    "category_encoders": of_category_encoders, "gensim": of_gensim, "nltk": of_nltk,
    "spacy": of_spacy, "networkx": of_networkx, "sympy": of_sympy, "optuna": of_optuna,
    "polars": of_polars, "cloudpickle": of_cloudpickle, "dill": of_dill, "torch": of_torch,
    "transformers": of_transformers, "sentence_transformers": of_sentence_transformers,
    "lightning": of_lightning, "torch_geometric": of_torch_geometric, "keras": of_keras,
    "tensorflow": of_tensorflow, "jax": of_jax, "h5py": of_h5py, "onnx": of_onnx,
    "safetensors": of_safetensors, "skops": of_skops,
}  # fmt: skip


def main():
    """Write the files of this environment, and their rows."""
    table = pathlib.Path(sys.argv[1])
    warnings.simplefilter("ignore")
    files = Files("python", platform.python_version())
    of_python(None, files)
    rows = files.rows
    for library, maker in MAKERS.items():
        unwanted = len(sys.argv) > 2 and library not in sys.argv[2:]
        if unwanted or importlib.util.find_spec(library) is None:
            continue
        try:
            module = importlib.import_module(library)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an installation
            print(f"{library} cannot be imported: {type(error).__name__}: {error}")
            continue
        files = Files(library, str(module.__version__).partition("+")[0])
        try:
            maker(module, files)
        except Exception as error:  # noqa: BLE001 - a library may fail in its own ways; say so
            print(f"{library} {files.version}: {type(error).__name__}: {error}")
        rows += files.rows
    known = table.read_text().splitlines() if table.exists() else []
    named = {row.split("\t")[0] for row in rows}
    kept = [row for row in known if row.split("\t")[0] not in named]
    table.write_text("".join(row + "\n" for row in sorted([*kept, *rows])))


if __name__ == "__main__":
    main()
