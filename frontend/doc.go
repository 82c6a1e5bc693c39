// Package frontend holds what pages are made of: templates, the words of every
// language, stylesheets, the map of the world, and the scripts that npm has
// built. Without the built scripts pages are complete, only not live.
package frontend
