"""Names that the files of ordinary frameworks use, and how they may be used.

`CLASSES` may be instantiated with plain data, get state and items. `FUNCTIONS` may also be called
with plain data. `VALUES` may be mentioned (a dtype, an activation function), not called.
One line per module: `module: names`; `*` stands for all, `A*` for names that begin with a capital
letter. A module ending in `.*` means the package and all below it.
Source: what the libraries' own `__reduce__`, `__getstate__` and `__setstate__` write.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from whence.readers.models.pickle.gadgets import lines_of

VERSION: Final = "2026.2"

CLASSES: Final = """
builtins: object set frozenset list dict tuple bytearray bytes str int float bool complex slice range \
NoneType Ellipsis NotImplemented ellipsis BaseException Exception ValueError TypeError KeyError \
IndexError RuntimeError AttributeError ArithmeticError AssertionError ZeroDivisionError OSError \
NotImplementedError StopIteration OverflowError UserWarning Warning RuntimeWarning FutureWarning \
DeprecationWarning memoryview UnicodeDecodeError UnicodeEncodeError FileNotFoundError \
PermissionError TimeoutError ConnectionError EOFError LookupError MemoryError NameError \
RecursionError FloatingPointError ImportError ModuleNotFoundError property
time: struct_time
os: stat_result
platform: uname_result
textwrap: TextWrapper
statistics: NormalDist
calendar: Calendar
string: Template
json.encoder: JSONEncoder
tokenize: TokenInfo
traceback: FrameSummary StackSummary
urllib.error: URLError HTTPError
logging: Formatter LogRecord PercentStyle StrFormatStyle
email.message: Message EmailMessage
email._policybase: Compat32
socket: AF_INET AF_INET6 AF_UNIX SOCK_STREAM SOCK_DGRAM
signal: SIGINT SIGTERM SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGABRT SIGSEGV SIGPIPE
collections: OrderedDict defaultdict deque Counter ChainMap UserDict UserList UserString
datetime: datetime date time timedelta timezone tzinfo
_datetime: datetime date time timedelta timezone tzinfo
decimal: Decimal Context InvalidOperation DivisionByZero Overflow Underflow Inexact Rounded \
Subnormal Clamped FloatOperation DivisionUndefined InvalidContext
_decimal: Decimal Context InvalidOperation DivisionByZero Overflow Underflow Inexact Rounded \
Subnormal Clamped FloatOperation DivisionUndefined InvalidContext
_pydecimal: Decimal Context
fractions: Fraction
uuid: UUID SafeUUID
pathlib: Path PurePath PosixPath PurePosixPath WindowsPath PureWindowsPath
pathlib._local: Path PurePath PosixPath PurePosixPath WindowsPath PureWindowsPath
zoneinfo: ZoneInfo ZoneInfo._unpickle
array: array
random: Random
_random: Random
types: SimpleNamespace MappingProxyType NoneType EllipsisType NotImplementedType GenericAlias
argparse: Namespace
ipaddress: IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface
enum: Enum IntEnum Flag IntFlag auto
threading: RLock Lock
collections.abc: A*
numbers: A*
functools: _CacheInfo
itertools: chain islice zip_longest count repeat cycle product combinations permutations
packaging.version: Version InvalidVersion
packaging._structures: InfinityType NegativeInfinityType
dataclasses: Field _DataclassParams _FIELD_BASE _MISSING_TYPE _HAS_DEFAULT_FACTORY_CLASS
inspect: Parameter Signature _ParameterKind _empty BoundArguments
http: HTTPStatus HTTPMethod
http.cookies: SimpleCookie Morsel
io: StringIO BytesIO
_io: StringIO BytesIO
logging: Logger
re: RegexFlag
urllib.parse: ParseResult SplitResult ParseResultBytes SplitResultBytes
pytz.*: A*
dateutil.tz.*: A* tzfile tzlocal tzutc tzoffset tzstr
dateutil.rrule: rrule weekday
dateutil.relativedelta: relativedelta
dateutil.zoneinfo: tzfile
numpy: ndarray dtype generic recarray record matrix poly1d bool_ bool8 int8 int16 int32 int64 uint8 uint16 \
uint32 uint64 float16 float32 float64 float128 longdouble complex64 complex128 str_ bytes_ object_ void \
datetime64 timedelta64 intc uintc int_ uint longlong ulonglong float_ complex_ half single double \
RandomState random.RandomState ufunc bool
numpy.ma.*: MaskedArray mvoid MaskedConstant
numpy.dtypes: *
numpy.random.*: RandomState Generator MT19937 PCG64 PCG64DXSM Philox SFC64 SeedSequence
numpy.random: RandomState Generator
numpy.rec: recarray record
numpy.matrixlib.defmatrix: matrix
numpy.polynomial.*: A*
numpy.lib.polynomial: poly1d
numpy.linalg.*: LinAlgError
numpy.exceptions: A*
numpy.lib._polynomial_impl: poly1d
scipy.sparse.*: A* csr_matrix csc_matrix coo_matrix lil_matrix dok_matrix dia_matrix bsr_matrix csr_array \
csc_array coo_array lil_array dok_array dia_array bsr_array
scipy.spatial.*: A* cKDTree
scipy.interpolate.*: A* interp1d interp2d
scipy.stats.*: A* rv_frozen rv_continuous rv_discrete rv_histogram gaussian_kde rv_continuous_frozen \
rv_discrete_frozen beta_gen norm_gen uniform_gen expon_gen gamma_gen reciprocal_gen loguniform_gen \
randint_gen t_gen chi2_gen lognorm_gen poisson_gen
scipy.optimize.*: A*
scipy._lib._util: _RichResult
sklearn: A*
sklearn.*: A* csr_matrix
joblib.numpy_pickle: NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper
sklearn.externals.joblib.numpy_pickle: NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper
joblib.numpy_pickle_compat: NDArrayWrapper ZNDArrayWrapper
pandas: A* period interval
pandas._libs.*: A* BlockPlacement BlockManager
pandas.core.*: A*
pandas.*: A*
pyarrow.lib: DataType Schema Field Array ChunkedArray Table RecordBatch Scalar Buffer StringType
xgboost.*: A*
lightgbm.*: A* _ConfigAliases _InnerPredictor
catboost.*: A* _CatBoost
imblearn.*: A*
category_encoders.*: A*
statsmodels.*: A*
statsmodels.tsa.statespace.*: A* dStatespace zStatespace sStatespace cStatespace dInitialization \
zInitialization sInitialization cInitialization dKalmanFilter zKalmanFilter sKalmanFilter \
cKalmanFilter dKalmanSmoother zKalmanSmoother sKalmanSmoother cKalmanSmoother \
dSimulationSmoother zSimulationSmoother sSimulationSmoother cSimulationSmoother
prophet.*: A*
hdbscan.*: A*
umap.*: A*
gensim.*: A*
spacy.*: A*
torch: Size device dtype layout memory_format Tensor Generator FloatStorage DoubleStorage HalfStorage \
BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage \
ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage QInt32Storage UntypedStorage \
TypedStorage FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor \
CharTensor ByteTensor BoolTensor serialization._get_layout
torch.storage: UntypedStorage TypedStorage
torch.cuda: A*
torch.cuda.amp.*: A*
torch.sparse: A*
torch._tensor: Tensor
torch.nn.parameter: Parameter Buffer UninitializedParameter UninitializedBuffer
torch.nn.*: A*
torch.optim.*: A*
torch.utils.data.*: A*
torch.distributions.*: A*
torch.quantization.*: A*
torch.ao.*: A*
torch.amp.*: A*
torch.torch_version: TorchVersion
torch.autograd.*: A*
torch.nested.*: A*
torch._subclasses.*: A*
torchvision.*: A*
torchaudio.*: A*
torchtext.*: A*
torchmetrics.*: A*
timm.*: A*
fastai.*: A*
fastcore.*: L
ultralytics.*: A* Conv C2f SPPF
pytorch_lightning.*: A*
lightning.*: A*
lightning_fabric.*: A* AttributeDict
lightning_utilities.*: A*
omegaconf.*: A*
transformers.*: A*
tokenizers.*: A*
sentence_transformers.*: A*
peft.*: A*
accelerate.*: A*
diffusers.*: A*
keras.*: A*
tf_keras.*: A*
skorch.*: A*
onnx.*: A*
flax.*: A*
jax.*: A*
jaxlib.*: A*
pydantic.*: A*
attr.*: A*
tqdm.*: A*
networkx.classes.*: A*
hmmlearn.*: A*
lifelines.*: A*
mapie.*: A*
sktime.*: A*
skbase.*: A*
feature_engine.*: A*
skrub.*: A*
optuna.*: A*
ngboost.*: A*
polars.datatypes.*: A*
_loss: A*
torch.distributed.checkpoint.metadata: A*
nltk.*: A*
numpy: vectorize
numpy.char: chararray
scipy.signal.*: A*
"""

FUNCTIONS: Final = """
copyreg: _reconstructor __newobj__ __newobj_ex__
copy_reg: _reconstructor __newobj__ __newobj_ex__
_codecs: encode
codecs: encode
logging: getLogger
builtins: bytes.fromhex str.encode bytes.decode str.join dict.fromkeys iter enumerate zip reversed float.fromhex
collections: _make_key
re: _compile
regex._regex: compile
_regex: compile
_collections: _tuplegetter
datetime: datetime.fromisoformat datetime.fromtimestamp timezone.utc
array: _array_reconstructor
functools: partial
_functools: partial
operator: itemgetter
_operator: itemgetter
numpy.core.multiarray: _reconstruct scalar
numpy._core.multiarray: _reconstruct scalar
numpy.core.numeric: _frombuffer
numpy._core.numeric: _frombuffer
numpy._core._internal: _convert_to_stringdtype_kwargs
numpy.core._multiarray_umath: _reconstruct
numpy._core._multiarray_umath: _reconstruct
numpy.random.bit_generator: __pyx_unpickle_*
numpy.random._bit_generator: __pyx_unpickle_*
numpy.ma.core: _mareconstruct
numpy.random._pickle: __randomstate_ctor __generator_ctor __bit_generator_ctor
numpy.random: __RandomState_ctor __randomstate_ctor
mtrand: __RandomState_ctor
numpy.core.records: record
numpy.dtypes: *
numpy: dtype.type
scipy.stats._distn_infrastructure: rv_frozen
sklearn._loss._loss: __pyx_unpickle_*
sklearn.tree._tree: Tree
sklearn.neighbors._kd_tree: newObj
sklearn.neighbors._ball_tree: newObj
sklearn.neighbors.kd_tree: newObj
sklearn.neighbors.ball_tree: newObj
sklearn.*: __pyx_unpickle_* newObj
sklearn.metrics._dist_metrics: newObj
sklearn.metrics._scorer: make_scorer
pandas._libs.internals: _unpickle_block __pyx_unpickle_*
pandas._libs.arrays: __pyx_unpickle_NDArrayBacked
pandas._libs.tslibs.*: _unpickle_timestamp _timedelta_unpickle __pyx_unpickle_* to_offset _unpickle_period
pandas._libs.tslib: Timestamp
pandas._libs.*: __pyx_unpickle_*
pandas.core.indexes.base: _new_Index
pandas.core.indexes.datetimes: _new_DatetimeIndex
pandas._libs.tslibs.nattype: _nat_unpickle __nat_unpickle
pandas.core.indexes.interval: _new_IntervalIndex
pandas.core.indexes.period: _new_PeriodIndex
pandas.core.internals.blocks: new_block
pandas.core.internals.managers: BlockManager
pandas.indexes.base: _new_Index
pandas.tseries.index: _new_DatetimeIndex
pyarrow.*: type_for_alias _restore_array _restore_* _reconstruct_*
pyarrow.lib: py_buffer chunked_array field schema scalar list_ large_list struct timestamp duration \
dictionary decimal128 decimal256 map_ binary _reduce_array_buffer time32 time64
torch.jit._pickle: build_intlist build_doublelist build_boollist build_tensorlist \
build_tensor_from_id restore_type_tag
torch._utils: _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter \
_rebuild_parameter_with_state _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor \
_rebuild_qtensor _rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy \
_rebuild_device_tensor_from_cpu_tensor _rebuild_xla_tensor _rebuild_wrapper_subclass _set_obj_state
torch._tensor: _rebuild_from_type _rebuild_from_type_v2
torch.tensor: _rebuild_from_type
torch.nn.modules.activation: *
torch.serialization: _get_layout
torch.backends.*: A*
torch.random: default_generator
_collections: OrderedDict _make_key
zoneinfo: ZoneInfo._unpickle
pytz: _UTC _p
dateutil.tz.tz: tzutc
lightgbm.basic: Booster
catboost.core: _get_catboost_widget
omegaconf.base: _construct
"""

VALUES: Final = """
typing: A*
abc: ABCMeta
numpy: *
numpy.core.*: *
numpy._core.*: *
scipy.special.*: *
scipy.stats.*: *
scipy.spatial.*: *
scipy.sparse.*: *
sklearn.metrics.*: *
sklearn.feature_extraction.text: *
sklearn.preprocessing.*: *
sklearn.linear_model.*: *
sklearn.utils.*: *
sklearn.feature_selection.*: *
sklearn.neighbors.*: *
sklearn.gaussian_process.*: *
sklearn.model_selection.*: *
sklearn.decomposition.*: *
sklearn.ensemble.*: *
sklearn.cluster.*: *
sklearn._loss.*: *
torch: float float16 float32 float64 half double bfloat16 int int8 int16 int32 int64 uint8 long short bool \
complex32 complex64 complex128 cfloat cdouble qint8 quint8 qint32 float8_e4m3fn float8_e5m2 strided \
sparse_coo sparse_csr relu tanh sigmoid softmax preserve_format contiguous_format channels_last \
per_tensor_affine per_channel_affine uint16 uint32 uint64
torch.nn.functional: *
torch.utils.data._utils.*: *
numpy.linalg.*: norm
torch._C._nn: *
torch.nn.init: *
torch._C: *
torch.optim.*: *
torch.special: *
math: *
operator: add sub mul truediv floordiv neg pos itemgetter eq ne lt le gt ge and_ or_ xor not_ \
contains truth getitem mod pow abs
_operator: add sub mul truediv floordiv neg pos itemgetter eq ne lt le gt ge and_ or_ xor not_ \
contains truth getitem mod pow abs
posix: getcwd getpid fspath cpu_count urandom
posixpath: basename dirname join split splitext normpath
os.path: basename dirname join split splitext normpath
builtins: len sum min max abs round sorted repr print id hash isinstance issubclass callable ord chr any all pow divmod hasattr next
string: ascii_letters digits punctuation
xgboost.*: *
lightgbm.*: *
statistics: *
transformers.activations: *
collections: *
functools: cmp_to_key lru_cache
json: dumps
scipy._lib.array_api_compat.*: *
"""

CLASS: Final = "class"
FUNCTION: Final = "function"
VALUE: Final = "value"

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)

Names = tuple[frozenset[str], tuple[str, ...], bool, bool]


def _names(names: list[str]) -> Names:
    prefixes = tuple(name[:-1] for name in names if name.endswith("_*"))
    return frozenset(names), prefixes, "*" in names, "A*" in names


@lru_cache(maxsize=1)
def _index() -> list[tuple[str, dict[str, list[Names]], dict[str, list[Names]]]]:
    found = []
    for use, table in ((CLASS, CLASSES), (FUNCTION, FUNCTIONS), (VALUE, VALUES)):
        exact: dict[str, list[Names]] = {}
        below: dict[str, list[Names]] = {}
        for module, names in lines_of(table):
            exact.setdefault(module.removesuffix(".*"), []).append(_names(names))
            if module.endswith(".*"):
                below.setdefault(module[:-2], []).append(_names(names))
        found.append((use, exact, below))
    return found


def _fits(name: str, rows: list[Names]) -> tuple[bool, bool]:
    """Whether a name is in one of the rows, and whether it is spelled out there."""
    pattern = False
    for exact, prefixes, every, capital in rows:
        if name in exact:
            return True, True
        if prefixes and name.startswith(prefixes):
            pattern = True
        if _PLAIN_NAME.match(name) and (every or (capital and name.lstrip("_")[:1].isupper())):
            pattern = True
    return pattern, False


@lru_cache(maxsize=4096)
def safe_use(module: str, name: str) -> tuple[str, bool]:
    """How `module.name` may be used, and whether the very name is listed.

    The use is `class`, `function`, `value`, or empty if the name is not known.
    """
    found = ""
    for use, exact, below in _index():
        rows = list(exact.get(module, []))
        package = module
        while package:
            rows += below.get(package, [])
            package = package.rpartition(".")[0]
        fits, spelled = _fits(name, rows)
        if spelled:
            return use, True
        if fits and not found:
            found = use
    return found, False
