"""Methods that give what their arguments say, whatever they are asked of: of times, of tokenizers."""

from __future__ import annotations

from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.tables import carriers
from whence.vocabulary.fact.program import Attribute, Call


def says_its_arguments(scope: Scope, call: Call) -> bool:
    """Whether a call is of such a method: `day.strftime(form)`, `tokenizer.decode(numbers)`."""
    callee = scope.values[call.callee]
    if not isinstance(callee, Attribute):
        return False
    if callee.name in carriers.WRITES_OUT:
        return carriers.TOKENIZERS.search(spelled(scope, callee.base)) is not None
    return callee.name == carriers.FORMATS_TIME or (
        callee.name in carriers.SAYS_TIME and not call.args
    )
