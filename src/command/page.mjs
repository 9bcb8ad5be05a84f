// @ts-check
import { classifierFlags } from './flags/classifier-flags.mjs';
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { existingFile, folder, newFile, number, onOff, pageFault, text, whole } from './flags/flag.mjs';
import { flags as ofEvaluate } from './evaluate.mjs';

export const flags = {
  ...classifierFlags,
  out: newFile('FILE.html', 'the page to write (default: results/classifier.html)'),
  title: text('TEXT', 'what stands above it', { otherwise: "the classes' names" }),
  run: existingFile(
    'run.json of the training, whose accuracy the page says (default: that on unseen pictures of --data)',
  ),
  data: {
    ...backboneFlags.data,
    help: 'the data that it was trained on: what it has not seen of them tests it, its validation images choose when it says "not sure"',
    otherwise: 'none',
  },
  path: backboneFlags.path,
  label: backboneFlags.label,
  root: backboneFlags.root,
  'class-folders': backboneFlags['class-folders'],
  strict: backboneFlags.strict,
  seed: whole('of the photos that --test-share sets apart, and of --pictures', { from: 0, otherwise: '1' }),
  'test-share': ofEvaluate['test-share'],
  'not-sure': number('says "not sure" below this probability', {
    from: 0,
    below: 1,
    otherwise: 'the lowest at which 95 % of the answers on validation images are right',
  }),
  pictures: whole(
    'training pictures of --data to put into the page, which shows the nearest ones: whoever has the page has them',
    {
      from: 0,
      otherwise: '0: none',
    },
  ),
  split: folder("writes classifier.js, .onnx and .wasm for one's own site there, instead of the page"),
  teach: onOff('writes a page in which a classifier is taught, as graft teach; with --out, --title and --exact'),
  exact: onOff(
    'keeps weights as they are, instead of rounded to about 10 bits: larger, and it answers as graft predict does',
  ),
  engine: backboneFlags.engine,
  cache: backboneFlags.cache,
};

export const page = command({
  usage: 'graft page --classifier FOLDER --out FILE.html [PICTURE…]',
  about:
    'Writes a classifier as one HTML file that classifies pictures where it is opened, offline too; none of them leaves ' +
    'the machine. Pictures that are named lie in it, to be clicked on.',
  flags,
  operands: { value: 'PICTURE', expected: 'pictures to try, or none', least: 0 },
  check: ({ out, pictures, data, teach, ...others }) => {
    const fault = pageFault(out);
    if (fault) return fault;
    if (teach) {
      const own = ['title', 'exact', 'json'];
      const foreign = Object.entries({ ...others, pictures, data }).find(
        ([name, value]) => value !== undefined && !own.includes(name),
      );
      return foreign && `--teach: expected no --${foreign[0]} with it: the page has no classifier before it is taught`;
    }
    return pictures && data === undefined
      ? '--pictures: expected --data, the data that it was trained on; got none'
      : undefined;
  },
  examples: [
    'graft page --classifier results/classifier --out flowers.html',
    'graft page --data photos/flowers --pictures 40 --title "Which flower is it?" daisy.jpg rose.jpg',
  ],
  notes: ['JSON: { file, bytes, difference, against, pictures, examples, notSure, remarks }.'],
  readsWeights: true,
  load: () => import('./run/page.ts'),
});
