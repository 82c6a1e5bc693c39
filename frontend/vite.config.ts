import { defineConfig } from 'vite'

// One script for all pages, without the hash in its name: the server gives it
// an address of its own.
export default defineConfig({
  build: {
    target: 'es2020',
    emptyOutDir: false, // dist/.keep stays
    lib: { entry: 'src/outcry.ts', formats: ['iife'], name: 'outcry', fileName: () => 'outcry.js' },
  },
})
