import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | string[];
  readonly data?: Readonly<Record<string, string | string[]>>;
}
interface Cell {
  readonly cell_type: string;
  readonly source: string | string[];
  readonly outputs?: readonly Output[];
  readonly metadata: { readonly tags?: readonly string[] };
}

const cellsOf = (name: string): readonly Cell[] =>
  (JSON.parse(readFileSync(`notebooks/${name}`, 'utf8')) as { cells: Cell[] }).cells;
const joined = (text: string | string[] = ''): string => [text].flat().join('');
const numbers = (text: string): number[] => [...text.matchAll(/\d[\d,]*/g)].map(([n]) => Number(n.replaceAll(',', '')));
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found);

/** `cifar10 train, 2500 of 50000 (seed 1)` */
const DATA = /([\w./-]+ (?:train|test), \d+ of \d+ \(seed \d+(?:, after \d+)?\))/g;
/** `vgg16 to block5_pool` */
const BACKBONE = /([\w.-]+ to (?:block\d_\w+|fc\d|features|flatten))/g;

/** What a notebook's cells and their bars say of what ran: data, backbones with precisions, seeds and epochs. */
function ranIn(cells: readonly Cell[]) {
  const outputs = cells.flatMap(({ outputs: own = [] }) => own);
  // what is printed, and bars; pictures are what is checked
  const said = outputs.flatMap((output) =>
    output.output_type === 'stream'
      ? [joined(output.text)]
      : joined(output.data?.['text/html']).includes('<progress')
        ? [joined(output.data?.['text/plain'])]
        : [],
  );
  const source = cells.map((cell) => joined(cell.source)).join('\n');
  const lines = said.join('\n');
  return {
    lines,
    data: new Set(all(lines, DATA)),
    backbones: new Set(all(lines, BACKBONE)),
    // a seed that is not named is 1, and a training without a number of epochs has 20
    seeds: new Set([1, ...all(source, /\bseeds?\b(?: =|:) (\[?[\d, ]+)/g).flatMap(numbers)]),
    epochs: new Set([
      20,
      ...all(source, /\bepochs\b(?: =|:) \[?([\d, ]+)/g).flatMap(numbers),
      ...all(lines, /(\d+) epochs/g).map(Number),
    ]),
  };
}

/** A bar says which folder was looked at, and shows only the last of its parts in the end. */
const folderOf = (name: string): string => `looking at ${name.split(/ (?:train|test), /)[0]}: `;

/** Says in what a picture's or a table's text differs from what ran. */
function faults(text: string, ran: ReturnType<typeof ranIn>): string[] {
  const found: string[] = [];
  const check = (fine: boolean, what: string): void => void (fine || found.push(what));
  for (const name of all(text, DATA)) check(ran.data.has(name) || ran.lines.includes(folderOf(name)), `data ${name}`);
  for (const name of all(text, BACKBONE)) check(ran.backbones.has(name), `backbone ${name}`);
  for (const precision of all(text, /to \w+(?: \(\w+\))?, (int8|float32)\b/g))
    check(ran.lines.includes(precision), `precision ${precision}`);
  const tests = [...ran.data].filter((name) => name.includes(' test, ')).map((name) => numbers(name.split(', ')[1])[0]);
  for (const n of all(text, /\b([\d,]+) test images/g).flatMap(numbers))
    check(!tests.length || tests.includes(n), `${n} test images of ${tests.join(', ')}`);
  // seeds and epochs outside of the names of data
  const rest = text.replace(DATA, '').replace(/by cosine, \d+ epochs/g, '');
  for (const seed of all(rest, /\bseeds? ((?:\d+, )*\d+)\b/g).flatMap(numbers))
    check(ran.seeds.has(seed), `seed ${seed} of ${[...ran.seeds].join(', ')}`);
  for (const epochs of [...all(rest, /\b(\d+) epochs/g), ...all(rest, /\bepochs (\d+)/g)].map(Number))
    check(ran.epochs.has(epochs), `${epochs} epochs of ${[...ran.epochs].join(', ')}`);
  return found;
}

/** What no text made by code says, whatever ran. */
const NEVER: Readonly<Record<string, RegExp>> = {
  'a difference of -0.0': /-0\.0 points/,
  'a count of runs that is none': /\b1 and 1 runs/,
  'what is no number': /\bNaN\b|\bundefined\b|\[object/,
  'test images under curves of training': /^(Training|Validation) accuracy by epoch[\s\S]* test images/m,
  'epochs under nearest neighbours': /nearest neighbours: difference[\s\S]* epochs/,
  'where a file lay on the machine that ran it': /(^|[\s("'])\/(work|tmp|root|home|Users)\//,
  'the most of all mistakes': /The (\d+) most confident mistakes(?![\s\S]*n = )/,
};

describe('what pictures, tables and printed lines of committed notebooks say is what ran:', () => {
  for (const name of readdirSync('notebooks').filter((one) => one.endsWith('.ipynb')))
    it(name, () => {
      const cells = cellsOf(name);
      const ran = ranIn(cells);
      const outputs = cells.flatMap(({ outputs: own = [] }) => own);
      expect(outputs.length).toBeGreaterThan(3);
      const shown = outputs.filter(({ data }) => data && !joined(data['text/html']).includes('<progress'));
      const wrong = shown.flatMap(({ data }) => {
        const text = joined(data!['text/plain']);
        return faults(text, ran).map((what) => `${text.slice(0, 60)}…: ${what}`);
      });
      expect(wrong).toEqual([]);
      const texts = outputs.map(({ text, data }) => joined(text ?? data?.['text/plain']));
      const never = texts.flatMap((text) => Object.keys(NEVER).filter((what) => NEVER[what].test(text)));
      expect(never).toEqual([]);
    });
});

it('README’s table of backbones has the figures of notebook 09', () => {
  const said = cellsOf('09-which-backbone.ipynb')
    .flatMap(({ outputs = [] }) => outputs)
    .map(({ text, data }) => joined(text ?? data?.['text/plain']))
    .join('\n');
  const regression = /^(\S+(?: at 160)?), logistic regression: ([\d.]+) % \(95 % interval ([\d.]+) to ([\d.]+)/gm;
  const found = [...said.matchAll(regression)]; // on CIFAR-10, then on photos
  expect(found).toHaveLength(8);
  const [times] = all(said, /\[Accuracy and time: ([^\]]*)\.\]/g);
  const milliseconds = Object.fromEntries(
    times.split('; ').map((one) => [one.replace(/ [\d.]+ % at .*/, ''), Number(one.split(' % at ')[1])]),
  );
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toContain(`CIFAR-10, ${milliseconds.vgg16} ms an image for VGG16`);
  found.forEach(([, name, ...figures], i) => {
    const called = name.replace(/^\S+/, '`$&`').replace('at 160', 'at 160×160');
    const row = readme.split('\n').find((line) => line.replace(/\s+/g, ' ').startsWith(`| ${called} |`))!;
    const [, , , small, photos, speed] = row.split('|').map((cell) => cell.trim());
    const [value, from, to] = i < 4 ? figures : figures.map((one) => Math.round(Number(one)));
    expect(i < 4 ? small : photos).toBe(`${value} % (${from} to ${to})`);
    expect(Number(speed)).toBe(Number((milliseconds.vgg16 / milliseconds[name]).toPrecision(2)));
  });
});
