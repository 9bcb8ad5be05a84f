import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { shortPath } from '../../project.ts';
import { sha256 } from './hash.ts';
import { replaceFile } from './replace-file.ts';
import { contentOfSealed, sealedText } from './sealed-text.ts';

/** Writes an object as JSON that includes the SHA-256 of the rest. */
export const sealed = (content: object, indent = 2): string => sealedText(content, sha256, indent);

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
  try {
    return contentOfSealed(text, sha256) as T;
  } catch (cause) {
    throw new Error(`${name} is damaged: ${(cause as Error).message}.`, { cause });
  }
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
