import { createDataset, type Dataset } from './dataset.ts';
import { checkSameClasses } from './same-classes.ts';

/**
 * Joins data sets of one source, one after the other.
 * @param parts one or more, of the same classes and picture size
 */
export function join(parts: readonly Dataset[], { name }: { readonly name: string }): Dataset {
  const [first, ...others] = parts;
  const { classNames, imageSize, fit, forNetwork, partsAt, fileAt } = first;
  for (const part of others) checkSameClasses(name, first, part);
  const decoders = [...new Set(parts.flatMap((part) => part.decoders ?? []))];
  const positions = parts.flatMap((part) => Array.from({ length: part.n }, (_, i) => ({ part, i })));
  return createDataset({
    name,
    labels: Int32Array.from(positions, ({ part, i }) => part.labels[i]),
    classNames,
    imageSize,
    fit,
    keysAt: (indices) => Buffer.concat(Array.from(indices, (at) => positions[at].part.keysAt([positions[at].i]))),
    contentsAt: (indices) =>
      Buffer.concat(Array.from(indices, (at) => positions[at].part.contentsAt([positions[at].i]))),
    at: async (indices) =>
      Buffer.concat(await Promise.all(Array.from(indices, (at) => positions[at].part.at([positions[at].i])))),
    ...(forNetwork && {
      forNetwork: (input) =>
        join(
          parts.map((part) => part.forNetwork!(input)),
          { name },
        ),
    }),
    ...(partsAt && {
      partsAt: async (indices, boxOf, interpolation) =>
        Buffer.concat(
          await Promise.all(
            Array.from(indices, (at, i) =>
              positions[at].part.partsAt!([positions[at].i], (_, size) => boxOf(i, size), interpolation),
            ),
          ),
        ),
    }),
    decoders: decoders.length ? decoders : undefined,
    ...(fileAt && { fileAt: (at) => positions[at].part.fileAt!(positions[at].i) }),
    readingAt: (at) => positions[at].part.readingAt?.(positions[at].i) ?? 1,
  });
}
