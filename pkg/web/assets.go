package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/markup"
)

// Assets are the files that pages ask for. Their addresses change with their
// content, so that they may be kept for ever.
type Assets struct {
	Style, Icon string // addresses
	World       string // of the outlines of countries
	Script      string // empty where no script was built
	Embed       string // style of what stands in frames
	EmbedScript string // empty where no script was built
	Elements    bool   // whether there is a script of the elements
	widget      []byte // the script of the elements; empty where none was built
	files       map[string]asset
}

// asset is one file.
type asset struct {
	kind    string // media type
	content []byte
}

// styles are joined for every page, in this order.
var styles = []string{
	"static/tokens.css", "static/base.css", "static/layout.css", "static/parts.css", "static/service.css",
	"static/prose.css", "static/home.css", "static/chart.css", "static/map.css",
}

func readAssets(files fs.FS) (Assets, error) {
	a := Assets{files: map[string]asset{}}
	var err error
	if a.Style, err = a.add(files, "outcry.css", styles...); err != nil {
		return Assets{}, err
	}
	if a.Embed, err = a.add(files, "embed.css", append(slices.Clone(styles), "static/embed.css")...); err != nil {
		return Assets{}, err
	}
	if a.Icon, err = a.add(files, "outcry.svg", "static/outcry.svg"); err != nil {
		return Assets{}, err
	}
	if a.Script, err = a.add(files, "outcry.js", "dist/outcry.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Assets{}, err
	}
	if a.EmbedScript, err = a.add(files, "embed.js", "dist/embed.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Assets{}, err
	}
	if a.widget, err = fs.ReadFile(files, "dist/widget.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Assets{}, fmt.Errorf("read the script of the elements: %w", err)
	}
	a.Elements = a.widget != nil
	a.World = a.keep("world.svg", heatmap.Earth().Sprite())
	return a, nil
}

// add reads files, joins them to one of this name, and returns its address.
func (a *Assets) add(files fs.FS, name string, parts ...string) (string, error) {
	var content []byte
	for _, from := range parts {
		part, err := fs.ReadFile(files, from)
		if err != nil {
			return "", fmt.Errorf("read a file of the pages: %w", err)
		}
		if path.Ext(from) == ".css" {
			part = []byte(markup.TrimStyle(string(part)))
		}
		content = append(content, part...)
	}
	return a.keep(name, content), nil
}

// keep takes a file of this name and returns its address.
func (a *Assets) keep(name string, content []byte) string {
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	file := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:5]) + extension
	a.files[file] = asset{kind: mime.TypeByExtension(extension), content: content}
	return "/static/" + file
}

// getAsset serves a file of the pages.
func (s *Site) getAsset(c *gin.Context) {
	file, ok := s.assets.files[c.Param("file")]
	if !ok {
		s.NotFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, file.kind, file.content)
}
