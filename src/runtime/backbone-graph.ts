import { multipliesInt8Matrices } from '../host/machine.ts';
import type { Backbone } from '../models/backbone.ts';
import { backboneToOnnx, pictureGraph } from '../onnx/graph.ts';
import { backboneToInt8Onnx } from '../onnx/int8.ts';
import { reopenOnnxFile } from './read-onnx.ts';

/** A graph from pictures to features, with the names of its input and output. */
export interface BackboneGraph {
  readonly graph: Uint8Array;
  /** The picture's part, where it is a graph of its own before that. */
  readonly picture?: Uint8Array;
  readonly images: string;
  readonly features: string;
}

/**
 * Turns a backbone into the graph that an engine runs; its weights go to `write`, to lie beside it. In bfloat16 the
 * picture's part is a graph of its own, which computes in float32.
 * @param unfold uses the form in which ONNX Runtime computes 8 bits fastest on this CPU; other runtimes only accept
 *   weights whose zero is 0
 */
export function backboneGraph(
  backbone: Backbone,
  imageSize: readonly [height: number, width: number],
  write: (bytes: Uint8Array) => void,
  unfold = multipliesInt8Matrices(),
): BackboneGraph {
  const { input, cut, bfloat16 } = backbone;
  const apart = bfloat16 !== undefined;
  if (backbone.file) {
    const { layout, end, entry } = backbone.file;
    const made = reopenOnnxFile(backbone.file).graph([cut], { imageSize, input, layout, entry, end, apart }, write);
    return { graph: made.model, picture: made.picture, images: made.images, features: made.outputs[0] };
  }
  const { model, int8 } = backbone;
  const options = { imageSize, input };
  const graph = int8
    ? backboneToInt8Onnx(model, int8.ranges, { ...options, unfold }, write)
    : backboneToOnnx(model, { ...options, apart }, write);
  return { graph, picture: apart ? pictureGraph(options) : undefined, images: 'images', features: 'features' };
}
