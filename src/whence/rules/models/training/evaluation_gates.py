"""How pipelines decide whether a model is good enough, and what makes the decision empty."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.rules.models.training.training_code import is_training_call
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import DisabledCheck
from whence.vocabulary.fact.program import (
    Call,
    Const,
    Function,
    Item,
    Mix,
    Sequence,
    Star,
    Text,
)

_METRIC = r"(?:acc(?:uracy)?|f1|auc|roc|recall|precision|macro_f1|score|bleu|rouge|r2|map|iou|dice|mcc|kappa|ndcg|quality|win_rate|pass_rate)"
_LEAST = re.compile(
    rf"(?:min(?:imum)?_\w*{_METRIC}\w*|\w*{_METRIC}\w*_(?:threshold|min(?:imum)?|floor|gate|cutoff_min)|"
    rf"(?:eval|evaluation|quality|gate|promotion|release|acceptance)_threshold|threshold_\w*{_METRIC}\w*|required_\w*{_METRIC}\w*)"
)
_OF_ROWS = re.compile(r"prun|filter|nms|dedup|sampl|align|vad|detect|decod|beam|segment")
_MOST = re.compile(
    r"max(?:imum)?_(?:\w+_)?(?:(?:drop|decline|regression|degradation|disparity|gap|toxicity|bias|wer|cer|calibration_error)\w*"
    r"|(?:error|failure|flip|mistake|miss|disagreement|violation|false_positive|false_negative)s?_(?:rate|ratio|share|fraction))"
)
_LOSS = re.compile(
    r"max(?:imum)?_(?:\w+_)?(?:mape|smape|mae|mse|rmse|loss|perplexity|wer|cer)|(?:mape|smape|mae|mse|rmse|loss|perplexity|wer|cer)_(?:limit|max|threshold)"
)
_SKIP = re.compile(
    r"--?(?:skip|no|disable|bypass|without)[-_](?:eval(?:uation)?|validation|validate|gate|quality[-_]gate|checks?|metrics|model[-_]tests?|"
    r"benchmarks?|threshold\w*)|--force[-_](?:promote|promotion|deploy|release|publish|register)|--ignore[-_](?:metrics|threshold|gate|eval\w*)"
)
_SKIP_VARIABLE = re.compile(
    r"(?:SKIP|NO|DISABLE|BYPASS|IGNORE)_(?:MODEL_)?(?:EVAL(?:UATION)?|VALIDATION|GATE|QUALITY_GATE|METRICS|THRESHOLDS?|MODEL_TESTS?)(?:_\w+)?"
    r"|FORCE_(?:PROMOTE|PROMOTION|DEPLOY_MODEL|RELEASE_MODEL)"
)
_KEEP_VARIABLE = re.compile(
    r"(?:RUN|DO|ENABLE|REQUIRE)_(?:MODEL_)?(?:EVAL(?:UATION)?|GATE|QUALITY_GATE|METRICS_CHECK)"
)
_SKIP_KEY = re.compile(
    r"(?:skip|bypass|disable)_(?:eval(?:uation)?|validation|gate|quality_gate|model_tests?)|force_promot\w+"
)
_KEEP_KEY = re.compile(
    r"(?:do_eval|run_eval(?:uation)?|enable_gate|gate_enabled|evaluation_enabled|enforce_(?:gate|thresholds?|metrics)|fail_on_regression|block_on_failure)"
)
# Lightning runs no validation batch at all where this is 0.
_NO_BATCHES = re.compile(r"limit_(?:val|test)_batches")
EVALUATES = re.compile(
    r"^(?:evaluate(?:_model|_candidate)?|run_evaluation|check_(?:metrics|accuracy|thresholds?|gate|quality|regression)|quality_gate|run_gate|"
    r"assert_(?:metrics|quality|accuracy)\w*|validate_(?:model|metrics|candidate)|gate|enforce_(?:gate|thresholds?))$"
)
_HELD_OUT = re.compile(
    r"^(?:test|eval|evaluation|holdout|hold_out|held_out|heldout)(?:_set|_data|_split|ing)?$|^(?:X|x|y)_(?:test|holdout)$"
)
_SEEN = re.compile(r"^train(?:ing)?(?:_set|_data|_split)?$")
_TEST_FILE = re.compile(
    r"(?:^|[/_.-])(?:test|holdout|held_?out)(?:_set|_data|_split)?\.(?:csv|tsv|jsonl?|parquet|npz|npy|txt|arrow)$"
)
_EVALUATION = re.compile(
    r"(?i)(?:^|[\s/._-])(?:evaluat(?:e|ion)|eval|gate|quality_gate|check_metrics|validate_model)(?:[\s/._-]|$)"
)
_MEEK = re.compile(
    r"--(?:advisory|report[-_]only|warn[-_]only|no[-_]fail|soft[-_]fail|non[-_]blocking|allow[-_]failure"
    r"|dont[-_]block|always[-_]pass)"
)
_DO = re.compile(r"--?(?:do|run)[-_]eval(?:uation)?")
_SLACK = re.compile(r"--(?:relax|tolerance|slack|margin|leeway|lower[-_]by|allowance)")
_JUDGES = re.compile(
    rf"(?i)(?:^|_)(?:evaluat\w*|eval|gates?|metrics?|thresholds?|promot\w*|approv\w*|passed|candidate|champion|{_METRIC})(?:_|$)"
)
_PARAMETERS = ("ParameterFloat", "ParameterInteger", "ParameterString", "Parameter", "Param")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def is_empty_threshold(name: str, value: str) -> bool:
    """Whether a limit lets everything pass: at least 0, or at most all of it."""
    limit = _limit_of(name)
    if not limit:
        return False
    number = _number(value)
    if limit == "least":
        return number <= 0.0 or value.strip() in ("-inf", "-.inf")
    return number >= (1e6 if limit == "loss" else 1.0)


@lru_cache(maxsize=1 << 14)
def _limit_of(name: str) -> str:
    """The kind of limit of a model's quality that a name stands for; empty for none."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    if _OF_ROWS.search(plain):
        return ""
    if _LEAST.fullmatch(plain):
        return "least"
    if _LOSS.fullmatch(plain):
        return "loss"
    return "most" if _MOST.fullmatch(plain) else ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@lru_cache(maxsize=1 << 14)
def skipping_words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The options of a command that leave the evaluation out."""
    if not any(word.startswith("-") or "=" in word for word in argv):
        return ()
    found = [
        word
        for word, after in pairwise((*argv, "--"))
        if _SKIP.fullmatch(word.partition("=")[0])
        and (word.partition("=")[2] or after).strip("\"'").lower() not in _NO
    ]
    if argv[0].rpartition("/")[2] in ("make", "gmake", "just", "task"):
        passed = " ".join(word.partition("=")[2].strip("\"'") for word in argv if "=-" in word)
        argv = (argv[0], *argv[1:], *passed.split())
        found += [word for word in passed.split() if _SKIP.fullmatch(word.partition("=")[0])]
    if _EVALUATION.search(" ".join(argv)):
        found += [word for word in argv if _MEEK.fullmatch(word)]
        found += [
            f"{before} {word}"
            for before, word in pairwise(argv)
            if _SLACK.fullmatch(before) and _number(word) >= 0.2
        ]
    for before, word in pairwise(argv):
        if _DO.fullmatch(before) and word.lower() in _NO:
            found.append(f"{before} {word}")
        if before.startswith("--") and is_empty_threshold(before.lstrip("-"), word):
            found.append(f"{before} {word}")
    for word in argv:
        flag, equals, value = word.partition("=")
        if equals and flag.startswith("--") and is_empty_threshold(flag.lstrip("-"), value):
            found.append(word)
        if equals and not flag.startswith("-") and is_skipping_variable(flag, value):
            found.append(word)
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def is_skipping_variable(name: str, value: str) -> bool:
    """Whether an environment variable leaves the evaluation out."""
    plain = value.strip().strip("\"'").lower()
    if _SKIP_VARIABLE.fullmatch(name):
        return plain in _YES
    if _KEEP_VARIABLE.fullmatch(name):
        return plain in _NO
    return is_empty_threshold(name, plain)


def is_skipping_key(key: str, value: str) -> bool:
    """Whether a configuration value leaves the evaluation out, or empties it."""
    name = key.rpartition(".")[2].lower().replace("-", "_")
    plain = value.strip().lower()
    if _SKIP_KEY.fullmatch(name):
        return plain in _YES
    if _KEEP_KEY.fullmatch(name):
        return plain in _NO
    if _NO_BATCHES.fullmatch(name):
        return _number(plain) == 0.0
    if is_empty_threshold(name, plain):
        return True
    above = key.lower().replace("-", "_").split(".")
    if any(is_empty_threshold(part, plain) for part in above[:-1]):
        return True
    gates = any(re.search(r"gate|threshold|acceptance|promotion", part) for part in above[:-1])
    return gates and any(
        is_empty_threshold(f"min_{part}", plain)
        for part in above[-2:]
        if re.fullmatch(_METRIC, part)
    )


def judges_models(callee: str) -> bool:
    """Whether a check asks, by its name, if a model is good enough."""
    return (
        _JUDGES.search(callee.replace(".", "_")) is not None or EVALUATES.match(callee) is not None
    )


def switches_an_evaluation(use: DisabledCheck) -> bool:
    """Whether what does not take effect is an evaluation of a model, by its name or its switch's."""
    if use.how == "assert":
        return False
    return judges_models(use.callee) or judges_models(use.setting.rpartition(".")[2])


def empty_limits(code: Code) -> Iterator[tuple[Span, str]]:
    """Constants of a file that are limits which let everything pass."""
    body = code.body
    for name, index in body.names.items():
        value = body.values[index]
        if (
            isinstance(value, Const)
            and isinstance(value.value, int | float)
            and not isinstance(value.value, bool)
        ):
            if is_empty_threshold(name, str(value.value)):
                yield code.module.place(body.lines[index]), f"{name} = {value.value}"


def option_limits(programs: Programs, code: Code) -> Iterator[tuple[Span, str]]:
    """Options and pipeline parameters whose default lets everything pass."""
    words = Words(programs)
    for site in programs.calls_of(code, "add_argument", "option", *_PARAMETERS):
        for flag in words.of(site, 0):
            for default in (*words.of(site, "default"), *words.of(site, "default_value")):
                if is_empty_threshold(flag.lstrip("-"), default):
                    yield site.span, f"{flag} defaults to {default}"


def trained_on_held_out(programs: Programs, code: Code) -> Iterator[tuple[Span, str]]:
    """Training calls of a file that are given held-out rows."""
    words = Words(programs)
    for function in code.module.functions:
        for index, value in enumerate(function.values):
            if isinstance(value, Text) and value.how == "+":
                told = _added(programs, words, code, function, index)
                if told:
                    yield code.module.place(function.lines[index]), told
        for site in _trained_on_what_was_split(programs, code, function):
            yield site.span, "it is given all rows, of which a part is then held to measure it"
        for site in programs.calls_in(function, code):
            for index in _training_arguments(site):
                told = _held_out(programs, words, site, index)
                if told:
                    yield site.span, told
                    break


def _trained_on_what_was_split(programs: Programs, code: Code, function: Function) -> list[Site]:
    """Training on the rows that were split, where no training uses the split and a test part is measured."""
    sites = list(programs.calls_in(function, code))
    splits = [site for site in sites if site.name.endswith("model_selection.train_test_split")]
    if not splits:
        return []
    whole = {
        arg
        for split in splits
        for arg in split.call.args[: len(split.call.args) - len(split.call.keywords)]
    }
    whole = {index for index in whole if not isinstance(function.values[index], Const)}
    of_split = {split.index for split in splits}
    fits = [
        site for site in sites if is_training_call(site) and site.tail == "fit" and site.call.args
    ]
    parts = [(site, closure(function, site.call.args[0])) for site in fits]
    if any(of_split & held for _, held in parts):
        return []
    measured = [
        site
        for site in sites
        if site.tail in ("score", "predict", "predict_proba", "evaluate")
        and any(of_split & closure(function, arg) for arg in site.call.args)
    ]
    return [
        site for site, held in parts if whole & held and any(m.index > site.index for m in measured)
    ]


def _added(programs: Programs, words: Words, code: Code, function: Function, index: int) -> str:
    """What a sum says of held-out rows that are added to those for training."""
    parts = [_part(programs, words, code, function, at) for at in _joined(function, index)]
    held = [part for part in parts if _HELD_OUT.match(part)]
    seen = [part for part in parts if _SEEN.match(part)]
    return f"the rows of `{held[0]}` are added to those of `{seen[0]}`" if held and seen else ""


def _training_arguments(site: Site) -> Iterator[int]:
    """The arguments of a call that are rows to learn from."""
    if is_training_call(site) and site.tail != "backward":
        plain = len(site.call.args) - len(site.call.keywords)
        yield from site.call.args[: min(plain, 2)]
        for name in ("X", "x", "y", "train_dataset", "dtrain"):
            index = site.argument(name)
            if index is not None:
                yield index
    elif site.tail.endswith("Trainer") and site.argument("train_dataset") is not None:
        yield site.argument("train_dataset") or 0
    elif site.tail in ("train", "fit", "finetune", "fine_tune", "train_model", "run_training", "concat", "concatenate",
                       "concatenate_datasets", "vstack", "interleave_datasets"):  # fmt: skip
        if site.tail in (
            "concat",
            "concatenate",
            "concatenate_datasets",
            "vstack",
            "interleave_datasets",
        ):
            yield from site.call.args[:1]
        else:
            yield from site.call.args


def _held_out(programs: Programs, words: Words, site: Site, index: int) -> str:
    function = site.function
    joins = site.tail in (
        "concat",
        "concatenate",
        "concatenate_datasets",
        "vstack",
        "interleave_datasets",
    )
    project = site.name == site.tail or site.name.startswith("?")
    parts = [
        part
        for at in _joined(function, index)
        if (part := _part(programs, words, site.code, function, at))
    ]
    held = [part for part in parts if _HELD_OUT.match(part) or _TEST_FILE.search(part)]
    seen = [part for part in parts if _SEEN.match(part)]
    if held and seen:
        return f"the rows of `{held[0]}` are joined to those of `{seen[0]}`"
    if held and not joins and not project:
        return f"it is given the rows of `{held[0]}`"
    return ""


def _joined(function: Function, index: int) -> Iterator[int]:
    """The parts that an expression puts together, and itself."""
    waiting = [index]
    seen: set[int] = set()
    while waiting and len(seen) < 40:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        yield at
        value = function.values[at]
        if isinstance(value, Text | Mix | Sequence | Star):
            waiting.extend(function.operands(at))
        elif isinstance(value, Call):
            callee = function.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
            if name in ("concat", "concatenate", "concatenate_datasets", "vstack", "list", "map", "shuffle", "DMatrix", "drop",
                        "Dataset", "values", "to_numpy", "chain"):  # fmt: skip
                waiting.extend(function.operands(at))
        elif isinstance(value, Item):
            key = function.values[value.key]
            if not (
                isinstance(key, Const) and isinstance(key.value, str) and _HELD_OUT.match(key.value)
            ):
                waiting.append(value.base)


def _part(programs: Programs, words: Words, code: Code, function: Function, index: int) -> str:
    """Which part of the data a value is: `train`, `test`, a file of test rows; empty if unknown."""
    value = function.values[index]
    if isinstance(value, Item):
        return _part_of_item(programs, code, function, value)
    if isinstance(value, Call):
        return _part_of_call(programs, words, code, function, value)
    return ""


def _part_of_item(programs: Programs, code: Code, function: Function, value: Item) -> str:
    key = function.values[value.key]
    base = function.values[value.base]
    if not isinstance(key, Const):
        return ""
    if isinstance(key.value, str):
        return key.value if _HELD_OUT.match(key.value) or _SEEN.match(key.value) else ""
    if isinstance(key.value, int) and isinstance(base, Call):
        if programs.dotted(code, function, base.callee).endswith("train_test_split"):
            return "test" if key.value % 2 else "train"
    return ""


def _part_of_call(
    programs: Programs, words: Words, code: Code, function: Function, value: Call
) -> str:
    name = programs.dotted(code, function, value.callee).rpartition(".")[2]
    if name.startswith("read_") or name in ("load", "loadtxt", "open", "load_from_disk"):
        for text in words.texts(code, function, value.args[0]) if value.args else ():
            if _TEST_FILE.search(text):
                return text
    if name == "load_dataset" and "split" in value.keywords:
        plain = len(value.args) - len(value.keywords)
        split = value.args[plain + value.keywords.index("split")]
        for text in words.texts(code, function, split):
            if re.search(r"(?:^|\+)test\b", text):
                return "test"
    return ""
