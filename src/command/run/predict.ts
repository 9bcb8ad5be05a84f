import { loadClassifier } from '../../classifier/load.ts';
import { predict } from '../../classifier/predict.ts';
import type { Run } from '../command.mjs';
import type { flags } from '../predict.mjs';

export const run: Run<typeof flags> = async (values, { operands, signal }) => {
  const { classifier: folder = 'results/classifier', weights, top = 3 } = values;
  const classifier = await loadClassifier(folder, { weights });
  const predictions = await predict(classifier, operands, { signal });
  const text = predictions.map(({ file, ranking }) => {
    const best = ranking
      .slice(0, top)
      .map(({ className, probability }) => `${className} ${(100 * probability).toFixed(1)} %`);
    return `${file}: ${best.join(', ')}`;
  });
  return { text: text.join('\n'), json: predictions.map((p) => ({ ...p, ranking: p.ranking.slice(0, top) })) };
};
