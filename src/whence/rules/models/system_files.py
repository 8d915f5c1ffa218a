"""Files that no model has any business with: accounts, keys, credentials, what a shell starts."""

from __future__ import annotations

import re

_SYSTEM = re.compile(
    r"(?:^|[\\/])(?:etc[\\/](?:passwd|shadow|sudoers|hosts|crontab|cron\.|ssh|ld\.so)|proc[\\/]"
    r"|\.ssh(?:[\\/]|$)|\.aws(?:[\\/]|$)|\.kube(?:[\\/]|$)|\.docker[\\/]|\.netrc|\.pypirc|\.npmrc"
    r"|\.git-credentials|\.bash\w*|\.profile|\.zshrc|\.env(?:$|\.)|id_(?:rsa|ed25519|ecdsa|dsa)"
    r"|authorized_keys|root[\\/]\.|var[\\/]run[\\/]secrets|run[\\/]secrets|cron\.d|site-packages"
    r"|windows[\\/]system32|sam$|\.cache[\\/]huggingface[\\/]token|credentials(?:\.json)?$)",
    re.IGNORECASE,
)


def is_system_file(location: str) -> bool:
    """Whether a path names a file of the system or of its users' credentials."""
    return _SYSTEM.search(location.removeprefix("file://")) is not None
