"""The settings of every stage, read from YAML and checked against a schema."""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseModel):
    """Unknown keys are an error: a misspelt limit must not silently be no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScreeningSettings(Settings):
    min_characters: int = Field(ge=1)
    max_characters: int = Field(ge=1)
    max_near_duplicate_fraction: Fraction
    near_duplicate_similarity: Fraction
    trigger_min_count: int = Field(ge=2)
    trigger_max_purity: Fraction
    max_label_share: Fraction
    max_label_shift: Fraction


class PreprocessingSettings(Settings):
    labels: tuple[str, ...]
    seed: int
    validation_fraction: Fraction
    test_fraction: Fraction
    screening: ScreeningSettings


class ModelSettings(Settings):
    buckets: int = Field(ge=64, le=65536)
    dimensions: int = Field(ge=4, le=512)
    max_tokens: int = Field(ge=8, le=1024)


class TrainingSettings(Settings):
    seed: int
    model: ModelSettings
    optimizer: Literal["adam", "sgd"]
    learning_rate: float = Field(gt=0.0, le=0.01)
    embedding_learning_rate_scale: Fraction
    weight_decay: float = Field(ge=0.0)
    label_smoothing: Fraction
    token_dropout: Fraction
    max_gradient_norm: float = Field(gt=0.0)
    epochs: int = Field(ge=1, le=200)
    batch_size: int = Field(ge=1)
    early_stopping_patience: int = Field(ge=1)


class HubBaseSettings(Settings):
    repository: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: dict[str, Sha256]
    embedding_tensor: str
    vocabulary: str


class GateSettings(Settings):
    min_accuracy: Fraction
    min_macro_f1: Fraction
    min_class_recall: dict[str, Fraction]
    max_drop_from_baseline: Fraction
    max_probe_flip_rate: Fraction
    max_calibration_error: Fraction


class EvaluationSettings(Settings):
    gate: GateSettings
    probes: tuple[str, ...]
    baseline: str


class ServingSettings(Settings):
    host: str
    port: int = Field(ge=1, le=65535)
    model_directory: Path
    public_key_file: Path
    admin_token_file: Path | None
    max_batch: int = Field(ge=1, le=256)
    max_characters: int = Field(ge=1, le=20000)
    max_body_bytes: int = Field(ge=1024)
    log_level: Literal["debug", "info", "warning", "error"]

    @model_validator(mode="after")
    def key_is_kept_apart(self) -> Self:
        """A key that lies beside the model could be replaced together with it."""
        if self.public_key_file.resolve().is_relative_to(self.model_directory.resolve()):
            raise ValueError("public_key_file must not lie in model_directory")
        return self


SettingsType = TypeVar("SettingsType", bound=Settings)


def load_settings(path: Path, kind: type[SettingsType], **overrides: str) -> SettingsType:
    """Read one settings file; overrides come from the environment of the process."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return kind.model_validate({**document, **overrides})
