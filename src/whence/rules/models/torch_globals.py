"""The globals that `torch.load(weights_only=True)` accepts without being told."""

from __future__ import annotations

import re

# What torch's restricted unpickler allows by itself, as of 2.6 to 2.15; types of elements that
# only some of these versions have are among them.
ALLOWED_BY_TORCH = re.compile(
    r"(?:torch\.(?:cuda\.)?(?:BFloat16|Bool|Byte|Char|ComplexDouble|ComplexFloat|Double|Float|Half|Int"
    r"|Long|QInt32|QInt8|QUInt2x4|QUInt4x2|QUInt8|Short)Storage|torch\.storage\.(?:Unt|T)ypedStorage"
    r"|torch\.(?:cuda\.)?(?:sparse\.)?(?:BFloat16|Bool|Byte|Char|Double|Float|Half|Int|Long|Short)?Tensor"
    r"|torch\.(?:u?int\d{1,2}|float\d\w{0,16}|b?complex\d{1,3}|bfloat16|bits\w{1,4}|bool|qint\d{1,2}"
    r"|quint[248]\w{0,2}|per_(?:tensor|channel)_(?:affine|symmetric)"
    r"|per_channel_affine_float_qparams)"
    r"|torch\._utils\._rebuild_(?:device_tensor_from_cpu_tensor|device_tensor_from_numpy"
    r"|meta_tensor_no_storage|parameter|parameter_with_state|qtensor|sparse_tensor|tensor"
    r"|tensor_v2|tensor_v3|wrapper_subclass)"
    r"|torch\._tensor\._rebuild_from_type_v2|torch\.serialization\._get_layout"
    r"|torch\.(?:Size|device)|torch\.nn\.parameter\.Parameter"
    r"|collections\.(?:OrderedDict|Counter)|_codecs\.encode|builtins\.(?:bytearray|complex|set))\Z"
)
