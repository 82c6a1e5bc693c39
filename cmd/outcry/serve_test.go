package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/config"
)

func TestTheStorageIsDescribedWithoutAddresses(t *testing.T) {
	for want, cfg := range map[string]config.Config{
		"data in ./data":                                   {Data: "./data"},
		"data in ./data, simulated":                        {Data: "./data", Simulated: true},
		"windows in Redis, archive in Postgres":            {Data: "./data", RedisURL: "redis://:secret@a", DatabaseURL: "postgres://b:secret@c/d"},
		"windows in Redis, archive in Postgres, simulated": {RedisURL: "redis://a", DatabaseURL: "postgres://c/d", Simulated: true},
	} {
		if got := storage(cfg); got != want {
			t.Errorf("storage(%+v) = %q, want %q", cfg, got, want)
		}
	}
}

func TestHelpAndMistakesCreateNoFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"help"}, {"--help"}, {"help", "serve"}, {"help", "help"}, {"serve", "--help"}, {"config", "-h"}, {"keys", "--help"}, {"health", "help"},
		{"version"}, {"--version"}, {"help", "version"},
	} {
		if err := run(t.Context(), args); err != nil {
			t.Errorf("outcry %v: error %v, want none", args, err)
		}
	}
	for _, args := range [][]string{{"help", "simulate"}, {"simulate", "--help"}, {"backtest", "-h"}, {"keys", "create", "--help"}} {
		if err := run(t.Context(), args); !errors.Is(err, errHelpPrinted) {
			t.Errorf("outcry %v: error %v, want exit code 0", args, err)
		}
	}
	for _, args := range [][]string{
		{"kes"}, {"help", "kes"}, {"keys"}, {"keys", "make"}, {"keys", "create", "--name", "a", "--scope", "b"}, {"keys", "revoke"},
		{"version", "now"}, {"simulate", "--sped", "3"}, {"backtest", "--in"}, {"health", "foo"}, {"keys", "list"}, {"keys", "revoke", "a"},
		{"keys", "create", "--scope", "app", "--name", "two\nlines"}, {"keys", "create", "--scope", "app", "--name", "a", "--origin", "a\tb"},
		{"keys", "create", "--scope", "app", "--name", "a", "--origin", "null"}, {"keys", "create", "--scope", "app", "--name", "a", "--origin", "http://news.example"},
		{"keys", "create", "--scope", "app", "--name", "a", "--origin", "https://*.news.example"},
		{"simulate", "whatsapp-evening", "--key", "k", "--to", "localhost:8080"}, {"simulate", "whatsapp-evening", "--key", "k", "--to", "ftp://a"},
		{"simulate", "whatsapp-evening", "--key", "k", "--to", "http://"}, {"simulate", "whatsapp-evening", "--key", "k", "--to", "http://a/b"},
	} {
		if err := run(t.Context(), args); err == nil || errors.Is(err, errHelpPrinted) {
			t.Errorf("outcry %v: error %v, want one that says what is wrong", args, err)
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) > 0 {
		t.Errorf("the folder holds %v afterwards (error %v), want nothing", made, err)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, setting := range os.Environ() { // those for tests are no settings of the program
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "OUTCRY_") {
			t.Setenv(name, "") // so that it is restored
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("OUTCRY_DATA", filepath.Join(t.TempDir(), "mistyped"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"health", "foo"}, `health takes no arguments, not "foo"`},
		{[]string{"keys", "list"}, "mistyped holds no data of Outcry; OUTCRY_DATA says where they are"},
		{[]string{"keys", "create", "--scope", "app", "--name", "a\nb"}, `the name "a\nb" has characters that cannot be printed`},
		{[]string{"keys", "create", "--scope", "app", "--name", "a", "--origin", "https://news.example/blog"}, "--origin https://news.example/blog: an origin ends after its host and port"},
		{[]string{"simulate", "whatsapp-evening", "--key", "k", "--to", "localhost:8080"}, "localhost:8080 is not an address such as http://localhost:8080"},
	} {
		if err := run(t.Context(), c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("outcry %v: error %v, want one with %q", c.args, err, c.want)
		}
	}
}

func TestKeysOfOneLineAreListedOnOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"our app": "our app", "আমাদের অ্যাপ": "আমাদের অ্যাপ", "র\u200d্য": "র\u200d্য", "a\nb": `"a\nb"`, "a\tb": `"a\tb"`, "\x1b[2J": `"\x1b[2J"`, "\u202eabc": `"\u202eabc"`,
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestAnUnknownCommandIsNamedBeforeTheCommandsThereAre(t *testing.T) {
	err := run(t.Context(), []string{"kes"})
	if err == nil || !strings.HasPrefix(err.Error(), `there is no command "kes"`+"\n\nUsage:") || !strings.Contains(err.Error(), "simulate") {
		t.Errorf("outcry kes: error %q, want the mistake first and the commands behind it", err)
	}
}
