/** The page in which a classifier is taught: classes, their pictures, training, its figure, trying, saving. */
import { EMBEDDING } from '../../facts.ts';
import type { TeachFacts } from '../../teach-facts.ts';
import { byId, element, embeddedBytes } from '../embedded.ts';
import { chosenFiles, droppedFiles, type Given } from '../pictures/given-files.ts';
import { startRunner } from '../runner.ts';
import { cardList } from './card-list.ts';
import { liveCamera } from './live-camera.ts';
import {
  classWith,
  countPictures,
  named,
  type Picture,
  type Project,
  renamed,
  withClass,
  withoutClass,
  withoutPicture,
  withPicture,
} from './project.ts';
import { openProject, projectZip } from './saved-project.ts';
import { teaching } from './teaching.ts';
import { tryingPanel } from './try-it.ts';

declare const WORKER: string;
declare const TRAINER: string;

const facts = JSON.parse(byId('facts').textContent) as TeachFacts;
let project: Project = withClass(withClass([]));
/** What was there before the last removal. */
let before: Project | undefined;
let unsaved = false;
let [waiting, done] = [0, 0];
const say = (text: string): void => {
  byId('state').textContent = text;
};

const { imageSize, resizing } = facts;
const graph = { classNames: [], imageSize, resizing, outputs: [EMBEDDING] } as const;
const runner = startRunner(WORKER, () => ({
  wasm: embeddedBytes('wasm'),
  model: embeddedBytes('model'),
  facts: graph,
}));
runner.ready.then(
  () => {
    document.body.dataset.state = 'ready';
    say('Ready. Name the classes, and give each some pictures: drop, paste, choose or take them.');
  },
  (error: Error) =>
    say(`This browser cannot run the page: ${error.message}. It needs Chrome 94, Firefox 113, Safari 16.4, or later.`),
);

const trying = tryingPanel();
const taught = teaching(TRAINER, {
  isWaiting: () => done < waiting,
  trained({ head, classNames, pictures, text }) {
    byId('figure').textContent = text;
    trying.headIs(head, classNames);
    cards.show(project, taught.markOf, camera.isOpen());
    document.body.dataset.trained = String(pictures);
  },
});
const camera = liveCamera({
  say,
  busy: () => done < waiting,
  look: (picture) => tryOut(picture),
  changed: () => cards.show(project, taught.markOf, camera.isOpen()),
});
const cards = cardList(byId('classes'), (id) => ({
  add: (given) => add(given, id),
  rename: (name) => change(renamed(project, id, name)),
  remove: () => undoable(withoutClass(project, id)),
  removePicture: (picture) => undoable(withoutPicture(project, picture)),
  shoot: (on) => camera.shoot(on, (picture) => add([{ file: picture, folder: '' }], id, 'camera')),
}));

function change(next: Project): void {
  project = next;
  unsaved = countPictures(project) > 0;
  cards.show(project, taught.markOf, camera.isOpen());
  taught.teach(project);
}

function undoable(next: Project): void {
  before = project;
  change(next);
  byId('undo').hidden = false;
}

/** Looks at pictures, and adds them to a class. */
function add(given: readonly Given[], id: number, from: Picture['from'] = 'file'): void {
  if (!given.length) return say('There is no picture in what was given.');
  waiting += given.length;
  for (const { file } of given) void keep(file, id, from);
}

async function keep(file: File, id: number, from: Picture['from']): Promise<void> {
  const name = file.webkitRelativePath || file.name;
  try {
    const { embedding, kept } = await runner.classify(file, name, { keep: true });
    const { small, contents } = kept!;
    const twin = classWith(project, contents);
    if (twin) throw new Error(`it is in “${twin.name}” already`);
    change(withPicture(project, id, { name, contents, small, from, embedding: embedding! }));
  } catch (error) {
    refuse(name, (error as Error).message);
  }
  done++;
  if (done < waiting) say(`${done} of ${waiting} pictures`);
  else say(`${countPictures(project)} pictures in ${project.length} classes.`);
  document.body.dataset.done = String(done);
}

/** Says why a file is not among the pictures; all of them stay readable. */
function refuse(name: string, why: string): void {
  const list = byId('refused');
  const said = list.querySelector('ul')!;
  said.append(element('li', {}, `${name}: ${/already$/.test(why) ? '' : 'expected a picture; '}${why}`));
  list.querySelector('summary')!.textContent =
    said.children.length === 1 ? '1 file was not taken' : `${said.children.length} files were not taken`;
  list.hidden = false;
}

/** Adds pictures to the classes that are called like their folders; a folder without any, of notes say, is no class. */
function addByFolder(given: readonly Given[]): void {
  const pictures = given.filter(({ file }) => /^image\//.test(file.type));
  const names = [...new Set(pictures.map(({ folder }) => folder))].sort((a, b) => a.localeCompare(b));
  if (!names.length) say('There is no picture in what was given.');
  for (const name of names) {
    const files = given.filter(({ folder }) => folder === name);
    if (!named(project, name)) {
      // the two classes that nobody has named give way
      const empty = project.find((one) => /^Class \d+$/.test(one.name) && !one.pictures.length);
      change(empty ? renamed(project, empty.id, name) : withClass(project, name));
    }
    add(files, named(project, name)!.id);
  }
}

async function tryOut(file: File): Promise<void> {
  try {
    trying.show({ name: file.name, answer: await runner.classify(file, file.name) });
  } catch (error) {
    say(`${file.name}: expected a picture; ${(error as Error).message}`);
  }
}

async function open(archive: File): Promise<void> {
  try {
    const next = await openProject(archive, facts);
    undoable(next);
    unsaved = false;
    say(`${archive.name}: ${countPictures(next)} pictures in ${next.length} classes.`);
  } catch (error) {
    say(`${archive.name}: ${(error as Error).message}`);
  }
}

async function save(): Promise<void> {
  if (!countPictures(project)) return say('There is nothing to save yet: no class has a picture.');
  const trained = await taught.finished();
  const bytes = await projectZip(project, facts, trained).catch((error: Error) => say(error.message));
  if (!bytes) return;
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
  element('a', { href: address, download: 'taught.zip' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  unsaved = false;
  say(
    `Saved as taught.zip, ${(bytes.length / 1e6).toFixed(1)} MB: ${trained ? 'the classifier, and ' : ''}small copies of the pictures, which whoever has the file can see.`,
  );
}

const isArchive = ({ file }: Given): boolean => /\.zip$/i.test(file.name);

/** Takes what was dropped beside the classes, or chosen as a folder. */
function takeAnything(given: readonly Given[]): void {
  const archive = given.find(isArchive);
  if (archive) return void open(archive.file);
  const [inFolders, alone] = [given.filter(({ folder }) => folder), given.filter(({ folder }) => !folder)];
  if (inFolders.length) addByFolder(inFolders);
  else if (alone.length)
    say('Drop pictures on a class, or on “Try it”; folders that are called like classes anywhere.');
  else say('There is no file in what was given.');
}

byId('add').addEventListener('click', () => {
  change(withClass(project));
  cards.focus(project.at(-1)!.id);
});
byId('undo').addEventListener('click', () => {
  if (before) change(before);
  before = undefined;
  byId('undo').hidden = true;
  byId('add').focus();
});
byId('save').addEventListener('click', () => void save());
for (const [id, take] of [
  ['folder', takeAnything],
  ['open', ([one]: readonly Given[]) => one && void open(one.file)],
  ['choose', ([one]: readonly Given[]) => one && void tryOut(one.file)],
] as const) {
  const input = byId<HTMLInputElement>(id);
  input.addEventListener('change', () => {
    take(chosenFiles(input));
    input.value = '';
  });
}
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const onTry = (event.target as Element).closest('#try');
  if (!event.dataTransfer) return;
  droppedFiles(event.dataTransfer).then(
    (given) => (onTry && given.length === 1 && !isArchive(given[0]) ? void tryOut(given[0].file) : takeAnything(given)),
    ({ message }: Error) => say(message),
  );
});
document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return; // text, into a name
  const id = cards.focused();
  if (id === undefined) void tryOut(files[0]);
  else
    add(
      files.map((file) => ({ file, folder: '' })),
      id,
    );
});
window.addEventListener('beforeunload', (event) => {
  if (unsaved) event.preventDefault();
});
cards.show(project, taught.markOf, false);
