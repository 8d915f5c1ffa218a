"""Credentials in text: found by form or by name, never kept."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import Source
from whence.readers.deployment import credentials
from whence.vocabulary.fact.repository import Credential

HEADER = "-----BEGIN " + "PRIVATE KEY-----"
MACHINE_MADE = "q9ZtR4mX7vLc2NbW8sYk5Hd"


def read(path: str, text: str) -> list[Credential]:
    content = text.encode()
    if not credentials.claims(path, content[:4096]):
        return []
    found = list(credentials.read(Source.of_bytes(path, content)))
    return [each for each in found if isinstance(each, Credential)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("AWS access key", "AKIA" + "Q3EGXM5PTL7NWZ2K"),
        ("GitHub token", "ghp_" + "w8Kd92LmPzXx0Tn4Rb8Ywq3Vc7Hj5Fs1Gt6Ae"),
        ("Hugging Face token", "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"),
        ("Slack token", "xoxb-" + "8273645519-2746193845-kQ8dLw2ZpR"),
        ("Stripe key", "sk_live_" + "9dK2mQ7xW4tZ8nB3vL6p"),
        ("Google API key", "AIza" + "Sy9dK2mQ7xW4tZ8nB3vL6pR1cF5gH0jY2kM"),
    ],
)
def test_formats_of_issuers_are_found_anywhere_in_any_file(kind: str, value: str) -> None:
    for path, text in (("a.py", f"login('{value}')"), ("notes.txt", f"use {value} for now")):
        (found,) = read(path, f"first\n{text}\n")
        assert (found.kind, found.form, found.span.first) == (kind, "provider", 2)


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.py", f'API_KEY = "{MACHINE_MADE}"', "API_KEY"),
        ("a.py", f'config = {{"client_secret": "{MACHINE_MADE}"}}', "client_secret"),
        ("a.py", f'connect(token="{MACHINE_MADE}")', "token"),
        ("a.py", f'self.auth_token: str = f"{MACHINE_MADE}"', "self.auth_token"),
        ("a.py", f'os.environ["WANDB_API_KEY"] = "{MACHINE_MADE}"', "WANDB_API_KEY"),
        ("a.ipynb", f'"source": ["API_KEY = \\"{MACHINE_MADE}\\"\\n"]', "API_KEY"),
        ("a.yaml", f"apiKey: {MACHINE_MADE}", "apiKey"),
        ("a.toml", 'db_password = "Tr0ub4dor-3"', "db_password"),
        (".env", "DB_PASSWORD=Tr0ub4dor-3", "DB_PASSWORD"),
        ("a.js", f"const accessKey = '{MACHINE_MADE}';", "accessKey"),
        ("a.go", f'secretKey := "{MACHINE_MADE}"', "secretKey"),
    ],
)
def test_telling_names_with_likely_values_are_found(path: str, text: str, name: str) -> None:
    (found,) = read(path, text + "\n")
    assert (found.name, found.form) == (name, "pair")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 'password = os.environ["PASSWORD"]'),
        ("a.py", f'cache_key = "{MACHINE_MADE}"'),
        ("a.py", f'public_key = "{MACHINE_MADE}"'),
        ("a.py", 'tokenizer = "Qwen/Qwen2.5-7B-Instruct"'),
        ("a.py", f'"""Example\n\nAPI_KEY = "{MACHINE_MADE}"\n"""'),
        ("a.py", f"api_key = {MACHINE_MADE}"),
        ("a.yaml", "password: ${PASSWORD}"),
        ("a.yaml", "password: '{{ .Values.password }}'"),
        ("a.yaml", "token: your-token-here"),
        ("a.yaml", "secretName: scorer-tls-certificate-2"),
        ("a.env", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"),
        ("a.txt", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"),
        ("a.txt", f"write {HEADER} and your key here"),
        (
            "a.txt",
            f"{HEADER}\nsome words about what to put here and where it goes\n",
        ),
        ("a.py", 'url = "postgres://app:password@localhost/app"'),
        ("uv.lock", f'secret = "{MACHINE_MADE}"'),
        ("tokenizer.json", f'"token": "{MACHINE_MADE}"'),
    ],
)
def test_what_only_looks_like_a_credential_is_none(path: str, text: str) -> None:
    assert read(path, text + "\n") == []


def test_a_key_is_found_with_its_material_and_a_password_inside_a_url() -> None:
    key = HEADER + "\nMIIEpAIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLez\n"
    assert [found.kind for found in read("id.txt", key)] == ["private key"]
    found = read("a.yaml", "url: amqp://app:k7Gq2Lw9@mq.example.com:5672/\n")
    assert [each.form for each in found] == ["url"]


@settings(max_examples=100, deadline=None)
@given(
    st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=24, max_size=40)
)
def test_no_fact_holds_the_credential(value: str) -> None:
    for text in (f'api_key = "{value}"', f"x: https://u:{value}@example.com", f"token ghp_{value}"):
        for found in read("a.yaml", text):
            assert value not in str(msgspec.to_builtins(found))
            assert value[8:] not in str(msgspec.to_builtins(found))
            assert found.form == "provider" or not found.fingerprint


@pytest.mark.parametrize(
    "unit", ["password", "token ", "a://b:c", "eyJ", "api_key=" + "'", "sk-", "AKIA"]
)
def test_hostile_lines_cost_little(unit: str) -> None:
    read("a.yaml", (unit * (20_000 // len(unit)) + "\n") * 20)
