import type { WidgetModel } from '../../host/widgets.ts';
import { modelsHere } from './here.ts';
import { type Collected, collectOutputs, type Output, outputsHtml, outputsText } from './outputs.ts';
import { type Shown, stateHtml } from './shown.ts';
import { outputState } from './states.ts';

/** What one run of a handler shows; it takes the place of what the run before has shown. */
export interface AreaRun extends Collected {
  /** Notes that the run has ended, after which all is shown that it has written. */
  end(): void;
}

/** A place under a control for what its handlers print and show, of any MIME type. */
export interface Area extends Shown {
  /** Begins a run; what earlier runs still write is dropped. */
  begin(): AreaRun;
}

const EVERY_MS = 50;

/**
 * Makes a place for outputs. The kernel sets them as the state of an Output model, so that they are there after a page
 * was reloaded, and are replaced, not added to. By display id they would freeze after a reload; as messages that follow
 * the control's, they would pile up.
 */
export function createArea(): Area {
  const model = modelsHere().create(outputState());
  let current = {};
  return {
    view: model.id,
    begin() {
      const run = (current = {});
      let timer: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(timer);
        timer = undefined;
        if (run === current) setOutputs(model, collected.outputs);
      };
      const collected = collectOutputs(() => (timer ??= setTimeout(end, EVERY_MS)));
      return { ...collected, end };
    },
    html: () => stateHtml(model.id, outputsHtml(outputsOf(model))),
    text: () => outputsText(outputsOf(model)),
  };
}

const outputsOf = ({ state }: WidgetModel): readonly Output[] => state.outputs as readonly Output[];

function setOutputs(model: WidgetModel, outputs: readonly Output[]): void {
  if (!outputs.length && !outputsOf(model).length) return;
  model.set({ outputs: outputs.map(({ id: _, ...output }) => output) });
}
