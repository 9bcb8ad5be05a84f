import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { shortPath } from '../../project.ts';
import { hashOf } from './hash.ts';
import { replaceFile } from './replace-file.ts';

/** Writes an object as JSON that includes the SHA-256 of the rest. */
export const sealed = (content: object, indent = 2): string =>
  `${JSON.stringify({ ...content, sha256: hashOf(content) }, null, indent)}\n`;

/** Writes an object as {@link sealed} JSON. */
export function writeSealed(file: string, content: object, { indent = 2 }: { readonly indent?: number } = {}): void {
  replaceFile(file, sealed(content, indent));
}

/**
 * Reads a file written by {@link writeSealed}.
 * @throws Error naming the file if it is damaged, or cannot be read
 */
export const readSealed = <T extends object>(file: string): T =>
  parseSealed<T>(readFileSync(file, 'utf8'), shortPath(file));

/**
 * Reads {@link sealed} JSON.
 * @param name the name used in errors
 * @throws Error naming it if it is damaged
 */
export function parseSealed<T extends object>(text: string, name: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name} is damaged: expected JSON.`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new Error(`${name} is damaged: expected an object; got ${JSON.stringify(parsed)}.`);
  const { sha256, ...content } = parsed as T & { sha256?: unknown };
  if (sha256 !== hashOf(content)) throw new Error(`${name} is damaged: its checksum differs.`);
  return content as unknown as T;
}

/**
 * Whether a file is damaged, compared with what {@link writeSealed} wrote; not for files that are missing or
 * unreadable.
 */
export function isDamaged(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return false;
  }
  try {
    parseSealed(text, file);
    return false;
  } catch {
    return true;
  }
}

/** Lists the names in a folder, sorted; none if it is not there. */
export const listFolder = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
