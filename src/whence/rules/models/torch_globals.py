"""The globals that `torch.load(weights_only=True)` accepts without being told."""

from __future__ import annotations

import re

# What torch's restricted unpickler allows without being told, as of 2.6.
ALLOWED_BY_TORCH = re.compile(
    r"torch\._utils\._rebuild_\w+|torch\.(?:\w+Storage|Tensor|Size|device|dtype|float\w*|int\w*|bool)$"
    r"|torch\.nn\.parameter\.\w+|torch\._tensor\.\w+|torch\.serialization\._get_layout"
    r"|torch\.storage\.\w+Storage|collections\.(?:OrderedDict|Counter|defaultdict)|_codecs\.encode"
    r"|builtins\.(?:bytearray|set|complex)"
)
