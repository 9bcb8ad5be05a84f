import type { ModelState } from '../../host/widgets.ts';
import { sharedModel } from './here.ts';

/** The widths and labels of controls; all else is the front end's. */
export interface LookOptions {
  /** The text in front of the control. @default none */
  readonly label?: string;
  /** The control's width as in CSS, label included: '300px', '50%'. @default the front end's */
  readonly width?: string;
}

const [BASE, CONTROLS, OUTPUT] = ['@jupyter-widgets/base', '@jupyter-widgets/controls', '@jupyter-widgets/output'];

/**
 * Gives the state of one of ipywidgets' controls. What it leaves out has the default of its front end, which
 * test/references/widgets.json holds it to.
 * @param name the model's name without "Model": FloatSlider
 * @param style the name of its style's model, if it has one
 */
export function controlState(
  name: string,
  state: ModelState,
  { label, width, style }: LookOptions & { readonly style?: string } = {},
): ModelState {
  return {
    ...named(CONTROLS, '2.0.0', name),
    layout: layoutOf(width),
    ...(style && { style: sharedModel(styleState(style)) }),
    ...(label !== undefined && { description: label }),
    ...state,
  };
}

/** Gives the state of a model that shows outputs as a cell does, of any MIME type. */
export const outputState = (): ModelState => ({
  ...named(OUTPUT, '1.0.0', 'Output'),
  layout: layoutOf(),
  msg_id: '',
  outputs: [],
});

/** The version of anywidget's front end that the set-up installs. */
const ANYWIDGET = '~0.11.*';

/** Gives the state of a front end of one's own, by anywidget. */
export const anyState = (state: ModelState): ModelState => ({
  ...named('anywidget', ANYWIDGET, 'Any'),
  layout: layoutOf(),
  ...state,
});

const named = (module: string, version: string, name: string): ModelState => ({
  _model_module: module,
  _model_module_version: version,
  _model_name: `${name}Model`,
  _view_module: module,
  _view_module_version: version,
  _view_name: `${name}View`,
});

const layoutOf = (width?: string): string =>
  sharedModel({ ...named(BASE, '2.0.0', 'Layout'), ...(width !== undefined && { width }) });

/** Labels are as wide as their text, where ipywidgets cuts them at 80 pixels. */
const styleState = (name: string): ModelState => ({
  ...named(CONTROLS, '2.0.0', name),
  _view_module: BASE,
  _view_name: 'StyleView',
  ...(/Button|HTML/.test(name) ? {} : { description_width: 'initial' }),
});
