/** The AWS SDK for `s3://` places, beside the file that uses it and nowhere else. */
import path from 'node:path';
import { npmCi } from './npm-packages.mjs';
import { root } from '../place.mjs';
import { hashOfParts, read, stamp, stamped } from '../stamp.mjs';

const folder = path.join(root, 'src/storage/places/s3');
const STAMP = path.join(folder, 'node_modules/.graft-packages');

const value = () => hashOfParts(read(path.join(folder, 'package-lock.json')));

export const s3Package = {
  label: 'AWS SDK for s3://',
  done: () => stamped(STAMP, value()),
  async make() {
    await npmCi(this.label, folder);
    stamp(STAMP, value());
  },
};
