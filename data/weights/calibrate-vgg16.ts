// Calibrates the VGG16 that comes with the project, in 8 bits, on the images that notebook 01 takes, so that a first run
// only has to check it.
//
//   npx tsx data/weights/calibrate-vgg16.ts
//
// It replaces data/weights/calibration/.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadData } from '../../src/data/load.ts';
import { sample } from '../../src/data/subset.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { ROOT } from '../../src/project.ts';
import { calibrate, calibratedOn } from '../../src/runtime/calibrate.ts';
import { calibrationFile } from '../../src/runtime/calibrations.ts';
import { calibrationKey } from '../../src/runtime/precision.ts';
import { sealed } from '../../src/storage/files/sealed-json.ts';

const vgg = await loadNetwork('vgg16', { weights: path.join(ROOT, 'data/weights/vgg16-8bit.safetensors') });
const backbone = backboneOf(cutAt(vgg, 'block5_pool'));
const { train } = sample(await loadData('cifar10-sample'), { train: 1000, test: 500, seed: 1 });
const calibration = await calibrate(backbone, train);
const { name, content } = calibrationFile(calibrationKey(backbone), calibration, calibratedOn(train));
const root = path.join(ROOT, 'data/weights');
rmSync(path.join(root, 'calibration'), { recursive: true, force: true });
mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
writeFileSync(path.join(root, name), sealed(content));
console.log(`${name}: agrees with float32 to ${calibration.agreement.toFixed(4)}`);
