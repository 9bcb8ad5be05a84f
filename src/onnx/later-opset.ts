import { ownOf } from '../host/own.ts';
import type { OnnxModel } from './model-file.ts';

/**
 * The version of ONNX' operators from which on an operator means what it means in version 18 (onnx/docs/Changelog.md).
 * Those that changed in 18, like ReduceMean, are not in it.
 */
const SINCE: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'Abs:6 Add:7 And:7 AveragePool:7 BatchNormalization:9 Cast:9 Ceil:6 Clip:11 Concat:4 Constant:9 ConstantOfShape:9 Conv:1 ' +
    'Cos:7 DequantizeLinear:10 Div:7 Dropout:12 Elu:6 Equal:7 Erf:9 Exp:6 Expand:8 Flatten:1 Floor:6 Gather:1 Gemm:7 ' +
    'GlobalAveragePool:1 GlobalMaxPool:1 Greater:7 HardSigmoid:6 HardSwish:14 Identity:1 InstanceNormalization:6 ' +
    'LRN:1 LayerNormalization:17 LeakyRelu:6 Less:7 Log:6 MatMul:1 Max:8 MaxPool:8 Min:8 Mod:10 Mul:7 Neg:6 Not:1 Or:7 ' +
    'PRelu:7 Pad:11 Pow:7 QuantizeLinear:10 Range:11 Reciprocal:6 ReduceSum:13 Relu:6 Reshape:5 Round:11 Shape:1 Sigmoid:6 ' +
    'Sin:7 Slice:10 Softmax:13 Softplus:1 Sqrt:6 Squeeze:13 Sub:7 Sum:8 Tanh:6 Tile:6 Transpose:1 Unsqueeze:13 Where:9'
  )
    .split(' ')
    .map((entry) => entry.split(':'))
    .map(([op, version]) => [op, Number(version)]),
);

/**
 * Checks that a model means the same if its operators are read as those of version 18.
 * @throws Error naming an operator that changed since
 */
export function checkLaterOpset({ nodes, opsets }: OnnxModel, later: number): void {
  const own = opsets.get('')!;
  if (own >= later) return;
  const changed = nodes.find(({ op }) => !((ownOf(SINCE, op) ?? Infinity) <= own));
  if (changed)
    throw new Error(
      `export: this format needs ONNX' operators of opset ${later}, where ${changed.op} is another one than in opset ${own}, ` +
        `which the backbone's file has. \`onnx.version_converter.convert_version(model, ${later})\` in Python brings it up to date. ` +
        'Nothing was written.',
    );
}
