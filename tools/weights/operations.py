"""What becomes of each operation of TensorFlow.js."""

from collections.abc import Mapping

from tools.weights import pointwise, shapes, windows
from tools.weights.pointwise import Operation

OPERATIONS: Mapping[str, Operation] = {
    "Add": pointwise.binary("Add"),
    "AddN": pointwise.binary("Add"),  # of two
    "BiasAdd": pointwise.binary("Add"),
    "ConcatV2": shapes.joined,
    "Conv2D": windows.convolution,
    "DepthwiseConv2dNative": windows.convolution,
    "FusedBatchNorm": windows.batch_normalised,
    "Identity": pointwise.identity,
    "LeakyRelu": pointwise.leaky,
    "MaxPool": windows.pool,
    "Mul": pointwise.binary("Mul"),
    "Pad": windows.padded,
    "PadV2": windows.padded,
    "Relu6": pointwise.clipped,
    "Reshape": shapes.reshaped,
    "ResizeBilinear": windows.resized,
    "Sigmoid": pointwise.unary("Sigmoid"),
    "SplitV": shapes.split,
    "Squeeze": shapes.squeezed,
    "Sub": pointwise.binary("Sub"),
    "Transpose": shapes.transposed,
}
