"""The weights in a file of PyTorch, read without PyTorch."""

import io
import pickle
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np

from tools.weights.arrays import Array

_HEADERS = 3  # a magic number, the version, and the machine


class _Storage(NamedTuple):
    """A run of numbers that follows later in the file."""

    kind: type[np.generic]
    key: str


class _View(NamedTuple):
    """A tensor: where it lies in its storage."""

    storage: _Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _view(storage: _Storage, start: int, shape: Any, strides: Any, *_: Any) -> _View:
    return _View(storage, start, tuple(shape), tuple(strides))


_EXPECTED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _view,
    ("torch", "FloatStorage"): np.float32,
    ("torch", "LongStorage"): np.int64,
}


class _Unpickler(pickle.Unpickler):
    """Makes tensors and nothing else: a pickle may name any class and any function."""

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in _EXPECTED:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected here")
        return _EXPECTED[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(kind, key)


def read(data: bytes) -> dict[str, Array]:
    """The arrays by their names."""
    file = io.BytesIO(data)
    for _ in range(_HEADERS):
        _Unpickler(file).load()
    views: dict[str, _View] = _Unpickler(file).load()
    keys: list[str] = _Unpickler(file).load()
    kinds = {view.storage.key: np.dtype(view.storage.kind) for view in views.values()}
    storages = {key: _numbers(file, kinds[key]) for key in keys}
    return {name: _array(view, storages[view.storage.key]) for name, view in views.items()}


def _numbers(file: io.BytesIO, kind: np.dtype[Any]) -> Array:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * kind.itemsize), kind)


def _array(view: _View, storage: Array) -> Array:
    strides = [step * storage.itemsize for step in view.strides]
    return np.lib.stride_tricks.as_strided(storage[view.start :], view.shape, strides).copy()
