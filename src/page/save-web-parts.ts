import { gunzipSync } from 'node:zlib';
import type { Model } from '../models/model.ts';
import { shortPath } from '../project.ts';
import { checkReplaceable, type FileSize, filesOf, putFolder } from '../storage/files/new-folder.ts';
import { checkedModel, classifierFor, checkedText } from './checked-model.ts';
import { pageParts } from './page-parts.ts';
import type { PageOptions } from './save-page.ts';

/** The files for a site that were written. */
export interface WebParts {
  readonly folder: string;
  readonly files: readonly FileSize[];
  readonly difference: number;
  readonly against: string;
  readonly remarks: readonly string[];
  /** Says all of it, over several lines. */
  toString(): string;
}

/** The file that lists the others, so that the folder may be written again. */
const LIST = 'classifier.json';

/**
 * Saves a classifier as the files of one's own site: `classifier.js`, which a plain module imports and which finds the
 * others; `classifier.onnx`; `classifier.wasm`. With `graft-ml/web` a bundler needs the last two only.
 * @param model a classifier, a model that was trained, or the folder of a saved classifier
 * @param folder a new one, an empty one, or one that this wrote before
 * @throws Error as `savePage`, or naming what else is in the folder; nothing is written then
 */
export async function saveWebParts(
  model: Model | string,
  folder: string,
  options: Pick<PageOptions, 'run' | 'exact' | 'weights'> = {},
): Promise<WebParts> {
  checkReplaceable(folder, LIST);
  const { file, description, difference, against } = await checkedModel(await classifierFor(model, options), options);
  const { script, engine } = await pageParts();
  await putFolder(folder, (made) => {
    made.write('classifier.js', script('classifier.js'));
    made.write('classifier.onnx', file);
    made.write('classifier.wasm', gunzipSync(engine));
    const files = filesOf(made.path).map(({ name }) => name);
    made.write(LIST, `${JSON.stringify({ files, ...description }, null, 1)}\n`);
    return Promise.resolve();
  });
  const { warning } = description.licence;
  const saved = { folder, files: filesOf(folder), difference, against, remarks: warning ? [warning] : [] } as const;
  const text = (): string =>
    [
      `${shortPath(folder)}: ${saved.files.map(({ name, bytes }) => `${name} ${(bytes / 1e6).toFixed(1)} MB`).join(', ')}`,
      checkedText(saved),
      ...saved.remarks.map((remark) => `note: ${remark}`),
      '',
      'in a page of the site:',
      '<script type="module">',
      "import { openClassifier } from './classifier.js';",
      'const classifier = await openClassifier();',
      'console.log(await classifier.classify(blob)); // a file that was chosen, say',
      '</script>',
    ].join('\n');
  return { ...saved, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}
