import { sha256 } from '../storage/files/hash.ts';
import { createFeatures, type Features, shapeText } from './features.ts';

/**
 * Puts the rows of two sets of features behind each other; of several views it takes their mean.
 * @returns features of all images, the first set's first
 * @throws RangeError naming both shapes, if rows differ in length
 */
export function joinFeatures(first: Features, second: Features): Features {
  const length = (of: Features): string => of.shape.slice(1).join();
  if (length(first) !== length(second))
    throw new RangeError(
      `joinFeatures: expected rows of one shape; got ${shapeText(first.shape)} of ${first.name} and ${shapeText(second.shape)} of ${second.name}.`,
    );
  const n = first.labels.length;
  const { contents } = first;
  const others = second.contents;
  return createFeatures({
    id: sha256('joined\n', first.id, '\n', second.id),
    name: `${first.name}, with ${second.labels.length.toLocaleString('en-US')} validation images`,
    shape: [n + second.labels.length, ...first.shape.slice(1)],
    labels: Int32Array.from([...first.labels, ...second.labels]),
    classNames: first.classNames,
    views: 1,
    ...(contents && others && { contents: () => new Uint8Array(Buffer.concat([contents(), others()])) }),
    async rows(indices) {
      const all = Array.from(indices);
      const [own, more] = [all.filter((i) => i < n), all.filter((i) => i >= n)];
      const [ownRows, moreRows] = [
        own.length ? await first.rows(own) : new Float32Array(0),
        more.length ? await second.rows(more.map((i) => i - n)) : new Float32Array(0),
      ];
      const width = first.shape.slice(1).reduce((a, b) => a * b, 1);
      const out = new Float32Array(all.length * width);
      let [a, b] = [0, 0];
      all.forEach((i, at) => {
        const row = i < n ? ownRows.subarray(a++ * width, a * width) : moreRows.subarray(b++ * width, b * width);
        out.set(row, at * width);
      });
      return out;
    },
    close() {
      first.close();
      second.close();
    },
  });
}
