import { checkOptions } from '../../host/option-ranges.ts';
import type { Evaluation } from './evaluation.ts';

export interface SurestOptions {
  /** Only those that it got right, or only those that it got wrong. @default all */
  readonly right?: boolean;
  /** The most images. @default 8 */
  readonly most?: number;
  /** Gives those that the model was least sure of instead, the least sure last. @default false */
  readonly least?: boolean;
}

/**
 * Finds the images that a model was surest of.
 * @returns their positions, the surest first
 * @example
 * const mistakes = pick(images.test, surest(evaluation, { right: false }));
 */
export function surest(
  { confidence, right }: Pick<Evaluation, 'confidence' | 'right'>,
  { right: asked, most = 8, least = false }: SurestOptions = {},
): number[] {
  checkOptions('surest', { most });
  const among = [...confidence.keys()].filter((i) => asked === undefined || Boolean(right[i]) === asked);
  const order = among.sort((a, b) => confidence[b] - confidence[a] || a - b);
  return least ? order.slice(Math.max(0, order.length - most)) : order.slice(0, most);
}
