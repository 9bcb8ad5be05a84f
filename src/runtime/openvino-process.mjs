/**
 * Runs one ONNX graph by OpenVINO in a process of its own, as session-process.mjs does by ONNX Runtime. As many batches
 * run at once as there are streams. { open } holds { folder, file, picture, precision, threads, streams }; `picture` is a
 * graph from bytes to the network's input, which always computes in float32: in bfloat16, upscaling would move a fifth of
 * the levels.
 */
import { openLibrary } from './openvino/network.mjs';
import { serveSession } from './serve-session.mjs';

let network;
let picture;

serveSession({
  async open({ folder, file, picture: before, precision, threads, streams }) {
    const library = openLibrary(folder);
    if (before) picture = await library.open(before, { precision: 'f32', threads, streams });
    network = await library.open(file, { precision, threads, streams });
    const types = Object.fromEntries(network.outputs.map(({ name, type }) => [name, type]));
    return { opened: library.version, types };
  },
  async run(feeds) {
    const [{ data, dims }] = Object.values(feeds);
    const taken = picture ? await picture.run(data, dims) : { data, dims };
    return { [network.outputs[0].name]: await network.run(taken.data, taken.dims) };
  },
});
