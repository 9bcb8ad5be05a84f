import type { Picture, Project } from './project.ts';

/** A picture with its class' place among those that have pictures. */
export interface Labelled {
  readonly picture: Picture;
  readonly label: number;
}

/** What is trained on, and what it is tested on. */
export interface Divided {
  /** The classes that have pictures, in their order. */
  readonly classNames: readonly string[];
  readonly training: readonly Labelled[];
  readonly test: readonly Labelled[];
}

/** Every so many pictures of a class one is held back. */
const EVERY = 5;

/**
 * Holds back a fifth of each class' pictures to test on. Of files it is every fifth one. Of pictures from the camera
 * it is the last fifth: those taken one after the other look alike, and would test what was learnt by heart.
 */
export function divided(project: Project): Divided {
  const classes = project.filter(({ pictures }) => pictures.length);
  const [training, test]: [Labelled[], Labelled[]] = [[], []];
  for (const [label, { pictures }] of classes.entries()) {
    const files = pictures.filter(({ from }) => from === 'file');
    const shots = pictures.filter(({ from }) => from === 'camera');
    const kept = shots.length - Math.floor(shots.length / EVERY);
    for (const [i, picture] of files.entries()) (i % EVERY === EVERY - 1 ? test : training).push({ picture, label });
    for (const [i, picture] of shots.entries()) (i >= kept ? test : training).push({ picture, label });
  }
  return { classNames: classes.map(({ name }) => name), training, test };
}
