"""Names of third-party libraries that turn unpickling into something else than data.

The format of the tables is told in `gadgets`.
"""

from __future__ import annotations

from typing import Final

EXECUTE: Final = """
torch.fx.experimental.symbolic_shapes: *
torch.utils.data.datapipes.utils.decoder: *
torch.distributed.rpc.*: *
torch.fx.experimental.rewriter: *
cffi.*: *
_cffi_backend: *
pip.*: *
pip_vendor.*: *
setuptools.*: *
pkg_resources.*: *
_distutils_hack.*: *
wheel.*: *
torch.jit.*: *
torch.hub.*: *
torch.utils.cpp_extension: *
torch.utils._config_module: *
torch.utils.bottleneck.*: *
torch.utils.collect_env: *
torch.utils.benchmark.*: *
torch._inductor.*: *
torch._dynamo.*: a*
torch._dynamo.guards: GuardBuilder GuardBuilder.get CheckFunctionManager
torch._C: _load_* _jit_* import_ir_module import_ir_module_from_buffer PyTorchFileReader PyTorchFileWriter
torch.classes: *
torch.ops: load_library
torch._ops: load_library _Ops.load_library
torch.fx.graph_module: _exec_with_source _forward_from_src _method_from_src
torch.utils.hipify.*: *
torch.utils._triton: *
torch.distributed.elastic.*: a*
torch.package.*: *
torch.cuda: _compile_kernel
numpy.f2py.*: *
numpy.testing.*: *
numpy.distutils.*: *
numpy.lib.utils: *
numpy.ctypeslib: load_library
scipy.weave.*: *
pandas: eval read_sql test
pandas.io.sql: a*
pandas.core.computation.*: *
pandas.core.frame: DataFrame.query DataFrame.eval
sklearn.utils._testing: a*
PIL.ImageMath: *
PIL.ImageGrab: *
tensorflow.*: py_function numpy_function load_op_library load_library raw_ops func_load \
Lambda.from_config Lambda._parse_function_from_config enable_unsafe_deserialization
tensorflow.raw_ops: *
keras.layers.core.lambda_layer: *
keras.src.layers.core.lambda_layer: *
keras.*: load_model func_load TFSMLayer Lambda.from_config Lambda._parse_function_from_config \
enable_unsafe_deserialization
tensorflow.python.keras.layers.core: Lambda.from_config Lambda._parse_function_from_config
tensorflow.python.keras.utils.generic_utils: func_load
tf_keras.*: load_model func_load Lambda.from_config Lambda._parse_function_from_config \
enable_unsafe_deserialization
lightning.pytorch.cli: *
pytorch_lightning.cli: *
pytorch_lightning.utilities.cli: *
hydra.*: instantiate call get_class get_method get_object get_static_method _locate _call_target
traitlets.*: import_item
transformers.dynamic_module_utils: *
gensim.utils: check_output
mlflow.*: load_model run _load_pyfunc
IPython.*: *
ipykernel.*: *
jupyter_client.*: *
ptpython.*: *
pexpect.*: *
ptyprocess.*: *
sh: *
plumbum.*: *
fabric.*: *
invoke.*: *
paramiko.*: *
psutil.*: Popen
execnet.*: *
numexpr.*: a*
sympy.parsing.*: *
sympy: sympify parse_expr lambdify
sympy.core.sympify: *
sympy.utilities.lambdify: *
jinja2.*: Template NativeTemplate import_string open_if_exists
jinja2.environment: get_spontaneous_environment
mako.*: *
flask.*: a*
werkzeug.*: a*
nltk: download download_shell data.* app.* downloader.*
nltk.data: *
nltk.downloader.*: *
nltk.app.*: *
nltk.internals: *
nltk.inference.*: *
asteval.*: *
js2py.*: *
docker.*: a*
kubernetes.*: a*
git.*: a*
gradio.*: a*
streamlit.*: a*
win32api: *
win32com.*: *
pythoncom: *
java.*: *
jpype.*: *
"""

NETWORK: Final = """
pandas: read_html
keras.*: get_file
tensorflow.*: get_file
onnx.hub: *
gensim.downloader: *
spacy.cli.*: download
torchvision.datasets.utils: download_* _urlretrieve
smart_open.*: a*
urllib3.*: a*
requests.*: a*
httpx.*: a*
aiohttp.*: a*
websocket.*: a*
websockets.*: a*
wget: *
pycurl: *
boto3.*: a*
botocore.*: a*
fsspec.*: a*
s3fs.*: a*
gcsfs.*: a*
huggingface_hub.*: a*
pymongo.*: a*
redis.*: a*
zmq.*: a*
dns.*: a*
"""

FILE_WRITE: Final = """
cloudpathlib.client: Client
cloudpathlib.cloudpath: CloudPath
partd.file: File
fsspec.implementations.local: LocalFileOpener
fsspec.caching: MMapCache
transformers.integrations.integration_utils: NeptuneCallback
torch.profiler.profiler: ExecutionTraceObserver
numpy.*: save savez savez_compressed savetxt memmap open_memmap
tensorflow.io.*: write_* GFile
tensorflow.*: write_string_to_file atomic_write_string_to_file delete_recursively
joblib.disk: *
h5py.*: File
pandas: HDFStore ExcelWriter
pyarrow.*: OSFile MemoryMappedFile memory_map write_table write_to_dataset write_feather
numpy.lib._npyio_impl: a* NpzFile
numpy.lib.npyio: a* NpzFile
torch: save
torch.serialization: save _save
joblib: dump
pandas.core.generic: NDFrame.to_pickle NDFrame.to_csv
"""

FILE_READ: Final = """
numpy.*: fromfile fromregex loadtxt genfromtxt DataSource
numpy.lib._datasource: * DataSource
pandas: read_* ExcelFile
torch: from_file
tensorflow.*: read_file
"""

IMPORT: Final = """
keras.*: LazyModule
tensorflow.*: LazyLoader KerasLazyLoader
transformers.utils.import_utils: _LazyModule
lightning_utilities.core.imports: LazyModule
lazy_loader.*: *
six: MovedModule MovedAttribute _import_module
six.moves.*: *
"""

DESERIALIZE: Final = """
pandas: read_pickle
pandas.io.pickle: read_pickle
statsmodels.iolib.smpickle: *
gensim.utils: unpickle
tensorflow.saved_model: load
tensorflow.*: load_model
yaml.*: a* Loader UnsafeLoader FullLoader CLoader CUnsafeLoader
ruamel.*: a*
jsonpickle.*: a*
torch: load
torch.serialization: load _load _legacy_load
torch.storage: _new_shared
torch.package: PackageImporter
torch.utils.model_zoo: *
torch.utils.serialization.*: *
joblib: load
joblib.numpy_pickle: load load_temporary_memmap _unpickle NumpyUnpickler
joblib.numpy_pickle_compat: *
numpy: load
numpy.lib.format: read_array
pandas.compat.pickle_compat: *
cloudpickle: load
cloudpickle.cloudpickle: load
dill: load load_session load_module load_module_asdict
dill.session: load_session load_module load_module_asdict
dill._dill: load load_session load_module Unpickler
skops.*: a*
"""

BY_DESIGN: Final = """
keras.*: Lambda KerasSaveable._unpickle_model deserialize_model_from_bytecode deserialize_keras_object \
model_from_json model_from_config model_from_yaml
tf_keras.*: Lambda KerasSaveable._unpickle_model deserialize_model_from_bytecode \
deserialize_keras_object model_from_json model_from_config
skrub._data_ops._utils: _CloudPickle
fsspec.spec: make_instance
cloudpickle.*: *
dill.*: *
joblib.externals.*: *
joblib.memory: *
joblib.parallel: *
joblib._parallel_backends: *
torch.fx.*: *
torch.export.*: *
torch.distributed.*: *
torch.testing.*: *
torch.onnx.*: *
torch.ops: *
torch._ops: *
torch.library: *
torch.multiprocessing.*: *
torch.utils.data.datapipes.*: *
tensorflow.python.*: *
sklearn.externals.*: *
sklearn.datasets.*: *
scipy.io.*: *
scipy.misc: *
pandas.io.*: *
numba.*: *
dask.*: *
distributed.*: *
ray.*: *
pyspark.*: *
celery.*: *
django.*: *
lxml.*: *
"""
