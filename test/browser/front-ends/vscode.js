/**
 * A page that shows a kernel's controls by @vscode/jupyter-ipywidgets8, the manager that VS Code's Jupyter extension
 * runs in its notebooks, on a kernel of @jupyterlab/services. The extension itself is not on npm. What the test calls is
 * as in html-manager.js; install.ts bundles it.
 */
import { KernelAPI, KernelConnection, ServerConnection } from '@jupyterlab/services';
import { activate } from '@vscode/jupyter-ipywidgets8';

const modules = {};
window.define = (...all) => {
  const [name, names, make] =
    all.length === 3
      ? all
      : all.length === 2 && typeof all[0] === 'string'
        ? [all[0], [], all[1]]
        : ['anywidget', ...all];
  modules[name] = make(...names.map((one) => (one === 'module' ? { id: name, uri: location.href } : modules[one])));
};
window.define.amd = {};
window.requirejs = (names, done) => done(...names.map((name) => modules[name]));
activate();
window.vscIPyWidgets8.load();

let kernel;
let manager;

window.connect = async (id, token) => {
  const serverSettings = ServerConnection.makeSettings({ baseUrl: `${location.origin}/`, token, appendToken: true });
  kernel = new KernelConnection({
    model: await KernelAPI.getKernelModel(id, serverSettings),
    serverSettings,
    handleComms: true,
  });
  await kernel.info;
  const scriptLoader = {
    widgetsRegisteredInRequireJs: new Set(['anywidget']),
    loadWidgetScript: async () => {},
    successHandler() {},
    errorHandler: (name, module, version, error) => console.error(module, name, error),
  };
  manager = new window.vscIPyWidgets.WidgetManager(kernel, document.querySelector('main'), scriptLoader, () => {});
  const asked = await kernel.requestCommInfo({ target_name: 'jupyter.widget' });
  if (Object.keys(asked.content.comms).length) await manager._loadFromKernel();
};

window.run = async (code) => {
  let shown = '';
  const asked = kernel.requestExecute({ code, silent: false, store_history: false, allow_stdin: false });
  asked.onIOPub = ({ header, content }) => {
    if (header.msg_type === 'execute_result' || header.msg_type === 'display_data') {
      shown = content.data['text/plain'];
      window.view = content.data['application/vnd.jupyter.widget-view+json']?.model_id ?? window.view;
    } else if (header.msg_type === 'error') shown = content.evalue;
  };
  await asked.done;
  return shown;
};

window.display = async () => {
  const view = await manager.create_view(await manager.get_model(window.view));
  await manager.display_view({}, view, { node: document.querySelector('main') });
};
