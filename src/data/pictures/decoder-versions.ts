import { createRequire } from 'node:module';
import type { Dataset } from '../dataset.ts';

/** Gives the versions of the libraries that decode a data set's pictures; none if pixels are kept as they are. */
export async function decoderVersions({ decoders = [] }: Pick<Dataset, 'decoders'>): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const decoder of decoders)
    if (decoder === 'sharp') {
      const { default: sharp } = await import('sharp');
      // libjpeg-turbo, libpng and the others come with it
      versions.sharp = sharp.versions.sharp ?? 'of its own';
      versions.libvips = sharp.versions.vips;
    } else versions[decoder] = (require(`${decoder}/package.json`) as { version: string }).version;
  return versions;
}

const require = createRequire(import.meta.url);
