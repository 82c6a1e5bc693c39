// Package frontend holds what pages are made of: templates, the words of every
// language, the stylesheet, and the script that npm has built. Without the
// built script pages are complete, only not live.
package frontend

import "embed"

// Files are templates/, locales/, static/ and dist/. dist/ is what npm has
// built; on a clean clone it holds nothing but .keep.
//
//go:embed templates locales static all:dist
var Files embed.FS
