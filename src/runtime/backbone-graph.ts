import { multipliesInt8Matrices } from '../host/machine.ts';
import type { Backbone } from '../models/backbone.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import { backboneToInt8Onnx } from '../onnx/int8.ts';
import { reopenOnnxFile } from './read-onnx.ts';

/** A graph from pictures to features, with the names of its input and output. */
export interface BackboneGraph {
  readonly graph: Uint8Array;
  readonly images: string;
  readonly features: string;
}

/**
 * Turns a backbone into the graph that ONNX Runtime runs; its weights go to `write`, to lie beside it.
 * @param unfold uses the form in which ONNX Runtime computes 8 bits fastest on this CPU; other runtimes only accept
 *   weights whose zero is 0
 */
export function backboneGraph(
  backbone: Backbone,
  imageSize: readonly [height: number, width: number],
  write: (bytes: Uint8Array) => void,
  unfold = multipliesInt8Matrices(),
): BackboneGraph {
  const { input, cut } = backbone;
  if (backbone.file) {
    const { layout, end, entry } = backbone.file;
    const made = reopenOnnxFile(backbone.file).graph([cut], { imageSize, input, layout, entry, end }, write);
    return { graph: made.model, images: made.images, features: made.outputs[0] };
  }
  const { model, int8 } = backbone;
  const options = { imageSize, input };
  const graph = int8
    ? backboneToInt8Onnx(model, int8.ranges, { ...options, unfold }, write)
    : backboneToOnnx(model, options, write);
  return { graph, images: 'images', features: 'features' };
}
