import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const wire = [
  { name: 'fetch', message: 'Use lib/api: one client speaks to the server.' },
  { name: 'XMLHttpRequest', message: 'Use lib/api: one client speaks to the server.' },
  { name: 'FormData', message: 'A FormData body ends the whole program in the window. Send JSON.' },
  { name: 'Blob', message: 'A Blob body ends the whole program in the window. Send JSON.' },
];

export default ts.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'src/lib/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-restricted-globals': ['error', ...wire],
      'svelte/no-at-html-tags': 'error',
      // A written space survives the formatter.
      'svelte/no-useless-mustaches': 'off',
      'svelte/no-useless-children-snippet': 'off',
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ['src/lib/api/client.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['*.ts', '*.js', 'e2e/**/*.ts'], languageOptions: { globals: globals.node } },
  // Tests stand where a sender or a script stands.
  { files: ['e2e/**/*.ts'], rules: { 'no-restricted-globals': 'off' } },
);
