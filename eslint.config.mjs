import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Imports flow one way: common <- model <- os <- monitor, actions <- ui <- extension. */
const layers = {
  common: ['model', 'os', 'monitor', 'actions', 'ui', 'extension', 'observer', 'contributions'],
  model: ['os', 'monitor', 'actions', 'ui', 'extension', 'observer', 'contributions'],
  os: ['monitor', 'actions', 'ui', 'extension', 'observer', 'contributions'],
  // The monitor's worker serves the actions; the actions do not know the monitor.
  monitor: ['ui', 'extension', 'observer', 'contributions'],
  actions: ['monitor', 'ui', 'extension', 'observer', 'contributions'],
  ui: ['extension', 'observer'],
};

const ENTRY_POINTS = new Set(['extension', 'observer', 'contributions']);

const direction = Object.entries(layers).map(([layer, above]) => ({
  files: [`src/${layer}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        paths:
          layer === 'ui'
            ? []
            : [{ name: 'vscode', message: 'vscode is imported only in ui/ and extension.ts' }],
        patterns: [
          ...above.map((name) => ({
            // The entry points are files; `os/observer/` is a room that has the name of one.
            regex: `^(\\.\\./)+${name}${ENTRY_POINTS.has(name) ? '$' : '(/|$)'}`,
            message: `${layer} must not import ${name}: imports flow common <- model <- os <- monitor, actions <- ui <- extension`,
          })),
          ...(layer === 'model' || layer === 'common'
            ? [
                {
                  regex: '^node:',
                  message: 'model and common are pure: no Node built-ins; pass the clock and the OS in',
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

/** The removal asks for no platform. */
const [, ofOs] = direction.find(({ files }) => files.includes('src/os/**/*.ts')).rules[
  '@typescript-eslint/no-restricted-imports'
];
const removal = {
  files: ['src/os/removal/**/*.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        ...ofOs,
        patterns: [
          ...ofOs.patterns,
          {
            regex: '^\\.\\./(linux|darwin|win32|ps|system)(/|$)',
            message: 'a platform says by its RemovalGuards what it can do',
          },
        ],
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'prebuilds/', '.vscode-test/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  { files: ['**/*.cjs'], languageOptions: { globals: globals.node, sourceType: 'commonjs' } },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      // Without braces only what stands on one line with its condition.
      curly: ['error', 'multi-line', 'consistent'],
      // Control characters are what the sanitizers and the /proc parsers are about.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/os/index.ts', 'src/os/system.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'platform',
          message: 'os/index.ts chooses the platform; see os/system.ts',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/parameter-properties': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "TSTypeReference[typeName.name='Partial'] TSTypeReference[typeName.name='Record'] > TSTypeParameterInstantiation > TSTypeReference:first-child[typeName.name=/(Kind|Reason|Verdict|State|Role|Name)$/]",
          message: 'a table over a closed union is total: a member that is added must be missed',
        },
      ],
    },
  },
  {
    files: ['src/api.ts', 'src/contributions.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '.', message: 'what everybody imports imports nothing' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'test/**/*.mjs', 'test/**/*.cjs', '*.mjs', '*.ts'],
    rules: { 'no-console': 'off' },
  },
  ...direction,
  removal,
);
