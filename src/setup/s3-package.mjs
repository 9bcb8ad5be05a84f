/** The AWS SDK for `s3://` places, beside the file that uses it and nowhere else. */
import path from 'node:path';
import { run } from './command.mjs';
import { root } from './place.mjs';
import { fingerprint, read, stamp, stamped } from './stamp.mjs';

const folder = path.join(root, 'src/storage/s3');
const STAMP = path.join(folder, 'node_modules/.graft-packages');

const value = () => fingerprint(read(path.join(folder, 'package-lock.json')));

export const s3Package = {
  label: 'AWS SDK for s3://',
  done: () => stamped(STAMP, value()),
  async make() {
    const npm = process.env.npm_execpath;
    const args = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
    if (npm?.endsWith('.js')) await run(this.label, process.execPath, [npm, ...args]);
    else await run(this.label, 'npm', args);
    stamp(STAMP, value());
  },
};
