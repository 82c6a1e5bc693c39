//go:build !watch

package frontend

import "embed"

// Files are templates/, locales/, static/, snippets/, world/world.json, releases/ and dist/.
// dist/ is what npm has built; on a clean clone it holds nothing but .keep.
//
//go:embed templates locales static snippets world/world.json releases all:dist
var Files embed.FS

// Watching is true where Files are read from the disk each time.
const Watching = false

// Changed reports whether Files have changed since Changed was last called.
func Changed() bool { return false }
