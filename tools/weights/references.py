"""What onnxruntime makes of a drawn picture: numbers that every other engine has to repeat."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tools.weights import picture
from tools.weights.arrays import Array

STORED = Path(__file__).parents[2] / "tests/local/gemini/recognition/references.json"

_EXTREMES = 8  # of the numbers of an output: so many of the largest, and of the smallest
_BETWEEN = 16  # and so many from start to end
_ALLOWED = 1e-3  # of an output's range: how far another engine may be off


@dataclass(frozen=True, slots=True)
class Reference:
    """Some numbers of one output, and where they lie in it."""

    size: int
    at: list[int]
    values: list[float]

    def missed_by(self, output: Array) -> float:
        """The largest error, as a multiple of the error that is allowed."""
        if output.size != self.size:
            return float("inf")
        errors = np.abs(output.reshape(-1)[self.at] - np.array(self.values))
        return float(errors.max() / (_ALLOWED * np.ptp(self.values)))


References = Mapping[str, Mapping[str, Reference]]  # by network, by output


def stored() -> References:
    """The numbers that are kept in the repository."""
    kept = json.loads(STORED.read_text("utf-8"))
    return {
        net: {name: Reference(**each) for name, each in outputs.items()}
        for net, outputs in kept.items()
    }


def store(folder: Path) -> None:
    """Keep the numbers of the networks in a folder."""
    kept = {
        net: {name: asdict(_reference(output)) for name, output in computed(folder, net).items()}
        for net in picture.SIZES
    }
    rows = json.dumps(kept).replace('}, "', '},\n"').replace('": {"', '": {\n"')
    STORED.write_text(f"{rows}\n", "utf-8")


def computed(folder: Path, net: str) -> Mapping[str, Array]:
    """What onnxruntime makes of the picture, by output. Raises ImportError where it is missing."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / f"{net}.onnx")
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": picture.of(net)}), strict=True))


def off(folder: Path) -> list[str]:
    """The outputs of the networks in a folder that are further off than allowed, in words."""
    return [
        f"{net}: {name} is {error:.1f} times as far off as allowed"
        for net, outputs in stored().items()
        for name, output in computed(folder, net).items()
        if (error := outputs[name].missed_by(output)) > 1
    ]


def _reference(output: Array) -> Reference:
    numbers = output.reshape(-1)
    order = np.argsort(numbers, kind="stable")
    between = np.linspace(0, numbers.size - 1, _BETWEEN).astype(int)
    at = np.unique(np.concatenate([order[:_EXTREMES], order[-_EXTREMES:], between]))
    return Reference(numbers.size, at.tolist(), [float(f"{each:.6g}") for each in numbers[at]])
