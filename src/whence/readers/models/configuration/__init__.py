"""Text files of a model repository that loaders act upon, one reader each.

`READERS` are those that inspection also asks about texts inside model archives.
"""

from __future__ import annotations

from whence.readers.models.configuration import (
    adapter,
    archived_settings,
    chat_template,
    custom_generate,
    diffusers,
    hub_config,
    keras_architecture,
    mlmodel,
    sentence_transformers,
)

READERS = (
    adapter,
    archived_settings,
    chat_template,
    custom_generate,
    diffusers,
    hub_config,
    keras_architecture,
    mlmodel,
    sentence_transformers,
)
