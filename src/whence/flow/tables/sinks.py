"""Where it matters who made a value. Keys are full dotted names of what is called.

Sources: the libraries' reference pages.
"""

from __future__ import annotations

from whence.flow.tables.loaders import (
    ADAPTERS,
    ALSO_LOADED,
    DESERIALIZERS,
    HUB_LOADERS,
    HUB_PACKAGES,
    NAMED_LOADS,
    RAY_RESTORES,
)
from whence.flow.tables.paths import PATHS
from whence.flow.tables.sink import Sink, each

EVALUATORS: dict[str, Sink] = {
    **each("CodeEvaluation", (), "python", "eval", "exec", "compile", "execfile"),
    **each("CodeEvaluation", (), "python", "code.InteractiveInterpreter().runsource"),
    **each("CodeEvaluation", ("stmt",), "python", "timeit.timeit", "timeit.repeat"),
    **each("CodeEvaluation", (), "python", "runpy.run_path", "runpy.run_module"),
    **each(
        "CodeEvaluation",
        ("location", "path", "pathname"),
        "module",
        "importlib.util.spec_from_file_location",
        "importlib.machinery.SourceFileLoader",
        "imp.load_source",
        position=1,
        is_file=True,
    ),
    **each(
        "CodeEvaluation",
        ("expr",),
        "expression",
        "pandas.eval",
        "pandas.DataFrame().eval",
        "pandas.DataFrame().query",
        "numexpr.evaluate",
        "dask.dataframe.DataFrame().query",
    ),
    **each(
        "CodeEvaluation", (), "expression", "sympy.sympify", "sympy.parsing.sympy_parser.parse_expr"
    ),
    **each("CodeEvaluation", (), "expression", "numpy.safe_eval", "numexpr.NumExpr"),
    **each(
        "TemplateRender",
        ("source",),
        "jinja",
        "jinja2.Template",
        "jinja2.environment.Template",
        "jinja2.Environment().from_string",
        "jinja2.environment.Environment().from_string",
        "jinja2.nativetypes.NativeEnvironment().from_string",
    ),
    **each(
        "TemplateRender",
        ("source",),
        "jinja-sandbox",
        "jinja2.sandbox.SandboxedEnvironment().from_string",
    ),
    **each("TemplateRender", ("source",), "jinja", "flask.render_template_string"),
    **each("TemplateRender", ("text",), "mako", "mako.template.Template"),
    **each("TemplateRender", (), "django", "django.template.Template"),
    **each("DynamicImport", ("name",), "module", "importlib.import_module", "__import__"),
    **each("DynamicImport", (), "module", "pydoc.locate", "hydra.utils.get_class"),
    **each("DynamicImport", (), "module", "hydra.utils.get_method", "hydra.utils.get_object"),
    **each("DynamicImport", (), "instance", "hydra.utils.instantiate", "hydra.utils.call"),
    **each("DynamicImport", (), "module", "django.utils.module_loading.import_string"),
    **each("DynamicImport", (), "module", "werkzeug.utils.import_string"),
    **each("DynamicImport", (), "module", "pkgutil.resolve_name"),
}

LAUNCHERS: dict[str, Sink] = {
    **each(
        "ProcessLaunch", ("command", "cmd"), "shell", "os.system", "os.popen", "commands.getoutput"
    ),
    **each(
        "ProcessLaunch", ("cmd",), "shell", "subprocess.getoutput", "subprocess.getstatusoutput"
    ),
    **each("ProcessLaunch", ("cmd",), "shell", "asyncio.create_subprocess_shell"),
    **each(
        "ProcessLaunch",
        ("args",),
        "list",
        "subprocess.run",
        "subprocess.call",
        "subprocess.Popen",
        "subprocess.check_call",
        "subprocess.check_output",
    ),
    **each("ProcessLaunch", ("program",), "words", "asyncio.create_subprocess_exec"),
    **each("ProcessLaunch", ("program",), "words", "asyncio.subprocess.create_subprocess_exec"),
    **each("ProcessLaunch", ("cmd",), "shell", "asyncio.subprocess.create_subprocess_shell"),
    **each("ProcessLaunch", (), "shell", "IPython.get_ipython().system", "get_ipython().system"),
    **each("ProcessLaunch", (), "shell", "fabric.Connection().run", "invoke.run"),
    **each("ProcessLaunch", (), "shell", "paramiko.SSHClient().exec_command", "pexpect.spawn"),
    **each("ProcessLaunch", (), "shell", "pexpect.run", "os.popen2", "os.popen3"),
    **each(
        "ProcessLaunch", (), "list", "os.execv", "os.execvp", "os.spawnv", "os.execl", position=1
    ),
}

EXTRACTORS: dict[str, Sink] = {
    **each("ArchiveExtraction", (), "tar", "tarfile.TarFile().extractall", position=-1),
    **each("ArchiveExtraction", (), "tar", "tarfile.TarFile().extract", position=-1),
    **each("ArchiveExtraction", (), "tar", "tarfile.TarFile()._extract_member", position=-1),
    **each("ArchiveExtraction", ("filename",), "shutil", "shutil.unpack_archive"),
    **each("ArchiveExtraction", (), "zip", "zipfile.ZipFile().extractall", position=-1),
    **each("ArchiveExtraction", (), "zip", "zipfile.ZipFile().extract", position=-1),
    **each("ArchiveExtraction", (), "7z", "py7zr.SevenZipFile().extractall", position=-1),
    **each("ArchiveExtraction", (), "rar", "rarfile.RarFile().extractall", position=-1),
    **each("ArchiveExtraction", (), "patool", "patoolib.extract_archive"),
}

QUERIES: dict[str, Sink] = {
    **each(
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
    **each("SqlQuery", ("sql", "query"), "sql", "pandas.read_sql", "pandas.read_sql_query"),
    **each("SqlQuery", ("query",), "sql", "duckdb.sql", "duckdb.query", "duckdb.execute"),
    **each("SqlQuery", ("query",), "sql", "polars.read_database", "sqlalchemy.text"),
    **each("SqlQuery", ("query",), "sql", "pandas.read_gbq"),
}

XML_PARSERS: dict[str, Sink] = {
    **each(
        "XmlParse",
        ("source",),
        "lxml",
        "lxml.etree.parse",
        "lxml.etree.fromstring",
        "lxml.etree.XML",
        "lxml.objectify.parse",
        "lxml.objectify.fromstring",
        "lxml.etree.fromstringlist",
    ),
    **each("XmlParse", ("source",), "lxml-iterparse", "lxml.etree.iterparse"),
    **each(
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
    **each(
        "XmlParse", (), "sax", "xml.sax.parse", "xml.sax.parseString", "xml.sax.make_parser().parse"
    ),
    **each("XmlParse", (), "pulldom", "xml.dom.pulldom.parse", "xml.dom.pulldom.parseString"),
    **each("XmlParse", (), "xmltodict", "xmltodict.parse"),
    **each(
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
    "execute": Sink("SqlQuery", 0, ("sql", "query", "statement", "operation"), "unknown"),
    "executemany": Sink("SqlQuery", 0, ("sql", "query", "statement", "operation"), "unknown"),
    "executescript": Sink("SqlQuery", 0, ("sql_script",), "unknown"),
    "exec_command": Sink("ProcessLaunch", 0, ("command",), "shell"),
    "load_from_checkpoint": Sink("Deserialization", 0, ("checkpoint_path",), "torch", True),
    "recv_pyobj": Sink("Deserialization", -1, (), "pickle", True),
    "load_learner": Sink("Deserialization", 0, ("fname",), "fastai", True),
}
_ANYWHERE = ("load_from_checkpoint", "recv_pyobj", "execute", "executemany", "executescript")


def sink_of(dotted: str) -> Sink | None:
    """What a callee is, if it is one of these."""
    found = SINKS.get(dotted)
    if found is not None:
        return found
    head, _, tail = dotted.rpartition(".")
    if tail == "from_pretrained" and head.startswith(("peft.PeftModel", "peft.PeftMixedModel")):
        return Sink("ModelLoad", 1, ("model_id",), "hub")
    if tail == "from_pretrained" and head.partition(".")[0].rstrip("()") in HUB_PACKAGES:
        return Sink("ModelLoad", 0, ("pretrained_model_name_or_path", "model_id"), "hub")
    for name, package, sink in NAMED_LOADS:
        if tail == name and head.startswith(package):
            return sink
    if tail in ADAPTERS and (head == "?" or head.partition(".")[0] in HUB_PACKAGES):
        return Sink("ModelLoad", 0, ADAPTERS[tail], "adapter")
    if tail in RAY_RESTORES and head.startswith("ray.rllib."):
        return Sink("Deserialization", 0, ("path", "checkpoint"), "pickle", True)
    if tail == "from_pretrained" and head.startswith("?"):
        return Sink("ModelLoad", 0, ("pretrained_model_name_or_path",), "hub")
    if head == "?" or tail in _ANYWHERE:
        return _UNKNOWN_RECEIVER.get(tail)
    return None


TAILS = frozenset(
    {name.rpartition(".")[2] for name in (*SINKS, *ALSO_LOADED)}
    | {"from_pretrained", *_UNKNOWN_RECEIVER, *ADAPTERS, *RAY_RESTORES}
    | {name for name, _, _ in NAMED_LOADS}
)
