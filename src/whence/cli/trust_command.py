"""`whence trust`: can this model be loaded?"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from whence.cli import output_files
from whence.cli.progress import progress_line
from whence.cli.stopping import Stop
from whence.trust.hub import PREFIX, HubFailed
from whence.trust.hub_audit import Progress, trust_hub
from whence.trust.local import trust_path
from whence.trust.model_verdict import TrustReport, Verdict
from whence.trust.report import as_json, as_text, exit_code
from whence.trust.signatures import KeyUnusable

_FAIL_ON = {"review": Verdict.REVIEW, "malicious": Verdict.MALICIOUS}


@click.command()
@click.argument("model", metavar="PATH|hf:OWNER/NAME[@REVISION]")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal",
              show_default=True, help="What to write.")  # fmt: skip
@click.option("--output", default="-", metavar="FILE", help="Where it goes; - is standard output.")
@click.option("--fail-on", type=click.Choice(list(_FAIL_ON)), default="review", show_default=True,
              help="Exit with 1 from this verdict on.")  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE",
              help="A public key (PEM) that has to have signed every file of the model.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Read every file anew and remember nothing.")
@click.option("-v", "--verbose", is_flag=True,
              help="Every reason, every place, every shard, and all that was passed over.")  # fmt: skip
def trust(
    model: str,
    form: str,
    output: str,
    fail_on: str,
    key: Path | None,
    no_cache: bool,
    verbose: bool,
) -> None:
    """Say whether a model can be trusted, and show the bytes that prove it. Nothing is loaded.

    PATH is a model file, or a folder: a model's, or a whole project's, whose code then shows what
    loading each model there would do. hf:OWNER/NAME names a repository of the hub: its listing,
    its metadata and only the bytes that matter are fetched (needs `pip install 'whence[hub]'`; the
    endpoint and the token are those of huggingface_hub, HF_ENDPOINT and `hf auth login`).

    \b
    malicious                   loading or using it acts on the machine; the proof is shown
    could not be read in full   a part is unknown: never taken for clean
    needs review                code, names or a layout that nobody vouches for
    clean                       every byte accounted for, and so is what lies beside it

    \b
    whence trust models/
    whence trust model.pt --format json
    whence trust hf:owner/name                     what its main branch is now
    whence trust hf:owner/name@<40 hex digits>     always the same bytes

    Clean means that loading it runs nothing. Whether the weights behave is another question.

    Exit codes follow the gravest verdict: 0 clean; 1 malicious, or needs review; 2 wrong use, or
    nothing to judge; 3 a model could not be read in full.
    """
    output_files.check_writable(output)
    with progress_line() as progress:
        try:
            report = _report(model, key, progress, use_cache=not no_cache)
        except (HubFailed, KeyUnusable) as error:
            raise Stop(str(error)) from None
    if not report.models:
        raise Stop(_nothing(report))
    shown = output == output_files.STANDARD_OUTPUT and sys.stdout.isatty()
    if form == "json":
        text = as_json(report)
    else:
        text = as_text(
            report,
            color=shown and "NO_COLOR" not in os.environ,
            width=shutil.get_terminal_size().columns if shown else None,
            verbose=verbose,
        )
    output_files.write(output, text)
    sys.exit(exit_code(report, _FAIL_ON[fail_on]))


def _report(model: str, key: Path | None, progress: Progress, *, use_cache: bool) -> TrustReport:
    """Raises HubFailed and KeyUnusable."""
    if model.startswith(PREFIX):
        return trust_hub(model, progress, key)
    _check(model)
    return trust_path(
        Path(model),
        key=key,
        use_cache=use_cache,
        processes=os.cpu_count() or 1,
        progress=progress,
    )


def _check(path: str) -> None:
    location = Path(path)
    if not os.path.exists(path):
        looks_remote = path.count("/") == 1 and not path.startswith((".", "/"))
        hint = f"; for the hub's model write hf:{path}" if looks_remote else ""
        raise Stop(f"{path} does not exist{hint or ': name a model file or a folder'}")
    if not os.access(location, os.R_OK | (os.X_OK if location.is_dir() else 0)):
        raise Stop(f"{path} cannot be read: check its permissions")
    if location.is_dir() and not any(location.iterdir()):
        raise Stop(f"{path} is empty: there is no model to judge")
    if not location.is_dir() and not location.is_file():
        raise Stop(f"{path} is neither a file nor a folder")


def _nothing(report: TrustReport) -> str:
    why = "".join(f"; {note}" for note in report.notes)
    passed = report.unjudged
    if passed:
        why += (
            f"; {len(passed)} places were passed over, such as {passed[0].path}: {passed[0].reason}"
        )
    return f"{report.subject}: no model found here{why}"
