import { createServer } from 'node:http';
import { openClassifier, PictureError } from 'graft-ml/predict';

const it = await openClassifier(process.argv[2] ?? 'results/classifier');

const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.once('close', () => gone.abort()); // nobody waits for the answer any more
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const { className, probability } = await it.predict(request, { signal: gone.signal });
    answer(200, { className, probability });
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!(error instanceof PictureError)) console.error(error);
    answer(error instanceof PictureError ? 400 : 500, { error: error.message });
  }
});
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on ${server.address().port}`));
process.once('SIGTERM', () => server.close(() => it.close()));
