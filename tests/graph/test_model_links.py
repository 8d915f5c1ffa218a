"""Models in the supply graph: where they come from, what fixes them, which code reads them."""

from __future__ import annotations

from whence.graph import link
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Deserialization, Guard, Origin, OriginKind
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelFile, ModelOrigin, PointerFile, SignedArtefact
from whence.vocabulary.graph import Flow, FlowKind, Pin, SupplyGraph
from whence.vocabulary.tree import File

PATH = "models/w.bin"
HERE = Span(PATH)
CARD = Span("models/README.md", 2, 2)
MODEL = ModelFile(HERE, "safetensors", False, 8)


def linked(*facts: Fact) -> SupplyGraph:
    return link(SupplyGraph([File(PATH, 8, "ab" * 32)], facts))


def into(graph: SupplyGraph) -> list[Flow]:
    return graph.into(f"model:{PATH}")


def test_gives_a_model_its_digest() -> None:
    assert linked(MODEL).assets[f"model:{PATH}"].digest == "ab" * 32


def test_takes_the_digest_that_a_pointer_promises() -> None:
    graph = linked(PointerFile(HERE, "sha256", "cd" * 32, 9))

    assert graph.assets[f"model:{PATH}"].digest == "cd" * 32


def test_pins_an_origin_by_what_is_recorded() -> None:
    named = ModelOrigin(CARD, "models", "acme/encoder", "card")
    fixed = ModelOrigin(CARD, "models", "acme/encoder", "hub-cache", "0f" * 20)
    digest = RecordedDigest(CARD, PATH, "sha256", "ab" * 32, "card")

    assert [flow.pin for flow in into(linked(MODEL, named))] == [Pin.NAME]
    assert [flow.pin for flow in into(linked(MODEL, fixed))] == [Pin.DIGEST]
    assert [flow.pin for flow in into(linked(MODEL, named, digest))] == [Pin.DIGEST]


def test_tells_a_base_from_a_copy() -> None:
    base = ModelOrigin(CARD, "models", "acme/base", "card", relation="base")

    assert [flow.kind for flow in into(linked(MODEL, base))] == [FlowKind.TRAINS]


def test_names_the_signer_that_a_bundle_names() -> None:
    origin = ModelOrigin(CARD, "models", "acme/encoder", "card")
    bundle = SignedArtefact(Span("models/model.sig"), (PATH,), "key k", "openssf-model-signing")

    assert [flow.signer for flow in into(linked(MODEL, origin, bundle))] == ["key k"]


def test_leaves_models_of_other_folders_to_their_own_cards() -> None:
    other = ModelOrigin(Span("README.md"), ".", "acme/encoder", "card")

    assert into(linked(MODEL, other)) == []


def test_joins_a_model_to_the_code_that_reads_it() -> None:
    code = Span("app/serve.py", 3, 3)
    guard = Guard("digest", True, "compared before", code)
    origin = Origin(OriginKind.FILE, PATH, code, code)
    plain = Deserialization(code, "pickle.load", "pickle", (origin,), PATH)
    origin = Origin(OriginKind.FILE, PATH, code, code, guards=(guard,))
    checked = Deserialization(code, "pickle.load", "pickle", (origin,), PATH)

    for load, pin in ((plain, Pin.NAME), (checked, Pin.DIGEST)):
        flows = linked(MODEL, load).into("code:app/serve.py", FlowKind.READS)
        assert (f"model:{PATH}", pin) in [(flow.source, flow.pin) for flow in flows]
