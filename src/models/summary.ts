import type * as tf from '@tensorflow/tfjs';

const WIDTHS = [33, 24, 15] as const;

/** Makes `model.summary()` print as Keras 3 does. */
export function withKerasSummary(model: tf.LayersModel): tf.LayersModel {
  model.summary = (_lineLength, _positions, print = console.log) => printSummary(model, print);
  return model;
}

/**
 * Prints a model's layers, output shapes and parameters as Keras 3 does (keras/src/utils/summary_utils.py, at 80
 * columns), for models whose layers follow one another.
 */
export function printSummary(model: tf.LayersModel, print: (line: string) => void = console.log): void {
  const rows = model.layers.map((layer) => [
    `${layer.name} (${layer.getClassName()})`,
    shapeText(layer.outputShape as (number | null)[]),
    layer.countParams().toLocaleString('en-US'),
  ]);
  const rule = (left: string, line: string, between: string, right: string): string =>
    left + WIDTHS.map((width) => line.repeat(width)).join(between) + right;
  const cells = ([name, shape, parameters]: string[], edge: string): string =>
    edge +
    [` ${fit(name, WIDTHS[0] - 2)} `, ` ${fit(shape, WIDTHS[1] - 2)} `, ` ${parameters.padStart(WIDTHS[2] - 2)} `].join(
      edge,
    ) +
    edge;

  print(`Model: "${model.name}"`);
  print(rule('┏', '━', '┳', '┓'));
  print(cells(['Layer (type)', 'Output Shape', 'Param #'], '┃'));
  print(rule('┡', '━', '╇', '┩'));
  rows.forEach((row, i) => {
    if (i > 0) print(rule('├', '─', '┼', '┤'));
    print(cells(row, '│'));
  });
  print(rule('└', '─', '┴', '┘'));
  const { total, trainable } = countParameters(model);
  print(` Total params: ${parametersText(total)}`);
  print(` Trainable params: ${parametersText(trainable)}`);
  print(` Non-trainable params: ${parametersText(total - trainable)}`);
}

/** Counts the parameters of all layers, and those that train: batch normalization's moving averages never do. */
export function countParameters(model: tf.LayersModel): { readonly total: number; readonly trainable: number } {
  const size = ({ shape }: { readonly shape: tf.Shape }): number =>
    (shape as number[]).reduce((product, side) => product * side, 1);
  const trained = model.layers.flatMap((layer) => layer.trainableWeights);
  return {
    total: model.layers.reduce((sum, layer) => sum + layer.countParams(), 0),
    trainable: trained.reduce((sum, weight) => sum + size(weight), 0),
  };
}

const fit = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);

const shapeText = (shape: (number | null)[]): string => `(${shape.map((n) => n ?? 'None').join(', ')})`;

/** Writes a count of parameters: 40,970 (160.04 KB), at four bytes a parameter. */
function parametersText(count: number): string {
  let size = count * 4;
  let unit = 'B';
  for (const next of ['KB', 'MB', 'GB']) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return `${count.toLocaleString('en-US')} (${size.toFixed(2)} ${unit})`;
}
