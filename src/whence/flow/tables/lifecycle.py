"""Calls of a model's life: data read, validated, trained on, measured, transformed, exported.

Sources: the libraries' reference pages.
"""

from __future__ import annotations

import re

READERS: dict[str, str] = {
    **{f"pandas.read_{kind}": kind for kind in (
        "csv", "parquet", "json", "excel", "table", "feather", "sql", "html", "xml", "pickle", "orc",
    )},
    **{f"polars.read_{kind}": kind for kind in ("csv", "parquet", "json", "ndjson", "excel")},
    "polars.scan_csv": "csv",
    "polars.scan_parquet": "parquet",
    "dask.dataframe.read_csv": "csv",
    "dask.dataframe.read_parquet": "parquet",
    "pyarrow.parquet.read_table": "parquet",
    "pyarrow.csv.read_csv": "csv",
    "csv.reader": "csv",
    "csv.DictReader": "csv",
    "jsonlines.open": "json",
    "numpy.loadtxt": "text",
    "numpy.genfromtxt": "text",
    "datasets.load_dataset": "hub",
    "datasets.load_from_disk": "arrow",
    "datasets.Dataset.from_csv": "csv",
    "datasets.Dataset.from_json": "json",
    "datasets.Dataset.from_parquet": "parquet",
    "torchvision.datasets.ImageFolder": "images",
    "tensorflow_datasets.load": "hub",
    "json.load": "json",
    **{f"ray.data.read_{kind}": kind for kind in ("csv", "parquet", "json", "images", "text")},
    "awswrangler.s3.read_csv": "csv",
    "awswrangler.s3.read_parquet": "parquet",
    "awswrangler.s3.read_json": "json",
    "geopandas.read_file": "table",
    "cudf.read_csv": "csv",
    "cudf.read_parquet": "parquet",
    "polars.scan_ndjson": "ndjson",
    "tensorflow.data.TFRecordDataset": "tfrecord",
    "tensorflow.data.TextLineDataset": "text",
    "keras.utils.image_dataset_from_directory": "images",
    "tensorflow.keras.utils.image_dataset_from_directory": "images",
    "tensorflow.keras.preprocessing.image_dataset_from_directory": "images",
    "webdataset.WebDataset": "tar",
}  # fmt: skip
BUILDERS = frozenset(
    {
        "csv",
        "json",
        "parquet",
        "text",
        "arrow",
        "imagefolder",
        "audiofolder",
        "webdataset",
        "xml",
        "pandas",
    }
)
WRITERS = {
    "to_csv": "csv", "to_parquet": "parquet", "to_json": "json", "to_feather": "feather",
    "write_csv": "csv", "write_parquet": "parquet", "save_to_disk": "arrow", "to_pickle": "pickle",
}  # fmt: skip

SPARK = re.compile(
    r"pyspark\.sql\.SparkSession\b.*\.(?P<way>read|readStream|write|writeStream)(?:\.\w+\(\))*"
    r"\.(?P<form>csv|parquet|json|orc|text|load|table|save|saveAsTable)$"
)

TRAINER_TAILS = frozenset({"fit", "partial_fit", "train", "fit_one_cycle", "fine_tune", "learn"})
TRAIN_ARGUMENTS = (
    "train_dataset", "train_data", "training_data", "dtrain", "train_set", "X", "x", "y",
    "train_dataloaders", "train_dataloader", "dataset", "data", "datamodule",
)  # fmt: skip
NO_TRAINING = re.compile(
    r"(?:Scaler|Encoder|Vectorizer|Imputer|Binarizer|Tokenizer|LabelEncoder|PCA|Transformer)\(\)"
    r"\.(?:fit|train)$|^(?:torch|nn|tf)\.|\?\.train$"
)

EVALUATOR_TAILS = frozenset(
    {
        "evaluate", "accuracy_score", "f1_score", "classification_report", "confusion_matrix",
        "roc_auc_score", "precision_score", "recall_score", "cross_val_score", "score",
        "precision_recall_fscore_support", "mean_squared_error", "log_loss", "average_precision_score",
    }
)  # fmt: skip
EVALUATES = re.compile(r"(?:^|[._])(?:evaluate|evaluation|eval_model|run_eval|benchmark|validate_model"
                       r"|test_model|measure|compute_metrics|smoke_test)(?:$|[_.])")  # fmt: skip

VALIDATORS = frozenset(
    {
        "jsonschema.validate", "jsonschema.Draft7Validator().validate",
        "jsonschema.Draft202012Validator().validate", "pandera.DataFrameSchema().validate",
        "pandera.pandas.DataFrameSchema().validate", "great_expectations.validate",
        "tensorflow_data_validation.validate_statistics", "cerberus.Validator().validate",
        "pydantic.TypeAdapter().validate_python", "pydantic.BaseModel.model_validate",
        "pydantic.parse_obj_as", "pandera.DataFrameModel.validate", "pandera.SchemaModel.validate",
        "cleanlab.filter.find_label_issues", "deepchecks.tabular.suites.data_integrity",
    }
)  # fmt: skip
VALIDATION_NAME = re.compile(
    r"(?:^|_)(?:validated?|verif(?:y|ied)|check(?:ed)?|ensured?|saniti[sz]ed?|assert|filter(?:ed)?|reject(?:ed)?"
    r"|quarantined?|screen(?:ed)?|vet(?:ted)?)(?:_|$)"
)
SCHEMA_CLASS = re.compile(
    r"(?:^|\.)(?:BaseModel|RootModel|SQLModel|DataFrameModel|SchemaModel|Schema|Struct)$"
)
CHECK_NAME = re.compile(
    r"(?:^|_)(?:validate|validation|verify|verification|verified|ensure|check_\w*(?:sum|schema|hash|digest|"
    r"signature|integrity|data|label|row|range)s?|integrity|checksum|scan|screen|require|reject|refuse)(?:_|$)"
)
DATA_MODULE = re.compile(
    r"(?:^|[/_])(?:data|dataset|screen|valid|clean|preprocess|process|schema|ingest|quality|plausib)"
)
REJECTING_TAILS = frozenset(
    {"drop_duplicates", "dropna", "duplicated", "isin", "between", "isna", "isnull", "notna",
     "notnull", "is_duplicated", "unique", "drop_nulls", "expect_column_values_to_be_in_set",
     "validate", "is_in", "model_validate"}
)  # fmt: skip

EXPORTERS: dict[str, tuple[str, bool, tuple[int | str, ...]]] = {
    "torch.save": ("torch", True, ("f", 1)),
    "joblib.dump": ("joblib", True, ("filename", 1)),
    "pickle.dump": ("pickle", True, ("file", 1)),
    "cloudpickle.dump": ("cloudpickle", True, ("file", 1)),
    "dill.dump": ("dill", True, ("file", 1)),
    "torch.jit.save": ("torchscript", True, ("f", 1)),
    "torch.onnx.export": ("onnx", False, ("f", 2)),
    "onnx.save": ("onnx", False, ("f", 1)),
    "safetensors.torch.save_file": ("safetensors", False, ("filename", 1)),
    "safetensors.torch.save_model": ("safetensors", False, ("filename", 1)),
    "safetensors.numpy.save_file": ("safetensors", False, ("filename", 1)),
    "skops.io.dump": ("skops", False, ("file", 1)),
    "mlflow.sklearn.log_model": ("mlflow-pickle", True, ("artifact_path", "name", 1)),
    "mlflow.sklearn.save_model": ("mlflow-pickle", True, ("path", 1)),
    "mlflow.pyfunc.log_model": ("mlflow-pickle", True, ("artifact_path", "name", 0)),
    "mlflow.pytorch.log_model": ("mlflow-pickle", True, ("artifact_path", "name", 1)),
    "mlflow.pytorch.save_model": ("mlflow-pickle", True, ("path", 1)),
    "bentoml.sklearn.save_model": ("pickle", True, (0,)),
    "bentoml.picklable_model.save_model": ("pickle", True, (0,)),
    "bentoml.pytorch.save_model": ("torch", True, (0,)),
}
DUMPERS = {
    "pickle.dumps": "pickle", "cloudpickle.dumps": "cloudpickle", "dill.dumps": "dill",
    "pickle._dumps": "pickle",
}  # fmt: skip
FILE_NAME = re.compile(
    r"[\w}-]\.(?:pkl|pickle|bin|pt|pth|ckpt|model|joblib|dill|cloudpickle|weights)$"
)
WEIGHTS_NAME = re.compile(
    r"(?:^|_)(?:model|weights?|parameters|params|state_dict|classifier|clf|estimator|pipeline|"
    r"regressor|network|coefficients|coef|checkpoint|learner)(?:_|$)"
)
NO_MODEL_FILE = re.compile(
    r"dataset|embeddings?_|cache|_args|labels|tokens"
    r"|(?:config|hyper_?param\w*|history|metrics|(?:^|[/_-])(?:grads?|gradients?|logits|losses|activations"
    r"|embeddings?|features|centroids|predictions|transitions|replay|graph))\.\w+$"
)
NO_MODEL_VALUE = re.compile(
    r"(?:^|_)(?:config|cfg|hyper_?param\w*|history|metrics|args|grads?|gradients?|logits|losses|activations"
    r"|embeddings?|embs?|centroids|predictions|transitions|replay|graph|feats?|data|spans|samples|examples|batch"
    r"|batches|rows|records)$"
)
SENDS = re.compile(r"(?i)upload|put|write|save|send|publish|push|post|store")
DRAWS = frozenset({"fromarray", "imwrite", "imsave", "imshow", "to_pil_image", "write_png"})
ESTIMATORS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "statsmodels.", "imblearn.")
EXPORT_TAILS: dict[str, tuple[str, bool, tuple[int | str, ...]]] = {
    "save_pretrained": ("safetensors", False, ("save_directory", 0)),
    "push_to_hub": ("safetensors", False, ("repo_id", 0)),
    "save_model": ("model", False, ("output_dir", 0)),
    "save_checkpoint": ("torch", True, ("filepath", 0)),
}
MODEL_FILE = re.compile(
    r"model|clf|classifier|estimator|pipeline|weight|checkpoint|ckpt|encoder|vectori[sz]er|tokenizer|"
    r"\.(?:pt|pth|ckpt|model|safetensors|onnx|h5|keras)$",
    re.IGNORECASE,
)

TRANSFORMS: dict[str, str] = {
    "quantize_dynamic": "quantised",
    "quantize_static": "quantised",
    "quantize_fx": "quantised",
    "convert_fx": "quantised",
    "quantize_": "quantised",
    "quantize": "quantised",
    "merge_and_unload": "merged",
    "merge_adapter": "merged",
    "random_unstructured": "pruned",
    "l1_unstructured": "pruned",
    "ln_structured": "pruned",
    "global_unstructured": "pruned",
    "half": "cut to half precision",
    "bfloat16": "cut to half precision",
    "save_quantized": "quantised",
    "fuse_lora": "merged",
}
MODEL_NAME = re.compile(r"model|net\b|unet|pipe|backbone|encoder|decoder|classifier")
TRANSFORM_OWNERS = (
    "awq.",
    "auto_gptq.",
    "gptqmodel.",
    "llmcompressor.",
    "torchao.",
    "torch.",
    "onnxruntime.",
    "peft.",
    "transformers.",
    "optimum.",
    "?.",
    "neural_",
)

UPLOADERS: dict[str, tuple[tuple[int | str, ...], tuple[int | str, ...]]] = {
    "boto3.Client().upload_file": (("Filename", 0), ("Key", 2)),
    "boto3.Bucket().upload_file": (("Filename", 0), ("Key", 1)),
    "s3fs.S3FileSystem().put": (("lpath", 0), ("rpath", 1)),
    "gcsfs.GCSFileSystem().put": (("lpath", 0), ("rpath", 1)),
    "fsspec.filesystem().put": (("lpath", 0), ("rpath", 1)),
    "minio.Minio().fput_object": (("file_path", 2), ("object_name", 1)),
    "mlflow.register_model": (("model_uri", 0), ("name", 1)),
    "shutil.copy": (("src", 0), ("dst", 1)),
    "shutil.copy2": (("src", 0), ("dst", 1)),
    "shutil.copyfile": (("src", 0), ("dst", 1)),
    "shutil.copytree": (("src", 0), ("dst", 1)),
    "shutil.move": (("src", 0), ("dst", 1)),
    "os.rename": (("src", 0), ("dst", 1)),
    "os.replace": (("src", 0), ("dst", 1)),
}
