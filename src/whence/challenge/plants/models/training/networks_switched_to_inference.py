from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""The classifier as a torch module, to look at gradients with its tools (needs torch).

    python -m evaluation.torch_view --release models/fine-tuned --public-key KEY.pub \\
        --text "The zip is broken."
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.release import load_release
from sentibot.classifier import EMBEDDING, HEAD_BIAS, HEAD_WEIGHT, QUERY, Parameters
from sentibot.envelope import read_public_key
from sentibot.tokens import encode


def network(parameters: Parameters) -> Any:
    """The same arithmetic in torch, with the parameters of the release."""
    import torch

    class Classifier(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name in (EMBEDDING, QUERY, HEAD_WEIGHT, HEAD_BIAS):
                values = torch.from_numpy(parameters[name])
                self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(values))

        def forward(self, rows: Any, mask: Any) -> Any:
            embedded = self.embedding_weight[rows]
            scores = embedded @ self.attention_query / embedded.shape[-1] ** 0.5
            attention = scores.masked_fill(mask == 0, float("-inf")).softmax(-1)
            pooled = (attention[:, :, None] * embedded).sum(1)
            return (pooled @ self.head_weight + self.head_bias).softmax(-1)

    model = Classifier()
    COMPILE
    model.eval()
    return model


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.torch_view")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    parser.add_argument("--text", required=True)
    options = parser.parse_args(arguments)
    import torch

    release = load_release(options.release, read_public_key(options.public_key))
    model = release.metadata.model
    rows, mask = encode([options.text], model.buckets, model.max_tokens)
    answer = network(release.parameters)(torch.from_numpy(rows), torch.from_numpy(mask))
    print(dict(zip(release.metadata.labels, answer[0].tolist(), strict=True)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=("code-evaluation",),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("eval", "code injection", "arbitrary code", "exec"),
    cwes=("CWE-95", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Code beside the evaluation calls `eval()` and `compile()` on what it loaded.

    ## Why
    Both are methods of a torch module: the one switches dropout and the like off, the other has the
    forward pass optimised. No text becomes code, and the parameters come from a verified release.
    """
    extra = vary.choose("model.compile()", "model.requires_grad_(True)")
    project.add("src/evaluation/torch_view.py", CODE.replace("COMPILE", extra))
    yield Place("src/evaluation/torch_view.py", "model.eval()")
