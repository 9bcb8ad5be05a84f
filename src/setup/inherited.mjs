/**
 * The settings that pip and npm take from the user's surroundings: where packages come from and how they are reached,
 * but not where or how they are put. A PIP_TARGET, say, leaves an empty .venv and writes elsewhere.
 */
import { spawnSync } from 'node:child_process';

/** The settings of pip's, from its variables and files, that are kept. */
const KEPT = [
  ...['index-url', 'extra-index-url', 'no-index', 'find-links', 'trusted-host', 'keyring-provider'],
  ...['proxy', 'cert', 'client-cert', 'timeout', 'default-timeout', 'retries', 'cache-dir', 'no-cache-dir'],
];

/** Removes all of Python's own variables: PYTHONPATH, PYTHONHOME, PYTHONUSERBASE … lead to other packages. */
const withoutPython = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^PYTHON[A-Z_]/.test(name)));

/** Gives Python's environment, in which it finds only its own packages. */
export const pythonEnvironment = () => ({ ...withoutPython(), PYTHONNOUSERSITE: '1' });

/**
 * Gives pip's environment. `--isolated` would not do: it still reads /etc/pip.conf, and would put the index, whose
 * address may hold a password, among the arguments, where every user of the machine can read it.
 * @param interpreter the Python to which the pip belongs
 */
export function pipEnvironment(interpreter) {
  const own = Object.entries(pythonEnvironment());
  const plain = Object.fromEntries(own.filter(([name]) => !/^PIP_/i.test(name)));
  const variables = own.flatMap(([name, value]) => (/^PIP_/.test(name) && value ? [[settingOf(name), value]] : []));
  const all = [...filesOf(interpreter, plain), ...variables].filter(([name]) => KEPT.includes(name));
  return {
    ...plain,
    ...Object.fromEntries(all.map(([name, value]) => [variableOf(name), value])),
    PIP_CONFIG_FILE: NONE,
  };
}

/** Makes pip read no file. */
const NONE = '/dev/null';
const settingOf = (variable) => variable.slice(4).toLowerCase().replaceAll('_', '-');
const variableOf = (setting) => `PIP_${setting.toUpperCase().replaceAll('-', '_')}`;

/**
 * Gives the settings of pip's files: those for all commands, then those for the set-up's. They are asked for without
 * variables, some of which (PIP_USER, PIP_GLOBAL) decide which files are listed.
 */
function filesOf(interpreter, plain) {
  const script =
    'import ast, json, subprocess, sys\n' +
    'told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout\n' +
    'lines = (line.partition("=") for line in told.splitlines())\n' +
    'print(json.dumps([[name, str(ast.literal_eval(value))] for name, _, value in lines]))';
  const { PIP_CONFIG_FILE } = process.env;
  const env = { ...plain, ...(PIP_CONFIG_FILE && { PIP_CONFIG_FILE }) };
  const { stdout, status } = spawnSync(interpreter, ['-c', script], { env, encoding: 'utf8' });
  const all = status === 0 ? JSON.parse(stdout) : [];
  return ['global', 'install', 'download'].flatMap((section) =>
    all.flatMap(([name, value]) => (name.startsWith(`${section}.`) ? [[name.slice(section.length + 1), value]] : [])),
  );
}

/**
 * What npm is told on its command line, which overrides its variables and files: those say where packages come from
 * (registry, proxy, certificates, credentials), but not what is installed and where.
 */
export const NPM_CI = [
  ...['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--dry-run=false', '--global=false', '--location=project'],
  ...['--include=dev', '--include=optional', '--include=peer', '--package-lock=true', '--bin-links=true'],
  ...['--install-strategy=hoisted', '--workspaces=false', `--os=${process.platform}`, `--cpu=${process.arch}`],
];
