import path from 'node:path';
import { download, type DownloadOptions, type RemoteFile } from '../../storage/downloads/download.ts';
import { dataFolder, ROOT } from '../../project.ts';
import { fileExists } from '../../storage/files/read-file.ts';
import type { NetworkName } from './networks.ts';

interface WeightsFile extends RemoteFile {
  readonly name: string;
}

const HOME = 'https://storage.googleapis.com/tensorflow/keras-applications';
const official = (network: string, suffix: string, md5?: string, bytes?: number, folder = network): WeightsFile => {
  const name = `${network}_weights_tf_dim_ordering_tf_kernels${suffix}.h5`;
  return { name, url: `${HOME}/${folder}/${name}`, md5, bytes };
};

/**
 * Keras' own files with the MD5s of keras/src/applications/vgg19.py, vgg16.py and resnet.py; mobilenet_v2.py gives none.
 * The one with the top comes first. Sizes where they are known.
 */
export const WEIGHTS_FILES: Record<
  Exclude<NetworkName, 'vgg19-mini'>,
  readonly [top: WeightsFile, noTop: WeightsFile]
> = {
  vgg19: [
    official('vgg19', '', 'cbe5617147190e668d6c5d5026f83318', 574_710_816),
    official('vgg19', '_notop', '253f8cb515780f3b799900260a226db6'),
  ],
  vgg16: [
    official('vgg16', '', '64373286793e3c8b2b4e3219cbf3544b'),
    official('vgg16', '_notop', '6d6bbae143d832006294945121d1f1fc', 58_889_256),
  ],
  resnet50: [
    official('resnet50', '', '2cb95161c43110f7111970584f804107', 102_967_424, 'resnet'),
    official('resnet50', '_notop', '4d473c1dd8becc155b73f8504c6f6626', 94_765_736, 'resnet'),
  ],
  mobilenet_v2: [
    official('mobilenet_v2', '_1.0_224', undefined, 14_536_120),
    official('mobilenet_v2', '_1.0_224_no_top', undefined, 9_406_464),
  ],
};

/** What comes with the project (data/weights/README.md). */
const EMBEDDED: Partial<Record<NetworkName, { readonly name: string; readonly md5: string }>> = {
  'vgg19-mini': { name: 'vgg19-mini.h5', md5: 'bc5e62369786abe0e4286ac068c769e5' },
  vgg16: { name: 'vgg16-8bit.safetensors', md5: 'afedda316246867c8d008daee42f3774' },
};
const embedded = (name: string): string => path.join(ROOT, 'data/weights', name);

/**
 * The file with a network's weights: `VGG19_WEIGHTS`, `RESNET50_WEIGHTS`, … (the name in capitals), else Keras' file in
 * `data/weights/` (with the top before without), else the one that comes with the project: for `vgg16` its convolutions
 * in 8 bits, and `vgg19-mini`.
 * @returns undefined where there is none
 * @throws Error when the variable names a file that does not exist
 */
export function findWeights(network: NetworkName): string | undefined {
  const variable = `${network.toUpperCase().replaceAll('-', '_')}_WEIGHTS`;
  const named = process.env[variable];
  if (named) {
    if (!fileExists(named)) throw new Error(`${variable}: expected a file of weights; "${named}" does not exist.`);
    return named;
  }
  const downloaded =
    network === 'vgg19-mini' ? [] : WEIGHTS_FILES[network].map(({ name }) => path.join(dataFolder(), 'weights', name));
  const own = EMBEDDED[network];
  return downloaded.find(fileExists) ?? (own && embedded(own.name));
}

/** Whether a file of weights is one that comes with the project. */
export const isEmbedded = (file: string): boolean =>
  Object.values(EMBEDDED).some(({ name }) => path.resolve(file) === embedded(name));

/**
 * The MD5 that a weights file has to have: known for those that are downloaded to `data/weights/` or come with the
 * project, unknown for a file of the user's own.
 */
export function expectedMd5(file: string): string | undefined {
  const absolute = path.resolve(file);
  const own = Object.values(EMBEDDED).find(({ name }) => absolute === embedded(name));
  const remote = Object.values(WEIGHTS_FILES)
    .flat()
    .find(({ name }) => absolute === path.join(dataFolder(), 'weights', name));
  return (own ?? remote)?.md5;
}

/**
 * Downloads a network's weights from Keras' home to `data/weights/`, resuming an earlier try, and verifies them.
 * @param options.top with the layers that name ImageNet's classes @default true
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
  if (network === 'vgg19-mini') return findWeights(network)!;
  const remote = WEIGHTS_FILES[network][top ? 0 : 1];
  const file = path.join(to, remote.name);
  await download(remote, file, options);
  return file;
}

/** VGG19 where its weights are found, else VGG16, whose convolutions come with the project. */
export const defaultNetwork = (): NetworkName => (findWeights('vgg19') ? 'vgg19' : 'vgg16');
