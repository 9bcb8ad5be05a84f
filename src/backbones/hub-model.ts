import path from 'node:path';
import { checkOptions } from '../host/option-ranges.ts';
import { type HubBackboneName, isHubBackboneName, knownNetwork, knownRepository } from '../models/networks/networks.ts';
import type { DownloadOptions } from '../storage/downloads/download.ts';
import {
  cachedCommit,
  cachedFile,
  cachedNames,
  type HubFile,
  isKnownFile,
  listedNames,
  noteAbsent,
  noteCommit,
  noteNames,
} from '../storage/hub/cache.ts';
import { askHub, type HubInfo } from '../storage/hub/hub-client.ts';
import { fetchHubFile } from '../storage/hub/fetch-hub-file.ts';
import {
  checkFile,
  checkRevision,
  type HubName,
  hubText,
  type HubText,
  isCommit,
  isPath,
  readHubName,
} from '../storage/hub/name.ts';
import { isOn } from '../storage/hub/settings.ts';
import { CONFIGS } from './config-beside.ts';
import { locationsBeside } from '../runtime/read-onnx.ts';

/** A model in the hub's cache. */
export interface HubModel extends HubFile {
  /** Where it lies. */
  readonly path: string;
}

export interface DownloadModelOptions extends Pick<DownloadOptions, 'onProgress' | 'signal' | 'tries'> {
  /**
   * A path in the repository. @default the one that is known to work, `onnx/model.onnx`, `model.onnx`, or the only one
   */
  readonly file?: string;
  /** A branch, a tag or a commit. @default 'main' */
  readonly revision?: string;
}

/**
 * Downloads an ONNX model from Hugging Face's hub into its cache, where Python's `huggingface_hub` finds it too. The
 * weights that lie beside it and the files that say how pictures enter it come along; each file is checked against its
 * checksum. A commit that is already there is not asked for. `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN` and
 * `HF_HUB_OFFLINE` count.
 * @param name `hf:org/name`, `hf:org/name@revision/file.onnx`, or a network of the list (docs/onnx.md)
 * @throws Error naming the repository and what to do, if it is gated or not there, or if a file is not as it should be
 * @example
 * const { path } = await downloadModel('hf:timm/resnet18.a1_in1k');
 */
export async function downloadModel(
  name: HubText | HubBackboneName,
  options: DownloadModelOptions = {},
): Promise<HubModel> {
  const { signal } = options;
  checkOptions('downloadModel', { tries: options.tries });
  const asked = readAsked(name, options);
  const { repository, revision = 'main' } = asked;
  const offline = isOn('HF_HUB_OFFLINE');
  const there = offline ? cached(asked) : cachedIfClear(asked);
  if (there && isCommit(revision) && isComplete(there)) return there;
  if (offline) {
    if (there) return there;
    throw new Error(`${hubText(asked)} is not in the cache, and HF_HUB_OFFLINE forbids asking for it.`);
  }
  const info = await askHub(repository, revision, signal);
  noteNames(repository, info.commit, [...info.files.keys()]);
  const file = asked.file ?? chooseFile(asked, [...info.files.keys()]);
  if (!info.files.has(file)) throw new RangeError(noFile(asked, file, [...info.files.keys()]));
  const at = { repository, commit: info.commit };
  for (const config of configsOf(file)) {
    if (info.files.has(config)) await fetchHubFile(info, config, options);
    else noteAbsent({ ...at, file: config });
  }
  const found = { ...at, file, path: await fetchHubFile(info, file, options) };
  for (const weights of weightsOf(found)) await fetchHubFile(info, checkWeights(found, weights, info), options);
  // last: a download that broke off leaves the revision at a complete one
  noteCommit(repository, revision, info.commit);
  return found;
}

/**
 * Gives a model that was downloaded, as the cache has it; asks the hub for nothing.
 * @throws Error with the command that downloads it
 */
export function cachedModel(name: HubText | HubBackboneName): HubModel {
  const asked = readAsked(name, {});
  const there = cached(asked);
  if (!there)
    throw new Error(
      `${isHubBackboneName(name) ? name : hubText(asked)} is not downloaded: \`npx graft download ${name}\` does it.`,
    );
  return there;
}

/** Reads what is asked for from its name and the options; a network of the list has its own file. */
function readAsked(name: HubText | HubBackboneName, { file, revision }: DownloadModelOptions): HubName {
  const known = knownNetwork(name)?.hub;
  const named = known ? { repository: known.repository } : readHubName(name as HubText);
  for (const [option, given] of Object.entries({ file, revision })) {
    const own = named[option as 'file' | 'revision'];
    if (given !== undefined && own !== undefined && given !== own)
      throw new RangeError(`${option}: expected one; got "${given}", and "${own}" in ${name}.`);
  }
  return {
    ...named,
    ...(revision !== undefined && { revision: checkRevision(revision) }),
    ...(file !== undefined && { file: checkFile(file) }),
  };
}

function cached(asked: HubName): HubModel | undefined {
  const { repository, revision } = asked;
  const commit = cachedCommit(repository, revision);
  if (!commit) return undefined;
  const file = asked.file ?? usualFile(asked, commit);
  if (file === undefined) return undefined;
  const found = { repository, commit, file };
  const at = cachedFile(found);
  return at === undefined ? undefined : { ...found, path: at };
}

/** Does the same; gives undefined if the hub has to be asked which file is meant. */
function cachedIfClear(asked: HubName): HubModel | undefined {
  try {
    return cached(asked);
  } catch {
    return undefined;
  }
}

/**
 * Chooses the file that a repository's name alone stands for, among all that it has at the commit. If these are not
 * noted (Python's `huggingface_hub` has fetched it), it gives only a file that stands for it whatever else there is.
 */
function usualFile(asked: HubName, commit: string): string | undefined {
  const { repository } = asked;
  const listed = listedNames(repository, commit);
  if (listed) return chooseFile(asked, listed);
  const here = cachedNames(repository, commit).filter((name) => /\.onnx$/i.test(name));
  if (!here.length) return undefined;
  const [first] = usualNames(repository);
  if (here.includes(first)) return first;
  throw new Error(
    `${hubText(asked)}: which files it has at ${commit} is not noted on this machine, so Graft cannot tell which one you mean. Name it, ` +
      `${hubText({ ...asked, file: here.sort()[0] })} say, or \`npx graft download ${hubText(asked)}\` asks the hub.`,
  );
}

/** Lists the files that stand for their repository, the first before the others. */
const usualNames = (repository: string): string[] =>
  [knownRepository(repository)?.hub?.file, 'onnx/model.onnx', 'model.onnx'].flatMap((name) => name ?? []);

/** Whether nothing would have to be fetched. */
const isComplete = (model: HubModel): boolean =>
  configsOf(model.file).every((file) => isKnownFile({ ...model, file })) &&
  weightsOf(model).every((file) => isPath(file) && cachedFile({ ...model, file }));

/** Picks the model among a repository's files. @throws RangeError listing the models it has */
function chooseFile(asked: HubName, names: readonly string[]): string {
  const models = names.filter((name) => /\.onnx$/i.test(name)).sort();
  const found = usualNames(asked.repository).find((name) => models.includes(name));
  const chosen = found ?? (models.length === 1 ? models[0] : undefined);
  if (chosen === undefined)
    throw models.length ? new RangeError(noFile(asked, undefined, models)) : new Error(noFile(asked, undefined, names));
  return checkFile(chosen);
}

function noFile({ repository, revision }: HubName, file: string | undefined, names: readonly string[]): string {
  const models = names.filter((name) => /\.onnx$/i.test(name)).sort();
  const listed = models.slice(0, MOST_LISTED).join(', ') + (models.length > MOST_LISTED ? ', …' : '');
  const named = hubText({ repository, revision });
  if (!models.length)
    return `${named}: expected an ONNX file; there is none among its ${names.length} files. Many networks are exported by onnx-community and Xenova.`;
  return `file: expected one of ${listed} of ${named}; got ${file === undefined ? 'none' : `"${file}"`}.`;
}

const MOST_LISTED = 12;

/** Lists where configurations may lie: beside the model, and in the folder above `onnx/`. */
function configsOf(file: string): string[] {
  const folder = path.posix.dirname(file);
  const folders = [folder, ...(path.posix.basename(folder) === 'onnx' ? [path.posix.dirname(folder)] : [])];
  return folders.flatMap((at) => CONFIGS.map((name) => path.posix.join(at, name)));
}

/** Lists the files that hold the model's weights, as paths in the repository. */
const weightsOf = ({ file, path: at }: HubModel): string[] =>
  locationsBeside(at).map((location) => path.posix.join(path.posix.dirname(file), location));

function checkWeights({ file, repository }: HubModel, weights: string, { files, commit }: HubInfo): string {
  const named = hubText({ repository, file });
  if (!isPath(weights) || !weights.startsWith(path.posix.join(path.posix.dirname(file), '/').replace(/^\.\//, '')))
    throw new Error(
      `${named}: expected its weights beside it; it names "${weights}", which leads out of its folder. Such a file is not fetched.`,
    );
  if (!files.has(weights))
    throw new Error(`${named}: expected its weights in ${weights}; the repository has no such file at ${commit}.`);
  return weights;
}
