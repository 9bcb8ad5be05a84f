import { progressBar } from '../../host/progress.ts';
import type { NetworkName } from '../../models/networks.ts';
import { downloadWeights } from '../../models/published-weights.ts';
import { shortPath } from '../../project.ts';
import { downloadCifar10 } from '../../storage/cifar10-files.ts';
import type { DownloadProgress } from '../../storage/download.ts';
import type { Run } from '../command.mjs';
import type { flags } from '../download.mjs';

export const run: Run<typeof flags> = async (values, { operands, signal }) => {
  const files: Record<string, string> = {};
  for (const name of operands.length ? operands : ['cifar10', 'vgg19']) {
    const bar = progressBar('MB');
    const onProgress = ({ file, received, total }: DownloadProgress): void =>
      bar({ label: file, done: Math.floor(received / 1e6), total: Math.ceil((total ?? received + 1e6) / 1e6) });
    files[name] =
      name === 'cifar10'
        ? await downloadCifar10({ onProgress, signal })
        : await downloadWeights(name as NetworkName, { top: !values['no-top'], onProgress, signal });
  }
  const lines = Object.entries(files).map(([name, file]) => `${name}: ${shortPath(file)}`);
  return { text: lines.join('\n'), json: files };
};
