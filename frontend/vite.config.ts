import { defineConfig } from 'vite'

// Three scripts: of the pages, of what stands in frames, and of the elements for
// pages of others. They have no hash in their names: the server gives them
// addresses of their own.
export default defineConfig(({ mode }) => {
  const name = ['embed', 'widget'].includes(mode) ? mode : 'outcry'
  return {
    build: {
      target: 'es2020',
      emptyOutDir: false, // dist/.keep stays
      lib: { entry: `src/${name}.ts`, formats: ['iife'], name: 'outcry', fileName: () => `${name}.js` },
    },
  }
})
