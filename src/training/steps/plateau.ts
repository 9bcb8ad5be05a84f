import { DEFAULTS } from '../../options/options.mjs';
import type { FitOptions } from '../fit-options.ts';

/** An epoch that the validation images judged. */
export interface Judged {
  readonly valLoss?: number;
}

/**
 * Gives the learning rate after some epochs, as Keras' ReduceLROnPlateau sets it
 * (keras/src/callbacks/reduce_lr_on_plateau.py). It follows from the losses alone, so that a training that goes on from
 * a checkpoint needs nothing else.
 * @param epochs all epochs so far
 * @param first the learning rate to begin with
 */
export function plateauRate(
  epochs: readonly Judged[],
  first: number,
  {
    plateauFactor: factor = DEFAULTS.plateauFactor,
    plateauPatience: patience = DEFAULTS.plateauPatience,
    plateauMinDelta: minDelta = DEFAULTS.plateauMinDelta,
    plateauCooldown: cooldown = DEFAULTS.plateauCooldown,
    plateauMinRate: least = DEFAULTS.plateauMinRate,
  }: FitOptions,
): number {
  let [rate, best, waited, cooling] = [first, Infinity, 0, 0];
  for (const { valLoss = Infinity } of epochs) {
    if (cooling > 0) [cooling, waited] = [cooling - 1, 0];
    if (valLoss + minDelta < best) [best, waited] = [valLoss, 0];
    else if (cooling === 0 && ++waited >= patience && rate > least)
      [rate, cooling, waited] = [Math.max(least, rate * factor), cooldown, 0];
  }
  return rate;
}
