"""Calls whose result says nothing about its arguments, or takes their danger away.

Everything else that is not known passes its arguments on: an auditor must not lose a value
because it went through a function of a library that no table names.
"""

from __future__ import annotations

import re

HARMLESS = frozenset(
    {
        "len",
        "int",
        "float",
        "bool",
        "isinstance",
        "issubclass",
        "hasattr",
        "callable",
        "id",
        "hash",
        "mimetypes.guess_extension",
        "mimetypes.guess_type",
        "abs",
        "round",
        "sum",
        "ord",
        "range",
        "print",
        "type",
        "complex",
        "os.path.exists",
        "os.path.isfile",
        "os.path.isdir",
        "os.path.getsize",
        "os.getpid",
        "os.makedirs",
        "os.cpu_count",
        "pathlib.Path().exists",
        "pathlib.Path().is_file",
        "pathlib.Path().is_dir",
        "pathlib.Path().stat",
        "pathlib.Path().mkdir",
        "torch.device",
        "torch.cuda.is_available",
        "time.time",
        "time.strftime",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "uuid.uuid4",
        "uuid.UUID",
        "logging.getLogger",
        "logging.info",
        "logging.warning",
        "warnings.warn",
        "secrets.token_hex",
        "secrets.token_bytes",
        "secrets.token_urlsafe",
        "os.urandom",
        "random.randint",
        "random.random",
        "enum.auto",
        "importlib.resources.files",
        "importlib.resources.path",
        "importlib.resources.open_binary",
        "importlib.resources.read_binary",
        "importlib.resources.as_file",
        "pkg_resources.resource_filename",
        "pkg_resources.resource_stream",
        "pkgutil.get_data",
        "inspect.getsource",
        "inspect.signature",
        "inspect.currentframe",
        "textwrap.dedent",
        "locale.getlocale",
        "hmac.compare_digest",
        "secrets.compare_digest",
    }
)

_TYPES = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool_ bfloat16"
_LIBRARIES = ("numpy", "torch", "mlx.core", "jax.numpy", "tensorflow", "cupy", "paddle")

# Names that no value comes from: of the module itself, and types of array elements.
SAYS_NOTHING = frozenset(
    {"__file__", "__name__", "__doc__"}
    | {"os.sep", "os.altsep", "os.pathsep", "os.linesep", "os.curdir", "os.pardir", "os.extsep"}
    | {"os.devnull"}
    | {"sys.platform", "sys.version_info", "sys.byteorder", "sys.maxsize"}
    | {f"{library}.{name}" for library in _LIBRARIES for name in _TYPES.split()}
)

TEMPORARY = frozenset(
    {
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "tempfile.TemporaryDirectory",
        "tempfile.NamedTemporaryFile",
        "tempfile.TemporaryFile",
        "tempfile.SpooledTemporaryFile",
        "tempfile.gettempdir",
        "tempfile.mktemp",
    }
)

MADE_HERE = frozenset({"io.BytesIO", "io.StringIO", "bytearray", "bytes", "dict", "list"})

MAPPINGS = frozenset({"dict", "collections.OrderedDict"})

ITERATES = frozenset(
    {
        "sorted",
        "list",
        "tuple",
        "set",
        "frozenset",
        "reversed",
        "iter",
        "filter",
        "tqdm.tqdm",
        "tqdm.auto.tqdm",
        "tqdm.notebook.tqdm",
        "rich.progress.track",
        "concurrent.futures.as_completed",
        "asyncio.as_completed",
        "itertools.chain",
        "itertools.islice",
        "itertools.cycle",
        "random.sample",
        "copy.copy",
        "copy.deepcopy",
    }
)

ZIPS = frozenset({"zip", "itertools.zip_longest", "itertools.product"})

# Calls that give a mapping of the same keys: of one mapping, or of several on top of each other.
KEEPS_KEYS = frozenset(
    {
        "omegaconf.OmegaConf.merge", "omegaconf.OmegaConf.unsafe_merge", "omegaconf.OmegaConf.create",
        "omegaconf.OmegaConf.to_container", "omegaconf.OmegaConf.to_object", "omegaconf.DictConfig",
        "omegaconf.OmegaConf.masked_copy", "collections.ChainMap", "easydict.EasyDict", "box.Box",
        "addict.Dict", "munch.Munch", "munch.munchify", "ml_collections.ConfigDict",
        "types.SimpleNamespace", "types.MappingProxyType", "vars",
    }
)  # fmt: skip

COLLECTIONS = MAPPINGS | ITERATES | ZIPS | {"enumerate"}

OPENERS = {
    "open": 0,
    "io.open": 0,
    "fsspec.open": 0,
    "smart_open.open": 0,
    "builtins.open": 0,
    "codecs.open": 0,
    "gzip.open": 0,
    "bz2.open": 0,
    "lzma.open": 0,
    "zstandard.open": 0,
    "tarfile.open": 0,
    "tarfile.TarFile": 0,
    "tarfile.TarFile.open": 0,
    "zipfile.ZipFile": 0,
    "h5py.File": 0,
    "numpy.memmap": 0,
    "numpy.fromfile": 0,
    "os.open": 0,
    "mmap.mmap": 0,
    "aiofiles.open": 0,
    "tensorflow.io.gfile.GFile": 0,
    "tf.io.gfile.GFile": 0,
    "sqlite3.connect": 0,
    "linecache.getlines": 0,
    "fileinput.input": 0,
    "safetensors.torch.load_file": 0,
    "safetensors.safe_open": 0,
    "PIL.Image.open": 0,
    "cv2.imread": 0,
    "soundfile.read": 0,
    "librosa.load": 0,
    "torchaudio.load": 0,
}

BY_PATH = frozenset({"open", "io.open", "builtins.open", "codecs.open", "os.open", "aiofiles.open"})

PATH_METHODS = frozenset({"open", "read_text", "read_bytes"})

COUNTS = frozenset(
    {"get_rank", "get_world_size", "get_local_rank", "process_index", "device_count", "nelement"}
)

# What declares an option, a field or a part of a request: of its arguments only the default is a value.
DECLARES = frozenset(
    {"typer.Option", "typer.Argument", "pydantic.Field", "pydantic.fields.Field", "dataclasses.field",
     "attr.ib", "attrs.field", "fastapi.Query", "fastapi.Body", "fastapi.Form", "fastapi.Header",
     "fastapi.Path", "fastapi.Cookie", "fastapi.File", "fastapi.param_functions.Query",
     "sqlmodel.Field", "msgspec.field"}
)  # fmt: skip

# Who writes out the numbers that are given, and how.
WRITES_OUT = frozenset({"decode", "batch_decode", "convert_ids_to_tokens"})
TOKENIZERS = re.compile(r"(?i)tokeni[sz]er|processor|vocab")

# Of a point in time: nothing but digits and signs, or what the format adds.
FORMATS_TIME = "strftime"
SAYS_TIME = frozenset({"isoformat", "timestamp", "toordinal", "total_seconds", "timetuple"})

REBUILDS: dict[str, tuple[int | str, ...]] = {
    "model_validate": ("obj", 0),
    "parse_obj": ("obj", 0),
    "validate_python": ("object", 0),
    "parse_obj_as": ("obj", 1),
    "from_dict": ("data", 1, 0),
    "convert": ("obj", 0),
    "structure": ("obj", 0),
}

REPLACES = frozenset({"hashlib", "zlib.crc32", "zlib.adler32", "xxhash", "blake3"})

JOINS = frozenset(
    {
        "os.path.join",
        "posixpath.join",
        "pathlib.Path",
        "pathlib.Path().joinpath",
        "pathlib.PurePath",
        "os.fspath",
        "str",
    }
)

LOOKUPS = frozenset(
    {
        "filter",
        "filter_by",
        "where",
        "having",
        "find_one",
        "find_by_id",
        "get_or_404",
        "first_or_404",
        "get_or_none",
        "get_by_id",
        "one_or_404",
        "get_item",
    }
)

# Methods of text and bytes whose arguments say how, not what.
ONLY_RECEIVER = frozenset(
    {"decode", "encode", "split", "rsplit", "splitlines", "partition", "rpartition", "strip",
     "lstrip", "rstrip", "removeprefix", "removesuffix", "zfill", "ljust", "rjust"}
)  # fmt: skip

RUNS_QUERIES = frozenset(
    {"execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_one", "fetch_all",
     "fetch_val", "scalar", "scalars", "raw", "query", "sql", "run_query", "exec_driver_sql"}
)  # fmt: skip

BY_CLASS = frozenset(
    {"get", "get_one", "get_or_404", "get_object_or_404", "aget_object_or_404", "get_list_or_404"}
)

WASHES = {
    "shlex.quote": "quoted",
    "pipes.quote": "quoted",
    "shlex.join": "quoted",
    "subprocess.list2cmdline": "quoted",
    "os.path.basename": "confined",
    "ntpath.basename": "confined",
    "posixpath.basename": "confined",
    "werkzeug.utils.secure_filename": "confined",
    "werkzeug.secure_filename": "confined",
    "django.utils.text.get_valid_filename": "confined",
    "pathvalidate.sanitize_filename": "confined",
    "pathlib.Path().name": "confined",
    "pathlib.Path().stem": "confined",
    "pathlib.Path().suffix": "confined",
    "werkzeug.utils.safe_join": "confined",
    "flask.safe_join": "confined",
    "werkzeug.security.safe_join": "confined",
    "django.utils._os.safe_join": "confined",
    "ast.literal_eval": "parsed",
    "json.dumps": "quoted-json",
    "re.escape": "escaped",
    "html.escape": "escaped",
    "markupsafe.escape": "escaped",
    "urllib.parse.quote": "escaped",
}


def is_digest(dotted: str) -> bool:
    """Whether a call makes a digest of its arguments."""
    return dotted.partition(".")[0] in REPLACES or dotted.startswith("hmac.")
