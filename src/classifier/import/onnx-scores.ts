import { headsOf } from '../../onnx/heads.ts';
import { type ModelNode, type ModelValue, TYPE_NAMES } from '../../onnx/file/model-file.ts';
import { makersOf } from '../../onnx/trace.ts';
import type { OnnxFile } from '../../runtime/read-onnx.ts';

/** The scores that a classifier's file gives. */
export interface OnnxScores {
  /** The tensor that holds them, before any softmax. */
  readonly cut: string;
  /** The output that they are, or that is made of them. */
  readonly output: string;
  /** Whether a Softmax in the graph makes probabilities of them. */
  readonly softmax: boolean;
}

/** Operators that pass values on from one to another shape or type. */
const PASSES = new Set('Cast DequantizeLinear Dropout Flatten Identity QuantizeLinear Reshape Squeeze'.split(' '));

/**
 * Finds where a classifier's graph has the scores of its classes: at an output, or before the Softmax that an output
 * ends in.
 * @param wanted the output to take @default the only one, or the only one that is scores
 * @throws Error naming the file, if it has several, or if each class is a yes or no of its own
 */
export function scoresOf(file: OnnxFile, wanted?: string): OnnxScores {
  const { model, named } = file;
  const { name: output } = outputOf(file, wanted);
  const makers = makersOf(model);
  let made: ModelNode | undefined = makers.get(output);
  while (made && PASSES.has(made.op)) made = makers.get(made.inputs[0]);
  if (made?.op === 'Sigmoid')
    throw new Error(
      `${named}: expected one class out of several for each picture; "${output}" ends in a Sigmoid, which says yes or no for each class on its own. Graft has no such classifiers.`,
    );
  if (made?.op !== 'Softmax') return { cut: output, output, softmax: false };
  // scores of any shape but [n, K] are refused later
  const axis = made.attributes.get('axis')?.integer ?? ((model.opsets.get('') ?? 13) < 13 ? 1 : -1);
  if (axis !== 1 && axis !== -1)
    throw new Error(`${named}: expected a Softmax over the classes at its end; "${output}" has one over axis ${axis}.`);
  return { cut: made.inputs[0], output, softmax: true };
}

function outputOf({ model, named }: OnnxFile, wanted: string | undefined): ModelValue {
  const { outputs } = model;
  const all = outputs.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    const found = outputs.find(({ name }) => name === wanted);
    if (!found) throw new RangeError(`output: expected one of ${all}, the outputs of ${named}; got "${wanted}".`);
    return checked(found, named);
  }
  if (outputs.length === 1) return checked(outputs[0], named);
  const scores = outputs.filter((one) => isFloat(one) && headsOf(model, one.name).length > 0);
  if (scores.length === 1) return scores[0];
  throw new RangeError(
    `output: expected one output with the scores of the classes; ${named} has ${outputs.length}: ${all}. Name the right one with --output, in a cell { output }.`,
  );
}

const isFloat = ({ kind, type }: ModelValue): boolean =>
  kind === 'tensor' && ['float32', 'float16'].includes(TYPE_NAMES[type] ?? '');

function checked(value: ModelValue, named: string): ModelValue {
  if (isFloat(value)) return value;
  const got = value.kind === 'tensor' ? (TYPE_NAMES[value.type] ?? `type ${value.type}`) : `a ${value.kind}`;
  throw new Error(
    `${named}: expected scores or probabilities in floats, [n, K]; its output "${value.name}" is ${got}.` +
      (value.kind === 'tensor' ? '' : ' Export it without ZipMap (skl2onnx: options={"zipmap": False}).'),
  );
}
