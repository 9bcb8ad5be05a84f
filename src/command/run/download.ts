import { progressBar } from '../../host/progress.ts';
import { type HubBackboneName, isHubBackboneName, type NetworkName } from '../../models/networks/networks.ts';
import { downloadWeights } from '../../models/networks/published-weights.ts';
import { shortPath } from '../../project.ts';
import { downloadModel } from '../../backbones/hub-model.ts';
import { downloadCifar10 } from '../../data/named/cifar10-files.ts';
import type { DownloadOptions, DownloadProgress } from '../../storage/downloads/download.ts';
import { isHubName } from '../../storage/hub/name.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../download.mjs';
import { UsageError } from '../line/usage-error.mjs';

export const run: Run<typeof flags> = async (values, { operands, signal }) => {
  const { file: named, revision } = values;
  const names = operands.length ? operands : ['cifar10', 'vgg19'];
  const ofHub: readonly string[] = names.filter((name) => isHubName(name) || isHubBackboneName(name));
  for (const [flag, given] of Object.entries({ file: named, revision }))
    if (given !== undefined && (ofHub.length !== 1 || names.length !== 1))
      throw new UsageError(`--${flag}: expected one name of a hub with it, hf:org/name; got ${names.join(', ')}.`);
  const files = new Map<string, string>();
  for (const name of names) {
    const bar = progressBar('MB');
    const onProgress = ({ file, received, total }: DownloadProgress): void =>
      bar({ label: file, done: Math.floor(received / 1e6), total: Math.ceil((total ?? received + 1e6) / 1e6) });
    const top = !values['no-top'];
    const file = ofHub.includes(name)
      ? await fromHub(name as HubBackboneName, { file: named, revision, onProgress, signal })
      : name === 'cifar10'
        ? await downloadCifar10({ onProgress, signal })
        : await downloadWeights(name as NetworkName, { top, onProgress, signal });
    files.set(name, file);
  }
  const lines = Array.from(files, ([name, file]) => `${name}: ${shortPath(file)}`);
  return { text: lines.join('\n'), json: Object.fromEntries(files) };
};

/** Downloads from a hub; a name or a file that does not fit is a mistake in the arguments. */
async function fromHub(
  name: HubBackboneName,
  options: DownloadOptions & { readonly file?: string; readonly revision?: string },
): Promise<string> {
  try {
    return (await downloadModel(name, options)).path;
  } catch (cause) {
    if (!(cause instanceof RangeError) || /^(file|revision): /.test(cause.message)) throw cause;
    throw new UsageError(cause.message);
  }
}
