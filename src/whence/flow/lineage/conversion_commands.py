"""Commands that make one model file or folder of another: converters, packers, registries.

Facts: the reference pages of llama.cpp, optimum, TorchServe's archiver, tf2onnx, TensorRT,
CTranslate2, OpenVINO, MLX, Core ML and of the `az ml model` commands.
"""

from __future__ import annotations

import posixpath
from itertools import pairwise

_Pairs = list[tuple[str, str]]
# The source's option or position, the target's: a number counts the words that are no options.
_TOOLS: dict[str, tuple[tuple[int | str, ...], tuple[int | str, ...]]] = {
    "convert_hf_to_gguf.py": ((0,), ("--outfile",)),
    "convert-hf-to-gguf.py": ((0,), ("--outfile",)),
    "convert.py": ((0,), ("--outfile",)),
    "convert_lora_to_gguf.py": ((0,), ("--outfile",)),
    "llama-quantize": ((0,), (1,)),
    "quantize": ((0,), (1,)),
    "llama-export-lora": (("-m", "--model"), ("-o", "--output")),
    "trtexec": (("--onnx",), ("--saveEngine",)),
    "ct2-transformers-converter": (("--model",), ("--output_dir",)),
    "mlx_lm.convert": (("--hf-path", "--model"), ("--mlx-path",)),
    "tf2onnx.convert": (("--saved-model", "--keras", "--input", "--tflite"), ("--output",)),
    "onnxruntime.quantization.preprocess": (("--input",), ("--output",)),
    "ovc": ((0,), ("--output_model",)),
    "mo": (("--input_model", "--saved_model_dir"), ("--output_dir",)),
    "onnxsim": ((0,), (1,)),
    "onnxslim": ((0,), (1,)),
    "tensorflowjs_converter": ((0,), (1,)),
    "tflite_convert": (("--saved_model_dir", "--keras_model_file"), ("--output_file",)),
    "trtllm-build": (("--checkpoint_dir",), ("--output_dir",)),
    "transformers.onnx": (("--model",), (0,)),
}
_LAUNCHERS = frozenset({"python", "python3", "uv", "run", "poetry", "exec"})


def converted(words: list[str]) -> _Pairs | None:
    """What a command takes and what it makes of it; None where it converts nothing."""
    tool, rest = _tool(words)
    options = _options(rest)
    plain = _plain(rest)
    if tool == "torch-model-archiver":
        return _archived(options)
    if tool == "optimum-cli" and plain[:1] == ["export"]:
        last = plain[-1] if len(plain) > 2 else ""
        return _pair(options.get("--model") or options.get("-m", ""), last)
    if tool == "az" and plain[:3] == ["ml", "model", "create"]:
        name = options.get("--name") or options.get("-n", "")
        return _pair(options.get("--path") or options.get("-p", ""), f"azureml://models/{name}" if name else "")  # fmt: skip
    if tool == "ollama" or tool not in _TOOLS:
        return None
    source, target = (_given(where, options, plain) for where in _TOOLS[tool])
    return _pair(source, target)


def _tool(words: list[str]) -> tuple[str, list[str]]:
    """The program or module behind launchers, and the words after it."""
    for number, word in enumerate(words[:6]):
        name = word.rpartition("/")[2]
        if word == "-m" and number + 1 < len(words):
            return words[number + 1], words[number + 2 :]
        if name not in _LAUNCHERS and not word.startswith("-"):
            return name, words[number + 1 :]
    return "", []


def _options(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, after in pairwise((*words, "")):
        flag, equals, value = word.partition("=")
        if word.startswith("-"):
            found.setdefault(flag, value if equals else after)
    return found


def _plain(words: list[str]) -> list[str]:
    """The words that belong to no option, where every option takes a value."""
    found: list[str] = []
    taken = False
    for word in words:
        if word.startswith("-"):
            taken = "=" not in word
        elif taken:
            taken = False
        else:
            found.append(word)
    return found


def _given(where: tuple[int | str, ...], options: dict[str, str], plain: list[str]) -> str:
    for each in where:
        if isinstance(each, int):
            if each < len(plain):
                return plain[each]
        elif options.get(each):
            return options[each]
    return ""


def _archived(options: dict[str, str]) -> _Pairs:
    name = options.get("--model-name", "")
    made = posixpath.join(options.get("--export-path", ""), f"{name}.mar")
    return _pair(options.get("--serialized-file", ""), made if name else "")


def _pair(source: str, target: str) -> _Pairs:
    return [(source, target)] if source and target else []
