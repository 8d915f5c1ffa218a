"""The JSON report keeps to its schema and leaves nothing out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from whence.reports import render
from whence.vocabulary.audit import Audit
from whence.vocabulary.finding import Finding
from whence.vocabulary.graph import AssetKind, Certainty, FlowKind, Pin

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_sound_and_closed_and_every_report_keeps_to_it(
    plain_audit: Audit, make_audit: Callable[..., Audit]
) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for audit in (plain_audit, make_audit()):
        report = json.loads(render("json", audit))
        VALIDATOR.validate(report)
    report = json.loads(render("json", plain_audit))
    for path in (("findings", 0), ("graph",), ("graph", "flows", 0), ("not_audited", 0), ()):
        broken = copy.deepcopy(report)
        place = broken
        for key in path:
            place = place[key]
        place["surprise"] = 1
        assert not VALIDATOR.is_valid(broken), path


def test_the_schema_knows_every_kind_of_asset_and_flow() -> None:
    definitions = SCHEMA["$defs"]
    kinds = definitions["asset"]["properties"]["kind"]["enum"]
    assert kinds == [kind.value for kind in AssetKind]
    flow = definitions["flow"]["properties"]
    assert flow["kind"]["enum"] == [kind.value for kind in FlowKind]
    assert flow["pin"]["enum"] == [pin.name.lower() for pin in Pin]
    assert flow["certainty"]["enum"] == [certainty.value for certainty in Certainty]


def test_the_page_explains_every_key() -> None:
    page = (DOCS / "report-json.md").read_text("utf-8")
    missing = [key for key in SCHEMA["properties"] if f"`{key}" not in page]
    assert missing == []
    example = page.split("```json\n")[1].split("```")[0]
    finding = {"$ref": "#/$defs/finding", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(finding).validate(json.loads(example))


def test_a_finding_carries_everything(
    make_audit: Callable[..., Audit], make_finding: Callable[..., Finding]
) -> None:
    (found,) = json.loads(render("json", make_audit(make_finding())))["findings"]
    assert found["rule"] == "unverified-model-load"
    assert found["severity"] == "high"
    assert found["fingerprint"] == "0123456789abcdef" * 2
    assert found["locations"] == [
        {
            "path": "scorer/load.py",
            "first": 9,
            "last": 10,
            "place": "",
            "note": "unpickled here",
            "excerpt": "m = load(f)\nm.eval()",
        },
        {
            "path": "main.tf",
            "first": 31,
            "last": 31,
            "place": "",
            "note": "writable by anyone",
            "excerpt": 'acl = "public"',
        },
    ]
    assert found["cvss"]["metrics"][0] == {"name": "AV", "value": "N", "reason": "because of AV"}


def test_the_graph_carries_pins_gates_and_writers(plain_audit: Audit) -> None:
    graph = json.loads(render("json", plain_audit))["graph"]
    assert [asset["id"] for asset in graph["assets"]] == ["name1", "name2"]
    assert graph["assets"][0]["writers"] == {"who": ["name"], "review": "name"}
    (flow,) = graph["flows"]
    assert (flow["source"], flow["kind"], flow["target"]) == ("name1", "fetches", "name2")
    assert flow["pin"] == "name"
    assert flow["gates"] == [{"name": "name", "fails_closed": True, "evidence": []}]


@pytest.mark.parametrize("text", ["a\u202eb", "\x1b[2J", "\x7f", "\u2028", "\U000e0041", "é模"])
def test_what_cannot_be_seen_is_escaped_and_what_can_is_not(
    text: str, make_audit: Callable[..., Audit]
) -> None:
    report = render("json", make_audit(project=text))
    assert json.loads(report)["project"] == text
    assert (text in report) == (text == "é模")
