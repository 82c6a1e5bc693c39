package site

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// logoFile writes a file and returns its path.
func logoFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALogoIsAPictureAndNothingElse(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>`
	for name, want := range map[string]string{
		svg: ".svg", "<?xml version=\"1.0\"?>\n" + svg: ".svg", "\x89PNG\r\n\x1a\nrest": ".png",
		"GIF89a": "neither SVG nor PNG", "": "neither SVG nor PNG", svg + strings.Repeat(" ", maxLogo): "are the most",
		`<svg><script>alert(1)</script></svg>`: "contains scripts", `<svg onload="alert(1)"/>`: "contains scripts",
		`<svg><a href="javascript:alert(1)"/></svg>`: "contains scripts", `<svg><foreignObject/></svg>`: "contains scripts",
	} {
		_, extension, err := readLogo(logoFile(t, "logo", name))
		if extension != want && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("readLogo of %.40q = %q, %v, want %q", name, extension, err, want)
		}
	}
}

func TestABrandChangesTheFilesOfTheSite(t *testing.T) {
	path := logoFile(t, "logo.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	options := Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	plain, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	options.Brand = Brand{LogoFile: path, Light: "#1558b0", Dark: "#8ab8ff"}
	branded, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	if branded.Assets.Logo == "" || branded.Assets.Icon != branded.Assets.Logo || plain.Assets.Logo != "" {
		t.Errorf("the logo is %q and the icon %q, want the same file", branded.Assets.Logo, branded.Assets.Icon)
	}
	for _, pair := range [][2]string{{plain.Assets.Style, branded.Assets.Style}, {plain.Assets.Embed, branded.Assets.Embed}} {
		if pair[0] == pair[1] {
			t.Errorf("the address %s of the style does not change with the brand", pair[0])
		}
		file, ok := branded.Assets.File(strings.TrimPrefix(pair[1], "/static/"))
		if !ok || !strings.Contains(string(file.Content), "--accent:light-dark(#1558b0,#8ab8ff)") || file.Type != "text/css; charset=utf-8" {
			t.Errorf("the style at %s (found %v, type %s) lacks the accent", pair[1], ok, file.Type)
		}
	}
}
