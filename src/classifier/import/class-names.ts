import { ownOf } from '../../host/own.ts';
import { shortPath } from '../../project.ts';
import { textIfThere } from '../../storage/files/read-file.ts';
import { findBesideModel } from '../../storage/weights/onnx-file.ts';

/** Names of classes, in the order of the outputs, and where they stand. */
export interface FoundNames {
  readonly names: readonly string[];
  /** Where they were found, in words: `id2label of config.json`. */
  readonly where: string;
}

/**
 * Reads names of classes from a file: one a line, with or without numbers before them (`0 cat`), or JSON, a list or
 * names by number.
 * @throws Error naming the file
 */
export function readClassNames(file: string): readonly string[] {
  const text = textIfThere(file)?.replace(/^\uFEFF/, '');
  if (text === undefined) throw new Error(`${shortPath(file)}: expected names of classes; there is no such file.`);
  const expected = 'expected names of classes, one a line, or JSON: a list, or names by number from 0';
  if (/^\s*[[{]/.test(text)) {
    const names = namesIn(parsed(text));
    if (!names) throw new Error(`${shortPath(file)}: ${expected}; got something else.`);
    return names;
  }
  const lines = text.trimEnd().split(/\r?\n/);
  const numbered = lines.map((line) => /^(\d+)[\s:,]+(.+)$/.exec(line.trim()));
  const names = numbered.every((match, i) => Number(match?.[1] ?? NaN) === i)
    ? numbered.map((match) => match![2])
    : lines.map((line) => line.trim());
  if (names.some((name) => !name)) throw new Error(`${shortPath(file)}: ${expected}; got an empty line.`);
  return names;
}

/**
 * Finds the names that stand beside an ONNX file, or in the folder above `onnx/`: what transformers and timm write into
 * `config.json`, or `labels.txt`.
 * @returns undefined if there are none
 */
export function namesBeside(model: string): FoundNames | undefined {
  const config = findBesideModel(model, 'config.json');
  if (config) {
    const json = parsed(textIfThere(config) ?? '') as Readonly<Record<string, unknown>> | undefined;
    const ofTimm = (json?.pretrained_cfg as Readonly<Record<string, unknown>> | undefined)?.label_names;
    for (const [name, value] of [
      ['id2label', json?.id2label],
      ['label_names', json?.label_names ?? ofTimm],
    ] as const) {
      const names = namesIn(value);
      if (names) return { names, where: `${name} of config.json` };
    }
  }
  const labels = findBesideModel(model, 'labels.txt');
  return labels === undefined ? undefined : { names: readClassNames(labels), where: 'labels.txt' };
}

/** Reads a list of names, or names by number from 0. @returns undefined if it is something else */
export function namesIn(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  const names = Array.from({ length: count }, (_, i) => ownOf(value as Record<string, unknown>, String(i)));
  return count && names.every((name): name is string => typeof name === 'string' && name !== '') ? names : undefined;
}

/**
 * Makes names different from each other, since predictions and labels are told apart by them: ImageNet has two classes
 * that are called "crane". The number of the output is put behind such a name.
 * @returns the names, and which of them occurred more than once
 */
export function distinctNames(names: readonly string[]): {
  readonly names: readonly string[];
  readonly twice: readonly string[];
} {
  const count = new Map<string, number>();
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  const twice = [...count].flatMap(([name, n]) => (n > 1 ? [name] : []));
  if (!twice.length) return { names, twice };
  const taken = new Set(names);
  return {
    twice,
    names: names.map((name, i) => {
      if (count.get(name) === 1) return name;
      let own = `${name} (${i})`;
      while (taken.has(own)) own += '_';
      taken.add(own);
      return own;
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
