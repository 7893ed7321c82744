"""What a pass leaves to the next one: named arrays and a few facts in one compact blob, and no words of anybody."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from numpy.typing import NDArray

Arrays = Mapping[str, "NDArray[Any]"]
_LENGTH = struct.Struct("<I")


def pack(facts: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return bytes that ``unpack`` turns into the same; ``facts`` must be JSON-ready."""
    shapes = [[name, array.dtype.str, array.shape] for name, array in arrays.items()]
    head = orjson.dumps({"facts": facts, "arrays": shapes})
    return b"".join([_LENGTH.pack(len(head)), head, *(array.tobytes() for array in arrays.values())])


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return facts and (read-only) arrays."""
    import numpy as np

    (length,) = _LENGTH.unpack_from(blob)
    head = orjson.loads(blob[_LENGTH.size : _LENGTH.size + length])
    start = _LENGTH.size + length
    arrays = {}
    for name, dtype, shape in head["arrays"]:
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(blob, dtype=dtype, count=count, offset=start).reshape(shape)
        start += arrays[name].nbytes
    return head["facts"], arrays
