package apikey

import (
	"bytes"
	"strings"
	"testing"
)

func TestNewKeysParse(t *testing.T) {
	made := map[string]bool{}
	for _, scope := range Scopes {
		for range 100 {
			k := New(scope)
			got, ok := Parse(k.Secret)
			if !ok || got != scope {
				t.Fatalf("Parse(%q) = %q, %v, want %q", k.Secret, got, ok, scope)
			}
			if len(k.Secret) != len("outcry_")+len(scope)+1+40 {
				t.Errorf("New(%q) has %d characters; want 40 random ones after outcry_%[1]s_", scope, len(k.Secret))
			}
			if !strings.HasPrefix(k.Secret, k.Prefix) || len(k.Secret)-len(k.Prefix) != 34 {
				t.Errorf("Prefix = %q; want the key without its last 34 characters", k.Prefix)
			}
			if !bytes.Equal(k.Hash, Hash(k.Secret)) || len(k.Hash) != 32 {
				t.Errorf("New(%q).Hash = %x; want the 32 bytes of the hash of its secret", scope, k.Hash)
			}
			if made[k.Secret] {
				t.Fatalf("the key %q came twice", k.Secret)
			}
			made[k.Secret] = true
		}
	}
}

func TestEveryCharacterOfTheAlphabetIsUsed(t *testing.T) {
	var all strings.Builder
	for range 200 { // 8000 characters: one of 62 is missing with a chance of 62·e^-129
		all.WriteString(strings.TrimPrefix(New(App).Secret, "outcry_app_"))
	}
	for _, r := range alphabet {
		if !strings.ContainsRune(all.String(), r) {
			t.Errorf("no key contains %q", r)
		}
	}
}

func TestParseRefusesWhatIsNotAKey(t *testing.T) {
	random := strings.Repeat("a", 40)
	for _, s := range []string{
		"", "outcry_", "outcry_server_", "outcry_server_" + random[1:], "outcry_server_" + random + "a",
		"outcry_root_" + random, "Outcry_server_" + random, "outcry_server_" + random[1:] + "é", "outcry_server_" + random[1:] + " ",
		"outcry_server_" + random[:20] + "-" + random[:19],
	} {
		if scope, ok := Parse(s); ok {
			t.Errorf("Parse(%q) = %q, want it refused", s, scope)
		}
	}
}
