import { layerOrder } from '../layer-order.ts';
import { snakeCase } from './snake-case.ts';

/** A layer as a file describes it, out of the models that it is in. */
export interface ParsedLayer {
  readonly kind: string;
  /** Its own name; two layers of two models may have the same one. */
  readonly name: string;
  /** Where a `.weights.h5` file has its weights: `functional/conv2d_3`. */
  readonly key: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Positions of the layers that its inputs come from. */
  readonly inputs: readonly number[];
}

/** A layer, or a model, in a file. */
interface Saved {
  readonly class_name: string;
  readonly name?: string;
  readonly module?: string | null;
  readonly registered_name?: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: unknown;
}

/**
 * Reads the description of a model, of Keras 2, of Keras 3 or of TensorFlow.js: its layers, those of models within it
 * in their place, in an order in which they can run. The first one is the input, the last one gives the output.
 * @param described what `config.json`, `model_config` or `modelTopology` holds
 * @throws Error, without a file's name, naming a layer that is not Keras' own, or what is not as expected
 */
export function parseLayers(described: unknown): ParsedLayer[] {
  const layers: ParsedLayer[] = [];
  const model = asSaved(described);
  checkOwn(model);
  const end = addModel(layers, model, '', undefined);
  if (!layers.length || layers[0].kind !== 'InputLayer') throw new Error('it does not say what goes into it');
  if (end !== layers.length - 1) throw new Error('its output is not that of its last layer');
  return layers;
}

const MODELS = ['Functional', 'Model', 'Sequential'];
const isModel = ({ class_name: kind }: Saved): boolean => MODELS.includes(kind);

/** Adds a model's layers. @param from the layer that its input is; undefined for the outermost one @returns its end */
function addModel(layers: ParsedLayer[], model: Saved, within: string, from: number | undefined): number {
  const parts = list(model.config.layers, `model "${nameOf(model)}" without layers`).map(asSaved);
  for (const part of parts) checkOwn(part);
  return model.class_name === 'Sequential'
    ? addSequence(layers, parts, model, within, from)
    : addGraph(layers, parts, model, within, from);
}

function addSequence(
  layers: ParsedLayer[],
  parts: readonly Saved[],
  model: Saved,
  within: string,
  from: number | undefined,
): number {
  const keys = keysOf(parts, within);
  let last = from;
  parts.forEach((part, i) => {
    if (last === undefined && !isModel(part) && part.class_name !== 'InputLayer')
      last = addInput(layers, inputShape(part.config) ?? inputShape(model.config), `${nameOf(part)}_input`);
    last = addPart(layers, part, keys[i], last === undefined ? [] : [last], from);
  });
  if (last === undefined) throw new Error(`model "${nameOf(model)}" without layers`);
  return last;
}

function addGraph(
  layers: ParsedLayer[],
  parts: readonly Saved[],
  model: Saved,
  within: string,
  from: number | undefined,
): number {
  const [input, output] = [model.config.input_layers, model.config.output_layers].map((ends) => {
    const all = list(ends, `model "${nameOf(model)}" without inputs and outputs`);
    const names = typeof all[0] === 'string' ? [all] : all;
    if (names.length !== 1)
      throw new Error(`model "${nameOf(model)}": expected one input and one output; got ${names.length}`);
    return (names[0] as unknown[])[0];
  });
  const at = new Map(parts.map((part, i) => [nameOf(part), i]));
  if (at.size < parts.length) throw new Error(`model "${nameOf(model)}" has two layers of one name`);
  const position = (name: unknown): number => {
    const found = typeof name === 'string' ? at.get(name) : undefined;
    if (found === undefined) throw new Error(`model "${nameOf(model)}" has no layer "${String(name)}", which it names`);
    return found;
  };
  const sources = parts.map((part) => sourcesOf(part).map(position));
  checkAcyclic(sources, model);
  const last = position(output);
  const order = layerOrder([last], (k) => sources[k]);
  const second = order.find((k) => !sources[k].length && k !== position(input));
  if (second !== undefined)
    throw new Error(`model "${nameOf(model)}": expected one input; "${nameOf(parts[second])}" is another one`);
  const ordered = order.map((k) => parts[k]);
  const keys = keysOf(ordered, within);
  const done = new Map<number, number>();
  order.forEach((k, i) => {
    const inputs = sources[k].map((source) => done.get(source)!);
    done.set(k, addPart(layers, parts[k], keys[i], inputs, from));
  });
  return done.get(last)!;
}

/** Adds a layer or a model within the model. @returns the position that gives its output */
function addPart(
  layers: ParsedLayer[],
  part: Saved,
  key: string,
  inputs: readonly number[],
  from: number | undefined,
): number {
  if (part.class_name === 'InputLayer') {
    if (inputs.length) return inputs[0];
    return from ?? addInput(layers, inputShape(part.config), nameOf(part));
  }
  if (isModel(part)) {
    if (inputs.length > 1) throw new Error(`model "${nameOf(part)}": expected one input; got ${inputs.length}`);
    return addModel(layers, part, `${key}/`, inputs[0]);
  }
  if (!inputs.length) throw new Error(`layer "${nameOf(part)}" takes nothing`);
  return layers.push({ kind: part.class_name, name: nameOf(part), key, config: part.config, inputs }) - 1;
}

function addInput(layers: ParsedLayer[], shape: unknown, name: string): number {
  const config = { batch_input_shape: shape };
  return layers.push({ kind: 'InputLayer', name, key: '', config, inputs: [] }) - 1;
}

const inputShape = ({ batch_shape, batch_input_shape, build_input_shape }: Saved['config']): unknown =>
  batch_shape ?? batch_input_shape ?? build_input_shape;

/** Names the places of layers in a `.weights.h5` file: by their class and their number in it. */
function keysOf(ordered: readonly Saved[], within: string): string[] {
  const counts = new Map<string, number>();
  return ordered.map(({ class_name: name }) => {
    const kind = snakeCase(name === 'Model' ? 'Functional' : name);
    const number = counts.get(kind) ?? 0;
    counts.set(kind, number + 1);
    return `${within}${kind}${number ? `_${number}` : ''}`;
  });
}

/** Names the layers that a layer takes: `[[["a", 0, 0, {}]]]` in Keras 2, tensors with their history in Keras 3. */
function sourcesOf(part: Saved): string[] {
  const nodes: unknown = part.inbound_nodes ?? [];
  if (!Array.isArray(nodes)) throw new Error(`layer "${nameOf(part)}": expected a list of what it takes`);
  if (nodes.length > 1)
    throw new Error(`layer "${nameOf(part)}": expected to be used once; it is used ${nodes.length} times`);
  const found: string[] = [];
  const wrong = (): Error => new Error(`layer "${nameOf(part)}": expected layers as its inputs; got something else`);
  const take = (history: readonly unknown[]): void => {
    const [name, node, tensor] = history;
    if (typeof name !== 'string' || node !== 0 || tensor !== 0) throw wrong();
    found.push(name);
  };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === 'string') take(value);
      else value.forEach(walk);
      return;
    }
    const { args, config } = (value ?? {}) as { readonly args?: unknown; readonly config?: unknown };
    if (args !== undefined) {
      walk(args);
      return;
    }
    const { keras_history: history } = (config ?? {}) as { readonly keras_history?: unknown };
    if (!Array.isArray(history)) throw wrong();
    take(history);
  };
  nodes.forEach(walk);
  return found;
}

/** Refuses a layer that is not one of Keras' own: what it computes stands in a program, not in the file. */
function checkOwn({ class_name: kind, module, registered_name: registered, config }: Saved): void {
  const foreign = module !== undefined && module !== null && !/^keras(\.|$)/.test(module);
  if (foreign || registered?.includes('>'))
    throw new Error(
      `layer "${String(config.name)}" is a layer of one’s own, ${registered ?? kind}: what it computes is not in the file`,
    );
}

function checkAcyclic(sources: readonly (readonly number[])[], model: Saved): void {
  const state = new Map<number, 'open' | 'done'>();
  const visit = (k: number): void => {
    if (state.get(k) === 'done') return;
    if (state.get(k) === 'open') throw new Error(`model "${nameOf(model)}" goes in a circle`);
    state.set(k, 'open');
    sources[k].forEach(visit);
    state.set(k, 'done');
  };
  sources.forEach((_, k) => visit(k));
}

const nameOf = ({ name, config }: Saved): string => String(name ?? config.name);

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value) || !value.length) throw new Error(`expected a list; got a ${what}`);
  return value;
}

function asSaved(value: unknown): Saved {
  const { class_name: kind, config } = (value ?? {}) as Partial<Saved>;
  if (typeof kind !== 'string' || !config || typeof config !== 'object')
    throw new Error('it describes no layers: expected class_name and config');
  // Keras 2.0 described a Sequential by its layers alone
  return Array.isArray(config) ? { ...(value as Saved), config: { layers: config } } : (value as Saved);
}
