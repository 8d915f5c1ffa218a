"""Data holds what identifies people, and nothing records on which basis."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.sources.data_names import in_data_folder
from whence.rules.data.sources.data_reads import matches, written_paths
from whence.rules.data.sources.data_records import covers, people_in
from whence.rules.data.sources.programs import Site, is_showcase, is_test, programs_of
from whence.rules.data.sources.words import Words
from whence.rules.models.training.training_code import feeding_codes, training_codes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.datasets import DataColumns, DataOrigin
from whence.vocabulary.fact.program import Const, Item, PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_DIRECT = re.compile(
    r"(?:^|_)(?:e_?mails?(?:_addr(?:ess)?)?|phones?(?:_(?:no|number|nr))?|mobile(?:_number)?|telephone|ssn|social_security\w*"
    r"|passport\w*|(?:first|last|full|middle|given|family)_?name|surname|(?:customer|patient|user|contact|client|employee|person|"
    r"applicant|card_?holder|subscriber|buyer|recipient|sender|member|guest|student|tenant|shipping|billing|"
    r"delivery)_(?:name|email|phone|address)|street(?:_address)?|home_address|postal_address|"
    r"date_of_birth|birth_?date|dob|iban|credit_card\w*|card_number|national_id|tax_id|nhs_number|medicare\w*|ip_addr(?:ess)?"
    r"|licen[cs]e_plate|drivers?_licen[cs]e|device_id|imei|mac_address|medical_record\w*|mrn"
    r"|vorname|nachname|geburtsdatum|telefon(?:nummer)?|anschrift|prenom|date_(?:de_)?naissance|apellidos?|nombre_completo"
    r"|fecha_(?:de_)?nacimiento|correo(?:_electronico)?|cognome|codice_fiscale|data_di_nascita|achternaam|geboortedatum"
    r"|ship_to|bill_to|deliver_to|reply_to|contact_details?)$"
)
_MASKED = re.compile(
    r"(?:hash(?:ed)?|mask(?:ed)?|anon\w*|pseudo\w*|redacted|token|encrypted|sha\d*|domain|count|len\w*|flag|present|valid|has)"
)
_SYNTHETIC = re.compile(
    r"(?i)\b(?:synthetic|simulated|generated|invented|faker|artificial|fictional|made[- ]up|mock)"
)
_BEGINNING = re.compile(
    r"(?i)(?:^|[/_.-])(?:seeds?|fixtures?|samples?|examples?|demo|mocks?|fake|dummy|synthetic|init|bootstrap)(?:[/_.-]|$)"
)
_SEVERAL = 3
_EXPORT = 5
_READERS = ("read_csv", "read_parquet", "read_table", "read_excel", "read_json", "scan_csv", "read_sql",
            "read_sql_query")  # fmt: skip


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-359", "AML.T0024", "AML.T0057", "OWASP-LLM02:2025"),
)
def check(part: DataColumns | PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Data for training holds what identifies people, and no basis for that is recorded.

    Models repeat rows that they have seen. Names, addresses and numbers in the training data can be
    asked out of the model, and everyone who gets the repository or the bucket has them anyway.

    ## Attack
    The adversary asks the deployed model for completions, or tests whether a given person was in the
    training data. Who has a copy of the repository needs no model for it.

    ## Fix
    Leave such columns out where the data enters, or mask them, and record the basis of what stays:
    ```python
    reviews = pd.read_csv("data/raw/reviews.csv", usecols=["text", "label"])
    ```
    ```json
    {"path": "data/raw/reviews.csv", "personal_data": true, "legal_basis": "consent, DPIA 2024-07"}
    ```

    ## Score
    - AV:N the model answers over the network
    - AC:H the rows must be asked out of the model
    - PR:N anybody can ask
    - UI:N nobody has to help
    - S:U people in the data are hit
    - C:H names, addresses and numbers come out
    - I:N nothing is changed
    - A:N the service goes on

    ## Bad
    ```json data/croissant.json
    {
      "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
      "@type": "Dataset",
      "distribution": [{"@type": "cr:FileObject", "name": "loans.csv", "contentUrl": "loans.csv"}],
      "recordSet": [{"field": [  // finding
        {"name": "income"}, {"name": "date_of_birth"}, {"name": "email"}
      ]}]
    }
    ```
    ## Bad: the code trains on them
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    COLUMNS = ["customer_email", "ip_address", "amount", "label"]
    rows = pd.read_csv("data/payments.csv", usecols=COLUMNS)  # finding
    LogisticRegression().fit(rows[["amount"]], rows["label"])
    ```
    ## Good
    ```json data/croissant.json
    {
      "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
      "@type": "Dataset",
      "distribution": [{"@type": "cr:FileObject", "name": "loans.csv", "contentUrl": "loans.csv"}],
      "recordSet": [{"field": [{"name": "income"}, {"name": "email_hash"}]}]
    }
    ```
    ## Good: synthetic people
    ```json data/croissant.json
    {
      "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
      "@type": "Dataset",
      "distribution": [{"@type": "cr:FileObject", "name": "people.csv", "contentUrl": "people.csv"}],
      "recordSet": [{"field": [{"name": "income"}, {"name": "email"}]}]
    }
    ```
    ```markdown data/README.md
    `people.csv` is synthetic: names and addresses were generated and belong to nobody.
    ```
    """
    if is_test(part.span.path) or is_showcase(part.span.path):
        return
    if isinstance(part, DataColumns):
        yield from _columns(part, graph)
    elif part.span.path in feeding_codes(graph):
        yield from _in_code(part, graph)


def identifying(columns: tuple[str, ...]) -> list[str]:
    """The columns whose names say that they identify a person."""
    found = []
    for column in columns:
        plain = (
            re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
            .lower()
            .replace(" ", "_")
            .replace("-", "_")
            .replace(".", "_")
        )
        if _DIRECT.search(plain) and not _MASKED.search(plain):
            found.append(column)
    return found


def _columns(part: DataColumns, graph: SupplyGraph) -> Iterator[Observation]:
    found = identifying(part.columns)
    held = {name for name, number in part.people.items() if number >= min(_SEVERAL, part.rows)}
    found = list(dict.fromkeys([*found, *sorted(held)]))
    if not found or _is_accounted_for(part.subject, graph, bool(held) or _is_filled(part, found)):
        return
    if part.kind == "dump":
        if held or _is_export(part, found):
            yield _observation(part.subject, found, part.span)
        return
    if part.kind in ("file", "parquet") and not (held or _is_taken_in(part, found, graph)):
        return
    yield _observation(part.subject, found, part.span)


def _is_filled(part: DataColumns, found: list[str]) -> bool:
    """Whether rows give values in two columns about people: no sentence about a folder undoes them."""
    filled = [name for name in found if any(v != "***" for v in part.samples.get(name, ()))]
    return part.rows >= _EXPORT and len(filled) >= 2


def _is_export(part: DataColumns, found: list[str]) -> bool:
    """Whether a dump holds rows about people, rather than what an application begins with."""
    return _is_filled(part, found) and not _BEGINNING.search(part.subject)


def _is_taken_in(part: DataColumns, found: list[str], graph: SupplyGraph) -> bool:
    """Whether a table with such columns lies among the data of a project that trains.

    A table whose columns are empty or masked, or that a script of the project makes up, is none.
    """
    samples = [v for name in found for v in part.samples.get(name, ())]
    if part.kind == "file" and all(value == "***" for value in samples):
        return False
    base = posixpath.basename(part.subject)
    made = any(
        posixpath.basename(written) == base and not written.startswith("?")
        for written in written_paths(graph)
    )
    return bool(training_codes(graph)) and in_data_folder(part.subject) and not made


def _is_accounted_for(path: str, graph: SupplyGraph, seen: bool = False) -> bool:
    """Whether a basis is recorded, or that nobody real is in the data.

    Where addresses are `seen` in a table, what is said of the whole folder is wrong for it.
    """
    for statement in people_in(path, graph):
        if statement.basis or (
            statement.present == "no" and (statement.subject == path or not seen)
        ):
            return True
    return any(
        covers(origin.subject, path) and _SYNTHETIC.search(origin.origin)
        for origin in graph.facts_of(DataOrigin)
    )


def _in_code(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    programs = programs_of(graph)
    words = Words(programs)
    for site in programs.calls_of(programs.by_path[part.span.path], *_READERS):
        found = identifying(tuple(_selected(site, words)))
        paths = [
            path
            for path in words.of(site, "filepath_or_buffer", "path", "source", 0)
            if "?" not in path
        ]
        subject = paths[0] if paths else f"{site.path}:{site.tail}"
        if found and not any(_is_accounted_for(path, graph) for path in _meant(paths, graph)):
            yield _observation(subject, found, site.span)


def _meant(paths: list[str], graph: SupplyGraph) -> list[str]:
    inside = [
        path
        for path in graph.files
        if in_data_folder(path) and any(matches(p, path) for p in paths)
    ]
    return inside or paths


def _selected(site: Site, words: Words) -> Iterator[str]:
    """The columns that a reader is told to take, or names, or that an SQL query lists."""
    for where in ("usecols", "columns", "names", "dtype"):
        index = site.argument(where)
        if index is not None:
            yield from words.members(site.code, site.function, index)
    if site.tail.startswith("read_sql"):
        for query in words.of(site, "sql", 0):
            chosen = re.search(r"(?is)select(.*?)\bfrom\b", query)
            yield from re.findall(r"\w+", chosen[1]) if chosen else ()
    for value in site.function.values:
        if isinstance(value, Item) and site.index == value.base:
            key = site.function.values[value.key]
            if isinstance(key, Const):
                yield str(key.value)


def _observation(subject: str, columns: list[str], span: Span) -> Observation:
    names = ", ".join(f"`{column}`" for column in columns[:6])
    return Observation(
        subject=f"people:{subject}",
        message=(
            f"`{subject}` holds {names}, which identify people, and nothing records on which basis. Right"
            " would be to leave these columns out or mask them, or to record the basis in the data's card or"
            " manifest."
        ),
        evidence=(Evidence(span, f"identifies people: {', '.join(columns[:6])}"),),
    )
