import { defineConfig } from 'vite'

// Four scripts: of pages, of pages in frames, of the elements for host pages, and of
// the page of operators.
// Their names have no hash, because the server adds one to their addresses.
export default defineConfig(({ mode }) => {
  const name = ['embed', 'widget', 'admin'].includes(mode) ? mode : 'outcry'
  return {
    build: {
      target: 'es2020',
      emptyOutDir: false, // dist/.keep stays
      lib: { entry: `src/${name}.ts`, formats: ['iife'], name: 'outcry', fileName: () => `${name}.js` },
    },
  }
})
