"""Facts of model artefacts."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class ModelFile(Fact, frozen=True):
    """A file that holds a model, by its content; inside an archive, one of its members.

    `format` is the field's name: `pickle`, `torch-zip`, `safetensors`, `onnx`, `gguf`, … .
    `executable` is true where loading the format runs what the file says. `size` is in bytes.
    `covered` is the share of the bytes that were understood, from 0.0 to 1.0: below 1.0 nobody
    may call the file clean. `member` is the path inside the archive, empty for the file itself.
    `globals_needed` are the names that a restricted unpickler must allow to load it.
    """

    format: str
    executable: bool
    size: int
    digest: str = ""
    covered: float = 1.0
    member: str = ""
    globals_needed: tuple[str, ...] = ()


class PickleUse(Fact, frozen=True):
    """What one pickle stream does with one global when it is loaded.

    `module` and `name` are the global. `use` is `import`, `call`, `new`, `build` or `extend`.
    `arguments` is a bounded rendering. `verdict` is `malicious`, `review` or `safe`, `reason` says
    why, `gadget` the class of a known gadget (`execute`, `network`, `file-write`, …) or empty.
    `slice` is the disassembly that proves it.
    """

    module: str
    name: str
    use: str
    arguments: str
    verdict: str
    reason: str
    gadget: str = ""
    slice: str = ""


class FormatAnomaly(Fact, frozen=True):
    """A model file or archive that is not laid out as its format says.

    `format` is whose rules are broken, `kind` the fault in two or three words, `detail` the
    numbers and names. `deceptive` is true where two readers would see two different contents, or
    a length is chosen to break one: damage in transit does not look like that.
    """

    format: str
    kind: str
    detail: str
    deceptive: bool


class TemplateHazard(Fact, frozen=True):
    """Something in a chat template that reaches beyond formatting messages.

    `kind` is `sandbox-escape` (walks to the interpreter), `hidden-instruction` (text that only the
    model sees), `invisible-text`, `network` or `unparsed`. `expression` is the bounded part of the
    template, `setting` where the template stands (`chat_template`, `tokenizer.chat_template`).
    """

    kind: str
    expression: str
    reason: str
    setting: str


class ConfiguredCode(Fact, frozen=True):
    """A setting of a model repository that makes a loader run or import code.

    `mechanism` names the loader's feature (`auto_map`, `modules.json`, `custom-pipeline`,
    `mlflow-loader`, `adapter-mapping`, `keras-lambda`, …). `setting` is the key, `target` the code it
    names. `repository` is another repository that the code comes from, empty for this one.
    `runs` says when it runs: `flag` (only if the caller allows remote code), `unsafe-mode` (only if
    the caller switches the loader's safe mode off), `load` (always), `call` (when the model is
    used). `verdict` is `malicious`, `review` or `expected`.
    """

    mechanism: str
    setting: str
    target: str
    runs: str
    reason: str
    repository: str = ""
    verdict: str = "review"


class GraphOperation(Fact, frozen=True):
    """An operation of a model's graph that does more than compute on tensors.

    `operator` is its name with the domain, `scope` the graph or function it stands in. `effect` is
    `file-read`, `file-write`, `python`, `native` (a library of custom operators), `network` or
    `process`. `argument` is the constant it acts on, where the graph holds it.
    """

    operator: str
    scope: str
    effect: str
    argument: str = ""


class ExternalData(Fact, frozen=True):
    """A model names another file that holds a part of it.

    `location` is as written. `escapes` says how it leaves the model's folder (`parent directory`,
    `absolute path`, `URL`), empty where it stays inside.
    """

    location: str
    escapes: str = ""


class NativeCode(Fact, frozen=True):
    """Machine code where a model is expected. `format` is `ELF`, `PE`, `Mach-O`, … ."""

    format: str
    member: str = ""


class PointerFile(Fact, frozen=True):
    """A Git LFS pointer stands where the content should be: the content itself is not here."""

    algorithm: str
    digest: str
    size: int


class ModelOrigin(Fact, frozen=True):
    """Where a model says it comes from.

    `subject` is the file or folder it speaks for, relative to the root. `origin` is a hub
    repository (`owner/name`), a URL or the words of a card. `revision` is the commit where known.
    `kind` says who says so: `card`, `config`, `hub-cache`, `adapter`, `dvc`, `manifest`.
    `relation` is `self` (the file is that repository's), `base` (it was made from it) or `made`
    (the project makes it itself; `origin` is the script, the data or what the card says of it).
    """

    subject: str
    origin: str
    kind: str
    revision: str = ""
    relation: str = "self"


class SignedArtefact(Fact, frozen=True):
    """A signature bundle covers files of the tree.

    `targets` are relative to the root. `signer` is what the bundle itself says of the key or
    identity; nobody has verified it yet. `scheme` is `openssf-model-signing`, `sigstore`, … .
    """

    targets: tuple[str, ...]
    signer: str
    scheme: str


class ChatTemplate(Fact, frozen=True):
    """A chat template that was looked at. `setting` is where it stands, `size` in characters."""

    setting: str
    size: int
