package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/markup"
	"github.com/outcry/outcry/pkg/view"
)

// Assets are the static files of the site with their addresses. An address
// changes with the content, so browsers may keep a file for ever.
type Assets struct {
	view.Assets
	Favicon []byte           // the icon for programs that ask for /favicon.ico
	Widget  []byte           // the script of the elements; empty if none was built
	Worker  []byte           // the service worker; empty if none was built
	Icons   []Icon           // of the installed site
	byName  map[string]Asset // by the last part of the address
}

// Asset is a static file.
type Asset struct {
	Type    string // media type
	Content []byte
}

// Icon is a picture of the site on a home screen.
type Icon struct {
	Address string
	Size    int    // width and height in pixels
	Purpose string // any, or maskable for one that may be cut to a circle
}

// WorkerPath is the address of the service worker. It never changes, and lies
// where all pages are below it.
const WorkerPath = "/sw.js"

// styles are joined for every page, in this order.
var styles = []string{
	"static/tokens.css", "static/base.css", "static/layout.css", "static/parts.css", "static/service.css",
	"static/prose.css", "static/home.css", "static/chart.css", "static/map.css",
}

func readAssets(files fs.FS) (*Assets, error) {
	a := &Assets{byName: map[string]Asset{}}
	var err error
	if a.Style, err = a.add(files, "outcry.css", styles...); err != nil {
		return nil, err
	}
	if a.Embed, err = a.add(files, "embed.css", append(slices.Clone(styles), "static/embed.css")...); err != nil {
		return nil, err
	}
	if a.Icon, err = a.add(files, "outcry.svg", "static/outcry.svg"); err != nil {
		return nil, err
	}
	if a.Favicon, err = fs.ReadFile(files, "static/favicon.ico"); err != nil {
		return nil, fmt.Errorf("read the icon: %w", err)
	}
	if a.Script, err = a.add(files, "outcry.js", "dist/outcry.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.PressScript, err = a.add(files, "press.js", "dist/press.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.EmbedScript, err = a.add(files, "embed.js", "dist/embed.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.TellScript, err = a.add(files, "tell.js", "dist/tell.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.AdminScript, err = a.add(files, "admin.js", "dist/admin.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a.Worker, err = fs.ReadFile(files, "dist/worker.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the service worker: %w", err)
	}
	if a.Worker != nil {
		a.Assets.Worker = WorkerPath
	}
	for _, icon := range []Icon{{"icon-192.png", 192, "any"}, {"icon-512.png", 512, "any"}, {"icon-maskable.png", 512, "maskable"}} {
		if icon.Address, err = a.add(files, icon.Address, "static/"+icon.Address); err != nil {
			return nil, err
		}
		a.Icons = append(a.Icons, icon)
	}
	if a.Widget, err = fs.ReadFile(files, "dist/widget.js"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the script of the elements: %w", err)
	}
	a.Elements = a.Widget != nil
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
	a.byName[file] = Asset{Type: mime.TypeByExtension(extension), Content: content}
	return "/static/" + file
}

// Below returns the addresses of the files for readers who reach the site below a
// path.
func (a *Assets) Below(base string) view.Assets {
	all := a.Assets
	if base == "" {
		return all
	}
	for _, address := range []*string{&all.Style, &all.Icon, &all.Logo, &all.World, &all.Script, &all.Embed, &all.EmbedScript, &all.PressScript, &all.AdminScript, &all.TellScript, &all.Worker} {
		if *address != "" {
			*address = base + *address
		}
	}
	return all
}

// File returns the file with this last part of an address.
func (a *Assets) File(name string) (Asset, bool) {
	file, ok := a.byName[name]
	return file, ok
}
