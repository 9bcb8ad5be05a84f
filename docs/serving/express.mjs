import express from 'express';
import { openClassifier, PictureError } from 'graft-ml/predict';

const it = await openClassifier(process.argv[2] ?? 'results/classifier');
const app = express();

app.post('/predict', express.raw({ type: () => true, limit: '32mb' }), async (request, response) => {
  const { className, probability } = await it.predict(request.body);
  response.json({ className, probability });
});
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  const status = error instanceof PictureError ? 400 : (error.status ?? 500);
  if (status >= 500) console.error(error);
  response.status(status).json({ error: error.message });
});

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, () => console.log(`listening on ${server.address().port}`));
process.once('SIGTERM', () => server.close(() => it.close()));
