"""How code and scripts fetch without encryption, or without checking who answers.

Sources: the reference pages of the libraries and programs named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, Const, Dict, Function, Name

OPEN_VARIABLES = {
    "PYTHONHTTPSVERIFY": ("0", "false"),
    "GIT_SSL_NO_VERIFY": ("1", "true"),
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    "CURL_CA_BUNDLE": ("",),
    "REQUESTS_CA_BUNDLE": ("",),
    "SSL_NO_VERIFY": ("1", "true"),
    "WGETRC_CHECK_CERTIFICATE": ("off",),
    "AWS_NO_VERIFY_SSL": ("1", "true"),
    "MLFLOW_TRACKING_INSECURE_TLS": ("1", "true"),
    "WANDB_INSECURE_DISABLE_SSL": ("1", "true"),
    "HF_HUB_DISABLE_SSL_VERIFICATION": ("1", "true"),
}
_OWNERS = re.compile(
    r"^(?:requests|httpx|aiohttp|urllib3?|urllib\.request|boto3|botocore|fsspec|s3fs|minio|pandas|polars"
    r"|wget|gdown|smart_open|pooch|keras|tensorflow|elasticsearch|opensearchpy|pymongo|ftplib|torch\.hub"
    r"|torchvision\.datasets|clickhouse_connect|hvac|weaviate|qdrant_client)\b"
)
_FETCH_TAILS = ("get", "post", "put", "request", "stream", "urlopen", "urlretrieve", "Request", "download",
                "download_url", "download_url_to_file", "get_file", "retrieve", "read_csv", "read_json",
                "read_parquet", "read_table", "read_excel", "open", "genfromtxt", "loadtxt",
                "load_state_dict_from_url", "download_and_extract_archive", "FTP", "send",
                "cached_download", "read_ndjson")  # fmt: skip
# Calls that name the server from which models and data then come.
_SERVERS: dict[str, tuple[int | str, ...]] = {
    "mlflow.set_tracking_uri": ("uri", 0),
    "mlflow.set_registry_uri": ("uri", 0),
    "mlflow.MlflowClient": ("tracking_uri", 0),
    "mlflow.tracking.MlflowClient": ("tracking_uri", 0),
    "boto3.client": ("endpoint_url",),
    "boto3.resource": ("endpoint_url",),
    "s3fs.S3FileSystem": ("endpoint_url",),
}
_SWITCHES = {
    "verify": ("false",), "verify_ssl": ("false",), "ssl": ("false",), "verify_certs": ("false",),
    "ssl_verify": ("false",), "check_hostname": ("false",), "secure": ("false",), "use_ssl": ("false",),
    "cert_reqs": ("CERT_NONE", "cert_none"), "tlsAllowInvalidCertificates": ("true",),
    "tls_insecure": ("true",), "insecure": ("true",),
}  # fmt: skip
_TRUSTING = ("ssl._create_unverified_context", "ssl._create_stdlib_context", "paramiko.AutoAddPolicy",
             "paramiko.WarningPolicy", "paramiko.client.AutoAddPolicy")  # fmt: skip


def plain_addresses(programs: Programs, words: Words, code: Code) -> Iterator[tuple[Site, str]]:
    """Calls of one file that fetch from an `http` or `ftp` address."""
    yield from _plain_servers(programs, words, code)
    for site in programs.calls_of(code, *_FETCH_TAILS):
        if not _OWNERS.match(site.name):
            continue
        if site.name in ("ftplib.FTP",):
            for host in words.of(site, "host", 0):
                yield site, f"ftp://{host}"
            continue
        for wanted in (("url", 0), ("origin", "urlpath", "uri", 1)):
            for url in words.of(site, *wanted):
                if re.match(r"(?:http|ftp)://\S", url):
                    yield site, url


def _plain_servers(programs: Programs, words: Words, code: Code) -> Iterator[tuple[Site, str]]:
    for site in programs.calls_of(code, *(name.rpartition(".")[2] for name in _SERVERS)):
        for url in words.of(site, *_SERVERS.get(site.name, ())):
            if re.match(r"http://\S", url):
                yield site, url


def unchecked_calls(programs: Programs, words: Words, code: Code) -> Iterator[tuple[Site, str]]:
    """Calls of one file that turn the check of certificates off, and the argument that does."""
    for site in programs.calls_of(code, *(name.rpartition(".")[2] for name in _TRUSTING)):
        if site.name in _TRUSTING:
            yield site, site.name
    for function in code.module.functions:
        for index, value in enumerate(function.values):
            if not isinstance(value, Call) or not _SWITCHES.keys() & set(value.keywords):
                continue
            site = programs.site(code, function, index)
            known = bool(_OWNERS.match(site.name)) or _asks(site)
            for keyword in site.call.keywords if known else ():
                wanted = _SWITCHES.get(keyword)
                if wanted and any(
                    text.lower() in wanted or text in wanted for text in words.of(site, keyword)
                ):
                    if not _is_local(words, site):
                        yield site, f"{keyword}={words.of(site, keyword)[0]}"
    yield from _unchecked_options(programs, code)


def _unchecked_options(programs: Programs, code: Code) -> Iterator[tuple[Site, str]]:
    """File systems whose options for the client below turn the check off."""
    for site in programs.calls_of(code, "S3FileSystem", "filesystem", "read_csv", "read_parquet"):
        given = site.argument("client_kwargs", "config_kwargs", "storage_options")
        if given is not None and _OWNERS.match(site.name) and _turned_off(site.function, given):
            yield site, "verify=False"


def _turned_off(function: Function, index: int) -> bool:
    """Whether a dictionary, or one inside it, says `verify` or `use_ssl` is False."""
    held = function.values[index]
    if not isinstance(held, Dict):
        return False
    for key, value in zip(held.keys, held.values, strict=True):
        name, given = (function.values[key] if key >= 0 else None), function.values[value]
        switch = isinstance(name, Const) and name.value in ("verify", "use_ssl")
        if switch and isinstance(given, Const) and given.value is False:
            return True
        if _turned_off(function, value):
            return True
    return False


def _asks(site: Site) -> bool:
    return site.name.startswith("?.") and site.tail in (
        "get", "post", "put", "request", "stream", "delete", "head", "patch", "client", "resource"
    ) and site.code.imports_of("requests", "httpx", "aiohttp", "boto3", "urllib3")  # fmt: skip


def _is_local(words: Words, site: Site) -> bool:
    """Whether every address in the call leads to the machine itself."""
    texts = [
        text
        for where in (0, "url", "endpoint", "endpoint_url", "base_url", "hosts")
        for text in words.of(site, where)
    ]
    return bool(texts) and all(
        re.search(r"//(?:localhost|127\.)|^(?:localhost|127\.)", t) for t in texts
    )


def unchecked_stores(programs: Programs, words: Words, code: Code) -> Iterator[tuple[Span, str]]:
    """Assignments of one file that turn the check off: `session.verify = False` and the like."""
    yield from _variables_set(code)
    for function in code.module.functions:
        for store in function.stores:
            texts = words.texts(code, function, store.value)
            value = function.values[store.value]
            if store.name in ("verify", "check_hostname") and "False" in texts:
                if store.name == "verify" and not code.imports_of("requests", "httpx"):
                    continue
                if store.name == "check_hostname" and not code.imports_of("ssl", "urllib3"):
                    continue
            elif store.name == "_create_default_https_context":
                if not (isinstance(value, Name) and "unverified" in value.dotted):
                    continue
            elif store.name == "verify_mode":
                if not (isinstance(value, Name) and value.dotted.endswith("CERT_NONE")):
                    continue
            else:
                continue
            shown = value.dotted if isinstance(value, Name) else "False"
            yield code.module.place(store.line), f"{store.name} = {shown}"


def _variables_set(code: Code) -> Iterator[tuple[Span, str]]:
    for function in code.module.functions:
        for store in function.stores:
            name = function.values[store.key] if store.key >= 0 else None
            value = function.values[store.value]
            if isinstance(name, Const) and isinstance(value, Const):
                if str(value.value).lower() in OPEN_VARIABLES.get(str(name.value), ()):
                    yield code.module.place(store.line), f"{name.value}={value.value}"


def plain_commands(command: ShellCommand) -> Iterator[tuple[str, str]]:
    """(address, what is wrong) for a command that fetches unprotected."""
    name = command.argv[0].rpartition("/")[2]
    words = command.argv[1:]
    urls = [word for word in words if "://" in word]
    url = urls[0] if urls else ""
    for word in words:
        if name == "curl" and (word == "--insecure" or re.fullmatch(r"-[a-zA-Z]*k[a-zA-Z]*", word)):
            yield url, word
            return
        if word in ("--no-check-certificate", "--no-verify-ssl") or (
            name == "aria2c" and word == "--check-certificate=false"
        ):
            yield url, word
            return
        if name == "git" and re.fullmatch(r"http\.sslVerify=(?:false|0)", word, re.IGNORECASE):
            yield url, word
            return
    if name == "git" and "http.sslVerify" in words and words[-1].lower() in ("false", "0"):
        yield url, "http.sslVerify false"
    elif name in ("curl", "wget", "aria2c", "axel", "git", "lftp", "http"):
        sends = {"-I", "--head", "--spider"} & set(words)
        for word in urls:
            if re.match(r"(?:http|ftp)://[^$]", word) and not sends:
                yield word, word.partition("://")[0] + "://"
                return
