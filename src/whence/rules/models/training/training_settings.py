"""Settings of training runs, wherever they stand: calls, configuration files, command lines.

Usual ranges: the reference pages of transformers, peft, trl, torch and Keras, and the papers they cite for
fine-tuning (1e-5 to 5e-5 for all weights, up to some 1e-4; up to some 1e-3 for low-rank adapters).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from whence.rules.data.sources.programs import Code, Programs, Site, is_test
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Attribute
from whence.vocabulary.graph import SupplyGraph, asked_once

ARGUMENTS = ("TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig", "PPOConfig", "ORPOConfig",
             "KTOConfig", "GRPOConfig", "RewardConfig", "CPOConfig", "SentenceTransformerTrainingArguments",
             "TFTrainingArguments", "IterativeSFTConfig", "OnlineDPOConfig")  # fmt: skip
OPTIMIZERS = ("Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adafactor", "Lion", "AdamW8bit", "PagedAdamW",
              "PagedAdamW8bit", "SGD", "RMSprop", "LAMB", "Lamb", "adamw", "adam", "sgd")  # fmt: skip
_HELD_BY_BETA = ("DPOConfig", "KTOConfig", "OnlineDPOConfig", "IterativeDPOConfig", "XPOConfig")
_OPTIMIZER_OWNERS = re.compile(
    r"^(?:torch\.optim|keras|tensorflow|tf_keras|transformers|bitsandbytes|optax|timm|apex|deepspeed|lion_pytorch)\b"
)
RATES = frozenset(
    {"lr", "learning_rate", "base_lr", "peak_lr", "max_lr", "lr_rate", "learning_rate_init", "blr"}
)
CLIPS = frozenset({"max_grad_norm", "max_gradient_norm", "gradient_clip_val", "grad_clip", "clip_grad_norm", "gradient_clipping",
                   "clip_norm", "clipnorm", "grad_norm_clip", "clip_gradients"})  # fmt: skip
SCALES = re.compile(
    r"(?:embedding|embeddings|backbone|encoder|base|pretrained|body)s?_(?:learning_rate|lr)_?(?:scale|multiplier|factor|mult)"
)
SAFEGUARDS = re.compile(
    r"(?:safety|refusal|alignment|harmless\w*|kl|init_kl|anchor|retain|retention|distill(?:ation)?|ewc|replay|toxicity|guard)"
    r"_?(?:loss)?_?(?:weight|coef|coeff|coefficient|lambda|penalty|loss_weight|scale|ratio|fraction)"
    r"|(?:dpo|kto|ipo|pref|preference)_beta"
)
_KNOWN = RATES | CLIPS | {"optimizer", "optim", "weight_decay", "label_smoothing", "dropout", "token_dropout", "use_peft", "lora_r",
                          "adapter", "peft_type", "freeze_base", "freeze_encoder", "freeze_backbone", "freeze"}  # fmt: skip


class Setting(msgspec.Struct, frozen=True, order=True):
    """One setting: its plain name, the value as text, and where it stands."""

    name: str
    value: str
    span: Span

    @property
    def number(self) -> float:
        """The value as a number; NaN where it is none."""
        try:
            return float(self.value.strip().strip("\"'").replace("_", ""))
        except ValueError:
            return math.nan

    @property
    def off(self) -> bool:
        """Whether the value turns something off."""
        return (
            self.value.strip().lower() in ("none", "null", "false", "~", "") or self.number == 0.0
        )


class SettingGroup(msgspec.Struct, frozen=True):
    """Settings that take effect together. `where` is the file, `method` what the call says it trains."""

    where: str
    settings: tuple[Setting, ...]
    method: str = ""

    def of(self, names: frozenset[str]) -> tuple[Setting, ...]:
        """The settings of these names."""
        return tuple(setting for setting in self.settings if setting.name in names)


def groups_in_code(programs: Programs, code: Code) -> Iterator[SettingGroup]:
    """Training arguments and optimizers of one file."""
    words = Words(programs)
    for site in programs.calls_of(code, *ARGUMENTS, *OPTIMIZERS):
        is_optimizer = site.tail in OPTIMIZERS
        if is_optimizer and not _OPTIMIZER_OWNERS.match(site.name):
            continue
        found = []
        for keyword in site.call.keywords:
            if keyword != "**" and not words.decided_by(site, keyword):
                if _is_given(site, programs, keyword):
                    continue
                name = "dpo_beta" if keyword == "beta" and site.tail in _HELD_BY_BETA else keyword
                for text in words.of(site, keyword)[:1] or ("None",):
                    found.append(Setting(name, text, site.span))
        if (
            is_optimizer
            and site.name.startswith(("keras", "tensorflow"))
            and "learning_rate" not in site.call.keywords
        ):
            found += [Setting("learning_rate", text, site.span) for text in words.of(site, 0)[:1]]
        if is_optimizer and site.name.startswith("torch") and "lr" not in site.call.keywords:
            found += [Setting("lr", text, site.span) for text in words.of(site, 1)[:1]]
        yield SettingGroup(code.path, tuple(found), site.tail)


def _is_given(site: Site, programs: Programs, keyword: str) -> bool:
    """Whether a command gives the value, so that the command is where it is judged."""
    index = site.argument(keyword)
    value = site.function.values[index] if index is not None else None
    return isinstance(value, Attribute) and bool(programs.options.get(value.name))


@asked_once
def groups_in_files(graph: SupplyGraph) -> dict[str, SettingGroup]:
    """By path, the configuration files that set a learning rate or a safeguard."""
    found: dict[str, SettingGroup] = {}
    by_file: dict[str, list[Setting]] = defaultdict(list)
    for value in graph.facts_of(ConfigValue):
        name = plain(value.key.rpartition(".")[2])
        if (
            name in _KNOWN
            or SAFEGUARDS.fullmatch(name)
            or SCALES.fullmatch(name)
            or "base" in name
            or "pretrained" in name
            or "model" in name
        ):
            by_file[value.span.path].append(Setting(name, value.value, value.span))
    for path in sorted(by_file):
        settings = by_file[path]
        names = {setting.name for setting in settings}
        if not is_test(path) and (
            names & RATES or any(SAFEGUARDS.fullmatch(name) for name in names)
        ):
            optimizer = next((s.value for s in settings if s.name in ("optimizer", "optim")), "")
            found[path] = SettingGroup(path, tuple(settings), optimizer)
    return found


def groups_in_commands(command: ShellCommand) -> Iterator[SettingGroup]:
    """Options of one command that starts Python."""
    if not any("python" in w or w.endswith(".py") or w in ("accelerate", "torchrun", "deepspeed", "llamafactory-cli", "axolotl", "trl")
               for w in command.argv[:4]):  # fmt: skip
        return
    found = []
    argv = command.argv
    for at, word in enumerate(argv):
        name, equals, value = word.lstrip("-+").partition("=")
        if not equals and word.startswith("--") and at + 1 < len(argv):
            value = argv[at + 1]
        name = plain(name.rpartition(".")[2])
        if (
            name in _KNOWN
            or SAFEGUARDS.fullmatch(name)
            or SCALES.fullmatch(name)
            or "model_name" in name
            or "base_model" in name
            or name == "base"
        ):
            found.append(Setting(name, value, command.span))
    if {setting.name for setting in found} & RATES or any(
        SAFEGUARDS.fullmatch(s.name) for s in found
    ):
        yield SettingGroup(command.span.path, tuple(found))


@lru_cache(maxsize=1 << 14)
def plain(name: str) -> str:
    """A setting's name in one spelling."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")
