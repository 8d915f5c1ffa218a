"""Where values enter a program.

Keys are full dotted names. A key covers what is derived from it by attributes, items and calls.
`detail` names the arguments that say which thing is fetched, in order of preference.
"""

from __future__ import annotations

import re

import msgspec

from whence.flow.tables.received import RECEIVED
from whence.vocabulary.fact.code import OriginKind

_NETWORK = OriginKind.NETWORK
_HUB = OriginKind.HUB
_REQUEST = OriginKind.REQUEST
_MESSAGE = OriginKind.MESSAGE
_STORE = OriginKind.STORE
_ROW = OriginKind.DATA_ROW
_NAMES = OriginKind.FILE_NAME
_MEMORY = OriginKind.MEMORY


class Source(msgspec.Struct, frozen=True):
    """A way in. `detail` lists positions and names of the arguments that say what is fetched."""

    kind: OriginKind
    detail: tuple[int | str, ...] = ()


def _each(kind: OriginKind, detail: tuple[int | str, ...], *names: str) -> dict[str, Source]:
    return {name: Source(kind, detail) for name in names}


ENV_WAYS = ("", ".str", ".url", ".path", ".json", ".list", ".dict")
SOURCES: dict[str, Source] = {
    **_each(
        _NETWORK,
        ("url", 0),
        "requests.get",
        "requests.post",
        "requests.Session().get",
        "requests.Session().post",
        "httpx.get",
        "httpx.post",
        "httpx.stream",
        "httpx.Client().get",
        "httpx.Client().stream",
        "httpx.AsyncClient().get",
        "urllib.request.urlopen",
        "urllib.request.Request",
        "urllib.request.urlretrieve",
        "urllib3.PoolManager().urlopen",
        "aiohttp.ClientSession().get",
        "aiohttp.ClientSession().post",
        "wget.download",
        "gdown.download",
        "gdown.cached_download",
        "torch.hub.load_state_dict_from_url",
        "torch.utils.model_zoo.load_url",
        "torchvision.datasets.utils.download_url",
        "keras.utils.get_file",
        "tensorflow.keras.utils.get_file",
        "pooch.retrieve",
    ),
    **_each(_NETWORK, ("url", 1), "requests.request", "requests.Session().request"),
    **_each(_NETWORK, ("url", 1), "httpx.request", "urllib3.PoolManager().request"),
    **_each(_NETWORK, (0,), "ftplib.FTP().retrbinary", "paramiko.SFTPClient().get"),
    **_each(_NETWORK, (0,), "ftplib.FTP().retrlines", "paramiko.SFTPClient().getfo"),
    **_each(_NETWORK, (), "http.client.HTTPResponse().read", "ftplib.FTP"),
    **_each(
        _HUB,
        ("repo_id", 0),
        "huggingface_hub.hf_hub_download",
        "huggingface_hub.snapshot_download",
        "huggingface_hub.cached_download",
        "huggingface_hub.from_pretrained_fastai",
        "huggingface_hub.HfFileSystem().open",
        "transformers.utils.cached_file",
        "datasets.load_dataset",
        "datasets.load_dataset_builder",
        "modelscope.snapshot_download",
        "kagglehub.dataset_download",
        "kagglehub.model_download",
        "tensorflow_datasets.load",
        "torchaudio.datasets",
        "sklearn.datasets.fetch_openml",
    ),
    **_each(
        _STORE,
        ("Key", 1, "key"),
        "boto3.Client().download_file",
        "boto3.Client().download_fileobj",
        "boto3.Client().get_object",
    ),
    **_each(
        _STORE,
        ("Key", 0),
        "boto3.Bucket().download_file",
        "boto3.Bucket().download_fileobj",
        "boto3.Bucket().Object",
        "boto3.Object().get",
        "boto3.Object().download_file",
        "boto3.Object().download_fileobj",
        "s3fs.S3FileSystem().open",
        "s3fs.S3FileSystem().get",
        "gcsfs.GCSFileSystem().open",
        "gcsfs.GCSFileSystem().get",
        "adlfs.AzureBlobFileSystem().open",
        "fsspec.filesystem().open",
        "fsspec.filesystem().get",
        "google.cloud.storage.Blob().download_as_bytes",
        "google.cloud.storage.Blob().download_as_string",
        "google.cloud.storage.Blob().download_to_filename",
        "google.cloud.storage.Blob().download_to_file",
        "azure.storage.blob.BlobClient().download_blob",
        "minio.Minio().fget_object",
        "minio.Minio().get_object",
        "mlflow.artifacts.download_artifacts",
        "mlflow.tracking.MlflowClient().download_artifacts",
        "mlflow.MlflowClient().download_artifacts",
        "wandb.restore",
        "wandb.use_artifact",
        "wandb.Api().artifact",
        "wandb.init().use_artifact",
        "wandb.run.use_artifact",
        "clearml.Dataset.get",
        "dvc.api.open",
        "dvc.api.read",
        "dvc.api.get_url",
    ),
    **_each(_REQUEST, (), *RECEIVED),
    **_each(_MESSAGE, ("topics", 0), "kafka.KafkaConsumer", "aiokafka.AIOKafkaConsumer"),
    **_each(
        _MESSAGE,
        (),
        "socket.socket().recv",
        "socket.socket().recvfrom",
        "socket.socket().makefile",
        "zmq.Socket().recv",
        "zmq.Socket().recv_multipart",
        "zmq.Socket().recv_string",
        "zmq.Socket().recv_json",
        "zmq.Socket().recv_pyobj",
        "redis.Redis().get",
        "redis.Redis().hget",
        "redis.Redis().hgetall",
        "redis.Redis().mget",
        "redis.Redis().lpop",
        "redis.Redis().rpop",
        "redis.Redis().blpop",
        "redis.Redis().brpop",
        "redis.Redis().xread",
        "redis.Redis().xreadgroup",
        "redis.Redis().pubsub",
        "confluent_kafka.Consumer().consume",
        "confluent_kafka.Message()",
        "kafka.KafkaConsumer()",
        "aiokafka.AIOKafkaConsumer()",
        "pulsar.Client().subscribe",
        "pika.BlockingConnection().channel().basic_get",
        "paho.mqtt.client.MQTTMessage()",
        "boto3.Client().receive_message",
        "google.cloud.pubsub_v1.SubscriberClient().pull",
        "multiprocessing.connection.Client().recv",
        "multiprocessing.connection.Listener().accept().recv",
        "memcache.Client().get",
        "pymemcache.client.base.Client().get",
        "zmq.Socket().recv_serialized",
        "redis.Redis().brpoplpush",
        "redis.Redis().lrange",
        "redis.Redis().hmget",
        "redis.Redis().getdel",
        "redis.Redis().getex",
        "redis.Redis()[]",
        "aio_pika.IncomingMessage()",
        "aio_pika.abc.AbstractIncomingMessage()",
        "kombu.Message()",
        "kombu.Connection().SimpleQueue",
        "nats.aio.msg.Msg()",
        "azure.servicebus.ServiceBusReceivedMessage()",
        "stomp.utils.Frame()",
        "websockets.connect().recv",
        "websocket.create_connection().recv",
        "websocket.WebSocket().recv",
        "asyncio.StreamReader().read",
        "asyncio.StreamReader().readexactly",
        "asyncio.StreamReader().readline",
        "asyncio.StreamReader().readuntil",
        "asyncio.open_connection()[].read",
        "asyncio.open_connection()[].readexactly",
        "multiprocessing.managers.BaseManager().get_queue",
        "diskcache.Cache().get",
    ),
    **_each(
        OriginKind.MODEL_OUTPUT,
        (),
        "openai.OpenAI().chat.completions.create",
        "openai.OpenAI().completions.create",
        "openai.OpenAI().responses.create",
        "openai.ChatCompletion.create",
        "openai.ChatCompletion.acreate",
        "openai.Completion.create",
        "openai.chat.completions.create",
        "anthropic.Anthropic().messages.create",
        "anthropic.Anthropic().completions.create",
        "litellm.completion",
        "litellm.acompletion",
        "ollama.chat",
        "ollama.generate",
        "ollama.Client().chat",
        "ollama.Client().generate",
        "google.generativeai.GenerativeModel().generate_content",
        "google.genai.Client().models.generate_content",
        "vertexai.generative_models.GenerativeModel().generate_content",
        "mistralai.Mistral().chat.complete",
        "cohere.Client().chat",
        "cohere.Client().generate",
        "huggingface_hub.InferenceClient().chat_completion",
        "huggingface_hub.InferenceClient().text_generation",
        "huggingface_hub.InferenceClient().chat.completions.create",
        "transformers.AutoModelForCausalLM.from_pretrained().generate",
        "transformers.AutoModelForSeq2SeqLM.from_pretrained().generate",
        "transformers.AutoModelForImageTextToText.from_pretrained().generate",
        "transformers.AutoModelForVision2Seq.from_pretrained().generate",
        "vllm.LLM().generate",
        "vllm.LLM().chat",
        "llama_cpp.Llama().create_chat_completion",
        "llama_cpp.Llama().create_completion",
        "langchain_core.language_models.BaseLanguageModel().invoke",
        "langchain_core.language_models.BaseLanguageModel().predict",
        "langchain.chains.LLMChain().run",
        "langchain.chains.LLMChain().predict",
        "langchain.chains.LLMChain().invoke",
    ),
    **_each(
        _NAMES,
        (0,),
        "os.listdir",
        "os.scandir",
        "os.walk",
        "glob.glob",
        "glob.iglob",
        "pathlib.Path().glob",
        "pathlib.Path().rglob",
        "pathlib.Path().iterdir",
    ),
    **_each(
        _ROW,
        (0, "filepath_or_buffer", "path", "io"),
        "pandas.read_csv",
        "pandas.read_parquet",
        "pandas.read_json",
        "pandas.read_excel",
        "pandas.read_table",
        "pandas.read_feather",
        "pandas.read_html",
        "pandas.read_xml",
        "polars.read_csv",
        "polars.read_parquet",
        "polars.read_json",
        "polars.read_ndjson",
        "polars.scan_csv",
        "polars.scan_parquet",
        "dask.dataframe.read_csv",
        "dask.dataframe.read_parquet",
        "pyarrow.parquet.read_table",
        "pyarrow.csv.read_csv",
        "csv.reader",
        "csv.DictReader",
        "jsonlines.open",
        "jsonlines.Reader",
        "numpy.genfromtxt",
        "numpy.loadtxt",
        "pyspark.sql.SparkSession().read",
    ),
    **_each(
        _ROW,
        (0, "sql", "query"),
        "pandas.read_sql",
        "pandas.read_sql_query",
        "pandas.read_sql_table",
        "sqlite3.Cursor().fetchall",
        "sqlite3.Cursor().fetchone",
        "psycopg2.Cursor().fetchall",
        "psycopg2.Cursor().fetchone",
        "psycopg.Cursor().fetchall",
        "pymysql.Cursor().fetchall",
        "sqlalchemy.create_engine().connect().execute",
        "sqlalchemy.orm.Session().execute",
    ),
    **_each(
        OriginKind.MEMBER_NAME,
        (),
        "tarfile.TarFile().getmembers",
        "tarfile.TarFile().getnames",
        "tarfile.TarFile()[]",
        "zipfile.ZipFile().namelist",
        "zipfile.ZipFile().infolist",
    ),
    **_each(
        OriginKind.ARCHIVE,
        (0,),
        "tarfile.TarFile().extractfile",
        "zipfile.ZipFile().read",
        "zipfile.ZipFile().open",
    ),
    **_each(
        _MEMORY,
        (),
        "pickle.dumps",
        "cloudpickle.dumps",
        "dill.dumps",
        "marshal.dumps",
        "joblib.dump",
        "jsonpickle.encode",
        "yaml.dump",
        "yaml.safe_dump",
    ),
    **_each(
        OriginKind.PROCESS, (0,), "subprocess.check_output", "subprocess.getoutput", "os.popen"
    ),
    **_each(OriginKind.PROCESS, (0,), "subprocess.run", "subprocess.Popen"),
    **_each(OriginKind.PROCESS, (0,), "get_ipython().getoutput"),
    **_each(OriginKind.COMMAND_LINE, (0,), "dbutils.widgets.get"),
    **_each(OriginKind.COMMAND_LINE, (), "sys.argv", "argparse.Namespace()"),
    **_each(OriginKind.COMMAND_LINE, (), "omegaconf.OmegaConf.from_cli"),
    **_each(OriginKind.COMMAND_LINE, (), "docopt.docopt", "absl.flags.FLAGS"),
    **_each(OriginKind.COMMAND_LINE, (), "sys.stdin", "input", "getpass.getpass"),
    **_each(OriginKind.COMMAND_LINE, (), "transformers.HfArgumentParser()"),
    **_each(OriginKind.ENVIRONMENT, (0,), "os.environ.get", "os.getenv", "os.environ.setdefault"),
    **_each(OriginKind.ENVIRONMENT, (0,), "os.environ.pop", "os.getenvb", "decouple.config"),
    **_each(
        OriginKind.ENVIRONMENT,
        (0,),
        *(f"{library}.Env(){way}" for library in ("environs", "environ") for way in ENV_WAYS),
        "starlette.config.Config()",
        "decouple.Config()",
    ),
    **_each(OriginKind.ENVIRONMENT, (), "os.environ"),
}

ANSWERING = _each(OriginKind.MODEL_OUTPUT, (), "transformers.pipeline()", "llama_cpp.Llama()")

CONFIG_READERS = {
    "yaml.safe_load": 0,
    "yaml.load": 0,
    "yaml.full_load": 0,
    "json.load": 0,
    "json.loads": 0,
    "tomllib.load": 0,
    "tomllib.loads": 0,
    "tomli.load": 0,
    "toml.load": 0,
    "toml.loads": 0,
    "omegaconf.OmegaConf.load": 0,
    "configparser.ConfigParser().read": 0,
    "anyconfig.load": 0,
    "hydra.compose": 0,
}


# Those of them that take the name of a file.
BY_PATH = frozenset({"omegaconf.OmegaConf.load", "anyconfig.load", "hydra.compose", "toml.load"})

_RECEIVED = re.compile(r"\.recv_(?:pyobj|multipart|serialized)(?=$|[.(\[])")
# Clients of language models that a function is given, whatever they are called.
_ANSWERED = re.compile(r"\.(?:completions|messages|responses)\.create(?=$|[.(\[])")


def source_of(dotted: str) -> Source | None:
    """The source that a dotted name is, or is derived from."""
    found = SOURCES.get(dotted)
    end = len(dotted)
    while found is None and end > 0:
        end = max(dotted.rfind(".", 0, end), dotted.rfind("[", 0, end), dotted.rfind("(", 0, end))
        if end > 0:
            found = SOURCES.get(dotted[:end])
    if found is None and ".recv_" in dotted and _RECEIVED.search(dotted):
        return Source(_MESSAGE)
    if found is None and ".create" in dotted and _ANSWERED.search(dotted):
        return Source(OriginKind.MODEL_OUTPUT)
    return found
