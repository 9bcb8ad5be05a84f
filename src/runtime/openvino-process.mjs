/**
 * Runs one ONNX graph by OpenVINO in a process of its own, as session-process.mjs does by ONNX Runtime, with the same
 * messages. Batches may overlap: as many run at once as there are streams.
 *
 * Messages: { open: { folder, file, picture, precision, threads, streams } } → { opened: version, types: of the outputs by name };
 * { run, feeds } → { run, outputs, memory }; any failure → { run, error }. `picture` is a graph from bytes to the network's input,
 * which always computes in float32: in bfloat16, upscaling would move a fifth of the levels.
 */
import { openLibrary } from './openvino/network.mjs';

let network;
let picture;

process.on('disconnect', () => process.exit(0)); // whoever started it has gone
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the parent ends this process
process.on('message', async (message) => {
  const answer = (content) => process.connected && process.send({ run: message.run, ...content });
  try {
    if (message.open) {
      const { folder, file, picture: before, precision, threads, streams } = message.open;
      const library = openLibrary(folder);
      if (before) picture = await library.open(before, { precision: 'f32', threads, streams });
      network = await library.open(file, { precision, threads, streams });
      answer({
        opened: library.version,
        types: Object.fromEntries(network.outputs.map(({ name, type }) => [name, type])),
      });
    } else {
      const [{ data, dims }] = Object.values(message.feeds);
      const taken = picture ? await picture.run(data, dims) : { data, dims };
      const values = await network.run(taken.data, taken.dims);
      answer({ outputs: { [network.outputs[0].name]: values }, memory: process.resourceUsage().maxRSS });
    }
  } catch (error) {
    answer({ error: error.message });
  }
});
