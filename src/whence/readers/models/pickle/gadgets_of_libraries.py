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
torch._dynamo.*: *
torch._C: _jit_* import_ir_module import_ir_module_from_buffer PyTorchFileReader PyTorchFileWriter
torch.classes: *
torch.package.*: *
torch.cuda: _compile_kernel
numpy.f2py.*: *
numpy.testing.*: *
numpy.distutils.*: *
numpy.lib.utils: *
numpy.ctypeslib: load_library
numpy.core._internal: *
scipy.weave.*: *
pandas: eval read_pickle read_sql
pandas.core.computation.*: *
pandas.core.frame: DataFrame.query DataFrame.eval
sklearn.utils._testing: *
tensorflow.*: py_function numpy_function load_op_library load_library raw_ops
keras.layers.core.lambda_layer: *
keras.src.layers.core.lambda_layer: *
keras.models: load_model
keras.saving: load_model
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
numexpr.*: *
sympy.parsing.*: *
sympy: sympify parse_expr lambdify
sympy.core.sympify: *
sympy.utilities.lambdify: *
jinja2.*: *
mako.*: *
flask.*: *
werkzeug.*: *
nltk.*: *
asteval.*: *
js2py.*: *
docker.*: *
kubernetes.*: *
git.*: *
gradio.*: *
streamlit.*: *
win32api: *
win32com.*: *
pythoncom: *
java.*: *
jpype.*: *
"""

NETWORK: Final = """
urllib3.*: *
requests.*: *
httpx.*: *
aiohttp.*: *
websocket.*: *
websockets.*: *
wget: *
pycurl: *
boto3.*: *
botocore.*: *
fsspec.*: *
s3fs.*: *
gcsfs.*: *
huggingface_hub.*: *
pymongo.*: *
redis.*: *
zmq.*: *
dns.*: *
"""

FILE_WRITE: Final = """
pandas: HDFStore ExcelWriter ExcelFile
pyarrow.*: OSFile MemoryMappedFile memory_map LocalFileSystem SubTreeFileSystem
numpy: save savez savez_compressed savetxt memmap
numpy.lib._npyio_impl: *
numpy.lib.npyio: *
torch: save
torch.serialization: save _save
joblib: dump
pandas.core.generic: NDFrame.to_pickle NDFrame.to_csv
"""

FILE_READ: Final = """
numpy: fromfile loadtxt genfromtxt DataSource
"""

IMPORT: Final = """
six.moves.*: *
six: _import_module
"""

DESERIALIZE: Final = """
yaml.*: *
ruamel.*: *
jsonpickle.*: *
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
dill: load
dill._dill: load Unpickler
skops.*: *
"""

BY_DESIGN: Final = """
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
