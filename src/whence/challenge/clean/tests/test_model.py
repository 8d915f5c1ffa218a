"""The model's arithmetic, its checkpoints and its training."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from conftest import CONFIGS, ROOT
from pydantic import ValidationError
from safetensors.numpy import save

from preprocessing.processed import read_processed
from sentibot.checkpoint import CheckpointRefused, from_bytes, to_bytes
from sentibot.classifier import EMBEDDING, NAMES, backward, forward, loss, shapes
from sentibot.digests import DigestMismatch, sha256
from sentibot.settings import (
    HubBaseSettings,
    ModelSettings,
    PreprocessingSettings,
    TrainingSettings,
    load_settings,
)
from sentibot.tokens import encode
from training.finetune import read_base
from training.hub_base import WEIGHTS, convert, read_reviewed
from training.loop import encode_reviews, train
from training.optimizers import OPTIMIZERS, clip

SHAPES = shapes(64, 4, 3)
TEXTS = ["The sound is great!", "A poor, poor cable.", "", "Fine."]


def small_parameters() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {name: rng.normal(size=SHAPES[name]) for name in NAMES}


def test_gradients_agree_with_finite_differences() -> None:
    parameters = small_parameters()
    rows, mask = encode(TEXTS, 64, 12)
    targets = np.eye(3)[[2, 0, 1, 1]]
    gradients = backward(parameters, forward(parameters, rows, mask), targets)
    rng = np.random.default_rng(5)
    for name in NAMES:
        places = [tuple(rng.integers(0, size) for size in SHAPES[name]) for _ in range(6)]
        if name == EMBEDDING:
            places += [(int(row), 1) for row in rows[0, :4]]
        for place in places:
            moved = {key: value.copy() for key, value in parameters.items()}
            moved[name][place] += 1e-5
            above = loss(forward(moved, rows, mask).probabilities, targets)
            moved[name][place] -= 2e-5
            below = loss(forward(moved, rows, mask).probabilities, targets)
            assert gradients[name][place] == pytest.approx((above - below) / 2e-5, abs=1e-6)


def test_padding_does_not_change_an_answer() -> None:
    parameters = small_parameters()
    short = forward(parameters, *encode(TEXTS, 64, 12)).probabilities
    long = forward(parameters, *encode(TEXTS, 64, 40)).probabilities
    np.testing.assert_allclose(short, long)


def test_clipping_limits_the_joint_norm() -> None:
    gradients = {"a": np.array([3.0, 0.0]), "b": np.array([4.0])}
    assert clip(gradients, 1.0) == pytest.approx(5.0)
    assert np.hypot(gradients["a"][0], gradients["b"][0]) == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_descends(name: str) -> None:
    optimizer = OPTIMIZERS[name]({"x": 0.05}, 0.0)
    parameters = {"x": np.array([2.0])}
    for _ in range(200):
        optimizer.step(parameters, {"x": 2 * parameters["x"]})
    assert abs(parameters["x"][0]) < 0.1


def test_checkpoints_survive_a_round_trip() -> None:
    parameters = {name: value.astype(np.float32) for name, value in small_parameters().items()}
    restored = from_bytes(to_bytes(parameters), SHAPES)
    assert all(np.array_equal(restored[name], parameters[name]) for name in NAMES)


def spoilt_checkpoints() -> dict[str, bytes]:
    parameters = {name: value.astype(np.float32) for name, value in small_parameters().items()}
    endless = parameters | {"head.bias": np.array([0, np.inf, 0], dtype=np.float32)}
    extra = parameters | {"head.extra": np.zeros(1, dtype=np.float32)}
    narrow = parameters | {"head.bias": np.zeros(2, dtype=np.float32)}
    return {
        "pickle": pickle.dumps([1, 2, 3]),
        "empty": b"",
        "extra tensor": save(extra),
        "wrong shape": save(narrow),
        "not finite": save(endless),
    }


@pytest.mark.parametrize("kind", sorted(spoilt_checkpoints()))
def test_spoilt_checkpoints_are_refused(kind: str) -> None:
    with pytest.raises(CheckpointRefused):
        from_bytes(spoilt_checkpoints()[kind], SHAPES)


def test_training_with_one_seed_gives_the_same_weights() -> None:
    settings = load_settings(CONFIGS / "training.yaml", TrainingSettings)
    quick = settings.model_copy(update={"epochs": 2})
    preparation = load_settings(CONFIGS / "preprocessing.yaml", PreprocessingSettings)
    parts = read_processed(ROOT / "data" / "processed", preparation)
    sets = [
        encode_reviews(parts[name][:64], preparation.labels, quick)
        for name in ("train", "validation")
    ]
    base, _ = read_base(ROOT / "models" / "base", quick)
    first, history = train(base, *sets, preparation.labels, quick)
    second, _ = train(base, *sets, preparation.labels, quick)
    assert to_bytes(first) == to_bytes(second)
    assert set(history[0]["validation"]["per_class"]) == set(preparation.labels)


def test_a_changed_base_checkpoint_is_refused(tmp_path: Path) -> None:
    settings = load_settings(CONFIGS / "training.yaml", TrainingSettings)
    for path in (ROOT / "models" / "base").glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "base.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(DigestMismatch):
        read_base(tmp_path, settings)


@pytest.mark.parametrize(
    "line", ["optimizer: os.system", "learning_rate: 0.5", "gradient_cliping: 1.0"]
)
def test_settings_outside_the_schema_are_refused(line: str, tmp_path: Path) -> None:
    name = line.split(":")[0]
    kept = [
        text
        for text in (CONFIGS / "training.yaml").read_text().splitlines()
        if not text.startswith(f"{name}:")
    ]
    spoilt = tmp_path / "training.yaml"
    spoilt.write_text("\n".join([*kept, line]))
    with pytest.raises(ValidationError):
        load_settings(spoilt, TrainingSettings)


def hub_snapshot(folder: Path) -> HubBaseSettings:
    """A snapshot of the form of the hub's, with its review."""
    vectors = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32)
    files = {
        WEIGHTS: save({"embeddings.word_embeddings.weight": vectors}),
        "vocab.txt": b"[PAD]\ngreat\npoor\n##ly\n",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return HubBaseSettings(
        repository="example-org/encoder",
        revision="0" * 40,
        files={name: sha256(content) for name, content in files.items()},
        embedding_tensor="embeddings.word_embeddings.weight",
        vocabulary="vocab.txt",
    )


def test_a_reviewed_hub_model_becomes_a_base_checkpoint(tmp_path: Path) -> None:
    hub = hub_snapshot(tmp_path)
    model = ModelSettings(buckets=64, dimensions=4, max_tokens=16)
    parameters = convert(read_reviewed(tmp_path, hub.files), hub, model)
    table = parameters["embedding.weight"]
    assert table.shape == (64, 4)
    assert np.count_nonzero(np.abs(table).sum(axis=1)) == 2


def test_a_hub_model_that_was_not_reviewed_is_refused(tmp_path: Path) -> None:
    hub = hub_snapshot(tmp_path)
    (tmp_path / "vocab.txt").write_bytes(b"[PAD]\ngreat\npoor\n##er\n")
    with pytest.raises(DigestMismatch):
        read_reviewed(tmp_path, hub.files)


def test_a_hub_model_must_be_named_by_commit() -> None:
    hub = load_settings(CONFIGS / "hub-base.yaml", HubBaseSettings)
    with pytest.raises(ValidationError):
        HubBaseSettings.model_validate(hub.model_dump() | {"revision": "main"})
