import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { cacheFolder, type Folders } from '../modules/folders.ts';
import { keepFile } from './keep-file.ts';
import { typescript } from '../tslab.ts';

/** Where the bodies of functions lie in a file's text: pairs of positions [from, to), one after the other. */
type Bodies = readonly number[];

/** A cell needs of Graft's own modules what their functions take and return, not what these do. */
export interface Outlines {
  /**
   * Gives a module's text with blanks for the bodies of functions that declare what they return, so that everything
   * stays at its place. What is no module of Graft's, has changed since the start or is not known comes back as it is.
   */
  outlined(file: string, text: string): string;
  /** Whether TypeScript has a file without bodies, which therefore can't be checked. */
  isOutline(file: string): boolean;
  /** Notes where bodies lie in the modules of a program that were read whole, for the next kernel. */
  learn(program: ts.Program): void;
}

/**
 * Keeps the places of bodies in `node_modules/.cache`, by the content of a module. With them TypeScript reads a third
 * of Graft's 440 modules, and the first cell's types are there in two thirds of the time.
 * @param isUnchanged tells whether a file is as it was when the kernel started
 */
export function createOutlines(folders: Folders, isUnchanged: (file: string) => boolean): Outlines {
  const cache = path.join(cacheFolder(folders), 'outlines.json');
  const source = path.join(folders.root, 'src') + path.sep;
  const isOwn = (file: string): boolean => path.normalize(file).startsWith(source) && /(?<!\.d)\.ts$/.test(file);
  const known = readCache(cache);
  const outlines = new Set<string>();
  const whole = new Map<string, string>(); // file → key of its text
  return {
    outlined(file, text) {
      if (!isOwn(file)) return text;
      outlines.delete(file);
      const key = keyOf(text);
      const bodies = known.get(key);
      if (!bodies) whole.set(file, key);
      if (!bodies || !isUnchanged(file)) return text;
      outlines.add(file);
      return withoutBodies(text, bodies);
    },
    isOutline: (file) => outlines.has(file),
    learn(program) {
      if (!whole.size) return;
      for (const [name, key] of whole) {
        const file = program.getSourceFile(name);
        if (file && keyOf(file.text) === key) known.set(key, bodiesOf(file));
      }
      whole.clear();
      keepFile(cache, JSON.stringify([...known].slice(-KEPT)));
    },
  };
}

/** Finds the bodies of functions that declare what they return. */
export function bodiesOf(file: ts.SourceFile): number[] {
  const compiler = typescript();
  const bodies: number[] = [];
  const visit = (node: ts.Node): void => {
    const { type, body } = node as Partial<ts.FunctionLikeDeclaration>;
    const long = body && /[^\r\n][^]*[^\r\n]/.test(file.text.slice(body.pos, body.end)); // room for an empty one
    const cut = compiler.isFunctionLike(node) && type && long ? body : undefined;
    compiler.forEachChild(node, (child) => {
      if (child === cut) bodies.push(cut.pos, cut.end);
      else visit(child);
    });
  };
  visit(file);
  return bodies;
}

/** Empties bodies; they begin and end where they did, on lines as long as they were. */
export function withoutBodies(text: string, bodies: Bodies): string {
  let at = 0;
  const parts: string[] = [];
  for (let i = 0; i < bodies.length; i += 2) {
    const [from, to] = [bodies[i], bodies[i + 1]];
    const blank = text.slice(from, to).replace(/[^\r\n]/g, ' ');
    const open = blank.indexOf(' ');
    parts.push(text.slice(at, from), blank.slice(0, open), '{', blank.slice(open + 1, -1), '}');
    at = to;
  }
  return parts.join('') + text.slice(at);
}

/** Names a text as this TypeScript and this file read it. */
const keyOf = (text: string): string =>
  createHash('sha256').update(`outline 1 ${typescript().version} ${text}`).digest('base64url').slice(0, 22);

/** How many texts are kept: those of some versions of Graft. */
const KEPT = 4000;

function readCache(file: string): Map<string, Bodies> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, Bodies][]);
  } catch {
    return new Map(); // not there yet, or damaged
  }
}
