package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

func TestAWishIsTheNameOfAServiceAndNothingOfAPerson(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"Campus Mail": "campus mail", "  campus \t mail ": "campus mail", "ＣＡＭＰＵＳ mail": "campus mail", "বিশ্ববিদ্যালয়": "বিশ্ববিদ্যালয", "جامعة": "جامعه", "Web 2000": "web 2000",
	} {
		w, err := NewWish(text, now)
		if err != nil || w.Key != want || w.Count != 1 || w.Name != strings.Join(strings.Fields(text), " ") {
			t.Errorf("NewWish(%q) = %+v, %v, want the key %q", text, w, err, want)
		}
	}
	for _, text := range []string{
		"", "a", "me@example.org", "+49 170 1234567", "01712345678", "https://bank.example/login", "<script>", "a\x00b", "\xff\xfe", "++++", "12345", strings.Repeat("a", 41),
	} {
		if w, err := NewWish(text, now); fault.KindOf(err) != fault.Invalid {
			t.Errorf("NewWish(%q) = %+v, %v, want an error of kind Invalid", text, w, err)
		}
	}
}
