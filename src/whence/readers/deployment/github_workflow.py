"""GitHub workflows and actions: what starts them, what they may do, what they run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import image_reference
from whence.readers.shell import commands
from whence.readers.yaml_nodes import Mapping, Node, Scalar, documents, script
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import ImageBuild
from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep

VERSION = 3
MAX_STEPS = 2000

_SYSTEM = "github"
_SCOPES_ALL = {"write-all": "write", "read-all": "read"}
_BUILD_ACTION = re.compile(r"docker/build-push-action@|redhat-actions/buildah-build@")
_POSIX = ("", "bash", "sh")
_BOUNDED = ("choice", "boolean", "number", "environment")


def claims(path: str, head: bytes) -> bool:
    """Workflows and actions where GitHub runs them, and what reads like them elsewhere."""
    if not path.endswith((".yml", ".yaml")):
        return False
    if path.endswith(("action.yml", "action.yaml")):
        return b"runs:" in head or b"inputs:" in head or b"name:" in head
    if re.search(r"(?:^|/)\.github/workflows/[^/]+$", path):
        return True
    if re.search(rb"^(?:apiVersion|version|stages|openapi):", head, re.MULTILINE):
        return False
    starts = re.search(rb"^[\"']?on[\"']?:", head, re.MULTILINE)
    return bool(starts) and (b"jobs:" in head or len(head) >= 4096)


def read(source: Source) -> Iterator[Fact | Unread]:
    """The workflow or composite action, its jobs, steps, images and commands.

    Raises Unreadable for what is no YAML, or no workflow where GitHub would run it.
    """
    found = documents(source.text)
    root = found[0] if found else Mapping(1, 1)
    file = _File(source)
    if isinstance(root.get("runs"), Mapping) and not root.get("jobs").pairs:
        yield from file.action(root)
    elif isinstance(root.get("jobs"), Mapping):
        yield from file.workflow(root)
    elif "/workflows/" in source.path:
        raise Unreadable("a workflow without jobs", root.first)


class _File:
    """One workflow file while it is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text.replace("\r\n", "\n").split("\n")
        self.triggers: tuple[str, ...] = ()
        self.shell = ""
        self.steps = 0
        self.environment: dict[str, str] = {}

    def span(self, node: Node) -> Span:
        return Span(self.source.path, node.first, node.last)

    def workflow(self, root: Node) -> Iterator[Fact | Unread]:
        """A workflow with `jobs`."""
        on = root.get("on")
        self.triggers = tuple(on.strings)
        self.shell = root.get("defaults", "run", "shell").text
        permissions, declared = _permissions(root)
        inputs = [
            *on.get("workflow_dispatch", "inputs").pairs,
            *on.get("workflow_call", "inputs").pairs,
        ]
        called = bool(self.triggers) and set(self.triggers) == {"workflow_call"}
        self.environment = _texts(root.get("env"))
        first = root.pairs[0][0].first if root.pairs else root.first
        yield Workflow(
            Span(self.source.path, first, root.last),
            _SYSTEM,
            root.get("name").text or self.source.path.rpartition("/")[2],
            self.triggers,
            bool(re.match(r"\.github/workflows/[^/]+$", self.source.path)),
            permissions,
            declared,
            "reusable" if called else "workflow",
            _filters(on),
            tuple(key.value for key, _ in inputs),
            self.environment,
            _lines(root, "permissions", "env", "on")
            | {f"inputs.{key.value}": key.first for key, _ in inputs},
            tuple(key.value for key, value in inputs if value.get("type").text in _BOUNDED),
        )
        for key, job in root.get("jobs").pairs:
            self.steps += len(job.get("steps").items)
            if self.steps > MAX_STEPS:
                raise Unreadable("a workflow with too many steps", key.first)
            yield from self._job(key, job)

    def action(self, root: Node) -> Iterator[Fact | Unread]:
        """An action; only composite ones have steps to read."""
        inputs = root.get("inputs").pairs
        runs = root.get("runs")
        yield Workflow(
            Span(self.source.path, 1, root.last), _SYSTEM, root.get("name").text, (), True,
            kind="action", inputs=tuple(key.value for key, _ in inputs),
            lines={f"inputs.{key.value}": key.first for key, _ in inputs},
        )  # fmt: skip
        if runs.get("image").text.startswith("docker://"):
            yield self._image(runs.get("image"), runs.get("image").text)
        if runs.get("steps").items:
            yield WorkflowJob(self.span(runs), _SYSTEM, "runs")
        for number, step in enumerate(runs.get("steps").items[:MAX_STEPS]):
            yield from self._step("runs", number, step, {})

    def _job(self, key: Scalar, job: Node) -> Iterator[Fact | Unread]:
        permissions, declared = _permissions(job)
        runner = job.get("runs-on")
        labels = [*runner.get("labels").strings, *runner.get("group").strings] if isinstance(
            runner, Mapping
        ) else runner.strings  # fmt: skip
        labels = [each for label in labels for each in _machines(label, job)]
        environment = job.get("environment")
        env = self.environment | _texts(job.get("env"))
        yield WorkflowJob(
            Span(self.source.path, key.first, job.last),
            _SYSTEM,
            key.value,
            labels[0] if labels else "",
            environment.text or environment.get("name").text,
            job.get("if").text,
            permissions,
            declared,
            tuple(job.get("needs").strings),
            _tolerant(job),
            job.get("name").text,
            tuple(labels),
            job.get("uses").text,
            _texts(job.get("with")),
            _texts(job.get("secrets")),
            job.get("secrets").text == "inherit",
            _texts(job.get("env")),
            _lines(job, "permissions", "env", "with", "secrets"),
            _texts(job.get("outputs")),
        )
        yield from self._job_images(job)
        shell = job.get("defaults", "run", "shell").text
        for number, step in enumerate(job.get("steps").items):
            yield from self._step(key.value, number, step, env, shell)

    def _job_images(self, job: Node) -> Iterator[Fact]:
        containers = [job.get("container"), *(service for _, service in job.get("services").pairs)]
        for container in containers:
            image = container if container.text else container.get("image")
            if image.text:
                yield self._image(image, image.text)

    def _image(self, node: Node, text: str) -> Fact:
        return image_reference.image(self.span(node), text.removeprefix("docker://"), "job")

    def _step(
        self, job: str, number: int, step: Node, env: dict[str, str], shell: str = ""
    ) -> Iterator[Fact | Unread]:
        if not isinstance(step, Mapping):
            return
        run = step.get("run")
        uses = step.get("uses").text
        text, line, last = script(run, self.lines)
        chosen = step.get("shell").text or shell or self.shell
        inputs = _texts(step.get("with"))
        fact = WorkflowStep(
            self.span(step), _SYSTEM, job, step.get("name").text, uses, text,
            line if run.text else 0, chosen, _texts(step.get("env")), inputs, step.get("if").text,
            _tolerant(step), self.triggers, number, step.get("id").text, _lines(step, "env", "with"),
        )  # fmt: skip
        yield fact
        if uses.startswith("docker://"):
            yield self._image(step.get("uses"), uses)
        if _BUILD_ACTION.match(uses):
            yield _build(fact)
        if run.text:
            known = {name: value for name, value in (env | fact.env).items() if "${{" not in value}
            yield from self._script(run, chosen, text, line, last, known)

    def _script(
        self, run: Node, shell: str, text: str, line: int, last: int, known: dict[str, str]
    ) -> Iterator[Fact | Unread]:
        name = shell.split(" ", 1)[0].rpartition("/")[2]
        if name not in _POSIX:
            yield Unread(self.span(run), "github_workflow", f"a script for {name} is not read")
            return
        exact = isinstance(run, Scalar) and (run.style in ("|", ">") or not run.style)
        yield from commands(
            text, line, self.source.path, "ci",
            known=known,
            errexit="{0}" not in shell or bool(re.search(r"\s-\w*e|errexit", shell)),
            pipefail=name == "bash" and ("{0}" not in shell or "pipefail" in shell),
            last_line=0 if exact else last,
        )  # fmt: skip


def _build(step: WorkflowStep) -> ImageBuild:
    """What an action that builds images is told to build."""
    context = step.inputs.get("context", ".")
    file = step.inputs.get("file", "")
    unknown = "${{" in context or "${{" in file or "://" in context
    context = _relative(context)
    tags = tuple(tag for tag in re.split(r"[\n,]+", step.inputs.get("tags", "")) if tag.strip())
    arguments = [line.partition("=") for line in step.inputs.get("build-args", "").split("\n")]
    return ImageBuild(
        step.span,
        context,
        _relative(file) if file else f"{context}/Dockerfile".lstrip("/"),
        step.inputs.get("target", ""),
        unknown,
        tuple(tag.strip() for tag in tags),
        {name.strip(): value.strip() for name, equals, value in arguments if equals},
    )


def _machines(label: str, job: Node) -> list[str]:
    """A runner's label, or the values that the job's matrix gives it."""
    match = re.fullmatch(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}", label)
    if not match:
        return [label]
    matrix = job.get("strategy", "matrix")
    found = [*matrix.get(match[1]).items]
    found += [row.get(match[1]) for row in matrix.get("include").items if isinstance(row, Mapping)]
    names = [name for node in found for name in node.strings]
    return list(dict.fromkeys(names)) or [label]


def _relative(path: str) -> str:
    parts = [part for part in path.strip().split("/") if part not in ("", ".")]
    return "/".join(parts)


def _permissions(node: Node) -> tuple[dict[str, str], bool]:
    """Token scopes, and whether any word is said about them."""
    found = node.get("permissions")
    if not isinstance(node, Mapping) or "permissions" not in node.values:
        return {}, False
    if found.text in _SCOPES_ALL:
        return {"*": _SCOPES_ALL[found.text]}, True
    return _texts(found), True


def _filters(on: Node) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for event, settings in on.pairs:
        for name, values in settings.pairs:
            if name.value not in ("inputs", "outputs", "secrets"):
                found[f"{event.value}.{name.value}"] = tuple(values.strings)
    return found


def _texts(node: Node) -> dict[str, str]:
    return {key.value: value.text for key, value in node.pairs if isinstance(value, Scalar)}


def _lines(node: Node, *sections: str) -> dict[str, int]:
    """Line numbers of a mapping's keys, and of the keys one level down in some sections."""
    found = {key.value: key.first for key, _ in node.pairs}
    for section in sections:
        for key, _ in node.get(section).pairs:
            found[f"{section}.{key.value}"] = key.first
    return found


def _tolerant(node: Node) -> bool:
    value = node.get("continue-on-error").text
    return bool(value) and value.lower() != "false"
