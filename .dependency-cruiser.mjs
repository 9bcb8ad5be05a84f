/** Rooms of src/, from the top down: a room may use those below it, and none above. */
const ROOMS = [
  ['command', 'bench', 'results', 'setup'],
  ['notebook', 'cluster'],
  ['page'],
  ['plots'],
  ['analysis'],
  ['shards'],
  ['experiments'],
  ['classifier'],
  ['training'],
  ['features'],
  ['backbones'],
  ['runtime'],
  ['onnx'],
  ['models'],
  ['data'],
  ['pixels'],
  ['storage'],
  ['host'],
  ['options'],
  ['text'],
];

/** Of no room; what shows addresses, in plain JavaScript, the set-up needs too. */
const EVERYWHERE = [
  '^src/(project|median|random|random-bits)\\.ts$',
  '^src/(home|packages|platform|openvino)\\.mjs$',
  '^src/text/addresses\\.mjs$',
];

const downwards = ROOMS.flatMap((rooms, i) =>
  rooms.map((room) => {
    const below = ROOMS.slice(i + 1).flat();
    // benchmark, results and set-up stand beside the command line, and share how it reads flags; the package holds bundles
    const allowed =
      room === 'bench' || room === 'results' ? ['command', ...below] : room === 'setup' ? ['page/bundle'] : below;
    return {
      name: `${room} uses what is below it`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/(${[room, ...allowed].join('|')})[./]`, ...EVERYWHERE] },
    };
  }),
);

export default {
  forbidden: [
    {
      name: 'no circle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
    },
    ...downwards,
    {
      name: 'the front door is for notebooks',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/(index|plots/index|analysis/index|cluster/index|notebook/widgets/index)\\.ts$' },
    },
    {
      // what is written is whole or not there, and what is read is checked: storage/ sees to both, for all that is kept
      name: 'files are written and checked by storage, and by what keeps one kind of file beside its own facts',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/(storage|host|text|notebook|command|bench|results|setup|project\\.ts|(home|packages|platform|openvino)\\.mjs|random-bits\\.ts|page/bundle\\.mjs|graft\\.mjs)',
          '^src/(data/named/cifar10-files|data/pictures/picture-index|classifier/classifier-folder|page/page-html|runtime/calibrations)\\.ts$',
        ],
      },
      to: { path: '^(node:)?(fs|fs/promises|crypto)$', dependencyTypes: ['core'] },
    },
    {
      name: 'pixels, models and the forward path run in a browser too',
      severity: 'error',
      from: {
        path: [
          '^src/(pixels|onnx|page/browser)/',
          '^src/training/(softmax/(softmax-core|code)|steps/(forward|dropout|step|schedule)|evaluation/interval)\\.ts$',
          '^src/models/(backbone|facts|fingerprint|head|release|split|summary|surgery|weights|wiring)\\.ts$',
          '^src/models/networks/(build-network|known|mobilenet-v2|networks|resnet|vgg)\\.m?[jt]s$',
        ],
      },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'what is imported is there', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      // what a page runs is bundled when it is made, or when the package is built
      name: 'development only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/(browser/|bundle\\.mjs$)' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
