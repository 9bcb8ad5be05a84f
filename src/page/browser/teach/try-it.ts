import { bar, BARS } from '../answer.ts';
import { byId } from '../embedded.ts';
import type { Answer } from '../messages.ts';
import { drawPicture } from '../pictures/picture-canvas.ts';
import type { TrainedHead } from '../train.ts';
import { NOT_TRAINED } from '../../teach-facts.ts';
import { probabilitiesOf } from './judged.ts';

/** What is tried, and the head that is asked. */
interface Tried {
  readonly name: string;
  readonly answer: Answer;
}

/** Shows what a head says about a picture; about the last one again after each training. */
export function tryingPanel(): {
  show(tried: Tried): void;
  headIs(head: TrainedHead | undefined, classNames: readonly string[]): void;
} {
  let [last, head]: [Tried | undefined, TrainedHead | undefined] = [undefined, undefined];
  let names: readonly string[] = [];
  const draw = (): void => {
    byId('answer').hidden = !last;
    if (!last) return;
    const { name, answer } = last;
    const canvas = byId<HTMLCanvasElement>('seen');
    canvas.setAttribute('aria-label', `${name}, as the network is given it`);
    drawPicture(canvas, answer);
    byId('note').textContent = answer.note ?? '';
    byId('bars').hidden = !head;
    if (!head) {
      byId('said').textContent = NOT_TRAINED;
      return;
    }
    const probabilities = probabilitiesOf(head, answer.embedding!);
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, BARS);
    if (byId('said').textContent !== names[order[0]]) byId('said').textContent = names[order[0]];
    byId('bars').replaceChildren(...order.map((k) => bar(names[k], probabilities[k])));
  };
  return {
    show(tried) {
      last = tried;
      draw();
    },
    headIs(next, classNames) {
      [head, names] = [next, classNames];
      draw();
    },
  };
}
