package site

import (
	"bytes"
	"image"
	"image/png"
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
		svg: ".svg", "<?xml version=\"1.0\"?>\n" + svg: ".svg", picture(t, 60, 30): ".png", "\x89PNG\r\n\x1a\nrest": "damaged PNG",
		`<svg xmlns="http://www.w3.org/2000/svg"/>`: "how large", `<svg viewBox="0 0 0 5"/>`: "how large", `<svg viewBox="0 0 500 40"/>`: "times as wide",
		"GIF89a": "neither SVG nor PNG", "": "neither SVG nor PNG", svg + strings.Repeat(" ", maxLogo): "are the most",
		`<svg><script>alert(1)</script></svg>`: "contains scripts", `<svg onload="alert(1)"/>`: "contains scripts",
		`<svg><a href="javascript:alert(1)"/></svg>`: "contains scripts", `<svg><foreignObject/></svg>`: "contains scripts",
	} {
		l, err := readLogo(logoFile(t, "logo", name))
		if (err != nil || l.extension != want) && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("readLogo of %.40q = %q, %v, want %q", name, l.extension, err, want)
		}
	}
}

func TestTheWidthOfALogoIsThatOfItsPicture(t *testing.T) {
	for content, want := range map[string]int{
		picture(t, 60, 30): 56, `<svg viewBox="0 0 40 40"/>`: 28, "<svg width='9'\n viewBox='-1,-1 80.5, 40'/>": 56, `<svg viewBox="0 0 1 900"/>`: 1,
	} {
		if l, err := readLogo(logoFile(t, "logo", content)); err != nil || l.width != want {
			t.Errorf("%.40q is %d pixels wide, %v; want %d", content, l.width, err, want)
		}
	}
}

// picture returns an empty PNG.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestABrandChangesTheFilesOfTheSite(t *testing.T) {
	path := logoFile(t, "logo.svg", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"/>`)
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
		if !ok || !strings.Contains(string(file.Content), "--focus:light-dark(#1558b0,#8ab8ff)") || file.Type != "text/css; charset=utf-8" {
			t.Errorf("the style at %s (found %v, type %s) lacks the accent", pair[1], ok, file.Type)
		}
	}
}
