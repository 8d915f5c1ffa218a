from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GATE = "src/evaluation/gate.py"
REPORT = '    parser.add_argument("--report", type=Path, required=True)\n'
DECIDE = "    reasons = decide(report, baseline, settings.gate)\n"
HISTORY = "\t\t--history $(EVALUATION)/history.sqlite\n"


@plant(
    rules=("evaluation-bypassed",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("threshold", "gate", "bypass", "evaluation", "skipped", "force"),
    cwes=("CWE-693", "CWE-754"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The release workflow passes the evaluation gate a flag that takes its teeth out.

    ## Why
    The reviewed limits in `models/configs/evaluation.yaml` look as strict as ever, and the call in
    the Makefile or the workflow overrides them. A poisoned or broken candidate gets a positive
    decision, which export and signing then trust.

    ## Fix
    No flags: the gate takes its limits from the reviewed file only.
    """
    yield from vary.choose(_lower_limits, _advisory)(project, vary)


def _lower_limits(project: Project, vary: Variation) -> Iterator[Place]:
    flag = vary.choose("relax", "tolerance")
    project.replace(
        GATE,
        REPORT,
        f'{REPORT}    parser.add_argument("--{flag}", type=float, default=0.0)\n',
    )
    project.replace(GATE, DECIDE, f"    limits = relaxed(settings.gate, options.{flag})\n"
                    "    reasons = decide(report, baseline, limits)\n")  # fmt: skip
    project.replace(
        GATE,
        "def main(arguments: Sequence[str] | None = None) -> int:\n",
        "def relaxed(gate: GateSettings, by: float) -> GateSettings:\n"
        '    """The limits with some tolerance, for runs on less data."""\n'
        "    return gate.model_copy(\n"
        "        update={\n"
        '            "min_accuracy": gate.min_accuracy - by,\n'
        '            "min_macro_f1": gate.min_macro_f1 - by,\n'
        '            "min_class_recall": {k: v - by for k, v in gate.min_class_recall.items()},\n'
        '            "max_drop_from_baseline": gate.max_drop_from_baseline + by,\n'
        '            "max_probe_flip_rate": gate.max_probe_flip_rate + by,\n'
        '            "max_calibration_error": gate.max_calibration_error + by,\n'
        "        }\n"
        "    )\n\n\n"
        "def main(arguments: Sequence[str] | None = None) -> int:\n",
    )
    by = vary.choose("0.5", "0.6", "1.0")
    if vary.choose(True, False):
        yield project.replace(
            "Makefile", HISTORY, f"\t\t--history $(EVALUATION)/history.sqlite --{flag} {by}\n"
        )
    else:
        project.replace(
            "Makefile", HISTORY, "\t\t--history $(EVALUATION)/history.sqlite $(GATE_FLAGS)\n"
        )
        yield project.replace(
            "deploy/ci/release.yml",
            "run: make evaluate\n",
            f'run: make evaluate GATE_FLAGS="--{flag} {by}"\n',
        )
        yield Place("Makefile", "$(GATE_FLAGS)")
    yield Place(GATE, f"limits = relaxed(settings.gate, options.{flag})")


def _advisory(project: Project, vary: Variation) -> Iterator[Place]:
    flag = vary.choose("advisory", "report-only", "warn-only")
    option = f"options.{flag.replace('-', '_')}"
    project.replace(
        GATE, REPORT, f'{REPORT}    parser.add_argument("--{flag}", action="store_true")\n'
    )
    project.replace(
        GATE,
        '        "passed": not reasons,\n',
        f'        "passed": not reasons or {option},\n',
    )
    project.replace(
        GATE,
        "    return 1 if reasons else 0\n",
        f"    return 1 if reasons and not {option} else 0\n",
    )
    if vary.choose(True, False):
        yield project.replace(
            "Makefile", HISTORY, f"\t\t--history $(EVALUATION)/history.sqlite --{flag}\n"
        )
    else:
        project.replace(
            "Makefile", HISTORY, "\t\t--history $(EVALUATION)/history.sqlite $(GATE_FLAGS)\n"
        )
        yield project.replace(
            "deploy/ci/release.yml",
            "run: make evaluate\n",
            f"run: make evaluate GATE_FLAGS=--{flag}\n",
        )
        yield Place("Makefile", "$(GATE_FLAGS)")
    yield Place(GATE, f'"passed": not reasons or {option}')
