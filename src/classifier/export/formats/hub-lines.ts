import type { LoadingLines } from '../format.ts';

/** Gives the lines that load the folder for the hub, from the disk and with nothing from the network. */
export function hubLines(folder: string): LoadingLines[] {
  const at = folder.lastIndexOf('/');
  const [parent, name] = at < 0 ? ['.', folder] : [folder.slice(0, at) || '/', folder.slice(at + 1)];
  return [
    {
      language: 'JavaScript',
      needs: ['@huggingface/transformers'],
      code: [
        "import { env, pipeline } from '@huggingface/transformers';",
        'env.allowRemoteModels = false;',
        `env.localModelPath = ${JSON.stringify(parent)};`,
        `const classify = await pipeline('image-classification', ${JSON.stringify(name)}, { dtype: 'fp32' }); // or 'q8'`,
        "console.log(await classify('photo.jpg', { top_k: 3 }));",
      ].join('\n'),
    },
  ];
}
