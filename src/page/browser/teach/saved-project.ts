import { contentOfSealed } from '../../../storage/files/sealed-text.ts';
import { type ZipEntry, zipEntries } from '../../../storage/files/zip-list.ts';
import { type ZipPart, zipOf } from '../../../storage/files/write-zip.ts';
import type { TeachFacts } from '../../teach-facts.ts';
import type { TrainedHead } from '../train.ts';
import type { Divided } from './held-back.ts';
import type { Picture, Project } from './project.ts';
import { bytesOf, classifierParts, sealed, sumOf } from './saved-classifier.ts';

/** The file that says which pictures belong to which class, and the one with what the network sees in them. */
const [LIST, EMBEDDINGS] = ['teach.json', 'embeddings.bin'];
const FORMAT = 'graft teach 1';

/** What `teach.json` holds. */
interface SavedProject {
  readonly format: typeof FORMAT;
  readonly graft: string;
  /** The backbone's id, and in words. */
  readonly backbone: string;
  readonly named: string;
  readonly classes: readonly {
    readonly name: string;
    readonly pictures: readonly (Pick<Picture, 'name' | 'contents' | 'from'> & { readonly file: string })[];
  }[];
  /** The SHA-256 of the embeddings, [n, D] float32 in the order of the pictures. */
  readonly embeddings: string;
}

/**
 * Writes all that was taught as a ZIP: a folder of pictures for each class, what the network sees in them, and the
 * classifier as `saveClassifier` writes it, so that Graft takes it and a page opens it again.
 * @param taught the head and what it was trained on; undefined if there is none yet
 */
export async function projectZip(
  project: Project,
  facts: TeachFacts,
  taught?: { readonly divided: Divided; readonly head: TrainedHead },
): Promise<Uint8Array<ArrayBuffer>> {
  const folders = folderNames(project.map(({ name }) => name));
  const pictures: ZipPart[] = [];
  const classes: SavedProject['classes'][number][] = [];
  for (const [c, { name, pictures: own }] of project.entries()) {
    const files = own.map((_, i) => `pictures/${folders[c]}/${String(i + 1).padStart(4, '0')}.jpg`);
    classes.push({ name, pictures: own.map((one, i) => ({ ...factsOf(one), file: files[i] })) });
    for (const [i, { small }] of own.entries())
      pictures.push({ name: files[i], bytes: new Uint8Array(await small.arrayBuffer()) });
  }
  const embeddings = bytesOf(...project.flatMap((one) => one.pictures.map(({ embedding }) => embedding)));
  const list: SavedProject = {
    ...{ format: FORMAT, graft: facts.graft, backbone: facts.saved.backbone.fingerprint, named: facts.named },
    classes,
    embeddings: sumOf(embeddings),
  };
  return zipOf([
    ...(taught ? classifierParts(taught.divided, taught.head, facts) : []),
    { name: LIST, bytes: new TextEncoder().encode(sealed(list)) },
    { name: EMBEDDINGS, bytes: embeddings },
    ...pictures,
  ]);
}

const factsOf = ({ name, contents, from }: Picture): Pick<Picture, 'name' | 'contents' | 'from'> => ({
  name,
  contents,
  from,
});

/** The network that a ZIP has to be of. */
interface OwnNetwork extends Pick<TeachFacts, 'named' | 'length'> {
  readonly saved: { readonly backbone: Pick<TeachFacts['saved']['backbone'], 'fingerprint'> };
}

/**
 * Reads such a ZIP.
 * @throws Error, a sentence for people: it is damaged, something else, or of another backbone
 */
export async function openProject(archive: Blob, facts: OwnNetwork): Promise<Project> {
  const read = readerOf(archive);
  const entries = await zipEntries(archive.size, read).catch((cause: Error) => {
    throw new Error(`Expected a ZIP that a teaching page saved; it is one ${cause.message}.`, { cause });
  });
  const list = entries.find(isList);
  if (!list) throw new Error(`Expected a ZIP that a teaching page saved; there is no ${LIST} in it.`);
  const inFolder = list.name.slice(0, -LIST.length);
  const bytesIn = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const entry = entries.find((one) => one.name === inFolder + name);
    const bytes = entry && (await unpacked(entry, await read(entry.at, entry.bytes)));
    if (bytes?.length !== entry?.size || !bytes) throw new Error(`The ZIP is damaged: ${name} in it cannot be read.`);
    return bytes;
  };
  const saved = listOf(new TextDecoder().decode(await bytesIn(LIST)));
  if (saved.format !== FORMAT)
    throw new Error(`Expected ${LIST} of format “${FORMAT}”; got “${String(saved.format)}”: make this page anew.`);
  if (saved.backbone !== facts.saved.backbone.fingerprint)
    throw new Error(
      `This ZIP was taught with another network, ${String(saved.named)}; this page has ${facts.named}. Open it in a page with that one, or give its pictures to this page.`,
    );
  const embeddings = await bytesIn(EMBEDDINGS);
  if (sumOf(embeddings) !== saved.embeddings) throw new Error(`The ZIP is damaged: ${EMBEDDINGS} in it has changed.`);
  const rows = new Float32Array(embeddings.buffer);
  let row = 0;
  const project: Project[number][] = [];
  for (const { name, pictures } of saved.classes!) {
    const own: Picture[] = [];
    for (const { file, ...picture } of pictures) {
      const small = new Blob([await bytesIn(file)], { type: 'image/jpeg' });
      own.push({ ...picture, small, embedding: rows.slice(row * facts.length, ++row * facts.length) });
    }
    project.push({ id: project.length + 1, name, pictures: own });
  }
  return project;
}

/** Whether a ZIP is one that a teaching page saved, whatever state it is in. */
export const holdsProject = async (archive: Blob): Promise<boolean> =>
  (await zipEntries(archive.size, readerOf(archive))).some(isList);

const isList = ({ name }: ZipEntry): boolean => name === LIST || name.endsWith(`/${LIST}`);

const readerOf =
  (archive: Blob) =>
  async (at: number, length: number): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await archive.slice(at, at + length).arrayBuffer());

function listOf(text: string): Partial<SavedProject> {
  try {
    return contentOfSealed(text, sumOf);
  } catch (cause) {
    throw new Error(`The ZIP is damaged: ${LIST} in it has another content than was saved.`, { cause });
  }
}

async function unpacked(
  { packed }: ZipEntry,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!packed) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).arrayBuffer().then(
    (all) => new Uint8Array(all),
    () => undefined,
  );
}

/** The longest name of a folder. */
const LONGEST = 60;

/** Makes names of folders of classes' names: without what file systems do not take, none of them twice. */
export function folderNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[\\/:*?"<>|\p{Cc}\p{Cs}]/gu, '-').slice(0, LONGEST);
    const kept = plain.replace(/\p{Cs}$/u, '').replace(/^[. ]+|[. ]+$/g, '') || 'class';
    // a file system may take large and small letters for the same
    let free = kept;
    for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${kept} (${i})`;
    taken.add(free.toLowerCase());
    return free;
  });
}
