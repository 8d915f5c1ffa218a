from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

APP = "src/inference/app.py"
HANDLER = """
    if settings.FIELD:

        @app.exception_handler(Exception)
        async def explain(request, problem) -> Response:  # type: ignore[no-untyped-def]
            text = "".join(traceback.format_exception(problem))
            return Response(text, status_code=500, media_type="text/plain")
"""


@plant(
    rules=("debug-server",),
    severities=("high", "medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("debug", "stack trace", "traceback", "profil", "verbose error"),
    cwes=("CWE-489", "CWE-209", "CWE-215"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The deployed service answers errors with its stack trace.

    ## Why
    The switch is off by default and in the tests; the Deployment sets it. An input that fails tells
    every caller paths, versions, settings and source lines of the pod, which is the map for the
    next step.

    ## Fix
    Leave debug off in every manifest and log errors where only the team reads them.
    """
    variable, field = vary.choose(
        ("SENTIBOT_DEBUG", "debug"), ("SENTIBOT_DEVELOPMENT", "development")
    )
    value = vary.choose("true", "1", "on")
    project.insert_after(
        "src/sentibot/settings.py",
        'log_level: Literal["debug", "info", "warning", "error"]',
        f"    {field}: bool = False",
    )
    project.insert_after(
        "src/inference/serve.py",
        '"SENTIBOT_LOG_LEVEL": "log_level",',
        f'    "{variable}": "{field}",',
    )
    if vary.choose(True, False):
        project.insert_after(
            APP,
            "app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)",
            f"    app.debug = settings.{field}",
        )
        decision = f"app.debug = settings.{field}"
    else:
        project.insert_after(
            APP,
            "app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)",
            HANDLER.strip("\n").replace("FIELD", field),
        )
        project.replace(
            APP, "import logging\nfrom typing", "import logging\nimport traceback\nfrom typing"
        )
        decision = "traceback.format_exception(problem)"
    yield project.insert_after(
        "deploy/k8s/base/deployment.yaml",
        "value: /var/run/secrets/sentibot/admin-token",
        f'            - name: {variable}\n              value: "{value}"',
    )
    yield Place(APP, decision)
    yield Place("src/inference/serve.py", f'"{variable}": "{field}"')
