/**
 * Runs one ONNX graph in a process of its own, for onnx-session.ts: onnxruntime-node computes on the JavaScript thread,
 * where it would hold up decoding, progress and Stop for a whole batch; and a process can be ended at any moment, where
 * a worker thread that is ended in mid-run takes Node.js down with it.
 *
 * Messages: { open: { file, provider, threads } } → { opened: version, types: of the outputs by name }; { run, feeds } → { run, outputs, memory };
 * any failure → { run, error }.
 */
let session;
let ort;

process.on('disconnect', () => process.exit(0)); // whoever wanted it has gone
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the parent ends this process
process.on('message', async (message) => {
  const answer = (content) => process.connected && process.send({ run: message.run, ...content });
  try {
    if (message.open) {
      const { file, provider, threads } = message.open;
      ort = await import('onnxruntime-node');
      session = await ort.InferenceSession.create(file, {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
        // threads that wait by spinning take the cores from decoding; alone, a session is as fast without
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      const types = session.outputMetadata.map(({ name, isTensor, type }) => [name, isTensor ? type : 'no tensor']);
      answer({ opened: ort.env.versions.node ?? ort.env.versions.common, types: Object.fromEntries(types) });
    } else {
      const feeds = Object.fromEntries(
        Object.entries(message.feeds).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
      );
      const outputs = await session.run(feeds);
      const values = Object.entries(outputs).map(([name, { data, dims }]) => [name, { data, dims }]);
      answer({ outputs: Object.fromEntries(values), memory: process.resourceUsage().maxRSS });
    }
  } catch (error) {
    answer({ error: error.message });
  }
});
