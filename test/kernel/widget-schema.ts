import { createRequire } from 'node:module';
import Ajv, { type ValidateFunction } from 'ajv';
import type { CommMessage } from './session.ts';

/** An attribute of a model, as ipywidgets' own specification describes it. */
interface Attribute {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly allow_none?: boolean;
  readonly enum?: readonly unknown[];
  readonly items?: Pick<Attribute, 'type'>;
}
interface Model {
  readonly model: { readonly module: string; readonly name: string; readonly version: string };
  readonly view: { readonly module: string; readonly name: string; readonly version: string };
  readonly attributes: readonly Attribute[];
}
type State = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
const models = require('@jupyter-widgets/schema/jupyterwidgetmodels.latest.json') as readonly Model[];
const { v2 } = require('@jupyter-widgets/schema') as { v2: Record<'state' | 'view', object> };
const ajv = new Ajv({ allErrors: true });
const validators: Record<'state' | 'view', ValidateFunction> = {
  state: ajv.compile(v2.state),
  view: ajv.compile(v2.view),
};

/** Says what ipywidgets' JSON schema of a view's or of all models' state finds wrong. */
export function schemaErrors(of: 'state' | 'view', value: unknown): string[] {
  void validators[of](value);
  return (validators[of].errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`);
}

/** What the labextension graft-controls alone reads, and what ipywidgets sends and its specification leaves out. */
const BESIDE = new Set(['_graft_html', '_view_count']);

/**
 * Says what ipywidgets' specification of its models finds wrong in the messages that open models and set their state:
 * unknown names, other types, values that are none of an attribute's.
 */
export function modelErrors(messages: readonly CommMessage[]): string[] {
  const names = new Map<string, Model>();
  return messages.flatMap(({ type, content: { comm_id: id, data }, buffers }) => {
    if (type === 'comm_close' || !data.state) return [];
    // bytes stand beside the message; in the state their key is missing
    const paths = (data.buffer_paths ?? []) as readonly (readonly (string | number)[])[];
    const state = {
      ...data.state,
      ...Object.fromEntries(paths.map(([name], i) => [name, data.state[name] ?? Buffer.from(buffers[i])])),
    };
    if (type === 'comm_open') {
      const found = modelOf(state);
      if (typeof found === 'string') return [found];
      names.set(id, found);
    }
    const model = names.get(id);
    return model ? stateErrors(model, state) : [`${id}: expected it to be open`];
  });
}

/** A front end of one's own has the attributes of any widget, and the names that it brings. */
const ANYWIDGET = 'anywidget';

function modelOf(state: State): Model | string {
  const { _model_name: name, _model_module: module } = state;
  const found = models.find(({ model }) => model.name === (module === ANYWIDGET ? 'DOMWidgetModel' : name));
  if (!found) return `${String(name)}: expected a model of ipywidgets`;
  if (module === ANYWIDGET)
    return { ...found, attributes: found.attributes.filter(({ name }) => !name.startsWith('_')) };
  const expected = {
    _model_module: found.model.module,
    _model_module_version: found.model.version,
    _view_module: found.view.module,
    _view_name: found.view.name,
    _view_module_version: found.view.version,
  };
  const wrong = Object.entries(expected).find(([key, value]) => state[key] !== value);
  return wrong ? `${String(name)}.${wrong[0]}: expected ${wrong[1]}; got ${String(state[wrong[0]])}` : found;
}

function stateErrors({ model, attributes }: Model, state: State): string[] {
  const own = attributes.some(({ name }) => name === '_model_name');
  return Object.entries(state).flatMap(([name, value]) => {
    const attribute = attributes.find((one) => one.name === name);
    if (!attribute) return own && !BESIDE.has(name) ? [`${model.name}.${name}: expected no such name`] : [];
    return allows(attribute, value)
      ? []
      : [`${model.name}.${name}: expected ${JSON.stringify(attribute.type)}; got ${JSON.stringify(value)}`];
  });
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int: Number.isInteger,
  float: (value) => typeof value === 'number',
  reference: (value) => /^IPY_MODEL_[0-9a-f]{32}$/.test(String(value)),
  object: (value) => typeof value === 'object' && value !== null,
  bytes: (value) => value instanceof Uint8Array,
};

function allows({ type, allow_none: nullable, enum: values, items }: Attribute, value: unknown): boolean {
  if (value === null) return Boolean(nullable);
  if (values) return values.includes(value);
  if (type === 'array')
    return Array.isArray(value) && (!items || value.every((one) => allows({ name: '', ...items }, one)));
  return [type].flat().some((one) => TYPES[one](value));
}
