import type { Classifier } from '../classifier/classifier.ts';
import { headParts } from '../classifier/export/graph/head-nodes.ts';
import { isZipped } from '../classifier/zipped.ts';
import { readBytes } from '../storage/files/read-file.ts';
import { divided } from './browser/teach/held-back.ts';
import { judged } from './browser/teach/judged.ts';
import { holdsProject, openProject } from './browser/teach/saved-project.ts';

/**
 * Says how right a classifier is on the pictures that were held back while it was taught in a page: they are in its
 * ZIP, with what the network saw in them.
 * @param place where the classifier was loaded from
 * @returns a sentence with the interval; undefined if that is no ZIP of a teaching page
 * @throws Error, a sentence for people, if the ZIP is damaged
 */
export async function taughtFigure(place: string, classifier: Classifier): Promise<string | undefined> {
  if (!isZipped(place)) return undefined;
  const archive = new Blob([(await readBytes(place)) as Uint8Array<ArrayBuffer>]);
  if (!(await holdsProject(archive))) return undefined;
  const { backbone } = classifier;
  const project = await openProject(archive, {
    saved: { backbone: { fingerprint: backbone.id } },
    named: String(backbone),
    length: backbone.outputShape[0],
  });
  const { text } = judged(divided(project).test, headParts(classifier).scores);
  return `It was taught in a page. ${text}`;
}
