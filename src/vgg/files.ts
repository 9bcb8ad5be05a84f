import { existsSync } from 'node:fs';
import path from 'node:path';
import { download, type DownloadOptions, type RemoteFile } from '../data/download.ts';
import { dataFolder, ROOT } from '../project.ts';
import type { NetworkName } from './architecture.ts';

interface WeightsFile extends RemoteFile {
  readonly name: string;
}

const HOME = 'https://storage.googleapis.com/tensorflow/keras-applications';
const official = (network: string, suffix: string, md5: string, bytes?: number): WeightsFile => {
  const name = `${network}_weights_tf_dim_ordering_tf_kernels${suffix}.h5`;
  return { name, url: `${HOME}/${network}/${name}`, md5, bytes };
};

/** Keras' own files with the MD5s of keras/src/applications/vgg19.py and vgg16.py; the one with the top comes first. Sizes where they are known. */
export const WEIGHTS_FILES: Record<Exclude<NetworkName, 'vgg19-mini'>, readonly [top: WeightsFile, noTop: WeightsFile]> = {
  vgg19: [official('vgg19', '', 'cbe5617147190e668d6c5d5026f83318', 574_710_816), official('vgg19', '_notop', '253f8cb515780f3b799900260a226db6')],
  vgg16: [official('vgg16', '', '64373286793e3c8b2b4e3219cbf3544b'), official('vgg16', '_notop', '6d6bbae143d832006294945121d1f1fc', 58_889_256)],
};

/**
 * The file with a network's weights: `VGG19_WEIGHTS` / `VGG16_WEIGHTS` / `VGG19_MINI_WEIGHTS`, else Keras' file in
 * `data/weights/` (with the top before without), else for `vgg19-mini` the one that comes with the project.
 * @returns undefined where there is none
 * @throws Error when the variable names a file that does not exist
 */
export function findWeights(network: NetworkName): string | undefined {
  const variable = `${network.toUpperCase().replaceAll('-', '_')}_WEIGHTS`;
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Error(`${variable}: expected a Keras HDF5 file; "${named}" does not exist.`);
    return named;
  }
  if (network === 'vgg19-mini') return path.join(ROOT, 'data/weights/vgg19-mini.h5');
  return WEIGHTS_FILES[network].map(({ name }) => path.join(dataFolder(), 'weights', name)).find((file) => existsSync(file));
}

/** Of the file that comes with the project (data/weights/README.md). */
const MINI_MD5 = 'bc5e62369786abe0e4286ac068c769e5';

/**
 * The MD5 that a weights file has to have: known for those that are downloaded to `data/weights/` or come with the project,
 * unknown for a file of the user's own.
 */
export function expectedMd5(file: string): string | undefined {
  const absolute = path.resolve(file);
  if (absolute === path.join(ROOT, 'data/weights/vgg19-mini.h5')) return MINI_MD5;
  const remote = Object.values(WEIGHTS_FILES).flat().find(({ name }) => absolute === path.join(dataFolder(), 'weights', name)); // prettier-ignore
  return remote?.md5;
}

/**
 * Downloads a network's weights from Keras' home to `data/weights/`, resuming an earlier try, and verifies them.
 * @param options.top with the fully connected layers @default true
 * @returns the file
 */
export async function downloadWeights(
  network: NetworkName,
  { top = true, to = path.join(dataFolder(), 'weights'), ...options }: { readonly top?: boolean; readonly to?: string } & DownloadOptions = {},
): Promise<string> {
  if (network === 'vgg19-mini') return findWeights(network)!;
  const remote = WEIGHTS_FILES[network][top ? 0 : 1];
  const file = path.join(to, remote.name);
  await download(remote, file, options);
  return file;
}

/** The best network whose weights are here: VGG19, VGG16, else the small one that comes with the project. */
export const defaultNetwork = (): NetworkName => (['vgg19', 'vgg16'] as const).find((network) => findWeights(network)) ?? 'vgg19-mini';
