import { notebookHost } from '../../host/host.ts';
import type { ModelState, WidgetModel, WidgetModels } from '../../host/widgets.ts';

/** Gives the kernel's models; in a program without a notebook ones that nobody sees, so that controls keep their values. */
export const modelsHere = (): WidgetModels => notebookHost()?.models ?? alone;

let made = 0;
const alone: WidgetModels = {
  size: 0,
  create(initial): WidgetModel {
    const state = { ...initial };
    return {
      id: `alone-${++made}`,
      state,
      set: (changed) => void Object.assign(state, changed),
      send() {},
      close() {},
    };
  },
};

const shared = new WeakMap<WidgetModels, Map<string, string>>();

/**
 * Gives the reference to a model that never changes, such as a layout or a style; controls with the same one share it,
 * so that a control costs one model more instead of three.
 */
export function sharedModel(state: ModelState): string {
  const models = modelsHere();
  const known = shared.get(models) ?? new Map<string, string>();
  shared.set(models, known);
  const key = JSON.stringify(state);
  if (!known.has(key)) known.set(key, reference(models.create(state).id));
  return known.get(key)!;
}

/** Writes how one model's state speaks of another model. */
export const reference = (id: string): string => `IPY_MODEL_${id}`;
