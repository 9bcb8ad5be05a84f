/**
 * Answers the messages of onnx-session.ts in a process of its own, whatever runs the graph:
 * { open } → { opened: version, types: of the outputs by name }; { run, feeds } → { run, outputs, memory }; any failure →
 * { run, error }. Calls may overlap.
 * @param {object} engine
 * @param {(given: object) => Promise<{ opened: string, types: Record<string, string> }>} engine.open
 * @param {(feeds: Record<string, { type: string, data: any, dims: number[] }>) => Promise<object>} engine.run gives the outputs by name
 */
export function serveSession({ open, run }) {
  process.on('disconnect', () => process.exit(0)); // whoever started it has gone
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the parent ends this process
  process.on('message', async (message) => {
    const answer = (content) => process.connected && process.send({ run: message.run, ...content });
    try {
      if (message.open) answer(await open(message.open));
      else answer({ outputs: await run(message.feeds), memory: process.resourceUsage().maxRSS });
    } catch (error) {
      answer({ error: error.message });
    }
  });
}
