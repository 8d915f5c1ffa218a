"""What becomes of a model's evaluation: swallowed, only logged, or always a success."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.fetches import callee_of, closure
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.models.training.evaluation_gates import EVALUATES
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, Compare, Const, Function, Item
from whence.vocabulary.graph import SupplyGraph

_TRIAL = re.compile(
    r"(?:^|[/_.-])(?:smoke|quick|local|debug|dev|tiny|dry|trial|sandbox|toy)(?:[/_.-]|$)"
)
_MODELS = re.compile(
    r"(?i)model|candidate|metric|checkpoint|train|releas|publish|promot|deploy|gate|quality|classif|estimat|predict|evaluator|learner"
)
_GATE_FILE = re.compile(
    r"(?:^|[/_-])(?:gate|quality_gate|check_metrics|check_threshold\w*|model_gate|promote|validate_model|check_regression)\.py$"
)
_METRIC_NAME = re.compile(
    r"(?i)^(?:\w+_)?(?:accuracy|acc|f1|auc|roc_auc|recall|precision|macro_f1|r2|iou|dice|mcc|ndcg|bleu|rouge\w*)(?:_score)?$"
)
_SCORE_NAME = re.compile(
    r"(?i)^(?:\w+_)?(?:accuracy|acc|f1|auc|roc_auc|recall|precision|macro_f1|score|r2|iou|dice|mcc|ndcg|bleu|rouge\w*|map)$"
)
_SHARE = re.compile(
    r"(?i)^(?:\w+[_/])?(?:accuracy|acc|f1|auc|roc_auc|recall|precision|macro_f1|iou|dice|ndcg|bleu)(?:_score)?$"
)
_PUBLISHES = re.compile(
    r"push_to_hub|dump|save_pretrained|save_model|log_model|register_model|upload_\w+|deploy\w*|publish\w*|promote\w*"
    r"|release\w*|transition_model_version_stage|set_registered_model_alias|export\w*|register|put(?:_\w+)?|upload"
)
_BY_HAND = re.compile(r"Interrupt(?:ed)?$|^(?:StopIteration|ImportError|ModuleNotFoundError)$")
_LOGS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "print", "log", "critical"}
)


def swallowed_evaluations(programs: Programs, code: Code) -> Iterator[tuple[Span, str]]:
    """Evaluations whose failure is caught and forgotten, and after which something still happens."""
    for function in code.module.functions:
        for site in programs.calls_in(function, code):
            if site.call.context < 0:
                continue
            if not _can_refuse(programs, site) and not (
                EVALUATES.match(site.tail)
                and _MODELS.search(f"{code.path} {function.name} {site.name.rpartition('.')[0]}")
            ):
                continue
            context = site.call.context
            while context >= 0:
                if _forgets(function, context):
                    if _goes_on(function, site.index, context):
                        yield site.span, site.tail
                    break
                context = function.contexts[context].parent


def _forgets(function: Function, context: int) -> bool:
    """Whether failures are caught and forgotten here; to be stopped by hand is no failure."""
    held = function.contexts[context]
    caught = [name.rpartition(".")[2] for name in held.detail.split(",") if name]
    by_hand = bool(caught) and all(_BY_HAND.search(name) for name in caught)
    return held.kind == "swallow" and not by_hand


def _can_refuse(programs: Programs, site: Site) -> bool:
    """Whether a call runs a function of the project that raises over a metric of a model."""
    if site.call.context < 0 or not _swallowing(site.function, site.call.context):
        return False
    called = callee_of(programs, site)
    if called is None:
        return False
    function = called[1]
    return any(
        _weighs(function, context.value) and bool(function.raises or context.kind == "assert")
        for context in function.contexts
        if context.value >= 0 and context.kind in ("exit", "assert", "if")
    )


def _weighs(function: Function, index: int) -> bool:
    """Whether a condition sets a metric against something: more, or less."""
    for at in closure(function, index):
        value = function.values[at]
        if isinstance(value, Compare) and value.operator in ("<", "<=", ">", ">="):
            sides = closure(function, value.left) | closure(function, value.right)
            if any(
                _METRIC_NAME.search(name) for side in sides for name in _names_of(function, side)
            ):
                return True
    return False


def _swallowing(function: Function, context: int) -> bool:
    return any(_forgets(function, at) for at in _contexts(function, context))


def _names_of(function: Function, index: int) -> Iterator[str]:
    """The words that a value is spoken of with: the callee, the attribute, the key."""
    value = function.values[index]
    if isinstance(value, Call):
        callee = function.values[value.callee]
        yield getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
    elif isinstance(value, Item):
        key = function.values[value.key]
        yield str(key.value) if isinstance(key, Const) else ""
    else:
        yield getattr(value, "name", "") or getattr(value, "dotted", "")


def gates_that_warn(code: Code) -> Iterator[Span]:
    """Metrics below a limit that are only logged, before the model is published all the same."""
    for function in code.module.functions:
        for number, context in enumerate(function.contexts):
            if context.kind == "if" and context.holds and context.value >= 0:
                if _is_limit(function, context.value) and _only_warns(function, number):
                    if _published_after(function, context.value, number):
                        yield code.module.place(function.lines[context.value])


def _is_limit(function: Function, index: int, metrics: re.Pattern[str] = _METRIC_NAME) -> bool:
    """Whether a condition says that a metric, of which more is better, is below a limit."""
    value = function.values[index]
    if not isinstance(value, Compare) or value.operator not in ("<", "<=", ">", ">="):
        return False
    less = value.operator.startswith("<")
    metric, limit = (value.left, value.right) if less else (value.right, value.left)
    held = function.values[limit]
    named = " ".join(_names_of(function, limit))
    return any(metrics.search(n) for at in closure(function, metric) for n in _names_of(function, at)) and (
        (isinstance(held, Const) and isinstance(held.value, int | float))
        or re.search(r"(?i)min|threshold|limit|required|floor|gate|least", named) is not None
    )  # fmt: skip


def _only_warns(function: Function, number: int) -> bool:
    """Whether nothing but a warning or error message stands in a branch."""
    if any(number in _contexts(function, raised) for raised in function.raises):
        return False
    if any(number in _contexts(function, context) for _, context in function.returns):
        return False
    if any(number in _contexts(function, store.context) for store in function.stores):
        return False
    if any(each.kind == "exit" and each.value == function.contexts[number].value for each in function.contexts):  # fmt: skip
        return False
    names = [
        next(_names_of(function, index))
        for index, value in enumerate(function.values)
        if isinstance(value, Call) and number in _contexts(function, value.context)
    ]
    told = {"warning", "warn", "error", "critical", "print"} & set(names)
    return bool(told) and set(names) <= _LOGS | {"format", "round", "float", "str"}


def _published_after(function: Function, index: int, number: int) -> bool:
    for value in function.values[index + 1 :]:
        if isinstance(value, Call) and number not in _contexts(function, value.context):
            callee = function.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
            inner = _contexts(function, value.context)
            if _PUBLISHES.fullmatch(name) and not any(
                function.contexts[at].kind == "loop" for at in inner
            ):
                return True
    return False


def _goes_on(function: Function, index: int, swallow: int) -> bool:
    """Whether calls that are not part of the `try` follow, other than those that write a log."""
    for value in function.values[index + 1 :]:
        if not isinstance(value, Call):
            continue
        callee = function.values[value.callee]
        name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
        if name not in _LOGS and swallow not in _contexts(function, value.context):
            return True
    return False


def _contexts(function: Function, context: int) -> Iterator[int]:
    while context >= 0:
        yield context
        context = function.contexts[context].parent


def swallowed_refusals(code: Code) -> Iterator[Span]:
    """Limits of a metric whose own `raise` is caught around it, so that nobody hears of it."""
    for function in code.module.functions:
        for raised in function.raises:
            held = function.contexts[raised]
            if held.kind != "if" or held.value < 0 or not _swallowing(function, raised):
                continue
            if _is_limit(function, held.value, _SCORE_NAME):
                yield code.module.place(function.lines[held.value])


def empty_comparisons(code: Code) -> Iterator[tuple[Span, str]]:
    """Gates that every model passes: a metric that cannot be negative, held against 0."""
    for function in code.module.functions:
        for number, held in enumerate(function.contexts):
            leaves = held.kind == "assert" or (held.kind == "if" and number in function.raises)
            compared = function.values[held.value] if leaves and held.value >= 0 else None
            if not isinstance(compared, Compare):
                continue
            limit = function.values[compared.right]
            if not isinstance(limit, Const) or limit.value not in (0, 0.0) or limit.value is False:
                continue
            asked = (">", ">=") if held.kind == "assert" else ("<", "<=")
            names = [name for name in _names_of(function, compared.left) if _SHARE.search(name)]
            if compared.operator in asked and names:
                yield code.module.place(held.line), names[0]


def gates_that_pass(code: Code) -> Iterator[Span]:
    """A gate's `main` that only ever returns 0, although it compares."""
    main = code.functions.get("main")
    if main is None or not _GATE_FILE.search(code.path) or main.raises:
        return
    compares = any(
        isinstance(value, Compare)
        for function in code.module.functions
        for value in function.values
    )
    returned = [main.values[index] for index, _ in main.returns if index >= 0]
    leaves = any(
        isinstance(value, Call)
        and "exit"
        in str(
            getattr(
                main.values[value.callee], "dotted", getattr(main.values[value.callee], "name", "")
            )
        )
        for value in main.values
    )
    if (
        compares
        and returned
        and not leaves
        and all(isinstance(v, Const) and v.value in (0, None) for v in returned)
    ):
        index = main.returns[-1][0]
        yield code.module.place(main.lines[index])


def tolerated_line(stage: PipelineStage, graph: SupplyGraph) -> Span:
    """Where the command of a stage stands, or else the stage."""
    for command in graph.facts_in(stage.span.path, ShellCommand):
        if stage.span.first <= command.span.first <= stage.span.last and command.tolerated:
            return command.span
    return stage.span


def is_local_mode(path: str, graph: SupplyGraph) -> bool:
    """Whether a configuration is named as a trial's and no pipeline or image names it."""
    name = path.rpartition("/")[2]
    if not _TRIAL.search(name.lower()):
        return False
    return not any(
        name in " ".join(command.argv)
        for command in graph.facts_of(ShellCommand)
        if command.context in ("ci", "image")
    )
