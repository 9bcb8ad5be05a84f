/** A front end's request for the cells that have run (jupyter_client/docs/messaging.rst, "History"). */
export interface HistoryRequest {
  readonly hist_access_type: 'range' | 'tail' | 'search';
  readonly output?: boolean;
  /** The first number of a range; `stop` is its end, exclusive. For the other types `n` is the limit. */
  readonly start?: number;
  readonly stop?: number | null;
  readonly n?: number | null;
  readonly session?: number;
  readonly pattern?: string;
  readonly unique?: boolean;
}

/** Session, number of the cell, its text; with its value if that is asked for. */
type Entry = readonly [session: number, line: number, input: string | readonly [string, string | null]];

/** The cells that this kernel has run; nothing is kept from earlier kernels. */
export interface InputHistory {
  add(number: number, source: string): void;
  /** Notes the value that a cell has shown, as text. */
  setValue(number: number, text: string): void;
  answer(request: HistoryRequest): readonly Entry[];
}

/** The number of the only session. */
const SESSION = 1;

export function createInputHistory(): InputHistory {
  const cells = new Map<number, { readonly source: string; value: string | null }>();
  return {
    add: (number, source) => void cells.set(number, { source, value: null }),
    setValue(number, text) {
      const cell = cells.get(number);
      if (cell) cell.value = text;
    },
    answer({ hist_access_type: type, output, start = 0, stop, n, session = 0, pattern = '*', unique }) {
      const all = [...cells].map(([number, cell]) => ({ number, ...cell }));
      const last = (found: typeof all): typeof all => (n ? found.slice(-n) : found);
      const chosen = {
        tail: () => last(all),
        range: () =>
          session === 0 || session === SESSION
            ? all.filter(({ number }) => number >= start && number < (stop ?? Infinity))
            : [],
        search: () => {
          const found = all.filter(({ source }) => glob(pattern).test(source));
          const latest = new Map(found.map((cell) => [cell.source, cell.number]));
          return last(unique ? found.filter(({ source, number }) => latest.get(source) === number) : found);
        },
      }[type]();
      return chosen.map(({ number, source, value }) => [SESSION, number, output ? [source, value] : source]);
    },
  };
}

/** Compiles a pattern in which `*` and `?` stand for any text and any character. */
const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
    's',
  );
