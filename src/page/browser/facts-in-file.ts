import { fieldsOf, textOf } from '../../onnx/file/protobuf.ts';
import type { GraphFacts } from './messages.ts';

/** The field of an ONNX model that holds texts by name. */
const METADATA = 14;

/**
 * Reads what an ONNX file that Graft wrote says about itself.
 * @throws Error if it says nothing
 */
export function factsInFile(model: Uint8Array): GraphFacts {
  const texts = new Map<string, string>();
  for (const { number, bytes } of fieldsOf(model)) {
    if (number !== METADATA) continue;
    const [key, value] = [...fieldsOf(bytes)].map(textOf);
    texts.set(key, value);
  }
  const [classNames, imageSize, resizing] = ['classNames', 'imageSize', 'resizing'].map((name) => {
    const text = texts.get(name);
    if (text === undefined)
      throw new Error(
        `openClassifier: expected an ONNX file that \`graft page --split\` or \`graft export --to onnx\` wrote; ${name} is not in it.`,
      );
    return JSON.parse(text) as unknown;
  });
  return {
    classNames: classNames as string[],
    imageSize: imageSize as [number, number],
    resizing: resizing as GraphFacts['resizing'],
    outputs: [],
  };
}
