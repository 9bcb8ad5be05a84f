/** The page that is a classifier: ways in, a picture's answer, the table of all. */
import type { PageFacts, PagePicture } from '../facts.ts';
import { showAnswer } from './answer.ts';
import { offerCamera } from './pictures/camera.ts';
import { byId, element, embeddedBytes, fromBase64 } from './embedded.ts';
import { droppedFiles } from './pictures/given-files.ts';
import { percent } from './percent.ts';
import { resultsCsv, type ResultRow } from './results-csv.ts';
import { startRunner } from './runner.ts';
import { tableRow } from './table-row.ts';

declare const WORKER: string;

const facts = JSON.parse(byId('facts').textContent) as PageFacts;
const { classNames, notSure } = facts;
const rows: ResultRow[] = [];
const READY = 'Ready. Drop pictures here, paste one, choose some or take one.';
const say = (text: string): void => {
  byId('state').textContent = text;
};

const runner = startRunner(WORKER, () => ({ wasm: embeddedBytes('wasm'), model: embeddedBytes('model'), facts }));
runner.ready.then(
  () => {
    document.body.dataset.state = 'ready';
    say(READY);
  },
  (error: Error) =>
    say(`This browser cannot run the page: ${error.message}. It needs Chrome 94, Firefox 113, Safari 16.4, or later.`),
);

let [waiting, done] = [0, 0];

/** Classifies pictures in their order, and shows each as it comes. */
function add(files: readonly File[]): void {
  if (!files.length) return say('There is no file in what was given. Drop pictures, or a folder of them.');
  waiting += files.length;
  for (const file of files) void classify(file);
}

async function classify(file: File): Promise<void> {
  const name = file.webkitRelativePath || file.name;
  try {
    const answer = await runner.classify(file, name);
    const best = answer.probabilities.indexOf(Math.max(...answer.probabilities));
    const sure = answer.probabilities[best] >= notSure;
    const row = { name, said: sure ? classNames[best] : 'not sure', probabilities: answer.probabilities };
    rows.push(row);
    const open = (): void => showAnswer(facts, { ...row, best, sure, answer });
    byId('rows').append(tableRow(row, percent(answer.probabilities[best]), answer, open));
    open();
  } catch (error) {
    const row = { name, said: `expected a picture; ${(error as Error).message}` };
    rows.push(row);
    byId('rows').append(tableRow(row));
  }
  done++;
  byId('results').hidden = false;
  const last = rows.at(-1)!;
  say(
    done < waiting
      ? `${done} of ${waiting} pictures`
      : waiting === 1
        ? `${last.name}: ${last.said}`
        : `${done} pictures, done.`,
  );
  document.body.dataset.done = String(done);
}

const input = byId<HTMLInputElement>('choose');
input.addEventListener('change', () => {
  add([...input.files!]);
  input.value = '';
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (!event.dataTransfer) return;
  droppedFiles(event.dataTransfer).then(
    (given) => add(given.map(({ file }) => file)),
    ({ message }: Error) => say(message),
  );
});
document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) add(files);
  else say('There is no picture in what was pasted.');
});
offerCamera((picture) => add([picture]), say);

byId('csv').addEventListener('click', () => {
  const address = URL.createObjectURL(new Blob([resultsCsv(rows, classNames)], { type: 'text/csv' }));
  element('a', { href: address, download: 'results.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
});
byId('clear').addEventListener('click', () => {
  rows.length = 0;
  byId('rows').replaceChildren();
  byId('results').hidden = byId('answer').hidden = true;
  say(READY);
  input.focus();
});

/** Offers a picture to try the page with. */
function example({ name, jpeg }: PagePicture): HTMLElement {
  const picture = new File([fromBase64(jpeg)], name, { type: 'image/jpeg' });
  const image = element('img', { src: URL.createObjectURL(picture), alt: '' });
  const button = element('button', { type: 'button', 'aria-label': `Try ${name}` }, image);
  button.addEventListener('click', () => add([picture]));
  return button;
}
byId('examples').append(...facts.examples.map(example));
byId('examples').hidden = !facts.examples.length;
