"""What credentials look like: formats of single issuers, and names that say "secret".

Formats are those that the issuers document, or that their own secret-scanning partners publish.
"""

from __future__ import annotations

import math
import re
from collections import Counter

ISSUED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_\w{60,90})\b")),
    ("GitLab token", re.compile(r"\bgl(?:pat|dt|rt|cbt|ptt)-[\w-]{20,64}\b")),
    ("Hugging Face token", re.compile(r"\b(?:hf_[A-Za-z0-9]{30,40}|api_org_[A-Za-z0-9]{34})\b")),
    ("Anthropic key", re.compile(r"\bsk-ant-[\w-]{20,200}")),
    ("OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}\b")),
    ("Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{20,250}\b")),
    ("Slack webhook", re.compile(r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}")),
    ("Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("Google OAuth secret", re.compile(r"\bGOCSPX-[\w-]{28}\b")),
    ("Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,120}\b")),
    ("SendGrid key", re.compile(r"\bSG\.[\w-]{22}\.[\w-]{43}\b")),
    ("npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("package index token", re.compile(r"\bpypi-AgE[\w-]{50,250}")),
    ("Databricks token", re.compile(r"\bdapi[0-9a-f]{32}\b")),
    ("DigitalOcean token", re.compile(r"\bdo[opr]_v1_[0-9a-f]{64}\b")),
    ("Azure storage key", re.compile(r"\bAccountKey=[A-Za-z0-9+/]{86}==")),
    ("Replicate token", re.compile(r"\br8_[A-Za-z0-9]{37}\b")),
    ("Docker token", re.compile(r"\bdckr_[po]at_[\w-]{27,}\b")),
    ("Telegram token", re.compile(r"\b[0-9]{8,10}:AA[\w-]{33}\b")),
    ("JSON web token", re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}")),
    ("Vault token", re.compile(r"\bhvs\.[\w-]{24,}\b")),
)
# One cheap pattern that every format above contains, to pass over most lines.
ISSUED_HINT = re.compile(
    r"AKIA|ASIA|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt)-|hf_|api_org_|sk-|xox|hooks\.slack"
    r"|AIza|GOCSPX|k_live_|SG\.|npm_|pypi-AgE|dapi|do[opr]_v1_|AccountKey=|r8_|dckr_|:AA|eyJ|hvs\."
)
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----")

_TELLING = (
    r"passwords?|passwd|pwd|passphrase|secrets?|tokens?|api_?keys?|apikey|access_?keys?"
    r"|private_?keys?|secret_?keys?|signing_?keys?|encryption_?keys?|hmac_?keys?|master_?keys?"
    r"|account_?keys?|auth_?keys?|shared_?keys?|credentials?|secret_key_base|connection_?string"
)
# What follows a telling name: `= "value"`, `": "value"`, `=value`, `: str = "value"`. The quotes of
# a notebook carry a backslash. Every repetition is bounded: lines are hostile.
PAIR = re.compile(
    rf"(?P<word>(?i:{_TELLING}))"
    r"\\?[\"']?\]?[ \t]{0,8}"
    r"(?P<separator>:[ \t]{0,8}[\w\[\],|.]{1,40}[ \t]{0,8}=|:=|[:=]|,)[ \t]{0,8}"
    r"[frbuFRBU]{0,2}(?:\\?(?P<quote>[\"'])(?P<quoted>[^\"'\\\n]{4,400})\\?(?P=quote)"
    r"|(?P<bare>[^\s\"',;#{}()\[\]&|<>]{6,400}))"
)
# What a header or a login is given: `Authorization: Bearer …`, `wandb login …`, `login(key="…")`.
GIVEN = re.compile(
    r"(?:(?i:authorization)\\?[\"']?\]?\s{0,4}[:=,]\s{0,4}f?\\?[\"']?(?i:bearer|token|basic)\s"
    r"|\b(?:wandb|comet_ml|neptune|clearml)\.(?:login|init)\((?:[^()\n]{0,80}[\s,(])?(?:key|token)\s{0,4}=\s{0,4}"
    r"\\?[\"']|\bset_auth_token\(\s{0,4}\\?[\"']"
    r"|\bwandb\s+login\s(?:--relogin\s)?|\bngrok\s+(?:config\s+add-)?authtoken\s"
    r"|(?:^|[^\w])KAGGLE_KEY\\?[\"']?\]?\s{0,4}[:=]\s{0,4}\\?[\"']?"
    r"|\\?\"username\\?\"\s{0,4}:\s{0,4}\\?\"[\w.@-]{1,60}\\?\"\s{0,4},\s{0,4}\\?\"key\\?\"\s{0,4}:\s{0,4}\\?\")"
    r"\s{0,4}(?P<value>[A-Za-z0-9_.~+/=-]{16,400})"
)
GIVEN_HINT = re.compile(r"(?i)authorization|login|\.init\(|auth_?token|kaggle|\"key\\?\"")
NAME = re.compile(r"[A-Za-z][\w.-]{0,60}$")
PAIR_HINT = re.compile(r"(?i)pass|pwd|secret|token|key|credential|connection_?string")
URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:@/\"'<>]{1,80}):(?P<password>[^\s@/\"'<>]{3,200})"
    r"@(?P<host>[\w.-]+)"
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|host\.docker\.internal")

_NOT_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_.-])(?:pad|eos|bos|unk|mask|sep|cls|special|start|end|stop|image|audio|video|next"
    r"|prev|first|last|new|extra|additional|prompt|system|user|assistant|text|max|min|num|n|total"
    r"|input|output|word|sub|control|fim|eot|eod|decoder|encoder|public|primary|foreign|sort|csrf"
    r"|hash|cache|partition|row|group|dict|lookup|tied_weights|missing|unexpected|website|site|publishable|analytics)[_.-]?"
    r"(?:tokens?|keys?)$"
)
_PLACEHOLDER = re.compile(
    r"(?i)example|sample|change[-_ ]?(?:me|it|this)|replace|placeholder|dummy|fake|mock|redacted|masked"
    r"|your[-_ ]?|my[-_ ]?(?:secret|password|token|api|key)|insert|todo|fixme|xxx|\*{3}|\.{3}|…|<[^>]*>"
    r"|\$\{|\$\(|\{\{|^\$\w|%\(|%s|\{[^}]{0,80}\}|^(?:none|null|true|false|undefined|nil|test|testing|secret"
    r"|password|passwd|token|admin|root|guest|user|postgres|default|string|str|int|bool|bytes|foo"
    r"|bar|baz|key|value|hidden|env|unset|empty|optional|required|n/a)\d{0,4}$|0{6,}|1{6,}|(?:0?123){2}"
    r"|^(?:abc|123|test|foo)[\w-]{0,8}$|not[-_ ]?(?:a[-_ ]?)?(?:real|secret|set)|(?:in|from)[-_]?env"
    r"|^(?:(?:old|new|current|secure|strong|temp|another|wrong|some|user|demo)[-_]?){1,3}pass(?:word)?\d{0,4}!?$"
)
# What issuers document as safe to publish: keys that only write events or only name a project.
_PUBLIC = re.compile(r"phc_|pk_(?:live|test)_|pk\.eyJ|sb_publishable_|data:|ssh-(?:rsa|ed25519)")
_PUBLIC_NAME = re.compile(
    r"(?i)amplitude|mixpanel|posthog|segment_?write|publishable|recaptcha_?site|site_?key|public"
    r"|search_?(?:only)?_?api_?key"
)
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile(
    r"(?:os\.|getenv|environ|self\.|settings\.|config\.|args\.|secrets?\.|process\.env|var\.|local\."
    r"|data\.|module\.|vault:|arn:|ssm:|projects/|keyvault|file://|/|\./|~/|@|sha256[:-]|env:|op://)"
)


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) if size else 0.0


def is_loopback(host: str) -> bool:
    """Whether a host name means the machine itself."""
    return _LOOPBACK.fullmatch(host) is not None


def is_usual_login(user: str, password: str, host: str) -> bool:
    """Whether a login to this machine, or to a service beside it, is a default and no secret.

    `postgres:postgres@db` is what every development database is started with.
    """
    beside = "." not in host or is_loopback(host)
    return beside and password.lower() == user.lower()


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret, or names where one is kept."""
    return bool(_PLACEHOLDER.search(value) or _REFERENCE.match(value) or len(set(value)) < 4)


def is_named(value: str) -> bool:
    """Whether a value is made of words, as names in code are: a module's path, a class, a key.

    What a machine draws changes between letters and digits every second character; what people
    name holds long runs of letters and a digit here and there.
    """
    if not re.fullmatch(r"[.@]{0,3}[A-Za-z_$][\w$]*(?:[-./:][\w$]+)*\(?\)?", value):
        return False
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", value)
    letters = sum(len(word) for word in words if not word.isdigit())
    digits = sum(len(word) for word in words if word.isdigit())
    spelt = [word for word in words if not word.isdigit()]
    return bool(spelt) and digits <= 4 and letters / len(spelt) >= 3.5


def looks_random(value: str) -> bool:
    """Whether a value has the length and the mixture of what a machine has drawn."""
    mixed = re.search(r"[A-Za-z]", value) and re.search(r"[0-9]", value)
    return (
        len(value) >= 16 and bool(mixed) and not is_named(value) and not is_placeholder(value)
        and entropy(value) >= 3.2
    )  # fmt: skip


def looks_secret(name: str, value: str) -> bool:
    """Whether a value that is given to a telling name is likely a real secret.

    Passwords are chosen by people, so they need only mix letters with digits or signs; tokens and
    keys are made by machines, so they need length and entropy.
    """
    if _NOT_SECRET_NAME.search(name) or is_placeholder(value):
        return False
    if _PUBLIC.match(value) or _PUBLIC_NAME.search(name):
        return False
    if re.search(r"(?i)pass|pwd", name):
        if value.count(".") > 1 and is_named(value):
            return False
        if re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", value):
            return False  # the variable that holds it
        mixed = re.search(r"[A-Za-z]", value) and re.search(r"[0-9!@#$%^&*+=?]", value)
        return len(value) >= 6 and bool(mixed) and not re.fullmatch(r"[\w.]+\([^)]*\)?", value)
    if re.search(r"[\s()\[\]{}<>\\|]", value) or "://" in value:
        return False
    if re.fullmatch(r"[a-z]+(?:[-_./:][a-z0-9]+)*|[A-Z]+(?:_[A-Z0-9]+)*|[0-9a-f]{1,31}", value):
        return False
    if _UUID.fullmatch(value) and not re.search(r"(?i)api|secret|access|auth", name):
        return False
    path = value.count("/") > 3 and "." in value
    return not path and looks_random(value)


def masked(value: str) -> str:
    """A few first characters, so that its owner knows which one is meant."""
    shown = 4 if len(value) >= 16 else 2 if len(value) >= 10 else 0
    return f"{value[:shown]}…({len(value)} characters)"
