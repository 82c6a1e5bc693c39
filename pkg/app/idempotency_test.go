package app

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/config"
)

func TestAnIdempotencyKeyAnswersAsTheFirstTime(t *testing.T) {
	data := t.TempDir()
	const key = "8e03978e-40d5-43dd-bc93-6894a57f9324"
	type answer struct {
		ID, Symptom, Field string
		Counted            bool
	}
	var origin string
	post := func(t *testing.T, path, body, key string) (code int, a answer) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, origin+"/api/v1/services/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, a
	}
	start := func(t *testing.T) {
		cfg, err := config.Load([]string{"OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA=" + data})
		if err != nil {
			t.Fatal(err)
		}
		origin = "http://" + serving(t, cfg, io.Discard)
	}
	const body = `{"symptom":"connection","country":"BD","device":"a"}`
	var first answer
	again := func(t *testing.T) {
		t.Helper()
		if code, a := post(t, "whatsapp/reports", body, `"`+key+`"`); code != 202 || a != first {
			t.Errorf("the same request again is answered %d %+v, want 202 %+v", code, a, first)
		}
		for _, other := range []string{`{"symptom":"messaging","country":"BD","device":"a"}`, `{"symptom":"connection","country":"IN","device":"a"}`, `{"symptom":"connection","country":"BD","device":"b"}`} {
			if code, a := post(t, "whatsapp/reports", other, key); code != 422 || a.Field != "Idempotency-Key" {
				t.Errorf("%s with the same key is answered %d %+v, want 422", other, code, a)
			}
		}
		if code, a := post(t, "whatsapp/recoveries", body, key); code != 422 || a.Field != "Idempotency-Key" {
			t.Errorf("a recovery with the same key is answered %d %+v, want 422", code, a)
		}
	}
	t.Run("one process", func(t *testing.T) {
		start(t)
		code, a := post(t, "whatsapp/reports", body, key)
		if first = a; code != 202 || !a.Counted || a.ID == "" {
			t.Fatalf("the first request is answered %d %+v, want 202 and counted", code, a)
		}
		again(t)
		if code, a := post(t, "telegram/reports", body, key); code != 202 || !a.Counted || a.ID == first.ID {
			t.Errorf("a report of another service is answered %d %+v, want 202 and counted with another ID", code, a)
		}
		if code, a := post(t, "whatsapp/reports", body, "1"); code != 422 || a.Field != "Idempotency-Key" {
			t.Errorf("a short key is answered %d %+v, want 422", code, a)
		}
	})
	t.Run("the next process", func(t *testing.T) {
		start(t)
		again(t)
	})
}
