import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { photos } from '../../data/photos.ts';
import { savePicture } from '../../data/pictures/picture-files.ts';
import { shapes10 } from '../../data/named/shapes10.ts';
import { extractFeatures } from '../../features/extract.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { vgg19Mini } from '../../models/networks/network.ts';
import { cutAt } from '../../models/surgery.ts';
import { type Cost, costOf } from '../cost.ts';

export interface PicturesJob {
  readonly pictures: number;
}

/**
 * Measures what comes before the rows: a folder of drawn pictures is looked at (each file is read and hashed), looked
 * at again, run through vgg19-mini, and asked for again once its features are there. What is noted of them goes to a
 * folder of its own.
 */
export async function measurePictures({ pictures }: PicturesJob): Promise<Record<string, Cost>> {
  await useTensorFlow();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-scaling-'));
  process.env.GRAFT_DATA = path.join(folder, 'data');
  try {
    const source = path.join(folder, 'pictures');
    const { train: drawn } = shapes10({ train: pictures, test: 1 });
    for (const name of drawn.classNames) mkdirSync(path.join(source, name), { recursive: true });
    for (let i = 0; i < pictures; i++)
      await savePicture(drawn, i, path.join(source, drawn.classNames[drawn.labels[i]], `${i}.png`));
    const look = (): ReturnType<typeof photos> => photos(source, { size: 32, progress: false });
    const costs: Record<string, Cost> = {};
    costs['look at the files'] = await costOf(look, { once: true });
    costs['look again'] = await costOf(look);
    const { train, test } = await look();
    const backbone = cutAt(await vgg19Mini(), 'fc2');
    const options = { cache: path.join(folder, 'features'), precision: 'float32', progress: false } as const;
    const extract = async (): Promise<void> => {
      for (const features of Object.values(await extractFeatures(backbone, { train, test }, options))) features.close();
    };
    costs['extract, vgg19-mini'] = await costOf(extract, { once: true });
    costs['find extracted'] = await costOf(extract);
    return costs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
