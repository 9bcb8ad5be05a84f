/** Stamps: a step is done if the stamp that it left equals the one it would leave now. Written last, removed first. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Gives a stamp's content: a hash of everything that the step's result depends on. */
export const hashOfParts = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');

export const stamped = (file, value) => read(file).trim() === value;

export function stamp(file, value) {
  writeFileSync(`${file}.tmp`, `${value}\n`);
  renameSync(`${file}.tmp`, file);
}
