from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PATH = "src/training/publish.py"
SHELL = '''

def announce(note: str, digest: str) -> None:
    """Tell the release channel what was published."""
    line = f"sentibot {digest[:12]}: {note}"
    subprocess.run(f'notify --channel releases "{line}"', shell=True, check=False)
'''
SYSTEM = '''

def announce(note: str, digest: str) -> None:
    """Keep what was published in the journal of this machine."""
    os.system("logger -t sentibot 'published " + digest[:12] + ": " + note + "'")
'''
TEMPLATE = '''

def announce(note: str, digest: str) -> None:
    """Fill the announcement, which may use the fields of the release (needs jinja2)."""
    from jinja2 import Template

    text = Template("sentibot {{ digest }}: " + note).render(digest=digest[:12], note=note)
    write_atomically(Path("build/announcement.txt"), text.encode())
'''
FORMS = (
    (SHELL, "import subprocess\n", "subprocess.run(f'notify --channel releases"),
    (SYSTEM, "import os\n", 'os.system("logger -t sentibot'),
    (TEMPLATE, "", 'Template("sentibot {{ digest }}: " + note)'),
)


@plant(
    rules=("export-injection", "command-injection"),
    severities=("high", "medium", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("command injection", "shell", "template injection", "injection", "ssti"),
    cwes=("CWE-78", "CWE-1336", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The note of a release, taken from the commit message, becomes part of a command or template.

    ## Why
    The workflow passes the subject of the newest commit; a contributor whose change is merged has
    written it. A quote and a semicolon, or two braces, run a command in the job that holds the
    role which may publish releases.

    ## Fix
    An argument list without a shell, and text as a value of the template, never as the template.
    """
    code, imports, decision = vary.choose(*FORMS)
    name = vary.choose("note", "title")
    code = code.replace("note: str", f"{name}: str").replace("{note}", f"{{{name}}}")
    code = code.replace("+ note", f"+ {name}").replace("note=note", f"{name}={name}")
    decision = decision.replace("+ note", f"+ {name}")
    if imports:
        position = "import logging\n"
        after = f"{position}{imports}"
        project.replace(PATH, position + "from collections", f"{after}from collections")
    project.insert_after(PATH, 'log = logging.getLogger("training.publish")', code.rstrip("\n"))
    project.replace(PATH, '    parser.add_argument("--uri")\n',
                    f'    parser.add_argument("--uri")\n    parser.add_argument("--{name}")\n')  # fmt: skip
    yield Place(PATH, decision)
    yield project.insert_after(
        PATH,
        'log.info("bundle %s", record["sha256"])',
        f'    if options.{name}:\n        announce(options.{name}, str(record["sha256"]))',
    )
    project.replace(
        "Makefile",
        '--record build/published.json --uri "$(URI)"',
        f'--record build/published.json --uri "$(URI)" --{name} "$${{NOTE:-}}"',
    )
    project.replace(
        "deploy/ci/release.yml",
        "        name: Publish the signed release\n",
        "        name: Publish the signed release\n"
        "        env:\n          NOTE: ${{ github.event.head_commit.message }}\n",
    )
    yield Place("deploy/ci/release.yml", "NOTE: ${{ github.event.head_commit.message }}")
