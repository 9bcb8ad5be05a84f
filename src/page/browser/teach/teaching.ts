import { NOT_TRAINED } from '../../teach-facts.ts';
import type { TrainedHead } from '../train.ts';
import type { Mark } from './class-card.ts';
import { divided, type Divided } from './held-back.ts';
import { type Judged, judged } from './judged.ts';
import type { Picture, Project } from './project.ts';
import { startTrainer } from './trainer.ts';

/** A head with what it was trained on. */
export interface Taught {
  readonly divided: Divided;
  readonly head: TrainedHead;
}

/** What a page shows after a training. */
export interface Outcome {
  /** Undefined if there is nothing to train on. */
  readonly head: TrainedHead | undefined;
  readonly classNames: readonly string[];
  /** How many pictures it knows, those that test it among them. */
  readonly pictures: number;
  /** Sentences for people. */
  readonly text: string;
}

/** While pictures come in, trainings begin at most this often, in ms. */
const PAUSE = 1000;

/**
 * Trains again whenever the classes have changed, one training at a time, the last state always.
 * @param script the worker's code
 * @param page.isWaiting whether more pictures are coming
 * @param page.trained is called after each training
 */
export function teaching(
  script: string,
  { isWaiting, trained }: { readonly isWaiting: () => boolean; readonly trained: (outcome: Outcome) => void },
): {
  teach(project: Project): void;
  markOf(picture: Picture): Mark;
  /** Becomes the head of the last state; undefined if there is nothing to train on, or its training failed. */
  finished(): Promise<Taught | undefined>;
} {
  const train = startTrainer(script);
  let wanted: Project | undefined;
  let running: Promise<void> | undefined;
  let taught: Taught | undefined;
  let [test, names]: [Judged | undefined, readonly string[]] = [undefined, []];
  let heldBack: ReadonlySet<Picture> = new Set();

  async function once(project: Project): Promise<void> {
    const parts = divided(project);
    heldBack = new Set(parts.test.map(({ picture }) => picture));
    const classes = parts.classNames.length;
    [taught, test, names] = [undefined, undefined, parts.classNames];
    const pictures = parts.training.length + parts.test.length;
    if (classes < 2) {
      return trained({ head: undefined, classNames: names, pictures, text: NOT_TRAINED });
    }
    const rows = parts.training.map(({ picture }) => picture.embedding);
    const labels = parts.training.map(({ label }) => label);
    try {
      const { head, milliseconds } = await train({ rows, labels, classes });
      taught = { divided: parts, head };
      test = judged(parts.test, head);
      const text = `${test.text} Trained on ${rows.length} pictures in ${(milliseconds / 1000).toFixed(1)} s.`;
      trained({ head, classNames: names, pictures, text });
    } catch (error) {
      trained({
        head: undefined,
        classNames: names,
        pictures,
        text: `It was not trained: ${(error as Error).message}.`,
      });
    }
  }

  async function all(): Promise<void> {
    // what happens at once is one change
    await new Promise((resolve) => setTimeout(resolve));
    while (wanted) {
      const project = wanted;
      wanted = undefined;
      await once(project);
      if (isWaiting()) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    running = undefined;
  }

  return {
    teach(project) {
      wanted = project;
      running ??= all();
    },
    markOf(picture) {
      const said = test?.wrong.get(picture);
      return { heldBack: heldBack.has(picture), ...(said !== undefined && { said: names[said] }) };
    },
    async finished() {
      await running;
      return taught;
    },
  };
}
