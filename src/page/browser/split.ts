/** `classifier.js` of `graft page --split`: knows the two files that lie beside it. */
import { openClassifier as open, type WebClassifier, type WebClassifierParts } from '../web.ts';

/**
 * Opens the classifier that lies beside this file.
 * @param parts where its files are, if they are elsewhere
 */
export const openClassifier = (parts: Partial<WebClassifierParts> = {}): Promise<WebClassifier> =>
  open({
    model: new URL('./classifier.onnx', import.meta.url),
    wasm: new URL('./classifier.wasm', import.meta.url),
    ...parts,
  });
