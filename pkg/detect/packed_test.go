package detect

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// fill sets every field below v to a random value.
func fill(t *testing.T, v reflect.Value, rnd *rand.Rand) {
	t.Helper()
	if at, ok := v.Addr().Interface().(*time.Time); ok {
		*at = time.Unix(rnd.Int64N(4e9), rnd.Int64N(1e9)).UTC()
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), rnd)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), rnd)
		}
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 0)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(rnd.NormFloat64())
	case reflect.Int64:
		v.SetInt(rnd.Int64())
	case reflect.Uint64:
		v.SetUint(rnd.Uint64())
	default:
		t.Fatalf("a State has a %v, which this test does not know", v.Type())
	}
}

// clearSome sets about two thirds of the fields below v to zero.
func clearSome(v reflect.Value, rnd *rand.Rand) {
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() {
		for i := range v.NumField() {
			clearSome(v.Field(i), rnd)
		}
	} else if v.Kind() == reflect.Array {
		for i := range v.Len() {
			clearSome(v.Index(i), rnd)
		}
	} else if rnd.IntN(3) > 0 {
		v.SetZero()
	}
}

func TestAPackedStateIsTheState(t *testing.T) {
	if got := (&State{}).Pack().State(); got != (State{}) {
		t.Errorf("the zero State comes back as %+v", got)
	}
	if got := Packed("").State(); got != (State{}) {
		t.Errorf("the empty Packed is %+v, want the zero State", got)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 500 {
		var s State
		fill(t, reflect.ValueOf(&s).Elem(), rnd)
		if n > 0 {
			clearSome(reflect.ValueOf(&s).Elem(), rnd)
		}
		if got := s.Pack().State(); got != s {
			t.Fatalf("packed and unpacked:\n%+v\nwant\n%+v", got, s)
		}
	}
}

var aDay = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

func TestAQuietStateIsSmall(t *testing.T) {
	var s State
	b := Learn(nil, aDay, nil)
	s, _ = Step(Defaults(), s, b, Bucket{Start: aDay, N: 1, Known: true, Exposure: 1}, Sources{})
	if n := len(s.Pack()); n > 200 {
		t.Errorf("a cell with one report takes %d bytes, want at most 200", n)
	}
}

func BenchmarkPack(b *testing.B) {
	var s State
	s, _ = Step(Defaults(), s, Learn(nil, aDay, nil), Bucket{Start: aDay, N: 1, Known: true, Exposure: 1}, Sources{})
	b.Run("Pack", func(b *testing.B) {
		for b.Loop() {
			s.Pack()
		}
	})
	p := s.Pack()
	b.Run("State", func(b *testing.B) {
		for b.Loop() {
			s = p.State()
		}
	})
}
