import { ownOf } from '../../host/own.ts';
import type { ModelOptions, ModelState, WidgetModel, WidgetModels } from '../../host/widgets.ts';
import type { Comm, Comms } from '../kernel/wire/comms.ts';
import { joinBuffers, splitBuffers } from './buffers.ts';

/** Versions of ipywidgets' protocol of models and of its control comm (packages/schema/messages.md). */
const PROTOCOL = { version: '2.1.0' };
const CONTROL_MAJOR = '1';

/** Keeps the models of controls: each has a comm by which its copies in front ends are told, and tell, of changes. */
export function createModels(comms: Comms): WidgetModels {
  const states = new Map<string, ModelState>();

  // a page that was reloaded asks for all states at once
  comms.accept('jupyter.widget.control', (control, metadata) => {
    const { version = '' } = metadata as { version?: unknown };
    if (String(version).split('.')[0] !== CONTROL_MAJOR) return void control.close();
    return ({ method }) => {
      if (method === 'request_states') sendAll(control, states);
    };
  });

  return {
    get size() {
      return states.size;
    },
    create(initial, options) {
      const state = { ...initial };
      const { state: plain, paths, buffers } = splitBuffers(state);
      const comm = comms.open(
        'jupyter.widget',
        { state: plain, buffer_paths: paths },
        {
          metadata: PROTOCOL,
          buffers,
          onClose: () => states.delete(comm.id),
          onMessage: (data, received) => hear(comm, state, data, received, options),
        },
      );
      states.set(comm.id, state);
      return modelOf(comm, state, () => states.delete(comm.id));
    },
  };
}

function modelOf(comm: Comm, state: ModelState, forget: () => void): WidgetModel {
  return {
    id: comm.id,
    state,
    set(changed) {
      const differing = Object.entries(changed).filter(([name, value]) => ownOf(state, name) !== value);
      if (!differing.length) return;
      Object.assign(state, Object.fromEntries(differing));
      send(comm, 'update', Object.fromEntries(differing));
    },
    send: (content, buffers) => comm.send({ method: 'custom', content }, buffers),
    close() {
      forget();
      comm.close();
    },
  };
}

function send(comm: Comm, method: string, what: Readonly<ModelState>): void {
  const { state, paths, buffers } = splitBuffers(what);
  comm.send({ method, state, buffer_paths: paths }, buffers);
}

/** Takes a message of a front end; one that is malformed is refused with what was expected, in the kernel's log. */
function hear(
  comm: Comm,
  state: ModelState,
  data: Readonly<Record<string, unknown>>,
  received: readonly Uint8Array[],
  { accept = (_, value) => value, onChange, onCustom }: ModelOptions = {},
): void {
  if (data.method === 'request_state') return send(comm, 'update', state);
  if (data.method === 'custom') return onCustom?.(data.content, received);
  if (data.method !== 'update') return;
  if (typeof data.state !== 'object' || data.state === null)
    throw new TypeError(`state: expected an object of names and values; got ${JSON.stringify(data.state)}.`);
  const sent = joinBuffers({ ...data.state }, data.buffer_paths, received);
  // whose code and which view it is, is not for a page to say, to other pages neither
  const known = Object.entries(sent).filter(([name]) => Object.hasOwn(state, name) && !name.startsWith('_'));
  send(comm, 'echo_update', Object.fromEntries(known)); // for other pages that show it; the sender waits for it as well
  const [changed, corrected]: [name: string, value: unknown][][] = [[], []];
  for (const [name, value] of known) {
    const taken = accept(name, value);
    const before = ownOf(state, name);
    if (taken !== value) corrected.push([name, taken ?? before]);
    if (taken !== undefined && taken !== before) changed.push([name, taken]);
  }
  Object.assign(state, Object.fromEntries(changed));
  if (corrected.length) send(comm, 'update', Object.fromEntries(corrected));
  if (changed.length) onChange?.(Object.fromEntries(changed));
}

function sendAll(control: Comm, states: ReadonlyMap<string, ModelState>): void {
  const whole = [...states].map(([id, state]) => {
    const { _model_name: model_name, _model_module: model_module, _model_module_version: model_module_version } = state;
    return [id, { model_name, model_module, model_module_version, state }];
  });
  const { state, paths, buffers } = splitBuffers(Object.fromEntries(whole) as ModelState);
  control.send({ method: 'update_states', states: state, buffer_paths: paths }, buffers);
}
