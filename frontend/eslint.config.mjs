import tseslint from 'typescript-eslint'
import js from '@eslint/js'

export default tseslint.config(
  { ignores: ['dist/', 'client/dist/', '**/*.gen.ts', 'releases/'] },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'client/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'error' },
  },
  {
    files: ['**/*.mjs'],
    // Functions that Playwright runs in a page use what a browser has.
    languageOptions: {
      globals: globals(
        'process console fetch URL Buffer setTimeout clearTimeout Intl window document location navigator innerWidth innerHeight scrollTo performance requestAnimationFrame localStorage sessionStorage PerformanceObserver EventTarget caches getComputedStyle Image DOMException',
      ),
    },
  },
)

function globals(names) {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']))
}
