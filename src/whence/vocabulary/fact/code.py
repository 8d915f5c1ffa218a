"""Facts of Python sources and notebooks: what the code does with what it did not make.

Each class is one kind of place where it matters who made a value. The fields that all share say
what is called, where the value comes from, what guards it, and who gets there.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact import Fact


class OriginKind(StrEnum):
    """Where a value enters the program."""

    NETWORK = "network"
    HUB = "hub"
    REQUEST = "request"
    MESSAGE = "message"
    DATA_ROW = "data-row"
    FILE_NAME = "file-name"
    CHECKPOINT = "checkpoint"
    SHARED_PATH = "shared-path"
    FILE = "file"
    STORE = "store"
    CONFIG = "config"
    ENVIRONMENT = "env"
    COMMAND_LINE = "cli"
    ARCHIVE = "archive"
    MEMBER_NAME = "member-name"
    CONSTANT = "constant"
    PROCESS = "process"
    MODEL_OUTPUT = "model-output"
    MEMORY = "memory"
    UNKNOWN = "unknown"


class Exposure(IntEnum):
    """Who can decide a value: the further out, the worse."""

    NOBODY = 0
    MAINTAINER = 1
    UNKNOWN = 2
    OPERATOR = 3
    INSIDER = 4
    OUTSIDER = 5
    ANYONE = 6


_EXPOSURE = {
    OriginKind.REQUEST: Exposure.ANYONE,
    OriginKind.MESSAGE: Exposure.ANYONE,
    OriginKind.NETWORK: Exposure.OUTSIDER,
    OriginKind.HUB: Exposure.OUTSIDER,
    OriginKind.DATA_ROW: Exposure.OUTSIDER,
    OriginKind.ARCHIVE: Exposure.OUTSIDER,
    OriginKind.MEMBER_NAME: Exposure.OUTSIDER,
    OriginKind.MODEL_OUTPUT: Exposure.OUTSIDER,
    OriginKind.STORE: Exposure.INSIDER,
    OriginKind.SHARED_PATH: Exposure.INSIDER,
    OriginKind.FILE_NAME: Exposure.INSIDER,
    OriginKind.CHECKPOINT: Exposure.INSIDER,
    OriginKind.COMMAND_LINE: Exposure.OPERATOR,
    OriginKind.ENVIRONMENT: Exposure.OPERATOR,
    OriginKind.CONFIG: Exposure.OPERATOR,
    OriginKind.PROCESS: Exposure.OPERATOR,
    OriginKind.UNKNOWN: Exposure.UNKNOWN,
    OriginKind.FILE: Exposure.MAINTAINER,
    OriginKind.CONSTANT: Exposure.NOBODY,
    OriginKind.MEMORY: Exposure.NOBODY,
}


class Guard(msgspec.Struct, frozen=True, order=True):
    """A check between origin and sink. `holds` is false where it cannot stop anything; `why` says.

    `kind` is `digest`, `signature`, `allow-list`, `confined`, `filter`, `members`, `quoted`,
    `schema`, `safe-loader`, `parameters`, `authentication`, `opt-in` or `condition`.
    """

    kind: str
    holds: bool
    why: str
    span: Span


class Origin(msgspec.Struct, frozen=True, order=True):
    """One place that a value comes from.

    `detail` is the URL, path or name as far as it is known (`?` for unknown parts). `setting` is
    the option, variable or configuration key that decides it, if one does. `span` is where it
    enters, `steps` the way from there to the sink. `decision` is where someone decides it: the
    line of a configuration file, a pipeline step, a default; the same as `span` where nothing else
    does. `guards` are the checks on the way from this origin.
    """

    kind: OriginKind
    detail: str
    span: Span
    decision: Span
    steps: tuple[Evidence, ...] = ()
    guards: tuple[Guard, ...] = ()
    setting: str = ""

    @property
    def exposure(self) -> Exposure:
        """Who can decide the value."""
        return _EXPOSURE[self.kind]

    @property
    def guarded(self) -> bool:
        """Whether at least one guard holds."""
        return any(guard.holds for guard in self.guards)

    def guarded_by(self, *kinds: str) -> bool:
        """Whether a guard of one of these kinds holds."""
        return any(guard.holds and guard.kind in kinds for guard in self.guards)


class Place(msgspec.Struct, frozen=True, order=True):
    """A file, URL or name that a value means, whole, and where that is decided.

    `certain` is false where it is one of several, or a default that something may override.
    """

    name: str
    decision: Span
    certain: bool = True


class Use(Fact, frozen=True):
    """What all kinds of sinks state.

    `callee` is the full dotted name that is called. `origins` are those of the value that
    matters. `artefact` names that value as far as known (`?` for the unknown parts).
    `arguments` maps argument names (positions as `0`, `1`, …) to constants as written in Python, `?`
    where unknown. `function` is the enclosing function (`<module>` for none). `reached_from` holds
    `request`, `server` (what defines its handlers), `training`, `main`, `test`, `export`, `command` as
    far as anything calls it.
    `versions` are the versions of the library that the project's locks and pins name, where
    `pinned` is false the lowest that its ranges admit. `places`
    are the files and names that the value means, for facts of data and models that move.
    """

    callee: str
    library: str
    origins: tuple[Origin, ...] = ()
    artefact: str = ""
    arguments: dict[str, str] = {}
    function: str = ""
    reached_from: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    pinned: bool = False
    places: tuple[Place, ...] = ()

    @property
    def unguarded(self) -> tuple[Origin, ...]:
        """The origins that no guard stands before."""
        return tuple(origin for origin in self.origins if not origin.guarded)

    def comes_from(self, *kinds: OriginKind) -> tuple[Origin, ...]:
        """The origins of the given kinds."""
        return tuple(origin for origin in self.origins if origin.kind in kinds)


class Deserialization(Use, frozen=True):
    """Bytes become objects. `format` is `pickle`, `torch`, `yaml`, `joblib`, `numpy`, ….

    `safe` is true where the call itself cannot run code; `why` says what makes it so or not.
    """

    format: str = ""
    safe: bool = False
    why: str = ""


class ModelLoad(Use, frozen=True):
    """A model, tokenizer or file of one is loaded by name from a hub.

    `revision` is what fixes it: a value, empty where none is given, `?` where unknown. `local` is
    true where the name is a directory. `remote_code` is the `trust_remote_code` in effect:
    `True`, `False` or `?`. `code_revision` as `revision`.
    """

    revision: str = ""
    local: bool = False
    remote_code: str = "False"
    decision: Span = Span("")


class DatasetLoad(Use, frozen=True):
    """A data set is loaded by name from a hub; fields as those of `ModelLoad`."""

    revision: str = ""
    local: bool = False
    remote_code: str = "False"
    decision: Span = Span("")


class Download(Use, frozen=True):
    """Bytes are fetched. `destination` is the file they go to; empty where they stay in memory.

    `verify` is false where TLS checks are off. `model` is true where they are loaded as a model.
    `targets` are the places that the file has. `used_as` says what becomes of the bytes, as far as
    is known: `archive`, `code`, `data`, `model`, `object`, `program`, `training`.
    """

    destination: str = ""
    targets: tuple[Place, ...] = ()
    verify: bool = True
    used_as: tuple[str, ...] = ()


class FileTransfer(Fact, frozen=True):
    """A call or command brings a file from one place to another: copies, moves, packs out, uploads
    or fetches it. `by` is the function or program that does.
    """

    by: str
    source: str
    target: str
    certain: bool = True


class CodeEvaluation(Use, frozen=True):
    """Text is evaluated as code: `eval`, `exec`, expressions of data frames, templates."""

    language: str = "python"


class ProcessLaunch(Use, frozen=True):
    """A process is started. `shell` is true where a shell reads the text."""

    shell: bool = False


class ArchiveExtraction(Use, frozen=True):
    """Members of an archive are written to disk. `safe` and `why` as in `Deserialization`."""

    format: str = ""
    safe: bool = False
    why: str = ""


class PathUse(Use, frozen=True):
    """A path is opened, written or deleted. `action` is `read`, `write`, `delete`, `serve`, or
    `serve-all` where a server of files has the root of the machine as its folder. `joined` is the
    function elsewhere that puts the path together, as `path:name`; empty where there is none.
    """

    action: str = "read"
    joined: str = ""


class SqlQuery(Use, frozen=True):
    """A query is run. `built` is true where the text is put together from parts, `whole` where
    somebody outside the program gives all of it.
    """

    built: bool = False
    whole: bool = False


class XmlParse(Use, frozen=True):
    """XML is parsed. `entities` is true where the parser resolves external entities."""

    entities: bool = False
    why: str = ""


class TemplateRender(Use, frozen=True):
    """Text from outside is compiled as a template. `sandboxed` is true in a sandbox."""

    sandboxed: bool = False


class DynamicImport(Use, frozen=True):
    """A module or attribute is looked up by a name that is a value."""


class ModelExport(Use, frozen=True):
    """A model is written for others to load. `format` as in `Deserialization`.

    `executable` is true where loading the format can run code. `signed` is true where a digest or
    signature of the file is made as well.
    """

    format: str = ""
    executable: bool = False
    signed: bool = False


class Transform(Use, frozen=True):
    """A model is changed after training: `how` is `quantise`, `prune`, `merge`, `half`, ….

    `evaluated_after` is true where an evaluation follows.
    """

    how: str = ""
    evaluated_after: bool = False
    exported_after: bool = False


class TrainingRun(Use, frozen=True):
    """A model is fitted. `origins` are those of the data. `validated` as in `DataRead`."""

    validated: bool = False


class Evaluation(Use, frozen=True):
    """A model is measured. `origins` are those of the data."""


class DataRead(Use, frozen=True):
    """A data file, table or stream is read. `trains` is true where it reaches a training run.

    `validated` is true where something tests the rows before the training.
    """

    format: str = ""
    trains: bool = False
    validated: bool = False


class DataWrite(Use, frozen=True):
    """Data are written."""

    format: str = ""


class Validation(Use, frozen=True):
    """Rows are put to a test. `rejects` is false where failure stops nothing; `why` says."""

    rejects: bool = True
    why: str = ""


class ServerStart(Use, frozen=True):
    """A server starts. `host` is where it listens, `debug` whether it gives a debugger away.

    `how` is `opened` for what is nothing but a port or page for debugging, `tunnel` for a public
    address that leads to this machine, and `trace` where a handler answers with a stack trace;
    empty for servers.
    """

    host: str = ""
    debug: str = "False"
    under_main: bool = False
    decision: Span = Span("")
    how: str = ""


class RouteHandler(Use, frozen=True):
    """A function that answers requests. `route` as written, `methods` upper case.

    `authenticated` names what stands before it. `does` are the kinds of sinks it reaches.
    """

    route: str = ""
    methods: tuple[str, ...] = ()
    authenticated: tuple[str, ...] = ()
    does: tuple[str, ...] = ()


class CheckThenUse(Use, frozen=True):
    """A path is tested or checked and then opened anew, or its name can be foreseen.

    `how` is `reopened`, `temporary-name` or `shared-directory`.
    """

    how: str = "reopened"
    checked: Span = Span("")


class DisabledCheck(Use, frozen=True):
    """A check that stands in the code and does not take effect. `how` says what turns it off:
    `swallowed`, `assert`, `flag`, `optional`, `ignored-result`. `setting` names the key, option or
    variable that does.
    """

    how: str = ""
    why: str = ""
    decision: Span = Span("")
    setting: str = ""


class CellHazard(Fact, frozen=True):
    """What is wrong with a notebook's cells.

    `order`: they were last run in another order than they stand in. `later`: a cell needs a name
    that only a cell below gives. `lost`: no cell gives it. `secret`: an output shows one. `detail`
    is the name, or says what is seen.
    """

    kind: str
    detail: str


class ConfigValue(Fact, frozen=True):
    """A value of a configuration file: its dotted key (`model.revision`) and the value as text."""

    key: str
    value: str
