/** Runs the set-up's commands, several at a time, with one line of progress for all of them. */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { IS_CLONE } from '../home.mjs';
import { withoutPasswords } from '../text/addresses.mjs';
import { root, venv } from './place.mjs';

/** An error with which the set-up stops: its message is for the user, its stack is not. */
export class SetupError extends Error {}

export const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
export const firstLine = (error) => error.message.split('\n')[0];

/** The file that keeps everything a failed command said. */
export const log = path.join(venv, 'setup.log');

const running = new Set();
const tty = process.stdout.isTTY;
let timer;

/** Runs a command, in `env` @default ours, for `limit` ms at most @default no limit; throws with the end of its output on failure, and puts all of it into the log. */
export function run(label, command, args, { env, limit } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, timeout: limit, stdio: ['ignore', 'pipe', 'pipe'] });
    const task = { label, child, started: Date.now(), output: '' };
    running.add(task);
    timer ??= setInterval(draw, 1000);
    draw();
    const take = (chunk) => (task.output = withoutPasswords(task.output + chunk));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = () => {
      running.delete(task);
      if (!running.size) timer = clearInterval(timer);
    };
    child.on('error', (error) => {
      end();
      reject(new SetupError(`${label}: ${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      end();
      if (code === 0) {
        say(`  ${label}: done in ${seconds(task)} s`);
        resolve(task.output);
      } else reject(new SetupError(failure(task, code === null ? `ended by ${signal}` : `exit code ${code}`)));
    });
  });
}

/** Ends the running commands: a set-up that is told to stop leaves no pip or npm behind. */
export function stopAll() {
  for (const { child } of running) child.kill();
}

/** Prints a line in place of the line of progress. */
export function say(line) {
  if (tty) process.stdout.write('\r\x1b[2K');
  console.log(line);
}

const seconds = ({ started }) => Math.round((Date.now() - started) / 1000);

/** Draws over the line on a terminal; elsewhere it prints a line every 15 seconds. */
function draw() {
  const labels = [...running].map((task) => `${task.label} … ${seconds(task)} s`).join(', ');
  // the last output of a command tells a slow network from none
  const last =
    [...running]
      .at(-1)
      ?.output.trimEnd()
      .split(/[\r\n]/)
      .at(-1)
      .trim() ?? '';
  if (tty) process.stdout.write(`\r\x1b[2K${`  ${labels}  ${last}`.slice(0, (process.stdout.columns || 80) - 1)}`);
  else if (running.size && Math.round(process.uptime()) % 15 === 0) console.log(`  ${labels}  ${last}`.slice(0, 120));
}

function failure({ label, output }, how) {
  mkdirSync(path.dirname(log), { recursive: true });
  appendFileSync(log, `== ${label}\n${output}\n`);
  const end = output.trimEnd().split('\n').slice(-25).join('\n');
  const hint = UNREACHED.test(output) ? `\n\n${howToReach()}` : '';
  return `${label} failed (${how}). The end of its output:\n\n${end}\n\nAll of it: ${path.relative(IS_CLONE ? root : process.cwd(), log)}${hint}`;
}

/** What npm and pip say if nobody answers at the address of their registry, or a proxy refuses it. */
const UNREACHED =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|E40[37]\b|establish a new connection|Cannot connect to proxy|Tunnel connection failed/;
const PROXIES = ['https_proxy', 'http_proxy', 'all_proxy', 'npm_config_https_proxy', 'npm_config_proxy'];

function howToReach() {
  const named = PROXIES.flatMap((name) => [name.toUpperCase(), name])
    .filter((name) => process.env[name])
    .map((name) => `${name}=${withoutPasswords(process.env[name])}`);
  const proxy = named.length
    ? `It was asked through a proxy, ${named.join(', ')}, which may be what refuses: NO_PROXY names hosts that are asked without.`
    : 'Behind a proxy, HTTPS_PROXY=http://HOST:PORT is for both.';
  return (
    'A registry of packages was not reached: the set-up needs those of npm and of Python, or mirrors that their settings ' +
    `name (NPM_CONFIG_REGISTRY, PIP_INDEX_URL). ${proxy} Then run the same command again; what is complete stays.`
  );
}
