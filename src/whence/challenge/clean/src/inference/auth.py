"""Who may administer the service: the holder of the token in the mounted secret."""

import hmac
from pathlib import Path

MIN_TOKEN_CHARACTERS = 32


class TokenUnusable(Exception):
    """The token file holds a token that is too short to protect anything."""


def read_token(path: Path | None) -> str | None:
    """Read the token; without a file there is none, and nobody is an administrator."""
    if path is None:
        return None
    token = path.read_text(encoding="ascii").strip()
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise TokenUnusable(f"{path.name} holds fewer than {MIN_TOKEN_CHARACTERS} characters")
    return token


def is_administrator(authorization: str | None, token: str | None) -> bool:
    """Compare a request's header with the token in constant time."""
    if token is None or authorization is None:
        return False
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
