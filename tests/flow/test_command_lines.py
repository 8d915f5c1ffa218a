"""Values that command lines decide, wherever in the project these stand."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import ManifestContainer, ShellAssignment, ShellCommand

HERE = Span("Makefile", 3, 3)


def run(*words: str) -> ShellCommand:
    return ShellCommand(HERE, words, "make")


ARGPARSE = """
import argparse, pickle
parser = argparse.ArgumentParser()
parser.add_argument("-w", "--weights")
parser.add_argument("--fast", action="store_true")
args = parser.parse_args()
pickle.load(open(args.weights, "rb"))
"""
POSITIONAL = """
import argparse, pickle
parser = argparse.ArgumentParser()
parser.add_argument("--fast", action="store_true")
parser.add_argument("--size", type=int)
parser.add_argument("out")
parser.add_argument("weights")
args = parser.parse_args()
pickle.load(open(args.weights, "rb"))
"""
WORDS = """
import pickle, sys
pickle.load(open(sys.argv[2], "rb"))
"""
CLICK = """
import click, pickle
@click.command()
@click.option("--weights-file", "weights")
def main(weights):
    pickle.load(open(weights, "rb"))
"""
FIRE = """
import fire, pickle
def main(weights, fast=False):
    pickle.load(open(weights, "rb"))
fire.Fire(main)
"""
HELD = "s3://acme/weights.pkl"
STARTED = {
    "an option": (ARGPARSE, run("python", "tools/load.py", "--weights", HELD)),
    "its short form": (ARGPARSE, run("python3", "tools/load.py", "-w", HELD)),
    "with an equals sign": (ARGPARSE, run("tools/load.py", "--fast", f"--weights={HELD}")),
    "as a module": (ARGPARSE, run("python", "-m", "tools.load", "--weights", HELD)),
    "behind a launcher": (
        ARGPARSE,
        run("torchrun", "--nproc_per_node", "4", "tools/load.py", "--weights", HELD),
    ),
    "by another launcher": (
        ARGPARSE,
        run("accelerate", "launch", "--num_processes=2", "tools/load.py", "--weights", HELD),
    ),
    "in an image": (
        ARGPARSE,
        ImageInstruction(HERE, "CMD", f'["python", "/app/tools/load.py", "-w", "{HELD}"]', 0, True),
    ),
    "a positional argument": (
        POSITIONAL,
        run("python", "tools/load.py", "--fast", "--size", "3", "out", HELD),
    ),
    "a word": (WORDS, run("python", "tools/load.py", "out", HELD)),
    "click": (CLICK, run("python", "tools/load.py", "--weights-file", HELD)),
    "fire": (FIRE, run("python", "tools/load.py", "--weights", HELD)),
}


@pytest.mark.parametrize(("code", "fact"), STARTED.values(), ids=STARTED.keys())
def test_what_a_command_line_gives_reaches_the_code(code: str, fact: Fact) -> None:
    (use,) = concluded({"tools/load.py": code}, Deserialization, fact)
    assert {(o.detail, o.decision) for o in use.origins if o.detail} == {(HELD, HERE)}


def test_an_option_of_another_program_is_not_taken_for_ones_own() -> None:
    files: dict[str, str | bytes] = {"tools/load.py": ARGPARSE, "tools/other.py": ARGPARSE}
    uses = concluded(files, Deserialization, run("python", "tools/other.py", "--weights", HELD))
    assert [[o.detail for o in use.origins] for use in uses] == [[""], [HELD]]


def test_a_task_of_a_pipeline_starts_code_too() -> None:
    dag = f"""
from airflow.operators.bash import BashOperator
BashOperator(task_id="load", bash_command="cd /srv && python tools/load.py --weights {HELD}")
"""
    (use,) = concluded({"tools/load.py": ARGPARSE, "dags/load.py": dag}, Deserialization)
    assert [(o.detail, o.decision.path) for o in use.origins] == [(HELD, "dags/load.py")]


VARIABLE = """
import os, pickle
pickle.load(open(os.environ["WEIGHTS"], "rb"))
"""
GIVEN = {
    "exported": ShellAssignment(HERE, "WEIGHTS", HELD, "script", True),
    "a service": ComposeService(
        Span("Makefile", 1, 9), "api", env={"WEIGHTS": HELD}, lines={"env.WEIGHTS": 3}
    ),
    "a container": ManifestContainer(
        Span("Makefile", 1, 9), "Deployment/api", "api", "x", env={"WEIGHTS": HELD},
        lines={"env.WEIGHTS": 3},
    ),
    "an image": ImageInstruction(HERE, "ENV", f"WEIGHTS={HELD}", 0, True),
    "an image, in the older form": ImageInstruction(HERE, "ENV", f"WEIGHTS {HELD}", 0, True),
}  # fmt: skip


@pytest.mark.parametrize("fact", GIVEN.values(), ids=GIVEN.keys())
def test_a_variable_is_decided_where_it_is_given(fact: Fact) -> None:
    (use,) = concluded({"load.py": VARIABLE}, Deserialization, fact)
    assert {(o.detail, o.decision) for o in use.origins} == {(HELD, HERE)}


def test_a_composed_configuration_is_read_by_its_keys() -> None:
    code = """
import hydra, pickle
@hydra.main(config_path="conf", config_name="run")
def main(cfg):
    pickle.load(open(cfg.model.weights, "rb"))
"""
    files: dict[str, str | bytes] = {
        "tools/load.py": code,
        "tools/conf/run.yaml": f"model:\n  weights: {HELD}\n",
    }
    (use,) = concluded(files, Deserialization)
    assert [(o.detail, o.decision) for o in use.origins] == [
        (HELD, Span("tools/conf/run.yaml", 2, 2))
    ]
