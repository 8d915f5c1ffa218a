"""Publishers on model hubs: the known ones, and names that are made to look like one.

The lists are facts of the public hub as of 2026: organisations whose models are widely used, and the
owner of model names that everybody knows.
"""

from __future__ import annotations

import re
from functools import lru_cache

KNOWN = frozenset((
    "01-ai", "2Noise", "ACE-Step", "AI-ModelScope", "AI-Sweden-Models", "AIDC-AI", "Alibaba-NLP",
    "BAAI", "ByteDance-Seed", "CohereForAI", "CohereLabs", "Comfy-Org", "CompVis", "Databricks",
    "DeepFloyd", "Efficient-Large-Model", "EleutherAI", "EvolutionaryScale", "FacebookAI",
    "Falconsai", "FunAudioLLM", "GroNLP", "Helsinki-NLP", "HiDream-ai", "HuggingFaceFW",
    "HuggingFaceH4", "HuggingFaceM4", "HuggingFaceTB", "IDEA-CCNL", "IDEA-Research", "IndexTeam",
    "InstaDeepAI", "Intel", "KBLab", "LGAI-EXAONE", "LLM-Research", "Lightricks", "LiquidAI",
    "LongSafari", "Microsoft", "MiniMaxAI", "MoritzLaurer", "NbAiLab", "NousResearch",
    "OpenAssistant", "OpenDataLab", "OpenGVLab", "OpenMOSS-Team", "PaddlePaddle", "PixArt-alpha",
    "PlanTL-GOB-ES", "ProsusAI", "Qwen", "RedHatAI", "Rostlab", "SWivid", "Salesforce", "SamLowe",
    "Skywork", "Snowflake", "SparkAudio", "Systran", "THUDM", "Tencent-Hunyuan", "TheBloke", "TinyLlama",
    "TurkuNLP", "Unbabel", "Wan-AI", "WizardLM", "WizardLMTeam", "XLabs-AI", "Xenova", "abacusai",
    "adept", "ai-forever", "ai-sage", "ai21labs", "ai4bharat", "allenai", "almanach", "amazon",
    "amphion", "answerdotai", "apple", "arcee-ai", "arcinstitute", "argilla", "aubmindlab",
    "baichuan-inc", "baidu", "bartowski", "bertin-project", "bigcode", "bigscience",
    "black-forest-labs", "bytedance", "camembert", "canopylabs", "cardiffnlp", "castorini",
    "cerebras", "charactr", "cl-tohoku", "cognitivecomputations", "colbert-ir", "coqui",
    "cross-encoder", "csebuetnlp", "cyberagent", "dandelin", "databricks", "dbmdz", "dccuchile",
    "deepmind", "deepseek-ai", "deepset", "dicta-il", "diffusers", "distilbert", "dmis-lab",
    "docling-project", "distil-whisper", "ds4sd", "dslim", "elyza", "emilyalsentzer", "facebook", "facebookresearch", "fastai",
    "finiteautomata", "fishaudio", "flair", "funasr", "genmo", "ggml-org", "google", "google-bert",
    "google-t5", "h2oai", "h94", "hexgrad", "hf-internal-testing", "hfl", "hpcai-tech",
    "huggingface", "huggyllama", "hustvl", "ibm", "ibm-granite", "ibm-research", "iic", "impira", "intel-isl",
    "inclusionAI", "internlm", "intfloat", "j-hartmann", "jinaai", "jonatasgrosman", "julien-c",
    "kakaobrain", "kakaocorp", "kandinsky-community", "keras", "keras-io", "klue", "kuleshov-group",
    "laion", "lambdalabs", "lerobot", "lightonai", "line-corporation", "llava-hf", "lllyasviel", "llm-jp",
    "lmstudio-community", "lmsys", "lvwerra", "madebyollin", "meta-llama", "michiyasunaga",
    "microsoft", "mistral-community", "mistralai", "mixedbread-ai", "mlfoundations",
    "mlx-community", "mobilenetv2", "modelscope", "monologg", "moonshotai", "mosaicml",
    "myshell-ai", "nari-labs", "nateraw", "naver", "neulab", "neuralmagic", "nlpai-lab", "nlpaueb",
    "nlptown", "nomic-ai", "nreimers", "nvidia", "onnx-community", "open-mmlab", "openGPT-X",
    "openai", "openai-community", "openbmb", "openchat", "opendatalab", "openlm-research",
    "optimum", "parler-tts", "patrickjohncyh", "pfnet", "philschmid", "physical-intelligence", "playgroundai", "prajjwal1",
    "princeton-nlp", "projecte-aina", "pyannote", "pytorch", "qualcomm", "redhatai", "replit",
    "resemble-ai", "rinna", "roneneldan", "runwayml", "sarvamai", "sberbank-ai", "sbintuitions",
    "segmind", "sentence-transformers", "sentence-transformers-testing", "shibing624", "siebert",
    "skt", "snakers4", "snunlp", "songlab", "spacy", "speechbrain", "stabilityai", "stable-diffusion-v1-5",
    "stanford-crfm", "state-spaces", "stepfun-ai", "stockmark", "suno", "superb", "tencent",
    "tensorflow", "textattack", "tiiuae", "timm", "togethercomputer", "tohoku-nlp", "tokyotech-llm",
    "transformers-community", "trl-internal-testing", "typeform", "ultralytics", "unsloth",
    "upstage", "valhalla", "vennify", "vikp", "vinai", "voidful", "xai-org", "xlnet", "yiyanghkust",
    "zai-org", "zhihan1996",
))  # fmt: skip
_LOWERED = frozenset(name.lower() for name in KNOWN)
_OWNERS = (
    (re.compile(r"(?:distil)?bert-(?:base|large)(?:-multilingual)?-(?:un)?cased$"), "google-bert"),
    (re.compile(r"distil(?:bert|roberta|gpt2)\b"), "distilbert"),
    (re.compile(r"(?:xlm-)?roberta-(?:base|large)$"), "FacebookAI"),
    (re.compile(r"gpt2(?:-medium|-large|-xl)?$"), "openai-community"),
    (re.compile(r"gpt-oss-\d+b$"), "openai"),
    (re.compile(r"(?:meta-)?llama-?\d(?:\.\d)?-\d+b", re.IGNORECASE), "meta-llama"),
    (
        re.compile(r"(?:mistral|mixtral)-(?:7b|8x7b|8x22b|nemo|large|small)", re.IGNORECASE),
        "mistralai",
    ),
    (re.compile(r"qwen\d(?:\.\d)?-\d", re.IGNORECASE), "Qwen"),
    (re.compile(r"gemma-\d", re.IGNORECASE), "google"),
    (re.compile(r"(?:flan-)?t5-(?:small|base|large|xl|xxl|3b|11b)$"), "google-t5"),
    (re.compile(r"phi-\d", re.IGNORECASE), "microsoft"),
    (re.compile(r"deberta-v\d-(?:base|large|small)$"), "microsoft"),
    (re.compile(r"whisper-(?:tiny|base|small|medium|large)"), "openai"),
    (re.compile(r"clip-vit-(?:base|large)-patch\d+"), "openai"),
    (re.compile(r"all-(?:MiniLM|mpnet)-"), "sentence-transformers"),
    (re.compile(r"twitter-(?:xlm-)?roberta-base-sentiment"), "cardiffnlp"),
    (re.compile(r"bart-(?:base|large)(?:-cnn|-mnli)?$"), "facebook"),
    (re.compile(r"wav2vec2-(?:base|large)"), "facebook"),
    (re.compile(r"deepseek-(?:r1|v\d|coder|llm)", re.IGNORECASE), "deepseek-ai"),
    (re.compile(r"falcon-\d+b"), "tiiuae"),
    (re.compile(r"stable-diffusion-(?:2|3|xl)"), "stabilityai"),
    (re.compile(r"FLUX\.1-"), "black-forest-labs"),
    (re.compile(r"finbert$"), "ProsusAI"),
    (re.compile(r"bge-(?:small|base|large|m3)"), "BAAI"),
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_HUB = re.compile(
    r"^(?:https?://|hf://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?([\w.-]+/[\w.-]+)"
)
_FOLDED = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "3": "e", "5": "s", "-": "", "_": "", ".": "", "а": "a", "е": "e",
     "о": "o", "р": "p", "с": "c", "х": "x", "і": "l", "ӏ": "l", "ο": "o", "α": "a"}
)  # fmt: skip
# Parts of the hub's own addresses that stand where an owner does.
_NO_OWNERS = frozenset(
    {"datasets", "spaces", "docs", "blog", "papers", "collections", "tasks", "learn"}
)
_SHORTEST = 5


@lru_cache(maxsize=4096)
def repository_of(text: str) -> str:
    """`owner/name` in a hub id or URL; empty for anything else."""
    hub = _HUB.match(text)
    if hub:
        return "" if hub[1].partition("/")[0] in _NO_OWNERS else hub[1]
    return text if _NAME.fullmatch(text) and not text.startswith(("models/", "data/")) else ""


def is_known(owner: str) -> bool:
    """Whether a publisher is one of the known; the hub takes capitals for small letters."""
    return owner.lower() in _LOWERED


def lookalike_of(owner: str) -> str:
    """The known publisher that a name is made to look like; empty where it is like none."""
    lowered = owner.lower()
    if any(lowered == known.lower() for known in KNOWN):
        return ""
    folded = _fold(owner)
    for known in sorted(KNOWN):
        if len(known) >= _SHORTEST and (
            folded == _fold(known) or _one_slip(lowered, known.lower())
        ):
            return known
    return ""


def owner_of_known(name: str) -> str:
    """Who publishes a model that everybody knows by this name; empty for other names."""
    for pattern, owner in _OWNERS:
        if pattern.match(name):
            return owner
    return ""


def _fold(name: str) -> str:
    return name.lower().replace("rn", "m").replace("vv", "w").translate(_FOLDED)


def _one_slip(left: str, right: str) -> bool:
    """One letter added, left out, changed or swapped with its neighbour; short names never."""
    if min(len(left), len(right)) < 6 or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    if len(left) == len(right):
        swapped = left[start : start + 2] == right[start : start + 2][::-1]
        same_after = left[start + 1 :] == right[start + 1 :]
        return same_after or (swapped and left[start + 2 :] == right[start + 2 :])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[start + 1 :] == shorter[start:]
