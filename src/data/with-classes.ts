import { listed } from '../text/listed.ts';
import { createDataset, type Dataset } from './dataset.ts';

/**
 * Gives the same pictures, with labels that are positions in other class names: a folder need not hold all classes that
 * a classifier knows, nor in its order.
 * @throws RangeError naming the classes that are not among them
 * @example
 * const more = withClasses(images.test, [...images.test.classNames, 'star']);
 */
export function withClasses(dataset: Dataset, classNames: readonly string[]): Dataset {
  const { name, labels, imageSize, fit, forNetwork, partsAt, fileAt, positionAt, readingAt, decoders } = dataset;
  const own = dataset.classNames;
  if (own.length === classNames.length && own.every((one, k) => one === classNames[k])) return dataset;
  const positions = own.map((one) => classNames.indexOf(one));
  const unknown = own.filter((_, k) => positions[k] < 0 && labels.includes(k));
  if (unknown.length)
    throw new RangeError(
      `${name}: expected classes among ${listed(classNames)}; got ${listed(unknown)} as well. ` +
        'Take those pictures out, or train a classifier that knows them.',
    );
  return createDataset({
    name,
    labels: labels.map((k) => positions[k]),
    classNames,
    imageSize,
    keysAt: (indices) => dataset.keysAt(indices),
    contentsAt: (indices) => dataset.contentsAt(indices),
    at: (indices) => dataset.at(indices),
    fit,
    ...(forNetwork && { forNetwork: (input) => withClasses(forNetwork(input), classNames) }),
    partsAt,
    fileAt,
    positionAt,
    readingAt,
    decoders,
  });
}
