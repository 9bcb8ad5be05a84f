import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Project, project } from './project.ts';

/** A name that nobody resolves: only the proxy knows where it is. */
const HOST = 'packages.invalid';
const NAME = '@tensorflow/tfjs-node-gpu';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let own: Project;
let certificate: string;
const [asked, tunnels]: [string[], string[]] = [[], []];
const servers: (http.Server | https.Server)[] = [];

const listening = async (server: http.Server | https.Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** Makes a certificate for the name, which nobody else trusts. */
function certify(folder: string): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => path.join(folder, file));
  const made = ['-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${HOST}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...made, '-addext', `subjectAltName=DNS:${HOST}`], {
    stdio: 'ignore',
  });
  certificate = cert;
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Makes npm's package, and a lock file that has it from the registry. */
function packed(root: string): Buffer {
  const folder = path.join(root, 'packed/package');
  mkdirSync(folder, { recursive: true });
  const manifest = { name: NAME, version: '1.0.0' };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('tar', ['-czf', path.join(root, 'own.tgz'), '-C', path.dirname(folder), 'package']);
  const bytes = readFileSync(path.join(root, 'own.tgz'));
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const whole = { name: 'whole', version: '1.0.0' };
  const dependencies = { [NAME]: '1.0.0' };
  const entry = { version: '1.0.0', resolved: `https://${HOST}/own.tgz`, integrity };
  const packages = { '': { ...whole, dependencies }, [`node_modules/${NAME}`]: entry };
  const lock = { ...whole, lockfileVersion: 3, requires: true, packages };
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ ...whole, dependencies }));
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(lock));
  return bytes;
}

beforeAll(() => {
  if (!hasOpenssl) return;
  const npm = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim());
  own = project({ npm: `exec ${process.execPath} ${npm} "$@"` });
});
afterAll(() => {
  for (const server of servers) server.close();
  if (hasOpenssl) rmSync(own.root, { recursive: true });
});

it.runIf(hasOpenssl)(
  'the set-up gets npm’s and pip’s packages through the proxy that HTTPS_PROXY names',
  async () => {
    const tarball = packed(own.root);
    const wheels = path.join(own.root, 'wheels');
    const registry = https.createServer(certify(own.root), ({ url = '' }, answer) => {
      asked.push(url);
      const [, kind, name] = url.split('/');
      if (kind === 'own.tgz') return answer.end(tarball);
      if (kind === 'wheels') return answer.end(readFileSync(path.join(wheels, name)));
      const files = readdirSync(wheels).filter((file) => file.replaceAll('_', '-').startsWith(`${name}-`));
      if (kind !== 'simple' || !files.length) return answer.writeHead(404).end();
      answer.setHeader('Content-Type', 'text/html');
      return answer.end(files.map((file) => `<a href="/wheels/${file}">${file}</a>`).join('\n'));
    });
    const port = await listening(registry);
    const proxy = http.createServer((_, answer) => answer.writeHead(405).end());
    proxy.on('connect', ({ url = '' }, client: net.Socket, head: Buffer) => {
      tunnels.push(url);
      const there = net.connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        there.write(head);
        there.pipe(client).pipe(there);
      });
      for (const one of [there, client]) one.on('error', () => [there, client].forEach((end) => end.destroy()));
    });
    const HTTPS_PROXY = `http://127.0.0.1:${await listening(proxy)}`;
    const { status, stderr } = await own.setUp(undefined, {
      HTTPS_PROXY,
      NODE_EXTRA_CA_CERTS: certificate,
      npm_config_registry: `https://${HOST}/`,
      npm_config_cache: path.join(own.root, 'npm-cache'),
      PIP_INDEX_URL: `https://${HOST}/simple`,
      PIP_CERT: certificate,
      PIP_NO_INDEX: '',
      PIP_FIND_LINKS: '',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(new Set(tunnels)).toEqual(new Set([`${HOST}:443`]));
    for (const one of ['/own.tgz', '/simple/lab/', '/simple/tensorflow/', '/simple/front-ends/'])
      expect(asked).toContain(one);
  },
  300_000,
);
