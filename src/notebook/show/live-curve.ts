import { checkOptions } from '../../host/option-ranges.ts';
import { learningCurve } from '../../plots/experiments/learning-curve.ts';
import type { Epoch } from '../../training/history.ts';
import { showLive } from './display.ts';

/**
 * Draws a learning curve that grows under the running cell: pass it to `fit` as `onEpoch`.
 * @param options.epochs the epochs to come, so that the axis keeps its length
 * @param options.headEpochs of fineTune: how many of them train the new layers alone; a line says where the others begin
 * @example
 * const history = await fit(head, train, { epochs: 3, onEpoch: liveCurve({ epochs: 3 }) });
 */
export function liveCurve({
  epochs,
  headEpochs,
  caption,
}: {
  readonly epochs: number;
  readonly headEpochs?: number;
  readonly caption?: string;
}): (epoch: Epoch, history: readonly Epoch[]) => void {
  checkOptions('liveCurve', { epochs, headEpochs });
  const redraw = showLive();
  return (epoch, history) => {
    const validation = epoch.valAccuracy === undefined ? '' : `, validation ${(100 * epoch.valAccuracy).toFixed(1)} %`;
    const text = `epoch ${epoch.epoch} of ${epochs}: loss ${epoch.loss.toFixed(3)}, accuracy ${(100 * epoch.accuracy).toFixed(1)} %${validation}`;
    redraw(learningCurve(history, { total: epochs, headEpochs, caption }), text);
  };
}
