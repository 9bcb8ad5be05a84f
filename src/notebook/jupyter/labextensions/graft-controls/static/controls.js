/**
 * A JupyterLab extension without a build. Where a control's model is gone (the kernel was restarted or shut down, the
 * notebook was opened again), it shows the control's last state and the line that says to run the cell, in place of a
 * dead control or of "Error displaying widget: model not found". It also keeps that state up to date in the notebook,
 * whose output has it as it was when it was shown, gives sliders a name that can be heard, and leaves keys to the
 * control that has the focus.
 */
(() => {
  const VIEW = 'application/vnd.jupyter.widget-view+json';
  const OWN = 'data-graft-model';
  const ENDS = /restarting|terminating|dead/;

  const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  const joined = (text) => (Array.isArray(text) ? text.join('') : (text ?? ''));

  /** Writes the outputs of an area as HTML, as src/notebook/widgets/area.ts does. */
  const outputsHtml = (outputs) =>
    outputs
      .map(({ text, data, traceback }) => {
        const html = joined(data?.['text/html']);
        // eslint-disable-next-line no-control-regex
        const plain = text ?? traceback?.join('\n').replace(/\x1b\[[\d;]*m/g, '') ?? joined(data?.['text/plain']);
        return html || `<pre style="white-space:pre-wrap">${escape(joined(plain))}</pre>`;
      })
      .join('');

  /** Follows the controls of one notebook. */
  function follow(panel) {
    /** The HTML of models by their ids, as messages have told it. */
    const states = new Map();
    /** The ids of models that are known to be gone. */
    const gone = new Set();
    const { sessionContext, content: notebook, context } = panel;

    const outputs = () =>
      notebook.widgets.flatMap((cell) => {
        const area = cell.outputArea;
        if (!area) return [];
        return area.widgets.flatMap((child, i) => {
          const model = area.model.get(i);
          const id = model?.data[VIEW]?.model_id;
          const html = joined(model?.data['text/html']);
          return id && html.includes(OWN) ? [{ child, model, id, html }] : [];
        });
      });

    const takeState = (id, state) => {
      if (typeof state?._graft_html === 'string') states.set(id, state._graft_html);
      else if (Array.isArray(state?.outputs)) states.set(id, outputsHtml(state.outputs));
    };
    const take = (message) => {
      if (message.header.msg_type !== 'comm_msg') return;
      const { comm_id: id, data } = message.content;
      if (data.method === 'update') takeState(id, data.state);
      if (data.method === 'update_states')
        for (const [one, { state }] of Object.entries(data.states)) takeState(one, state);
    };

    const withStates = (html) => {
      const page = new DOMParser().parseFromString(html, 'text/html'); // runs nothing
      for (const part of page.querySelectorAll(`[${OWN}]`)) {
        const state = states.get(part.getAttribute(OWN));
        if (state !== undefined) part.innerHTML = state;
      }
      return page.body.innerHTML;
    };

    /** Shows the last state where a model is gone, and takes it away where the cell has run again. */
    const mend = () => {
      for (const { child, model, id, html } of outputs()) {
        const view = child.node.querySelector(':scope > .jp-OutputArea-output:not(.graft-last-state)');
        if (!view) continue;
        if (view.textContent.startsWith('Error displaying widget')) gone.add(id);
        const shown = child.node.querySelector(':scope > .graft-last-state');
        if (!gone.has(id)) {
          if (!shown) continue;
          shown.remove();
          view.style.display = '';
        } else if (shown?.dataset.model !== id) {
          shown?.remove();
          const data = { 'text/html': withStates(html) };
          const last = notebook.rendermime.createRenderer('text/html');
          last.node.classList.add('jp-OutputArea-output', 'graft-last-state');
          last.node.dataset.model = id;
          view.style.display = 'none';
          view.after(last.node);
          void last.renderModel({ data, metadata: {}, trusted: model.trusted, setData() {} });
        }
      }
    };

    /** Names the handles of sliders by their labels, for those who hear the page; ipywidgets leaves them nameless. */
    const nameHandles = () => {
      for (const handle of notebook.node.querySelectorAll('.noUi-handle:not([aria-label])')) {
        const label = handle.closest('.jupyter-widgets')?.querySelector('.widget-label')?.textContent;
        handle.setAttribute('aria-label', label || 'slider');
      }
    };

    const allGone = () => {
      for (const { id } of outputs()) gone.add(id);
      mend();
    };
    /** Asks the kernel which models it has: views of others would wait, and then say that there is none. */
    const look = async () => {
      const kernel = sessionContext.session?.kernel;
      if (!kernel) return allGone();
      const before = outputs().map(({ id }) => id);
      const reply = await kernel.requestCommInfo({ target_name: 'jupyter.widget' });
      if (reply.content.status !== 'ok') return;
      for (const id of before) if (!(id in reply.content.comms)) gone.add(id);
      mend();
    };

    let asked = 0;
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => {
        nameHandles();
        mend();
      });
    });
    observer.observe(notebook.node, { childList: true, subtree: true });
    panel.disposed.connect(() => observer.disconnect());
    sessionContext.iopubMessage.connect((_, message) => take(message));
    sessionContext.statusChanged.connect((_, status) => ENDS.test(status) && allGone());
    sessionContext.kernelChanged.connect((_, { newValue }) => (newValue ? void look() : allGone()));
    void Promise.all([context.ready, sessionContext.ready]).then(look);
    context.saveState.connect((_, state) => {
      if (state !== 'started') return;
      for (const { model, html } of outputs()) {
        const now = withStates(html);
        // written anew it may differ in nothing but quotes
        if (now !== new DOMParser().parseFromString(html, 'text/html').body.innerHTML)
          model.setData({ data: { ...model.data, 'text/html': now }, metadata: model.metadata });
      }
    });
  }

  const OWN_KEYS = 'data-lm-suppress-shortcuts';

  /**
   * Leaves plain keys to the control that has the focus: Notebook 7 hears them before it, so that an arrow key would go
   * to another cell, and in JupyterLab too a letter that chooses from a list would cut a cell or insert one. The
   * attribute is what Lumino looks for at the event's target; it stays for this key alone.
   */
  function leaveKeys(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || key === 'Escape' || (event.shiftKey && key === 'Enter'))
      return;
    if (!target.closest?.('.jupyter-widgets') || target.hasAttribute(OWN_KEYS)) return;
    target.setAttribute(OWN_KEYS, 'true');
    setTimeout(() => target.removeAttribute(OWN_KEYS));
  }

  /** The modules that JupyterLab shares with extensions (webpack's module federation). */
  let shared;
  const need = async (name) => (await Object.values(shared[name])[0].get())();

  const extension = async () => {
    const { INotebookTracker } = await need('@jupyterlab/notebook');
    const plugin = {
      id: 'graft-controls:plugin',
      autoStart: true,
      requires: [INotebookTracker],
      activate: (_, tracker) => {
        window.addEventListener('keydown', leaveKeys, true);
        tracker.forEach(follow);
        tracker.widgetAdded.connect((_, panel) => follow(panel));
      },
    };
    return () => ({ __esModule: true, default: plugin });
  };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['graft-controls'] = { init: (scope) => void (shared = scope), get: extension };
})();
