from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("ci-expression-injection",),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("injection", "untrusted input", "title", "attacker-controlled"),
    cwes=("CWE-78", "CWE-94", "CWE-77"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The title of a pull request reaches a script, as a quoted variable.

    ## Why
    The expression fills an environment variable and not the text of the script; the shell expands
    it inside double quotes, where nothing of it is a command.
    """
    name, expression = vary.choose(
        ("TITLE", "github.event.pull_request.title"), ("BRANCH", "github.head_ref")
    )
    anchor = "      - name: Render\n"
    value = f"{name}: ${{{{ {expression} }}}}"
    script = f'printf \'Rendering for %s\\n\' "${name}" >> "$GITHUB_STEP_SUMMARY"'
    project.replace(
        "deploy/ci/ci.yml",
        anchor,
        f"      - name: Note\n        env:\n          {value}\n        run: {script}\n{anchor}",
    )
    yield Place("deploy/ci/ci.yml", value)
    yield Place("deploy/ci/ci.yml", script)
