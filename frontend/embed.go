// Package frontend holds what pages are made of: templates, the words of every
// language, stylesheets, the map of the world, and the scripts that npm has
// built. Without the built scripts pages are complete, only not live.
package frontend

import "embed"

// Files are templates/, locales/, static/, world/world.json, releases/ and dist/.
// dist/ is what npm has built; on a clean clone it holds nothing but .keep.
//
//go:embed templates locales static world/world.json releases all:dist
var Files embed.FS
