import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import { ownWords } from './test/lint/own-words.mjs';

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.venv',
      'dist',
      'dist-data',
      'dist-docs',
      'results',
      'runs',
      'data',
      'src/training/softmax/assembly',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        require: 'readonly',
        __dirname: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
      },
    },
  },
  {
    files: ['**/labextensions/**/*.js', '**/thread/*.cjs', 'test/browser/front-ends/*.js'],
    languageOptions: {
      globals: {
        window: 'readonly',
        document: 'readonly',
        location: 'readonly',
        crypto: 'readonly',
        Blob: 'readonly',
        TextEncoder: 'readonly',
        TextDecoder: 'readonly',
        WebSocket: 'readonly',
        setTimeout: 'readonly',
        DOMParser: 'readonly',
        MutationObserver: 'readonly',
        requestAnimationFrame: 'readonly',
        cancelAnimationFrame: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-base-to-string': 'off',
      // object literals of functions are used throughout; none of them uses `this`
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    // the kernel's objects are tslab's and Node's: modules, variables of cells; the others have words of their own only
    ignores: ['src/notebook/kernel/**', 'src/notebook/show/kinds.ts', 'src/bench/**', 'src/results/**'],
    plugins: { graft: { rules: { 'own-words': ownWords } } },
    rules: { 'graft/own-words': 'error' },
  },
);
