// @ts-check
import { backboneFlags, checkBackboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { onOff } from './flags/flag.mjs';

export const flags = {
  ...backboneFlags,
  race: onOff('races OpenVINO and ONNX Runtime again, on this network and these pictures; what this one says counts'),
};

export const engines = command({
  usage: 'graft engines [--race [--data NAME|FOLDER] [--backbone NAME] [--cut LAYER]]',
  about:
    'Lists what runs backbones here, and the races of OpenVINO and ONNX Runtime that were held on this machine, with ' +
    'their figures: whichever won is what --engine auto takes.',
  flags,
  hint: DATA_HINT,
  check(values) {
    const asks = Object.keys(values).some((name) => name !== 'race' && Object.hasOwn(flags, name));
    if (values.engine) return '--engine: expected no engine, since --race runs both; got one.';
    if (asks && !values.race) return '--race: expected it with flags of data and network; it is missing.';
    return checkBackboneFlags(values);
  },
  examples: ['graft engines', 'graft engines --race --data cifar10 --backbone vgg16 --cut block5_pool'],
  notes: [
    'JSON: { engines: [{ name, version, here }], races: [{ subject, contestants: [{ engine, precision, runtime, ' +
      'secondsPerImage, ratio, ahead, agreement }], winner, cpu, threads, made }] }.',
    'GRAFT_ENGINE=onnx makes auto take that engine, and no race is held.',
  ],
  readsWeights: true,
  load: () => import('./run/engines.ts'),
});
