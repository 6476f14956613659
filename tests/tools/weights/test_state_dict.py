"""Weights of PyTorch, read without it."""

import pickle

import numpy as np
import pytest

from tools.weights import state_dict

HEADERS = pickle.dumps(0) * 3
# Six floats are stored under "0"; the tensor has 2 x 2 of them from the second on, transposed.
STORAGE = b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI6\ntQ"
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"I1\n(I2\nI2\nt(I1\nI2\nttR"
STATE = b"ccollections\nOrderedDict\n(]((Vweight\n" + TENSOR + b"tetR."
NUMBERS = (6).to_bytes(8, "little") + np.arange(6, dtype="<f4").tobytes()


def test_a_tensor_is_read_with_its_offset_and_strides() -> None:
    arrays = state_dict.read(HEADERS + STATE + pickle.dumps(["0"]) + NUMBERS)

    assert arrays.keys() == {"weight"}
    assert arrays["weight"].tolist() == [[1, 3], [2, 4]]


def test_a_pickle_that_would_run_something_else_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"os\.system is not expected here"):
        state_dict.read(HEADERS + b"cos\nsystem\n(Vtrue\ntR.")
