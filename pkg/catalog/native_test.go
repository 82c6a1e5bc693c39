package catalog

import (
	"slices"
	"strings"
	"testing"
)

// wellKnown are services that people of every language look for.
var wellKnown = strings.Fields(`whatsapp messenger telegram imo viber signal discord facebook instagram x tiktok snapchat threads reddit linkedin
	pinterest youtube netflix prime-video disney-plus twitch spotify gmail outlook chatgpt gemini zoom google-meet teams slack microsoft-365 google-drive
	icloud onedrive dropbox google google-maps google-play app-store bing yahoo wikipedia jio airtel-india starlink sbi upi phonepe google-pay paytm paypal
	visa mastercard binance steam playstation-network xbox roblox fortnite minecraft free-fire pubg-mobile amazon daraz flipkart ebay aliexpress uber
	swiggy zomato foodpanda booking-com cloudflare github`)

func TestWellKnownServicesHaveANameInEveryScript(t *testing.T) {
	c := Default()
	withNames := 0
	for _, s := range c.Services() {
		if s.Names["bn"] != "" && s.Names["hi"] != "" && s.Names["ar"] != "" {
			withNames++
		}
	}
	if withNames < 100 {
		t.Errorf("%d services have a Bengali, a Hindi and an Arabic name, want a hundred", withNames)
	}
	for _, slug := range wellKnown {
		s, ok := c.Service(slug)
		if !ok {
			t.Errorf("there is no service %s", slug)
			continue
		}
		for _, language := range []string{"en", "bn", "hi", "ar"} {
			name := s.Names[language]
			if name == "" {
				t.Errorf("%s has no name in %s", slug, language)
				continue
			}
			for how, spelled := range spellings(name) {
				if found := slugsOf(c.Search(spelled, 3)); !slices.Contains(found, slug) {
					t.Errorf("Search(%q), the name of %s in %s %s, finds %v", spelled, slug, language, how, found)
				}
			}
		}
	}
}

// spellings returns the ways in which people write a name.
func spellings(name string) map[string]string {
	full := strings.Map(func(c rune) rune {
		if '!' <= c && c <= '~' {
			return c - '!' + 0xff01
		}
		return c
	}, name)
	tatweel := name
	if i := strings.IndexAny(name, "بتسي"); i > 0 {
		i += len("ب")
		tatweel = name[:i] + "\u0640" + name[i:]
	}
	return map[string]string{
		"as it is":                     name,
		"in capitals":                  strings.ToUpper(name),
		"in letters of full width":     full,
		"with a tatweel":               tatweel,
		"with harakat":                 strings.NewReplacer("ا", "ا\u064e", "ت", "ت\u0652").Replace(name),
		"without hamza":                strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا").Replace(name),
		"with other ends":              strings.NewReplacer("ة", "ه", "ى", "ي").Replace(name),
		"without nukta":                strings.NewReplacer("\u093c", "", "\u09bc", "", "\u095b", "\u091c", "\u09dc", "\u09a1", "\u09df", "\u09af").Replace(name),
		"with nukta as one letter":     strings.NewReplacer("\u091c\u093c", "\u095b", "\u09a1\u09bc", "\u09dc", "\u09af\u09bc", "\u09df").Replace(name),
		"with a joiner of no width":    strings.ReplaceAll(name, "\u094d", "\u094d\u200d"),
		"with other chandrabindu":      strings.NewReplacer("\u0901", "\u0902", "\u0981", "").Replace(name),
		"with letters of presentation": strings.NewReplacer("ا", "\ufe8d", "ب", "\ufe91").Replace(name),
	}
}
