"""Every network computes here what onnxruntime computed where the weights were converted."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from local.gemini.recognition.net import WEIGHTS, Net
from tools.weights import picture, references

REFERENCES = references.stored()


def test_every_network_has_references() -> None:
    assert {path.stem for path in WEIGHTS.glob("*.onnx")} == REFERENCES.keys()


@pytest.mark.parametrize("name", REFERENCES)
def test_opencv_repeats_the_outputs_of_onnxruntime(name: str) -> None:
    outputs = Net(WEIGHTS / f"{name}.onnx")(picture.of(name))

    assert outputs.keys() == REFERENCES[name].keys()
    # A thousandth of an output's range is allowed; wrong padding is 20 to 500 times that.
    errors = {key: REFERENCES[name][key].missed_by(output) for key, output in outputs.items()}
    assert [(key, error) for key, error in errors.items() if error > 1] == []


def test_a_reference_is_missed_by_other_numbers_and_another_size() -> None:
    known = references.Reference(size=3, at=[0, 2], values=[0.0, 1.0])

    assert known.missed_by(np.array([0, 9, 1.0005])) < 1
    assert known.missed_by(np.array([0, 9, 1.0015])) > 1
    assert known.missed_by(np.array([0.0, 1.0])) > 1


def test_a_network_answers_each_of_several_threads() -> None:
    net = Net(WEIGHTS / "lite0.onnx")
    pictures = [picture.of("lite0") * factor for factor in (0.25, 0.5, 0.75, 1)]
    alone = [net(each)["shares"] for each in pictures]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(net, pictures * 3))

    assert all((one["shares"] == alone[i % 4]).all() for i, one in enumerate(together))


def test_a_network_takes_pictures_of_several_sizes() -> None:
    net = Net(WEIGHTS / "u2netp.onnx")

    shapes = [net(np.zeros((1, 3, *size)))["salience"].shape for size in ((64, 96), (96, 64))]

    assert shapes == [(1, 1, 64, 96), (1, 1, 96, 64)]
