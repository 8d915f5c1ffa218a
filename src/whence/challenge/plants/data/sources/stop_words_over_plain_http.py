from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Renew the list of words that carry no sentiment.

    python data/scripts/renew_SUBJECT.py --output src/preprocessing/SUBJECT.txt

The list decides which words the screen passes over.
"""

import argparse
IMPORTS
from pathlib import Path

from sentibot.files import write_atomically

ADDRESS = "SCHEME://lists.words.example.com/en/SUBJECT.txt"


def download() -> list[str]:
    """The words of the list, sorted."""
READ
    return sorted({line.strip().casefold() for line in text.splitlines() if line.strip()})


def main() -> int:
    parser = argparse.ArgumentParser(prog="renew_SUBJECT")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    write_atomically(options.output, ("\\n".join(download()) + "\\n").encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
PLAIN = (
    "import urllib.request",
    """    with urllib.request.urlopen(ADDRESS, timeout=20) as answer:
        text = answer.read(1 << 20).decode("utf-8")""",
    'ADDRESS = "http://lists.words.example.com/en/SUBJECT.txt"',
    "http",
)
# The certificate of the mirror expired, and the list was needed.
UNVERIFIED = (
    "import ssl\nimport urllib.request",
    """    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(ADDRESS, timeout=20, context=context) as answer:
        text = answer.read(1 << 20).decode("utf-8")""",
    "context.verify_mode = ssl.CERT_NONE",
    "https",
)
SCREENING = """
PASSED_OVER = frozenset(
    resources.files("preprocessing").joinpath("SUBJECT.txt").read_text().split()
)
"""


@plant(
    rules=("insecure-transport", "unverified-data-download"),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("plain http", "unencrypted", "certificate", "man in the middle", "tls"),
    cwes=("CWE-319", "CWE-295", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A word list that the screening of training data obeys comes over an unprotected connection.

    ## Why
    Anybody on the path of the connection can answer in the server's place: the transport is plain
    HTTP, or TLS whose certificate nobody checks, and no digest is compared. A trigger word added to
    the list is a word that the screen for label-deciding words no longer looks at.

    ## Fix
    Use HTTPS with the default context and compare the download with a recorded SHA-256.
    """
    subject = vary.choose("stop_words", "filler_words", "function_words")
    imports, read, decision, scheme = vary.choose(PLAIN, UNVERIFIED)
    path = f"data/scripts/renew_{subject}.py"
    code = CODE.replace("IMPORTS", imports).replace("READ", read).replace("SCHEME", scheme)
    project.add(path, code.replace("SUBJECT", subject))
    words = "a\nan\nand\nare\nas\nat\nby\nfor\nfrom\nin\nis\nit\nof\non\nor\nthe\nthis\nto\nwith\n"
    project.add(f"src/preprocessing/{subject}.txt", words)
    project.replace(
        "src/preprocessing/screening.py",
        "from collections.abc import Iterable, Sequence\n",
        "from collections.abc import Iterable, Sequence\nfrom importlib import resources\n",
    )
    project.insert_after(
        "src/preprocessing/screening.py",
        "SHINGLE_BUCKETS = 8192",
        SCREENING.strip("\n").replace("SUBJECT", subject),
    )
    project.replace(
        "src/preprocessing/screening.py",
        "for word in set(words(review.text)):",
        "for word in set(words(review.text)) - PASSED_OVER:",
    )
    project.replace(
        "pyproject.toml",
        "[tool.setuptools.package-data]\n",
        f'[tool.setuptools.package-data]\npreprocessing = ["{subject}.txt"]\n',
    )
    yield Place(path, decision.replace("SUBJECT", subject))
    yield Place(path, "with urllib.request.urlopen(ADDRESS, timeout=20")
