/** The worker of a page: all that computes, so that the page stays alive. Pictures come one by one. */
import { type Graph, openGraph } from './graph.ts';
import type { Question, Reply } from './messages.ts';

let graph: Graph | undefined;

const say = (reply: Reply, transfer: Transferable[] = []): void => self.postMessage(reply, { transfer });

self.onmessage = async ({ data }: MessageEvent<Question>): Promise<void> => {
  if ('wasm' in data) {
    try {
      graph = await openGraph(data);
      say({ ready: graph.facts });
    } catch (error) {
      say({ failed: messageOf(error) });
    }
    return;
  }
  const { id } = data;
  try {
    const answer = await graph!.classify(data);
    say({ id, answer }, [answer.pixels.buffer as ArrayBuffer]);
  } catch (error) {
    say({ id, error: messageOf(error) });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
