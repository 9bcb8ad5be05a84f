import { WHOLE_PICTURE } from '../../../data/pictures/picture-files.ts';
import { escapeMarkdown } from '../../../text/markdown.ts';
import type { Classifier } from '../../classifier.ts';
import type { Description } from '../description.ts';
import type { RunRecord } from '../format.ts';
import { hubLines } from './hub-lines.ts';

/**
 * Writes a model card, as the hub reads it: what the classifier is, what it was trained on and how right it was, by the
 * run's record. It says nothing that was not measured; what only people can know is left open for them.
 */
export function modelCard(classifier: Classifier, description: Description, run?: RunRecord): string {
  const { classNames } = classifier;
  const { licence, backbone, imageSize, resizing, temperature, graft } = description;
  const named = classNames.map(escapeMarkdown);
  const [lines] = hubLines('results/hub');
  return [
    '---',
    'pipeline_tag: image-classification',
    'library_name: transformers.js',
    'tags:',
    '- image-classification',
    '- onnx',
    '- graft',
    '---',
    '',
    `# Classifier of ${classNames.length} classes`,
    '',
    `It tells ${listedIn(named)} apart. The features are those of ${escapeMarkdown(backbone)}; the layers on top of it were trained with Graft ${escapeMarkdown(graft)}.`,
    '',
    '## Use',
    '',
    `With this folder as \`results/hub\`, and no network:`,
    '',
    '```js',
    lines.code,
    '```',
    '',
    `The graph takes pictures of any size, one by one: it brings them to ${imageSize.join('×')} itself (${resizing.fit}${resizing.cropFraction === 1 ? '' : ` to ${resizing.cropFraction}`}${resizing === WHOLE_PICTURE ? ', since the pictures that it was trained on had that size already' : ''}).`,
    ...(temperature === 1
      ? []
      : [
          `Its scores were divided by ${temperature}, a temperature found on validation pictures; the logits hold that.`,
        ]),
    '',
    '## Training data',
    '',
    ...(run ? trainingData(run) : [NOT_GIVEN]),
    '',
    '## How right it is',
    '',
    ...(run?.test ? accuracy(run.test) : [NOT_GIVEN]),
    '',
    '## Licence',
    '',
    `Weights of the backbone: ${escapeMarkdown(licence.text)}. ${escapeMarkdown(licence.warning ?? '')}`.trim(),
    '',
    '## To be filled in by whoever publishes it',
    '',
    '- the licence of the training pictures, and of what was trained',
    '- what it is for, and what it is not to be used for',
    '- what it is known to get wrong',
    '',
  ].join('\n');
}

const NOT_GIVEN = 'Not known here: the record of the training was not given.';

function trainingData({ data = {}, pictures, id, finished }: RunRecord): string[] {
  return [
    `Run ${escapeMarkdown(id)}, ${escapeMarkdown(finished)}.`,
    '',
    '| part | data | pictures | SHA-256 of the content |',
    '| --- | --- | ---: | --- |',
    ...Object.entries(data).map(
      ([part, { name, n, hash }]) =>
        `| ${escapeMarkdown(part)} | ${escapeMarkdown(name)} | ${n} | ${escapeMarkdown(hash)} |`,
    ),
    ...(pictures ? ['', `Of ${pictures.read} files, ${pictures.leftOut} were left out.`] : []),
  ];
}

function accuracy({
  accuracy: share,
  interval,
  n,
  calibrationError,
  perClass = [],
}: NonNullable<RunRecord['test']>): string[] {
  return [
    `${percent(share)} of ${n} test pictures (95 % interval ${between(interval)}).`,
    ...(calibrationError === undefined
      ? []
      : [
          `Expected calibration error, the mean distance between how sure it is and how often it is right: ${percent(calibrationError)}.`,
        ]),
    '',
    '| class | test pictures | found (recall) | 95 % interval |',
    '| --- | ---: | ---: | --- |',
    ...perClass.map(
      (row) =>
        `| ${escapeMarkdown(row.className)} | ${row.n} | ${row.recall === null ? '–' : percent(row.recall)} | ${row.interval ? between(row.interval) : '–'} |`,
    ),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const between = ([from, to]: readonly [number, number]): string =>
  `${(100 * from).toFixed(1)} to ${(100 * to).toFixed(1)} %`;

/** How many classes a sentence names; the table has all of them. */
const NAMED = 12;

const listedIn = (names: readonly string[]): string =>
  names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ');

/**
 * Checks that a record is that of the training that made a classifier: a card may not quote another's accuracy.
 * @throws Error saying what differs
 */
export function checkRun({ id, backbone, test }: RunRecord, classifier: Classifier): void {
  const names = test?.perClass?.map(({ className }) => className);
  const differs =
    backbone?.id !== undefined && backbone.id !== classifier.backbone.id
      ? 'backbone'
      : names && JSON.stringify(names) !== JSON.stringify(classifier.classNames)
        ? 'class names'
        : undefined;
  if (differs)
    throw new Error(
      `run: expected the record of the training that made this classifier; ${id} has another ${differs}. Nothing was written.`,
    );
}
