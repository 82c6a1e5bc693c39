package archive

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/fault"
)

func TestKeysAreFoundByTheirHashAlsoWhenRevoked(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		keys := []Key{
			{ID: "k1", Name: "the app", Scope: "app", Origins: []string{"https://example.org"}, Prefix: "oc_app_1", Hash: []byte{1, 0, 2}, Created: noon},
			{ID: "k2", Name: "our server", Scope: "server", Prefix: "oc_srv_1", Hash: []byte{3}, Created: noon.Add(time.Hour)},
		}
		for _, k := range keys {
			if err := a.CreateKey(t.Context(), k); err != nil {
				t.Fatal(err)
			}
		}
		duplicate := keys[0]
		duplicate.ID = "k3"
		if err := a.CreateKey(t.Context(), duplicate); !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("CreateKey with the hash of another key: %v, want gorm.ErrDuplicatedKey", err)
		}
		for range 2 { // the second call changes nothing
			if err := a.RevokeKey(t.Context(), "k2", noon.Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.RevokeKey(t.Context(), "k2", noon.Add(9*time.Hour)); err != nil {
			t.Fatal(err)
		}
		keys[1].Revoked = noon.Add(2 * time.Hour)
		got, err := a.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("Keys (-want +got):\n%s", diff)
		}
		for _, want := range keys {
			got, err := a.KeyByHash(t.Context(), want.Hash)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("KeyByHash: %v (-want +got):\n%s", err, diff)
			}
		}
		if _, err := a.KeyByHash(t.Context(), []byte{9}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("KeyByHash of no key: %v, want an error of kind not found", err)
		}
		if err := a.RevokeKey(t.Context(), "none", noon); fault.KindOf(err) != fault.NotFound {
			t.Errorf("RevokeKey of no key: %v, want an error of kind not found", err)
		}
	})
}

func TestStatesAreReplacedAndForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		want := map[string][]byte{}
		for i := range 1200 { // more than one statement holds
			want[fmt.Sprintf("acme/%d", i)] = []byte{byte(i), 0}
		}
		if err := a.SaveStates(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		change := map[string][]byte{"acme/0": {7}, "none": nil}
		want["acme/0"] = []byte{7}
		for i := range 600 {
			change[fmt.Sprintf("acme/%d", 1+i)] = nil
			delete(want, fmt.Sprintf("acme/%d", 1+i))
		}
		if err := a.SaveStates(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if err := a.SaveStates(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		got, err := a.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("States (-want +got):\n%s", diff)
		}
	})
}
