import path from 'node:path';
import { type BackboneName, loadFileAlone } from '../backbones/load-backbone.ts';
import { licenceOf } from '../classifier/export/formats/licence.ts';
import { savedBackbone } from '../classifier/saved-backbone.ts';
import { formatOf } from '../classifier/saved-format.ts';
import { type Fitting, resizingOf } from '../data/dataset.ts';
import { READING } from '../data/pictures/reading.ts';
import { graftVersion } from '../host/version.ts';
import type { FileBackbone } from '../models/file-backbone.ts';
import { shortPath } from '../project.ts';
import { makeFolderOf, replaceFile } from '../storage/files/replace-file.ts';
import { backboneModel } from './backbone-model.ts';
import { htmlOf, inScript } from './page-html.ts';
import { checkPageFile } from './page-file.ts';
import { pageParts } from './page-parts.ts';
import type { TeachFacts } from './teach-facts.ts';
import { TEACH } from './teach-html.ts';

export interface TeachingPageOptions {
  /** The network, by name, or an ONNX file; it has to end in a vector. @default 'efficientnet-lite0' */
  readonly backbone?: BackboneName;
  /** What stands above it. @default 'Teach a classifier' */
  readonly title?: string;
  /** Keeps weights as they are, instead of rounded to about 10 bits. @default false */
  readonly exact?: boolean;
}

/** A page that was written. */
export interface TeachingPage {
  readonly kind: 'teaching page';
  readonly file: string;
  readonly bytes: number;
  readonly backbone: string;
  /** The least cosine of what its graph gives and what the backbone gives, on three drawn pictures. */
  readonly cosine: number;
  readonly remarks: readonly string[];
  /** Says all of it, over several lines. */
  toString(): string;
}

/**
 * Saves a page in which a classifier is taught: classes are collected by a camera or from files, a head is trained on
 * them as they come and tested on a fifth that is held back, and all of it is saved as a ZIP that `loadClassifier`,
 * `graft evaluate`, `graft predict` and `graft page` take, and that the page opens again. It works offline, from its
 * file; no picture leaves the machine.
 * @param file ends in `.html`; an earlier one is replaced
 * @throws Error if the backbone does not end in a vector, or is too large for a page; nothing is written then
 * @example
 * console.log(String(await saveTeachingPage('results/teach.html')));
 */
export async function saveTeachingPage(
  file: string,
  { backbone: name = 'efficientnet-lite0', title = 'Teach a classifier', exact = false }: TeachingPageOptions = {},
): Promise<TeachingPage> {
  checkPageFile('saveTeachingPage', file);
  const backbone = checked(name, await loadFileAlone(name));
  const { text: licence, warning } = licenceOf(backbone);
  const named = String(backbone);
  const graft = graftVersion();
  const metadata = { backbone: named, licence, graft };
  const { file: model, cosine } = await backboneModel(backbone, { rounded: !exact, metadata });
  const { size, resize = 'crop', cropFraction = 0.875, interpolation } = backbone.input;
  const fit: Fitting = { fit: resize, cropFraction, interpolation };
  const facts: TeachFacts = {
    title,
    imageSize: [size, size],
    resizing: resizingOf(fit),
    length: backbone.outputShape[0],
    named,
    saved: {
      format: formatOf(backbone.file.entry),
      imageSize: [size, size],
      fit,
      reading: READING,
      // its path on this machine is nobody else's business
      ...savedBackbone(backbone, path.basename(backbone.weights.file)),
    },
    graft,
    about: [
      'A fifth of each class’ pictures is held back: the classifier is trained on the others, and the figure says how it does on those.',
      `Network: ${named}${exact ? '' : ', its weights rounded'}; licence of its weights: ${licence}. Made by Graft ${graft}.`,
    ],
  };
  const { script, engine } = await pageParts();
  const parts = { main: inScript(script('teach.js')), style: script('teach.css') };
  const html = Buffer.from(htmlOf(facts, parts, TEACH, { model, engine }), 'utf8');
  makeFolderOf(file);
  replaceFile(file, html);
  const remarks = warning ? [warning] : [];
  const saved = { kind: 'teaching page', file, bytes: html.length, backbone: named, cosine, remarks } as const;
  const text = (): string =>
    [
      `${shortPath(file)}: ${(html.length / 1e6).toFixed(1)} MB, opens in a browser, offline too; holds ${named}`,
      `run once on 3 drawn pictures: a cosine of at least ${cosine.toFixed(4)} with what the network gives outside of a page`,
      ...remarks.map((remark) => `note: ${remark}`),
    ].join('\n');
  return { ...saved, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}

/** Refuses what a page cannot train on. */
function checked(name: string, backbone: FileBackbone | undefined): FileBackbone {
  const expected = 'backbone: expected an ONNX file that ends in a vector, such as efficientnet-lite0; ';
  if (!backbone) throw new RangeError(`${expected}"${name}" is a network of layers.`);
  const { outputShape } = backbone;
  if (outputShape.length !== 1) throw new RangeError(`${expected}${String(backbone)} gives ${outputShape.join('×')}.`);
  return backbone;
}
