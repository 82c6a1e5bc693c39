package card

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/status"
)

var pictures = flag.String("pictures", "", "write the cards of the tests to this folder")

// example returns a card of an outage in a language.
func example(lang string) Card {
	c := Card{
		Lang: lang, Brand: "Outcry", Title: "WhatsApp", Level: "outage", Word: "Outage", When: []string{"since 06:55 UTC", "as of 07:50 UTC"},
		Sentence: "237,000 people reported a problem in the last 15 minutes; usual at this hour: 324. The United Kingdom alone: 68,000; usual there: 40.",
		Foot:     "outcry.example · 25 October 2022",
		Map: heatmap.Earth().Draw([]status.Country{{Code: "GB", Count: 68000}, {Code: "SG", Count: 19000}, {Code: "IN", Count: 11000}, {Code: "BR", Count: 900},
			{Code: "US", Count: 40}, {Code: "AU", Count: 3}}, heatmap.Reports, nil),
	}
	switch lang {
	case "bn":
		c.Brand, c.Title, c.Word, c.When, c.Tall = "আউটক্রাই", "হোয়াটসঅ্যাপ", "বিভ্রাট", []string{"০৬:৫৫ ইউটিসি থেকে", "০৭:৫০ ইউটিসি-র হিসাব"}, true
		c.Sentence = "গত ১৫ মিনিটে ২,৩৭,০০০ জন সমস্যার কথা জানিয়েছেন; এই সময়ে সাধারণত জানান ৩২৪ জন। শুধু যুক্তরাজ্যেই ৬৮,০০০; সেখানে সাধারণত ৪০ জন।"
	case "ar":
		c.RTL, c.Title, c.Word, c.When = true, "واتساب WhatsApp", "انقطاع", []string{"منذ 06:55 UTC", "حتى 07:50 UTC"}
		c.Sentence = "أبلغ 237,000 شخص عن مشكلة في آخر 15 دقيقة؛ المعتاد في هذه الساعة: 324."
	}
	return c
}

// mustDraw draws a card and returns the picture.
func mustDraw(t *testing.T, name string, c Card) image.Image {
	t.Helper()
	data, err := Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	if *pictures != "" {
		if err := os.WriteFile(filepath.Join(*pictures, name+".png"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Size(); got != (image.Point{Width, Height}) {
		t.Errorf("Draw(%s) is %v px, want %d×%d", name, got, Width, Height)
	}
	return picture
}

// darkPixels returns the number of dark pixels in a part of a picture.
func darkPixels(picture image.Image, part image.Rectangle) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if g := color.GrayModel.Convert(picture.At(x, y)).(color.Gray); g.Y < 128 {
				n++
			}
		}
	}
	return n
}

func TestDrawWritesTheSentenceBesideTheMap(t *testing.T) {
	left, right := image.Rect(0, 310, 560, 550), image.Rect(600, 310, 1200, 550)
	for _, lang := range []string{"en", "bn", "ar"} {
		picture := mustDraw(t, lang, example(lang))
		sentence, world := left, right
		if lang == "ar" {
			sentence, world = image.Rect(640, 310, 1200, 550), image.Rect(0, 310, 600, 550)
		}
		if n := darkPixels(picture, sentence); n < 2000 {
			t.Errorf("%s: the sentence has %d dark pixels, want 2000 or more", lang, n)
		}
		if n := darkPixels(picture, world); n < 200 {
			t.Errorf("%s: the map has %d dark pixels, want 200 or more", lang, n)
		}
		if n := darkPixels(picture, image.Rect(0, 0, margin-1, Height)) + darkPixels(picture, image.Rect(Width-margin+1, 0, Width, Height)); n > 0 {
			t.Errorf("%s: %d dark pixels in the margins, want 0", lang, n)
		}
	}
}

func TestLevelsLookDifferent(t *testing.T) {
	levelOf := map[string]string{} // by the pixels of the band
	for _, level := range []string{"ok", "warning", "outage", "unknown"} {
		c := example("en")
		c.Level, c.Word, c.When = level, "Same word", []string{"as of 07:50 UTC"}
		picture := mustDraw(t, level, c)
		var band bytes.Buffer
		for x := margin; x < margin+100; x++ {
			for y := bandTop; y < bandTop+bandHeight; y++ {
				r, g, b, _ := picture.At(x, y).RGBA()
				band.Write([]byte{byte(r), byte(g), byte(b)})
			}
		}
		if other, ok := levelOf[band.String()]; ok {
			t.Errorf("%s looks like %s", level, other)
		}
		levelOf[band.String()] = level
	}
}

// countGlyphs returns the number of glyphs of text, and how many of them no font
// has.
func countGlyphs(t *testing.T, text, lang string, rtl bool) (glyphs, missing int) {
	t.Helper()
	p, err := newPen(image.NewRGBA(image.Rect(0, 0, 1, 1)), lang, rtl)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range p.lines(text, style{bold, 40, ink}, 100_000, 1) {
		for _, run := range line {
			for _, g := range run.Glyphs {
				glyphs++
				if g.GlyphID == 0 {
					missing++
				}
			}
		}
	}
	return glyphs, missing
}

func TestBengaliConjunctsAreJoined(t *testing.T) {
	// ক্ষ is three characters that are written as one glyph, স্ত্র is five.
	for text, want := range map[string]int{"ক্ষ": 1, "স্ত্র": 1, "ক": 1} {
		if glyphs, missing := countGlyphs(t, text, "bn", false); glyphs != want || missing != 0 {
			t.Errorf("%s: %d glyphs, %d missing, want %d", text, glyphs, missing, want)
		}
	}
}

func TestFontsHaveTheNamesOfAllServices(t *testing.T) {
	c, err := catalog.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Services() {
		for lang, name := range s.Names {
			if glyphs, missing := countGlyphs(t, name, lang, lang == "ar"); glyphs == 0 || missing > 0 {
				t.Errorf("%s in %s: %q: %d of %d glyphs are missing", s.Slug, lang, name, missing, glyphs)
			}
		}
	}
}

func TestLongTextIsCut(t *testing.T) {
	c := example("en")
	c.Title = "A service with a name that is far too long to stand in one line of a card for anybody"
	for range 5 {
		c.Sentence += " " + c.Sentence
	}
	picture := mustDraw(t, "long", c)
	if n := darkPixels(picture, image.Rect(0, 556, Width, 562)); n > 0 {
		t.Errorf("%d dark pixels between the sentence and the foot, want 0", n)
	}
}

func BenchmarkDraw(b *testing.B) {
	c := example("bn")
	for b.Loop() {
		if _, err := Draw(c); err != nil {
			b.Fatal(err)
		}
	}
}

func TestFontsHaveTheWordsOfAllLanguages(t *testing.T) {
	files, err := fs.Glob(frontend.Files, "locales/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("locales: %v, %v", files, err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(frontend.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]any
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		lang := strings.TrimSuffix(path.Base(name), ".json")
		for key, value := range words {
			// The words of cards: level, times and comparison.
			if text, ok := value.(string); ok && regexp.MustCompile(`^(level|inline|why|since|as_of|month|date|brand|simulated)`).MatchString(key) {
				if _, missing := countGlyphs(t, text, lang, lang == "ar"); missing > 0 {
					t.Errorf("%s: %q: %d glyphs are missing", name, key, missing)
				}
			}
		}
	}
}
