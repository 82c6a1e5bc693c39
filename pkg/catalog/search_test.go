package catalog

import (
	"slices"
	"strings"
	"testing"
)

func slugsOf(services []*Service) []string {
	slugs := []string{}
	for _, s := range services {
		slugs = append(slugs, s.Slug)
	}
	return slugs
}

func TestSearchPutsTheBestMatchFirst(t *testing.T) {
	c := Default()
	tests := []struct{ name, query, want string }{
		{"a slug", "yahoo-mail", "yahoo-mail"},
		{"a name", "PlayStation Network", "playstation-network"},
		{"an alias", "fb", "facebook"},
		{"a former name", "Twitter", "x"},
		{"one letter", "x", "x"},
		{"Bengali", "হোয়াটসঅ্যাপ", "whatsapp"},
		{"Bengali with the nukta built in", "হো\u09dfাটসঅ্যাপ", "whatsapp"},
		{"Bengali digits", "মাইক্রোসফট ৩৬৫", "microsoft-365"},
		{"Bengali with ASCII digits", "মাইক্রোসফট 365", "microsoft-365"},
		{"the beginning in Bengali", "ইনস্টা", "instagram"},
		{"Arabic", "واتساب", "whatsapp"},
		{"Arabic in two words", "فيس بوك", "facebook"},
		{"Arabic without hamza", "اكس", "x"},
		{"Arabic with an article", "اليوتيوب", "youtube"},
		{"a provider's product in Arabic", "ببجي", "pubg-mobile"},
		{"Hindi", "व्हाट्सएप", "whatsapp"},
		{"another spelling in Hindi", "व्हाट्सऐप", "whatsapp"},
		{"the beginning in Hindi", "इंस्टा", "instagram"},
		{"Hindi without the nukta", "अमेजन", "amazon"},
		{"a bank in Hindi", "एसबीआई", "sbi"},
		{"letters of full width", "ＷｈａｔｓＡｐｐ", "whatsapp"},
		{"capitals", "WHATSAPP", "whatsapp"},
		{"spaces inside", "face book", "facebook"},
		{"spaces around", "  facebook  ", "facebook"},
		{"accents left out", "itau", "itau"},
		{"accents added", "pokémon gó", "pokemon-go"},
		{"punctuation", "at&t", "att"},
		{"punctuation left out", "disney", "disney-plus"},
		{"the beginning", "insta", "instagram"},
		{"a name before another's beginning", "google", "google"},
		{"a name before an alias", "vodafone", "vodafone-uk"},
		{"the beginning of a word", "maps", "google-maps"},
		{"any part", "oudflare", "cloudflare"},
		{"a provider", "rakuten", "viber"},
		{"a missing letter", "watsapp", "whatsapp"},
		{"a letter too many", "facebbook", "facebook"},
		{"a wrong letter", "instagrem", "instagram"},
		{"two letters swapped", "gmial", "gmail"},
		{"a wrong letter in Bengali", "ফেসবিক", "facebook"},
		{"a mistake in one word of a name", "legneds", "mobile-legends"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := slugsOf(c.Search(tt.query, 1))
			if !slices.Equal(got, []string{tt.want}) {
				t.Errorf("Search(%q, 1) = %v, want %s", tt.query, got, tt.want)
			}
		})
	}
}

func TestSearchFindsNothing(t *testing.T) {
	c := Default()
	for _, query := range []string{"", " ", "+-!", "qqqqzz", "imz", "facebxxk", strings.Repeat("a", 10_000), "\xff\xfe"} {
		if got := c.Search(query, 0); len(got) != 0 {
			t.Errorf("Search(%.20q, 0) = %v, want nothing", query, slugsOf(got))
		}
	}
}

func TestSearchSortsByTierThenKind(t *testing.T) {
	c, err := Parse("t", []byte(`symptoms: {other: {en: Other}}
categories: {c: {names: {en: C}, symptoms: [other]}}
providers:
  company: {en: Star}
services:
  substring: {names: {en: Allstars}, category: c}
  word-alias: {names: {en: F}, category: c, aliases: [the starter]}
  word: {names: {en: Big Starling}, category: c}
  prefix-alias: {names: {en: E}, category: c, aliases: [starfish]}
  prefix: {names: {en: Starlight}, category: c}
  second-prefix: {names: {en: Stars}, category: c}
  by-provider: {names: {en: D}, category: c, provider: company}
  alias: {names: {en: B}, category: c, aliases: [star]}
  name: {names: {en: A, bn: Star}, category: c}
  unrelated: {names: {en: Moon}, category: c}
  mistaken: {names: {en: Stat}, category: c}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"name", "alias", "by-provider", "prefix", "second-prefix", "prefix-alias", "word", "word-alias", "substring",
	}
	for range 20 {
		if got := slugsOf(c.Search("star", 0)); !slices.Equal(got, want) {
			t.Fatalf(`Search("star", 0) = %v, want %v`, got, want)
		}
	}
	if got := slugsOf(c.Search("star", 3)); !slices.Equal(got, want[:3]) {
		t.Errorf(`Search("star", 3) = %v, want %v`, got, want[:3])
	}
	if got, want := slugsOf(c.Search("sttar", 0)), []string{"name", "alias", "by-provider"}; !slices.Equal(got, want) {
		t.Errorf(`Search("sttar", 0) = %v, want %v`, got, want)
	}
}

func TestOneEditAllowsOneMistake(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"gmail", "gmail", false},
		{"gmal", "gmail", true},
		{"gmaail", "gmail", true},
		{"gmaik", "gmail", true},
		{"xmail", "gmail", true},
		{"gmial", "gmail", true},
		{"gmali", "gmail", true},
		{"mgail", "gmail", true},
		{"gmai", "gmail", true},
		{"mail", "gmail", true},
		{"gmlia", "gmail", false},
		{"gmaikl", "gmalil", false},
		{"imo", "imp", false},
		{"limo", "imo", true},
		{"", "a", false},
	}
	for _, tt := range tests {
		if got := oneEdit(tt.a, tt.b); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := oneEdit(tt.b, tt.a); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %v, want %v", tt.b, tt.a, got, tt.want)
		}
	}
}
