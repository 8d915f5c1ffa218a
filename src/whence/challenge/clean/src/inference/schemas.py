"""What requests and answers look like."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, create_model

from sentibot.settings import ServingSettings


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str
    scores: dict[str, float]


class Answers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str
    results: list[Answer]


class ModelDescription(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: str
    weights_sha256: str


class Request(BaseModel):
    """The body of a classification request; its limits come from the settings."""

    model_config = ConfigDict(extra="forbid")

    texts: list[str]


def request_schema(settings: ServingSettings) -> type[Request]:
    """The request with the limits of this server."""
    text = Annotated[str, Field(min_length=1, max_length=settings.max_characters)]
    texts = Annotated[list[text], Field(min_length=1, max_length=settings.max_batch)]  # type: ignore[valid-type]
    return create_model("LimitedRequest", __base__=Request, texts=(texts, ...))
