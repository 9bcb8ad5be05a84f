/**
 * A page that shows a kernel's controls by @jupyter-widgets/html-manager, as others embed widgets: no JupyterLab, its
 * own small AMD loader, and comms over the server's websocket (jupyter_server's first protocol: JSON, or an offset for
 * each part where there are bytes).
 */
const modules = {};
window.require = (name) => modules[name];
window.define = (...all) => {
  const [name, names, make] = all.length === 2 ? ['anywidget', ...all] : all;
  modules[name] = make(...names.map((one) => (one === 'module' ? { id: name, uri: location.href } : modules[one])));
};
window.define.amd = {};

const session = crypto.randomUUID();
const waiting = new Map(); // by the id of a request
const comms = new Map();
let socket;
let manager;

function send(type, content, { metadata = {}, buffers = [] } = {}) {
  const header = {
    msg_id: crypto.randomUUID(),
    msg_type: type,
    session,
    username: 'page',
    version: '5.3',
    date: new Date().toISOString(),
  };
  const message = { header, parent_header: {}, metadata, content, channel: 'shell' };
  if (!buffers.length) socket.send(JSON.stringify(message));
  else {
    const bytes = (one) =>
      ArrayBuffer.isView(one) ? new Uint8Array(one.buffer, one.byteOffset, one.byteLength) : new Uint8Array(one);
    const parts = [new TextEncoder().encode(JSON.stringify(message)), ...buffers.map(bytes)];
    const head = new DataView(new ArrayBuffer(4 * (parts.length + 1)));
    head.setUint32(0, parts.length);
    let at = head.byteLength;
    parts.forEach((part, i) => {
      head.setUint32(4 * (i + 1), at);
      at += part.length;
    });
    socket.send(new Blob([head.buffer, ...parts]));
  }
  return header.msg_id;
}

function received(data) {
  if (typeof data === 'string') return { ...JSON.parse(data), buffers: [] };
  const view = new DataView(data);
  const starts = Array.from({ length: view.getUint32(0) }, (_, i) => view.getUint32(4 * (i + 1)));
  const parts = starts.map((start, i) => data.slice(start, starts[i + 1]));
  return {
    ...JSON.parse(new TextDecoder().decode(parts[0])),
    buffers: parts.slice(1).map((part) => new DataView(part)),
  };
}

function commOf(id) {
  const heard = {};
  const comm = {
    comm_id: id,
    target_name: 'jupyter.widget',
    on_msg: (then) => (heard.comm_msg = then),
    on_close: (then) => (heard.comm_close = then),
    send: (data, callbacks, metadata, buffers) => {
      const asked = send('comm_msg', { comm_id: id, data }, { metadata, buffers });
      waiting.set(asked, (message) => callbacks?.iopub?.status?.(message));
      return asked;
    },
    close: () => send('comm_close', { comm_id: id, data: {} }),
  };
  comms.set(id, heard);
  return comm;
}

async function take(message) {
  const { msg_type: type } = message.header;
  const id = message.content?.comm_id;
  if (type === 'comm_open') await manager.handle_comm_open(commOf(id), message);
  else if (type.startsWith('comm_')) await comms.get(id)?.[type]?.(message);
  else waiting.get(message.parent_header.msg_id)?.(message);
}

/** Connects to a kernel and loads its controls; the test calls this. */
window.connect = async (kernel, token) => {
  const { HTMLManager } = modules['@jupyter-widgets/html-manager'];
  manager = new HTMLManager({ loader: (name) => modules[name] });
  manager._get_comm_info = async () => ({});
  manager._create_comm = async (target, id, data, metadata) => {
    if (data) send('comm_open', { comm_id: id, target_name: target, data }, { metadata });
    return commOf(id);
  };
  socket = new WebSocket(`ws://${location.host}/api/kernels/${kernel}/channels?token=${token}&session_id=${session}`);
  socket.binaryType = 'arraybuffer';
  let last = Promise.resolve(); // one message after the other
  socket.onmessage = ({ data }) => (last = last.then(() => take(received(data))));
  await new Promise((onopen, onerror) => Object.assign(socket, { onopen, onerror }));
  await manager._loadFromKernel();
};

/** Runs a cell; gives what it shows as text. */
window.run = (code) =>
  new Promise((resolve) => {
    let shown = '';
    const asked = send('execute_request', { code, silent: false, store_history: false, allow_stdin: false });
    waiting.set(asked, ({ header, content }) => {
      if (header.msg_type === 'execute_result' || header.msg_type === 'display_data') {
        shown = content.data['text/plain'];
        window.view = content.data['application/vnd.jupyter.widget-view+json']?.model_id ?? window.view;
      } else if (header.msg_type === 'error') shown = content.evalue;
      else if (header.msg_type === 'execute_reply') setTimeout(() => resolve(shown), 100);
    });
  });

/** Shows the control that the last cell has shown. */
window.display = async () =>
  manager.display_view(manager.create_view(await manager.get_model(window.view)), document.querySelector('main'));
