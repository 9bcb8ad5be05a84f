import type { Embedding } from '../../../analysis/embedding.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { classColour } from '../../../plots/frame/card.ts';
import type { Control } from '../controls/control.ts';
import { widget } from '../controls/own-widget.ts';
import type { Shown } from '../shown.ts';

/** A rectangle of the map, its corners as shares of width and height from the top left; empty if none is drawn. */
type Brushed = readonly [] | readonly [left: number, top: number, right: number, bottom: number];

/** A map of pictures on which a rectangle is drawn. */
export interface BrushedMap {
  readonly control: Shown & Pick<Control<unknown>, 'addEventListener'>;
  /** Gives what says whether a picture lies in the rectangle that is drawn now; without one all do. */
  inside(): (index: number) => boolean;
}

/**
 * Makes a map with a dot for each picture, coloured by class. Dots are drawn in the page from 10 bytes each, so that
 * 100,000 pictures are one message of 1 MB.
 * @throws RangeError if there is not a point for each picture
 */
export function brushedMap(dataset: Dataset, { points }: Pick<Embedding, 'points'>): BrushedMap {
  const { n, labels, classNames } = dataset;
  if (points.length !== n)
    throw new RangeError(`exploreImages: map: expected a point for each of ${n} pictures; got ${points.length}.`);
  const places = new Float32Array(2 * n); // [N, 2], each 0..1
  for (const d of [0, 1] as const) {
    const values = points.map((point) => point[d]);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    values.forEach((value, i) => (places[2 * i + d] = (value - low) / (high - low || 1)));
  }
  const control = widget({
    esm: ESM,
    css: CSS,
    label: 'map',
    state: {
      places: bytesOf(places),
      classes: bytesOf(Uint16Array.from(labels)),
      colours: classNames.map((_, k) => classColour(k)),
      brushed: [] as Brushed,
    },
    accept: (name, sent) => (name === 'brushed' && isBrushed(sent) ? sent : undefined),
    html: ({ brushed }) => `<div>${brushed.length ? 'A part of the map is chosen.' : 'The whole map is chosen.'}</div>`,
  });
  return {
    control,
    inside() {
      const [left = 0, top = 0, right = 1, bottom = 1] = control.value.brushed;
      return (i) => {
        const [x, y] = [places[2 * i], places[2 * i + 1]];
        return x >= left && x <= right && y >= top && y <= bottom;
      };
    },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const isBrushed = (sent: unknown): sent is Brushed =>
  Array.isArray(sent) && (sent.length === 0 || sent.length === 4) && sent.every((one) => Number.isFinite(one));

const [WIDTH, HEIGHT, MARGIN] = [620, 420, 8];

const ESM = `export default {
  render({ model, el }) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: ${2 * WIDTH}, height: ${2 * HEIGHT}, className: 'graft-map' });
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'Map of the pictures by class; draw a rectangle to choose some of them.');
    const whole = document.createElement('button');
    whole.textContent = 'Whole map';
    el.append(canvas, whole);
    const values = (name, Type) => {
      const { buffer, byteOffset, byteLength } = model.get(name);
      return new Type(buffer.slice(byteOffset, byteOffset + byteLength));
    };
    const [places, classes, colours] = [values('places', Float32Array), values('classes', Uint16Array), model.get('colours')];
    const x = (share) => 2 * (${MARGIN} + share * ${WIDTH - 2 * MARGIN});
    const y = (share) => 2 * (${MARGIN} + share * ${HEIGHT - 2 * MARGIN});
    const dots = new OffscreenCanvas(canvas.width, canvas.height);
    const pen = dots.getContext('2d');
    const side = classes.length > 5000 ? 3 : 6;
    for (let i = 0; i < classes.length; i++) {
      pen.fillStyle = colours[classes[i]];
      pen.fillRect(x(places[2 * i]) - side / 2, y(places[2 * i + 1]) - side / 2, side, side);
    }
    const context = canvas.getContext('2d');
    const draw = ([left, top, right, bottom]) => {
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(dots, 0, 0);
      if (bottom === undefined) return;
      const box = [x(left), y(top), x(right) - x(left), y(bottom) - y(top)];
      context.fillStyle = '#8884';
      context.fillRect(...box);
      context.strokeStyle = '#888';
      context.lineWidth = 3;
      context.strokeRect(...box);
    };
    const at = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      const [across, down] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
      const share = (part, length) => Math.min(1, Math.max(0, (part * length - ${MARGIN}) / (length - ${2 * MARGIN})));
      return [share(across, ${WIDTH}), share(down, ${HEIGHT})];
    };
    let from;
    const boxTo = (event) => {
      const to = at(event);
      const least = from.map((one, d) => Math.min(one, to[d]));
      const most = from.map((one, d) => Math.max(one, to[d]));
      return Math.max(most[0] - least[0], most[1] - least[1]) < 0.01 ? [] : [...least, ...most];
    };
    const choose = (box) => {
      model.set('brushed', box);
      model.save_changes();
    };
    canvas.addEventListener('pointerdown', (event) => {
      from = at(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => from && draw(boxTo(event)));
    canvas.addEventListener('pointerup', (event) => {
      const box = boxTo(event);
      from = undefined;
      draw(box);
      choose(box);
    });
    whole.addEventListener('click', () => choose([]));
    model.on('change:brushed', () => draw(model.get('brushed')));
    draw(model.get('brushed'));
  },
};`;

const CSS = `.graft-map { display: block; width: ${WIDTH}px; max-width: 100%; background: #fff; border: 1px solid #8888; cursor: crosshair; touch-action: none; }`;
