"""Models that are measured only on the rows that they learnt from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.program import Attribute, Function

_ANSWERS = frozenset({"predict", "predict_proba", "transform", "decision_function"})
_METRICS = re.compile(
    r"^sklearn\.metrics\.\w+_(?:score|error|loss)$|^sklearn\.metrics\.classification_report$|^pyspark\.ml\.evaluation\.\w+\(\)\.evaluate$"
)
_LEARNS = re.compile(
    r"^pyspark\.ml\.(?:classification|regression|recommendation)\.\w+\(\)\.fit$|^sklearn\.(?!cluster|decomposition|preprocessing|manifold|mixture|neighbors\.LocalOutlier|feature_extraction|covariance)\S*\(\)\.fit$"
)
_HOLDS_OUT = re.compile(
    r"(?i)train_test_split|randomSplit|KFold|ShuffleSplit|cross_val|GridSearchCV|RandomizedSearchCV|CrossValidator|TrainValidationSplit|TimeSeriesSplit|LeaveOneOut|(?:^|_)(?:test|val|valid|validation|held_?out|hold_?out|eval)(?:_|$)"
)
_PUBLISHES = frozenset({"save", "dump", "log_model", "save_model", "write", "register_model"})


def measured_on_seen(programs: Programs, code: Code) -> Iterator[Span]:
    """Metrics of a file that holds nothing out, on what the model answers to its own rows."""
    found = list(_on_own_rows(programs, code))
    if found and not _holds_out(code):
        yield from found


def _on_own_rows(programs: Programs, code: Code) -> Iterator[Span]:
    for function in code.module.functions:
        sites = list(programs.calls_in(function, code))
        if not any(site.tail in _PUBLISHES for site in sites):
            continue
        for fit in (site for site in sites if _LEARNS.match(site.name) and site.call.positional):
            rows = fit.call.positional[0]
            if fit.name.startswith("sklearn.") and len(fit.call.args) < 2:
                continue
            answers = [site.index for site in sites if _answers(site, fit, function)]
            own = {at for at in answers if rows in _given(function, at)}
            if not own or own != set(answers):
                continue
            for site in sites:
                made = {part for arg in site.call.args for part in closure(function, arg)}
                if _METRICS.match(site.name) and own & made:
                    yield site.span
                    break


def _answers(site: Site, fit: Site, function: Function) -> bool:
    """Whether a call asks the model that was fitted, later on."""
    if site.tail not in _ANSWERS or site.index <= fit.index or site.receiver is None:
        return False
    asked = closure(function, site.receiver)
    return fit.index in asked or (fit.receiver is not None and fit.receiver in asked)


def _given(function: Function, index: int) -> tuple[int, ...]:
    return getattr(function.values[index], "positional", ())


def _holds_out(code: Code) -> bool:
    """Whether a file speaks of rows that are kept from training, in any way."""
    for function in code.module.functions:
        if any(
            _HOLDS_OUT.search(name)
            for name in (*function.names, *(p.name for p in function.parameters))
        ):
            return True
        for value in function.values:
            name = value.name if isinstance(value, Attribute) else getattr(value, "dotted", "")
            words = (name.rpartition(".")[2], *getattr(value, "keywords", ()))
            text = getattr(value, "value", None)
            if any(_HOLDS_OUT.search(word) for word in words if word):
                return True
            if (
                isinstance(text, str)
                and len(text) < 60
                and _HOLDS_OUT.search(re.sub(r"[\W]", "_", text))
            ):
                return True
    return False
