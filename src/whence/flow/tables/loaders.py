"""What turns files, bytes and names on hubs into objects. Keys are full dotted names of what is called.

Sources: the libraries' reference pages.
"""

from __future__ import annotations

from whence.flow.tables.sink import NAMED_ONLY, Sink, each, files

DESERIALIZERS: dict[str, Sink] = {
    **files("pickle", ("file",), "pickle.load", "pickle.Unpickler", "pickle._Unpickler"),
    **files("pickle", ("data",), "pickle.loads", "pickle._loads"),
    **files("cloudpickle", ("file", "data"), "cloudpickle.load", "cloudpickle.loads"),
    **files("dill", ("file", "str"), "dill.load", "dill.loads", "dill.Unpickler"),
    **files("dill", ("filename",), "dill.load_session", "dill.load_module"),
    **files("joblib", ("filename",), "joblib.load"),
    **files("shelve", ("filename",), "shelve.open", "shelve.DbfilenameShelf"),
    **files("marshal", (), "marshal.load", "marshal.loads"),
    **files("torch", ("f",), "torch.load"),
    **files("torch", ("f",), "lightning.fabric.utilities.cloud_io._load"),
    **files(
        "torch",
        ("checkpoint_path",),
        "pytorch_lightning.LightningModule.load_from_checkpoint",
        "lightning.LightningModule.load_from_checkpoint",
        "lightning.pytorch.LightningModule.load_from_checkpoint",
        "pytorch_lightning.LightningModule().load_from_checkpoint",
        "lightning.pytorch.LightningModule().load_from_checkpoint",
    ),
    **files("torchscript", ("f",), "torch.jit.load"),
    **files("torch", ("url",), "torch.hub.load_state_dict_from_url"),
    **files("torch", ("url",), "torch.utils.model_zoo.load_url"),
    **files("torch", ("checkpoint_path",), "timm.models.load_checkpoint", position=1),
    **files("torch", ("checkpoint_path",), "timm.models.load_state_dict"),
    **files("torch-package", ("file_or_buffer",), "torch.package.PackageImporter"),
    **files("torch-shards", ("path",), "torch.distributed.checkpoint.FileSystemReader"),
    **files("numpy", ("file",), "numpy.load"),
    **files("numpy", ("fp",), "numpy.lib.format.read_array"),
    **files("hdf", ("path_or_buf",), "pandas.read_hdf", "pandas.HDFStore"),
    **files("pandas-pickle", ("filepath_or_buffer",), "pandas.read_pickle"),
    **files("pandas-pickle", ("filepath_or_buffer",), "pandas.compat.pickle_compat.load"),
    **files("yaml", ("stream",), "yaml.load", "yaml.load_all"),
    **files("yaml-unsafe", ("stream",), "yaml.unsafe_load", "yaml.unsafe_load_all"),
    **files("yaml-full", ("stream",), "yaml.full_load", "yaml.full_load_all"),
    **files("yaml-safe", ("stream",), "yaml.safe_load", "yaml.safe_load_all"),
    **files("ruamel", ("stream",), "ruamel.yaml.YAML().load"),
    **files("jsonpickle", ("string",), "jsonpickle.decode", "jsonpickle.loads"),
    **files(
        "langchain",
        ("text", "obj"),
        *(
            f"{package}.load.{part}{name}"
            for package in ("langchain_core", "langchain")
            for part in ("", "load.")
            for name in ("loads", "load")
        ),
        "langchain.load.serializable.loads",
    ),
    **files("deepdiff", ("diff", "delta_path"), "deepdiff.Delta", "deepdiff.delta.Delta"),
    **files("keras", ("filepath",), "keras.models.load_model"),
    **files("keras-config", ("json_string",), "keras.models.model_from_json"),
    **files("skops", ("file",), "skops.io.load"),
    **files("safetensors", ("filename",), "safetensors.torch.load_file", "safetensors.safe_open"),
    **files("safetensors", ("filename",), "safetensors.numpy.load_file"),
    **files("safetensors", ("filename",), "safetensors.flax.load_file"),
    **files("safetensors", ("filename",), "safetensors.tensorflow.load_file"),
    **files("safetensors", ("filename",), "safetensors.paddle.load_file"),
    **files("safetensors", ("filename",), "safetensors.mlx.load_file"),
    **files("safetensors", ("data",), "safetensors.numpy.load", "safetensors.torch.load"),
    **files("safetensors", ("data",), "safetensors.flax.load", "safetensors.tensorflow.load"),
    **files("safetensors", ("bytes",), "safetensors.deserialize"),
    **files("safetensors", ("filename",), "safetensors.torch.load_model", position=1),
    **files("onnx", ("f", "s"), "onnx.load_model", "onnx.load_model_from_string"),
    **files("onnx", ("s",), "onnx.load_from_string"),
    **files("plain", ("encoded_bytes",), "flax.serialization.msgpack_restore"),
    **files("plain", ("encoded_bytes",), "flax.serialization.from_bytes", position=1),
    **files("plain", ("path",), "gguf.GGUFReader", "mlx.core.load"),
    **files("plain", ("model_file",), "xgboost.Booster", position=1),
    **files("onnx", ("path_or_bytes",), "onnxruntime.InferenceSession", "onnx.load"),
    **files("plain", ("fname",), "xgboost.Booster().load_model"),
    **files("plain", ("model_file", "fname"), "lightgbm.Booster"),
    **files("plain", ("model_path",), "llama_cpp.Llama"),
    **files(
        "fastai",
        ("fname",),
        *(f"fastai.{part}.load_learner" for part in ("learner", "basics", "vision", "text")),
        *(f"fastai.{part}.all.load_learner" for part in ("vision", "text", "tabular", "collab")),
    ),
    **files(
        "gensim",
        ("fname",),
        "gensim.models.Word2Vec.load",
        "gensim.models.FastText.load",
        "gensim.models.Doc2Vec.load",
        "gensim.models.KeyedVectors.load",
        "gensim.models.LdaModel.load",
        "gensim.corpora.Dictionary.load",
        "gensim.utils.unpickle",
        "gensim.utils.SaveLoad.load",
    ),
    **files("pickle", ("name",), "nltk.data.load"),
    **files("sklearn-pickle", ("filename",), "sklearn.datasets.load_svmlight"),
    **files("pickle", ("path",), "surprise.dump.load"),
    **files("pickle", ("model_uri",), "mlflow.sklearn.load_model", "mlflow.pyfunc.load_model"),
    **files("pickle", ("model_uri",), "mlflow.pytorch.load_model"),
    **files(
        "pickle", ("filename",), "statsmodels.api.load", "statsmodels.iolib.smpickle.load_pickle"
    ),
    **files("pickle", ("path",), "stable_baselines3.PPO.load", "stable_baselines3.DQN.load"),
    **files("pickle", ("path",), "pycaret.classification.load_model"),
    **files("pickle", ("path",), "pycaret.regression.load_model"),
    **files("jsonpickle", ("obj",), "jsonpickle.unpickler.decode"),
    **files("jsonpickle", ("obj",), "jsonpickle.Unpickler().restore"),
    **files("saved-model", ("export_dir",), "tensorflow.saved_model.load"),
    **files("plain", ("fname",), "catboost.CatBoost().load_model"),
    **files("plain", ("name",), "spacy.load", "spacy.util.load_model_from_path"),
    **each("Deserialization", (), "fastai", "huggingface_hub.from_pretrained_fastai", position=-1),
    **files(
        "pickle",
        ("bento_model",),
        "bentoml.sklearn.load_model",
        "bentoml.picklable_model.load_model",
        "bentoml.mlflow.load_model",
        "bentoml.fastai.load_model",
    ),
    **files(
        "native",
        ("path", "library_filename", "name"),
        "onnxruntime.SessionOptions().register_custom_ops_library",
        "torch.ops.load_library",
        "torch.classes.load_library",
        "tensorflow.load_op_library",
        "tensorflow.load_library",
        "ctypes.CDLL",
        "ctypes.cdll.LoadLibrary",
    ),
    **files("pickle", ("path",), "flair.models.SequenceTagger.load"),
    **files("pickle", ("path",), "flair.models.TextClassifier.load"),
    **each(
        "Deserialization",
        (),
        "pickle",
        "zmq.Socket().recv_pyobj",
        "multiprocessing.connection.Client().recv",
        "multiprocessing.connection.Listener().accept().recv",
        position=-1,
    ),
}

# What is read back beside a vector index: LangChain's document stores.
_INDEXES = tuple(
    f"{package}.{place}"
    for package in ("langchain_community.vectorstores", "langchain.vectorstores")
    for place in ("FAISS", "faiss.FAISS", "Annoy", "annoy.Annoy", "USearch", "ScaNN", "scann.ScaNN")
)
DESERIALIZERS |= {
    **files("index", ("folder_path",), *(f"{index}.load_local" for index in _INDEXES)),
    **files("index", ("serialized",), *(f"{index}.deserialize_from_bytes" for index in _INDEXES)),
    **files("index", ("folder_path",), "langchain_community.retrievers.TFIDFRetriever.load_local"),
}

# What a function loads besides, when it is given one more argument.
ALSO_LOADED = {
    "timm.create_model": Sink("Deserialization", NAMED_ONLY, ("checkpoint_path",), "torch", True),
    "torch.distributed.checkpoint.load": Sink(
        "Deserialization", NAMED_ONLY, ("checkpoint_id",), "torch-shards", True
    ),
}

HUB_LOADERS = {
    "torch.hub.load": Sink("ModelLoad", 0, ("repo_or_dir", "github"), "torch-hub"),
    "gensim.downloader.load": Sink("ModelLoad", 0, ("name",), "code-hub"),
    "huggingface_hub.hf_hub_download": Sink("ModelLoad", 0, ("repo_id",), "hub-file"),
    "huggingface_hub.snapshot_download": Sink("ModelLoad", 0, ("repo_id",), "hub-file"),
    "huggingface_hub.cached_download": Sink("ModelLoad", 0, ("url",), "hub-file"),
    "transformers.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "transformers.pipelines.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "modelscope.pipelines.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "modelscope.pipeline": Sink("ModelLoad", 1, ("model",), "pipeline"),
    "evaluate.load": Sink("ModelLoad", 0, ("path",), "code-of-owner"),
    "timm.create_model": Sink("ModelLoad", 0, ("model_name",), "timm"),
    "timm.models.create_model": Sink("ModelLoad", 0, ("model_name",), "timm"),
    "sentence_transformers.SentenceTransformer": Sink(
        "ModelLoad", 0, ("model_name_or_path",), "hub"
    ),
    **each(
        "ModelLoad",
        ("model_name", "model"),
        "hub",
        *(
            f"{package}.{name}"
            for package in (
                "langchain_huggingface",
                "langchain_community.embeddings",
                "langchain.embeddings",
                "langchain_community.embeddings.huggingface",
            )
            for name in (
                "HuggingFaceEmbeddings",
                "HuggingFaceBgeEmbeddings",
                "HuggingFaceInstructEmbeddings",
                "SentenceTransformerEmbeddings",
            )
        ),
        "llama_index.embeddings.huggingface.HuggingFaceEmbedding",
        "chromadb.utils.embedding_functions.SentenceTransformerEmbeddingFunction",
        "haystack.components.embedders.SentenceTransformersTextEmbedder",
        "haystack.components.embedders.SentenceTransformersDocumentEmbedder",
    ),
    **each(
        "ModelLoad",
        ("model_id",),
        "hub",
        "langchain_huggingface.HuggingFacePipeline.from_model_id",
        "langchain_community.llms.HuggingFacePipeline.from_model_id",
        "langchain.llms.HuggingFacePipeline.from_model_id",
    ),
    "sentence_transformers.CrossEncoder": Sink("ModelLoad", 0, ("model_name",), "hub"),
    "sentence_transformers.SparseEncoder": Sink("ModelLoad", 0, ("model_name_or_path",), "hub"),
    "tensorflow_hub.load": Sink("ModelLoad", 0, ("handle",), "tfhub"),
    "tensorflow_hub.KerasLayer": Sink("ModelLoad", 0, ("handle",), "tfhub"),
    "open_clip.create_model_and_transforms": Sink("ModelLoad", 0, ("model_name",), "open-clip"),
    "modelscope.snapshot_download": Sink("ModelLoad", 0, ("model_id",), "hub-file"),
    "datasets.load_dataset": Sink("DatasetLoad", 0, ("path",), "hub"),
    "datasets.load_dataset_builder": Sink("DatasetLoad", 0, ("path",), "hub"),
    "vllm.LLM": Sink("ModelLoad", 0, ("model",), "hub"),
    **each(
        "ModelLoad",
        ("model",),
        "hub",
        "vllm.EngineArgs",
        "vllm.AsyncEngineArgs",
        "vllm.engine.arg_utils.EngineArgs",
        "vllm.engine.arg_utils.AsyncEngineArgs",
    ),
    **each(
        "ModelLoad",
        ("model_path",),
        "hub",
        "sglang.Engine",
        "sglang.srt.server_args.ServerArgs",
    ),
    "faster_whisper.WhisperModel": Sink("ModelLoad", 0, ("model_size_or_path",), "hub"),
    "ctranslate2.Translator": Sink("ModelLoad", 0, ("model_path",), "local"),
    "llama_cpp.Llama.from_pretrained": Sink("ModelLoad", 0, ("repo_id",), "hub"),
}
# Methods that put weights of another repository on top of a model.
ADAPTERS = {
    "load_lora_weights": ("pretrained_model_name_or_path_or_dict",),
    "load_textual_inversion": ("pretrained_model_name_or_path",),
    "load_ip_adapter": ("pretrained_model_name_or_path_or_dict",),
}
# Methods of whole families of classes, by the package that the classes are of.
NAMED_LOADS = (
    ("from_preset", "keras_hub.", Sink("ModelLoad", 0, ("preset",), "preset")),
    ("from_preset", "keras_nlp.", Sink("ModelLoad", 0, ("preset",), "preset")),
    ("from_hparams", "speechbrain.", Sink("ModelLoad", 0, ("source",), "hub")),
)
RAY_RESTORES = frozenset({"from_checkpoint", "restore_from_path"})

HUB_PACKAGES = (
    "transformers",
    "diffusers",
    "peft",
    "setfit",
    "huggingface_hub",
    "optimum",
    "adapters",
    "span_marker",
    "gliner",
    "trl",
    "unsloth",
    "sentence_transformers",
    "open_clip",
    "auto_gptq",
    "awq",
    "accelerate",
    "speechbrain",
    "pyannote",
    "timm",
    "bertopic",
    "ctransformers",
    "modelscope",
)
