/** Shows objects of other libraries, known by their members, since showing must not load the libraries. */

/** A layer of TensorFlow.js. */
interface Layer {
  readonly name: string;
  readonly outputShape: unknown;
  getClassName(): string;
  countParams(): number;
}
interface TrainingHistory {
  readonly epoch: readonly number[];
  readonly history: Readonly<Record<string, readonly unknown[]>>;
}
/** A table of Apache Arrow. */
interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: unknown }[] };
  get(i: number): { toJSON(): object } | null;
}
interface ArrowVector {
  readonly type: unknown;
  readonly length: number;
  get(i: number): unknown;
}

/** Rows to be shown as a table, with a line above it. */
export interface Titled {
  readonly title: string;
  /** The first rows. */
  readonly rows: readonly object[];
  /** How many rows there are in all. */
  readonly total: number;
}

/** The most items of a vector that are shown. */
const MOST_ITEMS = 3;

const has = (value: object, ...names: string[]): boolean =>
  names.every((name) => typeof Reflect.get(value, name) === 'function');

/** Gives a line for an object that would fill many with its inside; undefined for all else. */
export function foreignLine(value: object): string | undefined {
  const kind = value.constructor?.name;
  if (isHistory(value)) return historyTitle(value);
  if (isArrowTable(value)) return arrowTitle(value);
  if (has(value, 'getClassName', 'countParams', 'apply')) return layerLine(value as Layer);
  const { shape, dtype, name, url, status, statusText } = value as Record<string, unknown>;
  if (kind === 'LayerVariable' || kind === 'SymbolicTensor')
    return `${kind} "${String(name)}" ${String(dtype)} ${shapeText(shape)}`;
  if (has(value, 'get', 'toArray', 'indexOf') && 'numChildren' in value)
    return vectorLine(value as unknown as ArrowVector);
  if (value instanceof URL) return `URL ${value.href}`;
  if (kind === 'Response' && has(value, 'json', 'arrayBuffer')) {
    const type = (value as Response).headers.get('content-type');
    return [`Response ${String(status)}`, statusText, type, url].filter(Boolean).join(', ');
  }
  return undefined;
}

/** Gives the rows of another library's table. */
export function foreignRows(value: object, most: number): Titled | undefined {
  if (isHistory(value)) {
    const metrics = Object.entries(value.history);
    const rows = value.epoch.map((epoch, i) => ({
      epoch: epoch + 1, // as Keras prints it
      ...Object.fromEntries(metrics.map(([name, values]) => [name, values[i]])),
    }));
    return { title: historyTitle(value), rows: rows.slice(0, most), total: rows.length };
  }
  if (!isArrowTable(value)) return undefined;
  const rows = Array.from({ length: Math.min(most, value.numRows) }, (_, i) => plain(value.get(i)?.toJSON() ?? {}));
  return { title: arrowTitle(value), rows, total: value.numRows };
}

/** Turns Arrow's 64-bit integers, which are BigInts, into numbers, or text if a number cannot hold them. */
const plain = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, one]) => {
      if (typeof one !== 'bigint') return [name, one as unknown];
      return [name, Number.isSafeInteger(Number(one)) ? Number(one) : String(one)];
    }),
  );

const isHistory = (value: object): value is TrainingHistory =>
  Array.isArray((value as Partial<TrainingHistory>).epoch) &&
  'params' in value &&
  Object.values((value as Partial<TrainingHistory>).history ?? { none: 0 }).every(Array.isArray);

const historyTitle = ({ epoch, history }: TrainingHistory): string =>
  `History of ${epoch.length} epochs: ${Object.keys(history).join(', ')}`;

const isArrowTable = (value: object): value is ArrowTable =>
  has(value, 'get', 'getChild') &&
  typeof (value as ArrowTable).numRows === 'number' &&
  Array.isArray((value as Partial<ArrowTable>).schema?.fields);

const arrowTitle = ({ numRows, schema: { fields } }: ArrowTable): string =>
  `Table of ${numRows.toLocaleString('en-US')} rows: ${fields.map(({ name, type }) => `${name} ${String(type)}`).join(', ')}`;

function vectorLine(vector: ArrowVector): string {
  const { type, length } = vector;
  const first = Array.from({ length: Math.min(length, MOST_ITEMS) }, (_, i) => String(vector.get(i)));
  return `Vector of ${length.toLocaleString('en-US')} ${String(type)}: ${first.join(', ')}${length > MOST_ITEMS ? ', …' : ''}`;
}

/** Describes a layer; one that is not built yet has neither parameters nor an output. */
function layerLine(layer: Layer): string {
  const { name } = layer;
  let built = 'not built yet';
  try {
    built = `output ${shapeText(layer.outputShape)}, ${layer.countParams().toLocaleString('en-US')} parameters`;
  } catch {
    // the text says so already
  }
  return `layer "${name}" (${layer.getClassName()}): ${built}`;
}

const shapeText = (shape: unknown): string => JSON.stringify(shape).replaceAll(',', ', ');
