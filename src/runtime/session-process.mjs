/**
 * Runs one ONNX graph in a process of its own, for onnx-session.ts. onnxruntime-node computes on the JavaScript thread,
 * where it would hold up decoding, progress and Stop for a whole batch. A process can also be ended at any moment,
 * while a worker thread that is ended in mid-run takes Node.js down with it.
 * { open } holds { file, provider, threads, widens: whether 8-bit sums need wider numbers on this CPU }.
 */
import { requireSetUp } from '../packages.mjs';
import { serveSession } from './serve-session.mjs';

let session;
let ort;

serveSession({
  async open({ file, provider, threads, widens }) {
    ort = requireSetUp('onnxruntime-node');
    const create = (graphOptimizationLevel) =>
      ort.InferenceSession.create(file, {
        executionProviders: [provider],
        graphOptimizationLevel,
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
        // threads that spin while waiting take cores from decoding; without spinning, a session alone is just as fast
        extra: {
          session: {
            intra_op: { allow_spinning: '0' },
            // without VNNI, sums of uint8 × int8 overflow silently (VGG16's features then agree to 0.93); this makes them
            // uint8 × uint8, which do not; with VNNI it would take eight times as long for nothing
            ...(widens && { x64quantprecision: '1' }),
          },
        },
      });
    session = await create('all').catch((error) => {
      // not every fused form of a file's has a kernel for uint8 × uint8; unfused, such sums are float32
      if (!/Failed to find kernel/.test(error.message)) throw error;
      return create('basic');
    });
    const types = session.outputMetadata.map(({ name, isTensor, type }) => [name, isTensor ? type : 'no tensor']);
    return { opened: ort.env.versions.node ?? ort.env.versions.common, types: Object.fromEntries(types) };
  },
  async run(given) {
    const feeds = Object.fromEntries(
      Object.entries(given).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
    );
    const outputs = await session.run(feeds);
    return Object.fromEntries(Object.entries(outputs).map(([name, { data, dims }]) => [name, { data, dims }]));
  },
});
