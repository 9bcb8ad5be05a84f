import path from 'node:path';
import { download, type DownloadOptions } from '../../storage/downloads/download.ts';
import { ownData } from '../../home.mjs';
import { dataFolder } from '../../project.ts';
import { fileExists } from '../../storage/files/read-file.ts';
import { NETWORKS } from './known.mjs';
import { type KnownNetwork, knownNetwork, type NetworkName } from './networks.ts';

const ROWS: readonly KnownNetwork[] = Object.values(NETWORKS);

/** Gives the path of a file that comes with the project (data/weights/README.md). */
export const ownFile = ({ file }: { readonly file: string }): string => ownData(`weights/${file}`);
const downloaded = (name: string): string => path.join(dataFolder(), 'weights', name);

/** Names the environment variable for a network's weights file: the network's name in capitals. */
export const weightsVariable = (network: NetworkName): string =>
  `${network.toUpperCase().replaceAll('-', '_')}_WEIGHTS`;

/**
 * Finds the file with a network's weights: `VGG19_WEIGHTS`, `RESNET50_WEIGHTS`, … (the name in capitals), else Keras'
 * file in `data/weights/` (the one with the top first), else the one that comes with the project: for `vgg16` its
 * convolutions in 8 bits, and `vgg19-mini`.
 * @returns undefined if there is none
 * @throws Error when the variable names a file that does not exist
 */
export function findWeights(network: NetworkName): string | undefined {
  const variable = weightsVariable(network);
  const named = process.env[variable];
  if (named) {
    if (!fileExists(named)) throw new Error(`${variable}: expected a file of weights; "${named}" does not exist.`);
    return named;
  }
  const { keras = [], own } = knownNetwork(network);
  return keras.map(({ name }) => downloaded(name)).find(fileExists) ?? (own && ownFile(own));
}

/** Gives the file of a network that comes with the project, by its name; undefined for any other, or if it is not there. */
export function ownNetwork(name: string): string | undefined {
  const own = knownNetwork(name)?.own;
  const file = own && ownFile(own);
  return file !== undefined && fileExists(file) ? file : undefined;
}

/** Whether a weights file is one that comes with the project. */
export const isEmbedded = (file: string): boolean =>
  ROWS.some(({ own }) => own !== undefined && path.resolve(file) === ownFile(own));

/**
 * Gives the MD5 that a weights file has to have: known for files that are downloaded to `data/weights/` or come with
 * the project, unknown for a user's own file.
 */
export function expectedMd5(file: string): string | undefined {
  const absolute = path.resolve(file);
  const own = ROWS.find((row) => row.own && absolute === ownFile(row.own))?.own;
  const remote = ROWS.flatMap(({ keras = [] }) => keras).find(({ name }) => absolute === downloaded(name));
  return (own ?? remote)?.md5;
}

/**
 * Downloads a network's weights from Keras' site to `data/weights/`, resuming an earlier try, and verifies them. A
 * network without such a file comes with the project.
 * @param options.top whether to include the layers that name ImageNet's classes @default true
 * @returns the file
 */
export async function downloadWeights(
  network: NetworkName,
  {
    top = true,
    to = path.join(dataFolder(), 'weights'),
    ...options
  }: { readonly top?: boolean; readonly to?: string } & DownloadOptions = {},
): Promise<string> {
  const remote = knownNetwork(network).keras?.[top ? 0 : 1];
  if (!remote) return findWeights(network)!;
  const file = path.join(to, remote.name);
  await download(remote, file, options);
  return file;
}

/**
 * Names VGG19 if its weights are found, else VGG16, whose convolutions come with the project.
 * @example
 * const network = await loadNetwork(defaultNetwork());
 */
export const defaultNetwork = (): NetworkName => (findWeights('vgg19') ? 'vgg19' : 'vgg16');
