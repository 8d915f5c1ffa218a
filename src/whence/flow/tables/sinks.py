"""Where it matters who made a value. Keys are full dotted names of what is called.

`position` and `names` say which argument is the value that matters; -1 is the receiver.
`format` tells variants of one kind of sink apart. Sources: the libraries' reference pages.
"""

from __future__ import annotations

import msgspec


class Sink(msgspec.Struct, frozen=True):
    """One dangerous function: the kind of fact it makes and the argument to look at."""

    fact: str
    position: int = 0
    names: tuple[str, ...] = ()
    format: str = ""
    is_file: bool = False


def _each(
    fact: str,
    names: tuple[str, ...],
    format: str,  # noqa: A002
    *callees: str,
    position: int = 0,
    is_file: bool = False,
) -> dict[str, Sink]:
    return {callee: Sink(fact, position, names, format, is_file) for callee in callees}


def _files(
    format: str,  # noqa: A002
    names: tuple[str, ...],
    *callees: str,
    position: int = 0,
) -> dict[str, Sink]:
    return _each("Deserialization", names, format, *callees, position=position, is_file=True)


DESERIALIZERS: dict[str, Sink] = {
    **_files("pickle", ("file",), "pickle.load", "pickle.Unpickler", "pickle._Unpickler"),
    **_files("pickle", ("data",), "pickle.loads", "pickle._loads"),
    **_files("cloudpickle", ("file", "data"), "cloudpickle.load", "cloudpickle.loads"),
    **_files("dill", ("file", "str"), "dill.load", "dill.loads", "dill.Unpickler"),
    **_files("dill", ("filename",), "dill.load_session", "dill.load_module"),
    **_files("joblib", ("filename",), "joblib.load"),
    **_files("shelve", ("filename",), "shelve.open", "shelve.DbfilenameShelf"),
    **_files("marshal", (), "marshal.load", "marshal.loads"),
    **_files("torch", ("f",), "torch.load"),
    **_files("torch", ("f",), "lightning.fabric.utilities.cloud_io._load"),
    **_files(
        "torch",
        ("checkpoint_path",),
        "pytorch_lightning.LightningModule.load_from_checkpoint",
        "lightning.LightningModule.load_from_checkpoint",
        "lightning.pytorch.LightningModule.load_from_checkpoint",
        "pytorch_lightning.LightningModule().load_from_checkpoint",
        "lightning.pytorch.LightningModule().load_from_checkpoint",
    ),
    **_files("torchscript", ("f",), "torch.jit.load"),
    **_files("torch", ("url",), "torch.hub.load_state_dict_from_url"),
    **_files("torch", ("url",), "torch.utils.model_zoo.load_url"),
    **_files("numpy", ("file",), "numpy.load"),
    **_files("pandas-pickle", ("filepath_or_buffer",), "pandas.read_pickle"),
    **_files("pandas-pickle", ("filepath_or_buffer",), "pandas.compat.pickle_compat.load"),
    **_files("yaml", ("stream",), "yaml.load", "yaml.load_all"),
    **_files("yaml-unsafe", ("stream",), "yaml.unsafe_load", "yaml.unsafe_load_all"),
    **_files("yaml-full", ("stream",), "yaml.full_load", "yaml.full_load_all"),
    **_files("yaml-safe", ("stream",), "yaml.safe_load", "yaml.safe_load_all"),
    **_files("ruamel", ("stream",), "ruamel.yaml.YAML().load"),
    **_files("jsonpickle", ("string",), "jsonpickle.decode", "jsonpickle.loads"),
    **_files("keras", ("filepath",), "keras.models.load_model"),
    **_files("keras-config", ("json_string",), "keras.models.model_from_json"),
    **_files("skops", ("file",), "skops.io.load"),
    **_files("safetensors", ("filename",), "safetensors.torch.load_file", "safetensors.safe_open"),
    **_files("safetensors", ("filename",), "safetensors.numpy.load_file"),
    **_files("safetensors", ("filename",), "safetensors.flax.load_file"),
    **_files("safetensors", ("filename",), "safetensors.tensorflow.load_file"),
    **_files("safetensors", ("filename",), "safetensors.paddle.load_file"),
    **_files("safetensors", ("filename",), "safetensors.mlx.load_file"),
    **_files("safetensors", ("data",), "safetensors.numpy.load", "safetensors.torch.load"),
    **_files("safetensors", ("data",), "safetensors.flax.load", "safetensors.tensorflow.load"),
    **_files("safetensors", ("bytes",), "safetensors.deserialize"),
    **_files("safetensors", ("filename",), "safetensors.torch.load_model", position=1),
    **_files("onnx", ("f", "s"), "onnx.load_model", "onnx.load_model_from_string"),
    **_files("onnx", ("s",), "onnx.load_from_string"),
    **_files("plain", ("encoded_bytes",), "flax.serialization.msgpack_restore"),
    **_files("plain", ("encoded_bytes",), "flax.serialization.from_bytes", position=1),
    **_files("plain", ("path",), "gguf.GGUFReader", "mlx.core.load"),
    **_files("plain", ("model_file",), "xgboost.Booster", position=1),
    **_files("onnx", ("path_or_bytes",), "onnxruntime.InferenceSession", "onnx.load"),
    **_files("plain", ("fname",), "xgboost.Booster().load_model", "lightgbm.Booster"),
    **_files("plain", ("model_path",), "llama_cpp.Llama"),
    **_files("fastai", ("fname",), "fastai.learner.load_learner", "fastai.vision.all.load_learner"),
    **_files("fastai", ("fname",), "fastai.text.all.load_learner", "fastai.basics.load_learner"),
    **_files(
        "gensim",
        ("fname",),
        "gensim.models.Word2Vec.load",
        "gensim.models.FastText.load",
        "gensim.models.Doc2Vec.load",
        "gensim.models.KeyedVectors.load",
        "gensim.models.LdaModel.load",
        "gensim.corpora.Dictionary.load",
        "gensim.utils.unpickle",
        "gensim.utils.SaveLoad.load",
    ),
    **_files("pickle", ("name",), "nltk.data.load"),
    **_files("sklearn-pickle", ("filename",), "sklearn.datasets.load_svmlight"),
    **_files("pickle", ("path",), "surprise.dump.load"),
    **_files("pickle", ("model_uri",), "mlflow.sklearn.load_model", "mlflow.pyfunc.load_model"),
    **_files("pickle", ("model_uri",), "mlflow.pytorch.load_model"),
    **_files(
        "pickle", ("filename",), "statsmodels.api.load", "statsmodels.iolib.smpickle.load_pickle"
    ),
    **_files("pickle", ("path",), "stable_baselines3.PPO.load", "stable_baselines3.DQN.load"),
    **_files("pickle", ("path",), "pycaret.classification.load_model"),
    **_files("pickle", ("path",), "flair.models.SequenceTagger.load"),
    **_files("pickle", ("path",), "flair.models.TextClassifier.load"),
    **_each(
        "Deserialization",
        (),
        "pickle",
        "zmq.Socket().recv_pyobj",
        "multiprocessing.connection.Client().recv",
        "multiprocessing.connection.Listener().accept().recv",
        position=-1,
    ),
}

HUB_LOADERS = {
    "torch.hub.load": Sink("ModelLoad", 0, ("repo_or_dir", "github"), "torch-hub"),
    "huggingface_hub.hf_hub_download": Sink("ModelLoad", 0, ("repo_id",), "hub-file"),
    "huggingface_hub.snapshot_download": Sink("ModelLoad", 0, ("repo_id",), "hub-file"),
    "huggingface_hub.cached_download": Sink("ModelLoad", 0, ("url",), "hub-file"),
    "transformers.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "transformers.pipelines.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "timm.create_model": Sink("ModelLoad", 0, ("model_name",), "timm"),
    "timm.models.create_model": Sink("ModelLoad", 0, ("model_name",), "timm"),
    "sentence_transformers.SentenceTransformer": Sink(
        "ModelLoad", 0, ("model_name_or_path",), "hub"
    ),
    "sentence_transformers.CrossEncoder": Sink("ModelLoad", 0, ("model_name",), "hub"),
    "sentence_transformers.SparseEncoder": Sink("ModelLoad", 0, ("model_name_or_path",), "hub"),
    "tensorflow_hub.load": Sink("ModelLoad", 0, ("handle",), "tfhub"),
    "tensorflow_hub.KerasLayer": Sink("ModelLoad", 0, ("handle",), "tfhub"),
    "open_clip.create_model_and_transforms": Sink("ModelLoad", 0, ("model_name",), "open-clip"),
    "modelscope.snapshot_download": Sink("ModelLoad", 0, ("model_id",), "hub-file"),
    "datasets.load_dataset": Sink("DatasetLoad", 0, ("path",), "hub"),
    "datasets.load_dataset_builder": Sink("DatasetLoad", 0, ("path",), "hub"),
    "vllm.LLM": Sink("ModelLoad", 0, ("model",), "hub"),
    "faster_whisper.WhisperModel": Sink("ModelLoad", 0, ("model_size_or_path",), "hub"),
    "ctranslate2.Translator": Sink("ModelLoad", 0, ("model_path",), "local"),
    "llama_cpp.Llama.from_pretrained": Sink("ModelLoad", 0, ("repo_id",), "hub"),
}
HUB_PACKAGES = (
    "transformers",
    "diffusers",
    "peft",
    "setfit",
    "huggingface_hub",
    "optimum",
    "adapters",
    "span_marker",
    "gliner",
    "trl",
    "unsloth",
    "sentence_transformers",
    "open_clip",
    "auto_gptq",
    "awq",
    "accelerate",
    "speechbrain",
    "pyannote",
    "timm",
    "bertopic",
    "ctransformers",
)

EVALUATORS: dict[str, Sink] = {
    **_each("CodeEvaluation", (), "python", "eval", "exec", "compile", "execfile"),
    **_each("CodeEvaluation", (), "python", "code.InteractiveInterpreter().runsource"),
    **_each("CodeEvaluation", ("stmt",), "python", "timeit.timeit", "timeit.repeat"),
    **_each("CodeEvaluation", (), "python", "runpy.run_path", "runpy.run_module"),
    **_each(
        "CodeEvaluation",
        ("expr",),
        "expression",
        "pandas.eval",
        "pandas.DataFrame().eval",
        "pandas.DataFrame().query",
        "numexpr.evaluate",
        "dask.dataframe.DataFrame().query",
    ),
    **_each(
        "CodeEvaluation", (), "expression", "sympy.sympify", "sympy.parsing.sympy_parser.parse_expr"
    ),
    **_each("CodeEvaluation", (), "expression", "numpy.safe_eval", "numexpr.NumExpr"),
    **_each(
        "TemplateRender",
        ("source",),
        "jinja",
        "jinja2.Template",
        "jinja2.Environment().from_string",
    ),
    **_each(
        "TemplateRender",
        ("source",),
        "jinja-sandbox",
        "jinja2.sandbox.SandboxedEnvironment().from_string",
    ),
    **_each("TemplateRender", ("source",), "jinja", "flask.render_template_string"),
    **_each("TemplateRender", ("text",), "mako", "mako.template.Template"),
    **_each("TemplateRender", (), "django", "django.template.Template"),
    **_each("DynamicImport", ("name",), "module", "importlib.import_module", "__import__"),
    **_each("DynamicImport", (), "module", "pydoc.locate", "hydra.utils.get_class"),
    **_each("DynamicImport", (), "module", "hydra.utils.get_method", "hydra.utils.get_object"),
    **_each("DynamicImport", (), "instance", "hydra.utils.instantiate", "hydra.utils.call"),
    **_each("DynamicImport", (), "module", "django.utils.module_loading.import_string"),
    **_each("DynamicImport", (), "module", "werkzeug.utils.import_string"),
    **_each("DynamicImport", (), "module", "pkgutil.resolve_name"),
    **_each("DynamicImport", (), "attribute", "getattr", position=1),
}

LAUNCHERS: dict[str, Sink] = {
    **_each(
        "ProcessLaunch", ("command", "cmd"), "shell", "os.system", "os.popen", "commands.getoutput"
    ),
    **_each(
        "ProcessLaunch", ("cmd",), "shell", "subprocess.getoutput", "subprocess.getstatusoutput"
    ),
    **_each("ProcessLaunch", ("cmd",), "shell", "asyncio.create_subprocess_shell"),
    **_each(
        "ProcessLaunch",
        ("args",),
        "list",
        "subprocess.run",
        "subprocess.call",
        "subprocess.Popen",
        "subprocess.check_call",
        "subprocess.check_output",
    ),
    **_each("ProcessLaunch", (), "shell", "IPython.get_ipython().system", "get_ipython().system"),
    **_each("ProcessLaunch", (), "shell", "fabric.Connection().run", "invoke.run"),
    **_each("ProcessLaunch", (), "shell", "paramiko.SSHClient().exec_command", "pexpect.spawn"),
    **_each("ProcessLaunch", (), "shell", "pexpect.run", "os.popen2", "os.popen3"),
    **_each(
        "ProcessLaunch", (), "list", "os.execv", "os.execvp", "os.spawnv", "os.execl", position=1
    ),
}

EXTRACTORS: dict[str, Sink] = {
    **_each("ArchiveExtraction", (), "tar", "tarfile.TarFile().extractall", position=-1),
    **_each("ArchiveExtraction", (), "tar", "tarfile.TarFile().extract", position=-1),
    **_each("ArchiveExtraction", ("filename",), "shutil", "shutil.unpack_archive"),
    **_each("ArchiveExtraction", (), "zip", "zipfile.ZipFile().extractall", position=-1),
    **_each("ArchiveExtraction", (), "zip", "zipfile.ZipFile().extract", position=-1),
    **_each("ArchiveExtraction", (), "7z", "py7zr.SevenZipFile().extractall", position=-1),
    **_each("ArchiveExtraction", (), "rar", "rarfile.RarFile().extractall", position=-1),
    **_each("ArchiveExtraction", (), "patool", "patoolib.extract_archive"),
}

PATHS: dict[str, Sink] = {
    **_each("PathUse", ("file",), "read", "open", "io.open", "aiofiles.open", "codecs.open"),
    **_each("PathUse", (), "delete", "os.remove", "os.unlink", "shutil.rmtree", "os.rmdir"),
    **_each("PathUse", (), "serve", "flask.send_file", "django.http.FileResponse"),
    **_each("PathUse", ("path",), "serve", "fastapi.responses.FileResponse"),
    **_each("PathUse", ("path",), "serve", "starlette.responses.FileResponse"),
    **_each(
        "PathUse", (), "read", "pathlib.Path().read_text", "pathlib.Path().read_bytes", position=-1
    ),
    **_each(
        "PathUse",
        (),
        "write",
        "pathlib.Path().write_text",
        "pathlib.Path().write_bytes",
        position=-1,
    ),
    **_each("PathUse", (), "read", "pathlib.Path().open", position=-1),
    **_each("PathUse", (), "delete", "pathlib.Path().unlink", position=-1),
    **_each(
        "PathUse", ("dst",), "write", "shutil.copy", "shutil.copyfile", "shutil.move", position=1
    ),
    **_each("PathUse", ("dst",), "write", "werkzeug.datastructures.FileStorage().save"),
    **_each("PathUse", ("dst",), "write", "os.rename", "os.replace", position=1),
}

QUERIES: dict[str, Sink] = {
    **_each(
        "SqlQuery",
        ("sql", "query", "statement", "operation"),
        "sql",
        *(
            f"{owner}.{method}"
            for owner in (
                "sqlite3.connect()",
                "sqlite3.Connection()",
                "sqlite3.Cursor()",
                "psycopg2.Cursor()",
                "psycopg.connect()",
                "psycopg.Cursor()",
                "pymysql.Cursor()",
                "MySQLdb.Cursor()",
                "duckdb.connect()",
                "duckdb.DuckDBPyConnection()",
                "sqlalchemy.create_engine()",
                "sqlalchemy.create_engine().connect()",
                "sqlalchemy.orm.Session()",
                "sqlalchemy.ext.asyncio.AsyncSession()",
                "asyncpg.connect()",
                "snowflake.connector.connect().cursor()",
                "google.cloud.bigquery.Client()",
                "pyspark.sql.SparkSession()",
                "clickhouse_driver.Client()",
                "databricks.sql.connect().cursor()",
            )
            for method in ("execute", "executemany", "executescript", "query", "sql", "fetch")
        ),
    ),
    **_each("SqlQuery", ("sql", "query"), "sql", "pandas.read_sql", "pandas.read_sql_query"),
    **_each("SqlQuery", ("query",), "sql", "duckdb.sql", "duckdb.query", "duckdb.execute"),
    **_each("SqlQuery", ("query",), "sql", "polars.read_database", "sqlalchemy.text"),
    **_each("SqlQuery", ("query",), "sql", "pandas.read_gbq"),
}

XML_PARSERS: dict[str, Sink] = {
    **_each(
        "XmlParse",
        ("source",),
        "lxml",
        "lxml.etree.parse",
        "lxml.etree.fromstring",
        "lxml.etree.XML",
        "lxml.etree.iterparse",
        "lxml.objectify.parse",
        "lxml.objectify.fromstring",
        "lxml.etree.fromstringlist",
    ),
    **_each(
        "XmlParse",
        ("source",),
        "expat",
        "xml.etree.ElementTree.parse",
        "xml.etree.ElementTree.fromstring",
        "xml.etree.ElementTree.XML",
        "xml.etree.ElementTree.iterparse",
        "xml.dom.minidom.parse",
        "xml.dom.minidom.parseString",
    ),
    **_each(
        "XmlParse", (), "sax", "xml.sax.parse", "xml.sax.parseString", "xml.sax.make_parser().parse"
    ),
    **_each("XmlParse", (), "pulldom", "xml.dom.pulldom.parse", "xml.dom.pulldom.parseString"),
    **_each("XmlParse", (), "xmltodict", "xmltodict.parse"),
    **_each(
        "XmlParse",
        (),
        "defused",
        "defusedxml.ElementTree.parse",
        "defusedxml.ElementTree.fromstring",
        "defusedxml.lxml.parse",
        "defusedxml.lxml.fromstring",
        "defusedxml.minidom.parse",
        "defusedxml.minidom.parseString",
        "defusedxml.sax.parse",
    ),
}

SINKS: dict[str, Sink] = {
    **DESERIALIZERS,
    **HUB_LOADERS,
    **EVALUATORS,
    **LAUNCHERS,
    **EXTRACTORS,
    **PATHS,
    **QUERIES,
    **XML_PARSERS,
}

_UNKNOWN_RECEIVER = {
    "extractall": Sink("ArchiveExtraction", -1, (), "unknown"),
    "load_from_checkpoint": Sink("Deserialization", 0, ("checkpoint_path",), "torch", True),
    "load_learner": Sink("Deserialization", 0, ("fname",), "fastai", True),
}


def sink_of(dotted: str) -> Sink | None:
    """What a callee is, if it is one of these."""
    found = SINKS.get(dotted)
    if found is not None:
        return found
    head, _, tail = dotted.rpartition(".")
    if tail == "from_pretrained" and head.partition(".")[0].rstrip("()") in HUB_PACKAGES:
        return Sink("ModelLoad", 0, ("pretrained_model_name_or_path", "model_id"), "hub")
    if tail == "from_pretrained" and head.startswith("?"):
        return Sink("ModelLoad", 0, ("pretrained_model_name_or_path",), "hub")
    if head == "?" or tail == "load_from_checkpoint":
        return _UNKNOWN_RECEIVER.get(tail)
    return None


TAILS = frozenset(
    {name.rpartition(".")[2] for name in SINKS} | set(_UNKNOWN_RECEIVER) | {"from_pretrained"}
)
