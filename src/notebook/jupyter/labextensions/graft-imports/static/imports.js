/**
 * A JupyterLab extension without a build. When a chosen completion is not imported yet, the kernel names its module,
 * and this writes the import at the top of the cell. A kernel's reply alone cannot do that: it replaces a single range.
 */
(() => {
  /** Adds a name to a cell's import of a module, or an import at its top. */
  function withImport(source, name, module) {
    const quoted = module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    const own = new RegExp(`^(import \\{)([^}]*?),?\\s*(\\} from ['"]${quoted}['"])`, 'm');
    if (own.test(source)) return source.replace(own, (_, open, names, close) => `${open}${names}, ${name} ${close}`);
    return `import { ${name} } from '${module}';\n${source}`;
  }

  async function addImport(tracker, name) {
    const kernel = tracker.currentWidget?.sessionContext.session?.kernel;
    const cell = tracker.activeCell;
    if (kernel?.name !== 'graft' || !cell?.editor || !/^[\w$]+$/.test(name)) return;
    const source = cell.model.sharedModel.getSource();
    const at = cell.editor.getOffsetAt(cell.editor.getCursorPosition());
    const reply = await kernel.requestComplete({ code: source, cursor_pos: [...source.slice(0, at)].length });
    const offers = reply.content.metadata?._jupyter_types_experimental ?? [];
    const offer = offers.find(({ module }, i) => module && reply.content.matches[i] === name);
    if (!offer || cell.model.sharedModel.getSource() !== source) return; // typed on meanwhile
    const text = withImport(source, name, offer.module);
    cell.model.sharedModel.setSource(text);
    cell.editor.setCursorPosition(cell.editor.getPositionAt(at + text.length - source.length));
  }

  /** The modules that JupyterLab shares with extensions (webpack's module federation). */
  let shared;
  const need = async (name) => (await Object.values(shared[name])[0].get())();

  const extension = async () => {
    const { ICompletionProviderManager } = await need('@jupyterlab/completer');
    const { INotebookTracker } = await need('@jupyterlab/notebook');
    const plugin = {
      id: 'graft-imports:plugin',
      autoStart: true,
      requires: [ICompletionProviderManager, INotebookTracker],
      activate: (_, manager, tracker) =>
        manager.selected.connect((_, { insertText }) => setTimeout(() => void addImport(tracker, insertText))), // once it is in the cell
    };
    return () => ({ __esModule: true, default: plugin });
  };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['graft-imports'] = { init: (scope) => void (shared = scope), get: extension };
})();
