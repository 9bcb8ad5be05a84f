import { Readable } from 'node:stream';
import { type CellContext, currentCell, holdCell } from '../run/cell-context.ts';
import { askByReadline } from './readline.ts';

/**
 * Makes cells ask by Jupyter's input box for what a page or a terminal provides: `prompt`, `confirm`, standard input.
 */
export function installInput(): void {
  Object.assign(globalThis, { prompt, confirm });
  let stdin = standardInput();
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    // an input that has ended asks no more
    get: () => (stdin = stdin.readableEnded || stdin.destroyed ? standardInput() : stdin),
  });
  askByReadline((input) => input === stdin, ask);
}

/** Asks as in a page: gives `null` at the end of input; Enter takes the default. */
function prompt(message = '', byDefault?: string): string | null {
  const line = cellThatAsks().ask.now(`${message}${byDefault ? ` [${byDefault}]` : ''} `);
  return line === '' && byDefault !== undefined ? byDefault : (line ?? null);
}

/** Whether the user says yes. */
const confirm = (message = ''): boolean =>
  /^\s*y(es)?\s*$/i.test(cellThatAsks().ask.now(`${message} [y/N] `.trimStart()) ?? '');

/** Asks for a line; the cell ends after its answer. */
function ask(message: string): Promise<string | undefined> {
  const cell = cellThatAsks();
  const answer = cell.ask.later(message);
  return Promise.race([answer, cell.stop.givenUp]);
}

function cellThatAsks(): CellContext {
  const cell = currentCell();
  if (!cell) throw new Error('expected a line of input; no cell runs that could ask for it.');
  return cell;
}

/** Makes a standard input that asks for a line only when somebody waits for one. */
function standardInput(): NodeJS.ReadStream {
  let wanted = false;
  let asking = false;
  const consider = async (): Promise<void> => {
    await turn();
    if (!wanted || asking || !(stdin.listenerCount('data') + stdin.listenerCount('readable'))) return;
    [wanted, asking] = [false, true];
    try {
      const line = await ask('');
      asking = false;
      stdin.push(line === undefined ? null : `${line}\n`);
      await turn(); // until then the reader has said whether that is all
    } catch (error) {
      stdin.destroy(error as Error);
    }
  };
  const stdin = new Readable({
    read() {
      wanted = true;
      holdCell(consider());
    },
  });
  stdin.on('newListener', (event) => {
    if (event === 'data' || event === 'readable') holdCell(consider());
  });
  return Object.assign(stdin, { fd: 0, isTTY: false }) as unknown as NodeJS.ReadStream;
}

const turn = (): Promise<void> => new Promise(setImmediate);
