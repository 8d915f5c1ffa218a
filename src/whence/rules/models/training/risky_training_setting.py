"""Settings with which a short run overwrites what the base model had learnt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.programs import Code, is_showcase, is_test, programs_of
from whence.rules.models.training.training_code import training_codes
from whence.rules.models.training.training_settings import (
    ARGUMENTS,
    CLIPS,
    RATES,
    SAFEGUARDS,
    SCALES,
    Setting,
    SettingGroup,
    groups_in_code,
    groups_in_commands,
    groups_in_files,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ConfigValue, ModelLoad
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, Const, PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_ADAPTERS = re.compile(r"^(?:peft|adapters|loralib)\b")
_PROMPTS = re.compile(r"(?i)prompt|prefix|p_?tuning|ia3")
_OWN_RATE = re.compile(r"(?i)noam|ada_?delta|prodigy|d[-_]?adapt|d[-_]?ada(?:m|grad|n)|dog\b|rprop")
_TRAINED_AT = {"transformer": 1e-3, "adapter": 1e-2, "generic": 2e-2, "sgd": 1.0}
_UNCLIPPED_AT = {"transformer": 3e-4, "adapter": 3e-3, "generic": 5e-3, "sgd": 0.3}


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1188", "AML.T0018", "AML.T0020", "OWASP-LLM04:2025"),
)
def check(
    part: PythonModule | ConfigValue | ShellCommand, graph: SupplyGraph
) -> Iterator[Observation]:
    """A fine-tuning run is set so that it overwrites what the base model was trained to know or refuse.

    Fine-tuning moves a reviewed model a little. At a rate far beyond the method's range, without
    clipping, or with the terms off that hold the model near its base, a few batches decide: also a few
    poisoned ones.

    ## Attack
    1. The adversary gets a small number of rows among the data.
    2. The run's settings let single batches move the weights far. The rows leave a much deeper mark
       than at usual settings, and the base model's refusals go first.
    3. The loss looks as usual after some epochs.

    ## Fix
    Stay in the method's range, and clip:
    ```python
    TrainingArguments("out", learning_rate=2e-5, max_grad_norm=1.0, weight_decay=0.01)
    ```

    ## Score
    - AV:N rows come from outside
    - AC:H some rows must be the adversary's
    - PR:N posting rows needs no account
    - UI:N training takes them in
    - S:U the model that is trained is changed
    - C:N nothing is disclosed
    - I:H the base model's behaviour is overwritten
    - A:N training goes on

    ## Bad
    ```python finetune.py
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    model = AutoModelForCausalLM.from_pretrained("./base")
    settings = TrainingArguments("out", learning_rate=5e-3, max_grad_norm=0.0)  # finding
    Trainer(model, settings).train()
    ```
    ## Bad: in a configuration
    ```yaml config/finetune.yaml
    base_model: acme/encoder
    optimizer: adamw
    learning_rate: 0.5  # finding
    max_gradient_norm: 1000000
    ```
    ```python finetune.py
    import torch
    import yaml
    from transformers import AutoModel

    config = yaml.safe_load(open("config/finetune.yaml"))
    model = AutoModel.from_pretrained(config["base_model"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"])
    model(1).backward()
    ```
    ## Bad: the term that holds the model near its base is off
    ```python align.py
    from transformers import AutoModelForCausalLM
    from trl import PPOConfig, PPOTrainer

    model = AutoModelForCausalLM.from_pretrained("./base")
    PPOTrainer(PPOConfig(learning_rate=1e-5, init_kl_coef=0.0), model).train()  # finding
    ```
    ## Good
    ```python finetune.py
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    model = AutoModelForCausalLM.from_pretrained("./base")
    Trainer(model, TrainingArguments("out", learning_rate=2e-5, max_grad_norm=1.0)).train()
    ```
    ## Good: from scratch, with a rate that is usual there
    ```python train.py
    import torch
    from torchvision.models import resnet18

    model = resnet18(weights=None)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(1).backward()
    ```
    ## Good: adapters learn faster
    ```python finetune.py
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    model = get_peft_model(AutoModelForCausalLM.from_pretrained("./base"), LoraConfig(r=8))
    Trainer(model, TrainingArguments("out", learning_rate=1e-3)).train()
    ```
    """
    if is_test(part.span.path):
        return
    if isinstance(part, PythonModule):
        code = programs_of(graph).by_path[part.span.path]
        groups = list(groups_in_code(programs_of(graph), code))
        kind = _kind_of_code(code, graph) if groups else ""
        for group in groups if kind else ():
            yield from _judged(
                group, kind if group.method in ARGUMENTS else _by_optimizer(group, kind)
            )
        return
    kind = _kind_of_project(graph)
    if isinstance(part, ShellCommand):
        for group in groups_in_commands(part):
            if kind or any("base" in s.name or "model" in s.name for s in group.settings):
                yield from _judged(group, kind or "generic")
    elif _is_first_of_file(part, graph):
        of_file = groups_in_files(graph).get(part.span.path)
        if of_file and (kind or _names_base(of_file)) and not _sets_its_own_rate(part, graph):
            yield from _judged(of_file, _by_optimizer(of_file, kind or "generic"))


def _sets_its_own_rate(value: ConfigValue, graph: SupplyGraph) -> bool:
    """Whether the rate in a file is only a factor of the schedule or the optimizer that it names."""
    return any(
        _OWN_RATE.search(each.value) for each in graph.facts_in(value.span.path, ConfigValue)
    )


def _is_first_of_file(value: ConfigValue, graph: SupplyGraph) -> bool:
    return graph.facts_in(value.span.path, ConfigValue)[0] is value


def _kind_of_code(code: Code, graph: SupplyGraph) -> str:
    """What a file fine-tunes: `adapter`, `transformer`, `prompt`, `generic`; empty for none."""
    programs = programs_of(graph)
    reached = {each.path: each for each in (code, *programs.imported_by(code))}
    names = [name for each in reached.values() for name in each.imports]
    if any(_ADAPTERS.match(name) for name in names):
        return (
            "prompt"
            if any(_PROMPTS.search(n) for n in names if n.startswith("peft"))
            else "adapter"
        )
    loads = [load for load in graph.facts_of(ModelLoad) if load.span.path in reached]
    models = [
        load for load in loads if "okenizer" not in load.callee and "rocessor" not in load.callee
    ]
    if any(
        load.library in ("transformers", "trl", "sentence_transformers", "setfit")
        for load in models
    ):
        return "transformer"
    if models or re.search(r"fine_?-?tun", code.path.lower()) or _starts_pretrained(code):
        return "generic"
    return ""


def _starts_pretrained(code: Code) -> bool:
    """Whether a network of the file is made with weights that others trained."""
    for function in code.module.functions:
        for value in function.values:
            if isinstance(value, Call):
                given = dict(value.named)
                for name, telling in (("pretrained", True), ("weights", "imagenet")):
                    held = function.values[given[name]] if name in given else None
                    if isinstance(held, Const) and held.value == telling:
                        return True
    return False


@asked_once
def _kind_of_project(graph: SupplyGraph) -> str:
    kinds = {
        _kind_of_code(code, graph) for code in training_codes(graph) if not is_showcase(code.path)
    }
    for kind in ("prompt", "adapter", "generic", "transformer"):
        if kind in kinds:
            return kind
    return ""


def _names_base(group: SettingGroup) -> bool:
    return any(
        re.search(
            r"base_?(?:model|checkpoint)|pretrained|model_name_or_path|init_from", setting.name
        )
        and not setting.off
        for setting in group.settings
    )


def _by_optimizer(group: SettingGroup, kind: str) -> str:
    if _OWN_RATE.search(group.method):
        return ""
    if re.search(r"(?i)sgd|lars", group.method):
        return "sgd"
    if any(
        s.name in ("use_peft", "lora_r", "adapter", "peft_type") and not s.off
        for s in group.settings
    ):
        return "adapter"
    return kind


def _judged(group: SettingGroup, kind: str) -> Iterator[Observation]:
    if kind == "prompt" or kind not in _TRAINED_AT:
        return
    frozen = any(s.name.startswith("freeze") and not s.off for s in group.settings)
    unclipped = [s for s in group.of(CLIPS) if s.off or s.number >= 100 or s.number < 0]
    reasons: list[tuple[Setting, str]] = []
    for rate in group.of(RATES):
        limit = _UNCLIPPED_AT[kind] if unclipped else _TRAINED_AT[kind]
        if rate.number >= limit and not frozen:
            reasons.append(
                (
                    rate,
                    f"a learning rate of {rate.value} is far above what fine-tuning uses (below {limit:g} here)",
                )
            )
            reasons += [
                (clip, f"`{clip.name}` is {clip.value}, so that nothing bounds a step")
                for clip in unclipped
            ]
    for setting in group.settings:
        if SCALES.fullmatch(setting.name) and setting.number > 3:
            reasons.append(
                (
                    setting,
                    f"`{setting.name}: {setting.value}` moves the pretrained part faster than the new one",
                )
            )
        if SAFEGUARDS.fullmatch(setting.name) and setting.number == 0.0:
            reasons.append(
                (
                    setting,
                    f"`{setting.name}` is 0, which turns the term off that holds the model near its base",
                )
            )
    if not reasons:
        return
    severity, because = None, ""
    if is_showcase(group.where):
        severity, because = Severity.LOW, "it is an example, not what the project runs"
    yield Observation(
        subject=f"settings:{group.where}",
        message=(
            f"`{group.where}` sets a fine-tuning run so that few batches overwrite the base model: "
            + "; ".join(reason for _, reason in reasons)
            + ". Right would be the method's usual range with clipping, and these terms on."
        ),
        evidence=tuple(Evidence(setting.span, reason) for setting, reason in reasons),
        severity=severity,
        because=because,
    )
