import { defineConfig } from 'vite'

// Seven scripts: of pages, of report buttons, of the button for notifications, of pages in frames, of the elements for
// host pages, of the page of operators, and the service worker.
// Their names have no hash, because the server adds one to their addresses.
export default defineConfig(({ mode }) => {
  const name = ['press', 'tell', 'embed', 'widget', 'admin', 'worker'].includes(mode) ? mode : 'outcry'
  return {
    build: {
      target: 'es2020',
      emptyOutDir: false, // dist/.keep stays
      lib: {
        entry: name === 'worker' ? 'src/worker/worker.ts' : `src/${name}.ts`,
        formats: ['iife'],
        name: 'outcry',
        fileName: () => `${name}.js`,
      },
    },
  }
})
