"""A text that is a model has to end where the model does: a download that broke off is said."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source
from whence.readers.models import model_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ModelFile

PMML = b'<?xml version="1.0"?>\n<PMML version="4.4"><Header/></PMML>\n<!-- made by a tool -->\n'
WHOLE = {
    "m.pmml": PMML,
    "wide.pmml": PMML.decode().encode("utf-16"),
    "m.xml": b'<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>\n',
    "x.json": b'{"learner":{"gradient_booster":{"name":"}{"}},"version":[3,0,0]}',
    "c.json": b'{"features_info":{"float_features":[{"borders":[0.5]}]},"oblivious_trees":[]}\n',
    "l.txt": (
        b"tree\nversion=v4\nnum_class=1\n\nTree=0\nleaf_value=1 2\n\nend of trees\n\n"
        b"feature_importances:\n\nparameters:\n[boosting: gbdt]\nend of parameters\n"
    ),
    "old.txt": b"tree\nversion=v2\nnum_class=1\n\nTree=0\n\nfeature_importances:\na=3\n",
    "g.pbtxt": b'node {\n  name: "a {"\n  op: "Const"\n}\nversions {\n  producer: 1\n}\n',
}


def share(name: str, content: bytes) -> float:
    told = list(model_text.read(Source.of_bytes(name, content)))
    (model,) = (fact for fact in told if isinstance(fact, ModelFile))
    assert (model.covered < 1.0) == any(isinstance(fact, Unread) for fact in told)
    return model.covered


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_text_is_read_in_full(name: str) -> None:
    assert share(name, WHOLE[name]) == 1.0


@pytest.mark.parametrize("name", WHOLE)
def test_a_text_that_broke_off_is_not_read_in_full(name: str) -> None:
    content = WHOLE[name]
    shares = {share(name, content[: len(content) * tenth // 20]) for tenth in (12, 15, 17)}

    assert shares == {0.5}
