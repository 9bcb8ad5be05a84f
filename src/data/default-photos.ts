import path from 'node:path';
import { ownData } from '../home.mjs';

/**
 * Names where one's own photos lie: the folder or table in `PHOTOS_DIR`, else the drawn flowers of `data/`.
 * @example
 * const images = await photos(defaultPhotos());
 */
export const defaultPhotos = (): string =>
  process.env.PHOTOS_DIR || path.relative(process.cwd(), ownData('drawn-flowers')) || '.';
