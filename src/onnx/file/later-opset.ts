import { ownOf } from '../../host/own.ts';
import { encodeTensor } from './format.ts';
import type { ModelNode, ModelTensor, OnnxModel } from './model-file.ts';
import { bytesField, fieldsOf, joinBytes, textOf } from './protobuf.ts';

/**
 * The version of ONNX' operators from which on an operator means what it means in version 18 (onnx/docs/Changelog.md).
 */
const SINCE: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'Abs:6 Add:7 And:7 AveragePool:7 BatchNormalization:9 Cast:9 Ceil:6 Clip:11 Concat:4 Constant:9 ConstantOfShape:9 Conv:1 ' +
    'Cos:7 DequantizeLinear:10 Div:7 Dropout:12 Elu:6 Equal:7 Erf:9 Exp:6 Expand:8 Flatten:1 Floor:6 Gather:1 Gemm:7 ' +
    'GlobalAveragePool:1 GlobalMaxPool:1 Greater:7 HardSigmoid:6 HardSwish:14 Identity:1 InstanceNormalization:6 ' +
    'LRN:1 LayerNormalization:17 LeakyRelu:6 Less:7 Log:6 MatMul:1 Max:8 MaxPool:8 Min:8 Mod:10 Mul:7 Neg:6 Not:1 Or:7 ' +
    'PRelu:7 Pad:11 Pow:7 QuantizeLinear:10 Range:11 Reciprocal:6 Relu:6 Reshape:5 Round:11 Shape:1 Sigmoid:6 ' +
    'Sin:7 Slice:10 Softmax:13 Softplus:1 Sqrt:6 Sub:7 Sum:8 Tanh:6 Tile:6 Transpose:1 Where:9'
  )
    .split(' ')
    .map((entry) => entry.split(':'))
    .map(([op, version]) => [op, Number(version)]),
);

/**
 * The version from which on an operator takes its axes as an input, and no longer as an attribute; nothing else about
 * it changed since 11.
 */
const AXES_AS_INPUT: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['ReduceSum', 'Squeeze', 'Unsqueeze'].map((op) => [op, 13])),
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map((kind) => [`Reduce${kind}`, 18]),
  ),
};

/**
 * Writes a model in operators of version 18, in which it means the same.
 * @param later the version that is needed, at most 18
 * @returns the model itself if its own version will do
 * @throws Error naming an operator that changed since in another way
 */
export function inLaterOpset(model: OnnxModel, later: number): OnnxModel {
  const own = model.opsets.get('')!;
  if (own >= later) return model;
  const added: ModelTensor[] = [];
  const nodes = model.nodes.map((node, i) => {
    if (own >= 11 && own < (ownOf(AXES_AS_INPUT, node.op) ?? 0)) {
      const axes = node.attributes.get('axes')?.integers;
      if (!axes) return node; // all of them, then as now
      const tensor = axesTensor(`later/axes_${i}`, axes);
      added.push(tensor);
      return withAxesAsInput(node, tensor.name);
    }
    if ((ownOf(SINCE, node.op) ?? ownOf(AXES_AS_INPUT, node.op) ?? Infinity) <= own) return node;
    throw new Error(
      `export: this format needs ONNX' operators of opset ${later}, where ${node.op} is another one than in opset ${own}, ` +
        `which the backbone's file has. \`onnx.version_converter.convert_version(model, ${later})\` in Python brings it up to date. ` +
        'Nothing was written.',
    );
  });
  return { ...model, nodes, tensors: new Map([...model.tensors, ...added.map((one) => [one.name, one] as const)]) };
}

/** Makes the tensor of axes, int64. */
function axesTensor(name: string, axes: readonly number[]): ModelTensor {
  const raw = new Uint8Array(BigInt64Array.from(axes, BigInt).buffer);
  const shape = [axes.length];
  return {
    name,
    shape,
    type: INT64,
    raw,
    integers: axes,
    bytes: encodeTensor({ name, type: 'int64', shape, data: raw }),
  };
}

const INT64 = 7; // onnx.proto's TensorProto.DataType

/** Takes the attribute out of a NodeProto, and adds an input behind the others. */
function withAxesAsInput(node: ModelNode, input: string): ModelNode {
  const isAxes = (bytes: Uint8Array): boolean => {
    const name = [...fieldsOf(bytes)].find(({ number }) => number === 1);
    return name !== undefined && textOf(name) === 'axes';
  };
  const kept = [...fieldsOf(node.bytes)].filter(({ number, bytes }) => number !== 5 || !isAxes(bytes));
  return {
    ...node,
    inputs: [...node.inputs, input],
    attributes: new Map([...node.attributes].filter(([name]) => name !== 'axes')),
    bytes: joinBytes([...kept.map(({ raw }) => raw), bytesField(1, new TextEncoder().encode(input))]),
  };
}
