import type { PageFacts } from '../facts.ts';
import { byId, element, fromBase64 } from './embedded.ts';
import type { Answer } from './messages.ts';
import { nearestAmong } from './nearest-trained.ts';
import { percent } from './percent.ts';
import { drawPicture } from './pictures/picture-canvas.ts';

/** The most classes that get a bar. */
export const BARS = 10;

interface Shown {
  readonly name: string;
  readonly answer: Answer;
  /** The most probable class. */
  readonly best: number;
  /** Whether its probability reaches the threshold. */
  readonly sure: boolean;
}

let nearest: ReturnType<typeof nearestAmong> | undefined;

/** Shows what a classifier says about a picture, and where it looked. */
export function showAnswer({ classNames, trained, notSure }: PageFacts, { name, answer, best, sure }: Shown): void {
  const { probabilities, embedding, note } = answer;
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, BARS);
  byId('said').textContent = sure ? classNames[best] : 'Not sure';
  byId('which').textContent = name;
  byId('note').textContent = [
    ...(sure ? [] : [`${classNames[best]} is the most probable, but below ${percent(notSure)}.`]),
    ...(note === undefined ? [] : [note]),
  ].join(' ');
  byId('bars').replaceChildren(...order.map((k) => bar(classNames[k], probabilities[k])));
  const canvas = byId<HTMLCanvasElement>('seen');
  const look = byId<HTMLInputElement>('look');
  canvas.setAttribute('aria-label', `${name}, as the network is given it`);
  const draw = (): void => drawPicture(canvas, answer, { heat: look.checked });
  look.onchange = draw;
  look.parentElement!.hidden = !answer.map;
  draw();
  byId('trained').hidden = !trained.length || !embedding;
  if (trained.length && embedding) {
    nearest ??= nearestAmong(trained);
    byId('nearest').replaceChildren(...nearest(embedding).map(trainedFigure));
  }
  byId('answer').hidden = false;
}

/** Shows a class' probability. */
export function bar(name: string, probability: number): HTMLElement {
  const meter = element('meter', { min: '0', max: '1', value: String(probability), 'aria-label': name });
  return element('li', {}, element('span', { title: name }, name), meter, element('output', {}, percent(probability)));
}

const addresses = new Map<string, string>();

function trainedFigure({ name, className, jpeg }: PageFacts['trained'][number]): HTMLElement {
  const known = addresses.get(jpeg) ?? URL.createObjectURL(new Blob([fromBase64(jpeg)], { type: 'image/jpeg' }));
  addresses.set(jpeg, known);
  return element('figure', {}, element('img', { src: known, alt: name }), element('figcaption', {}, className));
}
