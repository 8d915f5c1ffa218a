from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PREPARE = "src/preprocessing/prepare.py"
CALL = "    screen(cleaned, settings.screening)\n"


@plant(
    rules=("validation-disabled",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("disabled", "skipped", "swallow", "bypass", "turned off", "switched off"),
    cwes=("CWE-754", "CWE-693", "CWE-390"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The screen for poisoned data is still there, and the pipeline goes on without it.

    ## Why
    A flag of the Makefile, a variable of the weekly job or an exception that only becomes a log line
    takes the refusal away: contradictory duplicates, floods of near copies and words that decide a
    label pass into the released training set while the README still promises that they cannot.

    ## Fix
    Call `screen` without a switch, let `DataRefused` end the run, and change limits in the reviewed
    `preprocessing.yaml` only.
    """
    yield from vary.choose(_flag, _variable, _log_line)(project, vary)


def _flag(project: Project, vary: Variation) -> Iterator[Place]:
    flag = vary.choose("--no-screen", "--fast", "--lenient")
    name = flag.lstrip("-").replace("-", "_")
    project.replace(
        PREPARE,
        "def prepare(content: bytes, settings: PreprocessingSettings) -> dict[str, bytes]:",
        "def prepare(\n    content: bytes, settings: PreprocessingSettings, screened: bool = True\n"
        ") -> dict[str, bytes]:",
    )
    project.replace(PREPARE, CALL, f"    if screened:\n    {CALL}")
    project.insert_after(
        PREPARE,
        'parser.add_argument("--output", type=Path, required=True)',
        f'    parser.add_argument("{flag}", action="store_true", help="skip the pairwise comparison")',
    )
    project.replace(
        PREPARE, "prepare(content, settings)\n", f"prepare(content, settings, not options.{name})\n"
    )
    yield project.insert_after(
        "Makefile",
        "$(PYTHON) -m preprocessing.prepare --config $(CONFIGS)/preprocessing.yaml \\",
        f"\t\t{flag} \\",
    )
    yield Place(PREPARE, "if screened:")
    yield Place(PREPARE, f"not options.{name}")


def _variable(project: Project, vary: Variation) -> Iterator[Place]:
    name = vary.choose("SENTIBOT_SCREEN", "SENTIBOT_DATA_CHECKS")
    path = "src/preprocessing/screening.py"
    project.replace(
        path,
        '    """Refuse the data set if it breaks a limit."""\n',
        '    """Refuse the data set if it breaks a limit."""\n'
        f'    if os.environ.get("{name}", "on") == "off":\n        return\n',
    )
    project.replace(
        path,
        "from collections import Counter, defaultdict\n",
        "import os\nfrom collections import Counter, defaultdict\n",
    )
    yield project.insert_after(
        "deploy/k8s/training/cron-job.yaml",
        "args: [training.pipeline, --root, /srv/sentibot, --output, /var/lib/sentibot]",
        f'              env:\n                - name: {name}\n                  value: "off"',
    )
    yield project.insert_after(
        "deploy/ci/release.yml", "run: make data", f'        env:\n          {name}: "off"'
    )
    yield Place(path, f'os.environ.get("{name}", "on")')


def _log_line(project: Project, vary: Variation) -> Iterator[Place]:
    message = vary.choose("the screen objects: %s", "screening: %s")
    yield project.replace(
        PREPARE,
        CALL,
        "    try:\n        screen(cleaned, settings.screening)\n"
        f'    except DataRefused as problem:\n        log.warning("{message}", problem)\n',
    )
