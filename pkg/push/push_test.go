package push

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/fault"
)

// read decrypts and verifies what arrived, and returns the notifications.
func (w *world) read(b testBrowser, messages []arrived) []notification {
	w.t.Helper()
	var all []notification
	for _, m := range messages {
		claims, err := w.service.verify(m)
		if err != nil {
			w.t.Errorf("the identity of the message: %v", err)
		}
		expires, _ := claims["exp"].(float64)
		if at := time.Unix(int64(expires), 0); claims["aud"] != w.service.URL || claims["sub"] != "https://outcry.example" || at.Before(noon) || at.After(w.now.Add(24*time.Hour)) {
			w.t.Errorf("the claims are %v at %s, want the origin %s, our URL and less than a day", claims, w.now, w.service.URL)
		}
		plain, err := b.decrypt(m.body)
		if err != nil {
			w.t.Fatalf("decrypt the message: %v", err)
		}
		var n notification
		if err := json.Unmarshal(plain, &n); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func TestWhoAskedIsToldOnceThatItIsOver(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 1)
	in := warned("whatsapp", w.now)
	w.save(in)
	got := w.subscribe(b, "/push/one", "whatsapp", Over)
	if want := w.now.Add(Lifetime); !got.Expires.Equal(want) {
		t.Errorf("Subscribe gave the end %s, want %s", got.Expires, want)
	}
	w.run(10 * time.Minute)
	confirm(in, w.now)
	w.save(in)
	w.run(10 * time.Minute)
	if early := w.service.take(); len(early) != 0 {
		t.Fatalf("%d messages arrived before the end, want none", len(early))
	}
	resolve(in, w.now)
	w.save(in)
	w.run(2 * time.Minute)
	messages := w.service.take()
	want := []notification{{Title: "resolved true in bn", Body: "ঠিক আছে", Path: "bn/whatsapp", Tag: "whatsapp-1", Language: "bn"}}
	if diff := cmp.Diff(want, w.read(b, messages)); diff != "" {
		t.Fatalf("the notifications (-want +got):\n%s", diff)
	}
	h := messages[0].header
	if h.Get("Content-Encoding") != "aes128gcm" || h.Get("TTL") != "86400" || h.Get("Urgency") != "high" || len(h.Get("Topic")) != 32 || messages[0].path != "/push/one" {
		t.Errorf("the request to %s has the header %v", messages[0].path, h)
	}
	if n := w.count(); n != 0 {
		t.Errorf("%d subscriptions are left after the end, want none", n)
	}
	in = warned("whatsapp", w.now)
	in.ID = "whatsapp-2"
	w.save(in)
	resolve(in, w.now)
	w.save(in)
	w.run(10 * time.Minute)
	if later := w.service.take(); len(later) != 0 {
		t.Errorf("%d messages arrived about a later incident, want none", len(later))
	}
}

func TestWhoWaitsForAnOutageIsToldItsBeginningAndItsEndUnderOneTag(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 2)
	w.subscribe(b, "/push/two", "whatsapp", Breaks)
	in := warned("whatsapp", w.now)
	w.save(in)
	w.run(10 * time.Minute)
	confirm(in, w.now)
	w.save(in)
	w.run(10 * time.Minute)
	resolve(in, w.now)
	w.save(in)
	w.run(10 * time.Minute)
	messages := w.service.take()
	var titles, tags, topics []string
	for i, n := range w.read(b, messages) {
		titles, tags, topics = append(titles, n.Title), append(tags, n.Tag), append(topics, messages[i].header.Get("Topic"))
	}
	if want := []string{"confirmed true in bn", "resolved true in bn"}; !slices.Equal(titles, want) {
		t.Errorf("the titles are %q, want %q", titles, want)
	}
	if len(slices.Compact(tags)) != 1 || len(slices.Compact(topics)) != 1 {
		t.Errorf("the tags are %q and the topics %q, want one of each", tags, topics)
	}
	if n := w.count(); n != 1 {
		t.Errorf("%d subscriptions are left, want 1", n)
	}
}

func TestASubscriptionEndsWhenThePushServiceSaysSo(t *testing.T) {
	for _, status := range []int{http.StatusGone, http.StatusNotFound} {
		w, b := newWorld(t), newBrowser(t, 3)
		w.subscribe(b, "/push/three", "whatsapp", Breaks)
		w.service.answer(status)
		in := warned("whatsapp", w.now)
		confirm(in, w.now)
		w.save(in)
		w.run(time.Minute)
		if n := w.count(); n != 0 {
			t.Errorf("after %d there are %d subscriptions, want none", status, n)
		}
		w.service.answer(0)
		resolve(in, w.now)
		w.save(in)
		w.run(time.Hour)
		if got := w.service.take(); len(got) != 0 {
			t.Errorf("after %d there came %d messages more, want none", status, len(got))
		}
	}
}

func TestAMessageIsTriedAgainUntilThePushServiceTakesIt(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 4)
	w.subscribe(b, "/push/four", "whatsapp", Breaks)
	w.service.answer(http.StatusServiceUnavailable)
	in := warned("whatsapp", w.now)
	confirm(in, w.now)
	w.save(in)
	w.run(30 * time.Minute)
	w.service.answer(0)
	w.run(time.Hour)
	if got := w.read(b, w.service.take()); len(got) != 1 {
		t.Errorf("%d messages arrived after an hour, want 1: %v", len(got), got)
	}
}

func TestASubscriptionEndsAfter30Days(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 5)
	w.subscribe(b, "/push/five", "whatsapp", Breaks)
	w.now = w.now.Add(Lifetime - time.Minute)
	if err := w.archive.RetainMessages(t.Context(), w.now); err != nil || w.count() != 1 {
		t.Fatalf("a minute before its end the subscription is gone (%v)", err)
	}
	w.now = w.now.Add(time.Minute)
	in := warned("whatsapp", w.now)
	confirm(in, w.now)
	w.save(in)
	w.run(time.Minute)
	if got := w.service.take(); len(got) != 0 {
		t.Errorf("%d messages arrived after 30 days, want none", len(got))
	}
	if err := w.archive.RetainMessages(t.Context(), w.now); err != nil || w.count() != 0 {
		t.Errorf("after 30 days there are %d subscriptions (%v), want none", w.count(), err)
	}
}

func TestABrowserEndsItsOwnSubscription(t *testing.T) {
	w := newWorld(t)
	mine, other := w.subscribe(newBrowser(t, 6), "/push/six", "whatsapp", Breaks), w.subscribe(newBrowser(t, 7), "/push/seven", "whatsapp", Breaks)
	id, _, _ := strings.Cut(mine.Token, tokenMark)
	_, proof, _ := strings.Cut(other.Token, tokenMark)
	for _, wrong := range []string{"", id, id + tokenMark, id + tokenMark + proof, mine.Token + "x", "x" + tokenMark + proof} {
		if err := w.desk.Unsubscribe(t.Context(), wrong); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Unsubscribe(%q) = %v, want an error of kind NotFound", wrong, err)
		}
	}
	if err := w.desk.Unsubscribe(t.Context(), mine.Token); err != nil || w.count() != 1 {
		t.Errorf("Unsubscribe = %v, and %d subscriptions are left, want 1", err, w.count())
	}
	if err := w.desk.Unsubscribe(t.Context(), mine.Token); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Unsubscribe a second time = %v, want an error of kind NotFound", err)
	}
}

func TestABrowserHasOneSubscriptionForEachServiceAndAtMost20(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 8)
	first := w.subscribe(b, "/push/eight", "service-a", Breaks)
	w.subscribe(b, "/push/eight", "service-a", Breaks)
	if err := w.desk.Unsubscribe(t.Context(), first.Token); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Unsubscribe with the token that was replaced = %v, want an error of kind NotFound", err)
	}
	for i := range MaxOfBrowser - 1 {
		w.subscribe(b, "/push/eight", "service-"+string(rune('b'+i)), Breaks)
	}
	_, err := w.desk.Subscribe(t.Context(), Wish{Service: "whatsapp", When: Breaks, Language: "en", Browser: b.subscription(w.service.URL + "/push/eight")}, w.now)
	if fault.KindOf(err) != fault.Forbidden || w.count() != MaxOfBrowser {
		t.Errorf("service %d of a browser gives %v and %d subscriptions, want an error of kind Forbidden and %d", MaxOfBrowser+1, err, w.count(), MaxOfBrowser)
	}
	w.subscribe(newBrowser(t, 9), "/push/nine", "whatsapp", Breaks) // another browser has room
}

func TestOverIsRefusedWithoutTrouble(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 10)
	wish := Wish{Service: "whatsapp", When: Over, Language: "en", Browser: b.subscription(w.service.URL)}
	if _, err := w.desk.Subscribe(t.Context(), wish, w.now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Subscribe without trouble = %v, want an error of kind Invalid", err)
	}
	in := warned("whatsapp", w.now)
	resolve(in, w.now)
	w.save(in)
	w.live["whatsapp"] = warned("whatsapp", w.now) // as a process that has not learned of the end sees it
	if _, err := w.desk.Subscribe(t.Context(), wish, w.now); fault.KindOf(err) != fault.Invalid || w.count() != 0 {
		t.Errorf("Subscribe to an incident that has just ended = %v with %d subscriptions, want an error of kind Invalid and none", err, w.count())
	}
}

func TestOnlyPublicEndpointsWithHTTPSAreTaken(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 11)
	w.desk.Allow = nil
	for endpoint, isTaken := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc": true, "https://push.example:8443/abc": true, "http://push.example/abc": false,
		"https://127.0.0.1/abc": false, "https://[::1]/abc": false, "https://[::ffff:10.0.0.1]/abc": false, "https://169.254.169.254/latest": false,
		"https://localhost/abc": false, "https://push.internal/abc": false, "https://push.example:25/abc": false, "https://me:secret@push.example/": false,
		"https://2130706433/abc": false, "ftp://push.example/abc": false, "": false, "https://push.example/" + strings.Repeat("a", maxEndpoint): false,
	} {
		_, err := w.desk.Subscribe(t.Context(), Wish{Service: "whatsapp", When: Breaks, Language: "en", Browser: b.subscription(endpoint)}, w.now)
		if (err == nil) != isTaken || err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("Subscribe with %q = %v, want an error: %v", endpoint, err, !isTaken)
		}
	}
}

func TestWrongKeysAreRefused(t *testing.T) {
	w := newWorld(t)
	good := newBrowser(t, 12).subscription(w.service.URL)
	for name, change := range map[string]func(*Keys){
		"no key":          func(k *Keys) { k.P256dh = "" },
		"no point":        func(k *Keys) { k.P256dh = strings.Repeat("A", 87) },
		"no base64":       func(k *Keys) { k.Auth = "!!" },
		"a short secret":  func(k *Keys) { k.Auth = "AAAA" },
		"a very long key": func(k *Keys) { k.P256dh = strings.Repeat("A", 1000) },
	} {
		b := good
		change(&b.Keys)
		if _, err := w.desk.Subscribe(t.Context(), Wish{Service: "whatsapp", When: Breaks, Language: "en", Browser: b}, w.now); fault.KindOf(err) != fault.Invalid {
			t.Errorf("Subscribe with %s = %v, want an error of kind Invalid", name, err)
		}
	}
	padded := good
	padded.Keys.Auth += "=="
	if _, err := w.desk.Subscribe(t.Context(), Wish{Service: "whatsapp", When: Breaks, Language: "en", Browser: padded}, w.now); err != nil {
		t.Errorf("Subscribe with a padded key = %v, want no error", err)
	}
}

func TestNothingOfABrowserIsOnDiskInClear(t *testing.T) {
	w, b := newWorld(t), newBrowser(t, 13)
	in := warned("whatsapp", w.now)
	w.save(in)
	w.subscribe(b, "/push/telltale-endpoint", "whatsapp", Breaks)
	confirm(in, w.now)
	w.save(in)
	w.run(time.Minute)
	if len(w.service.take()) != 1 {
		t.Fatal("no message arrived: the test reads too early")
	}
	keys := b.subscription("").Keys
	files := 0
	paths, err := filepath.Glob(filepath.Join(w.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files += len(content)
		for _, telltale := range []string{"telltale-endpoint", keys.Auth, keys.P256dh, w.service.Listener.Addr().String()} {
			if bytes.Contains(content, []byte(telltale)) {
				t.Errorf("%s holds %q in clear", path, telltale)
			}
		}
	}
	if files == 0 {
		t.Error("there are no files: the test reads the wrong folder")
	}
}

func TestWithoutAKeyNobodyCanSubscribe(t *testing.T) {
	w := newWorld(t)
	w.desk.Key, w.desk.Identity = nil, nil
	_, err := w.desk.Subscribe(t.Context(), Wish{Service: "whatsapp", When: Breaks, Language: "en"}, w.now)
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "OUTCRY_SECRET") || w.desk.Missing() != "OUTCRY_SECRET" {
		t.Errorf("Subscribe without a key = %v, want an error of kind Unavailable that names OUTCRY_SECRET", err)
	}
}
