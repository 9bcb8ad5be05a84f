import { convertOperation } from '../../../onnx/convert.ts';
import type { Builder } from '../../../onnx/builder.ts';
import { foldedWeights, fuse, type Operation } from '../../../onnx/fuse.ts';
import { headLayers } from '../../../training/steps/head-layers.ts';
import type { Classifier } from '../../classifier.ts';

/** The layers that an export writes, in an order in which they can run; the last one gives the classes' scores. */
export interface HeadParts {
  readonly before: readonly Operation[];
  readonly scores: Scores;
}

/** The last layer: features · kernel + bias, divided by the temperature. */
export interface Scores {
  readonly operation: Operation;
  /** [D, K] */
  readonly kernel: Float32Array;
  /** [K] */
  readonly bias: Float32Array;
}

/**
 * Reads a classifier's head; the only place of an export that does. The temperature goes into the last weights, so that
 * a file needs no word for it.
 * @throws Error if it does not end in a Dense with softmax
 */
export function headParts({ head, temperature }: Classifier): HeadParts {
  headLayers(head);
  const operations = fuse(head);
  const operation = operations.at(-1)!;
  const { kernel, bias, shape } = foldedWeights(operation);
  return {
    before: operations.slice(0, -1),
    scores: {
      operation,
      kernel: kernel.map((value) => value / temperature),
      bias: bias?.map((value) => value / temperature) ?? new Float32Array(shape[1]),
    },
  };
}

/** Adds a head's nodes behind a graph: features [n, …] in Keras' layout → `logits`, and `probabilities` if wanted. */
export function headNodes(
  build: Builder,
  features: string,
  classifier: Classifier,
  { probabilities }: { readonly probabilities: boolean },
): void {
  const { before, scores } = headParts(classifier);
  const { kernel, bias } = scores;
  // operators take pictures as [n, C, H, W]
  const picture = classifier.backbone.outputShape.length === 3;
  const start = picture ? build.node('Transpose', [features], { perm: [0, 3, 1, 2] }) : features;
  const values: string[] = [];
  const valueOf = (k: number): string => (k < 0 ? start : values[k]);
  for (const operation of before) values.push(convertOperation(build, operation, operation.inputs.map(valueOf)));
  const k = bias.length;
  const inputs = [
    valueOf(scores.operation.inputs[0]),
    build.weights('kernel', kernel, [kernel.length / k, k]),
    build.weights('bias', bias, [k]),
  ];
  build.node('Gemm', inputs, {}, 'logits');
  if (probabilities) build.node('Softmax', ['logits'], { axis: 1 }, 'probabilities');
}
