// Writes a notebook's cells as a script: node src/notebook/jupyter/script.cjs < {"folder": …, "cells": [{"code": true, "source": …}, …]} > script.ts
'use strict';
const { readFileSync } = require('node:fs');
require('../kernel/modules/loader.cjs');
process.stdout.write(require('./script.ts').scriptOf(JSON.parse(readFileSync(0, 'utf8'))));
