"""Facts of pipelines and workloads."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class Workflow(Fact, frozen=True):
    """A pipeline definition. `system` is `github`, `gitlab`, … . `live` is false where it does not
    stand in the directory that the system runs. `triggers` are event names. `permissions` maps
    token scopes to access (`*` for `read-all` and `write-all`); `declared` tells `{}` (nothing
    granted) from nothing said.

    `kind` is `workflow`, `reusable` (other workflows call it and nothing else starts it) or
    `action` (a composite action). `filters` maps `event.filter` (`push.branches`,
    `workflow_run.workflows`, `issue_comment.types`) to its values. `inputs` names what a caller or
    a person who starts it by hand can set, `bounded` those of them that take no free text. `lines` maps `permissions.NAME`, `env.NAME`, `on.NAME`
    and `inputs.NAME` to line numbers.
    """

    system: str
    name: str
    triggers: tuple[str, ...]
    live: bool
    permissions: dict[str, str] = {}
    declared: bool = False
    kind: str = "workflow"
    filters: dict[str, tuple[str, ...]] = {}
    inputs: tuple[str, ...] = ()
    env: dict[str, str] = {}
    lines: dict[str, int] = {}
    bounded: tuple[str, ...] = ()


class WorkflowJob(Fact, frozen=True):
    """A job. `environment` is the protected environment it names; `runner` where it runs.

    `name` is the key that other jobs name in `needs`, `title` what people see. `labels` are all the
    runner's labels. `uses` is the reusable workflow that the job calls, with `inputs` and `secrets`
    (`inherits_secrets` where it hands over all of them). `lines` maps `permissions.NAME`,
    `env.NAME`, `with.NAME`, `secrets.NAME` and the job's own keys to line numbers. `outputs` maps
    what later jobs can read to the expressions that it is made of.
    """

    system: str
    name: str
    runner: str = ""
    environment: str = ""
    condition: str = ""
    permissions: dict[str, str] = {}
    declared: bool = False
    needs: tuple[str, ...] = ()
    tolerant: bool = False
    title: str = ""
    labels: tuple[str, ...] = ()
    uses: str = ""
    inputs: dict[str, str] = {}
    secrets: dict[str, str] = {}
    inherits_secrets: bool = False
    env: dict[str, str] = {}
    lines: dict[str, int] = {}
    outputs: dict[str, str] = {}


class WorkflowStep(Fact, frozen=True):
    """A step: it `uses` an action or runs a `script`.

    `number` is its place in the job, from 0, `id` the name that later steps use for its outputs.
    `env` maps names to values as written. `inputs` are the action's. `tolerant` is true where
    its failure does not stop the job. `script_line` is the line of the script's first line.
    `lines` maps `env.NAME`, `with.NAME` and the step's own keys to line numbers.
    """

    system: str
    job: str
    name: str = ""
    uses: str = ""
    script: str = ""
    script_line: int = 0
    shell: str = ""
    env: dict[str, str] = {}
    inputs: dict[str, str] = {}
    condition: str = ""
    tolerant: bool = False
    triggers: tuple[str, ...] = ()
    number: int = 0
    id: str = ""
    lines: dict[str, int] = {}


class ShellCommand(Fact, frozen=True):
    """One simple command of a shell script, wherever the script stands.

    `argv` has quotes removed and wrappers such as `sudo` taken off; an expansion whose value is
    known is filled in, any other stays as written (`$NAME`). `piped_into` is the program that
    reads its output, `tolerated` is true where its failure is thrown away, and `tolerance` says by
    what (`|| true`, `set +e`, `no pipefail`). `context` is `script`, `make`, `image`, `ci` or
    `notebook`.

    `substituted_into` is the program that gets the output as an argument or as its script
    (`bash -c "$(…)"`, `bash <(…)`, `eval`). `reads` and `writes` are the files it is redirected
    from and to. `unquoted` names the variables that are expanded outside quotes.
    """

    argv: tuple[str, ...]
    context: str
    piped_into: str = ""
    tolerated: bool = False
    tolerance: str = ""
    substituted_into: str = ""
    reads: str = ""
    writes: str = ""
    unquoted: tuple[str, ...] = ()


class ShellAssignment(Fact, frozen=True):
    """A shell variable is given a value. `value` has quotes removed; expansions as for commands."""

    name: str
    value: str
    context: str
    exported: bool = False


class ManifestObject(Fact, frozen=True):
    """One object of a Kubernetes manifest. `namespace` is empty where the file gives none."""

    api: str
    kind: str
    name: str
    namespace: str = ""


class ManifestContainer(Fact, frozen=True):
    """A container that a manifest's object runs. `owner` is `Kind/name` of that object.

    `role` is `container`, `init` or `ephemeral`. `env` maps names to literal values; a value that
    comes from a secret or a ConfigMap is not in it. `lines` maps `image` and `env.NAME` to lines.
    """

    owner: str
    name: str
    image: str
    role: str = "container"
    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    lines: dict[str, int] = {}
