"""A key that chooses among stored rows is not what the row holds."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

HEAD = """
from django.shortcuts import get_object_or_404
from flask import Flask, request
from shop.store import File, Fetcher, Session, session, transport
from sqlalchemy import select, text
app = Flask(__name__)
@app.get("/file")
def show():
    key = request.args["key"]
"""
STORED = {
    "by class and key": "    return open(session.get(File, key).path).read()",
    "by a filter": "    return open(session.query(File).filter_by(id=key).first().path).read()",
    "by a comparison": "    return open(session.query(File).filter(File.id == key).one().path).read()",
    "by a query of the class": "    return open(File.query.get(key).path).read()",
    "by a manager": "    return open(File.objects.get(id=key).path).read()",
    "by a method of the class": "    return open(File.get(id=key).path).read()",
    "by a function that answers 404": "    return open(get_object_or_404(File, pk=key).path).read()",
    "by a statement": (
        "    found = session.execute(select(File).where(File.id == key)).scalar_one()\n"
        "    return open(found.path).read()"
    ),
    "by a query and its parameter": (
        "    row = session.execute('SELECT path FROM files WHERE id = ?', (key,)).fetchone()\n"
        "    return open(row[0]).read()"
    ),
    "by a query that holds the key": (
        "    for row in session.execute(f'SELECT path FROM files WHERE id = {key}'):\n"
        "        return open(row.path).read()"
    ),
    "by a marked query": (
        "    row = session.execute(text('select path from files where id = :id'), {'id': key})\n"
        "    return open(row.scalar()).read()"
    ),
    "by a session that is made here": "    return open(Session().get(File, key).path).read()",
    "by a table that is written down": "    return open({'a': '/srv/a'}.get(key, '/srv/b')).read()",
}
CARRIED = {
    "a mapping that the caller sends": "    return open(request.json.get(key)).read()",
    "a mapping that was read of a request": (
        "    sent = request.get_json()\n    return open(sent.get(key)).read()"
    ),
    "the arguments of a request": "    return open(request.args.get(key, '')).read()",
    "a copy of what was sent": "    return open(dict(request.json).get(key)).read()",
    "the key where the table has none": "    return open({'a': '/srv/a'}.get(key, key)).read()",
    "what a call that runs no query makes of it": (
        "    return open(transport.execute('cp', key)).read()"
    ),
    "what stands at an address": "    return open(Fetcher().get(key)).read()",
    "what a client gets": "    return open(transport.get(key)).read()",
    "the key itself": "    return open('/srv/' + key).read()",
    "what is made of the key": "    return open(str(key).strip()).read()",
}


@pytest.mark.parametrize("code", STORED.values(), ids=STORED)
def test_what_a_key_finds_is_not_the_callers(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, PathUse)

    assert not [use for use in uses if use.comes_from(OriginKind.REQUEST)]


@pytest.mark.parametrize("code", CARRIED.values(), ids=CARRIED)
def test_what_the_caller_sends_stays_the_callers(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, PathUse)

    assert [use for use in uses if use.comes_from(OriginKind.REQUEST)]
