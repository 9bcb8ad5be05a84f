import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Reads a file of text (UTF-8). */
export const readText = (file: string): Promise<string> => readFile(file, 'utf8');

/** Whether a file is there. */
export const fileExists = (file: string): boolean => existsSync(file);

/** Reads a file; undefined where there is none. */
export const bytesIfThere = (file: string): Buffer | undefined => (existsSync(file) ? readFileSync(file) : undefined);
