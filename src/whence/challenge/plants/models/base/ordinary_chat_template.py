from __future__ import annotations

import json
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.project import Place, Project

CODE = '''"""Prompts in the form that the house's language model was trained on (needs jinja2).

    python -m evaluation.prompt --form models/prompt-form --text "The zip is broken."
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from sentibot.digests import read_recorded


def prompt(folder: Path, text: str) -> str:
    """The text as the first message of a conversation."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    files = read_recorded(folder, (folder / "manifest.json").read_bytes())
    config = json.loads(files["tokenizer_config.json"])
    template = ImmutableSandboxedEnvironment(trim_blocks=True).from_string(config["chat_template"])
    messages = [{"role": "user", "content": text}]
    return str(template.render(messages=messages, bos_token="<s>", add_generation_prompt=True))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.prompt")
    parser.add_argument("--form", type=Path, required=True)
    parser.add_argument("--text", required=True)
    options = parser.parse_args(arguments)
    print(prompt(options.form, options.text))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TEMPLATE = """{%- if messages[0]['role'] == 'system' -%}
{%- set system = messages[0]['content'] | trim + '\\n\\n' -%}{%- set turns = messages[1:] -%}
{%- else -%}{%- set system = '' -%}{%- set turns = messages -%}{%- endif -%}
{%- set ns = namespace(user=true) -%}
{{- bos_token -}}
{%- for message in turns -%}
{%- if (message['role'] == 'user') != ns.user -%}
{{- raise_exception('Roles must alternate user/assistant/user/assistant') -}}
{%- endif -%}
{%- set ns.user = not ns.user -%}
{{- '<|' + message['role'] + '|>\\n' + (system if loop.first else '') -}}
{{- message['content'] | trim | replace('<|', '< |') + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\\n' -}}{%- endif -%}
"""
README = """# The form of prompts

Tokenizer settings of the language model that the platform team serves inside the company, copied from
its repository on 2026-05-12; Apache-2.0. `manifest.json` records the digest.
"""


@plant(
    rules=("executable-model-metadata",),
    kind=Kind.RED_HERRING,
    needs=Needs.CONTENT,
    words=("chat template", "chat_template", "jinja", "template injection", "ssti"),
    cwes=("CWE-1336", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A tokenizer configuration holds a long program in a template language.

    ## Why
    The template loops over messages, trims, checks that roles alternate and names a namespace object,
    like those of most models. It reaches no attribute that begins with an underscore, gives no orders
    of its own, and is rendered in the immutable sandbox after its digest was compared.
    """
    tokens = vary.choose(4096, 8192)
    config = {"bos_token": "<s>", "chat_template": TEMPLATE, "model_max_length": tokens}
    content = json.dumps(config, indent=2) + "\n"
    folder = "models/prompt-form"
    project.add(f"{folder}/tokenizer_config.json", content)
    project.add(f"{folder}/manifest.json", digest_manifest({"tokenizer_config.json": content}))
    project.add(f"{folder}/README.md", README)
    project.add("src/evaluation/prompt.py", CODE)
    yield Place(f"{folder}/tokenizer_config.json", '"chat_template":')
    yield Place("src/evaluation/prompt.py", 'from_string(config["chat_template"])')
