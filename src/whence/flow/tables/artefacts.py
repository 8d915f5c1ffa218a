"""Calls that read and write models and data by themselves, and the folders that platforms promise.

Sources: the libraries' reference pages; the platforms' pages on training containers (SageMaker
`SM_*` variables, Vertex AI `AIP_*` variables, Azure Machine Learning `AZUREML_MODEL_DIR`).
"""

from __future__ import annotations

import re

CHANNELS = "/opt/ml/input/data"
_PLATFORM = {
    "SM_MODEL_DIR": "/opt/ml/model",
    "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
    "SM_INPUT_DIR": "/opt/ml/input",
}
_PROMISED = re.compile(
    r"AIP_(?:MODEL_DIR|CHECKPOINT_DIR|STORAGE_URI|(?:TRAINING|VALIDATION|TEST)_DATA_URI)"
    r"|AZUREML_MODEL_DIR"
)


def of_platform(variable: str) -> str:
    """The folder that a platform puts into a variable, `$NAME` where each job has its own."""
    if variable.startswith("SM_CHANNEL_") and len(variable) > len("SM_CHANNEL_"):
        return f"{CHANNELS}/{variable.removeprefix('SM_CHANNEL_').lower()}"
    return _PLATFORM.get(variable) or (f"${variable}" if _PROMISED.fullmatch(variable) else "")


ARGUMENT = tuple[int | str, ...]
READS: dict[str, tuple[bool, ARGUMENT]] = {
    "PIL.Image.open": (False, ("fp", 0)),
    "cv2.imread": (False, ("filename", 0)),
    "imageio.imread": (False, ("uri", 0)),
    "imageio.v2.imread": (False, ("uri", 0)),
    "imageio.v3.imread": (False, ("uri", 0)),
    "skimage.io.imread": (False, ("fname", 0)),
    "torchvision.io.read_image": (False, ("path", 0)),
    "torchvision.datasets.DatasetFolder": (False, ("root", 0)),
    "tensorflow.io.read_file": (False, ("filename", 0)),
    "keras.preprocessing.image.load_img": (False, ("path", 0)),
    "tensorflow.keras.utils.load_img": (False, ("path", 0)),
    "keras.utils.text_dataset_from_directory": (False, ("directory", 0)),
    "tensorflow.keras.utils.text_dataset_from_directory": (False, ("directory", 0)),
    "keras.utils.audio_dataset_from_directory": (False, ("directory", 0)),
    "fastai.vision.all.ImageDataLoaders.from_folder": (False, ("path", 0)),
    "fastai.vision.all.get_image_files": (False, ("path", 0)),
    "fastai.vision.data.ImageDataLoaders.from_folder": (False, ("path", 0)),
    "torchaudio.load": (False, ("uri", "filepath", 0)),
    "librosa.load": (False, ("path", 0)),
    "soundfile.read": (False, ("file", 0)),
    "scipy.io.wavfile.read": (False, ("filename", 0)),
    "nibabel.load": (False, ("filename", 0)),
    "pydicom.dcmread": (False, ("fp", 0)),
    "rasterio.open": (False, ("fp", 0)),
    "h5py.File": (False, ("name", 0)),
    "zarr.open": (False, ("store", 0)),
    "spacy.load": (True, ("name", 0)),
    "fasttext.load_model": (True, ("path", 0)),
    "faiss.read_index": (True, ("fname", 0)),
    "llama_cpp.Llama": (True, ("model_path", 0)),
    "ctranslate2.Translator": (True, ("model_path", 0)),
    "ctranslate2.Generator": (True, ("model_path", 0)),
    "tensorflow.lite.Interpreter": (True, ("model_path", 0)),
    "tflite_runtime.interpreter.Interpreter": (True, ("model_path", 0)),
    "ai_edge_litert.interpreter.Interpreter": (True, ("model_path", 0)),
    "onnxruntime.InferenceSession": (True, ("path_or_bytes", 0)),
    "onnx.load": (True, ("f", 0)),
    "openvino.Core().read_model": (True, ("model", 0)),
    "openvino.Core().compile_model": (True, ("model", 0)),
    "coremltools.models.MLModel": (True, ("model", 0)),
    "vllm.LLM": (True, ("model", 0)),
    "sentence_transformers.SentenceTransformer": (True, ("model_name_or_path", 0)),
    "sentence_transformers.CrossEncoder": (True, ("model_name", 0)),
    "xgboost.Booster().load_model": (True, ("fname", 0)),
    "lightgbm.Booster": (True, ("model_file",)),
    "tensorflow.saved_model.load": (True, ("export_dir", 0)),
    "ultralytics.YOLO": (True, ("model", 0)),
    "gensim.models.Word2Vec.load": (True, ("fname", 0)),
    "gensim.models.KeyedVectors.load": (True, ("fname", 0)),
    "gensim.models.LdaModel.load": (True, ("fname", 0)),
}
READ_TAILS = {"load_weights": ("filepath", "path", 0), "load_model": ("fname", "path", 0),
              "load_checkpoint": ("path", 0)}  # fmt: skip
WRITE_TAILS: dict[str, ARGUMENT] = {
    "save_weights": ("filepath", "path", 0),
    "export": ("filepath", "path", "fname", "file", 0),
    "save": ("filepath", "path", "fname", "save_dir", 0),
    "to_disk": ("path", 0),
    "save_to_disk": ("path", 0),
    "serialize": (0,),
}
WRITES: dict[str, ARGUMENT] = {
    "tensorflow.saved_model.save": ("export_dir", 1),
    "tensorflow.keras.models.save_model": ("filepath", 1),
    "keras.models.save_model": ("filepath", 1),
    "keras.saving.save_model": ("filepath", 1),
    "onnxmltools.utils.save_model": ("file_path", 1),
    "onnx.save_model": ("f", 1),
    "faiss.write_index": ("fname", 1),
    "spacy.Language().to_disk": ("path", 0),
    "flax.training.checkpoints.save_checkpoint": ("ckpt_dir", 0),
    "lightning.fabric.Fabric().save": ("path", 0),
    "accelerate.Accelerator().save_model": ("save_directory", 1),
    "accelerate.Accelerator().save_state": ("output_dir", 0),
    "ctranslate2.converters.TransformersConverter().convert": ("output_dir", 0),
    "tf2onnx.convert.from_keras": ("output_path",),
    "skl2onnx.helpers.onnx_helper.save_onnx_model": ("filename", 1),
    "coremltools.models.MLModel().save": ("path", 0),
    "openvino.save_model": ("output_model", 1),
}
RUNTIMES = frozenset(
    {"tensorflow", "keras", "fastai", "spacy", "gensim", "stable_baselines3", "sentence_transformers",
     "torch", "lightning", "pytorch_lightning", "ultralytics", "setfit", "flair", "paddle", "mxnet",
     "coremltools", "tensorflow_addons", "autogluon", "pycaret", "h2o", "pyspark", "openvino", "jax"}
)  # fmt: skip
OUT_OF_RUNS = frozenset({"Trainer", "Seq2SeqTrainer", "SFTTrainer", "DPOTrainer", "RewardTrainer", "ORPOTrainer",
                         "KTOTrainer", "PPOTrainer", "GRPOTrainer", "SetFitTrainer",
                         "SentenceTransformerTrainer"})  # fmt: skip
MODEL_PATH = re.compile(
    r"\.(?:pt|pth|ckpt|safetensors|onnx|gguf|keras|h5|hdf5|tflite|mlmodel|mlpackage|zip|model|bin|pkl|weights|xml|npz|vec|cbm|ubj)$",
    re.IGNORECASE,
)
NO_ROWS = re.compile(
    r"\.(?:json|ya?ml|toml|py|md|html?|cfg|ini)$|^(?:list|dict|str|int|float|bytes|tuple|object|type|name|path|file)$"
)
DATA_FILE = re.compile(
    r"\.(?:csv|tsv|jsonl|ndjson|parquet|npy|npz|txt|tfrecords?|arrow|feather|conllu?|wav|flac|jpe?g|png|xml|tsv\.gz|csv\.gz|jsonl\.gz)$",
    re.IGNORECASE,
)
