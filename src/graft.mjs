#!/usr/bin/env node
// The `graft` command: TypeScript is loaded by tsx, so there is nothing to build.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./command/cli.ts');
process.exitCode = await main(process.argv.slice(2));
