import { median } from '../median.ts';

/** One line of the table. */
export interface BenchRow {
  readonly network: string;
  readonly name: string;
  readonly precision: string;
  /** Images a second in each turn. */
  readonly turns: readonly number[];
  /** The median turn. */
  readonly rate: number;
  readonly gflops: number;
  /** Share of the machine's measured peak in this precision, 0..1. */
  readonly share?: number;
}

/** What was measured, as `results/bench.json` holds it. */
export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Networks, with where their weights come from. */
  readonly networks: readonly string[];
  /** GFLOP/s of a large matrix product by precision. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly rows: readonly BenchRow[];
  readonly threads: readonly { readonly threads: number; readonly precision: string; readonly rate: number }[];
  /** Seconds of each stage of `graft train`. */
  readonly stages: { readonly what: string; readonly seconds: Readonly<Record<string, number>> };
}

/** Gives the rate that ratios refer to: Keras if it was measured, else ONNX Runtime in float32. */
function reference(rows: readonly BenchRow[]): BenchRow {
  return (
    rows.find(({ name }) => name.startsWith('Keras')) ??
    rows.find(({ name }) => name === 'ONNX Runtime float32') ??
    rows[0]
  );
}

/** Gives the cells of the table, head first. */
export const columns = (rows: readonly BenchRow[]): string[][] => {
  const base = reference(rows);
  return [
    ['', 'images/s', `ratio to ${base.name}`, 'GFLOP/s', 'of the peak', 'turns'],
    ...[...rows]
      .sort((a, b) => b.rate - a.rate)
      .map((row) => [
        row.name,
        row.rate.toFixed(2),
        (row.rate / base.rate).toFixed(2),
        row.gflops.toFixed(0),
        row.share === undefined ? '–' : `${(100 * row.share).toFixed(0)} %`,
        row.turns.map((turn) => turn.toFixed(2)).join(' '),
      ]),
  ];
};

/** Writes the table for a terminal. */
export function table(rows: readonly BenchRow[]): string {
  const cells = columns(rows);
  const widths = cells[0].map((_, c) => Math.max(...cells.map((line) => line[c].length)));
  return cells
    .map((line) => line.map((cell, c) => (c ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  '))
    .join('\n');
}

export function bars(rows: readonly BenchRow[]): string {
  const most = Math.max(...rows.map(({ rate }) => rate));
  const width = Math.max(...rows.map(({ name }) => name.length));
  return [...rows]
    .sort((a, b) => b.rate - a.rate)
    .map(
      ({ name, rate }) =>
        `${name.padEnd(width)} ${'█'.repeat(Math.max(1, Math.round((40 * rate) / most)))} ${rate.toFixed(1)}`,
    )
    .join('\n');
}

/** Graft's extraction beside the bare session on the same graph. */
export interface AgainstBare {
  readonly precision: string;
  /** For each pair of turns, taken one after the other: Graft's images a second divided by the session's. */
  readonly ratios: readonly number[];
  /** The median pair. */
  readonly ratio: number;
}

/**
 * Compares pairs of turns, by precision: a busy moment of the machine meets both, so their ratio holds where rates do
 * not.
 */
export function againstBare(rows: readonly BenchRow[]): AgainstBare[] {
  return rows.flatMap(({ name, precision, turns }) => {
    const bare = rows.find((row) => row.name === `ONNX Runtime ${precision}`);
    if (name !== `Graft ${precision}` || !bare) return [];
    const ratios = turns.map((rate, i) => rate / bare.turns[i]);
    return { precision, ratios, ratio: median(ratios) };
  });
}

/** Writes `float32: Graft's extraction at 0.98 of the bare session (pairs of turns: 0.95 0.98 1.02)`. */
export const againstBareText = ({ precision, ratios, ratio }: AgainstBare): string =>
  `${precision}: Graft's extraction at ${ratio.toFixed(2)} of the bare session ` +
  `(pairs of turns: ${ratios.map((one) => one.toFixed(2)).join(' ')})`;
