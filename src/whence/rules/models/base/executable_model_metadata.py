"""Settings, templates and graph operations that make a model's loader act."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.models.model_loads import is_safe, loads_of
from whence.rules.models.system_files import is_system_file
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import ModelLoad
from whence.vocabulary.fact.models import (
    ChatTemplate,
    ConfiguredCode,
    ExternalData,
    GraphOperation,
    ModelFile,
    TemplateHazard,
)
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 8
_READS = "it only reads files, and only when the graph runs"


@rule(
    severity=Severity.HIGH,
    references=(
        "CWE-94", "CWE-829", "AML.T0010.003", "AML.T0018", "OWASP-LLM03:2025", "OWASP-ML06:2023",
    ),
)  # fmt: skip
def check(
    stated: ConfiguredCode
    | TemplateHazard
    | GraphOperation
    | ExternalData
    | ChatTemplate
    | ModelFile,
    graph: SupplyGraph,
) -> Iterator[Observation]:
    """What comes with the weights makes the loader import, run or open something else.

    No pickle is needed: loaders import the classes that a configuration names, render the template
    that it carries, and execute the operations of the graph. Scanners of weights do not look there.

    ## Attack
    1. The adversary publishes or changes a model whose weights are harmless data.
    2. Its configuration names a module, its template walks out of the sandbox or adds orders to
       the prompt, or its graph writes a file.
    3. Loading or using the model does what they say, as the process that serves it.

    ## Fix
    Take out what the model does not need to compute: name classes of the library only, write the
    template anew, export the graph without the operation. Where the code is needed, review it, keep
    it in this repository, and pin it:
    ```python
    AutoModel.from_pretrained("models/encoder", trust_remote_code=False, local_files_only=True)
    ```

    ## Score
    - AV:N models are fetched over the network
    - AC:L loading or using the model is enough
    - PR:N publishing a model needs no account of the victim
    - UI:R somebody or some pipeline loads it
    - S:U it acts as the process that loads it
    - C:H all that the process can read
    - I:H predictions, files, and what the process may change
    - A:H the process can be stopped

    ## Bad
    ```json models/encoder/modules.json
    [
      {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
      {"idx": 1, "name": "1", "path": "1_X", "type": "subprocess.Popen"}  // finding
    ]
    ```
    ## Bad: a template that walks to the interpreter
    ```gguf models/chat.gguf
    general.architecture = llama
    tokenizer.chat_template = {{ messages.__class__.__init__.__globals__ }}  # finding
    ```
    ## Bad: a graph that writes a file
    ```protobuf models/scorer/saved_model.pb
    1: 1
    2 {
    1 {
    1: "v1"
    }
    2 {
    2 {
    1 {
    1 {
    1: "helper"
    }
    3 {
    1: "out"
    2: "WriteFile"  # finding
    }
    }
    }
    }
    }
    ```
    ## Good
    ```json models/encoder/modules.json
    [
      {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
      {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
    ]
    ```
    ```json models/encoder/tokenizer_config.json
    {
      "chat_template": "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}{% endfor %}"
    }
    ```
    ## Good: a graph that saves its variables
    ```protobuf models/scorer/saved_model.pb
    1: 1
    2 {
    1 {
    1: "v1"
    }
    2 {
    1 {
    1: "save"
    2: "SaveV2"
    }
    }
    }
    ```
    """
    path = stated.span.path
    found = [fact for fact in _all(path, graph) if _counts(fact)]
    if not found or stated != found[0]:
        return
    found.sort(key=_weight)
    severity, because = _severity(found, graph)
    yield Observation(
        subject=path,
        message=f"`{path}` {_does(found[0])}" + _more(len(found) - 1),
        evidence=tuple(Evidence(fact.span, _does(fact)) for fact in found[:_SHOWN]),
        severity=severity,
        because=because,
    )


def _all(path: str, graph: SupplyGraph) -> list[Fact]:
    kinds = (ConfiguredCode, TemplateHazard, GraphOperation, ExternalData)
    return [fact for kind in kinds for fact in graph.facts_in(path, kind)]


def _counts(fact: Fact) -> bool:
    if isinstance(fact, ConfiguredCode):
        return fact.verdict != "expected"
    if isinstance(fact, ExternalData):
        return bool(fact.escapes)
    return not isinstance(fact, TemplateHazard) or fact.kind != "unparsed"


def _weight(fact: Fact) -> int:
    """The worst first."""
    if isinstance(fact, ConfiguredCode):
        return 0 if fact.verdict == "malicious" else 3 if fact.runs == "load" else 5
    if isinstance(fact, TemplateHazard):
        return {"sandbox-escape": 1, "hidden-instruction": 2}.get(fact.kind, 6)
    if isinstance(fact, GraphOperation):
        return 6 if _only_reads(fact) else 2
    return 4


def _severity(found: list[Fact], graph: SupplyGraph) -> tuple[Severity | None, str]:
    worst = found[0]
    if isinstance(worst, ConfiguredCode):
        if worst.verdict == "malicious" and worst.runs == "load":
            return Severity.CRITICAL, "what it names reaches the system, and every load runs it"
        if worst.verdict != "malicious" and worst.runs == "flag" and not _trusting(graph):
            reason = "it runs only where a caller allows remote code, and no code is seen to do so"
            return Severity.MEDIUM, reason
        if worst.verdict != "malicious" and worst.runs == "unsafe-mode":
            if any(not is_safe(use) for use in loads_of(worst.span.path, graph)):
                return None, ""
            return Severity.MEDIUM, "it runs only where a caller switches the safe mode off"
    if isinstance(worst, TemplateHazard) and worst.kind == "invisible-text":
        return Severity.MEDIUM, "the characters are hidden, but no order was found in them"
    if isinstance(worst, GraphOperation) and _only_reads(worst):
        return Severity.MEDIUM, _READS
    return None, ""


def _only_reads(operation: GraphOperation) -> bool:
    """Whether it reads a file that a model may have, and does nothing else."""
    return operation.effect == "file-read" and not is_system_file(operation.argument)


def _trusting(graph: SupplyGraph) -> bool:
    return any(load.remote_code != "False" for load in graph.facts_of(ModelLoad))


def _does(fact: Fact) -> str:
    if isinstance(fact, ConfiguredCode):
        origin = f" of {fact.repository}" if fact.repository else ""
        verb = "holds" if fact.mechanism == "keras-lambda" else "names"
        return f"{verb} `{fact.target}`{origin} in `{fact.setting}`: {fact.reason}"
    if isinstance(fact, TemplateHazard):
        return f"carries a template ({fact.setting}) with `{fact.expression}`: {fact.reason}"
    if isinstance(fact, GraphOperation):
        on = f" on `{fact.argument}`" if fact.argument else ""
        return f"holds the operation `{fact.operator}`{on} ({fact.effect}) in {fact.scope}"
    if isinstance(fact, ExternalData):
        return f"takes data from `{fact.location}` ({fact.escapes}), outside the model's folder"
    return "acts when loaded"


def _more(count: int) -> str:
    return f", and {count} more" if count else ""
