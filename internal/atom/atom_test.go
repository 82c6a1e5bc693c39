package atom

import (
	"strings"
	"testing"
)

const good = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>https://a.example/feed</id><title>T</title><updated>2022-10-25T07:50:00Z</updated>` +
	`<author><name>A</name></author><link rel="self" href="https://a.example/feed"/>` +
	`<entry><id>https://a.example/1</id><title>E</title><updated>2022-10-25T07:50:00Z</updated><link href="https://a.example/1"/><category term="x"/></entry></feed>`

func TestFeedsAreCheckedStrictly(t *testing.T) {
	if _, faults := Check([]byte(good)); len(faults) > 0 {
		t.Fatalf("a good feed has the faults %q", faults)
	}
	for change, part := range map[string]string{
		"<id>https://a.example/feed</id>\x00":                                      "of id",
		"<title>T</title>\x00<title></title>":                                      "empty",
		"<title>E</title>\x00":                                                     "of title",
		"2022-10-25T07:50:00Z\x002022-10-25t07:50:00z":                             "RFC 3339",
		"2022-10-25T07:50:00Z\x00yesterday":                                        "RFC 3339",
		"<author><name>A</name></author>\x00":                                      "author",
		"<author><name>A</name></author>\x00<author/>":                             "of name",
		`<link href="https://a.example/1"/>` + "\x00":                              "alternate",
		`<link href="https://a.example/1"/>` + "\x00<link href=\"/1\"/>":           "absolute",
		`<category term="x"/>` + "\x00<category/>":                                 "term",
		`<category term="x"/>` + "\x00<pubDate/>":                                  "may not",
		`<category term="x"/>` + "\x00<category term=\"x\" xmlns=\"urn:other\"/>":  "namespace",
		`<category term="x"/>` + "\x00<category term=\"x\" name=\"y\"/>":           "attribute",
		`<link rel="self" href="https://a.example/feed"/>` + "\x00":                "itself",
		`xml:lang="en"` + "\x00xml:lang=\"english language\"":                      "language",
		`<id>https://a.example/1</id>` + "\x00<id>whatsapp</id>":                   "absolute",
		`<title>E</title>` + "\x00<title type=\"markdown\">E</title>":              "type",
		`<title>E</title>` + "\x00<title><b>E</b></title>":                         "elements in it",
		`<entry>` + "\x00<entry>text":                                              "text",
		`xmlns="http://www.w3.org/2005/Atom"` + "\x00xmlns=\"http://purl.org/a#\"": "namespace",
	} {
		from, to, _ := strings.Cut(change, "\x00")
		bad := strings.ReplaceAll(good, from, to)
		if bad == good {
			t.Fatalf("the change of %s changes nothing", from)
		}
		if _, faults := Check([]byte(bad)); !strings.Contains(strings.Join(faults, "\n"), part) {
			t.Errorf("with %q for %q the faults are %q, want one with %q", to, from, faults, part)
		}
	}
}
