"""What the repository says about itself: dismissals, owners, and what it should not say."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class Suppression(Fact, frozen=True):
    """A comment that dismisses findings of `rules` on its own line or, alone on its line, the next.

    `reason` is empty where none was given, which voids it. `until` is an ISO date or empty.
    `covers` is the number of the line that it speaks of.
    """

    rules: tuple[str, ...]
    reason: str
    until: str = ""
    covers: int = 0


class OwnerRule(Fact, frozen=True):
    """A line of CODEOWNERS: who must review changes below a pattern. No owners means nobody."""

    pattern: str
    owners: tuple[str, ...]


class Credential(Fact, frozen=True):
    """Text that has the form of a credential. Never holds the credential itself.

    `kind` says what it opens (`AWS access key`, `private key`, `password`). `name` is the key or
    variable it is given to, empty where it stands alone. `masked` shows its first characters.
    `fingerprint` is a short hash, so that the same credential in two places is known as one; it is
    empty for what a person may have chosen.
    `form` is `provider` (a format that only one issuer uses), `pair` (a telling name with a value
    that looks random), `manifest` (a value of a Kubernetes
    Secret) or `url` (a password inside a URL). `entropy` is in bits per character. `local` is true
    of a URL whose host is the machine itself.
    """

    kind: str
    name: str
    masked: str
    fingerprint: str
    form: str
    entropy: float = 0.0
    local: bool = False
